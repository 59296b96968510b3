"""What only ACK does its own way, over whole lives: what is known of protections, what stays, what is found again."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from argosy.cli.request import Answer
from argosy.engines.ack.looks import ASKED
from tests.safety.stories import ENDS
from tests.support.lives import Life, claim_of, example

GUARD = "guard-claim"
RDS = "rds.services.k8s.aws"
DOOR = "security-group-database-kept"


@cache
def _decommissioned() -> Life:
    life = Life(claim_of({"region": "eu-west-1", "databases": ENDS}, engine="ack"))
    life.settle()
    gone = life.change({"lifecycle": "Decommission"})
    gone.settle()
    return gone


@pytest.fixture
def decommissioned() -> Life:
    """A claim that may be deleted, with a database for each way in which one can end."""
    return copy.deepcopy(_decommissioned())


def deletable(told: Answer) -> tuple[str, str, str]:
    item = told.conditions[-1]
    assert item["type"] == "Deletable"
    return item["status"], item["reason"], item["message"]


def synced_at(item: dict[str, Any]) -> str:
    (found,) = (one for one in item["status"]["conditions"] if one["type"] == "ACK.ResourceSynced")
    return str(found["lastTransitionTime"])


CLOSED: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "cluster is still protected on AWS": ("cluster", ("spec", "deletionProtection"), True),
    "cluster would stay on AWS": ("cluster", ("metadata", "annotations", "services.k8s.aws/deletion-policy"), "retain"),
    "database-orders is still protected on AWS": ("database-orders", ("spec", "deletionProtection"), True),
    "database-orders would get no final snapshot": (
        "database-orders",
        ("metadata", "annotations", f"{RDS}/skip-final-snapshot"),
        "true",
    ),
    "database-orders does not have the name of its final snapshot yet": (
        "database-orders",
        ("metadata", "annotations", f"{RDS}/final-db-snapshot-identifier"),
        "another",
    ),
    "database-scratch would still get a final snapshot": (
        "database-scratch",
        ("metadata", "annotations", f"{RDS}/skip-final-snapshot"),
        "false",
    ),
    "database-kept would be deleted on AWS": (
        "database-kept",
        ("metadata", "annotations", "services.k8s.aws/deletion-policy"),
        "delete",
    ),
    "vpc would be deleted on AWS": ("vpc", ("metadata", "annotations", "services.k8s.aws/deletion-policy"), "delete"),
    f"{DOOR} still admits the cluster on AWS": (DOOR, ("status", "rules"), [{"isEgress": False, "fromPort": 5432}]),
}
"""What keeps a claim, by what the condition says of it: key, field of the observed object, value."""


@pytest.mark.parametrize("says", CLOSED)
def test_one_closed_gate_is_enough_and_the_condition_names_it(decommissioned: Life, says: str) -> None:
    assert deletable(decommissioned.call())[0] == "True"
    key, path, value = CLOSED[says]
    decommissioned.observed = copy.deepcopy(decommissioned.observed)
    place: Any = decommissioned.observed[key]
    for step in path[:-1]:
        place = place[step]
    assert place.get(path[-1]) != value
    place[path[-1]] = value
    told = decommissioned.call()
    assert deletable(told) == ("False", "Protected", f"not yet: {says}")
    assert GUARD in told.desired


@pytest.mark.parametrize("key", ["cluster", "database-orders"])
def test_a_protection_that_was_just_taken_off_counts_as_on_until_the_controller_has_looked(
    decommissioned: Life, key: str
) -> None:
    """ADR 11: the object says `false`, and that all is well, from the look before."""
    decommissioned.observed = copy.deepcopy(decommissioned.observed)
    item = decommissioned.observed[key]
    text, _, _ = item["metadata"]["annotations"][ASKED].partition("@")
    item["metadata"]["annotations"][ASKED] = f"{text}@{synced_at(item)}"
    assert deletable(decommissioned.call()) == ("False", "Protected", f"not yet: {key} is still protected on AWS")


def test_the_group_of_a_database_that_stays_loses_its_door_when_the_claim_leaves(decommissioned: Life) -> None:
    """REL-14: EKS cannot delete its security group while a rule names it."""
    told = decommissioned.call()
    rules = {key: item["spec"]["ingressRules"] for key, item in told.desired.items() if key.startswith(DOOR[:-5])}
    assert [key for key, doors in rules.items() if not doors] == [DOOR]
    ports = [thing.fields["fromPort"] for thing in decommissioned.simulator.aws.all(RULE, "eu-west-1")]
    assert ports == [5432, 5432], "those of the databases that go"


RULE = "ec2/SecurityGroupIngressRule"


def test_what_was_asked_for_with_an_unknown_port_is_unfinished_until_it_is_known() -> None:
    """The group is made without its door: the cluster's own group is not there yet."""
    life = Life(claim_of({"region": "eu-west-1", "databases": [{"name": "orders"}]}, engine="ack"))
    opened = False
    for told in life.passes():
        group = told.desired.get("security-group-database-orders")
        (condition,) = (item for item in told.conditions if item["type"] == "DatabasesReady")
        if group is not None and "ingressRules" not in group["spec"]:
            assert condition["status"] == "False"
            assert not opened, "a door that was there stays"
        elif group is not None:
            opened = True
    assert opened
    assert condition["status"] == "True"


@pytest.mark.parametrize("key", ["cluster", "vpc", "key-cluster", "role-cluster", "nat-gateway-a"])
def test_rel_25_an_object_that_is_made_anew_finds_what_stands_on_aws(key: str) -> None:
    """ADR 9, REL-18: as after the hub was restored. Nothing is made twice."""
    life = Life(example("minimal", "ack"))
    life.settle()
    before = {(thing.kind, thing.identity) for thing in life.simulator.aws}
    life.simulator.server.write(key, None)
    del life.observed[key]
    told = life.settle()
    assert {(thing.kind, thing.identity) for thing in life.simulator.aws} == before
    assert life.observed[key]["metadata"]["annotations"]["services.k8s.aws/adopted"] == "false", "ours again"
    assert told.finished


def test_what_was_found_again_and_then_vanishes_is_made_once_more() -> None:
    """ACK would let it be gone, and call the object Ready."""
    life = Life(example("minimal", "ack"))
    life.settle()
    life.simulator.server.write("role-spoke", None)
    del life.observed["role-spoke"]
    life.settle()
    (role,) = (thing for thing in life.simulator.aws if thing.identity.startswith("argosy-spoke-"))
    life.simulator.aws.remove(role)
    life.settle()
    assert [thing.identity for thing in life.simulator.aws if thing.identity == role.identity] == [role.identity]
