"""`examples/setup/ack` and docs/ack.md: a hub whose clusters ACK's controllers make."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
import yaml

from argosy.engines.ack.envelope import KINDS
from tests.packages.dockerfile import ROOT
from tests.packages.test_iam import SERVICES, load
from tests.packages.test_setup import FOLDER, OBJECTS, documents, of_kind

ACK = FOLDER / "ack"
GUIDE = ROOT / "docs" / "ack.md"
TEXT = GUIDE.read_text()
BLOCKS = re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
NAMESPACE = "ack-system"
(PROJECT,) = (obj["spec"] for obj in OBJECTS if obj["kind"] == "AppProject")
(SET,) = (obj["spec"] for obj in OBJECTS if obj["kind"] == "ApplicationSet")
(GENERATOR,) = SET["generators"]
ELEMENTS = {element["service"]: element for element in GENERATOR["list"]["elements"]}

VERSIONS = {
    "cloudwatchlogs": "1.4.1",
    "ec2": "1.20.0",
    "eks": "1.20.0",
    "iam": "1.8.1",
    "kms": "1.4.1",
    "rds": "1.11.1",
}
"""Releases of 2026-08, whose CustomResourceDefinitions tests/schemas has."""

TEXT_VALUE, NUMBER, SWITCH = "", 0, False
LIST: list[Any] = []
TABLE: dict[str, Any] = {}
CHART: Mapping[str, Any] = {
    "image": {"repository": TEXT_VALUE, "tag": TEXT_VALUE, "pullPolicy": TEXT_VALUE, "pullSecrets": LIST},
    "nameOverride": TEXT_VALUE,
    "fullnameOverride": TEXT_VALUE,
    "deployment": {
        "annotations": TABLE,
        "labels": TABLE,
        "containerPort": NUMBER,
        "replicas": NUMBER,
        "nodeSelector": TABLE,
        "tolerations": LIST,
        "affinity": TABLE,
        "priorityClassName": TEXT_VALUE,
        "hostNetwork": SWITCH,
        "dnsPolicy": TEXT_VALUE,
        "strategy": TABLE,
        "extraVolumes": LIST,
        "extraVolumeMounts": LIST,
        "extraEnvVars": LIST,
    },
    "role": {"labels": TABLE},
    "metrics": {"service": {"create": SWITCH, "type": TEXT_VALUE}},
    "resources": {
        "requests": {"memory": TEXT_VALUE, "cpu": TEXT_VALUE},
        "limits": {"memory": TEXT_VALUE, "cpu": TEXT_VALUE},
    },
    "aws": {
        "region": TEXT_VALUE,
        "endpoint_url": TEXT_VALUE,
        "identity_endpoint_url": TEXT_VALUE,
        "allow_unsafe_aws_endpoint_urls": SWITCH,
        "credentials": {"secretName": TEXT_VALUE, "secretKey": TEXT_VALUE, "profile": TEXT_VALUE},
    },
    "log": {"enable_development_logging": SWITCH, "level": TEXT_VALUE},
    "installScope": TEXT_VALUE,
    "watchNamespace": TEXT_VALUE,
    "watchSelectors": TEXT_VALUE,
    "resourceTags": LIST,
    "deletionPolicy": TEXT_VALUE,
    "reconcile": {
        "defaultResyncPeriod": NUMBER,
        "resourceResyncPeriods": TABLE,
        "defaultMaxConcurrentSyncs": NUMBER,
        "resourceMaxConcurrentSyncs": TABLE,
        "resources": LIST,
    },
    "serviceAccount": {"create": SWITCH, "name": TEXT_VALUE, "annotations": TABLE},
    "leaderElection": {"enabled": SWITCH, "namespace": TEXT_VALUE},
    "enableCARM": SWITCH,
    "enableCrossNamespace": SWITCH,
    "featureGates": {
        "ServiceLevelCARM": SWITCH,
        "TeamLevelCARM": SWITCH,
        "ReadOnlyResources": SWITCH,
        "ResourceAdoption": SWITCH,
        "IAMRoleSelector": SWITCH,
    },
}
"""Every value that the charts have, and its type: helm/values.yaml of ec2-controller v1.19.0, read 2026-11-28. Those of
iam, kms and rds are the same but for names; older ones lack `enableCrossNamespace`."""
CHOICES: Mapping[str, list[Any]] = {"installScope": ["cluster", "namespace"], "deletionPolicy": ["delete", "retain"]}
"""What their helm/values.schema.json allows."""


def unknown(values: Mapping[str, Any], known: Mapping[str, Any], path: str = "") -> list[str]:
    """Values that a chart does not have, or has in another type: Helm takes what it does not know in silence."""
    found = []
    for name, value in values.items():
        place = f"{path}{name}"
        if name not in known:
            found.append(place)
        elif known[name] and isinstance(value, dict):
            found += unknown(value, known[name], f"{place}.")
        elif type(value) is not type(known[name]) or value not in CHOICES.get(place, [value]):
            found.append(f"{place}: {value!r}")
    return found


def values_of(service: str) -> dict[str, Any]:
    """What a chart is given, as Argo CD makes it of the template."""
    element = ELEMENTS[service]
    text = SET["template"]["spec"]["source"]["helm"]["values"]
    text = text.replace("{{ .service }}", service).replace("{{ toJson .kinds }}", json.dumps(element["kinds"]))
    assert "{{" not in text
    found: dict[str, Any] = yaml.safe_load(text)
    return found


every_service = pytest.mark.parametrize("service", SERVICES)


# Controllers


def test_every_composed_kind_has_its_controller_and_every_controller_such_kinds() -> None:
    composed: dict[str, list[str]] = {}
    for kind in sorted(KINDS):
        service, _, name = kind.partition("/")
        composed.setdefault(service, []).append(name)
    assert {service: element["kinds"] for service, element in ELEMENTS.items()} == composed
    assert sorted(composed) == sorted(SERVICES)


def test_versions_are_pinned_once() -> None:
    """TEN-26."""
    assert {service: element["version"] for service, element in ELEMENTS.items()} == VERSIONS
    others = "".join(path.read_text() for path in ACK.glob("*.yaml") if path.name != "controllers.yaml")
    assert [version for version in set(VERSIONS.values()) if version in others] == []


def test_a_value_that_a_chart_does_not_have_is_seen() -> None:
    wrong = {"installscope": "cluster", "aws": {"regions": "x"}, "deletionPolicy": "keep", "enableCARM": "yes"}
    assert unknown(wrong, CHART) == ["installscope", "aws.regions", "deletionPolicy: 'keep'", "enableCARM: 'yes'"]


@every_service
def test_values_are_ones_that_the_chart_has(service: str) -> None:
    assert unknown(values_of(service), CHART) == []


@every_service
def test_a_controller_has_no_credentials_and_a_service_account_that_its_role_trusts(service: str) -> None:
    values = values_of(service)
    assert "credentials" not in values["aws"]
    assert values["serviceAccount"] == {"name": f"ack-{service}-controller"}
    (trust,) = load("ack/iam/hub-controller-trust")["Statement"]
    tags = trust["Condition"]["StringEquals"]
    assert tags["aws:RequestTag/kubernetes-namespace"] == NAMESPACE
    of_ec2 = tags["aws:RequestTag/kubernetes-service-account"]
    assert of_ec2.replace("-ec2-", f"-{service}-") == values["serviceAccount"]["name"]


@every_service
def test_a_controller_has_rights_in_the_namespaces_of_claims_only(service: str) -> None:
    """With the scope `cluster` each could read every Secret of the hub."""
    values = values_of(service)
    watched = values["watchNamespace"].split(",")
    assert values["installScope"] == "namespace"
    assert len(watched) > 1, "with one namespace ACK switches CARM off, and says so in its log only"
    assert watched == [NAMESPACE, *teams()]
    assert [each["namespace"] for each in PROJECT["destinations"]] == watched
    assert (values["enableCARM"], values["enableCrossNamespace"]) == (True, False)


def teams() -> list[str]:
    """Namespaces of claims, by the hub facts."""
    facts = yaml.safe_load((FOLDER / "hub.yaml").read_text())["data"]
    return list(facts["namespaces"])


def test_of_two_replicas_one_works() -> None:
    values = values_of("ec2")
    assert (values["deployment"]["replicas"], values["leaderElection"]) == (2, {"enabled": True})


def test_what_no_claim_has_composed_stays_on_aws() -> None:
    assert values_of("rds")["deletionPolicy"] == "retain"


# Applications


def test_no_application_takes_a_kind_along() -> None:
    """REL-12."""
    assert SET["syncPolicy"] == {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}
    template = SET["template"]
    assert template["metadata"].keys() == {"name"}  # no finalizer
    assert template["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}


def test_applications_are_of_a_project_that_allows_what_the_charts_hold() -> None:
    """Of the charts of 2.1, rendered with these values by Helm 3.19.0."""
    spec = SET["template"]["spec"]
    assert spec["project"] == "argosy-ack" in of_kind("AppProject")
    assert spec["source"]["repoURL"] in PROJECT["sourceRepos"]
    assert "://" not in spec["source"]["repoURL"]  # else Argo CD takes it for no OCI registry
    assert spec["destination"] in PROJECT["destinations"]
    assert [each["kind"] for each in PROJECT["clusterResourceWhitelist"]] == [
        "CustomResourceDefinition",
        "ClusterRole",
        "ClusterRoleBinding",
    ]
    kinds = [each["kind"] for each in PROJECT["namespaceResourceWhitelist"]]
    assert kinds == ["Deployment", "Role", "RoleBinding", "ServiceAccount"]


# Accounts


def test_a_namespace_names_its_account_and_the_map_names_that_account_s_role() -> None:
    """TEN-09."""
    facts = yaml.safe_load((FOLDER / "hub.yaml").read_text())["data"]["namespaces"]
    (namespace,) = (obj["metadata"] for obj in documents(ACK / "namespace.yaml") if obj["kind"] == "Namespace")
    account = namespace["annotations"]["services.k8s.aws/owner-account-id"]
    assert account == facts[namespace["name"]]["account"]
    table = of_kind("ConfigMap")["ack-role-account-map"]
    assert table["metadata"]["namespace"] == NAMESPACE
    assert table["data"] == {account: f"arn:aws:iam::{account}:role/argosy-ack"}


def test_a_capability_s_selector_leads_where_the_map_leads() -> None:
    (selector,) = of_kind("IAMRoleSelector").values()
    assert selector["spec"] == {
        "arn": next(iter(of_kind("ConfigMap")["ack-role-account-map"]["data"].values())),
        "namespaceSelector": {"names": [selector["metadata"]["name"]]},
    }
    assert [selector["metadata"]["name"]] == teams()


def test_nobody_of_the_setup_may_write_selectors_or_field_exports() -> None:
    groups = {
        group for role in of_kind("ClusterRole").values() for rule in role["rules"] for group in rule["apiGroups"]
    }
    assert "services.k8s.aws" not in groups
    assert not any(group == "*" for group in groups)


def test_controllers_are_asked_for_metrics_only() -> None:
    found, of_provider = (of_kind("NetworkPolicy")[name]["spec"] for name in ("argosy-ack", "argosy-provider-aws"))
    assert found == {**of_provider, "podSelector": {}}
    assert of_kind("NetworkPolicy")["argosy-ack"]["metadata"]["namespace"] == NAMESPACE


# The guide


def test_the_guide_applies_every_file_and_each_is_there() -> None:
    named = set(re.findall(r"examples/setup/((?:ack/)?[\w-]+\.yaml)", TEXT))
    assert {name for name in named if name.startswith("ack/")} == {f"ack/{path.name}" for path in ACK.glob("*.yaml")}
    assert [name for name in sorted(named) if not (FOLDER / name).exists()] == []


def test_the_guide_leaves_out_no_file_that_every_hub_needs() -> None:
    """But for what the Upbound AWS provider needs, and what is the same in docs/install.md."""
    named = set(re.findall(r"examples/setup/([\w-]+\.yaml)", TEXT))
    of_upbound = {"providers.yaml", "provider-config.yaml", "configurations.yaml"}
    the_same = {"alerts.yaml", "kube-state-metrics.yaml", "crossplane-values.yaml", "functions.yaml"}
    assert {path.name for path in FOLDER.glob("*.yaml")} - named == of_upbound | the_same
    assert not named & of_upbound


def calls_of_aws() -> Iterator[list[str]]:
    for block in BLOCKS:
        for line in block.replace("\\\n", " ").splitlines():
            if found := re.match(r"[$ ]*(aws .*)", line):
                yield shlex.split(found[1])


def test_every_call_of_aws_is_one_that_aws_has() -> None:
    calls = list(calls_of_aws())
    assert [call[2] for call in calls] == [
        "create-pod-identity-association",
        "create-role",
        "create-policy",
        "attach-role-policy",
        "create-capability",
    ]
    for _, service, operation, *given in calls:
        model = boto3.client(service, region_name="us-east-1").meta.service_model
        shape = model.operation_model("".join(word.title() for word in operation.split("-"))).input_shape
        options = {re.sub(r"(?<!^)(?=[A-Z])", "-", member).lower(): member for member in shape.members}
        used = {option.removeprefix("--") for option in given[::2]}
        assert used <= options.keys()
        assert set(shape.required_members) <= {options[option] for option in used}


def test_what_the_guide_says_of_annotations_is_what_is_composed() -> None:
    source = "".join(path.read_text() for path in (ROOT / "functions/argosy/engines/ack").glob("*.py"))
    for key in re.findall(r"`((?:\w+\.)?services\.k8s\.aws/[\w-]+)", TEXT):
        name = key.partition("/")[2]
        written = name in source or name in "".join(path.read_text() for path in ACK.glob("*.yaml"))
        assert written or name == "read-only", key
