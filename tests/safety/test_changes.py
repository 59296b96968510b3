"""What changes of a claim, and neighbours of a claim, must not move."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from tests.safety.answers import items_of
from tests.safety.checks_tenancy import NAMED_BY_FIELD, NAMED_ON_AWS
from tests.safety.stories import ACK, everything
from tests.support.lives import ENGINE, Life, Objects, claim_of

REPEATED = "-".join("b" * 12)
SECRET = "argocd-cluster-secret"
SPEC: Mapping[str, Any] = {
    "region": "us-east-1",
    "network": {"cidr": "10.60.0.0/16", "zones": ["a", "b"]},
    "nodes": {"groups": [{"name": "general"}]},
    "databases": [{"name": "orders"}],
}


by_engine = pytest.mark.parametrize("engine", [ENGINE, ACK])
"""Where engines say things in words of their own; names on AWS are the same (tests/cases/test_parity.py)."""


@cache
def settled(engine: str) -> Life:
    """A settled world; whoever changes it takes a copy (`Life.change`)."""
    life = Life(claim_of(SPEC, engine=engine))
    life.settle()
    return life


def answer(name: str, namespace: str) -> Objects:
    life = Life(claim_of(everything("eu-west-1", "aws"), name, namespace))
    return life.settle().desired


def names_on_aws(objects: Objects) -> Iterator[tuple[str, str]]:
    for item in items_of(objects):
        if item.kind in NAMED_ON_AWS:
            yield item.kind, str(item.external_name)
        elif item.kind in NAMED_BY_FIELD:
            yield item.kind, str(item.get(NAMED_BY_FIELD[item.kind][0]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("admin", "team-a"), ("admin", "team-b")),
        (("orders-blue", "team-a"), ("orders-green", "team-a")),
        ((REPEATED, "a-b"), (f"b-{REPEATED}", "a")),  # joined with dashes and cut they are alike
        (("a-claim-with-a-long-name-that-ends-in-a", "n" * 63), ("a-claim-with-a-long-name-that-ends-in-b", "n" * 63)),
    ],
)
def test_ten_04_and_05_two_claims_share_no_name_on_aws(one: tuple[str, str], other: tuple[str, str]) -> None:
    """UPG-14: so a blue and a green cluster can stand side by side."""
    mine, theirs = set(names_on_aws(answer(*one))), set(names_on_aws(answer(*other)))
    assert len(mine) == len(theirs) > 20
    assert mine & theirs == set()


@by_engine
def test_rel_04_labels_and_environment_do_not_rename_the_secret(engine: str) -> None:
    before = settled(engine).call().desired[SECRET]
    spec = {"environment": "prod", "ring": "0", "argocd": {"labels": {"team": "x"}}, "tags": {"a": "b"}}
    after = settled(engine).change(spec).call().desired[SECRET]
    assert before != after
    for where in (("metadata", "name"), ("metadata", "namespace")):
        assert _at(before, where) == _at(after, where)
        assert _at(_manifest(before), where) == _at(_manifest(after), where)


def _manifest(item: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = item["spec"]["forProvider"]["manifest"]
    return found


def _at(item: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    for step in path:
        item = item[step]
    return item


def subnets(objects: Objects) -> dict[str, str]:
    return {key: json.dumps(item, sort_keys=True) for key, item in objects.items() if item["kind"] == "Subnet"}


@pytest.mark.parametrize("zones", [["b", "a"], ["c", "a", "b"], ["a", "b", "d"]])
@by_engine
def test_rel_05_other_zones_move_no_subnet(zones: list[str], engine: str) -> None:
    before = subnets(settled(engine).call().desired)
    after = subnets(settled(engine).change({"network": {**SPEC["network"], "zones": zones}}).call().desired)
    assert len(before) == 6
    assert {key: after[key] for key in before} == before
    assert len(after) == 3 * len(zones)


@by_engine
def test_rel_05_a_zone_that_leaves_moves_no_other(engine: str) -> None:
    wide = settled(engine).change({"network": {**SPEC["network"], "zones": ["a", "b", "c"]}})
    wide.settle()
    before = subnets(wide.call().desired)
    after = subnets(wide.change(SPEC).call().desired)
    assert len(before) == 9 and len(after) == 6
    assert {key: before[key] for key in after} == after


@pytest.mark.parametrize(
    "change",
    [
        {"region": "us-east-2"},
        {"network": {**SPEC["network"], "cidr": "10.61.0.0/16"}},
        {"network": {**SPEC["network"], "zoneSlots": 8}},
        {"controlPlane": {"serviceCidr": "10.100.0.0/16"}},
        {"nodes": {"groups": [{"name": "general", "amiType": "AL2023_ARM_64_STANDARD"}]}},
        {"nodes": {"groups": [{"name": "general", "capacityType": "Spot"}]}},
        {"nodes": {"groups": [{"name": "general", "instanceTypes": ["m7i.large"]}]}},
        {"databases": [{"name": "orders", "engine": "AuroraPostgreSQL"}]},
        {"databases": [{"name": "orders", "databaseName": "other"}]},
        {"databases": [{"name": "orders", "version": "16"}]},
        {"databases": []},
    ],
    ids=lambda change: json.dumps(change)[:60],
)
@by_engine
def test_rel_07_what_aws_cannot_change_is_fatal_and_nothing_else_happens(
    change: Mapping[str, Any], engine: str
) -> None:
    told = settled(engine).change(change).call()
    assert told.fatal is not None
    assert "defect" not in told.fatal
    assert told.desired == {}  # nothing is applied after a FATAL result, and nothing is collected


@by_engine
def test_rel_09_a_new_zone_replaces_no_node_group(engine: str) -> None:
    """REL-05."""
    before = settled(engine).call().desired["node-group-general"]
    after = settled(engine).change({"network": {**SPEC["network"], "zones": ["a", "b", "c"]}}).call().desired
    assert after["node-group-general"] == before
    assert "subnet-private-c" in after


@by_engine
def test_rel_13_the_secret_outlives_every_observation(engine: str) -> None:
    life = settled(engine)
    before = life.call().desired[SECRET]
    blind = life.change({})
    blind.observed = {
        key: item if key == SECRET else {name: value for name, value in item.items() if name != "status"}
        for key, item in life.observed.items()
    }
    assert blind.call().desired[SECRET] == before


@by_engine
def test_rel_26_two_calls_are_the_same_bytes(engine: str) -> None:
    one, other = (
        json.dumps([told.desired, told.conditions, told.status])
        for told in (settled(engine).call(), settled(engine).call())
    )
    assert one == other
