"""IAM: roles."""

from __future__ import annotations

from argosy.engines.ack.envelope import RENDERERS, managed
from argosy.engines.base import Context, Objects
from argosy.resources.iam import Role


@RENDERERS.renders(Role)
def role(resource: Role, context: Context) -> Objects:
    """The role with all its policies, which are exclusive: what somebody attaches or writes by hand is taken off."""
    yield managed(
        context,
        resource.key,
        "iam/Role",
        {
            "name": resource.name,
            "assumeRolePolicyDocument": resource.trust,
            "description": resource.description,
            "policies": list(resource.managed),
            "inlinePolicies": dict(sorted(resource.inline.items())),
            "permissionsBoundary": resource.boundary,
        },
    )
