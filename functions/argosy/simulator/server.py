"""A Kubernetes API server in memory, as far as composed objects need one: server-side apply, generations, deletion.

Objects are values: a change replaces the object, so that readers may keep what they have.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from argosy.simulator.values import Values, clone, merged, uuid

KEY = "crossplane.io/composition-resource-name"
COMPOSITE = "crossplane.io/composite"
CREATED = "2026-01-01T00:00:00Z"
FOREIGN = {
    "apiVersion": "fleet.argosy.dev/v1alpha1",
    "kind": "XEKSCluster",
    "name": "composite",
    "uid": uuid("composite"),
    "controller": True,
    "blockOwnerDeletion": True,
}
"""Whose objects they are. Nobody tells the simulator which composite it serves, so it is always this one."""

Identity: TypeAlias = "tuple[str, str, str, str]"
"""API group, kind, namespace, name."""


@dataclass(frozen=True)
class Stored:
    """An object as it is stored.

    Attributes:
        applied: what core applied last: the fields that it owns.
        copied: the object once more, in a form from which copies are made fast.
    """

    object: Values
    applied: Values
    copied: bytes

    @classmethod
    def of(cls, item: Values, applied: Values) -> Stored:
        """Stores an object."""
        return cls(item, applied, marshal.dumps(item))

    def copy(self) -> Values:
        """A copy that its reader may change."""
        return marshal.loads(self.copied)  # type: ignore[no-any-return]


class Server:
    """Composed objects by composition-resource name, and how core and providers write them."""

    def __init__(self) -> None:
        """Starts empty."""
        self.version = 0
        """Counts writes, like resourceVersion."""
        self._stored: dict[str, Stored] = {}
        self._made: dict[Identity, int] = {}

    def __iter__(self) -> Iterator[tuple[str, Values]]:
        """Composition-resource names and objects, which nobody may change, sorted."""
        return iter([(key, self._stored[key].object) for key in sorted(self._stored)])

    def copies(self) -> list[Values]:
        """Copies of all objects, sorted by composition-resource name."""
        return [self._stored[key].copy() for key in sorted(self._stored)]

    def index(self) -> dict[Identity, Values]:
        """All objects by identity."""
        return {identity_of(stored.object): stored.object for stored in self._stored.values()}

    def get(self, key: str) -> Values | None:
        """An object, which nobody may change."""
        return self._stored[key].object if key in self._stored else None

    def apply(self, desired: Iterable[Mapping[str, Any]]) -> None:
        """What core does with a function's answer: deletes what is missing in it, then applies the rest.

        Raises:
            ValueError: for an object without composition-resource name or name.
        """
        wanted = {_key(item): item for item in desired}
        for key, stored in list(self._stored.items()):
            if key not in wanted and "deletionTimestamp" not in stored.object["metadata"]:
                self._delete(key, stored)
        for key in sorted(wanted):
            stored_before = self._stored.get(key)
            if stored_before is None:
                self._create(key, wanted[key])
            elif stored_before.applied != wanted[key]:
                self._patch(key, stored_before, wanted[key])

    def write(self, key: str, item: Values | None) -> None:
        """What a provider does: replaces the object, or lets it go with its last finalizer."""
        stored = self._stored[key]
        if item is None:
            del self._stored[key]
            self.version += 1
        elif item != stored.object:
            self._store(key, item, stored.applied, stored.object)

    def _create(self, key: str, wanted: Mapping[str, Any]) -> None:
        item = clone(wanted)
        identity = identity_of(item)
        self._made[identity] = self._made.get(identity, 0) + 1
        metadata = item["metadata"]
        metadata.setdefault("labels", {})[COMPOSITE] = FOREIGN["name"]
        metadata.update(
            uid=uuid(*identity, str(self._made[identity])),
            creationTimestamp=CREATED,
            generation=0,
            ownerReferences=[dict(FOREIGN)],
        )
        _default(item)
        self._store(key, item, clone(wanted), {})

    def _patch(self, key: str, stored: Stored, wanted: Mapping[str, Any]) -> None:
        """Server-side apply with ForceOwnership: what is no longer sent goes, what others wrote stays."""
        new = clone(wanted)
        for name in ("name", "namespace"):  # core keeps them, whatever is desired (REL-04)
            if name in stored.applied["metadata"]:
                new["metadata"][name] = stored.applied["metadata"][name]
        item = merged(_without(stored.object, stored.applied, new), new)
        _default(item)
        self._store(key, item, clone(wanted), stored.object)

    def _delete(self, key: str, stored: Stored) -> None:
        metadata = stored.object["metadata"]
        if not metadata.get("finalizers"):
            self.write(key, None)
            return
        leaving = {**metadata, "deletionTimestamp": CREATED, "deletionGracePeriodSeconds": 0}
        self._store(key, {**stored.object, "metadata": leaving}, stored.applied, stored.object)

    def _store(self, key: str, item: Values, applied: Values, before: Mapping[str, Any]) -> None:
        self.version += 1
        metadata = {**item["metadata"], "resourceVersion": str(self.version)}
        if item["spec"] != before.get("spec"):
            metadata["generation"] = metadata["generation"] + 1
        self._stored[key] = Stored.of({**item, "metadata": metadata}, applied)


def identity_of(item: Mapping[str, Any]) -> Identity:
    """What an API server tells objects apart by."""
    metadata = item["metadata"]
    return str(item["apiVersion"]).rpartition("/")[0], item["kind"], metadata.get("namespace", ""), metadata["name"]


def _key(item: Mapping[str, Any]) -> str:
    metadata = item.get("metadata") or {}
    key = (metadata.get("annotations") or {}).get(KEY)
    if not key or not metadata.get("name"):
        raise ValueError(f"{item.get('kind')} {metadata.get('name')}: needs a name and the annotation {KEY}")
    return str(key)


def _without(item: Mapping[str, Any], owned: Mapping[str, Any], sent: Mapping[str, Any]) -> Values:
    """`item` without the fields that are owned and no longer sent. Objects are granular, lists atomic."""
    kept: Values = {}
    for name, value in item.items():
        was = owned.get(name)
        if name in sent or name not in owned:
            still = sent.get(name)
            granular = isinstance(value, Mapping) and isinstance(was, Mapping) and isinstance(still, Mapping)
            kept[name] = _without(value, was or {}, still or {}) if granular else value
        elif isinstance(value, Mapping) and isinstance(was, Mapping):
            rest = _without(value, was, {})
            if rest:
                kept[name] = rest
    return kept


def _default(item: Values) -> None:
    """What the schemas of the kinds default."""
    spec = item.setdefault("spec", {})
    if item["kind"] == "Usage":
        return
    spec.setdefault("managementPolicies", ["*"])
    if item["kind"] == "Object":
        spec.setdefault("readiness", {}).setdefault("policy", "SuccessfulCreate")
        spec.setdefault("watch", False)
        return
    for section in ("forProvider", "initProvider"):
        _default_references(spec.get(section) or {})


def _default_references(fields: Mapping[str, Any]) -> None:
    """A reference that must have a value, unless its policy says otherwise."""
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                continue
            if not name.endswith(("Ref", "Refs", "Selector")):
                _default_references(item)
            elif "policy" in item:
                item["policy"].setdefault("resolution", "Required")
