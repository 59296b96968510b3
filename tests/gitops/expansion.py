"""What Argo CD would make of `gitops/` for the clusters of our examples, by its own code and without a hub.

The cluster Secrets are those that the function writes in the simulator, so a template that reads what nobody writes
fails here and not on somebody's hub.
"""

from __future__ import annotations

import base64
import copy
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from argosy.cli.options import sample_hub
from argosy.composites.addons import ARGO_ADDONS
from argosy.data.kubernetes import NEWEST
from tests.support.lives import ENGINE, EXAMPLE_NAMES, ROOT, Life, example, life_of
from tests.tools.build import built

GITOPS = ROOT / "gitops"
REGISTRY = GITOPS / "addons" / "registry.yaml"
ADDONS_CHART = GITOPS / "addons" / "chart"
Mode = Literal["SelfManaged", "Capability"]
Item = dict[str, Any]
SECRET_KEY = "argocd-cluster-secret"


class _Loader(yaml.CSafeLoader):
    """Refuses a key that stands twice in one mapping: YAML lets the second win in silence (gitops D9)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"{node.start_mark}: twice: {', '.join(sorted(twice))}")
        return super().construct_mapping(node, deep)


def read(path: Path) -> list[Any]:
    """All documents of a YAML file."""
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> list[Any]:
    """All documents of a YAML text that say something."""
    return [found for found in yaml.load_all(text, _Loader) if found is not None]


@cache
def registry() -> Item:
    """The registry of add-ons."""
    (found,) = read(REGISTRY)
    return dict(found)


def repository(hub: Iterable[Item] | None = None) -> str:
    """Address of the repository that stands for this folder, as the sample hub names it."""
    (facts,) = hub or sample_hub()
    return str(facts["data"]["repositories"]["addons"]["url"])


@cache
def spokes(mode: Mode = "SelfManaged", engine: str = ENGINE) -> Mapping[str, Item]:
    """The cluster Secret of every example, by its name, as the function leaves it when all is settled."""
    return {name: _secret_of(name, mode, engine) for name in EXAMPLE_NAMES}


def _secret_of(name: str, mode: Mode, engine: str) -> Item:
    told = life_of(name, engine)[-1].answer
    if mode == "Capability":
        hub = sample_hub()
        hub[0]["data"]["argocd"]["mode"] = mode
        hub[0]["data"]["reach"] = {"mode": mode}
        told = Life(example(name, engine), hub=hub).settle()
    written = told.desired[SECRET_KEY]
    return copy.deepcopy(written if written["kind"] == "Secret" else written["spec"]["forProvider"]["manifest"])


def hub_row() -> Item:
    """The hub's own Secret, as bootstrap writes it: a spoke's keys, and no add-on but those that the hub needs."""
    secret = copy.deepcopy(spokes()["minimal"])
    metadata = secret["metadata"]
    metadata["name"] = "in-cluster"
    metadata["labels"] |= dict.fromkeys(switches(secret), "false") | {
        "cluster_name": "in-cluster",
        "aws_cluster_name": "hub",
        "environment": "hub",
        "ring": "hub",
        "tenant": "platform",
        "fleet_member": "hub",
        "workloads": "false",
        "enable_kyverno": "true",
        "enable_external_secrets": "true",
    }
    metadata["annotations"] |= {
        "cluster_name": "in-cluster",
        "aws_cluster_name": "hub",
        "fleet.argosy.dev/claim": "none",
        "external_secrets_namespace": "external-secrets",
        "external_secrets_service_account": "external-secrets-sa",
    }
    secret["data"] = {
        key: base64.b64encode(value.encode()).decode()
        for key, value in {
            "name": "in-cluster",
            "server": "https://kubernetes.default.svc",
            "config": json.dumps({"tlsClientConfig": {"insecure": False}}),
        }.items()
    }
    return secret


def switches(secret: Mapping[str, Any]) -> list[str]:
    """The switches of add-ons on a Secret."""
    return [key for key in secret["metadata"]["labels"] if key.startswith("enable_")]


def changed(
    secret: Mapping[str, Any],
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    name: str = "",
) -> Item:
    """A copy of a cluster Secret with other labels and annotations, or of another cluster."""
    copied = copy.deepcopy(dict(secret))
    metadata = copied["metadata"]
    metadata["labels"] |= labels or {}
    metadata["annotations"] |= annotations or {}
    if name:
        metadata["name"] = f"cluster-{name}"
        metadata["labels"] |= {"cluster_name": name, "aws_cluster_name": name}
        metadata["annotations"] |= {"cluster_name": name, "aws_cluster_name": name}
        copied["data"] |= {
            "name": base64.b64encode(name.encode()).decode(),
            "server": base64.b64encode(f"https://{name}.gr7.eu-west-1.eks.amazonaws.com".encode()).decode(),
        }
    return copied


def name_of(secret: Mapping[str, Any]) -> str:
    """Name of a Secret's cluster in Argo CD."""
    return base64.b64decode(secret["data"]["name"]).decode()


def everything(secret: Mapping[str, Any]) -> Item:
    """The Secret of the same cluster with every add-on of the registry switched on."""
    annotations = {"external_dns_hosted_zone_ids": "Z0EVERY,Z0THING"}
    for key, module in ARGO_ADDONS.items():
        annotations |= {f"{key}_namespace": module.NAMESPACE, f"{key}_service_account": module.SERVICE_ACCOUNT}
    return changed(secret, labels={f"enable_{key}": "true" for key in registry()["addons"]}, annotations=annotations)


def template(
    chart: Path,
    *values: Path | Mapping[str, Any],
    release: str = "release",
    namespace: str = "default",
    kubernetes: str = NEWEST,
) -> list[Item]:
    """What Helm makes of a chart, with values from the weakest to the strongest; as Argo CD, with its CRDs.

    Raises:
        RuntimeError: Helm refused, with what it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        files: list[str] = []
        for number, value in enumerate(values):
            file = value if isinstance(value, Path) else Path(folder) / f"{number}.yaml"
            if not isinstance(value, Path):
                file.write_text(json.dumps(value), encoding="utf-8")
            files += ["-f", str(file)]
        command = [str(built("helm")), "template", release, str(chart), "-n", namespace]
        command += ["--include-crds", "--kube-version", f"v{kubernetes}.0", *files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return [found for found in yaml.load_all(done.stdout, yaml.CSafeLoader) if found is not None]


@cache
def addon_sets() -> tuple[Item, ...]:
    """The ApplicationSets that the registry becomes."""
    return tuple(template(ADDONS_CHART, REGISTRY, release="addons", namespace="argocd"))


@cache
def hub_sets() -> tuple[Item, ...]:
    """Every ApplicationSet that a hub has in the end: those of bootstrap, and those that charts on the hub make."""
    found = [item for file in sorted((GITOPS / "bootstrap" / "applicationsets").glob("*.yaml")) for item in read(file)]
    todo, found = [item for item in found if item["kind"] == "ApplicationSet"], []
    while todo:
        found += todo
        made = expand(todo, [*spokes().values(), hub_row()])
        todo = [item for items in made.values() for application in items for item in _sets_of(application)]
    return tuple(found)


def _sets_of(application: Mapping[str, Any]) -> Iterator[Item]:
    """The ApplicationSets among what an Application puts on the hub, if it is a chart of this repository."""
    spec = application["spec"]
    source = spec.get("source") or {}
    chart = ROOT / source.get("path", "none")
    if spec["destination"].get("name") != "in-cluster" or not (chart / "Chart.yaml").exists():
        return
    helm = source.get("helm", {})
    # As Argo CD does: from the root of the repository with a slash in front, else from the chart.
    files = [ROOT / file[1:] if file.startswith("/") else chart / file for file in helm.get("valueFiles", [])]
    made = template(chart, *files, helm.get("valuesObject", {}), namespace=spec["destination"]["namespace"])
    yield from (item for item in made if item["kind"] == "ApplicationSet")


def expand(
    sets: Iterable[Mapping[str, Any]],
    secrets: Iterable[Mapping[str, Any]],
    repositories: Mapping[str, Path] | None = None,
) -> dict[str, list[Item]]:
    """The Applications of each ApplicationSet, by its name, from Argo CD's own code.

    Raises:
        RuntimeError: a generator or a template failed, with what Argo CD would write into the ApplicationSet's status.
    """
    question = {
        "applicationSets": list(sets),
        "secrets": list(secrets),
        "repositories": {url: str(folder) for url, folder in (repositories or {repository(): ROOT}).items()},
    }
    program = str(built("applicationset"))
    done = subprocess.run([program], input=json.dumps(question), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    answers = json.loads(done.stdout)
    if errors := [f"{told['applicationSet']}: {told['error']}" for told in answers if told.get("error")]:
        raise RuntimeError("\n".join(errors))
    return {told["applicationSet"]: sorted(told["applications"] or [], key=_name) for told in answers}


def _name(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])


def addon_applications(secrets: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The Applications of add-ons and baseline for some clusters."""
    return [found for made in expand(addon_sets(), secrets).values() for found in made]


def chart_source(application: Mapping[str, Any]) -> Item:
    """The source of an Application that is the add-on's chart."""
    (found,) = (source for source in application["spec"]["sources"] if "valueFiles" in source.get("helm", {}))
    return dict(found)


def value_files(application: Mapping[str, Any]) -> list[str]:
    """Paths of the value files in the repository, from the weakest to the strongest, whether or not they are there."""
    return [file.removeprefix("$values/") for file in chart_source(application)["helm"]["valueFiles"]]


def values_of(application: Mapping[str, Any], folder: Path = ROOT) -> list[Path | Mapping[str, Any]]:
    """What Argo CD hands to Helm for an Application: the files that are there, and above them what is inline."""
    files: list[Path | Mapping[str, Any]] = [folder / file for file in value_files(application)]
    inline = chart_source(application)["helm"].get("valuesObject", {})
    return [*(file for file in files if isinstance(file, Path) and file.exists()), inline]


def merged(application: Mapping[str, Any], folder: Path = ROOT) -> Item:
    """The values of an Application as one mapping, merged as Helm does: mapping by mapping, lists as a whole."""
    result: Item = {}
    for layer in values_of(application, folder):
        found = (read(layer) or [{}])[0] if isinstance(layer, Path) else layer
        result = _over(result, found)
    return result


def _over(weak: Mapping[str, Any], strong: Mapping[str, Any]) -> Item:
    result = dict(weak)
    for key, value in strong.items():
        mine = result.get(key)
        both = isinstance(mine, Mapping) and isinstance(value, Mapping)
        result[key] = _over(mine or {}, value) if both else value
    return result
