"""Policies of KMS keys."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import botocore.session
import pytest

from argosy.policies.kms import ADMINISTRATION, USE, cluster_key_policy, database_key_policy
from tests.policies.documents import ACCOUNT, REGIONS, action, as_list

PERMISSIONS_OF_REENCRYPT = {"ReEncryptFrom", "ReEncryptTo"}
LOG_GROUPS = ["/aws/eks/orders/cluster", "/aws/vpc-flow-logs/orders"]


def policies(partition: str) -> dict[str, dict[str, Any]]:
    region = REGIONS[partition]
    return {
        "cluster": cluster_key_policy(partition, region, ACCOUNT, LOG_GROUPS),
        "database": database_key_policy(partition, region, ACCOUNT),
    }


def by_sid(name: str, partition: str = "aws") -> dict[str, dict[str, Any]]:
    return {entry["Sid"]: entry for entry in policies(partition)[name]["Statement"]}


@cache
def operations() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_service_model("kms").operation_names)


every_key = pytest.mark.parametrize(
    ("name", "partition"), [(name, partition) for name in ("cluster", "database") for partition in sorted(REGIONS)]
)


@every_key
def test_nobody_gets_everything(name: str, partition: str) -> None:
    """SEC-40: no `kms:*`, and no principal `*`."""
    for entry in policies(partition)[name]["Statement"]:
        assert "*" not in "".join(as_list(entry["Action"]))
        assert entry["Principal"] in (
            {"AWS": f"arn:{partition}:iam::{ACCOUNT}:root"},
            {"Service": entry["Principal"].get("Service")},
        )
        assert "*" not in json.dumps(entry["Principal"])


@pytest.mark.parametrize("name", [*ADMINISTRATION, *USE, "kms:CreateGrant"])
def test_actions_are_operations_of_kms(name: str) -> None:
    verb = name.removeprefix("kms:")
    assert verb in operations() or (verb in PERMISSIONS_OF_REENCRYPT and "ReEncrypt" in operations())
    assert action(name) is not None


@every_key
def test_the_account_can_change_the_policy_again(name: str, partition: str) -> None:
    """KMS refuses a policy that locks everybody out, and a provider must be able to mend one."""
    administration = by_sid(name, partition)["AccountAdministersKey"]
    assert "Condition" not in administration
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:EnableKeyRotation", "kms:TagResource"} <= set(
        administration["Action"]
    )


@pytest.mark.parametrize(
    ("partition", "principal"),
    [
        ("aws", "logs.eu-west-1.amazonaws.com"),
        ("aws-cn", "logs.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", "logs.us-gov-west-1.amazonaws.com"),
    ],
)
def test_logs_use_the_cluster_s_key_for_its_log_groups(partition: str, principal: str) -> None:
    """SEC-05, SEC-40: else every log group of the region could be written with this key."""
    entry = by_sid("cluster", partition)["LogsUseKey"]
    assert entry["Principal"] == {"Service": principal}
    assert entry["Condition"] == {
        "ArnEquals": {
            "kms:EncryptionContext:aws:logs:arn": [
                f"arn:{partition}:logs:{REGIONS[partition]}:{ACCOUNT}:log-group:{name}" for name in LOG_GROUPS
            ]
        }
    }


def test_whoever_makes_the_cluster_can_make_eks_s_grant() -> None:
    """UPG-12."""
    assert by_sid("cluster")["AccountMakesGrants"]["Action"] == "kms:CreateGrant"
    assert "kms:DescribeKey" in by_sid("cluster")["AccountUsesKey"]["Action"]


def test_a_database_s_key_works_through_two_services_only() -> None:
    """SEC-50."""
    for sid in ("AccountUsesKeyThroughServices", "AccountMakesGrantsForServices"):
        assert by_sid("database")[sid]["Condition"]["StringEquals"] == {
            "kms:CallerAccount": ACCOUNT,
            "kms:ViaService": ["rds.eu-west-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"],
        }
    assert by_sid("database")["AccountMakesGrantsForServices"]["Condition"]["Bool"] == {
        "kms:GrantIsForAWSResource": "true"
    }


@every_key
def test_condition_keys_are_ones_that_the_actions_know(name: str, partition: str) -> None:
    for entry in policies(partition)[name]["Statement"]:
        keys = {key for keys in entry.get("Condition", {}).values() for key in keys}
        for verb in as_list(entry["Action"]):
            found = action(verb)
            assert found is not None
            missing = {key for key in keys if not found.knows(key)}
            assert missing <= {"kms:EncryptionContext:aws:logs:arn"}  # DescribeKey: AWS's own example has it there
