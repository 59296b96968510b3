"""Every folder builds, and every object of `gitops/` is one that an API server takes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.catalog import COMPOSITES
from tests.gitops.folders import ARGOCD, BOOTSTRAP, GITOPS, build, kustomize, load, yaml_files
from tests.schemas.schemas import Schema, violations
from tests.tools.build import ROOT

pytestmark = pytest.mark.tools

FILES = tuple(yaml_files())
KUSTOMIZATIONS = {path.parent: load(path.read_text())[0] for path in FILES if path.name == "kustomization.yaml"}
FOLDERS = [folder for folder, content in KUSTOMIZATIONS.items() if content["kind"] == "Kustomization"]
COMPONENTS = [folder for folder, content in KUSTOMIZATIONS.items() if content["kind"] == "Component"]
WITHOUT_SCHEMA = {
    "",
    "admissionregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "external-secrets.io",
    "policies.kyverno.io",
}
"""Kubernetes' own kinds have no definition; those of External Secrets and Kyverno are not here."""


def name_of(path: Path) -> str:
    return path.relative_to(GITOPS).as_posix()


def group_of(item: dict[str, Any]) -> str:
    version = str(item["apiVersion"])
    return version.split("/")[0] if "/" in version else ""


@cache
def argo_schemas() -> dict[str, Schema]:
    """Argo CD's kinds, from its own definitions."""
    found = {}
    for path in (ARGOCD / "crds").glob("*-crd.yaml"):
        (definition,) = load(path.read_text())
        found[definition["spec"]["names"]["kind"]] = Schema(definition, "v1alpha1")
    assert found.keys() == {"Application", "ApplicationSet", "AppProject"}
    return found


@cache
def claim_schemas() -> dict[tuple[str, str], Schema]:
    """The kinds that tenants write, from their definitions; a claim is in a namespace, whatever its composite is."""
    found = {}
    for path in (ROOT / "xrds").glob("*.yaml"):
        (definition,) = load(path.read_text())
        spec = definition["spec"]
        kind = spec.get("claimNames", spec["names"])["kind"]
        in_namespace = {**definition, "spec": {**spec, "scope": "Namespaced"}}
        for version in spec["versions"]:
            found[f"{spec['group']}/{version['name']}", kind] = Schema(in_namespace, version["name"])
    assert len(found) == len(COMPOSITES)
    return found


def problems(item: dict[str, Any]) -> list[str]:
    """What an API server would say of an object."""
    group = group_of(item)
    if group == "argoproj.io" and item["kind"] in argo_schemas():
        return argo_schemas()[item["kind"]].problems(item)
    if claim := claim_schemas().get((item["apiVersion"], item["kind"])):
        # which namespace, the Application says
        return claim.problems({**item, "metadata": {"namespace": "team-orders", **item["metadata"]}})
    return [] if group in WITHOUT_SCHEMA else violations(item)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_file_is_yaml_without_a_key_that_stands_twice(path: Path) -> None:
    assert load(path.read_text()) or path.read_text().lstrip().startswith("#")


def test_a_key_that_stands_twice_is_found() -> None:
    with pytest.raises(yaml.YAMLError, match="twice: \\['a'\\]"):
        load("x: {a: 1, b: 2, a: 3}")


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_each_folder_builds(folder: Path) -> None:
    assert build(folder)


def test_each_component_is_in_a_folder_that_builds() -> None:
    used = {
        (folder / component).resolve()
        for folder, content in KUSTOMIZATIONS.items()
        for component in content.get("components", ())
    }
    assert set(COMPONENTS) - used == set()


def test_a_folder_that_does_not_build_is_found(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [missing.yaml]\n")
    assert "missing.yaml" in kustomize(tmp_path).stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_each_object_of_each_folder_is_one_that_an_api_server_takes(folder: Path) -> None:
    assert {item["metadata"]["name"]: found for item in build(folder) if (found := problems(item))} == {}


def test_what_no_api_server_takes_is_found() -> None:
    root = next(item for item in build(BOOTSTRAP) if item["kind"] == "Application")
    misspelt = {**root, "spec": {**root["spec"], "sincPolicy": {}}}
    assert any("sincPolicy" in problem for problem in problems(misspelt))
    claim = {"apiVersion": COMPOSITES[0].api_version, "kind": COMPOSITES[0].written_kind, "metadata": {"name": "x"}}
    assert any("region" in problem for problem in problems({**claim, "spec": {"regoin": "eu-west-1"}}))
    assert "no schema" in problems({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "x"}})[0]
