"""What single add-ons are bound to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pytest

from argosy.data.managed_policies import PATHS
from argosy.policies import (
    aws_load_balancer_controller,
    cert_manager,
    cluster_autoscaler,
    ebs_csi,
    external_dns,
    external_secrets,
    vpc_cni,
)
from argosy.policies.documents import ClusterIdentity, Statement, document
from tests.policies.documents import CLUSTER, Given, Rule, identity, policy, rules

AWS = identity("aws")


class ZonesModule(Protocol):
    def statements(self, cluster: ClusterIdentity, *, hosted_zone_arns: Sequence[str]) -> list[Statement]: ...


def by_sid(addon: str) -> dict[str, Rule]:
    return {rule.sid: rule for rule in rules(policy(addon, "aws"))}


@pytest.mark.parametrize("module", [external_dns, cert_manager])
def test_no_zones_means_none_not_all(module: ZonesModule) -> None:
    with pytest.raises(ValueError, match="needs hosted zones"):
        module.statements(AWS, hosted_zone_arns=[])


def test_no_secrets_means_none_not_all() -> None:
    with pytest.raises(ValueError, match="needs secrets or parameters"):
        external_secrets.statements(AWS, secret_arns=[])


def test_external_secrets_decrypts_with_named_keys_only() -> None:
    without = external_secrets.statements(AWS, secret_arns=Given(AWS).secrets)
    assert not any(name.startswith("kms:") for rule in rules(document(without)) for name in rule.actions)
    decrypt = by_sid("external_secrets")["Decrypt"]
    assert set(decrypt.resources) == set(Given(AWS).keys)
    assert decrypt.conditions["StringEquals"]["kms:ViaService"] == {
        "secretsmanager.eu-west-1.amazonaws.com",
        "ssm.eu-west-1.amazonaws.com",
    }


def test_external_secrets_reads_passwords_of_the_clusters_own_databases_only() -> None:
    """RDS gives their secrets ids that nobody knows before, and the name of the database as a tag."""
    found, given = by_sid("external_secrets"), Given(AWS)
    for kind in ("Instance", "Cluster"):
        rule = found[f"ReadPasswordsOf{kind}s"]
        assert rule.resources == ("arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!*",)
        arns = set(given.databases[kind])
        assert rule.conditions == {"StringEquals": {f"aws:ResourceTag/aws:rds:primaryDB{kind}Arn": arns}}
    without = external_secrets.statements(AWS, secret_arns=given.secrets, databases={})
    assert [item["Sid"] for item in without] == ["ReadSecrets", "FindSecrets"]


def test_external_secrets_cannot_write() -> None:
    verbs = {name.split(":")[1] for rule in by_sid("external_secrets").values() for name in rule.actions}
    assert {verb for verb in verbs if not verb.startswith(("Get", "Describe", "List", "BatchGet", "Decrypt"))} == set()


def test_cert_manager_writes_challenges_only() -> None:
    conditions = by_sid("cert_manager")["ChangeChallenges"].conditions
    assert conditions["ForAllValues:StringEquals"][cert_manager.TYPES] == {"TXT"}
    assert conditions["ForAllValues:StringLike"][cert_manager.NAMES] == {"_acme-challenge.*"}
    assert conditions["Null"] == {cert_manager.TYPES: {"false"}, cert_manager.NAMES: {"false"}}


def test_load_balancer_controller_opens_groups_of_this_vpc_only() -> None:
    found = by_sid("aws_load_balancer_controller")
    assert found["CreateGroupInVpc"].resources == (AWS.vpc_arn,)
    assert found["OpenClusterGroup"].conditions == {
        "ArnEquals": {"ec2:Vpc": {AWS.vpc_arn}},
        "StringEquals": {f"aws:ResourceTag/kubernetes.io/cluster/{CLUSTER}": {"owned"}},
    }


def test_load_balancer_controller_has_no_firewall() -> None:
    services = {name.split(":")[0] for rule in by_sid("aws_load_balancer_controller").values() for name in rule.actions}
    assert services == {"acm", "ec2", "elasticloadbalancing", "iam"}


def test_autoscaler_scales_this_cluster_s_groups_only() -> None:
    scale = by_sid("cluster_autoscaler")["ScaleOwnGroups"]
    assert scale.conditions == {"StringEquals": {f"autoscaling:ResourceTag/kubernetes.io/cluster/{CLUSTER}": {"owned"}}}


def test_ebs_driver_uses_keys_only_if_told() -> None:
    with_keys = {name for rule in by_sid("ebs_csi").values() for name in rule.actions if name.startswith("kms:")}
    assert with_keys == {"kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"}
    assert not any(
        name.startswith("kms:") for rule in rules(document(ebs_csi.statements(AWS))) for name in rule.actions
    )


@pytest.mark.parametrize(
    ("module", "subject"),
    [
        (aws_load_balancer_controller, "kube-system/aws-load-balancer-controller-sa"),
        (cert_manager, "cert-manager/cert-manager"),
        (cluster_autoscaler, "kube-system/cluster-autoscaler-sa"),
        (ebs_csi, "kube-system/ebs-csi-controller-sa"),
        (external_dns, "external-dns/external-dns-sa"),
        (external_secrets, "external-secrets/external-secrets-sa"),
        (vpc_cni, "kube-system/aws-node"),
    ],
)
def test_service_accounts_are_a_contract(module: object, subject: str) -> None:
    """A chart value, the association and the trust must name the same account, or pods get no credentials."""
    assert f"{vars(module)['NAMESPACE']}/{vars(module)['SERVICE_ACCOUNT']}" == subject


def test_vpc_cni_uses_a_managed_policy_that_the_table_knows() -> None:
    assert vpc_cni.MANAGED_POLICY in PATHS
