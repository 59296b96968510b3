"""Places in objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def at(value: Any, *path: str | int) -> Any:
    """The value at a path, or None."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value
