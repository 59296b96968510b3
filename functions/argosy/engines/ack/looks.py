"""What a controller said at its last look at an object, and whether that answers what was asked for.

ACK never says which generation of an object it has seen, and of a cluster's version or a database's protection it tells
only what was asked for. So beside such fields stands when they were asked for; an answer is what was said at a later
look (ADR 11).

Source: ACK runtime v0.62.0, `pkg/runtime/reconciler.go` and `pkg/condition`: conditions are made anew at every look,
each with the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from argosy.data.databases import BUSY_BY_ITSELF
from argosy.engines.crossplane import conditions_of, status_of
from argosy.plan import View
from argosy.settle import Manifest
from argosy.unknown import Initially, Json, Unknown

SYNCED, TERMINAL, RECOVERABLE = "ACK.ResourceSynced", "ACK.Terminal", "ACK.Recoverable"

FOLLOWED: Mapping[str, tuple[str, ...]] = {
    "Cluster": ("version", "deletionProtection"),
    "DBCluster": ("deletionProtection",),
    "DBInstance": ("deletionProtection",),
    "Nodegroup": ("version",),
}
"""By kind, fields below `spec` of which AWS's answer stands nowhere else."""

ASKED = "fleet.argosy.dev/asked"
"""Annotation: `<values>@<stamp>`: what was asked for last of these fields, and the time of the last look when it was.

The stamp is empty if nobody had looked yet, and `begun` once EKS was seen to be at it.
"""
BEGUN = "begun"

DRIFT = (
    "The type for cluster update was not provided",
    "Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster",
)
"""What AWS says to eks-controller of a cluster that never had Auto Mode (aws-controllers-k8s/community#3046)."""


def asked(key: str, kind: str, spec: Mapping[str, Json], view: View | None) -> Manifest:
    """The annotation of an object, if it has such fields.

    Args:
        key: composition-resource name.
        kind: such as `Cluster`.
        spec: what is asked for.
        view: the observed object.
    """
    followed = [name for name in FOLLOWED.get(kind, ()) if name in spec]
    if not followed:
        return {}
    if view is None:
        return {ASKED: f"{_text(spec[name] for name in followed)}@"}
    values = (view.get(("spec", name)) if isinstance(spec[name], Unknown) else spec[name] for name in followed)
    return {ASKED: _answered(key, _text(values), view)}


def _answered(key: str, text: str, view: View) -> Json:
    before, _, since = (annotation(view, ASKED) or f"{text}@").partition("@")
    if before == text:
        return f"{text}@{BEGUN if state(view) == 'UPDATING' else since}"
    # without a time of the last look the next one could not be told from it
    return f"{text}@{stamp(view)}" if stamp(view) else Unknown(key, "conditions", Initially.OMIT)


def _text(values: Iterable[Json]) -> str:
    return " ".join(str(value).lower() for value in values)


def reached(view: View) -> bool:
    """Whether what is asked for is so on AWS."""
    found = annotation(view, ASKED)
    if found is None:
        return is_quiet(view)
    there = (view.get(("spec", name)) for name in FOLLOWED[str(view.get(("kind",)))])
    text, _, since = found.partition("@")
    if text != _text(there):
        return False
    if since in ("", BEGUN):
        return is_quiet(view)
    return is_synced(view) and stamp(view) != since


def is_new(view: View) -> bool:
    """Whether AWS has nothing of it yet, or is making it as it was asked for from the beginning."""
    since = (annotation(view, ASKED) or "").partition("@")[2]
    return since == "" and (stamp(view) == "" or state(view) in ("CREATING", "creating"))


def state(view: View) -> str | None:
    """What EKS or RDS itself says of what is its."""
    service = str(view.get(("apiVersion",))).partition(".")[0]
    fields = {"eks": ("status",), "rds": ("status", "dbInstanceStatus")}.get(service, ())
    found = (view.get(("status", name)) for name in fields)
    return next((value for value in found if isinstance(value, str)), None)


def is_synced(view: View) -> bool:
    """Whether at the last look AWS had what is asked for.

    eks-controller calls a cluster synced as soon as it is ACTIVE, also where what it then asked of AWS was refused.
    """
    found = conditions_of(view)
    refused = any(status_of(found, name) == "True" for name in (TERMINAL, RECOVERABLE))
    return status_of(found, SYNCED) == "True" and not refused


def is_quiet(view: View) -> bool:
    """Whether nothing is under way but what never ends, or comes and goes by itself: a database is backed up daily."""
    return is_synced(view) or drifts(view) or state(view) in BUSY_BY_ITSELF


def stamp(view: View) -> str:
    """The time of the last look, "" if nobody has looked."""
    synced = conditions_of(view).get(SYNCED)
    return str(synced.get(("lastTransitionTime",)) or "") if synced is not None else ""


def drifts(view: View) -> bool:
    """Whether a living cluster is out of sync for the known reason alone; one whose state was lost may be living."""
    if view.get(("kind",)) != "Cluster" or state(view) not in (None, "ACTIVE"):
        return False
    found = conditions_of(view)
    told = [str(found[name].get(("message",))) for name in (TERMINAL, RECOVERABLE) if status_of(found, name) == "True"]
    return bool(told) and all(any(known in message for known in DRIFT) for message in told)


def annotation(view: View, name: str) -> str | None:
    """The text of an annotation, None if there is none."""
    value = view.get(("metadata", "annotations", name))
    return value if isinstance(value, str) else None
