"""One file is one team: what its project lets it do, and what it gets on which cluster."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from argosy.names import CLUSTER_LENGTH
from tests.gitops.argo_rules import HUB, allows_destination, allows_kind, allows_source
from tests.gitops.expansion import GITOPS, Item, changed, expand, hub_row, name_of, read, repository, template
from tests.gitops.fleet import CHARTS, NAMESPACES, SETS, applications, claims, kustomized, rendered, source_of, spokes

pytestmark = pytest.mark.tools

TEAMS = {file.stem: file for file in sorted((GITOPS / "teams").glob("*.yaml"))}
CHART = CHARTS / "team"
LONGEST = 63
"""Of an Application's name."""


def team(name: str) -> Item:
    (found,) = read(TEAMS[name])
    return dict(found)


@cache
def on_the_hub(name: str) -> Mapping[tuple[str, str], Item]:
    """What the Application of a team makes on the hub, by kind and name."""
    return {
        (found["kind"], found["metadata"]["name"]): found
        for found in rendered(applications("teams.yaml")[f"team-{name}-in-cluster"])
    }


def project(name: str) -> Item:
    return on_the_hub(name)["AppProject", f"team-{name}"]


def sets(name: str) -> list[Item]:
    return [found for (kind, _), found in on_the_hub(name).items() if kind == "ApplicationSet"]


@cache
def all_applications() -> tuple[Item, ...]:
    """Every Application of every team on the clusters of the sample fleet."""
    made = (expand(sets(name), [hub_row(), *spokes().values()]) for name in TEAMS)
    return tuple(found for sets_of_one in made for of_one in sets_of_one.values() for found in of_one)


def on_cluster(name: str, claim: str) -> list[Item]:
    """The Applications of a team on the cluster of a claim."""
    cluster = name_of(spokes()[claim])
    return [
        found
        for found in all_applications()
        if found["spec"]["destination"]["name"] == cluster
        and found["spec"]["project"] in (f"team-{name}", "argosy-teams")
    ]


def namespaces_on(name: str, claim: str) -> list[Item]:
    """What a team gets on the cluster of a claim."""
    (application,) = (found for found in on_cluster(name, claim) if found["spec"]["project"] == "argosy-teams")
    return rendered(application)


# The file.


@pytest.mark.parametrize("name", TEAMS)
def test_a_team_is_called_like_its_file(name: str) -> None:
    assert team(name)["team"] == name


MISTAKES: dict[str, Mapping[str, Any]] = {
    "a misspelt key": {"tenats": ["orders"]},
    "a name that could be another team's application": {"team": "orders-api"},
    "every cluster": {"clusters": ["*"]},
    "every cluster, in other words": {"clusters": ["o*"]},
    "the hub": {"clusters": ["in-cluster"]},
    "the hub among others": {"clusters": ["in-*"]},
    "no cluster": {"clusters": []},
    "no tenant": {"tenants": []},
    "administrators of Kubernetes": {"groups": {"admin": ["system:masters"]}},
    "a group of a third kind": {"groups": {"edit": ["orders:edit"]}},
    "a word for a truth": {"workloads": "yes"},
    **{
        f"namespace {name}": {"namespaces": [{"name": name, "quota": {"pods": "1"}, "limits": {
            "request": {"cpu": "1", "memory": "1Mi"}, "limit": {"cpu": "1", "memory": "1Mi"}}}]}
        for name in ("*", "argocd", "cert-manager", "default", "external-secrets", "gatekeeper-system", "kube-system",
                     "team-orders-dev", "Orders")
    },
    "a namespace without a quota": {"namespaces": [{"name": "orders", "limits": {
        "request": {"cpu": "1", "memory": "1Mi"}, "limit": {"cpu": "1", "memory": "1Mi"}}}]},
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_teams_file_is_refused(mistake: str) -> None:
    with pytest.raises(RuntimeError, match="values don't meet the specifications of the schema"):
        template(CHART, {**team("orders"), **MISTAKES[mistake]})


def test_what_the_mistakes_are_made_of_is_no_mistake() -> None:
    assert template(CHART, team("orders"))


def test_no_two_teams_have_one_namespace_on_one_cluster() -> None:
    owners: dict[tuple[str, str], list[str]] = {}
    for name in TEAMS:
        for tenant in team(name)["tenants"]:
            for namespace in team(name)["namespaces"]:
                owners.setdefault((tenant, namespace["name"]), []).append(name)
    assert {place: names for place, names in owners.items() if len(names) > 1} == {}


def test_the_groups_of_a_claims_access_entries_are_those_of_a_team() -> None:
    for file in NAMESPACES:
        tenant = file.parts[-3]
        known = {
            group
            for name in TEAMS
            if tenant in team(name)["tenants"]
            for groups in team(name)["groups"].values()
            for group in groups
        }
        for claim in claims().values():
            if claim["metadata"]["namespace"] == read(file)[0]["namespace"]:
                for entry in claim["spec"].get("access", {}).get("entries", ()):
                    assert set(entry["kubernetesGroups"]) <= known


# What a project allows.

CLUSTER = ("orders-dev-0123456789", "https://ABC.gr7.eu-west-1.eks.amazonaws.com")
DESTINATIONS = {
    "its namespace on its cluster": (*CLUSTER, "orders", True),
    "another namespace there": (*CLUSTER, "search", False),
    "kube-system there": (*CLUSTER, "kube-system", False),
    "a namespace that begins alike": (*CLUSTER, "orders-jobs", False),
    "no namespace": (*CLUSTER, "", False),
    "another tenant's cluster": ("search-dev-0123456789", CLUSTER[1], "orders", False),
    "a cluster that begins alike": ("ordersx-0123456789", CLUSTER[1], "orders", False),
    "a cluster without a name": ("", CLUSTER[1], "orders", False),
    "the hub": (*HUB, "orders", False),
    "Argo CD": (*HUB, "argocd", False),
    "the team's claims": (*HUB, "team-orders-dev", False),
}
KINDS = {
    ("apps", "Deployment", True): True,
    ("external-secrets.io", "ExternalSecret", True): True,
    ("", "Service", True): True,
    ("", "Secret", True): False,
    ("", "ResourceQuota", True): False,
    ("", "LimitRange", True): False,
    ("networking.k8s.io", "NetworkPolicy", True): False,
    ("rbac.authorization.k8s.io", "RoleBinding", True): False,
    ("argoproj.io", "Application", True): False,
    ("argoproj.io", "AppProject", True): False,
    ("fleet.argosy.dev", "XEKSCluster", True): False,
    ("", "Namespace", False): False,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", False): False,
    ("apiextensions.k8s.io", "CustomResourceDefinition", False): False,
    ("external-secrets.io", "ClusterSecretStore", False): False,
}


@pytest.mark.parametrize("what", DESTINATIONS)
def test_a_team_reaches_its_namespaces_on_its_clusters_only(what: str) -> None:
    name, server, namespace, allowed = DESTINATIONS[what]
    assert allows_destination(project("orders"), name, server, namespace) is allowed


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_team_holds_what_workloads_are_made_of(kind: tuple[str, str, bool]) -> None:
    group, name, namespaced = kind
    assert allows_kind(project("orders"), group, name, namespaced=namespaced) is KINDS[kind]


def test_a_team_takes_from_the_repository_of_workloads_only() -> None:
    assert allows_source(project("orders"), repository())
    for other in ("https://github.com/example/other.git", f"{repository()}/x", "*", "https://charts.example.com"):
        assert not allows_source(project("orders"), other)


@pytest.mark.parametrize("name", TEAMS)
def test_no_project_of_a_team_has_a_star_for_all(name: str) -> None:
    spec = project(name)["spec"]
    assert "*" not in spec["sourceRepos"]
    for destination in spec["destinations"]:
        assert set(destination) == {"name", "namespace"}
        assert destination["name"] not in ("*", "in-cluster")
        assert "*" not in destination["namespace"]
    assert spec["clusterResourceWhitelist"] == []


def test_every_cluster_of_a_teams_tenants_is_one_that_its_project_knows() -> None:
    assert all_applications()
    for application in all_applications():
        if (named := application["spec"]["project"]) != "argosy-teams":
            where = application["spec"]["destination"]
            assert allows_destination(project(named.removeprefix("team-")), where["name"], "", where["namespace"])


# Who is where.


def test_each_team_is_on_the_clusters_of_its_tenants_and_on_no_other() -> None:
    found = {
        (name, claim): sorted(
            item["metadata"]["name"].split(name_of(spokes()[claim]))[0] for item in on_cluster(name, claim)
        )
        for name in TEAMS
        for claim in spokes()
    }
    tenant_of = {claim: secret["metadata"]["labels"]["tenant"] for claim, secret in spokes().items()}
    for (name, claim), prefixes in found.items():
        own = [prefix for prefix in prefixes if prefix == f"team-{name}-" or prefix.startswith(f"wl-{name}-")]
        assert bool(own) is (tenant_of[claim] in team(name)["tenants"]), (name, claim, prefixes)


@pytest.mark.parametrize("change", [{"workloads": "false"}, {"tenant": "search"}, {"fleet_member": "hub"}], ids=str)
def test_a_cluster_without_workloads_has_no_application_of_a_team(change: Mapping[str, str]) -> None:
    secret = spokes()["orders-dev"]
    assert all(expand(sets("orders"), [secret]).values())
    assert not any(expand(sets("orders"), [changed(secret, labels=change)]).values())


def test_applications_of_two_clusters_have_names_of_their_own_that_fit() -> None:
    longest = "orders-dev-".ljust(CLUSTER_LENGTH, "0")
    twins = [spokes()["orders-dev"], changed(spokes()["orders-dev"], name=longest)]
    one, two = (expand(sets("orders"), [secret]) for secret in twins)
    both = expand(sets("orders"), twins)
    for which, found in both.items():
        names = [item["metadata"]["name"] for item in found]
        assert len(names) == len(set(names)) == len(one[which]) + len(two[which]) > 0
        assert all(len(name) <= LONGEST for name in names)


def test_applications_say_which_switch_keeps_them_and_go_with_what_they_made() -> None:
    for application in all_applications():
        metadata = application["metadata"]
        labels = metadata["labels"]
        (secret,) = (s for s in spokes().values() if name_of(s) == labels["fleet.argosy.dev/cluster"])
        part = "team" if application["spec"]["project"] == "argosy-teams" else "workload"
        assert (labels["fleet.argosy.dev/part"], labels["fleet.argosy.dev/switch"]) == (part, "workloads")
        assert f"-{labels['fleet.argosy.dev/team']}-" in metadata["name"]
        assert {key: labels[key] for key in ("ring", "environment", "tenant")} == {
            key: secret["metadata"]["labels"][key] for key in ("ring", "environment", "tenant")
        }
        assert metadata["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]


@pytest.mark.parametrize("name", TEAMS)
def test_the_sets_of_a_team_go_with_the_switch_and_after_the_project_comes(name: str) -> None:
    waves = {
        identity: int(found["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for identity, found in on_the_hub(name).items()
    }
    for found in sets(name):
        spec = found["spec"]
        assert spec["syncPolicy"] == {"applicationsSync": "sync", "preserveResourcesOnDeletion": False}
        assert spec["goTemplateOptions"] == ["missingkey=error"]
        assert "{{" not in spec["template"]["spec"]["project"]
        assert found["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=confirm,Delete=confirm"
        assert waves["ApplicationSet", found["metadata"]["name"]] > waves["AppProject", f"team-{name}"]


def test_a_folder_of_teams_that_vanishes_takes_nobodys_namespaces_away() -> None:
    (found,) = read(SETS / "teams.yaml")
    assert found["spec"]["syncPolicy"] == {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}
    for application in applications("teams.yaml").values():
        assert "finalizers" not in application["metadata"]
        assert application["spec"]["project"] == "argosy-teams"


# What a team gets on a cluster.


def kind_of(manifests: list[Item], kind: str) -> list[Item]:
    return [found for found in manifests if found["kind"] == kind]


def test_each_namespace_has_quota_limits_policies_and_people() -> None:
    made = namespaces_on("orders", "orders-dev")
    (namespace,) = kind_of(made, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    # A switch takes the namespace along when the cluster goes; a line that vanishes from the file does not.
    assert namespace["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": "Prune=confirm"}
    (quota,) = kind_of(made, "ResourceQuota")
    assert quota["spec"]["hard"] == team("orders")["namespaces"][0]["quota"]
    (limits,) = kind_of(made, "LimitRange")
    assert set(limits["spec"]["limits"][0]) == {"type", "defaultRequest", "default"}
    bound = {
        found["metadata"]["name"]: [s["name"] for s in found["subjects"]] for found in kind_of(made, "RoleBinding")
    }
    assert bound == {"team-admin": ["orders:admin"], "team-view": ["orders:admin", "orders:oncall"]}
    assert {found["metadata"].get("namespace", "orders") for found in made} == {"orders"}


def test_pods_reach_dns_each_other_and_what_the_file_names() -> None:
    policies = {
        found["metadata"]["name"]: found["spec"]
        for found in kind_of(namespaces_on("orders", "orders-dev"), "NetworkPolicy")
    }
    assert policies["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policies["same-namespace"]["ingress"] == [{"from": [{"podSelector": {}}]}]
    ports = {port["port"] for rule in policies["dns"]["egress"] for port in rule["ports"]}
    assert ports == {53}
    assert all("0.0.0.0/0" not in str(spec) for spec in policies.values())
    assert policies["team"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"protocol": "TCP", "port": 5432}]}
    ]
    assert "ingress" not in policies["team"]


def test_a_team_that_names_nothing_has_no_way_out() -> None:
    policies = {found["metadata"]["name"] for found in kind_of(namespaces_on("search", "search-dev"), "NetworkPolicy")}
    assert policies == {"deny-all", "dns", "same-namespace"}


def test_nobody_of_a_team_writes_what_the_platform_gives_or_reads_secrets() -> None:
    (role,) = kind_of(namespaces_on("orders", "orders-dev"), "Role")
    resources = {resource for rule in role["rules"] for resource in rule["resources"]}
    assert resources == {"pods", "pods/exec", "pods/portforward", "deployments", "statefulsets"}
    assert all("*" not in rule["verbs"] for rule in role["rules"])


def test_the_file_is_read_where_the_repository_has_it() -> None:
    for application in all_applications():
        if application["spec"]["project"] == "argosy-teams":
            source = source_of(application)
            assert Path(source["path"]) == CHART.relative_to(GITOPS.parent)
            assert [GITOPS.parent / file[1:] for file in source["helm"]["valueFiles"]] == [
                TEAMS[application["metadata"]["name"].split("-")[1]]
            ]


# What the platform's own projects must allow for all of this.

CLUSTER_SCOPED = ("Namespace", "EnvironmentConfig")


@cache
def projects() -> Mapping[str, Item]:
    """The projects of the platform and of the teams by name."""
    platform = {found["metadata"]["name"]: found for found in read(GITOPS / "bootstrap" / "projects.yaml")}
    return platform | {f"team-{name}": project(name) for name in TEAMS}


def forbidden(application: Item, manifests: list[Item]) -> list[str]:
    """What the project of an Application keeps it from making."""
    its, where = projects()[application["spec"]["project"]], application["spec"]["destination"]
    secrets = {name_of(secret): secret for secret in spokes().values()}
    server = HUB[1] if where["name"] == HUB[0] else b64decode(secrets[where["name"]]["data"]["server"]).decode()
    found = []
    for manifest in manifests:
        namespaced, metadata = manifest["kind"] not in CLUSTER_SCOPED, manifest["metadata"]
        if not allows_kind(its, manifest["apiVersion"].rpartition("/")[0], manifest["kind"], namespaced=namespaced):
            found.append(f"{manifest['kind']} {metadata['name']}")
        elif namespaced and not allows_destination(its, where["name"], server, metadata["namespace"]):
            found.append(f"{manifest['kind']} {metadata['name']} in {metadata['namespace']}")
    return found


def test_every_project_lets_its_applications_make_what_git_has() -> None:
    told = {}
    on_hub = [*applications("fleet.yaml").values(), *applications("teams.yaml").values()]
    for application in (*on_hub, *all_applications()):
        source, folder = source_of(application), GITOPS.parent
        made = rendered(application) if "helm" in source else kustomized(folder / source["path"])
        for manifest in made:
            if manifest["kind"] not in CLUSTER_SCOPED:
                manifest["metadata"].setdefault("namespace", application["spec"]["destination"]["namespace"])
        assert made
        told[application["metadata"]["name"]] = forbidden(application, made)
    assert {name: found for name, found in told.items() if found} == {}


def test_a_project_that_keeps_its_application_from_something_is_found() -> None:
    (application, *_) = on_cluster("orders", "orders-dev")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "namespace": "orders"}}
    elsewhere = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "x", "namespace": "kube-system"}}
    assert forbidden(application, [secret, elsewhere]) == ["Secret x", "ResourceQuota x in kube-system"]
