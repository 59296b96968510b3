"""What is wrong with a claim is told with the field's path and what to write, by the function and by `validate`."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from argosy.cli import main
from argosy.cli.options import sample_hub, to_yaml
from argosy.cli.request import KEY_ANNOTATION, Caller
from tests.support.lives import Life

ACCOUNT = "111122223333"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"


def claim(spec: dict[str, Any], **metadata: str) -> dict[str, Any]:
    return {
        "apiVersion": "fleet.argosy.dev/v1alpha1",
        "kind": "XEKSCluster",
        "metadata": {"name": "orders", "namespace": "team-orders", **metadata},
        "spec": {"region": "eu-west-1", **spec},
    }


def groups(**fields: Any) -> dict[str, Any]:
    return {"nodes": {"groups": [{"name": "general", **fields}]}}


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"region": 5}, "spec.region", 'write it in quotes: "5"'),
    ({"region": "Europe"}, "spec.region", "not of the form"),
    ({"region": "xx-nowhere-1"}, "spec.region", "no partition"),
    ({"region": "eu-west-9"}, "spec.network.zones", "name two or three"),
    ({"kubernetesVersion": 1.35}, "spec.kubernetesVersion", 'write it in quotes: "1.35"'),
    ({"kubernetesVersion": "1.12"}, "spec.kubernetesVersion", "EKS does not offer 1.12"),
    ({"colour": "red"}, "spec.colour", "there is no such field"),
    ({"network": {"nat": "One"}}, "spec.network.nat", "there is no such field"),
    ({"network": {"natGateways": "Two"}}, "spec.network.natGateways", "'PerZone', 'Single' or 'None'"),
    ({"network": []}, "spec.network", "must be an object"),
    ({"network": {"cidr": "10.0.1.0/16"}}, "spec.network.cidr", "did you mean 10.0.0.0/16"),
    ({"network": {"cidr": "10.0.0.0/28"}}, "spec.network", "cidr must be between /16 and /23"),
    ({"network": {"cidr": "10.0.0.0/8"}}, "spec.network", "cidr must be between /16 and /23"),
    ({"network": {"cidr": "8.8.0.0/16"}}, "spec.network", "must be a private range"),
    ({"network": {"cidr": "172.20.0.0/16"}}, "spec.network.cidr", "overlaps controlPlane.serviceCidr"),
    ({"network": {"zones": ["a"]}}, "spec.network.zones", "at least 2"),
    ({"network": {"zones": ["a", "a"]}}, "spec.network.zones", "a stands twice"),
    ({"network": {"zones": ["a", "h"], "zoneSlots": 8}}, "spec.network.zones", "eu-west-1 has no zone h"),
    ({"network": {"zones": ["a", "f"]}}, "spec.network", "need zoneSlots: 8"),
    ({"controlPlane": {"endpoint": {"publicAccessCidrs": ["0.0.0.0/0"]}}}, "spec.controlPlane.endpoint", "never 0.0.0.0/0"),
    ({"controlPlane": {"serviceCidr": "172.20.0.0/28"}}, "spec.controlPlane", "between /12 and /24"),
    ({"controlPlane": {"logs": {"retentionDays": 8}}}, "spec.controlPlane.logs.retentionDays", "8 is unknown"),
    ({"controlPlane": {"logs": {"retentionDays": True}}}, "spec.controlPlane.logs.retentionDays", "integer"),
    ({"access": {"admins": ["arn:aws:iam::111122223333:user/joe"]}}, "spec.access.admins[0]", "not of the form"),
    ({"access": {"admins": ["*"]}}, "spec.access.admins[0]", "not of the form"),
    ({"access": {"admins": ["arn:aws:iam::999999999999:role/x"]}}, "spec.access.admins[0]", "is of account 999999999999"),
    ({"access": {"admins": ["arn:aws-cn:iam::111122223333:role/x"]}}, "spec.access.admins[0]", "is of partition aws-cn"),
    ({"access": {"admins": [ADMIN], "entries": [{"principalArn": ADMIN, "kubernetesGroups": ["x"]}]}}, "spec.access", "stands in admins and in entries"),
    ({"access": {"entries": [{"principalArn": ADMIN, "kubernetesGroups": ["system:masters"]}]}}, "spec.access.entries[0]", "must not name system: groups"),
    ({"access": {"entries": [{"principalArn": ADMIN}]}}, "spec.access.entries[0]", "needs policies or kubernetesGroups"),
    ({"nodes": {"autoMode": {"nodePools": []}}}, "spec.nodes.autoMode.nodePools", "at least 1"),
    ({"nodes": {"autoMode": {"enabled": "no"}}}, "spec.nodes.autoMode.enabled", "boolean"),
    (groups(amiType="AL2023_ARM_64_STANDARD"), "spec.nodes.groups[0]", "name instanceTypes such as m6g.large"),
    (groups(maxSize="7"), "spec.nodes.groups[0].maxSize", "integer"),
    (groups(name="a--b"), "spec.nodes.groups[0].name", "not of the form"),
    ({"kubernetes_version": "1.35"}, "spec.kubernetes_version", "there is no such field"),
    ({"controlPlane": {"serviceCidr": "100.64.0.0/16"}}, "spec.controlPlane", "must be inside 10.0.0.0/8"),
    ({"tags": {"AWS:x": "y"}}, "spec", "tags must not use"),
    ({"identities": [{"name": "x", "namespace": "external-dns", "serviceAccount": "external-dns-sa", "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}], "argocd": {"addons": {"externalDns": {"hostedZoneArns": ["arn:aws:route53:::hostedzone/Z1"]}}}}, "spec.identities[x].serviceAccount", "of add-on externalDns"),
    ({**groups(), "addons": [{"name": "coredns", "configurationValues": '{"a": NaN}'}]}, "spec.addons[0].configurationValues", "NaN is Python's, not JSON's"),
    ({"argocd": {"addons": {"externalDns": {"hostedZoneArns": ["arn:aws-cn:route53:::hostedzone/Z1"]}}}}, "spec.argocd.addons.externalDns", "is of partition aws-cn"),
    ({"argocd": {"addons": {"externalSecrets": {"keyArns": ["arn:aws:kms:eu-west-1:999999999999:key/0a"]}}}}, "spec.argocd.addons.externalSecrets", "is of account 999999999999"),
    ({"nodes": {"autoMode": {"enabled": False}}}, "spec.nodes", "would have no nodes"),
    (groups(minSize=5, maxSize=2), "spec.nodes.groups[0]", "minSize must not exceed maxSize"),
    (groups(minSize=1, desiredSize=9, maxSize=3), "spec.nodes.groups[0]", "desiredSize must lie between"),
    (groups(name="n" * 30), "spec.nodes.groups[0].name", "at most 20"),
    (groups(zones=["d"]), "spec.nodes.groups[general].zones", "zone d is not in the network's zones a, b, c"),
    (groups(amiType="AL2_x86_64"), "spec.nodes.groups[0].amiType", "'AL2_x86_64' is unknown"),
    (groups(labels={"kubernetes.io/role": "x"}), "spec.nodes.groups[0]", "must not use keys of Kubernetes"),
    ({"addons": [{"name": "coredns"}]}, "spec.addons", "Auto Mode brings coredns"),
    ({**groups(), "addons": [{"name": "coredns", "configurationValues": "[1]"}]}, "spec.addons[0].configurationValues", "must be a JSON object"),
    ({"identities": [{"name": "x", "namespace": "kube-system", "serviceAccount": "y", "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}]}, "spec.identities[0]", "must be one of your own"),
    ({"identities": [{"name": "x", "namespace": "web", "serviceAccount": "y", "policyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}]}, "spec.identities[0]", "must not give administrator rights"),
    ({"argocd": {"labels": {"owner": "x"}}}, "spec.argocd.labels.owner", "cost-center, team"),
    ({"argocd": {"labels": {"argocd.argoproj.io/secret-type": "x"}}}, "spec.argocd.labels.argocd.argoproj.io/secret-type", "not of the form"),
    ({"argocd": {"addons": {"externalDns": {"hostedZoneArns": []}}}}, "spec.argocd.addons.externalDns.hostedZoneArns", "at least 1"),
    ({"argocd": {"addons": {"externalDns": {"hostedZoneArns": ["arn:aws:route53:::hostedzone/*"]}}}}, "spec.argocd.addons.externalDns.hostedZoneArns[0]", "not of the form"),
    ({"databases": [{"name": "x", "version": "9"}]}, "spec.databases[0].version", "not of the form"),
    ({"databases": [{"name": "x", "version": "11"}]}, "spec.databases[x].version", "PostgreSQL has no version 11"),
    ({"databases": [{"name": "x", "zones": ["a"]}]}, "spec.databases[0]", "belong to engine: AuroraPostgreSQL"),
    ({"databases": [{"name": "x"}, {"name": "x"}]}, "spec.databases", "x stands twice"),
    ({"tags": {"aws:x": "y"}}, "spec", "tags must not use"),
    ({"tags": {"Name": "y"}}, "spec", "tags must not use"),
    ({"tags": {"managed-by": "y"}}, "spec.tags.managed-by", "is set by the platform"),
    ({"environment": "moon"}, "spec.environment", "dev, staging, prod"),
    ({"ring": "9"}, "spec.ring", "0, 1, 2"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "field", "advice"), BAD, ids=[f"{field}:{advice}" for _, field, advice in BAD])
def test_a_bad_claim_is_fatal_and_names_field_and_cure(spec: dict[str, Any], field: str, advice: str) -> None:
    told = Caller(claim=claim(spec), engine="upbound", required=sample_hub()).call([])
    assert told.fatal is not None
    assert told.fatal.startswith(f"{field}: "), told.fatal
    assert advice in told.fatal
    assert not told.desired
    refused = [item for item in told.conditions if item["reason"] == "Refused"]
    assert len(refused) == 1
    assert refused[0]["status"] == "False"
    assert len(told.conditions) == 7


@pytest.mark.parametrize(("spec", "field", "advice"), BAD, ids=[f"{field}:{advice}" for _, field, advice in BAD])
def test_validate_says_the_same_with_the_line(spec: dict[str, Any], field: str, advice: str, tmp_path: Path) -> None:
    file = tmp_path / "claim.yaml"
    file.write_text(to_yaml([claim(spec), *sample_hub()]))
    result = CliRunner().invoke(main, ["validate", str(file)])
    assert result.exit_code == 1
    found = re.search(rf"^{re.escape(str(file))}:(\d+): {re.escape(field)}: (.*)$", result.stderr, re.MULTILINE)
    assert found is not None, result.stderr
    assert advice in found[2]
    if len(field.split(".")) > 1:
        last = re.split(r"[.\[]", field.rstrip("]"))[-1]
        lines = file.read_text().splitlines()
        assert int(found[1]) > 5 or last in lines[int(found[1]) - 1]


def test_a_name_that_is_too_long_is_refused() -> None:
    told = Caller(claim=claim({}, name="n" * 41), engine="upbound").call([])
    assert told.fatal == f"metadata.name: {'n' * 41} is longer than 40 characters; choose a shorter name"


def test_a_claim_of_another_kind_is_refused() -> None:
    told = Caller(claim={**claim({}), "kind": "XBucket"}, engine="upbound").call([])
    assert told.fatal == "kind: function-argosy composes no XBucket of fleet.argosy.dev/v1alpha1"


def test_crossplanes_own_keys_are_no_strangers() -> None:
    told = Caller(
        claim=claim({"crossplane": {"compositionRef": {"name": "x"}}, "resourceRefs": []}), engine="upbound"
    ).call([])
    assert told.fatal is None


@pytest.mark.parametrize("api_version", ["eks.services.k8s.aws/v1alpha1", "eks.aws.upbound.io/v1beta2"])
def test_a_claim_that_another_engine_made_is_refused(api_version: str) -> None:
    """REL-03, TEN-03. Design 2.3: this engine would make everything a second time."""
    theirs = {
        "apiVersion": api_version,
        "kind": "Cluster",
        "metadata": {"name": "x", "annotations": {KEY_ANNOTATION: "somewhere-else"}},
    }
    told = Caller(claim=claim({}), engine="upbound").call([theirs])
    assert told.fatal is not None
    assert told.fatal.startswith("the Composition's engine: somewhere-else was made as Cluster of ")
    assert told.desired == {}


def test_ten_13_a_cluster_whose_endpoint_is_elsewhere_is_not_registered() -> None:
    life = Life(claim({}))
    life.settle()
    life.observed["cluster"]["status"]["atProvider"]["endpoint"] = "https://evil.example.org"
    told = life.call()
    assert told.fatal is not None
    assert told.fatal.startswith("spec.argocd.register: the cluster's endpoint https://evil.example.org is not one of")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("arn:aws:iam::999988887777:role/argocd-hub", "is of account"),
        (f"arn:aws:iam::{ACCOUNT}:role/argosy-spoke-orders-9ccad01cbd", "belongs to Argo CD"),
        (f"arn:aws:iam::{ACCOUNT}:role/orders-9ccad01cbd-auto-node", "belongs to Argo CD"),
        (f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/eks.amazonaws.com/x", "belongs to Argo CD"),
    ],
)
def test_sec_08_an_entry_that_somebody_else_makes_is_refused(entry: str, words: str) -> None:
    told = Caller(claim=claim({"access": {"admins": [entry]}}), engine="upbound", required=sample_hub()).call([])
    assert told.fatal is not None
    assert told.fatal.startswith("spec.access.admins[0]: ")
    assert words in told.fatal


def test_a_namespace_that_is_called_like_another_ones_tenant_is_refused() -> None:
    """TEN-12: External Secrets would read that tenant's secrets."""
    told = Caller(claim=claim({}, namespace="orders"), engine="upbound", required=sample_hub()).call([])
    assert told.fatal is not None
    assert told.fatal.startswith("metadata.namespace: orders is the tenant of another namespace")


def test_hub_facts_that_contradict_each_other_are_refused() -> None:
    hub = copy.deepcopy(sample_hub())
    hub[0]["data"]["reach"] = {"mode": "Capability"}
    told = Caller(claim=claim({}), engine="upbound", required=hub).call([])
    assert told.fatal == (
        "EnvironmentConfig argosy: data: reach: Capability needs argocd.mode: Capability; your own Argo CD needs Routed "
        "or PublicFrom"
    )


def test_iam_12_a_policy_that_is_longer_than_aws_takes_is_refused() -> None:
    """AWS would refuse the role, and the add-on would wait for ever."""
    arns = {
        "secretArns": [f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:{'s' * 400}{n}/*" for n in range(20)],
        "parameterArns": [f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/{'p' * 400}{n}/*" for n in range(20)],
    }
    life = Life(claim({"argocd": {"addons": {"externalSecrets": arns}}}))
    told = [life.live() for _ in range(6)][-1]
    assert told.fatal is not None
    assert told.fatal.startswith("spec.argocd.addons.externalSecrets: needs ")
    assert told.fatal.endswith(" characters of policy, AWS takes 10240; name fewer ARNs")
