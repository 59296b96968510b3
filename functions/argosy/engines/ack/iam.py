"""IAM: roles."""

from __future__ import annotations

from argosy.engines.ack.envelope import RENDERERS, managed
from argosy.engines.base import Context, Objects
from argosy.resources.iam import Role
from argosy.unknown import Json


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
            "inlinePolicies": {name: _escaped(policy) for name, policy in sorted(resource.inline.items())},
            "permissionsBoundary": resource.boundary,
        },
    )


def _escaped(policy: Json) -> Json:
    """The same JSON without plus and percent signs.

    The controller decodes inline policies as if they came from a URL before it sends them, and then finds them
    different for ever (iam-controller v1.6.2, `role/hooks.go`, addInlinePolicy).
    """
    return policy.replace("%", "\\u0025").replace("+", "\\u002b") if isinstance(policy, str) else policy
