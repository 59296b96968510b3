"""Lets beats pass: every managed resource is reconciled as of the beginning of the beat, and what differs written.

A beat in which nothing can happen costs nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol

from argosy.simulator import DELAYS, KINDS, Account, provider
from argosy.simulator.flavours import FLAVOURS
from argosy.simulator.kind import Kind
from argosy.simulator.live import configs
from argosy.simulator.live.api import FailedError
from argosy.simulator.live.cache import Cache, Identity
from argosy.simulator.live.changes import Change, change, without_finalizer
from argosy.simulator.live.cloud import CONFIGS, CONNECT, Cloud, UnconnectedError, config_named
from argosy.simulator.live.settings import CONFIG, Reading, Settings
from argosy.simulator.live.watching import Contact
from argosy.simulator.policies import is_paused, unsupported
from argosy.simulator.provider import FINALIZER
from argosy.simulator.references import Lookup
from argosy.simulator.values import Values

FINAL = frozenset({404, 409, 422})
"""Answers after which the same write makes no sense: the watch brings what is new, or the object itself is wrong.

403 is none: a server that has just started knows no roles yet and refuses everybody for a moment.
"""
MANAGED: Mapping[str, Kind] = {flavour.path(path): kind for flavour in FLAVOURS for path, kind in KINDS.items()}
"""All kinds of managed resources, by `<group>/<kind>`."""
NOWHERE = Account("")
"""Stands for the account of objects that lead to none: nothing is ever made there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """A reconcile that changed nothing, with all that it depends on.

    A hub has thousands of objects, of which few are being made: without this each beat takes longer than a beat.

    Attributes:
        item: the object, as it was.
        settings: what people asked for.
        account: that it leads to, and in which nothing happened by itself.
        moment: count of what had changed there.
        read: the objects that were looked up, None where there was none.
        config: the ProviderConfig that counts it as a user, if any does.
    """

    item: Values
    settings: Settings
    account: Account
    moment: tuple[int, int]
    read: Mapping[Identity, Values | None]
    config: Identity | None


class Writer(Protocol):
    """What writing needs of an API server; see `Api`."""

    def replace(self, where: str, item: Mapping[str, Any], *, status: bool = False) -> Values:
        """Replaces an object as it was read, or its status; the object as it is then."""


class Controller:
    """provider-upjet-aws for all its kinds."""

    def __init__(
        self,
        *,
        cache: Cache,
        cloud: Cloud,
        api: Writer,
        where: Callable[[str], str],
        writers: Executor,
        contact: Contact,
        now: Callable[[], str],
    ) -> None:
        """Writes nothing before `step`.

        Args:
            cache: what the API server holds.
            cloud: the AWS accounts.
            api: where changes are written.
            where: the path under which a kind is listed, by its path.
            writers: who writes, several changes at a time.
            contact: is told when the server does not answer.
            now: the time, RFC 3339.
        """
        self._contact = contact
        self._cache, self._cloud, self._api = cache, cloud, api
        self._where, self._writers, self._now = where, writers, now
        self._reading = Reading()
        self._seen: tuple[int, int] | None = None
        self._refused: dict[str, str] = {}
        self._quiet: dict[Identity, Quiet] = {}
        self._changed: Counter[str] = Counter()

    @property
    def settings(self) -> Settings:
        """What people asked for, as of the last beat."""
        return self._reading.current

    def step(self) -> bool:
        """One beat; False if nothing could happen in it."""
        version, items = self._cache.snapshot()
        if self._seen == (version, self._cloud.version) and not self._cloud.restless:
            return False
        settings = self._reading.read(items.get((CONFIG.path, CONFIG.namespace, CONFIG.name)))
        with self._cloud.lock:
            self._cloud.beat()
            self._seen = (version, self._cloud.version)
            changes = self._reconcile(items, settings)
            self._cloud.save()  # before anybody is told: AWS has it, whatever becomes of the provider
        if not all(self._writers.map(self._write, changes)):
            self._seen = None
        return True

    def _reconcile(self, items: Mapping[Identity, Values], settings: Settings) -> list[Change]:
        now = self._now()
        quiet, self._quiet = self._quiet, {}
        users: Counter[Identity | None] = Counter()
        changes: list[Change] = []
        for key in sorted(key for key in items if key[0] in MANAGED):
            item, found = items[key], quiet.get(key)
            if found is None or not self._lasts(found, item, items, settings):
                found, after = self._managed(key[0], item, items, settings)
                changed = change(key[0], item, after, now)
                if changed is not None:
                    changes.append(changed)
                    self._changed[found.account.number] += 1
                elif not found.account.restless:
                    self._quiet[key] = found
            else:
                self._quiet[key] = found
            users[found.config] += 1
        used = (
            change(key[0], items[key], configs.reconcile(items[key], users[key]), now)
            for key in sorted(key for key in items if key[0] in CONFIGS)
        )
        return [*(changed for changed in used if changed is not None), *changes]

    def _lasts(self, quiet: Quiet, item: Values, items: Mapping[Identity, Values], settings: Settings) -> bool:
        """Whether all that a reconcile depended on is the same: objects are values, so a change is another one."""
        same = quiet.item is item and quiet.settings is settings and quiet.moment == self._moment(quiet.account)
        return same and all(items.get(key) is found for key, found in quiet.read.items())

    def _moment(self, account: Account) -> tuple[int, int]:
        """Grows with all that changes in an account, also with what AWS only then tells of what is there."""
        return account.version, self._changed[account.number]

    def _managed(
        self, path: str, item: Values, items: Mapping[Identity, Values], settings: Settings
    ) -> tuple[Quiet, Values]:
        """A managed resource as it is after its reconcile, and what that depends on."""
        read: dict[Identity, Values | None] = {}

        def find(path: str, namespace: str, name: str) -> Values | None:
            found = read[path, namespace, name] = items.get((path, namespace, name))
            return found

        account, unconnected = self._account(item, find)
        untracked = configs.untracked(item, find(configs.NAMESPACE.path, "", item["metadata"].get("namespace", "")))
        if not unconnected and untracked:
            account, unconnected = NOWHERE, f"{CONNECT}: {untracked}"
        after = self._after(item, MANAGED[path], account, unconnected, find, settings)
        config = None if untracked else config_named(item)
        moment = self._moment(account)
        quiet = Quiet(item=item, settings=settings, account=account, moment=moment, read=read, config=config)
        return quiet, after

    def _after(
        self, item: Values, kind: Kind, account: Account, unconnected: str, find: Lookup, settings: Settings
    ) -> Values:
        if not unconnected and _is_new(item):
            # An object without finalizer may be gone by now. What was made for it would stay on AWS, and nobody's.
            return {**item, "metadata": {**item["metadata"], "finalizers": [*_finalizers(item), FINALIZER]}}
        uid = item["metadata"]["uid"]
        world = provider.World(
            lookup=find,
            account=account,
            delays=DELAYS,
            slow={uid: settings.slow(item)},
            faults={uid: settings.message(item)},
            unconnected=unconnected,
        )
        return provider.reconcile(item, uid, kind, world) or without_finalizer(item, FINALIZER)

    def _account(self, item: Mapping[str, Any], find: Lookup) -> tuple[Account, str]:
        """The account that an object means, and what keeps the provider from calling it."""
        try:
            return self._cloud.account(item, find), ""
        except UnconnectedError as error:
            return NOWHERE, str(error)

    def _write(self, wanted: Change) -> bool:
        """Writes one change; False if it must be tried again though nothing else changes."""
        where, current = self._where(wanted.path), wanted.before
        try:
            if wanted.of_object:
                current = self._api.replace(where, wanted.after)
                self._take(wanted.path, current)
            if wanted.of_status:
                status = {**current, "status": wanted.after["status"]}
                current = self._api.replace(where, status, status=True)
                self._take(wanted.path, current)
        except FailedError as error:
            return self._failed(wanted, error)
        self._contact.found()
        self._refused.pop(current["metadata"]["uid"], None)
        for line in _news(wanted):
            logging.info("%s", line)
        return True

    def _take(self, path: str, item: Mapping[str, Any]) -> None:
        """What the server answers is newer than what the watch has told so far."""
        if "deletionTimestamp" in item["metadata"] and not item["metadata"].get("finalizers"):
            self._cache.remove(path, item)
        else:
            self._cache.put(path, item)

    def _failed(self, wanted: Change, error: FailedError) -> bool:
        uid, text = wanted.before["metadata"]["uid"], str(error)
        if not error.status:
            self._contact.lost(error)
        elif error.status not in (404, 409) and self._refused.get(uid) != text:
            self._refused[uid] = text
            logging.error("failed   %s: %s", _name(wanted.before), text)
        return error.status in FINAL


def _finalizers(item: Mapping[str, Any]) -> list[str]:
    return item["metadata"].get("finalizers") or []


def _is_new(item: Mapping[str, Any]) -> bool:
    """Whether the provider has still to write its finalizer (crossplane-runtime: AddFinalizer, then Create)."""
    is_left_alone = is_paused(item) or unsupported(item["spec"])
    return "deletionTimestamp" not in item["metadata"] and FINALIZER not in _finalizers(item) and not is_left_alone


EVENTS = {"Creating": "creating", "Available": "ready", "Deleting": "deleting"}
"""Reasons of the condition Ready, in the log's words."""


def _news(wanted: Change) -> Iterator[str]:
    """What a change tells to whoever reads the log."""
    name = _name(wanted.before)
    was, now = (_conditions(item) for item in (wanted.before, wanted.after))
    if now["Synced"] != was["Synced"] and now["Synced"][0] == "False":
        paused = is_paused(wanted.after)
        yield f"paused   {name}" if paused else f"refused  {name}: {now['Synced'][2]}"
    if now["Ready"][1] != was["Ready"][1] and now["Synced"][0] == "True":
        yield f"{EVENTS[now['Ready'][1]]:<8} {name}"
    had, has = (FINALIZER in item["metadata"].get("finalizers", ()) for item in (wanted.before, wanted.after))
    if had and not has:
        yield f"deleted  {name}"


def _conditions(item: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Status, reason and message of Synced and Ready."""
    found = {one["type"]: one for one in item.get("status", {}).get("conditions", ())}
    names = ("status", "reason", "message")
    return {kind: tuple(found.get(kind, {}).get(name, "") for name in names) for kind in ("Synced", "Ready")}


def _name(item: Mapping[str, Any]) -> str:
    metadata = item["metadata"]
    return "/".join(part for part in (metadata.get("namespace"), item["kind"], metadata["name"]) if part)
