"""YAML documents of files, folders and standard input, with the lines that they came from."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.cli.parsing import Entry, Node, NoYaml, parse
from argosy.plan import shown

SUFFIXES = (".json", ".yaml", ".yml")
"""Files of a folder that are read, those that `kubectl apply -f` reads."""


class Unreadable(Exception):  # noqa: N818  (a report to the person at the command line)
    """A file is no YAML, or cannot be read at all.

    Attributes:
        no_yaml: whether it could be read and is no YAML.
    """

    def __init__(self, place: str, problem: str, *, no_yaml: bool = False) -> None:
        """Reports `problem` at `place`, which is `file` or `file:line`."""
        super().__init__(f"{place}: {shown(problem, 2000)}")
        self.no_yaml = no_yaml


@dataclass(frozen=True)
class Document:
    """One object.

    Attributes:
        file: the file's path as given, or `-`.
        value: the object as plain mappings, lists and scalars.
        node: the same with lines.
    """

    file: str
    value: Any
    node: Node

    def line(self, path: str) -> int:
        """The line of a field such as `spec.nodes.groups[0].minSize`, or of the nearest one around it."""
        here, line = self.node, self.node.line
        steps = re.findall(r"[^.\[\]]+|\[[^\]]*\]", path)
        while steps:
            found = _child(here, steps)
            if found is None:
                break
            entry, taken = found
            here, line, steps = entry.node, entry.line, steps[taken:]
        return line

    def place(self, path: str) -> str:
        """`file:line` of a field."""
        return f"{self.file}:{self.line(path)}"


def _child(here: Node, steps: list[str]) -> tuple[Entry, int] | None:
    """The child that the first steps name, and how many they are: keys such as `example.org/tier` have dots."""
    content = here.content
    if isinstance(content, dict):
        names = ((".".join(steps[:taken]), taken) for taken in range(len(steps), 0, -1))
        return next(((content[name], taken) for name, taken in names if name in content), None)
    if isinstance(content, list):
        name = steps[0].strip("[]")
        index = int(name) if name.isdigit() else _index_of(content, name)
        if index is not None and index < len(content):
            return Entry(content[index].line, content[index]), 1
    return None


def _index_of(items: list[Node], name: str) -> int | None:
    """Where the item of a keyed list stands."""
    for index, item in enumerate(items):
        if isinstance(item.content, dict) and (entry := item.content.get("name")) and entry.node.content == name:
            return index
    return None


def files(path: str) -> list[str]:
    """The file, or the files of a folder in order of name, also below but in no hidden folder; `-` is standard input.

    Raises:
        Unreadable: if there is no such file.
    """
    if path == "-":
        return [path]
    place = Path(path)
    if place.is_dir():
        found = (file for file in sorted(place.rglob("*")) if file.suffix in SUFFIXES and file.is_file())
        return [str(file) for file in found if not _is_hidden(file.relative_to(place))]
    if not place.exists():
        raise Unreadable(path, "there is no such file")
    return [path]


def _is_hidden(file: Path) -> bool:
    return any(step.startswith(".") for step in file.parts)


def read(paths: Iterable[str]) -> Iterator[Document]:
    """All documents of files and folders; the items of a `List`, as `kubectl get -o yaml` prints it, one by one.

    Raises:
        Unreadable: for what is not there or no YAML.
    """
    for path in paths:
        for file in files(path):
            yield from read_file(file)


def read_file(file: str) -> list[Document]:
    """All documents of one file.

    Raises:
        Unreadable: if it cannot be read or is no YAML.
    """
    try:
        given = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(file, f"is no UTF-8 text (byte {error.start + 1})", no_yaml=True) from None
    except OSError as error:
        raise Unreadable(file, f"cannot be read: {error.strerror}") from None
    try:
        return [Document(file, item.plain(), item) for node in parse(text) for item in _items(node)]
    except NoYaml as error:
        place = f"{file}:{error.line}" if error.line is not None else file
        raise Unreadable(place, f"is no YAML: {error.problem}", no_yaml=True) from None


def _items(node: Node) -> list[Node]:
    content = node.content
    if content is None:
        return []
    if isinstance(content, dict) and {"kind", "items"} <= set(content):
        kind, items = content["kind"].node.content, content["items"].node.content
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            return items
    return [node]
