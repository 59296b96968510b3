"""What people and Argo CD see of a cluster is the same whoever made it: status, conditions, the cluster Secret."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Any

import pytest

from argosy.catalog import ENGINES
from argosy.cli.request import Answer
from argosy.engines.ack.facts import DRIFT_WARNING
from argosy.plan import Part
from tests.support.lives import ENGINE, EXAMPLE_NAMES, Life, example, life_of

OTHERS = [name for name in ENGINES if name != ENGINE]
PAIRS = [(name, engine) for name in EXAMPLE_NAMES for engine in OTHERS]
every_pair = pytest.mark.parametrize(("name", "engine"), PAIRS, ids=("-".join(pair) for pair in PAIRS))
COUNT = re.compile(r" \((and )?\d+( more)?\)")
"""How many objects there are is the engine's own business."""


def seen(told: Answer) -> tuple[tuple[str, str, str], ...]:
    """Conditions as a person compares them."""
    return tuple((item["type"], item["status"], item["reason"]) for item in told.conditions)


def transitions(answers: Iterable[Answer]) -> dict[tuple[str, str, str, int], int]:
    """What becomes of each condition, numbered if it does so again, and at which call.

    Two things are an engine's own business. How often a Usage of a guarded claim is being made: `Deletable` is False
    all the while. And whether a provider tells that AWS is at a change of what works, or is silent until it is done.
    """
    found: dict[tuple[str, str, str, int], int] = {}
    last: dict[str, tuple[str, str, str]] = {}
    times: Counter[tuple[str, str, str]] = Counter()
    for number, told in enumerate(answers):
        for kind, status, reason in seen(told):
            now = (kind, status, "Active" if kind == Part.DELETION and reason == "Creating" else reason)
            if now != last.get(kind) and reason != "Changing":
                last[kind] = now
                times[now] += 1
                found[(*now, times[now])] = number
    return found


def check_order(usual: Mapping[Any, int], told: Mapping[Any, int]) -> None:
    """The same transitions, and none before another that comes before it otherwise; some may come at once."""
    assert set(told) == set(usual)
    for one, other in permutations(usual, 2):
        assert usual[one] >= usual[other] or told[one] <= told[other], (one, other)


def secret(told: Answer) -> Mapping[str, Any]:
    """What is written on the hub."""
    manifest: Mapping[str, Any] = told.desired["argocd-cluster-secret"]["spec"]["forProvider"]["manifest"]
    return manifest


@every_pair
def test_status_and_secret_are_equal(name: str, engine: str) -> None:
    usual, told = (life_of(name, made_by)[-1].answer for made_by in (ENGINE, engine))
    assert told.status == usual.status
    assert secret(told) == secret(usual)


@every_pair
def test_conditions_are_equal_word_for_word_but_for_the_number_of_objects(name: str, engine: str) -> None:
    usual, told = (life_of(name, made_by)[-1].answer.conditions for made_by in (ENGINE, engine))
    assert [worded(item) for item in told] == [worded(item) for item in usual]


def worded(condition: Mapping[str, str]) -> dict[str, str]:
    """A condition without what is an engine's own: the number of objects, and the known drift that ACK warns of."""
    message = COUNT.sub("", condition["message"]).replace(f"; cluster {DRIFT_WARNING}", "")
    return {**condition, "message": message}


def test_ack_warns_of_the_drift_of_a_cluster_that_never_had_auto_mode_and_of_no_other() -> None:
    """aws-controllers-k8s/community#3046."""
    for name in EXAMPLE_NAMES:
        told = [item["type"] for item in life_of(name, "ack")[-1].answer.conditions if DRIFT_WARNING in item["message"]]
        assert told == (["ControlPlaneReady"] if name == "node-groups" else [])


@every_pair
def test_conditions_change_in_the_same_order(name: str, engine: str) -> None:
    usual, told = (transitions(moment.answer for moment in life_of(name, made_by)) for made_by in (ENGINE, engine))
    assert len(usual) > 10
    check_order(usual, told)


@every_pair
def test_the_end_is_the_same(name: str, engine: str) -> None:
    """Decommissioned, to the last word."""
    ends = []
    for made_by in (ENGINE, engine):
        life = Life(example(name, made_by))
        life.settle()
        ends.append(list(life.change({"lifecycle": "Decommission"}).passes()))
    usual, told = ends
    check_order(transitions(usual), transitions(told))
    assert told[-1].conditions[-1] == usual[-1].conditions[-1]
    assert seen(told[-1])[-1] == ("Deletable", "True", "Decommissioned")


@pytest.mark.parametrize("engine", OTHERS)
def test_what_is_on_aws_has_the_same_names(engine: str) -> None:
    """So that a cluster can move from one package to the other (docs/claims.md), and people find it either way."""
    for name in EXAMPLE_NAMES:
        usual, told = (life_of(name, made_by)[-1].observed for made_by in (ENGINE, engine))
        on_aws = [key for key, item in usual.items() if key in told and "atProvider" in item.get("status", {})]
        assert len(on_aws) > 20
        for key in on_aws:
            assert told[key]["metadata"]["name"] == usual[key]["metadata"]["name"]
