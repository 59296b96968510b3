"""`XEKSCluster`: the claim from which everything comes, and what the function tells back."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from argosy.api.addons import Addons, Identities
from argosy.api.argocd import ArgoCD
from argosy.api.base import LabelValue, Model, Rule, immutable
from argosy.api.control_plane import Access, ControlPlane
from argosy.api.databases import Databases
from argosy.api.network import Network
from argosy.api.nodes import Nodes

Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$", max_length=24)]

TagKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]+$", min_length=1, max_length=127)]
TagValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.:/=+@-]*$", max_length=255)]

RESERVED_TAGS = (
    "aws:",
    "eks:",
    "amazonaws.com/",
    "argoproj.io/",
    "crossplane-",
    "crossplane.io/",
    "ebs.csi",
    "fleet.argosy.dev/",
    "k8s.aws/",
    "k8s.io/",
    "kubernetes.io/",
)


class XEKSClusterSpec(Model):
    """A production EKS cluster with its network, identities, databases and registration in Argo CD."""

    rules: ClassVar[tuple[Rule, ...]] = (
        immutable("region"),
        Rule(
            cel="self.tags.all(key, key != 'Name' && "
            + " && ".join(f"!key.lowerAscii().contains('{mark}')" for mark in RESERVED_TAGS)
            + ")",
            message="tags must not use Name or the keys of AWS, Kubernetes, Crossplane or Argosy; choose another key",
            holds=lambda s: not any(key == "Name" or mark in key.lower() for key in s.tags for mark in RESERVED_TAGS),
        ),
    )

    region: Region
    """AWS region. Can never change."""
    kubernetes_version: Annotated[str, StringConstraints(pattern=r"^1\.[0-9]{2}$", max_length=4)] | None = None
    """Kubernetes version, such as "1.35". Default: the newest one when the cluster is made; then it stays. Upgrades
    go one minor version at a time by themselves."""
    environment: LabelValue = "dev"
    """Environment, one of the platform's list. Argo CD selects versions and values by it."""
    ring: LabelValue = "2"
    """Ring of the rollout, one of the platform's list: a lower ring gets changes earlier."""
    lifecycle: Literal["Active", "Decommission"] = "Active"
    """Active: nobody can delete the claim. Decommission: every deletion protection is taken off; when the condition
    Deletable is True the claim can be deleted, and the cluster with it."""
    network: Network = Network()
    """The network made for the cluster."""
    control_plane: ControlPlane = ControlPlane()
    """Settings of the control plane."""
    access: Access = Access()
    """Who may use the Kubernetes API, beside Argo CD."""
    nodes: Nodes = Nodes()
    """Where pods run."""
    addons: Addons = []
    """EKS add-ons. With node groups, vpc-cni, kube-proxy, coredns and eks-pod-identity-agent come by themselves."""
    identities: Identities = []
    """IAM roles for service accounts of workloads."""
    argocd: ArgoCD = ArgoCD()
    """Registration in Argo CD."""
    databases: Databases = []
    """PostgreSQL databases that only this cluster reaches."""
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=25)] = {}
    """Tags for everything on AWS."""


class Status(Model):
    """A part of the status; every field is optional, because it appears when it is observed."""


class HubStatus(Status):
    """What the hub said; without it, or with another registration, the claim is refused."""

    environment_config: str | None = None
    """EnvironmentConfig whose facts are used."""
    id: str | None = None
    """Id of the hub."""
    argocd_namespace: str | None = None
    """Namespace of Argo CD."""
    argocd_mode: str | None = None
    """SelfManaged or Capability."""
    tenant: str | None = None
    """Tenant of the namespace, if the hub names one."""
    permissions_boundary: str | None = None
    """Policy that bounds the roles, if the hub names one."""


class NetworkStatus(Status):
    """Ids of the network."""

    vpc_id: str | None = None
    """Id of the VPC."""
    private_subnet_ids: Annotated[dict[str, str], Field(max_length=8)] | None = None
    """Id of the private subnet by zone."""
    public_subnet_ids: Annotated[dict[str, str], Field(max_length=8)] | None = None
    """Id of the public subnet by zone."""
    database_subnet_ids: Annotated[dict[str, str], Field(max_length=8)] | None = None
    """Id of the database subnet by zone."""
    nat_gateway_ids: Annotated[dict[str, str], Field(max_length=8)] | None = None
    """Id of each NAT gateway by zone."""
    nat_public_ips: Annotated[dict[str, str], Field(max_length=8)] | None = None
    """Public address of each NAT gateway by zone: for allow lists of others."""


class ClusterStatus(Status):
    """What the control plane is called and where it is."""

    name: str | None = None
    """Name of the EKS cluster, and of the cluster in Argo CD."""
    arn: str | None = None
    """ARN of the EKS cluster."""
    endpoint: str | None = None
    """URL of the Kubernetes API."""
    oidc_issuer: str | None = None
    """URL of the OIDC issuer."""
    version: str | None = None
    """Kubernetes version that the control plane runs."""
    target_version: str | None = None
    """Kubernetes version that the claim asks for; an upgrade is under way while it is higher than version."""
    security_group_id: str | None = None
    """Security group of control plane and nodes."""
    key_arn: str | None = None
    """KMS key of Secrets and logs."""
    auto_mode: bool | None = None
    """Whether Auto Mode is on; absent if it never was."""


class DatabaseStatus(Status):
    """Where a database is and where its password is kept."""

    endpoint: str | None = None
    """Host name of the writer."""
    reader_endpoint: str | None = None
    """Host name of an Aurora cluster's readers."""
    port: int | None = None
    """Port."""
    secret_arn: str | None = None
    """Secrets Manager secret with user name and password."""
    resource_id: str | None = None
    """Id that AWS never reuses; the final snapshot is named after it."""
    key_arn: str | None = None
    """KMS key of the database and its snapshots. AWS keeps it when the database goes."""
    security_group_id: str | None = None
    """Security group of the database."""


class XEKSClusterStatus(Status):
    """What other tools need to know, and what recovers a lost hub."""

    account: str | None = None
    """AWS account of the cluster."""
    hub: HubStatus | None = None
    """The hub that the cluster is registered with."""
    network: NetworkStatus | None = None
    """The network."""
    cluster: ClusterStatus | None = None
    """The control plane."""
    roles: Annotated[dict[str, str], Field(max_length=100)] | None = None
    """ARN of each IAM role by its use."""
    databases: Annotated[dict[str, DatabaseStatus], Field(max_length=10)] | None = None
    """Databases by name."""
    connect: str | None = None
    """Command that gives access to the cluster to whom spec.access names."""
