"""The judges of test_addons see what they are there for."""

from __future__ import annotations

import pytest

from tests.policies.documents import CLUSTER, Rule, action, upstream
from tests.policies.test_addons import EXCEPTIONS, at_least_as_strict, findings

TAG = "aws:ResourceTag/elbv2.k8s.aws/cluster"
PRESENT = {"Null": {TAG: frozenset({"false"})}}
MINE = {"StringEquals": {TAG: frozenset({CLUSTER})}}


def as_document(published: list[Rule]) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(rule.actions), "Resource": list(rule.resources)} for rule in published
        ],
    }


def test_cloudsplaining_complains_about_upstream() -> None:
    assert "infrastructure modification" in findings(as_document(upstream("aws_load_balancer_controller", "aws")))


def test_value_is_stricter_than_presence_and_not_the_other_way_round() -> None:
    assert at_least_as_strict(MINE, PRESENT)
    assert not at_least_as_strict(PRESENT, MINE)


def test_a_dropped_condition_is_wider() -> None:
    assert not at_least_as_strict({}, PRESENT)


def test_a_guard_with_fewer_tags_is_wider() -> None:
    theirs = {"ForAllValues:StringNotEquals": {"aws:TagKeys": frozenset({"a", "b"})}}
    assert not at_least_as_strict({"ForAllValues:StringNotEquals": {"aws:TagKeys": frozenset({"a"})}}, theirs)


def test_another_cluster_is_not_the_session_s_cluster() -> None:
    theirs = {"StringEquals": {TAG: frozenset({"${aws:PrincipalTag/eks-cluster-name}"})}}
    assert at_least_as_strict(MINE, theirs)
    assert not at_least_as_strict({"StringEquals": {TAG: frozenset({"another"})}}, theirs)


@pytest.mark.parametrize("name", ["ec2:DescribeEverything", "nothing:Read"])
def test_unknown_actions_are_unknown(name: str) -> None:
    assert action(name) is None


def test_an_action_knows_its_keys_and_resources() -> None:
    found = action("ec2:DeleteVolume")
    assert found is not None and found.changes
    assert found.knows("ec2:ResourceTag/ebs.csi.aws.com/cluster-name")
    assert not found.knows("route53:ChangeResourceRecordSetsRecordTypes")
    assert found.accepts("arn:aws:ec2:eu-west-1:111122223333:volume/*")
    assert not found.accepts("arn:aws:ec2:eu-west-1:111122223333:instance/*")


def test_every_accepted_finding_has_a_reason() -> None:
    assert all(reason for reason in EXCEPTIONS.values())
