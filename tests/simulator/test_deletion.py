"""How things go: what waits for what, what is refused, what stays."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.simulator import Simulator
from tests.simulator.objects import (
    by_key,
    cluster_world,
    condition,
    external_name,
    is_ready,
    live,
    managed,
    network,
    node_group,
    role,
    to,
    vpc,
)


def without(desired: list[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    return [item for item in desired if item["metadata"]["name"] not in keys]


def check_refused(item: dict[str, Any], words: str) -> None:
    status, reason, message = condition(item, "Synced")
    assert (status, reason) == ("False", "ReconcileError")
    assert message.startswith("delete failed: async delete failed: failed to delete the resource: [{0 deleting ")
    assert words in message
    assert condition(item, "Ready")[:2] == ("False", "Deleting")
    assert condition(item, "LastAsyncOperation")[:2] == ("False", "AsyncDeleteFailure")


def test_what_is_no_longer_desired_is_deleted_then_gone() -> None:
    simulator = Simulator()
    live(simulator, [vpc()])
    leaving = live(simulator, [], 1)["vpc"]
    assert leaving["metadata"]["deletionTimestamp"]
    assert condition(leaving, "Ready")[:2] == ("False", "Deleting")
    assert live(simulator, [], 3) == {}
    assert not list(simulator.aws)


def test_a_vpc_with_subnets_stays_until_they_have_gone() -> None:
    simulator = Simulator()
    vpc_id = external_name(live(simulator, network())["vpc"])
    stuck = live(simulator, without(network(), "vpc"))["vpc"]
    check_refused(stuck, f"DependencyViolation: The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    assert live(simulator, [], 10) == {}


def test_a_cluster_with_node_groups_stays_until_they_have_gone() -> None:
    simulator = Simulator()
    desired = [*cluster_world(), node_group()]
    live(simulator, desired, 25)
    stuck = live(simulator, without(desired, "cluster"))
    check_refused(stuck["cluster"], "ResourceInUseException: Cluster has nodegroups attached")
    check_refused(live(simulator, without(desired, "subnet-a", "cluster"), 3)["subnet-a"], "has dependencies")
    assert live(simulator, [], 20) == {}
    assert not list(simulator.aws)


def test_with_a_cluster_goes_what_belongs_to_it() -> None:
    simulator = Simulator()
    addon = managed("eks/Addon", "addon", {"clusterNameRef": to("cluster"), "addonName": "vpc-cni"})
    live(simulator, [*cluster_world(), addon])
    live(simulator, [*network(), role(), addon])
    assert simulator.aws.all("eks/Addon", "eu-west-1") == []
    assert "No cluster found for name: orders." in condition(by_key(simulator)["addon"], "Synced")[2]


def test_a_gateway_stays_while_addresses_are_mapped_through_it() -> None:
    simulator = Simulator()
    desired = [
        *network(),
        managed("ec2/InternetGateway", "igw", {"vpcIdRef": to("vpc")}),
        managed("ec2/EIP", "eip", {"domain": "vpc"}),
        managed("ec2/NATGateway", "nat", {"subnetIdRef": to("subnet-a"), "allocationIdRef": to("eip")}),
    ]
    live(simulator, desired)
    stuck = live(simulator, without(desired, "igw", "eip", "subnet-a"))
    check_refused(stuck["igw"], "has some mapped public address(es)")
    check_refused(stuck["eip"], "InvalidIPAddress.InUse")
    check_refused(stuck["subnet-a"], "has dependencies and cannot be deleted.")
    assert live(simulator, [], 15) == {}


def test_a_security_group_that_another_names_stays() -> None:
    simulator = Simulator()
    group = managed("ec2/SecurityGroup", "sg", {"name": "a", "vpcIdRef": to("vpc")})
    other = managed("ec2/SecurityGroup", "other", {"name": "b", "vpcIdRef": to("vpc")})
    fields = {"securityGroupIdRef": to("other"), "referencedSecurityGroupIdRef": to("sg"), "ipProtocol": "-1"}
    rule = managed("ec2/SecurityGroupIngressRule", "rule", fields)
    live(simulator, [vpc(), group, other, rule])
    check_refused(live(simulator, [vpc(), other, rule])["sg"], "has a dependent object")
    assert set(live(simulator, [vpc(), other])) == {"vpc", "other"}


def test_a_role_may_go_while_it_is_in_use() -> None:
    simulator = Simulator()
    live(simulator, cluster_world())
    assert "role" not in live(simulator, without(cluster_world(), "role"), 4)


def test_a_protected_cluster_stays_until_the_protection_is_off() -> None:
    """REL-17."""
    simulator = Simulator()
    live(simulator, cluster_world(deletionProtection=True))
    check_refused(live(simulator, without(cluster_world(), "cluster"))["cluster"], "deletion protection")
    fork = Simulator()
    live(fork, cluster_world(deletionProtection=True))
    live(fork, cluster_world(deletionProtection=False))
    assert "cluster" not in live(fork, without(cluster_world(), "cluster"))


def database(**fields: Any) -> list[dict[str, Any]]:
    base = {"identifier": "orders", "engine": "postgres", "instanceClass": "db.m7g.large"}
    return [managed("rds/Instance", "db", {**base, **fields})]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"deletionProtection": True}, "Cannot delete protected DB Instance, please disable deletion protection"),
        ({}, "final_snapshot_identifier is required when skip_final_snapshot is false"),
    ],
)
def test_a_database_stays_while_it_is_protected_or_has_no_name_for_its_last_snapshot(
    fields: dict[str, Any], words: str
) -> None:
    simulator = Simulator()
    live(simulator, database(**fields))
    check_refused(live(simulator, [])["db"], words)


def test_the_last_snapshot_stays_and_its_name_cannot_be_used_twice() -> None:
    simulator = Simulator()
    for _ in range(2):
        live(simulator, database(finalSnapshotIdentifier="last"))
        after = live(simulator, [])
    assert simulator.aws.snapshots == {"last"}
    check_refused(after["db"], "DBSnapshotAlreadyExists")


def test_a_database_needs_its_groups_to_the_end() -> None:
    simulator = Simulator()
    subnets = managed("rds/SubnetGroup", "group", {"subnetIdRefs": [to("subnet-a"), to("subnet-b")]}, name="dbs")
    fields = {"dbSubnetGroupNameRef": to("group"), "skipFinalSnapshot": True}
    desired = [*network(), subnets, *database(**fields)]
    assert is_ready(live(simulator, desired)["db"])
    check_refused(live(simulator, without(desired, "group"))["group"], "InvalidDBSubnetGroupStateFault")
    assert live(simulator, [], 15) == {}


def test_without_the_policy_to_delete_the_thing_stays_on_aws() -> None:
    simulator = Simulator()
    kept = managed("kms/Key", "key", policies=["Observe", "Create", "Update", "LateInitialize"])
    live(simulator, [kept])
    assert live(simulator, [], 2) == {}
    assert len(simulator.aws.all("kms/Key", "eu-west-1")) == 1


def test_what_is_desired_again_too_late_goes_first_and_is_made_anew() -> None:
    simulator = Simulator()
    before = live(simulator, cluster_world())["cluster"]
    live(simulator, without(cluster_world(), "cluster"), 1)
    leaving = live(simulator, cluster_world(), 1)["cluster"]
    assert leaving["metadata"]["deletionTimestamp"]
    assert leaving["metadata"]["uid"] == before["metadata"]["uid"]
    after = live(simulator, cluster_world())["cluster"]
    assert is_ready(after)
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert after["status"]["atProvider"]["endpoint"] != before["status"]["atProvider"]["endpoint"]


def test_what_never_was_made_goes_at_once() -> None:
    simulator = Simulator(faults={"vpc": "no"})
    live(simulator, [vpc()])
    assert live(simulator, [], 1) == {}
