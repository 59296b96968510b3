"""How long things take, in beats. One beat is about two minutes on AWS; what takes seconds takes one beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Beats that the operations on one kind take.

    Attributes:
        why: what AWS does meanwhile.
    """

    create: int = 1
    change: int = 1
    delete: int = 1
    why: str = ""


QUICK = Delay(why="an API call that returns what it made; the provider still tells a beat later")

DELAYS: Mapping[str, Delay] = {
    "ec2/NATGateway": Delay(create=2, delete=2, why="pending for one to two minutes, deleting likewise"),
    "eks/Cluster": Delay(create=5, change=3, delete=3, why="about ten minutes to ACTIVE; a new version takes as long"),
    "eks/NodeGroup": Delay(create=3, change=3, delete=3, why="instances start and join; updates replace them in turn"),
    "eks/Addon": Delay(create=2, why="EKS waits until its pods run"),
    "rds/Instance": Delay(create=5, change=2, delete=3, why="storage, first backup and standby before available"),
    "rds/Cluster": Delay(create=2, change=2, delete=2, why="the cluster volume only; its instances take longer"),
    "rds/ClusterInstance": Delay(create=4, change=2, delete=3, why="a server starts"),
}
"""By kind; what is missing is quick. Shorter than 8 beats each: whoever waits for quiet gives up after so many."""
