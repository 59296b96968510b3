"""Managed resources for stories, written by hand: no renderer takes part."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import pytest

from argosy.simulator import Claim, Composite, Simulator
from argosy.simulator.flavours import CLUSTER_SCOPED, FLAVOURS, Flavour, group_of
from argosy.simulator.references import EXTERNAL_NAME
from argosy.simulator.server import KEY

Manifest = dict[str, Any]
REGION = "eu-west-1"
TRUST = '{"Version":"2012-10-17","Statement":[]}'
LOG_GROUP = "/aws/eks/orders/cluster"
CLAIMED = Composite(
    api_version="claims.fleet.argosy.dev/v1alpha1",
    name="orders-x7k2p",
    claim=Claim(kind="EKSCluster", namespace="team", name="orders"),
)
"""A composite that is cluster-scoped."""
LATER_VERSIONS = {
    "ec2/FlowLog": "v1beta2",
    "ec2/LaunchTemplate": "v1beta2",
    "ec2/Route": "v1beta2",
    "eks/Cluster": "v1beta2",
    "eks/NodeGroup": "v1beta2",
    "rds/Cluster": "v1beta2",
    "rds/Instance": "v1beta3",
}
"""Cluster-scoped kinds whose storage version is not v1beta1."""
FLOW_LOGS_TRUST = '{"Version":"2012-10-17","Statement":[{"Principal":{"Service":"vpc-flow-logs.amazonaws.com"}}]}'


def managed(
    path: str,
    key: str,
    fields: Manifest | None = None,
    *,
    name: str = "",
    policies: list[str] | None = None,
    initially: Manifest | None = None,
) -> Manifest:
    """A managed resource called like its key."""
    service, kind = path.split("/")
    region = {} if service == "iam" else {"region": REGION}
    item: Manifest = {
        "apiVersion": f"{service}.aws.m.upbound.io/v1beta1",
        "kind": kind,
        "metadata": {"name": key, "namespace": "team", "annotations": {KEY: key}},
        "spec": {
            "providerConfigRef": {"kind": "ProviderConfig", "name": "argosy"},
            "forProvider": {**region, **(fields or {})},
        },
    }
    if name:
        item["metadata"]["annotations"][EXTERNAL_NAME] = name
    if policies:
        item["spec"]["managementPolicies"] = policies
    if initially:
        item["spec"]["initProvider"] = initially
    return item


def of(flavour: Flavour, items: Iterable[Manifest]) -> list[Manifest]:
    """The same objects in that flavour; they are written as namespaced ones."""
    return [cluster_scoped(item) if flavour is CLUSTER_SCOPED else item for item in items]


def cluster_scoped(item: Manifest) -> Manifest:
    """The same managed resource, cluster-scoped. Its fields for AWS have the same shape."""
    twin = deepcopy(item)
    service, kind = group_of(item).partition(".")[0], item["kind"]
    twin["apiVersion"] = f"{service}.{CLUSTER_SCOPED.group}/{LATER_VERSIONS.get(f'{service}/{kind}', 'v1beta1')}"
    del twin["metadata"]["namespace"]
    twin["spec"]["providerConfigRef"] = {"name": item["spec"]["providerConfigRef"]["name"]}
    return twin


def simulator_of(flavour: Flavour, **given: Any) -> Simulator:
    """A simulator for a composite that may compose objects of that flavour."""
    return Simulator(composite=CLAIMED if flavour is CLUSTER_SCOPED else None, **given)


def both(function: Any) -> Any:
    """Marks a test that takes each flavour in turn."""
    return pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: flavour.group)(function)


def to(key: str, *, always: bool = False) -> Manifest:
    """A reference."""
    return {"name": key, "policy": {"resolve": "Always"}} if always else {"name": key}


def vpc(key: str = "vpc", cidr: str = "10.0.0.0/16") -> Manifest:
    return managed("ec2/VPC", key, {"cidrBlock": cidr})


def subnet(zone: str, cidr: str, vpc_key: str = "vpc") -> Manifest:
    fields = {"vpcIdRef": to(vpc_key), "cidrBlock": cidr, "availabilityZone": f"{REGION}{zone}"}
    return managed("ec2/Subnet", f"subnet-{zone}", fields)


def role(key: str = "role", trust: str = TRUST) -> Manifest:
    return managed("iam/Role", key, {"assumeRolePolicy": trust}, name=f"aws-{key}")


def log_group(admitted: str = LOG_GROUP) -> list[Manifest]:
    """A log group, and its key, whose policy lets CloudWatch Logs encrypt the group called `admitted`."""
    arn = f"arn:aws:logs:{REGION}:111122223333:log-group:{admitted}"
    policy = f'{{"Condition":{{"ArnEquals":{{"kms:EncryptionContext:aws:logs:arn":"{arn}"}}}}}}'
    group = managed("cloudwatchlogs/Group", "logs", {"kmsKeyIdRef": to("key")}, name=LOG_GROUP)
    return [managed("kms/Key", "key", {"enableKeyRotation": True, "policy": policy}), group]


def flow_log(key: str = "flow-log", **fields: Any) -> Manifest:
    references = {"vpcIdRef": to("vpc"), "logDestinationRef": to("logs"), "iamRoleArnRef": to("flow-logs")}
    return managed("ec2/FlowLog", key, {**references, "trafficType": "ALL", **fields})


def network() -> list[Manifest]:
    return [vpc(), subnet("a", "10.0.0.0/20"), subnet("b", "10.0.16.0/20")]


def cluster(**fields: Any) -> Manifest:
    """A cluster; `fields` on top."""
    config = {
        "version": "1.34",
        "roleArnRef": to("role"),
        "vpcConfig": {"subnetIdRefs": [to("subnet-a", always=True), to("subnet-b", always=True)]},
        **fields,
    }
    return managed("eks/Cluster", "cluster", config, name="orders")


def cluster_world(**fields: Any) -> list[Manifest]:
    """A cluster and all that it needs."""
    return [*network(), role(), cluster(**fields)]


def access() -> list[Manifest]:
    """An access entry for the role, and what it may do."""
    return [
        managed("eks/AccessEntry", "entry", {"clusterNameRef": to("cluster"), "principalArnFromRoleRef": to("role")}),
        managed(
            "eks/AccessPolicyAssociation",
            "association",
            {
                "clusterNameRef": to("cluster"),
                "principalArnRef": to("entry"),
                "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
                "accessScope": {"type": "cluster"},
            },
        ),
    ]


def node_group(**fields: Any) -> Manifest:
    config = {
        "clusterNameRef": to("cluster"),
        "nodeRoleArnRef": to("role"),
        "subnetIdRefs": [to("subnet-a", always=True)],
        "scalingConfig": {"minSize": 1, "maxSize": 3},
        **fields,
    }
    initially = {"scalingConfig": {"desiredSize": 1}}
    return managed("eks/NodeGroup", "group", config, name="general", initially=initially)


def live(simulator: Simulator, desired: list[Manifest], beats: int = 20) -> dict[str, Manifest]:
    """Applies the same answer for so many beats; what is observed then, by key."""
    for _ in range(beats):
        simulator.apply(desired)
        simulator.step()
    return by_key(simulator)


def by_key(simulator: Simulator) -> dict[str, Manifest]:
    return {item["metadata"]["annotations"][KEY]: item for item in simulator.observed()}


def told(item: Manifest) -> Manifest:
    """`status.atProvider`."""
    found: Manifest = item["status"]["atProvider"]
    return found


def condition(item: Manifest, kind: str) -> tuple[str, str, str]:
    """Status, reason and message of a condition; empty if there is none."""
    for found in item.get("status", {}).get("conditions", ()):
        if found["type"] == kind:
            return found["status"], found["reason"], found.get("message", "")
    return "", "", ""


def is_ready(item: Manifest) -> bool:
    return condition(item, "Ready")[0] == "True"


def external_name(item: Manifest) -> str | None:
    found: str | None = item["metadata"]["annotations"].get(EXTERNAL_NAME)
    return found
