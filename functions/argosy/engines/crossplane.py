"""How Crossplane and its providers say that something is ready, whatever it is.

Source: crossplane-runtime v2.4, `pkg/reconciler/managed/reconciler.go`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from argosy.plan import View
from argosy.settle import Health

WAITS_FOR_REFERENCE = "referenced field was empty (referenced resource may not yet be ready)"
"""What the provider says while the object that it refers to is being made: no failure, and over soon.

Source: crossplane-runtime v2, `pkg/reference/reference.go`.
"""

INTERRUPTED = "cannot determine creation result"
"""What the provider says of an object that it was making when it was ended: it never tries again by itself (REL-11).

Source: crossplane-runtime v2.4, `pkg/reconciler/managed/reconciler.go`. The annotations from which it concludes that
look the same during every creation, so only its own word counts.
"""
AFTER_INTERRUPTION = (
    f"{INTERRUPTED}: the provider was interrupted while it made this, and waits for a person to look whether AWS has "
    "it and to take the annotation crossplane.io/external-create-pending off, as docs/operations.md says"
)

PAUSED = "ReconcilePaused"
"""Reason of an object that its provider leaves alone, in health and in deletion; it says no more than that.

Source: crossplane-runtime v2.4, `pkg/reconciler/managed/reconciler.go`.
"""
LEFT_ALONE = (
    "is paused, so nobody repairs, changes or deletes it: see what the pause was for, then take its annotation "
    "crossplane.io/paused off"
)


def managed_health(view: View) -> Health:
    """Ready, Synced and the last asynchronous operation together: a refused update leaves Ready=True (REL-07)."""
    found = conditions_of(view)
    leaving = view.get(("metadata", "deletionTimestamp")) is not None
    error = ""
    for name in ("Synced", "LastAsyncOperation"):
        if status_of(found, name) == "False" and not error:
            message = str(found[name].get(("message",)) or found[name].get(("reason",)) or "failed")
            error = "" if WAITS_FOR_REFERENCE in message else sentence(message)
            error = AFTER_INTERRUPTION if INTERRUPTED in message else error
            error = LEFT_ALONE if found[name].get(("reason",)) == PAUSED else error
    if leaving:
        error = error or "is being deleted on AWS; it is made again when that is done"
    usable = status_of(found, "Ready") == "True" and not leaving
    return Health(usable=usable, healthy=usable and not error and status_of(found, "Synced") == "True", error=error)


def usage_health(view: View) -> Health:
    """Crossplane says of a Usage only that it is ready, or nothing (core v2.4.0, protection/usage/reconciler.go)."""
    leaving = view.get(("metadata", "deletionTimestamp")) is not None
    ready = status_of(conditions_of(view), "Ready") == "True" and not leaving
    return Health(usable=ready, healthy=ready)


def conditions_of(view: View) -> Mapping[str, View]:
    """The conditions of an observed object by type."""
    return view.by_name(("status", "conditions"), "type")


def status_of(found: Mapping[str, View], name: str) -> str:
    """The status of a condition, `Unknown` if there is none of that type."""
    return str(found[name].get(("status",)) or "Unknown") if name in found else "Unknown"


def sentence(message: str) -> str:
    """A provider's message on one line and of bearable length: its start says what was tried, its end what AWS said.

    The number of the request is new at each try and would make the condition change for ever.
    """
    text = re.sub(r"RequestID: [0-9A-Za-z-]+,? ?", "", " ".join(message.split()))
    return text if len(text) <= 300 else f"{text[:60]} ... {text[-235:]}"
