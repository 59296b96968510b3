"""`examples/setup`: what a hub is set up with is valid, fits together, and gives nobody more than is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from argosy.catalog import COMPOSITES, ENGINES
from argosy.engines.base import PROTECTION_GROUP, Kind
from argosy.engines.hub import CREDENTIALS, OBJECT
from argosy.input import Input
from argosy.main import main
from tests.packages import kubernetes
from tests.packages.composed import composed_kinds
from tests.packages.dockerfile import ROOT
from tests.packages.test_packages import METADATA, PLACEHOLDER, VERSION, dependencies
from tests.schemas.schemas import violations
from tests.schemas.structural import Node, Walk

FOLDER = ROOT / "examples" / "setup"
VALUES = "crossplane-values.yaml"
FILES = sorted(
    path
    for pattern in ("*.yaml", "claims/*.yaml", "ack/*.yaml")
    for path in FOLDER.glob(pattern)
    if path.name != VALUES
)


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


OBJECTS = [obj for path in FILES if path.name != "functions.yaml" for obj in documents(path)]
"""What is applied to a hub, of either engine."""


def of_kind(kind: str, objects: Iterable[dict[str, Any]] = OBJECTS) -> dict[str, dict[str, Any]]:
    return {obj["metadata"]["name"]: obj for obj in objects if obj["kind"] == kind}


def problems(obj: dict[str, Any]) -> list[str]:
    """What is wrong with an object, by its schema."""
    schema = kubernetes.schema(obj["apiVersion"], obj["kind"])
    if schema is None:
        return violations(obj)
    walk = Walk()
    Node(schema).check(obj, "", walk)
    if (obj["kind"] in kubernetes.NAMESPACED) != ("namespace" in obj["metadata"]):
        walk.add(".metadata.namespace", "is there or is not, against the kind's scope")
    return walk.problems


SHARED = {
    "claims/provider-config.yaml": ("provider-config.yaml", ["Namespace", "RoleBinding"]),
    "ack/namespace.yaml": ("provider-config.yaml", ["ResourceQuota", "RoleBinding"]),
    "ack/configurations.yaml": ("configurations.yaml", ["Configuration"]),
}
"""What a file repeats of another, in whose place or beside which it is applied, by kind."""
FUNCTION_PODS = {"pkg.crossplane.io/function": "function-argosy"}
"""Crossplane 2.4.0 labels the pods of a package with its type and the name of its object (controller/pkg/runtime)."""
CROSSPLANE_PODS = {"app": "crossplane"}
"""Label of the pods of Crossplane's chart 2.4.0, and not of its RBAC manager's."""
COMPOSITION = documents(ROOT / "compositions" / "xeksclusters" / "upbound.yaml")[0]
(STEP,) = COMPOSITION["spec"]["pipeline"]


# Every file


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_object_is_valid(path: Path) -> None:
    found = documents(path)
    assert found
    assert [problem for obj in found for problem in problems(obj)] == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("ClusterRole", {"rules": [{"apiGroups": [""], "resources": ["secrets"], "verb": ["get"]}]}),
        ("RoleBinding", {"roleRef": {"kind": "ClusterRole", "name": "argosy-team"}}),
        ("ServiceAccount", {"spec": {}}),
        ("Namespace", {"metadata": {"name": "team-orders", "namespace": "argocd"}}),
        ("DeploymentRuntimeConfig", {"spec": {"deploymentTemplate": {"spec": {"replica": 2}}}}),
        ("NetworkPolicy", {"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": []}]}}),
        ("PodDisruptionBudget", {"spec": {"minAvailable": 1, "selector": {"matchLabel": {}}}}),
        ("ValidatingAdmissionPolicyBinding", {"spec": {"policyName": "argosy-guards", "validationActions": ["deny"]}}),
        ("ProviderConfig", {"spec": {"credentials": {"source": "PodIdentities"}}}),
    ],
)
def test_an_object_that_a_server_would_refuse_is_seen(kind: str, change: dict[str, Any]) -> None:
    obj = next(iter(of_kind(kind).values()))
    assert problems(obj) == []
    assert problems({**obj, **change})


def test_no_two_objects_are_the_same() -> None:
    """Whoever has two packages applies two files about a team's namespace: neither undoes the other."""
    others = list(OBJECTS)
    for name, (original, kinds) in SHARED.items():
        known = documents(FOLDER / original)
        common = [obj for obj in documents(FOLDER / name) if obj in known]
        assert sorted(obj["kind"] for obj in common) == kinds, name
        for obj in common:
            others.remove(obj)
    # where ACK works, the namespace says more
    (namespace,) = (obj for obj in documents(FOLDER / "ack" / "namespace.yaml") if obj["kind"] == "Namespace")
    others.remove(namespace)
    assert namespace["metadata"]["name"] in of_kind("Namespace", others)
    keys = [(obj["kind"], obj["metadata"].get("namespace"), obj["metadata"]["name"]) for obj in others]
    assert len(set(keys)) == len(keys)


def test_values_of_crossplane_are_keys_and_flags_that_it_has() -> None:
    """Of Crossplane 2.4.0: values.yaml of its chart, and the flags of `core start`."""
    values = yaml.safe_load((FOLDER / VALUES).read_text())
    assert values.keys() == {"args", "metrics", "priorityClassName", "provider", "replicas", "resourcesCrossplane"}
    assert values["provider"] == {"defaultActivations": []}
    assert (values["replicas"], values["metrics"]) == (2, {"enabled": True})
    flags = dict(flag.split("=") for flag in values["args"])
    assert flags == {"--circuit-breaker-burst": "2000", "--circuit-breaker-refill-rate": "20"}


# Packages


def test_the_providers_are_the_dependencies_and_their_family() -> None:
    found = {obj["spec"]["package"].rpartition(":")[0] for obj in of_kind("Provider").values()}
    needed = {package for package, each in dependencies("argosy-upbound").items() if each["kind"] == "Provider"}
    assert found == {*needed, "xpkg.upbound.io/upbound/provider-family-aws"}


def test_providers_are_pinned_to_the_floor_of_the_dependencies() -> None:
    """TEN-26."""
    needed = dependencies("argosy-upbound")
    for obj in of_kind("Provider").values():
        package, _, version = obj["spec"]["package"].rpartition(":")
        if package in needed:
            assert re.fullmatch(rf">={re.escape(version)}, <v\d+\.0\.0", needed[package]["version"])


def test_our_packages_are_of_this_version_and_all_there() -> None:
    found = {**of_kind("Configuration"), **of_kind("Function")}
    assert {obj["spec"]["package"] for obj in found.values()} == {
        f"{PLACEHOLDER}/{name}:v{VERSION}" for name in METADATA
    }
    assert found.keys() == METADATA.keys()


def test_argo_cd_prunes_no_package_and_deletes_none() -> None:
    """REL-12: with a package go its kinds, with the kinds all objects and what they stand for on AWS."""
    packages = [obj for obj in OBJECTS if obj["apiVersion"] == "pkg.crossplane.io/v1"]
    assert {obj["metadata"]["name"] for obj in packages} == {*of_kind("Provider"), *METADATA}
    options = {obj["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] for obj in packages}
    assert options == {"Prune=false,Delete=false"}


def test_packages_run_as_they_are_told() -> None:
    runtimes = of_kind("DeploymentRuntimeConfig")
    users = [*of_kind("Provider").values(), *of_kind("Function").values()]
    assert {obj["spec"]["runtimeConfigRef"]["name"] for obj in users} == runtimes.keys()
    accounts = of_kind("ServiceAccount")
    for runtime in runtimes.values():
        pod = runtime["spec"]["deploymentTemplate"]["spec"]["template"]["spec"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["priorityClassName"] == "system-cluster-critical"
        (container,) = pod["containers"]
        assert container["name"] == "package-runtime"
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        if "serviceAccountName" in pod:
            assert accounts[pod["serviceAccountName"]]["metadata"]["namespace"] == "crossplane-system"


def test_compositions_find_the_function_by_its_name() -> None:
    """Crossplane finds a function by the name of its object, and would name a dependency after its repository."""
    assert of_kind("Function").keys() == {STEP["functionRef"]["name"]}
    assert of_kind("Function", documents(FOLDER / "functions.yaml")).keys() == {STEP["functionRef"]["name"]}


def test_the_function_has_two_replicas_that_are_nobody_and_write_nothing() -> None:
    spec = of_kind("DeploymentRuntimeConfig")["function-argosy"]["spec"]["deploymentTemplate"]["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert spec["replicas"] == 2
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["resources"]["limits"].keys() == {"memory"}
    assert container["readinessProbe"]["tcpSocket"] == {"port": "grpc"}
    budget = of_kind("PodDisruptionBudget")["function-argosy"]["spec"]
    assert budget["minAvailable"] < spec["replicas"]
    (spread,) = pod["topologySpreadConstraints"]
    assert budget["selector"] == spread["labelSelector"] == {"matchLabels": FUNCTION_PODS}


def test_the_function_s_environment_is_what_its_command_line_reads() -> None:
    spec = of_kind("DeploymentRuntimeConfig")["function-argosy"]["spec"]["deploymentTemplate"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    known = {name: option for option in main.params for name in variables(option)}
    assert {known[name].name: int(value) for name, value in environment.items()} == {
        "max_recv_message_size": 16,
        "max_send_message_size": 4,
    }


def variables(option: click.Parameter) -> list[str]:
    """Environment variables of an option."""
    return [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())


def test_local_rendering_calls_a_process() -> None:
    (function,) = documents(FOLDER / "functions.yaml")
    assert function["metadata"]["annotations"] == {
        "render.crossplane.io/runtime": "Development",
        "render.crossplane.io/runtime-development-target": "localhost:9443",
    }


# Identities


def rights(account: str) -> set[tuple[str, str, str, str, str]]:
    """What a service account of crossplane-system may do: namespace, group, resource, name, verb."""
    found = set()
    for binding in [*of_kind("RoleBinding").values(), *of_kind("ClusterRoleBinding").values()]:
        if any((s["kind"], s["name"]) == ("ServiceAccount", account) for s in binding["subjects"]):
            namespace = binding["metadata"].get("namespace", "*")
            for rule in _rules(binding):
                found |= {
                    (namespace, group, resource, name, verb)
                    for group in rule["apiGroups"]
                    for resource in rule["resources"]
                    for name in rule.get("resourceNames", ["*"])
                    for verb in rule["verbs"]
                }
    return found


def _rules(binding: dict[str, Any]) -> list[dict[str, Any]]:
    kind, name = binding["roleRef"]["kind"], binding["roleRef"]["name"]
    namespace = binding["metadata"].get("namespace") if kind == "Role" else None
    (role,) = (
        obj
        for obj in OBJECTS
        if (obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace")) == (kind, name, namespace)
    )
    rules: list[dict[str, Any]] = role["rules"]
    return rules


WRITE = ("get", "create", "update", "patch", "delete")


def test_who_writes_cluster_secrets_may_touch_these_and_cluster_usages_only() -> None:
    """TEN-11."""
    facts = yaml.safe_load((FOLDER / "hub.yaml").read_text())["data"]
    namespace = facts["argocd"]["namespace"]
    assert rights("argosy-cluster-secrets") == {
        *((namespace, "", "secrets", "*", verb) for verb in WRITE),
        *(("*", "protection.crossplane.io", "clusterusages", "*", verb) for verb in WRITE),
    }


def test_the_provider_itself_may_act_as_that_account_only() -> None:
    assert rights("argosy-provider-kubernetes") == {
        ("crossplane-system", "", "serviceaccounts", "argosy-cluster-secrets", "impersonate")
    }
    assert rights("argosy-provider-aws") == set()


def test_objects_are_written_by_that_account_and_by_no_secret() -> None:
    config = of_kind("ClusterProviderConfig")[CREDENTIALS["name"]]
    assert config["apiVersion"] == OBJECT.api_version
    assert CREDENTIALS["kind"] == "ClusterProviderConfig"
    # the provider's own account may edit every Secret of the hub: Crossplane lets every provider do so
    assert config["spec"]["credentials"]["source"] != "InjectedIdentity"
    reference = config["spec"]["credentials"]["secretRef"]
    secret = of_kind("Secret")[reference["name"]]
    assert secret["metadata"]["namespace"] == reference["namespace"]

    kubeconfig = yaml.safe_load(secret["stringData"][reference["key"]])
    (user,) = kubeconfig["users"]
    (cluster,) = kubeconfig["clusters"]
    (context,) = kubeconfig["contexts"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert context["name"] == kubeconfig["current-context"]
    assert user["user"] == {
        "tokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "as": "system:serviceaccount:crossplane-system:argosy-cluster-secrets",
    }
    assert cluster["cluster"] == {"server": "https://kubernetes.default.svc"}


def test_that_account_s_connections_are_verified() -> None:
    """The kubeconfig names no certificate authority: the pod's default one must be the hub's."""
    runtime = of_kind("DeploymentRuntimeConfig")["argosy-provider-kubernetes"]
    (container,) = runtime["spec"]["deploymentTemplate"]["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [
        {"name": "SSL_CERT_FILE", "value": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"}
    ]


def test_a_namespace_s_credentials_lead_to_its_account_and_are_named_as_compositions_ask() -> None:
    reference = Input(engine="upbound").provider_config_ref
    assert "providerConfigRef" not in STEP["input"]
    assert reference.name is None
    config = of_kind("ProviderConfig")["argosy"]  # what the function takes then
    assert reference.kind == config["kind"]
    facts = yaml.safe_load((FOLDER / "hub.yaml").read_text())["data"]
    account = facts["namespaces"][config["metadata"]["namespace"]]["account"]
    assert config["spec"] == {
        "credentials": {"source": "PodIdentity"},
        "assumeRoleChain": [{"roleARN": f"arn:aws:iam::{account}:role/argosy-provider"}],
    }


def test_credentials_in_no_namespace_are_named_after_one_and_lead_where_those_within_lead() -> None:
    """TEN-09: a cluster may be moved from one package to the other, and stays in its account."""
    own, within = (
        next(obj for obj in documents(path) if obj["kind"] == "ProviderConfig")
        for path in (FOLDER / "claims" / "provider-config.yaml", FOLDER / "provider-config.yaml")
    )
    assert own["apiVersion"] == "aws.upbound.io/v1beta1"
    assert own["metadata"]["name"] == within["metadata"]["namespace"]
    assert own["spec"] == within["spec"]


# People


WRITTEN = [(composite.group, composite.written_plural) for composite in COMPOSITES]
"""Kinds that people write, of both packages."""
(BEHIND,) = ((composite.group, composite.plural) for composite in COMPOSITES if composite.claim is not None)
"""The kind of composites that claims stand for."""
GROUPS = {composite.group for composite in COMPOSITES}
ENGINE_GROUPS = {kind.group for kind in composed_kinds()}
"""Groups of what claims compose, in namespaces and in none."""


def test_teams_write_claims_and_nothing_else() -> None:
    """TEN-09, TEN-18: whoever may write a ProviderConfig or an Object owns the hub; and so does, TEN-01, whoever may
    write a composite of a claim, which reaches every namespace."""
    *claims, events = of_kind("ClusterRole")["argosy-team"]["rules"]
    assert [(*rule["apiGroups"], *rule["resources"]) for rule in claims] == WRITTEN
    assert not any("*" in rule["verbs"] for rule in claims)
    assert events == {"apiGroups": [""], "resources": ["events"], "verbs": ["get", "list", "watch"]}


def test_nobody_writes_the_composite_of_a_claim() -> None:
    """TEN-01. To break the glass, one may."""
    for name, role in of_kind("ClusterRole").items():
        for rule in role["rules"]:
            is_behind = BEHIND[0] in rule["apiGroups"] and bool({BEHIND[1], "*"} & set(rule["resources"]))
            writes = is_behind and not set(rule["verbs"]) <= {"get", "list", "watch"}
            assert not writes or name in ("argosy-composites", BREAK_GLASS), name


def test_viewers_read_what_is_composed_and_no_secret() -> None:
    rules = of_kind("ClusterRole")["argosy-viewer"]["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    assert {group for rule in rules for group in rule["apiGroups"]} == {
        "",
        *GROUPS,
        *ENGINE_GROUPS,
        PROTECTION_GROUP,
    }
    assert [rule["resources"] for rule in rules if rule["apiGroups"] == [""]] == [["events"]]


@pytest.mark.parametrize(
    ("role", "engines"),
    [("argosy-composed", ("upbound", "upbound-cluster")), ("argosy-composed-ack", ("ack",))],
)
def test_crossplane_may_compose_exactly_the_kinds_that_the_engine_emits(role: str, engines: tuple[str, ...]) -> None:
    rules = of_kind("ClusterRole")[role]["rules"]
    found = [(group, name) for rule in rules for group in rule["apiGroups"] for name in rule["resources"]]
    on_every_hub = [] if "upbound" in engines else [(OBJECT.group, OBJECT.plural)]
    assert sorted([*found, *on_every_hub]) == [(kind.group, kind.plural) for kind in by_plural(*engines)]
    verbs = ["get", "list", "watch", "create", "update", "patch", "delete"]
    assert [rule["verbs"] for rule in rules] == [verbs] * len(rules)


def by_plural(*engines: str) -> list[Kind]:
    return sorted(composed_kinds(*engines), key=lambda kind: (kind.group, kind.plural))


def test_without_its_rbac_manager_crossplane_has_its_rights_too() -> None:
    """The chart's role aggregates others only where the manager is deployed, so these are bound."""
    assert {(group, resource) for _, group, resource, _, _ in rights("crossplane") if group not in ENGINE_GROUPS} == {
        ("", "namespaces"),
        ("argoproj.io", "applications"),
        *((group, f"{kind}{part}") for group, kind in [*WRITTEN, BEHIND] for part in ("", "/status", "/finalizers")),
    }
    assert {verb for _, group, _, _, verb in rights("crossplane") if group == ""} == {"get", "update", "patch"}
    assert {verb for _, group, _, _, verb in rights("crossplane") if group == "argoproj.io"} == {"get", "list", "watch"}


def test_people_are_given_nothing_that_crossplane_aggregates() -> None:
    assert [obj for obj in OBJECTS if "labels" in obj["metadata"]] == []
    bound = {obj["roleRef"]["name"] for kind in ("RoleBinding", "ClusterRoleBinding") for obj in of_kind(kind).values()}
    assert bound <= {*of_kind("Role"), *of_kind("ClusterRole")}


PLATFORM, BREAK_GLASS = "argosy-platform", "argosy-break-glass"


def group_rights(name: str) -> set[tuple[str, str, str]]:
    """What a group of people may change: API group, resource, verb."""
    found = set()
    for binding in [*of_kind("RoleBinding").values(), *of_kind("ClusterRoleBinding").values()]:
        if any((s["kind"], s["name"]) == ("Group", name) for s in binding["subjects"]):
            found |= {
                (group, resource, verb)
                for rule in _rules(binding)
                for group in rule["apiGroups"]
                for resource in rule["resources"]
                for verb in rule["verbs"]
            }
    return found


def test_the_platform_team_writes_claims_hub_facts_and_namespaces_and_no_package_or_role() -> None:
    verbs = ("get", "list", "watch")
    written = {(group, resource) for group, resource, verb in group_rights(PLATFORM) if verb not in verbs}
    assert written == {
        *WRITTEN,
        ("apiextensions.crossplane.io", "environmentconfigs"),
        ("", "namespaces"),
        ("", "resourcequotas"),
        ("", "configmaps"),  # ack-role-account-map
        ("aws.m.upbound.io", "providerconfigs"),
        ("aws.upbound.io", "providerconfigs"),
        ("rbac.authorization.k8s.io", "rolebindings"),
        ("rbac.authorization.k8s.io", "clusterroles"),  # bind
        ("", "users"),  # impersonate
        ("", "groups"),
    }
    named = [rule for rule in of_kind("ClusterRole")[PLATFORM]["rules"] if "resourceNames" in rule]
    assert [(rule["resourceNames"], rule["verbs"]) for rule in named] == [
        (["argosy-team", "argosy-viewer"], ["bind"]),
        ([BREAK_GLASS], ["impersonate"]),
    ]


def test_who_breaks_the_glass_may_do_what_policies_refuse() -> None:
    may = group_rights(BREAK_GLASS)
    for policy in of_kind("ValidatingAdmissionPolicy").values():
        for rule in policy["spec"]["matchConstraints"]["resourceRules"]:
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    kind = resource.partition("/")[0]
                    verbs = {verb for g, r, verb in may if g == group and r in (kind, "*")} | {
                        verb for g, _, verb in may if g == group and resource == "*"
                    }
                    assert "get" in verbs, (group, resource)
                    assert "DELETE" not in rule["operations"] or "delete" in verbs, (group, resource)


# Admission


POLICIES = of_kind("ValidatingAdmissionPolicy")


def test_every_policy_is_bound_and_refuses_also_when_it_fails() -> None:
    bindings = of_kind("ValidatingAdmissionPolicyBinding")
    # what a policy compares with is in the namespace of what is written; where there is nothing, nothing is refused
    every = {"paramRef": {"selector": {}, "parameterNotFoundAction": "Allow"}}
    assert {name: binding["spec"] for name, binding in bindings.items()} == {
        name: {"policyName": name, "validationActions": ["Deny"], **(every if "paramKind" in policy["spec"] else {})}
        for name, policy in POLICIES.items()
    }
    assert {policy["spec"]["failurePolicy"] for policy in POLICIES.values()} == {"Fail"}


def test_policies_name_identities_that_there_are() -> None:
    """A misspelt account would be refused where it must work, or the exception be anybody's who takes that name."""
    text = "".join((FOLDER / name).read_text() for name in ("admission.yaml", "ack/admission.yaml"))
    accounts = {*of_kind("ServiceAccount"), "crossplane"}
    named = set(re.findall(r"'system:serviceaccount:crossplane-system:([\w-]+)'", text))
    assert named == accounts - {"argosy-provider-aws"}
    facts = yaml.safe_load((FOLDER / "hub.yaml").read_text())["data"]
    namespaces = set(re.findall(r"'system:serviceaccount:([\w-]+):", text))
    (store,) = yaml.safe_load_all((ROOT / "gitops" / "bootstrap" / "hub.yaml").read_text())
    operator = store["metadata"]["annotations"]["external_secrets_namespace"]
    assert namespaces == {"crossplane-system", "kube-system", facts["argocd"]["namespace"], operator}
    groups = set(re.findall(r"'(argosy-[\w-]+)'", text))
    assert groups == {PLATFORM, BREAK_GLASS}


def test_policies_know_every_kind_that_claims_compose() -> None:
    (_, rule) = POLICIES["argosy-in-use"]["spec"]["matchConstraints"]["resourceRules"]
    groups = {*ENGINE_GROUPS, *GROUPS, PROTECTION_GROUP}
    assert set(rule["apiGroups"]) == groups
    (condition,) = (each for each in POLICIES["argosy-kinds"]["spec"]["matchConditions"] if each["name"] == "is-ours")
    ours, kinds = ("".join(re.findall(r"'([^']+)'", part)) for part in condition["expression"].split("||"))
    packages = {*of_kind("Provider"), *of_kind("Configuration"), *of_kind("Function")}
    assert [name for name in packages if not re.search(ours, name)] == []
    for group in groups:
        assert re.search(kinds, f"things.{group}"), group
    assert not re.search(kinds, "applications.argoproj.io")


def test_every_message_of_a_policy_says_what_and_what_instead() -> None:
    for name, policy in POLICIES.items():
        for validation in policy["spec"]["validations"]:
            (message,) = (validation[key] for key in ("message", "messageExpression") if key in validation)
            assert validation["reason"] == "Forbidden", name
            assert re.search(r"; |: write ", message), message
            assert re.search(r"\b(write|leave|decommission)\b", message), message


# Network


def test_pods_that_network_policies_select_are_those_that_the_setup_runs() -> None:
    policies = {name: policy["spec"] for name, policy in of_kind("NetworkPolicy").items()}
    provider = "pkg.crossplane.io/provider"
    (aws,) = policies["argosy-provider-aws"]["podSelector"]["matchExpressions"]
    kubernetes_ = policies["argosy-provider-kubernetes"]["podSelector"]["matchLabels"]
    assert aws["key"] == provider
    assert sorted([*aws["values"], kubernetes_[provider]]) == sorted(of_kind("Provider"))
    assert policies["function-argosy"]["podSelector"] == {"matchLabels": FUNCTION_PODS}
    assert policies["crossplane"]["podSelector"] == {"matchLabels": CROSSPLANE_PODS}


def test_only_a_hub_of_claims_lets_the_api_server_ask_aws_providers_for_conversions() -> None:
    """Of cluster-scoped kinds, some of which have several versions; namespaced ones have one."""
    (policy,) = of_kind("NetworkPolicy", documents(FOLDER / "claims" / "network-policies.yaml")).values()
    aws = of_kind("NetworkPolicy", documents(FOLDER / "network-policies.yaml"))["argosy-provider-aws"]
    assert policy["spec"] == {
        "podSelector": aws["spec"]["podSelector"],
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": 9443}]}],
    }
    versions = {(engine.name, kind.version) for engine in ENGINES.values() for kind in engine.emits if kind.managed}
    assert ("upbound-cluster", "v1beta2") in versions
    assert ("upbound", "v1beta2") not in versions


def test_the_function_is_called_by_crossplane_and_calls_nobody() -> None:
    spec = of_kind("NetworkPolicy")["function-argosy"]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["egress"] == []
    (rule,) = spec["ingress"]
    assert rule == {
        "from": [{"podSelector": {"matchLabels": CROSSPLANE_PODS}}],
        "ports": [{"protocol": "TCP", "port": 9443}],
    }


def test_providers_are_asked_for_metrics_only_and_call_out_by_tls_and_dns() -> None:
    agent = {"to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}], "ports": [{"protocol": "TCP", "port": 80}]}
    for name in ("argosy-provider-aws", "argosy-provider-kubernetes"):
        spec = of_kind("NetworkPolicy")[name]["spec"]
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        (metrics,) = spec["ingress"]
        assert metrics["ports"] == [{"protocol": "TCP", "port": 8080}]
        dns, tls, *others = spec["egress"]
        assert {port["port"] for port in dns["ports"]} == {53}
        assert tls["ports"] == [{"protocol": "TCP", "port": 443}]
        assert tls["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}]
        assert others == ([agent] if name == "argosy-provider-aws" else [])


def test_a_team_s_namespace_is_bounded() -> None:
    """TEN-20."""
    quotas = of_kind("ResourceQuota")
    assert {limit for quota in quotas.values() for limit in quota["spec"]["hard"]} == {
        f"count/{kind}.{group}" for group, kind in WRITTEN
    }
