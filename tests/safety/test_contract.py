"""The contract of composition functions (`contributing/specifications/functions.md` of Crossplane)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from google.protobuf.json_format import MessageToDict

from argosy.cli.options import sample_hub
from argosy.cli.request import build_request
from argosy.function import answer, fill
from tests.safety.stories import STORIES, story
from tests.support.lives import Moment, claim_of, engine_for, every_life, life_of

SETTLED_TTL, AWAITING_TTL = 600, 30


def request_of(moment: Moment) -> fnv1.RunFunctionRequest:
    return build_request(moment.claim, engine_for(moment.claim), moment.observed.values(), sample_hub())


def refused() -> fnv1.RunFunctionRequest:
    return build_request(claim_of({"region": "nowhere-1"}), "upbound", [], sample_hub())


def with_others(request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionRequest:
    """What functions earlier in the pipeline want."""
    fill(request.desired.resources["of-another"].resource, {"apiVersion": "v1", "kind": "ConfigMap"})
    request.desired.resources["of-another"].ready = fnv1.READY_TRUE
    fill(request.desired.composite.resource, {"status": {"ofAnother": "x"}})
    request.context["key"] = "value"
    return request


@every_life
def test_rel_40_the_tag_comes_back_and_means_nothing(name: str, engine: str) -> None:
    for moment in life_of(name, engine):
        replies = []
        for tag in ("", "one", "another"):
            request = request_of(moment)
            request.meta.tag = tag
            reply = answer(request)
            assert reply.meta.tag == tag
            reply.meta.tag = ""
            replies.append(reply)
        assert replies[0] == replies[1] == replies[2]


@every_life
def test_rel_41_what_others_want_survives(name: str, engine: str) -> None:
    for moment in life_of(name, engine):
        reply = answer(with_others(request_of(moment)))
        assert "cluster" not in moment.before or "cluster" in reply.desired.resources
        assert_others_survive(reply)


def test_rel_41_what_others_want_survives_a_refusal() -> None:
    reply = answer(with_others(refused()))
    assert reply.results[0].severity == fnv1.SEVERITY_FATAL
    assert_others_survive(reply)


def assert_others_survive(reply: fnv1.RunFunctionResponse) -> None:
    other = reply.desired.resources["of-another"]
    assert MessageToDict(other) == {"resource": {"apiVersion": "v1", "kind": "ConfigMap"}, "ready": "READY_TRUE"}
    assert MessageToDict(reply.desired.composite.resource)["status"]["ofAnother"] == "x"
    assert dict(reply.context) == {"key": "value"}


@every_life
def test_rel_42_of_the_composite_only_the_status_is_written(name: str, engine: str) -> None:
    for moment in life_of(name, engine):
        composite = answer(request_of(moment)).desired.composite
        assert list(composite.resource) == ["status"]
        assert not composite.connection_details


def test_rel_45_a_refusal_wants_nothing_and_says_so_once() -> None:
    reply = answer(refused())
    assert [result.severity for result in reply.results] == [fnv1.SEVERITY_FATAL]
    assert not reply.desired.resources
    assert not MessageToDict(reply.desired.composite)


@pytest.mark.parametrize("name", STORIES)
def test_rel_45_each_event_is_told_once_when_its_condition_becomes_true(name: str) -> None:
    told = 0
    for before, now in pairwise(story(name)):
        assert len({result["reason"] for result in now.results}) == len(now.results)
        for result in now.results:
            assert result["severity"] == "Normal"
            assert before.condition(result["reason"])["status"] == "False"
            assert now.condition(result["reason"])["status"] == "True"
            told += 1
    assert told


@every_life
def test_rel_47_an_answer_says_how_long_it_holds(name: str, engine: str) -> None:
    seconds = [answer(request_of(moment)).meta.ttl.seconds for moment in life_of(name, engine)]
    assert set(seconds[:-1]) <= {AWAITING_TTL, SETTLED_TTL} and seconds[0] == AWAITING_TTL
    assert seconds[-1] == SETTLED_TTL


def test_rel_47_a_refusal_waits_for_a_person_which_counts_as_settled() -> None:
    assert answer(refused()).meta.ttl.seconds == SETTLED_TTL
