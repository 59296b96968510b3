"""Where ACK says what, and how it says that something is ready.

Sources: CRDs of the controllers (ec2 v1.20.0, eks v1.20.0, iam v1.8.1, kms v1.4.1, rds v1.11.1, cloudwatchlogs v1.4.1),
ACK runtime v0.62.0 (`pkg/runtime/reconciler.go`, `pkg/condition`), rds-controller v1.10.0 (`db_instance/hooks.go`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from argosy.data import databases, eks
from argosy.data.regions import partition_of
from argosy.engines.ack.envelope import DELETION_POLICY, KINDS, REGION, RETAIN
from argosy.engines.ack.looks import (
    ASKED,
    FOLLOWED,
    RECOVERABLE,
    TERMINAL,
    annotation,
    drifts,
    is_new,
    is_quiet,
    reached,
    state,
)
from argosy.engines.crossplane import conditions_of, sentence, status_of
from argosy.plan import Fact, FactTable, Path, View
from argosy.resources.eks import AccessEntry, Cluster, NodeGroup, PodIdentity
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.network import NatGateway, SecurityGroup, Subnet, Vpc
from argosy.resources.rds import AuroraCluster, DatabaseInstance, DatabaseSecurityGroup
from argosy.settle import Health
from argosy.unknown import Json

SKIP_SNAPSHOT = "rds.services.k8s.aws/skip-final-snapshot"
FINAL_SNAPSHOT = "rds.services.k8s.aws/final-db-snapshot-identifier"
DELETE_BACKUPS = "rds.services.k8s.aws/delete-automated-backups"
"""Annotations that say how a database ends; the controller reads them when it deletes (`pkg/util/annotations.go`)."""

DRIFT_WARNING = (
    "is never quite in sync: its ACK controller tries to change Auto Mode, which this cluster never had, and AWS "
    "refuses (aws-controllers-k8s/community#3046); the cluster works"
)

QUIET = frozenset({"ACTIVE", "available"}) | databases.BUSY_BY_ITSELF
UNUSABLE = eks.UNUSABLE | databases.UNUSABLE
"""States of what EKS or RDS has, by which all is well with it, and in which nothing can use it."""

PROGRESS = re.compile(r"^resource is pending|cannot be (modified|deleted)( or deleted)?( until '[A-Za-z]+')?[.]?$")
"""What a controller calls recoverable though it only waits until AWS is done with what it does.

Sources: ec2-controller v1.19.0 (NAT gateways), rds-controller v1.10.0 (`hooks.go`, `custom_update.go`).
"""

METADATA = ("status", "ackResourceMetadata")
_ARN: Path = (*METADATA, "arn")
_PROTECTED: Path = ("spec", "deletionProtection")
_MARK: Path = ("metadata", "annotations", ASKED)


def _version(view: View) -> Json:
    """The version that runs: ACK tells only the one that was asked for."""
    return view.get(("spec", "version")) if state(view) == "ACTIVE" and reached(view) else None


def _protection(view: View) -> Json:
    """Whether AWS protects it: ACK tells only what was asked for."""
    asked_for = view.get(_PROTECTED)
    return asked_for if asked_for is True or reached(view) or is_new(view) else None


def _retained(view: View) -> Json:
    policy = annotation(view, DELETION_POLICY)
    return None if policy is None else policy == RETAIN


def _skips_snapshot(view: View) -> Json:
    said = annotation(view, SKIP_SNAPSHOT)
    return None if said is None else said == "true"


def _vpc_arn(view: View) -> Json:
    """EC2 tells no ARN of a VPC."""
    vpc, owner = view.get(("status", "vpcID")), view.get((*METADATA, "ownerAccountID"))
    region = annotation(view, REGION)
    return f"arn:{partition_of(region)}:ec2:{region}:{owner}:vpc/{vpc}" if vpc and owner and region else None


def _admits(view: View) -> Json:
    """Whether a security group has a door on AWS."""
    rules = view.get(("status", "rules"))
    found = [rule for rule in rules if isinstance(rule, Mapping)] if isinstance(rules, list) else []
    return any(not rule.get("isEgress") for rule in found)


def _names(path: Path) -> Callable[[View], Json]:
    """Reads a list of references as the names of their targets."""

    def read(view: View) -> Json:
        found = view.get(path)
        targets = [item["from"] for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
        return [str(target["name"]) for target in targets if isinstance(target, Mapping)] or None

    return read


FACTS: FactTable = {
    **{(kind, Fact.ARN): (_ARN,) for kind in (Role, Key, Cluster, AccessEntry)},
    (Vpc, Fact.ID): (("status", "vpcID"),),
    (Vpc, Fact.ARN): (_vpc_arn,),
    (Subnet, Fact.ID): (("status", "subnetID"),),
    (SecurityGroup, Fact.ID): (("status", "id"),),
    (DatabaseSecurityGroup, Fact.ID): (("status", "id"),),
    (DatabaseSecurityGroup, Fact.ADMITS): (_admits,),
    (NatGateway, Fact.ID): (("status", "natGatewayID"),),
    (NatGateway, Fact.PUBLIC_IP): (("status", "natGatewayAddresses", 0, "publicIP"),),
    (Cluster, Fact.NAME): (("spec", "name"),),
    (Cluster, Fact.ENDPOINT): (("status", "endpoint"),),
    (Cluster, Fact.CERTIFICATE): (("status", "certificateAuthority", "data"),),
    (Cluster, Fact.ISSUER): (("status", "identity", "oidc", "issuer"),),
    (Cluster, Fact.SECURITY_GROUP): (("status", "clusterSecurityGroupID"),),
    (Cluster, Fact.VERSION): (_version,),
    (Cluster, Fact.ASKED_VERSION): (("spec", "version"),),
    (Cluster, Fact.STATE): (("status", "status"),),
    (Cluster, Fact.SUBNET_NAMES): (_names(("spec", "resourcesVPCConfig", "subnetRefs")),),
    (Cluster, Fact.AUTO_MODE): (("spec", "computeConfig", "nodePools"),),
    (NodeGroup, Fact.VERSION): (_version,),
    (NodeGroup, Fact.SUBNET_NAMES): (_names(("spec", "subnetRefs")),),
    (PodIdentity, Fact.ID): (("status", "associationID"),),
    (DatabaseInstance, Fact.ZONE): (("spec", "availabilityZone"),),
    (DatabaseInstance, Fact.ENDPOINT): (("status", "endpoint", "address"),),
    (DatabaseInstance, Fact.RESOURCE_ID): (("status", "dbiResourceID"),),
    (AuroraCluster, Fact.ENDPOINT): (("status", "endpoint"),),
    (AuroraCluster, Fact.READER_ENDPOINT): (("status", "readerEndpoint"),),
    (AuroraCluster, Fact.RESOURCE_ID): (("status", "dbClusterResourceID"),),
    **{(kind, Fact.PROTECTION): (_protection,) for kind in (Cluster, DatabaseInstance, AuroraCluster)},
    **{
        (kind, fact): (place,)
        for kind in (DatabaseInstance, AuroraCluster)
        for fact, place in (
            (Fact.SECRET_ARN, ("status", "masterUserSecret", "secretARN")),
            (Fact.FINAL_SNAPSHOT, ("metadata", "annotations", FINAL_SNAPSHOT)),
            (Fact.SKIPS_SNAPSHOT, _skips_snapshot),
        )
    },
}

RETAINED = (_retained,)
"""Where every object says whether AWS keeps its thing."""

_FIXED: Mapping[str, Sequence[Path]] = {
    "ec2/VPC": (("metadata", "annotations", REGION), ("spec", "cidrBlocks")),
    "ec2/Subnet": (("spec", "availabilityZone"), ("spec", "cidrBlock")),
    "eks/Cluster": (("spec", "kubernetesNetworkConfig", "serviceIPv4CIDR"),),
    "eks/Nodegroup": (("spec", "amiType"), ("spec", "capacityType"), ("spec", "instanceTypes")),
    "eks/AccessEntry": (("spec", "principalARN"),),
    "eks/PodIdentityAssociation": (("spec", "namespace"), ("spec", "serviceAccount")),
    "rds/DBInstance": (("spec", "engine"), ("spec", "dbName")),
    "rds/DBCluster": (("spec", "engine"), ("spec", "databaseName")),
    "rds/DBParameterGroup": (("spec", "family"),),
    "rds/DBClusterParameterGroup": (("spec", "family"),),
}
FIXED_FIELDS: Mapping[str, Sequence[tuple[Path, Path]]] = {
    KINDS[kind].name: tuple((path, path) for path in paths) for kind, paths in _FIXED.items()
}
"""Fields whose change would replace the thing: AWS or the API server refuses it for ever (safety 5.3, REL-07)."""


FOLLOWED_FIELDS: Mapping[str, Sequence[tuple[Path, Path]]] = {
    kind.name: ((_MARK, _MARK),) for kind in KINDS.values() if kind.kind in FOLLOWED
}
"""Something new is asked for as soon as the note of it is another one than the object has."""


def health(view: View) -> Health:
    """What the conditions and AWS's own state say together: a condition may be older than what was asked for."""
    leaving = view.get(("metadata", "deletionTimestamp")) is not None
    told, drifting = state(view), drifts(view)
    error = "" if drifting else _error(view)
    if leaving:
        error = error or "is being deleted on AWS; it is made again when that is done"
    made = told not in UNUSABLE if told is not None else is_quiet(view)
    usable = made and not leaving
    healthy = usable and not error and is_quiet(view) and (told is None or told in QUIET) and reached(view)
    return Health(usable=usable, healthy=healthy, error=error, warning=DRIFT_WARNING if drifting else "")


def _error(view: View) -> str:
    """The first that is told of trouble: by the controller, then by AWS."""
    found = conditions_of(view)
    for name in (TERMINAL, RECOVERABLE):
        if status_of(found, name) == "True":
            message = str(found[name].get(("message",)) or "failed")
            return "" if PROGRESS.search(message) else sentence(message)
    told = state(view)
    if told in eks.BROKEN:
        return f"EKS says {told}{_issues(view)}"
    if told in databases.BROKEN:
        return f"RDS says {told}"
    if view.get(("status", "state")) == "failed":
        return sentence(str(view.get(("status", "failureMessage")) or "EC2 says failed"))
    return ""


def _issues(view: View) -> str:
    """What EKS finds wrong."""
    message = view.get(("status", "health", "issues", 0, "message"))
    return f": {sentence(message)}" if isinstance(message, str) else ""


def protected(view: View) -> bool:
    """Whether AWS refuses to delete the object, as far as ACK tells."""
    asked_for = view.get(_PROTECTED)
    # the controller writes `false` into servers of a cluster, of which nobody has asked
    is_ours = annotation(view, ASKED) is not None
    return asked_for is True or (asked_for is False and is_ours and _protection(view) is None)


def identity(_: View) -> Json:
    """Nothing: an ACK object is never found by an external name."""
    return None
