"""What the facts of the hub allow: whether it can register the cluster, and what may never change under one that is.

Network, control plane and registration ask here, so that no door opens for a hub that cannot come in.
"""

from __future__ import annotations

from argosy.composites.design import Design
from argosy.input import HUB_FACTS_NAME, HubFacts
from argosy.plan import Condition, Part, Refused

SECRET_KEY = "argocd-cluster-secret"
ENTRY_KEY = "access-entry-argocd"
SPOKE_KEY = "role-spoke"
FACTS = f"EnvironmentConfig {HUB_FACTS_NAME}"


def blocker(design: Design) -> Condition | None:
    """Why the cluster is not to be registered, as the condition to show; None if it is."""

    def no(reason: str, message: str) -> Condition:
        return Condition(Part.REGISTRATION, "False", reason, message)

    if not design.spec.argocd.register_cluster:
        return Condition(Part.REGISTRATION, "True", "NotRequested", "the claim sets argocd.register: false")
    if design.hub is None:
        return no("NoHubFacts", f"the hub has no {FACTS}; the platform team writes it (examples/setup/hub.yaml)")
    role = design.hub.argocd.role_arn
    if role is None:
        return no("NoHubRole", f"{FACTS} lacks argocd.roleArn, the IAM role of Argo CD; the platform team writes it")
    if role.split(":")[1] != design.partition:
        return no(
            "OtherPartition",
            f"Argo CD's role is in partition {role.split(':')[1]}, the cluster in "
            f"{design.partition}; register it with a hub of {design.partition}",
        )
    if design.hub.reach is None:
        return no(
            "NoPathToEndpoint",
            f"{FACTS} lacks reach, the hub's way to the private API endpoint; the platform "
            "team writes Capability, Routed or PublicFrom (examples/setup/hub.yaml)",
        )
    return None


def doors(design: Design, mode: str) -> tuple[str, ...]:
    """Ranges that the hub comes from, if it registers the cluster and gets there by `mode` (design 4.8)."""
    if blocker(design) is not None or design.hub is None or design.hub.reach is None:
        return ()
    return tuple(sorted(set(design.hub.reach.cidrs))) if design.hub.reach.mode == mode else ()


def check(design: Design) -> None:
    """Refuses hub facts that went away, or moved under a registered cluster (design 4.7).

    Without them boundaries would leave the roles, and Argo CD would delete every Application (gitops B2).

    Raises:
        Refused: naming the fact.
    """
    if design.hub is None:
        if _registered(design) or design.facts.status("hub", "environmentConfig") is not None:
            raise Refused(FACTS, "is missing, but this cluster was made with it; write it again (see examples/setup)")
        return
    if not design.spec.argocd.register_cluster or not _registered(design):
        return
    if (condition := blocker(design)) is not None:
        raise Refused(FACTS, f"no longer registers this cluster, which is registered by it: {condition.message}")
    if design.facts.exists(SECRET_KEY):
        _check_unmoved(design, design.hub)


def _registered(design: Design) -> bool:
    return any(design.facts.exists(key) for key in (SECRET_KEY, ENTRY_KEY, SPOKE_KEY))


def _check_unmoved(design: Design, hub: HubFacts) -> None:
    for path, now in (("id", hub.hub), ("argocdNamespace", hub.argocd.namespace), ("argocdMode", hub.argocd.mode)):
        before = design.facts.status("hub", path)
        if before is not None and before != now:
            raise Refused(
                FACTS,
                f"says {now} where this cluster was registered with {before} ({path}); put it back, or take the "
                "cluster out of Argo CD first (argocd.register: false)",
            )
