"""YAML documents with the lines that they came from."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError


class Unreadable(Exception):  # noqa: N818  (a report to the person at the command line)
    """A file is no YAML, or not there.

    Attributes:
        place: `file` or `file:line`.
        problem: what is wrong.
    """

    def __init__(self, place: str, problem: str) -> None:
        """Reports `problem` at `place`."""
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


@dataclass(frozen=True)
class Document:
    """One YAML document.

    Attributes:
        file: the file's path as given, or `-`.
        value: the document; mappings and lists know their lines.
    """

    file: str
    value: Any

    def line(self, path: str) -> int:
        """The line of a field such as `spec.nodes.groups[0].minSize`, or of the nearest one around it."""
        here, line = self.value, _line_of(self.value)
        for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
            found = _child(here, step.strip("[]") if step.startswith("[") else step)
            if found is None:
                break
            here, line = found[0], found[1] or line
        return line

    def plain(self) -> Any:
        """The document as plain mappings, lists and scalars."""
        return _plain(self.value)


def _line_of(value: Any) -> int:
    return int(getattr(getattr(value, "lc", None), "line", 0) or 0) + 1


def _child(here: Any, step: str) -> tuple[Any, int] | None:
    if isinstance(here, Mapping) and step in here:
        return here[step], here.lc.key(step)[0] + 1 if hasattr(here, "lc") else 0
    if isinstance(here, list):
        index = int(step) if step.isdigit() else _index_of(here, step)
        if index is not None and index < len(here):
            return here[index], here.lc.item(index)[0] + 1 if hasattr(here, "lc") else 0
    return None


def _index_of(items: list[Any], name: str) -> int | None:
    return next((i for i, item in enumerate(items) if isinstance(item, Mapping) and item.get("name") == name), None)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value if value is None else str(value)


def reader() -> YAML:
    """A YAML reader that reads as kubectl does: YAML 1.1, where `on` and `no` are booleans."""
    yaml = YAML(typ="rt")
    yaml.version = "1.1"
    return yaml


def read(paths: Iterable[str]) -> Iterator[Document]:
    """All documents of files and folders (their YAML files, in order of name, also below), `-` for standard input.

    Raises:
        Unreadable: for what is not there or no YAML.
    """
    for path in paths:
        for file in _files(path):
            yield from _documents(file)


def _files(path: str) -> list[str]:
    if path == "-":
        return [path]
    place = Path(path)
    if place.is_dir():
        return [str(file) for file in sorted(place.rglob("*")) if file.suffix in (".yaml", ".yml")]
    if not place.exists():
        raise Unreadable(path, "there is no such file")
    return [path]


def _documents(file: str) -> Iterator[Document]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        values = list(reader().load_all(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file}:{mark.line + 1}" if mark is not None else file
        raise Unreadable(place, f"is no YAML: {error.problem}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(file, f"cannot be read: {error}") from None
    yield from (Document(file, value) for value in values if value is not None)
