"""Writes the hashed requirements from pyproject.toml, build.in and aws.in.

Hashes pin what was tested; index addresses stay out, so that the files serve behind any mirror.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXTRAS = {"function.txt": (), "cli.txt": ("cli",), "dev.txt": ("cli", "hub", "dev")}
SOURCES = ("build", "aws", "pythonic")
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--allow-unsafe",
    "--strip-extras",
)


def main() -> None:
    """Runs pip-compile once per file."""
    for name, extras in EXTRAS.items():
        _compile(name, "pyproject.toml", *(f"--extra={extra}" for extra in extras))
    for name in SOURCES:
        _compile(f"{name}.txt", f"requirements/{name}.in")


def _compile(name: str, source: str, *extras: str) -> None:
    target = f"requirements/{name}"
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *extras, "-o", target, source]
    subprocess.run(command, cwd=ROOT, check=True)
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
