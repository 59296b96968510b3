"""Would an API server take this schema? The rules for structural schemas, for definitions we write or reduce.

Source: k8s.io/apiextensions-apiserver v0.35 `pkg/apiserver/schema/validation.go` and
`pkg/apis/apiextensions/validation/validation.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.schemas.structural import LOGIC, Node, Walk

INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
ONLY_OUTSIDE_LOGIC = {"additionalProperties", "default", "description", "nullable", "type"}


def structural_errors(schema: Mapping[str, Any]) -> list[str]:
    """Judge a whole `openAPIV3Schema`.

    Returns:
        `path: what is wrong`, where a path names properties, `[]` for items and `{}` for values of a map.
    """
    errors = []
    if schema.get("type") != "object":
        errors.append(": must be of type object at the root")
    if "additionalProperties" in schema:
        errors.append(": additionalProperties must not be used at the root")
    return errors + list(_errors(schema, ""))


def _errors(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    preserves = schema.get("x-kubernetes-preserve-unknown-fields")
    if schema.get("x-kubernetes-int-or-string"):
        if "type" in schema or preserves:
            yield f"{path}: x-kubernetes-int-or-string allows no type and no unknown fields"
    elif "type" not in schema and not preserves:
        yield f"{path}: type is required"
    if schema.get("type") == "array" and "items" not in schema:
        yield f"{path}: items are required"
    if "additionalProperties" in schema and "properties" in schema:
        yield f"{path}: has properties and additionalProperties"
    if schema.get("uniqueItems"):
        yield f"{path}: uniqueItems is forbidden"
    yield from _resource_errors(schema, path)
    yield from _list_map_errors(schema, path)
    yield from _logic_errors(schema, schema, path)
    if "default" in schema:
        walk = Walk()
        Node(schema).check(schema["default"], path, walk)
        yield from (f"{problem} (default)" for problem in walk.problems)
    for name, child in _children(schema):
        yield from _errors(child, f"{path}{name}")


def _children(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((f".{name}", child) for name, child in schema.get("properties", {}).items())
    if "items" in schema:
        yield "[]", schema["items"]
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield "{}", schema["additionalProperties"]


def _resource_errors(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    if not schema.get("x-kubernetes-embedded-resource"):
        return
    if schema.get("type") != "object" or "additionalProperties" in schema:
        yield f"{path}: an embedded resource must be an object without additionalProperties"
    if not schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties"):
        yield f"{path}: an embedded resource needs properties or unknown fields"


def _list_map_errors(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    keys = schema.get("x-kubernetes-list-map-keys", ())
    if (schema.get("x-kubernetes-list-type") == "map") != bool(keys):
        yield f"{path}: a list of type map needs keys, and only such a list"
    items = schema.get("items", {})
    for key in keys:
        child = items.get("properties", {}).get(key)
        if not child or ("default" not in child and key not in items.get("required", ())):
            yield f"{path}: the key {key} must be a property that is required or has a default"


def _logic_errors(schema: Mapping[str, Any], outside: Mapping[str, Any], path: str) -> Iterator[str]:
    for keyword in sorted(LOGIC.keys() & schema.keys()):
        if keyword == "anyOf" and schema[keyword] == INT_OR_STRING:
            continue
        parts = schema[keyword] if isinstance(schema[keyword], list) else [schema[keyword]]
        for part in parts:
            yield from _part_errors(part, outside, f"{path}<{keyword}>")


def _part_errors(part: Mapping[str, Any], outside: Mapping[str, Any], path: str) -> Iterator[str]:
    for keyword in sorted(part):
        if keyword in ONLY_OUTSIDE_LOGIC or keyword.startswith("x-kubernetes-"):
            yield f"{path}: {keyword} is forbidden here"
    yield from _logic_errors(part, outside, path)
    known = dict(_children(outside))
    for name, child in _children(part):
        if name in known:
            yield from _part_errors(child, known[name], f"{path}{name}")
        else:
            yield f"{path}{name}: must be declared outside of the logic too"
