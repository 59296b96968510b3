"""All that a run has measured, and the JSON that is kept of it: pages and pictures are made of that alone."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from statistics import median
from typing import Any

from bench.cases import Case
from bench.commandline import Fleet
from bench.contestants import CONTESTANTS, FLOOR
from bench.growth import MEBIBYTE, Beside, Endurance
from bench.rounds import Effort, Measured, Turn
from bench.startup import Imports

MILLISECONDS = 1000
PACKAGES = ("crossplane-function-sdk-python", "grpcio", "protobuf", "pydantic")
"""What decides beside our own code how long a call takes."""
SHOWN = 15
"""Packages that are told of; the rest takes next to nothing."""
DIGITS = 4
"""That are kept of a figure: more are noise, and make every run differ from the last in every line."""

What = tuple[str, str, str]
"""Contestant, case and sequence."""
Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Results:
    """A run.

    Attributes:
        endurance: None, as the next three, if that part was left out.
        commands: what the command line takes for fleets.
    """

    command: str
    effort: Effort
    cases: Sequence[Case]
    missing: Mapping[str, str]
    measured: Measured
    endurance: Endurance | None = None
    beside: Beside | None = None
    imports: Imports | None = None
    image: Mapping[str, float] | None = None
    commands: Sequence[Fleet] = ()

    def ratio(self, of: What, to: What) -> float | None:
        """CPU of a call by that of another, one caller at a time, in the middle of all rounds; None if left out."""
        here, there = _by_round(self.measured.turns, of, 1), _by_round(self.measured.turns, to, 1)
        ratios = [here[number] / there[number] for number in here.keys() & there.keys()]
        return median(ratios) if ratios else None


def _by_round(turns: Sequence[Turn], what: What, callers: int) -> dict[int, float]:
    return {turn.round: turn.cpu_per_call for turn in turns if turn.what == what and turn.callers == callers}


def rows(measured: Measured) -> list[dict[str, Any]]:
    """One for each server, case, sequence and number of callers, in the order of the turns: medians over the rounds."""
    order = {name: place for place, name in enumerate(CONTESTANTS)}
    groups: dict[tuple[str, str, int, str], list[Turn]] = {}
    for turn in measured.turns:
        groups.setdefault((turn.case, turn.sequence, turn.callers, turn.contestant), []).append(turn)
    places = {key[:3]: place for place, key in reversed(list(enumerate(groups)))}
    found = sorted(groups, key=lambda key: (places[key[:3]], order[key[3]]))
    return [_row(groups[key], measured.turns) for key in found]


def _row(turns: Sequence[Turn], everybody: Sequence[Turn]) -> dict[str, Any]:
    first = turns[0]
    floors = _by_round(everybody, (FLOOR, first.case, first.sequence), first.callers)
    ratios = [turn.cpu_per_call / floors[turn.round] for turn in turns if floors.get(turn.round)]
    return {
        "contestant": first.contestant,
        "case": first.case,
        "sequence": first.sequence,
        "callers": first.callers,
        "calls": sum(len(turn.calls) for turn in turns),
        "cpu_ms": median(turn.cpu_per_call for turn in turns) * MILLISECONDS,
        "to_floor": median(ratios) if ratios else None,
        "to_floor_low": min(ratios, default=None),
        "to_floor_high": max(ratios, default=None),
        "p50_ms": median(turn.percentile(50) for turn in turns) * MILLISECONDS,
        "p99_ms": median(turn.percentile(99) for turn in turns) * MILLISECONDS,
        "p99_to_p50": median(turn.percentile(99) / turn.percentile(50) for turn in turns),
        "calls_per_second": median(turn.calls_per_second for turn in turns),
    }


def document(results: Results, goals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All of it for programs: what was measured, how, and by which command; nothing of where."""
    measured = results.measured
    told = {
        "command": results.command,
        "effort": asdict(results.effort),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in PACKAGES},
        },
        "contestants": {name: CONTESTANTS[name].title for name in measured.resident_bytes},
        "missing": dict(results.missing),
        "too_long": [f"{name}, {case}" for name, case in measured.refused],
        "cases": {
            case.name: {
                "engine": case.engine,
                "objects": case.objects,
                "request_bytes": case.request.ByteSize(),
                "without_managed_fields_bytes": case.bare_bytes,
                "answer_bytes": case.answer.ByteSize(),
            }
            for case in results.cases
        },
        "goals": list(goals),
        "rows": rows(measured),
        "starts": _starts(measured),
        "endurance": _endurance(results.endurance),
        "beside": _beside(results.beside),
        "imports": _imports(results.imports),
        "image_mib": None if results.image is None else _image(results.image),
        "commands": [asdict(fleet) for fleet in results.commands],
    }
    rounded: dict[str, Any] = _rounded(told)
    return rounded


def _starts(measured: Measured) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, resident in measured.resident_bytes.items():
        starts = [start for start in measured.starts if start.contestant == name]
        found[name] = {"resident_after_all_mib": resident / MEBIBYTE}
        if starts:
            found[name] |= {
                "spawn_seconds": median(start.spawn_seconds for start in starts),
                "first_call_seconds": median(start.first_call_seconds for start in starts),
                "resident_mib": median(start.resident_bytes for start in starts) / MEBIBYTE,
            }
    return found


def _endurance(found: Endurance | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        **asdict(found),
        "resident_after_all_once_mib": found.resident_after_all_once,
        "resident_at_end_mib": found.resident_at_end,
        "mib_per_1000_calls": found.mib_per_1000_calls,
        "known_by_new": found.known_by_new,
    }


def _beside(found: Beside | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "long": found.long,
        "short": found.short,
        "calls": len(found.waits),
        "alone_by_long": found.alone_by_long,
        "usual_by_long": found.usual_by_long,
        "longest_by_long": found.longest_by_long,
    }


def _imports(found: Imports | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "self_ms": sum(package.self_ms for package in found.packages),
        "modules": sum(package.modules for package in found.packages),
        "packages": [asdict(package) for package in found.packages[:SHOWN]],
        "idle": [{"name": package.name, "self_ms": package.self_ms} for package in found.idle[:SHOWN]],
        "late": list(found.late),
    }


def _image(weights: Mapping[str, float]) -> dict[str, Any]:
    return {"all": sum(weights.values()), "largest": dict(list(weights.items())[:SHOWN])}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {name: _rounded(child) for name, child in value.items()}
    return [_rounded(child) for child in value] if isinstance(value, list | tuple) else value


def command_line(*without: str) -> str:
    """How the run was started, without options whose values are places on this machine."""
    words = iter(sys.argv[1:])
    kept = [word for word in words if word not in without or next(words, None) is None]
    return " ".join(("python -m bench", *kept))
