"""What policies let the provider do, and what objects do that only observe."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.simulator import Account, Simulator
from argosy.simulator.flavours import CLUSTER_SCOPED, NAMESPACED, Flavour
from argosy.simulator.policies import PAUSED
from argosy.simulator.references import EXTERNAL_NAME
from tests.schemas.schemas import violations
from tests.simulator.objects import (
    Manifest,
    both,
    cluster,
    cluster_scoped,
    cluster_world,
    condition,
    external_name,
    is_ready,
    live,
    managed,
    network,
    of,
    role,
    simulator_of,
    told,
    vpc,
)

ABSENT = "observe failed: external resource does not exist"


def with_policies(item: Manifest, policies: list[str] | None, deletion: str | None = None) -> Manifest:
    spec = {**item["spec"], **({} if policies is None else {"managementPolicies": policies})}
    return {**item, "spec": {**spec, **({} if deletion is None else {"deletionPolicy": deletion})}}


def observing(item: Manifest, name: str | None) -> Manifest:
    found = with_policies(item, ["Observe"])
    if name is not None:
        found["metadata"]["annotations"][EXTERNAL_NAME] = name
    return found


def is_kept(desired: Manifest, flavour: Flavour) -> bool:
    """Whether the VPC is still on AWS when its object has gone."""
    simulator = simulator_of(flavour)
    assert is_ready(live(simulator, [desired])["vpc"])
    assert live(simulator, [], 5) == {}
    return bool(simulator.aws.all("ec2/VPC", "eu-west-1"))


NO_DELETE = ["Observe", "Create", "Update", "LateInitialize"]
EACH = ["Observe", "Create", "Update", "LateInitialize", "Delete"]


@pytest.mark.parametrize(
    ("deletion", "policies", "kept"),
    [
        (None, None, False),
        ("Delete", ["*"], False),
        ("Delete", EACH, False),
        ("Delete", NO_DELETE, True),
        ("Orphan", None, True),
        ("Orphan", ["*"], True),
        ("Orphan", NO_DELETE, True),
        ("Orphan", EACH, False),  # somebody has written Delete: that counts for more
    ],
)
def test_what_becomes_of_a_thing_when_its_cluster_scoped_object_goes(
    *, deletion: str | None, policies: list[str] | None, kept: bool
) -> None:
    assert is_kept(with_policies(cluster_scoped(vpc()), policies, deletion), CLUSTER_SCOPED) == kept


@pytest.mark.parametrize(("policies", "kept"), [(None, False), (["*"], False), (EACH, False), (NO_DELETE, True)])
def test_what_becomes_of_a_thing_when_its_namespaced_object_goes(*, policies: list[str] | None, kept: bool) -> None:
    assert is_kept(with_policies(vpc(), policies), NAMESPACED) == kept


@both
@pytest.mark.parametrize(
    "policies", [["Create"], ["*", "Observe"], ["Observe", "Update", "Delete"], ["Observe", "LateInitialize", "Delete"]]
)
def test_policies_that_make_no_sense_together_are_refused(flavour: Flavour, policies: list[str]) -> None:
    simulator = simulator_of(flavour)
    item = live(simulator, of(flavour, [with_policies(vpc(), policies)]))["vpc"]
    assert condition(item, "Synced")[2].startswith(
        f"`spec.managementPolicies` is set to a value([{' '.join(policies)}]) which is not supported."
    )
    assert not list(simulator.aws)


@both
@pytest.mark.parametrize("by_policies", [True, False])
def test_what_is_paused_is_neither_made_nor_changed_nor_let_go(*, flavour: Flavour, by_policies: bool) -> None:
    def stopped(item: Manifest) -> list[Manifest]:
        (found,) = of(flavour, [item])
        if by_policies:
            return [with_policies(found, [])]
        found["metadata"]["annotations"][PAUSED] = "true"
        return [found]

    simulator = simulator_of(flavour)
    item = live(simulator, stopped(vpc()))["vpc"]
    assert condition(item, "Synced") == ("False", "ReconcilePaused", "")
    assert violations(item) == []
    assert not list(simulator.aws)
    live(simulator, of(flavour, [vpc()]))
    changed = managed("ec2/VPC", "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True})
    live(simulator, stopped(changed))
    (thing,) = simulator.aws.all("ec2/VPC", "eu-west-1")
    assert thing.fields["enableDnsHostnames"] is False
    assert "deletionTimestamp" in live(simulator, [])["vpc"]["metadata"]


# Observe alone


def there(*extra: Manifest) -> Account:
    """An account in which namespaced objects have made something."""
    simulator = Simulator()
    after = live(simulator, [*cluster_world(), *extra])
    assert all(is_ready(item) for item in after.values())
    return simulator.aws


@both
def test_an_observer_tells_what_exists_and_changes_neither_it_nor_its_own_spec(flavour: Flavour) -> None:
    aws = there()
    (thing,) = aws.all("ec2/VPC", "eu-west-1")
    before, version = dict(thing.state), aws.version
    (desired,) = of(flavour, [observing(managed("ec2/VPC", "seen", {"cidrBlock": "10.9.0.0/16"}), thing.identity)])
    simulator = simulator_of(flavour, aws=aws)
    item = live(simulator, [desired])["seen"]
    assert is_ready(item)
    assert violations(item) == []
    assert (told(item)["id"], told(item)["cidrBlock"]) == (thing.identity, "10.0.0.0/16")
    assert item["spec"]["forProvider"] == {"region": "eu-west-1", "cidrBlock": "10.9.0.0/16"}, "no tags, nothing late"
    assert (thing.state, aws.version) == (before, version)
    assert live(simulator, []) == {}
    assert aws.all("ec2/VPC", "eu-west-1") == [thing]


@both
@pytest.mark.parametrize("name", [None, "vpc-0123456789abcdef0"])
def test_an_observer_that_finds_nothing_says_so_and_makes_nothing(flavour: Flavour, name: str | None) -> None:
    simulator = simulator_of(flavour)
    item = live(simulator, of(flavour, [observing(vpc(), name)]))["vpc"]
    assert condition(item, "Synced") == ("False", "ReconcileError", ABSENT)
    assert condition(item, "Ready") == ("", "", "")
    assert not list(simulator.aws)


@both
def test_an_observer_needs_no_more_than_region_and_name(flavour: Flavour) -> None:
    """What a person writes who wants to know what there is."""
    aws = there()
    bare = [
        observing(managed("eks/Cluster", "cluster", {}), "orders"),
        observing(managed("iam/Role", "role", {}), "aws-role"),
    ]
    after = live(simulator_of(flavour, aws=aws), of(flavour, bare))
    assert [violations(item) for item in after.values()] == [[], []]
    assert told(after["cluster"])["endpoint"].startswith("https://")
    assert told(after["role"])["arn"] == "arn:aws:iam::111122223333:role/aws-role"


@both
def test_an_observer_of_a_name_is_called_like_its_object_if_nobody_says_otherwise(flavour: Flavour) -> None:
    nameless = observing(role("aws-role"), None)
    del nameless["metadata"]["annotations"][EXTERNAL_NAME]
    item = live(simulator_of(flavour, aws=there()), of(flavour, [nameless]))["aws-role"]
    assert is_ready(item)
    assert external_name(item) == "aws-role"


def test_an_observer_sees_what_somebody_else_is_still_making() -> None:
    aws = Account("111122223333")
    maker = Simulator(aws=aws)
    while not aws.all("eks/Cluster", "eu-west-1"):
        live(maker, cluster_world(), 1)
    watcher = simulator_of(CLUSTER_SCOPED, aws=aws)
    item = live(watcher, of(CLUSTER_SCOPED, [observing(cluster(), "orders")]), 1)["cluster"]
    assert "cannot get referenced resource" in condition(item, "Synced")[2], "references count for observers too"
    bare = observing(managed("eks/Cluster", "cluster", {}), "orders")
    statuses = []
    for _ in range(10):
        live(maker, cluster_world(), 1)
        item = live(watcher, of(CLUSTER_SCOPED, [bare]), 1)["cluster"]
        statuses.append(told(item)["status"])
        assert is_ready(item), "it exists, and more is not asked"
    assert (statuses[0], statuses[-1]) == ("CREATING", "ACTIVE")


# From one flavour to the other


def test_what_was_observed_is_managed_under_its_old_id_and_outlives_the_object_that_made_it() -> None:
    aws = Account("111122223333")
    old, new = Simulator(aws=aws), simulator_of(CLUSTER_SCOPED, aws=aws)
    ids = {key: external_name(item) for key, item in live(old, network()).items()}
    for key, identity in ids.items():
        (item,) = (item for item in of(CLUSTER_SCOPED, network()) if item["metadata"]["name"] == key)
        observer = observing(item, identity)
        new.create({**observer, "spec": without_references(observer["spec"])})
    live(new, [])
    seen = new.server.index().values()
    assert {item["metadata"]["name"]: told(item)["id"] for item in seen} == ids

    live(old, [with_policies(item, NO_DELETE) for item in network()])
    assert live(old, []) == {}
    after = live(new, [with_policies(item, ["*"]) for item in of(CLUSTER_SCOPED, network())])
    assert all(is_ready(item) for item in after.values())
    assert {key: external_name(item) for key, item in after.items()} == ids
    assert sorted(thing.identity for thing in aws) == sorted(filter(None, ids.values())), "nothing was made twice"
    kind = told(after["vpc"])["tags"]["crossplane-kind"]
    assert kind == "vpc.ec2.aws.upbound.io", "the tags tell who manages it now"


def without_references(spec: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in spec["forProvider"].items() if not name.endswith("Ref")}
    return {**spec, "forProvider": fields}
