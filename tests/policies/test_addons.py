"""What every add-on's policy must hold, in every partition (about a second)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set
from fnmatch import fnmatchcase
from typing import Any

import pytest
from cloudsplaining.scan.policy_document import PolicyDocument

from argosy.policies.documents import INLINE_LIMIT, document
from tests.policies.documents import (
    ADDONS,
    CLUSTER,
    REGIONS,
    Conditions,
    Given,
    Rule,
    every_action,
    identity,
    policy,
    rules,
    statements,
    upstream,
)

GLOBAL_KEYS = {"aws:RequestedRegion"}
"""Condition keys that AWS gives to every request."""
GLOBAL_SERVICES = {"iam", "route53"}
"""Services whose ARNs and requests name no region of ours."""
NEGATIVE = "ForAllValues:StringNotEquals"
CLUSTER_VARIABLE = frozenset({"${aws:PrincipalTag/eks-cluster-name}"})
EXCEPTIONS: dict[tuple[str, str], str] = {}
"""Findings of cloudsplaining that are accepted: (add-on, finding) and why."""

pytestmark = [
    pytest.mark.parametrize("addon", ADDONS),
    pytest.mark.parametrize("partition", sorted(REGIONS)),
]


def covers(theirs: Rule, name: str, resource: str) -> bool:
    return name in theirs.actions and any(fnmatchcase(resource, pattern) for pattern in theirs.resources)


def at_least_as_strict(ours: Conditions, theirs: Conditions, cluster: str = CLUSTER) -> bool:
    """Whether all that `ours` lets through, `theirs` lets through too."""
    return all(
        _key_as_strict(ours, operator, key, values, cluster)
        for operator, keys in theirs.items()
        for key, values in keys.items()
    )


def _key_as_strict(ours: Conditions, operator: str, key: str, values: frozenset[str], cluster: str) -> bool:
    mine = ours.get(operator, {}).get(key)
    if operator == "Null" and values == {"false"} and key in ours.get("StringEquals", {}):
        return True  # a value instead of mere presence
    if mine is None:
        return False
    if operator == NEGATIVE:
        return mine >= values
    return mine <= values or (values == CLUSTER_VARIABLE and mine == {cluster})


def wider(ours: Iterable[Rule], published: Sequence[Rule], cluster: str = CLUSTER) -> list[tuple[str, str, str]]:
    """What `ours` allow and the published policy does not: statement, action, resource."""
    return [
        (rule.sid, name, resource)
        for rule in ours
        for name in rule.actions
        for resource in rule.resources
        if not any(
            covers(theirs, name, resource) and at_least_as_strict(rule.conditions, theirs.conditions, cluster)
            for theirs in published
        )
    ]


def test_actions_and_conditions_are_a_subset_of_upstream(addon: str, partition: str) -> None:
    """TST-09: each action on each resource, under conditions at least as strict."""
    assert wider(rules(policy(addon, partition)), upstream(addon, partition)) == []


def test_actions_and_condition_keys_exist(addon: str, partition: str) -> None:
    """A misspelt action is allowed by nobody, a misspelt condition key matches nothing; AWS refuses neither."""
    unknown = [
        (rule.sid, found.name, key)
        for rule, found in every_action(policy(addon, partition))
        for key in rule.keys - GLOBAL_KEYS
        if not found.knows(key)
    ]
    assert unknown == []


def test_resources_are_ones_that_the_actions_know(addon: str, partition: str) -> None:
    """An ARN of a kind that an action does not know allows nothing."""
    useless = [
        (rule.sid, found.name)
        for rule, found in every_action(policy(addon, partition))
        if rule.resources != ("*",) and not any(found.accepts(arn) for arn in rule.resources)
    ]
    assert useless == []


def test_no_wildcard_actions_and_only_allow(addon: str, partition: str) -> None:
    """IAM-09."""
    subject = policy(addon, partition)
    assert all("*" not in name for rule in rules(subject) for name in rule.actions)
    assert {entry["Effect"] for entry in subject["Statement"]} == {"Allow"}
    assert not {key for entry in subject["Statement"] for key in entry} & {"NotAction", "NotResource", "Principal"}


def test_changes_are_bound_to_this_cluster_by_value(addon: str, partition: str) -> None:
    """IAM-10 and safety 3.2: forms A, B or C; that a tag is merely present (form D) binds nothing."""
    given = Given(identity(partition))
    loose = [
        (rule.sid, found.name)
        for rule, found in every_action(policy(addon, partition))
        if found.changes and not bound(rule, given.arns)
    ]
    assert loose == []


def bound(rule: Rule, arns: Set[str], cluster: str = CLUSTER) -> bool:
    """Whether a statement reaches nothing but what the claim names by `arns`, or what is tagged as the cluster's."""
    if set(rule.resources) <= arns:
        return True  # form C: what the claim names
    if rule.sid == "CreateServiceLinkedRole":
        return all("/aws-service-role/elasticloadbalancing." in arn for arn in rule.resources)
    equal = rule.conditions.get("StringEquals", {})
    return any(
        values == {cluster} or (key.endswith(f"/kubernetes.io/cluster/{cluster}") and values == {"owned"})
        for key, values in equal.items()
        if "ResourceTag/" in key or "RequestTag/" in key
    )


def test_a_wildcard_resource_is_for_reads_only(addon: str, partition: str) -> None:
    """IAM-10: no action that changes anything stands beside `*`, and reads only if they know no smaller resource."""
    wild = [found for rule, found in every_action(policy(addon, partition)) if "*" in rule.resources]
    assert [found.name for found in wild if found.changes] == []
    assert [found.name for found in wild if found.arn_formats] == []


def test_tags_at_creation_test_the_creating_action(addon: str, partition: str) -> None:
    """Safety 3.2 rules 2 and 3: else the controller could tag a foreign thing into its own reach, or untag its own."""
    tagging = {rule.sid: rule for rule, found in every_action(policy(addon, partition)) if found.level == "Tagging"}
    for sid, rule in tagging.items():
        equal = rule.conditions.get("StringEquals", {})
        if any(key.endswith(":CreateAction") for key in equal):
            assert any("RequestTag/" in key for key in equal), sid
        else:
            assert any("ResourceTag/" in key for key in equal), sid
            assert rule.conditions[NEGATIVE]["aws:TagKeys"], f"{sid} may change the tag that binds it"
            assert rule.conditions["Null"]["aws:TagKeys"] == {"false"}, "ForAllValues holds for no values"


def test_the_region_is_bound(addon: str, partition: str) -> None:
    """Safety 3.2 rule 4: a cluster's name is unique in one region only."""
    region = REGIONS[partition]
    for rule in rules(policy(addon, partition)):
        services = {name.split(":")[0] for name in rule.actions}
        if services <= GLOBAL_SERVICES:
            continue
        for resource in rule.resources:
            if resource == "*":
                assert rule.conditions["StringEquals"]["aws:RequestedRegion"] == {region}, rule.sid
            else:
                assert resource.split(":")[3] == region, rule.sid


def test_arns_carry_partition_and_account(addon: str, partition: str) -> None:
    """IAM-11; only ARNs of snapshots, zones and changes have no account."""
    text = json.dumps(policy(addon, partition))
    assert text.count("arn:") == text.count(f"arn:{partition}:")
    for rule in rules(policy(addon, partition)):
        for resource in rule.resources:
            if resource != "*" and ":snapshot/" not in resource and ":route53:" not in resource:
                assert resource.split(":")[4] == "111122223333", rule.sid


def test_document_is_canonical(addon: str, partition: str) -> None:
    """IAM-12: another order of the same ARNs is the same text."""
    given = Given(identity(partition))
    once = document(statements(addon, given))
    again = document([_reversed(entry) for entry in statements(addon, given)])
    assert json.dumps(once) == json.dumps(again)
    assert once["Version"] == "2012-10-17"
    sids = [rule.sid for rule in rules(policy(addon, partition))]
    assert len(set(sids)) == len(sids) and all(sid.isalnum() for sid in sids)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return list(reversed(value)) if isinstance(value, (list, tuple)) else value


def test_policy_fits_the_role_with_room_to_spare(addon: str, partition: str) -> None:
    """IAM-12: a role's inline policies have 10240 characters together; ten ARNs of each kind, a tenth left free."""
    text = json.dumps(document(statements(addon, Given(identity(partition), count=10))), separators=(",", ":"))
    assert len(text) <= INLINE_LIMIT * 0.9


def test_cloudsplaining_finds_nothing(addon: str, partition: str) -> None:
    """TST-08."""
    assert {name for name in findings(policy(addon, partition)) if (addon, name) not in EXCEPTIONS} == set()


def findings(subject: dict[str, Any]) -> set[str]:
    judge = PolicyDocument(subject)
    return {
        name
        for name, found in {
            "credentials exposure": judge.credentials_exposure,
            "data exfiltration": judge.allows_data_exfiltration_actions,
            "infrastructure modification": judge.infrastructure_modification,
            "permissions management": judge.permissions_management_without_constraints,
            "privilege escalation": judge.allows_privilege_escalation,
            "service wildcard": judge.service_wildcard,
            "tagging": judge.tagging_actions_without_constraints,
            "write": judge.write_actions_without_constraints,
        }.items()
        if found
    }
