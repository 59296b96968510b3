"""A local hub as the stories see it: what they ask, what they change, how they wait."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient
from kubernetes.client.exceptions import ApiException
from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from argosy.catalog import COMPOSITES, ENGINES
from argosy.simulator.live.settings import CONFIG
from argosy.simulator.server import COMPOSITE, KEY
from argosy.simulator.values import digest
from tests.hub.local.contents import TEAMS, team
from tests.hub.local.fleet import git
from tests.hub.local.home import Home, Port
from tests.hub.local.kubectl import Kubectl, documents
from tests.hub.local.parts import LOOPBACK, MANIFESTS, SETUP
from tests.hub.local.processes import Processes
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT

Item = dict[str, Any]
MANAGER = "story"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""Asks an API server for the metadata of what it lists, a fraction of its work."""
XR = ("fleet.argosy.dev/v1alpha1", "XEKSCluster")
(CLAIMED,) = (composite for composite in COMPOSITES if composite.claim is not None)
"""The composite that claims stand for."""
USAGE = ("protection.crossplane.io/v1beta1", "Usage")
CLUSTER_USAGE = ("protection.crossplane.io/v1beta1", "ClusterUsage")
DECOMMISSION: Mapping[str, Any] = {"spec": {"lifecycle": "Decommission"}}
"""What to write over a claim so that it can be deleted."""
COMPOSED = tuple(ENGINES["upbound"].emits)
"""Every kind that a claim can compose."""


class Cluster:
    """An API server, as one user."""

    def __init__(self, kubeconfig: Path) -> None:
        """Asks the server which kinds it has.

        Args:
            kubeconfig: of the user.
        """
        self.kubectl = Kubectl(kubeconfig)
        self._api = _without_retries(kubeconfig)
        # by default all processes keep the kinds of all servers of this address in one file
        kinds = kubeconfig.with_name(f"{kubeconfig.name}-kinds-{os.getpid()}.json")
        self._client = DynamicClient(self._api, cache_file=str(kinds))  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Closes all connections: those that the garbage collector finds make pytest fail."""
        self._api.rest_client.pool_manager.clear()

    def resource(self, api_version: str, kind: str) -> Resource:
        """A kind, by which its objects are reached."""
        found: Resource = self._client.resources.get(api_version=api_version, kind=kind)
        return found

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Item | None:
        """An object, or None if there is none."""
        try:
            found = self.resource(api_version, kind).get(name=name, namespace=namespace)
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        return _plain(found)

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, labels: str = "", *, whole: bool = True
    ) -> list[Item]:
        """All objects of a kind, of all namespaces if none is named.

        Args:
            api_version: of the kind.
            kind: its name.
            namespace: the only one that counts.
            labels: that they have.
            whole: whether more than metadata is of interest; what is looked at again and again should do with those.
        """
        resource = self.resource(api_version, kind)
        # as text: objects with a Python object for each field take three times as long, and stories mostly list
        found = resource.get(
            namespace=namespace,
            label_selector=labels or None,
            serialize=False,
            header_params={} if whole else {"Accept": METADATA},
        )
        return [{**item, "apiVersion": api_version, "kind": kind} for item in json.loads(found.data)["items"] or ()]

    def apply(self, item: Mapping[str, Any]) -> Item:
        """Server-side apply, as Argo CD or a person does.

        Raises:
            ApiException: the server refuses it.
        """
        metadata = item["metadata"]
        applied = self.resource(item["apiVersion"], item["kind"]).server_side_apply(
            body=dict(item),
            name=metadata["name"],
            namespace=metadata.get("namespace"),
            field_manager=MANAGER,
            force_conflicts=True,
        )
        return _plain(applied)

    def patch(self, item: Mapping[str, Any], change: Mapping[str, Any]) -> Item:
        """A merge patch of an object."""
        metadata = item["metadata"]
        patched = self.resource(item["apiVersion"], item["kind"]).patch(
            body=dict(change),
            name=metadata["name"],
            namespace=metadata.get("namespace"),
            content_type="application/merge-patch+json",
        )
        return _plain(patched)

    def delete(self, item: Mapping[str, Any], *, propagation: str = "Background") -> None:
        """Asks for an object's deletion; an object that is gone is no error."""
        metadata = item["metadata"]
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        try:
            self.resource(item["apiVersion"], item["kind"]).delete(
                name=metadata["name"], namespace=metadata.get("namespace"), body=body
            )
        except ApiException as error:
            if error.status != 404:
                raise

    def refusal(self, item: Mapping[str, Any]) -> str:
        """What the server says instead of deleting an object that is in use.

        Raises:
            AssertionError: it deletes it.
        """
        try:
            self.delete(item, propagation="Foreground")
        except ApiException as error:
            message: str = json.loads(error.body or "{}").get("message", "")
            if "This resource is in-use by" in message:
                return message
            raise
        raise AssertionError(f"{item['kind']} {item['metadata']['name']} may be deleted")


class Hub(Cluster):
    """A hub that is up, as its administrator."""

    def __init__(self, home: Home, *, stays: bool) -> None:
        """Asks the server which kinds it has.

        Args:
            home: of the hub.
            stays: whether it is there for others when the tests have ended.
        """
        super().__init__(home.kubeconfig)
        self.home = home
        self.stays = stays
        self.processes = Processes(home)
        self._quiet: dict[tuple[str, str], dict[str, str]] = {}
        self.spoke = Cluster(home.kubeconfig_of("spoke-admin"))
        """The API server of all clusters that the simulator makes, as its administrator."""

    def close(self) -> None:
        """Closes all connections, those to the spoke too."""
        super().close()
        self.spoke.close()

    def claim(self, name: str, namespace: str) -> Item | None:
        """A claim, or None if there is none."""
        return self.get(*XR, name, namespace)

    def composed(self, name: str, namespace: str, *, whole: bool = True) -> dict[str, Item]:
        """What a claim has composed, by composition-resource name; see `list`."""
        label = f"{COMPOSITE}={name}"
        found = (
            item for kind in COMPOSED for item in self.list(kind.api_version, kind.kind, namespace, label, whole=whole)
        )
        return {item["metadata"]["annotations"][KEY]: item for item in found}

    def secret(self, name: str, namespace: str) -> Item | None:
        """Argo CD's cluster Secret of a claim, or None if there is none."""
        claimed_by = f"{namespace}/{name}"
        for item in self.list("v1", "Secret", "argocd", "argocd.argoproj.io/secret-type=cluster"):
            if item["metadata"].get("annotations", {}).get("fleet.argosy.dev/claim") == claimed_by:
                return item
        return None

    def events(self, namespace: str, kind: str = "Warning") -> list[str]:
        """What warning events say, `<kind>/<name> <reason>: <message>`."""
        return [
            f"{item['involvedObject']['kind']}/{item['involvedObject']['name']} {item['reason']}: {item['message']}"
            for item in self.list("v1", "Event", namespace)
            if item["type"] == kind
        ]

    def until_ready(self, name: str, namespace: str, *, seconds: float = 120) -> Item:
        """Waits for a claim's condition Ready.

        Raises:
            TimeoutError: it is not; the message tells all conditions.
        """

        def ready() -> Item | None:
            claim = self.claim(name, namespace)
            return claim if claim is not None and condition(claim, "Ready").get("status") == "True" else None

        def instead() -> str:
            return told(self.claim(name, namespace))

        found = wait_for(ready, f"{namespace}/{name} is Ready", seconds=seconds, every=0.3, instead=instead)
        assert found is not None
        return found

    def until_gone(self, name: str, namespace: str, *, seconds: float = 180) -> None:
        """Waits until a claim and all that it composed are gone, and has Crossplane look at its Usages meanwhile.

        Raises:
            TimeoutError: something is left; the message names it.
        """

        def left() -> list[str]:
            claim = self.claim(name, namespace)
            return [*(["the claim"] if claim else []), *sorted(self.composed(name, namespace, whole=False))]

        def gone() -> bool:
            self.look_at_usages(namespace)
            return not left()

        what = f"{namespace}/{name} and all that it composed are gone"
        wait_for(gone, what, seconds=seconds, every=1, instead=lambda: f"{', '.join(left())} are left")

    def look_at_usages(self, namespace: str, composite: str = "") -> None:
        """Has Crossplane look at once whether what its Usages wait for is gone, which it does every 30 seconds.

        A deletion takes up to three of these looks, one after the other: most of the time of all stories together.
        Whatever is written on a Usage makes Crossplane look. How long a deletion takes when nobody hurries is the story
        `test_what_goes_when`.

        Args:
            namespace: of the Usages.
            composite: whose ClusterUsages count, too.
        """
        others = self.list(*CLUSTER_USAGE, labels=f"{COMPOSITE}={composite}") if composite else []
        for item in (*self.list(*USAGE, namespace=namespace), *others):
            if not leaving(item):
                continue
            try:
                self.patch(item, {"metadata": {"annotations": {"story.argosy.dev/look": str(time.time())}}})
            except ApiException as error:
                if error.status != 404:
                    raise

    def until_settled(self, name: str, namespace: str, *, quiet: float = 3, seconds: float = 120) -> dict[str, str]:
        """Waits until nothing of a claim has changed for a while.

        Args:
            name: of the claim.
            namespace: of the claim.
            quiet: how long nothing must change, in seconds.
            seconds: how long to wait at most.

        Returns:
            resourceVersions, of the claim by "" and of all that it composed by composition-resource name.

        Raises:
            TimeoutError: something changes again and again; the message names it.
        """
        seen: dict[str, str] = {}
        changed: list[str] = []
        since = time.monotonic()

        def still() -> bool:
            nonlocal seen, since
            began, now = time.monotonic(), self.versions(name, namespace)
            if now != seen:
                changed[:] = sorted(key for key in now.keys() | seen.keys() if now.get(key) != seen.get(key))
                seen, since = now, time.monotonic()
            return began - since >= quiet

        what = f"{namespace}/{name} is quiet"
        wait_for(still, what, seconds=seconds, every=0.5, instead=lambda: f"last changed: {', '.join(changed)}")
        self._quiet[name, namespace] = seen
        return seen

    def is_still_quiet(self, name: str, namespace: str) -> bool:
        """Whether nothing of a claim has changed since `until_settled` has last found that nothing does."""
        return self._quiet.get((name, namespace)) == self.versions(name, namespace)

    def versions(self, name: str, namespace: str) -> dict[str, str]:
        """resourceVersions, of the claim by "" and of all that it composed by composition-resource name."""
        claim = self.claim(name, namespace)
        items = {**({"": claim} if claim else {}), **self.composed(name, namespace, whole=False)}
        return {key: item["metadata"]["resourceVersion"] for key, item in items.items()}

    def push(self, files: Mapping[str, str | None], message: str) -> None:
        """Commits files to the fleet's repository and pushes them; None removes a file."""
        with self.fleet():
            for path, text in files.items():
                file = self.home.fleet / path
                if text is None:
                    file.unlink()
                    continue
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            git(self.home.fleet, "add", "--all")
            git(self.home.fleet, "commit", "--quiet", f"--message={message}")
            git(self.home.fleet, "push", "--quiet", "origin", "main")

    @contextmanager
    def fleet(self) -> Iterator[None]:
        """The clone of the fleet's repository for oneself: else a commit takes along what another story has begun."""
        with (self.home.path / "fleet.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def own_facts(self, name: str) -> Item:
        """Hub facts of that name, the sample's, and a Composition of that name that differs in reading them.

        Stories change them, and all clusters that others are at work on read those of the hub.
        """
        composition = usual_composition()
        ((required,),) = (step["requirements"]["requiredResources"] for step in composition["spec"]["pipeline"])
        (facts,) = documents(SETUP / "hub.yaml")
        required["name"] = name
        for item in (composition, facts):
            item["metadata"] = {"name": name}
            self.apply(item)
        return facts

    def own_function(self, name: str, port: int) -> None:
        """A function of that name, which Crossplane calls at a port, and a Composition of that name that uses it.

        Stories end it and put others in its place, and all clusters that others are at work on need the hub's own.
        """
        composition = usual_composition()
        (step,) = composition["spec"]["pipeline"]
        step["functionRef"]["name"] = name
        (revision,) = documents(MANIFESTS / "function.yaml")
        revision["metadata"] |= {"name": f"{name}-local", "labels": {"pkg.crossplane.io/package": name}}
        self.apply(revision)
        endpoint = {"status": {"endpoint": f"localhost:{port}", "capabilities": ["composition"]}}
        status = ("--subresource=status", "--type=merge", f"--patch={json.dumps(endpoint)}")
        self.kubectl.run("patch", "functionrevision", f"{name}-local", *status)
        self.apply({**composition, "metadata": {"name": name}})

    @contextmanager
    def aws_refusing(self) -> Iterator[None]:
        """What AWS refuses, and to whom it is slow, for oneself: it is one ConfigMap."""
        with (self.home.path / "faults.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def aws(self, account: str) -> list[Item]:
        """Everything that exists in a simulated AWS account."""
        with urllib.request.urlopen(f"http://{LOOPBACK}:{Port.SIMULATOR}/aws", timeout=10) as response:
            found: dict[str, Any] = json.load(response)
        return list(found.get(account, ()))

    def snapshots(self, account: str) -> list[str]:
        """Names of the final snapshots of databases in a simulated AWS account."""
        accounts = json.loads((self.home.data / "aws.json").read_text())
        return [name for found in accounts if found["number"] == account for name in found["snapshots"]]

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """Replaces the faults of the simulated AWS, by none if none is given; see `argosy.simulator.live.settings`."""
        item = {
            "apiVersion": "v1",
            "kind": CONFIG.kind,
            "metadata": {"name": CONFIG.name, "namespace": CONFIG.namespace},
        }
        if faults:
            self.apply({**item, "data": {"faults": json.dumps(list(faults))}})
        else:
            self.delete(item)

    def metric(self, name: str, **labels: str) -> float:
        """Sum of one of Crossplane's metrics over all series that have these labels."""
        with urllib.request.urlopen(f"http://{LOOPBACK}:{Port.CORE_METRICS}/metrics", timeout=10) as response:
            lines = response.read().decode().splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        series = (line for line in lines if line.startswith((f"{name}{{", f"{name} ")))
        return sum(float(line.rpartition(" ")[2]) for line in series if all(part in line for part in wanted))


@dataclass(frozen=True)
class Team:
    """A namespace of claims, with what examples/setup gives it.

    Attributes:
        namespace: its name.
        account: the AWS account that its credentials lead to.
    """

    hub: Hub
    namespace: str
    account: str

    @classmethod
    def called(cls, hub: Hub, story: str) -> Team:
        """The team of a story, with an AWS account of its own; nothing is made yet."""
        words = re.sub(r"[^a-z0-9]+", "-", story.lower()).strip("-")
        account = f"1{int(digest(words)[:12], 16) % 10**11:011d}"
        return cls(hub, f"team-{words[:40].strip('-')}", account)

    def claim(self, name: str, **spec: Any) -> Item:
        """A claim in this namespace; `region` is eu-west-1 if none is given."""
        return claim_of(name, self.namespace, {"region": "eu-west-1", **spec})

    def claim_with_own_facts(self, name: str, **spec: Any) -> Item:
        """A claim in this namespace that reads hub facts called like it; see `Hub.own_facts`."""
        return self.claim(name, crossplane={"compositionRef": {"name": self.namespace}}, **spec)

    def adopt(self, claim: Mapping[str, Any], name: str | None = None) -> Item:
        """A claim as if its author had written it for this namespace and this account.

        Args:
            claim: of an example: what is not AWS's own in it is of the account of `team-orders`.
            name: another name.
        """
        spec = json.loads(json.dumps(claim["spec"]).replace(TEAMS["team-orders"], self.account))
        return claim_of(name or claim["metadata"]["name"], self.namespace, spec)

    def install(self) -> None:
        """Makes the namespace, its credentials, its rights and its quota."""
        for item in team(self.namespace, self.account):
            self.hub.apply(item)

    @contextmanager
    def at_work(self, teams: list[Team]) -> Iterator[Team]:
        """The team for as long as a story needs it; afterwards its claims go, or all together with the hub.

        Args:
            teams: all teams of the hub, which wait for that end if the hub stays.
        """
        self.install()
        teams.append(self)
        yield self
        if self.hub.stays:  # a deletion takes the API server as long as a creation
            self.leave()

    def leave(self) -> None:
        """Decommissions the claims and deletes them, without waiting for the end of it.

        Raises:
            TimeoutError: a claim cannot be deleted.
        """
        claims = [item for item in self.hub.list(*XR, namespace=self.namespace) if not leaving(item)]
        for item in claims:
            self.hub.patch(item, DECOMMISSION)
        for item in claims:
            self.until_deletable(item["metadata"]["name"])
            self.hub.delete(item, propagation="Foreground")

    def until_deletable(self, name: str, *, seconds: float = 120) -> None:
        """Waits until a claim that is decommissioned can be deleted; one that is refused never had a guard.

        Raises:
            TimeoutError: it cannot; the message tells all conditions.
        """

        def unguarded() -> bool:
            claim = self.hub.claim(name, self.namespace) or {}
            refused = condition(claim, "Synced").get("status") == "False"
            return condition(claim, "Deletable").get("status") == "True" or (refused and not self.guards(name))

        what = f"{self.namespace}/{name} can be deleted"
        wait_for(unguarded, what, seconds=seconds, instead=lambda: told(self.hub.claim(name, self.namespace)))

    def guards(self, name: str) -> list[Item]:
        """The Usages by which a claim keeps itself from being deleted."""
        found = self.hub.list(*USAGE, namespace=self.namespace)
        return [
            item for item in found if "by" not in item["spec"] and item["spec"]["of"]["resourceRef"]["name"] == name
        ]

    def remove(self) -> None:
        """Waits until all claims are gone and deletes the namespace; before that, their credentials would go first.

        Raises:
            TimeoutError: something is left.
        """
        for item in self.hub.list(*XR, namespace=self.namespace):
            self.hub.until_gone(item["metadata"]["name"], self.namespace, seconds=300)
        self.hub.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        config = {"apiVersion": "aws.upbound.io/v1beta1", "kind": "ProviderConfig"}  # in no namespace
        self.hub.delete({**config, "metadata": {"name": self.namespace}})


def usual_composition() -> Item:
    """The Composition that claims get if they name none."""
    (found,) = documents(ROOT / "compositions" / "xeksclusters" / "upbound.yaml")
    return found


def leaving(item: Mapping[str, Any]) -> bool:
    """Whether an object is being deleted."""
    return "deletionTimestamp" in item["metadata"]


def claim_of(name: str, namespace: str, spec: Mapping[str, Any]) -> Item:
    """A claim as its author writes it."""
    version, kind = XR
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": dict(spec),
    }


def condition(item: Mapping[str, Any], kind: str) -> Item:
    """A condition of an object, empty if it has none of that type."""
    conditions: Iterable[Item] = item.get("status", {}).get("conditions", ())
    return next((found for found in conditions if found["type"] == kind), {})


def told(item: Mapping[str, Any] | None) -> str:
    """All conditions of an object, for messages."""
    if item is None:
        return "there is none"
    conditions = item.get("status", {}).get("conditions", ())
    return "; ".join(
        f"{one['type']}={one['status']} {one.get('reason', '')}: {one.get('message', '')}" for one in conditions
    )


def _without_retries(kubeconfig: Path) -> ApiClient:
    client = new_client_from_config(str(kubeconfig))  # type: ignore[no-untyped-call]
    client.configuration.retries = False  # a server that is gone must fail a story, not slow it down
    return ApiClient(client.configuration)


def _plain(found: Any) -> Item:
    item: Item = found.to_dict()
    return item
