"""The Upbound AWS provider: its namespaced kinds (`*.aws.m.upbound.io`), and for claims its cluster-scoped ones."""

from __future__ import annotations

from collections.abc import Mapping

from argosy.engines.base import Context, Engine, Kind, Objects, Renderer
from argosy.engines.hub import CLUSTER_USAGE, OBJECT, USAGE
from argosy.engines.hub import RENDERERS as HUB_RENDERERS
from argosy.engines.upbound import ec2, eks, iam, kms, logs, rds
from argosy.engines.upbound.envelope import (
    CLUSTER_KINDS,
    CLUSTER_SUFFIX,
    KINDS,
    RENDERERS,
    SUFFIX,
    cluster_scoped,
    refer,
    refer_by_name,
    retain,
)
from argosy.engines.upbound.facts import (
    FACTS,
    FIXED_FIELDS,
    FOLLOWED_FIELDS,
    MANAGEMENT,
    RIGHTS,
    health,
    identity,
    protected,
)
from argosy.plan import Fact, Resource


def _engine(
    name: str,
    title: str,
    package: str,
    kinds: tuple[Kind, ...],
    suffix: str,
    renderers: Mapping[type[Resource], Renderer],
) -> Engine:
    return Engine(
        name=name,
        title=title,
        package=package,
        emits=kinds,
        groups=(f".{suffix}",),
        renderers={**HUB_RENDERERS.by_class, **renderers},
        facts={**FACTS, **{(kind, Fact.MANAGEMENT): MANAGEMENT for kind in RENDERERS.by_class}},
        fixed_fields=FIXED_FIELDS,
        followed_fields=FOLLOWED_FIELDS,
        rights_lists=RIGHTS,
        health_of=health,
        is_protected=protected,
        identity_of=identity,
        retain=retain,
        refer=refer if all(kind.namespaced for kind in kinds) else refer_by_name,
    )


def _in_cluster_scope(renderer: Renderer) -> Renderer:
    def render(resource: Resource, context: Context) -> Objects:
        for key, manifest in renderer(resource, context):
            yield key, cluster_scoped(manifest, context)

    return render


ENGINE = _engine(
    "upbound", "Upbound AWS provider", "argosy-upbound", (*KINDS.values(), OBJECT, USAGE), SUFFIX, RENDERERS.by_class
)
CLUSTER_ENGINE = _engine(
    "upbound-cluster",
    "Upbound AWS provider, cluster-scoped",
    "argosy-claims",
    (*CLUSTER_KINDS.values(), OBJECT, USAGE, CLUSTER_USAGE),
    CLUSTER_SUFFIX,
    {kind: _in_cluster_scope(renderer) for kind, renderer in RENDERERS.by_class.items()},
)

__all__ = ["CLUSTER_ENGINE", "ENGINE", "ec2", "eks", "iam", "kms", "logs", "rds"]
