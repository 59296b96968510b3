"""CloudWatch Logs: log groups."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.plan import Part, Resource
from argosy.resources.kms import Key


@dataclass(frozen=True, kw_only=True, eq=False)
class LogGroup(Resource):
    """A log group, made before whoever writes to it would make one without key and retention (SEC-05).

    Attributes:
        serves: the part of the cluster whose logs it holds.
        encryption_key: its policy must name the group, else CloudWatch Logs refuses to make it.
    """

    serves: Part
    name: str
    retention_days: int
    encryption_key: Key

    @property
    def condition(self) -> Part:
        """A log group belongs to the part that it serves."""
        return self.serves
