"""Crossplane itself: a `Usage` or `ClusterUsage` is in place when what it names exists.

What it keeps from being deleted is the API server's business, which is not here: nobody deletes a claim here.
Source: core v2.4.0, internal/controller/protection/usage/reconciler.go and internal/protection/usage/finder.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from argosy.simulator.conditions import AVAILABLE, with_conditions
from argosy.simulator.flavours import group_of
from argosy.simulator.server import Identity, is_namespaced
from argosy.simulator.values import Values

GROUP, KINDS = "protection.crossplane.io", frozenset({"Usage", "ClusterUsage"})
FINALIZER = "usage.apiextensions.crossplane.io"


def reconcile(item: Values, exists: Callable[[Identity], bool], obstacle: str | None) -> Values | None:
    """One reconcile: the object as it is afterwards, None if it lets go of it.

    One that goes waits until what uses is gone.

    Args:
        item: the Usage.
        exists: whether there is an object of that identity.
        obstacle: what keeps it from being in place, None if nothing. Crossplane tells of it in events only.
    """
    metadata, spec = item["metadata"], item["spec"]
    namespace = metadata.get("namespace", "")
    by = _identity(spec["by"], namespace) if "by" in spec else None
    if "deletionTimestamp" in metadata:
        return item if by is not None and exists(by) else None
    metadata = {**metadata, "finalizers": [FINALIZER]}
    of = _identity(spec["of"], spec["of"]["resourceRef"].get("namespace", namespace))
    ready = obstacle is None and exists(of) and (by is None or exists(by))
    status = with_conditions(item.get("status", {}), AVAILABLE) if ready else item.get("status", {})
    return {**item, "metadata": metadata, "status": status}


def check(item: Mapping[str, Any]) -> None:
    """Refuses a Usage that would be in place and keep nothing.

    Crossplane finds what a `Usage` names whatever its scope. On deletion it looks for Usages by the namespace of what
    is deleted, and never finds that of something cluster-scoped.

    Raises:
        ValueError: it is such a one.
    """
    of = item["spec"]["of"]
    if item["kind"] == "Usage" and not is_namespaced(group_of(of), of["kind"]):
        raise ValueError(f"Usage {item['metadata'].get('name')}: keeps no {of['kind']}, which is cluster-scoped")


def _identity(named: Mapping[str, Any], namespace: str) -> Identity:
    group, kind = group_of(named), named["kind"]
    return group, kind, namespace if is_namespaced(group, kind) else "", named["resourceRef"]["name"]
