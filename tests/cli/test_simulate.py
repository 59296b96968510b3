"""`argosy simulate`: a life, as a story and as data."""

from __future__ import annotations

import json
import os
import pty
import re
import sys
from pathlib import Path
from subprocess import PIPE, Popen, run

import pytest
from ruamel.yaml import YAML

from tests.cli.program import CLAIM, MINIMAL, argosy, claim

PROGRAM = (sys.executable, "-c", "from argosy.cli import main; main()")
COLOUR = re.compile(rb"\x1b\[[0-9;]*3[0-9]m")
"""What makes a terminal write in colour; bold alone is none (https://no-color.org, read 2026-11)."""


def on_a_terminal(columns: int, **environment: str) -> bytes:
    """What a person sees of the minimal claim's life."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    wanted = {**clean, "TERM": "xterm-256color", "COLUMNS": str(columns), **environment}
    with Popen([*PROGRAM, "simulate", MINIMAL], stdout=theirs, stderr=PIPE, env=wanted) as process:
        os.close(theirs)
        seen = b""
        try:
            while read := os.read(ours, 65536):
                seen += read
        except OSError:  # Linux says so when the other end is closed
            pass
        assert process.stderr is not None
        assert process.stderr.read() == b""
    os.close(ours)
    assert process.returncode == 0
    return seen.replace(b"\r\n", b"\n")


def words_on_a_terminal(columns: int) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(columns).decode())


def test_a_terminal_gets_colour() -> None:
    assert COLOUR.search(on_a_terminal(100))


def test_no_color_is_heeded() -> None:
    assert not COLOUR.search(on_a_terminal(100, NO_COLOR="1"))


def test_a_wide_terminal_gets_the_words_that_a_file_gets() -> None:
    assert words_on_a_terminal(200) == argosy("simulate", MINIMAL).stdout


def test_a_file_gets_no_colour_even_where_an_environment_forces_it() -> None:
    environment = {**os.environ, "FORCE_COLOR": "1"}
    done = run([*PROGRAM, "simulate", MINIMAL], stdout=PIPE, env=environment, check=True)
    assert done.stdout.decode() == argosy("simulate", MINIMAL).stdout


@pytest.mark.parametrize("columns", [20, 64])
def test_no_name_is_cut_on_a_narrow_terminal(columns: int) -> None:
    story = words_on_a_terminal(columns)
    words = {word.strip(",") for word in argosy("simulate", MINIMAL).stdout.split()}
    assert {word.strip(",") for word in story.split()} == words
    lists = [line for line in story.splitlines() if line.startswith("  asks for ")]
    assert lists
    assert max(map(len, lists)) <= 64


def test_a_reader_that_leaves_early_sees_no_traceback() -> None:
    with Popen([*PROGRAM, "simulate", MINIMAL], stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_json_has_the_passes_the_claim_and_the_resources() -> None:
    report = json.loads(argosy("simulate", MINIMAL, "--format", "json").stdout)
    assert set(report) == {"passes", "xr", "resources", "settled"}
    assert report["settled"] is True
    for item in report["passes"]:
        assert set(item) == {"number", "created", "ready", "conditions", "results"}
    numbers = [item["number"] for item in report["passes"]]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1
    created = [key for item in report["passes"] for key in item["created"]]
    ready = [key for item in report["passes"] for key in item["ready"]]
    assert sorted(created) == sorted(ready) == sorted(report["resources"])
    false = [item["type"] for item in report["xr"]["status"]["conditions"] if item["status"] != "True"]
    assert false == ["Deletable"]
    assert all(item["status"]["conditions"] for item in report["resources"].values())


def test_yaml_is_the_same_report() -> None:
    as_yaml = YAML(typ="safe").load(argosy("simulate", MINIMAL, "--format", "yaml").stdout)
    assert as_yaml == json.loads(argosy("simulate", MINIMAL, "--format", "json").stdout)


def test_the_story_tells_each_object_once_as_asked_for_and_once_as_ready() -> None:
    story = argosy("simulate", MINIMAL).stdout
    keys = json.loads(argosy("simulate", MINIMAL, "--format", "json").stdout)["resources"]
    told = [line for line in story.splitlines() if line.startswith((" " * 20, "  asks for", "  ready "))]
    words = " ".join(told).replace(",", " ").split()
    assert {key: words.count(key) for key in keys} == dict.fromkeys(keys, 2)
    assert story.startswith(f"XEKSCluster team-orders/orders: {len(keys)} objects to make\n")
    assert f"all {len(keys)} objects are ready" in story


def test_one_pass_is_told_as_not_settled() -> None:
    result = argosy("simulate", MINIMAL, "--passes", "1")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("not settled yet; last change in pass 1")
    report = json.loads(argosy("simulate", MINIMAL, "--passes", "1", "--format", "json").stdout)
    assert (report["settled"], len(report["passes"])) == (False, 1)


def test_a_fault_keeps_its_resource_from_getting_ready_and_names_it() -> None:
    report = json.loads(argosy("simulate", MINIMAL, "--fail", "cluster=no such luck", "--format", "json").stdout)
    conditions = {item["type"]: item for item in report["xr"]["status"]["conditions"]}
    assert report["settled"] is True
    assert conditions["NetworkReady"]["status"] == "True"
    assert conditions["ControlPlaneReady"]["reason"] == "Failed"
    assert "cluster: no such luck" in conditions["ControlPlaneReady"]["message"]
    assert "argocd-cluster-secret" not in report["resources"]


def test_a_fault_of_a_resource_that_is_not_there_is_wrong_use_before_anything_is_told() -> None:
    result = argosy("simulate", MINIMAL, "--fail", "clusterr=x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the claim has no resource clusterr; it has access-entry-argocd, " in result.stderr


@pytest.mark.parametrize("options", [("--fail", "cluster"), ("--fail", "=x"), ("--passes", "0"), ("--passes", "x")])
def test_an_option_of_another_form_is_wrong_use(options: tuple[str, str]) -> None:
    result = argosy("simulate", MINIMAL, *options)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_refused_claim_is_told_on_standard_error_alone(tmp_path: Path) -> None:
    for form in ("text", "json", "yaml"):
        result = argosy("simulate", claim(tmp_path, f"{CLAIM}  bogus: 1\n"), "--format", form)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "is refused: spec.bogus: " in result.stderr
