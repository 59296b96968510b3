"""What ACK says, and what the engine makes of it. Conditions are as real controllers wrote them (make test-ack)."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2

from argosy.catalog import ENGINES
from argosy.engines.ack.facts import DRIFT_WARNING
from argosy.engines.ack.looks import ASKED, asked, reached
from argosy.function import fill
from argosy.observed import StructView
from argosy.plan import Fact, View
from argosy.resources.eks import Cluster
from argosy.resources.network import Vpc
from argosy.resources.rds import DatabaseSecurityGroup
from argosy.unknown import Json, Unknown

ACK = ENGINES["ack"]
T0, T1, T2 = (f"2026-11-28T07:00:0{second}Z" for second in range(3))
VPC = ("ec2", "VPC")
CLUSTER = ("eks", "Cluster")
DRIFT = "InvalidParameterException: The type for cluster update was not provided."
QUOTA = "LimitExceeded: the quota of this account is used up"


def condition(kind: str, status: str, **more: str) -> dict[str, str]:
    return {"type": kind, "status": status, **more}


def synced(at: str = T0) -> list[dict[str, str]]:
    message = "Resource synced successfully"
    return [
        condition("ACK.ResourceSynced", "True", reason="", message=message, lastTransitionTime=at),
        condition("Ready", "True", reason="", message=message, lastTransitionTime=at),
    ]


def trouble(kind: str, message: str, at: str = T0) -> list[dict[str, str]]:
    status = {"ACK.Recoverable": "Unknown", "ACK.Terminal": "False"}[kind]
    return [
        condition(kind, "True", message=message),
        condition("ACK.ResourceSynced", status, reason="RequestID: 1d2", message="told", lastTransitionTime=at),
        condition("Ready", "False", reason=kind, message=message, lastTransitionTime=at),
    ]


def unresolved(reason: str) -> list[dict[str, str]]:
    return [condition("ACK.ReferencesResolved", "Unknown", reason=reason, message="Reference resolution failed")]


def seen(
    kind: tuple[str, str],
    conditions: list[dict[str, str]],
    *,
    spec: dict[str, Any] | None = None,
    annotations: dict[str, str] | None = None,
    leaving: bool = False,
    **status: Any,
) -> View:
    metadata: dict[str, Any] = {"name": "it", "annotations": annotations or {}}
    if leaving:
        metadata["deletionTimestamp"] = T0
    item: dict[str, Any] = {
        "apiVersion": f"{kind[0]}.services.k8s.aws/v1alpha1",
        "kind": kind[1],
        "metadata": metadata,
        "spec": spec or {},
        "status": {**status, "conditions": conditions},
    }
    fill(struct := struct_pb2.Struct(), item)
    return StructView(struct)


HEALTH = {
    "just made": (seen(VPC, []), False, False, ""),
    "synced": (seen(VPC, synced()), True, True, ""),
    "waits for a reference": (seen(VPC, unresolved('vpcs.ec2.services.k8s.aws "it" not found')), False, False, ""),
    "is waited for": (seen(("ec2", "NATGateway"), trouble("ACK.Recoverable", "resource is pending")), False, False, ""),
    "is waited for, in other words": (
        seen(
            ("rds", "DBInstance"),
            trouble("ACK.Recoverable", "DB instance in 'creating' state, cannot be modified until 'available'."),
        ),
        False,
        False,
        "",
    ),
    "refused, tries again": (seen(VPC, trouble("ACK.Recoverable", QUOTA)), False, False, QUOTA),
    "refused for ever": (seen(VPC, trouble("ACK.Terminal", QUOTA)), False, False, QUOTA),
    "goes, and cannot yet": (
        seen(VPC, [*trouble("ACK.Recoverable", "DependencyViolation: in use")[:1], *synced()], leaving=True),
        False,
        False,
        "DependencyViolation: in use",
    ),
    "goes": (seen(VPC, synced(), leaving=True), False, False, "is being deleted on AWS; it is made again when that is"),
    "a NAT gateway that failed": (
        seen(("ec2", "NATGateway"), [], state="failed", failureMessage="Network vpc-1 has no Internet gateway"),
        False,
        False,
        "Network vpc-1 has no Internet gateway",
    ),
    "a cluster that is made": (seen(CLUSTER, [], status="CREATING"), False, False, ""),
    "a cluster": (seen(CLUSTER, synced(), status="ACTIVE"), True, True, ""),
    "a cluster that changes": (seen(CLUSTER, [], status="UPDATING"), True, False, ""),
    "a cluster that cannot be changed": (
        seen(CLUSTER, trouble("ACK.Terminal", "InvalidParameterException: no"), status="ACTIVE"),
        True,
        False,
        "InvalidParameterException: no",
    ),
    "a cluster that never had Auto Mode": (
        seen(CLUSTER, trouble("ACK.Recoverable", DRIFT), status="ACTIVE"),
        True,
        True,
        "",
    ),
    "the same words of a cluster that is not there yet": (
        seen(CLUSTER, trouble("ACK.Recoverable", DRIFT), status="CREATING"),
        False,
        False,
        DRIFT,
    ),
    "nodes that do not join": (
        seen(
            ("eks", "Nodegroup"),
            synced(),
            status="CREATE_FAILED",
            health={"issues": [{"code": "NodeCreationFailure", "message": "Instances failed to join"}]},
        ),
        False,
        False,
        "EKS says CREATE_FAILED: Instances failed to join",
    ),
    "a database that changes": (seen(("rds", "DBInstance"), [], dbInstanceStatus="modifying"), True, False, ""),
    "a database that is backed up": (seen(("rds", "DBCluster"), [], status="backing-up"), True, True, ""),
    "a database that failed": (
        seen(("rds", "DBInstance"), [], dbInstanceStatus="incompatible-network"),
        False,
        False,
        "RDS says incompatible-network",
    ),
}


@pytest.mark.parametrize("case", HEALTH)
def test_health(case: str) -> None:
    view, usable, healthy, error = HEALTH[case]
    told = ACK.health(view)
    assert (told.usable, told.healthy) == (usable, healthy)
    assert told.error.startswith(error) if error else told.error == ""
    assert "RequestID" not in told.error, "it is new at each try, and the condition would change for ever"


def test_the_known_drift_is_a_warning() -> None:
    assert ACK.health(HEALTH["a cluster that never had Auto Mode"][0]).warning == DRIFT_WARNING
    assert ACK.health(HEALTH["a cluster"][0]).warning == ""


def cluster(version: str, at: Json, conditions: list[dict[str, str]], state: str = "ACTIVE") -> View:
    spec = {"version": version, "deletionProtection": True}
    return seen(CLUSTER, conditions, spec=spec, annotations={ASKED: str(at)}, status=state)


def ask(version: Json, view: View | None) -> Json:
    return asked("cluster", "Cluster", {"version": version, "deletionProtection": True, "name": "it"}, view)[ASKED]


def test_a_new_object_is_asked_for_without_a_look_and_its_first_answer_counts() -> None:
    assert ask("1.35", None) == "1.35 true@"
    assert not reached(cluster("1.35", "1.35 true@", [], "CREATING"))
    assert reached(cluster("1.35", "1.35 true@", synced()))


def test_what_was_said_before_a_change_is_no_answer_to_it() -> None:
    """UPG-01: an object says the new version and, for a moment, that all is well."""
    before = cluster("1.35", "1.35 true@", synced(T0))
    mark = ask("1.36", before)
    assert mark == f"1.36 true@{T0}"
    assert not reached(cluster("1.36", mark, synced(T0)))
    assert reached(cluster("1.36", mark, synced(T1)))
    assert not ACK.health(cluster("1.36", mark, synced(T0))).healthy


@pytest.mark.parametrize("said", [QUOTA, DRIFT])
def test_a_cluster_that_is_called_synced_although_aws_has_refused_is_no_answer(said: str) -> None:
    """eks-controller calls it synced when it is ACTIVE, before it asks AWS for what is new."""
    conditions = [*synced(T1)[:1], *trouble("ACK.Recoverable", said, T1)[:1]]
    mark = ask("1.36", cluster("1.35", "1.35 true@", synced(T0)))
    assert not reached(cluster("1.36", mark, conditions))


def test_the_mark_stays_while_nothing_else_is_asked_for() -> None:
    for conditions in ([], synced(T1), trouble("ACK.Recoverable", QUOTA, T2)):
        assert ask("1.36", cluster("1.36", f"1.36 true@{T0}", conditions)) == f"1.36 true@{T0}"
    assert ask(Unknown("cluster", "version"), cluster("1.36", f"1.36 true@{T0}", [])) == f"1.36 true@{T0}"


def test_an_upgrade_that_was_seen_is_known_to_be_done_also_where_the_object_is_never_in_sync() -> None:
    drifting = trouble("ACK.Recoverable", DRIFT, T2)
    mark = ask("1.36", cluster("1.35", "1.35 true@", trouble("ACK.Recoverable", DRIFT, T0)))
    assert mark == f"1.36 true@{T0}"
    assert not reached(cluster("1.36", mark, drifting)), "the controller may have come to the drift alone"
    mark = ask("1.36", cluster("1.36", mark, [], "UPDATING"))
    assert mark == "1.36 true@begun"
    assert not reached(cluster("1.36", mark, [], "UPDATING"))
    assert reached(cluster("1.36", mark, drifting))


def test_without_a_time_of_the_last_look_the_mark_waits() -> None:
    """Else the next look could not be told from the last."""
    assert isinstance(ask("1.36", cluster("1.35", "1.35 true@", [])), Unknown)
    assert not reached(cluster("1.36", "1.35 true@", synced(T1))), "what is asked for is not what was marked"


def test_an_object_without_a_mark_counts_as_it_stands() -> None:
    assert reached(seen(CLUSTER, synced(), spec={"version": "1.35"}, status="ACTIVE"))


def fact(kind: type[Any], which: Fact, view: View) -> Json:
    (place,) = ACK.facts[kind, which]
    return view.get(place) if isinstance(place, tuple) else place(view)


def test_the_version_and_the_protection_are_facts_once_they_are_reached() -> None:
    stale, done = (cluster("1.36", f"1.36 true@{T0}", synced(at)) for at in (T0, T1))
    assert (fact(Cluster, Fact.VERSION, stale), fact(Cluster, Fact.VERSION, done)) == (None, "1.36")
    off = [
        seen(("rds", "DBInstance"), synced(at), spec={"deletionProtection": False}, annotations={ASKED: f"false@{T0}"})
        for at in (T0, T1)
    ]
    assert [fact(Cluster, Fact.PROTECTION, view) for view in off] == [None, False]
    assert [ACK.protected(view) for view in off] == [True, False]
    server = seen(("rds", "DBInstance"), [], spec={"deletionProtection": False}, dbInstanceStatus="modifying")
    assert not ACK.protected(server), "the controller has filled that in"
    new, made = (
        seen(("rds", "DBInstance"), [], spec={"deletionProtection": False}, annotations={ASKED: "false@"}, **status)
        for status in tuple[dict[str, Any], ...](({}, {"dbInstanceStatus": "creating"}))
    )
    assert [fact(Cluster, Fact.PROTECTION, view) for view in (new, made)] == [False, False], "nobody has protected it"
    assert not ACK.protected(new)
    assert not ACK.protected(made)
    found = seen(
        ("rds", "DBInstance"),
        trouble("ACK.Recoverable", QUOTA),
        spec={"deletionProtection": False},
        annotations={ASKED: "false@"},
        dbInstanceStatus="available",
    )
    assert fact(Cluster, Fact.PROTECTION, found) is None, "what was found on AWS may have been protected"
    assert ACK.protected(found)
    assert fact(Cluster, Fact.PROTECTION, stale) is True, "what is asked for and not reached may be so"


def test_a_vpc_has_the_arn_that_ec2_does_not_tell() -> None:
    metadata = {"ownerAccountID": "111122223333", "region": "cn-north-1", "partition": "aws-cn"}
    view = seen(
        VPC,
        synced(),
        annotations={"services.k8s.aws/region": "cn-north-1"},
        vpcID="vpc-1",
        ackResourceMetadata=metadata,
    )
    assert fact(Vpc, Fact.ARN, view) == "arn:aws-cn:ec2:cn-north-1:111122223333:vpc/vpc-1"
    assert fact(Vpc, Fact.ARN, seen(VPC, synced(), vpcID="vpc-1")) is None


def test_a_security_group_admits_somebody_while_aws_tells_a_rule() -> None:
    rules = [{"isEgress": False, "fromPort": 5432}, {"isEgress": True}]
    group = ("ec2", "SecurityGroup")
    assert fact(DatabaseSecurityGroup, Fact.ADMITS, seen(group, synced(), rules=rules)) is True
    assert fact(DatabaseSecurityGroup, Fact.ADMITS, seen(group, synced(), rules=rules[1:])) is False
