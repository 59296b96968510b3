"""Objects that Kyverno's policies let through, and each way around them that must end at one rule."""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]
GIT = "git@github.com:example/argosy-fleet.git"
CHARTS = "https://charts.jetstack.io"
TYPE = "argocd.argoproj.io/secret-type"
TOKEN = "{{.metadata.annotations.addons_repo_url}}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """An object and what becomes of it.

    Attributes:
        policy: name of the policy.
        rule: what the refusal names; empty if the object passes.
        title: what is tried, in a few words.
        item: the object.
    """

    policy: str
    rule: str
    title: str
    item: Item


CASES: list[Case] = []


def case(policy: str, rule: str, title: str, item: Item) -> None:
    """Notes a case; its object is called after the title, unless its name matters."""
    item = copy.deepcopy(item)
    item["metadata"].setdefault("name", re.sub("[^a-z0-9]+", "-", title.lower()).strip("-"))
    CASES.append(Case(policy=policy, rule=rule, title=title, item=item))


def of(policy: str) -> list[Case]:
    """All cases of a policy."""
    return [each for each in CASES if each.policy == policy]


def changed(item: Item, change: Callable[[Item], Any]) -> Item:
    """A copy with a change."""
    item = copy.deepcopy(item)
    change(item)
    return item


def encoded(data: dict[str, str]) -> dict[str, str]:
    """Data of a Secret."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


def secret(kind: str, data: dict[str, str], **metadata: Any) -> Item:
    """A Secret of Argo CD."""
    labels = {TYPE: kind, **metadata.pop("labels", {})}
    metadata = {"namespace": "argocd", "labels": labels, **metadata}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded(data)}


# Clusters

AWS = {"clusterName": "orders", "roleARN": "arn:aws:iam::111122223333:role/argosy-spoke-orders"}
TLS = {"insecure": False, "caData": "LS0t"}
CONFIG = {"awsAuthConfig": AWS, "tlsClientConfig": TLS}
URL = {"name": "orders", "server": "https://ABC123.gr7.eu-west-1.eks.amazonaws.com", "config": json.dumps(CONFIG)}
ARN = {"name": "orders", "server": "arn:aws:eks:eu-west-1:111122223333:cluster/orders", "project": "default"}
HUB = {
    "name": "in-cluster",
    "server": "https://kubernetes.default.svc",
    "config": '{"tlsClientConfig":{"insecure":false}}',
}
CLUSTERS = "argosy-cluster-secrets"


def cluster(rule: str, title: str, data: dict[str, str], **metadata: Any) -> None:
    """A case of a cluster Secret."""
    case(CLUSTERS, rule, title, secret("cluster", data, **metadata))


def configured(config: Any, data: dict[str, str] = URL) -> dict[str, str]:
    """Data with that config, as an object or as text."""
    return {**data, "config": config if isinstance(config, str) else json.dumps(config)}


cluster("", "url with a role", URL)
cluster("", "url in China", {**URL, "server": "https://ABC.gr7.cn-north-1.eks.amazonaws.com.cn"})
cluster("", "dual stack url", {**URL, "server": "https://ABC.eks-cluster.eu-west-1.api.aws"})
cluster("", "arn without config", ARN)
cluster("", "arn with empty tls", configured({"tlsClientConfig": {"insecure": False}}, ARN))
cluster("", "the hub", HUB)
cluster("", "the hub as capability", {**ARN, "name": "in-cluster"})
cluster("", "names of secrets", URL, annotations={"rds_orders_secret_arn": "arn:x", "repo_secret_key": "name"})
cluster("", "applied by kubectl", URL, annotations={"kubectl.kubernetes.io/last-applied-configuration": '{"a":"{{"}\n'})
cluster("C1", "another key", {**URL, "token": "x"})
cluster("C1", "a key in upper case", {**URL, "Config": "{}"})
cluster("C1", "no name", {key: value for key, value in URL.items() if key != "name"})
cluster("C1", "an empty name", {**URL, "name": ""})
case(CLUSTERS, "C1", "string data", {**secret("cluster", URL), "stringData": {"config": '{"bearerToken":"x"}'}})
cluster("C2", "a token", configured({**CONFIG, "bearerToken": "x"}))
cluster("C2", "a token in another case", configured({**CONFIG, "BearerToken": "x"}))
cluster("C2", "a token and an arn", configured({"bearerToken": "x"}, ARN))
cluster("C2", "a token for the hub", configured({"bearerToken": "x"}, HUB))
cluster("C2", "a user", configured({**CONFIG, "username": "x", "password": "y"}))
cluster("C2", "a command", configured({**CONFIG, "execProviderConfig": {"command": "sh"}}))
cluster("C2", "a proxy", configured({**CONFIG, "proxyUrl": "http://proxy"}))
cluster("C2", "the same key twice", configured('{"tlsClientConfig":{"certData":"x"},' + json.dumps(CONFIG)[1:]))
cluster("C2", "the same role twice", configured('{"awsAuthConfig":{"profile":"x"},' + json.dumps(CONFIG)[1:]))
cluster("C2", "an escaped key", configured('{"\\u0074lsClientConfig":{"certData":"x"},' + json.dumps(CONFIG)[1:]))
cluster("C3", "a client certificate", configured({**CONFIG, "tlsClientConfig": {**TLS, "certData": "x"}}))
cluster("C3", "a client key", configured({**CONFIG, "tlsClientConfig": {**TLS, "keyData": "x"}}))
cluster("C3", "a client key in another case", configured({**CONFIG, "tlsClientConfig": {**TLS, "KEYDATA": "x"}}))
cluster("C3", "insecure", configured({**CONFIG, "tlsClientConfig": {**TLS, "insecure": True}}))
cluster("C3", "insecure as text", configured({**CONFIG, "tlsClientConfig": {**TLS, "insecure": "true"}}))
cluster("C3", "insecure and an arn", configured({"tlsClientConfig": {"insecure": True}}, ARN))
cluster("C4", "arn with a role", configured({"awsAuthConfig": AWS}, ARN))
cluster("C4", "arn with a ca", configured({"tlsClientConfig": TLS}, ARN))
cluster("C4", "url without a role", configured({"tlsClientConfig": TLS}))
cluster("C4", "url without a ca", configured({"awsAuthConfig": AWS, "tlsClientConfig": {"insecure": False}}))
cluster("C4", "url without config", {key: value for key, value in URL.items() if key != "config"})
cluster("C4", "a foreign server", {**URL, "server": "https://evil.example.com"})
cluster("C4", "a foreign server with our end in its path", {**URL, "server": "https://evil.com/x.eks.amazonaws.com"})
cluster("C4", "a foreign server that begins like ours", {**URL, "server": "https://a.eks.amazonaws.com.evil.com"})
cluster("C4", "a slash at the end", {**URL, "server": URL["server"] + "/"})
cluster("C4", "plain http", {**URL, "server": URL["server"].replace("https", "http")})
cluster("C4", "a user in the url", {**URL, "server": "https://evil@x.eks.amazonaws.com"})
cluster("C4", "no server", {key: value for key, value in URL.items() if key != "server"})
cluster("C4", "the hub by another name", {**URL, "server": HUB["server"]})
cluster("C4", "the hub with a slash", {**HUB, "server": HUB["server"] + "/"})
cluster("C4", "the hub in full", {**HUB, "server": "https://kubernetes.default.svc.cluster.local"})
cluster("C4", "the hub with a role", configured({"awsAuthConfig": AWS}, HUB))
cluster("C4", "another cluster as the hub", {**URL, "name": "in-cluster"})
cluster("C5", "a profile", configured({**CONFIG, "awsAuthConfig": {**AWS, "profile": "admin"}}))
cluster("C5", "no role arn", configured({**CONFIG, "awsAuthConfig": {"clusterName": "orders"}}))
cluster("C5", "no cluster name", configured({**CONFIG, "awsAuthConfig": {"roleARN": AWS["roleARN"]}}))
cluster("C5", "a user in place of a role", configured(
    {**CONFIG, "awsAuthConfig": {**AWS, "roleARN": "arn:aws:iam::111122223333:user/root"}}
))  # fmt: skip
cluster("C7", "a password as annotation", URL, annotations={"rds_orders_password": "x"})
cluster("C7", "a token as annotation in upper case", URL, annotations={"GITHUB_TOKEN": "x"})
cluster("C7", "a private key as annotation", URL, annotations={"git_private_key": "x"})
cluster("TEN-15", "a template as annotation", URL, annotations={"fleet.argosy.dev/x": "{{ .name }}"})
cluster("TEN-15", "two lines as annotation", URL, annotations={"fleet.argosy.dev/x": "a\nproject: default"})
AGENT = {"argocd-agent.argoproj-labs.io/agent-name": "orders"}
AGENT_DATA = configured({"bearerToken": "x"}, {"name": "orders", "server": "https://proxy:9090?agentName=orders"})
cluster("C2", "an agent", AGENT_DATA, labels=AGENT)
cluster("C2", "an extra label", configured({**CONFIG, "bearerToken": "x"}), labels={**AGENT, "team": "orders"})

# Repositories

REPOSITORIES = "argosy-repository-secrets"
REPOSITORY = {"type": "git", "url": GIT, "sshPrivateKey": "KEY"}
CHART = {"type": "helm", "url": CHARTS, "name": "jetstack"}


def repository(rule: str, title: str, data: dict[str, str], kind: str = "repository") -> None:
    """A case of a repository Secret."""
    case(REPOSITORIES, rule, title, secret(kind, data))


repository("", "git by ssh", REPOSITORY)
repository("", "git by ssh, long", {**REPOSITORY, "url": "ssh://git@github.com/example/argosy-fleet.git"})
repository("", "git by the ARN of a key", {"url": GIT, "secretArn": "arn:aws:secretsmanager:x"})
repository("", "a key for the organisation", {"url": "git@github.com:example/", "sshPrivateKey": "KEY"}, "repo-creds")
repository("", "a chart repository", CHART)
for number, key in enumerate(
    ("username", "password", "PASSWORD", "bearerToken", "githubAppPrivateKey", "tlsClientCertKey", "proxy", "insecure",
     "insecureIgnoreHostKey", "gcpServiceAccountKey", "forceHttpBasicAuth", "useAzureWorkloadIdentity")
):  # fmt: skip
    repository("R1", f"with key {number} {key}", {**REPOSITORY, key: "x"})
for kind in ("repo-creds", "repository-write", "repo-write-creds", "scm-creds"):
    repository("R1", f"a password in {kind}", {**REPOSITORY, "password": "x"}, kind)
repository("R1", "a chart repository with a password", {**CHART, "username": "x", "password": "y"})
case(REPOSITORIES, "R1", "string data of a repository", {
    **secret("repository", REPOSITORY), "stringData": {"password": "x"}
})  # fmt: skip
repository("R2", "another type", {**REPOSITORY, "type": "Helm"})
repository("R3", "git by https", {**REPOSITORY, "url": "https://github.com/example/argosy-fleet.git"})
repository("R3", "another server", {**REPOSITORY, "url": "git@git.evil.com:example/argosy-fleet.git"})
repository("R3", "another organisation", {**REPOSITORY, "url": "git@github.com:evil/argosy-fleet.git"})
repository("R3", "an organisation that begins like ours", {**REPOSITORY, "url": "git@github.com:example2/x.git"})
repository("R3", "a server in upper case", {**REPOSITORY, "url": GIT.replace("github", "GitHub")})
repository("R3", "a path that climbs", {**REPOSITORY, "url": "git@github.com:example/../evil/x.git"})
repository("R3", "an option of ssh", {**REPOSITORY, "url": "git@github.com:example/x -oProxyCommand=sh"})
repository("R3", "no url", {key: value for key, value in REPOSITORY.items() if key != "url"})
repository("R3", "a key for all of a server", {**REPOSITORY, "url": "git@github.com:"}, "repo-creds")
repository("R3", "another chart repository", {**CHART, "url": "https://charts.evil.com"})
repository("R3", "git that says it has charts", {**CHART, "url": GIT})
repository("R4", "no key", {"type": "git", "url": GIT})
repository("R4", "an empty key", {**REPOSITORY, "sshPrivateKey": ""})

# Applications

APPLICATIONS = "argosy-applications"
APPLICATION: Item = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"namespace": "argocd"},
    "spec": {
        "project": "argosy-addons",
        "source": {"repoURL": GIT, "path": "gitops/addons", "targetRevision": "main"},
        "destination": {"name": "orders", "namespace": "cert-manager"},
    },
}
CHART_SOURCE = {"repoURL": CHARTS, "chart": "cert-manager", "targetRevision": "v1.20.2"}
VALUES = {"repoURL": GIT, "ref": "values", "targetRevision": "main"}
EVIL = {"repoURL": "git@github.com:evil/x.git", "path": "."}
HYDRATED = {"drySource": {**EVIL, "targetRevision": "main"}, "syncSource": {"targetBranch": "main", "path": "."}}


def with_spec(item: Item, **fields: Any) -> Item:
    """A copy with other fields in spec; None takes one away."""
    spec = {**item["spec"], **fields}
    return {**item, "spec": {name: value for name, value in spec.items() if value is not None}}


def application(rule: str, title: str, item: Item | None = None, **fields: Any) -> None:
    """A case of an Application."""
    case(APPLICATIONS, rule, title, with_spec(item or APPLICATION, **fields))


def synced(**sync: Any) -> Item:
    """An Application that somebody asks to be synced."""
    return {**APPLICATION, "operation": {"sync": sync}}


application("", "one source")
application("", "several sources", source=None, sources=[VALUES, CHART_SOURCE])
application("", "a server", destination={"server": "https://kubernetes.default.svc", "namespace": "argocd"})
application("", "a sync", synced(revision="main", source=APPLICATION["spec"]["source"]))
application("", "files of a repository", source=None, sources=[
    VALUES, {**CHART_SOURCE, "helm": {"valueFiles": ["$values/gitops/addons/values/default/cert-manager.yaml"]}}
])  # fmt: skip
application("A1", "a foreign source", source=EVIL)
application("A1", "a foreign second source", source=None, sources=[VALUES, EVIL])
application("A1", "a foreign source beside a good one", sources=[EVIL])
application("A1", "git by https", source={**VALUES, "repoURL": "https://github.com/example/argosy-fleet.git"})
application("A1", "a path that climbs", source={**VALUES, "repoURL": "git@github.com:example/../evil/x"})
application("A1", "no source", source=None)
application("A1", "no sources", source=None, sources=[])
application("A1", "a foreign chart repository", source={**CHART_SOURCE, "repoURL": "https://charts.evil.com"})
application("A1", "a chart repository without a chart", source={"repoURL": CHARTS, "path": "."})
application("A1", "a foreign dry source", sourceHydrator=HYDRATED)
application("A1", "a sync of a foreign source", synced(source=EVIL))
application("A1", "a sync of foreign sources", synced(sources=[VALUES, EVIL]))
application("A1 manifests", "a sync of what it brings along", synced(manifests=["kind: Secret"]))
application("A1 manifests", "values from the web", source={**CHART_SOURCE, "helm": {"valueFiles": ["https://x/y"]}})
application("A1 manifests", "parameters from the web", source={
    **CHART_SOURCE, "helm": {"fileParameters": [{"name": "x", "path": "https://x/y"}]}
})  # fmt: skip
application("A2", "a name and a server", destination={"name": "orders", "server": "https://kubernetes.default.svc"})
application("A2", "no destination", destination={"namespace": "orders"})
application("A2", "empty destinations", destination={"name": "", "server": ""})
application("A3", "the default project", project="default")
application("A3", "no project", project="")

# ApplicationSets

SETS = "argosy-applicationsets"
SELECTED: Item = {"clusters": {"selector": {"matchLabels": {"enable_cert_manager": "true"}}}}
FILES: Item = {"git": {"repoURL": TOKEN, "revision": "main", "files": [{"path": "teams/*.yaml"}]}}
APPLICATION_SET: Item = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "ApplicationSet",
    "metadata": {"namespace": "argocd"},
    "spec": {
        "goTemplate": True,
        "goTemplateOptions": ["missingkey=error"],
        "generators": [SELECTED],
        "template": {
            "metadata": {"name": "cert-manager-{{.name}}"},
            "spec": {
                "project": "argosy-addons",
                "destination": {"name": "{{.name}}", "namespace": "cert-manager"},
                "sources": [{**VALUES, "repoURL": TOKEN}, CHART_SOURCE],
            },
        },
    },
}


def application_set(rule: str, title: str, name: str = "", **fields: Any) -> None:
    """A case of an ApplicationSet."""
    item = with_spec(APPLICATION_SET, **fields)
    case(SETS, rule, title, {**item, "metadata": {**item["metadata"], **({"name": name} if name else {})}})


def template(**fields: Any) -> Item:
    """The template with other fields in its spec; None takes one away."""
    inner: Item = APPLICATION_SET["spec"]["template"]
    return with_spec(inner, **fields)


def nested(kind: str, *generators: Item) -> list[Item]:
    """A generator that holds others."""
    return [{kind: {"generators": list(generators), **({"mergeKeys": ["server"]} if kind == "merge" else {})}}]


ALL: Item = {"clusters": {}}
application_set("", "an add-on")
application_set("", "clusters and files", generators=nested("matrix", SELECTED, FILES))
application_set("", "a merge in a matrix", generators=nested("matrix", nested("merge", SELECTED, SELECTED)[0], FILES))
application_set("", "versions", generators=nested("merge", SELECTED, {"list": {"elements": [{"version": "1"}]}}))
application_set("", "one source", template=template(sources=None, source={"repoURL": GIT, "path": "x"}))
application_set("", "workloads of a team", "workloads-shop", template=template(project="team-shop"))
application_set("", "an app of a team", "workloads-shop-api", template=template(project="team-shop"))
application_set("", "a patch of values", templatePatch="spec:\n  syncPolicy:\n    automated: {{ toJson .x }}\n")
application_set("", "an empty template that Argo CD has written", generators=[
    {"clusters": {**SELECTED["clusters"], "template": {"metadata": {}, "spec": {"destination": {}, "project": ""}}}}
])  # fmt: skip
application_set("A4 goTemplate", "no go template", goTemplate=None)
application_set("A4 goTemplate", "no options", goTemplateOptions=None)
application_set("A4 goTemplate", "missing keys are nothing", goTemplateOptions=["missingkey=default"])
application_set("A4 spec.template.spec.source,", "a foreign source", template=template(sources=[EVIL]))
application_set("A4 spec.template.spec.source,", "a foreign second source", template=template(sources=[VALUES, EVIL]))
application_set("A4 spec.template.spec.source,", "a foreign dry source", template=template(
    sources=None, sourceHydrator=HYDRATED
))  # fmt: skip
application_set("A4 spec.template.spec.source,", "a source from a file", template=template(
    sources=[{"repoURL": "{{.repository}}", "path": "."}]
))  # fmt: skip
application_set("A4 spec.template.spec.source,", "a source from a label", template=template(
    sources=[{"repoURL": "{{.metadata.labels.addons_repo_url}}", "path": "."}]
))  # fmt: skip
application_set("A4 spec.template.spec.source,", "a chart from a file", template=template(
    sources=[{**CHART_SOURCE, "repoURL": "{{.repository}}"}]
))  # fmt: skip
application_set("A4 spec.template.spec.source,", "no source", template=template(sources=None))
application_set("A4 spec.template.spec.source.helm", "values from the web", template=template(
    sources=[{**CHART_SOURCE, "helm": {"valueFiles": ["https://x/{{.name}}"]}}]
))  # fmt: skip
application_set("A4 spec.template.spec.project: the name", "a project from a label", template=template(
    project="{{.metadata.labels.tenant}}"
))  # fmt: skip
application_set("A4 spec.template.spec.project: the name", "half a project", template=template(project="t-{{.x}}"))
application_set("A4 spec.template.spec.project: the name", "the default project", template=template(project="default"))
application_set("A4 spec.template.spec.project: workloads", "anothers project", "workloads-one", template=template(
    project="team-two"
))  # fmt: skip
application_set("A4 spec.template.spec.project: workloads", "a platforms project", "workloads-three")
application_set("A4 spec.template.spec.project: workloads", "a longer name", "workloads-shops", template=template(
    project="team-shop"
))  # fmt: skip
application_set("A4 spec.templatePatch", "a patch of the project", templatePatch="spec:\n  project: {{.x}}\n")
application_set("A4 spec.templatePatch", "a patch in json", templatePatch='{"spec": {"project" : "{{.x}}"}}')
application_set("A4 spec.templatePatch", "an escaped patch", templatePatch='{"spec":{"\\u0070roject":"{{.x}}"}}')
application_set("A4 spec.templatePatch", "a patch of sources", templatePatch="spec:\n  sources: [{repoURL: x}]\n")
OWN = {"metadata": {}, "spec": {"project": "{{.x}}", "destination": {}}}
for title, holder in {
    "a template in a generator": [{"clusters": {**SELECTED["clusters"], "template": OWN}}],
    "a template in an inner generator": nested("matrix", SELECTED, {"git": {**FILES["git"], "template": OWN}}),
    "a template of a matrix": [{"matrix": {"generators": [SELECTED, FILES], "template": OWN}}],
    "a source in a generator": [
        {"clusters": {**SELECTED["clusters"], "template": {"metadata": {}, "spec": {"source": EVIL}}}}
    ],
}.items():
    application_set("A4 spec.generators: no template", title, generators=holder)
for title, holder in {
    "all clusters": [ALL],
    "all clusters by an empty selector": [{"clusters": {"selector": {"matchLabels": {}}}}],
    "all clusters beside some": [SELECTED, ALL],
    "all clusters in a matrix": nested("matrix", ALL, FILES),
    "all clusters in a merge in a matrix": nested("matrix", nested("merge", SELECTED, ALL)[0], FILES),
}.items():
    application_set("A4 spec.generators: a cluster", title, generators=holder)
application_set("A4 spec.generators: Git", "files of a foreign repository", generators=nested(
    "matrix", SELECTED, {"git": {**FILES["git"], "repoURL": EVIL["repoURL"]}}
))  # fmt: skip
application_set("A4 spec.generators: clusters, git", "a plugin", generators=[SELECTED, {"plugin": {}}])
application_set("A4 spec.generators: clusters, git", "an organisation", generators=[{"scmProvider": {}}])
application_set("A4 spec.generators: clusters, git", "pull requests", generators=nested(
    "matrix", SELECTED, {"pullRequest": {}}
))  # fmt: skip
application_set("A4 spec.generators: clusters, git", "a matrix three deep", generators=nested(
    "matrix", nested("matrix", nested("matrix", ALL)[0])[0]
))  # fmt: skip
application_set("A2", "a name and a server", template=template(destination={"name": "{{.name}}", "server": "x"}))
application_set("A2", "no destination", template=template(destination={"namespace": "x"}))

# Projects

PROJECTS = "argosy-projects"
PROJECT: Item = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"namespace": "argocd"},
    "spec": {
        "sourceRepos": [GIT],
        "destinations": [{"name": "orders-*", "namespace": "shop"}, {"name": "search-dev", "namespace": "shop-*"}],
    },
}


def project(rule: str, title: str, name: str = "", **fields: Any) -> None:
    """A case of an AppProject."""
    item = with_spec(PROJECT, **fields)
    case(PROJECTS, rule, title, {**item, "metadata": {**item["metadata"], **({"name": name} if name else {})}})


def reaches(name: str, namespace: str = "shop", **more: str) -> list[dict[str, str]]:
    """A project's destinations, with another one."""
    return [*PROJECT["spec"]["destinations"], {"name": name, "namespace": namespace, **more}]


EVERYWHERE = [{"server": "*", "namespace": "*"}]
KINDS = [{"group": "*", "kind": "*"}]
project("", "a team")
project("", "a team of the capability", sourceNamespaces=["argocd"])
project("", "a team with a denial", destinations=reaches("!orders-prod", "!shop-x"))
project("", "all of an organisation", sourceRepos=["git@github.com:example/*", CHARTS, "!" + GIT])
project("", "the platform", "argosy-addons", destinations=EVERYWHERE, clusterResourceWhitelist=KINDS)
project("", "closed", sourceRepos=[], destinations=[])
for number, source in enumerate(
    ("*", "**", "?*", "*github.com*", "git@github.com:*", "git@github.com:example*", "https://*", "{git,x}*",
     "git@github.com:example/../evil/x", EVIL["repoURL"], CHARTS + "/*")
):  # fmt: skip
    project("A5 spec.sourceRepos", f"source {number}", sourceRepos=[GIT, source])
project("A5 spec.sourceRepos", "a platform of any source", "argosy-hub", sourceRepos=["*"])
for number, name in enumerate(
    ("*", "**", "in-cluster", "in-*", "i*", "*r", "?n-cluster", "{in-cluster,x}", "[i]n*", "")
):
    project("A5 spec.destinations: clusters", f"cluster {number}", destinations=reaches(name))
project("A5 spec.destinations: clusters", "the server of the hub", destinations=[
    {"server": "https://kubernetes.default.svc", "namespace": "shop"}
])  # fmt: skip
project("A5 spec.destinations: clusters", "any server", destinations=[{"server": "*", "namespace": "shop"}])
project(
    "A5 spec.destinations: clusters", "a server beside a name", destinations=reaches("orders-x", server="https://x")
)
project("A5 spec.destinations: clusters", "almost the platform", "argosy-addons-2", destinations=[
    {"server": "*", "namespace": "shop"}
])  # fmt: skip
for number, namespace in enumerate(
    ("*", "**", "argocd", "argo*", "kube-system", "kube-*", "k*", "crossplane-system", "kyverno", "?hop", "")
):
    project("A5 spec.destinations: namespaces", f"namespace {number}", destinations=reaches("orders-x", namespace))
project("A5 spec.clusterResourceWhitelist", "kinds of the cluster", clusterResourceWhitelist=KINDS)
project("A5 spec.sourceNamespaces", "applications from anywhere", sourceNamespaces=["*"])
project("A5 spec.sourceNamespaces", "a platforms applications from anywhere", "argosy-claims", sourceNamespaces=["*"])
