"""What is checked in is what the models produce, and every reader reads the same in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from ruamel.yaml import YAML

from argosy.generate import __main__ as program
from argosy.generate import outputs
from argosy.generate.manifests import to_yaml
from tests.generate.xrd import ROOT

MANIFESTS = sorted(path for path in outputs.outputs() if path.endswith(".yaml"))


def test_the_checked_in_files_are_current() -> None:
    assert list(outputs.drift(ROOT)) == []


def test_each_file_says_on_its_first_line_that_it_is_generated() -> None:
    assert [path for path, text in outputs.outputs().items() if outputs.NOTE not in text.splitlines()[0]] == []


def test_another_process_with_another_hash_seed_writes_the_same_bytes() -> None:
    script = "import json; from argosy.generate.outputs import outputs; print(json.dumps(outputs()))"
    texts = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(texts) == 1


def test_what_is_written_is_current(tmp_path: Path) -> None:
    assert sorted(outputs.write(tmp_path)) == sorted(outputs.outputs())
    assert list(outputs.drift(tmp_path)) == []
    assert outputs.write(tmp_path) == []


def test_a_changed_a_missing_and_a_stale_file_are_found_and_mended(tmp_path: Path) -> None:
    outputs.write(tmp_path)
    changed, missing, *_ = MANIFESTS
    (tmp_path / changed).write_text((tmp_path / changed).read_text().replace("kind: ", "kind:  "))
    (tmp_path / missing).unlink()
    stale = tmp_path / "compositions" / "xvanished" / "upbound.yaml"
    stale.parent.mkdir()
    stale.write_text(f"# {outputs.NOTE}\nkind: Composition\n")

    problems = [problem.splitlines()[0] for problem in outputs.drift(tmp_path)]

    assert sorted(problems) == sorted(
        [
            f"{changed} is not current:",
            f"{missing} is missing",
            "compositions/xvanished/upbound.yaml is stale: nothing produces it any more",
        ]
    )
    assert sorted(outputs.write(tmp_path)) == sorted([changed, missing, "compositions/xvanished/upbound.yaml"])
    assert list(outputs.drift(tmp_path)) == []


def test_a_file_that_people_wrote_is_never_stale(tmp_path: Path) -> None:
    file = tmp_path / "package" / "argosy" / "crossplane.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"kind: Configuration\n# not {outputs.NOTE}\n")

    outputs.write(tmp_path)

    assert file.exists()


def test_verify_says_what_differs_and_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "ROOT", tmp_path)
    assert CliRunner().invoke(program.main, ["write"]).exit_code == 0
    assert CliRunner().invoke(program.main, ["verify"]).exit_code == 0
    file = tmp_path / MANIFESTS[0]
    file.write_text(file.read_text().replace("Composition", "Opposition"))

    result = CliRunner().invoke(program.main, ["verify"])

    assert result.exit_code == 1
    assert result.stdout == ""
    assert f"{MANIFESTS[0]} is not current" in result.stderr
    assert "-kind: Opposition\n+kind: Composition" in result.stderr
    assert "run `make generate`" in result.stderr


def test_no_line_ends_in_a_space_and_each_file_in_one_newline() -> None:
    for path, text in outputs.outputs().items():
        assert [line for line in text.splitlines() if line != line.rstrip()] == [], path
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


# YAML


@pytest.mark.parametrize("path", MANIFESTS)
def test_yaml_1_1_and_1_2_read_a_manifest_alike(path: str) -> None:
    text = (ROOT / path).read_text()

    assert yaml.safe_load(text) == YAML(typ="safe").load(text)
    # PyYAML leaves y and n as text, Go's YAML 1.1 reader does not
    assert not [token for token in yaml.scan(text) if _is_bare_y_or_n(token)]


def _is_bare_y_or_n(token: yaml.Token) -> bool:
    return isinstance(token, yaml.ScalarToken) and token.plain and token.value.lower() in {"y", "n"}


@pytest.mark.parametrize(
    "text",
    [
        *("y", "N", "on", "Off", "null", "~", "", "=", "<<", "1", "-1", ".5", "1e3", "1_000", "0o17", "017", "0x1F"),
        *("12:30", "190:20:30", "2026-11-24", "2026-11-24T00:00:00Z", ".inf", ".NaN", "a: b", "a #b", "*", "- a"),
        *("é", "a\nb", "x " * 200, "word  " * 50, "é  " * 60, " a", "a ", "'", '"', "{}", "^a$", "%"),
    ],
)
def test_text_stays_text_for_every_reader(text: str) -> None:
    value = {text: [text], "other": {"deep": text}}
    written = to_yaml(value)

    assert yaml.safe_load(written) == value
    assert YAML(typ="safe").load(written) == value
    assert not [token for token in yaml.scan(written) if _is_bare_y_or_n(token)]
