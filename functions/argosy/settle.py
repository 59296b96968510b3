"""From manifests to the desired state: what is emitted, what waits, and why.

Nothing that was ever written may disappear because a fact went missing or a neighbour failed: Crossplane deletes
what is observed and not desired before it applies anything (REL-01), and takes away fields that are left out
(REL-02). So this step, which knows no kind and no engine, decides by key: what is observed is emitted, whole; only
what does not exist yet can wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, TypeAlias, cast

from argosy.plan import Part, Path, Plan, Refused, Resource, View
from argosy.unknown import Initially, Json, Unknown, collapse, first_unknown, is_known

Manifest: TypeAlias = "dict[str, Json]"

EXTERNAL_NAME = "crossplane.io/external-name"


class ObservedObjects(Protocol):
    """All observed objects by composition-resource name."""

    def __iter__(self) -> Iterator[str]:
        """Their names, sorted."""
        ...

    def find(self, key: str) -> View | None:
        """The object of that name."""
        ...


@dataclass(frozen=True)
class Health:
    """What a provider says of one object.

    Attributes:
        usable: others may be made that need it.
        healthy: it is as desired.
        error: the provider's message, if something went wrong.
        warning: what a person must know although it is healthy, to be read after its name.
    """

    usable: bool
    healthy: bool
    error: str = ""
    warning: str = ""


class Provider(Protocol):
    """What settling must know of an engine."""

    @property
    def name(self) -> str:
        """Name of the engine."""
        ...

    def health(self, view: View) -> Health:
        """What the provider says of an observed object."""
        ...

    def fixed(self, kind: str) -> Sequence[tuple[Path, Path]]:
        """Fields that AWS never changes, of a kind such as `VPC.ec2.aws.m.upbound.io`.

        Each as two paths: where it is asked for, and where AWS's answer stands.
        """
        ...

    def followed(self, kind: str) -> Sequence[tuple[Path, Path]]:
        """Fields whose change takes AWS a while, of such a kind; as two paths, like those of `fixed`."""
        ...

    def rights(self, kind: str) -> Sequence[Path]:
        """Lists of rights, of such a kind, in which items that others add stay: where they are asked for."""
        ...

    def foreign(self, api_version: str) -> bool:
        """Whether objects of that apiVersion are made by another engine."""
        ...

    def protected(self, view: View) -> bool:
        """Whether AWS refuses to delete the observed object because it is protected."""
        ...

    def identity(self, view: View) -> Json:
        """What the provider last found on AWS for the observed object, as an external name; None if it has not told."""
        ...


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A resource and its objects by composition-resource name, in the order in which AWS can make them."""

    resource: Resource
    manifests: Mapping[str, Manifest]

    @cached_property
    def known(self) -> frozenset[str]:
        """Names of the manifests in which nothing is unknown: once a cluster is made, all of them."""
        return frozenset(key for key, manifest in self.manifests.items() if is_known(manifest))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a resource stands.

    Attributes:
        objects: how many objects it consists of.
        emitted: all of them are in the desired state, and whole.
        usable: all its objects exist and others may be made that need it.
        healthy: all its objects are as desired.
        error: the provider's first message about trouble.
        waits_for: what keeps an object from being made, in words; empty if nothing does.
        blockers: resources that it waits for.
        trouble: key and kind of the object that is not healthy.
        remarks: what a person must know of its objects whether or not they are healthy, in words; empty if nothing.
    """

    resource: Resource
    objects: int
    emitted: bool
    usable: bool
    healthy: bool
    error: str = ""
    waits_for: str = ""
    blockers: tuple[Resource, ...] = ()
    trouble: str = ""
    remarks: str = ""


@dataclass(kw_only=True)
class Settled:
    """The desired state and how every resource stands, in the plan's order."""

    desired: dict[str, Manifest] = field(default_factory=dict)
    ready: dict[str, bool] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every object of the plan is in the desired state."""
        return all(outcome.emitted for outcome in self.outcomes.values())

    @property
    def healthy(self) -> bool:
        """Whether every object of the plan is as desired."""
        return all(outcome.healthy for outcome in self.outcomes.values())


def settle(
    plan: Plan,
    rendered: Sequence[Rendered],
    observed: ObservedObjects,
    provider: Provider,
    others: frozenset[str],
) -> Settled:
    """The desired state of a plan.

    Args:
        plan: what the claim wants.
        rendered: its resources in the engine's words.
        observed: what exists.
        provider: the engine's rules.
        others: composition-resource names that other functions of the pipeline desire; they are not ours.

    Raises:
        Refused: if going on would lose or replace something.
    """
    keys = {key for item in rendered for key in item.manifests}
    _check_engine(observed, provider, others)
    _check_leaving(observed, provider, keys | others)
    health = {key: provider.health(view) for key in keys if (view := observed.find(key)) is not None}
    usable = {
        item.resource.key: all(key in health and health[key].usable for key in item.manifests) for item in rendered
    }
    by_key = {item.resource.key: item.resource for item in rendered}
    result = Settled()
    for item in rendered:
        gates = _closed_gates(item.resource, usable) or _first(plan, item.resource)
        missing: Unknown | None = None
        remarks: list[str] = []
        for key, manifest in item.manifests.items():
            view = observed.find(key)
            if view is None and gates:
                continue
            kind = "" if view is None else _kind_of(view)
            if view is not None:
                _check_identity(item.resource, manifest, view, provider.fixed(kind))
            written, unknown = _written(item, key, view, provider)
            missing = missing or unknown
            if written is None:
                continue
            result.desired[key] = written
            if view is not None:
                remarks += _remarks(key, written, view, health[key], provider.rights(kind))
                if _is_changing(written, view, provider.followed(kind)):
                    health[key] = replace(health[key], healthy=False)
            result.ready[key] = key in health and health[key].healthy
        outcome = _outcome(item, result, health, gates, missing, by_key, "; ".join(remarks))
        result.outcomes[item.resource.key] = outcome
    return result


def _written(item: Rendered, key: str, view: View | None, provider: Provider) -> tuple[Manifest | None, Unknown | None]:
    """What is written of an object, None if it must wait, and the first value that it is unfinished without."""
    manifest = item.manifests[key]
    if key in item.known:
        return manifest if view is None else _named(manifest, view, provider), None
    wanted = cast("Manifest", collapse(manifest))
    if view is not None:
        written = _named(_keep(wanted, view, ()), view, provider)
    elif (unknown := first_unknown(written := _start(wanted))) is not None:
        return None, unknown
    return written, _debt(wanted, written)


def _first(plan: Plan, resource: Resource) -> tuple[Resource, ...]:
    """What everything waits for, but for itself and what keeps the claim from being deleted."""
    if plan.first is None or resource is plan.first or resource.condition is Part.DELETION:
        return ()
    return (plan.first,)


def _closed_gates(resource: Resource, usable: Mapping[str, bool]) -> tuple[Resource, ...]:
    """The earlier resources that are not usable yet."""
    closed = tuple(earlier for earlier in resource.after if not usable[earlier.key])
    if resource.after_any and not any(usable[earlier.key] for earlier in resource.after_any):
        closed += resource.after_any
    return closed


def _outcome(
    item: Rendered,
    result: Settled,
    health: Mapping[str, Health],
    gates: tuple[Resource, ...],
    missing: Unknown | None,
    by_key: Mapping[str, Resource],
    remarks: str,
) -> Outcome:
    emitted = missing is None and all(key in result.desired for key in item.manifests)
    found = {key: health[key] for key in item.manifests if key in health}
    failing = next((key for key, told in found.items() if told.error), None)
    sick = failing or next((key for key in item.manifests if key not in found or not found[key].healthy), None)
    complete = emitted and len(found) == len(item.manifests)
    waits_for, blockers = "", gates
    if not emitted and gates:
        waits_for = ", ".join(gate.key for gate in gates)
    elif not emitted and missing is not None:
        waits_for = f"{missing.what} of {missing.key}"
        blockers = (by_key[missing.key],) if missing.key in by_key else ()
    return Outcome(
        resource=item.resource,
        objects=len(item.manifests),
        emitted=emitted,
        usable=complete and all(told.usable for told in found.values()),
        healthy=complete and all(told.healthy for told in found.values()),
        error=found[failing].error if failing else "",
        waits_for=waits_for,
        blockers=blockers if not emitted else (),
        trouble=sick or "",
        remarks=remarks,
    )


def _check_leaving(observed: ObservedObjects, provider: Provider, staying: set[str] | frozenset[str]) -> None:
    """Refuses to let go of what AWS protects: the claim must take the protection off first (design 6)."""
    for key in observed:
        view = observed.find(key)
        if key not in staying and view is not None and provider.protected(view):
            raise Refused(
                f"spec.{'databases' if key.startswith('database-') else 'controlPlane'}",
                f"{key} is protected on AWS and must not leave the claim: put it back, choose its onDelete and set its "
                "deletionProtection to false, wait until that is done, then take it out",
            )


def _check_engine(observed: ObservedObjects, provider: Provider, others: frozenset[str]) -> None:
    """Refuses an engine that did not make the claim's objects: it would make them all anew (REL-03)."""
    for key in observed:
        view = observed.find(key)
        if key not in others and view is not None and provider.foreign(api_version := str(view.get(("apiVersion",)))):
            raise Refused(
                "the Composition's engine",
                f"{key} was made as {view.get(('kind',))} of {api_version}, not by engine {provider.name}; give the "
                "claim the Composition of its own engine back",
            )


def _is_changing(manifest: Manifest, view: View, followed: Sequence[tuple[Path, Path]]) -> bool:
    """Whether AWS has not done yet what is asked of an object."""
    for asked_path, actual_path in followed:
        asked, actual = _at(manifest, asked_path), view.get(actual_path)
        if asked is not None and actual is not None and asked != actual:
            return True
    return False


def _remarks(key: str, manifest: Manifest, view: View, health: Health, rights: Sequence[Path]) -> Iterator[str]:
    """The provider's warning, and rights of an object that nobody asks for.

    What others add to a set stays, for server-side apply merges it.
    """
    if health.warning:
        yield f"{key} {health.warning}"
    for path in rights:
        asked, there = _at(manifest, path), view.get(path)
        if isinstance(asked, list) and isinstance(there, list) and (added := sorted(set(map(str, there)) - {*asked})):
            more = f" (and {len(added) - 1} more)" if len(added) > 1 else ""
            # what the claim has just given up is still there at the next call
            advice = "if it stays, somebody has added it by hand: take it off"
            yield f"{key} has {added[0]}{more} in {path[-1]}, which the claim does not ask for; {advice}"


def _kind_of(view: View) -> str:
    """Kind and group, such as `VPC.ec2.aws.m.upbound.io`."""
    return f"{view.get(('kind',))}.{str(view.get(('apiVersion',))).split('/')[0]}"


def _check_identity(resource: Resource, manifest: Manifest, view: View, fixed: Sequence[tuple[Path, Path]]) -> None:
    """Refuses to replace an object by one of another kind, or one whose fixed fields differ (REL-03, REL-07)."""
    kind = str(view.get(("kind",)))
    if kind != manifest["kind"]:
        raise Refused(
            resource.asked_by, f"was made as {kind} and cannot become {manifest['kind']}; make a new one beside it"
        )
    for asked_path, actual_path in fixed:
        asked, actual = _at(manifest, asked_path), view.get(actual_path)
        if actual is None:  # AWS has not answered, or its answer was lost: what was asked for stands
            actual = view.get(asked_path)
        if asked is None or actual is None or first_unknown(asked) or asked == actual:
            continue
        raise Refused(
            resource.asked_by,
            f"{asked_path[-1]} is {_text(actual)} and can never become {_text(asked)}; put it back, or make a "
            "new one with another name and move over",
        )


def _text(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _at(manifest: Json, path: Path) -> Json:
    for step in path:
        if not isinstance(manifest, Mapping) or step not in manifest:
            return None
        manifest = manifest[cast("str", step)]
    return manifest


def _named(manifest: Manifest, view: View, provider: Provider) -> Manifest:
    """The manifest of an object that exists, with its own external name (REL-10).

    Another external name is another object on AWS: the observed one wins. It does not if it names what the provider
    does not find: a NAT gateway that was deleted and made again would never get its new id.
    """
    metadata = cast("Manifest", manifest["metadata"])
    annotations = cast("Manifest", metadata["annotations"])
    asked, there = annotations.get(EXTERNAL_NAME), view.get(("metadata", "annotations", EXTERNAL_NAME))
    if asked is None or not there or asked in (there, provider.identity(view)):
        return manifest
    return {**manifest, "metadata": {**metadata, "annotations": {**annotations, EXTERNAL_NAME: there}}}


def _keep(manifest: Mapping[str, Json], view: View, path: Path) -> Manifest:
    """The manifest with what is unknown as it stands in an object that exists, also if that is nothing."""
    kept: Manifest = {}
    for name, value in manifest.items():
        if isinstance(value, Unknown):
            there = view.get((*path, name))
            if there is None and isinstance(value.initially, str):
                there = value.initially
            if there is not None:
                kept[name] = there
        elif isinstance(value, Mapping):
            kept[name] = _keep(value, view, (*path, name))
        else:
            kept[name] = value
    return kept


def keep(values: Mapping[str, Json], view: View, path: Path) -> Manifest:
    """`values` with every unknown leaf taken from what `view` has below `path`, and without what is empty."""
    return _filled(_keep(cast("Manifest", collapse(values)), view, path))


def _filled(values: Mapping[str, Json]) -> Manifest:
    full = {name: _filled(value) if isinstance(value, Mapping) else value for name, value in values.items()}
    return {name: value for name, value in full.items() if value != {}}


def _start(manifest: Mapping[str, Json]) -> Manifest:
    """The manifest of an object that does not exist: what may be left out or start otherwise, does."""
    started: Manifest = {}
    for name, value in manifest.items():
        if isinstance(value, Unknown) and value.initially in (Initially.OMIT, Initially.OWE):
            continue
        if isinstance(value, Unknown) and isinstance(value.initially, str):
            started[name] = value.initially
        elif isinstance(value, Mapping):
            started[name] = _start(value)
        else:
            started[name] = value
    return started


def _debt(manifest: Mapping[str, Json], written: Mapping[str, Json]) -> Unknown | None:
    """The first value without which an object that is written is unfinished."""
    for name, value in manifest.items():
        if isinstance(value, Unknown):
            if value.initially is Initially.OWE and name not in written:
                return value
        elif isinstance(value, Mapping):
            there = written.get(name)
            if (debt := _debt(value, there if isinstance(there, Mapping) else {})) is not None:
                return debt
    return None
