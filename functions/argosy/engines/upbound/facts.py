"""Where the Upbound provider says what, and how it says that something is ready.

Source: CRDs of provider-upjet-aws v2.6.0 (some values are lists of one there).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from argosy.data.eks import BROKEN, UNUSABLE
from argosy.engines.crossplane import managed_health
from argosy.engines.upbound.envelope import CLUSTER_KINDS, KINDS
from argosy.plan import Fact, FactTable, Path, View
from argosy.resources.eks import AccessEntry, Cluster, NodeGroup, PodIdentity
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.network import NatGateway, SecurityGroup, Subnet, Vpc
from argosy.resources.rds import AuroraCluster, DatabaseInstance, DatabaseSecurityGroup
from argosy.settle import EXTERNAL_NAME, Health
from argosy.unknown import Json


def _at(*path: str | int) -> Path:
    return ("status", "atProvider", *path)


def _asked(*path: str | int) -> Path:
    return ("spec", "forProvider", *path)


_DELETION_PROTECTION = (_at("deletionProtection"), _asked("deletionProtection"))

FACTS: FactTable = {
    (Role, Fact.ARN): (_at("arn"),),
    (Key, Fact.ARN): (_at("arn"),),
    (Vpc, Fact.ID): (_at("id"),),
    (Vpc, Fact.ARN): (_at("arn"),),
    (Subnet, Fact.ID): (_at("id"),),
    (SecurityGroup, Fact.ID): (_at("id"),),
    (DatabaseSecurityGroup, Fact.ID): (_at("id"),),
    (NatGateway, Fact.ID): (_at("id"),),
    (NatGateway, Fact.PUBLIC_IP): (_at("publicIp"),),
    (Cluster, Fact.NAME): (_at("id"), ("metadata", "annotations", EXTERNAL_NAME)),
    (Cluster, Fact.ARN): (_at("arn"),),
    (Cluster, Fact.ENDPOINT): (_at("endpoint"),),
    (Cluster, Fact.CERTIFICATE): (_at("certificateAuthority", 0, "data"),),
    (Cluster, Fact.ISSUER): (_at("identity", 0, "oidc", 0, "issuer"),),
    (Cluster, Fact.SECURITY_GROUP): (_at("vpcConfig", "clusterSecurityGroupId"),),
    (Cluster, Fact.VERSION): (_at("version"),),
    (Cluster, Fact.ASKED_VERSION): (_asked("version"),),
    (Cluster, Fact.STATE): (_at("status"),),
    (Cluster, Fact.SUBNET_IDS): (_at("vpcConfig", "subnetIds"),),
    (Cluster, Fact.SUBNET_NAMES): (_asked("vpcConfig", "subnetIdRefs"),),
    # we alone write this list, also empty: the provider tells `enabled: false` of clusters that never had Auto Mode
    (Cluster, Fact.AUTO_MODE): (_asked("computeConfig", "nodePools"),),
    (NodeGroup, Fact.VERSION): (_at("version"),),
    (NodeGroup, Fact.SUBNET_IDS): (_at("subnetIds"),),
    (NodeGroup, Fact.SUBNET_NAMES): (_asked("subnetIdRefs"),),
    (PodIdentity, Fact.ID): (_at("associationId"),),
    (AccessEntry, Fact.ARN): (_at("accessEntryArn"),),
    (DatabaseInstance, Fact.ZONE): (_at("availabilityZone"),),
    (DatabaseInstance, Fact.ENDPOINT): (_at("address"),),
    (DatabaseInstance, Fact.SECRET_ARN): (_at("masterUserSecret", 0, "secretArn"),),
    (DatabaseInstance, Fact.RESOURCE_ID): (_at("resourceId"),),
    (AuroraCluster, Fact.ENDPOINT): (_at("endpoint"),),
    (AuroraCluster, Fact.READER_ENDPOINT): (_at("readerEndpoint"),),
    (AuroraCluster, Fact.SECRET_ARN): (_at("masterUserSecret", 0, "secretArn"),),
    (AuroraCluster, Fact.RESOURCE_ID): (_at("clusterResourceId"),),
    **{(kind, Fact.PROTECTION): _DELETION_PROTECTION for kind in (Cluster, DatabaseInstance, AuroraCluster)},
    **{
        (kind, fact): (_at(field), _asked(field))
        for kind in (DatabaseInstance, AuroraCluster)
        for fact, field in (
            (Fact.FINAL_SNAPSHOT, "finalSnapshotIdentifier"),
            (Fact.SKIPS_SNAPSHOT, "skipFinalSnapshot"),
        )
    },
}


def retained(view: View) -> Json:
    """Whether AWS keeps it when its object is deleted, by its management policies."""
    policies = view.get(("spec", "managementPolicies"))
    return not {"*", "Delete"} & set(map(str, policies)) if isinstance(policies, list) else None


T = TypeVar("T")


def _by_kind(table: Mapping[str, T]) -> Mapping[str, T]:
    """A table by entry of `KINDS` as one by kind and group, such as `VPC.ec2.aws.m.upbound.io`, of both scopes."""
    kinds = [(kind, value) for path, value in table.items() for kind in (KINDS[path], CLUSTER_KINDS[path])]
    return {kind.name: value for kind, value in kinds}


_FIXED: Mapping[str, Sequence[Path]] = {
    "ec2/VPC": (("region",), ("cidrBlock",)),
    "ec2/Subnet": (("availabilityZone",), ("cidrBlock",)),
    "eks/Cluster": (("kubernetesNetworkConfig", "serviceIpv4Cidr"),),
    "eks/NodeGroup": (("amiType",), ("capacityType",), ("instanceTypes",)),
    "eks/AccessEntry": (("principalArn",),),
    "eks/PodIdentityAssociation": (("namespace",), ("serviceAccount",)),
    "rds/Instance": (("engine",), ("dbName",)),
    "rds/Cluster": (("engine",), ("databaseName",)),
    "rds/ParameterGroup": (("family",),),
    "rds/ClusterParameterGroup": (("family",),),
}
FIXED_FIELDS: Mapping[str, Sequence[tuple[Path, Path]]] = _by_kind(
    {path: tuple((_asked(*field), _at(*field)) for field in fields) for path, fields in _FIXED.items()}
)
"""Fields whose change would replace the object: the provider refuses it for ever (safety 5.3, REL-07)."""


FOLLOWED_FIELDS: Mapping[str, Sequence[tuple[Path, Path]]] = _by_kind(
    {path: ((_asked("version"), _at("version")),) for path in ("eks/Cluster", "eks/NodeGroup")}
)
"""Fields whose change takes AWS a while: until its answer is what is asked for, the object is not as desired."""

RIGHTS: Mapping[str, Sequence[Path]] = _by_kind(
    {
        "iam/Role": (_asked("managedPolicyArns"),),
        "eks/AccessEntry": (_asked("kubernetesGroups"),),
        "eks/Cluster": (_asked("vpcConfig", "publicAccessCidrs"),),
    }
)
"""Lists of rights that are sets in the provider's schema: server-side apply leaves in them what somebody else adds."""


def health(view: View) -> Health:
    """What the provider says and what EKS says: a provider that was restarted calls it ready too early."""
    told, state = managed_health(view), _eks_state(view)
    error = told.error or (f"EKS says {state}" if state in BROKEN else "")
    usable = told.usable and state not in UNUSABLE
    healthy = told.healthy and usable and not error and state in (None, "ACTIVE")
    return Health(usable=usable, healthy=healthy, error=error)


def _eks_state(view: View) -> Json:
    """What EKS itself says of a cluster or node group."""
    return view.get(_at("status")) if str(view.get(("apiVersion",))).startswith("eks.") else None


def protected(view: View) -> bool:
    """Whether AWS refuses to delete the object: what AWS says counts, then what it was told."""
    found = (view.get(path) for path in _DELETION_PROTECTION)
    return bool(next((value for value in found if value is not None), False))


def identity(view: View) -> Json:
    """Terraform's id of what the provider last found on AWS: the external name of all that we name but node groups."""
    return view.get(_at("id"))
