"""The ApplicationSets of add-ons, expanded by Argo CD's own code for the clusters that the function registers."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.options import sample_hub, to_yaml
from argosy.composites.addons import ARGO_ADDONS
from argosy.names import CLUSTER_LENGTH
from argosy.vocabulary import DRAINED
from tests.cases.test_cases import compare
from tests.gitops.expansion import (
    ADDONS_CHART,
    GITOPS,
    REGISTRY,
    addon_applications,
    addon_sets,
    changed,
    chart_source,
    everything,
    expand,
    hub_row,
    hub_sets,
    merged,
    name_of,
    read,
    registry,
    spokes,
    switches,
    template,
    value_files,
)
from tests.support.lives import EXAMPLE_NAMES, ROOT, life_of

pytestmark = pytest.mark.tools
GOLDEN = Path(__file__).with_name("addons.golden.yaml")
LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
ADDONS = tuple(registry()["addons"])
IDENTIFIED = tuple(key for key, entry in registry()["addons"].items() if entry.get("identity"))


def row_of(application: Mapping[str, Any]) -> dict[str, Any]:
    """What the table says of an Application."""
    values = merged(application)
    account = values.get("serviceAccount") or values.get("rbac", {}).get("serviceAccount") or {}
    files = [file for file in value_files(application) if (ROOT / file).exists()]
    row = {
        "version": chart_source(application).get("chart") and chart_source(application)["targetRevision"],
        "namespace": application["spec"]["destination"]["namespace"],
        "serviceAccount": account.get("name"),
        "files": [file.removeprefix("gitops/addons/values/") for file in files],
    }
    return {key: value for key, value in row.items() if value}


def table(secrets: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Cluster by cluster, what is installed."""
    rows: dict[str, dict[str, Any]] = {}
    for application in addon_applications(list(secrets)):
        cluster = application["metadata"]["labels"]["fleet.argosy.dev/cluster"]
        name = application["metadata"]["name"].removesuffix(f"-{cluster}")
        rows.setdefault(cluster, {})[name] = row_of(application)
    return {cluster: dict(sorted(found.items())) for cluster, found in sorted(rows.items())}


def test_the_table_of_clusters_and_add_ons_is_the_golden_one(update_golden: bool) -> None:
    one = changed(everything(spokes()["production"]), name="everything")
    compare(GOLDEN, to_yaml([table([*spokes().values(), hub_row(), one])]), update_golden)


def test_every_switch_installs_one_add_on_and_without_it_there_is_none() -> None:
    on = everything(spokes()["minimal"])
    off = changed(on, labels=dict.fromkeys(switches(on), "false"), name="bare")

    made = expand(addon_sets(), [on, off])

    for key in ADDONS:
        (application,) = made[set_name(key)]
        assert application["metadata"]["labels"]["fleet.argosy.dev/switch"] == f"enable_{key}"
        assert application["spec"]["destination"]["name"] == name_of(on)


def dashed(key: str) -> str:
    return key.replace("_", "-")


def set_name(key: str) -> str:
    return f"addon-{dashed(key)}"


def set_of(key: str) -> dict[str, Any]:
    (found,) = (item for item in addon_sets() if item["metadata"]["name"] == set_name(key))
    return found


def test_what_every_application_set_must_have() -> None:
    sets = [*addon_sets(), *read(GITOPS / "bootstrap" / "applicationsets" / "addons.yaml")]
    assert len(sets) == len(registry()["addons"]) + len(registry()["baseline"]) + 1

    for item in sets:
        name, spec = item["metadata"]["name"], item["spec"]
        assert item["metadata"]["namespace"] == "argocd", name
        assert item["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=confirm,Delete=confirm"
        assert spec["goTemplate"] is True, name
        assert spec["goTemplateOptions"] == ["missingkey=error"], name
        assert spec["syncPolicy"]["applicationsSync"] == "sync", name
        assert "{{" not in spec["template"]["spec"]["project"], name
        assert all(generator["selector"]["matchLabels"] for generator in generators(item)), name


def generators(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cluster generators of an ApplicationSet."""
    found = []
    for generator in item["spec"]["generators"]:
        nested = generator["merge"]["generators"] if "merge" in generator else [generator]
        found += [inner["clusters"] for inner in nested]
    return found


def test_a_switched_off_add_on_takes_what_it_installed_with_it_and_the_baseline_stays() -> None:
    for item in addon_sets():
        addon = item["metadata"]["name"].startswith("addon-")
        assert item["spec"]["syncPolicy"]["preserveResourcesOnDeletion"] is not addon

    for application in addon_applications([everything(spokes()["minimal"])]):
        addon = application["metadata"]["labels"]["fleet.argosy.dev/part"] == "addon"
        finalizers = application["metadata"].get("finalizers", [])
        assert finalizers == (["resources-finalizer.argocd.argoproj.io"] if addon else [])


def test_what_every_application_must_have() -> None:
    longest = "o" * CLUSTER_LENGTH
    secret = changed(everything(spokes()["minimal"]), name=longest)

    for application in addon_applications([secret]):
        metadata, spec = application["metadata"], application["spec"]
        assert metadata["name"].endswith(f"-{longest}")
        assert len(metadata["name"]) <= 63, metadata["name"]
        labels = metadata["labels"]
        assert labels["fleet.argosy.dev/cluster"] == longest
        assert labels["fleet.argosy.dev/switch"] in secret["metadata"]["labels"]
        assert {key: labels[key] for key in ("ring", "environment", "tenant")} == {
            key: secret["metadata"]["labels"][key] for key in ("ring", "environment", "tenant")
        }
        assert labels["fleet.argosy.dev/part"] in ("addon", "baseline")
        assert ("fleet.argosy.dev/addon" in labels) is (labels["fleet.argosy.dev/part"] == "addon")
        assert all(LABEL_VALUE.fullmatch(value) for value in labels.values()), labels
        assert spec["project"] == "argosy-addons"
        assert spec["destination"].keys() == {"name", "namespace"}
        assert spec["destination"]["name"] == longest
        assert {"CreateNamespace=true", "ServerSideApply=true"} <= set(spec["syncPolicy"]["syncOptions"])
        assert "{{" not in str(application)


def test_two_clusters_of_one_environment_share_no_application() -> None:
    one = everything(spokes()["production"])
    names = [found["metadata"]["name"] for found in addon_applications([one, changed(one, name="other-prod")])]

    assert len(names) == len(set(names)) == 2 * (len(ADDONS) + len(registry()["baseline"]))


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_both_shapes_of_the_secret_get_the_same(name: str) -> None:
    ours, theirs = spokes()[name], spokes("Capability")[name]
    assert ours["data"] != theirs["data"]

    assert addon_applications([ours]) == addon_applications([theirs])


@pytest.mark.parametrize("key", IDENTIFIED)
def test_namespace_and_account_are_those_of_the_association(key: str) -> None:
    """D6: anywhere else the pod runs without its identity, and nothing says so."""
    module = ARGO_ADDONS[key]
    secrets = [secret for secret in spokes().values() if secret["metadata"]["labels"][f"enable_{key}"] == "true"]
    if not secrets:
        secrets = [everything(spokes()["minimal"])]

    for application in expand([set_of(key)], secrets)[set_name(key)]:
        row = row_of(application)
        assert (row["namespace"], row["serviceAccount"]) == (module.NAMESPACE, module.SERVICE_ACCOUNT)
    for name, secret in spokes().items():
        if secret["metadata"]["labels"][f"enable_{key}"] == "true":
            assert associated(name, key) == (module.NAMESPACE, module.SERVICE_ACCOUNT)


def associated(name: str, key: str) -> tuple[str, str]:
    """Namespace and service account of an add-on's association with its role."""
    desired = life_of(name)[-1].answer.desired[f"pod-identity-addon-{dashed(key)}"]
    made = desired["spec"]["forProvider"]
    return made["namespace"], made["serviceAccount"]


def test_the_identified_add_ons_are_those_that_the_function_gives_an_identity() -> None:
    assert set(IDENTIFIED) == set(ARGO_ADDONS)


def test_inline_values_name_no_role() -> None:
    """With Pod Identity the annotation would make the pod try web identity first, and fail."""
    for application in addon_applications([everything(spokes()["minimal"])]):
        assert "role-arn" not in str(merged(application))


VERSIONS = [
    {"match": {"environment": "prod"}, "version": "2.0.0"},
    {"match": {"ring": ["0", "1"]}, "version": "3.0.0"},
    {"match": {"kubernetes_version": "1.34"}, "version": "4.0.0"},
    {"match": {"environment": "dev", "ring": "0"}, "version": "5.0.0"},
]


@pytest.mark.parametrize(
    ("environment", "ring", "kubernetes", "version"),
    [
        ("staging", "2", "1.35", "1.0.0"),  # no rule is about it
        ("prod", "2", "1.35", "2.0.0"),
        ("staging", "0", "1.35", "3.0.0"),
        ("prod", "1", "1.35", "3.0.0"),  # the later rule wins
        ("prod", "2", "1.34", "4.0.0"),
        ("dev", "0", "1.34", "5.0.0"),  # all labels of a rule
        ("dev", "1", "1.35", "3.0.0"),
    ],
)
def test_a_version_follows_from_labels(environment: str, ring: str, kubernetes: str, version: str) -> None:
    """By environment, ring and Kubernetes version; a rule about a cluster without the switch adds none."""
    entry = {
        "keda": {
            "chart": "keda",
            "repository": "https://charts.example.org",
            "version": "1.0.0",
            "wave": 0,
            "namespace": "keda",
            "leaves": "nothing",
            "versions": VERSIONS,
        }
    }
    sets = template(ADDONS_CHART, {"rings": ["0", "1", "2"], "addons": entry, "baseline": {}})
    labels = {"environment": environment, "ring": ring, "kubernetes_version": kubernetes}
    on = changed(spokes()["minimal"], labels=labels | {"enable_keda": "true"})
    off = changed(spokes()["production"], labels=labels | {"enable_keda": "false"})

    (application,) = expand(sets, [on, off])["addon-keda"]

    assert chart_source(application)["targetRevision"] == version
    assert application["spec"]["destination"]["name"] == name_of(on)


def steps(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(item["spec"]["strategy"]["rollingSync"]["steps"])


def matches(step: Mapping[str, Any], ring: str) -> bool:
    (expression,) = step["matchExpressions"]
    return (ring in expression["values"]) is (expression["operator"] == "In")


def test_rings_go_in_order_and_every_application_has_its_step() -> None:
    """An Application of no step is never synced; the hub gets a change last."""
    rings = sample_hub()[0]["data"]["rings"]
    assert registry()["rings"] == rings

    for item in addon_sets():
        assert item["spec"]["strategy"]["type"] == "RollingSync"
        order = [[index for index, step in enumerate(steps(item)) if matches(step, ring)] for ring in [*rings, "hub"]]
        assert order == [[index] for index in range(len(rings) + 1)]
        assert [index for index, step in enumerate(steps(item)) if matches(step, "unheard-of")] == [len(rings)]


def test_without_progressive_syncs_argo_cd_syncs_at_once() -> None:
    """The EKS capability has none; with a strategy there nothing would be synced."""
    for item in template(ADDONS_CHART, REGISTRY, {"progressiveSyncs": False}):
        assert "strategy" not in item["spec"]
        assert item["spec"]["template"]["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), "ring", ["0"]),
        (("addons",), "cert-manager", {}),
        (("addons", "keda"), "versoin", "1.0.0"),
        (("addons", "keda"), "version", "latest"),
        (("addons", "keda"), "version", "2.*"),
        (("addons", "keda"), "identity", True),
        (("addons", "keda"), "repository", "http://charts.example.org"),
        (("addons", "keda"), "wave", "1"),
        (("addons", "keda"), "name", "n" * 33),
        (("addons", "keda"), "versions", [{"match": {"enviroment": "prod"}, "version": "1.0.0"}]),
        (("addons", "keda"), "versions", [{"match": {}, "version": "1.0.0"}]),
        (("baseline", "storage_class"), "chart", "gp3"),
    ],
)
def test_the_schema_refuses_what_is_misspelt(path: tuple[str, ...], key: str, value: object) -> None:
    wrong = copy.deepcopy(registry())
    here = wrong
    for step in path:
        here = here[step]
    here[key] = value

    with pytest.raises(RuntimeError, match="values don't meet the specifications of the schema"):
        template(ADDONS_CHART, wrong)


def test_the_hub_makes_the_application_sets_from_the_registry() -> None:
    sets = read(GITOPS / "bootstrap" / "applicationsets" / "addons.yaml")

    (application,) = expand(sets, [*spokes().values(), hub_row()])["addons"]

    spec = application["spec"]
    assert application["metadata"]["name"] == "addons-in-cluster"
    assert not application["metadata"].get("finalizers")
    assert spec["destination"] == {"name": "in-cluster", "namespace": "argocd"}
    chart = ROOT / spec["source"]["path"]
    files = [chart / file for file in spec["source"]["helm"]["valueFiles"]]
    assert template(chart, *files, release="addons", namespace="argocd") == list(addon_sets())


def test_a_hub_gets_its_own_add_ons_and_no_baseline_of_spokes() -> None:
    assert set(table([hub_row()])["in-cluster"]) == {"external-secrets", "kyverno"}


def test_a_lost_fact_stops_the_expansion_and_installs_nothing_wrong() -> None:
    secret = everything(spokes()["minimal"])
    del secret["metadata"]["annotations"]["external_dns_service_account"]

    with pytest.raises(RuntimeError, match="external_dns_service_account"):
        expand([set_of("external_dns")], [secret])


def test_every_example_has_a_row_of_the_baseline() -> None:
    addons, baseline = registry()["addons"], {dashed(key) for key in registry()["baseline"]}
    for name, secret in spokes().items():
        rows = table([secret])[name_of(secret)]
        assert baseline <= set(rows), name
        up = {
            addons[key.removeprefix("enable_")].get("name", dashed(key.removeprefix("enable_")))
            for key in switches(secret)
            if secret["metadata"]["labels"][key] == "true"
        }
        assert set(rows) - baseline == up


def test_an_application_that_cannot_sync_gives_up_so_that_it_can_be_deleted() -> None:
    """Argo CD 3.2 deletes none that still tries: with an endless retry its cluster could never be emptied (REL-15)."""
    drained = [
        found
        for of_one in expand(hub_sets(), [everything(spokes()["production"])]).values()
        for found in of_one
        if found["metadata"]["labels"]["fleet.argosy.dev/part"] in DRAINED
    ]
    assert drained
    assert {
        found["metadata"]["name"] for found in drained if found["spec"]["syncPolicy"]["retry"]["limit"] < 1
    } == set()
