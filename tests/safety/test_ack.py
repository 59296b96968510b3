"""What an ACK object stands for: all of it, or an error."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from argosy.catalog import ENGINES
from tests.safety.ack import IN_CLUSTER, KINDS, SUFFIX, UntranslatedError, read, seen
from tests.safety.answers import EXTERNAL_NAME, items_of
from tests.safety.mutations import put
from tests.safety.stories import ACK, story

DATABASES = "with-databases-ack"


def composed(key: str, name: str = DATABASES) -> dict[str, Any]:
    return copy.deepcopy(dict(story(name)[-1].desired[key]))


def test_every_kind_of_the_engine_has_its_words() -> None:
    emitted = {f"{kind.group.removesuffix(SUFFIX)}/{kind.kind}" for kind in ENGINES[ACK].emits if SUFFIX in kind.group}
    assert emitted == set(KINDS) - {IN_CLUSTER}


UNKNOWN: tuple[tuple[str, tuple[str | int, ...], Any], ...] = (
    ("vpc", ("spec", "instanceTenancy"), "default"),
    ("vpc", ("spec", "cidrBlocks", 1), "10.9.0.0/16"),
    ("vpc", ("metadata", "annotations", "services.k8s.aws/read-only"), "true"),
    ("vpc", ("metadata", "annotations", "services.k8s.aws/adoption-fields"), '{"arn":"arn:aws:ec2:::vpc/x"}'),
    ("vpc", ("kind",), "VPCEndpoint"),
    ("vpc", ("data",), {}),
    ("key-cluster", ("spec", "bypassPolicyLockoutSafetyCheck"), True),
    ("subnet-public-a", ("spec", "vpcRef", "from", "namespace"), "team-other"),
    ("subnet-public-a", ("spec", "routeTableRefs"), []),
    ("subnet-public-a", ("spec", "tags", 0, "key"), "fleet.argosy.dev/name"),
    ("route-table-public", ("spec", "routes", 0, "transitGatewayID"), "tgw-1"),
    ("flow-log-all", ("spec", "resourceType"), "Subnet"),
    ("security-group-database-orders", ("spec", "ingressRules", 0, "userIDGroupPairs", 0, "groupRef"), {}),
    ("cluster", ("spec", "resourcesVPCConfig", "securityGroupIDs"), ["sg-1"]),
    ("cluster", ("spec", "encryptionConfig", 1), {}),
    ("cluster", ("spec", "encryptionConfig", 0, "provider", "keyARN"), "arn:aws:kms:::key/x"),
    ("role-cluster", ("spec", "policyRefs"), []),
    ("access-entry-argocd", ("spec", "username"), "admin"),
    ("access-entry-argocd", ("spec", "accessPolicies", 0, "accessScope", "other"), 1),
    ("database-orders", ("spec", "dbSnapshotIdentifier"), "x"),
    ("cluster-instance-sessions-a", ("spec", "dbName"), "x"),
    ("cluster-instance-sessions-a", ("metadata", "annotations", "rds.services.k8s.aws/other"), "x"),
)


@pytest.mark.parametrize(("key", "path", "value"), UNKNOWN, ids=(f"{key}-{path[-1]}" for key, path, _ in UNKNOWN))
def test_what_nobody_judges_is_an_error(key: str, path: tuple[str | int, ...], value: Any) -> None:
    """Else a new field of the engine would reach AWS unseen."""
    manifest = composed(key)
    list(read(key, manifest))
    with pytest.raises((UntranslatedError, KeyError)):
        list(read(key, put(manifest, path, value)))


def test_what_an_answer_stands_for_is_the_same_on_both_engines() -> None:
    """What is folded too: rules, and what breaks them, name it by the other engine's keys."""
    usual, now = ({item.key: item.kind for item in story(name)[-1].items} for name in ("with-databases", DATABASES))
    assert now == usual
    assert len(set(now) - set(story(DATABASES)[-1].desired)) > 15


def test_a_security_group_admits_each_source_of_each_permission() -> None:
    group = composed("security-group-database-orders")
    group["spec"]["ingressRules"] = [
        {"ipProtocol": "tcp", "fromPort": 1, "toPort": 1, "ipRanges": [{"cidrIP": "10.0.0.0/8"}, {"cidrIP": "::"}]},
        {"ipProtocol": "tcp", "fromPort": 2, "toPort": 2},
    ]
    rules = [item for item in items_of({"security-group-x": group}) if item.kind == "ec2/SecurityGroupIngressRule"]
    assert [(rule.get("fromPort"), rule.get("cidrIpv4")) for rule in rules] == [(1, "10.0.0.0/8"), (1, "::"), (2, None)]
    assert len({rule.key for rule in rules}) == 3


@pytest.mark.parametrize(
    ("written", "sent"), [('{"a":"\\u002b\\u0025"}', '{"a":"+%"}'), ('{"a":"+%2B"}', '{"a":" +"}')]
)
def test_an_inline_policy_is_read_as_the_controller_sends_it(written: str, sent: str) -> None:
    role = put(composed("role-monitoring"), ("spec", "inlinePolicies"), {"p": written})
    (item,) = items_of({"role": role})
    assert item.get("inlinePolicy") == [{"name": "p", "policy": sent}]


def test_ids_that_aws_gave_are_external_names() -> None:
    now = story(DATABASES)[-1]
    found = {item.key for item in now.items if item.is_folded and item.external_name}
    assert found == set()
    assert now.seen("vpc", "id") == next(item.external_name for item in now.items if item.key == "vpc")
    assert EXTERNAL_NAME not in composed("vpc")["metadata"]["annotations"]


def test_what_is_not_said_of_an_observed_object_cannot_be_asked() -> None:
    """A rule that reads it would else hold for want of an answer."""
    there = story(DATABASES)[-1].observed["cluster"]
    assert seen(there, "arn").startswith("arn:aws:eks:")
    with pytest.raises(UntranslatedError):
        seen(there, "platformVersion")
