"""What a provider writes when it has reconciled an object: the object, its status, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argosy.simulator.values import Values


@dataclass(frozen=True, kw_only=True)
class Change:
    """An object before and after a reconcile.

    Attributes:
        path: path of its kind.
        before: as it was read.
        after: as it should be.
    """

    path: str
    before: Mapping[str, Any]
    after: Values

    @property
    def of_object(self) -> bool:
        """Whether metadata or spec differ."""
        return any(self.after[name] != self.before[name] for name in ("metadata", "spec"))

    @property
    def of_status(self) -> bool:
        """Whether the status differs."""
        return bool(self.after.get("status") != self.before.get("status"))


def change(path: str, before: Mapping[str, Any], after: Values, now: str) -> Change | None:
    """The change that a reconcile asks for, None if nothing is to be written.

    Args:
        path: path of the kind.
        before: the object as it was read.
        after: as the reconcile returned it.
        now: time of what has changed, RFC 3339.
    """
    found = Change(path=path, before=before, after=_timed(before, after, now))
    return found if found.of_object or found.of_status else None


def without_finalizer(item: Mapping[str, Any], finalizer: str) -> Values:
    """The object without one finalizer. Those of others stay: the garbage collector comes and goes meanwhile."""
    metadata = item["metadata"]
    if finalizer not in metadata.get("finalizers", ()):
        return dict(item)
    kept = [name for name in metadata["finalizers"] if name != finalizer]
    return {**item, "metadata": {**metadata, "finalizers": kept}}


def _timed(before: Mapping[str, Any], after: Values, now: str) -> Values:
    """With the times of conditions: as before where nothing else about them differs, else now.

    That is how crossplane-runtime sets conditions (ConditionedStatus.SetConditions).
    """
    if "conditions" not in after.get("status", {}):
        return after
    old = {item["type"]: item for item in before.get("status", {}).get("conditions", ())}
    conditions = [_at(item, old.get(item["type"], {}), now) for item in after["status"]["conditions"]]
    return {**after, "status": {**after["status"], "conditions": conditions}}


def _at(condition: Mapping[str, Any], old: Mapping[str, Any], now: str) -> Values:
    then = old.get("lastTransitionTime", now)
    same = {**condition, "lastTransitionTime": then} == old
    return {**condition, "lastTransitionTime": then if same else now}
