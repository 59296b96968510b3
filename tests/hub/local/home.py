"""Where a local hub keeps its files, and which ports it takes: everything else asks here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tests.tools.build import ROOT


class Port(IntEnum):
    """Ports on 127.0.0.1, far from those of a Kubernetes or Argo CD that may run on the same machine.

    Crossplane's three listen on all interfaces, and so do 8080 and 9443, which provider-kubernetes and Crossplane's
    RBAC manager take without a flag to move them.
    """

    ETCD = 22379
    ETCD_PEER = 22380
    API_SERVER = 26443
    SPOKE = 26444
    CONTROLLER_MANAGER = 20257
    SPOKE_CONTROLLER_MANAGER = 20258
    FUNCTION = 29443
    CORE_WEBHOOK = 29444
    FUNCTION_OF_A_STORY = 29445
    FUNCTION_OF_ANOTHER_STORY = 29446
    CORE_METRICS = 28080
    CORE_PROBE = 28081
    PROVIDER_KUBERNETES_METRICS = 8080
    PROVIDER_KUBERNETES_WEBHOOK = 9443
    PROVIDER_KUBERNETES_PROBE = 28082
    REDIS = 26379
    REPO_SERVER = 28091
    REPO_SERVER_METRICS = 28094
    APPLICATION_CONTROLLER_METRICS = 28092
    APPLICATIONSET_METRICS = 28095
    APPLICATIONSET_PROBE = 28096
    APPLICATIONSET_WEBHOOK = 28097
    SIMULATOR = 28100
    SPOKE_PROXY = 23128
    KUBE_STATE_METRICS = 28110
    KUBE_STATE_METRICS_OWN = 28111


@dataclass(frozen=True)
class Home:
    """The folder of a local hub.

    Attributes:
        path: the folder; it may be deleted once the hub is down.
        shift: how far its ports are from those of `Port`: what is no hub must not keep one from running beside it.
    """

    path: Path = ROOT / ".hub"
    shift: int = 0

    def port(self, of: Port) -> int:
        """Where a part listens here."""
        return of + self.shift

    @property
    def pki(self) -> Path:
        """Certificates and keys, a folder for each server and client."""
        return self.path / "pki"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's way in."""
        return self.kubeconfig_of("admin")

    def kubeconfig_of(self, user: str) -> Path:
        """The way in of a part of the hub, with its own rights."""
        return self.path / "kubeconfigs" / user

    @property
    def logs(self) -> Path:
        """Logs, one of each part."""
        return self.path / "logs"

    @property
    def data(self) -> Path:
        """What processes keep."""
        return self.path / "data"

    @property
    def processes(self) -> Path:
        """Which processes belong to the hub."""
        return self.path / "processes.json"

    @property
    def repository(self) -> Path:
        """The Git repository that Argo CD reads, where people push to."""
        return self.path / "fleet.git"

    @property
    def fleet(self) -> Path:
        """A clone of the repository to work in."""
        return self.path / "fleet"

    @property
    def installed(self) -> Path:
        """There once everything is installed."""
        return self.path / "installed"


def shown(path: Path) -> str:
    """A path as a person in the checkout writes it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
