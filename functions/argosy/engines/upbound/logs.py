"""CloudWatch Logs: log groups."""

from __future__ import annotations

from argosy.engines.base import Context, Objects
from argosy.engines.upbound.envelope import RENDERERS, managed, ref
from argosy.resources.logs import LogGroup


@RENDERERS.renders(LogGroup)
def log_group(resource: LogGroup, context: Context) -> Objects:
    """The log group, encrypted and with an end (SEC-05)."""
    yield managed(
        context,
        resource.key,
        "cloudwatchlogs/Group",
        {"retentionInDays": resource.retention_days, "kmsKeyIdRef": ref(context, resource.encryption_key)},
        external_name=resource.name,
    )
