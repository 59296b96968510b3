"""Many claims: on all cores where that is faster, in the order in which they were given, with a bar for who waits.

Reading and rendering a claim is all Python, so that one process uses one core. Workers get plain values and give plain
values back; the process that starts them alone reads files and writes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from types import TracebackType
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from argosy.cli.documents import Each

ENOUGH = 20
"""Things to do from which on workers are started: about half a second of work, and starting them takes some
hundredths; bench/commandline.py measures it."""
TOGETHER = 8
"""Things that go to a worker at once: the fewer, the more is spent on sending."""
AHEAD = 4
"""Batches for each worker that may wait to be written: a slow reader of the output must not fill memory."""
PATIENCE = 1.0
"""Seconds without a bar: who waits no longer needs none."""
BEAT = 0.1
"""Seconds between two drawings of a bar."""

Given = TypeVar("Given")
Made = TypeVar("Made")


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Processes that are started when there is enough to do."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._started = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> Workers:
        """None is started yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ends them, with no more than what they are at."""
        self._hide()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, title: str, *, prints: bool = False) -> Each:
        """Work on each of many things.

        Args:
            title: what the bar says.
            prints: whether each is written to standard output at once, which on a terminal shows how far it is.
        """
        return partial(self._each, title, prints)

    def tell(self, message: str) -> None:
        """Writes to standard error, not into the bar."""
        self._hide()
        click.echo(message, err=True)

    def _each(self, title: str, prints: bool, work: Callable[[Given], Made], items: Sequence[Given]) -> Iterator[Made]:
        self._hide()  # who has taken the last of the things before has not come to their end
        number = cores()
        made = self._spread(work, items, number) if number > 1 and len(items) >= ENOUGH else map(work, items)
        watched = sys.stderr.isatty() and not (prints and sys.stdout.isatty())
        return self._shown(title, made, len(items)) if watched else made

    def _spread(self, work: Callable[[Given], Made], items: Sequence[Given], number: int) -> Iterator[Made]:
        if self._pool is None:
            # a fork has imported everything; elsewhere than on Linux it is not safe
            context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
            self._pool = ProcessPoolExecutor(number, context, initializer=_leave_interrupts)
        waiting: deque[Future[list[Made]]] = deque()
        for start in range(0, len(items), TOGETHER):
            waiting.append(self._pool.submit(_batch, work, items[start : start + TOGETHER]))
            if len(waiting) > number * AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()

    def _shown(self, title: str, made: Iterator[Made], total: int) -> Iterator[Made]:
        bar, drawn = _bar(title, total), 0.0
        for done, item in enumerate(made):
            now = time.monotonic()
            if now - self._started > PATIENCE and now - drawn > BEAT:
                self._bar, drawn = bar, now
                bar.start()
                bar.update(bar.task_ids[0], completed=done, refresh=True)
            yield item
        self._hide()

    def _hide(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal, and a traceback from each hides what the command says."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _batch(work: Callable[[Given], Made], items: Sequence[Given]) -> list[Made]:
    return [work(item) for item in items]


def _bar(title: str, total: int) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # what goes to the two streams must arrive as it is
    bar = Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    bar.add_task(title, total=total)
    return bar
