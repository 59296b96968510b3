"""What there is to say about a kind of ACK: which thing it stands for, and how it says what AWS says.

One entry per kind; how a controller behaves is beside them, in `controller.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from argosy.simulator.aws import Account, Thing
from argosy.simulator.values import Path, Values, at, clone, put

Translate: TypeAlias = "Callable[[Any], Any]"
Status: TypeAlias = "Callable[[Thing, Account], Values]"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the spec, and the thing's field that it asks for.

    Attributes:
        spec: where it is in the spec.
        aws: where it is in the thing.
        ask: the thing's value of the spec's.
        tell: the spec's value of the thing's.
        empty: what is asked for where the spec says nothing; None is no opinion.
    """

    spec: Path
    aws: Path
    ask: Translate = clone
    tell: Translate = clone
    empty: Any = None


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A field that is filled from another object, for as long as one reconcile takes.

    Attributes:
        ref: the field that names it; a list if it ends in `Refs`. Lists on the way to it are walked through.
        value: the field that is filled, beside it.
        kind: `<service>/<kind>` of the target.
        required: whether one of both must be there.
    """

    ref: Path
    value: str
    kind: str
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """Things that a kind folds in: Upbound has a kind of their own for them.

    Attributes:
        thing: their `<service>/<kind>`.
        wanted: what of them there is to be, by the resolved spec and the main thing.
        of: whether one of them belongs to the main thing.
    """

    thing: str
    wanted: Callable[[Mapping[str, Any], Thing], Sequence[Values]]
    of: Callable[[Thing, Thing], bool]


@dataclass(frozen=True, kw_only=True)
class Course:
    """How a thing that takes its time is waited for. Texts have {state} in them.

    Attributes:
        state: where the status tells the state.
        works: its state when it works.
        making: its state while it is made.
        changing: its state while it is changed.
        deleting: its state while it is deleted.
        in_making: said of a change that comes while it is made.
        in_change: said of a change that comes while another is under way.
        busy: the error of both.
        begun: said by the reconcile that has begun a change; nothing if that is empty.
        started: the error of that reconcile; none if that is empty.
        leaving: the error while it is deleted.
        awaited: whether the object stays until the thing has gone; else it goes with the call.
        in_use: what is said while something uses it that keeps it from being deleted.
        tells: whether the read of a working thing calls the object synced by itself, without a word.
    """

    state: Path
    works: str
    making: str
    changing: str
    deleting: str
    in_making: str
    in_change: str
    busy: str
    begun: str = ""
    started: str = ""
    leaving: str = ""
    awaited: bool = False
    in_use: str = ""
    tells: bool = True


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a controller is about to ask AWS for.

    Attributes:
        asked: in the thing's words.
        spec: the resolved spec.
        annotations: of the object.
        thing: the thing, if there is one.
        account: where.
        region: where.
    """

    asked: Values
    spec: Mapping[str, Any]
    annotations: Mapping[str, str]
    thing: Thing | None
    account: Account
    region: str


def _nothing(_: Thing, __: Account) -> Values:
    return {}


def _unchanged(asking: Asking) -> Values:
    return asking.asked


def _in_sync(_: Mapping[str, Any], __: Thing) -> tuple[str, str] | None:
    return None


def _hopeful(_: Mapping[str, Any], __: Thing) -> str:
    return ""


def _plainly(_: Mapping[str, str]) -> Values:
    return {}


@dataclass(frozen=True, kw_only=True)
class AckKind:
    """A kind of ACK.

    Attributes:
        service: first label of its API group, such as `ec2`.
        kind: as in manifests.
        thing: `<service>/<kind>` of the thing that it stands for, by its spec.
        identifier: the field in which AWS's identity is: of the status if AWS gives it, else of the spec.
        find: finds the thing by what else identifies it, from the resolved spec.
        fields: how the spec's fields are the thing's.
        references: fields that are filled from others.
        copied: what a reference to it copies, from its spec or its status.
        parts: what it folds in.
        status: the status beside conditions and `ackResourceMetadata`.
        arn: the thing's field that becomes `ackResourceMetadata.arn`, if there is one.
        course: how it is waited for, if it takes time.
        pending: what the read fails with while AWS makes it.
        late: fields of the spec that the answer to the creation fills, or late initialisation.
        late_initialized: whether the controller late-initialises the kind at all.
        terminal: errors after which the controller gives up (`terminal_codes` in generator.yaml).
        immutable: fields that the CRD does not let change (CEL rules).
        asked: corrects what is asked for.
        drift: what AWS says to an update that the controller tries without end, as code and message.
        hopeless: what the controller says of what it never tries.
        ended: what is told to AWS about the end, by annotations.
        groups: changes of which one reconcile makes only the first, as paths of the thing; all at once if empty.
    """

    service: str
    kind: str
    thing: Callable[[Mapping[str, Any]], str]
    identifier: Path
    find: Callable[[Mapping[str, Any], str, Account], Thing | None] | None = None
    fields: tuple[Field, ...] = ()
    references: tuple[Reference, ...] = ()
    copied: Path
    parts: tuple[Part, ...] = ()
    status: Status = _nothing
    arn: str = ""
    course: Course | None = None
    pending: str = ""
    late: tuple[Path, ...] = ()
    late_initialized: bool = False
    terminal: frozenset[str] = field(default_factory=frozenset)
    immutable: tuple[Path, ...] = ()
    asked: Callable[[Asking], Values] = _unchanged
    drift: Callable[[Mapping[str, Any], Thing], tuple[str, str] | None] = _in_sync
    hopeless: Callable[[Mapping[str, Any], Thing], str] = _hopeful
    ended: Callable[[Mapping[str, str]], Values] = _plainly
    groups: tuple[tuple[Path, ...], ...] = ()

    @property
    def path(self) -> str:
        """`<service>/<kind>`."""
        return f"{self.service}/{self.kind}"

    @property
    def group(self) -> str:
        """Its API group."""
        return f"{self.service}.services.k8s.aws"

    @property
    def resource(self) -> str:
        """What the API server calls it in its own words, such as `natgateways.ec2.services.k8s.aws`."""
        name = self.kind.lower()
        plural = f"{name[:-1]}ies" if name.endswith("ry") else f"{name}es" if name.endswith("s") else f"{name}s"
        return f"{plural}.{self.group}"

    @property
    def finalizer(self) -> str:
        """What keeps an object until its controller lets go of it."""
        return f"finalizers.{self.group}/{self.kind}"

    def ask(self, spec: Mapping[str, Any]) -> Values:
        """What a resolved spec asks AWS for, in the thing's words."""
        asked: Values = {}
        for one in self.fields:
            value = at(spec, one.spec)
            value = one.empty if value is None else one.ask(value)
            if value is not None:
                put(asked, one.aws, value)
        return asked

    def tell(self, thing: Thing, paths: Sequence[Path] | None = None) -> Values:
        """What AWS has, as a spec; only these fields of it, unless None."""
        told: Values = {}
        there = thing.state
        for one in self.fields:
            if paths is None or one.spec in paths:
                value = at(there, one.aws)
                if value is not None:
                    put(told, one.spec, one.tell(value))
        return told


def same(*names: str) -> tuple[Field, ...]:
    """Fields that are called the same on both sides, by dotted names."""
    return tuple(Field(spec=tuple(name.split(".")), aws=tuple(name.split("."))) for name in names)


def renamed(spec: str, aws: str, *, ask: Translate = clone, tell: Translate = clone, empty: Any = None) -> Field:
    """A field by the dotted names of both sides."""
    return Field(spec=tuple(spec.split(".")), aws=tuple(aws.split(".")), ask=ask, tell=tell, empty=empty)


def pairs(key: str = "key", value: str = "value") -> Field:
    """Tags as a list of keys and values."""
    return renamed(
        "tags",
        "tags",
        ask=lambda tags: ask_tags(tags, key, value),
        tell=lambda tags: tell_tags(tags, key, value),
    )


def ask_tags(tags: Sequence[Mapping[str, str]], key: str = "key", value: str = "value") -> Values:
    """Tags as AWS's things have them."""
    return {tag[key]: tag.get(value, "") for tag in tags}


def tell_tags(tags: Mapping[str, str], key: str = "key", value: str = "value") -> list[Values]:
    """Tags as a list of keys and values."""
    return [{key: name, value: text} for name, text in tags.items()]


def ref(name: str, kind: str, *, value: str = "", required: bool = False) -> Reference:
    """A reference by the dotted name of its field: `vpcRef` fills `vpcID`, `subnetRefs` fills `subnetIDs`."""
    path = tuple(name.split("."))
    plural = path[-1].endswith("Refs")
    stem = path[-1].removesuffix("Refs") if plural else path[-1].removesuffix("Ref")
    return Reference(ref=path, value=value or f"{stem}{'IDs' if plural else 'ID'}", kind=kind, required=required)


def only(thing: str) -> Callable[[Mapping[str, Any]], str]:
    """The thing of a kind that stands for one alone."""
    return lambda _: thing


def paths(*names: str) -> tuple[Path, ...]:
    """Dotted names as paths."""
    return tuple(tuple(name.split(".")) for name in names)
