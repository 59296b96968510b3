"""What an ACK object stands for: all of it, or an error."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from argosy.catalog import ENGINES
from tests.safety.ack import IN_CLUSTER, KINDS, SUFFIX, UntranslatedError, read, seen
from tests.safety.answers import EXTERNAL_NAME, Item, items_of
from tests.safety.checks_reliability import leaves
from tests.safety.mutations import put
from tests.safety.stories import ACK, story

DATABASES = "with-databases-ack"


SHUT = {"ingress-database-kept": "ec2/SecurityGroupIngressRule"}
"""The door of a database that stays: ACK takes it away at once, the other engine when its object is deleted."""


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


SAME_BY_NAME = "a name or an ARN where the other engine has a reference, or the other way round"
NO_FIELD = "ACK has no such field (docs/engines.md)"
FOLDED = "what stands in another object has no tags of its own"
DIFFERENT: Mapping[tuple[str, str], str] = {
    **{
        (kind, path): SAME_BY_NAME
        for kind, paths in {
            "ec2/FlowLog": ("vpcId", "vpcIdRef.name", "resourceType"),
            "eks/AccessEntry": ("clusterName", "clusterNameRef.name", "principalArn", "principalArnFromRoleRef.name"),
            "eks/AccessPolicyAssociation": ("clusterName", "clusterNameRef.name"),
            "eks/Addon": ("clusterName", "clusterNameRef.name"),
            "eks/Cluster": ("encryptionConfig.provider.keyArn", "encryptionConfig.provider.keyArnRef.name"),
            "eks/NodeGroup": ("clusterName", "clusterNameRef.name"),
            "eks/PodIdentityAssociation": ("clusterName", "clusterNameRef.name"),
            "rds/ClusterInstance": (
                "clusterIdentifier",
                "clusterIdentifierRef.name",
                "performanceInsightsKmsKeyId",
                "performanceInsightsKmsKeyIdRef.name",
            ),
            "rds/Instance": ("performanceInsightsKmsKeyId", "performanceInsightsKmsKeyIdRef.name"),
        }.items()
        for path in paths
    },
    **{
        (kind, path): NO_FIELD
        for kind, paths in {
            "eks/NodeGroup": ("nodeRepairConfig.enabled",),
            "rds/Cluster": ("allowMajorVersionUpgrade", "applyImmediately", "engineLifecycleSupport"),
            "rds/ClusterInstance": ("applyImmediately",),
            "rds/Instance": ("allowMajorVersionUpgrade", "applyImmediately", "engineLifecycleSupport"),
        }.items()
        for path in paths
    },
    ("ec2/DefaultSecurityGroup", "tags"): FOLDED,
    ("ec2/SecurityGroupIngressRule", "tags"): FOLDED,
    ("ec2/EIP", "domain"): "ACK makes addresses of VPCs alone",
    ("ec2/LaunchTemplate", "updateDefaultVersion"): "node groups name their version (SEC-21)",
    ("eks/Addon", "resolveConflicts"): "one field (UPG-07)",
    ("eks/Addon", "resolveConflictsOnCreate"): "one field (UPG-07)",
    ("eks/Addon", "resolveConflictsOnUpdate"): "one field (UPG-07)",
    ("iam/Role", "inlinePolicy"): "no policy is written as none, and takes those off that others wrote",
    ("iam/Role", "region"): "every ACK object names the region in which its controller works",
    ("rds/ClusterInstance", "skipFinalSnapshot"): "ACK asks it of a server of a cluster too, which has no snapshot",
    ("rds/ClusterParameterGroup", "parameter.applyMethod"): "ACK chooses it",
    ("rds/ParameterGroup", "parameter.applyMethod"): "ACK chooses it",
}
"""What the engines ask for differently, by kind and place, and why; everything else is equal to the last value."""


def asks(item: Item) -> dict[str, Any]:
    """Every value that is asked for, by its place; tags as one."""
    fields = copy.deepcopy(dict(item.fields))
    found = {"tags": fields.pop("tags", None)}
    for entry in fields.get("parameter", ()):
        found["parameter.applyMethod"] = entry.pop("applyMethod", None)
    found |= {path: value for path, value in leaves(fields) if not path.endswith("Ref.policy.resolve")}
    return {path: _without_policy(value) for path, value in found.items()}


def _without_policy(value: Any) -> Any:
    """References in lists: how often they are resolved is each engine's own (REL-10)."""
    if not isinstance(value, list):
        return value
    return [{"name": one["name"]} if isinstance(one, dict) and "policy" in one else one for one in value]


def test_both_engines_ask_aws_for_the_same() -> None:
    """Field by field, what no rule reads too; and by the same keys what ACK folds into other objects."""
    found = set()
    for name in ("with-databases", "node-groups", "decommissioned"):
        usual, now = ({item.key: item for item in story(one)[-1].items} for one in (name, f"{name}-ack"))
        assert {key: item.kind for key, item in now.items()} | SHUT == {
            key: one.kind for key, one in usual.items()
        } | SHUT
        for key in now:
            one, other = usual[key], now[key]
            if one.on_aws:
                asked, told = asks(one), asks(other)
                found |= {(one.kind, path) for path in asked | told if asked.get(path) != told.get(path)}
                assert {"*", "Delete"}.isdisjoint(one.policies) == {"*", "Delete"}.isdisjoint(other.policies), key
    assert found == set(DIFFERENT)


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
