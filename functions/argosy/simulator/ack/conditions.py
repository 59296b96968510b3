"""Conditions of ACK's objects, as its runtime writes them.

Source: aws-controllers-k8s/runtime v0.62.0, pkg/condition and pkg/runtime/reconciler.go (read 2026-11).

Every reconcile writes all of them anew, in the order in which it comes to them, with the time of the moment. Here time
only goes on where something is new: a world in which nothing happens stands still.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from argosy.simulator.values import Values

RESOLVED, SYNCED, READY = "ACK.ReferencesResolved", "ACK.ResourceSynced", "Ready"
TERMINAL, RECOVERABLE, LATE = "ACK.Terminal", "ACK.Recoverable", "ACK.LateInitialized"

SYNCED_MESSAGE = "Resource synced successfully"
NOT_SYNCED = "Resource not synced"
UNKNOWN_SYNCED = "Unable to determine if desired resource state matches latest observed state"
UNRESOLVED = "Reference resolution failed"
INITIALIZED = "Late initialization successful"
EXISTS = "Resource already exists"
NOT_MANAGED = (
    "This resource already exists but is not managed by ACK. To bring the resource under ACK management, you should "
    "explicitly adopt the resource by enabling the ResourceAdoption feature gate and populating the "
    "`services.k8s.aws/adoption-policy` and `services.k8s.aws/adoption-fields` annotations."
)
GIVEN_UP = "resource is in terminal condition"

_BEAT = timedelta(minutes=2)
_START = datetime(2026, 1, 1, tzinfo=UTC)
_NOW = ""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a reconcile did not do what it had to.

    Attributes:
        says: what the condition says.
        error: the whole error, as the reason of other conditions has it.
        terminal: whether the controller gives up.
    """

    says: str
    error: str
    terminal: bool = False


def problem(text: str, *, terminal: bool = False) -> Problem:
    """One that is no answer of AWS."""
    return Problem(says=text, error=text, terminal=terminal)


class Conditions:
    """The conditions of one reconcile."""

    def __init__(self, before: Iterable[Mapping[str, Any]] = ()) -> None:
        """Begins with those of a reconcile before; a reconcile that is no deletion begins without."""
        self._all: dict[str, Values] = {item["type"]: dict(item) for item in before}

    def __contains__(self, kind: str) -> bool:
        return kind in self._all

    def set(self, kind: str, status: str, message: str | None = None, reason: str | None = None) -> None:
        """Writes a condition as of now, where it stands or at the end."""
        found: Values = {"type": kind, "status": status, "lastTransitionTime": _NOW}
        for name, value in (("message", message), ("reason", reason)):
            if value is not None:
                found[name] = value
        self._all[kind] = found

    def fail(self, failed: Problem) -> None:
        """What a failed call leaves, which has no time."""
        if failed.terminal:
            self._all[TERMINAL] = {"type": TERMINAL, "status": "True", "message": failed.says}
            return
        self._clear(TERMINAL)
        self._all[RECOVERABLE] = {"type": RECOVERABLE, "status": "True", "message": failed.says}

    def succeed(self) -> None:
        """What a successful call makes of a failure before it."""
        self._clear(TERMINAL)
        self._clear(RECOVERABLE)

    def _clear(self, kind: str) -> None:
        if kind in self._all:
            self._all[kind] = {"type": kind, "status": "False"}

    def ensure(self, failed: Problem | None) -> None:
        """What every reconcile ends with: whether the object is synced, and whether it is ready."""
        if SYNCED not in self._all:
            if failed is None:
                self.set(SYNCED, "True", SYNCED_MESSAGE, "")
            elif failed.terminal:
                self.set(SYNCED, "False", NOT_SYNCED, GIVEN_UP)
            else:
                self.set(SYNCED, "Unknown", UNKNOWN_SYNCED, failed.error)
        for kind in (TERMINAL, RECOVERABLE):
            if self._all.get(kind, {}).get("status") == "True":
                self.set(READY, "False", self._all[kind].get("message"), kind)
                return
        synced = self._all[SYNCED]
        self.set(READY, synced["status"], synced.get("message"), synced.get("reason"))

    def at(self, beat: int, before: Sequence[Mapping[str, Any]], *, news: bool) -> list[Values]:
        """The list as it is written: with the times of before, unless anything is new."""
        if not news and [_timeless(item) for item in before] == [_timeless(item) for item in self._all.values()]:
            return [dict(item) for item in before]
        now = (_START + beat * _BEAT).strftime("%Y-%m-%dT%H:%M:%SZ")
        return [
            {**item, "lastTransitionTime": now} if item.get("lastTransitionTime") == _NOW else item
            for item in self._all.values()
        ]


def is_true(status: Mapping[str, Any], kind: str) -> bool:
    """Whether a status has a condition that is True."""
    return any(item["type"] == kind and item["status"] == "True" for item in status.get("conditions") or ())


def _timeless(item: Mapping[str, Any]) -> Values:
    return {name: value for name, value in item.items() if name != "lastTransitionTime"}
