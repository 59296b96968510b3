"""What the command line takes for one, a hundred and a thousand claims, by one process and by as many as it starts.

A run is a whole command, from its start to its end. Both ways take turns, and only what was measured in one round is
divided by one another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.contestants import ROOT
from bench.processes import ENVIRONMENT

COMMANDS = {
    "render": ("render", "-e", str(ROOT / "examples" / "setup" / "hub.yaml")),
    "validate": ("validate",),
}
EXAMPLE = ROOT / "examples" / "xekscluster" / "production.yaml"
ALONE = "from argosy.cli import main, workers; workers.cores = lambda: 1; main()"
TOGETHER = "from argosy.cli import main; main()"


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """One command for so many claims: medians over the rounds.

    Attributes:
        alone_cpu_seconds: of one process.
        together_cpu_seconds: of all processes, where the command starts as many as it does.
        cpu_ratio: of both; what it costs to share the work.
        wall_ratio: of the time that passed; what that brings. The kernel's other work counts, too.
        cpu_ms_per_claim: of one process, without what it takes for one claim.
    """

    command: str
    claims: int
    rounds: int
    alone_cpu_seconds: float
    together_cpu_seconds: float
    cpu_ratio: float
    wall_ratio: float
    cpu_ms_per_claim: float | None


@dataclass(frozen=True, kw_only=True)
class _Run:
    cpu_seconds: float
    wall_seconds: float


def measure(claims: Sequence[int], rounds: int) -> list[Fleet]:
    """Measures each command for each number of claims.

    Raises:
        subprocess.CalledProcessError: a command ended with another status than 0.
    """
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as folder:
        fleets = {number: _fleet(Path(folder) / str(number), number) for number in claims}
        return [fleet for name in COMMANDS for fleet in _measure(name, fleets, rounds)]


def _fleet(folder: Path, number: int) -> Path:
    folder.mkdir()
    text = EXAMPLE.read_text(encoding="utf-8")
    for index in range(number):
        claim = text.replace("  name: orders-prod\n", f"  name: orders-{index:04}\n", 1)
        (folder / f"{index:04}.yaml").write_text(claim, encoding="utf-8")
    return folder


def _measure(name: str, fleets: dict[int, Path], rounds: int) -> Iterator[Fleet]:
    least: float | None = None
    for number, folder in sorted(fleets.items()):
        pairs = [(_run(ALONE, name, folder), _run(TOGETHER, name, folder)) for _ in range(rounds)]
        alone = median(one.cpu_seconds for one, _ in pairs)
        yield Fleet(
            command=name,
            claims=number,
            rounds=rounds,
            alone_cpu_seconds=alone,
            together_cpu_seconds=median(all_.cpu_seconds for _, all_ in pairs),
            cpu_ratio=median(all_.cpu_seconds / one.cpu_seconds for one, all_ in pairs),
            wall_ratio=median(all_.wall_seconds / one.wall_seconds for one, all_ in pairs),
            cpu_ms_per_claim=None if least is None else (alone - least) * 1000 / (number - 1),
        )
        least = alone if number == 1 else least


def _run(script: str, name: str, folder: Path) -> _Run:
    command = [sys.executable, "-c", script, *COMMANDS[name], str(folder)]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | ENVIRONMENT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return _Run(cpu_seconds=used.ru_utime + used.ru_stime, wall_seconds=wall)
