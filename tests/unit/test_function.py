"""What is not understood, or goes wrong inside, stops one claim and changes nothing (REL-01, design 3.4)."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import grpc
import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy import function
from argosy.cli.options import sample_hub
from argosy.cli.request import build_request, read_answer
from argosy.function import FunctionRunner, answer
from tests.support.lives import ENGINE, life_of

LAST = life_of("minimal")[-1]


class Log:
    """Remembers what was logged."""

    def __init__(self) -> None:
        self.errors: list[dict[str, Any]] = []

    def error(self, event: str, **fields: Any) -> None:
        self.errors.append({"event": event, **fields})


def request() -> fnv1.RunFunctionRequest:
    return build_request(LAST.claim, ENGINE, LAST.observed.values(), sample_hub())


def breaks(*_: object, **__: object) -> Any:
    raise RuntimeError("arn:aws:iam::111122223333:role/secret")


def test_an_exception_is_fatal_short_logged_and_keeps_all_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """REL-01, REL-24, TEN-24: of the exception nothing but its type is told."""
    log = Log()
    monkeypatch.setattr(function, "settle", breaks)
    given = build_request(LAST.claim, ENGINE, LAST.observed.values(), sample_hub())
    told = read_answer(answer(given, cast("Any", log)))
    assert told.fatal == (
        "function-argosy: defect in function-argosy, nothing is changed: RuntimeError; its log has the traceback"
    )
    assert told.desired == {}
    assert told.ttl_seconds == 30
    (logged,) = log.errors
    assert logged["name"] == "team-orders/orders"
    assert "RuntimeError: arn:aws:iam::111122223333:role/secret" in logged["traceback"]
    told_of = {item["type"]: (item["status"], item["reason"]) for item in told.conditions}
    before = {item["type"]: (item["status"], item["reason"]) for item in LAST.answer.conditions}
    assert told_of == {**before, "ControlPlaneReady": ("False", "Refused")}


def test_hub_facts_that_crossplane_was_not_asked_for_are_no_missing_hub_facts() -> None:
    """REL-01: a Composition without the requirement would take every registered cluster out of Argo CD."""
    given = request()
    del given.required_resources["argosy"]
    told = read_answer(answer(given))
    assert told.fatal is not None
    assert told.fatal.startswith("the Composition's requirements: lack requiredResources argosy")


def test_an_engine_that_the_function_does_not_know_is_refused() -> None:
    given = request()
    given.input.fields["engine"].string_value = "terraform"
    told = read_answer(answer(given))
    assert told.fatal is not None
    assert told.fatal.startswith("the Composition's input.engine: 'terraform' is unknown")


@pytest.mark.parametrize("name", ["metadata", "spec"])
def test_a_composite_without_what_every_composite_has_is_refused(name: str) -> None:
    given = request()
    del given.observed.composite.resource.fields[name]
    told = read_answer(answer(given))
    assert told.fatal is not None
    assert "defect" not in told.fatal
    assert told.fatal.startswith({"metadata": "metadata.namespace", "spec": "spec.region"}[name])


def test_an_empty_request_is_fatal() -> None:
    told = read_answer(answer(fnv1.RunFunctionRequest()))
    assert told.fatal == "kind: function-argosy composes no None of None"


def test_the_server_gives_the_same_answer() -> None:
    given = build_request(LAST.claim, ENGINE, LAST.observed.values(), sample_hub())
    context = cast("grpc.aio.ServicerContext[Any, Any]", None)
    assert asyncio.run(FunctionRunner().RunFunction(given, context)) == answer(given)


def test_ttl_and_readiness_say_what_is_awaited() -> None:
    """Design 2.7, 3.4: short while something is made, long when settled; not ready while a gate is closed."""
    for moment in life_of("minimal"):
        awaited = [item for item in moment.answer.conditions if item["status"] != "True" and item["reason"] != "Active"]
        assert (moment.answer.ttl_seconds <= 30) == bool(awaited)
        assert moment.answer.ttl_seconds > 0
        registered = moment.answer.conditions[-2]["status"] == "True"
        assert not moment.answer.finished or registered
