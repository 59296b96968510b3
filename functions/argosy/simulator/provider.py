"""provider-upjet-aws: one reconcile of one managed resource, in its own words.

Pure in terms of what it is given: the object, a way to look up others, and the account. Where the objects are kept,
in memory or on a real API server, is not its business. Sources: crossplane-runtime v2 pkg/reconciler/managed, upjet
v2 pkg/controller/external_tfpluginsdk.go and external_async_tfpluginsdk.go, and its tagger in pkg/config/resource.go
(read 2026-11).

Two things are left out on purpose: the annotations `external-create-pending` and `-succeeded`, which are nothing but
times, and the tick of the clock between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from argosy.simulator import operations
from argosy.simulator.aws import Account, Refusal, Thing
from argosy.simulator.conditions import (
    AVAILABLE,
    CREATING,
    DELETING,
    SUCCESS,
    Condition,
    async_failure,
    failed,
    paused,
    synced,
    with_conditions,
)
from argosy.simulator.delays import QUICK, Delay
from argosy.simulator.flavours import flavour_of_managed
from argosy.simulator.kind import Kind, Named
from argosy.simulator.policies import is_paused, may, may_delete, only_observes, unsupported
from argosy.simulator.references import EXTERNAL_NAME, Lookup, UnresolvedError, resolve
from argosy.simulator.values import FREE_MAPS, Path, Values, at, clone, differences, merged, put, uuid

FINALIZER = "finalizer.managedresource.crossplane.io"
ABSENT = "observe failed: external resource does not exist"


@dataclass(frozen=True, kw_only=True)
class World:
    """What a reconcile may know beside the object.

    Attributes:
        lookup: finds other managed resources.
        account: what exists on AWS.
        delays: how long operations take, by kind.
        slow: further beats until an object is made, by composition-resource name.
        faults: what AWS says instead of making an object, by composition-resource name.
        unconnected: what keeps the provider from calling AWS at all, if something does.
    """

    lookup: Lookup
    account: Account
    delays: Mapping[str, Delay]
    slow: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    unconnected: str = ""


def reconcile(item: Values, key: str, kind: Kind, world: World) -> Values | None:
    """One reconcile: the object as it is afterwards, None if the provider lets go of it."""
    return _Reconcile(item, key, kind, world).run()


class _Reconcile:
    """The steps of one reconcile; every one replaces what it changes, never changes it in place."""

    def __init__(self, item: Values, key: str, kind: Kind, world: World) -> None:
        self._item, self._key, self._kind, self._world = item, key, kind, world
        self._flavour = flavour_of_managed(item)
        self._account = world.account
        self._metadata: Values = item["metadata"]
        self._spec: Values = item["spec"]
        self._status: Values = item.get("status", {})
        self._delay = world.delays.get(kind.path, QUICK)

    def run(self) -> Values | None:
        if is_paused(self._item):
            return self._tell(paused(self._generation))
        if wrong := unsupported(self._spec):
            return self._tell(failed(self._generation, wrong))
        if "deletionTimestamp" in self._metadata:
            # what stays on AWS needs nobody to ask there, nor credentials
            return (self._connect() or self._delete()) if may_delete(self._spec) else None
        self._initialize()
        try:
            self._spec = resolve(self._kind, self._spec, self._flavour, self._namespace, self._world.lookup)
        except UnresolvedError as error:
            return self._tell(failed(self._generation, f"cannot resolve references: {error}"))
        if unconnected := self._connect():
            return unconnected
        if (message := self._world.faults.get(self._key)) and not self._is_ready:
            return self._tell(failed(self._generation, message), CREATING)
        thing = self._find()
        if only_observes(self._spec):
            return self._look(thing)
        if thing is None:
            return self._create()
        if self._account.now < thing.ready_at:
            return self._wait(thing)
        if trouble := self._kind.trouble(thing, self._account):
            return self._fail("create", f"failed to create the resource: [{{0 {trouble}  []}}]", CREATING)
        return self._observe(thing)

    @property
    def _generation(self) -> int:
        return int(self._metadata["generation"])

    @property
    def _namespace(self) -> str:
        return str(self._metadata.get("namespace", ""))

    @property
    def _asked(self) -> Values:
        return _parameters(self._spec["forProvider"])

    @property
    def _region(self) -> str:
        """Where it is: the region in which it was made counts, not a changed one."""
        if self._kind.service == "iam":
            return ""
        told = at(self._status, ("atProvider", "region"))
        return str(told or self._spec["forProvider"].get("region", ""))

    @property
    def _is_ready(self) -> bool:
        conditions = self._status.get("conditions", ())
        return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)

    @property
    def _annotations(self) -> Values:
        """Someone's own managed resource may have none."""
        return self._metadata.get("annotations") or {}

    @property
    def _name(self) -> str:
        return str(self._annotations.get(EXTERNAL_NAME) or "")

    def _tell(self, *conditions: Condition) -> Values:
        status = with_conditions(self._status, *conditions)
        return {**self._item, "metadata": self._metadata, "spec": self._spec, "status": status}

    def _annotate(self, name: str) -> None:
        if self._name != name:
            annotations = {**self._annotations, EXTERNAL_NAME: name}
            self._metadata = {**self._metadata, "annotations": annotations}

    def _connect(self) -> Values | None:
        """The object as it is if AWS cannot be called: nothing else is done, not even on deletion."""
        if not self._world.unconnected:
            return None
        return self._tell(failed(self._generation, f"connect failed: {self._world.unconnected}"))

    def _initialize(self) -> None:
        """Finalizer, default external name, the provider's own tags."""
        if FINALIZER not in self._metadata.get("finalizers", ()):
            self._metadata = {**self._metadata, "finalizers": [*self._metadata.get("finalizers", ()), FINALIZER]}
        if self._kind.named is Named.BY_USER and not self._name:
            self._annotate(self._metadata["name"])
        if not self._kind.tagged or only_observes(self._spec):
            return
        own = {
            "crossplane-kind": self._flavour.resource(self._kind.path).lower(),
            "crossplane-name": self._metadata["name"],
            "crossplane-providerconfig": at(self._spec, ("providerConfigRef", "name")) or "default",
        }
        tags = self._spec["forProvider"].get("tags") or {}
        if any(tags.get(name) != value for name, value in own.items()):
            self._spec = {**self._spec, "forProvider": {**self._spec["forProvider"], "tags": {**tags, **own}}}

    def _find(self) -> Thing | None:
        """What it stands for on AWS: found by its external name or by its fields, never by what it was asked for.

        The running provider has the id of what it made in its memory, also where the object names something that does
        not exist (upjet v2, pkg/controller/external_tfpluginsdk.go, Connect).
        """
        if self._kind.named is Named.BY_AWS:
            names = (self._name, self._unrecorded())
            found = (self._account.find(self._kind.path, self._region, name) for name in names if name)
            return next((thing for thing in found if thing is not None), None)
        identity = self._kind.identify(self._state_of_spec(), self._name, "")
        return self._account.find(self._kind.path, self._region, identity)

    def _unrecorded(self) -> str:
        """What the running provider remembers, though the object does not carry it."""
        return self._account.remembered.get(self._metadata["uid"], "")

    def _state_of_spec(self) -> Values:
        return _parameters(merged(self._spec.get("initProvider") or {}, self._spec["forProvider"]))

    # create

    def _create(self) -> Values:
        if not may(self._spec, "Create"):
            return self._tell(synced(self._generation))
        fields = self._state_of_spec()
        # AWS does not know which flavour asks: the same cluster is the same on AWS, to the last id
        asker = f"{self._kind.path} {self._metadata['name']}"
        try:
            thing = operations.make(
                self._kind,
                self._account,
                fields,
                region=self._region,
                name=self._name,
                seed=self._account.seed(asker),
                beats=self._delay.create + self._world.slow.get(self._key, 0),
            )
        except Refusal as refusal:
            return self._fail("create", self._refused("create", "creating", refusal), CREATING)
        self._account.add(thing, asker)
        if self._kind.named is Named.BY_AWS:
            self._account.remembered[self._metadata["uid"]] = thing.identity
        return self._wait(thing)

    def _wait(self, thing: Thing) -> Values:
        """While AWS makes it, the provider tells nothing about it, or only what it read after a restart."""
        if self._kind.shows_early:
            self._status = {**self._status, "atProvider": self._told(thing)}
        return self._tell(synced(self._generation), CREATING)

    # observe and update

    def _observe(self, thing: Thing) -> Values:
        if thing.changing:
            return self._tell(synced(self._generation))
        late = may(self._spec, "LateInitialize")
        # without LateInitialize the name stays unrecorded (crossplane/upjet#531, open; provider-upjet-aws#1715)
        if late or self._kind.named is not Named.BY_AWS:
            self._annotate(self._external_name(thing))
        if late:
            self._late_initialize(thing)
        self._show(thing)
        return self._update(thing)

    def _look(self, thing: Thing | None) -> Values:
        """Observe alone: tells of what there is, in whatever state, and changes nothing; not even the object."""
        if thing is None:
            return self._tell(failed(self._generation, ABSENT))
        self._show(thing)
        return self._tell(synced(self._generation), AVAILABLE, SUCCESS)

    def _show(self, thing: Thing) -> None:
        """Tells of it in the status."""
        operations.complete(self._kind, self._account, thing)
        told = self._told(thing)
        if at(self._status, ("atProvider",)) != told:
            self._status = {**self._status, "atProvider": told}

    def _external_name(self, thing: Thing) -> str:
        return self._name if self._kind.named is Named.BY_USER else thing.identity

    def _told(self, thing: Thing) -> Values:
        """`status.atProvider`: what there is, the provider's own id, and tags twice."""
        told = merged({"id": thing.identity}, thing.state)
        if self._kind.tagged:
            told["tagsAll"] = dict(told.get("tags") or {})
        return told

    def _late_initialize(self, thing: Thing) -> None:
        """Writes into the spec what AWS decided where the spec says nothing."""
        decided = {
            name: value
            for name, value in self._kind.defaults(thing, self._account).items()
            if name not in self._kind.not_late
        }
        missing = _missing(decided, self._spec["forProvider"], thing.fields)
        if missing:
            self._spec = {**self._spec, "forProvider": merged(self._spec["forProvider"], missing)}

    def _update(self, thing: Thing) -> Values:
        wanted = {
            path: values
            for path, values in differences(self._asked, thing.fields).items()
            if not self._kind.ignores(path, *values)
        }
        fault = self._world.faults.get(self._key)
        if not wanted or not may(self._spec, "Update"):
            return self._tell(synced(self._generation), AVAILABLE, SUCCESS)
        if fault:
            return self._tell(failed(self._generation, fault), AVAILABLE)
        for path, (old, new) in wanted.items():
            if old is not None and (path in self._kind.fixed or path == ("region",)):
                return self._fail("update", _replacing(path, old, new), AVAILABLE)
        fields = merged(thing.fields, self._asked, whole=FREE_MAPS)
        try:
            operations.check_change(self._kind, self._account, thing, fields)
        except Refusal as refusal:
            return self._fail("update", self._refused("update", "updating", refusal), AVAILABLE)
        changes: Values = {}
        for path, (_, new) in wanted.items():
            put(changes, path, new)
        self._account.change(thing, changes, self._delay.change)
        return self._tell(synced(self._generation), AVAILABLE)

    # delete

    def _delete(self) -> Values | None:
        thing = self._find()
        if thing is None:
            return None
        if thing.gone_at is None:
            try:
                operations.release(self._kind, self._account, thing, self._delay.delete)
            except Refusal as refusal:
                return self._fail("delete", self._refused("delete", "deleting", refusal), DELETING)
        return self._tell(synced(self._generation), DELETING)

    # failures

    def _fail(self, verb: str, message: str, ready: Condition) -> Values:
        text = f"async {verb} failed: {message}"
        return self._tell(failed(self._generation, f"{verb} failed: {text}"), ready, async_failure(verb, text))

    def _refused(self, verb: str, doing: str, refusal: Refusal) -> str:
        """AWS's refusal as Terraform and upjet wrap it."""
        kind = self._kind
        operation = f"{verb.capitalize()}{kind.operation}"
        name = self._name or self._metadata["name"]
        request = uuid("request", self._metadata["uid"], operation)
        return (
            f"failed to {verb} the resource: [{{0 {doing} {kind.label} {kind.kind} ({name}): operation error "
            f"{kind.label}: {operation}, https response error StatusCode: 400, RequestID: {request}, "
            f"{refusal.code}: {refusal.message}  []}}]"
        )


def _parameters(fields: Mapping[str, Any]) -> Values:
    """What is asked for, without references and selectors."""
    return {
        name: _parameters(value) if isinstance(value, Mapping) else clone(value)
        for name, value in fields.items()
        if not name.endswith(("Ref", "Refs", "Selector"))
    }


def _missing(decided: Mapping[str, Any], spec: Mapping[str, Any], actual: Mapping[str, Any]) -> Values:
    """What AWS decided and the spec does not say, with the values that there are."""
    found: Values = {}
    for name, value in decided.items():
        there = spec.get(name)
        if isinstance(value, Mapping):
            inner = _missing(value, there if isinstance(there, Mapping) else {}, actual.get(name) or {})
            if inner:
                found[name] = inner
        elif there is None and actual.get(name) not in (None, ""):
            found[name] = clone(actual[name])
    return found


def _replacing(path: Path, old: Any, new: Any) -> str:
    """Upjet never replaces anything (assertNoForceNew)."""
    name = ".0.".join(re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", part).lower() for part in path)
    if isinstance(old, list) and isinstance(new, list):
        index = next((i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
        name, old, new = f"{name}.{index}", old[index : index + 1], new[index : index + 1]
        old, new = ("".join(map(str, one)) for one in (old, new))
    return (
        "refuse to update the external resource because the following update requires replacing it: cannot change the "
        f'value of the argument "{name}" from "{_text(old)}" to "{_text(new)}"'
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
