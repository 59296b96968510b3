"""`kubectl apply -k gitops/bootstrap`: one file says everything, Argo CD keeps its defaults, projects reach little."""

from __future__ import annotations

import base64
import copy
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.catalog import COMPOSITES
from argosy.composites.hub import SECRET_KEY
from tests.gitops.folders import (
    ARGOCD,
    BOOTSTRAP,
    CAPABILITY,
    GITOPS,
    Object,
    build,
    by_argo_cd,
    load,
    objects_of,
    one,
    scalars,
    yaml_files,
)
from tests.support.lives import life_of
from tests.tools.build import ROOT

pytestmark = pytest.mark.tools

SETTINGS = BOOTSTRAP / "settings.yaml"
IAM = ROOT / "examples" / "setup" / "iam"
PAGE = (ROOT / "docs" / "hub.md").read_text()
(SAID,) = (document["data"] for document in load(SETTINGS.read_text()))
PARTS_OF_WORDS = {"revision", "folder", "partition", "kubernetesVersion"}
"""Settings whose values are words that may stand inside others."""
ONLY_OF_CAPABILITY = {"clusterArn"}
NOT_OF_CAPABILITY = {"knownHosts", "adminGroup"}
"""Settings of ConfigMaps that AWS keeps there."""
VARIANTS = (BOOTSTRAP, CAPABILITY)
every_variant = pytest.mark.parametrize("folder", VARIANTS, ids=lambda folder: folder.name)
PROJECTS = ("argosy-addons", "argosy-claims", "argosy-hub", "argosy-teams", "default")


def spec(name: str, folder: Path = BOOTSTRAP, kind: str = "AppProject") -> dict[str, Any]:
    found: dict[str, Any] = one(build(folder), kind, name)["spec"]
    return found


def data(name: str) -> dict[str, str]:
    found: dict[str, str] = one(build(BOOTSTRAP), "ConfigMap", name)["data"]
    return found


# One file


def is_said(value: str, text: str, setting: str) -> bool:
    """Whether a text of an object says a setting's value."""
    if setting in PARTS_OF_WORDS:
        return text == value or text.startswith(f"{value}/") or f"'{value}'" in text
    return value in text


def changed(folder: Path, tmp_path: Path, values: dict[str, str]) -> list[str]:
    """All texts of a folder's objects, with other settings."""
    for each in VARIANTS:
        shutil.copytree(each, tmp_path / each.name)
    settings = load(SETTINGS.read_text())[0]
    settings["data"].update(values)
    (tmp_path / "bootstrap" / "settings.yaml").write_text(yaml.safe_dump(settings))
    return [text for item in objects_of(tmp_path / folder.name) for text in scalars(item)]


@every_variant
def test_what_settings_say_is_said_nowhere_else(folder: Path, tmp_path: Path) -> None:
    values = {name: f"other-{name}" for name in SAID}
    texts = changed(folder, tmp_path, values)
    still = {name: text for name, old in SAID.items() for text in texts if is_said(old, text, name)}
    assert still == {}
    read = {name for name, new in values.items() if any(new in text for text in texts)}
    unread = NOT_OF_CAPABILITY if folder == CAPABILITY else ONLY_OF_CAPABILITY
    assert read == SAID.keys() - unread


@every_variant
def test_no_gap_is_left_unfilled(folder: Path) -> None:
    gaps = re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", " ".join(text for item in build(folder) for text in scalars(item)))
    capitals = {"FOLDER", "REPOSITORY", "REVISION", "CLUSTER", "ACCOUNT", "REGION", "PARTITION", "VPC", "HUB"}
    assert gaps == []
    assert [text for item in build(folder) for text in scalars(item) if text.split("/")[0] in capitals] == []


def test_no_file_but_the_settings_names_the_hub_or_its_repository() -> None:
    """Claims and hub facts name accounts and regions of their own."""
    files = [path for path in GITOPS.rglob("*") if path.is_file() and path != SETTINGS]
    own = [path for path in files if set(VARIANTS) & set(path.parents)]
    for name in SAID.keys() - PARTS_OF_WORDS - {"hub", "cluster"}:
        assert [path.name for path in own if SAID[name].strip() in path.read_text()] == [], name


def test_settings_are_not_applied() -> None:
    assert "settings" not in {item["metadata"]["name"] for item in build(BOOTSTRAP)}


def test_settings_agree_with_each_other() -> None:
    arn = f"arn:{SAID['partition']}:eks:{SAID['region']}:{SAID['account']}:cluster/{SAID['cluster']}"
    assert SAID["clusterArn"] == arn
    assert SAID["region"] in SAID["oidcIssuer"]
    assert not SAID["folder"].endswith("/")  # else paths would have two, and Argo CD takes `//` for another folder


def test_the_git_server_is_known_and_no_other() -> None:
    server = re.fullmatch(r"git@([^:]+):.+", SAID["repository"])
    assert server is not None
    known = data("argocd-ssh-known-hosts-cm")["ssh_known_hosts"].splitlines()
    assert {line.split()[0] for line in known} == {server[1]}
    (shipped,) = load((ARGOCD / "base" / "config" / "argocd-ssh-known-hosts-cm.yaml").read_text())
    assert set(known) <= set(shipped["data"]["ssh_known_hosts"].splitlines())


# What is applied


@every_variant
def test_everything_is_in_argo_cds_namespace_and_of_kinds_that_a_hub_has(folder: Path) -> None:
    """`kubectl apply -k` fails as a whole for one kind that is not there."""
    assert {item["metadata"].get("namespace") for item in build(folder)} == {"argocd"}
    kinds = {(item["apiVersion"], item["kind"]) for item in build(folder)}
    assert kinds <= {
        ("v1", "ConfigMap"),
        ("v1", "Secret"),
        *(("argoproj.io/v1alpha1", kind) for kind in ("Application", "ApplicationSet", "AppProject")),
    }


@pytest.mark.parametrize("name", ["argosy", "argosy-repository"])
@every_variant
def test_nothing_goes_with_the_root_or_by_a_lost_file(folder: Path, name: str) -> None:
    application = one(build(folder), "Application", name)
    assert "finalizers" not in application["metadata"]
    assert application["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}


@every_variant
def test_a_person_confirms_what_is_pruned_or_deleted(folder: Path) -> None:
    confirmed = {"Prune=confirm", "Delete=confirm"}
    for item in build(folder):
        if item["kind"] != "ConfigMap":
            options = item["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-options", "")
            assert confirmed <= set(options.split(",")), item["metadata"]["name"]


@every_variant
def test_the_root_keeps_the_folder_that_it_came_from(folder: Path) -> None:
    source = spec("argosy", folder, "Application")["source"]
    assert source == {
        "repoURL": SAID["repository"],
        "targetRevision": SAID["revision"],
        "path": f"{SAID['folder']}/{folder.name}",
    }


def test_the_root_may_sync_all_that_it_has_and_its_project_no_more_kinds_than_somebody_has() -> None:
    allowed = {(entry["group"], entry["kind"]) for entry in spec("argosy-hub")["namespaceResourceWhitelist"]}
    synced = [*build(BOOTSTRAP), *build(BOOTSTRAP / "repository")]
    assert {kind_of(item) for item in synced if "namespace" in item["metadata"]} <= allowed


def kind_of(item: Object) -> tuple[str, str]:
    return item["apiVersion"].rpartition("/")[0], item["kind"]


# Argo CD's settings


def defaults() -> dict[str, str]:
    (shipped,) = load((ARGOCD / "base" / "config" / "argocd-cm.yaml").read_text())
    found: dict[str, str] = shipped["data"]
    return found


def test_no_default_of_argo_cd_is_lost() -> None:
    ours = data("argocd-cm")
    for key, text in defaults().items():
        if key != "resource.exclusions":
            assert load(ours[key]) == load(text), key


def test_argo_cds_exclusions_are_kept_beside_ours() -> None:
    first, *others = load(data("argocd-cm")["resource.exclusions"])[0]
    assert first == {"apiGroups": ["*"], "kinds": ["ProviderConfigUsage"]}
    assert others == load(defaults()["resource.exclusions"])[0]


def test_argo_cd_tracks_by_annotation() -> None:
    """By label it adopts and prunes what Crossplane composes (gitops B9)."""
    assert data("argocd-cm")["application.resourceTrackingMethod"] == "annotation"


def test_rings_are_rolled_out_and_an_applicationset_decides_what_it_deletes() -> None:
    values = data("argocd-cmd-params-cm")
    assert values["applicationsetcontroller.enable.progressive.syncs"] == "true"
    assert values["applicationsetcontroller.policy"] == "sync"
    assert values["applicationsetcontroller.enable.policy.override"] == "true"


def test_nobody_has_rights_but_by_a_group() -> None:
    values = data("argocd-rbac-cm")
    assert values["policy.default"] == ""
    assert values["policy.csv"].splitlines() == [f"g, {SAID['adminGroup']}, role:admin"]


# Projects


HUBS = {BOOTSTRAP: "https://kubernetes.default.svc", CAPABILITY: SAID["clusterArn"]}
SPOKES = {
    BOOTSTRAP: "https://ABC123.gr7.eu-west-1.eks.amazonaws.com",
    CAPABILITY: "arn:aws:eks:eu-west-1:111122223333:cluster/orders-prod",
}
REACH = [
    # project, hub or spoke, namespace, allowed
    ("default", "hub", "argocd", False),
    ("default", "hub", "default", False),
    ("default", "spoke", "default", False),
    ("argosy-hub", "hub", "argocd", True),
    ("argosy-hub", "hub", "team-orders", True),
    ("argosy-hub", "hub", "ack-system", True),
    ("argosy-hub", "hub", "kube-system", False),
    ("argosy-hub", "hub", "crossplane-system", False),
    ("argosy-hub", "spoke", "argocd", False),
    ("argosy-claims", "hub", "team-orders", True),
    ("argosy-claims", "hub", "argocd", False),
    ("argosy-claims", "hub", "crossplane-system", False),
    ("argosy-claims", "spoke", "team-orders", False),
    ("argosy-addons", "spoke", "kube-system", True),
    ("argosy-addons", "spoke", "external-secrets", True),
    ("argosy-addons", "hub", "external-secrets", True),
    ("argosy-addons", "hub", "kyverno", True),
    ("argosy-addons", "hub", "argocd", False),
    ("argosy-addons", "hub", "crossplane-system", False),
    ("argosy-addons", "hub", "team-orders", False),
    ("argosy-teams", "spoke", "orders", True),
    ("argosy-teams", "spoke", "kube-system", False),
    ("argosy-teams", "hub", "argocd", True),
    ("argosy-teams", "hub", "team-orders", False),
]


@pytest.mark.parametrize("name", PROJECTS)
@every_variant
def test_a_project_reaches_this_and_no_more(folder: Path, name: str, tmp_path: Path) -> None:
    asked = [(where, namespace) for project, where, namespace, _ in REACH if project == name]
    places = {"hub": ("in-cluster", HUBS[folder]), "spoke": ("orders-prod", SPOKES[folder])}
    destinations = [
        {"name": places[where][0], "server": places[where][1], "namespace": namespace} for where, namespace in asked
    ]
    answers = by_argo_cd("reach", one(build(folder), "AppProject", name), destinations, tmp_path)
    told = [(name, *place, answer) for place, answer in zip(asked, answers, strict=True)]
    assert told == [row for row in REACH if row[0] == name]


@every_variant
def test_these_are_the_projects(folder: Path) -> None:
    assert tuple(sorted(item["metadata"]["name"] for item in build(folder) if item["kind"] == "AppProject")) == PROJECTS


@pytest.mark.parametrize("name", PROJECTS)
def test_no_project_takes_from_everywhere_or_may_make_every_kind(name: str) -> None:
    project = spec(name)
    assert not [source for source in project["sourceRepos"] if "*" in source]
    assert not [entry for entry in project["clusterResourceWhitelist"] if entry["group"] == "*"]
    own = {SAID["repository"]} if name not in ("default", "argosy-addons") else set(project["sourceRepos"])
    assert set(project["sourceRepos"]) == own


def test_claims_are_all_that_is_put_where_claims_are() -> None:
    project = spec("argosy-claims")
    written = {(found.api_version.split("/")[0], found.written_kind) for found in COMPOSITES}
    assert {(entry["group"], entry["kind"]) for entry in project["namespaceResourceWhitelist"]} == written
    assert project["clusterResourceWhitelist"] == []


def registry() -> dict[str, Any]:
    (found,) = load((GITOPS / "addons" / "registry.yaml").read_text())
    addons: dict[str, Any] = found["addons"]
    return addons


def test_addons_come_from_the_repositories_of_the_registry_and_no_other() -> None:
    charts = {entry["repository"] for entry in registry().values()}
    assert set(spec("argosy-addons")["sourceRepos"]) == {SAID["repository"], *charts}


def test_every_application_names_one_of_these_projects() -> None:
    projects = {
        str(node["project"])
        for path in yaml_files()
        for document in load(path.read_text())
        for node in nodes(document)
        if {"project", "destination"} <= node.keys()
    }
    assert {name for name in projects if name not in PROJECTS} == set()
    assert "default" not in projects


def nodes(value: Any) -> list[dict[str, Any]]:
    found = [value] if isinstance(value, dict) else []
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return found + [node for item in inside for node in nodes(item)]


# The hub's own cluster Secret


def secret(folder: Path) -> Object:
    found = copy.deepcopy(one(build(folder), "Secret", "in-cluster"))
    found["plain"] = {key: base64.b64decode(value).decode() for key, value in found["data"].items()}
    found["plain"] |= found.get("stringData", {})
    return found


def test_argo_cd_knows_its_own_cluster_by_the_address_that_it_has_inside() -> None:
    assert secret(BOOTSTRAP)["plain"] == {
        "name": "in-cluster",
        "server": "https://kubernetes.default.svc",
        "config": json.dumps({"tlsClientConfig": {"insecure": False}}, separators=(",", ":")),
    }


def test_the_capability_knows_it_by_its_arn_and_takes_no_config() -> None:
    assert secret(CAPABILITY)["plain"] == {"name": "in-cluster", "server": SAID["clusterArn"], "project": "default"}


def is_of_an_addon(key: str) -> bool:
    return key.startswith(("enable_", "rds_")) or key.endswith(("_namespace", "_service_account"))


@pytest.mark.parametrize("part", ["labels", "annotations"])
def test_the_hub_says_of_itself_what_a_cluster_says(part: str) -> None:
    """What templates read of one row and miss in another fails for all (`missingkey=error`)."""
    (spoke,) = (
        item["spec"]["forProvider"]["manifest"]
        for key, item in life_of("minimal")[-1].answer.desired.items()
        if key == SECRET_KEY
    )
    own = {"argocd.argoproj.io/sync-wave", "argocd.argoproj.io/sync-options"}
    hub = {key for key in secret(BOOTSTRAP)["metadata"][part] if not is_of_an_addon(key)} - own
    assert hub == {key for key in spoke["metadata"][part] if not is_of_an_addon(key)}


def test_the_hub_has_a_switch_for_every_addon_and_the_facts_of_those_that_are_on() -> None:
    labels, annotations = (secret(BOOTSTRAP)["metadata"][part] for part in ("labels", "annotations"))
    switches = {key: value for key, value in labels.items() if key.startswith("enable_")}
    assert switches.keys() == {f"enable_{name}" for name in registry()}
    on = {key.removeprefix("enable_") for key, value in switches.items() if value == "true"}
    assert on == {"external_secrets", "kyverno"}
    identities = {name for name in on if registry()[name].get("identity")}
    expected = {f"{name}_{fact}" for name in identities for fact in ("namespace", "service_account")}
    assert {key for key in annotations if is_of_an_addon(key)} == expected


# The Git key


def filled(tmp_path: Path) -> list[Object]:
    """The folder of the Git key as Argo CD builds it: with the patches of its Application."""
    source = spec("argosy-repository", kind="Application")["source"]
    assert source["path"] == f"{SAID['folder']}/bootstrap/repository"
    shutil.copytree(BOOTSTRAP / "repository", tmp_path / "repository")
    overlay = {"resources": ["../repository"], "patches": source["kustomize"]["patches"]}
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    return objects_of(tmp_path / "overlay")


def test_the_git_key_comes_from_secrets_manager_and_stays(tmp_path: Path) -> None:
    objects = filled(tmp_path)
    store, key = one(objects, "ClusterSecretStore", "argosy-git"), one(objects, "ExternalSecret", "repository-fleet")
    aws = store["spec"]["provider"]["aws"]
    assert aws == {"service": "SecretsManager", "region": SAID["region"]}  # `auth` would be a static credential
    assert store["spec"]["conditions"] == [{"namespaces": ["argocd"]}]
    target = key["spec"]["target"]
    assert (target["creationPolicy"], target["deletionPolicy"]) == ("Orphan", "Retain")
    assert target["template"]["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "repository"}
    assert target["template"]["data"].keys() == {"type", "url", "sshPrivateKey"}
    assert target["template"]["data"]["url"] == SAID["repository"]
    assert [item["remoteRef"]["key"] for item in key["spec"]["data"]] == [SAID["repositorySecret"]]


def test_its_application_waits_until_external_secrets_has_brought_its_kinds() -> None:
    policy = spec("argosy-repository", kind="Application")["syncPolicy"]
    assert "SkipDryRunOnMissingResource=true" in policy["syncOptions"]
    assert policy["retry"]["limit"] == -1


def test_external_secrets_may_read_that_secret_and_it_is_the_one_that_comes_with_the_hub() -> None:
    (rule,) = json.loads((IAM / "hub-external-secrets.json").read_text())["Statement"]
    arn = f"arn:{SAID['partition']}:secretsmanager:{SAID['region']}:{SAID['account']}:secret:{SAID['repositorySecret']}"
    assert rule["Resource"] == [f"{arn}-??????"]
    (trust,) = json.loads((IAM / "hub-external-secrets-trust.json").read_text())["Statement"]
    asked, annotations = trust["Condition"]["StringEquals"], secret(BOOTSTRAP)["metadata"]["annotations"]
    assert asked["aws:RequestTag/kubernetes-namespace"] == annotations["external_secrets_namespace"]
    assert asked["aws:RequestTag/kubernetes-service-account"] == annotations["external_secrets_service_account"]
    assert asked["aws:RequestTag/eks-cluster-arn"] == SAID["clusterArn"]


# The capability


def test_the_capability_gets_no_settings_of_argo_cd() -> None:
    assert [item["metadata"]["name"] for item in build(CAPABILITY) if item["kind"] == "ConfigMap"] == []


def test_the_capability_gets_everything_else() -> None:
    named = [
        {(item["kind"], item["metadata"]["name"]) for item in build(folder) if item["kind"] != "ConfigMap"}
        for folder in VARIANTS
    ]
    assert named[0] == named[1]


@pytest.mark.parametrize("name", [name for name in PROJECTS if name != "default"])
def test_the_capability_is_told_where_the_applications_of_a_project_are(name: str) -> None:
    assert spec(name, CAPABILITY)["sourceNamespaces"] == ["argocd"]


def test_the_capability_does_not_wait_for_rings() -> None:
    source = spec("addons", CAPABILITY, "ApplicationSet")["template"]["spec"]["source"]
    assert source["helm"]["valuesObject"]["progressiveSyncs"] is False
    (values,) = load((GITOPS / "addons" / "chart" / "values.yaml").read_text())
    assert values["progressiveSyncs"] is True


# The page


def rows(heading: str) -> list[list[str]]:
    """Cells of the table below a heading of the page."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_page_tells_the_waves_that_there_are() -> None:
    told = {int(row[0]) for row in rows("What happens, and in which order")}
    waves = {
        int(item["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0"))
        for item in build(BOOTSTRAP)
    }
    assert told == waves


def test_the_page_tells_the_projects_that_there_are() -> None:
    told = {row[0].strip("`") for row in rows("Projects")}
    assert told == {*PROJECTS, "team-<team>"}


def test_the_page_names_the_configmaps_that_are_taken_over() -> None:
    taken = {item["metadata"]["name"] for item in build(BOOTSTRAP) if item["kind"] == "ConfigMap"}
    sentence = PAGE.split("It takes ")[1].split(" over,")[0]
    assert set(re.findall(r"`([\w-]+)`", sentence)) == taken


def test_the_first_clone_has_the_key_where_external_secrets_writes_it_later(tmp_path: Path) -> None:
    (key,) = (item for item in filled(tmp_path) if item["kind"] == "ExternalSecret")
    target = key["spec"]["target"]
    (label,) = target["template"]["metadata"]["labels"].items()
    assert f"--secret-id {SAID['repositorySecret']} " in PAGE
    assert f"create secret generic {target['name']} -n {key['metadata']['namespace']} " in PAGE
    assert f"--from-literal=url={SAID['repository']} " in PAGE
    assert f"label secret -n {key['metadata']['namespace']} {target['name']} {'='.join(label)}\n" in PAGE
    given = set(re.findall(r"--from-(?:literal|file)=(\w+)=", PAGE))
    assert given == target["template"]["data"].keys()
