"""A structural schema as a validator: types, bounds, defaults, unknown fields, judged as an API server does.

Written by hand because a general JSON Schema library sets no defaults, which decide what CEL rules and
`required` see, and knows none of `x-kubernetes-*`: int-or-string, embedded resources, list maps, rules.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.schemas.assertions import INT_OR_STRING, KEYWORDS, TYPES, Assertion, assertions, type_name
from tests.schemas.rules import Rule, compile_rules

# Of how many schemas a value has to match how many.
LOGIC: Mapping[str, Callable[[int, int], bool]] = {
    "allOf": lambda matched, given: matched == given,
    "anyOf": lambda matched, _: matched > 0,
    "not": lambda matched, _: matched == 0,
    "oneOf": lambda matched, _: matched == 1,
}

# What this package understands of apiextensions.k8s.io/v1 JSONSchemaProps. Anything else is refused when a
# schema is read: a keyword that is skipped would let pass what a hub refuses.
UNDERSTOOD = {
    *KEYWORDS,
    *LOGIC,
    *(
        "additionalProperties",
        "default",
        "description",
        "format",
        "items",
        "nullable",
        "properties",
        "required",
    ),
    *("type", "uniqueItems", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"),
    *("x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-preserve-unknown-fields"),
    "x-kubernetes-validations",
}


@dataclass
class Walk:
    """What one pass over an object has found.

    Attributes:
        problems: `path: what is wrong`; a path begins with a dot (`.spec.forProvider.region`).
        rules: CEL rules with the path and the defaulted value they judge, not yet run: on a malformed value a
            rule fails for reasons that help nobody.
        resources: Path and value of each Kubernetes object met, the outermost last.
    """

    problems: list[str] = field(default_factory=list)
    rules: list[tuple[Rule, str, Any]] = field(default_factory=list)
    resources: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def add(self, path: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(f"{path}: {message}")


class Node:
    """One schema, compiled: what can be decided before a value is seen has been decided."""

    def __init__(self, schema: Mapping[str, Any], *, logical: bool = False) -> None:
        """Compile a schema with all that stands below it.

        Args:
            schema: An `openAPIV3Schema`, or a part of one.
            logical: The schema only asserts (as one below `anyOf` does): it makes no field known, and leaves
                alone those it does not name.

        Raises:
            ValueError: The schema uses a keyword or format that this package does not understand.
        """
        if unknown := schema.keys() - UNDERSTOOD:
            message = f"cannot compile a schema with {', '.join(sorted(unknown))}"
            raise ValueError(message)
        self._type = INT_OR_STRING if schema.get("x-kubernetes-int-or-string") else schema.get("type")
        self._is_type = TYPES[self._type] if self._type else None
        self.nullable: bool = schema.get("nullable", False)
        self.default = schema.get("default")
        self._assertions = (*assertions(schema), *_logical(schema))
        self._rules = compile_rules(schema)
        self._embedded: bool = schema.get("x-kubernetes-embedded-resource", False)
        self._required: tuple[str, ...] = tuple(schema.get("required", ()))
        properties: Mapping[str, Any] = schema.get("properties", {})
        if self._embedded:
            properties = {"apiVersion": {}, "kind": {}, "metadata": {}} | dict(properties)
        self._properties = {
            # Of `metadata` a schema only restricts what ObjectMeta declares.
            name: Node(child, logical=logical or (self._embedded and name == "metadata"))
            for name, child in properties.items()
        }
        self._defaulted = tuple(name for name, child in properties.items() if "default" in child)
        additional = schema.get("additionalProperties")
        self._additional = Node(additional, logical=logical) if isinstance(additional, Mapping) else None
        preserves: bool = schema.get("x-kubernetes-preserve-unknown-fields", False)
        self._open = logical or preserves or additional is True
        self._items = Node(schema["items"], logical=logical) if "items" in schema else None

    def check(self, value: Any, path: str, walk: Walk) -> Any:
        """Judge a value and everything in it.

        Args:
            value: What `json.loads` could have returned.
            path: Where it stands, beginning with a dot; empty for a whole object.
            walk: Takes up what is found.

        Returns:
            The value with defaults applied; the argument itself is never changed.
        """
        if value is None:
            if self._type and not self.nullable:
                # A server drops such a null without a word: what was meant never arrives.
                walk.add(path, f"must be of type {self._type}, not null")
            return None
        if self._is_type and not self._is_type(value):
            walk.add(path, f"must be of type {self._type}, not {type_name(value)}")
            return value
        if isinstance(value, dict):
            value = self._object(value, path, walk)
        elif isinstance(value, list) and self._items:
            check = self._items.check
            value = [check(item, f"{path}[{index}]", walk) for index, item in enumerate(value)]
        for assertion in self._assertions:  # After the defaults, as on a server.
            if message := assertion(value):
                walk.add(path, message)
        for rule in self._rules:
            walk.rules.append((rule, path, value))
        return value

    def _object(self, value: dict[str, Any], path: str, walk: Walk) -> dict[str, Any]:
        result = dict(value)
        for name in self._defaulted:
            # A null that is not allowed is defaulted too: apiextensions-apiserver v0.35, defaulting.Default.
            child = self._properties[name]
            if name not in result or (result[name] is None and not child.nullable):
                result[name] = copy.deepcopy(child.default)
        for name in self._required:
            if name not in result:
                walk.add(path, f"{name} is required")
        for name, item in result.items():
            if node := self._properties.get(name):
                result[name] = node.check(item, f"{path}.{name}", walk)
            elif self._additional:
                result[name] = self._additional.check(item, f"{path}[{name}]", walk)
            elif not self._open:
                walk.add(f"{path}.{name}", "unknown field")
        if self._embedded:
            walk.resources.append((path, result))
        return result


def _logical(schema: Mapping[str, Any]) -> Iterator[Assertion]:
    for keyword in sorted(LOGIC.keys() & schema.keys()):
        parts = schema[keyword] if isinstance(schema[keyword], list) else [schema[keyword]]
        yield partial(_matches, keyword, [Node(part, logical=True) for part in parts])


def _matches(keyword: str, nodes: Sequence[Node], value: Any) -> str | None:
    matched = 0
    for node in nodes:
        walk = Walk()
        node.check(value, "", walk)
        matched += not walk.problems
    return None if LOGIC[keyword](matched, len(nodes)) else f"must match the schema's {keyword}"
