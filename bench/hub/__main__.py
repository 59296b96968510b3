"""The command: starts a hub if none is up, makes clusters on it, and tells what they cost it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bench.contestants import ROOT
from bench.hub.readings import FUNCTIONS
from bench.hub.scale import CLUSTERS, SIZE, scaled
from bench.hub.stages import IDLE_SECONDS, idle, leave, look, make, rounded
from tests.hub.live import Hub
from tests.hub.local import parts
from tests.hub.local.home import Home, Port
from tests.hub.local.hub import down, start
from tests.hub.local.processes import Processes

EXAMPLES = ("minimal", "production")
RESULTS = ROOT / "bench" / "results" / "hub.json"


@click.command()
@click.option("--minutes", type=click.FloatRange(min=1), default=21, show_default=True, help="Settled clusters alone.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=RESULTS, help="Where the figures go.")
def main(minutes: float, out: Path) -> None:
    """Measure what clusters cost their hub."""
    started = time.monotonic()

    def told(what: str) -> None:
        click.echo(f"{time.monotonic() - started:6.0f} s  {what}")

    home = Home()
    processes = Processes(home)
    if home.installed.exists() and processes.names:
        raise click.ClickException("a hub is up; `make hub-down`: what others do on it would be counted")
    home.path.mkdir(exist_ok=True)
    hub = None
    try:
        start(home, processes)
        hub = Hub(home, stays=False)
        found = _measure(hub, minutes, told)
    finally:
        if hub is not None:
            hub.close()
        down(home)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2) + "\n")
    for line in tables(found):
        click.echo(line)


def _measure(hub: Hub, minutes: float, told: Callable[[str], None]) -> dict[str, Any]:
    minute = parts.function(hub.home, "function-minute", Port.FUNCTION_OF_A_STORY)
    options = minute.command[1:]
    hub.processes.run([replace(minute, command=[sys.executable, "-m", "bench.servers.minute", *options])])
    hub.own_function(FUNCTIONS["minute"], Port.FUNCTION_OF_A_STORY)
    make(hub, "warm", EXAMPLES[0], "ours", told)  # the first one of a hub waits for what later ones find
    made = [make(hub, f"bench-{name}-{who}", name, who, told) for name in EXAMPLES for who in FUNCTIONS]
    background = idle(hub)
    looks = [look(hub, one, background, told) for one in made if one.who == "ours"]
    return {
        "made": [one.told() for one in made],
        "idle": {"seconds": IDLE_SECONDS, "cpu": rounded(background.cpu), "changes": background.changes},
        "looked": looks,
        "left": leave(hub, made, minutes, told),
        "scaled": scaled(looks),
    }


def tables(found: Mapping[str, Any]) -> list[str]:
    """What a person reads."""
    lines = [
        "",
        "made               function objects seconds calls tokens  writes: core provider  all  CPU s of API server",
    ]
    for one in found["made"]:
        writes = one["writes"]
        mine = f"{writes.get('crossplane', 0):12} {writes.get('argosy-provider-aws', 0):8} {sum(writes.values()):4}"
        head = f"{one['example']:18} {one['function']:8} {one['objects']:7} {one['seconds']:7}"
        lines.append(f"{head} {one['calls']:5.0f} {one['tokens']:6.0f} {mine} {one['cpu']['apiserver']:12}")
    lines += ["", "one reconcile of a settled cluster: calls, tokens, writes of core, changes; CPU ms of each process"]
    for one in found["looked"]:
        cpu = ", ".join(f"{part} {1000 * used:.0f}" for part, used in one["cpu"].items())
        counts = " ".join(str(one[name]) for name in ("calls", "tokens", "writes", "changes"))
        lines.append(f"{one['example']:18} {counts}; {cpu}")
    lines += ["", "settled clusters, left alone: calls and writes of each per hour"]
    for one in found["left"]:
        head = f"function {one['function']:8} {one['minutes']} minutes, {one['calls_per_cluster_and_hour']} calls"
        lines.append(f"{head}, writes {one['writes_per_cluster_and_hour']}")
    lines += ["", f"{CLUSTERS} settled clusters like {SIZE}: TTL s, calls/s, writes/s, cores of this machine"]
    for one in found["scaled"]:
        cores = ", ".join(f"{part} {used}" for part, used in one["cores"].items())
        lines.append(f"{one['ttl']:5} {one['calls_per_second']:7} {one['writes_per_second']:8}  {cores}")
    return lines


if __name__ == "__main__":
    main()
