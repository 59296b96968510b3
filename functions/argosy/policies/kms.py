"""Policies of KMS keys.

A key policy is the only way in: what it leaves out, no IAM policy can give. So the account is named for what its
IAM policies may delegate, action by action, and a service for what it does itself (SEC-40).

Sources, read 2026-11-24: KMS developer guide, "Default key policy"; CloudWatch Logs user guide, "Encrypt log data";
RDS user guide, "Encrypting Amazon RDS resources"; EKS user guide, "Encrypt Kubernetes secrets with KMS".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from argosy.data.regions import dns_suffix, service_principal
from argosy.policies.documents import Conditions, Json, Statement, document

ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What a symmetric key's life needs. Without PutKeyPolicy for the account KMS refuses the policy: nobody could
ever change it again."""

USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""What whoever encrypts with a symmetric key needs."""


def cluster_key_policy(partition: str, region: str, account: str, log_group_names: Sequence[str]) -> dict[str, Json]:
    """The policy of the key for a cluster's secrets, control plane logs and flow logs.

    Args:
        partition: of the ARNs.
        region: of the cluster.
        account: of the cluster, twelve digits.
        log_group_names: the only ones that CloudWatch Logs may use the key for.
    """
    root = _root(partition, account)
    log_groups = [f"arn:{partition}:logs:{region}:{account}:log-group:{name}" for name in log_group_names]
    return document(
        [
            _statement("AccountAdministersKey", root, ADMINISTRATION),
            _statement("AccountUsesKey", root, USE),
            # EKS makes its grant as whoever makes the cluster, and does not support kms:GrantIsForAWSResource there
            _statement("AccountMakesGrants", root, ["kms:CreateGrant"]),
            _statement(
                "LogsUseKey",
                {"Service": service_principal("logs", partition, region)},
                USE,
                {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
            ),
        ]
    )


def database_key_policy(partition: str, region: str, account: str) -> dict[str, Json]:
    """The policy of a database's key: storage, snapshots, Performance Insights and the managed password.

    The account may use it only through RDS and Secrets Manager, as with the keys that AWS manages for these two.
    """
    root = _root(partition, account)
    services = through_services(partition, region, "rds", "secretsmanager")
    through = {"StringEquals": {"kms:CallerAccount": account, **services}}
    return document(
        [
            _statement("AccountAdministersKey", root, ADMINISTRATION),
            _statement("AccountUsesKeyThroughServices", root, USE, through),
            _statement(
                "AccountMakesGrantsForServices",
                root,
                ["kms:CreateGrant"],
                {"Bool": {"kms:GrantIsForAWSResource": "true"}, **through},
            ),
        ]
    )


def through_services(partition: str, region: str, *services: str) -> Mapping[str, Sequence[str]]:
    """Values of the condition key that says through which services a key is used.

    Both suffixes: how KMS names services in partitions with a suffix of their own is documented nowhere, and a
    name that no service has gives nothing away.
    """
    suffixes = {"amazonaws.com", dns_suffix(partition)}
    return {"kms:ViaService": [f"{name}.{region}.{suffix}" for name in services for suffix in sorted(suffixes)]}


def _root(partition: str, account: str) -> Mapping[str, str]:
    return {"AWS": f"arn:{partition}:iam::{account}:root"}


def _statement(
    sid: str, principal: Mapping[str, str], actions: Sequence[str], conditions: Conditions | None = None
) -> Statement:
    # in a key policy the resource "*" is this key
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": actions,
        "Resource": "*",
    }
    if conditions:
        statement["Condition"] = conditions
    return statement
