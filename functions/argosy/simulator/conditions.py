"""Conditions of managed resources, as crossplane-runtime v2 and upjet v2 write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.values import Values

SINCE = "2026-01-01T00:00:00Z"
"""There is no clock: every transition happened then."""
ORDER = ("Synced", "Ready", "LastAsyncOperation")

Condition = dict[str, Any]


def _condition(kind: str, status: str, reason: str, message: str = "") -> Condition:
    found = {"type": kind, "status": status, "reason": reason, "lastTransitionTime": SINCE}
    return {**found, "message": message} if message else found


def synced(generation: int) -> Condition:
    """The last reconcile did what it had to."""
    return {**_condition("Synced", "True", "ReconcileSuccess"), "observedGeneration": generation}


def failed(generation: int, message: str) -> Condition:
    """The last reconcile did not."""
    return {**_condition("Synced", "False", "ReconcileError", message), "observedGeneration": generation}


def paused(generation: int) -> Condition:
    """Nobody reconciles it."""
    return {**_condition("Synced", "False", "ReconcilePaused"), "observedGeneration": generation}


CREATING = _condition("Ready", "False", "Creating")
AVAILABLE = _condition("Ready", "True", "Available")
DELETING = _condition("Ready", "False", "Deleting")
SUCCESS = _condition("LastAsyncOperation", "True", "Success")


def async_failure(verb: str, message: str) -> Condition:
    """The last create, update or delete on AWS failed."""
    return _condition("LastAsyncOperation", "False", f"Async{verb.capitalize()}Failure", message)


def with_conditions(status: Mapping[str, Any], *conditions: Condition) -> Values:
    """A status with these conditions in the place of those of the same type."""
    kept = {item["type"]: item for item in status.get("conditions", ())}
    kept.update((item["type"], item) for item in conditions)
    return {**status, "conditions": [kept[kind] for kind in ORDER if kind in kept]}
