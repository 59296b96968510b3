"""What we write for add-ons is what their charts read, wherever the chart can be had here.

The others are skipped one by one, with the reason: they are in the summary of every run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from tests.gitops.charts import ABSENT, CHARTS, fetched
from tests.gitops.expansion import (
    GITOPS,
    addon_applications,
    changed,
    chart_source,
    everything,
    merged,
    read,
    registry,
    spokes,
    template,
    values_of,
)

pytestmark = pytest.mark.tools
ADDONS = tuple(registry()["addons"])
LOCAL = GITOPS / "charts"
NOT_THE_PIN = {"external_secrets", "gpu_operator", "metrics_server"}
"""Run with the nearest version that the module proxy serves."""
BASELINE = {key.replace("_", "-") for key in registry()["baseline"]}
HUBS = ("external_secrets", "kyverno")
"""What the hub itself runs."""
PODS = ("DaemonSet", "Deployment", "Job", "StatefulSet")


@cache
def all_of(name: str) -> tuple[dict[str, Any], ...]:
    """Every add-on's Application for the cluster of an example."""
    return tuple(addon_applications([everything(spokes()[name])]))


def of_addon(key: str, *, application_of: str = "production") -> dict[str, Any]:
    label = key.replace("_", "-")
    (found,) = (
        item for item in all_of(application_of) if item["metadata"]["labels"].get("fleet.argosy.dev/addon") == label
    )
    return found


def test_every_add_on_has_a_chart_here_or_a_reason_why_not() -> None:
    assert CHARTS.keys() & ABSENT.keys() == set()
    assert CHARTS.keys() | ABSENT.keys() == set(ADDONS)


def test_a_chart_of_another_version_than_the_pinned_one_is_said_to_be_one() -> None:
    others = {key for key, chart in CHARTS.items() if chart.version != registry()["addons"][key]["version"]}
    assert others == NOT_THE_PIN


@pytest.mark.parametrize("key", ADDONS)
def test_the_chart_takes_our_values(key: str) -> None:
    """For every example: its templates run, and its own schema, where it has one, agrees."""
    if key in ABSENT:
        entry = registry()["addons"][key]
        pytest.skip(f"chart {entry['chart']} {entry['version']} of {key} cannot be had here: {ABSENT[key]}")
    seen = []
    for name, secret in spokes().items():
        application = of_addon(key, application_of=name)
        version = secret["metadata"]["labels"]["kubernetes_version"]
        if (merged(application), version) in seen:
            continue
        seen.append((merged(application), version))
        made = template(
            fetched(key),
            *values_of(application),
            release=key.replace("_", "-"),
            namespace=application["spec"]["destination"]["namespace"],
            kubernetes=version,
        )
        assert any(item["kind"] in PODS for item in made)
        assert all("role-arn" not in str(item["metadata"]) for item in made if item["kind"] == "ServiceAccount")


@pytest.mark.parametrize("key", [key for key in ADDONS if key in CHARTS])
def test_the_chart_knows_every_value_that_we_write(key: str) -> None:
    """Helm ignores what a chart never reads; a misspelt value would be a default and nobody would see it (D4)."""
    folder = fetched(key)
    known = yaml.load((folder / "values.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    schema = folder / "values.schema.json"
    root = json.loads(schema.read_text(encoding="utf-8")) if schema.exists() else {}

    unknown = [path for path in unknown_in(merged(of_addon(key)), known) if not in_schema(root, root, path)]

    assert not unknown, f"{key}: {unknown}"


def in_schema(root: Mapping[str, Any], here: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Whether a chart's schema names a value; some have no default, and stand in no values.yaml."""
    if "$ref" in here:
        target: Mapping[str, Any] = root
        for step in here["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return in_schema(root, target, path)
    if not path:
        return bool(here)
    return path[0] in here.get("properties", {}) and in_schema(root, here["properties"][path[0]], path[1:])


def unknown_in(ours: Mapping[str, Any], known: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths that are in no default of the chart; below an empty mapping a chart takes anything."""
    for key, value in ours.items():
        if key not in known:
            yield (*before, key)
        elif isinstance(value, Mapping) and isinstance(known[key], Mapping) and known[key]:
            yield from unknown_in(value, known[key], (*before, key))


@pytest.mark.parametrize("key", [key for key in CHARTS if registry()["addons"][key].get("identity")])
def test_the_pods_run_with_the_account_that_the_identity_is_bound_to(key: str) -> None:
    application = of_addon(key)
    namespace = application["spec"]["destination"]["namespace"]
    account = application_account(application)

    made = template(fetched(key), *values_of(application), release=key.replace("_", "-"), namespace=namespace)

    accounts = [item["metadata"] for item in made if item["kind"] == "ServiceAccount"]
    assert (account, namespace) in [(found["name"], found["namespace"]) for found in accounts]
    users = [item for item in made if item["kind"] == "Deployment" and account_of(item) == account]
    assert len(users) == 1, [item["metadata"]["name"] for item in users]


def application_account(application: Mapping[str, Any]) -> str:
    inline = chart_source(application)["helm"]["valuesObject"]
    return str((inline.get("serviceAccount") or inline["rbac"]["serviceAccount"])["name"])


def account_of(item: Mapping[str, Any]) -> str:
    return str(item["spec"]["template"]["spec"].get("serviceAccountName"))


def test_kyverno_ends_before_its_rights_do() -> None:
    """It takes its webhooks away when it ends; if it may not, nothing can be written in the cluster any more."""
    made = template(fetched("kyverno"), *values_of(of_addon("kyverno")), release="kyverno", namespace="kyverno")
    waves = {(item["kind"], item["metadata"]["name"]): wave(item) for item in made if not is_hook(item)}

    assert waves.pop(("Deployment", "kyverno-admission-controller")) == 1
    assert set(waves.values()) == {0}


def wave(item: Mapping[str, Any]) -> int:
    return int((item["metadata"].get("annotations") or {}).get("argocd.argoproj.io/sync-wave", 0))


def is_hook(item: Mapping[str, Any]) -> bool:
    return "helm.sh/hook" in (item["metadata"].get("annotations") or {})


def baseline(key: str, secret: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an entry of the baseline puts on a cluster."""
    (application,) = (
        found
        for found in addon_applications([secret])
        if str(chart_source(found).get("path", "")).endswith(f"charts/{key}")
    )
    namespace = application["spec"]["destination"]["namespace"]
    return template(LOCAL / key, *values_of(application), release=key, namespace=namespace)


@pytest.mark.parametrize(
    ("auto_mode", "provisioner"), [("true", "ebs.csi.eks.amazonaws.com"), ("false", "ebs.csi.aws.com")]
)
def test_every_cluster_has_one_default_storage_class_of_the_driver_that_it_has(
    auto_mode: str, provisioner: str
) -> None:
    secret = changed(spokes()["minimal"], annotations={"fleet.argosy.dev/auto-mode": auto_mode})

    (made,) = baseline("storage-class", secret)

    assert made["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    assert made["provisioner"] == provisioner
    assert made["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert made["volumeBindingMode"] == "WaitForFirstConsumer"
    assert ("allowedTopologies" in made) is (auto_mode == "true")


def test_the_facts_of_a_cluster_lie_on_it() -> None:
    for name, secret in spokes().items():
        labels, annotations = secret["metadata"]["labels"], secret["metadata"]["annotations"]
        made = baseline("cluster-facts", secret)
        (facts,) = (item for item in made if item["kind"] == "ConfigMap")

        assert (facts["metadata"]["name"], facts["metadata"]["namespace"]) == ("cluster-facts", "argosy")
        data = facts["data"]
        assert data["account"] == annotations["aws_account_id"], name
        assert data["eks-cluster"] == labels["aws_cluster_name"]
        assert data["claim"] == annotations["fleet.argosy.dev/claim"]
        claimed = {key.partition("/")[2]: value for key, value in labels.items() if key.startswith("fleet.argosy.dev/")}
        assert {key[6:]: value for key, value in data.items() if key.startswith("label.")} == claimed
        stores = {key[4:]: value for key, value in annotations.items() if key.startswith("rds_")}
        assert {key[9:]: value for key, value in data.items() if key.startswith("database.")} == stores
    assert claimed_somewhere(), "no example has a label of its claim: this shows nothing"
    assert any("rds_" in str(secret) for secret in spokes().values()), "nor a database"


def claimed_somewhere() -> bool:
    return any(
        key.startswith("fleet.argosy.dev/") for secret in spokes().values() for key in secret["metadata"]["labels"]
    )


def test_the_facts_may_be_read_and_nothing_else_of_their_namespace() -> None:
    (role,) = (item for item in baseline("cluster-facts", spokes()["minimal"]) if item["kind"] == "Role")

    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cluster-facts"], "verbs": ["get"]}
    ]


def test_auto_mode_is_told_to_heed_network_policies() -> None:
    for secret in spokes().values():
        auto = secret["metadata"]["annotations"]["fleet.argosy.dev/auto-mode"] == "true"
        made = [item["data"] for item in baseline("network-policies", secret)]
        assert made == ([{"enable-network-policy-controller": "true"}] if auto else [])
    assert {secret["metadata"]["annotations"]["fleet.argosy.dev/auto-mode"] for secret in spokes().values()} == {
        "true",
        "false",
    }


@pytest.mark.parametrize("chart", ["storage-class", "cluster-facts", "last-round", "network-policies"])
def test_our_charts_refuse_a_value_that_they_do_not_read(chart: str) -> None:
    with pytest.raises(RuntimeError, match="additional properties 'misspelt' not allowed"):
        template(
            LOCAL / chart,
            {"misspelt": "value", "name": "name"} if chart in ("storage-class", "last-round") else {"misspelt": 1},
        )


def test_every_yaml_of_the_add_ons_can_be_read_and_says_no_key_twice() -> None:
    for file in sorted((GITOPS / "addons").rglob("*.yaml")):
        if "templates" not in file.parts:
            read(file)


CLUSTER_SCOPED = {
    ("", "Namespace"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("networking.k8s.io", "IngressClass"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
}
"""Kinds of Kubernetes itself that charts make."""
PROJECTS = GITOPS / "bootstrap" / "projects.yaml"


@cache
def made_of(key: str) -> tuple[dict[str, Any], ...]:
    """What the chart of an add-on becomes."""
    application = of_addon(key)
    namespace = application["spec"]["destination"]["namespace"]
    return tuple(template(fetched(key), *values_of(application), release=key.replace("_", "-"), namespace=namespace))


def kind_of(item: Mapping[str, Any]) -> tuple[str, str]:
    group, _, version = item["apiVersion"].partition("/")
    return (group if version else "", item["kind"])


def scoped(items: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """The kinds among them that have no namespace."""
    items = list(items)
    own = {
        (item["spec"]["group"], item["spec"]["names"]["kind"])
        for item in items
        if item["kind"] == "CustomResourceDefinition" and item["spec"]["scope"] == "Cluster"
    }
    return {kind_of(item) for item in items} & (CLUSTER_SCOPED | own)


def project() -> dict[str, Any]:
    if not PROJECTS.exists():
        pytest.skip("there are no projects")
    (found,) = (item for item in read(PROJECTS) if item["metadata"]["name"] == "argosy-addons")
    return dict(found["spec"])


def test_the_project_knows_the_charts_repositories_and_no_others() -> None:
    """Without its repository an add-on stops with an error in the middle of a rollout."""
    ours = {entry["repository"] for entry in registry()["addons"].values()}

    assert {url for url in project()["sourceRepos"] if url.startswith("http")} == ours


@pytest.mark.parametrize("key", [*CHARTS, *(path.name for path in sorted(LOCAL.glob("*")) if path.name in BASELINE)])
def test_the_project_lets_the_charts_objects_in(key: str) -> None:
    made = made_of(key) if key in CHARTS else baseline(key, spokes()["minimal"])

    allowed = {(rule["group"], rule["kind"]) for rule in project()["clusterResourceWhitelist"]}
    missing = {kind for kind in scoped(made) if kind not in allowed and (kind[0], "*") not in allowed}

    assert not missing, f"{key} makes {sorted(missing)}"


@pytest.mark.parametrize("key", HUBS)
def test_on_the_hub_an_add_on_stays_in_its_namespace(key: str) -> None:
    spaces = {item["metadata"].get("namespace") for item in made_of(key)} - {None}
    allowed = {where["namespace"] for where in project()["destinations"] if where.get("name") == "in-cluster"}

    assert spaces <= allowed
