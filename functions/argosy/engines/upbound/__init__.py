"""The Upbound AWS provider, namespaced kinds (`*.aws.m.upbound.io`)."""

from __future__ import annotations

from argosy.engines.base import Engine
from argosy.engines.hub import OBJECT, USAGE
from argosy.engines.hub import RENDERERS as HUB_RENDERERS
from argosy.engines.upbound import ec2, eks, iam, kms, logs, rds
from argosy.engines.upbound.envelope import KINDS, RENDERERS, SUFFIX, retain
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
from argosy.plan import Fact

ENGINE = Engine(
    name="upbound",
    title="Upbound AWS provider",
    emits=(*KINDS.values(), OBJECT, USAGE),
    groups=(f".{SUFFIX}",),
    renderers={**HUB_RENDERERS.by_class, **RENDERERS.by_class},
    facts={**FACTS, **{(kind, Fact.MANAGEMENT): MANAGEMENT for kind in RENDERERS.by_class}},
    fixed_fields=FIXED_FIELDS,
    followed_fields=FOLLOWED_FIELDS,
    rights_lists=RIGHTS,
    health_of=health,
    is_protected=protected,
    identity_of=identity,
    retain=retain,
)

__all__ = ["ENGINE", "ec2", "eks", "iam", "kms", "logs", "rds"]
