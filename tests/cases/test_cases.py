"""The golden files of every example and engine: a change of what is emitted is a diff that a person reads.

`make golden` rewrites them; nothing else does.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from argosy.cli import main
from argosy.cli.options import to_yaml
from argosy.cli.request import Answer
from tests.schemas.schemas import violations
from tests.support.lives import EXAMPLE_NAMES, ROOT, every_life, example_file, life_of

CASES = Path(__file__).parent


def compare(path: Path, text: str, update: bool) -> None:
    """Compares a text with a golden file, or writes it."""
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.relative_to(ROOT)} is missing; `make golden` writes it"
    assert text == path.read_text(encoding="utf-8"), f"differs from {path.relative_to(ROOT)}; see `make golden`"


def settled(name: str, engine: str) -> Answer:
    """The last answer in the life of an example."""
    return life_of(name, engine)[-1].answer


@every_life
def test_settled_manifests_are_the_golden_ones(name: str, engine: str, update_golden: bool) -> None:
    told = settled(name, engine)
    xr = {"status": {**told.status, "conditions": told.conditions}}
    compare(CASES / name / f"{engine}.yaml", to_yaml([xr, *told.desired.values()]), update_golden)


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_the_story_is_the_golden_one(name: str, update_golden: bool) -> None:
    result = CliRunner().invoke(main, ["simulate", str(example_file(name))])
    assert result.exit_code == 0, result.output
    compare(CASES / name / "story.txt", result.stdout, update_golden)


def test_there_is_a_case_for_every_example_and_no_other() -> None:
    folders = sorted(path.name for path in CASES.iterdir() if path.is_dir() and path.name != "__pycache__")
    assert folders == sorted(EXAMPLE_NAMES)


@every_life
def test_tst_10_every_manifest_of_every_pass_is_one_that_an_api_server_takes(name: str, engine: str) -> None:
    """REL-21."""
    checked, seen = 0, set[str]()
    for moment in life_of(name, engine):
        for manifest in moment.answer.desired.values():
            if (text := repr(manifest)) not in seen:
                seen.add(text)
                checked += 1
                assert violations(manifest) == []
    assert checked >= len(settled(name, engine).desired)


@every_life
def test_every_object_that_the_simulator_shows_is_one_that_an_api_server_takes(name: str, engine: str) -> None:
    seen = set[str]()
    for moment in life_of(name, engine):
        for item in moment.observed.values():
            if (text := repr(item)) not in seen:
                seen.add(text)
                assert violations(item) == []
    assert len(seen) > len(settled(name, engine).desired)
