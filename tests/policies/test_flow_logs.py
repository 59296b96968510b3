"""The role of flow logs (SEC-33)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from argosy.policies.flow_logs import flow_logs_policy, flow_logs_trust
from tests.policies.documents import ACCOUNT, REGIONS, every_action

GROUP = "/aws/vpc-flow-logs/orders"
every_partition = pytest.mark.parametrize("partition", sorted(REGIONS))


def policy(partition: str) -> dict[str, Any]:
    """The policy as AWS reads it."""
    found: dict[str, Any] = json.loads(json.dumps(flow_logs_policy(partition, REGIONS[partition], ACCOUNT, GROUP)))
    return found


@every_partition
def test_the_service_assumes_it_for_flow_logs_of_this_account_and_region(partition: str) -> None:
    """Else anybody could have the traffic of their own VPC written, and billed, here."""
    region = REGIONS[partition]
    [entry] = json.loads(json.dumps(flow_logs_trust(partition, region, ACCOUNT)))["Statement"]
    assert entry == {
        "Sid": "ServiceAssumesRole",
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:ec2:{region}:{ACCOUNT}:vpc-flow-log/*"},
        },
    }


@every_partition
def test_it_writes_into_one_log_group_and_makes_none(partition: str) -> None:
    """A group that is deleted while records are under way must not come back."""
    [entry] = policy(partition)["Statement"]
    assert entry["Action"] == ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    assert entry["Resource"] == f"arn:{partition}:logs:{REGIONS[partition]}:{ACCOUNT}:log-group:{GROUP}:*"


@every_partition
def test_its_actions_exist_and_know_that_resource(partition: str) -> None:
    """With `:*` it is the log group for what is judged by log groups, and every stream for the rest."""
    for rule, action in every_action(policy(partition)):
        [arn] = rule.resources
        assert action.accepts(arn) or action.accepts(f"{arn.removesuffix('*')}log-stream:eni-0-all"), action.name
