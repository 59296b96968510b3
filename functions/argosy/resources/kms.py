"""KMS keys."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.plan import Part, Resource
from argosy.unknown import Json

DELETION_WINDOW_DAYS = 30
"""Days in which a key that is to be deleted can be taken back: the most that AWS offers (SEC-40)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Key(Resource):
    """A key that rotates every year (SEC-40).

    Attributes:
        serves: the part of the cluster that the key is for.
        id: its id on AWS once it has one, also while it is not observed: no other key reads what it has encrypted.
        policy: key policy, a canonical JSON document.
    """

    serves: Part
    description: str
    id: Json
    policy: Json

    @property
    def condition(self) -> Part:
        """A key belongs to the part that it serves."""
        return self.serves
