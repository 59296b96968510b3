"""One real reconcile by Crossplane core, without a cluster: `crossplane internal render`.

Unlike the CLI it reports what core would delete: the only way to see that an answer which leaves a resource
out costs a production VPC.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format

from tests.render.observed import adopted
from tests.render.protocol import RenderRequest, RenderResponse
from tests.tools.build import built

Object = Mapping[str, Any]

TIMEOUT_SECONDS = 60
# Source: github.com/crossplane/crossplane v2.4.0 `cmd/crossplane/render/render.go` (ExitCodePipelineFatal).
EXIT_FATAL = 3
# What the CLI prints instead of the time: github.com/crossplane/cli v2.5.0 `cmd/crossplane/render/output.go`.
CONDITION_TIME = "2024-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Event:
    """A Kubernetes event that core would send.

    Attributes:
        type: `Normal` or `Warning`.
        reason: Short and stable, such as `ComposeResources`.
        message: For people.
    """

    type: str
    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """What core would do after one call of the function.

    Attributes:
        xr: The composite resource with its new status, `lastTransitionTime` of its conditions being
            `CONDITION_TIME`; after a FATAL result with core's own conditions only.
        composed: What core would apply, as it would send it: named and owned, without status.
        deleted: What core would delete, as observed.
        events: As they were sent; core reports resources that are not ready in random order.
        required: Selectors of the resources that were asked for.
        fatal: The function returned a FATAL result.
        stderr: Core's own words, such as the text of the FATAL result.
    """

    xr: dict[str, Any]
    composed: list[dict[str, Any]]
    deleted: list[dict[str, Any]]
    events: list[Event]
    required: list[dict[str, Any]]
    fatal: bool
    stderr: str


def reconcile(
    xr: Object,
    composition: Object,
    functions: Mapping[str, str],
    *,
    observed: Iterable[Object] = (),
    required: Iterable[Object] = (),
    xrd: Object | None = None,
) -> Rendered:
    """Reconcile a composite resource once.

    Args:
        xr: The composite resource (not a claim).
        composition: The Composition to use.
        functions: Name (as in `functionRef.name`) and address (`127.0.0.1:9443`) of each running function.
        observed: Composed resources that exist, with their keys; they go through `observed.adopted`.
        required: Resources that a step may ask for, such as the EnvironmentConfig of the hub.
        xrd: Needed for a v1 XRD of scope LegacyCluster: without it core takes the XR for a modern one.

    Raises:
        RuntimeError: Core failed otherwise than by a FATAL result, for example because an observed resource
            is controlled by another XR or stands in another namespace.
        FileNotFoundError: Core is not built.
    """
    request = {
        "compositeResource": xr,
        "composition": composition,
        "functions": [{"name": name, "address": address} for name, address in functions.items()],
        "observedResources": adopted(observed, xr),
        "requiredResources": list(required),
    }
    if xrd is not None:
        request["compositeResourceDefinition"] = xrd
    message = json_format.ParseDict({"composite": request}, RenderRequest())
    process = subprocess.run(
        [built("crossplane-core"), "internal", "render", f"--timeout={TIMEOUT_SECONDS}s"],
        input=message.SerializeToString(),
        capture_output=True,
        check=False,
    )
    stderr = process.stderr.decode()
    if process.returncode not in {0, EXIT_FATAL}:
        raise RuntimeError(stderr)
    return _rendered(process.stdout, fatal=process.returncode == EXIT_FATAL, stderr=stderr)


def _rendered(stdout: bytes, *, fatal: bool, stderr: str) -> Rendered:
    response = json_format.MessageToDict(RenderResponse.FromString(stdout), preserving_proto_field_name=True)
    output = _with_integers(response["composite"])
    xr = output["composite_resource"]
    for condition in xr.get("status", {}).get("conditions", ()):
        condition["lastTransitionTime"] = CONDITION_TIME
    return Rendered(
        xr=xr,
        composed=output.get("composed_resources", []),
        deleted=output.get("deleted_resources", []),
        events=[
            Event(type=event["type"], reason=event["reason"], message=event["message"])
            for event in output.get("events", [])
        ],
        required=output.get("required_resources", []),
        fatal=fatal,
        stderr=stderr,
    )


def _with_integers(value: Any) -> Any:
    """Undo what Struct does to integers; core writes 3.0 as 3 when it talks to a server."""
    match value:
        case dict():
            return {key: _with_integers(item) for key, item in value.items()}
        case list():
            return [_with_integers(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
