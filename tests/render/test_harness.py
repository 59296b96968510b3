"""The harness itself, proven with a function that does what it is told: a blind oracle passes everything."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.render import cli
from tests.render.internal_render import reconcile
from tests.render.observed import KEY, adopted, uid
from tests.render.server import serving

pytestmark = pytest.mark.tools

COMPOSITION = {
    "apiVersion": "apiextensions.crossplane.io/v1",
    "kind": "Composition",
    "metadata": {"name": "samples"},
    "spec": {
        "compositeTypeRef": {"apiVersion": "example.org/v1", "kind": "XSample"},
        "mode": "Pipeline",
        "pipeline": [
            {
                "step": "compose",
                "functionRef": {"name": "function-sample"},
                "requirements": {
                    "requiredResources": [
                        {
                            "requirementName": "facts",
                            "apiVersion": "apiextensions.crossplane.io/v1beta1",
                            "kind": "EnvironmentConfig",
                            "name": "facts",
                        }
                    ]
                },
            }
        ],
    },
}
FACTS = {
    "apiVersion": "apiextensions.crossplane.io/v1beta1",
    "kind": "EnvironmentConfig",
    "metadata": {"name": "facts"},
    "data": {"hub": "hub-1"},
}


@pytest.fixture(scope="module")
def functions() -> Iterator[dict[str, str]]:
    """Run the sample function; its name and address."""
    with serving([sys.executable, str(Path(__file__).with_name("sample_function.py"))]) as address:
        yield {"function-sample": address}


def sample(compose: Sequence[str], **spec: Any) -> dict[str, Any]:
    """Return an XR that has the sample function compose VPCs under these keys."""
    return {
        "apiVersion": "example.org/v1",
        "kind": "XSample",
        "metadata": {"name": "one", "namespace": "team"},
        "spec": {"compose": list(compose), **spec},
    }


def keys(objects: Sequence[dict[str, Any]]) -> list[str]:
    """Return the keys of composed resources, sorted."""
    return [obj["metadata"]["annotations"][KEY] for obj in by_key(objects)]


def created(functions: dict[str, str], *compose: str) -> list[dict[str, Any]]:
    """Return what core would have created for these keys."""
    return reconcile(sample(compose), COMPOSITION, functions).composed


def test_core_names_and_owns_what_the_function_composes(functions: dict[str, str]) -> None:
    xr = sample(["a", "b"])

    rendered = reconcile(xr, COMPOSITION, functions)

    assert keys(rendered.composed) == ["a", "b"]
    vpc = rendered.composed[0]
    assert vpc["metadata"]["namespace"] == "team"
    assert vpc["metadata"]["ownerReferences"][0]["uid"] == uid(xr)
    assert vpc["spec"]["forProvider"]["ipv4NetmaskLength"] == 16
    assert isinstance(vpc["spec"]["forProvider"]["ipv4NetmaskLength"], int)
    assert not rendered.deleted
    assert not rendered.fatal


def test_what_an_answer_leaves_out_is_reported_as_deleted(functions: dict[str, str]) -> None:
    observed = created(functions, "a", "b")

    rendered = reconcile(sample(["a"]), COMPOSITION, functions, observed=observed)

    assert keys(rendered.composed) == ["a"]
    assert keys(rendered.deleted) == ["b"]


def test_the_deletion_of_a_resource_written_by_hand_is_reported(functions: dict[str, str]) -> None:
    by_hand = [
        {"apiVersion": vpc["apiVersion"], "kind": vpc["kind"], "metadata": dict(vpc["metadata"])}
        for vpc in created(functions, "a", "b")
    ]
    for vpc in by_hand:
        for name in ("ownerReferences", "namespace", "labels"):
            vpc["metadata"].pop(name)

    assert keys(reconcile(sample(["a"]), COMPOSITION, functions, observed=by_hand).deleted) == ["b"]


def test_a_fatal_result_deletes_and_applies_nothing(functions: dict[str, str]) -> None:
    observed = created(functions, "a", "b")

    rendered = reconcile(sample([], fatal="spec.cidr: too small"), COMPOSITION, functions, observed=observed)

    assert rendered.fatal
    assert "spec.cidr: too small" in rendered.stderr
    assert rendered.composed == rendered.deleted == []
    assert rendered.events[-1].type == "Warning"


@pytest.mark.parametrize(("given", "seen"), [([], []), ([FACTS], ["hub-1"])])
def test_required_resources_arrive(functions: dict[str, str], given: list[dict[str, Any]], seen: list[str]) -> None:
    rendered = reconcile(sample([]), COMPOSITION, functions, required=given)

    assert rendered.xr["status"].get("hubs", []) == seen


def test_a_resource_of_another_xr_is_refused(functions: dict[str, str]) -> None:
    other = sample(["a"]) | {"metadata": {"name": "two", "namespace": "team"}}
    observed = reconcile(other, COMPOSITION, functions).composed

    with pytest.raises(RuntimeError, match="not controlled by the XR"):
        reconcile(sample(["a"]), COMPOSITION, functions, observed=observed)


def test_the_xrd_brings_defaults_and_decides_where_crossplane_keeps_its_fields(
    functions: dict[str, str],
) -> None:
    xr = sample(["a"]) | {"metadata": {"name": "one"}}
    properties = {
        "compose": {"type": "array", "items": {"type": "string"}},
        "note": {"type": "string", "default": "n"},
    }
    schema = {
        "openAPIV3Schema": {
            "type": "object",
            "properties": {"spec": {"type": "object", "properties": properties}},
        }
    }
    xrd = {
        "apiVersion": "apiextensions.crossplane.io/v1",
        "kind": "CompositeResourceDefinition",
        "metadata": {"name": "xsamples.example.org"},
        "spec": {
            "scope": "LegacyCluster",
            "group": "example.org",
            "names": {"kind": "XSample", "plural": "xsamples"},
            "versions": [{"name": "v1", "served": True, "referenceable": True, "schema": schema}],
        },
    }

    assert "crossplane" in reconcile(xr, COMPOSITION, functions).xr["spec"]
    assert "resourceRefs" in reconcile(xr, COMPOSITION, functions, xrd=xrd).xr["spec"]
    printed = cli.render(xr, COMPOSITION, functions, xrd=xrd).xr["spec"]
    assert "resourceRefs" in printed
    assert printed["note"] == "n"


def test_an_observed_resource_without_a_key_is_refused() -> None:
    vpc = {"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "VPC", "metadata": {"name": "a"}}

    with pytest.raises(ValueError, match=KEY):
        adopted([vpc], sample([]))


def test_a_server_that_does_not_start_is_an_error_with_its_own_words() -> None:
    with (
        pytest.raises(RuntimeError, match="No module named nowhere"),
        serving([sys.executable, "-m", "nowhere"]),
    ):
        pass


def by_key(objects: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return composed resources in the CLI's order."""
    return sorted(objects, key=lambda obj: str(obj["metadata"]["annotations"][KEY]))


def test_the_cli_prints_what_core_does(functions: dict[str, str]) -> None:
    xr = sample(["b", "a"])
    observed = created(functions, "a")

    printed = cli.render(xr, COMPOSITION, functions, observed=observed, required=[FACTS])

    rendered = reconcile(xr, COMPOSITION, functions, observed=observed, required=[FACTS])
    assert printed.composed == by_key(rendered.composed)
    assert printed.xr["status"] == rendered.xr["status"]
    assert printed.xr["status"]["hubs"] == ["hub-1"]
    assert printed.xr["spec"]["compose"] == ["b", "a"]
    assert set(printed.events) == set(rendered.events)
    assert 'Pipeline step "compose": composed' in [event.message for event in printed.events]


def test_the_cli_prints_nothing_but_the_reason_after_a_fatal_result(functions: dict[str, str]) -> None:
    printed = cli.render(sample([], fatal="spec.cidr: too small"), COMPOSITION, functions)

    assert printed.fatal
    assert "spec.cidr: too small" in printed.stderr
    assert printed.xr == {}
    assert printed.composed == []
    assert printed.events == []
