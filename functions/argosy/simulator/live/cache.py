"""What the API server holds, as watches and answers tell it. Objects are values: whoever has one may keep it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, TypeAlias

from argosy.simulator.values import Values

Identity: TypeAlias = "tuple[str, str, str]"
"""Path of the kind, namespace ("" if it has none), name."""
REMEMBERED = 10_000
"""So many deleted objects are remembered."""


class Cache:
    """Objects by identity, each in the newest version that anybody told."""

    def __init__(self) -> None:
        """Starts empty."""
        self.version = 0
        """Counts changes."""
        self._lock = Lock()
        self._items: dict[Identity, Values] = {}
        self._gone: dict[str, None] = {}

    def snapshot(self) -> tuple[int, dict[Identity, Values]]:
        """The count of changes and all objects, as of one moment."""
        with self._lock:
            return self.version, dict(self._items)

    def put(self, path: str, item: Mapping[str, Any]) -> None:
        """Takes an object, unless a newer version of it is known or it is gone."""
        with self._lock:
            self._put(path, item)

    def remove(self, path: str, item: Mapping[str, Any]) -> None:
        """Takes an object out, unless there is a newer one of that name."""
        with self._lock:
            self._forget(item["metadata"]["uid"])
            there = self._items.get(identity(path, item))
            if there is not None and number(there) <= number(item):
                self._drop(identity(path, item))

    def replace(self, path: str, items: Iterable[Mapping[str, Any]], version: int) -> None:
        """Takes a list of a whole kind: what is missing in it and not newer than it is gone.

        Args:
            path: path of the kind.
            items: all objects.
            version: resourceVersion of the list.
        """
        with self._lock:
            listed = {identity(path, item): item for item in items}
            for missing in [key for key in self._items if key[0] == path and key not in listed]:
                if number(self._items[missing]) <= version:
                    self._forget(self._items[missing]["metadata"]["uid"])
                    self._drop(missing)
            for item in listed.values():
                self._put(path, item)

    def clear(self, path: str) -> None:
        """Takes out a whole kind that is not served. Should it be served again, the same objects may come back."""
        with self._lock:
            for key in [key for key in self._items if key[0] == path]:
                self._drop(key)

    def _put(self, path: str, item: Mapping[str, Any]) -> None:
        key, metadata = identity(path, item), item["metadata"]
        there = self._items.get(key)
        # the answer to a write may arrive after the event that says that the object is gone
        if metadata["uid"] in self._gone or (there is not None and number(item) <= number(there)):
            return
        # without managedFields the server keeps those that it has
        kept = {name: value for name, value in metadata.items() if name != "managedFields"}
        self._items[key] = {**item, "metadata": kept}
        self.version += 1

    def _drop(self, key: Identity) -> None:
        del self._items[key]
        self.version += 1

    def _forget(self, uid: str) -> None:
        self._gone[uid] = None
        if len(self._gone) > REMEMBERED:
            del self._gone[next(iter(self._gone))]


def identity(path: str, item: Mapping[str, Any]) -> Identity:
    """What the cache tells objects apart by."""
    return path, item["metadata"].get("namespace", ""), item["metadata"]["name"]


def number(item: Mapping[str, Any]) -> int:
    """The resourceVersion. It grows with every write to the server (KEP-5504, Kubernetes 1.35)."""
    return int(item["metadata"]["resourceVersion"])
