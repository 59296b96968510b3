"""AWS Controllers for Kubernetes (ACK): another provider's view of the same AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.ack.controller import REGION, reconcile
from argosy.simulator.ack.kind import AckKind
from argosy.simulator.ack.kinds import ACK_KINDS
from argosy.simulator.flavours import group_of
from argosy.simulator.values import at

SUFFIX = ".services.k8s.aws"


def ack_kind_of(item: Mapping[str, Any]) -> AckKind | None:
    """What there is to say about an object's kind; None if it is none of ACK's that are known here."""
    service, _, rest = group_of(item).partition(".")
    return ACK_KINDS.get(f"{service}/{item.get('kind')}") if f".{rest}" == SUFFIX else None


def region_of(item: Mapping[str, Any]) -> str:
    """The region that an object asks for, "" if it leaves that to its namespace."""
    return str((item["metadata"].get("annotations") or {}).get(REGION, ""))


def invalid(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What the API server says to a change by the rules in the CRD; nothing if that is empty.

    A rule compares what there was with what there is to be: a field that comes or goes is none of its business.
    """
    kind = ack_kind_of(now)
    if kind is None:
        return ""
    wrong = [
        f'spec.{".".join(path)}: Invalid value: "{_type(there)}": Value is immutable once set'
        for path in kind.immutable
        if (there := at(now["spec"], path)) is not None
        and (was := at(before["spec"], path)) is not None
        and was != there
    ]
    if not wrong:
        return ""
    said = wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]"
    return f'{kind.kind}.{kind.group} "{now["metadata"]["name"]}" is invalid: {said}'


def _type(value: Any) -> str:
    return {str: "string", int: "integer", list: "array", dict: "object", bool: "boolean"}[type(value)]


__all__ = ["ACK_KINDS", "AckKind", "ack_kind_of", "invalid", "reconcile", "region_of"]
