"""What hypothesis draws: requests of no sense, changed requests, spoilt bytes."""

from __future__ import annotations

import random
from collections.abc import Mapping

from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from google.protobuf.message import DecodeError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from argosy.catalog import COMPOSITES
from argosy.function import fill
from argosy.input import HUB_FACTS_NAME
from argosy.unknown import Json
from tests.hostile.judge import Tally, judge
from tests.hostile.mutation import ODD, mutated, seeds

NAMES = st.sampled_from(
    ["apiVersion", "kind", "metadata", "name", "namespace", "spec", "status", "conditions", "region", "data", "engine"]
) | st.text(max_size=5)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.sampled_from(ODD) | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECT = st.dictionaries(NAMES, JSON, max_size=5)


@st.composite
def nonsense(draw: st.DrawFn) -> fnv1.RunFunctionRequest:
    """A request in which every free part is anything; half of them are of our kind, or they would end at once."""
    request = fnv1.RunFunctionRequest()
    claim = draw(OBJECT)
    if draw(st.booleans()):
        claim |= {"apiVersion": COMPOSITES[0].api_version, "kind": COMPOSITES[0].kind}
    if draw(st.booleans()):
        claim |= {"metadata": {"name": "orders", "namespace": "team-orders"}}
    fill(request.observed.composite.resource, claim)
    fill(request.input, {"engine": "upbound"} if draw(st.booleans()) else draw(OBJECT))
    fill(request.context, draw(OBJECT))
    for item in draw(st.lists(OBJECT, max_size=2)):
        fill(request.required_resources[HUB_FACTS_NAME].items.add().resource, item)
    for key, item in draw(st.dictionaries(st.sampled_from(["cluster", "vpc", "role-cluster", "x"]), OBJECT)).items():
        fill(request.observed.resources[key].resource, item)
    for key, item in draw(st.dictionaries(NAMES, OBJECT, max_size=2)).items():
        fill(request.desired.resources[key].resource, item)
    return request


def request_of(data: bytes) -> fnv1.RunFunctionRequest | None:
    """The request that bytes are, or None: then gRPC answers the call and the function never sees it."""
    try:
        return fnv1.RunFunctionRequest.FromString(data)
    except DecodeError:
        return None


def spoilt(data: bytes, dice: random.Random) -> bytes:
    """Bytes of which some are others; seldom more or fewer, which shifts the rest and leaves no request."""
    for _ in range(dice.choice((1, 2, 8))):
        start, length = dice.randrange(len(data) + 1), dice.randrange(1, 4)
        new = bytes(dice.randrange(128) for _ in range(length))
        data = data[:start] + new + data[start + length + (dice.choice((-1, 1)) if dice.random() < 0.1 else 0) :]
    return data


def changed(number: int) -> fnv1.RunFunctionRequest:
    """A real request with some changes."""
    dice = random.Random(number)
    return mutated(dice.choice(seeds()), dice)


def damaged(number: int) -> fnv1.RunFunctionRequest | None:
    """A real request whose bytes suffered, if it is a request still."""
    dice = random.Random(number)
    return request_of(spoilt(dice.choice(seeds()), dice))


NUMBERS = st.integers(0, 2**64 - 1)
KINDS: Mapping[str, tuple[st.SearchStrategy[fnv1.RunFunctionRequest | None], int]] = {
    "requests of no sense": (nonsense(), 10),
    "changed requests": (NUMBERS.map(changed), 60),
    "spoilt bytes": (NUMBERS.map(damaged), 30),
}
"""Kinds of inputs, and how many of a hundred are of each."""


def run(strategy: st.SearchStrategy[fnv1.RunFunctionRequest | None], count: int, seed: int, tally: Tally) -> None:
    """Judges so many inputs, the same ones for the same seed.

    Raises:
        Broken: for the first of which a property does not hold.
    """

    @seeded(seed)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(strategy)
    def judged(request: fnv1.RunFunctionRequest | None) -> None:
        if request is None:
            tally.seen["unreadable"] += 1
        else:
            judge(request, tally)

    judged()
