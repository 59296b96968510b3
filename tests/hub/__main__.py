"""Runs all stories, in three parts, each on a new hub: what one leaves behind, or breaks by failing, goes with its hub.

Most stories wait for Crossplane most of the time: more processes than cores work on them together.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

PROCESSES = 3
PARTS = (
    ("-m", "not alone and not crowd", f"--numprocesses={PROCESSES}"),
    ("-m", "crowd"),
    ("-m", "alone"),
)
ENVIRONMENT = {"GOGC": "200"}
"""By default a quarter of what the API server does, for which all wait, is to collect garbage; this takes memory."""
OPTIONS = ("tests/hub", "-raP", "--durations=15")
"""What stories print is part of what they tell: `P` shows it at the end."""


def main() -> int:
    """Runs all parts, also if one has failed.

    Returns:
        Exit status: 0 if all stories are true.
    """
    statuses = []
    for part in PARTS:
        started = time.monotonic()
        command = [sys.executable, "-m", "pytest", *OPTIONS, *part, *sys.argv[1:]]
        statuses.append(subprocess.call(command, env=os.environ | ENVIRONMENT))
        print(f"{' '.join(part)}: {time.monotonic() - started:.0f} s, start and end of the hub included", flush=True)
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
