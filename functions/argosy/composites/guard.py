"""What keeps a cluster from being deleted by mistake, and from being deleted in the wrong order (design 6).

Crossplane does not call the function for a claim that is being deleted: what must hold then is made before. The claim's
guard leaves only when it was observed that every protection is off and every database will end as its author chose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from argosy.composites import hub
from argosy.composites.databases import Databases
from argosy.composites.design import Design
from argosy.plan import Condition, Fact, Part, Resource
from argosy.resources.eks import Cluster
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.logs import LogGroup
from argosy.resources.network import InternetGateway, Vpc
from argosy.resources.protection import ClaimGuard, NamespaceGuard, Usage
from argosy.resources.rds import DatabaseResource, DatabaseSecurityGroup
from argosy.unknown import Json, Unknown

CLAIM_GUARD_KEY = "guard-claim"
COMPOSITE_GUARD_KEY = "guard-composite"
NAMESPACE_GUARD_KEY = "guard-namespace"
ASKED_BY = "spec.lifecycle"

ORDER: Mapping[tuple[type[Resource], type[Resource]], str] = {
    (Cluster, Role): "without its role EKS cannot take its network interfaces out of the VPC",
    (Cluster, LogGroup): "EKS makes a log group anew that goes before it, without retention and for ever",
    (Cluster, Key): "a cluster whose key is gone cannot read its Secrets, and nothing brings them back (SEC-40)",
    (DatabaseSecurityGroup, Cluster): "EKS cannot delete its security group while a rule names it, nor AWS the VPC",
}
"""Which resources must be gone (first) before which others go (second), and what happens else.

Everything else AWS refuses to delete too early, and the provider tries again. What goes second is always there while a
claim is: Crossplane could not take away what is in use when the claim no longer asks for it.
"""
_FIRST = frozenset(first for first, _ in ORDER)


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The guards and Usages of a claim, and whether it may be deleted."""

    resources: tuple[Resource, ...]
    condition: Condition


def plan(design: Design, resources: tuple[Resource, ...], databases: Databases) -> Guard:
    """What guards a claim.

    Args:
        design: of the claim.
        resources: everything else that the claim wants.
        databases: its databases.
    """
    namespace = NamespaceGuard(
        key=NAMESPACE_GUARD_KEY,
        asked_by="metadata.namespace",
        name=f"{design.names.cluster}-namespace",
        reason=f"claim {design.names.name} is in it: decommission and delete that first and wait until it is "
        "gone; without the namespace's credentials all that it made would stay on AWS",
    )
    usages = (*_usages(resources), *_last(namespace, resources))
    closed = tuple(_closed_gates(design, resources)) if design.leaving else ()
    if design.leaving and not closed:
        return Guard(resources=(namespace, *usages), condition=_deletable(design, databases))
    guard = ClaimGuard(
        key=CLAIM_GUARD_KEY, composite_key=COMPOSITE_GUARD_KEY, asked_by=ASKED_BY, reason=_reason(design)
    )
    return Guard(resources=(guard, namespace, *usages), condition=_protected(design, closed))


def _reason(design: Design) -> str:
    if design.leaving:
        return "spec.lifecycle is Decommission, but condition Deletable is not True yet: it says what is missing"
    return "write spec.lifecycle: Decommission, wait until condition Deletable is True, then delete"


def _protected(design: Design, closed: tuple[str, ...]) -> Condition:
    if not design.leaving:
        return Condition(
            Part.DELETION,
            "False",
            "Active",
            "nobody can delete this claim; to delete it, write spec.lifecycle: Decommission",
        )
    return Condition(Part.DELETION, "False", "Protected", f"not yet: {'; '.join(closed)}")


def _deletable(design: Design, databases: Databases) -> Condition:
    """The guard is out of the answer; it is gone when Crossplane has taken its label off the claim.

    That it is not observed says nothing: Crossplane forgets at once what it tells to go, and the Usage goes moments
    later (core v2.4.0, composition_functions.go). Whoever deletes the claim in between is refused.
    """
    seen = any(design.facts.exists(key) for key in (CLAIM_GUARD_KEY, COMPOSITE_GUARD_KEY))
    if seen or design.facts.in_use():
        return Condition(
            Part.DELETION,
            "False",
            "Releasing",
            "nothing is protected any more; the guard is taken away, and the claim can go when no other Usage names it",
        )
    return Condition(
        Part.DELETION,
        "True",
        "Decommissioned",
        f"delete the claim, in the foreground; {_what_stays(databases)}",
    )


def _what_stays(databases: Databases) -> str:
    """What is on AWS afterwards, for the person who is about to delete."""
    ends = {
        end: [item.spec.name for item in databases.databases if item.spec.on_delete == end]
        for end in ("Snapshot", "Retain")
    }
    stays = []
    if ends["Snapshot"]:
        stays.append(f"final snapshots of {', '.join(ends['Snapshot'])}")
    if ends["Retain"]:
        stays.append(f"{', '.join(ends['Retain'])} with the network")
    if databases.databases:
        stays.append("the databases' keys")
    return f"on AWS stay {' and '.join(stays)}" if stays else "nothing of it stays on AWS"


def _closed_gates(design: Design, resources: tuple[Resource, ...]) -> Iterator[str]:
    """What is observed to be otherwise than the end of the claim needs it, in words.

    What was never asked for keeps no gate closed: what it waits for may fail for ever. What must be there does.
    """
    if applications := hub.remaining(design):
        yield applications
    for resource in resources:
        if not design.facts.exists(resource.key):
            if _must_be_there(design, resource):
                yield f"{resource.key} is not observed"
            continue
        if resource.retained and not _is_retained(design, resource):
            yield f"{resource.key} would be deleted on AWS"
        if isinstance(resource, (Cluster, DatabaseResource)) and not resource.retained:
            if design.fact(resource, Fact.PROTECTION) is not False:
                yield f"{resource.key} is still protected on AWS"
            if _is_retained(design, resource):
                yield f"{resource.key} would stay on AWS"
        if _is_open(design, resource):
            yield f"{resource.key} still admits the cluster on AWS"
        if isinstance(resource, DatabaseResource):
            yield from _snapshot_gates(design, resource)


def _must_be_there(design: Design, resource: Resource) -> bool:
    """Whether something that is not observed is remembered, or waits for nothing."""
    match resource:
        case Cluster():
            return design.facts.status("cluster", "arn") is not None
        case DatabaseResource():
            return isinstance(_final_snapshot(resource), str)
        case _:
            return False


def _is_retained(design: Design, resource: Resource) -> bool:
    return design.fact(resource, Fact.RETAINED) is True


def _is_open(design: Design, resource: Resource) -> bool:
    """Whether a security group that stays still names the cluster's."""
    return isinstance(resource, DatabaseSecurityGroup) and resource.shut and design.fact(resource, Fact.ADMITS) is True


def _snapshot_gates(design: Design, database: DatabaseResource) -> Iterator[str]:
    match database.spec.on_delete:
        case "Delete" if design.fact(database, Fact.SKIPS_SNAPSHOT) is not True:
            yield f"{database.key} would still get a final snapshot"
        case "Snapshot":
            if design.fact(database, Fact.SKIPS_SNAPSHOT) is not False:
                yield f"{database.key} would get no final snapshot"
            if design.fact(database, Fact.FINAL_SNAPSHOT) != _final_snapshot(database):
                yield f"{database.key} does not have the name of its final snapshot yet"


def _final_snapshot(database: DatabaseResource) -> Json:
    """The name of the final snapshot as far as it is known: one that AWS refuses to make has only its first name."""
    name = database.final_snapshot
    return name.initially if isinstance(name, Unknown) and isinstance(name.initially, str) else name


def _usages(resources: tuple[Resource, ...]) -> Iterator[Usage]:
    """A Usage for each edge between two resources whose order matters (REL-14)."""
    for resource in resources:
        if type(resource) not in _FIRST:
            continue
        for needed in dict.fromkeys((*resource.holds(), *resource.after)):
            if (type(resource), type(needed)) not in ORDER:
                continue
            if isinstance(resource, Cluster) and needed is resource.auto_node_role:
                continue  # it leaves with Auto Mode, while the cluster stays
            yield _usage(needed, resource)


def _last(namespace: NamespaceGuard, resources: tuple[Resource, ...]) -> Iterator[Usage]:
    """Keeps the namespace as long as something on AWS needs its credentials to go (REL-16).

    The cluster's key goes after the cluster. The VPC is the last of the network, or stays for a database; then the
    internet gateway goes last, which nothing may use any more.
    """
    for resource in resources:
        match resource:
            case Cluster():
                yield _usage(namespace, resource.encryption_key)
            case Vpc() if not resource.retained:
                yield _usage(namespace, resource)
            case InternetGateway() if resource.vpc.retained:
                yield _usage(namespace, resource)


def _usage(of: Resource, by: Resource) -> Usage:
    by_key = by.rule_key if isinstance(by, DatabaseSecurityGroup) else by.key
    return Usage(
        key=f"usage-{of.key}-by-{by_key}",
        asked_by=ASKED_BY,
        after=(of, by),
        of=of,
        by=by,
        by_key=by_key,
    )
