"""KMS: keys."""

from __future__ import annotations

from argosy.engines.base import Context, Objects
from argosy.engines.upbound.envelope import RENDERERS, managed
from argosy.resources.kms import DELETION_WINDOW_DAYS, Key
from argosy.unknown import later


@RENDERERS.renders(Key)
def key(resource: Key, context: Context) -> Objects:
    """The key (SEC-40)."""
    yield managed(
        context,
        resource.key,
        "kms/Key",
        {
            "description": resource.description,
            "enableKeyRotation": True,
            "deletionWindowInDays": DELETION_WINDOW_DAYS,
            "policy": resource.policy,
        },
        external_name=later(resource.id),
    )
