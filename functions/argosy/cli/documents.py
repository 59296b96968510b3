"""YAML documents of files, folders and standard input, with the lines that they came from."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from argosy.cli.parsing import Entry, Node, NoYaml, parse
from argosy.plan import shown

Given = TypeVar("Given")
Made = TypeVar("Made")


class Each(Protocol):
    """Work on each of many things, in their order: `map`, or `Workers` where there are many."""

    def __call__(self, work: Callable[[Given], Made], items: Sequence[Given], /) -> Iterator[Made]:
        """What `work` makes of each."""
        ...


SUFFIXES = (".json", ".yaml", ".yml")
"""Files of a folder that are read, those that `kubectl apply -f` reads."""

BETWEEN = re.compile(r"^(?=---(?:[ \t\r\n]|\Z))", re.MULTILINE)
"""Where a document begins whatever stands before: no text, quoted or not, may have such a line (YAML 1.2.2, 9.1.2)."""
BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What ends a line for the reader of YAML."""


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
class Piece:
    """Text that begins and ends between documents.

    Attributes:
        before: lines of the file before it.
    """

    text: str
    before: int = 0

    def nodes(self) -> list[Node]:
        """Its objects.

        Raises:
            NoYaml: with the line in the file.
        """
        try:
            return [item for node in parse(self.text) for item in _items(node)]
        except NoYaml as error:
            raise NoYaml(error.problem, None if error.line is None else error.line + self.before) from None


@lru_cache(maxsize=1)  # a `List` of a thousand objects would be parsed again for each mistake in it
def _nodes(piece: Piece) -> list[Node]:
    return piece.nodes()


def _values(piece: Piece) -> list[Any] | None:
    """The objects of a piece; None if it is no YAML by itself."""
    try:
        return [node.plain() for node in piece.nodes()]
    except NoYaml:
        return None


@dataclass(frozen=True)
class Document:
    """One object. Lines are looked up when somebody asks: for a thousand claims they take most of the memory.

    Attributes:
        file: the file's path as given, or `-`.
        value: the object as plain mappings, lists and scalars.
        piece: the text that it is in.
        number: which object of the piece it is.
    """

    file: str
    value: Any
    piece: Piece
    number: int

    def line(self, path: str) -> int:
        """The line of a field such as `spec.nodes.groups[0].minSize`, or of the nearest one around it."""
        here = _nodes(self.piece)[self.number]
        line = here.line
        steps = re.findall(r"[^.\[\]]+|\[[^\]]*\]", path)
        while steps:
            found = _child(here, steps)
            if found is None:
                break
            entry, taken = found
            here, line, steps = entry.node, entry.line, steps[taken:]
        return line + self.piece.before

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


def read(paths: Iterable[str], each: Each = map) -> Iterator[Document]:
    """All documents of files and folders; the items of a `List`, as `kubectl get -o yaml` prints it, one by one.

    Raises:
        Unreadable: for what is not there or no YAML.
    """
    for found in read_files([file for path in paths for file in files(path)], each):
        if isinstance(found, Unreadable):
            raise found
        yield from found


def read_files(names: Sequence[str], each: Each = map) -> Iterator[list[Document] | Unreadable]:
    """All documents of each file, or why there are none."""
    texts = [_text(file) for file in names]
    split = [[] if isinstance(text, Unreadable) else list(_pieces(text)) for text in texts]
    values = each(_values, [piece for pieces in split for piece in pieces])
    for file, text, pieces in zip(names, texts, split, strict=True):
        found = [next(values) for _ in pieces]
        yield text if isinstance(text, Unreadable) else _documents(file, text, pieces, found)


def _text(file: str) -> str | Unreadable:
    try:
        given = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Unreadable(file, f"is no UTF-8 text (byte {error.start + 1})", no_yaml=True)
    except OSError as error:
        return Unreadable(file, f"cannot be read: {error.strerror}")


def _pieces(text: str) -> Iterator[Piece]:
    before = 0
    for part in BETWEEN.split(text):
        yield Piece(part, before)
        before += len(BREAK.findall(part))


def _documents(
    file: str, text: str, pieces: Sequence[Piece], values: Sequence[list[Any] | None]
) -> list[Document] | Unreadable:
    if None in values:
        # a directive stands in the piece before its document, and of a text that has no end the whole tells more
        whole = Piece(text)
        try:
            pieces, values = [whole], [[node.plain() for node in whole.nodes()]]
        except NoYaml as error:
            place = f"{file}:{error.line}" if error.line is not None else file
            return Unreadable(place, f"is no YAML: {error.problem}", no_yaml=True)
    return [
        Document(file, value, piece, number)
        for piece, found in zip(pieces, values, strict=True)
        for number, value in enumerate(found or ())
    ]


def _items(node: Node) -> list[Node]:
    content = node.content
    if content is None:
        return []
    if isinstance(content, dict) and {"kind", "items"} <= set(content):
        kind, items = content["kind"].node.content, content["items"].node.content
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            return items
    return [node]
