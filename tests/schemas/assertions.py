"""What single keywords of a schema demand of a value, each as a function that returns what is wrong, or None.

Source of the semantics: k8s.io/kube-openapi `pkg/validation` and k8s.io/apiextensions-apiserver v0.35
`pkg/apiserver/schema/listtype`.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import re2  # type: ignore[import-untyped]

Assertion = Callable[[Any], str | None]
Predicate = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_integer(value: Any) -> bool:
    # Protobuf knows only doubles: 3.0 is what a function's 3 looks like, and core writes it as 3.
    return _is_number(value) and value == int(value)


INT_OR_STRING = "integer or string"

TYPES: Mapping[str, Predicate] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    INT_OR_STRING: lambda value: isinstance(value, str) or _is_integer(value),
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}

_NAMES = {bool: "boolean", dict: "object", float: "number", int: "integer", list: "array", str: "string"}


def type_name(value: Any) -> str:
    """Name a value's type as a schema would."""
    return _NAMES.get(type(value), type(value).__name__)


# Keyword: the type it speaks of (values of others pass; None: all types), its test, what to say if it fails.
KEYWORDS: Mapping[str, tuple[str | None, Callable[[Any, Any], bool], str]] = {
    "enum": (None, lambda value, allowed: any(_same(value, item) for item in allowed), "must be one of {}"),
    "maxItems": ("array", lambda value, bound: len(value) <= bound, "must have at most {} items"),
    "maxLength": ("string", lambda value, bound: len(value) <= bound, "must have at most {} characters"),
    "maxProperties": ("object", lambda value, bound: len(value) <= bound, "must have at most {} fields"),
    "maximum": ("number", lambda value, bound: value <= bound, "must be at most {}"),
    "exclusiveMaximum": ("number", lambda value, bound: value < bound, "must be less than {}"),
    "minItems": ("array", lambda value, bound: len(value) >= bound, "must have at least {} items"),
    "minLength": ("string", lambda value, bound: len(value) >= bound, "must have at least {} characters"),
    "minProperties": ("object", lambda value, bound: len(value) >= bound, "must have at least {} fields"),
    "minimum": ("number", lambda value, bound: value >= bound, "must be at least {}"),
    "exclusiveMinimum": ("number", lambda value, bound: value > bound, "must be more than {}"),
    "multipleOf": ("number", lambda value, factor: value % factor == 0, "must be a multiple of {}"),
    # RE2, as in Go: `$` of Python's re would let a trailing newline pass.
    "pattern": ("string", lambda value, pattern: bool(re2.search(pattern, value)), "must match {}"),
    "x-kubernetes-list-map-keys": (
        "array",
        lambda value, keys: _are_distinct([[item.get(key) for key in keys] for item in _maps(value)]),
        "must not hold two items with the same {}",
    ),
}


def _same(value: Any, item: Any) -> bool:
    # True == 1 in Python, not in JSON.
    return bool(value == item) and isinstance(value, bool) == isinstance(item, bool)


def _maps(items: list[Any]) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)]


def _are_distinct(items: list[Any]) -> bool:
    return len({json.dumps(item, sort_keys=True) for item in items}) == len(items)


def _is_date_time(text: str) -> bool:
    # datetime.fromisoformat alone would take `20261124` and times without a zone.
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text):
        return False
    return _parses(datetime.fromisoformat, text[:19].upper())


def _parses(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except (ValueError, binascii.Error):
        return False
    return True


# Formats with the type they speak of. `double` and `float` bound nothing that JSON can say.
FORMATS: Mapping[str, tuple[str, Predicate]] = {
    "byte": ("string", lambda text: _parses(lambda raw: base64.b64decode(raw, validate=True), text)),
    "cidr": ("string", lambda text: "/" in text and _parses(ipaddress.ip_interface, text)),
    "date-time": ("string", _is_date_time),
    "double": ("number", lambda _: True),
    "float": ("number", lambda _: True),
    "int32": ("integer", lambda value: -(2**31) <= value < 2**31),
    "int64": ("integer", lambda value: -(2**63) <= value < 2**63),
    "ipv4": ("string", lambda text: _parses(ipaddress.IPv4Address, text)),
    "ipv6": ("string", lambda text: _parses(ipaddress.IPv6Address, text)),
}


def assertions(schema: Mapping[str, Any]) -> Iterator[Assertion]:
    """Compile those keywords of one schema that look at the value itself, not at schemas below.

    Raises:
        ValueError: The schema names a format that `FORMATS` lacks: its values must not pass unseen.
    """
    bounds = dict(schema)
    for limit in ("maximum", "minimum"):  # In OpenAPI 3.0 `exclusiveMinimum: true` makes `minimum` exclusive.
        exclusive = f"exclusive{limit.title()}"
        if bounds.pop(exclusive, False):
            bounds[exclusive] = bounds.pop(limit)
    for keyword, (type_, test, message) in KEYWORDS.items():
        if keyword in bounds:
            bound = bounds[keyword]
            yield _assertion(type_, partial(_swapped, test, bound), message.format(bound))
    if schema.get("uniqueItems") or schema.get("x-kubernetes-list-type") == "set":
        yield _assertion("array", _are_distinct, "must not hold the same item twice")
    if form := schema.get("format"):
        if form not in FORMATS:
            message = f"cannot compile a schema with the format {form!r}"
            raise ValueError(message)
        yield _assertion(*FORMATS[form], f"must be a valid {form}")


def _swapped(test: Callable[[Any, Any], bool], bound: Any, value: Any) -> bool:
    return test(value, bound)


def _assertion(type_: str | None, test: Predicate, message: str) -> Assertion:
    applies = TYPES[type_] if type_ else lambda _: True
    return lambda value: message if applies(value) and not test(value) else None
