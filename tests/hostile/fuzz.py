"""Fuzzing of the request path: `python -m tests.hostile.fuzz hypothesis|atheris --runs 5000 --seed 1`.

Hypothesis draws whole requests of no sense at all, changes real ones and spoils bytes. Atheris changes real ones too,
and builds on those that reach lines of `argosy` which no other reached. Each does the same again for the same seed and
number of runs; the first request of which a property does not hold (judge.py) ends it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time

from tests.hostile.draws import KINDS, run
from tests.hostile.judge import Tally

PROGRESS = re.compile(r"(#\d+\s+(NEW|REDUCE|RELOAD|pulse)|INFO: Instrumenting)\s")
"""Lines about single inputs and modules."""


def main() -> None:
    """Runs one of the two, and tells what it did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("engine", choices=("hypothesis", "atheris"))
    parser.add_argument("--runs", type=int, required=True, help="inputs")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"{asked.engine}: {asked.runs} inputs, seed {asked.seed}", flush=True)
    (by_hypothesis if asked.engine == "hypothesis" else by_atheris)(asked.runs, asked.seed)


def by_hypothesis(runs: int, seed: int) -> None:
    """Kind by kind."""
    for name, (strategy, share) in KINDS.items():
        tally, began = Tally(), time.monotonic()
        run(strategy, runs * share // 100, seed, tally)
        print(f"hypothesis: {name}: {tally}, {time.monotonic() - began:.0f} s", flush=True)


def by_atheris(runs: int, seed: int) -> None:
    """Guided by the lines that are reached; ends with the status of the run."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.hostile.guided", str(runs), str(seed)],
        env=os.environ | {"PYTHONHASHSEED": "0"},  # which lines are new would depend on the order of sets
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    for line in process.stdout:
        if not PROGRESS.match(line):
            print(line, end="", flush=True)
    sys.exit(process.wait())


if __name__ == "__main__":
    main()
