"""The charts of add-ons that can be had here: those that are a folder in a Go module, which the module proxy serves.

    python -m tests.gitops.charts

fetches them into `.tools/share/charts`, once; what was fetched must hash to what is pinned. The others are named in
`ABSENT` with the reason, and the test run prints them: what we write for these is checked by nobody.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.tools.build import SHARE

FOLDER = SHARE / "charts"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart in a Go module.

    Attributes:
        module: path and version.
        sum: what `go mod download` says of it, so that a served module can never change in silence.
        folder: the chart in the module.
        version: the chart's version there; empty where its release build writes it.
    """

    module: str
    sum: str
    folder: str
    version: str

    @property
    def pin(self) -> str:
        """What is written down once it is fetched."""
        return f"{self.module} {self.sum}"


CHARTS: Mapping[str, Chart] = {
    "cert_manager": Chart(
        module="github.com/cert-manager/cert-manager@v1.20.2",
        sum="h1:CimnY00nLqB2lmxhoSuEC4GDMFDK7JCXqyjwMM9ndIQ=",
        folder="deploy/charts/cert-manager",
        version="v1.20.2",
    ),
    "crossplane": Chart(
        module="github.com/crossplane/crossplane/v2@v2.2.1",
        sum="h1:1oN2prePpsJAi6+W/qe53AA/nHCeDQCIMDth5jetSr4=",
        folder="cluster/charts/crossplane",
        version="2.2.1",
    ),
    "external_dns": Chart(
        module="sigs.k8s.io/external-dns@v0.22.0",
        sum="h1:+ASJ3KF7DLqHo2LsG8Qinuh2J389MS86I19i/r8ewUc=",
        folder="charts/external-dns",
        version="1.21.1",
    ),
    "external_secrets": Chart(
        module="github.com/external-secrets/external-secrets@v1.3.2",
        sum="h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
        folder="deploy/charts/external-secrets",
        version="1.3.1",
    ),
    "gatekeeper": Chart(
        module="github.com/open-policy-agent/gatekeeper/v3@v3.15.0",
        sum="h1:P4fWglkolrcdeGTWLT/5pYmYAbznDO6kkJVDdyEhNI4=",
        folder="charts/gatekeeper",
        version="3.15.0",
    ),
    "gpu_operator": Chart(
        module="github.com/NVIDIA/gpu-operator@v1.11.1",
        sum="h1:MuM3nFga8dcK0krgxarYaSmpGSnFYOl2zBQRBNvHKD0=",
        folder="deployments/gpu-operator",
        version="v1.11.1",
    ),
    "kyverno": Chart(
        module="github.com/kyverno/kyverno@v1.18.1",
        sum="h1:ab4V18n3qEt9SfomMV1UsXU69MGjWB6mbxFRpjpWE4I=",
        folder="charts/kyverno",
        version="3.8.1",
    ),
    "metrics_server": Chart(
        module="sigs.k8s.io/metrics-server@v0.8.0",
        sum="h1:Zlsi3sBWEtFKCD3+xSysThvXyLQ363rUAlqpnsY5JwI=",
        folder="charts/metrics-server",
        version="3.12.2",
    ),
    "secrets_store_csi_driver": Chart(
        module="sigs.k8s.io/secrets-store-csi-driver@v1.4.1",
        sum="h1:B198BKkfd2XC4itggSKzRpdBiG9ydbmcjFoJHZj3xXI=",
        folder="charts/secrets-store-csi-driver",
        version="1.4.1",
    ),
}
"""By add-on. The newest ones that the proxy serves up to the pinned version, or the nearest; tried 2026-11-28."""

_OTHER_REPOSITORY = "its charts are in a repository without Go code"
ABSENT: Mapping[str, str] = {
    "argo_events": _OTHER_REPOSITORY,
    "argo_rollouts": _OTHER_REPOSITORY,
    "argo_workflows": _OTHER_REPOSITORY,
    "aws_load_balancer_controller": "releases 2 and 3 are no versions of its Go module, whose path has no /v3",
    "cluster_autoscaler": "its chart lies outside its Go module",
    "cluster_proportional_autoscaler": "its Go module is not served",
    "ingress_nginx": "its release tags are no versions of a Go module",
    "keda": _OTHER_REPOSITORY,
    "kube_prometheus_stack": _OTHER_REPOSITORY,
    "kyverno_policy_reporter": "its Go module is not served",
    "prometheus_adapter": _OTHER_REPOSITORY,
    "secrets_store_csi_driver_provider_aws": "its Go module is not served",
    "vpa": _OTHER_REPOSITORY,
}
"""By add-on, why its chart cannot be had here, as of 2026-11-28."""


def fetched(addon: str) -> Path:
    """Folder of an add-on's chart.

    Raises:
        FileNotFoundError: it is not fetched, or another one than is pinned; says how to fetch it.
    """
    folder = FOLDER / addon
    stamp = FOLDER / f"{addon}.pin"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != CHARTS[addon].pin:
        raise FileNotFoundError(f"the chart of {addon} is not fetched: run `python -m tests.gitops.charts`")
    return folder


def fetch(addon: str) -> None:
    """Copy one chart out of the module cache.

    Raises:
        RuntimeError: the module is not served any more, or is not the one that is pinned.
    """
    chart, folder = CHARTS[addon], FOLDER / addon
    done = subprocess.run(["go", "mod", "download", "-json", chart.module], capture_output=True, text=True, check=False)
    told = json.loads(done.stdout) if done.stdout else {"Error": done.stderr}
    if told.get("Error") or told["Sum"] != chart.sum:
        raise RuntimeError(f"{chart.module}: {told.get('Error') or told['Sum']}, pinned is {chart.sum}")
    shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copytree(Path(told["Dir"]) / chart.folder, folder, copy_function=shutil.copyfile)
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        path.chmod(0o755)  # the module cache is read-only, and so would be its copy
    _complete(chart, folder)
    (FOLDER / f"{addon}.pin").write_text(chart.pin, encoding="utf-8")


def _complete(chart: Chart, folder: Path) -> None:
    """Do what the chart's release build does: name and version, and no dependency that is not in the folder."""
    file, unfinished = folder / "Chart.yaml", folder / "Chart.template.yaml"
    found: dict[str, Any] = yaml.safe_load((unfinished if unfinished.exists() else file).read_text(encoding="utf-8"))
    found["version"] = chart.version
    there = [item for item in found.get("dependencies", []) if (folder / "charts" / item["name"]).exists()]
    found["dependencies"] = there
    file.write_text(yaml.safe_dump(found), encoding="utf-8")
    (folder / "Chart.lock").unlink(missing_ok=True)


def main() -> int:
    """Fetch every chart that is not there."""
    for addon in CHARTS:
        try:
            fetched(addon)
        except FileNotFoundError:
            fetch(addon)
            print(f"{addon}: {CHARTS[addon].module}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
