"""The real reconciler agrees: every example, along its whole life, through core and the CLI and our running server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from argosy.catalog import ENGINES, GROUP
from argosy.cli.options import sample_hub
from argosy.cli.request import KEY_ANNOTATION, Answer
from tests.render import cli
from tests.render.internal_render import reconcile
from tests.support.lives import (
    CLUSTER_ENGINE,
    ENGINE,
    EXAMPLE_NAMES,
    ROOT,
    Moment,
    every_life,
    example,
    example_file,
    life_of,
    without_status,
)

pytestmark = pytest.mark.tools

HUB = sample_hub()
COMPOSITIONS = {
    engine: yaml.safe_load(next((ROOT / "compositions").glob(f"*/{engine}.yaml")).read_text()) for engine in ENGINES
}
XRDS = {
    xrd["spec"]["group"]: xrd for xrd in (yaml.safe_load(path.read_text()) for path in (ROOT / "xrds").glob("*.yaml"))
}
COMPOSITION, XRD = COMPOSITIONS[ENGINE], XRDS[GROUP]
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
    if "claimConditionTypes" in status:  # Crossplane's own: what reaches the claim
        assert set(status["claimConditionTypes"]) == set(OURS)
    ours_too = {name: value for name, value in status.items() if name not in ("conditions", "claimConditionTypes")}
    assert ours_too == told.status


def check_ready(status: Mapping[str, Any], told: Answer) -> None:
    """`Ready` is what our readiness adds up to."""
    (ready,) = [item for item in status["conditions"] if item["type"] == "Ready"]
    expected = told.finished and told.ready == set(told.desired)
    assert (ready["status"] == "True") == expected, ready


def surroundings(moment: Moment) -> dict[str, Any]:
    """What core and the CLI need beside the composite: what exists, hub facts, the definition."""
    xrd = XRDS[moment.claim["apiVersion"].partition("/")[0]]
    return {"observed": unowned(moment.observed), "required": HUB, "xrd": xrd}


@every_life
def test_core_makes_of_every_moment_what_we_render_and_deletes_nothing(
    name: str, engine: str, function_address: str
) -> None:
    """REL-01. TST-04: `deleted` is what the reconciler would collect."""
    life = life_of(name, engine)
    assert len(life) > 5
    for moment in life:
        rendered = reconcile(
            moment.claim,
            COMPOSITIONS[engine],
            {FUNCTION: function_address},
            **surroundings(moment),
        )
        assert not rendered.fatal, rendered.stderr
        assert rendered.deleted == []
        assert by_key(rendered.composed) == moment.answer.desired
        check_status(rendered.xr["status"], moment.answer)
        check_ready(rendered.xr["status"], moment.answer)


def ends(name: str, engine: str) -> list[Moment]:
    """The first, a middle and the last moment of a life."""
    life = life_of(name, engine)
    return [life[0], life[len(life) // 2], life[-1]]


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_the_cli_makes_of_a_claim_the_composite_that_we_make_of_it(name: str) -> None:
    composite = example(name, CLUSTER_ENGINE)
    assert cli.composite_of(example_file(name, CLUSTER_ENGINE), composite["metadata"]["name"]) == composite


@every_life
def test_the_cli_prints_what_we_render(name: str, engine: str, function_address: str) -> None:
    for moment in ends(name, engine):
        printed = cli.render(
            moment.claim,
            COMPOSITIONS[engine],
            {FUNCTION: function_address},
            **surroundings(moment),
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
