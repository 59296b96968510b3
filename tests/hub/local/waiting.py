"""Waiting, with a limit and a sentence about what did not come, also when something else ends it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


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
