"""Who owns which field, as this API server keeps it, is what the bench sends: its requests are as long as real ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.cli.request import ask, build_request
from bench.ownership import CORE, as_stored, with_ownership
from tests.hub.live import Hub, Item, Team
from tests.support.lives import ENGINE, example

FACTS = ("apiextensions.crossplane.io/v1beta1", "EnvironmentConfig")
MARKS = {
    ("f:metadata", "f:labels", "f:crossplane.io/in-use"),  # on what a Usage names; on a hub, not in the simulator
    ("f:spec", "f:managementPolicies"),
}
"""What Crossplane itself adds in a way that the bench leaves out: a few bytes."""
MARGIN = 0.1
"""By how much the bench's may be longer or shorter than the real ones, all objects together. They are longer by what a
real provider applies when it has resolved a reference; the hub's simulator updates the field alone."""


def test_the_bench_sends_managed_fields_as_the_api_server_keeps_them(hub: Hub, team: Team) -> None:
    claim = team.adopt(example("minimal"))
    name = claim["metadata"]["name"]
    hub.apply(claim)
    hub.until_ready(name, team.namespace)
    hub.until_settled(name, team.namespace)
    composite, facts = hub.claim(name, team.namespace), hub.get(*FACTS, "argosy")
    assert composite is not None
    assert facts is not None
    real = hub.composed(name, team.namespace)
    desired = ask(build_request(composite, ENGINE, real.values(), [facts]), [facts]).desired
    made = {key: with_ownership(without(item), desired[key]) for key, item in real.items()}
    sizes = [sum(length(item) for item in items.values()) for items in (real, made)]
    whole = [
        build_request(composite, ENGINE, items, [facts]).ByteSize()
        for items in (real.values(), map(without, real.values()))
    ]
    print(f"\nmanagedFields of {len(real)} objects: {sizes[0]} B here, {sizes[1]} B in the bench")
    print(f"a request is {whole[0]} B, {whole[0] / whole[1]:.2f} times as long as without them")
    unlike = {key: found for key in real if (found := core_fields(real[key]) ^ core_fields(made[key])) - MARKS}
    assert unlike == {}
    assert abs(sizes[1] / sizes[0] - 1) < MARGIN


def test_the_bench_sends_a_composite_with_all_that_crossplane_writes_on_it(hub: Hub, team: Team) -> None:
    claim = team.adopt(example("minimal"))
    name = claim["metadata"]["name"]
    hub.apply(claim)
    hub.until_ready(name, team.namespace)
    composite = hub.claim(name, team.namespace)
    assert composite is not None
    written = {**composite, "spec": claim["spec"], "metadata": claim["metadata"]}
    made = as_stored(written, hub.composed(name, team.namespace).values())
    assert made["metadata"].keys() >= composite["metadata"].keys() - {"annotations"}
    real, ours = (item["spec"]["crossplane"]["resourceRefs"] for item in (composite, made))
    assert sorted(real, key=str) == sorted(ours, key=str)


def without(item: Item) -> Item:
    """An object of which nobody has kept who owns what."""
    metadata = {name: value for name, value in item["metadata"].items() if name != "managedFields"}
    return {**item, "metadata": metadata}


def length(item: Item) -> int:
    """Letters of all that is kept of an object's owners."""
    return len(json.dumps(item["metadata"]["managedFields"], separators=(",", ":")))


def core_fields(item: Item) -> set[tuple[str, ...]]:
    """The fields that Crossplane owns."""
    entries = [entry for entry in item["metadata"]["managedFields"] if entry["manager"].startswith(CORE)]
    return {path for entry in entries for path in paths(entry["fieldsV1"])}


def paths(fields: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, below in fields.items():
        if below:
            yield from paths(below, (*path, name))
        elif name != ".":
            yield (*path, name)
