"""A test must never run a program that was built from other sources than those checked in."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.tools import build
from tests.tools.build import JUDGES, SETS, TOOLS, Tool, built


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """Return a tool in folders of its own, built and current; its `go.mod` may be changed."""
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(build, "BIN", tmp_path)
    tool = Tool(name="some", folder="some", package="example.org/some", binary="program")
    monkeypatch.setitem(TOOLS, "some", tool)
    (tmp_path / "some").mkdir()
    for file in ("go.mod", "go.sum"):
        (tmp_path / "some" / file).write_text(file)
    tool.path.touch()
    tool.stamp.write_text(tool.fingerprint())
    return tool


def test_a_tool_built_from_what_is_checked_in_is_current(tool: Tool) -> None:
    assert built("some") == tool.path


@pytest.mark.parametrize("file", ["go.mod", "go.sum"])
def test_a_changed_pin_makes_a_tool_stale_and_the_error_is_the_cure(tool: Tool, file: str) -> None:
    (build.HERE / tool.name / file).write_text("changed")

    with pytest.raises(FileNotFoundError, match=r"python tests/tools/build\.py some"):
        built("some")


def test_changed_linker_flags_make_a_tool_stale(tool: Tool) -> None:
    assert not dataclasses.replace(tool, ldflags="-X version=v2").is_current()


def test_a_tool_that_is_not_there_is_not_current(tool: Tool) -> None:
    tool.path.unlink()

    assert not tool.is_current()


def test_every_module_is_a_tool_and_pins_its_package() -> None:
    modules = {path.parent.name: path.read_text() for path in Path(__file__).parent.glob("*/go.mod")}

    assert modules.keys() == {tool.folder for tool in TOOLS.values()}
    for name, tool in TOOLS.items():
        assert tool.package == "." or tool.package in modules[tool.folder].split(), name
        assert (Path(__file__).parent / tool.folder / "go.sum").exists()


def test_every_tool_is_built_for_a_hub_for_ack_or_for_tests_alone() -> None:
    """A hub must not wait for ACK's controllers."""
    hub, ack = set(SETS["--hub"]), set(SETS["--ack"])

    assert hub | ack | set(JUDGES) == TOOLS.keys()
    assert not hub & set(JUDGES)
    assert ack - hub == {name for name in TOOLS if name.startswith("ack-")}


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("crossplane-core", "github.com/crossplane/crossplane/v2"),
        ("kube-apiserver", "k8s.io/kubernetes"),
        ("argocd", "github.com/argoproj/argo-cd/v3"),
    ],
)
def test_a_program_says_the_version_that_its_module_pins(name: str, module: str) -> None:
    text = (Path(__file__).parent / TOOLS[name].folder / "go.mod").read_text()
    version = re.search(r"(?:gitVersion|[.]version)=v?(\S+)", TOOLS[name].ldflags)

    assert version and f"{module} v{version[1]}\n" in text
