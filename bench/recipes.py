"""What a user would write to compose what we compose: a base for each object, and what is patched into it.

Nobody has written a Composition of our designs for another function, so it is inferred from our own answer. What is
found in the claim or in its status is a patch; all else is the base. That favours the peers: no peer computes an
address, orders a deletion or waits, and yet each must come to the same resources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from argosy.cli.request import KEY_ANNOTATION
from bench.cases import Case

Path = tuple[str | int, ...]

WORDS: tuple[Path, ...] = (("status", "cluster", "name"), ("status", "account"), ("spec", "region"))
"""Fields of the composite that people put into longer texts: names, ARNs, zones, policies."""
SHORTEST = 4
"""Letters of a text that is patched because a field has the same; a shorter one is the same by chance."""
PLAIN = ("metadata", "status", "spec")
"""Parts of a composite that are patched from, the first that has a text first."""
NO_SOURCE = (
    *(("metadata", name) for name in ("creationTimestamp", "finalizers", "managedFields", "uid")),
    *(("spec", name) for name in ("crossplane", "resourceRefs")),
    ("status", "conditions"),
    ("status", "hub", "argocdMode"),
    ("status", "hub", "argocdNamespace"),
    ("status", "hub", "environmentConfig"),
)
"""What nobody patches from, although its text stands elsewhere, too: "argosy" is the name of many things."""
TAGS: Path = ("spec", "tags")
"""A map of the claim that is merged into others."""


@dataclass(frozen=True)
class Patch:
    """A text made of fields of the composite, or a whole list or map of it.

    Attributes:
        parts: texts, and paths of fields, in their order.
    """

    parts: tuple[str | Path, ...]

    @property
    def variables(self) -> tuple[Path, ...]:
        """The fields, in their order; one that stands there twice is there twice."""
        return tuple(part for part in self.parts if not isinstance(part, str))

    @property
    def alone(self) -> bool:
        """Whether it is a field and nothing else."""
        return len(self.parts) == 1


@dataclass(frozen=True)
class Template:
    """One object as people write it down.

    Attributes:
        manifest: the object as it comes out.
        patches: by path within it.
        merged: paths of maps into which the claim's tags go.
        tags: names of the claim's tags.
    """

    key: str
    manifest: Mapping[str, Any]
    patches: Mapping[Path, Patch]
    merged: tuple[Path, ...] = ()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fact:
    """A field of the composite's status and where it is observed."""

    key: str
    source: Path
    target: Path


@dataclass(frozen=True)
class Recipe:
    """All that a user would write for a claim."""

    templates: tuple[Template, ...]
    facts: tuple[Fact, ...]

    @property
    def patches(self) -> int:
        """How many patches it has."""
        return sum(len(item.patches) + len(item.merged) for item in self.templates) + len(self.facts)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf with its path; an empty map or list is one."""
    if isinstance(value, Mapping) and value:
        for name, child in value.items():
            yield from leaves(child, (*path, name))
    elif isinstance(value, list) and value:
        for index, child in enumerate(value):
            yield from leaves(child, (*path, index))
    else:
        yield path, value


def recipe(case: Case) -> Recipe:
    """What a user would write to compose a case."""
    cook = _Cook(case.composite)
    templates = (cook.template(key, _without_key(manifest)) for key, manifest in case.desired.items())
    return Recipe(tuple(templates), tuple(_facts(case)))


class _Cook:
    """Finds a composite's fields in manifests."""

    def __init__(self, composite: Mapping[str, Any]) -> None:
        self._texts, self._wholes = _fields(composite)
        self._words = {str(at(composite, path)): path for path in WORDS if at(composite, path)}
        self._pattern = re.compile("|".join(map(re.escape, sorted(self._words, key=len, reverse=True))))
        self._tags: Mapping[str, str] = at(composite, TAGS) or {}

    def template(self, key: str, manifest: dict[str, Any]) -> Template:
        patches: dict[Path, Patch] = {}
        merged: list[Path] = []
        self._search(manifest, (), patches, merged)
        return Template(key, manifest, patches, tuple(merged), frozenset(self._tags))

    def _search(self, value: Any, path: Path, patches: dict[Path, Patch], merged: list[Path]) -> None:
        if isinstance(value, str):
            if patch := self._patch(value):
                patches[path] = patch
        elif isinstance(value, dict | list):
            if value and (whole := self._wholes.get(_text(value))):
                patches[path] = Patch((whole,))
                return
            tags = self._tags if isinstance(value, dict) and self._tags and self._tags.items() <= value.items() else {}
            if tags:
                merged.append(path)
            for step, child in value.items() if isinstance(value, dict) else enumerate(value):
                if step not in tags:
                    self._search(child, (*path, step), patches, merged)

    def _patch(self, text: str) -> Patch | None:
        if text in self._texts:
            return Patch((self._texts[text],))
        parts: list[str | Path] = []
        end = 0
        for match in self._pattern.finditer(text):
            parts += [text[end : match.start()]] if match.start() > end else []
            parts.append(self._words[match[0]])
            end = match.end()
        if not parts:
            return None
        return Patch((*parts, text[end:]) if end < len(text) else tuple(parts))


def at(value: Any, path: Path) -> Any:
    """The value at a path, or None."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _fields(composite: Mapping[str, Any]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Paths of the composite's fields by their text, and of the claim's lists and maps by how they are written."""
    texts: dict[str, Path] = {}
    wholes: dict[str, Path] = {}
    for part in PLAIN:
        for path, value in _nodes(composite.get(part, {}), (part,)):
            if any(path[: len(start)] == start for start in NO_SOURCE):
                continue
            if isinstance(value, str) and len(value) >= SHORTEST:
                texts.setdefault(value, path)
            elif isinstance(value, dict | list) and value and part == "spec":
                wholes.setdefault(_text(value), path)
    return texts, wholes


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _nodes(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Everything in a value, itself too."""
    yield path, value
    for step, child in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _nodes(child, (*path, step))


def _facts(case: Case) -> Iterator[Fact]:
    """Fields of the status that stand in what is observed of an object: ids, ARNs, addresses."""
    told = {
        text: (key, path)
        for key, item in sorted(case.observed.items())
        for path, text in leaves(item.get("status", {}), ("status",))
        if isinstance(text, str) and len(text) >= 2 * SHORTEST and path[1] != "conditions"
    }
    for path, text in leaves(case.composite.get("status", {}), ("status",)):
        if path[1] != "conditions" and text in told:
            key, source = told[text]
            yield Fact(key, source, path)


def _without_key(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest without the annotation that Crossplane adds."""
    annotations = {name: text for name, text in manifest["metadata"]["annotations"].items() if name != KEY_ANNOTATION}
    metadata = {**manifest["metadata"], "annotations": annotations}
    if not annotations:
        del metadata["annotations"]
    return {**manifest, "metadata": metadata}
