"""A hub that `kubectl apply -k gitops/bootstrap` has made one: what all stories about `gitops/` share.

Only what cannot hold on this machine is changed: where the repository is, in `settings.yaml`, as a platform team does.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hub import conftest as hub_conftest
from tests.hub.conftest import (  # noqa: F401  (pytest finds hooks and fixtures by their names here)
    hub,
    pytest_configure,
    pytest_sessionfinish,
    pytest_sessionstart,
)
from tests.hub.live import Hub, Item
from tests.hub.local import parts
from tests.hub.local.fleet import git
from tests.hub.local.kubectl import documents
from tests.hub.local.parts import MANIFESTS
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT

HERE = Path(__file__).parent
ARGO = "argoproj.io/v1alpha1"
SECONDS = 240
"""How long a story may take, with what it shares with others; a quarter of it on an idle machine."""
SAMPLE = "git@github.com:example/argosy-fleet.git"
"""The repository in the settings as they are checked in."""
PLATFORM = ("--as=paul", "--as-group=system:masters", "--as-group=argosy-platform")
"""An administrator of the hub who is of the platform team."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives each story its limit."""
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(hub_conftest.SECONDS))


@dataclass(frozen=True)
class Fleet:
    """A hub that keeps itself from Git.

    Attributes:
        seconds: how long it took from `kubectl apply -k` until the root was Synced.
        said: what `kubectl apply -k` said.
    """

    hub: Hub
    seconds: float
    said: str

    def application(self, name: str) -> Item | None:
        """An Application, or None if there is none."""
        return self.hub.get(ARGO, "Application", name, "argocd")

    def applications(self, cluster: str) -> dict[str, Item]:
        """All Applications of a cluster, by name."""
        found = self.hub.list(ARGO, "Application", "argocd", f"fleet.argosy.dev/cluster={cluster}")
        return {item["metadata"]["name"]: item for item in found}


def states(application: Item | None) -> tuple[str | None, str | None]:
    """Whether an Application is as Git says, and how what it made is."""
    status = (application or {}).get("status", {})
    return status.get("sync", {}).get("status"), status.get("health", {}).get("status")


@pytest.fixture(scope="session")
def fleet(hub: Hub) -> Iterator[Fleet]:  # noqa: F811  (the fixture from above)
    """The hub, bootstrapped from a repository that holds `gitops/` without any tenant."""
    _forget_sample(hub)
    hub.processes.run([parts.spoke_controller_manager(hub.home)])
    _push_gitops(hub)
    _install_argocd_rights(hub)
    for item in documents(HERE / "external-secrets.yaml"):
        hub.spoke.apply(item)
    started = time.monotonic()
    folder = hub.home.fleet / "gitops" / "bootstrap"
    said = hub.kubectl.run("apply", "-k", str(folder), *PLATFORM, seconds=120)

    def root() -> Item | None:
        return hub.get(ARGO, "Application", "argosy", "argocd")

    def synced() -> bool:
        return states(root())[0] == "Synced"

    wait_for(synced, "the root is Synced", seconds=SECONDS, instead=lambda: (root() or {}).get("status"))
    yield Fleet(hub, time.monotonic() - started, said)


def _forget_sample(hub: Hub) -> None:  # noqa: F811
    """Takes away the Argo CD side of a local hub that nobody has bootstrapped: it reads other folders."""
    for item in documents(MANIFESTS / "fleet.yaml"):
        hub.delete(item)


def _push_gitops(hub: Hub) -> None:  # noqa: F811
    with hub.fleet():
        target = hub.home.fleet / "gitops"
        shutil.copytree(ROOT / "gitops", target)
        for tenant in (target / "fleet" / "tenants").iterdir():
            if tenant.is_dir():
                shutil.rmtree(tenant)
        settings = target / "bootstrap" / "settings.yaml"
        text = settings.read_text()
        assert SAMPLE in text
        settings.write_text(text.replace(SAMPLE, f"file://{hub.home.repository}"))
        git(hub.home.fleet, "add", "--all")
        git(hub.home.fleet, "commit", "--quiet", "--message=The hub in Git")
        git(hub.home.fleet, "push", "--quiet", "origin", "main")


def _install_argocd_rights(hub: Hub) -> None:  # noqa: F811
    """What Argo CD's install manifest gives its application controller (argo-cd v3.2.11, manifests/cluster-rbac)."""
    subject = {"kind": "ServiceAccount", "name": "argocd-application-controller", "namespace": "argocd"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    hub.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "argocd-application-controller"},
            "roleRef": role,
            "subjects": [subject],
        }
    )
