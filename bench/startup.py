"""Where the time until a server serves goes, what of it a call does not need, and how much an image carries.

There is no Docker here: what is weighed is what an image holds beside its base, which is Debian's Python.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.cases import Case
from bench.client import Client
from bench.contestants import CONTESTANTS, FUNCTION, OURS, ROOT, RUNTIME
from bench.processes import ENVIRONMENT, Process

LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")
OURS_PACKAGE = "argosy"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Package:
    """All that was imported of one distribution or one part of ours.

    Attributes:
        name: of its first module, of ours with the second part.
        modules: how many were imported.
        self_ms: what importing them took, what they import in turn not counted.
        active: whether any of them did something while calls were answered.
    """

    name: str
    modules: int
    self_ms: float
    active: bool


@dataclass(frozen=True, kw_only=True)
class Imports:
    """What our server imports.

    Attributes:
        packages: the most expensive first.
        late: modules that the first calls have imported.
    """

    packages: tuple[Package, ...]
    late: tuple[str, ...]

    @property
    def idle(self) -> tuple[Package, ...]:
        """Packages of which nothing did anything in a call, dearest first."""
        return tuple(package for package in self.packages if not package.active)


def package_of(module: str) -> str:
    """What a module is counted under."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == OURS_PACKAGE else parts[0]


def import_times() -> dict[str, float]:
    """Milliseconds that each module takes to import, without what it imports."""
    command = [str(RUNTIME), "-X", "importtime", "-c", "import argosy.main"]
    environment = os.environ | ENVIRONMENT
    subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)  # writes what is compiled
    told = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    return {name: int(own) / 1000 for own, _, _, name in LINE.findall(told)}


async def imports(cases: Iterable[Case]) -> Imports:
    """What our server imports, and what of it answers the cases."""
    times = import_times()
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as folder:
        file = Path(folder) / "modules.json"
        ours = CONTESTANTS[OURS]
        module = ours.command.index("argosy.main")
        command = (*ours.command[:module], "bench.servers.watched", str(file), *ours.command[module + 1 :])
        with Process(dataclasses.replace(ours, command=command), Path(folder), None) as server:
            async with Client(server.address) as client:
                for case in cases:
                    await client.ask(ours.request(case))
            server.finish(signal.SIGTERM)
        found = json.loads(file.read_text())
    active = {package_of(name) for name in found["active"]}
    grouped: dict[str, list[float]] = {}
    for name, own in times.items():
        grouped.setdefault(package_of(name), []).append(own)
    packages = [
        Package(name=name, modules=len(own), self_ms=sum(own), active=name in active) for name, own in grouped.items()
    ]
    return Imports(
        packages=tuple(sorted(packages, key=lambda package: -package.self_ms)),
        late=tuple(name for name in found["late"] if not name.startswith("bench.")),
    )


def image_mib() -> dict[str, float] | None:
    """MiB of each folder that the function's image has beside its base; None if they are not installed here."""
    if not FUNCTION.exists():
        return None
    (libraries,) = (FUNCTION.parents[1] / "lib").glob("python*/site-packages")
    found = {path.name: _weight(path) for path in (*libraries.iterdir(), ROOT / "functions" / OURS_PACKAGE)}
    return {name: found[name] / MEBIBYTE for name in sorted(found, key=lambda name: -found[name])}


def _weight(path: Path) -> int:
    files = [path] if path.is_file() else [below for below in path.rglob("*") if below.is_file()]
    return sum(file.stat().st_size for file in files)
