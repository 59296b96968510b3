"""What the function composes, under ACK's own controllers: nobody fights, everything goes, what is retained is found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import pytest

from tests.ack import lacks
from tests.ack.composed import Composed, conditions
from tests.ack.world import CONTROLLERS, Item, Name, World
from tests.hub.local.waiting import wait_for

ROUNDS = 3
LOOKS_IN = 60

WRITES: Mapping[str, frozenset[str]] = {}
"""By kind, fields of `spec` that the controllers write beside what is composed."""
NEVER_EQUAL: Mapping[str, frozenset[str]] = {}
"""By kind, fields that a controller finds different at every look, and leaves as they are."""


@pytest.fixture(scope="module")
def networks(world: World) -> Composed:
    """The claim with node groups, settled."""
    return _settled(world, "node-groups")


@pytest.fixture(scope="module")
def databases(world: World) -> Composed:
    """The claim with databases, settled."""
    return _settled(world, "with-databases")


@pytest.fixture(scope="module")
def claims(networks: Composed, databases: Composed) -> tuple[Composed, ...]:
    """Both claims."""
    return networks, databases


def _settled(world: World, name: str) -> Composed:
    found = Composed(world, name)
    found.settle()
    return found


def test_what_is_not_run_is_listed(claims: tuple[Composed, ...]) -> None:
    composed = [item for claim in claims for item in claim.call().desired.values()]

    assert {item["kind"] for item in composed if not lacks.is_run(item)} == lacks.NOT_RUN.keys()
    refused = {(item["kind"], path) for item in composed if lacks.is_run(item) for path in lacks.refused(item)}
    assert refused == lacks.CRD_LACKS.keys()
    left_out = {(item["kind"], path) for item in composed for path in lacks.lacking(item)}
    assert left_out == lacks.CRD_LACKS.keys() | lacks.MOTO_LACKS.keys()


def test_a_second_answer_changes_nothing(world: World, claims: tuple[Composed, ...]) -> None:
    seen: dict[str, set[str]] = {}
    for _ in range(ROUNDS):
        with world.unattended():
            before = _all(claims)
            for claim in claims:
                claim.apply(claim.call())
            assert _versions(_all(claims)) == _versions(before)
            logs = {service: len(world.log(service)) for service in CONTROLLERS}
        wait_for(lambda: _looked(claims, before), "the controllers have looked at everything", seconds=LOOKS_IN)
        after = _all(claims)
        assert _specs(after) == _specs(before)
        assert {name for name, item in after.items() if conditions(item)["Ready"]["status"] != "True"} == set()
        for service, start in logs.items():
            for kind, path in _differences(world.log(service)[start:]):
                seen.setdefault(kind, set()).add(path)
    assert seen == NEVER_EQUAL


def test_what_controllers_write_beside_it_is_known(claims: tuple[Composed, ...]) -> None:
    found: dict[str, set[str]] = {}
    for claim in claims:
        there = claim.objects()
        for name, item in claim.applied(claim.call()).items():
            added = there[name]["spec"].keys() - item["spec"].keys()
            found.setdefault(name[0], set()).update(added)

    assert {kind: frozenset(fields) for kind, fields in found.items() if fields} == WRITES


def _all(claims: tuple[Composed, ...]) -> dict[Name, Item]:
    return dict(chain.from_iterable(claim.objects().items() for claim in claims))


def _versions(objects: Mapping[Name, Item]) -> dict[Name, str]:
    return {name: item["metadata"]["resourceVersion"] for name, item in objects.items()}


def _specs(objects: Mapping[Name, Item]) -> dict[Name, Any]:
    """All that is not the controllers' own word of their last look."""
    return {
        name: (item["spec"], item["metadata"]["annotations"], item["metadata"]["generation"])
        for name, item in objects.items()
    }


def _looked(claims: tuple[Composed, ...], before: Mapping[Name, Item]) -> bool:
    """Whether every object's conditions have been made anew."""
    stamps = {name: conditions(item).get("Ready", {}).get("lastTransitionTime") for name, item in _all(claims).items()}
    return all(
        stamps[name] not in (None, conditions(item)["Ready"]["lastTransitionTime"]) for name, item in before.items()
    )


def _differences(log: str) -> Iterator[tuple[str, str]]:
    """What controllers have found different from what is asked for: kind, and path of the field."""
    for line in log.splitlines():
        if line.startswith("{") and (told := json.loads(line)).get("msg") == "desired resource state has changed":
            for difference in told["diff"]:
                yield told["kind"], ".".join(difference["Path"]["Parts"])
