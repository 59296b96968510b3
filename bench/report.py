"""What is told: one set of tables, made of the JSON, for a terminal and for docs/scale.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.cases import HUNDRED, LONG, NAMES, SIZES, sized
from bench.contestants import FLOOR, OURS
from bench.results import Document
from bench.sequences import NEW, TITLES

NOTHING = "-"


@dataclass(frozen=True)
class Sheet:
    """A table."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def plain(self) -> Table:
        """For a terminal."""
        table = Table(title=self.title, title_justify="left", box=SIMPLE_HEAD)
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left", no_wrap=True)
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For a page."""
        lines = [self.columns, ("---", *("--:" for _ in self.columns[1:])), *self.rows]
        return "\n".join(f"| {' | '.join(line)} |".replace(" --- ", "---").replace(" --: ", "--:") for line in lines)


def figure(value: float | None, digits: int = 2) -> str:
    """A figure, or a dash if it was not measured."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def calls(told: Document) -> Sheet:
    """CPU of a call by the floor's: what a call costs beside others."""
    cases = [name for name in (*NAMES[:-1], HUNDRED, LONG) if name in told["cases"]]
    found = _ratios(told, cases)
    return Sheet(
        "CPU of a call by the floor's, one caller",
        ("", *(f"{name}, {told['cases'][name]['objects']} objects" for name in cases)),
        tuple(
            (title, *(figure(found.get((name, case)), 1) for case in cases))
            for name, title in told["contestants"].items()
        ),
    )


def _ratios(told: Document, cases: Sequence[str]) -> dict[tuple[str, str], float]:
    return {
        (row["contestant"], row["case"]): row["to_floor"]
        for row in told["rows"]
        if row["case"] in cases and row["sequence"] == NEW and row["callers"] == 1
    }


def crowd(told: Document) -> Sheet:
    """Several callers at once, by the floor's figures with as many."""
    wanted = [row for row in told["rows"] if row["case"] == "production" and row["sequence"] == NEW]
    floors = {row["callers"]: row for row in wanted if row["contestant"] == FLOOR}
    callers = sorted(floors)
    rows = []
    for name, title in told["contestants"].items():
        mine = {row["callers"]: row for row in wanted if row["contestant"] == name}
        cells = []
        for count in callers:
            row = mine.get(count)
            cells.append(figure(row and row["to_floor"], 1))
            cells.append(figure(row and row["calls_per_second"] / floors[count]["calls_per_second"]))
        rows.append((title, *cells))
    heads = (f"{what}, {count}" for count in callers for what in ("CPU", "calls/s"))
    return Sheet("production, several callers, by the floor's", ("", *heads), tuple(rows) if callers else ())


def known(told: Document) -> Sheet:
    """What is new, what is known, what has changed; on every engine."""
    found = {
        (row["case"], row["sequence"]): row["to_floor"]
        for row in told["rows"]
        if row["contestant"] == OURS and row["callers"] == 1
    }
    cases = [name for name in told["cases"] if name.startswith(HUNDRED)]
    return Sheet(
        "CPU of our call by the floor's, by engine",
        ("", *(f"{told['cases'][name]['engine']}, {told['cases'][name]['objects']} objects" for name in cases)),
        tuple((title, *(figure(found.get((case, sequence))) for case in cases)) for sequence, title in TITLES.items()),
    )


def sizes(told: Document) -> Sheet:
    """Claims that differ in size alone."""
    cases = [sized(objects) for objects in SIZES if sized(objects) in told["cases"]]
    ours = {row["case"]: row for row in told["rows"] if row["contestant"] == OURS and row["sequence"] == NEW}
    cases = [case for case in cases if case in ours]
    each = {case: ours[case]["cpu_ms"] / told["cases"][case]["objects"] for case in cases}
    base = each.get(HUNDRED) or next(iter(each.values()), 1)
    return Sheet(
        "our CPU by the size of a claim",
        ("objects", "request MiB", "CPU by the floor's", "CPU of one object by that of one of 100"),
        tuple(
            (
                str(told["cases"][case]["objects"]),
                figure(told["cases"][case]["request_bytes"] / 2**20),
                figure(ours[case]["to_floor"]),
                figure(each[case] / base),
            )
            for case in cases
        ),
    )


def requests(told: Document) -> Sheet:
    """How long requests are, and what of it says who owns which field."""
    return Sheet(
        "requests",
        ("case", "objects", "KiB", "by that without managedFields", "answer KiB"),
        tuple(
            (
                name,
                str(case["objects"]),
                figure(case["request_bytes"] / 1024, 0),
                figure(case["request_bytes"] / case["without_managed_fields_bytes"]),
                figure(case["answer_bytes"] / 1024, 0),
            )
            for name, case in told["cases"].items()
        ),
    )


def starts(told: Document) -> Sheet:
    """From spawn to the first answer, and memory."""
    return Sheet(
        "start and memory",
        ("", "to serving s", "first call s", "MiB then", "MiB after all calls"),
        tuple(
            (
                told["contestants"][name],
                figure(start.get("spawn_seconds")),
                figure(start.get("first_call_seconds")),
                figure(start.get("resident_mib"), 0),
                figure(start["resident_after_all_mib"], 0),
            )
            for name, start in told["starts"].items()
        ),
    )


def endurance(told: Document) -> Sheet:
    """Memory and CPU while clusters are asked for in turn."""
    found = told["endurance"] or {"laps": [], "clusters": 0, "objects": 0}
    first = found["laps"][0]["cpu_ms"] if found["laps"] else 1
    laps = [lap for lap in found["laps"] if lap["calls"] % max(found["clusters"], 1) == 0] or found["laps"]
    return Sheet(
        f"{found['clusters']} clusters of {found['objects']} objects in turn",
        ("calls", "MiB", "CPU of a call by that of the first"),
        tuple((str(lap["calls"]), figure(lap["resident_mib"], 1), figure(lap["cpu_ms"] / first)) for lap in laps),
    )


def beside(told: Document) -> Sheet:
    """A small call beside large ones, by what a large one takes."""
    found = told["beside"]
    rows: tuple[tuple[str, ...], ...] = ()
    if found:
        rows = (
            (f"{found['short']} alone", figure(found["alone_by_long"])),
            (f"{found['short']} beside {found['long']}, in the middle", figure(found["usual_by_long"])),
            (f"how long {found['short']} has waited at most", figure(found["longest_by_long"])),
        )
    return Sheet("how long a small call waits", ("", "by the time of the large call"), rows)


def imports(told: Document) -> Sheet:
    """Where the time until it serves goes."""
    found = told["imports"] or {"packages": [], "self_ms": 1}
    return Sheet(
        "imports",
        ("package", "modules", "of all", "does something in a call"),
        tuple(
            (
                f"`{package['name']}`",
                str(package["modules"]),
                f"{package['self_ms'] / found['self_ms']:.0%}",
                "yes" if package["active"] else "no",
            )
            for package in found["packages"]
        ),
    )


def image(told: Document) -> Sheet:
    """What an image carries."""
    found = told["image_mib"] or {"all": None, "largest": {}}
    head = () if found["all"] is None else (("all", figure(found["all"], 1)),)
    rows = ((f"`{name}`", figure(mib, 1)) for name, mib in found["largest"].items() if mib >= 0.5)
    return Sheet("image, beside its base", ("", "MiB"), (*head, *rows))


def goals(told: Document) -> Sheet:
    """What must be reached."""
    return Sheet(
        "goals",
        ("what", "measured", "goal", "stretch", ""),
        tuple(
            (
                goal["name"],
                figure(goal["value"]),
                f"{goal['limit']:g}",
                NOTHING if goal["stretch"] is None else f"{goal['stretch']:g}",
                goal["verdict"],
            )
            for goal in told["goals"]
        ),
    )


def turns(told: Document) -> Sheet:
    """All that rounds have measured, with the milliseconds of this machine: for a terminal, never for a page."""
    ours = {_trial(row): row["cpu_ms"] for row in told["rows"] if row["contestant"] == OURS}
    return Sheet(
        "all turns",
        ("case", "clusters", "at once", "server", "CPU x floor", "of ours", "CPU ms", "p50 ms", "p99 ms", "calls/s"),
        tuple(
            (
                row["case"],
                row["sequence"],
                str(row["callers"]),
                row["contestant"],
                figure(row["to_floor"]),
                figure(row["cpu_ms"] / ours[_trial(row)] if _trial(row) in ours else None),
                figure(row["cpu_ms"]),
                figure(row["p50_ms"]),
                figure(row["p99_ms"]),
                figure(row["calls_per_second"], 0),
            )
            for row in told["rows"]
        ),
    )


def _trial(row: Document) -> tuple[Any, ...]:
    return row["case"], row["sequence"], row["callers"]


def commands(told: Document) -> Sheet:
    """The command line, for one claim and for fleets."""
    return Sheet(
        "the command line",
        (
            "command",
            "claims",
            "CPU s",
            "CPU ms of each more",
            "all cores: CPU by one process's",
            "time by one process's",
        ),
        tuple(
            (
                fleet["command"],
                str(fleet["claims"]),
                figure(fleet["alone_cpu_seconds"]),
                figure(fleet["cpu_ms_per_claim"]),
                figure(fleet["cpu_ratio"]),
                figure(fleet["wall_ratio"]),
            )
            for fleet in told["commands"]
        ),
    )


SHEETS: dict[str, Callable[[Document], Sheet]] = {
    "calls": calls,
    "crowd": crowd,
    "known": known,
    "requests": requests,
    "sizes": sizes,
    "endurance": endurance,
    "beside": beside,
    "starts": starts,
    "imports": imports,
    "image": image,
    "commands": commands,
    "goals": goals,
}
"""By the name that a page calls each."""


def tables(told: Document) -> Iterator[Table]:
    """What a person reads after a run; what was left out has no table."""
    for make in (turns, *SHEETS.values()):
        if (sheet := make(told)).rows:
            yield sheet.plain()
