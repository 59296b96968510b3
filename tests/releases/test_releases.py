"""TST-06, REL-03: what a release called things, every later one calls so, or Crossplane deletes the old ones first.

A release has a folder with its claims and what they had: key, kind, name, and the name on AWS if we choose it. Claims
stand there as they were then, because the examples go on. `make golden` adds what is new to the folder of the version
that is being made, and never changes or removes a line; the folders of earlier versions nobody touches.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from argosy import __version__
from argosy.cli.options import to_yaml
from tests.safety.answers import items_of
from tests.safety.checks_tenancy import NAMED_BY_FIELD
from tests.support.lives import ENGINE, Life, every_life, example, moments, without_status

HERE = Path(__file__).parent
CURRENT = HERE / __version__
MOVED: dict[str, str] = {}
"""Keys that were renamed on purpose, old to new: each in two releases, both at first, and told in an upgrade guide."""


class Called(NamedTuple):
    """What a composed object is called.

    Attributes:
        aws: its name on AWS if we choose it, else None.
    """

    kind: str
    name: str
    aws: str | None


def called(claim: dict[str, Any]) -> dict[str, Called]:
    """What everything of a claim is called when it is asked for first, before AWS has given it a name."""
    found: dict[str, Called] = {}
    for moment in moments(Life(claim)):
        for item in items_of(moment.answer.desired):
            if item.is_folded:
                continue
            field = NAMED_BY_FIELD.get(item.kind)
            found.setdefault(
                item.key, Called(item.kind, item.name, item.get(field[0]) if field else item.external_name)
            )
    return found


def cases() -> Iterator[Path]:
    yield from sorted(HERE.glob("*/*.yaml"))


def load(path: Path) -> tuple[dict[str, Any], dict[str, Called]]:
    """A case: the claim, and what its objects were called."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data["claim"], {key: Called(**names) for key, names in data["keys"].items()}


def store(path: Path, claim: dict[str, Any], keys: dict[str, Called]) -> None:
    path.parent.mkdir(exist_ok=True)
    data = {"claim": claim, "keys": {key: keys[key]._asdict() for key in sorted(keys)}}
    path.write_text(to_yaml([data]), encoding="utf-8")


def grow(path: Path, first: dict[str, Any]) -> None:
    """Writes a case that is not there, and adds new keys to one that is."""
    claim, known = load(path) if path.exists() else (first, {})
    store(path, claim, {**called(claim), **known})


@every_life
def test_the_version_that_is_being_made_has_every_example_with_every_key(
    name: str, engine: str, update_golden: bool
) -> None:
    path = CURRENT / (f"{name}.yaml" if engine == ENGINE else f"{name}-{engine}.yaml")
    if update_golden:
        grow(path, without_status(example(name, engine)))
    assert path.exists(), f"{path.relative_to(HERE)} is missing; `make golden` writes it"
    claim, known = load(path)
    assert sorted(set(called(claim)) - set(known)) == [], "`make golden` adds them"


@pytest.mark.parametrize("path", list(cases()), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_tst_06_what_a_release_called_things_they_are_still_called(path: Path) -> None:
    """REL-03, REL-04, UPG-14: keys are there, and kinds, names and names on AWS are the same."""
    claim, known = load(path)
    now = called(claim)
    assert len(known) > 30
    assert {key: now.get(MOVED.get(key, key)) for key in known} == known


def test_golden_files_only_grow(tmp_path: Path) -> None:
    path = tmp_path / "release" / "minimal.yaml"
    claim = load(CURRENT / "minimal.yaml")[0]
    kept = {"vpc": Called("ec2/VPC", "an-older-name", None), "gone": Called("ec2/VPC", "gone", None)}
    path.parent.mkdir()
    store(path, claim, kept)
    grow(path, {**claim, "spec": {"region": "us-east-1"}})
    found_claim, found = load(path)
    assert found_claim == claim
    assert {key: found[key] for key in kept} == kept
    assert len(found) > 30
