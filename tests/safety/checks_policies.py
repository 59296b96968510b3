"""Linters' verdict on every document that an answer holds, and every object against its schema.

tests/policies judges the same of the modules that write the documents; here it is what really arrives: all roles, with
the ARNs of random claims in them, in three partitions, inside of the manifests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from tests.policies.documents import Rule, action, rules, upstream
from tests.policies.test_addons import bound, findings, wider
from tests.safety.answers import Item, Pass, listed, statements, texts
from tests.safety.checks import Complaints, composed, differs, each
from tests.safety.checks_iam import documents, parsed
from tests.schemas.schemas import violations

UPSTREAM = {
    "role-addon-aws-ebs-csi-driver": "ebs_csi",
    "role-addon-aws-load-balancer-controller": "aws_load_balancer_controller",
    "role-addon-cert-manager": "cert_manager",
    "role-addon-cluster-autoscaler": "cluster_autoscaler",
    "role-addon-external-dns": "external_dns",
    "role-addon-external-secrets": "external_secrets",
}
"""Add-ons' roles and the published policy that each is held against (tests/policies/upstream, with source and date)."""
GLOBAL_KEYS = {"aws:RequestedRegion", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgId"}
"""Condition keys that AWS gives to every request, or to every one that a service makes for somebody."""
KEYS_IN_EXAMPLES = {"kms:EncryptionContext:aws:logs:arn"}
"""AWS's own example of a key for log groups tests it with actions that are not said to know it."""


def inline(role: Item) -> Iterator[tuple[str, dict[str, Any]]]:
    """Inline policies of a role: name and document."""
    for policy in role.get("inlinePolicy") or []:
        yield policy["name"], parsed(policy["policy"]) or {}


def cluster_of(role: Item, now: Pass) -> str:
    """Name of the cluster that a role serves; roles are asked for before it is. SEC-13 judges the tag."""
    return now.cluster or str(role.get("tags", "fleet.argosy.dev/cluster"))


@cache
def published(addon: str, partition: str) -> tuple[Rule, ...]:
    return tuple(upstream(addon, partition))


@cache
def found_by_cloudsplaining(text: str) -> tuple[str, ...]:
    return tuple(sorted(findings(json.loads(text))))


@each(
    "TST-08",
    "cloudsplaining finds nothing in what any role may do.",
    "iam/Role",
    scanners="CKV_AWS_286 CKV_AWS_287 CKV_AWS_288 CKV_AWS_289 CKV_AWS_290 CKV_AWS_355 AWS-0057 AWS-0345",
)
def tst_08_cloudsplaining(role: Item, now: Pass) -> Complaints:
    for name, document in inline(role):
        for finding in found_by_cloudsplaining(json.dumps(document, sort_keys=True)):
            yield f"{name}: {finding}"


@each(
    "TST-08",
    "Every action of every document is one of AWS, and knows the condition keys that bind it.",
    "iam/Role",
    "kms/Key",
)
def tst_08_actions_exist(item: Item, now: Pass) -> Complaints:
    for where, text in documents(item):
        for statement in statements(parsed(text) or {}):
            keys = {key for keys in statement.get("Condition", {}).values() for key in keys}
            for name in listed(statement.get("Action")):
                found = action(name) if name.count(":") == 1 else None
                if found is None:
                    yield f"{where}: AWS has no action {name}"
                    continue
                unknown = {key for key in keys - GLOBAL_KEYS - KEYS_IN_EXAMPLES if not found.knows(key)}
                yield from (f"{where}: {name} knows no {key}" for key in sorted(unknown))


SERVICES = {"role-flow-logs": {"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}}
"""What roles that a service of AWS assumes may do (aws/aws-cdk, aws-ec2/lib/vpc-flow-logs.ts, read 2026-11-25)."""


@cache
def managed_policies() -> frozenset[str]:
    """Path and name of AWS's own policies, as moto keeps them."""
    data = json.loads(aws_managed_policies_data)
    return frozenset(f"policy{entry.get('Path', '/')}{name}" for name, entry in data.items())


@each("TST-08", "Every policy of AWS that a role carries exists, under that path.", "iam/Role")
def tst_08_managed_policies_exist(role: Item, now: Pass) -> Complaints:
    for arn in [*(role.get("managedPolicyArns") or []), role.get("permissionsBoundary") or "::::x:"]:
        _, _, _, _, owner, name = arn.split(":", 5)
        if owner == "aws" and name not in managed_policies():
            yield f"there is no {arn}"


@each("IAM-10", "Keys are named by their ARN: no policy decrypts with whatever key there is.", "iam/Role",
      scanners="KMS.1 KMS.2")  # fmt: skip
def iam_10_keys_by_arn(role: Item, now: Pass) -> Complaints:
    for name, document in inline(role):
        for rule in rules(document):
            if any(one.startswith("kms:") for one in rule.actions) and any("*" in arn for arn in rule.resources):
                yield f"{name}: {rule.sid} uses keys of {rule.resources}"


@each("TST-08", "The network plugin of node groups enforces NetworkPolicy.", "eks/Addon",
      scanners="CIS-4.3.1 CIS-5.4.4 eks_cluster_network_policy_enabled")  # fmt: skip
def tst_08_network_policy(addon: Item, now: Pass) -> Complaints:
    if addon.get("addonName") == "vpc-cni":
        found = addon.document("configurationValues").get("enableNetworkPolicy")
        yield from differs("enableNetworkPolicy", found, "true")


@each("TST-09", "An add-on may do nothing that its own project does not publish, under conditions as strict.",
      "iam/Role")  # fmt: skip
def tst_09_subset_of_upstream(role: Item, now: Pass) -> Complaints:
    policies = list(inline(role))
    if not policies:
        return
    if role.key in SERVICES:
        actions = {one for _, document in policies for rule in rules(document) for one in rule.actions}
        yield from (f"may {one}" for one in sorted(actions - SERVICES[role.key]))
        return
    if role.key not in UPSTREAM:
        yield f"has inline policies, and no published one to hold against {role.key}"
        return
    for name, document in policies:
        ours = rules(document)
        for sid, what, resource in wider(ours, published(UPSTREAM[role.key], now.partition), cluster_of(role, now)):
            yield f"{name}: {sid}: {what} on {resource}"


@each("IAM-10", "What changes something names the ARNs of the claim, or the cluster by the value of a tag.", "iam/Role")
def iam_10_bound_by_value(role: Item, now: Pass) -> Complaints:
    own = ("vpc", *(f"key-database-{database['name']}" for database in now.asked("databases") or ()))
    named = {text for text in texts(now.claim["spec"]) if text.startswith("arn:")}
    named |= {str(now.seen(key, "arn")) for key in own}
    for name, document in inline(role):
        for rule in rules(document):
            changes = any(found is not None and found.changes for found in map(action, rule.actions))
            of_cluster = all(arn.endswith(f"/{cluster_of(role, now)}:*") for arn in rule.resources)
            if changes and not of_cluster and not bound(rule, named, cluster_of(role, now)):
                yield f"{name}: {rule.sid} is bound to no cluster"


@cache
def _violations(text: str) -> tuple[str, ...]:
    return tuple(violations(json.loads(text)))


@composed("TST-10", "An API server with the provider's schemas takes every object.", settled=True)
def tst_10_schema(item: Item, now: Pass) -> Complaints:
    """REL-21: what it calls invalid is only an event, and everything else is applied."""
    yield from _violations(json.dumps(item.manifest, sort_keys=True))
