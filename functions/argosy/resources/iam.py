"""IAM roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from argosy.plan import Part, Resource
from argosy.unknown import Json


@dataclass(frozen=True, kw_only=True, eq=False)
class Role(Resource):
    """A role with all its policies: they ride in the role, exclusively, so that drift is undone (design 2.6).

    Attributes:
        serves: the part of the cluster that the role is for.
        name: name on AWS, at most 64 characters.
        trust: who may assume it, a canonical JSON document.
        managed: ARNs of managed policies.
        inline: inline policies by name, canonical JSON documents.
        boundary: ARN of the permissions boundary (IAM-07).
    """

    serves: Part
    name: str
    description: str
    trust: Json
    managed: tuple[str, ...] = ()
    inline: Mapping[str, Json] = field(default_factory=dict)
    boundary: str | None = None

    @property
    def condition(self) -> Part:
        """A role belongs to the part that it serves."""
        return self.serves
