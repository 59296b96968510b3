"""An API server in memory, as far as the simulator's controller needs one, and a controller that works on it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

from argosy.simulator.flavours import CLUSTER_SCOPED, NAMESPACED, Flavour, group_of
from argosy.simulator.live.api import FailedError
from argosy.simulator.live.cache import Cache, Identity, identity
from argosy.simulator.live.cloud import Cloud
from argosy.simulator.live.controller import Controller
from argosy.simulator.live.watching import Contact
from tests.simulator.objects import Manifest

ACCOUNT = "111122223333"
NAMESPACE = "team"
FOREGROUND = "foregroundDeletion"


class Server:
    """Objects with resourceVersions, and watches that may lag behind."""

    def __init__(self) -> None:
        self.cache = Cache()
        self.lagging = False
        self.failure: FailedError | None = None
        self.written: list[tuple[str, str]] = []
        self.before_write: Callable[[], None] = lambda: None
        self._items: dict[Identity, Manifest] = {}
        self._held: list[tuple[str, str, Manifest]] = []
        self._version = 100
        self._uids = count()

    def __getitem__(self, key: Identity) -> Manifest:
        return self._items[key]

    def __contains__(self, key: Identity) -> bool:
        return key in self._items

    @property
    def items(self) -> list[Manifest]:
        return list(self._items.values())

    def create(
        self, *items: Mapping[str, Any], namespace: str = NAMESPACE, labels: Mapping[str, str] | None = None
    ) -> None:
        for given in items:
            item = copy.deepcopy(dict(given))
            item["metadata"] |= {"uid": f"uid-{next(self._uids)}", "generation": 1}
            if _is_in(item, namespace):
                item["metadata"]["namespace"] = namespace
            if labels:
                item["metadata"]["labels"] = dict(labels)
            self._store("ADDED", item)

    def edit(self, key: Identity, change: Callable[[Manifest], None]) -> None:
        item = copy.deepcopy(self._items[key])
        change(item)
        self._store("MODIFIED", item)

    def delete(self, key: Identity, *, foreground: bool = False) -> None:
        item = copy.deepcopy(self._items[key])
        finalizers = item["metadata"].setdefault("finalizers", [])
        if foreground:
            finalizers.append(FOREGROUND)
        item["metadata"]["deletionTimestamp"] = "2026-02-02T00:00:00Z"
        self._store("MODIFIED", item)

    def delete_all(self) -> None:
        for key in list(self._items):
            self.delete(key)

    def deliver(self) -> None:
        """What the watches have not told yet."""
        for kind, path, item in self._held:
            (self.cache.remove if kind == "DELETED" else self.cache.put)(path, item)
        self._held = []

    def replace(self, where: str, item: Mapping[str, Any], *, status: bool = False) -> Manifest:
        self.before_write()
        if self.failure is not None:
            raise self.failure
        there = self._items.get(identity(where, item))
        if there is None:
            raise FailedError(404, "not found")
        if there["metadata"]["resourceVersion"] != item["metadata"]["resourceVersion"]:
            raise FailedError(409, "the object has been modified")
        new = copy.deepcopy(there)
        if status:
            new["status"] = copy.deepcopy(item["status"])
        else:
            new["metadata"], new["spec"] = copy.deepcopy(item["metadata"]), copy.deepcopy(item["spec"])
            _check_finalizers(there, new)
            new["metadata"]["generation"] += new["spec"] != there["spec"]
        self.written.append((item["metadata"]["name"], "status" if status else "object"))
        return copy.deepcopy(self._store("MODIFIED", new))

    def _store(self, event: str, item: Manifest) -> Manifest:
        self._version += 1
        item["metadata"]["resourceVersion"] = str(self._version)
        path = path_of(item)
        if "deletionTimestamp" in item["metadata"] and not item["metadata"].get("finalizers"):
            event = "DELETED"
            self._items.pop(identity(path, item), None)
        else:
            self._items[identity(path, item)] = item
        self._held.append((event, path, item))
        if not self.lagging:
            self.deliver()
        return item


def _check_finalizers(there: Manifest, new: Manifest) -> None:
    """A deleted object gets no new finalizers."""
    more = set(new["metadata"].get("finalizers", ())) - set(there["metadata"].get("finalizers", ()))
    if "deletionTimestamp" in there["metadata"] and more:
        raise FailedError(422, "no new finalizers can be added if the object is being deleted")


def path_of(item: Mapping[str, Any]) -> str:
    group = group_of(item)
    return f"{group}/{item['kind']}" if group else str(item["kind"])


def key_of(item: Mapping[str, Any], namespace: str = NAMESPACE) -> Identity:
    """The identity of an object that was created in a namespace, or of a cluster-scoped one."""
    return path_of(item), namespace if _is_in(item, namespace) else "", item["metadata"]["name"]


def _is_in(item: Mapping[str, Any], namespace: str) -> bool:
    """Whether what is created in a namespace gets there: nothing cluster-scoped does."""
    is_cluster_scoped = group_of(item).endswith(CLUSTER_SCOPED.group)
    return bool(namespace) and not is_cluster_scoped


def provider_config(
    account: str = ACCOUNT,
    *,
    kind: str = "ProviderConfig",
    roles: Iterable[str] = ("hub", "team"),
    flavour: Flavour = NAMESPACED,
) -> Manifest:
    chain = [{"roleARN": f"arn:aws:iam::{'999999999999' if role == 'hub' else account}:role/{role}"} for role in roles]
    return {
        "apiVersion": f"{flavour.group}/v1beta1",
        "kind": kind,
        "metadata": {"name": "argosy"},
        "spec": {"credentials": {"source": "PodIdentity"}, "assumeRoleChain": chain},
    }


def config_map(**data: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "simulator"}, "spec": {}, "data": data}


class Hub:
    """A server and a controller; time goes on by a second per beat."""

    def __init__(self, state: Path | None = None) -> None:
        self.server = Server()
        self.seconds = 0
        self.restart(state)

    def restart(self, state: Path | None = None) -> None:
        """Another process, that knows what the server and the state file have."""
        self.cloud = Cloud("000011112222", state=state)
        self.controller = Controller(
            cache=self.server.cache,
            cloud=self.cloud,
            api=self.server,
            where=lambda path: path,
            writers=ThreadPoolExecutor(1),
            contact=Contact(),
            now=lambda: f"2026-03-03T00:{self.seconds // 60:02}:{self.seconds % 60:02}Z",
        )

    def beats(self, number: int = 30) -> None:
        for _ in range(number):
            self.seconds += 1
            self.controller.step()

    def settle(self, most: int = 60) -> int:
        """Lets beats pass until nothing can happen; how many that were."""
        for beat in range(most):
            self.seconds += 1
            if not self.controller.step():
                return beat
        raise AssertionError(f"not settled after {most} beats; last writes: {self.server.written[-10:]}")

    def things(self, account: str = ACCOUNT) -> list[str]:
        """Kinds of what exists on AWS."""
        return sorted(thing["kind"] for thing in self.cloud.told().get(account, ()))
