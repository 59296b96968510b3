"""KMS keys."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.plan import Part, Resource
from argosy.unknown import Json


@dataclass(frozen=True, kw_only=True, eq=False)
class Key(Resource):
    """A key that rotates every year (SEC-40).

    Attributes:
        serves: the part of the cluster that the key is for.
        policy: key policy, a canonical JSON document.
    """

    serves: Part
    description: str
    policy: Json

    @property
    def condition(self) -> Part:
        """A key belongs to the part that it serves."""
        return self.serves
