"""The permissions boundary of `examples/setup/iam`: all that claims can ask for, and nothing that gives more rights."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from tests.packages.boundary import AWS_MANAGED, Need, allows, changes, documents, matching, needs
from tests.packages.test_iam import EMITTED, FOLDER, MANAGED_POLICY_LENGTH, ROLES, TEAM, load
from tests.policies.documents import Rule, as_list, every_action, rules
from tests.policies.test_addons import findings

BOUNDARY = load("iam/account-boundary")
ALLOWED = [entry for entry in BOUNDARY["Statement"] if entry["Effect"] == "Allow"]
ROLES_OF_EXAMPLES = [obj for obj in EMITTED if obj["kind"] == "Role"]

NARROWER: Mapping[tuple[str, str], str] = {
    (
        "AmazonEKSComputePolicy",
        "iam:PassRole",
    ): "any role that EC2 may take; here roles of our nodes only, else whoever "
    "administers a cluster makes himself a node with the rights of any such role in the account",
    ("AmazonEKSClusterPolicy", "iam:CreateServiceLinkedRole"): "on any role; but AWS makes them below aws-service-role",
}
"""What a document allows and the boundary does not, by document and action, and why that takes nothing away."""

DATA = {
    "cloudwatch:PutMetricData",
    "dynamodb:*Item",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "rds-db:connect",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:PutObject",
    "s3:PutObjectTagging",
    "sns:Publish",
    "sqs:*Message",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""For policies that claims name: what workloads do with data; nothing that makes, shares or removes what holds it."""


def missing(name: str, document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What the boundary takes from a document, as document and action."""
    return {(need.source, need.action) for need in needs(name, document) if not allows(BOUNDARY, need)}


@pytest.mark.parametrize("name", sorted(documents()))
def test_it_leaves_every_document_whole(name: str) -> None:
    assert missing(name, documents()[name]) == {gap for gap in NARROWER if gap[0] == name}


def test_every_document_of_every_example_is_among_them() -> None:
    found = 0
    for role in ROLES_OF_EXAMPLES:
        wanted = role["spec"]["forProvider"]
        for inline in wanted.get("inlinePolicy", ()):
            assert missing(inline["name"], json.loads(inline["policy"])) == set()
            found += 1
        for arn in wanted.get("managedPolicyArns", ()):
            assert arn.rsplit("/", 1)[1] in AWS_MANAGED or arn.startswith(f"arn:aws:iam::{TEAM}:")
            found += 1
    assert found > len(ROLES_OF_EXAMPLES)


@pytest.mark.parametrize("role", [role for role in ROLES if role.endswith("-auto-node")])
def test_auto_mode_may_pass_the_role_of_its_nodes(role: str) -> None:
    to_ec2 = {"StringEquals": {"iam:PassedToService": frozenset({"ec2.amazonaws.com"})}}
    assert allows(BOUNDARY, Need("", "iam:PassRole", f"arn:aws:iam::{TEAM}:role/{role}", to_ec2))


@pytest.mark.parametrize("service", ["elasticloadbalancing.amazonaws.com", "spot.amazonaws.com"])
def test_service_linked_roles_can_be_made(service: str) -> None:
    for_service = {"StringEquals": {"iam:AWSServiceName": frozenset({service})}}
    arn = f"arn:aws:iam::{TEAM}:role/aws-service-role/{service}/AWSServiceRoleForIt"
    assert allows(BOUNDARY, Need("", "iam:CreateServiceLinkedRole", arn, for_service))


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("account:PutAlternateContact", f"arn:aws:account::{TEAM}:account"),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{TEAM}:role/orders-9ccad01cbd-cluster"),
        ("iam:CreateAccessKey", f"arn:aws:iam::{TEAM}:user/someone"),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{TEAM}:policy/argosy-boundary"),
        ("iam:CreateRole", f"arn:aws:iam::{TEAM}:role/orders-9ccad01cbd-cluster"),
        ("iam:DeleteRolePermissionsBoundary", f"arn:aws:iam::{TEAM}:role/orders-9ccad01cbd-cluster"),
        ("iam:PassRole", f"arn:aws:iam::{TEAM}:role/Administrator"),
        ("organizations:LeaveOrganization", "*"),
        ("sts:AssumeRole", "arn:aws:iam::444455556666:role/any"),
        ("sts:AssumeRole", f"arn:aws:iam::{TEAM}:role/argosy-provider"),
    ],
)
def test_more_rights_are_denied_whatever_is_added(action: str, arn: str) -> None:
    """IAM-07: a statement that a platform team adds for its workloads must not give this away."""
    wide = copy.deepcopy(BOUNDARY)
    wide["Statement"].append({"Sid": "Added", "Effect": "Allow", "Action": "*", "Resource": "*"})
    need = Need("", action, arn, {})
    assert not allows(BOUNDARY, need)
    assert not allows(wide, need)


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("ec2:TerminateInstances", f"arn:aws:ec2:eu-west-1:{TEAM}:instance/x"),
        ("eks:DeleteCluster", f"arn:aws:eks:eu-west-1:{TEAM}:cluster/x"),
        ("kms:ScheduleKeyDeletion", f"arn:aws:kms:eu-west-1:{TEAM}:key/x"),
        ("rds:DeleteDBInstance", f"arn:aws:rds:eu-west-1:{TEAM}:db:x"),
        ("s3:PutBucketPolicy", "arn:aws:s3:::x"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:444455556666:secret:x"),
    ],
)
def test_what_no_claim_asks_for_is_not_allowed(action: str, arn: str) -> None:
    assert not allows(BOUNDARY, Need("", action, arn, {}))


def test_its_wildcards_reach_no_change_that_no_document_asks_for() -> None:
    """IAM-09: but for load balancers, whose exact actions do not fit, and for the data of workloads."""
    asked = {need.action.lower() for name, document in documents().items() for need in needs(name, document)}
    beyond = defaultdict(list)
    for entry in ALLOWED:
        for pattern in as_list(entry["Action"]):
            names = matching(pattern)
            assert names, f"AWS has no action {pattern}"
            beyond[pattern] = [name for name in names if changes(name) and name.lower() not in asked]
    wider = {pattern for pattern, names in beyond.items() if names}
    assert {pattern for pattern in wider if not pattern.startswith("elasticloadbalancing:")} == DATA


def test_buckets_are_of_the_account_only() -> None:
    """The ARN of a bucket names no account: without this a workload could write data into anybody's."""
    (buckets,) = [rule for rule in rules({"Statement": ALLOWED}) if "arn:aws:s3:::*" in rule.resources]
    assert buckets.conditions == {"StringEquals": {"aws:ResourceAccount": frozenset({TEAM})}}


def test_every_other_resource_is_of_the_account_or_of_nobody() -> None:
    shared = {"arn:aws:ec2:*::image/*", "arn:aws:ec2:*::snapshot/*", "arn:aws:ssm:*::parameter/aws/*"}
    ownerless = {"arn:aws:route53:::change/*", "arn:aws:route53:::hostedzone/*", "arn:aws:s3:::*"}
    resources = {arn for rule in rules({"Statement": ALLOWED}) for arn in rule.resources} - {"*"}
    assert {arn for arn in resources if arn.split(":")[4] != TEAM} == shared | ownerless


def test_conditions_are_ones_that_the_actions_know() -> None:
    exact: list[Rule] = [rule for rule in rules({"Statement": ALLOWED}) if rule.conditions]
    for rule in exact:
        for _, action in every_action({"Statement": [entry for entry in ALLOWED if entry["Sid"] == rule.sid]}):
            for key in rule.keys - {"aws:ResourceAccount"}:
                assert action.knows(key), f"{rule.sid}: {action.name} is not judged by {key}"


def test_linters_find_no_way_to_more_rights() -> None:
    """The rest is what a boundary is: it names no single thing, since it grants none."""
    assert findings(BOUNDARY) == {"credentials exposure", "infrastructure modification", "write"}


def test_it_fits() -> None:
    """IAM-12; a role has one boundary, so it cannot be split as policies can."""
    text = json.dumps(BOUNDARY, separators=(",", ":"))
    assert len(text) <= MANAGED_POLICY_LENGTH
    assert (FOLDER / "account-boundary.json").read_text() == json.dumps(BOUNDARY, indent=2) + "\n"
