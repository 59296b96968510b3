"""IAM: roles."""

from __future__ import annotations

from argosy.engines.base import Context, Objects
from argosy.engines.upbound.envelope import RENDERERS, managed
from argosy.resources.iam import Role


@RENDERERS.renders(Role)
def role(resource: Role, context: Context) -> Objects:
    """The role with all its policies.

    Managed ones are exclusive: what somebody attaches by hand is taken off. Inline ones are so only where there are
    some: the provider does not take an empty list for none (provider-upjet-aws#1207).
    """
    yield managed(
        context,
        resource.key,
        "iam/Role",
        {
            "assumeRolePolicy": resource.trust,
            "description": resource.description,
            "managedPolicyArns": list(resource.managed),
            "inlinePolicy": [{"name": name, "policy": policy} for name, policy in sorted(resource.inline.items())]
            or None,
            "permissionsBoundary": resource.boundary,
        },
        external_name=resource.name,
    )
