"""Would an API server take this object? Judged offline against the providers' own schemas in crds/."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from tests.schemas.compact import CRDS
from tests.schemas.metadata import check_resource
from tests.schemas.structural import Node, Walk


class Schema:
    """One version of one kind, compiled."""

    def __init__(self, crd: Mapping[str, Any], version: str) -> None:
        """Compile a version of a definition.

        Args:
            crd: A CustomResourceDefinition.
            version: Name of one of its versions.

        Raises:
            StopIteration: The definition has no such version.
            ValueError: Its schema uses a keyword or format that this package does not understand.
        """
        entry = next(entry for entry in crd["spec"]["versions"] if entry["name"] == version)
        # The outermost object is a resource like an embedded one, though its schema does not say so.
        root = {"x-kubernetes-embedded-resource": True} | entry["schema"]["openAPIV3Schema"]
        self._node = Node(root)
        self._namespaced: bool = crd["spec"]["scope"] == "Namespaced"

    def problems(self, obj: Mapping[str, Any]) -> list[str]:
        """Judge an object.

        Returns:
            What is wrong, each as `path: what`; empty if a server would take it, given a name.
        """
        walk = Walk()
        self._node.check(dict(obj), "", walk)
        for path, resource in walk.resources:
            check_resource(resource, path, walk)
        if bool(obj.get("metadata", {}).get("namespace")) != self._namespaced:
            # A cluster-scoped composite that composes a namespaced kind without one is never reconciled again.
            wrong = (
                "is required: the kind is namespaced"
                if self._namespaced
                else "is not allowed: the kind is cluster-scoped"
            )
            walk.add(".metadata.namespace", wrong)
        if not walk.problems:
            for rule, path, value in walk.rules:
                if message := rule.failure(value):
                    walk.add(path, message)
        return [problem.removeprefix(".") for problem in walk.problems]


def violations(obj: Mapping[str, Any]) -> list[str]:
    """Judge a Kubernetes object against the schema of its kind.

    Defaults are applied first, then types, bounds, formats and unknown fields are judged, then CEL rules (but
    those on changes). A name may be missing: Crossplane adds it.

    Args:
        obj: What `json.loads` could have returned; it is not changed.

    Returns:
        `<kind> <name>: <path>: what is wrong`, in the order of the object; empty if it is valid. A kind
        without a schema is a violation: what is not checked must not pass. What an Object carries is judged too.
    """
    subject = f"{obj.get('kind')} {_name(obj)}"
    schema = _schemas(_group(obj)).get((str(obj.get("apiVersion")), str(obj.get("kind"))))
    if not schema:
        return [f"{subject}: no schema of {obj.get('apiVersion')}: add the kind to tests/schemas/kinds.yaml"]
    found = [f"{subject}: {problem}" for problem in schema.problems(obj)]
    carried = obj["spec"]["forProvider"]["manifest"] if obj["kind"] == "Object" and not found else {}
    # a Secret is a kind of Kubernetes itself: no definition of it is published
    return found if carried.get("apiVersion", "v1") == "v1" else violations(carried)


def _name(obj: Mapping[str, Any]) -> str:
    metadata = obj.get("metadata") or {}
    key = metadata.get("annotations", {}).get("crossplane.io/composition-resource-name")
    return str(metadata.get("name") or key or "without a name")


def _group(obj: Mapping[str, Any]) -> str:
    return str(obj.get("apiVersion")).rpartition("/")[0]


@cache
def _schemas(group: str) -> Mapping[tuple[str, str], Schema]:
    schemas = {}
    for path in sorted(CRDS.glob(f"{group}_*.yaml")):
        crd = yaml.load(path.read_text(), yaml.CSafeLoader)
        for version in crd["spec"]["versions"]:
            identity = (f"{group}/{version['name']}", crd["spec"]["names"]["kind"])
            schemas[identity] = Schema(crd, version["name"])
    return schemas
