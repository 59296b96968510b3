"""`managedFields` as an API server keeps them: two fifths of a request, and Crossplane sends them with every object.

The simulator leaves them out, because nothing of ours reads them; decoding them costs all the same.

Who owns what is read off an object: Crossplane what was applied, the provider the rest (crossplane v2.4.0,
internal/controller/apiextensions/composite/composition_functions.go; crossplane-runtime v2.1.0,
pkg/reconciler/managed/api.go). Lists are whole, but for those that every object has by key and what a schema calls a
set. tests/hub/test_ownership.py holds it against what a real API server has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from argosy.engines.base import ACK_SUFFIX
from argosy.simulator.server import COMPOSITE
from tests.schemas.compact import CRDS

TIME = "2026-01-01T00:00:00Z"
CORE = "apiextensions.crossplane.io/composed"
CORE_OF_COMPOSITE = "apiextensions.crossplane.io/composite"
RESOLVER = "managed.crossplane.io/api-simple-reference-resolver"
PROVIDER = "provider"
ACK_CONTROLLER = "controller"
WRITER = "argocd-controller"
"""Managers: who composes, who writes the composite's status, who resolves references, who reconciles (a program's name
is its manager's, where it gives none), who has written the claim."""

KEYED = {"conditions": "type"}
"""Lists whose items are owned field by field, and the field that they are told apart by."""
ATOMIC = {"ownerReferences": "uid"}
"""Lists whose items are owned whole, and the field that they are told apart by."""
FINALIZERS = "metadata.finalizers"
"""A list whose values have owners of their own, on every object."""
OWNERLESS = frozenset(
    {
        *("apiVersion", "kind"),
        *("metadata.uid", "metadata.resourceVersion", "metadata.generation", "metadata.creationTimestamp"),
        *("metadata.managedFields", "metadata.name", "metadata.namespace"),
    }
)
"""Fields that the API server keeps for itself."""
DEFAULTED = frozenset({"managementPolicies", "resolution"})
"""Fields that the schemas default: what nobody has sent, nobody owns."""

Values = Mapping[str, Any]
Fields = dict[str, Any]


def with_ownership(item: Values, applied: Values) -> dict[str, Any]:
    """A composed object with its `managedFields`.

    Args:
        item: as the API server has it.
        applied: what Crossplane applies.
    """
    metadata = item["metadata"]
    applied_metadata = {**applied["metadata"], "labels": metadata.get("labels", {})}
    if "ownerReferences" in metadata:
        # whoever else owns it, as what a Usage is of, somebody else has written
        applied_metadata["ownerReferences"] = [
            owner for owner in metadata["ownerReferences"] if owner.get("controller")
        ]
    sets = sets_of(item["apiVersion"], item["kind"])
    core = _fields({**applied, "metadata": applied_metadata}, sets, marked=False)
    resolved = _resolved(item)
    body = {name: value for name, value in item.items() if name != "status"}
    rest = _less(_less(_fields(body, sets, marked=True), core), resolved)
    owner = hashlib.sha256(str(metadata["ownerReferences"]).encode()).hexdigest()
    entries = [_entry(item, f"{CORE}/{owner}", "Apply", core)]
    if resolved:
        entries.append(_entry(item, RESOLVER, "Apply", resolved))
    reconciler = ACK_CONTROLLER if ACK_SUFFIX in item["apiVersion"] else PROVIDER
    if rest:
        entries.append(_entry(item, reconciler, "Update", rest))
    if "status" in item:
        status = _fields({"status": item["status"]}, sets, marked=True)
        entries.append(_entry(item, reconciler, "Update", status, subresource="status"))
    return _with(item, entries)


def as_stored(composite: Values, observed: Iterable[Values]) -> dict[str, Any]:
    """A composite with all that Crossplane and the API server add to it: its own fields, references to all objects.

    Args:
        composite: with its status.
        observed: its objects.
    """
    owned = composite_with_ownership(composite)
    objects = list(observed)
    (owner, *_) = [reference for item in objects for reference in item["metadata"]["ownerReferences"]]
    metadata = {
        **owned["metadata"],
        "uid": owner["uid"],
        "resourceVersion": "1",
        "generation": 2,
        "creationTimestamp": TIME,
        "finalizers": ["composite.apiextensions.crossplane.io"],
        "labels": {**owned["metadata"].get("labels", {}), COMPOSITE: owned["metadata"]["name"]},
    }
    spec = owned["spec"]
    references = [_reference(item) for item in objects]
    if "claimRef" in spec:
        spec = {**spec, "resourceRefs": references}
    else:
        spec = {**spec, "crossplane": {**spec.get("crossplane", {}), "resourceRefs": references}}
    return {**owned, "metadata": metadata, "spec": spec}


def _reference(item: Values) -> dict[str, Any]:
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "name": item["metadata"]["name"]}


def composite_with_ownership(composite: Values) -> dict[str, Any]:
    """A composite with its `managedFields`: Argo CD has written the claim, Crossplane the status."""
    written = {"spec": composite["spec"]}
    entries = [_entry(composite, WRITER, "Apply", _fields(written, frozenset(), marked=False))]
    if "status" in composite:
        status = _fields({"status": composite["status"]}, frozenset(), marked=False)
        entries.append(_entry(composite, CORE_OF_COMPOSITE, "Apply", status, subresource="status"))
    return _with(composite, entries)


@cache
def sets_of(api_version: str, kind: str) -> frozenset[str]:
    """Paths of the lists of a kind whose values have owners of their own, as its schema says."""
    group, _, version = api_version.rpartition("/")
    published = (yaml.load(file.read_text(), yaml.CSafeLoader) for file in sorted(CRDS.glob(f"{group}_*.yaml")))
    crd = next(crd for crd in published if crd["spec"]["names"]["kind"] == kind)
    entry = next(entry for entry in crd["spec"]["versions"] if entry["name"] == version)
    return frozenset(_sets(entry["schema"]["openAPIV3Schema"]))


def _sets(schema: Values, path: str = "") -> Iterator[str]:
    for name, child in schema.get("properties", {}).items():
        here = f"{path}{name}"
        if child.get("x-kubernetes-list-type") == "set":
            yield here
        yield from _sets(child, f"{here}.")


def _with(item: Values, entries: list[Fields]) -> dict[str, Any]:
    return {**item, "metadata": {**item["metadata"], "managedFields": entries}}


def _entry(item: Values, manager: str, operation: str, fields: Fields, subresource: str = "") -> Fields:
    entry = {
        "apiVersion": item["apiVersion"],
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "manager": manager,
        "operation": operation,
        "time": TIME,
    }
    return {**entry, "subresource": subresource} if subresource else entry


def _fields(value: Values, sets: frozenset[str], *, marked: bool, path: str = "") -> Fields:
    """The fields of an object or a part of one.

    Args:
        value: the object or the part.
        sets: paths of lists whose values have owners of their own.
        marked: whether maps are owned beside what is in them, as by an update that brings them; an apply owns leaves.
        path: where the part is.
    """
    found: Fields = {}
    for name, child in sorted(value.items()):
        here = f"{path}{name}"
        if here in OWNERLESS or name in DEFAULTED:
            continue
        if here in sets and not child and not marked:
            continue  # an apply owns values of a set, and this has none
        below = _below(name, child, sets, f"{here}.", marked=marked)
        if below.keys() - {"."} or not (
            isinstance(child, Mapping) and child
        ):  # of a map that is defaults alone nothing is owned
            found[f"f:{name}"] = below
    return found


def _below(name: str, child: Any, sets: frozenset[str], path: str, *, marked: bool) -> Fields:
    mark: Fields = {".": {}} if marked and path != "metadata." else {}
    if isinstance(child, Mapping) and child:
        return {**mark, **_fields(child, sets, marked=marked, path=path)}
    if isinstance(child, list) and path.removesuffix(".") in (FINALIZERS, *sets):
        return {**mark, **{f"v:{json.dumps(item)}": {} for item in child}}
    if isinstance(child, list) and name in ATOMIC:
        return {**mark, **{_key(item, ATOMIC[name]): {} for item in child}}
    if isinstance(child, list) and name in KEYED:
        items = {_key(item, KEYED[name]): {".": {}, **_fields(item, sets, marked=True, path="-")} for item in child}
        return {**mark, **items}
    return {}


def _key(item: Values, name: str) -> str:
    return f"k:{json.dumps({name: item[name]}, separators=(',', ':'))}"


def _less(fields: Fields, others: Fields) -> Fields:
    """`fields` without what others own: neither the maps that they have made, nor what is empty without theirs."""
    left: Fields = {}
    for name, below in fields.items():
        theirs = others.get(name)
        if theirs is None and name != ".":
            left[name] = below
        elif theirs and (rest := _less(below, theirs)):
            left[name] = rest
    return left


def _resolved(item: Values) -> Fields:
    """References of `spec.forProvider` with what they resolve to."""
    wanted = item.get("spec", {}).get("forProvider", {})
    names = [name for name in wanted if f"{name}Ref" in wanted]
    fields = {field: wanted[field] for name in names for field in (name, f"{name}Ref")}
    return _fields({"spec": {"forProvider": fields}}, frozenset(), marked=False) if fields else {}
