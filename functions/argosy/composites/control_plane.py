"""The control plane of a cluster: key, logs, role, version, and who may enter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from argosy.api.nodes import AutoMode
from argosy.composites import flow_logs
from argosy.composites.design import CLUSTER_KEY, CLUSTER_ROLE_KEY, Design, canonical
from argosy.composites.hub import doors
from argosy.composites.network import Network, observed_zones
from argosy.data.access import access_policy_arn
from argosy.data.kubernetes import NEWEST, OFFERED
from argosy.data.managed_policies import managed_policy_arn
from argosy.data.regions import service_principal
from argosy.names import digest, slug
from argosy.plan import Fact, Part, Refused, Resource
from argosy.policies.documents import trust_service
from argosy.policies.kms import cluster_key_policy
from argosy.resources.eks import AccessEntry, AccessGrant, Cluster, NodeGroup
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.logs import LogGroup
from argosy.resources.network import IngressRule, SecurityGroup, Subnet
from argosy.unknown import Json, Unknown

CLUSTER_POLICIES = ("AmazonEKSClusterPolicy",)
AUTO_MODE_POLICIES = (
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
AUTO_NODE_POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy")
API_PORT = 443
ROLE_SLUG = 24
VERSION = re.compile(r"1\.[0-9]{2,3}\Z")


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """The control plane's resources."""

    cluster: Cluster
    others: tuple[Resource, ...]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All of them, in the order in which they are made."""
        return (*self.others, self.cluster)


def plan(design: Design, network: Network) -> ControlPlane:
    """The control plane that a claim asks for.

    Raises:
        Refused: for a version that EKS does not offer, and for zones that the control plane cannot leave.
    """
    spec = design.spec.control_plane
    auto_mode = _auto_mode(design)
    protected = spec.deletion_protection and not design.leaving
    logs = f"/aws/eks/{design.cluster_name}/cluster"
    encrypted = (logs, flow_logs.log_group_name(design))
    key = Key(
        key="key-cluster",
        id=design.key_id("key-cluster", "cluster", "keyArn"),
        serves=Part.CONTROL_PLANE,
        asked_by="spec.controlPlane",
        description=f"Secrets and logs of EKS cluster {design.cluster_name}",
        policy=design.document(
            lambda account: cluster_key_policy(design.partition, design.spec.region, account, encrypted)
        ),
    )
    log_group = LogGroup(
        key="log-group-cluster",
        serves=Part.CONTROL_PLANE,
        asked_by="spec.controlPlane.logs",
        name=logs,
        retention_days=spec.logs.retention_days,
        encryption_key=key,
    )
    role = _cluster_role(design, auto_mode)
    auto_node_role = _auto_node_role(design) if design.spec.nodes.auto_mode.enabled else None
    security_groups = _hub_security_group(design, network)
    cluster = Cluster(
        key=CLUSTER_KEY,
        asked_by="spec.controlPlane",
        retained=protected,  # its object finds it again by its name, whoever deletes that (REL-25)
        after=(role, log_group),
        spec=spec,
        protected=protected,
        name=design.cluster_name,
        version=version(design),
        role=role,
        encryption_key=key,
        subnets=_subnets(design, network.private),
        security_groups=security_groups,
        public_access_cidrs=_public_access(design),
        auto_mode=auto_mode,
        auto_node_role=auto_node_role,
    )
    roles = (role, auto_node_role) if auto_node_role else (role,)
    return ControlPlane(cluster=cluster, others=(*roles, key, log_group, *security_groups))


def version(design: Design) -> Json:
    """The Kubernetes version to run now: the one asked for, at most one minor above the standing one (UPG-01).

    Never a lower one: AWS upgrades by itself at the end of support, and refuses to go back (UPG-08).
    """
    asked, standing = design.spec.kubernetes_version, standing_version(design)
    if isinstance(standing, Unknown) or (standing is not None and (asked is None or minor(asked) <= minor(standing))):
        return standing
    if asked is not None and asked not in OFFERED:
        raise Refused("spec.kubernetesVersion", f"EKS does not offer {asked}; write one of {', '.join(OFFERED)}")
    if standing is None:
        return asked or NEWEST
    return f"1.{minor(standing) + 1}" if _may_step(design, standing) else standing


def _may_step(design: Design, standing: str) -> bool:
    """Whether the next minor version may be asked for, or was already.

    The step waits until the control plane rests and every node group has followed: nodes that stay behind would soon
    be older than the control plane allows (UPG-04, UPG-05).
    """
    before = design.facts.read(Cluster, CLUSTER_KEY, Fact.ASKED_VERSION)
    if isinstance(before, str) and VERSION.match(before) and minor(before) > minor(standing):
        return True
    groups = [f"node-group-{group.name}" for group in design.spec.nodes.groups]
    return design.facts.read(Cluster, CLUSTER_KEY, Fact.STATE) == "ACTIVE" and all(
        design.facts.read(NodeGroup, key, Fact.VERSION) == standing for key in groups if design.facts.exists(key)
    )


def standing_version(design: Design) -> str | Unknown | None:
    """The version that the control plane runs, or None if it was never made.

    A cluster that is not observed may exist all the same (REL-18): the newest version would upgrade it.

    Raises:
        Refused: for what is no version.
    """
    if design.facts.exists(CLUSTER_KEY):
        found = design.facts.read(Cluster, CLUSTER_KEY, Fact.VERSION)
    else:
        found = design.facts.status("cluster", "version")
    if found is not None and not isinstance(found, Unknown) and not VERSION.match(str(found)):
        raise Refused("status.cluster.version", f"{found} is no Kubernetes version; put back what the cluster runs")
    return cast("str | Unknown | None", found)


def minor(text: str) -> int:
    """The number behind the dot of a version such as `1.35`."""
    return int(text.split(".")[1])


def _subnets(design: Design, private: Mapping[str, Subnet]) -> tuple[Subnet, ...]:
    """The control plane's subnets. EKS accepts later only subnets of the zones that it was made in (ADR 3)."""
    zones = observed_zones(design, Cluster, CLUSTER_KEY) or tuple(private)
    if missing := [zone for zone in zones if zone not in private]:
        raise Refused(
            "spec.network.zones",
            f"zone {', '.join(missing)} cannot leave: the control plane was made in zones {', '.join(zones)}, and EKS "
            "keeps them for ever; put it back (nodes.groups[].zones chooses where nodes run)",
        )
    return tuple(private[zone] for zone in zones)


def _public_access(design: Design) -> tuple[str, ...]:
    """Ranges of the public endpoint: the claim's, and the hub's if that is its way in (design 4.8)."""
    asked = design.spec.control_plane.endpoint.public_access_cidrs
    return tuple(sorted({*asked, *doors(design, "PublicFrom")}))


def _hub_security_group(design: Design, network: Network) -> tuple[SecurityGroup, ...]:
    """The hub's door to a private endpoint, if the networks are connected (design 4.8)."""
    rules = tuple(
        IngressRule(key=f"ingress-hub-{digest(cidr)}", description=f"Hub at {cidr}", port=API_PORT, cidr=cidr)
        for cidr in doors(design, "Routed")
    )
    if not rules:
        return ()
    return (
        SecurityGroup(
            key="security-group-hub",
            serves=Part.CONTROL_PLANE,
            asked_by="hub facts: reach",
            vpc=network.vpc,
            name=design.names.object("hub"),
            description="Lets the hub reach the Kubernetes API",
            ingress=rules,
        ),
    )


def _auto_mode(design: Design) -> AutoMode | None:
    """Auto Mode's settings, or None for a cluster that never had it: AWS refuses even `false` there."""
    auto_mode = design.spec.nodes.auto_mode
    had_it = (
        not isinstance(design.facts.read(Cluster, CLUSTER_KEY, Fact.AUTO_MODE), Unknown)
        or design.facts.status("cluster", "autoMode") is not None
    )
    return auto_mode if auto_mode.enabled or had_it else None


def _cluster_role(design: Design, auto_mode: AutoMode | None) -> Role:
    """The cluster's role. Its trust needs no account, so that its ARN can tell the account (SEC-12)."""
    policies = (*CLUSTER_POLICIES, *AUTO_MODE_POLICIES) if auto_mode else CLUSTER_POLICIES
    return design.role(
        CLUSTER_ROLE_KEY,
        serves=Part.CONTROL_PLANE,
        asked_by="spec.controlPlane",
        description=f"Control plane of EKS cluster {design.cluster_name}",
        trust=canonical(trust_service(service_principal("eks", design.partition), tag_session=auto_mode is not None)),
        managed=tuple(managed_policy_arn(name, design.partition) for name in sorted(policies)),
    )


def _auto_node_role(design: Design) -> Role:
    return design.role(
        "role-auto-node",
        serves=Part.COMPUTE,
        asked_by="spec.nodes.autoMode",
        description=f"Auto Mode nodes of EKS cluster {design.cluster_name}",
        trust=canonical(trust_service(service_principal("ec2", design.partition))),
        managed=tuple(managed_policy_arn(name, design.partition) for name in AUTO_NODE_POLICIES),
    )


def access(design: Design, cluster: Cluster) -> tuple[Resource, ...]:
    """The people's way in: administrators and narrower entries.

    Raises:
        Refused: for a role of another account, or an administrator that the platform does not list (SEC-08, SEC-09).
    """
    asked = design.spec.access
    entries = [
        _entry(design, cluster, arn, f"spec.access.admins[{index}]", (), {"AmazonEKSClusterAdminPolicy": ()})
        for index, arn in enumerate(asked.admins)
    ]
    for index, entry in enumerate(asked.entries):
        path = f"spec.access.entries[{index}].principalArn"
        policies: dict[str, tuple[str, ...]] = {
            policy.name: tuple(sorted(policy.namespaces)) for policy in entry.policies
        }
        entries.append(
            _entry(design, cluster, entry.principal_arn, path, tuple(sorted(entry.kubernetes_groups)), policies)
        )
    return tuple(sorted(entries, key=lambda entry: entry.key))


def _entry(
    design: Design,
    cluster: Cluster,
    arn: str,
    path: str,
    groups: tuple[str, ...],
    policies: Mapping[str, tuple[str, ...]],
) -> AccessEntry:
    check_account(design, arn, path)
    _check_principal(design, arn, path)
    allowed = design.hub.cluster_admins if design.hub else None
    if "AmazonEKSClusterAdminPolicy" in policies and allowed is not None and arn not in allowed:
        raise Refused(
            path,
            f"{arn} is not among the administrators that the platform allows; ask it, or use an entry with "
            "AmazonEKSAdminPolicy in your namespaces",
        )
    who = f"{slug(arn.rsplit('/', 1)[-1], ROLE_SLUG)}-{digest(arn)}"
    return AccessEntry(
        key=f"access-entry-{who}",
        serves=Part.CONTROL_PLANE,
        asked_by=path,
        after=(cluster,),
        cluster=cluster,
        principal=arn,
        groups=groups,
        policies=grants(design, who, policies),
    )


def _check_principal(design: Design, arn: str, path: str) -> None:
    """Refuses roles whose entry somebody else makes: two objects for one principal undo each other."""
    role = arn.rsplit("/", 1)[-1]
    hub_role = design.hub.argocd.role_arn if design.hub else None
    ours = role.startswith((f"{design.names.cluster}-", "argosy-spoke-"))
    if ours or arn == hub_role or "/aws-service-role/" in arn:
        raise Refused(path, f"{arn} belongs to Argo CD, to this cluster or to a service of AWS; leave it out")


def grants(design: Design, who: str, policies: Mapping[str, tuple[str, ...]]) -> dict[str, AccessGrant]:
    """Access policies by composition-resource name.

    The provider can change nothing of an association, not even its namespaces (every argument of Terraform's
    `aws_eks_access_policy_association` forces a new one), so policy and namespaces are part of the name.

    Args:
        design: the cluster's.
        who: whom the entry lets in.
        policies: namespaces by name of the policy; none means the whole cluster.
    """
    found = {}
    for name, namespaces in sorted(policies.items()):
        where = f"-{digest(*namespaces)}" if namespaces else ""
        key = f"access-policy-{who}-{slug(name.removeprefix('AmazonEKS'), ROLE_SLUG)}{where}"
        found[key] = AccessGrant(policy_arn=access_policy_arn(name, design.partition), namespaces=namespaces)
    return found


def check_account(design: Design, arn: str, path: str) -> None:
    """Refuses an ARN of another account or partition than the cluster's (TEN-07).

    Raises:
        Refused: with `path` as the field.
    """
    _, partition, _, _, account, _ = arn.split(":", 5)
    if partition != design.partition:
        raise Refused(path, f"{arn} is of partition {partition}, but {design.spec.region} is in {design.partition}")
    expected = design.account if isinstance(design.account, str) else design.here.account
    if account not in ("", "aws") and expected is not None and account != expected:
        raise Refused(path, f"{arn} is of account {account}, but the cluster is in {expected}; name one of {expected}")
