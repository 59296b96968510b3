"""Observed resources as core leaves them in a cluster, so that its checks and garbage collection apply."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

KEY = "crossplane.io/composition-resource-name"


def uid(xr: Mapping[str, Any]) -> str:
    """Return a composite resource's UID: its own, else the one that `internal render` gives it.

    Source: github.com/crossplane/crossplane v2.4.0 `internal/render/composite/render.go` (Render).
    """
    metadata = xr["metadata"]
    if own := metadata.get("uid"):
        return str(own)
    group_version_kind = f"{xr['apiVersion']}, Kind={xr['kind']}"
    name = "\0".join((group_version_kind, metadata.get("namespace", ""), metadata["name"]))
    return str(uuid.uuid5(uuid.UUID(int=0), name))


def adopted(observed: Iterable[Mapping[str, Any]], xr: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give resources the controller reference and namespace that core gives to what it composes.

    Core 2.4 deletes only what the composite resource controls: without the reference no deletion would ever
    be reported, and a test for one would always pass.

    Args:
        observed: Composed resources, each with its key in the annotation `KEY`.
        xr: The composite resource.

    Returns:
        Copies. What has a controller or a namespace keeps it.

    Raises:
        ValueError: A resource has no name or no key; core would not see it.
    """
    return [_adopted(resource, xr) for resource in observed]


def _adopted(resource: Mapping[str, Any], xr: Mapping[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(resource))
    metadata = result.setdefault("metadata", {})
    if not metadata.get("name") or KEY not in metadata.get("annotations", {}):
        message = f"an observed {result.get('kind')} needs metadata.name and the annotation {KEY}: {metadata}"
        raise ValueError(message)
    if namespace := xr["metadata"].get("namespace"):
        metadata.setdefault("namespace", namespace)
    owners = metadata.setdefault("ownerReferences", [])
    if not any(owner.get("controller") for owner in owners):
        owners.append(
            {
                "apiVersion": xr["apiVersion"],
                "kind": xr["kind"],
                "name": xr["metadata"]["name"],
                "uid": uid(xr),
                "controller": True,
                "blockOwnerDeletion": True,
            }
        )
    return result
