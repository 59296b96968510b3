"""References resolve late, once unless told otherwise, and only when the target has what is copied."""

from __future__ import annotations

from argosy.simulator import Simulator
from argosy.simulator.flavours import CLUSTER_SCOPED, NAMESPACED, Flavour
from tests.simulator.objects import (
    access,
    both,
    by_key,
    cluster,
    cluster_world,
    condition,
    external_name,
    is_ready,
    live,
    managed,
    network,
    node_group,
    of,
    role,
    simulator_of,
    subnet,
    to,
    told,
    vpc,
)

EMPTY = "referenced field was empty (referenced resource may not yet be ready)"


def test_a_reference_waits_until_the_target_has_its_id() -> None:
    simulator = Simulator(slow={"vpc": 3})
    desired = [vpc(), subnet("a", "10.0.0.0/20")]
    waiting = live(simulator, desired, 2)["subnet-a"]
    assert condition(waiting, "Synced") == (
        "False",
        "ReconcileError",
        f"cannot resolve references: mg.Spec.ForProvider.VPCID: {EMPTY}",
    )
    assert condition(waiting, "Ready") == ("", "", ""), "nothing was tried yet"
    assert "vpcId" not in waiting["spec"]["forProvider"]
    after = live(simulator, desired, 6)
    assert after["subnet-a"]["spec"]["forProvider"]["vpcId"] == external_name(after["vpc"])
    assert is_ready(after["subnet-a"])


@both
def test_a_target_that_does_not_exist_is_named(flavour: Flavour) -> None:
    waiting = live(simulator_of(flavour), of(flavour, [subnet("a", "10.0.0.0/20", "nowhere")]), 2)["subnet-a"]
    assert condition(waiting, "Synced")[2].endswith(
        f'cannot get referenced resource: VPC.ec2.{flavour.group} "nowhere" not found'
    )


@both
def test_a_target_of_the_other_flavour_is_none(flavour: Flavour) -> None:
    simulator = simulator_of(CLUSTER_SCOPED)  # whoever is cluster-scoped may compose both
    mine, other = of(flavour, network()), of(CLUSTER_SCOPED if flavour.namespaced else NAMESPACED, [vpc()])
    waiting = live(simulator, [item for item in mine if item["kind"] != "VPC"] + other)["subnet-a"]
    assert condition(waiting, "Synced")[2].endswith(f'VPC.ec2.{flavour.group} "vpc" not found')


def test_a_list_is_resolved_once_and_what_is_added_later_never_arrives() -> None:
    simulator = Simulator()

    def group(*zones: str) -> list[dict[str, object]]:
        refs = {"subnetIdRefs": [to(f"subnet-{zone}") for zone in zones]}
        return [*network(), subnet("c", "10.0.32.0/20"), managed("rds/SubnetGroup", "group", refs, name="db")]

    live(simulator, group("a", "b"))
    late = live(simulator, group("a", "b", "c"))["group"]
    assert len(late["spec"]["forProvider"]["subnetIds"]) == 2
    assert is_ready(late), "and nothing tells of it"


def test_a_list_with_resolve_always_follows() -> None:
    simulator = Simulator()

    def group(*zones: str) -> list[dict[str, object]]:
        refs = {"subnetIdRefs": [to(f"subnet-{zone}", always=True) for zone in zones]}
        return [*network(), subnet("c", "10.0.32.0/20"), managed("rds/SubnetGroup", "group", refs, name="db")]

    live(simulator, group("a", "b"))
    late = live(simulator, group("a", "b", "c"))
    expected = [external_name(late[f"subnet-{zone}"]) for zone in "abc"]
    assert late["group"]["spec"]["forProvider"]["subnetIds"] == expected
    assert told(late["group"])["subnetIds"] == expected


def test_an_arn_is_copied_from_the_status_and_a_name_from_the_annotation() -> None:
    after = live(Simulator(), [*cluster_world(), node_group()], 25)
    fields = after["cluster"]["spec"]["forProvider"]
    assert fields["roleArn"] == told(after["role"])["arn"] == "arn:aws:iam::111122223333:role/aws-role"
    assert fields["vpcConfig"]["subnetIds"] == [external_name(after["subnet-a"]), external_name(after["subnet-b"])]
    assert after["group"]["spec"]["forProvider"]["clusterName"] == "orders"


def test_a_node_group_waits_for_an_active_cluster_and_an_addon_does_not() -> None:
    addon = managed("eks/Addon", "addon", {"clusterNameRef": to("cluster"), "addonName": "vpc-cni"})
    simulator = Simulator(slow={"cluster": 30})
    waiting = live(simulator, [*cluster_world(), node_group(), addon], 15)
    assert told(waiting["cluster"])["status"] == "CREATING"
    assert condition(waiting["group"], "Synced")[2] == (
        f"cannot resolve references: mg.Spec.ForProvider.ClusterName: {EMPTY}"
    )
    assert waiting["addon"]["spec"]["forProvider"]["clusterName"] == "orders", "the name is known from the start"
    assert not is_ready(waiting["addon"])
    assert "is not in ACTIVE status" in condition(waiting["addon"], "Synced")[2]


def test_an_access_entry_waits_until_the_cluster_has_an_id() -> None:
    simulator = Simulator(slow={"subnet-a": 6})
    desired = [*cluster_world(), *access()]
    waiting = live(simulator, desired, 5)
    assert condition(waiting["entry"], "Synced")[2].endswith(f"ClusterName: {EMPTY}")
    after = live(simulator, desired, 25)
    assert after["entry"]["spec"]["forProvider"]["principalArn"] == told(after["role"])["arn"]
    assert after["association"]["spec"]["forProvider"]["principalArn"] == told(after["role"])["arn"]
    assert is_ready(after["association"])


def test_references_stay_in_one_namespace() -> None:
    simulator = Simulator()
    stranger = role()
    stranger["metadata"]["namespace"] = "other"
    waiting = live(simulator, [*network(), stranger, cluster()])["cluster"]
    assert condition(waiting, "Synced")[2].endswith('Role.iam.aws.m.upbound.io "role" not found')


def test_every_beat_sees_the_beat_before_so_order_means_nothing() -> None:
    simulator = Simulator()
    desired = [vpc("z-vpc"), subnet("a", "10.0.0.0/20", "z-vpc")]
    live(simulator, desired, 2)
    assert external_name(by_key(simulator)["z-vpc"])
    assert "vpcId" not in by_key(simulator)["subnet-a"]["spec"]["forProvider"]
    assert "vpcId" in live(simulator, desired, 1)["subnet-a"]["spec"]["forProvider"]
