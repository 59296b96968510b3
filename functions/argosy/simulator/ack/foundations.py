"""IAM, KMS and CloudWatch Logs (iam-controller v1.6.2; generator.yaml of the others)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.ack.kind import AckKind, only, pairs, paths, ref, renamed, same
from argosy.simulator.aws import Account, Thing
from argosy.simulator.values import Values

PENDING_WINDOW = "kms.services.k8s.aws/pending-window-in-days"
DEFAULT_WINDOW = 7


def _inline(policies: Mapping[str, str]) -> list[Values]:
    return [{"name": name, "policy": text} for name, text in sorted(policies.items())]


def _told_inline(policies: list[Mapping[str, str]]) -> Values:
    return {one["name"]: one["policy"] for one in policies}


def _role(thing: Thing, _: Account) -> Values:
    return {"createDate": thing.made["createDate"], "roleID": thing.made["uniqueId"]}


def _key(thing: Thing, account: Account) -> Values:
    leaving = thing.gone_at is not None
    return {
        "awsAccountID": account.number,
        "creationDate": "2026-01-01T00:00:00Z",
        "enabled": not leaving,
        "encryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "keyID": thing.identity,
        "keyManager": "CUSTOMER",
        "keyState": "PendingDeletion" if leaving else "Enabled",
    }


def _window(annotations: Mapping[str, str]) -> Values:
    """How long AWS waits; what is no number counts as if it were not there."""
    given = annotations.get(PENDING_WINDOW, "")
    return {"deletionWindowInDays": int(given) if given.isdigit() else DEFAULT_WINDOW}


def _log_group(thing: Thing, _: Account) -> Values:
    return {
        "creationTime": 1767225600000,
        "metricFilterCount": 0,
        "storedBytes": 0,
        **({"retentionInDays": thing.fields["retentionInDays"]} if thing.fields.get("retentionInDays") else {}),
    }


def _by_prefix(name: str) -> Any:
    """The controller takes the first group whose name begins with what it looks for (DescribeLogGroups)."""

    def find(spec: Mapping[str, Any], region: str, account: Account) -> Thing | None:
        groups = sorted(account.all("cloudwatchlogs/Group", region), key=lambda group: group.identity)
        return next((group for group in groups if group.identity.startswith(spec[name])), None)

    return find


FOUNDATIONS = (
    AckKind(
        service="iam",
        kind="Role",
        thing=only("iam/Role"),
        identifier=("spec", "name"),
        fields=(
            renamed("assumeRolePolicyDocument", "assumeRolePolicy"),
            *same("description", "maxSessionDuration", "path", "permissionsBoundary"),
            renamed("policies", "managedPolicyArns", empty=[]),
            renamed("inlinePolicies", "inlinePolicy", ask=_inline, tell=_told_inline, empty=[]),
            pairs(),
        ),
        copied=("status", "ackResourceMetadata", "arn"),
        status=_role,
        arn="arn",
        late=paths("maxSessionDuration", "path"),
        late_initialized=True,
        terminal=frozenset({"InvalidInput", "MalformedPolicyDocument"}),
    ),
    AckKind(
        service="kms",
        kind="Key",
        thing=only("kms/Key"),
        identifier=("status", "keyID"),
        fields=(
            *same("description", "enableKeyRotation", "keyUsage", "multiRegion", "policy"),
            renamed("keySpec", "customerMasterKeySpec"),
            pairs("tagKey", "tagValue"),
        ),
        copied=("status", "ackResourceMetadata", "arn"),
        status=_key,
        arn="arn",
        late=paths("keySpec", "keyUsage", "multiRegion"),
        immutable=paths("customKeyStoreID", "description", "keySpec", "keyUsage", "multiRegion", "origin"),
        ended=_window,
    ),
    AckKind(
        service="cloudwatchlogs",
        kind="LogGroup",
        thing=only("cloudwatchlogs/Group"),
        identifier=("spec", "name"),
        find=_by_prefix("name"),
        fields=(
            renamed("kmsKeyID", "kmsKeyId"),
            renamed("retentionDays", "retentionInDays"),
            *same("tags"),
        ),
        references=(ref("kmsKeyRef", "kms/Key"),),
        copied=("spec", "name"),
        status=_log_group,
        arn="arn",
        terminal=frozenset({"InvalidParameterException"}),
    ),
)
