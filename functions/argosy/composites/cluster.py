"""The design of an `XEKSCluster`, as a contents page."""

from __future__ import annotations

from argosy.api.cluster import XEKSClusterSpec
from argosy.composites import addons, compute, control_plane, databases, flow_logs, guard, network, registration
from argosy.composites import hub as hub_facts
from argosy.composites.design import Design, begin
from argosy.composites.status import status
from argosy.data.access import access_policy_arn
from argosy.input import HUB_FACTS_NAME, HubFacts
from argosy.plan import Facts, Part, Plan, Refused, Resource
from argosy.resources.eks import AccessEntry
from argosy.unknown import Unknown
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
    hub_facts.check(design)  # first: facts that lost their labels must not look like a claim that is wrong
    _check_platform(design)
    net = network.plan(design)
    control = control_plane.plan(design, net)
    records = flow_logs.plan(design, net, control.cluster.encryption_key)
    people = control_plane.access(design, control.cluster)
    essentials = addons.plan_essentials(design, net, control.cluster)
    node_roles, groups = compute.plan(design, net, control.cluster, essentials)
    after_nodes = addons.plan_after_nodes(design, control.cluster, groups)
    workloads = addons.plan_workloads(design, control.cluster)
    data = databases.plan(design, net, control)
    argo_addons = addons.plan_argo_addons(design, net, control.cluster, data)
    registered = registration.plan(design, net, control, data, argo_addons)
    resources = (
        *net.resources,
        *records,
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
    guarded = guard.plan(design, resources, data)
    return Plan(
        resources=(*resources, *guarded.resources),
        status=status(design, net, control, data, registered, resources),
        registration=registered.condition,
        deletion=guarded.condition,
        first=_first(design, control),
        notes=_notes(design, net, resources),
        lookup=hub_facts.lookup(design),
    )


def _first(design: Design, control: control_plane.ControlPlane) -> Resource | None:
    """The cluster's role, by which it is seen where the credentials lead, if the hub says where they must.

    Without this a whole network would stand in a wrong account before anybody knew (TEN-09).
    """
    must_be_seen = design.here.account is not None and isinstance(design.account, Unknown)
    return control.cluster.role if must_be_seen else None


def _notes(design: Design, net: network.Network, resources: tuple[Resource, ...]) -> dict[Part, str]:
    """What a person must know although everything is as the claim asks for."""
    about_control_plane = []
    asked, standing = design.spec.kubernetes_version, control_plane.standing_version(design)
    administrator = access_policy_arn("AmazonEKSClusterAdminPolicy", design.partition)
    entries = [resource for resource in resources if isinstance(resource, AccessEntry)]
    if not any(grant.policy_arn == administrator for entry in entries for grant in entry.policies.values()):
        # not even who made the cluster may enter it (SEC-07)
        about_control_plane.append("nobody administers the cluster: name IAM roles in spec.access.admins")
    if asked is not None and isinstance(standing, str) and control_plane.minor(asked) < control_plane.minor(standing):
        about_control_plane.append(f"it runs {standing}, and EKS never goes back: write {standing} instead of {asked}")
    about_network = "" if net.nat else "nodes have no way out, so they cannot pull images (natGateways: None)"
    return {Part.CONTROL_PLANE: "; ".join(about_control_plane), Part.NETWORK: about_network}


def _check_platform(design: Design) -> None:
    """Refuses what the platform does not know: environments, rings and labels select what gets installed."""
    hub, spec = design.hub, design.spec
    if hub is None:
        return
    where = f"EnvironmentConfig {HUB_FACTS_NAME}"
    others = {facts.tenant for name, facts in hub.namespaces.items() if name != design.namespace}
    if design.here.tenant is None and design.namespace in others:
        # without this a namespace called like a tenant would read that tenant's secrets (TEN-12)
        raise Refused(
            "metadata.namespace",
            f"{design.namespace} is the tenant of another namespace; the platform team gives this one a tenant of its "
            f"own in namespaces.{design.namespace} ({where})",
        )
    if design.boundary is not None:
        control_plane.check_account(design, design.boundary, f"{where}: permissionsBoundary")
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
