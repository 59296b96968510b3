"""An add-on that is switched off stays until what only it can take away is gone, whatever becomes of its pods.

There is no node here: the stories are the kubelet, and start what the Deployment says with the rights of its account.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gitops.expansion import registry
from tests.gitops_hub.conftest import ARGO, SECONDS, Fleet, states
from tests.hub.live import Hub, Item
from tests.hub.local.home import Port
from tests.hub.local.parts import LOOPBACK
from tests.hub.local.waiting import wait_for

NAMESPACE = "last-round-story"
INGRESS = ("networking.k8s.io/v1", "Ingress")
WEB: Item = {
    "apiVersion": INGRESS[0],
    "kind": INGRESS[1],
    "metadata": {"name": "web", "namespace": NAMESPACE, "finalizers": ["ingress.k8s.aws/resources"]},
    "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
}
PROJECT: Item = {
    "apiVersion": ARGO,
    "kind": "AppProject",
    "metadata": {"name": NAMESPACE, "namespace": "argocd"},
    "spec": {
        "sourceRepos": ["*"],
        "destinations": [{"name": "in-cluster", "namespace": NAMESPACE}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    },
}


@dataclass(frozen=True)
class Addon:
    """The Application of an add-on, of which there is nothing but the chart last-round."""

    fleet: Fleet
    name: str

    @property
    def hub(self) -> Hub:
        return self.fleet.hub

    def of(self, api_version: str, kind: str, namespace: str | None = NAMESPACE) -> Item | None:
        """What the chart makes of a kind."""
        return self.hub.get(api_version, kind, f"{self.name}-last-round", namespace)

    def lock(self) -> Item | None:
        return self.of("v1", "ConfigMap")

    def left(self) -> str:
        """What the lock says that is left."""
        return str((self.lock() or {}).get("data", {}).get("left", ""))

    def wave(self) -> dict[str, bool]:
        """Of each object that must outlive the lock, whether nobody has asked for its deletion."""
        rbac = "rbac.authorization.k8s.io/v1"
        found = {
            "Deployment": self.of("apps/v1", "Deployment"),
            "ServiceAccount": self.of("v1", "ServiceAccount"),
            "Role": self.of(rbac, "Role"),
            "RoleBinding": self.of(rbac, "RoleBinding"),
            "ClusterRole": self.of(rbac, "ClusterRole", None),
            "ClusterRoleBinding": self.of(rbac, "ClusterRoleBinding", None),
        }
        return {kind: item is not None and "deletionTimestamp" not in item["metadata"] for kind, item in found.items()}

    def application(self) -> Item | None:
        return self.fleet.application(self.name)

    def switch_off(self) -> None:
        """What the ApplicationSet does when the switch goes off."""
        application = self.application()
        assert application is not None
        self.hub.delete(application)


@pytest.fixture(scope="module")
def place(fleet: Fleet) -> Fleet:
    fleet.hub.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    fleet.hub.apply(PROJECT)
    return fleet


def install(fleet: Fleet, name: str, **values: object) -> Addon:
    """An add-on that Argo CD has installed."""
    addon, hub = Addon(fleet, name), fleet.hub
    metadata = {
        "name": name,
        "namespace": "argocd",
        "annotations": {"fleet.argosy.dev/deletion-approved": "true"},
        "finalizers": ["resources-finalizer.argocd.argoproj.io"],
    }
    source = {
        "repoURL": f"file://{hub.home.repository}",
        "targetRevision": "main",
        "path": "gitops/charts/last-round",
        "helm": {"releaseName": f"{name}-last-round", "valuesObject": {"name": name, **values}},
    }
    spec = {
        "project": NAMESPACE,
        "destination": {"name": "in-cluster", "namespace": NAMESPACE},
        "source": source,
        "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["ServerSideApply=true"]},
    }
    hub.apply({"apiVersion": ARGO, "kind": "Application", "metadata": metadata, "spec": spec})

    def instead() -> object:
        return (addon.application() or {}).get("status")

    wait_for(lambda: addon.of("apps/v1", "Deployment"), f"{name} is installed", seconds=SECONDS, instead=instead)
    assert addon.lock() is None, "its wave comes when that of the add-on is healthy"
    _be_available(addon)
    wait_for(addon.lock, f"{name} has its lock", seconds=SECONDS, instead=instead)
    wait_for(lambda: states(addon.application())[0] == "Synced", f"{name} is Synced", seconds=SECONDS, instead=instead)
    return addon


def _be_available(addon: Addon) -> None:
    """Nobody makes pods here: the story says that there is one."""
    counts = dict.fromkeys(
        ("observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1
    )
    status = json.dumps({"status": counts})
    this = (f"deployment/{addon.name}-last-round", f"--namespace={NAMESPACE}", "--subresource=status")
    addon.hub.kubectl.run("patch", *this, "--type=merge", f"--patch={status}")


@contextmanager
def pod(addon: Addon, folder: Path) -> Iterator[Path]:
    """The Deployment's pod, until it is lost with its node; its log."""
    hub, name = addon.hub, f"{addon.name}-last-round"
    deployment, program = addon.of("apps/v1", "Deployment"), hub.get("v1", "ConfigMap", f"{name}-program", NAMESPACE)
    assert deployment is not None
    assert program is not None
    spec = deployment["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    account, mounted = folder / "account", folder / "last-round"
    files = {mounted / key: text for key, text in program["data"].items()}
    files[account / "token"] = hub.kubectl.run("create", "token", spec["serviceAccountName"], f"-n={NAMESPACE}")
    files[account / "ca.crt"] = (hub.home.pki / "hub" / "ca.crt").read_text()
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    places = {"/last-round": str(mounted), "/var/run/secrets/kubernetes.io/serviceaccount": str(account)}
    command = list(container["command"])
    for there, here in places.items():
        command = [part.replace(there, here) for part in command]
    assert command[0] == "python3"
    port = str(hub.home.port(Port.API_SERVER))
    address = {"KUBERNETES_SERVICE_HOST": LOOPBACK, "KUBERNETES_SERVICE_PORT": port}
    log = folder / "log"
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, *command[1:]], env={**os.environ, **address}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield log
            assert process.poll() is None, log.read_text()
        finally:
            process.kill()
            process.wait()


def test_the_add_on_stays_until_what_it_made_is_gone(place: Fleet, tmp_path: Path) -> None:
    hub = place.hub
    outlives = registry()["addons"]["aws_load_balancer_controller"]["outlives"]
    addon = install(place, "balancer", outlives=outlives)
    hub.apply(WEB)
    with pod(addon, tmp_path) as log:
        addon.switch_off()
        wait_for(addon.left, "the lock says what is left", seconds=SECONDS, instead=log.read_text)
        assert addon.left() == f"ingresses.networking.k8s.io {NAMESPACE}/web"
        said = "balancer is switched off and stays until these are gone; delete them, or what made them:\n"
        assert log.read_text() == f"{said}ingresses.networking.k8s.io {NAMESPACE}/web\n"
    # the node is lost: nobody looks, and nothing goes
    time.sleep(6)
    assert addon.lock() is not None
    assert set(addon.wave().values()) == {True}, addon.wave()
    with pod(addon, tmp_path) as log:
        hub.delete(WEB)  # its finalizer stays: the load balancer is still in AWS
        time.sleep(6)
        assert addon.lock() is not None
        assert set(addon.wave().values()) == {True}, addon.wave()
        hub.patch(WEB, {"metadata": {"finalizers": None}})
        wait_for(lambda: addon.lock() is None, "the lock is gone", seconds=SECONDS, instead=log.read_text)
        wait_for(lambda: addon.application() is None, "the add-on is gone", seconds=SECONDS, instead=addon.wave)
        assert "nothing is left: balancer goes" in log.read_text()
    assert set(addon.wave().values()) == {False}


def test_of_what_nothing_is_left_goes_after_its_last_round(place: Fleet, tmp_path: Path) -> None:
    """As when a whole cluster is emptied: all that add-ons wait for is gone already."""
    addon = install(place, "names", outlives=[{"resources": ["ingresses.networking.k8s.io"], "names": True}], linger=8)
    with pod(addon, tmp_path) as log:
        addon.switch_off()
        since = time.monotonic()
        wait_for(addon.left, "it says that it goes on", seconds=SECONDS, instead=log.read_text)
        assert addon.left() == "nothing: names goes on for 8 s"
        wait_for(lambda: addon.application() is None, "the add-on is gone", seconds=SECONDS, instead=log.read_text)
        took = time.monotonic() - since
    print(f"\ngone {took:.1f} s after its switch")
    assert took >= 8


def test_its_account_may_do_nothing_else(place: Fleet, tmp_path: Path) -> None:
    addon = install(place, "volumes", outlives=[{"resources": ["persistentvolumeclaims"], "own": True}])
    kubectl = place.hub.kubectl
    who = f"--as=system:serviceaccount:{NAMESPACE}:volumes-last-round"
    for verb, what, where in (
        ("list", "persistentvolumeclaims", "--namespace=default"),
        ("get", "persistentvolumeclaims", f"--namespace={NAMESPACE}"),
        ("delete", "persistentvolumeclaims", f"--namespace={NAMESPACE}"),
        ("list", "secrets", f"--namespace={NAMESPACE}"),
        ("patch", "configmap/volumes-last-round-program", f"--namespace={NAMESPACE}"),
        ("delete", "configmap/volumes-last-round", f"--namespace={NAMESPACE}"),
    ):
        assert not kubectl.works("auth", "can-i", verb, what, where, who), (verb, what, where)
    assert kubectl.works("auth", "can-i", "list", "persistentvolumeclaims", f"--namespace={NAMESPACE}", who)
    addon.switch_off()
    with pod(addon, tmp_path) as log:
        wait_for(lambda: addon.application() is None, "the add-on is gone", seconds=SECONDS, instead=log.read_text)


def test_what_nobody_can_look_at_is_not_gone(place: Fleet, tmp_path: Path) -> None:
    """A person who takes the finalizer off decides that it may go all the same."""
    hub = place.hub
    addon = install(place, "blind", outlives=[{"resources": ["services"]}])
    addon.switch_off()
    hub.kubectl.run("delete", "clusterrolebinding", "blind-last-round")
    with pod(addon, tmp_path) as log:
        wait_for(lambda: "asks again" in log.read_text(), "it says so", seconds=SECONDS)
        assert "services is forbidden" in log.read_text()
        assert addon.lock() is not None
        release = ("--type=merge", '--patch={"metadata": {"finalizers": null}}')
        hub.kubectl.run("patch", "configmap", "blind-last-round", f"--namespace={NAMESPACE}", *release)
        wait_for(lambda: addon.application() is None, "the add-on is gone", seconds=SECONDS, instead=addon.wave)
