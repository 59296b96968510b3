"""Kyverno's own program decides on every way around the policies of gitops/policies, and on what this project writes.

What needs somebody who asks, or an object that was another before, is decided by a real API server:
tests/gitops_hub/test_policies.py.
"""

from __future__ import annotations

import base64
import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.options import sample_hub
from tests.gitops.expansion import changed, expand, hub_row, hub_sets
from tests.gitops.policies.cases import (
    APPLICATION,
    APPLICATIONS,
    CASES,
    CLUSTERS,
    GIT,
    REPOSITORIES,
    TYPE,
    URL,
    Case,
    Item,
    configured,
    encoded,
    of,
    secret,
)
from tests.gitops.policies.program import (
    FOLDER,
    as_kyverno,
    judged,
    kustomized,
    policies,
    rendered,
    without,
)
from tests.support.lives import EXAMPLE_NAMES, Life, example, life_of
from tests.tools.build import ROOT, built

pytestmark = pytest.mark.tools
GITOPS = ROOT / "gitops"
SECRETS = (CLUSTERS, REPOSITORIES)
NAMES = tuple(dict.fromkeys(each.policy for each in CASES))
JANE = {"username": "jane", "groups": ["system:authenticated", "team-orders"]}


def name_of(item: Item) -> str:
    return str(item["metadata"]["name"])


ASKS_WHO = "stays in its project"
"""A rule about who asks, which no object alone can break."""


def is_told(case: Case, said: str) -> bool:
    """Whether it passes if it should, or is refused by that rule."""
    rule, _, words = case.rule.partition(" ")
    return bool(said) == bool(case.rule) and rule in said and words in said


@pytest.mark.parametrize("policy", NAMES)
def test_each_way_around_a_rule_ends_at_that_rule(policy: str, tmp_path: Path) -> None:
    said = judged([policies()[policy]], [each.item for each in of(policy)], tmp_path)
    wrong = {
        each.title: (each.rule, said.get((policy, name_of(each.item))))
        for each in of(policy)
        if not is_told(each, said.get((policy, name_of(each.item)), "not looked at"))
    }
    assert wrong == {}


@pytest.mark.parametrize("policy", NAMES)
def test_each_rule_refuses_something_that_no_other_does(policy: str, tmp_path: Path) -> None:
    """Else nobody would notice that it is gone."""
    whole = policies()[policy]
    rules = range(len(whole["spec"]["validations"]))
    bad = [each.item for each in of(policy) if each.rule]
    said = judged([without(whole, number) for number in rules], bad, tmp_path)
    needless = {
        whole["spec"]["validations"][number]["message"]
        for number in rules
        if not any(said[f"{policy}-without-{number}", name_of(item)] == "" for item in bad)
    }
    assert {message for message in needless if ASKS_WHO not in message} == set()


@pytest.mark.parametrize("policy", SECRETS)
def test_a_secret_that_exists_is_not_changed_into_what_a_new_one_may_not_be(policy: str, tmp_path: Path) -> None:
    said = judged([policies()[policy]], [each.item for each in of(policy)], tmp_path, "UPDATE")
    assert [each.title for each in of(policy) if not is_told(each, said[policy, name_of(each.item)])] == []


@pytest.mark.parametrize("policy", [name for name in NAMES if name not in SECRETS])
def test_argo_cd_writes_its_status_into_what_is_older_than_the_policy(policy: str, tmp_path: Path) -> None:
    said = judged([policies()[policy]], [each.item for each in of(policy)], tmp_path, "UPDATE", user=JANE)
    assert said == {}


def test_string_data_is_refused_as_the_api_server_hands_it_on(tmp_path: Path) -> None:
    """It is folded into data before anybody is asked, over what stands there."""
    sent = {**secret("cluster", URL), "stringData": {"config": '{"bearerToken":"x"}', "password": "x"}}
    folded = {**sent, "data": {**sent["data"], **encoded(sent.pop("stringData"))}}
    folded["metadata"]["name"] = "folded"
    said = judged([policies()[CLUSTERS]], [folded], tmp_path)[CLUSTERS, "folded"]
    assert "(C1)" in said


def test_a_secret_of_an_agent_is_let_through_where_the_platform_says_so(tmp_path: Path) -> None:
    policy = policies()[CLUSTERS]
    (agents,) = (each for each in policy["spec"]["variables"] if each["name"] == "agents")
    assert agents["expression"] == "false"
    agents["expression"] = "true"
    items = [each.item for each in of(CLUSTERS) if each.title in ("an agent", "a token", "names of secrets")]
    unfit = secret("cluster", {**configured('{"bearerToken":"x"}'), "token": "x"}, name="unfit")
    unfit["metadata"]["labels"]["argocd-agent.argoproj-labs.io/agent-name"] = "orders"
    said = judged([policy], [*items, unfit], tmp_path)
    assert said[CLUSTERS, "an-agent"] == ""
    assert "(C2" in said[CLUSTERS, "a-token"]
    assert "(C1)" in said[CLUSTERS, "unfit"]


def test_other_secrets_and_other_namespaces_are_not_looked_at(tmp_path: Path) -> None:
    plain = secret("cluster", {"password": "x"}, name="plain", labels={TYPE: "something"})
    elsewhere = secret("cluster", {"password": "x"}, name="elsewhere", namespace="team-orders")
    assert judged([policies()[name] for name in SECRETS], [plain, elsewhere], tmp_path) == {}


# Who asks, and what was there before: the expressions run here, the whole request on an API server


def was(policy: Item, **old: Any) -> Item:
    """The policy, for which the object was another before."""
    text = json.dumps(policy["spec"]).replace("oldObject", "object.old").replace("request.operation", "'UPDATE'")
    return {**policy, "spec": json.loads(text)}


@pytest.mark.parametrize(
    ("user", "moves"),
    [
        (JANE, False),
        ({"username": "system:serviceaccount:argocd:argocd-server", "groups": []}, False),
        ({"username": "system:serviceaccount:argocd:argocd-applicationset-controller", "groups": []}, True),
        ({"username": "paul", "groups": ["argosy-platform"]}, True),
    ],
    ids=lambda value: value["username"] if isinstance(value, dict) else "",
)
def test_an_application_stays_in_its_project(user: dict[str, Any], moves: bool, tmp_path: Path) -> None:
    old = copy.deepcopy(APPLICATION)
    moved = {**copy.deepcopy(APPLICATION), "old": old}
    moved["spec"]["project"] = "argosy-hub"
    moved["metadata"]["name"] = "moved"
    said = judged([was(policies()[APPLICATIONS])], [moved], tmp_path, user=user)[APPLICATIONS, "moved"]
    assert (ASKS_WHO in said) is not moves
    assert (said == "") is moves


# What this project writes itself


def secrets_of_examples() -> list[Item]:
    """The cluster Secret of every example, for a self-managed Argo CD and for the capability."""
    found = []
    for name in EXAMPLE_NAMES:
        hub = sample_hub()
        hub[0]["data"]["argocd"] |= {"mode": "Capability"}
        hub[0]["data"]["reach"] = {"mode": "Capability"}
        for shape, told in (("own", life_of(name)[-1].answer), ("capability", Life(example(name), hub).settle())):
            wanted = told.desired["argocd-cluster-secret"]["spec"]["forProvider"]["manifest"]
            manifest = copy.deepcopy(wanted)
            manifest["metadata"]["name"] = f"{name}-{shape}"
            found.append(manifest)
    return found


def test_the_secret_of_every_example_passes_in_both_shapes(tmp_path: Path) -> None:
    items = secrets_of_examples()
    servers = [base64.b64decode(item["data"]["server"]).decode().partition(":")[0] for item in items]
    assert len(items) >= 8
    assert servers == ["https", "arn"] * (len(items) // 2)
    said = judged([policies()[CLUSTERS]], items, tmp_path)
    assert said == {(CLUSTERS, name_of(item)): "" for item in items}


KINDS = {"Application", "ApplicationSet", "AppProject", "Secret"}


def as_stored(item: Item) -> Item:
    """With what the API server adds, and what it folds."""
    item = copy.deepcopy(item)
    item["metadata"].setdefault("namespace", "argocd")
    if "stringData" in item:
        item["data"] = {**item.get("data", {}), **encoded(item.pop("stringData"))}
    return item


def shipped() -> dict[str, list[Item]]:
    """Every object of gitops/ that a policy may look at, by where it is found.

    As Kustomize builds it in folders of Argo CD's own objects, else as it stands there. What charts render is judged
    where it is rendered.
    """
    built_by = {file.parent for file in GITOPS.rglob("kustomization.yaml")}
    found = {
        folder.name: kustomized(folder)
        for folder in (GITOPS / "bootstrap", GITOPS / "capability")
        if folder in built_by
    }
    found["files"] = [
        item
        for file in sorted(GITOPS.rglob("*.yaml"))
        if "templates" not in file.parts and not built_by & set(file.parents)
        for item in yaml.safe_load_all(file.read_text())
        if isinstance(item, dict)
    ]
    return {
        place: [as_stored(item) for item in items if item.get("kind") in KINDS and "metadata" in item]
        for place, items in found.items()
    }


def test_what_stands_in_gitops_passes(tmp_path: Path) -> None:
    places = shipped()
    assert "policies" in {name_of(item) for items in places.values() for item in items}
    for place, items in places.items():
        said = judged(policies().values(), items, tmp_path) if items else {}
        assert {name: text for name, text in said.items() if text} == {}, place
        looked_at = {name for _, name in said}
        assert {name_of(item) for item in items} - looked_at <= {"default"}, place


CHARTS = {
    "addons": ("addons/chart", "addons/registry.yaml", {}),
    "team": ("charts/team", "teams/*.yaml", {"face": "hub", "workloadRepository": GIT}),
}
"""Charts of Argo CD's own objects: folder, files of values, and what an ApplicationSet adds to these."""


@pytest.mark.parametrize("name", [name for name, (chart, *_) in CHARTS.items() if (GITOPS / chart).is_dir()])
def test_what_charts_make_for_argo_cd_passes(name: str, tmp_path: Path) -> None:
    chart, files, added = CHARTS[name]
    values = sorted(GITOPS.glob(files))
    assert values
    items: list[Item] = []
    for file in values:
        command = [str(built("helm")), "template", name, str(GITOPS / chart), f"--values={file}"]
        command += [f"--set={key}={value}" for key, value in added.items()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        items += [item for item in yaml.safe_load_all(done.stdout) if item]
    items = [item for item in items if item["kind"] in KINDS]
    said = judged(policies().values(), items, tmp_path)
    assert {name_of(item) for item in items} == {found for _, found in said}
    assert {found: text for found, text in said.items() if text} == {}


def test_kustomize_writes_every_setting_into_every_policy_that_asks_for_it() -> None:
    """One that it forgets lets nothing through, and nobody knows why."""
    settings = yaml.safe_load((FOLDER / "settings.yaml").read_text())["data"]
    told = {
        (name, variable["name"]): variable["expression"]
        for name, policy in policies().items()
        for variable in policy["spec"]["variables"]
        if variable["name"] in settings
    }
    assert {key for _, key in told} == set(settings)
    assert told == {(name, key): settings[key] for name, key in told}
    assert all(item["kind"] != "ConfigMap" for item in rendered())


def test_on_a_hub_the_policies_know_its_repository_from_the_one_file(tmp_path: Path) -> None:
    """Else a platform team that changes its repository would lock itself out, by a second file that it has not read."""
    url = "ssh://git@git.example.org/platform/fleet.git"
    (made,) = (item for item in hub_sets() if item["metadata"]["name"] == "policies")
    hub = changed(hub_row(), annotations={"platform_repo_url": url})
    ((application,),) = expand([made], [hub], {url: ROOT}).values()
    folder = tmp_path / "policies"
    shutil.copytree(FOLDER, folder)
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    kustomization["patches"] = application["spec"]["source"]["kustomize"]["patches"]
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    told = {
        variable["expression"]
        for item in kustomized(folder)
        if item["kind"] == "ValidatingPolicy"
        for variable in item["spec"]["variables"]
        if variable["name"] == "gitRepositories"
    }
    assert told == {"['ssh://git@git.example.org/platform/']"}


def test_a_policy_that_nobody_has_set_up_lets_nothing_through(tmp_path: Path) -> None:
    raw = [yaml.safe_load(file.read_text()) for file in sorted((FOLDER / "kyverno").glob("*s.yaml"))]
    assert {name_of(item) for item in raw} == set(NAMES)
    good = [next(each for each in of(name) if not each.rule) for name in NAMES if name != CLUSTERS]
    said = judged(raw, [each.item for each in good], tmp_path)
    assert [each.policy for each in good if not said[each.policy, name_of(each.item)]] == []


# Deletions, as far as no API server is needed

GUARD = "argosy-applications-stay"
ON = {"cluster_name": "orders", "fleet_member": "spoke", "workloads": "true", "enable_cert_manager": "true"}


def kept(name: str, switch: str | None = "enable_cert_manager", cluster: str | None = "orders", **more: str) -> Item:
    """An Application with the labels that say what keeps it; None leaves one out."""
    labels = {"fleet.argosy.dev/cluster": cluster, "fleet.argosy.dev/switch": switch}
    item = copy.deepcopy(APPLICATION)
    item["metadata"] |= {"name": name, "annotations": more}
    item["metadata"]["labels"] = {key: value for key, value in labels.items() if value is not None}
    return item


DELETIONS: dict[str, tuple[dict[str, str], Item, bool]] = {
    "on": (ON, kept("on"), True),
    "off": ({**ON, "enable_cert_manager": "false"}, kept("off"), False),
    "lost": ({"cluster_name": "orders"}, kept("lost"), True),
    "mistyped": ({**ON, "enable_cert_manager": "False"}, kept("mistyped"), True),
    "of-another": ({**ON, "cluster_name": "orders-2"}, kept("of-another"), False),
    "workload": ({**ON, "enable_cert_manager": "false"}, kept("workload", "workloads"), True),
    "drained": ({**ON, "workloads": "false"}, kept("drained", "workloads"), False),
    "baseline": (ON, kept("baseline", "fleet_member"), True),
    "no-switch": (ON, kept("no-switch", None), True),
}
"""Labels of a cluster Secret, an Application, and whether it stays."""


def guard(name: str, labels: dict[str, str]) -> Item:
    """The policy, which asks a Secret with these labels."""
    found = as_kyverno(policies("ValidatingAdmissionPolicy")[GUARD], {"metadata": {"name": name, "labels": labels}})
    return {**found, "metadata": {"name": name}}


def test_an_application_stays_while_its_cluster_wants_it(tmp_path: Path) -> None:
    judges = [guard(name, labels) for name, (labels, _, _) in DELETIONS.items()]
    said = judged(judges, [item for _, item, _ in DELETIONS.values()], tmp_path, "DELETE", user=JANE)
    assert {name: bool(said[name, name]) for name in DELETIONS} == {
        name: stays for name, (*_, stays) in DELETIONS.items()
    }
    assert said["on", "on"].startswith("Application on: cluster orders still wants it, by label enable_cert_manager of")


def test_somebody_may_say_that_it_goes(tmp_path: Path) -> None:
    approved = kept("approved", **{"fleet.argosy.dev/deletion-approved": "true"})
    unsure = kept("unsure", **{"fleet.argosy.dev/deletion-approved": "maybe"})
    foreign = kept("foreign", cluster=None)
    said = judged([guard("on", ON)], [approved, unsure, foreign], tmp_path, "DELETE", user=JANE)
    assert said.keys() == {("on", "unsure")}
    glass = {"username": "argosy-break-glass", "groups": ["argosy-break-glass"]}
    assert judged([guard("on", ON)], [unsure], tmp_path, "DELETE", user=glass) == {}


def test_every_cluster_secret_is_asked_and_with_none_nothing_goes() -> None:
    (binding,) = (
        item
        for item in rendered()
        if item["kind"] == "ValidatingAdmissionPolicyBinding" and item["spec"]["policyName"] == GUARD
    )
    assert binding["spec"]["paramRef"] == {
        "namespace": "argocd",
        "selector": {"matchLabels": {TYPE: "cluster"}},
        "parameterNotFoundAction": "Deny",
    }
    bound = {item["spec"]["policyName"] for item in rendered() if item["kind"].endswith("Binding")}
    assert bound == set(policies("ValidatingAdmissionPolicy"))
