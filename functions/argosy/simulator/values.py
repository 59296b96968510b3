"""JSON values: copying, merging, comparing. What is stored is never changed in place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Values: TypeAlias = "dict[str, Any]"
Path: TypeAlias = "tuple[str, ...]"

FREE_MAPS = frozenset({"tags", "labels"})
"""Fields whose keys users choose: a missing key is a removed one. Elsewhere a missing field is no opinion."""


def clone(value: Any) -> Any:
    """A copy that shares nothing that can change."""
    if isinstance(value, dict):
        return {name: clone(item) for name, item in value.items()}
    if isinstance(value, list):
        return [clone(item) for item in value]
    return value


def merged(below: Mapping[str, Any], above: Mapping[str, Any], *, whole: frozenset[str] = frozenset()) -> Values:
    """Both, objects field by field; where both have a value, that of `above`.

    Args:
        below: what counts where `above` has nothing.
        above: what counts first.
        whole: fields whose objects are replaced as a whole.
    """
    result = {name: clone(item) for name, item in below.items()}
    for name, item in above.items():
        there = result.get(name)
        if isinstance(item, Mapping) and isinstance(there, Mapping) and name not in whole:
            result[name] = merged(there, item, whole=whole)
        else:
            result[name] = clone(item)
    return result


def at(value: Any, path: Path) -> Any:
    """The value at a path, or None."""
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def put(target: Values, path: Path, value: Any) -> None:
    """Sets the value at a path; `target` must be a copy of its own."""
    for step in path[:-1]:
        target = target.setdefault(step, {})
    target[path[-1]] = value


def differences(asked: Mapping[str, Any], actual: Mapping[str, Any], path: Path = ()) -> dict[Path, tuple[Any, Any]]:
    """What is asked for and not so: path to actual and asked value. What is not asked for is no difference."""
    found: dict[Path, tuple[Any, Any]] = {}
    for name, value in asked.items():
        there = actual.get(name)
        if isinstance(value, Mapping) and name not in FREE_MAPS:
            found.update(differences(value, there if isinstance(there, Mapping) else {}, (*path, name)))
        elif value != there and not _same_set(value, there):
            found[(*path, name)] = (there, value)
    return found


def _same_set(one: Any, other: Any) -> bool:
    """Lists of texts are sets for AWS: ids, ARNs, names."""
    if not isinstance(one, list) or not isinstance(other, list) or len(one) != len(other):
        return False
    return all(isinstance(item, str) for item in (*one, *other)) and sorted(one) == sorted(other)


def digest(*parts: str) -> str:
    """64 hex digits that follow from `parts` alone: ids without a clock or dice."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def uuid(*parts: str) -> str:
    """A UUID that follows from `parts` alone."""
    text = digest(*parts)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def texts(value: Any) -> Sequence[str]:
    """A text or a list of texts as a list."""
    return [value] if isinstance(value, str) else list(value or ())
