"""`argosy render`: one call, as `crossplane render` prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from argosy.cli.options import to_yaml
from argosy.cli.request import KEY_ANNOTATION
from tests.cli.program import CLAIM, MINIMAL, argosy, claim
from tests.support.lives import ROOT

HUB = str(ROOT / "examples" / "setup" / "hub.yaml")


def documents(text: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe").load_all(text))


def keys(printed: list[dict[str, Any]]) -> list[str]:
    return [item["metadata"]["annotations"][KEY_ANNOTATION] for item in printed if "annotations" in item["metadata"]]


def test_the_status_comes_first_and_then_each_resource_by_its_key() -> None:
    status, *resources = documents(argosy("render", MINIMAL).stdout)
    assert set(status) == {"apiVersion", "kind", "metadata", "status"}
    assert len(status["status"]["conditions"]) == 7
    assert keys(resources) == sorted(set(keys(resources)))
    assert len(resources) > 30


def test_x_prints_the_whole_claim_and_r_the_results() -> None:
    plain, full = (
        argosy("render", MINIMAL, "--format", "json"),
        argosy("render", MINIMAL, "-x", "-r", "--format", "json"),
    )
    xr = json.loads(full.stdout)[0]
    assert xr.pop("spec") == {"region": "eu-west-1"}
    assert xr == json.loads(plain.stdout)[0]


def test_r_prints_results_as_crossplane_render_does(tmp_path: Path) -> None:
    text = f"{CLAIM}status:\n  conditions: [{{type: AddonsReady, status: 'False', reason: Creating, message: x}}]\n"
    *_, result = documents(argosy("render", claim(tmp_path, text), "-r").stdout)
    assert (result["apiVersion"], result["kind"]) == ("render.crossplane.io/v1beta1", "Result")
    assert (result["severity"], result["reason"]) == ("Normal", "AddonsReady")
    assert "Result" not in argosy("render", claim(tmp_path, text)).stdout


def test_json_is_one_array_of_the_documents_of_all_claims(tmp_path: Path) -> None:
    file = claim(tmp_path, f"{CLAIM}---\n{CLAIM.replace('name: orders', 'name: shop')}")
    printed = json.loads(argosy("render", file, "--format", "json").stdout)
    assert printed == documents(argosy("render", file).stdout)
    assert [item["metadata"]["name"] for item in printed if item["kind"] == "XEKSCluster"] == ["orders", "shop"]


def test_a_refused_claim_is_told_on_standard_error_and_the_others_are_printed(tmp_path: Path) -> None:
    file = claim(tmp_path, f"{CLAIM}---\n{CLAIM}  bogus: 1\n")
    result = argosy("render", file)
    assert result.exit_code == 1
    assert result.stdout == argosy("render", claim(tmp_path, CLAIM)).stdout
    assert result.stderr.startswith("XEKSCluster team-orders/orders is refused: spec.bogus: there is no such field")
    only = argosy("render", claim(tmp_path, f"{CLAIM}  bogus: 1\n"), "--format", "json")
    assert (only.exit_code, json.loads(only.stdout)) == (1, [])


def test_hub_facts_are_used_only_if_they_are_given() -> None:
    def reason(*more: str) -> str:
        status = documents(argosy("render", MINIMAL, *more).stdout)[0]["status"]
        return next(str(item["reason"]) for item in status["conditions"] if item["type"] == "Registered")

    assert reason() == "NoHubFacts"
    assert reason("-e", HUB) == reason("-e", str(ROOT / "examples" / "setup")) == "Creating"


def test_required_resources_without_hub_facts_are_a_warning_beside_the_output() -> None:
    result = argosy("render", MINIMAL, "-e", MINIMAL)
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "Warning: -e: no EnvironmentConfig argosy (apiextensions.crossplane.io/v1beta1) in "
    )
    assert result.stdout == argosy("render", MINIMAL).stdout


def test_what_render_prints_can_be_observed_with_the_xr_and_results_among_it(tmp_path: Path) -> None:
    first = argosy("render", MINIMAL, "-x", "-r")
    again = argosy("render", MINIMAL, "-x", "-r", "-o", claim(tmp_path, first.stdout, "observed.yaml"))
    assert (again.exit_code, again.stderr) == (0, "")
    assert keys(documents(again.stdout)) == keys(documents(first.stdout))
    assert "is being made" in again.stdout


def test_an_observed_object_without_key_is_wrong_use_and_never_passed_over(tmp_path: Path) -> None:
    nameless = {"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "VPC", "metadata": {"name": "x"}, "spec": {}}
    for text, told in (
        (to_yaml([nameless]), f"observed.yaml:4: has no annotation {KEY_ANNOTATION}"),
        (to_yaml([{**nameless, "metadata": None}]), "observed.yaml:2: is no object with apiVersion, kind and metadata"),
        ("- 1\n", "observed.yaml:1: is no object with apiVersion, kind and metadata"),
        (to_yaml([{**nameless, "metadata": {"annotations": {KEY_ANNOTATION: "vpc"}}}] * 2), "two objects have"),
    ):
        result = argosy("render", MINIMAL, "-o", claim(tmp_path, text, "observed.yaml"))
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr


def test_an_engine_or_format_that_is_not_there_is_wrong_use() -> None:
    for option, value in (("--engine", "terraform"), ("--format", "xml")):
        result = argosy("render", MINIMAL, option, value)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"'{value}' is not" in result.stderr
