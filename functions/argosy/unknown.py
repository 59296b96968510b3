"""Values that are not known yet.

A value that must be read from something observed may be missing: not made yet, or the observation was lost.
It must then neither be guessed nor dropped. `Unknown` stands for it in a manifest until `settle` decides by
key: what is observed keeps what it has, what is not observed waits (REL-01, REL-02).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias, cast

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | Unknown | None"


class Initially(Enum):
    """What to write for an unknown value while the object that carries it does not exist."""

    WAIT = "wait"
    """Nothing: the object is not made before the value is known."""
    OMIT = "omit"
    """The object without this field: the value follows when it is known."""
    OWE = "owe"
    """The object without this field, and it counts as unfinished until the value has followed."""


@dataclass(frozen=True)
class Unknown:
    """A value that observation has not delivered.

    Attributes:
        key: composition-resource name of the object that the value comes from.
        what: the value in words, for people ("ARN", "endpoint").
        initially: what an object that does not exist yet gets: it waits for the value, goes without the
            field, or starts with the given string.
        also: the other values that are missing, if the whole needs several.
    """

    key: str
    what: str
    initially: Initially | str = Initially.WAIT
    also: tuple[Unknown, ...] = ()

    def instead(self, value: str) -> Unknown:
        """The same unknown, for an object that may start with `value`."""
        return replace(self, initially=value)

    def later(self) -> Unknown:
        """The same unknown, for an object that may start without the field."""
        return replace(self, initially=Initially.OMIT)


def owed(value: Json) -> Json:
    """A value that an object may start without, if it is unknown, but is unfinished without."""
    return replace(value, initially=Initially.OWE) if isinstance(value, Unknown) else value


def later(value: Json) -> Json:
    """A value that an object may start without, if it is unknown."""
    return value.later() if isinstance(value, Unknown) else value


def is_known(value: object) -> bool:
    """Whether nothing inside nested mappings and lists is unknown.

    It is asked of every manifest that is made, and nearly always true: exact types first, the rest for what is rare.
    """
    kind = type(value)
    if kind is dict:
        for item in cast("dict[str, object]", value).values():
            if type(item) is not str and not is_known(item):
                return False
        return True
    if kind is list:
        return all(map(is_known, cast("list[object]", value)))
    return first_unknown(value) is None


def unknowns(value: object) -> Iterator[Unknown]:
    """Every Unknown inside nested mappings and lists."""
    if isinstance(value, str):  # most values are text, and asking whether it is a mapping takes long
        return
    if isinstance(value, Unknown):
        yield value
        yield from value.also
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from unknowns(item)


def first_unknown(value: object) -> Unknown | None:
    """The first Unknown inside nested mappings and lists, or None."""
    return next(unknowns(value), None)


def whole(*parts: object) -> Unknown | None:
    """Says whether a value built from `parts` can be built: None if all are known, else what is missing.

    Text such as an ARN or a policy is unknown as a whole when one part of it is: half of a policy
    document is another policy.
    """
    found = tuple(unknowns(parts))
    return replace(found[0], also=found[1:]) if found else None


def collapse(value: Json) -> Json:
    """Makes every list that contains an Unknown unknown as a whole.

    A list without one of its items means "take this item away" to every provider.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {name: collapse(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return whole(*value) or cast("Json", [collapse(item) for item in value])
    return value
