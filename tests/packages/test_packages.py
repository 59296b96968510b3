"""The packages, built by the real CLI: what is in them, and that it is always the same."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.engines.hub import OBJECT
from argosy.engines.upbound.envelope import KINDS
from tests.packages.dockerfile import ROOT
from tests.packages.image import write_image

pytestmark = pytest.mark.tools

METADATA = {
    "argosy": "package/argosy/crossplane.yaml",
    "argosy-upbound": "package/argosy-upbound/crossplane.yaml",
    "argosy-ack": "package/argosy-ack/crossplane.yaml",
    "argosy-claims": "package/argosy-claims/crossplane.yaml",
    "function-argosy": "functions/package/crossplane.yaml",
}
CONTENTS = {
    "argosy": ["xrds/xeksclusters.fleet.argosy.dev.yaml"],
    "argosy-upbound": ["compositions/*/upbound.yaml", "package/argosy-upbound/activation.yaml"],
    "argosy-ack": ["compositions/*/ack.yaml", "package/argosy-ack/activation.yaml"],
    "argosy-claims": [
        "xrds/xeksclusters.claims.fleet.argosy.dev.yaml",
        "compositions/*/upbound-cluster.yaml",
        "package/argosy-claims/activation.yaml",
    ],
    "function-argosy": ["functions/package/input/*.yaml"],
}
PLACEHOLDER = "xpkg.example.org/argosy"
REGISTRY = "registry.example.com/platform"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
ENTRYPOINT = ["/usr/bin/python3", "-P", "-m", "argosy.main"]


def documents(*paths: Path) -> list[dict[str, Any]]:
    return [document for path in paths for document in yaml.safe_load_all(path.read_text())]


def build(output: Path, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "package" / "build.py"), f"--output={output}", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("image") / "function.tar"
    write_image(path, {"function/argosy/main.py": b"pass\n"}, {"Entrypoint": ENTRYPOINT, "User": "nonroot"})
    return path


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory, image: Path) -> Path:
    folder = tmp_path_factory.mktemp("output")
    process = build(folder, f"--runtime-image-tarball={image}", cwd=folder)
    assert process.returncode == 0, process.stderr
    return folder


def files(package: Path) -> dict[str, bytes]:
    """The files of all layers that say what they are for, by purpose and path."""
    found = {}
    with tarfile.open(package) as outer:
        config = image_config(package)
        (manifest,) = json.load(_member(outer, "manifest.json"))
        for layer in manifest["Layers"]:
            digest = layer.partition(".")[0]
            purpose = config["config"].get("Labels", {}).get(f"io.crossplane.xpkg:sha256:{digest}", "runtime")
            with tarfile.open(fileobj=_member(outer, layer)) as inner:
                for name in inner.getnames():
                    found[f"{purpose}:{name}"] = _member(inner, name).read()
    return found


def image_config(package: Path) -> dict[str, Any]:
    with tarfile.open(package) as outer:
        (manifest,) = json.load(_member(outer, "manifest.json"))
        config: dict[str, Any] = json.load(_member(outer, manifest["Config"]))
        return config


def _member(archive: tarfile.TarFile, name: str) -> Any:
    member = archive.extractfile(name)
    assert member is not None, name
    return member


def installed(package: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(files(package)["base:package.yaml"]) if each]


def without_nulls(value: Any) -> Any:
    """The value as Go writes it: without fields that are empty."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", METADATA)
def test_a_package_holds_its_files_and_no_others(output: Path, name: str) -> None:
    sources = [ROOT / METADATA[name], *(path for pattern in CONTENTS[name] for path in sorted(ROOT.glob(pattern)))]
    found = {(each["kind"], each["metadata"]["name"]): each for each in installed(output / f"{name}.xpkg")}
    expected = {(each["kind"], each["metadata"]["name"]): each for each in documents(*sources)}
    assert found.keys() == expected.keys()
    for key, document in expected.items():
        assert found[key]["metadata"]["name"] == document["metadata"]["name"]
        assert without_nulls(found[key]["spec"]) == without_nulls(document["spec"])


def test_examples_ride_along_and_are_not_installed(output: Path) -> None:
    examples = yaml.safe_load_all(files(output / "argosy.xpkg")["upbound:.up/examples.yaml"])
    folder = ROOT / "examples" / "xekscluster"
    assert [each for each in examples if each] == documents(*sorted(folder.glob("*.yaml")))


def test_the_same_files_give_the_same_bytes(output: Path, image: Path, tmp_path: Path) -> None:
    process = build(tmp_path, f"--runtime-image-tarball={image}")
    assert process.returncode == 0, process.stderr
    for name in METADATA:
        assert (tmp_path / f"{name}.xpkg").read_bytes() == (output / f"{name}.xpkg").read_bytes()


def test_name_size_and_digest_are_printed(output: Path, image: Path, tmp_path: Path) -> None:
    lines = build(tmp_path, f"--runtime-image-tarball={image}").stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(METADATA)
    assert all(" bytes, sha256:" in line for line in lines)


def test_the_function_s_package_runs_the_image_that_was_given(output: Path) -> None:
    package = output / "function-argosy.xpkg"
    assert image_config(package)["config"]["Entrypoint"] == ENTRYPOINT
    assert files(package)["runtime:function/argosy/main.py"] == b"pass\n"


def test_without_an_image_the_function_is_left_out_and_told_about(tmp_path: Path) -> None:
    process = build(tmp_path)
    assert process.returncode == 0
    assert not (tmp_path / "function-argosy.xpkg").exists()
    assert "docker buildx build -f functions/Dockerfile" in process.stdout


def test_an_image_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    process = build(tmp_path, "--runtime-image-tarball=missing.tar")
    assert (process.returncode, process.stderr) == (1, "package/build.py: there is no image missing.tar\n")


def test_packages_name_each_other_by_the_registry_that_they_are_pushed_to(tmp_path: Path) -> None:
    assert build(tmp_path, f"--registry={REGISTRY}/").returncode == 0
    for name, dependency in {"argosy": "function-argosy", "argosy-upbound": "argosy", "argosy-ack": "argosy"}.items():
        text = files(tmp_path / f"{name}.xpkg")["base:package.yaml"].decode()
        assert f"package: {REGISTRY}/{dependency}\n" in text
        assert PLACEHOLDER not in text


# What the metadata says


@pytest.mark.parametrize("name", METADATA)
def test_metadata_is_what_marketplaces_and_crossplane_read(name: str) -> None:
    """TEN-01, TEN-26: the floor is the first core that deletes and installs nothing that somebody else names."""
    (metadata,) = documents(ROOT / METADATA[name])
    keys = {f"meta.crossplane.io/{key}" for key in ("maintainer", "source", "license", "description", "readme")}
    assert metadata["metadata"]["name"] == name
    assert metadata["metadata"]["annotations"].keys() == keys
    assert metadata["apiVersion"] == "meta.pkg.crossplane.io/v1"
    assert metadata["spec"]["crossplane"] == {"version": ">=v2.4.0-0"}


def dependencies(name: str) -> dict[str, dict[str, str]]:
    (metadata,) = documents(ROOT / METADATA[name])
    return {each["package"]: each for each in metadata["spec"].get("dependsOn", [])}


def test_our_own_dependencies_ask_for_this_version() -> None:
    for name, kind, package in (
        ("argosy", "Function", "function-argosy"),
        ("argosy-upbound", "Configuration", "argosy"),
        ("argosy-ack", "Configuration", "argosy"),
    ):
        found = dependencies(name)[f"{PLACEHOLDER}/{package}"]
        assert (found["kind"], found["version"]) == (kind, f">=v{VERSION}")
    assert not dependencies("function-argosy")


def test_dependencies_have_the_form_that_is_not_deprecated() -> None:
    for name in METADATA:
        for found in dependencies(name).values():
            assert found.keys() == {"apiVersion", "kind", "package", "version"}
            assert found["apiVersion"] == "pkg.crossplane.io/v1"
            assert "." in found["package"].partition("/")[0]


def test_every_composed_group_has_its_provider_and_every_provider_a_group() -> None:
    groups = {kind.group.partition(".")[0] for kind in KINDS.values()}
    expected = {f"xpkg.upbound.io/upbound/provider-aws-{group}" for group in groups}
    expected.add("xpkg.crossplane.io/crossplane-contrib/provider-kubernetes")
    found = {package for package, each in dependencies("argosy-upbound").items() if each["kind"] == "Provider"}
    assert found == expected


def test_a_hub_with_ack_never_gets_a_provider_of_aws() -> None:
    found = {package for package, each in dependencies("argosy-ack").items() if each["kind"] == "Provider"}
    assert found == {"xpkg.crossplane.io/crossplane-contrib/provider-kubernetes"}
    of_upbound = dependencies("argosy-upbound")
    assert [each for package, each in dependencies("argosy-ack").items() if of_upbound[package] != each] == []
    (policy,) = documents(ROOT / "package" / "argosy-ack" / "activation.yaml")
    assert policy["spec"]["activate"] == [f"{OBJECT.plural}.{OBJECT.group}"]


def test_exactly_the_composed_kinds_are_activated() -> None:
    (policy,) = documents(ROOT / "package" / "argosy-upbound" / "activation.yaml")
    assert set(policy["spec"]["activate"]) == {f"{kind.plural}.{kind.group}" for kind in (*KINDS.values(), OBJECT)}


def test_the_function_composes() -> None:
    (metadata,) = documents(ROOT / METADATA["function-argosy"])
    assert metadata["kind"] == "Function"
    assert metadata["spec"]["capabilities"] == ["composition"]
