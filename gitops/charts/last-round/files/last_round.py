"""Keeps an add-on on its cluster until nothing is left there that only the add-on can take away.

Argo CD deletes an Application from the last sync wave to the first, and a wave when all of the one before is gone. The
lock, a ConfigMap, is alone in a later wave than the add-on and has a finalizer. This takes it off, when Argo CD has
asked for the lock's deletion and no object is left that the add-on must see go. It deletes nothing itself.

A lock, and no pod that ends slowly: a node that is drained, lost or replaced meanwhile would take such a pod along, and
the add-on with it. The lock stays, and the next pod goes on.
"""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FINALIZER = "fleet.argosy.dev/last-round"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""Enough for most rules; whole Services and Ingresses of a large cluster would be more than the pod's memory."""
PAGE = 200
PAUSE = 5
"""Seconds between two looks."""
SHOWN = 20
"""As many objects are named; a ConfigMap holds 1 MiB."""
DNS = "external-dns.alpha.kubernetes.io/"
"""Annotations of external-dns."""

Item = dict[str, Any]


class Api:
    """The cluster's API server, as the pod's service account."""

    def __init__(self, account: Path) -> None:
        """Takes the address from where Kubernetes writes it into each pod.

        Args:
            account: folder of the service account: its token and the server's authority.
        """
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        self._server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
        self._token = account / "token"
        self._tls = ssl.create_default_context(cafile=str(account / "ca.crt"))

    def ask(self, path: str, *, accept: str = "application/json", change: Item | None = None) -> Item | None:
        """An object or a list, or what becomes of an object by a merge patch; None if there is none."""
        headers = {
            "Accept": accept,
            "Authorization": f"Bearer {self._token.read_text().strip()}",  # the kubelet renews it
            "Content-Type": "application/merge-patch+json",
        }
        body = None if change is None else json.dumps(change).encode()
        method = "GET" if change is None else "PATCH"
        request = urllib.request.Request(f"{self._server}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._tls) as answer:
                found: Item = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise OSError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:500]}") from error

    def objects(self, resource: str, namespace: str | None, accept: str) -> Iterator[Item]:
        """All objects of a resource, such as `services` or `sensors.argoproj.io`; none if the server lacks it."""
        name, _, group = resource.partition(".")
        scope = f"namespaces/{namespace}/" if namespace else ""
        for version in self._versions(group):
            first = f"{version}/{scope}{name}?limit={PAGE}"
            page = self.ask(first, accept=accept)
            if page is None:
                continue  # a group's versions need not serve the same resources
            while page is not None:
                yield from page["items"] or ()  # null, if there are none and only metadata is asked for
                more = page["metadata"].get("continue")
                page = self.ask(f"{first}&continue={more}", accept=accept) if more else None
            return

    def _versions(self, group: str) -> list[str]:
        if not group:
            return ["/api/v1"]
        found = self.ask(f"/apis/{group}")
        return [f"/apis/{each['groupVersion']}" for each in found["versions"]] if found else []


def counts(rule: Item, item: Item) -> bool:
    """Whether the add-on must see an object go."""
    metadata = item["metadata"]
    if rule.get("own"):
        # mounted by the add-on's own pods: it can only go with them
        return "deletionTimestamp" not in metadata
    if rule.get("names"):
        return has_names(item)
    wanted = tuple(rule.get("finalizers", ()))
    if wanted:
        return any(found.startswith(wanted) for found in metadata.get("finalizers", ()))
    wanted = tuple(rule.get("owners", ()))
    if wanted:
        return any(found["apiVersion"].startswith(wanted) for found in metadata.get("ownerReferences", ()))
    return True


def has_names(item: Item) -> bool:
    """Whether external-dns reads names from a Service or an Ingress, in any zone."""
    annotations, spec = item["metadata"].get("annotations", {}), item.get("spec", {})
    if annotations.get(f"{DNS}controller", "dns-controller") != "dns-controller":
        return False
    return (
        f"{DNS}hostname" in annotations
        or f"{DNS}internal-hostname" in annotations
        or any(rule.get("host") for rule in spec.get("rules", ()))
        or any(tls.get("hosts") for tls in spec.get("tls", ()))
    )


def remaining(api: Api, told: Item) -> list[str]:
    """What is left, an object each, such as `ingresses.networking.k8s.io shop/web`."""
    left = []
    for rule in told["outlives"]:
        accept = "application/json" if rule.get("names") else METADATA
        namespace = told["namespace"] if rule.get("own") else None
        for resource in rule["resources"]:
            for item in api.objects(resource, namespace, accept):
                if counts(rule, item):
                    metadata = item["metadata"]
                    left.append(f"{resource} {'/'.join(filter(None, (metadata.get('namespace'), metadata['name'])))}")
    return left


def in_words(left: list[str]) -> str:
    """The first of them, a line each."""
    more = [f"and {len(left) - SHOWN} more"] if len(left) > SHOWN else []
    return "\n".join([*left[:SHOWN], *more])


class Round:
    """The add-on's last one.

    Attributes:
        since: when nothing was left for the first time, or None.
    """

    def __init__(self, api: Api, told: Item) -> None:
        self.api, self.told = api, told
        self.since: float | None = None
        self._path = f"/api/v1/namespaces/{told['namespace']}/configmaps/{told['name']}-last-round"

    def look(self) -> None:
        """Looks once, and takes the finalizer off if the add-on may go."""
        lock = self.api.ask(self._path)
        if lock is None or "deletionTimestamp" not in lock["metadata"]:
            self.since = None
            return
        if FINALIZER not in lock["metadata"]["finalizers"]:  # what is being deleted has some
            return
        left = remaining(self.api, self.told)
        if left or not self._lingered():
            self.since = None if left else self.since
            self._write(lock, left)
        else:
            self._release(lock)

    def _lingered(self) -> bool:
        self.since = time.monotonic() if self.since is None else self.since
        return time.monotonic() - self.since >= float(self.told["linger"])

    def _release(self, lock: Item) -> None:
        metadata = lock["metadata"]
        others = [found for found in metadata["finalizers"] if found != FINALIZER]
        # with the version: else a finalizer that came meanwhile would be lost
        change = {"metadata": {"finalizers": others, "resourceVersion": metadata["resourceVersion"]}}
        self.api.ask(self._path, change=change)
        say(f"nothing is left: {self.told['name']} goes")

    def _write(self, lock: Item, left: list[str]) -> None:
        """Says in the lock, and in the log, what is awaited; whoever wonders looks at one of the two."""
        name = self.told["name"]
        advice = f"{name} is switched off and stays until these are gone; delete them, or what made them:\n"
        text = in_words(left) or f"nothing: {name} goes on for {self.told['linger']} s"
        if lock.get("data", {}).get("left") == text:
            return
        self.api.ask(self._path, change={"data": {"left": text}})
        say(f"{advice if left else ''}{text}")


def say(text: str) -> None:
    """Writes a line into the pod's log."""
    print(text, flush=True)


def main() -> None:
    """Runs until the pod is ended: it holds nothing up, the lock does."""
    told: Item = json.loads(Path(sys.argv[1]).read_text())
    last = Round(Api(Path(sys.argv[2])), told)
    while True:
        try:
            last.look()
        except (OSError, ValueError) as error:  # what nobody could look at is not gone
            last.since = None
            say(f"asks again in {PAUSE} s: {error}")
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
