"""What keeps things from being deleted at all, or in the wrong order: Crossplane's Usages.

A claim that is being deleted is no longer this function's business: Crossplane does not call it. So whatever must be
true then is made before (design 6).
"""

from __future__ import annotations

from dataclasses import dataclass

from argosy.plan import Part, Resource


@dataclass(frozen=True, kw_only=True, eq=False)
class ClaimGuard(Resource):
    """A Usage of the claim by itself: the API server refuses to delete it, and says why.

    Attributes:
        composite_key: composition-resource name of the same for the composite, where that is not the claim itself.
        reason: what whoever tries is told.
    """

    part = Part.DELETION
    composite_key: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class NamespaceGuard(Resource):
    """A ClusterUsage of the claim's namespace.

    A namespace that ends takes the credentials along first, and then nothing on AWS can be deleted any more.
    """

    part = Part.DELETION
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Usage(Resource):
    """One resource is deleted only when another one is gone.

    Attributes:
        of: what stays until then.
        by: what must be gone.
        by_key: composition-resource name of the object of it that must be gone.
    """

    part = Part.DELETION
    of: Resource
    by: Resource
    by_key: str
