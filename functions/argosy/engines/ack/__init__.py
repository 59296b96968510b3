"""AWS Controllers for Kubernetes (`*.services.k8s.aws`), installed by the platform or as an EKS capability."""

from __future__ import annotations

from argosy.engines.ack import ec2, eks, iam, kms, logs, rds
from argosy.engines.ack.envelope import KINDS, RENDERERS, end
from argosy.engines.ack.facts import FACTS, FIXED_FIELDS, RETAINED, health, identity, protected
from argosy.engines.base import ACK_SUFFIX, Engine
from argosy.engines.hub import OBJECT, USAGE
from argosy.engines.hub import RENDERERS as HUB_RENDERERS
from argosy.plan import Fact

ENGINE = Engine(
    name="ack",
    title="AWS Controllers for Kubernetes (ACK)",
    package="argosy-ack",
    emits=(*KINDS.values(), OBJECT, USAGE),
    groups=(ACK_SUFFIX,),
    renderers={**HUB_RENDERERS.by_class, **RENDERERS.by_class},
    facts={**FACTS, **{(kind, Fact.RETAINED): RETAINED for kind in RENDERERS.by_class}},
    fixed_fields=FIXED_FIELDS,
    followed_fields={},
    rights_lists={},
    health_of=health,
    is_protected=protected,
    identity_of=identity,
    end=end,
    refer=None,
)

__all__ = ["ENGINE", "ec2", "eks", "iam", "kms", "logs", "rds"]
