"""Workloads: an overlay for each environment, restricted pods, and a database without a password in Git."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gitops.argo_rules import allows_kind
from tests.gitops.expansion import GITOPS, Item, changed, expand, name_of, read
from tests.gitops.fleet import FLEET, answers, kustomized, source_of, spokes
from tests.gitops.test_teams import TEAMS, all_applications, project, sets, team

pytestmark = pytest.mark.tools

WORKLOADS = GITOPS / "workloads"
OVERLAYS = tuple(sorted(file.parent for file in WORKLOADS.glob("*/*/*/kustomization.yaml")))
ENVIRONMENTS = set(read(FLEET / "hub.yaml")[0]["environments"])
CONTROLLERS = ("Deployment", "StatefulSet", "DaemonSet", "Job")


def place(folder: Path) -> str:
    return folder.relative_to(WORKLOADS).as_posix()


@cache
def built_from(folder: Path) -> tuple[Item, ...]:
    return tuple(kustomized(folder))


def containers(manifests: tuple[Item, ...]) -> Iterator[tuple[Item, Item]]:
    """The containers, each with its pod."""
    for found in manifests:
        if found["kind"] in CONTROLLERS:
            pod = found["spec"]["template"]["spec"]
            for container in [*pod.get("initContainers", ()), *pod["containers"]]:
                yield pod, container


@pytest.mark.parametrize("folder", OVERLAYS, ids=place)
def test_an_overlay_builds_and_holds_what_its_teams_project_allows(folder: Path) -> None:
    name, _, overlay = folder.relative_to(WORKLOADS).parts
    assert overlay in ENVIRONMENTS | {"base"}
    manifests = built_from(folder)
    assert manifests
    for found in manifests:
        group = found["apiVersion"].rpartition("/")[0]
        assert allows_kind(project(name), group, found["kind"]), found["kind"]
        assert "namespace" not in found["metadata"]  # the team's file says where


@pytest.mark.parametrize("folder", OVERLAYS, ids=place)
def test_pods_meet_the_restricted_standard_and_say_what_they_need(folder: Path) -> None:
    found = list(containers(built_from(folder)))
    assert found
    for pod, container in found:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
        assert not container["image"].endswith(":latest")
        assert ":" in container["image"].rpartition("/")[2]


@pytest.mark.parametrize("folder", OVERLAYS, ids=place)
def test_no_secret_is_in_git(folder: Path) -> None:
    assert [found for found in built_from(folder) if found["kind"] == "Secret"] == []


def test_every_application_has_an_overlay_for_every_environment() -> None:
    folders = {folder.parent for folder in OVERLAYS}
    assert {place(folder): {child.name for child in folder.iterdir()} for folder in folders} == {
        place(folder): ENVIRONMENTS | {"base"} for folder in folders
    }


# On clusters.


def on(cluster: Item) -> dict[str, Item]:
    """The workloads of team orders on a cluster, by the name of the application."""
    made = expand(sets("orders"), [cluster])
    return {
        source_of(found)["path"].split("/")[-2]: found
        for of_one in made.values()
        for found in of_one
        if found["metadata"]["labels"]["fleet.argosy.dev/part"] == "workload"
    }


def test_each_cluster_runs_the_overlay_of_its_environment() -> None:
    found: dict[str, set[str]] = {}
    for application in all_applications():
        if application["spec"]["project"].startswith("team-"):
            cluster = application["spec"]["destination"]["name"]
            (claim,) = (claim for claim, secret in spokes().items() if name_of(secret) == cluster)
            found.setdefault(claim, set()).add(source_of(application)["path"])
    folder = WORKLOADS.relative_to(GITOPS.parent).as_posix()
    assert found == {
        "orders-dev": {f"{folder}/orders/hello/dev", f"{folder}/orders/orders-api/dev"},
        "orders-prod": {f"{folder}/orders/hello/prod"},  # its claim asks for no database
    }


def test_an_application_without_an_overlay_for_an_environment_is_not_there(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    shutil.copytree(WORKLOADS, repository / "gitops" / "workloads")
    shutil.rmtree(repository / "gitops" / "workloads" / "orders" / "hello" / "prod")
    url = spokes()["orders-prod"]["metadata"]["annotations"]["workload_repo_url"]
    workloads = [found for found in sets("orders") if found["metadata"]["name"] == "workloads-orders"]
    assert expand(workloads, [spokes()["orders-prod"]], {url: repository}) == {"workloads-orders": []}


@pytest.mark.parametrize("label", ["false", None])
def test_a_database_that_is_not_there_yet_holds_up_its_application_and_no_other(label: str | None) -> None:
    cluster = spokes()["orders-dev"]
    assert set(on(cluster)) == {"hello", "orders-api"}
    waiting = changed(cluster)
    waiting["metadata"]["annotations"] = {
        key: value for key, value in waiting["metadata"]["annotations"].items() if not key.startswith("rds_orders_")
    }
    del waiting["metadata"]["labels"]["rds_orders"]
    if label is not None:
        waiting["metadata"]["labels"]["rds_orders"] = label
    assert set(on(waiting)) == {"hello"}


def test_without_the_operator_that_reads_the_password_the_application_waits() -> None:
    assert set(on(changed(spokes()["orders-dev"], labels={"enable_external_secrets": "false"}))) == {"hello"}


def patched(tmp_path: Path, application: Item) -> dict[tuple[str, str], Item]:
    """What Argo CD makes of an Application's folder, with the patches that stand in its source."""
    path = Path(source_of(application)["path"])
    copied = tmp_path / "repository"
    shutil.copytree(WORKLOADS, copied / WORKLOADS.relative_to(GITOPS.parent))
    file = copied / path / "kustomization.yaml"
    (kustomization,) = read(file)
    file.write_text(yaml.safe_dump({**kustomization, "patches": source_of(application)["kustomize"]["patches"]}))
    return {(found["kind"], found["metadata"]["name"]): found for found in kustomized(copied / path)}


def test_the_application_gets_its_database_from_the_cluster(tmp_path: Path) -> None:
    annotations = spokes()["orders-dev"]["metadata"]["annotations"]
    made = patched(tmp_path, on(spokes()["orders-dev"])["orders-api"])
    data = made["ConfigMap", "database"]["data"]
    assert (data["host"], data["port"]) == (annotations["rds_orders_endpoint"], annotations["rds_orders_port"])
    (extract,) = made["ExternalSecret", "database"]["spec"]["dataFrom"]
    assert extract == {"extract": {"key": annotations["rds_orders_secret_arn"]}}
    assert extract["extract"]["key"].startswith("arn:aws:secretsmanager:eu-west-1:111122223333:secret:")
    provider = made["SecretStore", "database"]["spec"]["provider"]["aws"]
    assert provider == {"service": "SecretsManager", "region": "eu-west-1"}  # no auth: the operator's own identity
    assert "not-set" not in json.dumps(list(made.values()))


def test_the_base_says_for_itself_that_nothing_is_set() -> None:
    text = json.dumps(built_from(WORKLOADS / "orders" / "orders-api" / "base"))
    assert text.count("not-set") == 3


def test_a_value_in_an_annotation_stays_one_value(tmp_path: Path) -> None:
    hostile = "x\n- op: remove\n  path: /data"
    cluster = changed(spokes()["orders-dev"], annotations={"rds_orders_endpoint": hostile})
    made = patched(tmp_path, on(cluster)["orders-api"])
    assert made["ConfigMap", "database"]["data"]["host"] == hostile


def test_the_claim_alone_lets_the_operator_read_its_databases_password() -> None:
    made = answers()["orders-dev"].desired
    (inline,) = made["role-addon-external-secrets"]["spec"]["forProvider"]["inlinePolicy"]
    statements = {item["Sid"]: item for item in json.loads(inline["policy"])["Statement"]}
    name = made["database-orders"]["spec"]["forProvider"]["identifier"]
    tag = {"aws:ResourceTag/aws:rds:primaryDBInstanceArn": f"arn:aws:rds:eu-west-1:111122223333:db:{name}"}
    assert statements["ReadPasswordsOfInstances"]["Condition"] == {"StringEquals": tag}
    key = made["key-database-orders"]["metadata"]["annotations"]["crossplane.io/external-name"]
    assert statements["Decrypt"]["Resource"] == f"arn:aws:kms:eu-west-1:111122223333:key/{key}"


def test_every_database_that_a_team_names_is_in_a_claim_and_used_by_an_overlay() -> None:
    for name in TEAMS:
        for application, database in team(name).get("databases", {}).items():
            key = f"rds_{database.replace('-', '_')}_endpoint"
            tenants: list[Any] = [s["metadata"] for s in spokes().values() if key in s["metadata"]["annotations"]]
            assert {metadata["labels"]["tenant"] for metadata in tenants} & set(team(name)["tenants"])
            kinds = {(f["kind"], f["metadata"]["name"]) for f in built_from(WORKLOADS / name / application / "base")}
            assert {(kind, "database") for kind in ("ConfigMap", "SecretStore", "ExternalSecret")} <= kinds
