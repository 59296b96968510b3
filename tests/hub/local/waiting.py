"""Waiting, with a limit and a sentence about what did not come, also when something else ends it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Found = TypeVar("Found")


@dataclass(kw_only=True)
class Journey:
    """When what was reached, in seconds after the beginning."""

    started: float = field(default_factory=time.monotonic)
    times: dict[str, float] = field(default_factory=dict)

    def travel(
        self,
        stations: Mapping[str, Callable[[], object]],
        *,
        seconds: float,
        instead: Callable[[], object] | None = None,
    ) -> None:
        """Waits until all stations are reached, and notes when each was.

        Args:
            stations: whether each is reached, by what a person calls it.
            seconds: how long at most.
            instead: what there is instead, for the message.

        Raises:
            TimeoutError: one was not reached in time; the message names it.
        """

        def arrived() -> bool:
            for name, reached in stations.items():
                if name not in self.times and reached():
                    self.times[name] = time.monotonic() - self.started
            return len(self.times) == len(stations)

        def missing() -> str:
            there = "" if instead is None else f"; {instead()}"
            return f"not reached: {', '.join(sorted(stations.keys() - self.times.keys()))}{there}"

        wait_for(arrived, "everything is reached", seconds=seconds, every=0.05, instead=missing)

    def story(self) -> str:
        """The stations, a line each."""
        order = sorted((seconds, name) for name, seconds in self.times.items())
        return "\n".join(f"{seconds:6.1f} s  {name}" for seconds, name in order)


def wait_for(
    look: Callable[[], Found],
    what: str,
    *,
    seconds: float,
    instead: Callable[[], object] | None = None,
    every: float = 0.1,
) -> Found:
    """Looks until it finds something true.

    Args:
        look: what to look at; a false value means not yet.
        what: what is awaited, as a sentence.
        seconds: how long at most.
        instead: what there is instead, for the message.
        every: seconds between two looks.

    Returns:
        What was found.

    Raises:
        TimeoutError: it did not come in time; the message says what, and what there is instead.
    """
    until = time.monotonic() + seconds
    try:
        while not (found := look()) and time.monotonic() <= until:
            time.sleep(every)
    except BaseException as error:  # a story whose own time is over must say, too, what it was spent on
        error.add_note(f"waited until {what}")
        raise
    if not found:
        there = f"; instead: {instead()}" if instead is not None else ""
        raise TimeoutError(f"after {seconds:.0f} s it is still not so that {what}{there}")
    return found
