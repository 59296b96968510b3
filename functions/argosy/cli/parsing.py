"""YAML as kubectl reads it, with the line of every value.

kubectl and Argo CD read YAML 1.1 with go-yaml v2 and send JSON. A reader that differs passes claims that the API
server then sees otherwise: `on` is a boolean, `1e3` a number, `12:30` and dates are text, and of a key that stands
twice only the last value is left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

DEEPEST = 100
"""Levels of nesting; claims have about ten."""

MOST_COPIES = 100_000
"""Values of one document that aliases may bring: nine levels of aliases would make millions out of one line."""

WORDS: Mapping[str, bool | None] = {
    **{word: True for text in ("yes", "true", "on") for word in (text, text.title(), text.upper())},
    **{word: False for text in ("no", "false", "off") for word in (text, text.title(), text.upper())},
    **dict.fromkeys(("y", "Y"), True),
    **dict.fromkeys(("n", "N"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
"""Plain text that is no text (go.yaml.in/yaml v2.4.4, resolve.go, read 2026-11)."""

INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
NO_JSON = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
"""Numbers by the same source; JSON has no infinity."""

TAG = "tag:yaml.org,2002:"


class NoYaml(Exception):  # noqa: N818  (a report to the person at the command line)
    """A text is no YAML, or none that has a JSON form.

    Attributes:
        problem: what is wrong.
        line: where, or None.
    """

    def __init__(self, problem: str, line: int | None) -> None:
        """Reports `problem` at `line`."""
        super().__init__(problem)
        self.problem = problem
        self.line = line


@dataclass(frozen=True)
class Node:
    """A value and where it stands.

    Attributes:
        line: the first line of the value.
        content: a scalar, a list of nodes, or a mapping of entries.
    """

    line: int
    content: str | bool | int | float | list[Node] | dict[str, Entry] | None

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.content, dict):
            return {name: entry.node.plain() for name, entry in self.content.items()}
        if isinstance(self.content, list):
            return [item.plain() for item in self.content]
        return self.content


@dataclass(frozen=True)
class Entry:
    """A value under its key, and the line of the key."""

    line: int
    node: Node


def parse(text: str) -> Iterator[Node]:
    """The documents of a text.

    Raises:
        NoYaml: for what kubectl would not take.
    """
    events = YAML(typ="safe", pure=True).parse(text)
    try:
        for event in events:
            if isinstance(event, DocumentStartEvent):
                yield _Reader(events).node(next(events), 0)
    except MarkedYAMLError as error:
        problem = "a tab; indent with spaces" if "'\\t'" in str(error.problem) else str(error.problem)
        raise NoYaml(problem, error.problem_mark.line + 1 if error.problem_mark is not None else None) from None
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise NoYaml(str(getattr(error, "reason", error)), line) from None


class _Reader:
    """Builds the nodes of one document."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._values = 0
        self._copies = 0

    def node(self, event: Event, depth: int) -> Node:
        """The node that starts with `event`."""
        line, before = event.start_mark.line + 1, self._values
        if isinstance(event, AliasEvent):
            return self._alias(event.anchor, line)
        self._values += 1
        if depth > DEEPEST:
            raise NoYaml(f"is nested deeper than {DEEPEST} levels", line)
        if isinstance(event, MappingStartEvent):
            node = Node(line, self._mapping(depth))
        elif isinstance(event, SequenceStartEvent):
            node = Node(line, list(self._items(depth)))
        else:
            node = Node(line, _scalar(cast("ScalarEvent", event)))
        if (anchor := getattr(event, "anchor", None)) is not None:
            self._anchors[anchor] = node, self._values - before
        return node

    def _alias(self, anchor: str, line: int) -> Node:
        if anchor not in self._anchors:
            raise NoYaml(f"*{anchor} names no anchor that is complete before it", line)
        node, values = self._anchors[anchor]
        self._values += values
        self._copies += values
        if self._copies > MOST_COPIES:
            raise NoYaml(f"aliases make more than {MOST_COPIES} values", line)
        return node

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), SequenceEndEvent):
            yield self.node(event, depth + 1)

    def _mapping(self, depth: int) -> dict[str, Entry]:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            line = event.start_mark.line + 1
            if isinstance(event, ScalarEvent) and event.implicit[0] and event.value == "<<":
                merged = {**_merged(self.node(next(self._events), depth + 1), line), **merged}
                continue
            key = _key(self.node(event, depth + 1), line)
            if key in own:
                raise NoYaml(f"{key} stands twice, first in line {own[key].line}; leave one", line)
            own[key] = Entry(line, self.node(next(self._events), depth + 1))
        return {**merged, **own}


def _merged(node: Node, line: int) -> dict[str, Entry]:
    """What `<<` brings in: a mapping, or several of which the first wins."""
    found: dict[str, Entry] = {}
    for item in node.content if isinstance(node.content, list) else [node]:
        if not isinstance(item.content, dict):
            raise NoYaml("<< takes a mapping, or a list of mappings", line)
        found = {**item.content, **found}
    return found


def _key(node: Node, line: int) -> str:
    key = node.content
    if key is None or isinstance(key, list | dict):
        raise NoYaml("a key must be text; write it in quotes", line)
    return str(key).lower() if isinstance(key, bool) else str(key)


def _scalar(event: ScalarEvent) -> str | bool | int | float | None:
    text: str = event.value
    plain = event.implicit[0] or (event.tag or "").removeprefix(TAG) in ("bool", "float", "int", "null")
    if not plain:
        return text
    if text in WORDS:
        return WORDS[text]
    if NO_JSON.match(text):
        raise NoYaml(f"{text} is a number that JSON does not have; write text in quotes", event.start_mark.line + 1)
    return _number(text)


def _number(text: str) -> str | int | float:
    digits = text.replace("_", "")
    if text[0] in "-+0123456789" and INTEGER.match(digits):
        base = 8 if re.match(r"[-+]?0[0-7]+\Z", digits) else 0
        number = int(digits, base) if len(digits) < 70 else 2**64
        if -(2**63) <= number < 2**64:
            return number
    if text[0] in "-+.0123456789" and FLOAT.match(digits):
        real = float(digits)
        if not math.isinf(real):
            return int(real) if real.is_integer() else real  # JSON knows one kind of number: 100.0 is 100
    return text
