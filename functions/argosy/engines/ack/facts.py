"""Where ACK says what, and how it says that something is ready.

Sources: CRDs of the controllers (ec2 v1.20.0, eks v1.20.0, iam v1.8.1, kms v1.4.1, rds v1.11.1, cloudwatchlogs v1.4.1),
ACK runtime v0.62.0 (`pkg/runtime/reconciler.go`, `pkg/condition`), rds-controller v1.10.0 (`db_instance/hooks.go`).

ACK never says which generation of an object it has seen, and tells of many fields only what was asked for. So what was
asked for counts as done when the controller has looked since: `asked` writes down when that was, `reached` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from argosy.data.eks import BROKEN, UNUSABLE
from argosy.data.regions import partition_of
from argosy.engines.ack.envelope import DELETION_POLICY, KINDS, REGION, RETAIN
from argosy.engines.base import Context, conditions_of, sentence, status_of
from argosy.plan import Fact, FactTable, Path, View
from argosy.resources.eks import AccessEntry, Cluster, NodeGroup, PodIdentity
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.network import NatGateway, SecurityGroup, Subnet, Vpc
from argosy.resources.rds import AuroraCluster, DatabaseInstance, DatabaseSecurityGroup
from argosy.settle import Health, Manifest
from argosy.unknown import Json, Unknown

SKIP_SNAPSHOT = "rds.services.k8s.aws/skip-final-snapshot"
FINAL_SNAPSHOT = "rds.services.k8s.aws/final-db-snapshot-identifier"
DELETE_BACKUPS = "rds.services.k8s.aws/delete-automated-backups"
"""Annotations that say how a database ends; the controller reads them when it deletes (`pkg/util/annotations.go`)."""

ASKED = "fleet.argosy.dev/asked"
"""Annotation of ours: what was asked for last of the fields that must be followed, and since when.

`<values>@<stamp>`: the time of the controller's last look when they were asked for, nothing if it had not looked yet,
or `begun` once AWS was seen to be at it.
"""
BEGUN = "begun"

SYNCED, TERMINAL, RECOVERABLE = "ACK.ResourceSynced", "ACK.Terminal", "ACK.Recoverable"

DRIFT = (
    "The type for cluster update was not provided",
    "Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster",
)
"""What AWS says to eks-controller of a cluster that never had Auto Mode (aws-controllers-k8s/community#3046)."""
DRIFT_WARNING = (
    "is never quite in sync: its ACK controller tries to change Auto Mode, which this cluster never had, and AWS "
    "refuses (aws-controllers-k8s/community#3046); the cluster works"
)

RDS_BROKEN = frozenset(
    {
        "failed",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-network",
        "incompatible-restore",
    }
)
"""States of a database in which a person must help."""

METADATA = ("status", "ackResourceMetadata")
_ARN: Path = (*METADATA, "arn")
_PROTECTED: Path = ("spec", "deletionProtection")


def asked(context: Context, key: str, *fields: tuple[Path, Json]) -> Manifest:
    """The annotation for fields whose change takes AWS a while, or whose answer nobody tells.

    Args:
        context: the claim's settings.
        key: composition-resource name.
        fields: each as its path below `spec` and the value that is asked for.
    """
    view = context.observed(key)
    there = [view.get(("spec", *path)) if view is not None else None for path, _ in fields]
    values = [old if isinstance(new, Unknown) else new for old, (_, new) in zip(there, fields, strict=True)]
    text = " ".join(str(value).lower() for value in values)
    return {ASKED: f"{text}@{_since(view, text)}"}


def _since(view: View | None, text: str) -> str:
    """When the controller had last looked as that was asked for first."""
    if view is None or (found := _annotation(view, ASKED)) is None:
        return ""  # nothing is known of a time before, so what it says now counts
    before, _, since = found.partition("@")
    if before != text:
        return _stamp(view)
    return BEGUN if _state(view) == "UPDATING" else since


def reached(view: View) -> bool:
    """Whether what was asked for is so on AWS."""
    since = (_annotation(view, ASKED) or "").partition("@")[2]
    if since in ("", BEGUN):
        return _is_synced(view) or _drifts(view)
    return _is_synced(view) and _stamp(view) != since


def _version(view: View) -> Json:
    """The version that runs: ACK tells only the one that was asked for."""
    return view.get(("spec", "version")) if _state(view) == "ACTIVE" and reached(view) else None


def _protection(view: View) -> Json:
    """Whether AWS protects it: ACK tells only what was asked for."""
    asked_for = view.get(_PROTECTED)
    return asked_for if asked_for is True or reached(view) else None


def _retained(view: View) -> Json:
    policy = _annotation(view, DELETION_POLICY)
    return None if policy is None else policy == RETAIN


def _skips_snapshot(view: View) -> Json:
    said = _annotation(view, SKIP_SNAPSHOT)
    return None if said is None else said == "true"


def _vpc_arn(view: View) -> Json:
    """EC2 tells no ARN of a VPC."""
    vpc, owner = view.get(("status", "vpcID")), view.get((*METADATA, "ownerAccountID"))
    region = _annotation(view, REGION)
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
    f"{KINDS[kind].kind}.{KINDS[kind].group}": tuple((path, path) for path in paths) for kind, paths in _FIXED.items()
}
"""Fields whose change would replace the thing: AWS or the API server refuses it for ever (safety 5.3, REL-07)."""


def health(view: View) -> Health:
    """What the conditions and AWS's own state say together: a condition may be older than what was asked for."""
    leaving = view.get(("metadata", "deletionTimestamp")) is not None
    state, drifts = _state(view), _drifts(view)
    error = "" if drifts else _error(view)
    if leaving:
        error = error or "is being deleted on AWS; it is made again when that is done"
    synced = _is_synced(view) or drifts
    made = state not in UNUSABLE if state is not None else synced
    usable = made and not leaving
    healthy = usable and not error and synced and state in (None, "ACTIVE") and reached(view)
    return Health(usable=usable, healthy=healthy, error=error, warning=DRIFT_WARNING if drifts else "")


def _error(view: View) -> str:
    """The first that is told of trouble: by the controller, then by AWS."""
    found = conditions_of(view)
    for name in (TERMINAL, RECOVERABLE):
        if status_of(found, name) == "True":
            return sentence(str(found[name].get("message") or found[name].get("reason") or "failed"))
    if (state := _state(view)) in BROKEN:
        return f"EKS says {state}{_issues(view)}"
    if view.get(("status", "state")) == "failed":
        return sentence(str(view.get(("status", "failureMessage")) or "EC2 says failed"))
    told = view.get(("status", "dbInstanceStatus"))
    return f"RDS says {told}" if told in RDS_BROKEN else ""


def _issues(view: View) -> str:
    """What EKS finds wrong."""
    message = view.get(("status", "health", "issues", 0, "message"))
    return f": {sentence(message)}" if isinstance(message, str) else ""


def _state(view: View) -> str | None:
    """What EKS itself says of what is its."""
    state = view.get(("status", "status")) if str(view.get(("apiVersion",))).startswith("eks.") else None
    return state if isinstance(state, str) else None


def _is_synced(view: View) -> bool:
    return status_of(conditions_of(view), SYNCED) == "True"


def _stamp(view: View) -> str:
    """When the controller looked last."""
    return str(conditions_of(view).get(SYNCED, {}).get("lastTransitionTime", ""))


def _drifts(view: View) -> bool:
    """Whether a living cluster is out of sync for the known reason alone."""
    if view.get(("kind",)) != "Cluster" or _state(view) != "ACTIVE":
        return False
    found = conditions_of(view)
    told = [str(found[name].get("message")) for name in (TERMINAL, RECOVERABLE) if status_of(found, name) == "True"]
    return bool(told) and all(any(known in message for known in DRIFT) for message in told)


def _annotation(view: View, name: str) -> str | None:
    value = view.get(("metadata", "annotations", name))
    return value if isinstance(value, str) else None


def protected(view: View) -> bool:
    """Whether AWS refuses to delete the object, as far as ACK tells."""
    asked_for = view.get(_PROTECTED)
    return isinstance(asked_for, bool) and (asked_for or not reached(view))


def identity(_: View) -> Json:
    """Nothing: an ACK object is never found by an external name."""
    return None
