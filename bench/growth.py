"""What a server is like after a while: thousands of calls for many clusters, and a long call beside short ones.

Each begins with a server of its own: what rounds have left in its memory would hide what is looked for.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, median

from bench.cases import Case
from bench.client import Client
from bench.contestants import CONTESTANTS, OURS
from bench.processes import Process, core_of_servers
from bench.sequences import siblings

MEBIBYTE = 1024 * 1024


@contextmanager
def _ours() -> Iterator[Process]:
    """A server of ours that has answered nothing yet."""
    with (
        tempfile.TemporaryDirectory(prefix="argosy-bench-") as folder,
        Process(CONTESTANTS[OURS], Path(folder), core_of_servers()) as server,
    ):
        yield server


@dataclass(frozen=True, kw_only=True)
class Lap:
    """One turn through a part of the clusters.

    Attributes:
        calls: how many calls there were until its end.
        cpu_ms: of a call of this lap.
        resident_mib: memory at its end.
    """

    calls: int
    cpu_ms: float
    resident_mib: float


@dataclass(frozen=True, kw_only=True)
class Endurance:
    """Clusters asked for in turn, again and again.

    Attributes:
        objects: of each cluster.
        clusters: how many there are.
    """

    objects: int
    clusters: int
    laps: tuple[Lap, ...]

    @property
    def resident_after_all_once(self) -> float:
        """MiB when every cluster was asked for once."""
        return next(lap.resident_mib for lap in self.laps if lap.calls >= self.clusters)

    @property
    def resident_at_end(self) -> float:
        """MiB after all calls."""
        return self.laps[-1].resident_mib

    @property
    def mib_per_1000_calls(self) -> float:
        """How memory goes on to grow in the second half of the calls: the slope of a line through it."""
        half = [lap for lap in self.laps if lap.calls * 2 >= self.laps[-1].calls]
        if len(half) < 2:
            return 0.0
        slope = linear_regression([lap.calls for lap in half], [lap.resident_mib for lap in half]).slope
        return slope * 1000

    @property
    def known_by_new(self) -> float:
        """CPU of a call for a cluster that is known by that for one that is new."""
        new = [lap.cpu_ms for lap in self.laps if lap.calls <= self.clusters]
        known = [lap.cpu_ms for lap in self.laps if lap.calls > self.clusters]
        return median(known) / median(new) if known else 1.0


async def endure(case: Case, clusters: int, turns: int, samples: int, step: Callable[[str], None]) -> Endurance:
    """Asks for clusters in turn.

    Args:
        case: what each cluster is like.
        clusters: how many.
        turns: how often each is asked for.
        samples: how often in a turn memory is looked at.
        step: is told of each turn.
    """
    sibling = siblings(case, CONTESTANTS[OURS].request(case))
    laps: list[Lap] = []
    with _ours() as server:
        async with Client(server.address) as client:
            for turn in range(turns):
                step(f"{clusters} clusters, turn {turn + 1}")
                for start in range(0, clusters, clusters // samples):
                    cpu = server.cpu_seconds()
                    numbers = range(start, min(start + clusters // samples, clusters))
                    for number in numbers:
                        await client.ask(sibling(number))
                    taken = (server.cpu_seconds() - cpu) * 1000 / len(numbers)
                    calls = turn * clusters + numbers.stop
                    laps.append(
                        Lap(calls=calls, cpu_ms=taken, resident_mib=server.resident_bytes() / MEBIBYTE),
                    )
    return Endurance(objects=case.objects, clusters=clusters, laps=tuple(laps))


Span = tuple[float, float]
"""When a call began and when it was answered."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A small call that somebody made while a large one was on its way.

    Attributes:
        seconds: what it took.
        long_seconds: what the large one took, the longest if there were two.
    """

    seconds: float
    long_seconds: float


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Calls for a small claim while somebody asks for the largest, one call after the other.

    Attributes:
        long: the case of the long calls.
        short: the case of the short ones.
        alone_seconds: what a short one takes while there is no long one, in the middle.
        waits: of the short ones.
    """

    long: str
    short: str
    alone_seconds: float
    waits: tuple[Wait, ...]

    @property
    def longest_by_long(self) -> float:
        """What a short call has waited at most, by what the long one took that it waited for."""
        return max((wait.seconds - self.alone_seconds) / wait.long_seconds for wait in self.waits)

    @property
    def usual_by_long(self) -> float:
        """What a short call takes beside a long one, by what that takes, in the middle."""
        return median(wait.seconds / wait.long_seconds for wait in self.waits)

    @property
    def alone_by_long(self) -> float:
        """What a short call takes when it is alone."""
        return self.alone_seconds / median(wait.long_seconds for wait in self.waits)


async def beside(long: Case, short: Case, calls: int, step: Callable[[str], None]) -> Beside:
    """Measures how long short calls wait for long ones, on the one connection that Crossplane has.

    Args:
        long: what takes long.
        short: what does not.
        calls: how many long ones.
        step: is told that it begins.
    """
    step(f"{short.name} beside {long.name}")
    ask_long, ask_short = (CONTESTANTS[OURS].request(case) for case in (long, short))
    with _ours() as server:
        async with Client(server.address) as client:
            await client.ask(ask_long)
            alone = [await _timed(client, ask_short) for _ in range(calls)]
            working = asyncio.create_task(_several(client, ask_long, calls))
            shorts: list[Span] = []
            while not working.done():
                shorts.append(await _timed(client, ask_short))
                await asyncio.sleep(0.001)  # else short calls alone would fill the server
            longs = await working
    return Beside(
        long=long.name,
        short=short.name,
        alone_seconds=median(end - start for start, end in alone),
        waits=tuple(_waits(shorts, longs)),
    )


def _waits(shorts: Sequence[Span], longs: Sequence[Span]) -> Iterator[Wait]:
    """Each short call with the long one that it met: the machine was as slow for one as for the other."""
    for start, end in shorts:
        met = [long_end - long_start for long_start, long_end in longs if long_start < end and start < long_end]
        if met:
            yield Wait(seconds=end - start, long_seconds=max(met))


async def _several(client: Client, request: bytes, calls: int) -> list[Span]:
    return [await _timed(client, request) for _ in range(calls)]


async def _timed(client: Client, request: bytes) -> Span:
    started = time.perf_counter()
    await client.ask(request)
    return started, time.perf_counter()
