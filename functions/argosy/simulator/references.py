"""How the provider fills fields from other objects before it does anything else (crossplane-runtime, pkg/reference).

A reference is resolved once, unless its policy says `resolve: Always`; then at every reconcile. It leads to an object
of the same flavour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from argosy.simulator.flavours import Flavour
from argosy.simulator.kind import Extract, Kind, Reference
from argosy.simulator.values import Path, Values, at, clone, put

EXTERNAL_NAME = "crossplane.io/external-name"
EMPTY = "referenced field was empty (referenced resource may not yet be ready)"

Lookup: TypeAlias = "Callable[[str, str, str], Mapping[str, Any] | None]"
"""Finds an object by `<group>/<kind>`, namespace ("" if it has none) and name; None if there is none."""

Find: TypeAlias = "Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]"
"""Finds what a reference to a `<service>/<kind>` names."""


class UnresolvedError(Exception):
    """A reference has no value yet; the message is the provider's."""


def resolve(kind: Kind, spec: Values, flavour: Flavour, namespace: str, lookup: Lookup) -> Values:
    """The spec with all references resolved.

    Args:
        kind: of the object.
        spec: its spec.
        flavour: its flavour.
        namespace: its namespace, "" if it has none.
        lookup: finds other objects.

    Raises:
        UnresolvedError: at the first that has no value, as the provider does.
    """

    def find(path: str, reference: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return lookup(flavour.path(path), reference.get("namespace") or namespace, reference["name"])

    result = spec
    for reference in kind.references:
        for section in ("forProvider", "initProvider"):
            named = at(spec, (section, *reference.ref))
            if not named or not _due(at(result, (section, *reference.value)), named):
                continue
            if result is spec:
                result = clone(spec)
            put(result, (section, *reference.value), _values(reference, named, flavour, find))
    return result


def _due(current: Any, named: Any) -> bool:
    """Whether the reference is to be resolved now."""
    each = named if isinstance(named, list) else [named]
    return not current or any(at(one, ("policy", "resolve")) == "Always" for one in each)


def _values(reference: Reference, named: Any, flavour: Flavour, find: Find) -> str | list[str]:
    each: Sequence[Any] = named if isinstance(named, list) else [named]
    values = [_value(reference, one, flavour, find) for one in each]
    return values if isinstance(named, list) else values[0]


def _value(reference: Reference, named: Mapping[str, Any], flavour: Flavour, find: Find) -> str:
    target = find(reference.kind, named)
    if target is None:
        missing = f'{flavour.resource(reference.kind)} "{named["name"]}" not found'
        raise UnresolvedError(f"{_go(reference.value)}: cannot get referenced resource: {missing}")
    value = _extract(reference.extract, target)
    if not value:
        raise UnresolvedError(f"{_go(reference.value)}: {EMPTY}")
    return value


def _extract(extract: Extract, target: Mapping[str, Any]) -> str:
    told = at(target, ("status", "atProvider")) or {}
    name = str(at(target, ("metadata", "annotations", EXTERNAL_NAME)) or "")
    match extract:
        case Extract.EXTERNAL_NAME:
            return name
        case Extract.ACTIVE_NAME:
            return name if told.get("status") == "ACTIVE" else ""
        case Extract.ARN:
            return str(told.get("arn") or "")
        case Extract.ID:
            return str(told.get("id") or "")
        case Extract.PRINCIPAL:
            return str(told.get("principalArn") or "")


def _go(path: Path) -> str:
    """The field as the provider's Go code calls it: `vpcId` as `mg.Spec.ForProvider.VPCID`."""
    return ".".join(("mg", "Spec", "ForProvider", *(_go_name(name) for name in path)))


def _go_name(name: str) -> str:
    for short in ("vpc", "kms", "db", "iam"):
        if name.startswith(short):
            name = short.upper() + name[len(short) :]
    name = name[:1].upper() + name[1:]
    return f"{name[:-2]}ID" if name.endswith("Id") else name
