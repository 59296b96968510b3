"""What is remembered of a claim changes no answer: not one byte, whatever else has changed (design 3.1).

An answer that was made of what is no longer there could lose a field, and with it a database.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from google.protobuf import struct_pb2

from argosy.cli.options import sample_hub
from argosy.cli.request import build_request
from argosy.function import Drawing, answer
from argosy.memory import CLAIMS, Memory
from argosy.observed import Observed
from tests.hostile.mutation import mutated
from tests.support.lives import ENGINE, engine_for, every_engine, every_life, life_of

SEEDS = 60
"""Mutations of one request."""


def _request(name: str, engine: str, moment: int = -1) -> fnv1.RunFunctionRequest:
    found = life_of(name, engine)[moment]
    return build_request(found.claim, engine_for(found.claim), found.observed.values(), sample_hub())


def _bytes(reply: fnv1.RunFunctionResponse) -> bytes:
    return reply.SerializeToString(deterministic=True)


def _primed(request: fnv1.RunFunctionRequest) -> Memory[Drawing]:
    """A memory that has made the answer to a request, and has written its manifests again."""
    memory = Memory[Drawing]()
    for _ in range(3):
        answer(request, memory=memory)
    return memory


def _same(memory: Memory[Drawing]) -> Memory[Drawing]:
    """Another memory of the same: a call changes it."""
    other = Memory[Drawing]()
    other._entries = dict(memory._entries)
    return other


def _remembers(memory: Memory[Drawing], request: fnv1.RunFunctionRequest) -> bool:
    def make() -> Drawing:
        raise LookupError

    try:
        return memory.recall(Observed(request), make)[1]
    except LookupError:
        return False


@every_life
def test_through_a_whole_life_the_answers_are_the_same(name: str, engine: str) -> None:
    memory = Memory[Drawing]()
    for moment in range(len(life_of(name, engine))):
        request = _request(name, engine, moment)
        alone = _bytes(answer(request))
        assert [_bytes(answer(request, memory=memory)) for _ in range(3)] == [alone] * 3


@every_engine
def test_a_settled_claim_is_remembered(engine: str) -> None:
    request = _request("production", engine)
    memory = _primed(request)
    assert _remembers(memory, request)


@every_engine
def test_each_value_that_was_read_counts(engine: str) -> None:
    """The one that differs may be anywhere in the claim, its status or an object, or be missing."""
    request = _request("production", engine)
    before = _primed(request)
    for key, path in _drawn(before):
        for value in (None, "other"):
            changed = copy.deepcopy(request)
            resource = changed.observed.resources[key] if key else changed.observed.composite
            if not _set(resource.resource, path, value):
                continue
            assert not _remembers(_same(before), changed), (key, path, value)
            assert _bytes(answer(changed, memory=_same(before))) == _bytes(answer(changed)), (key, path, value)


def _drawn(memory: Memory[Drawing]) -> list[tuple[str, tuple[str | int, ...]]]:
    """Names of objects, empty for the composite, and paths of what was read of them to make plan and manifests."""
    ((record, _),) = filter(None, memory._entries.values())
    found = [("", path) for path, value in record.composite.values.items() if value is not None]
    found += [(key, path) for key, reads in record.views.items() for path, value in reads.values.items() if value]
    assert any(key for key, _ in found), "nothing of an object is read: then nothing is tested"
    return found


def _set(struct: struct_pb2.Struct, path: tuple[str | int, ...], value: str | None) -> bool:
    """Changes the value at a path; says whether that is another one."""
    *around, last = map(str, path)  # an item of a list stands in no field, so it is not found
    fields = struct.fields
    for step in around:
        if step not in fields:
            return False
        fields = fields[step].struct_value.fields
    if last not in fields:
        return False
    if value is None:
        del fields[last]
        return True
    fields[last].string_value = value
    return True


@every_engine
def test_what_a_claim_asks_for_now_counts(engine: str) -> None:
    request = _request("production", engine)
    before = _primed(request)
    for path in _leaves(life_of("production", engine)[-1].claim["spec"]):
        changed = copy.deepcopy(request)
        assert _set(changed.observed.composite.resource, ("spec", *path), None), path
        assert _bytes(answer(changed, memory=_same(before))) == _bytes(answer(changed)), path


def _leaves(values: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from ((name, *rest) for rest in _leaves(value))
        else:
            yield (name,)


@every_engine
def test_a_request_in_which_something_odd_stands_is_answered_as_if_it_were_the_first(engine: str) -> None:
    request = _request("production", engine)
    before = _primed(request)
    for seed in range(SEEDS):
        changed = mutated(request.SerializeToString(deterministic=True), random.Random(seed))
        assert _bytes(answer(changed, memory=_same(before))) == _bytes(answer(changed)), seed


@pytest.mark.parametrize("what", ["input", "hub facts", "an object more", "an object less"])
def test_all_that_is_given_beside_the_claim_counts(what: str) -> None:
    request = _request("production", ENGINE)
    changed = copy.deepcopy(request)
    match what:
        case "input":
            changed.input.fields["settledTtlSeconds"].number_value = 700
        case "hub facts":
            (facts,) = changed.required_resources["argosy"].items
            facts.resource.fields["data"].struct_value.fields["tags"].struct_value.fields["x"].string_value = "y"
        case "an object more":
            changed.observed.resources["stranger"].CopyFrom(changed.observed.resources["vpc"])
        case _:
            del changed.observed.resources["vpc"]
    assert not _remembers(_primed(request), changed)
    assert _bytes(answer(changed, memory=_primed(request))) == _bytes(answer(changed))


def test_a_number_that_becomes_text_or_a_flag_is_another_value() -> None:
    """In Python 1 is True."""
    one, flag = struct_pb2.Struct(), struct_pb2.Struct()
    one.fields["spec"].number_value, flag.fields["spec"].bool_value = 1, True
    requests = [fnv1.RunFunctionRequest(), fnv1.RunFunctionRequest()]
    for request, struct in zip(requests, (one, flag), strict=True):
        request.observed.composite.resource.CopyFrom(struct)
    first, second = map(Observed, requests)
    assert first.composite.get(("spec",)) == second.composite.get(("spec",))
    assert first.repeats(first.record())
    assert not second.repeats(first.record())


def test_only_the_last_claims_are_remembered() -> None:
    """Else the memory of a function that serves thousands of clusters would grow for ever."""
    memory, requests = Memory[Drawing](), []
    for number in range(CLAIMS + 3):
        request = _request("minimal", ENGINE, 0)
        metadata = request.observed.composite.resource.fields["metadata"].struct_value
        metadata.fields["name"].string_value = f"claim-{number}"
        requests.append(request)
        for _ in range(2):
            answer(request, memory=memory)
        answer(requests[0], memory=memory)  # asked for all the time, so never the oldest
    assert len(memory._entries) == CLAIMS
    assert _remembers(memory, requests[0])
    assert _remembers(memory, requests[-1])
    assert not _remembers(memory, requests[1])


def test_a_claim_is_remembered_when_it_is_called_for_again() -> None:
    """Where thousands are called for in turn nothing is kept: it would be looked at by the garbage collector alone."""
    memory, request = Memory[Drawing](), _request("minimal", ENGINE)
    answer(request, memory=memory)
    assert not _remembers(_same(memory), request)
    answer(request, memory=memory)
    assert _remembers(memory, request)


def test_a_claim_that_is_refused_is_not_remembered() -> None:
    request = _request("minimal", ENGINE)
    memory = _primed(request)
    changed = copy.deepcopy(request)
    changed.observed.composite.resource.fields["spec"].struct_value.fields["region"].string_value = "mars-north-1"
    assert "mars" in answer(changed, memory=memory).results[0].message
    assert not _remembers(memory, changed)
