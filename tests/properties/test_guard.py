"""The guard of a claim: it leaves only when it was observed that nothing is lost with the claim (design 6, REL-25)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from argosy.cli.request import Answer
from argosy.engines.ack.looks import ASKED
from argosy.simulator import Simulator
from tests.safety.stories import ENDS
from tests.support.lives import Life, claim_of, every_life, example

GUARD = "guard-claim"
GUARDS = {"upbound": {GUARD}, "upbound-cluster": {GUARD, "guard-composite"}, "ack": {GUARD}}
"""Composition-resource names of what keeps the claim, by engine: a claim's composite could be deleted as well."""
KEYS = ("database-orders", "database-kept", "database-scratch")


def deletable(told: Answer) -> tuple[str, str, str]:
    """Status, reason and message of the condition."""
    (found,) = [item for item in told.conditions if item["type"] == "Deletable"]
    return found["status"], found["reason"], found["message"]


def settled(spec: dict[str, Any]) -> Life:
    life = Life(claim_of(spec))
    life.settle()
    return life


@pytest.fixture(scope="module")
def living() -> Life:
    """A cluster with a database for each way in which one can end."""
    return settled({"region": "eu-west-1", "databases": ENDS})


@pytest.fixture
def decommissioned(living: Life) -> Life:
    return copy.deepcopy(living).change({"lifecycle": "Decommission"})


@every_life
def test_the_guard_is_in_the_first_answer_and_in_every_other(name: str, engine: str) -> None:
    for told in Life(example(name, engine)).passes():
        assert GUARDS[engine] <= set(told.desired)
        assert deletable(told)[0] == "False"


def unmarked(desired: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Manifests without ACK's note of when something was asked for."""
    found = copy.deepcopy(dict(desired))
    for item in found.values():
        item["metadata"]["annotations"].pop(ASKED, None)
    return found


@every_life
def test_every_example_can_be_decommissioned_and_taken_back(name: str, engine: str) -> None:
    life = Life(example(name, engine))
    before = life.settle()
    gone = copy.deepcopy(life).change({"lifecycle": "Decommission"})
    answers = list(gone.passes())
    assert deletable(answers[0])[1] == "Protected"
    assert GUARDS[engine] <= set(answers[0].desired), "what was asked for in this very answer is not observed yet"
    assert deletable(answers[-1])[:2] == ("True", "Decommissioned")
    assert set(before.desired) - set(answers[-1].desired) == GUARDS[engine]
    assert answers[-1].ttl_seconds >= 600
    assert all(told.ttl_seconds <= 30 for told in answers if deletable(told)[1] in ("Protected", "Releasing"))
    assert unmarked(gone.change({"lifecycle": "Active"}).settle().desired) == unmarked(before.desired)


def test_the_condition_is_true_only_when_the_guard_is_gone(decommissioned: Life) -> None:
    for told in decommissioned.passes():
        if deletable(told)[0] == "True":
            assert GUARD not in decommissioned.observed
            return
    raise AssertionError("never deletable")


def test_a_guard_that_is_not_observed_is_not_gone_yet(decommissioned: Life) -> None:
    """Crossplane forgets what it tells to go; only the label on the claim says whether it refuses to delete it."""
    decommissioned.settle()
    assert GUARD not in decommissioned.observed
    claim = decommissioned.claim
    decommissioned.claim = {**claim, "metadata": {**claim["metadata"], "labels": {"crossplane.io/in-use": "true"}}}
    told = decommissioned.call()
    assert deletable(told)[:2] == ("False", "Releasing")
    assert GUARD not in told.desired
    assert told.ttl_seconds <= 30
    decommissioned.claim = claim
    assert deletable(decommissioned.call())[0] == "True"


def test_decommission_takes_off_what_goes_and_leaves_what_stays(decommissioned: Life) -> None:
    told = decommissioned.settle()
    fields = {key: told.desired[key]["spec"]["forProvider"] for key in ("cluster", *KEYS)}
    assert {key: values["deletionProtection"] for key, values in fields.items()} == {
        "cluster": False,
        "database-orders": False,
        "database-kept": True,
        "database-scratch": False,
    }
    assert {key: fields[key]["skipFinalSnapshot"] for key in KEYS} == {
        "database-orders": False,
        "database-kept": False,
        "database-scratch": True,
    }
    assert deletable(told)[2] == (
        "delete the claim, in the foreground; on AWS stay final snapshots of orders and kept with the network and the "
        "databases' keys"
    )


CLOSED = {
    "cluster is still protected on AWS": ("cluster", ("status", "atProvider", "deletionProtection"), True),
    "cluster would stay on AWS": ("cluster", ("spec", "managementPolicies"), ["Observe", "Create", "Update"]),
    "database-orders is still protected on AWS": (
        "database-orders",
        ("status", "atProvider", "deletionProtection"),
        True,
    ),
    "database-orders would get no final snapshot": (
        "database-orders",
        ("status", "atProvider", "skipFinalSnapshot"),
        True,
    ),
    "database-orders does not have the name of its final snapshot yet": (
        "database-orders",
        ("status", "atProvider", "finalSnapshotIdentifier"),
        "another",
    ),
    "database-scratch would still get a final snapshot": (
        "database-scratch",
        ("status", "atProvider", "skipFinalSnapshot"),
        False,
    ),
    "database-kept would be deleted on AWS": ("database-kept", ("spec", "managementPolicies"), ["*"]),
    "vpc would be deleted on AWS": ("vpc", ("spec", "managementPolicies"), ["*"]),
    "subnet-group-databases would be deleted on AWS": ("subnet-group-databases", ("spec", "managementPolicies"), ["*"]),
    "key-database-orders would be deleted on AWS": ("key-database-orders", ("spec", "managementPolicies"), ["*"]),
}
"""What keeps a claim, by what the condition says of it: key, field of the observed object, value."""


@pytest.mark.parametrize("says", CLOSED)
def test_one_closed_gate_is_enough_and_the_condition_names_it(decommissioned: Life, says: str) -> None:
    decommissioned.settle()
    key, path, value = CLOSED[says]
    decommissioned.observed = copy.deepcopy(decommissioned.observed)
    place: Any = decommissioned.observed[key]
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    told = decommissioned.call()
    assert deletable(told) == ("False", "Protected", f"not yet: {says}")
    assert GUARD in told.desired


@pytest.mark.parametrize("key", ["cluster", *KEYS])
def test_what_aws_does_not_tell_keeps_what_was_asked_for(decommissioned: Life, key: str) -> None:
    """An object without any answer of AWS is as protected as it was asked to be."""
    decommissioned.observed = copy.deepcopy(decommissioned.observed)
    for field in ("deletionProtection", "skipFinalSnapshot", "finalSnapshotIdentifier"):
        decommissioned.observed[key]["status"]["atProvider"].pop(field, None)
    if key != "database-kept":
        assert f"{key} is still protected on AWS" in deletable(decommissioned.call())[2]
    assert GUARD in decommissioned.call().desired


def test_a_database_that_stays_keeps_its_zones() -> None:
    """A subnet or an instance that left the claim would stay on AWS, and nobody's."""
    life = settled({"region": "eu-west-1", "network": {"zones": ["a", "b", "c"]}, "databases": [ENDS[1]]})
    told = life.change({"network": {"zones": ["a", "b"]}}).call()
    assert told.fatal is not None
    assert told.fatal.startswith("spec.network.zones: zone c cannot leave while a database has onDelete: Retain")
    told = life.change({"databases": [{**ENDS[1], "zones": ["a", "b"]}]}).call()
    assert told.fatal is not None
    assert told.fatal.startswith("spec.databases[kept].zones: zone c cannot leave while onDelete is Retain")


def test_a_database_that_stays_leaves_the_claim_and_not_aws() -> None:
    off = {**ENDS[1], "deletionProtection": False}
    life = settled({"region": "eu-west-1", "databases": [off]})
    gone = life.change({"databases": []})
    gone.settle()
    kinds = [thing.kind for thing in gone.simulator.aws]
    assert kinds.count("rds/Cluster") == 1
    assert kinds.count("rds/ClusterInstance") == 3
    assert kinds.count("rds/SubnetGroup") == 1
    assert kinds.count("ec2/Subnet") == 9
    assert gone.simulator.aws.snapshots == set()
    assert "ec2/SecurityGroupIngressRule" not in kinds, "EKS could not delete its security group (REL-14)"


@pytest.mark.parametrize("key", ["cluster", *KEYS])
def test_an_object_that_is_lost_brings_the_guard_back(decommissioned: Life, key: str) -> None:
    decommissioned.settle()
    decommissioned.observed = {other: item for other, item in decommissioned.observed.items() if other != key}
    told = decommissioned.call()
    assert deletable(told) == ("False", "Protected", f"not yet: {key} is not observed")
    assert GUARD in told.desired


@pytest.mark.parametrize("key", ["vpc", "key-cluster", "cluster", *KEYS])
def test_what_aws_never_makes_keeps_nobody_from_deleting(key: str) -> None:
    faults = {key: "ResourceLimitExceeded"}
    life = Life(claim_of({"region": "eu-west-1", "databases": ENDS}), simulator=Simulator(faults=faults))
    life.settle()
    assert deletable(life.change({"lifecycle": "Decommission"}).settle())[0] == "True"


def test_a_lost_observation_brings_the_guard_back(decommissioned: Life) -> None:
    """Never less because a fact went missing: the guard is the safe side."""
    decommissioned.settle()
    assert GUARD not in decommissioned.observed
    decommissioned.observed = copy.deepcopy(decommissioned.observed)
    decommissioned.observed["cluster"]["status"]["atProvider"] = {}
    decommissioned.observed["cluster"]["spec"]["forProvider"].pop("deletionProtection")
    assert GUARD in decommissioned.call().desired
