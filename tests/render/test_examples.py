"""The real reconciler agrees: every example, along its whole life, through core and the CLI and our running server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from argosy.cli.options import sample_hub
from argosy.cli.request import KEY_ANNOTATION, Answer
from tests.render import cli
from tests.render.internal_render import reconcile
from tests.support.lives import EXAMPLE_NAMES, ROOT, Moment, life_of, without_status

pytestmark = pytest.mark.tools

HUB = sample_hub()
COMPOSITION = yaml.safe_load((ROOT / "compositions" / "xeksclusters" / "upbound.yaml").read_text())
XRD = yaml.safe_load((ROOT / "xrds" / "xeksclusters.fleet.argosy.dev.yaml").read_text())
OURS = (
    "NetworkReady",
    "ControlPlaneReady",
    "ComputeReady",
    "AddonsReady",
    "DatabasesReady",
    "Registered",
    "Deletable",
)
FUNCTION = COMPOSITION["spec"]["pipeline"][0]["functionRef"]["name"]


def bare(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A composed resource without what core adds: owner, labels and prefix of its name."""
    metadata = {
        name: value
        for name, value in manifest["metadata"].items()
        if name not in ("generateName", "labels", "ownerReferences")
    }
    return {**manifest, "metadata": metadata}


def unowned(observed: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Observed objects without the simulator's owner: the harness gives them core's own."""
    return [
        {**item, "metadata": {name: value for name, value in item["metadata"].items() if name != "ownerReferences"}}
        for item in observed.values()
    ]


def by_key(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["metadata"]["annotations"][KEY_ANNOTATION]: bare(item) for item in objects}


def check_status(status: Mapping[str, Any], told: Answer) -> None:
    """The XR's status is ours, with core's own conditions beside it."""
    ours = [
        {name: item.get(name, "") for name in ("type", "status", "reason", "message")}
        for item in status["conditions"]
        if item["type"] in OURS
    ]
    assert sorted(ours, key=lambda item: OURS.index(item["type"])) == told.conditions
    assert {name: value for name, value in status.items() if name != "conditions"} == told.status


def check_ready(status: Mapping[str, Any], told: Answer) -> None:
    """`Ready` is what our readiness adds up to."""
    (ready,) = [item for item in status["conditions"] if item["type"] == "Ready"]
    expected = told.finished and told.ready == set(told.desired)
    assert (ready["status"] == "True") == expected, ready


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_core_makes_of_every_moment_what_we_render_and_deletes_nothing(name: str, function_address: str) -> None:
    """REL-01. TST-04: `deleted` is what the reconciler would collect."""
    life = life_of(name)
    assert len(life) > 5
    for moment in life:
        rendered = reconcile(
            moment.claim, COMPOSITION, {FUNCTION: function_address}, observed=unowned(moment.observed), required=HUB
        )
        assert not rendered.fatal, rendered.stderr
        assert rendered.deleted == []
        assert by_key(rendered.composed) == moment.answer.desired
        check_status(rendered.xr["status"], moment.answer)
        check_ready(rendered.xr["status"], moment.answer)


def ends(name: str) -> list[Moment]:
    """The first, a middle and the last moment of a life."""
    life = life_of(name)
    return [life[0], life[len(life) // 2], life[-1]]


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_the_cli_prints_what_we_render(name: str, function_address: str) -> None:
    for moment in ends(name):
        printed = cli.render(
            moment.claim,
            COMPOSITION,
            {FUNCTION: function_address},
            observed=unowned(moment.observed),
            required=HUB,
            xrd=XRD,
        )
        assert not printed.fatal, printed.stderr
        assert by_key(printed.composed) == moment.answer.desired
        check_status(printed.xr["status"], moment.answer)
        check_ready(printed.xr["status"], moment.answer)


def test_without_hub_facts_core_agrees_too(function_address: str) -> None:
    claim = without_status(life_of("minimal")[0].claim)
    printed = cli.render(claim, COMPOSITION, {FUNCTION: function_address}, xrd=XRD)
    (registered,) = [item for item in printed.xr["status"]["conditions"] if item["type"] == "Registered"]
    assert (registered["status"], registered["reason"]) == ("False", "NoHubFacts")
    assert "cluster-orders" not in str(printed.composed)


def test_a_refused_claim_is_fatal_for_core_and_nothing_is_deleted(function_address: str) -> None:
    """REL-24. REL-01: and the other conditions stay as they were."""
    last = life_of("minimal")[-1]
    claim = {**last.claim, "spec": {**last.claim["spec"], "environment": "moon"}}
    rendered = reconcile(
        claim, COMPOSITION, {FUNCTION: function_address}, observed=unowned(last.observed), required=HUB
    )
    assert rendered.fatal
    assert "spec.environment: moon is not one of the platform's" in rendered.stderr
    assert rendered.deleted == rendered.composed == []
    told = {item["type"]: item["status"] for item in rendered.xr["status"]["conditions"] if item["type"] in OURS}
    assert set(told) == set(OURS)
    assert {kind for kind, status in told.items() if status == "False"} == {"ControlPlaneReady", "Deletable"}
