"""The command: measures, prints a table, writes JSON and a picture. No figure makes it fail; other work does."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.cases import NAMES, Case, case
from bench.chart import chart
from bench.contestants import CONTESTANTS, FLOOR, ROOT, Contestant
from bench.equality import DoesOtherWork
from bench.processes import NotServing, cores
from bench.report import document, rows, tables
from bench.rounds import Effort, Measured, measure
from tests.support.lives import ENGINE

FULL = Effort(rounds=5, seconds=2.0, callers=(1, 8, 100), starts=5)
QUICK = Effort(rounds=1, seconds=0.3, callers=(1, 8, 100), starts=1)
QUICK_CASES = ("minimal", "production")
"""To make the long one settle takes a quarter of a minute."""
WIDTH = 110
"""Columns where there is no terminal: a log of CI has no width."""
RESULTS = ROOT / "bench" / "results"
PASSING = ROOT / "_output" / "bench"
"""Where figures of a minute go: none of them may end in a page."""


@click.command()
@click.option("--quick", is_flag=True, help="About a minute: shows that all of it works; writes to _output/bench.")
@click.option("--engine", default=ENGINE, show_default=True, help="Who makes the AWS resources.")
@click.option("--case", "names", multiple=True, type=click.Choice(NAMES), help="Only these claims.")
@click.option("--server", "servers", multiple=True, type=click.Choice(list(CONTESTANTS)), help="Only these servers.")
@click.option("--callers", type=click.IntRange(min=1), multiple=True, help="Only so many at once.")
@click.option("--rounds", type=click.IntRange(min=1), help="Rounds.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Of one server's turn.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where JSON and picture go.")
def main(
    quick: bool,
    engine: str,
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
    effort = Effort(
        rounds=rounds or usual.rounds,
        seconds=usual.seconds if seconds is None else seconds,
        callers=callers or usual.callers,
        starts=usual.starts,
    )
    contestants, missing = _present(servers)
    for name, why in missing.items():
        console.print(f"left out: {name}, {why}", highlight=False)
    cases = [case(name, engine) for name in names or (QUICK_CASES if quick else NAMES)]
    try:
        measured = _measure(contestants, cases, effort, console)
    except (DoesOtherWork, NotServing) as problem:
        raise click.ClickException(str(problem)) from None
    for table in tables(measured):
        console.print(table)
    for name, title in measured.refused:
        console.print(f"too long a message for {name}: {title}", highlight=False)
    _write(out or (PASSING if quick else RESULTS), document(measured, effort, engine, missing), measured, cases)


def _present(servers: tuple[str, ...]) -> tuple[list[Contestant], dict[str, str]]:
    """Who takes part, and why others cannot. The floor always does: without it there are no ratios."""
    chosen = [item for name, item in CONTESTANTS.items() if not servers or name in servers or name == FLOOR]
    missing = {item.name: why for item in chosen if (why := item.missing()) is not None}
    return [item for item in chosen if item.name not in missing], missing


def _measure(contestants: list[Contestant], cases: list[Case], effort: Effort, console: Console) -> Measured:
    pinned = cores()
    if pinned is None:
        console.print("servers and client share their cores: fewer than two, or no taskset")
    else:
        os.sched_setaffinity(0, {pinned[1]})
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task("", total=effort.turns(cases, contestants))

        def step(what: str) -> None:
            progress.update(task, advance=1, description=what)

        return asyncio.run(measure(contestants, cases, effort, step))


def _write(folder: Path, told: dict[str, object], measured: Measured, cases: list[Case]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(told, indent=1) + "\n")
    (folder / "bench.svg").write_text(chart(rows(measured), {item.name: item.objects for item in cases}))
    click.echo(f"wrote bench.json and bench.svg to {folder}")


if __name__ == "__main__":
    main()
