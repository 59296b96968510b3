"""One run of atheris: `python -m tests.hostile.guided RUNS SEED`, called by fuzz.py.

On its own because libFuzzer takes the process over, ends it, and writes a line for every input that it keeps.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["argosy"]):
    from google.protobuf.message import DecodeError

    from tests.hostile.draws import request_of
    from tests.hostile.judge import MOST_SECONDS_UNTIL_A_HANG, Tally, judge
    from tests.hostile.mutation import mutated, seeds

LONGEST_INPUT = 1024 * 1024
"""Bytes of an input; real requests of the examples have a fifth of it."""

BYTES_TOO = 0.05
"""Share of inputs that libFuzzer changes byte by byte behind our change; most of them are no request any more."""


def main(runs: int, seed: int) -> None:
    """Fuzzes; never returns."""
    tally, began = Tally(), time.monotonic()

    def judged(data: bytes) -> None:
        request = request_of(data)
        if request is None:
            tally.seen["unreadable"] += 1
        else:
            judge(request, tally)
        if sum(tally.seen.values()) == runs:
            print(f"atheris: {tally}, {time.monotonic() - began:.0f} s", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        for index, request in enumerate(seeds()):
            (Path(folder) / f"{index:03}").write_bytes(request)
        options = (
            f"-runs={runs}",
            f"-seed={seed}",
            f"-max_len={LONGEST_INPUT}",
            f"-timeout={MOST_SECONDS_UNTIL_A_HANG}",
            "-reload=0",  # by the clock it would read its own folder again, and no run would be like another
            "-artifact_prefix=.fuzz-",
        )
        atheris.Setup([sys.argv[0], *options, folder], judged, custom_mutator=_mutate)
        atheris.Fuzz()


def _mutate(data: bytes, longest: int, number: int) -> bytes:
    dice = random.Random(number)
    try:
        changed = mutated(data or dice.choice(seeds()), dice).SerializeToString(deterministic=True)
    except DecodeError:
        changed = dice.choice(seeds())
    if dice.random() < BYTES_TOO:
        changed = bytes(atheris.Mutate(changed, longest))
    return changed if len(changed) <= longest else data


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
