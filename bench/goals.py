"""What figures must reach, as data, and whether they do; none fails anything: machines have bad days.

Goals are of a claim of a hundred objects, of which the API server keeps who owns which field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from argosy.catalog import ENGINES
from bench.cases import HUNDRED, sized
from bench.contestants import FLOOR, OURS
from bench.results import Results
from bench.sequences import CHANGED, NEW
from tests.support.lives import ENGINE

PEER = "patch-and-transform"
CLUSTERS = 1000
"""In turn, before memory is judged."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A figure and the most that it may be.

    Attributes:
        stretch: what would be better still.
        read: the figure; None if that was left out.
    """

    name: str
    limit: float
    stretch: float | None = None
    read: Callable[[Results], float | None]


def _case(engine: str) -> str:
    return HUNDRED if engine == ENGINE else f"{HUNDRED}-{engine}"


def _cpu(over: tuple[str, str], engine: str = ENGINE, sequence: str = NEW) -> Callable[[Results], float | None]:
    """CPU of a call by that of another server for the same."""
    ours, other = ((name, _case(engine), sequence) for name in over)
    return lambda results: results.ratio(ours, other)


def _tail(results: Results) -> float | None:
    found = [turn for turn in results.measured.turns if turn.what == (OURS, HUNDRED, NEW) and turn.callers == 1]
    return median(turn.percentile(99) / turn.percentile(50) for turn in found) if found else None


def _memory(results: Results) -> float | None:
    found = results.endurance
    return found.resident_after_all_once if found and found.clusters >= CLUSTERS else None


def _leak(results: Results) -> float | None:
    found = results.endurance
    return found.mib_per_1000_calls if found and found.clusters >= CLUSTERS else None


def _spawn(results: Results) -> float | None:
    spawns = [start.spawn_seconds for start in results.measured.starts if start.contestant == OURS]
    return median(spawns) if spawns else None


def _wait(results: Results) -> float | None:
    return results.beside.longest_by_long if results.beside else None


GOALS = (
    *(
        Goal(
            name=f"CPU by the floor's, new cluster, {engine}", limit=3.5, stretch=2.5, read=_cpu((OURS, FLOOR), engine)
        )
        for engine in ENGINES
    ),
    *(
        Goal(
            name=f"CPU by the floor's, one resource changed, {engine}",
            limit=2,
            stretch=1.5,
            read=_cpu((OURS, FLOOR), engine, CHANGED),
        )
        for engine in ENGINES
    ),
    Goal(name=f"CPU by {PEER}'s", limit=0.1, stretch=0.05, read=_cpu((OURS, PEER))),
    Goal(name="p99 by p50, one caller", limit=2, read=_tail),
    Goal(name=f"MiB after {CLUSTERS} clusters", limit=100, stretch=70, read=_memory),
    Goal(name="seconds from spawn to serving", limit=0.3, stretch=0.2, read=_spawn),
    Goal(
        name="CPU of 150 objects by that of 100",
        limit=1.6,
        read=lambda results: results.ratio((OURS, sized(150), NEW), (OURS, HUNDRED, NEW)),
    ),
    Goal(name="MiB that 1000 more calls add, when half are done", limit=0.2, read=_leak),
    Goal(name="longest wait of a small call by what the large one takes", limit=1, read=_wait),
)


def verdict(value: float | None, limit: float, stretch: float | None) -> str:
    """What a figure is worth, in a word."""
    if value is None:
        return "not measured"
    if value > limit:
        return "missed"
    return "met" if stretch is None or value > stretch else "met, stretch too"


def judged(results: Results) -> Iterator[Mapping[str, Any]]:
    """Every goal with what was measured."""
    for goal in GOALS:
        value = goal.read(results)
        yield {
            "name": goal.name,
            "value": value,
            "limit": goal.limit,
            "stretch": goal.stretch,
            "verdict": verdict(value, goal.limit, goal.stretch),
        }
