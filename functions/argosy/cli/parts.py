"""The parts of a cluster in words, and which composition-resource name belongs to which."""

from __future__ import annotations

from collections.abc import Mapping

from argosy.cli.request import Caller, build_request
from argosy.function import draw
from argosy.plan import Part

HEADINGS: Mapping[Part, str] = {
    Part.NETWORK: "network",
    Part.CONTROL_PLANE: "control plane",
    Part.COMPUTE: "compute",
    Part.ADDONS: "add-ons",
    Part.DATABASES: "databases",
    Part.REGISTRATION: "registration",
    Part.DELETION: "deletion",
}


def parts(caller: Caller) -> dict[str, Part]:
    """The part of each composition-resource name that the claim asks for, in the order of the plan.

    Raises:
        Refused: if the claim is refused.
    """
    _, rendered = draw(build_request(caller.claim, caller.engine, [], caller.required))
    return {key: item.resource.condition for item in rendered for key in item.manifests}
