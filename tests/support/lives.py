"""Lives of claims in the simulator, for tests that need what is really observed after some calls."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import struct_pb2

from argosy.cli.options import claims, sample_hub
from argosy.cli.request import KEY_ANNOTATION, Answer, Caller, build_request, read_answer
from argosy.function import answer, fill
from argosy.simulator import Simulator

ROOT = Path(__file__).parents[2]
EXAMPLES = tuple(sorted((ROOT / "examples" / "xekscluster").glob("*.yaml")))
EXAMPLE_NAMES = tuple(path.stem for path in EXAMPLES)
ENGINE = "upbound"
QUIET = 2
"""Calls without a change, while nothing is under way on AWS, after which nothing will change any more."""

Objects = dict[str, dict[str, Any]]


def example(name: str) -> dict[str, Any]:
    """The claim of an example."""
    (claim,) = claims(str(ROOT / "examples" / "xekscluster" / f"{name}.yaml"))
    return claim


def claim_of(spec: Mapping[str, Any], name: str = "orders", namespace: str = "team-orders") -> dict[str, Any]:
    """A claim with that spec."""
    return {
        "apiVersion": "fleet.argosy.dev/v1alpha1",
        "kind": "XEKSCluster",
        "metadata": {"name": name, "namespace": namespace},
        "spec": dict(spec),
    }


def without_status(claim: Mapping[str, Any]) -> dict[str, Any]:
    """The claim as its author wrote it."""
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
    if structs is None:
        return Caller(claim=claim, engine=ENGINE, required=hub).call(observed)
    request = build_request(claim, ENGINE, (), hub)
    for item in observed:
        key = item["metadata"]["annotations"][KEY_ANNOTATION]
        request.observed.resources[key].resource.CopyFrom(structs.of(key, item))
    return read_answer(answer(request))


@dataclass
class Life:
    """A claim between the function and the simulator."""

    claim: dict[str, Any]
    hub: list[dict[str, Any]] = field(default_factory=sample_hub)
    simulator: Simulator = field(default_factory=Simulator)
    observed: Objects = field(default_factory=dict)

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
def life_of(name: str) -> tuple[Moment, ...]:
    """The whole life of an example."""
    return moments(Life(example(name)))


def by_key(objects: Iterable[dict[str, Any]]) -> Objects:
    """Observed objects by composition-resource name."""
    return {item["metadata"]["annotations"][KEY_ANNOTATION]: item for item in objects}
