"""Who may assume a role."""

from __future__ import annotations

import json
from typing import Any

import pytest

from argosy.policies.documents import Json, Statement, allow, document, trust_pod_identity, trust_role, trust_service
from tests.policies.documents import ACCOUNT, CLUSTER, REGIONS, action, identity


def only(trust: dict[str, Json]) -> dict[str, Any]:
    """The only statement of a document, as AWS reads it."""
    [entry] = json.loads(json.dumps(trust))["Statement"]
    return dict(entry)


def test_pod_identity_names_cluster_namespace_and_service_account() -> None:
    """IAM-01, IAM-02: the cluster by its ARN, for another account may have one of that name."""
    entry = only(trust_pod_identity(identity("aws"), "external-dns", "external-dns-sa", None))
    assert entry == {
        "Sid": "PodIdentityAssumesRole",
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": ACCOUNT,
                "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/{CLUSTER}",
                "aws:RequestTag/kubernetes-namespace": "external-dns",
                "aws:RequestTag/kubernetes-service-account": "external-dns-sa",
            }
        },
    }


def test_pod_identity_demands_the_organisation_if_there_is_one() -> None:
    """IAM-01."""
    entry = only(trust_pod_identity(identity("aws"), "a", "b", "o-0123456789"))
    assert entry["Condition"]["StringEquals"]["aws:SourceOrgId"] == "o-0123456789"


@pytest.mark.parametrize("partition", sorted(REGIONS))
def test_pod_identity_has_no_wildcards_and_the_partition(partition: str) -> None:
    """IAM-05, IAM-11."""
    text = json.dumps(trust_pod_identity(identity(partition), "a", "b", "o-0123456789"))
    assert "*" not in text
    assert f"arn:{partition}:eks:{REGIONS[partition]}:" in text


def test_spoke_role_trusts_one_role() -> None:
    """SEC-72."""
    arn = "arn:aws:iam::444455556666:role/argocd"
    entry = only(trust_role(arn))
    assert entry["Principal"] == {"AWS": arn}
    assert entry["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert "Condition" not in entry


def test_cluster_role_tags_sessions_in_auto_mode_only() -> None:
    """SEC-12."""
    plain = only(trust_service("eks.amazonaws.com"))
    auto = only(trust_service("eks.amazonaws.com", tag_session=True))
    assert plain["Principal"] == auto["Principal"] == {"Service": "eks.amazonaws.com"}
    assert plain["Action"] == "sts:AssumeRole"
    assert auto["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_service_trust_carries_conditions() -> None:
    """SEC-33."""
    conditions = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    entry = only(trust_service("monitoring.rds.amazonaws.com", conditions=conditions))
    assert entry["Condition"] == conditions


@pytest.mark.parametrize("name", ["sts:AssumeRole", "sts:TagSession"])
def test_actions_of_trusts_exist(name: str) -> None:
    assert action(name) is not None


def test_two_statements_of_one_name_are_refused() -> None:
    """IAM-12: IAM refuses them, but only when the role is made."""
    twice: list[Statement] = [allow("Read", ["ec2:DescribeVpcs"]), allow("Read", ["ec2:DescribeSubnets"])]
    with pytest.raises(ValueError, match="different Sids"):
        document(twice)


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(ValueError, match="different Sids"):
        document([])


def test_a_name_with_json_in_it_stays_a_name() -> None:
    """TEN-07, TEN-08: documents are built from mappings, never from text."""
    evil = '*"}, {"Effect": "Allow", "Action": "*'
    entry = only(document([allow("Read", ["ec2:DescribeVpcs"], evil)]))
    assert entry["Resource"] == evil
