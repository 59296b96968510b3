"""The kinds that claims compose, of every engine, whoever serves them."""

from __future__ import annotations

from argosy.catalog import ENGINES
from argosy.engines.base import PROTECTION_GROUP, Kind


def composed_kinds(*engines: str) -> list[Kind]:
    """Kinds that need rights, metrics and permissions: all but Usages, which are Crossplane's own.

    Args:
        engines: names of engines; all of them if none is named.
    """
    found = {kind for name in engines or ENGINES for kind in ENGINES[name].emits if kind.group != PROTECTION_GROUP}
    return sorted(found, key=lambda kind: (kind.group, kind.kind))
