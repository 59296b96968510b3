"""The design of an `XEKSCluster`, as a contents page."""

from __future__ import annotations

from argosy.api.cluster import XEKSClusterSpec
from argosy.composites import addons, compute, control_plane, databases, network, registration
from argosy.composites.design import Design, begin
from argosy.composites.status import status
from argosy.input import HUB_FACTS_NAME, HubFacts
from argosy.plan import Facts, Plan, Refused
from argosy.vocabulary import VOCABULARY


def plan(namespace: str, name: str, spec: XEKSClusterSpec, hub: HubFacts | None, facts: Facts) -> Plan:
    """Everything that a claim wants.

    Args:
        namespace: namespace of the claim.
        name: name of the claim.
        spec: the claim, valid by itself.
        hub: facts of the hub, or None if the hub has none.
        facts: what is observed.

    Raises:
        Refused: if the claim cannot be carried out with what is known; nothing may be changed then.
    """
    design = begin(namespace, name, spec, hub, facts)
    _check_platform(design)
    registration.check_hub(design)
    net = network.plan(design)
    control = control_plane.plan(design, net)
    people = control_plane.access(design, control.cluster)
    essentials = addons.plan_essentials(design, net, control.cluster)
    node_roles, groups = compute.plan(design, net, control.cluster, essentials)
    after_nodes = addons.plan_after_nodes(design, control.cluster, groups)
    workloads = addons.plan_workloads(design, control.cluster)
    argo_addons = addons.plan_argo_addons(design, net, control.cluster)
    data = databases.plan(design, net, control)
    registered = registration.plan(design, net, control, data, argo_addons)
    resources = (
        *net.resources,
        *control.resources,
        *people,
        *essentials.resources,
        *node_roles,
        *groups,
        *after_nodes,
        *workloads,
        *(resource for addon in argo_addons for resource in addon.identified.resources),
        *data.resources,
        *registered.resources,
    )
    return Plan(
        resources=resources,
        status=status(design, net, control, data, registered, resources),
        registration=registered.condition,
    )


def _check_platform(design: Design) -> None:
    """Refuses what the platform does not know: environments, rings and labels select what gets installed."""
    hub, spec = design.hub, design.spec
    if hub is None:
        return
    where = f"EnvironmentConfig {HUB_FACTS_NAME}"
    for field, value, known in (
        ("environment", spec.environment, hub.environments),
        ("ring", spec.ring, hub.rings),
    ):
        if value not in known:
            raise Refused(f"spec.{field}", f"{value} is not one of the platform's: {', '.join(known)} ({where})")
    reserved = {entry.key for entry in VOCABULARY}
    for key in sorted(spec.argocd.labels):
        if key not in hub.labels or key in reserved:
            raise Refused(
                f"spec.argocd.labels.{key}",
                f"is not among the labels that the platform allows: {', '.join(hub.labels) or 'none'} ({where})",
            )
    for key in sorted(set(spec.tags) & set(hub.tags)):
        raise Refused(f"spec.tags.{key}", f"is set by the platform for everything; leave it out ({where})")
