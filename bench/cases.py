"""Real requests: what Crossplane sends for claims that have settled in the simulator, with all that it sends.

The smallest example, the one that people copy for production, and a claim with as much of everything as the schema
takes, which no message of gRPC's usual size holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.cli.options import sample_hub
from argosy.cli.request import ask, build_request, read_answer
from argosy.function import answer
from bench.ownership import composite_with_ownership, with_ownership
from tests.properties.test_largest import largest
from tests.support.lives import ENGINE, Life, claim_of, example

NAMES = ("minimal", "production", "largest")
LONG = "largest"
"""The case of which a hundred calls at once would be minutes of work for a slow server, and gigabytes."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A claim that has settled, and what is sent for it.

    Attributes:
        composite: the composite with its status.
        observed: its objects by composition-resource name, as the API server has them.
        request: what Crossplane sends to us; its tag is the name, by which servers tell cases apart.
        answer: what we say.
    """

    name: str
    composite: Mapping[str, Any]
    observed: Mapping[str, Mapping[str, Any]]
    request: fnv1.RunFunctionRequest
    answer: fnv1.RunFunctionResponse

    @cached_property
    def desired(self) -> dict[str, dict[str, Any]]:
        """What we compose, by composition-resource name."""
        return plain(self.answer)

    @property
    def objects(self) -> int:
        """How many objects there are."""
        return len(self.observed)


def plain(reply: fnv1.RunFunctionResponse) -> dict[str, dict[str, Any]]:
    """The resources of an answer as plain values, by composition-resource name."""
    return read_answer(reply).desired


@cache
def case(name: str, engine: str = ENGINE) -> Case:
    """The case of that name.

    Raises:
        ValueError: the claim is refused, so that there is nothing to measure.
    """
    life = Life(claim_of(largest(), engine=engine) if name == LONG else example(name, engine))
    told = life.settle()
    if told.fatal is not None:
        raise ValueError(f"{name}: {told.fatal}")
    composite = composite_with_ownership(life.claim)
    observed = {key: with_ownership(item, told.desired[key]) for key, item in life.observed.items()}
    request = build_request(composite, engine, observed.values(), life.hub)
    ask(request, sample_hub())  # what we ask for is in it then, as in the last of Crossplane's calls
    request.meta.tag = name
    return Case(name=name, composite=composite, observed=observed, request=request, answer=answer(request))
