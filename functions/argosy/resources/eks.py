"""EKS: control plane, compute, add-ons, access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from argosy.api import control_plane as api
from argosy.api.nodes import AutoMode
from argosy.api.nodes import NodeGroup as NodeGroupSpec
from argosy.data.amis import AMI_TYPES
from argosy.plan import Part, Resource
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.network import SecurityGroup, Subnet
from argosy.unknown import Json


@dataclass(frozen=True, kw_only=True, eq=False)
class Cluster(Resource):
    """The EKS control plane, Auto Mode included.

    Attributes:
        name: name on AWS.
        version: Kubernetes version to run now, one step at a time (UPG-01).
        public_access_cidrs: ranges of the public endpoint; empty: there is none (SEC-02).
        auto_mode: settings if Auto Mode is on or was on once; None for a cluster that never had it, to which
            AWS refuses even `false` (kinds 5.3).
        auto_node_role: role of Auto Mode's nodes.
        protected: whether AWS refuses to delete it.
    """

    part = Part.CONTROL_PLANE
    spec: api.ControlPlane
    protected: bool
    name: str
    version: Json
    role: Role
    encryption_key: Key
    subnets: tuple[Subnet, ...]
    security_groups: tuple[SecurityGroup, ...]
    public_access_cidrs: tuple[str, ...]
    auto_mode: AutoMode | None
    auto_node_role: Role | None

    @property
    def counts_for(self) -> tuple[Part, ...]:
        """With Auto Mode the control plane runs the nodes: there is no compute without it (ADR 5)."""
        return (self.part, Part.COMPUTE) if self.auto_node_role else (self.part,)


@dataclass(frozen=True, kw_only=True, eq=False)
class NodeGroup(Resource):
    """A managed node group with its launch template."""

    part = Part.COMPUTE
    spec: NodeGroupSpec
    name: str
    cluster: Cluster
    role: Role
    subnets: tuple[Subnet, ...]
    version: Json

    @property
    def template_key(self) -> str:
        """Composition-resource name of the launch template."""
        return f"launch-template-{self.spec.name}"

    @property
    def template_description(self) -> str:
        """What people read of the launch template on AWS."""
        return f"Nodes of group {self.spec.name} of EKS cluster {self.cluster.name}"

    @property
    def desired_size(self) -> int:
        """Nodes at the start; an autoscaler decides afterwards."""
        return self.spec.desired_size if self.spec.desired_size is not None else max(self.spec.min_size, 1)

    @property
    def volumes(self) -> dict[str, int | None]:
        """GiB by device; None takes the image's size.

        Every volume is named, else it would not be encrypted; the claim's size is that of images and pods (SEC-25).
        """
        ami = AMI_TYPES[self.spec.ami_type]
        devices = sorted({ami.root_device, ami.data_device})
        return {device: self.spec.disk_size_gib if device == ami.data_device else None for device in devices}


@dataclass(frozen=True, kw_only=True, eq=False)
class EksAddon(Resource):
    """An add-on that EKS manages.

    Attributes:
        name: as EKS calls it.
        version: None leaves the choice to EKS (UPG-06).
        configuration: settings, canonical JSON, or None.
    """

    part = Part.ADDONS
    name: str
    cluster: Cluster
    version: str | None = None
    configuration: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PodIdentity(Resource):
    """Gives a role to one service account."""

    part = Part.ADDONS
    cluster: Cluster
    role: Role
    namespace: str
    service_account: str


@dataclass(frozen=True, kw_only=True)
class AccessGrant:
    """An EKS access policy and where it holds; no namespaces means the whole cluster."""

    policy_arn: str
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class AccessEntry(Resource):
    """Lets an IAM role into the cluster.

    Attributes:
        principal: a role of ours, or the ARN of another.
        policies: EKS access policies: ARN and namespaces by key of the association.
    """

    serves: Part
    cluster: Cluster
    principal: Role | str
    groups: tuple[str, ...] = ()
    policies: Mapping[str, AccessGrant]

    @property
    def condition(self) -> Part:
        """An access entry belongs to the part that it serves."""
        return self.serves
