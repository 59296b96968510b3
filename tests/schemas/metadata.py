"""What every Kubernetes object must have: apiVersion, kind and ObjectMeta.

A CustomResourceDefinition says only `metadata: {type: object}`; without this a misspelt `metadata.label` or a
label value that no API server takes would pass.

Source: k8s.io/apimachinery v0.35 `pkg/apis/meta/v1/types.go`, `pkg/api/validation/objectmeta.go` and
`pkg/util/validation`; k8s.io/apiextensions-apiserver v0.35 `pkg/apiserver/schema/objectmeta`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import re2  # type: ignore[import-untyped]

from tests.schemas.structural import Node, Walk

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
VALUE = "[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
PREFIX_LIMIT, NAME_LIMIT = 253, 63
ANNOTATIONS_LIMIT = 256 * 1024

_text = {"type": "string"}
_filled = {"type": "string", "minLength": 1}
_flag = {"type": "boolean"}
_moment = {"type": "string", "format": "date-time"}
_count = {"type": "integer", "format": "int64", "minimum": 0}
_opaque = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_OWNER = {
    "type": "object",
    "required": ["apiVersion", "kind", "name", "uid"],
    "properties": {
        "apiVersion": _filled,
        "kind": _filled,
        "name": _filled,
        "uid": _filled,
        "controller": _flag,
        "blockOwnerDeletion": _flag,
    },
}
OBJECT_META = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": PREFIX_LIMIT, "pattern": f"^{SUBDOMAIN}$"},
        "generateName": {"type": "string", "maxLength": PREFIX_LIMIT, "pattern": f"^{SUBDOMAIN}-*$"},
        "namespace": {"type": "string", "maxLength": NAME_LIMIT, "pattern": f"^{LABEL}$"},
        "uid": _text,
        "resourceVersion": _text,
        "generation": _count,
        "creationTimestamp": _moment | {"nullable": True},
        "deletionTimestamp": _moment,
        "deletionGracePeriodSeconds": _count,
        "labels": {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": NAME_LIMIT, "pattern": f"^({VALUE})?$"},
        },
        "annotations": {"type": "object", "additionalProperties": _text},
        "ownerReferences": {"type": "array", "items": _OWNER},
        "finalizers": {"type": "array", "items": _text},
        "managedFields": {"type": "array", "items": _opaque},
        "selfLink": _text,
    },
}

_object_meta = Node(OBJECT_META)
_kind = re2.compile("^[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$")
_api_version = re2.compile(f"^({SUBDOMAIN}/)?{LABEL}$")
_qualified = re2.compile(f"^({SUBDOMAIN}/)?{VALUE}$")


def check_resource(value: Mapping[str, Any], path: str, walk: Walk) -> None:
    """Judge what does not depend on an object's kind.

    A missing name is no problem: Crossplane names what the function leaves unnamed.

    Args:
        value: A Kubernetes object, whole or embedded in another.
        path: Where it stands, beginning with a dot; empty for a whole object.
        walk: Takes up what is found.
    """
    for name, pattern in (("apiVersion", _api_version), ("kind", _kind)):
        if name not in value:
            walk.add(path, f"{name} is required")
        elif not isinstance(value[name], str) or not pattern.search(value[name]):
            walk.add(f"{path}.{name}", "is malformed")
    before = len(walk.problems)
    metadata = _object_meta.check(value.get("metadata", {}), f"{path}.metadata", walk)
    if len(walk.problems) == before:
        _check_keys(metadata, f"{path}.metadata", walk)


def _check_keys(metadata: Mapping[str, Any], path: str, walk: Walk) -> None:
    keys = [("labels", key) for key in metadata.get("labels", ())]
    keys += [("annotations", key.lower()) for key in metadata.get("annotations", ())]
    keys += [("finalizers", name) for name in metadata.get("finalizers", ())]
    for part, key in keys:
        prefix, _, name = key.rpartition("/")
        if not _qualified.search(key) or len(prefix) > PREFIX_LIMIT or len(name) > NAME_LIMIT:
            walk.add(f"{path}.{part}[{key}]", "is no qualified name")
    annotations: Mapping[str, str] = metadata.get("annotations", {})
    size = sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items())
    if size > ANNOTATIONS_LIMIT:
        walk.add(f"{path}.annotations", f"must have at most {ANNOTATIONS_LIMIT} bytes")
    if sum(bool(owner.get("controller")) for owner in metadata.get("ownerReferences", ())) > 1:
        walk.add(f"{path}.ownerReferences", "must name at most one controller")
