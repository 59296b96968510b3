"""CloudWatch Logs: log groups."""

from __future__ import annotations

from argosy.engines.ack.envelope import RENDERERS, managed, ref
from argosy.engines.base import Context, Objects
from argosy.resources.logs import LogGroup


@RENDERERS.renders(LogGroup)
def log_group(resource: LogGroup, context: Context) -> Objects:
    """The log group, encrypted and with an end (SEC-05)."""
    yield managed(
        context,
        resource.key,
        "cloudwatchlogs/LogGroup",
        {
            "name": resource.name,
            "retentionDays": resource.retention_days,
            "kmsKeyRef": ref(context, resource.encryption_key),
        },
    )
