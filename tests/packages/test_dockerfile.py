"""The image of the function, as its Dockerfile says it: the steps are run here, with the machine's Python."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

import grpc
import pytest
import yaml
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from argosy.cli.request import build_request
from argosy.function import answer
from tests.packages.conftest import Installed
from tests.packages.dockerfile import DOCKERFILE, ROOT, context_files, exec_form, instructions, stages
from tests.render.server import serving

TEXT = DOCKERFILE.read_text()
ARGUMENTS, STAGES = stages(TEXT)
BUILDER, RUNTIME = STAGES
EXAMPLE = ROOT / "examples" / "xekscluster" / "minimal.yaml"


# What is installed


def names(found: Iterable[Distribution]) -> dict[str, Distribution]:
    return {canonicalize_name(distribution.name): distribution for distribution in found}


def needed(name: str, among: dict[str, Distribution]) -> set[str]:
    """A distribution and all that it asks for, without extras."""
    found: set[str] = set()
    waiting = [canonicalize_name(name)]
    while waiting:
        if (current := waiting.pop()) in found:
            continue
        found.add(current)
        requirements = map(Requirement, among[current].requires or ())
        waiting += [
            canonicalize_name(each.name)
            for each in requirements
            if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
    return found


def test_nothing_is_installed_but_the_function_and_what_the_sdk_and_pydantic_bring(installed: Installed) -> None:
    found = names(distributions(path=[str(installed.folder)]))
    roots = {
        requirement.name for requirement in map(Requirement, found["argosy"].requires or ()) if not requirement.marker
    }
    assert roots == {"crossplane-function-sdk-python", "pydantic"}
    assert set(found) == needed("argosy", found)


def test_the_hashed_requirements_are_what_is_installed(installed: Installed) -> None:
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / "function.txt").read_text(), re.MULTILINE))
    found = names(distributions(path=[str(installed.folder)]))
    versions = {name: distribution.version for name, distribution in found.items() if name != "argosy"}
    assert versions == {canonicalize_name(name): version for name, version in pinned.items()}


def test_the_wheel_holds_every_module_of_the_source(installed: Installed) -> None:
    source = ROOT / "functions"
    expected = {path.relative_to(source) for path in context_files("functions/argosy")}
    there = {path.relative_to(installed.folder) for path in (installed.folder / "argosy").rglob("*") if path.is_file()}
    assert {path for path in there if "__pycache__" not in path.parts} == expected


def test_the_entry_point_answers_a_call_as_the_source_does(installed: Installed) -> None:
    claim = yaml.safe_load(EXAMPLE.read_text())
    request = build_request(claim, "upbound", [], [])
    with serving(installed.command) as address, grpc.insecure_channel(address) as channel:
        told: fnv1.RunFunctionResponse = grpcv1.FunctionRunnerServiceStub(channel).RunFunction(request, timeout=10)  # type: ignore[no-untyped-call]
    assert "vpc" in told.desired.resources
    assert told == answer(request)


PYTHONS = {"12": "3.11", "13": "3.13"}
"""Python of each Debian, and so of the distroless image of that number."""


@pytest.mark.parametrize("architecture", ["aarch64", "x86_64"])
def test_every_requirement_has_a_wheel_for_the_image_s_python(architecture: str, tmp_path: Path) -> None:
    """The steps above ran with the Python of this machine."""
    python = PYTHONS[ARGUMENTS["DEBIAN"]]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run"),
        *("--python-version", python, "--platform", f"manylinux2014_{architecture}", "--only-binary", ":all:"),
        *("--target", str(tmp_path), "--require-hashes", "-r", str(ROOT / "requirements" / "function.txt")),
    ]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr


# What it says


def test_both_stages_are_the_same_debian() -> None:
    assert ARGUMENTS == {"DEBIAN": "13"}
    assert BUILDER.image == "debian:${DEBIAN}-slim"
    assert RUNTIME.image == "gcr.io/distroless/python3-debian${DEBIAN}:nonroot"


def test_the_image_runs_as_nobody_in_particular_and_says_its_port() -> None:
    assert RUNTIME.one("USER") == "nonroot"
    assert RUNTIME.instructions[-1].word == "ENTRYPOINT"
    assert RUNTIME.one("EXPOSE") == "9443"
    assert exec_form(RUNTIME.one("ENTRYPOINT")) == ["/usr/bin/python3", "-P", "-m", "argosy.main"]


def test_the_runtime_stage_gets_one_folder_of_the_builder_and_runs_nothing() -> None:
    assert {instruction.word for instruction in RUNTIME.instructions} == {"COPY", "ENV", "EXPOSE", "USER", "ENTRYPOINT"}
    assert RUNTIME.one("COPY").startswith("--from=builder ")


def test_operating_system_packages_are_the_only_step_that_tests_leave_out() -> None:
    assert [step for step in BUILDER.all("RUN") if "apt-get" in step] == BUILDER.all("RUN")[:1]


@pytest.mark.parametrize("step", [step for step in BUILDER.all("RUN") if "pip install" in step or "pip wheel" in step])
def test_what_comes_from_elsewhere_is_hashed_and_the_rest_comes_from_nowhere(step: str) -> None:
    if "--no-index" in step:
        assert "--no-deps" in step
    else:
        assert "--require-hashes" in step
        assert "--only-binary :all:" in step


@pytest.mark.parametrize("name", ["function.txt", "build.txt"])
def test_every_requirement_of_the_image_has_a_hash_and_no_index(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    pins = re.findall(r"^[\w.-]+==.*", text.replace("\\\n", " "), re.MULTILINE)
    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in text
    assert "index" not in text


def test_no_secret_no_address_and_no_download() -> None:
    found = instructions(TEXT)
    assert not [instruction for instruction in found if instruction.word == "ADD"]
    assert not [word for word in ("://", "--index-url", "--extra-index-url", "--trusted-host", "curl", "wget", "secret")
                if any(word in instruction.rest.lower() for instruction in found)]  # fmt: skip
    assert not [instruction for instruction in found if re.search(r"(?i)(token|password|key)\s*=", instruction.rest)]


def test_the_build_context_holds_what_is_copied_and_nothing_else() -> None:
    copied = {path for rest in BUILDER.all("COPY") for source in rest.split()[:-1] for path in context_files(source)}
    sent = {path for name in _top_level() for path in context_files(name)}
    assert copied == sent
    assert not [path for path in sent if "__pycache__" in path.parts]


def _top_level() -> list[str]:
    return [path.name for path in ROOT.iterdir() if path.name not in {".git", ".venv", ".tools", "_output"}]


def test_ignored_files_are_not_sent(tmp_path: Path) -> None:
    assert context_files("Makefile") == []
    assert context_files("tests") == []
    assert context_files("LICENSE") == [ROOT / "LICENSE"]
