"""A small run that was never made, of which the answer is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from bench.cases import Case
from bench.commandline import Fleet
from bench.goals import judged
from bench.growth import Beside, Endurance, Lap, Wait
from bench.results import Results, document
from bench.rounds import Effort, Measured, Start, Turn
from bench.sequences import AGAIN, CHANGED, NEW
from bench.startup import Imports, Package


def turn(
    contestant: str,
    number: int,
    cpu_ms: float,
    latencies: tuple[float, ...] = (0.01, 0.02),
    case: str = "size-100",
    sequence: str = NEW,
) -> Turn:
    return Turn(
        contestant=contestant,
        case=case,
        sequence=sequence,
        callers=1,
        round=number,
        wall_seconds=0.5,
        cpu_seconds=cpu_ms / 1000 * len(latencies),
        calls=tuple(sorted(latencies)),
    )


def turns() -> Iterator[Turn]:
    """Three rounds, of which the machine was half as fast in the second."""
    for number, slow in enumerate((1, 2, 1)):
        yield turn("floor", number, 2 * slow)
        yield turn("argosy", number, 6 * slow, latencies=(0.01, 0.01, 0.01, 0.03))
        yield turn("patch-and-transform", number, 90 * slow)
        for case in ("size-100", "size-100-ack"):
            for sequence in (AGAIN, CHANGED):
                yield turn("floor", number, 2 * slow, case=case, sequence=sequence)
                yield turn("argosy", number, 3 * slow, case=case, sequence=sequence)
        for case, cpu_ms in (("size-150", 9), ("production", 4)):
            yield turn("floor", number, 3 * slow, case=case)
            yield turn("argosy", number, cpu_ms * slow, case=case)


def case_of(name: str, engine: str = "upbound") -> Case:
    objects = int(name.split("-")[1]) if "-" in name else 62
    request = fnv1.RunFunctionRequest(meta=fnv1.RequestMeta(tag=name))
    for number in range(objects):
        request.observed.resources[str(number)].resource.fields["metadata"].struct_value.fields[
            "managedFields"
        ].string_value = "x"
    request.observed.composite.resource.fields["metadata"].struct_value.fields["managedFields"].string_value = "x"
    return Case(
        name=name,
        engine=engine,
        composite={},
        observed={str(number): {} for number in range(objects)},
        request=request,
        answer=fnv1.RunFunctionResponse(),
    )


@pytest.fixture
def measured() -> Measured:
    found = Measured(turns=list(turns()))
    found.starts.append(Start(contestant="argosy", spawn_seconds=0.4, first_call_seconds=0.1, resident_bytes=2**20))
    found.resident_bytes = dict.fromkeys(("floor", "argosy", "patch-and-transform"), 2**26)
    return found


@pytest.fixture
def results(measured: Measured) -> Results:
    laps = (Lap(calls=calls, cpu_ms=5, resident_mib=60 + calls / 1000) for calls in range(250, 4001, 250))
    packages = (
        Package(name="grpc", modules=9, self_ms=30, active=True),
        Package(name="html", modules=2, self_ms=10, active=False),
    )
    return Results(
        command="python -m bench",
        effort=Effort(rounds=3, seconds=1, starts=1),
        cases=[*map(case_of, ("production", "size-100", "size-150")), case_of("size-100-ack", "ack")],
        missing={},
        measured=measured,
        endurance=Endurance(objects=100, clusters=1000, laps=tuple(laps)),
        beside=Beside(
            long="largest", short="minimal", alone_seconds=0.01, waits=(Wait(seconds=0.11, long_seconds=0.2),)
        ),
        imports=Imports(packages=packages, late=()),
        image={"grpc": 17.8, "argosy": 0.8, "click": 0.2},
        commands=(
            Fleet(
                command="validate",
                claims=100,
                rounds=1,
                alone_cpu_seconds=2.5,
                together_cpu_seconds=2.6,
                cpu_ratio=1.04,
                wall_ratio=0.6,
                cpu_ms_per_claim=17,
            ),
        ),
    )


@pytest.fixture
def told(results: Results) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document(results, list(judged(results)))))
    return found
