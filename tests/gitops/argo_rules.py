"""What an AppProject lets its Applications do, by Argo CD's rules.

Read from argo-cd v3.2.11, pkg/apis/application/v1alpha1/app_project_types.go: IsSourcePermitted, isDestinationMatched,
IsGroupKindPermitted, globMatch. Of patterns, only `*` is known here: it is all that our projects hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

HUB = ("in-cluster", "https://kubernetes.default.svc")
"""Name and address of the hub, as a destination."""


def allows_source(project: Mapping[str, Any], repository: str) -> bool:
    """Whether Applications may come from a repository."""
    patterns = project["spec"]["sourceRepos"]
    return any(_fits(pattern, repository, but="/") for pattern in patterns if not pattern.startswith("!")) and all(
        _fits(pattern[1:], repository, but="/") is False for pattern in patterns if pattern.startswith("!")
    )


def allows_destination(project: Mapping[str, Any], name: str, server: str, namespace: str) -> bool:
    """Whether Applications may go to a namespace of a cluster: one entry must fit, and no denial speak against it."""
    allowed = False
    for item in project["spec"]["destinations"]:
        named, served = _matches(item.get("name", ""), name), _matches(item.get("server", ""), server)
        here = _matches(item["namespace"], namespace)
        if (named or served) and here:
            allowed = True
        elif (
            (not named and item.get("name", "").startswith("!"))
            or (not served and item.get("server", "").startswith("!") and here)
            or (not here and item["namespace"].startswith("!") and served)
        ):
            return False
    return allowed


def allows_kind(project: Mapping[str, Any], group: str, kind: str, *, namespaced: bool = True) -> bool:
    """Whether Applications may hold a kind. Without a list, every namespaced kind may be, and no other."""
    scope = "namespaceResource" if namespaced else "clusterResource"
    white, black = (project["spec"].get(f"{scope}{colour}") for colour in ("Whitelist", "Blacklist"))
    listed = namespaced if white is None else _listed(white, group, kind)
    return listed and not _listed(black or [], group, kind)


def _listed(entries: Iterable[Mapping[str, str]], group: str, kind: str) -> bool:
    return any(_fits(entry["group"], group) and _fits(entry["kind"], kind) for entry in entries)


def _matches(pattern: str, value: str) -> bool:
    """globMatch with negation."""
    return not _fits(pattern[1:], value) if pattern.startswith("!") else _fits(pattern, value)


def _fits(pattern: str, value: str, but: str = "") -> bool:
    any_text = f"[^{but}]*" if but and pattern != "*" else ".*"
    return re.fullmatch(re.escape(pattern).replace(r"\*", any_text), value) is not None
