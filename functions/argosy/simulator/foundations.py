"""IAM, KMS and CloudWatch Logs: what the rest stands on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.aws import Account, Needed, Refusal, Thing, arn, capitals, partition
from argosy.simulator.kind import Extract, Kind, Named, by_name, paths, ref
from argosy.simulator.values import Values, uuid

DATE = "2026-01-01T00:00:00Z"


def needs_role(*path: str) -> Needed:
    """A field that must hold the ARN of a role."""
    return Needed(
        path=path,
        kind="iam/Role",
        fact="arn",
        code="InvalidParameterException",
        message="The role with ARN {value} could not be found",
    )


def needs_key(*path: str, code: str, message: str) -> Needed:
    """A field that must hold the ARN of a key."""
    return Needed(path=path, kind="kms/Key", fact="arn", code=code, message=message)


def _role(thing: Thing, account: Account) -> Values:
    path = thing.fields["path"]
    return {
        "arn": arn("iam", "", account.number, f"role{path}{thing.identity}", where=account.home),
        "createDate": DATE,
        "uniqueId": f"AROA{capitals(17, 'role', thing.seed)}",
    }


def _check_role(_: Thing, wanted: Mapping[str, Any], account: Account) -> None:
    for policy in wanted.get("managedPolicyArns") or ():
        if policy.split(":")[1] != partition(account.home):
            raise Refusal("NoSuchEntity", f"Policy {policy} does not exist or is not attachable.")


def _key(thing: Thing, account: Account) -> Values:
    return {"arn": arn("kms", thing.region, account.number, f"key/{thing.identity}"), "keyId": thing.identity}


def _log_group_again(group: Thing, account: Account) -> Thing | None:
    """A cluster that still runs makes its log group anew, without retention."""
    clusters = (cluster.identity for cluster in account.all("eks/Cluster", group.region))
    if not any(group.identity == f"/aws/eks/{name}/cluster" for name in clusters):
        return None
    return Thing(
        kind=group.kind, region=group.region, identity=group.identity, seed=group.seed, fields={"retentionInDays": 0}
    )


def _log_group(thing: Thing, account: Account) -> Values:
    return {"arn": arn("logs", thing.region, account.number, f"log-group:{thing.identity}")}


def _check_log_group(thing: Thing, _: Mapping[str, Any], account: Account) -> None:
    """CloudWatch Logs uses a key as itself, for groups that the key's policy names; the default policy names none."""
    if not (used := thing.fields.get("kmsKeyId")):
        return
    key = account.named("kms/Key", thing.region, "arn", used)
    group = _log_group(thing, account)["arn"]
    if key is None or f'"{group}"' not in key.fields.get("policy", ""):
        raise Refusal(
            "InvalidParameterException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'",
        )


FOUNDATIONS = (
    Kind(
        service="iam",
        kind="Role",
        label="IAM",
        operation="Role",
        named=Named.BY_USER,
        identify=by_name,
        required=paths("assumeRolePolicy"),
        fixed=paths("path"),
        defaults=lambda _, __: {"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
        not_late=frozenset({"inlinePolicy"}),
        make=_role,
        check_create=_check_role,
        check_change=_check_role,
    ),
    Kind(
        service="kms",
        kind="Key",
        label="KMS",
        operation="Key",
        named=Named.BY_AWS,
        identify=lambda _, __, seed: uuid("key", seed),
        fixed=paths("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"),
        defaults=lambda thing, _: {
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "enableKeyRotation": False,
            "isEnabled": True,
            "keyUsage": "ENCRYPT_DECRYPT",
            "multiRegion": False,
            **({"rotationPeriodInDays": 365} if thing.fields.get("enableKeyRotation") else {}),
        },
        make=_key,
    ),
    Kind(
        service="cloudwatchlogs",
        kind="Group",
        label="CloudWatch Logs",
        operation="LogGroup",
        named=Named.BY_USER,
        identify=by_name,
        references=(ref("kmsKeyIdRef", "kms/Key", Extract.ARN),),
        defaults=lambda _, __: {"logGroupClass": "STANDARD", "retentionInDays": 0, "skipDestroy": False},
        make=_log_group,
        check_create=_check_log_group,
        leaves=_log_group_again,
    ),
)
