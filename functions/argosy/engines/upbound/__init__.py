"""The Upbound AWS provider, namespaced kinds (`*.aws.m.upbound.io`)."""

from __future__ import annotations

from argosy.engines.base import Engine
from argosy.engines.hub import OBJECT, render_cluster_secret
from argosy.engines.upbound import ec2, eks, iam, kms, logs, rds
from argosy.engines.upbound.envelope import KINDS, RENDERERS, SUFFIX
from argosy.engines.upbound.facts import FACTS, FIXED_FIELDS, FOLLOWED_FIELDS, health, identity, protected
from argosy.resources.argocd import ClusterSecret

RENDERERS.renders(ClusterSecret)(render_cluster_secret)

ENGINE = Engine(
    name="upbound",
    title="Upbound AWS provider",
    emits=(*KINDS.values(), OBJECT),
    groups=(f".{SUFFIX}",),
    renderers=RENDERERS.by_class,
    facts=FACTS,
    fixed_fields=FIXED_FIELDS,
    followed_fields=FOLLOWED_FIELDS,
    health_of=health,
    is_protected=protected,
    identity_of=identity,
)

__all__ = ["ENGINE", "ec2", "eks", "iam", "kms", "logs", "rds"]
