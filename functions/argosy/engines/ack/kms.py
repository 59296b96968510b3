"""KMS: keys."""

from __future__ import annotations

from argosy.engines.ack.envelope import RENDERERS, managed
from argosy.engines.base import Context, Objects
from argosy.resources.kms import DELETION_WINDOW_DAYS, Key

DELETION_WINDOW = "kms.services.k8s.aws/pending-window-in-days"
"""Annotation without which AWS deletes a key after 7 days (SEC-40, safety 2.5)."""


@RENDERERS.renders(Key)
def key(resource: Key, context: Context) -> Objects:
    """The key (SEC-40)."""
    yield managed(
        context,
        resource.key,
        "kms/Key",
        {"description": resource.description, "enableKeyRotation": True, "policy": resource.policy},
        found_by={"keyID": resource.id},
        annotations={DELETION_WINDOW: str(DELETION_WINDOW_DAYS)},
    )
