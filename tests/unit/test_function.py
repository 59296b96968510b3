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
from argosy.function import LARGEST_ANSWER, FunctionRunner, answer, fill
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


def test_conditions_of_any_shape_in_the_status_are_no_exception() -> None:
    """A status can be written by whoever may write the subresource; the call would end with no answer at all."""
    given = request()
    conditions = given.observed.composite.resource.fields["status"].struct_value.fields["conditions"].list_value
    for item in conditions.values:
        item.struct_value.fields["status"].list_value.values.add().bool_value = True
    del given.required_resources["argosy"]
    told = read_answer(answer(given))
    assert told.fatal is not None
    assert "defect" not in told.fatal
    assert {item["status"] for item in told.conditions} == {"Unknown", "False"}


@pytest.mark.parametrize("field", ["name", "namespace"])
@pytest.mark.parametrize("text", ["a\nb", "Orders", "a/b", "-a", "a-", "\u043erders"])
def test_ten_05_a_claim_is_called_what_kubernetes_takes(field: str, text: str) -> None:
    """Its hash is over names with a line break between: `a\\nb` in one would be `a` and `b` in another."""
    given = request()
    given.observed.composite.resource.fields["metadata"].struct_value.fields[field].string_value = text
    told = read_answer(answer(given))
    assert told.fatal == f"metadata.{field}: {text!r} is no name that Kubernetes takes"
    assert told.desired == {}


def test_an_answer_that_crossplane_would_not_take_is_refused() -> None:
    """Its client drops a message of more than 4 MiB, and nobody would learn why nothing happens."""
    given = request()
    fill(given.desired.resources["other"].resource, {"data": "x" * (LARGEST_ANSWER - 10_000)})
    assert given.desired.ByteSize() < LARGEST_ANSWER
    reply = answer(given)
    told = read_answer(reply)
    assert told.fatal is not None
    assert told.fatal.startswith("spec: needs an answer of ")
    assert len(told.conditions) == 7
    assert reply.ByteSize() < LARGEST_ANSWER


def test_a_refusal_is_short_enough_whatever_is_refused() -> None:
    given = request()
    fill(given.desired.resources["other"].resource, {"data": "x" * (LARGEST_ANSWER - 500)})
    given.observed.composite.resource.fields["spec"].struct_value.fields["region"].string_value = "x" * 1_000_000
    reply = answer(given)
    told = read_answer(reply)
    assert told.fatal is not None
    assert told.fatal.endswith("is too long; write at most 24 characters")
    assert reply.ByteSize() < LARGEST_ANSWER
    assert reply.desired.resources == {}


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("account",), "*", "status.account: * is no AWS account"),
        (("account",), ["111122223333"], "status.account: is not what function-argosy wrote there"),
        (("cluster", "name"), {"a": 1}, "status.cluster.name: is not what function-argosy wrote there"),
        (("cluster", "version"), "newest", "status.cluster.version: newest is no Kubernetes version"),
        (("cluster", "version"), [["1.35"]], "status.cluster.version: is not what function-argosy wrote there"),
    ],
)
def test_a_status_that_somebody_else_wrote_is_refused(path: tuple[str, ...], value: Any, told: str) -> None:
    """What is remembered there goes into policies and names, once the object that it came from is not observed."""
    given = request()
    del given.observed.resources["cluster"]
    struct = given.observed.composite.resource.fields["status"].struct_value
    for step in path[:-1]:
        struct = struct.fields[step].struct_value
    fill(struct, {path[-1]: value})
    fatal = read_answer(answer(given)).fatal
    assert fatal is not None
    assert fatal.startswith(told)


@pytest.mark.parametrize("value", ["arn:", "arn:aws:iam::*:role/x", 7, ["arn:aws:iam::111122223333:role/x"], {}])
def test_a_role_arn_that_is_none_tells_no_account(value: Any) -> None:
    given = request()
    facts = given.observed.resources["role-cluster"].resource.fields["status"].struct_value.fields["atProvider"]
    fill(facts.struct_value, {"arn": value})
    told = read_answer(answer(given))
    assert told.fatal is None
    assert told.status["account"] == "111122223333"


@pytest.mark.parametrize("value", [7, ["1.35"], {"a": "1.35"}, True])
def test_a_fact_of_another_type_is_a_fact_that_was_lost(value: Any) -> None:
    given, plain = request(), request()
    for asked, version in ((given, value), (plain, None)):
        facts = asked.observed.resources["cluster"].resource.fields["status"].struct_value.fields["atProvider"]
        fill(facts.struct_value, {"version": version})
    assert read_answer(answer(given)).desired == read_answer(answer(plain)).desired
    assert read_answer(answer(given)).fatal is None
