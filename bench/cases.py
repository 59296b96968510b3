"""Real requests: what Crossplane sends for claims that have settled in the simulator, with all that it sends.

The smallest example, the one that people copy for production, a claim with as much of everything as the schema takes,
which no message of gRPC's usual size holds, and claims that differ in size alone.
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
from bench.ownership import as_stored, with_ownership
from tests.properties.test_largest import largest
from tests.support.lives import ENGINE, Life, claim_of, example

NAMES = ("minimal", "production", "largest")
LONG = "largest"
"""The case of which a hundred calls at once would be minutes of work for a slow server, and gigabytes."""
NAME = "bench-00000"
"""Of every claim: a text that stands nowhere else, so that a request can become one for another cluster."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """A claim of a size: how many of everything that people add to one."""

    groups: int = 0
    databases: int = 0
    identities: int = 0
    entries: int = 0
    network: Mapping[str, Any] | None = None

    def spec(self) -> dict[str, Any]:
        """What is written in the claim."""
        iam = "arn:aws:iam::111122223333"
        entry = {"policies": [{"name": "AmazonEKSViewPolicy"}]}
        worker = {"namespace": "jobs"}
        return {
            "region": "us-east-1",
            **({"network": dict(self.network), "argocd": {"register": False}} if self.network else {}),
            "nodes": {"groups": [{"name": f"group-{number}"} for number in range(self.groups)]},
            "databases": [{"name": f"db-{number}", "engine": "AuroraPostgreSQL"} for number in range(self.databases)],
            "identities": [
                {"name": name, "serviceAccount": name, "policyArns": [f"{iam}:policy/{name}"], **worker}
                for name in (f"worker-{number}" for number in range(self.identities))
            ],
            "access": {
                "entries": [{"principalArn": f"{iam}:role/entry-{n}", **entry} for n in range(self.entries)],
            },
        }


SIZES = {
    27: Size(network={"zones": ["a", "b"], "natGateways": "None", "flowLogs": {"enabled": False}}),
    50: Size(identities=1),
    100: Size(groups=4, databases=1, identities=7, entries=2),
    150: Size(groups=10, databases=3, identities=15, entries=5),
    200: Size(groups=15, databases=5, identities=20, entries=10),
    400: Size(groups=20, databases=10, identities=50, entries=50),
}
"""By number of objects, give or take two in a hundred; the first is a bare network and a control plane."""
HUNDRED = "size-100"
"""The case that goals speak of."""


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
    engine: str = ENGINE
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

    @property
    def bare_bytes(self) -> int:
        """How long the request would be if nobody had kept who owns which field."""
        bare = fnv1.RunFunctionRequest()
        bare.CopyFrom(self.request)
        for item in (bare.observed.composite, *bare.observed.resources.values()):
            del item.resource.fields["metadata"].struct_value.fields["managedFields"]
        return int(bare.ByteSize())


def plain(reply: fnv1.RunFunctionResponse) -> dict[str, dict[str, Any]]:
    """The resources of an answer as plain values, by composition-resource name."""
    return read_answer(reply).desired


def sized(objects: int) -> str:
    """Name of the case of that size."""
    return f"size-{objects}"


@cache
def case(name: str, engine: str = ENGINE) -> Case:
    """The case of that name; with another engine than the usual one it is called after both.

    Raises:
        ValueError: the claim is refused, so that there is nothing to measure.
    """
    life = Life(_claim(name, engine))
    told = life.settle()
    if told.fatal is not None:
        raise ValueError(f"{name}: {told.fatal}")
    observed = {key: with_ownership(item, told.desired[key]) for key, item in life.observed.items()}
    composite = as_stored(life.claim, observed.values())
    request = build_request(composite, engine, observed.values(), life.hub)
    ask(request, sample_hub())  # what we ask for is in it then, as in the last of Crossplane's calls
    request.meta.tag = name if engine == ENGINE else f"{name}-{engine}"
    return Case(
        name=request.meta.tag,
        engine=engine,
        composite=composite,
        observed=observed,
        request=request,
        answer=answer(request),
    )


def _claim(name: str, engine: str) -> dict[str, Any]:
    specs = {LONG: largest, **{sized(objects): size.spec for objects, size in SIZES.items()}}
    spec = specs[name]() if name in specs else example(name, engine)["spec"]
    return claim_of(spec, name=NAME, engine=engine)
