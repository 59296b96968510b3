"""What was made of a claim's last requests, as long as nothing is otherwise that it was made of.

Most calls are for a claim that was called for a moment ago: one of a hundred objects has changed, or nothing has. What
a claim wants and how its manifests read is a pure function of what was read of the request for it. So an entry notes
every value that was read, exactly, and counts only where all of them are the same: no tag is trusted, no
resourceVersion, and no bytes of a request, whose order is random (speed.md "Traps").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from argosy.observed import Observed, Record

MADE = TypeVar("MADE")

CLAIMS = 32
"""How many claims are remembered, those of the last calls: the example for production takes a third of a megabyte. A
claim that is being made is called for every few seconds; what a settled one takes after minutes matters less."""


NAME = (("kind",), ("metadata", "namespace"), ("metadata", "name"))
"""What tells claims apart. Where two are the same nothing goes wrong: what was read for the other one differs."""


class Memory(Generic[MADE]):
    """What was made last, by claim."""

    def __init__(self) -> None:
        """Starts empty."""
        self._entries: dict[tuple[str, ...], tuple[Record, MADE] | None] = {}

    def recall(self, observed: Observed, make: Callable[[], MADE]) -> tuple[MADE, bool]:
        """What was made of the same before, else what `make` makes of `observed` now; and whether it was made before.

        A claim is remembered from its second call on.

        It may be given to many calls: nobody may change what others then read.

        Args:
            observed: a request of which nothing was read yet.
            make: reads nothing but `observed`, and may refuse: then nothing is remembered.
        """
        name = tuple(str(observed.composite.get(path)) for path in NAME)
        called_before = name in self._entries
        found = self._entries.pop(name, None)
        if again := found is not None and observed.repeats(found[0]):
            made = found[1]
        else:
            made = make()
            # only of a claim that is called for again: Python's garbage collector looks at all that is kept several
            # times, and where thousands of claims are called for in turn that took as long as making it
            found = (observed.record(), made) if called_before else None
        self._entries[name] = found  # as the last: the first is what nobody has asked for longest
        if len(self._entries) > CLAIMS:
            del self._entries[next(iter(self._entries))]
        return made, again
