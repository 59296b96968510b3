"""What the facts of the hub allow: whether it can register the cluster, and what may never change under one that is.

Network, control plane and registration ask here, so that no door opens for a hub that cannot come in.
"""

from __future__ import annotations

from collections.abc import Sequence

from argosy.composites.design import Design
from argosy.input import HUB_FACTS_NAME, HubFacts
from argosy.plan import Condition, Lookup, Part, Refused
from argosy.vocabulary import APPLICATION_CLUSTER, APPLICATION_PART, DRAINED

SECRET_KEY = "argocd-cluster-secret"
ENTRY_KEY = "access-entry-argocd"
SPOKE_KEY = "role-spoke"
FACTS = f"EnvironmentConfig {HUB_FACTS_NAME}"


def lookup(design: Design) -> Lookup | None:
    """The Applications of a cluster that Argo CD is to let go of; None as long as it is not.

    Core does not call the function for a claim that is being deleted, and Argo CD deletes nothing in a cluster whose
    Secret is gone (gitops B3): so what they have on AWS must go before (REL-15).
    """
    goes = design.leaving or not design.spec.argocd.register_cluster
    if not goes or design.hub is None or not design.facts.exists(SECRET_KEY):
        return None
    return Lookup(
        name="applications",
        api_version="argoproj.io/v1alpha1",
        kind="Application",
        namespace=design.hub.argocd.namespace,
        labels={APPLICATION_CLUSTER: design.names.cluster},
    )


def left(design: Design, parts: Sequence[str] = DRAINED) -> tuple[str, ...] | None:
    """Names of the Applications of these parts that a cluster which goes still has; None if nobody has looked yet."""
    asked = lookup(design)
    found = () if asked is None else design.facts.found(asked)
    if found is None:
        return None
    label = ("metadata", "labels", APPLICATION_PART)
    return tuple(str(view.get(("metadata", "name"))) for view in found if view.get(label) in parts)


def remaining(design: Design) -> str:
    """What Argo CD still has to delete, in words; empty if nothing."""
    names = left(design)
    if names is None:
        return "nobody has looked yet which Applications the cluster has"
    if not names:
        return ""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"Argo CD still deletes Application {names[0]}{more}"


def blocker(design: Design) -> Condition | None:
    """Why the cluster is not to be registered, as the condition to show; None if it is."""

    def no(reason: str, message: str) -> Condition:
        return Condition(Part.REGISTRATION, "False", reason, message)

    if not design.spec.argocd.register_cluster and left(design) == ():
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
    _check_kept(design)
    # what nobody has looked for yet refuses nothing: after a FATAL answer Crossplane does not look
    if not _registered(design) or (not design.spec.argocd.register_cluster and not left(design)):
        return
    if (condition := blocker(design)) is not None:
        raise Refused(FACTS, f"{_without_start(condition.message)}, but it registered this cluster; {UNDO}")
    if design.facts.exists(SECRET_KEY):
        _check_unmoved(design, design.hub)


UNDO = "put it back, or take the cluster out of Argo CD first (argocd.register: false)"


def _without_start(message: str) -> str:
    """What is wrong, without the object's name in front and without the advice for a cluster that is new."""
    return message.removeprefix(f"{FACTS} ").partition(";")[0]


def _registered(design: Design) -> bool:
    return any(design.facts.exists(key) for key in (SECRET_KEY, ENTRY_KEY, SPOKE_KEY))


def _check_kept(design: Design) -> None:
    """Refuses facts that are half written: what is gone must not look like what was never said (REL-01).

    Without its tenant a cluster becomes another tenant's, and Argo CD prunes what that one does not have. A boundary
    can be replaced, but taking it off would leave roles with all that their policies allow.
    """
    where = f"namespaces.{design.namespace}"
    for name, path, now in (
        ("tenant", f"{where}.tenant", design.here.tenant),
        ("permissionsBoundary", f"{where}.permissionsBoundary or permissionsBoundary", design.boundary),
    ):
        before = design.facts.status("hub", name)
        if before is not None and now is None:
            raise Refused(FACTS, f"lacks {path}, but this cluster was made with {before}; write it again")


def _check_unmoved(design: Design, hub: HubFacts) -> None:
    for known, path, now in (
        ("id", "hub", hub.hub),
        ("argocdNamespace", "argocd.namespace", hub.argocd.namespace),
        ("argocdMode", "argocd.mode", hub.argocd.mode),
    ):
        before = design.facts.status("hub", known)
        if before is not None and before != now:
            says = f"says {now} in {path}" if now is not None else f"lacks {path}"
            raise Refused(FACTS, f"{says}, but this cluster was registered with {before}; {UNDO}")
