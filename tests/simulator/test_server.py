"""The API server: what core applies, what stays of what the provider wrote."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from argosy.simulator import Account, Simulator
from argosy.simulator.flavours import CLUSTER_SCOPED, Flavour
from argosy.simulator.references import EXTERNAL_NAME
from argosy.simulator.server import KEY
from tests.simulator.objects import (
    CLAIMED,
    both,
    cluster_scoped,
    external_name,
    is_ready,
    live,
    managed,
    of,
    role,
    simulator_of,
    to,
    told,
    vpc,
)


def only(simulator: Simulator) -> dict[str, Any]:
    (item,) = simulator.observed()
    return item


def test_fields_that_are_no_longer_sent_disappear_and_those_of_the_provider_stay() -> None:
    simulator = Simulator()
    first = managed("ec2/VPC", "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"a": "1"}})
    live(simulator, [first], 4)
    second = managed("ec2/VPC", "vpc", {"cidrBlock": "10.0.0.0/16", "tags": {"b": "2"}})
    simulator.apply([second])
    item = only(simulator)
    fields, metadata = item["spec"]["forProvider"], item["metadata"]
    assert "enableDnsHostnames" not in fields
    assert "a" not in fields["tags"]
    assert fields["tags"]["b"] == "2"
    assert fields["tags"]["crossplane-kind"] == "vpc.ec2.aws.m.upbound.io", "the provider's own tag"
    assert fields["instanceTenancy"] == "default", "late initialised"
    assert metadata["finalizers"] == ["finalizer.managedresource.crossplane.io"]
    assert metadata["annotations"]["crossplane.io/external-name"].startswith("vpc-")


def test_an_annotation_that_was_sent_once_goes_with_the_next_answer_without_it() -> None:
    simulator = Simulator()
    with_note = vpc()
    with_note["metadata"]["annotations"]["note"] = "x"
    live(simulator, [with_note], 3)
    simulator.apply([vpc()])
    assert "note" not in only(simulator)["metadata"]["annotations"]


def test_lists_are_replaced_as_a_whole_and_objects_field_by_field() -> None:
    simulator = Simulator()
    config = {"subnetIdRefs": [to("a"), to("b")], "endpointPrivateAccess": True}
    simulator.apply([managed("eks/Cluster", "cluster", {"vpcConfig": config}, name="orders")])
    simulator.apply([managed("eks/Cluster", "cluster", {"vpcConfig": {"subnetIdRefs": [to("c")]}}, name="orders")])
    assert only(simulator)["spec"]["forProvider"]["vpcConfig"] == {"subnetIdRefs": [to("c")]}


def test_core_writes_owner_label_uid_and_the_schema_defaults() -> None:
    simulator = Simulator()
    simulator.apply([vpc()])
    item = only(simulator)
    (owner,) = item["metadata"]["ownerReferences"]
    assert owner["controller"] is True
    assert item["metadata"]["labels"]["crossplane.io/composite"] == owner["name"]
    assert len(item["metadata"]["uid"]) == 36
    assert item["metadata"]["generation"] == 1
    assert item["metadata"]["namespace"] == "team"
    assert item["spec"]["managementPolicies"] == ["*"]


def test_references_get_the_resolution_of_the_schema_and_nothing_else_is_added() -> None:
    """As on a real API server: `initProvider` has no default, `policy.resolution` has one where there is a policy."""
    simulator = Simulator()
    fields = {"clusterNameRef": to("cluster"), "subnetIdRefs": [to("a", always=True)]}
    simulator.apply([managed("eks/NodeGroup", "group", fields, name="group")])
    spec = only(simulator)["spec"]
    assert "initProvider" not in spec
    assert spec["forProvider"]["clusterNameRef"] == to("cluster")
    assert spec["forProvider"]["subnetIdRefs"] == [
        {"name": "a", "policy": {"resolve": "Always", "resolution": "Required"}}
    ]


def test_the_generation_counts_changes_of_the_spec_alone() -> None:
    simulator = Simulator()
    settled = live(simulator, [role()], 5)["role"]["metadata"]
    again = live(simulator, [role()], 5)["role"]["metadata"]
    assert again == settled, "nothing moves any more, not even resourceVersion"
    changed = role()
    changed["spec"]["forProvider"]["description"] = "x"
    simulator.apply([changed])
    assert only(simulator)["metadata"]["generation"] == settled["generation"] + 1


def test_a_changed_name_is_ignored() -> None:
    simulator = Simulator()
    live(simulator, [vpc()], 4)
    renamed = vpc()
    renamed["metadata"]["name"] = "other"
    simulator.apply([renamed])
    assert only(simulator)["metadata"]["name"] == "vpc"


def test_what_is_observed_is_a_copy() -> None:
    simulator = Simulator()
    live(simulator, [vpc()], 4)
    before = copy.deepcopy(simulator.observed())
    simulator.observed()[0]["spec"]["forProvider"]["tags"].clear()
    simulator.observed()[0]["status"]["atProvider"]["id"] = "stolen"
    assert simulator.observed() == before


def test_what_was_applied_may_be_changed_by_its_owner_afterwards() -> None:
    simulator = Simulator()
    mine = vpc()
    simulator.apply([mine])
    mine["spec"]["forProvider"]["cidrBlock"] = "10.9.0.0/16"
    assert only(simulator)["spec"]["forProvider"]["cidrBlock"] == "10.0.0.0/16"


def test_objects_come_sorted_by_key() -> None:
    simulator = Simulator()
    simulator.apply([vpc("z"), vpc("a"), vpc("m")])
    assert [item["metadata"]["name"] for item in simulator.observed()] == ["a", "m", "z"]


@pytest.mark.parametrize("api_version", ["sqs.aws.m.upbound.io/v1beta1", "ec2.aws.upbound.io/v1beta1", "v1"])
def test_a_kind_that_nobody_knows_is_named(api_version: str) -> None:
    stranger = {**vpc(), "apiVersion": api_version, "kind": "Queue"}
    with pytest.raises(ValueError, match=f"knows no Queue of {api_version}"):
        Simulator().apply([stranger])


# Whose objects they are


def test_what_a_claim_has_composed_carries_its_name_and_namespace() -> None:
    simulator = Simulator(composite=CLAIMED)
    item = live(simulator, [cluster_scoped(vpc())])["vpc"]
    assert item["metadata"]["labels"] == {
        "crossplane.io/composite": "orders-x7k2p",
        "crossplane.io/claim-name": "orders",
        "crossplane.io/claim-namespace": "team",
    }
    (owner,) = item["metadata"]["ownerReferences"]
    assert (owner["apiVersion"], owner["kind"], owner["name"]) == (
        "claims.fleet.argosy.dev/v1alpha1",
        "XEKSCluster",
        "orders-x7k2p",
    )
    assert "namespace" not in item["metadata"]


def test_the_schema_gives_a_cluster_scoped_object_its_own_defaults() -> None:
    bare = cluster_scoped(vpc())
    del bare["spec"]["providerConfigRef"]
    spec = live(Simulator(composite=CLAIMED), [bare], 1)["vpc"]["spec"]
    assert (spec["deletionPolicy"], spec["managementPolicies"]) == ("Delete", ["*"])
    assert spec["providerConfigRef"] == {"name": "default"}
    named = cluster_scoped(vpc())
    named["spec"]["providerConfigRef"]["policy"] = {"resolve": "Always"}
    spec = live(Simulator(composite=CLAIMED), [named], 1)["vpc"]["spec"]
    assert spec["providerConfigRef"]["policy"] == {"resolve": "Always", "resolution": "Required"}


def test_a_namespaced_kind_without_namespace_would_poison_a_cluster_scoped_composite() -> None:
    stray = vpc()
    del stray["metadata"]["namespace"]
    with pytest.raises(ValueError, match=r"VPC vpc: without metadata\.namespace it poisons"):
        Simulator(composite=CLAIMED).apply([stray])
    live(Simulator(composite=CLAIMED), [vpc()])


def test_a_namespaced_composite_composes_nothing_cluster_scoped() -> None:
    with pytest.raises(ValueError, match="VPC vpc: a namespaced composite composes nothing cluster-scoped"):
        Simulator().apply([cluster_scoped(vpc())])


@pytest.mark.parametrize("composite", [None, CLAIMED])
def test_a_cluster_scoped_kind_has_no_namespace(composite: Any) -> None:
    misplaced = cluster_scoped(vpc())
    misplaced["metadata"]["namespace"] = "team"
    with pytest.raises(ValueError, match=r"VPC vpc: the kind is cluster-scoped, metadata\.namespace makes no sense"):
        Simulator(composite=composite).apply([misplaced])


# What was there before


def made_by_hand(flavour: Flavour, aws: Account) -> dict[str, Any]:
    """An object that somebody has written for a VPC that exists."""
    made = live(Simulator(aws=aws), [vpc()])["vpc"]
    (found,) = of(flavour, [managed("ec2/VPC", "vpc", {}, name=str(external_name(made)), policies=["Observe"])])
    del found["metadata"]["annotations"][KEY]
    found["metadata"]["labels"] = {"theirs": "yes"}
    return found


@both
def test_what_somebody_has_made_is_reconciled_and_is_none_of_the_composed_objects(flavour: Flavour) -> None:
    simulator = simulator_of(flavour, aws=Account("111122223333"))
    simulator.create(made_by_hand(flavour, simulator.aws))
    assert live(simulator, []) == {}
    (item,) = simulator.server.index().values()
    assert is_ready(item)
    assert "ownerReferences" not in item["metadata"]


@both
def test_an_object_that_nobody_controls_is_adopted_with_what_others_wrote_to_it(flavour: Flavour) -> None:
    simulator = simulator_of(flavour, aws=Account("111122223333"))
    mine = made_by_hand(flavour, simulator.aws)
    simulator.create(mine)
    live(simulator, [])
    (before,) = simulator.server.index().values()
    (desired,) = of(flavour, [vpc()])
    desired["spec"]["managementPolicies"] = ["*"]
    after = live(simulator, [desired])["vpc"]
    metadata = after["metadata"]
    assert metadata["uid"] == before["metadata"]["uid"], "the same object"
    assert metadata["annotations"] == {KEY: "vpc", EXTERNAL_NAME: mine["metadata"]["annotations"][EXTERNAL_NAME]}
    assert metadata["labels"] == {"theirs": "yes", **simulator.server.composite.labels}
    assert metadata["ownerReferences"] == [simulator.server.composite.owner]
    assert after["spec"]["forProvider"]["cidrBlock"] == "10.0.0.0/16"
    assert told(after)["id"] == external_name(after)
    assert len(simulator.aws.all("ec2/VPC", "eu-west-1")) == 1
    assert live(simulator, []) == {}, "and goes with the composite"


def test_what_the_answer_does_not_say_stays_as_somebody_wrote_it() -> None:
    simulator = simulator_of(CLUSTER_SCOPED, aws=Account("111122223333"))
    simulator.create(made_by_hand(CLUSTER_SCOPED, simulator.aws))
    after = live(simulator, [cluster_scoped(vpc())])["vpc"]
    assert after["spec"]["managementPolicies"] == ["Observe"], "so it only observes for ever"


def test_an_object_of_another_controller_is_not_adopted() -> None:
    simulator = simulator_of(CLUSTER_SCOPED, aws=Account("111122223333"))
    theirs = made_by_hand(CLUSTER_SCOPED, simulator.aws)
    theirs["metadata"]["ownerReferences"] = [{**CLAIMED.owner, "name": "somebody-else", "uid": "other"}]
    simulator.create(theirs)
    with pytest.raises(ValueError, match="Only one reference can have Controller set to true"):
        simulator.apply([cluster_scoped(vpc())])


def test_an_object_of_the_same_name_and_the_other_flavour_is_another() -> None:
    simulator = simulator_of(CLUSTER_SCOPED, aws=Account("111122223333"))
    simulator.create(made_by_hand(CLUSTER_SCOPED, simulator.aws))
    namespaced = live(simulator, [vpc()])["vpc"]
    assert "theirs" not in namespaced["metadata"]["labels"]
    assert len(simulator.server.index()) == 2


def test_a_fork_goes_its_own_way() -> None:
    simulator = Simulator()
    live(simulator, [vpc()], 4)
    fork = copy.deepcopy(simulator)
    live(fork, [], 5)
    assert fork.observed() == []
    assert not list(fork.aws)
    assert len(simulator.observed()) == 1
    assert len(list(simulator.aws)) == 1
