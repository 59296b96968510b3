"""How ACK fills fields from other objects (the controllers' generated `references.go`, runtime v0.62.0 pkg/errors).

At every reconcile, and for that reconcile alone: what a reference stands for is never written into the object. Its
target must be there, in no hopeless state, and synced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.simulator.ack.conditions import SYNCED, TERMINAL, is_true
from argosy.simulator.ack.kind import AckKind, Reference
from argosy.simulator.references import Lookup
from argosy.simulator.values import Path, Values, at, clone


class UnresolvedError(Exception):
    """A reference has no value; the message is the controller's.

    Attributes:
        so_far: the spec with the references before it resolved.
    """

    so_far: Values


def resolve(
    kind: AckKind, spec: Values, namespace: str, lookup: Lookup, kinds: Mapping[str, AckKind]
) -> tuple[Values, bool]:
    """The spec with all references resolved, and whether it has any.

    Args:
        kind: of the object.
        spec: its spec.
        namespace: its namespace.
        lookup: finds other objects.
        kinds: all kinds of ACK.

    Raises:
        UnresolvedError: at the first that has no value.
    """
    result = clone(spec)
    wrong = _contradictions(kind, result)
    found = False
    for reference in kind.references:
        for parent in _parents(result, reference.ref[:-1]):
            named = parent.get(reference.ref[-1])
            if not named:
                continue
            found = True
            each = named if isinstance(named, list) else [named]
            try:
                values = [_value(reference, one, namespace, lookup, kinds[reference.kind]) for one in each]
            except UnresolvedError as error:
                error.so_far = result
                raise
            parent[reference.value] = values if isinstance(named, list) else values[0]
    if wrong:
        contradiction = UnresolvedError(wrong)
        contradiction.so_far = result
        raise contradiction
    return result, found


def _contradictions(kind: AckKind, spec: Mapping[str, Any]) -> str:
    for reference in kind.references:
        value, ref = (_go((*reference.ref[:-1], name)) for name in (reference.value, reference.ref[-1]))
        for parent in _parents(spec, reference.ref[:-1]):
            has_value, has_ref = bool(parent.get(reference.value)), bool(parent.get(reference.ref[-1]))
            if has_value and has_ref:
                return f"both resource reference wrapper and ID cannot be used together: {value},{ref}"
            if reference.required and not has_value and not has_ref:
                return f"resource reference wrapper or ID required: {value},{ref}"
    return ""


def _parents(value: Any, path: Path) -> Iterator[Values]:
    """Every object at a path, through lists."""
    if isinstance(value, list):
        for one in value:
            yield from _parents(one, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        else:
            yield from _parents(value.get(path[0]), path[1:])


def _value(reference: Reference, named: Mapping[str, Any], namespace: str, lookup: Lookup, kind: AckKind) -> str:
    name = at(named, ("from", "name"))
    if not name:
        raise UnresolvedError(f"provided resource reference is nil or empty: {_go(reference.ref)}")
    place = at(named, ("from", "namespace")) or namespace
    target = lookup(f"{kind.group}/{kind.kind}", place, name)
    if target is None:
        raise UnresolvedError(f'{kind.resource} "{name}" not found')
    whose = f"resource:{kind.kind}, namespace:{place}, name:{name}"
    status = target.get("status") or {}
    if is_true(status, TERMINAL):
        raise UnresolvedError(
            f"the referenced resource has 'ACK.Terminal' condition 'True'. Cannot be referenced. {whose}"
        )
    if not is_true(status, SYNCED):
        raise UnresolvedError(f"the referenced resource is not synced yet. {whose}")
    value = at(target, kind.copied)
    if not value:
        field = ".".join(_go_name(part) for part in kind.copied)
        raise UnresolvedError(f"the referenced resource is missing the target field. {whose}, targetField:{field}")
    return str(value)


def _go(path: Path) -> str:
    """The field as the controller's Go code calls it: `vpcRef` as `VPCRef`."""
    return ".".join(_go_name(name) for name in path)


def _go_name(name: str) -> str:
    for short in ("ack", "arn", "db", "kms", "vpc"):
        if name.startswith(short):
            return short.upper() + name[len(short) :]
    return name[:1].upper() + name[1:]
