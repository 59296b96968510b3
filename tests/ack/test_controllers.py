"""What the function composes, under ACK's own controllers: nobody fights, all goes, what is retained is found again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import pytest
from botocore.parsers import ResponseParserError

from argosy.engines.ack.envelope import ADOPTED, DELETION_POLICY, RETAIN
from argosy.engines.ack.facts import FINAL_SNAPSHOT, SKIP_SNAPSHOT
from tests.ack import lacks
from tests.ack.chores import chores, left
from tests.ack.composed import Composed, conditions, settle
from tests.ack.world import CONTROLLERS, Item, Name, World
from tests.hub.local.waiting import wait_for

pytestmark = pytest.mark.timeout(300)

ROUNDS = 3
"""How often everything is applied and looked at again."""
LOOKS_IN = 60
"""Seconds."""
GOES_IN = 120
"""Seconds. Who is refused tries again after twice as long each time."""

WRITES: Mapping[str, frozenset[str]] = {
    "DBCluster": frozenset(
        {
            "autoMinorVersionUpgrade",
            "availabilityZones",
            "backtrackWindow",
            "preferredBackupWindow",
            "preferredMaintenanceWindow",
            "publiclyAccessible",
            "scalingConfiguration",
            "storageType",
        }
    ),
    "DBInstance": frozenset(
        {
            "allocatedStorage",
            "availabilityZone",
            "backupRetentionPeriod",
            "caCertificateIdentifier",
            "dbName",
            "deletionProtection",
            "engineVersion",
            "kmsKeyID",
            "licenseModel",
            "masterUsername",
            "multiAZ",
            "preferredBackupWindow",
            "preferredMaintenanceWindow",
            "storageEncrypted",
            "storageType",
        }
    ),
    "Key": frozenset({"keySpec", "origin"}),
    "LaunchTemplate": frozenset({"defaultVersion"}),
    "NATGateway": frozenset({"vpcID"}),
    "Role": frozenset({"maxSessionDuration", "path"}),
    "VPC": frozenset({"enableNetworkAddressUsageMetrics"}),
}
"""By kind, fields of `spec` that the controllers write beside what is composed."""
NEVER_EQUAL: Mapping[str, frozenset[str]] = {
    "FlowLog": frozenset({"Spec.LogFormat"}),
    "Subnet": frozenset(
        {
            "Spec.AssignIPv6AddressOnCreation",
            "Spec.AvailabilityZoneID",
            "Spec.EnableResourceNameDNSAAAARecord",
            "Spec.EnableResourceNameDNSARecord",
            "Spec.HostnameType",
            "Spec.IPv6Native",
        }
    ),
    "VPC": frozenset({"Spec.InstanceTenancy"}),
}
"""By kind, fields that are not composed, of which a controller finds another value at every look and leaves it."""

MOTO_FORGETS = ("DBCluster", "DBInstance")
"""Kinds that go first: moto lets go of their parameter, subnet and security groups, which AWS refuses while they are in
use, and can tell nothing of them any more."""


@pytest.fixture(scope="module")
def claims(world: World) -> tuple[Composed, Composed]:
    """The claim with node groups and the one with databases, settled."""
    found = Composed(world, "node-groups"), Composed(world, "with-databases")
    settle(found)
    return found


def test_what_is_not_run_is_listed(claims: Sequence[Composed]) -> None:
    composed = [item for claim in claims for item in claim.call().desired.values()]

    assert {item["kind"] for item in composed if not lacks.is_run(item)} == lacks.NOT_RUN.keys()
    refused = {(item["kind"], path) for item in composed if lacks.is_run(item) for path in lacks.refused(item)}
    assert refused == lacks.CRD_LACKS.keys()
    left_out = {(item["kind"], path) for item in composed for path in lacks.lacking(item)}
    assert left_out == lacks.CRD_LACKS.keys() | lacks.MOTO_LACKS.keys()


@pytest.mark.parametrize("operation", ["engine_default_parameters", "engine_default_cluster_parameters"])
def test_moto_still_has_no_default_parameters(world: World, operation: str) -> None:
    ask = getattr(world.aws("rds", "us-west-2"), f"describe_{operation}")

    with pytest.raises(ResponseParserError, match="500 Internal Server Error"):
        ask(DBParameterGroupFamily="postgres17")


def test_moto_still_forgets_performance_insights(world: World) -> None:
    rds = world.aws("rds", "us-west-2")
    made = rds.create_db_instance(
        DBInstanceIdentifier="forgets",
        DBInstanceClass="db.m7g.large",
        Engine="postgres",
        EnablePerformanceInsights=True,
        MasterUsername="dbadmin",
        ManageMasterUserPassword=True,
        AllocatedStorage=20,
    )
    rds.delete_db_instance(DBInstanceIdentifier="forgets", SkipFinalSnapshot=True)

    assert "PerformanceInsightsEnabled" not in made["DBInstance"]


def test_a_second_answer_changes_nothing(world: World, claims: Sequence[Composed]) -> None:
    different: dict[str, set[str]] = {}
    for _ in range(ROUNDS):
        with world.unattended():
            before = _all(claims)
            for claim in claims:
                claim.apply(claim.call())
            assert _versions(_all(claims)) == _versions(before)
            logs = {service: len(world.log(service)) for service in CONTROLLERS}
        wait_for(_looked(claims, before), "the controllers have looked at everything", seconds=LOOKS_IN)
        after = _all(claims)
        assert _said(after) == _said(before)
        assert {name for name, item in after.items() if not _ready(item)} == set()
        for service, start in logs.items():
            for kind, path in _differences(world.log(service)[start:]):
                different.setdefault(kind, set()).add(path)
    assert different == NEVER_EQUAL


def test_what_controllers_write_beside_it_is_known(claims: Sequence[Composed]) -> None:
    found: dict[str, set[str]] = {}
    for claim in claims:
        there = claim.objects()
        for name, item in claim.applied(claim.call()).items():
            found.setdefault(name[0], set()).update(there[name]["spec"].keys() - item["spec"].keys())

    assert {kind: frozenset(fields) for kind, fields in found.items() if fields} == WRITES


def test_what_somebody_adds_by_hand_is_taken_off(world: World, claims: Sequence[Composed]) -> None:
    """What a role may do and who gets into a security group is what the claim says and nothing else."""
    claim = claims[1]
    iam, ec2 = world.aws("iam", claim.region), world.aws("ec2", claim.region)
    there = claim.objects()
    role = next(item["spec"]["name"] for (kind, _), item in there.items() if kind == "Role")
    group = next(item["status"]["id"] for (kind, _), item in there.items() if kind == "SecurityGroup")
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]

    def permissions() -> tuple[Any, ...]:
        (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return (
            sorted(
                policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
            ),
            iam.list_role_policies(RoleName=role)["PolicyNames"],
            found["IpPermissionsEgress"],
            found["IpPermissions"],
        )

    with world.unattended():
        before = permissions()
        iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=document)
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=everything)
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=everything)
        assert all(now != then for now, then in zip(permissions(), before, strict=True))
    wait_for(lambda: permissions() == before, "all of it is as it was", seconds=LOOKS_IN, instead=permissions)


def test_what_is_retained_is_found_again(world: World, claims: Sequence[Composed]) -> None:
    """An object is lost, AWS keeps its thing, and the object that the function makes anew takes it over."""
    claim = claims[0]
    there = claim.objects()
    lost = {kind: next(item for (of, _), item in there.items() if of == kind) for kind in ("NATGateway", "Role", "VPC")}
    policy = f"{DELETION_POLICY}={RETAIN}"
    for item in lost.values():
        where = (_called(item), f"--namespace={claim.namespace}")
        world.kubectl.run("annotate", "--overwrite", *where, policy)
        world.kubectl.run("delete", *where, f"--timeout={LOOKS_IN}s")
    settle([claim])

    found = claim.objects()
    for kind, item in lost.items():
        again = found[kind, item["metadata"]["name"]]
        assert again["metadata"]["uid"] != item["metadata"]["uid"]
        assert again["metadata"]["annotations"][ADOPTED] == "false"
        assert _identity(again) == _identity(item)


def test_all_goes_in_any_order(world: World, claims: Sequence[Composed]) -> None:
    for claim in claims:
        claim.change(lifecycle="Decommission")
    settle(claims)
    there = _all(claims)
    stay = {"keys": _retained_keys(there), "snapshots": _snapshots(there)}
    assert all(stay.values())
    servers = [item for item in there.values() if item["kind"] in MOTO_FORGETS]
    for going in (servers, [item for item in there.values() if item not in servers]):
        random.Random(7).shuffle(going)
        for claim in claims:
            where = f"--namespace={claim.namespace}"
            names = [_called(item) for item in going if item["metadata"]["namespace"] == claim.namespace]
            if names:
                world.kubectl.run("delete", *names, where, "--wait=false")
        wait_for(_gone(world, claims, going), "all of it is gone", seconds=GOES_IN, instead=lambda: _stuck(claims))
    networks, databases = claims
    assert left(world, networks.region) == {}
    assert left(world, databases.region) == stay


def _called(item: Item) -> str:
    group = item["apiVersion"].partition("/")[0]
    return f"{item['kind']}.{group}/{item['metadata']['name']}"


def _gone(world: World, claims: Sequence[Composed], going: Sequence[Item]) -> Callable[[], bool]:
    names = {(item["kind"], item["metadata"]["name"]) for item in going}

    def gone() -> bool:
        for claim in claims:
            chores(world, claim.region)
        return not names & _all(claims).keys()

    return gone


def _all(claims: Sequence[Composed]) -> dict[Name, Item]:
    return dict(chain.from_iterable(claim.objects().items() for claim in claims))


def _versions(objects: Mapping[Name, Item]) -> dict[Name, str]:
    return {name: item["metadata"]["resourceVersion"] for name, item in objects.items()}


def _said(objects: Mapping[Name, Item]) -> dict[Name, Any]:
    """All that is not the controllers' own word of their last look."""
    return {
        name: (item["spec"], item["metadata"]["annotations"], item["metadata"]["generation"])
        for name, item in objects.items()
    }


def _ready(item: Item) -> bool:
    return bool(conditions(item)["Ready"]["status"] == "True")


def _identity(item: Item) -> Any:
    """What AWS calls it and never gives twice."""
    status = item["status"]
    return status.get("vpcID"), status.get("natGatewayID"), status.get("roleID")


def _stamp(item: Item) -> str | None:
    """When the controller has looked last; it says all conditions anew each time."""
    return conditions(item).get("Ready", {}).get("lastTransitionTime")


def _looked(claims: Sequence[Composed], before: Mapping[Name, Item]) -> Callable[[], bool]:
    stamps = {name: _stamp(item) for name, item in before.items()}
    return lambda: all(_stamp(item) not in (None, stamps[name]) for name, item in _all(claims).items())


def _differences(log: str) -> Iterator[tuple[str, str]]:
    """What controllers have found different from what is asked for: kind, and path of the field."""
    for line in log.splitlines():
        if line.startswith("{") and (told := json.loads(line)).get("msg") == "desired resource state has changed":
            for difference in told["diff"]:
                yield told["kind"], ".".join(difference["Path"]["Parts"])


def _retained_keys(objects: Mapping[Name, Item]) -> set[str]:
    return {
        item["status"]["ackResourceMetadata"]["arn"]
        for (kind, _), item in objects.items()
        if kind == "Key" and item["metadata"]["annotations"][DELETION_POLICY] == RETAIN
    }


def _snapshots(objects: Mapping[Name, Item]) -> set[str]:
    """Names of the final snapshots that databases leave."""
    notes = [item["metadata"]["annotations"] for item in objects.values()]
    return {note[FINAL_SNAPSHOT] for note in notes if note.get(SKIP_SNAPSHOT) == "false"}


def _stuck(claims: Sequence[Composed]) -> dict[Name, Any]:
    return {name: conditions(item).get("ACK.Recoverable") for name, item in _all(claims).items()}
