"""The documents under test: every add-on's policy in several partitions, and what judges need to read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policy_sentry.querying.actions import get_action_data

from argosy.policies import (
    aws_load_balancer_controller,
    cert_manager,
    cluster_autoscaler,
    ebs_csi,
    external_dns,
    external_secrets,
)
from argosy.policies.documents import ClusterIdentity, Statement, document

REGIONS = {
    "aws": "eu-west-1",
    "aws-cn": "cn-north-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-us-gov": "us-gov-west-1",
}
ADDONS = (
    "aws_load_balancer_controller",
    "cert_manager",
    "cluster_autoscaler",
    "ebs_csi",
    "external_dns",
    "external_secrets",
)
ACCOUNT = "111122223333"
CLUSTER = "orders-prod-0123456789abcdef01"
"""A cluster's name is at most 30 characters long."""

Conditions = Mapping[str, Mapping[str, frozenset[str]]]


def identity(partition: str) -> ClusterIdentity:
    region = REGIONS[partition]
    return ClusterIdentity(
        partition=partition,
        region=region,
        account=ACCOUNT,
        name=CLUSTER,
        vpc_arn=f"arn:{partition}:ec2:{region}:{ACCOUNT}:vpc/vpc-0123456789abcdef0",
    )


@dataclass(frozen=True)
class Given:
    """ARNs that a claim binds its add-ons to, `count` of each kind."""

    cluster: ClusterIdentity
    count: int = 2

    def _regional(self, service: str, resource: str) -> list[str]:
        return [self.cluster.regional(service, resource.format(index)) for index in range(self.count)]

    @property
    def zones(self) -> list[str]:
        return [f"arn:{self.cluster.partition}:route53:::hostedzone/Z{index:020}" for index in range(self.count)]

    @property
    def secrets(self) -> list[str]:
        return self._regional("secretsmanager", f"secret:team-orders/{CLUSTER}/{{:02}}/*")

    @property
    def parameters(self) -> list[str]:
        return self._regional("ssm", f"parameter/team-orders/{CLUSTER}/{{:02}}/*")

    @property
    def keys(self) -> list[str]:
        return self._regional("kms", "key/00000000-0000-0000-0000-{:012}")

    @property
    def databases(self) -> dict[str, list[str]]:
        return {
            "Instance": self._regional("rds", "db:orders-{}"),
            "Cluster": self._regional("rds", "cluster:orders-{}"),
        }

    @property
    def arns(self) -> frozenset[str]:
        return frozenset([*self.zones, *self.secrets, *self.parameters, *self.keys, self.cluster.vpc_arn])


def statements(addon: str, given: Given) -> list[Statement]:
    cluster = given.cluster
    match addon:
        case "aws_load_balancer_controller":
            return aws_load_balancer_controller.statements(cluster)
        case "cert_manager":
            return cert_manager.statements(cluster, hosted_zone_arns=given.zones)
        case "cluster_autoscaler":
            return cluster_autoscaler.statements(cluster)
        case "ebs_csi":
            return ebs_csi.statements(cluster, key_arns=given.keys)
        case "external_dns":
            return external_dns.statements(cluster, hosted_zone_arns=given.zones)
        case "external_secrets":
            return external_secrets.statements(
                cluster,
                secret_arns=given.secrets,
                parameter_arns=given.parameters,
                key_arns=given.keys,
                databases=given.databases,
            )
    raise KeyError(addon)


def policy(addon: str, partition: str) -> dict[str, Any]:
    """An add-on's policy as AWS reads it."""
    loaded: dict[str, Any] = json.loads(json.dumps(document(statements(addon, Given(identity(partition))))))
    return loaded


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


@dataclass(frozen=True)
class Rule:
    """A statement, ours or upstream's, in one shape."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key for keys in self.conditions.values() for key in keys)


def rules(policy_document: Mapping[str, Any]) -> list[Rule]:
    return [
        Rule(
            sid=entry["Sid"],
            actions=tuple(as_list(entry["Action"])),
            resources=tuple(as_list(entry.get("Resource", []))),
            conditions=_conditions(entry.get("Condition", {})),
        )
        for entry in policy_document["Statement"]
    ]


def upstream(addon: str, partition: str) -> list[Rule]:
    """What the add-on's own project publishes, with the ARNs of a partition."""
    text = (Path(__file__).parent / "upstream" / f"{addon}.json").read_text(encoding="utf-8")
    entries = json.loads(text.replace("arn:aws:", f"arn:{partition}:"))["statements"]
    return [
        Rule(
            sid=f"{addon}[{number}]",
            actions=tuple(entry["actions"]),
            resources=tuple(entry["resources"]),
            conditions=_conditions(entry.get("conditions", {})),
        )
        for number, entry in enumerate(entries)
    ]


def _conditions(raw: Mapping[str, Mapping[str, str | list[str]]]) -> Conditions:
    return {
        operator: {key: frozenset(as_list(values)) for key, values in keys.items()} for operator, keys in raw.items()
    }


@dataclass(frozen=True)
class Action:
    """What AWS's service authorization data says of an action."""

    name: str
    level: str
    arn_formats: frozenset[str]
    condition_keys: frozenset[str]

    @property
    def changes(self) -> bool:
        return self.level not in ("List", "Read")

    def knows(self, key: str) -> bool:
        """Whether the action can be judged by a condition key; `${TagKey}` stands for any text."""
        patterns = (re.sub(r"\$\{[^}]+\}", "*", known) for known in self.condition_keys)
        return any(fnmatchcase(key, pattern) for pattern in patterns)

    def accepts(self, arn: str) -> bool:
        """Whether the action can be judged by an ARN, which may hold wildcards."""
        ours = re.compile(re.escape(arn).replace(r"\*", ".*"))
        for known in self.arn_formats:
            theirs = re.compile(".*".join(re.escape(part) for part in re.split(r"\$\{[^}]+\}", known)))
            if theirs.fullmatch(arn) or ours.fullmatch(_sample(known, arn)):
                return True
        return False


def _sample(known: str, arn: str) -> str:
    _, partition, _, region, account, _ = arn.split(":", 5)
    for name, value in {"Partition": partition, "Region": region, "Account": account, "ClusterName": CLUSTER}.items():
        known = known.replace(f"${{{name}}}", value)
    return re.sub(r"\$\{[^}]+\}", "x", known)


def action(name: str) -> Action | None:
    """An action by its full name, or None if AWS has no such action."""
    service, operation = name.split(":")
    found = get_action_data(service, operation)
    if not found:
        return None
    rows = found[service]
    return Action(
        name=name,
        level=rows[0]["access_level"],
        arn_formats=frozenset(row["resource_arn_format"] for row in rows) - {"*"},
        condition_keys=frozenset(key for row in rows for key in row["condition_keys"]),
    )


def every_action(policy_document: Mapping[str, Any]) -> Iterator[tuple[Rule, Action]]:
    for rule in rules(policy_document):
        for name in rule.actions:
            found = action(name)
            assert found is not None, f"{rule.sid}: AWS has no action {name}"
            yield rule, found
