"""What exists, read in place.

A request carries every observed object whole, with its managed fields: converting them all costs more than all the
rest of a call (speed.md). So fields are read where they stand, and only what is asked for becomes a Python
value. Protobuf has no integers: numbers are normalised here, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from google.protobuf import struct_pb2

from argosy.plan import Fact, Facts, FactTable, Lookup, Path, Refused, Resource, View
from argosy.unknown import Json, Unknown

LISTS = frozenset({Fact.AUTO_MODE, Fact.SUBNET_IDS, Fact.SUBNET_NAMES})
FLAGS = frozenset({Fact.ADMITS, Fact.PROTECTION, Fact.RETAINED, Fact.SKIPS_SNAPSHOT})
"""Facts that are lists, and facts that are true or false; all others are text."""

IN_USE = "crossplane.io/in-use"
"""The label by which the API server knows that Crossplane's webhook must be asked before an object is deleted."""


def value_of(value: struct_pb2.Value) -> Json:
    """The Python value of a protobuf value; whole numbers become int."""
    if text := value.string_value:  # nearly every value is text, and asking for its kind first takes as long again
        return text
    match value.WhichOneof("kind"):
        case "string_value":
            return ""
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return struct_of(value.struct_value)
        case "list_value":
            return [value_of(item) for item in value.list_value.values]
        case _:
            return None


def struct_of(struct: struct_pb2.Struct) -> dict[str, Json]:
    """The mapping of a protobuf struct, in sorted order: protobuf's own order is random."""
    fields = struct.fields
    return {name: value_of(fields[name]) for name in sorted(fields)}


@dataclass(frozen=True, slots=True)
class Reads:
    """What was read of one object, as it stood there; None for what was not there.

    Attributes:
        values: by path, exact: a number that becomes text is another value.
        lists: by path of a list and field by which its objects are told apart, what was read of each of them.
    """

    values: Mapping[Path, bytes | None]
    lists: Mapping[tuple[Path, str], Mapping[str, Reads]]


class StructView:
    """One observed object, read in place, each value once: health, identity and facts ask for the same ones."""

    def __init__(self, struct: struct_pb2.Struct) -> None:
        """Views `struct`, which is never changed."""
        self._struct = struct
        self._read: dict[Path, Json] = {}
        self._lists: dict[tuple[Path, str], dict[str, StructView]] = {}

    def get(self, path: Path) -> Json:
        """The value at `path`, or None if it is not there."""
        if path not in self._read:
            found = self._find(path)
            self._read[path] = None if found is None else value_of(found)
        return self._read[path]

    def by_name(self, path: Path, name: str) -> Mapping[str, View]:
        """The objects in the list at `path` by what stands in their field `name`; what is no object is left out."""
        if (path, name) not in self._lists:
            self._lists[path, name] = self._named(path, name)
        return self._lists[path, name]

    def _named(self, path: Path, name: str) -> dict[str, StructView]:
        found = self._find(path)
        items = found.list_value.values if found is not None else ()
        views = [StructView(item.struct_value) for item in items if item.HasField("struct_value")]
        return {str(view.get((name,))): view for view in views}

    def reads(self) -> Reads:
        """What was read so far."""
        lists = {where: {name: item.reads() for name, item in found.items()} for where, found in self._lists.items()}
        return Reads({path: self._exact(path) for path in self._read}, lists)

    def repeats(self, reads: Reads) -> bool:
        """Whether the same stands here."""
        for path, value in reads.values.items():
            if self._exact(path) != value:
                return False
        for where, items in reads.lists.items():
            found = self._named(*where)
            if list(found) != list(items) or not all(found[name].repeats(items[name]) for name in items):
                return False
        return True

    def _exact(self, path: Path) -> bytes | None:
        found = self._find(path)
        return None if found is None else found.SerializeToString(deterministic=True)

    def _find(self, path: Path) -> struct_pb2.Value | None:
        """The value at a path that is not empty; what is no list or mapping reads as an empty one."""
        here: struct_pb2.Value | None = None
        for step in path:
            if isinstance(step, int):
                items = here.list_value.values if here is not None else ()
                if step >= len(items):
                    return None
                here = items[step]
            else:
                fields = self._struct.fields if here is None else here.struct_value.fields
                # `in` first: bracket access on a protobuf map makes the entry that it does not find
                if step not in fields:
                    return None
                here = fields[step]
        return here


NOTHING = Reads({}, {})


@dataclass(frozen=True, slots=True)
class Record:
    """All of a request that something was made of.

    Attributes:
        given: the Composition's input, and the required resources by name; whole.
        keys: composition-resource names of all that was observed.
        composite: what was read of the composite.
        views: what was read of composed resources, by composition-resource name.
    """

    given: tuple[bytes, Mapping[str, bytes]]
    keys: tuple[str, ...]
    composite: Reads
    views: Mapping[str, Reads]


class Observed:
    """The observed composite and its composed resources."""

    def __init__(self, request: fnv1.RunFunctionRequest) -> None:
        """Views `request.observed`, which is never changed."""
        self.composite = StructView(request.observed.composite.resource)
        resources = request.observed.resources
        self._views = {key: StructView(resources[key].resource) for key in sorted(resources)}
        self._required = request.required_resources
        self._input = request.input

    def __iter__(self) -> Iterator[str]:
        """Composition-resource names of all that is observed, sorted."""
        return iter(self._views)

    def find(self, key: str) -> View | None:
        """The observed object with that composition-resource name."""
        return self._views.get(key)

    def required(self, name: str) -> list[View] | None:
        """Objects that were asked for by that name, in the order of their names; None if they were not."""
        if name not in self._required:
            return None
        views = [StructView(item.resource) for item in self._required[name].items]
        return sorted(views, key=lambda view: str(view.get(("metadata", "name"))))

    def record(self) -> Record:
        """All that was read so far."""
        views = {key: reads for key, view in self._views.items() if (reads := view.reads()) != NOTHING}
        return Record(self._given(), tuple(self._views), self.composite.reads(), views)

    def repeats(self, record: Record) -> bool:
        """Whether all that was read then would be read now."""
        return (
            tuple(self._views) == record.keys
            and self._given() == record.given
            and self.composite.repeats(record.composite)
            and all(self._views[key].repeats(reads) for key, reads in record.views.items())
        )

    def _given(self) -> tuple[bytes, dict[str, bytes]]:
        required = {name: self._required[name].SerializeToString(deterministic=True) for name in self._required}
        return self._input.SerializeToString(deterministic=True), required


class ObservedFacts(Facts):
    """Facts for a design, where the engine says that they stand."""

    def __init__(self, observed: Observed, table: FactTable) -> None:
        """Reads `observed` by `table`."""
        self._observed = observed
        self._table = table

    def read(self, kind: type[Resource], key: str, fact: Fact) -> Json:
        """The fact about the resource of that kind and key, or Unknown."""
        view = self._observed.find(key)
        for place in self._table.get((kind, fact), ()) if view is not None else ():
            value = None if view is None else view.get(place) if isinstance(place, tuple) else place(view)
            # what is of another type is no fact: a name made of it would be another name
            if isinstance(value, list if fact in LISTS else bool if fact in FLAGS else str) and value != "":
                return value
        return Unknown(key, fact.value)

    def exists(self, key: str) -> bool:
        """Whether an object with that composition-resource name is observed."""
        return self._observed.find(key) is not None

    def status(self, *path: str) -> Json:
        """What the claim's own observed status has at that path, or None.

        Raises:
            Refused: for what no call ever wrote there: a cluster remembered otherwise could not be told from a new one.
        """
        value = self._observed.composite.get(("status", *path))
        if value is not None and not isinstance(value, str | bool):
            raise Refused(f"status.{'.'.join(path)}", "is not what function-argosy wrote there; put it back")
        return value

    def in_use(self) -> bool:
        """Whether Crossplane is asked before the claim is deleted, because a Usage names it."""
        return self._observed.composite.get(("metadata", "labels", IN_USE)) == "true"

    def found(self, lookup: Lookup) -> Sequence[View] | None:
        """What Crossplane has found, in the order of names; None if it was not asked yet."""
        return self._observed.required(lookup.name)
