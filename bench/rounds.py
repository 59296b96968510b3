"""The measuring: all servers run all the time, and take turns.

A machine is as fast as its neighbours let it be, and that changes within a minute. So a round asks every server for a
short while, and only what was measured in one round is divided by one another.
"""

from __future__ import annotations

import itertools
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from bench.cases import Case
from bench.client import Client
from bench.contestants import FLOOR, OURS, Contestant, prepare
from bench.equality import check
from bench.processes import NotServing, Process, core_of_servers
from bench.sequences import NEW, messages


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is asked in turn.

    Attributes:
        callers: how many call at once.
        sequence: what follows what.
        alone: whether only we and the floor are asked: what is about us, and of no use to compare with.
    """

    case: Case
    callers: int = 1
    sequence: str = NEW
    alone: bool = False

    def asks(self, contestant: Contestant) -> bool:
        """Whether a contestant takes part."""
        return not self.alone or contestant.name in (FLOOR, OURS)


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How long is measured.

    Attributes:
        seconds: of one server's turn.
        starts: how often each server is started to see how long that takes.
    """

    rounds: int
    seconds: float
    starts: int

    def turns(self, trials: Sequence[Trial], contestants: Sequence[Contestant]) -> int:
        """How many turns there are, starts included."""
        asked = sum(trial.asks(contestant) for trial in trials for contestant in contestants)
        return self.rounds * asked + self.starts * len(contestants)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one server did in one round for one trial; seconds of each call, sorted."""

    contestant: str
    case: str
    sequence: str
    callers: int
    round: int
    wall_seconds: float
    cpu_seconds: float
    calls: tuple[float, ...] = field(repr=False)

    @property
    def what(self) -> tuple[str, str, str]:
        """Contestant, case and sequence."""
        return self.contestant, self.case, self.sequence

    @property
    def cpu_per_call(self) -> float:
        """Seconds of its core that a call took."""
        return self.cpu_seconds / len(self.calls)

    @property
    def calls_per_second(self) -> float:
        """How many calls were answered in a second."""
        return len(self.calls) / self.wall_seconds

    def percentile(self, percent: float) -> float:
        """Seconds in which so many of a hundred calls were answered."""
        return self.calls[max(0, math.ceil(len(self.calls) * percent / 100) - 1)]


@dataclass(frozen=True, kw_only=True)
class Start:
    """One start of a server.

    Attributes:
        spawn_seconds: until it took connections.
        first_call_seconds: what its first call took after that.
        resident_bytes: its memory after that call.
    """

    contestant: str
    spawn_seconds: float
    first_call_seconds: float
    resident_bytes: int


@dataclass(kw_only=True)
class Measured:
    """All that was measured.

    Attributes:
        refused: contestants and cases that are too long for them.
        resident_bytes: memory of each after all its calls, by its name.
    """

    turns: list[Turn] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    resident_bytes: dict[str, int] = field(default_factory=dict)


async def measure(
    contestants: Sequence[Contestant], trials: Sequence[Trial], effort: Effort, step: Callable[[str], None]
) -> Measured:
    """Checks that all do the same work, then measures them.

    Args:
        contestants: who takes part.
        trials: what they are asked.
        effort: how long.
        step: is told what comes next, once for each turn.

    Raises:
        DoesOtherWork: one composes something else.
        NotServing: one has not come up.
    """
    core = core_of_servers()
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as folder:
        work = Path(folder)
        async with AsyncExitStack() as stack:
            match = _Match(trials, effort, step)
            for contestant in contestants:
                await match.enter(contestant, stack, work, core)
            for number in range(effort.rounds):
                await match.round(number)
            match.weigh()
        for _ in range(effort.starts):
            for contestant in contestants:
                step(f"start of {contestant.name}")
                if (message := match.first_request(contestant.name)) is not None:
                    match.measured.starts.append(await _start(contestant, work, core, message))
    return match.measured


class _Match:
    """Servers that run and take turns."""

    def __init__(self, trials: Sequence[Trial], effort: Effort, step: Callable[[str], None]) -> None:
        self.measured = Measured()
        self._trials, self._effort, self._step = trials, effort, step
        self._servers: dict[str, Process] = {}
        self._clients: dict[str, Client] = {}
        self._requests: dict[tuple[str, str], bytes] = {}
        self._numbers = itertools.count(1)

    async def enter(self, contestant: Contestant, stack: AsyncExitStack, work: Path, core: int | None) -> None:
        """Starts a server, and has it show that its work is the same."""
        name = contestant.name
        cases = {trial.case.name: trial.case for trial in self._trials if trial.asks(contestant)}
        prepare(work, contestant, cases.values())
        server = self._servers[name] = stack.enter_context(Process(contestant, work, core))
        client = self._clients[name] = await stack.enter_async_context(Client(server.address))
        for case in cases.values():
            message = contestant.request(case)
            if contestant.takes(message):
                try:
                    told = await client.ask(message)
                except grpc.aio.AioRpcError as error:
                    raise NotServing(f"{name}, {case.name}: {error.details()}\n{server.said()}") from None
                check(name, case, told)
                self._requests[name, case.name] = message
            else:
                self.measured.refused.append((name, case.name))

    async def round(self, number: int) -> None:
        """Gives each server its turn, for each trial."""
        # Each round begins with another one: who always comes after the same neighbour shares its heat.
        servers = list(self._servers.items())
        first = number % len(servers)
        for trial in self._trials:
            for name, server in servers[first:] + servers[:first]:
                if trial.asks(server.contestant):
                    self._step(f"round {number + 1}, {trial.case.name}, {trial.callers} at once: {name}")
                    if (name, trial.case.name) in self._requests:
                        self.measured.turns.append(await self._turn(number, name, trial))

    def first_request(self, name: str) -> bytes | None:
        """The request for the first case that a contestant takes; None if it takes none."""
        return next((message for (asked, _), message in self._requests.items() if asked == name), None)

    async def _turn(self, number: int, name: str, trial: Trial) -> Turn:
        server, request = self._servers[name], self._requests[name, trial.case.name]
        requests = messages(trial.sequence, trial.case, request, self._numbers)
        cpu, wall = server.cpu_seconds(), time.perf_counter()
        calls = await self._clients[name].load(requests, trial.callers, self._effort.seconds)
        return Turn(
            contestant=name,
            case=trial.case.name,
            sequence=trial.sequence,
            callers=trial.callers,
            round=number,
            wall_seconds=time.perf_counter() - wall,
            cpu_seconds=server.cpu_seconds() - cpu,
            calls=tuple(sorted(calls)),
        )

    def weigh(self) -> None:
        """Notes the memory that each has now."""
        self.measured.resident_bytes = {name: server.resident_bytes() for name, server in self._servers.items()}


async def _start(contestant: Contestant, work: Path, core: int | None, message: bytes) -> Start:
    with Process(contestant, work, core) as server:
        async with Client(server.address) as client:
            (first,) = await client.load(iter([message]), 1, 0)
        return Start(
            contestant=contestant.name,
            spawn_seconds=server.spawn_seconds,
            first_call_seconds=first,
            resident_bytes=server.resident_bytes(),
        )
