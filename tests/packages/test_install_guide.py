"""What docs/install.md prints is what its commands print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.engines.hub import OBJECT
from argosy.engines.upbound.envelope import KINDS
from tests.packages.dockerfile import ROOT
from tests.render.server import serving
from tests.tools.build import built

GUIDE = ROOT / "docs" / "install.md"
TEXT = GUIDE.read_text()
BLOCKS = re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
FUNCTIONS = "examples/setup/functions.yaml"


def commands(block: str) -> list[tuple[str, str]]:
    """Each command of a block, and what it prints."""
    found: list[tuple[str, str]] = []
    goes_on = False
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), ""))
        elif goes_on:
            found[-1] = (f"{found[-1][0]}\n{line}", "")
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
        goes_on = line.endswith("\\")
    return found


@pytest.mark.tools
def test_rendering_prints_what_the_guide_says(tmp_path: Path) -> None:
    built("crossplane-cli"), built("crossplane-core")
    ((serve, _), (render, printed), _) = commands(next(block for block in BLOCKS if "crossplane render" in block))
    program, *arguments = serve.removesuffix(" &").split()
    assert program == ".venv/bin/function-argosy"
    assert arguments == ["--insecure", "--address", "127.0.0.1:9443"]
    # Another port than the printed one, which may be taken here.
    with serving([sys.executable, "-m", "argosy.main"]) as address:
        functions = tmp_path / "functions.yaml"
        functions.write_text((ROOT / FUNCTIONS).read_text().replace("localhost:9443", address))
        assert FUNCTIONS in render
        process = subprocess.run(
            ["bash", "-o", "pipefail", "-c", render.replace(FUNCTIONS, str(functions))],
            cwd=ROOT,
            env={"HOME": str(tmp_path), "LC_ALL": "C", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert process.stdout == printed, process.stderr


def test_the_guide_applies_every_file_of_the_setup() -> None:
    folder = ROOT / "examples" / "setup"
    named = set(re.findall(r"examples/setup/((?:claims/)?[\w-]+\.yaml)", TEXT))
    assert named == {
        str(path.relative_to(folder)) for pattern in ("*.yaml", "claims/*.yaml") for path in folder.glob(pattern)
    }


def test_every_file_that_the_guide_names_is_there() -> None:
    paths = set(
        re.findall(r"(?:examples|functions|compositions|xrds|package)/[\w./-]+\.\w+|functions/Dockerfile", TEXT)
    )
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", TEXT)} - {""}
    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    assert [link for link in sorted(links) if not (GUIDE.parent / link).exists()] == []


def test_the_guide_counts_the_kinds_that_are_activated() -> None:
    (count,) = re.findall(r"composed kinds are active, (\d+) of them", TEXT)
    assert int(count) == len({*KINDS.values(), OBJECT})


def test_every_role_document_is_in_the_table() -> None:
    folder = ROOT / "examples" / "setup" / "iam"
    linked = set(re.findall(r"\((\S+\.json)\)", (folder / "README.md").read_text()))
    assert linked == {path.name for path in folder.glob("*.json")}
