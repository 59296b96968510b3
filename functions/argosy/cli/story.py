"""The life of a claim as a story on the terminal: what each call asked for, what got ready, what a person is told."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from argosy.cli.options import name_of
from argosy.cli.parts import HEADINGS
from argosy.cli.request import Caller
from argosy.plan import Part

WIDTH = 110
"""Widest line, in characters."""


@dataclass(kw_only=True)
class Pass:
    """One call of the function.

    Attributes:
        number: from 1.
        created: composition-resource names that are desired for the first time.
        ready: names that are ready for the first time.
        conditions: all conditions after the call.
        results: severity, reason and message of each.
    """

    number: int
    created: list[str]
    ready: list[str]
    conditions: list[dict[str, str]]
    results: list[dict[str, str]]


class Story:
    """Tells a life on the terminal while it happens; colour only if it is one."""

    def __init__(self, console: Console, parts: Mapping[str, Part]) -> None:
        """Tells on `console` of the resources of `parts`."""
        self._console = console
        self._parts = parts
        self._width = min(console.width, WIDTH) if console.is_terminal else WIDTH
        self._conditions: dict[str, tuple[str, str, str]] = {}
        self._ready = 0
        self._last = 0

    def tell(self, caller: Caller, item: Pass) -> None:
        """What one pass changed."""
        if item.number == 1:
            self._say(f"{name_of(caller.claim)}: {len(self._parts)} objects to make", "bold")
        news = [condition for condition in item.conditions if self._is_news(condition)]
        if not (item.created or item.ready or item.results or news):
            return  # only providers were at work
        self._last = item.number
        self._ready += len(item.ready)
        self._say(f"pass {item.number}: {self._ready} of {len(self._parts)} ready", "bold")
        self._list("asks for", item.created, "cyan")
        self._list("ready", item.ready, "green")
        for condition in news:
            self._condition(condition)
        for result in item.results:
            self._say(f"  event: {result['message']}")

    def end(self, caller: Caller, *, settled: bool, hub: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        """How it ended, and what a person has now.

        Args:
            caller: with the claim as the last call left it.
            settled: whether nothing changes any more.
            hub: what was made on the hub, by namespace and name.
        """
        false = [name for name, told in self._conditions.items() if told[0] != "True" and name != Part.DELETION]
        if not settled:
            self._say(f"not settled yet; last change in pass {self._last}, see --passes", "yellow")
        elif false:
            self._say(f"settled after pass {self._last}, not ready: {', '.join(false)}", "red")
        else:
            self._say(f"settled after pass {self._last}: all {len(self._parts)} objects are ready", "green")
        for (namespace, name), item in sorted(hub.items()):
            if item["kind"] == "Secret":
                self._say(f"Argo CD on the hub has the cluster: Secret {namespace}/{name}", "green")
        if settled and not false:
            self._say(_way_in(caller.claim))

    def _list(self, what: str, keys: Iterable[str], style: str) -> None:
        for heading, names in self._by_part(keys):
            start = f"  {what:8}  {heading:13}  "
            self._say(
                textwrap.fill(
                    ", ".join(names),
                    self._width,
                    initial_indent=start,
                    subsequent_indent=" " * len(start),
                    break_on_hyphens=False,
                    break_long_words=False,
                ),
                style,
            )

    def _by_part(self, keys: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
        """Names of resources under the heading of their part, in the order of the plan."""
        chosen = set(keys)
        for part, heading in HEADINGS.items():
            if names := [key for key, of in self._parts.items() if of is part and key in chosen]:
                yield heading, names

    def _is_news(self, condition: Mapping[str, str]) -> bool:
        return self._conditions.get(condition["type"]) != _told(condition)

    def _condition(self, condition: Mapping[str, str]) -> None:
        now = self._conditions[condition["type"]] = _told(condition)
        style = "green" if now[0] == "True" else "red" if now[1] in ("Failed", "Refused") else "yellow"
        self._say(f"  {condition['type']}: {now[0]} ({now[1]}) {now[2]}", style)

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(Text(line, style=style), soft_wrap=True)


def _told(condition: Mapping[str, str]) -> tuple[str, str, str]:
    return condition["status"], condition["reason"], condition["message"]


def _way_in(claim: Mapping[str, Any]) -> str:
    """Who gets into the cluster beside Argo CD, and how."""
    access = claim["spec"].get("access") or {}
    if access.get("admins") or access.get("entries"):
        return f"roles that spec.access names get in with: {claim['status']['connect']}"
    return "no person gets in: spec.access names no IAM role"
