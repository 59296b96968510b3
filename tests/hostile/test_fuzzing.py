"""The fuzzers can find something: each property fails for a function that breaks it, and inputs reach both answers."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable

import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.function import LARGEST_ANSWER, answer
from tests.hostile import judge as judging
from tests.hostile.draws import KINDS, run
from tests.hostile.judge import Broken, Tally, judge
from tests.hostile.mutation import WEIGHTS, mutated, seeds
from tests.support.lives import ROOT

INPUTS = 200
CALLS = itertools.count()
Ask = Callable[[fnv1.RunFunctionRequest], fnv1.RunFunctionResponse]


def request_of(seed: bytes) -> fnv1.RunFunctionRequest:
    return fnv1.RunFunctionRequest.FromString(seed)


def raises(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    raise KeyError("vpc")


def drops(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    reply = answer(request)
    reply.desired.resources.pop("subnet-private-a", None)
    return reply


def drops_the_secret(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    reply = answer(request)
    reply.desired.resources.pop("argocd-cluster-secret", None)
    return reply


def counts(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    reply = answer(request)
    reply.meta.tag = str(next(CALLS))
    return reply


def writes(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    request.observed.resources["cluster"].ready = fnv1.READY_TRUE
    return answer(request)


def shouts(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    reply = answer(request)
    reply.results.add(message="x" * LARGEST_ANSWER)
    return reply


def has_a_defect(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    reply = answer(request)
    reply.results.add(severity=fnv1.SEVERITY_FATAL, message="function-argosy: defect in function-argosy, sorry")
    return reply


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (raises, "KeyError"),
        (drops, "lost subnet-private-a"),
        (drops_the_secret, "lost argocd-cluster-secret"),
        (counts, "answered differently"),
        (writes, "the request was changed"),
        (shouts, "an answer of"),
        (has_a_defect, "defect in function-argosy"),
    ],
)
def test_a_function_that_breaks_a_property_is_found(ask: Ask, words: str) -> None:
    told = []
    for seed in seeds():
        judge(request_of(seed), Tally())
        try:
            judge(request_of(seed), Tally(), ask)
        except Broken as broken:
            told.append(str(broken))
    assert told
    assert all(words in line for line in told), told


def test_a_slow_function_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_SECONDS", 0.0)
    with pytest.raises(Broken, match="processor time"):
        judge(request_of(seeds()[-1]), Tally())


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_of_each_kind_are_judged(kind: str) -> None:
    tally = Tally()
    run(KINDS[kind][0], INPUTS, 1, tally)
    assert sum(tally.seen.values()) == INPUTS
    assert tally.seen["refused"] > INPUTS / 20


def test_changed_requests_are_answered_as_often_as_they_are_refused() -> None:
    """A fuzzer that is always refused never meets the design."""
    tally = Tally()
    run(KINDS["changed requests"][0], INPUTS, 2, tally)
    assert min(tally.seen["answered"], tally.seen["refused"]) > INPUTS / 5


SUM = """
import random, zlib
from tests.hostile.mutation import mutated, seeds
print(zlib.crc32(b"".join(
    mutated(seed, random.Random(number)).SerializeToString(deterministic=True)
    for seed in seeds() for number in range(20)
)))
"""


def test_inputs_are_the_same_in_another_process() -> None:
    sums = {
        subprocess.run(
            [sys.executable, "-c", SUM],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(sums) == 1


@pytest.mark.parametrize("mutation", WEIGHTS, ids=[mutation.__name__ for mutation in WEIGHTS])
def test_every_mutation_changes_something_and_the_same_at_every_run(
    mutation: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in WEIGHTS:
        monkeypatch.setitem(WEIGHTS, other, int(other is mutation))
    seed = seeds()[-1]
    made = [
        [mutated(seed, random.Random(number)).SerializeToString(deterministic=True) for number in range(10)]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert any(changed != seed for changed in made[0])
