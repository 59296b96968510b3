"""What one policy lets through of another: whether a permissions boundary leaves a role what its documents allow.

A boundary that leaves out one action breaks a cluster months later, when that action is first needed; so every
document is held against it: each action, on each kind of resource that AWS knows for it, in the team's account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from policy_sentry.querying.actions import get_action_data
from policy_sentry.querying.all import get_all_actions

from argosy.data.managed_policies import PATHS
from tests.policies.documents import ADDONS, Conditions, as_list, policy, rules
from tests.policies.test_addons import at_least_as_strict

ACCOUNT = "111122223333"
REGION = "eu-west-1"

AWS_MANAGED: Mapping[str, Mapping[str, Any]] = {
    name: found["Document"] for name, found in json.loads(aws_managed_policies_data).items() if name in PATHS
}
"""Documents of the managed policies that roles get, as bundled in moto 5.2.5 (2026-09)."""


@dataclass(frozen=True)
class Need:
    """One thing that a document allows.

    Attributes:
        source: name of the document.
        action: `service:Operation`.
        arn: an ARN of one kind of resource, `*` if the action knows none.
        conditions: under which the document allows it.
    """

    source: str
    action: str
    arn: str
    conditions: Conditions


def documents() -> dict[str, Mapping[str, Any]]:
    """Every document that a role made from a claim can get, but for those that claims name by ARN."""
    return {**AWS_MANAGED, **{addon: policy(addon, "aws") for addon in ADDONS}}


def needs(source: str, document: Mapping[str, Any]) -> Iterator[Need]:
    """Everything that a document allows in the team's account; its wildcards stand for one sample each."""
    for number, entry in enumerate(document["Statement"]):
        assert entry["Effect"] == "Allow", f"{source}: what is denied needs no boundary"
        (rule,) = rules({"Statement": [{"Sid": str(number), **entry}]})
        for pattern in rule.actions:
            for action in matching(pattern):
                for resource in rule.resources:
                    for arn in _arns(action, resource):
                        yield Need(source, action, arn, rule.conditions)


def matching(pattern: str) -> list[str]:
    """All actions of AWS that a pattern names; without a wildcard itself, whether AWS knows it or not."""
    if "*" not in pattern:
        return [pattern]
    return [name for name in _every_action() if fnmatchcase(name.lower(), pattern.lower())]


def _every_action() -> list[str]:
    names: list[str] = sorted(get_all_actions())
    return names


def changes(action: str) -> bool:
    """Whether an action does more than read."""
    rows = get_action_data(*action.split(":"))
    return not rows or next(iter(rows.values()))[0]["access_level"] not in ("List", "Read")


def _arns(action: str, resource: str) -> Iterator[str]:
    if resource != "*":
        parts = resource.split(":", 5)
        named = [value if part == "*" else part for part, value in zip(parts[3:5], (REGION, ACCOUNT), strict=True)]
        yield ":".join([*parts[:3], *named, parts[5]]).replace("*", "x")
        return
    rows = get_action_data(*action.split(":"))
    formats = {row["resource_arn_format"] for found in (rows or {}).values() for row in found} - {"*"}
    given = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT}
    for known in sorted(formats) or ["*"]:
        yield re.sub(r"\$\{([^}]+)\}", lambda part: given.get(part[1], "x"), known)


def _covers(patterns: list[str], value: str) -> bool:
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in patterns)


def allows(document: Mapping[str, Any], need: Need) -> bool:
    """Whether a boundary leaves that need: a statement allows it on no harder condition, and none denies it."""
    allowed = False
    for entry in document["Statement"]:
        if not _covers(as_list(entry["Action"]), need.action):
            continue
        if entry["Effect"] == "Deny":
            if not _covers(as_list(entry["NotResource"]), need.arn):
                return False
            continue
        (rule,) = rules({"Statement": [entry]})
        allowed |= _covers(list(rule.resources), need.arn) and at_least_as_strict(need.conditions, rule.conditions)
    return allowed
