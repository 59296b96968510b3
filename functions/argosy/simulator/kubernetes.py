"""provider-kubernetes: an `Object` puts a manifest on the hub."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeAlias

from argosy.simulator.conditions import AVAILABLE, CREATING, failed, synced, with_conditions
from argosy.simulator.policies import may
from argosy.simulator.provider import FINALIZER
from argosy.simulator.references import EXTERNAL_NAME
from argosy.simulator.values import Values, clone, uuid

GROUP, KIND = "kubernetes.m.crossplane.io", "Object"

Hub: TypeAlias = "MutableMapping[tuple[str, str], dict[str, Any]]"
"""Manifests on the hub, by namespace and name."""


def reconcile(item: Values, hub: Hub, obstacle: str | None) -> Values | None:
    """One reconcile: the object as it is afterwards, None if it lets go of it.

    A manifest under another name is another object: the one before stays, and nobody owns it any more (REL-04).

    Args:
        item: the Object.
        hub: what there is on the hub.
        obstacle: what the hub says instead of taking the manifest, "" if it only takes longer.
    """
    metadata, spec = item["metadata"], item["spec"]
    manifest = spec["forProvider"]["manifest"]
    where = (manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"])
    if "deletionTimestamp" in metadata:
        if may(spec, "Delete"):
            hub.pop(where, None)
        return None
    generation, status = metadata["generation"], item.get("status", {})
    if obstacle is not None:
        told = failed(generation, obstacle) if obstacle else synced(generation)
        status = with_conditions(status, told, CREATING)
    else:
        hub[where] = clone(manifest)
        there = clone(manifest)
        there["metadata"]["uid"] = uuid("hub", *where)
        status = with_conditions({**status, "atProvider": {"manifest": there}}, synced(generation), AVAILABLE)
    annotations = {EXTERNAL_NAME: metadata["name"], **metadata["annotations"]}
    return {
        **item,
        "metadata": {**metadata, "annotations": annotations, "finalizers": [FINALIZER]},
        "status": status,
    }
