"""EKS add-ons, and identities of whatever runs in the cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

from pydantic.alias_generators import to_camel

from argosy.api.addons import Addon
from argosy.api.argocd import ArgoAddon, ExternalSecrets, ZonesAddon
from argosy.composites.control_plane import check_account
from argosy.composites.databases import Databases
from argosy.composites.design import Design, canonical
from argosy.composites.network import Network
from argosy.data.managed_policies import managed_policy_arn
from argosy.plan import Fact, Part, Refused, Resource
from argosy.policies import (
    aws_load_balancer_controller,
    cert_manager,
    cluster_autoscaler,
    ebs_csi,
    external_dns,
    external_secrets,
    vpc_cni,
)
from argosy.policies.documents import ClusterIdentity, Statement, document, trust_pod_identity
from argosy.resources.eks import Cluster, EksAddon, NodeGroup, PodIdentity
from argosy.resources.iam import Role
from argosy.resources.rds import AuroraCluster
from argosy.unknown import Json

NODE_ESSENTIALS = ("eks-pod-identity-agent", "kube-proxy", "vpc-cni")
"""What a node needs before it can run a pod."""
AFTER_NODES = ("aws-ebs-csi-driver", "coredns")
"""Deployments: EKS calls them healthy only when a node runs them."""
ALWAYS_WITH_GROUPS = (*NODE_ESSENTIALS, "coredns")
OUR_SETTINGS: Mapping[str, Mapping[str, object]] = {
    "vpc-cni": {"enableNetworkPolicy": "true"},  # CIS 4.3.1: a NetworkPolicy must not be ignored in silence
}


class PolicyModule(Protocol):
    """A module of `argosy.policies`: an add-on's service account and what it may do."""

    NAMESPACE: str
    SERVICE_ACCOUNT: str
    statements: Callable[..., list[Statement]]


ARGO_ADDONS = cast(
    "Mapping[str, PolicyModule]",
    {
        "aws_load_balancer_controller": aws_load_balancer_controller,
        "cert_manager": cert_manager,
        "cluster_autoscaler": cluster_autoscaler,
        "external_dns": external_dns,
        "external_secrets": external_secrets,
    },
)
"""Add-ons that Argo CD installs and that need an identity, by their name in the vocabulary."""


@dataclass(frozen=True, kw_only=True)
class NodeEssentials:
    """What must be usable before a node group is made."""

    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Identified:
    """A role and its association with a service account."""

    role: Role
    association: PodIdentity
    resources: tuple[Resource, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Both as resources, the role first."""
        object.__setattr__(self, "resources", (self.role, self.association))


def plan_essentials(design: Design, network: Network, cluster: Cluster) -> NodeEssentials:
    """The add-ons that nodes of node groups need; Auto Mode's own nodes bring theirs (design 4.10)."""
    if not design.spec.nodes.groups:
        return NodeEssentials()
    cni = _system_identity(
        design,
        cluster,
        "vpc-cni",
        vpc_cni.NAMESPACE,
        vpc_cni.SERVICE_ACCOUNT,
        managed=(managed_policy_arn("AmazonEKS_CNI_Policy", design.partition),),
    )
    addons = (
        _addon(design, cluster, name, after=(cni.association,) if name == "vpc-cni" else ()) for name in NODE_ESSENTIALS
    )
    return NodeEssentials(resources=(*cni.resources, *addons))


def plan_after_nodes(design: Design, cluster: Cluster, groups: tuple[NodeGroup, ...]) -> tuple[Resource, ...]:
    """The add-ons that need a node to run on.

    Raises:
        Refused: for an add-on that Auto Mode brings, where no node group needs it.
    """
    asked = {addon.name for addon in design.spec.addons}
    if not groups:
        if asked:
            raise Refused(
                "spec.addons",
                f"Auto Mode brings {', '.join(sorted(asked))} for its nodes; take them out, or ask for a node group",
            )
        return ()
    resources: list[Resource] = []
    for name in AFTER_NODES:
        if name not in asked and name not in ALWAYS_WITH_GROUPS:
            continue
        after: tuple[Resource, ...] = ()
        if name == "aws-ebs-csi-driver":
            identity = _ebs_csi_identity(design, cluster)
            resources += identity.resources
            after = (identity.association,)
        resources.append(_addon(design, cluster, name, after=after, after_any=groups))
    return tuple(resources)


def _addon(
    design: Design,
    cluster: Cluster,
    name: str,
    *,
    after: tuple[Resource, ...] = (),
    after_any: tuple[Resource, ...] = (),
) -> EksAddon:
    asked: Addon | None = next((addon for addon in design.spec.addons if addon.name == name), None)
    settings = dict(OUR_SETTINGS.get(name, {}))
    if name == "aws-ebs-csi-driver":
        settings["controller"] = {"k8sTagClusterId": design.cluster_name}
    if asked and asked.configuration_values:
        settings = merged(settings, json.loads(asked.configuration_values))
    return EksAddon(
        key=f"addon-{name}",
        asked_by=f"spec.addons[{name}]" if asked else "spec.nodes.groups",
        after=(cluster, *after),
        after_any=after_any,
        name=name,
        cluster=cluster,
        version=asked.version if asked else None,
        configuration=canonical(settings) if settings else None,
    )


def merged(ours: Mapping[str, object], theirs: Mapping[str, object]) -> dict[str, object]:
    """Settings with those of the claim on top, object by object."""
    result = dict(ours)
    for name, value in theirs.items():
        mine = result.get(name)
        both = isinstance(mine, Mapping) and isinstance(value, Mapping)
        result[name] = merged(mine, value) if both else value  # type: ignore[arg-type]
    return result


def _identity(
    design: Design,
    cluster: Cluster,
    use: str,
    namespace: str,
    service_account: str,
    *,
    asked_by: str,
    managed: tuple[str, ...] = (),
    inline: dict[str, Json] | None = None,
) -> Identified:
    """A role that one service account of this cluster may assume, and nobody else (IAM-01, IAM-06)."""
    org = design.hub.organization_id if design.hub else None
    role = design.role(
        f"role-{use}",
        serves=Part.ADDONS,
        asked_by=asked_by,
        description=f"Service account {namespace}/{service_account} of EKS cluster {design.cluster_name}",
        trust=design.document(
            lambda account: trust_pod_identity(identity_of(design, account, ""), namespace, service_account, org)
        ),
        managed=managed,
        inline=inline,
    )
    association = PodIdentity(
        key=f"pod-identity-{use}",
        asked_by=asked_by,
        after=(cluster,),
        cluster=cluster,
        role=role,
        namespace=namespace,
        service_account=service_account,
    )
    return Identified(role=role, association=association)


def identity_of(design: Design, account: str, vpc_arn: str) -> ClusterIdentity:
    """What policies of this cluster are bound to."""
    return ClusterIdentity(
        partition=design.partition,
        region=design.spec.region,
        account=account,
        name=design.cluster_name,
        vpc_arn=vpc_arn,
    )


def _system_identity(
    design: Design,
    cluster: Cluster,
    name: str,
    namespace: str,
    service_account: str,
    *,
    managed: tuple[str, ...] = (),
    inline: dict[str, Json] | None = None,
) -> Identified:
    return _identity(
        design,
        cluster,
        f"addon-{name}",
        namespace,
        service_account,
        asked_by=f"spec.addons[{name}]",
        managed=managed,
        inline=inline,
    )


def _ebs_csi_identity(design: Design, cluster: Cluster) -> Identified:
    return _system_identity(
        design,
        cluster,
        "aws-ebs-csi-driver",
        ebs_csi.NAMESPACE,
        ebs_csi.SERVICE_ACCOUNT,
        inline={
            "ebs-csi": design.document(lambda account: document(ebs_csi.statements(identity_of(design, account, ""))))
        },
    )


def plan_workloads(design: Design, cluster: Cluster) -> tuple[Resource, ...]:
    """Identities of workloads, as the claim names them.

    Raises:
        Refused: for a policy of another account, and for two identities of one service account.
    """
    resources: list[Resource] = []
    taken = {
        (module.NAMESPACE, module.SERVICE_ACCOUNT): f"of add-on {to_camel(switch)}"
        for switch, module in ARGO_ADDONS.items()
        if getattr(design.spec.argocd.addons, switch) is not None
    }
    for asked in sorted(design.spec.identities, key=lambda identity: identity.name):
        path = f"spec.identities[{asked.name}]"
        for arn in asked.policy_arns:
            check_account(design, arn, f"{path}.policyArns")
        who = (asked.namespace, asked.service_account)
        if who in taken:
            raise Refused(
                f"{path}.serviceAccount",
                f"{asked.namespace}/{asked.service_account} already has identity {taken[who]}; put all policies there",
            )
        taken[who] = asked.name
        resources += _identity(
            design,
            cluster,
            f"workload-{asked.name}",
            asked.namespace,
            asked.service_account,
            asked_by=path,
            managed=tuple(sorted(asked.policy_arns)),
        ).resources
    return tuple(resources)


@dataclass(frozen=True, kw_only=True)
class ArgoAddonIdentity:
    """The identity of an add-on that Argo CD installs.

    Attributes:
        switch: name of the add-on in the vocabulary of the cluster Secret, such as `external_dns`.
        enabled: whether the claim wants it installed.
    """

    switch: str
    enabled: bool
    identified: Identified


def plan_argo_addons(
    design: Design, network: Network, cluster: Cluster, databases: Databases
) -> tuple[ArgoAddonIdentity, ...]:
    """Identities of the add-ons that Argo CD installs, each bound to this cluster (safety 3.3)."""
    asked = design.spec.argocd.addons
    return tuple(
        _argo_addon(design, network, cluster, databases, switch, settings)
        for switch in sorted(ARGO_ADDONS)
        if (settings := getattr(asked, switch)) is not None
    )


def _argo_addon(
    design: Design, network: Network, cluster: Cluster, databases: Databases, switch: str, settings: ArgoAddon
) -> ArgoAddonIdentity:
    module, name, path = ARGO_ADDONS[switch], switch.replace("_", "-"), f"spec.argocd.addons.{to_camel(switch)}"
    for arn in _named_arns(settings):  # at once, not only when the account is known and the policy can be written
        check_account(design, arn, path)
    vpc_arn = design.fact(network.vpc, Fact.ARN) if switch == "aws_load_balancer_controller" else ""
    needs = (vpc_arn, *(_key_arns(design, databases) if switch == "external_secrets" else ()))

    def statements(account: str) -> list[Statement]:
        bound_to = identity_of(design, account, cast("str", vpc_arn))
        return module.statements(bound_to, **_bound(design, account, settings, databases))

    identified = _identity(
        design,
        cluster,
        f"addon-{name}",
        module.NAMESPACE,
        module.SERVICE_ACCOUNT,
        asked_by=path,
        inline={name: design.document(lambda account: document(statements(account)), *needs)},
    )
    return ArgoAddonIdentity(switch=switch, enabled=settings.enabled, identified=identified)


def _named_arns(settings: ArgoAddon) -> tuple[str, ...]:
    """Every ARN that an add-on's settings name."""
    if isinstance(settings, ZonesAddon):
        return tuple(settings.hosted_zone_arns)
    if isinstance(settings, ExternalSecrets):
        return (*settings.secret_arns, *settings.parameter_arns, *settings.key_arns)
    return ()


def _bound(design: Design, account: str, settings: ArgoAddon, databases: Databases) -> dict[str, object]:
    """What an add-on's policy is bound to beside the cluster, from its settings."""
    if isinstance(settings, ZonesAddon):
        return {"hosted_zone_arns": sorted(settings.hosted_zone_arns)}
    if isinstance(settings, ExternalSecrets):
        own = (
            f"arn:{design.partition}:secretsmanager:{design.spec.region}:{account}:secret:"
            f"{design.tenant}/{design.cluster_name}/*"
        )
        return {
            "secret_arns": sorted(settings.secret_arns) or [own],
            "parameter_arns": sorted(settings.parameter_arns),
            "key_arns": sorted({*settings.key_arns, *cast("list[str]", _key_arns(design, databases))}),
            "databases": _arns(design, account, databases),
        }
    return {}


def _key_arns(design: Design, databases: Databases) -> list[Json]:
    """Keys of the claim's databases; RDS encrypts the secrets with them, too. AWS chooses their ids."""
    return [design.fact(database.encryption_key, Fact.ARN) for database in databases.databases]


def _arns(design: Design, account: str, databases: Databases) -> dict[str, list[str]]:
    """ARNs of the claim's databases, by the kind that RDS writes into the tags of their secrets."""
    found: dict[str, list[str]] = {}
    for database in databases.databases:
        kind, noun = ("Cluster", "cluster") if isinstance(database, AuroraCluster) else ("Instance", "db")
        arn = f"arn:{design.partition}:rds:{design.spec.region}:{account}:{noun}:{database.name}"
        found.setdefault(kind, []).append(arn)
    return found
