"""What a design consists of: resources that hold one another, and what it may ask about the world.

A plan says which resources a claim wants and how they are related; nothing in it knows who makes them. The set
of resources is a pure function of claim, hub facts and Composition input: `Facts` only fills values, so that a
lost observation can never take a resource away (REL-01).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import ClassVar, Literal, Protocol, TypeAlias

from argosy.unknown import Json


def shown(text: str, most: int) -> str:
    """`text` as a message may hold it: on one line, without what a terminal or a log obeys, at most `most` long.

    Messages quote what others wrote: a key of a megabyte would stand in a condition, a result and an event, and one
    with a line break would write lines of its own into a log.
    """
    short = text if len(text) <= most else f"{text[: most // 2]}...{text[-most // 2 :]}"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in short)


class Refused(Exception):  # noqa: N818  (it is an answer to the author of a claim, not a defect)
    """The claim, or what the platform gave with it, cannot be carried out; nothing may be changed.

    Attributes:
        field: path of the guilty field, such as `spec.network.cidr`.
        problem: what is wrong and what to write instead.
    """

    def __init__(self, field: str, problem: str) -> None:
        """Refuses `field` because of `problem`."""
        super().__init__(f"{shown(field, 300)}: {shown(problem, 2000)}")
        self.field = field
        self.problem = problem


class Part(StrEnum):
    """Parts of a cluster; each has the condition of that name on the claim."""

    NETWORK = "NetworkReady"
    CONTROL_PLANE = "ControlPlaneReady"
    COMPUTE = "ComputeReady"
    ADDONS = "AddonsReady"
    DATABASES = "DatabasesReady"
    REGISTRATION = "Registered"
    DELETION = "Deletable"


class Fact(StrEnum):
    """What can be asked about an observed resource; engines know where it stands."""

    ADMITS = "whether it admits the cluster"
    ARN = "ARN"
    ASKED_VERSION = "version that was asked for"
    AUTO_MODE = "Auto Mode settings"
    CERTIFICATE = "certificate authority"
    ENDPOINT = "endpoint"
    FINAL_SNAPSHOT = "name of the final snapshot"
    ID = "id"
    ISSUER = "OIDC issuer"
    NAME = "name"
    PORT = "port"
    PROTECTION = "deletion protection"
    PUBLIC_IP = "public address"
    READER_ENDPOINT = "reader endpoint"
    RESOURCE_ID = "resource id"
    RETAINED = "whether AWS keeps it when its object is deleted"
    SECRET_ARN = "secret ARN"
    SECURITY_GROUP = "security group"
    SKIPS_SNAPSHOT = "whether a final snapshot is skipped"
    STATE = "state"
    SUBNET_IDS = "subnet ids"
    SUBNET_NAMES = "subnet references"
    VERSION = "version"
    ZONE = "zone"


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """A thing on AWS (or on the hub) in our own words.

    A resource holds the resources that it refers to: those are its value edges.

    Attributes:
        key: composition-resource name of its main object; says what it is, never where it stands (REL-03).
        asked_by: field of the claim that asks for it.
        after: resources that must be usable before it is made.
        after_any: resources of which one must be usable before it is made.
        retained: whether AWS keeps it when it leaves the answer, or its object is deleted.
    """

    part: ClassVar[Part]
    key: str
    asked_by: str
    retained: bool = False
    after: tuple[Resource, ...] = ()
    after_any: tuple[Resource, ...] = ()

    @property
    def condition(self) -> Part:
        """The part of the cluster that it belongs to."""
        return self.part

    @property
    def counts_for(self) -> tuple[Part, ...]:
        """The parts that are not ready without it; most resources count for their own alone."""
        return (self.condition,)

    def holds(self) -> Iterator[Resource]:
        """The resources that it refers to."""
        for item in fields(self):
            if item.name not in ("after", "after_any"):
                yield from _resources(getattr(self, item.name))


def _resources(value: object) -> Iterator[Resource]:
    if isinstance(value, str):  # most fields are text, and asking whether it is a mapping takes long
        return
    if isinstance(value, Resource):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _resources(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _resources(item)


@dataclass(frozen=True)
class Edge:
    """One resource needs another.

    Attributes:
        why: `value` (it refers to it), `order` (it is made after it), `any` (after one of several) or `fact` (a value
            of it must be observed).
        what: the value, in words.
    """

    resource: Resource
    needs: Resource
    why: Literal["value", "order", "any", "fact"]
    what: str = ""


@dataclass(frozen=True)
class Condition:
    """A condition of the claim."""

    type: str
    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Objects of the hub that a design must know; Crossplane finds them and asks again.

    Attributes:
        name: by which the answer is found in the next request.
        labels: that they all have.
    """

    name: str
    api_version: str
    kind: str
    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that a claim wants.

    Attributes:
        resources: in the order in which a person would tell them.
        status: the claim's status; unknown leaves keep what was observed.
        registration: why the cluster is not to be registered, or None if the plan has the resources for it.
        deletion: whether the claim may be deleted, and what keeps it if not.
        first: what must be usable before anything else is made; None if nothing must.
        notes: by part, what a person must know although all is well; empty if nothing.
        lookup: what must be known before the claim can go on; None if nothing.
    """

    resources: tuple[Resource, ...]
    status: Mapping[str, Json] = field(default_factory=dict)
    registration: Condition | None = None
    deletion: Condition
    first: Resource | None = None
    notes: Mapping[Part, str] = field(default_factory=dict)
    lookup: Lookup | None = None

    def edges(self) -> Iterator[Edge]:
        """The one list from which gates, messages and the graph come."""
        for resource in self.resources:
            for held in resource.holds():
                yield Edge(resource, held, "value")
            for earlier in resource.after:
                yield Edge(resource, earlier, "order")
            for earlier in resource.after_any:
                yield Edge(resource, earlier, "any")


Path: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands in an object: names of fields, numbers of list items."""


class View(Protocol):
    """One observed object."""

    def get(self, path: Path) -> Json:
        """The value at `path`, or None if it is not there."""
        ...

    def by_name(self, path: Path, name: str) -> Mapping[str, View]:
        """The objects in the list at `path` by what stands in their field `name`; what is no object is left out."""
        ...


Place: TypeAlias = "Path | Callable[[View], Json]"
"""Where a fact stands in an object, or how it follows from it; None if the object does not tell it."""
FactTable: TypeAlias = "Mapping[tuple[type[Resource], Fact], tuple[Place, ...]]"
"""Where facts stand in an engine's main object of a resource: the first place that has a value counts."""


class Facts(Protocol):
    """What is observed, as far as a design may ask."""

    def read(self, kind: type[Resource], key: str, fact: Fact) -> Json:
        """The fact about the resource of that kind and key, or Unknown."""
        ...

    def exists(self, key: str) -> bool:
        """Whether an object with that composition-resource name is observed."""
        ...

    def status(self, *path: str) -> Json:
        """What the claim's own observed status has at that path, or None."""
        ...

    def in_use(self) -> bool:
        """Whether Crossplane is asked before the claim is deleted, because a Usage names it."""
        ...

    def found(self, lookup: Lookup) -> Sequence[View] | None:
        """What Crossplane has found, in the order of names; None if it was not asked yet."""
        ...
