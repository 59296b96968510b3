"""What is told: rows of ratios, the goals, a table, and JSON with all that the ratios are made of."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from statistics import median
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.contestants import CONTESTANTS, FLOOR, OURS
from bench.rounds import Effort, Measured, Turn

MILLISECONDS = 1000
MEBIBYTE = 1024 * 1024
PACKAGES = ("crossplane-function-sdk-python", "grpcio", "protobuf", "pydantic")
"""What decides beside our own code how long a call takes."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One server, one case, so many callers at once: medians over the rounds.

    Attributes:
        to_floor: its CPU for a call by the floor's in the same round; with the lowest and the highest of the rounds.
    """

    contestant: str
    case: str
    callers: int
    calls: int
    cpu_ms: float
    to_floor: float | None
    to_floor_low: float | None
    to_floor_high: float | None
    p50_ms: float
    p99_ms: float
    p99_to_p50: float
    calls_per_second: float


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What a figure must reach; never a reason to fail, for a machine has bad minutes.

    Attributes:
        value: what was measured; None if that was left out.
        limit: the most that it may be.
    """

    name: str
    value: float | None
    limit: float

    @property
    def verdict(self) -> str:
        """In a word."""
        return "not measured" if self.value is None else "met" if self.value <= self.limit else "missed"


def rows(measured: Measured) -> list[Row]:
    """One for each server, case and number of callers, in the order of the turns."""
    groups: dict[tuple[str, int, str], list[Turn]] = {}
    for turn in measured.turns:
        groups.setdefault((turn.case, turn.callers, turn.contestant), []).append(turn)
    order = {name: place for place, name in enumerate(CONTESTANTS)}
    found = sorted(groups.items(), key=lambda item: (item[0][0], item[0][1], order[item[0][2]]))
    return [_row(turns, measured.turns) for _, turns in found]


def _row(turns: Sequence[Turn], everybody: Iterable[Turn]) -> Row:
    first = turns[0]
    floors = {
        turn.round: turn.cpu_per_call
        for turn in everybody
        if (turn.contestant, turn.case, turn.callers) == (FLOOR, first.case, first.callers)
    }
    ratios = [turn.cpu_per_call / floors[turn.round] for turn in turns if floors.get(turn.round)]
    return Row(
        contestant=first.contestant,
        case=first.case,
        callers=first.callers,
        calls=sum(len(turn.calls) for turn in turns),
        cpu_ms=_middle(turns, lambda turn: turn.cpu_per_call * MILLISECONDS),
        to_floor=median(ratios) if ratios else None,
        to_floor_low=min(ratios, default=None),
        to_floor_high=max(ratios, default=None),
        p50_ms=_middle(turns, lambda turn: turn.percentile(50) * MILLISECONDS),
        p99_ms=_middle(turns, lambda turn: turn.percentile(99) * MILLISECONDS),
        p99_to_p50=_middle(turns, lambda turn: turn.percentile(99) / turn.percentile(50)),
        calls_per_second=_middle(turns, lambda turn: turn.calls_per_second),
    )


def _middle(turns: Sequence[Turn], value: Callable[[Turn], float]) -> float:
    return median(map(value, turns))


def goals(measured: Measured, case: str = "production") -> list[Goal]:
    """Of a call for which nothing is remembered, by one caller at a time."""
    found = {row.contestant: row for row in rows(measured) if (row.case, row.callers) == (case, 1)}
    ours, peer = found.get(OURS), found.get("patch-and-transform")
    shares = None
    if ours and peer and peer.to_floor and ours.to_floor:
        shares = ours.to_floor / peer.to_floor
    spawns = [start.spawn_seconds for start in measured.starts if start.contestant == OURS]
    return [
        Goal(name=f"CPU of a call, {case}, by the floor's", value=ours.to_floor if ours else None, limit=3.5),
        Goal(name=f"CPU of a call, {case}, by patch-and-transform's", value=shares, limit=0.1),
        Goal(name=f"p99 by p50, {case}, one caller", value=ours.p99_to_p50 if ours else None, limit=2),
        Goal(name="seconds from spawn to serving", value=median(spawns) if spawns else None, limit=0.3),
    ]


def tables(measured: Measured) -> list[Table]:
    """What a person reads: a table for each case, one of starts and memory, one of goals."""
    found = rows(measured)
    cases = dict.fromkeys(row.case for row in found)
    return [
        *(_case_table(case, [row for row in found if row.case == case]) for case in cases),
        _start_table(measured),
        _goal_table(goals(measured)),
    ]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _case_table(case: str, found: Sequence[Row]) -> Table:
    table = _table(case, "server", "at once", "CPU x floor", "of ours", "CPU ms", "p50 ms", "p99 ms", "calls/s")
    ours = {row.callers: row.cpu_ms for row in found if row.contestant == OURS}
    last = None
    for row in found:
        if last is not None and row.callers != last:
            table.add_section()
        last = row.callers
        share = row.cpu_ms / ours[row.callers] if ours.get(row.callers) else None
        table.add_row(
            row.contestant,
            str(row.callers),
            _figure(row.to_floor),
            _figure(share),
            f"{row.cpu_ms:.2f}",
            f"{row.p50_ms:.2f}",
            f"{row.p99_ms:.2f}",
            f"{row.calls_per_second:.0f}",
        )
    return table


def _start_table(measured: Measured) -> Table:
    table = _table("start and memory", "server", "to serving s", "first call s", "MiB then", "MiB after all calls")
    for name, resident in measured.resident_bytes.items():
        starts = [start for start in measured.starts if start.contestant == name]
        table.add_row(
            name,
            _figure(median([start.spawn_seconds for start in starts]) if starts else None),
            _figure(median([start.first_call_seconds for start in starts]) if starts else None),
            _figure(median([start.resident_bytes / MEBIBYTE for start in starts]) if starts else None, 0),
            f"{resident / MEBIBYTE:.0f}",
        )
    return table


def _goal_table(found: Sequence[Goal]) -> Table:
    table = _table("goals", "what", "measured", "at most", "")
    for goal in found:
        table.add_row(goal.name, _figure(goal.value), f"{goal.limit:g}", goal.verdict)
    return table


def _figure(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def document(measured: Measured, effort: Effort, engine: str, missing: Mapping[str, str]) -> dict[str, Any]:
    """All of it for programs: what was measured, where, how, and by which command."""
    return {
        "command": " ".join(("python -m bench", *sys.argv[1:])),
        "engine": engine,
        "effort": asdict(effort),
        "machine": {
            "cores": len(os.sched_getaffinity(0)),
            "system": platform.platform(aliased=True),
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in PACKAGES},
        },
        "contestants": {name: CONTESTANTS[name].title for name in measured.resident_bytes},
        "missing": dict(missing),
        "too_long": [f"{name}, {case}" for name, case in measured.refused],
        "rows": [asdict(row) for row in rows(measured)],
        "starts": [asdict(start) for start in measured.starts],
        "resident_bytes": measured.resident_bytes,
        "goals": [{**asdict(goal), "verdict": goal.verdict} for goal in goals(measured)],
    }
