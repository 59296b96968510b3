"""The Upbound AWS provider: its namespaced kinds (`*.aws.m.upbound.io`), and for claims its cluster-scoped ones."""

from __future__ import annotations

from dataclasses import replace

from argosy.engines.base import Context, Engine, Objects, Renderer
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
    end,
    refer,
    refer_by_name,
)
from argosy.engines.upbound.facts import (
    FACTS,
    FIXED_FIELDS,
    FOLLOWED_FIELDS,
    RIGHTS,
    health,
    identity,
    protected,
    retained,
)
from argosy.plan import Fact, Resource


def _in_cluster_scope(renderer: Renderer) -> Renderer:
    def render(resource: Resource, context: Context) -> Objects:
        for key, manifest in renderer(resource, context):
            yield key, cluster_scoped(manifest, context)

    return render


ENGINE = Engine(
    name="upbound",
    title="Upbound AWS provider",
    package="argosy-upbound",
    emits=(*KINDS.values(), OBJECT, USAGE),
    groups=(f".{SUFFIX}",),
    renderers={**HUB_RENDERERS.by_class, **RENDERERS.by_class},
    facts={**FACTS, **{(kind, Fact.RETAINED): (retained,) for kind in RENDERERS.by_class}},
    fixed_fields=FIXED_FIELDS,
    followed_fields=FOLLOWED_FIELDS,
    rights_lists=RIGHTS,
    health_of=health,
    is_protected=protected,
    identity_of=identity,
    end=end,
    refer=refer,
)
CLUSTER_ENGINE = replace(
    ENGINE,
    name="upbound-cluster",
    title="Upbound AWS provider, cluster-scoped",
    package="argosy-claims",
    emits=(*CLUSTER_KINDS.values(), OBJECT, USAGE, CLUSTER_USAGE),
    groups=(f".{CLUSTER_SUFFIX}",),
    renderers={
        **HUB_RENDERERS.by_class,
        **{kind: _in_cluster_scope(renderer) for kind, renderer in RENDERERS.by_class.items()},
    },
    refer=refer_by_name,
)

__all__ = ["CLUSTER_ENGINE", "ENGINE", "ec2", "eks", "iam", "kms", "logs", "rds"]
