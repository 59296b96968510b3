"""The checked-in XRD as tests look at it: its schemas, and every rule with the value that it judges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import celpy
import yaml

from argosy.catalog import COMPOSITES
from tests.schemas.rules import to_cel
from tests.schemas.schemas import Schema as Kind
from tests.schemas.structural import Node, Walk

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "examples" / "xekscluster").glob("*.yaml"))
COMPOSITE = COMPOSITES[0]
VALIDATIONS = "x-kubernetes-validations"

Schema = Mapping[str, Any]


def load(path: str) -> dict[str, Any]:
    """Read a checked-in manifest as kubectl does: PyYAML reads YAML 1.1."""
    value: dict[str, Any] = yaml.safe_load((ROOT / path).read_text())
    return value


XRD = load("xrds/xeksclusters.fleet.argosy.dev.yaml")
VERSION = XRD["spec"]["versions"][0]
SCHEMA: Schema = VERSION["schema"]["openAPIV3Schema"]
SPEC: Schema = SCHEMA["properties"]["spec"]
STATUS: Schema = SCHEMA["properties"]["status"]

KIND = Kind(
    {"spec": {"scope": "Namespaced", "versions": [{"name": VERSION["name"], "schema": {"openAPIV3Schema": SCHEMA}}]}},
    VERSION["name"],
)


def schemas(schema: Schema, path: str) -> Iterator[tuple[str, Schema]]:
    """Each schema within another, itself first: a path names properties, `[]` items and `{}` values of a map."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from schemas(child, f"{path}.{name}")
    if "items" in schema:
        yield from schemas(schema["items"], f"{path}[]")
    if "additionalProperties" in schema:
        yield from schemas(schema["additionalProperties"], f"{path}{{}}")


def rules(*, transition: bool) -> Iterator[tuple[str, Schema, Mapping[str, str]]]:
    """Every rule of the spec, those on a change or the others: where it stands, in which schema, what it says."""
    for path, schema in schemas(SPEC, "spec"):
        for rule in schema.get(VALIDATIONS, ()):
            if bool(re.search(r"\boldSelf\b", rule["rule"])) == transition:
                yield path, schema, rule


def defaulted(spec: Mapping[str, Any]) -> Any:
    """A spec as an API server stores it, defaults filled in.

    Raises:
        AssertionError: types, bounds or unknown fields are wrong.
    """
    walk = Walk()
    value = Node(SPEC).check(dict(spec), "spec", walk)
    assert walk.problems == []
    return value


def broken(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rules that a spec breaks: path without indices and keys, and message."""
    walk = Walk()
    Node(SPEC).check(dict(spec), "spec", walk)
    failures = [(path, rule.failure(value)) for rule, path, value in walk.rules]
    return [(general(path), message) for path, message in failures if message]


def general(path: str) -> str:
    """A path of a value as the path of its schema: `spec.addons[3]` is `spec.addons[]`."""
    return re.sub(r"\[[^]]*\]", "[]", path)


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The transition rules that a change breaks: path and message."""
    pairs = _pairs(SPEC, "spec", defaulted(old), defaulted(new))
    return [
        (path, rule["message"])
        for path, schema, before, after in pairs
        for rule in schema.get(VALIDATIONS, ())
        if re.search(r"\boldSelf\b", rule["rule"]) and not _holds(rule["rule"], schema, before, after)
    ]


def _pairs(schema: Schema, path: str, old: Any, new: Any) -> Iterator[tuple[str, Schema, Any, Any]]:
    """Old and new values that an API server sees as one: by property, and by the keys of a list map."""
    yield path, schema, old, new
    for name, child in schema.get("properties", {}).items():
        if name in old and name in new:
            yield from _pairs(child, f"{path}.{name}", old[name], new[name])
    if keys := schema.get("x-kubernetes-list-map-keys"):
        before = {tuple(item[key] for key in keys): item for item in old}
        for item in new:
            if (same := tuple(item[key] for key in keys)) in before:
                yield from _pairs(schema["items"], f"{path}[]", before[same], item)


def _holds(rule: str, schema: Schema, old: Any, new: Any) -> bool:
    environment = celpy.Environment()
    program = environment.program(environment.compile(rule))
    return bool(program.evaluate({"self": to_cel(new, schema), "oldSelf": to_cel(old, schema)}))
