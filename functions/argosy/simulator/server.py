"""A Kubernetes API server in memory, as far as composed objects need one: server-side apply, generations, deletion.

Objects are values: a change replaces the object, so that readers may keep what they have.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from argosy.simulator.flavours import flavour_of, group_of
from argosy.simulator.values import Values, clone, merged, uuid

KEY = "crossplane.io/composition-resource-name"
COMPOSITE = "crossplane.io/composite"
CLAIM_NAME, CLAIM_NAMESPACE = "crossplane.io/claim-name", "crossplane.io/claim-namespace"
CREATED = "2026-01-01T00:00:00Z"

Identity: TypeAlias = "tuple[str, str, str, str]"
"""API group, kind, namespace, name."""
CLUSTER_SCOPED_KINDS = frozenset({("", "Namespace"), ("protection.crossplane.io", "ClusterUsage")})
"""Groups and kinds that have no namespace, beside those of the AWS provider's cluster-scoped flavour."""


def is_namespaced(group: str, kind: str) -> bool:
    """Whether objects of a kind are in namespaces. The composite and its claim are no business of this."""
    flavour = flavour_of(group)
    return (flavour is None or flavour.namespaced) and (group, kind) not in CLUSTER_SCOPED_KINDS


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim, by which somebody in a namespace has a cluster-scoped composite.

    Attributes:
        kind: its kind; its API version is the composite's.
    """

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Composite:
    """Whose objects they are.

    Attributes:
        api_version: its API version.
        kind: its kind.
        name: its name.
        claim: its claim; without one it is namespaced, and which it is need not be told.
    """

    api_version: str = "fleet.argosy.dev/v1alpha1"
    kind: str = "XEKSCluster"
    name: str = "composite"
    claim: Claim | None = None

    @property
    def owner(self) -> Values:
        """What core writes into `ownerReferences`."""
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "name": self.name,
            "uid": uuid(self.name),
            "controller": True,
            "blockOwnerDeletion": True,
        }

    @property
    def labels(self) -> dict[str, str]:
        """What core writes into `labels` (RenderComposedResourceMetadata)."""
        found = {COMPOSITE: self.name}
        if self.claim is not None:
            found |= {CLAIM_NAME: self.claim.name, CLAIM_NAMESPACE: self.claim.namespace}
        return found

    def brings(self, identity: Identity) -> bool:
        """Whether it exists because this composite does: itself, its claim, the claim's namespace."""
        group = self.api_version.rpartition("/")[0]
        if self.claim is None:
            return identity[:2] == (group, self.kind)
        claim = self.claim
        return identity in {
            (group, self.kind, "", self.name),
            (group, claim.kind, claim.namespace, claim.name),
            ("", "Namespace", "", claim.namespace),
        }

    def check(self, item: Mapping[str, Any]) -> None:
        """Refuses what no such composite can compose.

        Raises:
            ValueError: core could not apply it, or would never reconcile the composite again.
        """
        name = f"{item['kind']} {item['metadata'].get('name')}"
        has, needs = bool(item["metadata"].get("namespace")), is_namespaced(group_of(item), item["kind"])
        if has and not needs:
            raise ValueError(f"{name}: the kind is cluster-scoped, metadata.namespace makes no sense")
        if self.claim is None and not needs:
            raise ValueError(f"{name}: a namespaced composite composes nothing cluster-scoped")
        if self.claim is not None and needs and not has:
            raise ValueError(f"{name}: without metadata.namespace it poisons a cluster-scoped composite for ever")


@dataclass(frozen=True)
class Stored:
    """An object as it is stored.

    Attributes:
        applied: what core applied last: the fields that it owns; None if it is none of the composite's objects.
        copied: the object once more, in a form from which copies are made fast.
    """

    object: Values
    applied: Values | None
    copied: bytes

    @classmethod
    def of(cls, item: Values, applied: Values | None) -> Stored:
        """Stores an object."""
        return cls(item, applied, marshal.dumps(item))

    def copy(self) -> Values:
        """A copy that its reader may change."""
        return marshal.loads(self.copied)  # type: ignore[no-any-return]


class Server:
    """Composed objects by composition-resource name, and how core and providers write them.

    Others, that somebody else has made, are there by their identity until core applies one of that identity.
    """

    def __init__(self, composite: Composite, invalid: Callable[[Values, Values], str] = lambda _, __: "") -> None:
        """Starts empty.

        Args:
            composite: whose objects core applies.
            invalid: what the rules in the CRDs say to a change of an object; nothing if that is empty.
        """
        self.composite = composite
        self.refused: dict[str, str] = {}
        """What the API server said to changes in the last answer, by composition-resource name.

        Core warns of it and goes on with the next object; the composite is not synced as long as it lasts (core v2.4.0,
        composition_functions.go).
        """
        self._invalid = invalid
        self.version = 0
        """Counts writes, like resourceVersion."""
        self._stored: dict[str, Stored] = {}
        self._made: dict[Identity, int] = {}

    def __iter__(self) -> Iterator[tuple[str, Values]]:
        """All objects, which nobody may change, with the keys by which they are written, sorted by these."""
        return iter([(key, self._stored[key].object) for key in sorted(self._stored)])

    def copies(self) -> list[Values]:
        """Copies of all composed objects, sorted by composition-resource name."""
        return [stored.copy() for _, stored in sorted(self._stored.items()) if stored.applied is not None]

    def index(self) -> dict[Identity, Values]:
        """All objects by identity."""
        return {identity_of(stored.object): stored.object for stored in self._stored.values()}

    def get(self, key: str) -> Values | None:
        """An object, which nobody may change."""
        return self._stored[key].object if key in self._stored else None

    def create(self, given: Mapping[str, Any]) -> None:
        """What somebody else does: makes an object that no composite has composed."""
        item = clone(given)
        self._begin(item)
        self._store("/".join(identity_of(item)), item, None, {})

    def say(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """Server-side apply by somebody else, who has said `before` of an object and says `now` of it.

        What he no longer says goes, unless core says it too.
        """
        key = next(key for key, stored in self._stored.items() if identity_of(stored.object) == identity_of(now))
        stored = self._stored[key]
        item = merged(_without(stored.object, before, merged(stored.applied or {}, now)), now)
        _default(item)
        self._store(key, item, stored.applied, stored.object)

    def apply(self, desired: Iterable[Mapping[str, Any]]) -> None:
        """What core does with a function's answer: deletes what is missing in it, then applies the rest.

        Raises:
            ValueError: for an object without composition-resource name or name, or that somebody else controls.
        """
        self.refused = {}
        wanted = {_key(item): item for item in desired}
        for key, stored in list(self._stored.items()):
            is_leaving = "deletionTimestamp" in stored.object["metadata"]
            if key not in wanted and stored.applied is not None and not is_leaving:
                self._delete(key, stored)
        for key in sorted(wanted):
            stored_before = self._stored.get(key) or self._adopt(key, wanted[key])
            if stored_before is None:
                self._create(key, wanted[key])
            elif stored_before.applied != wanted[key] or not _stands(stored_before.object, wanted[key]):
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
        self._begin(item)
        self._own(item["metadata"])
        self._store(key, item, clone(wanted), {})

    def _begin(self, item: Values) -> None:
        identity = identity_of(item)
        self._made[identity] = self._made.get(identity, 0) + 1
        item["metadata"].update(uid=uuid(*identity, str(self._made[identity])), creationTimestamp=CREATED, generation=0)
        _default(item)

    def _own(self, metadata: Values) -> None:
        """Labels and owner of what is composed. The owners that it has, such as a Usage's user, stay."""
        metadata["labels"] = {**metadata.get("labels", {}), **self.composite.labels}
        metadata["ownerReferences"] = [*metadata.get("ownerReferences", ()), self.composite.owner]

    def _adopt(self, key: str, wanted: Mapping[str, Any]) -> Stored | None:
        """What exists already under the name of something new: core applies it as if it had made it.

        Others' fields and annotations stay, as with every server-side apply.

        Raises:
            ValueError: somebody else controls it; an API server takes no second controller.
        """
        there = self._stored.get("/".join(identity_of(wanted)))
        if there is None:
            return None
        item = clone(there.object)
        if any(owner.get("controller") for owner in item["metadata"].get("ownerReferences", ())):
            raise ValueError(
                f"{wanted['kind']} {wanted['metadata']['name']}: metadata.ownerReferences: Invalid value: "
                "Only one reference can have Controller set to true"
            )
        del self._stored["/".join(identity_of(wanted))]
        self._own(item["metadata"])
        self._store(key, item, {}, there.object)
        return self._stored[key]

    def _patch(self, key: str, stored: Stored, wanted: Mapping[str, Any]) -> None:
        """Server-side apply with ForceOwnership: what is no longer sent goes, what others wrote stays."""
        new, applied = clone(wanted), stored.applied or {}
        for name in ("name", "namespace"):  # core keeps them, whatever is desired (REL-04)
            if name in stored.object["metadata"]:
                new["metadata"][name] = stored.object["metadata"][name]
        item = merged(_without(stored.object, applied, new), new)
        _default(item)
        if said := self._invalid(stored.object, item):
            self.refused[key] = said
            return
        self._store(key, item, clone(wanted), stored.object)

    def _delete(self, key: str, stored: Stored) -> None:
        metadata = stored.object["metadata"]
        if not metadata.get("finalizers"):
            self.write(key, None)
            return
        leaving = {**metadata, "deletionTimestamp": CREATED, "deletionGracePeriodSeconds": 0}
        self._store(key, {**stored.object, "metadata": leaving}, stored.applied, stored.object)

    def _store(self, key: str, item: Values, applied: Values | None, before: Mapping[str, Any]) -> None:
        self.version += 1
        metadata = {**item["metadata"], "resourceVersion": str(self.version)}
        if item["spec"] != before.get("spec"):
            metadata["generation"] = metadata["generation"] + 1
        self._stored[key] = Stored.of({**item, "metadata": metadata}, applied)


def _stands(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether nobody has written over an annotation that was applied: it is put back at the next apply."""
    annotations = there["metadata"].get("annotations") or {}
    return all(annotations.get(name) == text for name, text in wanted["metadata"].get("annotations", {}).items())


def identity_of(item: Mapping[str, Any]) -> Identity:
    """What an API server tells objects apart by."""
    metadata = item["metadata"]
    return group_of(item), item["kind"], metadata.get("namespace", ""), metadata["name"]


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
    spec, flavour = item.setdefault("spec", {}), flavour_of(group_of(item))
    if item["kind"] == "Object":
        spec.setdefault("managementPolicies", ["*"])
        spec.setdefault("readiness", {}).setdefault("policy", "SuccessfulCreate")
        spec.setdefault("watch", False)
    if flavour is None:
        return
    for name, value in flavour.defaults.items():
        spec.setdefault(name, clone(value))
    sections = [spec.get("forProvider") or {}, spec.get("initProvider") or {}]
    if not flavour.namespaced:
        sections.append({"providerConfigRef": spec["providerConfigRef"]})
    for section in sections:
        _default_references(section)


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
