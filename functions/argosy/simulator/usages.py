"""Crossplane itself: a `Usage` is in place when what it names exists.

What it keeps from being deleted is the API server's business, which is not here: nobody deletes a claim here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.conditions import AVAILABLE, with_conditions
from argosy.simulator.server import FOREIGN, Identity
from argosy.simulator.values import Values

GROUP, KIND = "protection.crossplane.io", "Usage"
FINALIZER = "usage.apiextensions.crossplane.io"


def reconcile(item: Values, there: Mapping[Identity, Any], obstacle: str | None) -> Values | None:
    """One reconcile: the object as it is afterwards, None if it lets go of it.

    One that goes waits until what uses is gone (core v2.4.0, internal/controller/protection/usage/reconciler.go).

    Args:
        item: the Usage.
        there: everything composed, by identity.
        obstacle: what keeps it from being in place, None if nothing. Crossplane tells of it in events only.
    """
    metadata, spec = item["metadata"], item["spec"]
    namespace = metadata["namespace"]
    by = _identity(spec["by"], namespace) if "by" in spec else None
    if "deletionTimestamp" in metadata:
        return item if by in there else None
    metadata = {**metadata, "finalizers": [FINALIZER]}
    of = _identity(spec["of"], namespace)
    ready = obstacle is None and (of in there or of[1] == FOREIGN["kind"]) and (by is None or by in there)
    status = with_conditions(item.get("status", {}), AVAILABLE) if ready else item.get("status", {})
    return {**item, "metadata": metadata, "status": status}


def _identity(named: Mapping[str, Any], namespace: str) -> Identity:
    return str(named["apiVersion"]).rpartition("/")[0], named["kind"], namespace, named["resourceRef"]["name"]
