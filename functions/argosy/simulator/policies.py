"""What its policies let the provider do for a managed resource.

Source: crossplane-runtime v2.3.3, pkg/reconciler/managed/policies.go and reconciler.go. Namespaced kinds have
`managementPolicies` alone; cluster-scoped ones have `deletionPolicy` too, which their schemas default to `Delete`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PAUSED = "crossplane.io/paused"
OBSERVE, CREATE, DELETE = "Observe", "Create", "Delete"
ALL = frozenset({"*"})
CHECK = "Check docs for supported policies"


def may(spec: Mapping[str, Any], action: str) -> bool:
    """Whether the management policies allow an action."""
    return bool(_policies(spec) & {"*", action})


def may_delete(spec: Mapping[str, Any]) -> bool:
    """Whether what exists goes with the object.

    Policies that somebody has written count for more than `deletionPolicy`: they delete where they name it, though the
    other says `Orphan`.
    """
    if spec.get("deletionPolicy") == "Orphan":
        return _policies(spec) != ALL and DELETE in _policies(spec)
    return may(spec, DELETE)


def only_observes(spec: Mapping[str, Any]) -> bool:
    """Whether the provider looks and does nothing."""
    return _policies(spec) == {OBSERVE}


def is_paused(item: Mapping[str, Any]) -> bool:
    """Whether the provider leaves the object alone: it neither writes it nor lets it go."""
    annotations = item["metadata"].get("annotations") or {}
    return annotations.get(PAUSED) == "true" or not _policies(item["spec"])


def unsupported(spec: Mapping[str, Any]) -> str:
    """What the provider says to policies that make no sense together; nothing if that is empty.

    Who observes may do anything beside it, but delete only what he also creates, or nothing but delete.
    """
    policies = _policies(spec)
    senseless = DELETE in policies and CREATE not in policies and policies != {OBSERVE, DELETE}
    if not policies or policies == ALL or (OBSERVE in policies and "*" not in policies and not senseless):
        return ""
    told = " ".join(spec["managementPolicies"])
    return f"`spec.managementPolicies` is set to a value([{told}]) which is not supported. {CHECK}"


def _policies(spec: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(spec.get("managementPolicies", ALL))
