"""The corpus of hostile claims, as data: `corpus/*.yaml`, one file per theme.

A sample is written as a person would write the claim. What is too long to be read has three tags: `!times [n, text]`
repeats a text, `!many [n, item]` makes a list and `!keys [n, key]` a mapping, with `{}` as the number; `!join` puts
texts together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.lives import claim_of

CORPUS = Path(__file__).parent / "corpus"
REFUSED = ("arns", "injection", "names", "ranges", "reserved", "unicode", "unknown", "values")
"""Themes whose samples are claims that are refused; the other files have a form of their own."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A claim that must be refused.

    Attributes:
        name: theme and id.
        attack: what it tries, one sentence.
        items: ids of the safety items that it would break.
        claim: the whole claim.
        refused: path of the field that the refusal must name.
        validate: what `argosy validate` says if it cannot name the field, because the text is no YAML for kubectl.
        admission: whether the API server refuses it too: it has no tables and no hub facts, and puts a default in the
            place of a null.
    """

    name: str
    attack: str
    items: tuple[str, ...]
    claim: dict[str, Any]
    refused: str
    validate: str | None
    admission: bool


class Loader(yaml.SafeLoader):
    """Reads the corpus: YAML with the tags for what is long."""


def _sequence(loader: yaml.SafeLoader, node: yaml.Node) -> list[Any]:
    assert isinstance(node, yaml.SequenceNode)
    found: list[Any] = loader.construct_sequence(node, deep=True)
    return found


def _times(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    number, text = _sequence(loader, node)
    return str(text) * int(number)


def _many(loader: yaml.SafeLoader, node: yaml.Node) -> list[Any]:
    number, item = _sequence(loader, node)
    return [_numbered(item, index) for index in range(number)]


def _keys(loader: yaml.SafeLoader, node: yaml.Node) -> dict[str, str]:
    number, key = _sequence(loader, node)
    return {_numbered(key, index): "x" for index in range(number)}


def _join(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    return "".join(_sequence(loader, node))


def _numbered(item: Any, index: int) -> Any:
    if isinstance(item, Mapping):
        return {name: _numbered(value, index) for name, value in item.items()}
    if isinstance(item, list):
        return [_numbered(value, index) for value in item]
    return item.replace("{}", str(index)) if isinstance(item, str) else item


for _tag, _make in {"!times": _times, "!many": _many, "!keys": _keys, "!join": _join}.items():
    Loader.add_constructor(_tag, _make)


def load(theme: str) -> list[dict[str, Any]]:
    """The samples of a file as they are written."""
    found: list[dict[str, Any]] = yaml.load((CORPUS / f"{theme}.yaml").read_text(), Loader)
    return found


def refused() -> Iterator[Sample]:
    """Every sample that must be refused."""
    for theme in REFUSED:
        for entry in load(theme):
            yield Sample(
                name=f"{theme}-{entry['id']}",
                attack=entry["attack"],
                items=tuple(entry["items"]),
                claim=whole(entry),
                refused=entry["refused"],
                validate=entry.get("validate"),
                admission=entry.get("admission", True),
            )


def whole(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The claim of a sample: `spec` and `metadata` over those of a small claim, `claim` over all of it."""
    claim = claim_of({"region": "eu-west-1", **entry.get("spec", {})})
    for name, value in entry.get("claim", {}).items():
        claim[name] = {**claim[name], **value} if name == "metadata" else value
    return claim
