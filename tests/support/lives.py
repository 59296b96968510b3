"""Lives of claims in the simulator, for tests that need what is really observed after some calls."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import struct_pb2

from argosy.catalog import COMPOSITES, ENGINES, makers
from argosy.cli.composite import composite_of, owner_of
from argosy.cli.options import claims, sample_hub
from argosy.cli.request import KEY_ANNOTATION, Answer, Caller, ask, build_request
from argosy.function import fill
from argosy.simulator import Simulator

ROOT = Path(__file__).parents[2]
EXAMPLES = tuple(sorted((ROOT / "examples").glob("*ekscluster/*.yaml")))
"""Of every kind that users write."""
EXAMPLE_NAMES = tuple(sorted({path.stem for path in EXAMPLES}))
ENGINE = "upbound"
CLUSTER_ENGINE = "upbound-cluster"
"""The engine of claims."""
LIVES = tuple((name, engine) for engine in ENGINES for name in EXAMPLE_NAMES)
"""Every example on every engine."""
every_life = pytest.mark.parametrize(("name", "engine"), LIVES, ids=("-".join(life) for life in LIVES))
"""A test of every example on every engine."""
every_engine = pytest.mark.parametrize("engine", ENGINES)
UPBOUND_LIVES = tuple(life for life in LIVES if life[1] in (ENGINE, CLUSTER_ENGINE))
every_upbound_life = pytest.mark.parametrize(
    ("name", "engine"), UPBOUND_LIVES, ids=("-".join(life) for life in UPBOUND_LIVES)
)
every_upbound_engine = pytest.mark.parametrize("engine", (ENGINE, CLUSTER_ENGINE))
"""The same of the engines whose objects a provider of Crossplane serves: they can be paused, and observe alone."""
QUIET = 2
"""Calls without a change, while nothing is under way on AWS, after which nothing will change any more."""

Objects = dict[str, dict[str, Any]]


def example_file(name: str, engine: str = ENGINE) -> Path:
    """The file of an example, of the kind that an engine makes."""
    (kind,) = (found.written_kind for found in COMPOSITES if found.made_by(ENGINES[engine]))
    return ROOT / "examples" / kind.lower() / f"{name}.yaml"


def example(name: str, engine: str = ENGINE) -> dict[str, Any]:
    """The composite of an example."""
    return _composed_by(engine, composite_of(copy.deepcopy(_written(example_file(name, engine))), engine))


@cache
def _written(file: Path) -> dict[str, Any]:
    (claim,) = claims([str(file)])
    return claim


def hub_facts() -> list[dict[str, Any]]:
    """The sample hub facts. Like a claim's file they are read once: thousands of lives start with them."""
    return copy.deepcopy(_hub_facts())


_hub_facts = cache(sample_hub)


def claim_of(
    spec: Mapping[str, Any], name: str = "orders", namespace: str = "team-orders", engine: str = ENGINE
) -> dict[str, Any]:
    """The composite of a claim with that spec."""
    claim = {
        "apiVersion": "fleet.argosy.dev/v1alpha1",
        "kind": "XEKSCluster",
        "metadata": {"name": name, "namespace": namespace},
        "spec": dict(spec),
    }
    return _composed_by(engine, composite_of(claim, engine))


def within(engine: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec without what an engine lacks: a random claim would only be refused for it."""
    able = copy.deepcopy(dict(spec))
    for path in ENGINES[engine].lacks:
        section, groups, field = path.replace("[]", "").split(".")
        for item in able.get(section, {}).get(groups, ()):
            item.pop(field, None)
    return able


def _composed_by(engine: str, composite: dict[str, Any]) -> dict[str, Any]:
    """The composite with its Composition as Crossplane writes it there, if that is not the usual one of its kind."""
    if engine == engine_for(composite):
        return composite
    (found,) = (item for item in COMPOSITES if item.api_version == composite["apiVersion"])
    machinery = {"compositionRef": {"name": f"{found.plural}-{engine}"}}
    return {**composite, "spec": {**composite["spec"], "crossplane": machinery}}


def engine_for(composite: Mapping[str, Any]) -> str:
    """Name of the engine that makes a composite."""
    (found,) = (item for item in COMPOSITES if item.api_version == composite["apiVersion"])
    reference = composite["spec"].get("crossplane", {}).get("compositionRef")
    return reference["name"].removeprefix(f"{found.plural}-") if reference else makers(found)[0].name


def without_status(claim: Mapping[str, Any]) -> dict[str, Any]:
    """The composite without what Crossplane and the function wrote."""
    return {name: value for name, value in claim.items() if name != "status"}


class Structs:
    """Observed objects as protobuf, made once: half of the time of thousands of calls goes into that.

    For objects that nobody changes while this lives.
    """

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[Mapping[str, Any], struct_pb2.Struct]] = {}
        self._last: dict[str, tuple[Mapping[str, Any], struct_pb2.Struct]] = {}

    def of(self, key: str, item: Mapping[str, Any]) -> struct_pb2.Struct:
        """The object of that composition-resource name; an equal one counts as the same."""
        if (known := self._by_id.get(id(item))) is not None:
            return known[1]
        last = self._last.get(key)
        if last is not None and last[0] == item:
            struct = last[1]
        else:
            fill(struct := struct_pb2.Struct(), dict(item))
        self._last[key] = self._by_id[id(item)] = (item, struct)
        return struct


def answer_to(
    claim: dict[str, Any],
    observed: Iterable[Mapping[str, Any]],
    hub: list[dict[str, Any]],
    structs: Structs | None = None,
) -> Answer:
    """What the function answers to a claim, with these objects and hub facts."""
    engine = engine_for(claim)
    if structs is None:
        return Caller(claim=claim, engine=engine, required=hub).call(observed)
    request = build_request(claim, engine, (), hub)
    for item in observed:
        key = item["metadata"]["annotations"][KEY_ANNOTATION]
        request.observed.resources[key].resource.CopyFrom(structs.of(key, item))
    return ask(request, hub)


@dataclass
class Life:
    """A claim between the function and the simulator."""

    claim: dict[str, Any]
    hub: list[dict[str, Any]] = field(default_factory=hub_facts)
    simulator: Simulator = field(default_factory=Simulator)
    observed: Objects = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.simulator.server.composite = owner_of(self.claim)

    def call(self) -> Answer:
        """What the function answers now; nothing is changed."""
        return answer_to(self.claim, self.observed.values(), self.hub)

    def live(self, told: Answer | None = None) -> Answer:
        """One call, applied; the world goes on by one beat. A FATAL answer changes nothing.

        Args:
            told: the answer, if it is known already.
        """
        told = told or self.call()
        if told.fatal is None:
            status = {**told.status, "conditions": told.conditions}
            self.claim = {**self.claim, "status": status}
            self.simulator.apply(list(told.desired.values()))
        self.simulator.step()
        self.observed = by_key(self.simulator.observed())
        return told

    def passes(self, most: int = 150) -> Iterator[Answer]:
        """Answers until nothing changes any more; the last ones repeat.

        The function is called again only when claim or world have changed: that it then says the same is for
        `test_fixpoint.py` to show.
        """
        structs, quiet, told = Structs(), 0, None
        asked: tuple[dict[str, Any], Objects] | None = None
        for _ in range(most):
            question = (self.claim, self.observed)
            if told is None or question != asked:
                told, quiet = answer_to(self.claim, self.observed.values(), self.hub, structs), 0
            elif not self.simulator.restless:
                quiet += 1
            asked = question
            yield self.live(told)
            if quiet >= QUIET:
                return
        raise AssertionError(f"not settled after {most} calls: {told.conditions if told else None}")

    def settle(self) -> Answer:
        """Lives until nothing changes any more, and gives the last answer."""
        *_, last = self.passes()
        return last

    def change(self, spec: Mapping[str, Any]) -> Life:
        """The same world, a changed claim: fields of `spec` in the place of the claim's."""
        changed = copy.deepcopy(self)
        changed.claim = {**changed.claim, "spec": {**self.claim["spec"], **spec}}
        return changed


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One call in the life of a claim.

    Attributes:
        claim: the claim with the status that the call before left.
        observed: what existed at the call.
        before: what the call before wanted; nothing at the first.
        answer: what this call wants.
    """

    claim: dict[str, Any]
    observed: Objects
    before: Objects
    answer: Answer


def moments(life: Life) -> tuple[Moment, ...]:
    """The calls of a life, up to the first that changes nothing any more.

    Nothing in them may be changed: they are shared.
    """
    found: list[Moment] = []
    claim, observed, before = life.claim, life.observed, Objects()
    for told in life.passes():
        assert told.fatal is None, told.fatal
        moment = Moment(claim=claim, observed=observed, before=before, answer=told)
        if not found or (moment.observed, moment.claim) != (found[-1].observed, found[-1].claim):
            found.append(moment)
        claim, observed, before = life.claim, life.observed, told.desired
    return tuple(found)


@cache
def life_of(name: str, engine: str = ENGINE) -> tuple[Moment, ...]:
    """The whole life of an example."""
    return moments(Life(example(name, engine)))


def by_key(objects: Iterable[dict[str, Any]]) -> Objects:
    """Observed objects by composition-resource name."""
    return {item["metadata"]["annotations"][KEY_ANNOTATION]: item for item in objects}
