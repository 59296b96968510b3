"""The composite that Crossplane makes of what a person wrote: the same object, or the one behind a claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.catalog import COMPOSITES, ENGINES, CompositeType, makers, written
from argosy.function import CLAIM_KEYS
from argosy.names import digest
from argosy.simulator import Claim, Composite
from argosy.simulator.server import CLAIM_NAME, CLAIM_NAMESPACE

NOT_COPIED = ("kubernetes.io", "k8s.io")
"""Ends of the domains whose labels and annotations stay on the claim (crossplane v2.4.0,
internal/controller/apiextensions/claim/object.go)."""


def engine_of(claim: Mapping[str, Any]) -> str:
    """Name of the first engine that makes the kind of a claim."""
    return makers(_written(claim))[0].name


def composite_of(claim: Mapping[str, Any], engine: str) -> dict[str, Any]:
    """The composite that the function is called with.

    Args:
        claim: what a person wrote; it is read as the kind that the engine makes.
        engine: name of the engine.
    """
    found = _written(claim)
    target = next(item for item in COMPOSITES if item.kind == found.kind and item.made_by(ENGINES[engine]))
    head = {"apiVersion": target.api_version, "kind": target.kind}
    return {**claim, **head} if target.claim is None else {**head, **_behind(claim, target)}


def owner_of(composite: Mapping[str, Any]) -> Composite:
    """A composite as the simulator knows it, as the owner of what it composes."""
    metadata, found = composite["metadata"], composite["spec"].get("claimRef")
    claim = Claim(kind=found["kind"], namespace=found["namespace"], name=found["name"]) if found else None
    return Composite(api_version=composite["apiVersion"], kind=composite["kind"], name=metadata["name"], claim=claim)


def _written(claim: Mapping[str, Any]) -> CompositeType:
    found = written(str(claim["apiVersion"]), str(claim["kind"]))
    if found is None:
        raise ValueError(f"{claim['kind']} of {claim['apiVersion']} is nothing that users write")
    return found


def _behind(claim: Mapping[str, Any], target: CompositeType) -> dict[str, Any]:
    metadata, names = claim["metadata"], target.claim
    assert names is not None
    name, namespace = str(metadata["name"]), str(metadata["namespace"])
    reference = {"apiVersion": target.api_version, "kind": names.kind, "name": name, "namespace": namespace}
    spec = {key: value for key, value in (claim.get("spec") or {}).items() if key not in CLAIM_KEYS}
    copied = {field: _copied(metadata[field]) for field in ("labels", "annotations") if metadata.get(field)}
    labels = {**copied.get("labels", {}), CLAIM_NAME: name, CLAIM_NAMESPACE: namespace}
    return {
        # Crossplane's five letters are random
        "metadata": {**copied, "name": f"{name}-{digest(namespace, name)[:5]}", "labels": labels},
        "spec": {**spec, "claimRef": reference},
    }


def _copied(given: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in given.items() if not key.partition("/")[0].endswith(NOT_COPIED)}
