"""The processes of a local hub: started once, waited for, recorded, ended by their recorded ids and nothing else.

They outlive whoever starts them: `make hub` returns, and the hub stays.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.hub.local.home import Home, shown

TAIL_LINES = 15
END_SECONDS = 5


class CrashedError(Exception):
    """A part of the hub has ended or does not get ready; the message names it and ends with its log."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the hub: one process.

    Attributes:
        name: what it is called in messages and logs.
        command: program and arguments.
        ready: whether it serves.
        ports: what it listens on, to find out before it starts that somebody else does.
        environment: beside that of the caller.
        seconds: how long it may take until it serves.
    """

    name: str
    command: Sequence[str | Path]
    ready: Callable[[], bool]
    ports: tuple[int, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 30


class Processes:
    """The processes of one hub."""

    def __init__(self, home: Home) -> None:
        """Does nothing yet: the record is read anew each time, since others may start and end parts too."""
        self._home = home

    @property
    def names(self) -> list[str]:
        """All parts that were started and not ended, in the order of their start."""
        return list(self._record())

    def log(self, name: str) -> Path:
        """Where a part writes."""
        return self._home.logs / f"{name}.log"

    def process(self, name: str) -> psutil.Process | None:
        """The process of a part, if it is alive; another process that got its id since is not it."""
        known = self._record()
        if name not in known:
            return None
        pid, born = known[name]
        try:
            process = psutil.Process(pid)
            return process if abs(process.create_time() - born) < 1 and _runs(process) else None
        except psutil.NoSuchProcess:
            return None

    def crashed(self) -> list[str]:
        """Parts that were started, not ended, and are no more."""
        return [name for name in self.names if self.process(name) is None]

    def start(self, part: Part) -> None:
        """Starts a part, if it does not run.

        Raises:
            CrashedError: somebody else listens on one of its ports.
        """
        if self.process(part.name) is not None:
            return
        for port in part.ports:
            if not _gets_free(port):
                message = f"{part.name} needs port {port} of 127.0.0.1, and something listens there already"
                raise CrashedError(f"{message}: end it, or `make hub-down` in the checkout where another hub runs")
        self._home.logs.mkdir(parents=True, exist_ok=True)
        with _interrupts_later():  # what is not recorded is never ended
            self._launch(part)

    def _launch(self, part: Part) -> None:
        # By way of a shell, so that it is nobody's child: it outlives us, and nobody has to wait for its end.
        shell = 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'
        started = subprocess.run(
            ["sh", "-c", shell, "sh", self.log(part.name), *part.command],
            env=os.environ | part.environment,
            stdout=subprocess.PIPE,
            check=True,
            start_new_session=True,  # Ctrl-C in the terminal of `make hub` must not end the hub
        )
        pid = int(started.stdout)
        with self._recording():
            self._write({**self._record(), part.name: (pid, _born(pid))})

    def wait(self, part: Part) -> None:
        """Waits until a part serves.

        Raises:
            CrashedError: it has ended, or does not serve in time.
        """
        until = time.monotonic() + part.seconds
        while not part.ready():
            if self.process(part.name) is None:
                raise CrashedError(self.obituary(part.name))
            if time.monotonic() > until:
                end = f"{shown(self.log(part.name))} ends:\n{self.tail(part.name)}"
                raise CrashedError(f"{part.name} is not ready after {part.seconds:.0f} s; {end}")
            time.sleep(0.05)

    def run(self, parts: Iterable[Part]) -> None:
        """Starts parts together and waits for all of them."""
        together = list(parts)
        for part in together:
            self.start(part)
        for part in together:
            self.wait(part)

    def obituary(self, name: str) -> str:
        """What to say about a part that has ended by itself."""
        return f"{name} has ended; {shown(self.log(name))} ends:\n{self.tail(name)}"

    def tail(self, name: str) -> str:
        """The end of a part's log, indented."""
        log = self.log(name)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return "\n".join(f"    {line[:500]}" for line in lines[-TAIL_LINES:])

    def kill(self, name: str) -> None:
        """Ends a part at once, as a lost machine would; it counts as crashed until it is started again."""
        process = self.process(name)
        if process is not None:
            process.kill()
            _await_end([process])

    def end(self, names: Iterable[str] | None = None) -> None:
        """Ends parts; all of them if none is named.

        What does not end in time is killed: core without its role ignores SIGTERM for more than a minute.
        """
        ending = set(self.names if names is None else names)
        living = [process for process in map(self.process, ending) if process is not None]
        for process in living:
            process.terminate()
        late = _await_end(living)
        for process in late:
            process.kill()
        _await_end(late)
        with self._recording():
            self._write({name: found for name, found in self._record().items() if name not in ending})

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """The record for oneself: what another process has started meanwhile would be lost, and never ended."""
        if not self._home.path.exists():
            yield
            return
        with self._home.processes.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _record(self) -> dict[str, tuple[int, float]]:
        """Ids of processes, and when they started, in seconds since 1970."""
        if not self._home.processes.exists():
            return {}
        return {name: (pid, born) for name, (pid, born) in json.loads(self._home.processes.read_text()).items()}

    def _write(self, known: Mapping[str, tuple[int, float]]) -> None:
        if self._home.path.exists():
            new = self._home.processes.with_suffix(".new")
            new.write_text(json.dumps(known))
            new.replace(self._home.processes)  # a record that was cut short would lose every process


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C counts once this is done. A mask would not do: a signal goes to any thread that does not block it."""
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def _born(pid: int) -> float:
    """When a process started, in seconds since 1970; 0 if it is gone already."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0


def _await_end(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Waits for the end of processes; those that still run after a while.

    A zombie has ended: its status is collected by init, which may take its time.
    """
    until = time.monotonic() + END_SECONDS
    left = list(processes)
    while left and time.monotonic() < until:
        left = [process for process in left if _runs(process)]
        time.sleep(0.02 if left else 0)
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _gets_free(port: int) -> bool:
    """Whether nobody listens on a port, now or in a moment: a killed process keeps its ports a little longer."""
    until = time.monotonic() + 2
    while listens(port):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def listens(port: int) -> bool:
    """Whether something on this machine listens on a port."""
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0
