"""What cannot be run on one machine, and what is done instead: everything else is real.

Each line is asserted: one that is no longer needed fails as one that is missing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import yaml

from tests.ack.world import RUN, crd
from tests.schemas.schemas import Schema

Item = dict[str, Any]

NOT_BUILT = "the Go module proxy serves no version of its controller"
OF_THE_HUB = "no ACK: the hub stories run it"
NOT_RUN: Mapping[str, str] = {
    "AccessEntry": NOT_BUILT,
    "Addon": NOT_BUILT,
    "Cluster": NOT_BUILT,
    "LogGroup": NOT_BUILT,
    "Nodegroup": NOT_BUILT,
    "PodIdentityAssociation": NOT_BUILT,
    "Object": OF_THE_HUB,
    "Usage": OF_THE_HUB,
}
"""Composed kinds that stand-ins are observed of, and why."""

CRD_LACKS: Mapping[tuple[str, str], str] = {
    ("FlowLog", "spec.logGroupRef"): "came with ec2-controller v1.20.0; the log group's name is applied",
}
"""By kind, fields that the controllers which can be built do not have. The API server refuses them."""

MOTO_LACKS: Mapping[tuple[str, str], str] = {
    ("DBClusterParameterGroup", "spec.parameterOverrides"): "no DescribeEngineDefaultClusterParameters; left out",
    ("DBParameterGroup", "spec.parameterOverrides"): "no DescribeEngineDefaultParameters; left out",
    ("DBInstance", "spec.performanceInsightsEnabled"): "not told back of an instance without a cluster; left out",
}
"""By kind, fields that moto cannot carry out."""

SYNCED = ("ACK.ResourceSynced", "Ready", "Synced")


def is_run(item: Mapping[str, Any]) -> bool:
    """Whether a controller here makes an object."""
    return any((item["apiVersion"], item["kind"]) == (kind.api_version, kind.kind) for kind in RUN.values())


def adapted(item: Item, composed: Iterable[Mapping[str, Any]]) -> Item:
    """A composed object without the fields that are lacking."""
    made = copy.deepcopy(item)
    dropped = {path: made["spec"].pop(path.removeprefix("spec.")) for path in lacking(item)}
    if (ref := dropped.get("spec.logGroupRef")) is not None:
        (group,) = (other for other in composed if other["metadata"]["name"] == ref["from"]["name"])
        made["spec"]["logGroupName"] = group["spec"]["name"]
    return made


def lacking(item: Mapping[str, Any]) -> list[str]:
    """Paths of an object's fields that are lacking."""
    return [
        path
        for kind, path in (*CRD_LACKS, *MOTO_LACKS)
        if item["kind"] == kind and path.removeprefix("spec.") in item["spec"]
    ]


def refused(item: Item) -> set[str]:
    """Paths of an object's fields that the CustomResourceDefinition of the controller's module does not take."""
    return {problem.partition(":")[0] for problem in _schema(item["apiVersion"], item["kind"]).problems(item)}


@cache
def _schema(api_version: str, kind: str) -> Schema:
    (found,) = (run for run in RUN.values() if (run.api_version, run.kind) == (api_version, kind))
    return Schema(yaml.load(crd(found).read_text(), yaml.CSafeLoader), found.version)


def stand_in(item: Item, looked: str, region: str, cluster_group: str) -> Item:
    """What is observed of a composed object that nobody makes here: all is as desired.

    Args:
        item: the object as composed.
        looked: the time of its controller's last look.
        region: of the claim.
        cluster_group: id of the security group that EKS has made for the cluster.
    """
    metadata: Item = {"arn": f"arn:aws:stand-in:::{item['metadata']['name']}", "ownerAccountID": "123456789012"}
    status: Item = {
        "conditions": [{"type": name, "status": "True", "lastTransitionTime": looked} for name in SYNCED],
        "ackResourceMetadata": metadata,
        "status": "ACTIVE",
    }
    if item["kind"] == "Cluster":
        status |= {
            "endpoint": f"https://0123456789ABCDEF.gr7.{region}.eks.amazonaws.com",
            "certificateAuthority": {"data": "LS0tLS1CRUdJTg=="},
            "identity": {"oidc": {"issuer": f"https://oidc.eks.{region}.amazonaws.com/id/0123456789ABCDEF"}},
            "clusterSecurityGroupID": cluster_group,
        }
    if item["kind"] == "PodIdentityAssociation":
        status["associationID"] = "a-0123456789abcdef0"
    return {**item, "status": status}
