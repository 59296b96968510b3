"""What the API server refuses of a claim outside its `spec`.

The function never sees such a claim, so nothing else says it before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import StringConstraints, ValidationError

from argosy.api.base import KubernetesName, Model
from argosy.catalog import COMPOSITES, GROUP, CompositeType, composite, written
from argosy.complaints import complaints
from argosy.input import HUB_API_VERSION, HUB_FACTS_NAME
from argosy.plan import Refused

CLAIM_KEYS = {"apiVersion", "kind", "metadata", "spec", "status"}

ObjectName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", min_length=1, max_length=253
    ),
]
"""A DNS subdomain, as custom resources have for a name."""


class ObjectMeta(Model):
    """`metadata` of a namespaced object (meta/v1 ObjectMeta)."""

    name: ObjectName
    """Name of the object."""
    namespace: KubernetesName
    """Namespace of the object; it decides tenant and account."""
    labels: dict[str, str] | None = None
    """Labels."""
    annotations: dict[str, str] | None = None
    """Annotations."""
    finalizers: list[str] | None = None
    """Who must let it go first."""
    owner_references: list[Any] | None = None
    """Who owns it."""
    creation_timestamp: Any = None
    """Set by the API server."""
    deletion_grace_period_seconds: Any = None
    """Set by the API server."""
    deletion_timestamp: Any = None
    """Set by the API server."""
    generate_name: Any = None
    """Prefix of a name that the API server completes."""
    generation: Any = None
    """Set by the API server."""
    managed_fields: Any = None
    """Set by the API server."""
    resource_version: Any = None
    """Set by the API server."""
    self_link: Any = None
    """Set by the API server, long ago."""
    uid: Any = None
    """Set by the API server."""


def is_claim(value: Any) -> bool:
    """Whether a document is of a kind that users write."""
    return _composite(value) is not None


def is_composite(value: Any) -> bool:
    """Whether a document is of a kind that Argosy composes, also one that only stands behind a claim."""
    return isinstance(value, dict) and composite(str(value.get("apiVersion")), str(value.get("kind"))) is not None


def is_hub(value: Any) -> bool:
    """Whether a document is the EnvironmentConfig with the hub's facts."""
    return _is_hub_name(value) and value.get("apiVersion") == HUB_API_VERSION


def _is_hub_name(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("kind") != "EnvironmentConfig":
        return False
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and metadata.get("name") == HUB_FACTS_NAME


def _composite(value: Any) -> CompositeType | None:
    if not isinstance(value, dict):
        return None
    return written(str(value.get("apiVersion")), str(value.get("kind")))


def misnamed(value: Any) -> Refused | None:
    """Why a document that looks like one of ours is none: it would be passed over in silence."""
    if not isinstance(value, dict) or is_claim(value) or is_hub(value):
        return None
    version, kind = value.get("apiVersion"), value.get("kind")
    if (behind := composite(str(version), str(kind))) is not None:
        other = " or ".join(f"{kind} of {item.api_version}" for item in COMPOSITES if item.written_kind == kind)
        problem = f"{kind} of {version} is what Crossplane makes of a claim; write {behind.written_kind}, or {other}"
        return Refused("kind", problem)
    same = next((item for item in COMPOSITES if item.written_kind == kind), None)
    if same is not None:
        return Refused("apiVersion", f"{kind} is of {same.api_version}, not {version}; write {same.api_version}")
    if _is_hub_name(value):
        return Refused("apiVersion", f"the EnvironmentConfig is asked for in {HUB_API_VERSION}, not {version}")
    group = str(version).partition("/")[0]
    if group == GROUP or group.endswith(f".{GROUP}"):
        known = " or ".join(f"{item.written_kind} of {item.api_version}" for item in COMPOSITES)
        return Refused("kind", f"there is no {kind} of {version}; write {known}")
    return None


def admission(claim: dict[str, Any]) -> Iterator[Refused]:
    """What the API server refuses outside `spec`."""
    found = _composite(claim)
    try:
        ObjectMeta.model_validate(claim.get("metadata") or {})
    except ValidationError as error:
        yield from complaints(error, "metadata")
    for name in claim:
        if name not in CLAIM_KEYS:
            kind = found.written_kind if found is not None else "the object"
            yield Refused(name, f"there is no such field in {kind}; did you mean spec.{name}?")
