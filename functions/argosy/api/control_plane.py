"""The EKS control plane that a claim asks for, and who may enter it."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from argosy.api.base import LIST_SET, KubernetesName, Model, Retention, RoleArn, Rule, immutable, list_map
from argosy.api.cidr import PRIVATE_PATTERN, Cidr, is_private

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
ALL_LOGS: list[LogType] = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

WIDEST_PUBLIC_PREFIX = 16


class Endpoint(Model):
    """How the Kubernetes API is reached. The private endpoint is always on."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.publicAccessCidrs.all(c, c.matches('/(1[6-9]|2[0-9]|3[0-2])$'))",
            message="publicAccessCidrs must name narrow ranges, /16 or longer: list the ranges of your offices or "
            "VPN, never 0.0.0.0/0",
            holds=lambda e: all(IPv4Network(cidr).prefixlen >= WIDEST_PUBLIC_PREFIX for cidr in e.public_access_cidrs),
        ),
    )

    public_access_cidrs: Annotated[list[Cidr], Field(max_length=30, json_schema_extra=LIST_SET)] = []
    """Ranges that may reach the public endpoint. Empty: there is no public endpoint, unless the hub needs one."""


class Logs(Model):
    """Control plane logs in CloudWatch."""

    types: Annotated[list[LogType], Field(max_length=5, json_schema_extra=LIST_SET)] = ALL_LOGS
    """Which logs are written. Default: all five."""
    retention_days: Retention = 365
    """Days that logs are kept."""


class ControlPlane(Model):
    """Settings of the EKS control plane."""

    rules: ClassVar[tuple[Rule, ...]] = (
        immutable("serviceCidr"),
        Rule(
            cel="self.serviceCidr.matches('/(1[2-9]|2[0-4])$')",
            message="serviceCidr must be between /12 and /24, such as 172.20.0.0/16",
            holds=lambda c: 12 <= IPv4Network(c.service_cidr).prefixlen <= 24,
        ),
        Rule(
            cel=f"self.serviceCidr.matches('{PRIVATE_PATTERN}') && !self.serviceCidr.startsWith('100.')",
            message="serviceCidr must be inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, such as 172.20.0.0/16",
            holds=lambda c: is_private(c.service_cidr) and not c.service_cidr.startswith("100."),
        ),
    )

    endpoint: Endpoint = Endpoint()
    """How the Kubernetes API is reached."""
    logs: Logs = Logs()
    """Control plane logs."""
    deletion_protection: bool = True
    """Whether AWS refuses to delete the cluster. lifecycle: Decommission switches it off."""
    upgrade_policy: Literal["Extended", "Standard"] = "Extended"
    """What happens at the end of standard support: Extended costs more, Standard lets AWS upgrade the cluster."""
    service_cidr: Cidr = "172.20.0.0/16"
    """Range of Kubernetes Services. Can never change and must not overlap the network."""


AccessPolicyName = Literal[
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
]


class AccessPolicy(Model):
    """What an access entry may do."""

    name: AccessPolicyName
    """Name of the EKS access policy. AmazonEKSAdminViewPolicy includes reading Secrets."""
    namespaces: Annotated[list[KubernetesName], Field(max_length=50, json_schema_extra=LIST_SET)] = []
    """Namespaces the policy is limited to. Empty: the whole cluster."""


KubernetesGroup = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.:@/-]*[A-Za-z0-9])?$", min_length=1, max_length=63)
]


class AccessEntry(Model):
    """Lets one IAM role into the cluster."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.kubernetesGroups.all(g, !g.startsWith('system:'))",
            message="kubernetesGroups must not name system: groups; use a policy, or a group of your own RBAC",
            holds=lambda e: not any(group.startswith("system:") for group in e.kubernetes_groups),
        ),
        Rule(
            cel="size(self.policies) + size(self.kubernetesGroups) > 0",
            message="an entry needs policies or kubernetesGroups, else the role can log in and do nothing",
            holds=lambda e: bool(e.policies or e.kubernetes_groups),
        ),
    )

    principal_arn: RoleArn
    """ARN of the IAM role, in the account of the cluster."""
    kubernetes_groups: Annotated[list[KubernetesGroup], Field(max_length=20, json_schema_extra=LIST_SET)] = []
    """Groups that your own RBAC in the cluster knows."""
    policies: Annotated[list[AccessPolicy], Field(max_length=10, json_schema_extra=list_map("name"))] = []
    """EKS access policies and where they hold."""


class Access(Model):
    """Who may use the Kubernetes API, beside Argo CD."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.entries.all(e, !(e.principalArn in self.admins))",
            message="a role stands in admins and in entries; leave it in one of them",
            holds=lambda a: not {entry.principal_arn for entry in a.entries} & set(a.admins),
        ),
    )

    admins: Annotated[list[RoleArn], Field(max_length=20, json_schema_extra=LIST_SET)] = []
    """IAM roles that administer the whole cluster."""
    entries: Annotated[list[AccessEntry], Field(max_length=50, json_schema_extra=list_map("principalArn"))] = []
    """IAM roles with narrower rights."""
