"""Every kind of ACK that is known here, by its path."""

from __future__ import annotations

from collections.abc import Mapping

from argosy.simulator.ack.ec2 import EC2
from argosy.simulator.ack.eks import EKS
from argosy.simulator.ack.foundations import FOUNDATIONS
from argosy.simulator.ack.kind import AckKind
from argosy.simulator.ack.rds import RDS

ACK_KINDS: Mapping[str, AckKind] = {kind.path: kind for kind in (*FOUNDATIONS, *EC2, *EKS, *RDS)}
