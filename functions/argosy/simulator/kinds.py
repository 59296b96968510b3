"""Every kind of thing that AWS has here, by its path."""

from __future__ import annotations

from collections.abc import Mapping

from argosy.simulator.ec2 import EC2
from argosy.simulator.eks import EKS
from argosy.simulator.foundations import FOUNDATIONS
from argosy.simulator.kind import Kind
from argosy.simulator.rds import RDS

KINDS: Mapping[str, Kind] = {kind.path: kind for kind in (*FOUNDATIONS, *EC2, *EKS, *RDS)}
