"""The command: measures, prints tables, writes JSON and pictures. No figure makes it fail; other work does."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from argosy.catalog import ENGINES
from bench import commandline, page
from bench.cases import HUNDRED, LONG, NAMES, SIZES, Case, case, sized
from bench.chart import PICTURES
from bench.contestants import CONTESTANTS, FLOOR, FUNCTION, OURS, ROOT, Contestant
from bench.equality import DoesOtherWork
from bench.goals import CLUSTERS, judged
from bench.growth import beside, endure
from bench.processes import NotServing, cores
from bench.report import tables
from bench.results import Results, command_line, document
from bench.rounds import Effort, Trial, measure
from bench.sequences import AGAIN, CHANGED, NEW
from bench.startup import image_mib, imports
from tests.support.lives import ENGINE

FEW = 8
"""Most callers at once for the long case: with more, gigabytes would be under way."""
WIDTH = 150
"""Columns where there is no terminal: a log of CI has no width."""
PASSING = ROOT / "_output" / "bench"
"""Where figures of a minute go: none of them may end in a page."""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much of everything is measured.

    Attributes:
        names: cases that all servers are asked for, by each number of callers.
        sizes: of claims that differ in size alone.
        clusters: asked for in turn, `turns` times, memory looked at `samples` times in each turn.
        long: the case beside which small calls wait, `waits` of them.
        claims: of fleets that the command line is given.
    """

    effort: Effort
    names: tuple[str, ...]
    callers: tuple[int, ...] = (1, 8, 100)
    sizes: tuple[int, ...]
    clusters: int
    turns: int
    samples: int
    long: str
    waits: int
    claims: tuple[int, ...]


FULL = Extent(
    effort=Effort(rounds=5, seconds=0.7, starts=5),
    names=NAMES,
    sizes=tuple(SIZES),
    clusters=CLUSTERS,
    turns=10,
    samples=4,
    long=LONG,
    waits=10,
    claims=(1, 100, 1000),
)
QUICK = Extent(
    effort=Effort(rounds=1, seconds=0.1, starts=1),
    names=("minimal",),
    sizes=(27, 100),
    clusters=20,
    turns=2,
    samples=2,
    long=HUNDRED,
    waits=3,
    claims=(1, 30),
)
"""To make the long one settle takes a quarter of a minute."""

Step = Callable[[str], None]


@click.command()
@click.option("--quick", is_flag=True, help="About a minute: shows that all of it works; writes to _output/bench.")
@click.option("--case", "names", multiple=True, type=click.Choice(NAMES), help="Only these claims, and nothing else.")
@click.option("--server", "servers", multiple=True, type=click.Choice(list(CONTESTANTS)), help="Only these servers.")
@click.option("--callers", type=click.IntRange(min=1), multiple=True, help="Only so many at once.")
@click.option("--rounds", type=click.IntRange(min=1), help="Rounds.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Of one server's turn.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where JSON and pictures go.")
def main(
    quick: bool,
    names: tuple[str, ...],
    servers: tuple[str, ...],
    callers: tuple[int, ...],
    rounds: int | None,
    seconds: float | None,
    out: Path | None,
) -> None:
    """Measure the function beside its peers."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    usual = QUICK if quick else FULL
    effort = dataclasses.replace(
        usual.effort,
        rounds=rounds or usual.effort.rounds,
        seconds=usual.effort.seconds if seconds is None else seconds,
    )
    extent = dataclasses.replace(usual, effort=effort, names=names or usual.names, callers=callers or usual.callers)
    contestants, missing = _present(servers)
    for name, why in missing.items():
        console.print(f"left out: {name}, {why}", highlight=False)
    if not FUNCTION.exists():
        console.print("servers run with what tests need, too: .venv/function is not installed", highlight=False)
    try:
        results = _run(extent, contestants, missing, console, only_names=bool(names))
    except (DoesOtherWork, NotServing) as problem:
        raise click.ClickException(str(problem)) from None
    told = document(results, list(judged(results)))
    for table in tables(told):
        console.print(table)
    _write(told, out or (PASSING if quick else page.RESULTS))


def _present(servers: tuple[str, ...]) -> tuple[list[Contestant], dict[str, str]]:
    """Who takes part, and why others cannot. The floor always does: without it there are no ratios."""
    chosen = [item for name, item in CONTESTANTS.items() if not servers or name in servers or name == FLOOR]
    missing = {item.name: why for item in chosen if (why := item.missing()) is not None}
    return [item for item in chosen if item.name not in missing], missing


def trials(extent: Extent, *, only_names: bool) -> list[Trial]:
    """What is asked in each round."""
    found = [
        Trial(case=case(name), callers=callers)
        for name in extent.names
        for callers in extent.callers
        if name != LONG or callers <= FEW
    ]
    if only_names:
        return found
    found.append(Trial(case=case(HUNDRED)))
    for engine in ENGINES:
        hundred = case(HUNDRED, engine)
        sequences = (AGAIN, CHANGED) if engine == ENGINE else (NEW, AGAIN, CHANGED)
        found += [Trial(case=hundred, sequence=sequence, alone=True) for sequence in sequences]
    others = (objects for objects in extent.sizes if sized(objects) != HUNDRED)
    return [*found, *(Trial(case=case(sized(objects)), alone=True) for objects in others)]


def _run(
    extent: Extent, contestants: list[Contestant], missing: dict[str, str], console: Console, *, only_names: bool
) -> Results:
    with console.status("claims settle in the simulator"):
        asked = trials(extent, only_names=only_names)
    pinned, usable = cores(), os.sched_getaffinity(0)
    if pinned is None:
        console.print("servers and client share their cores: fewer than two, or no taskset")
    else:
        os.sched_setaffinity(0, {pinned[1]})
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        more = 0 if only_names else extent.turns + 2
        task = progress.add_task("", total=extent.effort.turns(asked, contestants) + more)

        def step(what: str) -> None:
            progress.update(task, advance=1, description=what)

        measured = asyncio.run(measure(contestants, asked, extent.effort, step))
        results = Results(
            command=command_line("--out"),
            effort=extent.effort,
            cases=_distinct(asked),
            missing=missing,
            measured=measured,
        )
        if only_names or OURS not in measured.resident_bytes:
            return results
        results = asyncio.run(_more(results, extent, step))
        os.sched_setaffinity(0, usable)  # else all processes of a command would share one core
        step("command line")
        return dataclasses.replace(results, commands=commandline.measure(extent.claims, rounds=1))


def _distinct(asked: Sequence[Trial]) -> list[Case]:
    return list({trial.case.name: trial.case for trial in asked}.values())


async def _more(results: Results, extent: Extent, step: Step) -> Results:
    """What is about our own server alone."""
    return dataclasses.replace(
        results,
        endurance=await endure(case(HUNDRED), extent.clusters, extent.turns, extent.samples, step),
        beside=await beside(case(extent.long), case("minimal"), extent.waits, step),
        imports=await imports([case(HUNDRED, engine) for engine in ENGINES]),
        image=image_mib(),
    )


def _write(told: dict[str, object], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / page.FIGURES).write_text(json.dumps(told, indent=1) + "\n")
    for file, picture in PICTURES.items():
        (folder / file).write_text(picture(told))
    click.echo(f"wrote {', '.join((page.FIGURES, *PICTURES))}")
    if folder == page.RESULTS:
        page.write()


if __name__ == "__main__":
    main()
