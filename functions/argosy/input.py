"""What the platform tells the function: the Composition's input, and the facts of the hub.

Both are written by the platform team, never by a claim author, so a claim cannot choose credentials, an engine
or where its Secret goes (TEN-09, TEN-11). All hub facts are optional: without them a cluster is built and not
registered.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from argosy.api.argocd import PlatformLabelKey
from argosy.api.base import KubernetesName, LabelValue, Model, Name, PolicyArn, RoleArn, Rule
from argosy.api.cidr import Cidr
from argosy.api.cluster import TagKey, TagValue
from argosy.api.control_plane import AccessPolicyName

INPUT_GROUP = "argosy.fn.crossplane.io"
INPUT_VERSION = "v1alpha1"
"""API group and version of the Composition's input."""

HUB_API_VERSION = "apiextensions.crossplane.io/v1beta1"
"""apiVersion in which the Composition asks for the EnvironmentConfig with the hub's facts."""
HUB_FACTS_NAME = "argosy"
"""Name of the EnvironmentConfig, and of the requirement that the Composition asks for it by."""

EngineName = Literal["upbound", "upbound-cluster", "ack"]


class ProviderConfigRef(Model):
    """The credentials that composed AWS resources use."""

    kind: Literal["ProviderConfig", "ClusterProviderConfig"] = "ProviderConfig"
    """A ProviderConfig of the claim's namespace, or one for the whole hub."""
    name: KubernetesName | None = None
    """Its name. Default: `argosy`; where ProviderConfigs have no namespace (engine `upbound-cluster`), the claim's
    namespace."""


class Input(Model):
    """Input of function-argosy: what one Composition fixes."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.engine != 'upbound-cluster' || !has(self.providerConfigRef) || "
            "!has(self.providerConfigRef.name) || self.providerConfigRef.kind == 'ClusterProviderConfig'",
            message="providerConfigRef: engine upbound-cluster uses the ProviderConfig that is called like the claim's "
            "namespace; leave name out, or write kind: ClusterProviderConfig for one that all namespaces share",
            holds=lambda i: (
                i.engine != "upbound-cluster"
                or i.provider_config_ref.kind == "ClusterProviderConfig"
                or i.provider_config_ref.name is None
            ),
        ),
        Rule(
            cel="self.engine != 'ack' || !has(self.providerConfigRef) || "
            "(self.providerConfigRef.kind == 'ProviderConfig' && !has(self.providerConfigRef.name))",
            message="providerConfigRef: engine ack knows no ProviderConfigs; leave it out: the annotations of the "
            "claim's namespace choose account and role (docs/ack.md)",
            holds=lambda i: i.engine != "ack" or i.provider_config_ref == ProviderConfigRef(),
        ),
    )

    engine: EngineName
    """Who makes the AWS resources."""
    provider_config_ref: ProviderConfigRef = ProviderConfigRef()
    """Credentials of AWS resources."""
    settled_ttl_seconds: Annotated[int, Field(ge=600, le=86400)] = 600
    """Seconds until a settled claim is looked at again."""


class Repository(Model):
    """A Git repository that ApplicationSets read, as annotations of the cluster Secret."""

    url: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9@:/._~-]+$", min_length=5, max_length=253)]
    """Address, as Argo CD knows it; without user name and password."""
    basepath: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._/-]*/)?$", max_length=253)] = ""
    """Folder in front of all paths: empty, or ending with a slash."""
    path: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]*$", max_length=253)] = ""
    """Folder to start from."""
    revision: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]+$", min_length=1, max_length=100)] = "HEAD"
    """Branch, tag or commit."""


class Repositories(Model):
    """The repositories of the fleet."""

    addons: Repository | None = None
    """Add-ons and their values."""
    workload: Repository | None = None
    """Workloads."""
    platform: Repository | None = None
    """Teams and platform settings."""
    fleet: Repository | None = None
    """Claims."""


class HubArgoCD(Model):
    """Argo CD on the hub."""

    namespace: KubernetesName = "argocd"
    """Namespace of Argo CD."""
    mode: Literal["SelfManaged", "Capability"] = "SelfManaged"
    """Argo CD as installed by you, or as the EKS capability."""
    role_arn: RoleArn | None = None
    """Role of Argo CD on the hub: it assumes one role per cluster (SelfManaged), or enters itself (Capability)."""
    access_policy: AccessPolicyName = "AmazonEKSClusterAdminPolicy"
    """What Argo CD may do in clusters. Add-ons bring CRDs and ClusterRoles, which only the cluster administrator may
    write; choose less if your hub installs none (SEC-74)."""


class Reach(Model):
    """How the hub gets to the private API endpoint of a cluster."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel=None,
            message="Routed and PublicFrom need cidrs, the ranges that the hub comes from; Capability takes none",
            holds=lambda r: (r.mode == "Capability") == (not r.cidrs),
        ),
        Rule(
            cel=None,
            message="cidrs of PublicFrom must be narrow, /16 or longer: the addresses that the hub leaves with",
            holds=lambda r: r.mode != "PublicFrom" or all(IPv4Network(c).prefixlen >= 16 for c in r.cidrs),
        ),
    )

    mode: Literal["Capability", "Routed", "PublicFrom"]
    """Capability: the EKS capability for Argo CD reaches private endpoints. Routed: the networks are connected.
    PublicFrom: the public endpoint, open to the hub's addresses only."""
    cidrs: Annotated[list[Cidr], Field(max_length=20)] = []
    """Ranges that the hub comes from."""


class NamespaceFacts(Model):
    """What a namespace of claims stands for."""

    tenant: LabelValue | None = None
    """Tenant that owns the namespace. Default: the namespace's name."""
    account: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    """AWS account that the namespace's credentials lead to; another one observed is an error."""
    permissions_boundary: PolicyArn | None = None
    """Policy that bounds every role that is made for this namespace, in its account. Default: the hub's."""


class HubFacts(Model):
    """Facts of the hub: `data` of the EnvironmentConfig `argosy`."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel=None,
            message="reach: Capability needs argocd.mode: Capability; your own Argo CD needs Routed or PublicFrom",
            holds=lambda h: h.reach is None or h.reach.mode != "Capability" or h.argocd.mode == "Capability",
        ),
    )

    hub: Name | None = None
    """Id of the hub."""
    argocd: HubArgoCD = HubArgoCD()
    """Argo CD on the hub."""
    reach: Reach | None = None
    """How the hub gets to the clusters' API endpoints. Absent: clusters are built and not registered."""
    repositories: Repositories = Repositories()
    """Git repositories of the fleet."""
    environments: Annotated[list[LabelValue], Field(min_length=1, max_length=50)] = ["dev", "staging", "prod"]
    """Environments that claims may name."""
    rings: Annotated[list[LabelValue], Field(min_length=1, max_length=50)] = ["0", "1", "2"]
    """Rings that claims may name, first one updated first."""
    namespaces: Annotated[dict[KubernetesName, NamespaceFacts], Field(max_length=5000)] = {}
    """Facts by namespace."""
    labels: Annotated[list[PlatformLabelKey], Field(max_length=100)] = []
    """Keys that claims may use in argocd.labels."""
    cluster_admins: Annotated[list[RoleArn], Field(max_length=200)] | None = None
    """Roles that claims may name as administrators. Absent: any role of the cluster's account."""
    permissions_boundary: PolicyArn | None = None
    """Policy that bounds every role that is made. It names one account: with several, write one for each namespace."""
    organization_id: Annotated[str, StringConstraints(pattern=r"^o-[a-z0-9]{10,32}$")] | None = None
    """Id of the AWS organisation; trusts of service accounts' roles then demand it."""
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=15)] = {}
    """Tags for everything on AWS, which claims cannot override."""
