"""A contestant's process: on a core of its own, watched by what the kernel says of it, never by what it says itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path
from types import TracebackType

import psutil

from bench.contestants import ROOT, Contestant
from tests.packages.dockerfile import DOCKERFILE, stages

PATIENCE = 30.0
"""Seconds until a server that does not listen is given up."""
POLL = 0.001
CPU_CLOCK = 2
"""The number of a process's clock is made of its id and this (Linux, kernel/time/posix-cpu-timers.c): nanoseconds of
CPU of all its threads."""
_RUNTIME = stages(DOCKERFILE.read_text())[1][1]
ENVIRONMENT = _RUNTIME.environment | {"PYTHONPATH": os.pathsep.join((str(ROOT / "functions"), str(ROOT)))}
"""What the function's image sets, for every server: what spares ours some work must not count against the others."""


class NotServing(Exception):  # noqa: N818  (a report to the person at the command line)
    """A server has not come up."""


def cores() -> tuple[int, int] | None:
    """The core of the servers and the core of the client; None where there are no two, or nothing to pin with."""
    if shutil.which("taskset") is None:
        return None
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[-1]) if len(usable) > 1 else None


def core_of_servers() -> int | None:
    """The core that servers are pinned to, if there is one."""
    pinned = cores()
    return pinned[0] if pinned else None


class Process:
    """A running server.

    Attributes:
        spawn_seconds: from its start until it took connections.
    """

    def __init__(self, contestant: Contestant, work: Path, core: int | None) -> None:
        """Starts it and waits until it takes connections.

        Raises:
            NotServing: with the end of what it said.
        """
        self.contestant = contestant
        self.address = f"127.0.0.1:{_free_port()}"
        command = [part.format(address=self.address, work=work) for part in contestant.command]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        self._log = work / f"{contestant.name}.log"
        started = time.perf_counter()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=work, env=os.environ | ENVIRONMENT, stdout=log, stderr=log)
        self._clock = ~self._process.pid << 3 | CPU_CLOCK
        self._watched = psutil.Process(self._process.pid)
        try:
            self._wait(started)
        except BaseException:
            self.end()
            raise
        self.spawn_seconds = time.perf_counter() - started

    def __enter__(self) -> Process:
        """It runs already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ends it."""
        self.end()

    def cpu_seconds(self) -> float:
        """What it has taken of its core so far, in its own code and in the kernel's."""
        # psutil tells hundredths of a second: a turn of a few calls would be none or one of them
        return time.clock_gettime(self._clock)

    def resident_bytes(self) -> int:
        """Memory that it has now."""
        return int(self._watched.memory_info().rss)

    def end(self) -> None:
        """Ends it at once: nobody measures how."""
        self._process.kill()
        self._process.wait()

    def finish(self, signal: int) -> None:
        """Has it end by itself, which it does within seconds."""
        self._process.send_signal(signal)
        self._process.wait(timeout=PATIENCE)

    def said(self) -> str:
        """The end of what it said."""
        return self._log.read_text(errors="replace")[-2000:]

    def _wait(self, started: float) -> None:
        host, port = self.address.split(":")
        while time.perf_counter() - started < PATIENCE and self._process.poll() is None:
            with closing(socket.socket()) as probe:
                if probe.connect_ex((host, int(port))) == 0:
                    return
            time.sleep(POLL)
        raise NotServing(f"{self.contestant.name} does not listen on {self.address}:\n{self.said()}")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
