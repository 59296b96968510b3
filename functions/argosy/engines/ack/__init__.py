"""AWS Controllers for Kubernetes (`*.services.k8s.aws`), installed by the platform or as an EKS capability."""

from __future__ import annotations

from collections.abc import Mapping

from argosy.engines.ack import ec2, eks, iam, kms, logs, rds
from argosy.engines.ack.envelope import KINDS, RENDERERS, end
from argosy.engines.ack.facts import FACTS, FIXED_FIELDS, FOLLOWED_FIELDS, RETAINED, health, identity, protected
from argosy.engines.base import ACK_SUFFIX, Engine
from argosy.engines.hub import OBJECT, USAGE
from argosy.engines.hub import RENDERERS as HUB_RENDERERS
from argosy.plan import Fact

LACKS: Mapping[str, str] = {
    "nodes.groups[].repair": "ACK has no field by which EKS would be asked to repair nodes",
}
AT_ONCE = "ACK tells RDS to carry every change out at once, not in the maintenance window"
AFTER_A_LOOK = "ACK tells only what was asked for: it counts as done once the controller has looked since"
DIFFERS: Mapping[str, str] = {
    "kubernetesVersion": f"{AFTER_A_LOOK}. A cluster that AWS has upgraded by itself is refused by ACK until the claim "
    "names the version that it has",
    "controlPlane.deletionProtection": AFTER_A_LOOK,
    "nodes.autoMode.enabled": "A cluster that never had Auto Mode is never quite in sync "
    "(aws-controllers-k8s/community#3046): its condition says so and stays True",
    "addons[].name": "ACK has one rule for conflicts, at creation as at updates: what the cluster has is kept, so an "
    "add-on that was installed there in another way must be taken out first",
    "databases[].instanceClass": AT_ONCE,
    "databases[].storageGiB": AT_ONCE,
    "databases[].multiAZ": AT_ONCE,
    "databases[].serverless.minCapacity": AT_ONCE,
    "databases[].serverless.maxCapacity": AT_ONCE,
    "databases[].backupRetentionDays": AT_ONCE,
    "databases[].deletionProtection": AFTER_A_LOOK,
    "databases[].onDelete": "Retain: the database's security group loses its rule at Decommission, not when the claim "
    "is deleted, for the rule is a part of the group",
}

ENGINE = Engine(
    name="ack",
    title="AWS Controllers for Kubernetes (ACK)",
    package="argosy-ack",
    emits=(*KINDS.values(), OBJECT, USAGE),
    groups=(ACK_SUFFIX,),
    renderers={**HUB_RENDERERS.by_class, **RENDERERS.by_class},
    facts={**FACTS, **{(kind, Fact.RETAINED): RETAINED for kind in RENDERERS.by_class}},
    fixed_fields=FIXED_FIELDS,
    followed_fields=FOLLOWED_FIELDS,
    rights_lists={},
    health_of=health,
    is_protected=protected,
    identity_of=identity,
    end=end,
    refer=None,
    lacks=LACKS,
    differs=DIFFERS,
)

__all__ = ["ENGINE", "ec2", "eks", "iam", "kms", "logs", "rds"]
