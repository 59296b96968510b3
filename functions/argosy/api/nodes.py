"""The compute that a claim asks for."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from argosy.api.base import LIST_SET, Count, LabelValue, Model, Name, Rule, immutable, list_map
from argosy.api.network import ZoneLetter

AmiType = Literal[
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_FIPS",
]

InstanceType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$", min_length=4, max_length=40)]

LabelKey = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$",
        min_length=1,
        max_length=128,
    ),
]

DEFAULT_INSTANCE_TYPE = "m6i.large"

RESERVED_KEYS = (
    "amazonaws.com/",
    "argoproj.io/",
    "crossplane.io/",
    "fleet.argosy.dev/",
    "k8s.aws/",
    "k8s.io/",
    "kubernetes.io/",
)
"""Keys by which Kubernetes, AWS and the platform steer nodes (TEN-12)."""

TAINT_KEYS = ("k8s.io/", "kubernetes.io/")
"""Keys by which Kubernetes itself keeps pods away and throws them out; a rule on each of 400 taints must be short."""


def _unreserved(keys: list[str], marks: tuple[str, ...]) -> bool:
    return not any(mark in key for key in keys for mark in marks)


def _cel_unreserved(key: str, marks: tuple[str, ...]) -> str:
    return " && ".join(f"!{key}.contains('{mark}')" for mark in marks)


class AutoMode(Model):
    """EKS Auto Mode: AWS runs nodes, networking, storage and load balancing."""

    enabled: bool = True
    """Whether Auto Mode is on."""
    node_pools: Annotated[
        list[Literal["general-purpose", "system"]], Field(min_length=1, max_length=2, json_schema_extra=LIST_SET)
    ] = ["general-purpose", "system"]
    """Built-in node pools. AWS takes no role for their nodes without one of them."""


class Taint(Model):
    """Keeps pods away that do not tolerate it."""

    key: LabelKey
    """Key of the taint."""
    value: LabelValue | None = None
    """Value of the taint."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What happens to pods that do not tolerate the taint."""


class NodeGroup(Model):
    """A managed node group with a launch template of its own."""

    rules: ClassVar[tuple[Rule, ...]] = (
        immutable("instanceTypes"),
        immutable("amiType"),
        immutable("capacityType"),
        Rule(
            cel=f"!self.amiType.contains('ARM_64') || !('{DEFAULT_INSTANCE_TYPE}' in self.instanceTypes)",
            message=f"amiType is for ARM and {DEFAULT_INSTANCE_TYPE} is not; name instanceTypes such as m6g.large",
            holds=lambda g: "ARM_64" not in g.ami_type or DEFAULT_INSTANCE_TYPE not in g.instance_types,
        ),
        Rule(
            cel="self.minSize <= self.maxSize",
            message="minSize must not exceed maxSize",
            holds=lambda g: g.min_size <= g.max_size,
        ),
        Rule(
            cel="!has(self.desiredSize) || (self.minSize <= self.desiredSize && self.desiredSize <= self.maxSize)",
            message="desiredSize must lie between minSize and maxSize",
            holds=lambda g: g.desired_size is None or g.min_size <= g.desired_size <= g.max_size,
        ),
        Rule(
            cel=f"self.labels.all(key, {_cel_unreserved('key', RESERVED_KEYS)})",
            message="labels must not use keys of Kubernetes, AWS, Crossplane, Argo CD or Argosy; choose another key",
            holds=lambda g: _unreserved(list(g.labels), RESERVED_KEYS),
        ),
        Rule(
            cel=f"self.taints.all(taint, {_cel_unreserved('taint.key', TAINT_KEYS)})",
            message="taints must not use keys of Kubernetes (kubernetes.io, k8s.io); choose another key",
            holds=lambda g: _unreserved([taint.key for taint in g.taints], TAINT_KEYS),
        ),
    )

    name: Name
    """Name of the group."""
    instance_types: Annotated[list[InstanceType], Field(min_length=1, max_length=20)] = [DEFAULT_INSTANCE_TYPE]
    """Instance types, in order of preference. Can never change: make a new group, then remove this one."""
    ami_type: AmiType = "AL2023_x86_64_STANDARD"
    """Operating system and architecture. Can never change."""
    capacity_type: Literal["OnDemand", "Spot"] = "OnDemand"
    """On-demand or spot capacity. Can never change."""
    min_size: Count = 1
    """Fewest nodes."""
    max_size: Annotated[int, Field(ge=1, le=1000)] = 3
    """Most nodes."""
    desired_size: Count | None = None
    """Nodes at the start; afterwards an autoscaler may change it. Default: minSize, at least 1."""
    disk_size_gib: Annotated[int, Field(ge=20, le=16384, alias="diskSizeGiB")] = 50
    """Size of each node's encrypted disk in GiB."""
    zones: Annotated[list[ZoneLetter] | None, Field(min_length=1, max_length=8, json_schema_extra=LIST_SET)] = None
    """Zones the nodes run in, of the network's zones. Default: all that the network has when the group is made.
    A living group keeps its zones."""
    labels: Annotated[dict[LabelKey, LabelValue], Field(max_length=30)] = {}
    """Labels of the nodes."""
    taints: Annotated[list[Taint], Field(max_length=20, json_schema_extra=list_map("key", "effect"))] = []
    """Taints of the nodes."""
    max_unavailable_percentage: Annotated[int, Field(ge=1, le=100)] = 33
    """Share of nodes in percent that may be replaced at a time during an update."""
    repair: bool | None = None
    """Whether EKS replaces nodes that it finds broken. Default: true where the engine can ask for it, which ACK
    cannot."""


class Nodes(Model):
    """Where pods run: Auto Mode, node groups, or both."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.autoMode.enabled || size(self.groups) > 0",
            message="with autoMode off the cluster would have no nodes: ask for a group",
            holds=lambda n: n.auto_mode.enabled or bool(n.groups),
        ),
    )

    auto_mode: AutoMode = AutoMode()
    """EKS Auto Mode, on unless switched off."""
    groups: Annotated[list[NodeGroup], Field(max_length=20, json_schema_extra=list_map("name"))] = []
    """Managed node groups, beside Auto Mode or instead of it."""
