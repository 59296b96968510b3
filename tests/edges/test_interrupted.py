"""REL-11: a provider that is ended between AWS's answer and its own note of it makes nothing more of that object.

It cannot know whether AWS has made it. Whoever goes on regardless makes it twice, so a person must look.
"""

from __future__ import annotations

import copy
from functools import cache

import pytest

from argosy.cli.request import Answer
from argosy.simulator import Simulator
from tests.edges.needs import held_by
from tests.support.lives import EXAMPLE_NAMES, ROOT, Life, example, life_of

SAID = (
    "cannot determine creation result - remove the crossplane.io/external-create-pending annotation if it is safe to "
    "proceed"
)
"""Source: crossplane-runtime v2.4.0, pkg/reconciler/managed/reconciler.go, errCreateIncomplete; Ready is then False
with reason Creating, Synced is False with reason ReconcileError."""
PENDING, SUCCEEDED, FAILED = (f"crossplane.io/external-create-{what}" for what in ("pending", "succeeded", "failed"))
BEFORE, AFTER = "2026-11-24T10:00:00Z", "2026-11-24T10:00:05Z"
CASES = sorted(
    {
        (item["apiVersion"], item["kind"]): (name, key)
        for name in EXAMPLE_NAMES
        for key, item in life_of(name)[-1].observed.items()
        if item["kind"] not in ("Object", "Usage")  # both name what they make, and proceed
    }.values()
)
"""One object of each kind; `test_gates.py` lets every object fail."""


def interrupted(name: str, key: str) -> Life:
    """A life that has come to its end, because the provider was ended while it made one object."""
    life = Life(example(name), simulator=Simulator(faults={key: SAID}))
    life.settle()
    item = life.observed[key]
    annotations = {**item["metadata"]["annotations"], FAILED: BEFORE, SUCCEEDED: BEFORE, PENDING: AFTER}
    life.observed[key] = {**item, "metadata": {**item["metadata"], "annotations": annotations}}
    return life


@cache
def told_of(name: str, key: str) -> Answer:
    return interrupted(name, key).call()


@pytest.mark.parametrize(("name", "key"), CASES)
def test_rel_11_the_condition_names_the_object_what_is_wrong_and_what_to_do(name: str, key: str) -> None:
    told, item = told_of(name, key), life_of(name)[-1].observed[key]
    assert told.fatal is None
    naming = [c for c in told.conditions if c["message"].startswith(f"{key}: ") or f" {key}: " in c["message"]]
    assert naming, told.conditions
    for condition in naming:
        assert (condition["status"], condition["reason"]) == ("False", "Failed")
        assert "cannot determine creation result: the provider was interrupted" in condition["message"]
        assert PENDING in condition["message"] and "docs/operations.md" in condition["message"]
        group = item["apiVersion"].split("/")[0]
        command = f"kubectl describe {item['kind'].lower()}.{group} {item['metadata']['name']} -n "
        assert command in condition["message"]


@pytest.mark.parametrize(("name", "key"), CASES)
def test_rel_11_nobody_but_a_person_takes_the_annotation_off(name: str, key: str) -> None:
    """An annotation that is never written is never taken away by server-side apply either."""
    told = told_of(name, key)
    everything = life_of(name)[-1].observed
    assert set(everything) - set(told.desired) == held_by(key, everything), "all else goes on, nothing leaves"
    for item in told.desired.values():
        assert not [annotation for annotation in item["metadata"]["annotations"] if "external-create" in annotation]


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_rel_11_what_is_being_made_is_no_trouble_although_its_annotations_look_the_same(name: str) -> None:
    """The provider notes `pending` before it asks AWS, and `succeeded` only when AWS has answered."""
    moment = next(moment for moment in life_of(name) if any("status" in item for item in moment.observed.values()))
    life = Life(moment.claim)
    life.observed = copy.deepcopy(moment.observed)
    usual = life.call()
    for item in life.observed.values():
        item["metadata"]["annotations"][PENDING] = AFTER
    assert life.call() == usual
    assert "Failed" not in {condition["reason"] for condition in usual.conditions}


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_rel_11_once_a_person_has_looked_all_goes_on(name: str) -> None:
    key = next(key for key in life_of(name)[-1].observed if key.startswith("nat-gateway-"))
    life = interrupted(name, key)
    life.simulator.heal(key)
    told = life.settle()
    assert {condition["type"] for condition in told.conditions if condition["status"] != "True"} == {"Deletable"}
    assert set(told.desired) == set(life_of(name)[-1].answer.desired)


def test_rel_11_the_page_that_the_condition_names_has_the_words_of_the_provider() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert " ".join(SAID.split()) in " ".join(page.split())
    assert f"{PENDING}-" in page, "how the annotation is taken off"
