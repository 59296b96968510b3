"""Keeps the cache current: one thread for each kind lists once and then watches."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from threading import Event, Lock, Thread
from typing import Protocol

from argosy.simulator.live.api import FailedError, Resource
from argosy.simulator.live.cache import Cache, number
from argosy.simulator.values import Values

NOT_SERVED_SECONDS = 3.0
"""How often a kind without CustomResourceDefinition is looked for."""
RETRY_SECONDS = 1.0
"""How often a server that does not answer is asked."""


class Reader(Protocol):
    """What watching needs of an API server; see `Api`."""

    def discover(self, resource: Resource) -> str | None:
        """The path under which a kind is listed, None if it is not served."""

    def list(self, where: str, name: str) -> tuple[list[Values], str]:
        """All objects, or the one of that name, and the resourceVersion of the list."""

    def watch(self, where: str, name: str, version: str) -> Iterator[tuple[str, Values]]:
        """Types of events and objects that came after `version`, until the server ends it."""


class Contact:
    """Whether the server answers at all: one line in the log when it stops and one when it does again."""

    def __init__(self) -> None:
        """Starts as if it did."""
        self._lock = Lock()
        self._lost = False

    def lost(self, reason: object) -> None:
        """It did not."""
        with self._lock:
            if not self._lost:
                logging.warning("lost     the API server does not answer: %s", reason)
            self._lost = True

    def found(self) -> None:
        """It did."""
        with self._lock:
            if self._lost:
                logging.info("found    the API server answers again")
            self._lost = False


class Watcher:
    """Watches one kind for ever."""

    def __init__(self, resource: Resource, api: Reader, cache: Cache, contact: Contact) -> None:
        """Does nothing before `start`."""
        self.resource = resource
        self.where = ""
        """The path under which the kind is listed; empty as long as it is not served."""
        self.known = Event()
        """Set once the kind is listed, or known not to be served."""
        self._api, self._cache, self._contact = api, cache, contact
        self._version = ""
        self._refused = ""

    def start(self) -> None:
        """Begins, in a thread that ends with the process."""
        Thread(target=self._run, name=self.resource.path, daemon=True).start()

    def _run(self) -> None:
        pause = Event()
        while True:
            pause.wait(self.round())

    def round(self) -> float:
        """Lists if it must, and watches until that ends; seconds to wait before the next round."""
        try:
            if not self._version and not self._list():
                return NOT_SERVED_SECONDS
            self._follow()
        except FailedError as error:
            return self._failed(error)
        return 0

    def _list(self) -> bool:
        """Lists the kind; False if it is not served."""
        self.where = self._api.discover(self.resource) or ""
        if self.where:
            items, self._version = self._api.list(self.where, self.resource.name)
            self._cache.replace(self.resource.path, items, int(self._version))
        else:
            self._cache.clear(self.resource.path)
        self._contact.found()
        self._refused = ""
        self.known.set()
        return bool(self.where)

    def _follow(self) -> None:
        apply: dict[str, Callable[[str, Values], None]] = {
            "ADDED": self._cache.put,
            "MODIFIED": self._cache.put,
            "DELETED": self._cache.remove,
        }
        for kind, item in self._api.watch(self.where, self.resource.name, self._version):
            self._contact.found()
            if kind in apply:
                apply[kind](self.resource.path, item)
            self._version = str(number(item))  # also that of a BOOKMARK

    def _failed(self, error: FailedError) -> float:
        """What to do after a failure: go on where it was, or list again."""
        if error.status:
            self._version = ""  # whatever it says, such as 410: only a new list helps
        if error.status == 410:
            return 0
        if error.passing:
            self._contact.lost(error)
            return RETRY_SECONDS
        if self._refused != str(error):
            logging.error("failed   watch of %s: %s", self.resource.path, error)
        self._refused = str(error)
        return RETRY_SECONDS
