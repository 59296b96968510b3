"""What every engine says of EKS in the same words, because they are the API's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from argosy.data.eks import TAINT_EFFECTS
from argosy.engines.base import Context
from argosy.plan import Fact
from argosy.resources.eks import AccessGrant, Cluster, NodeGroup
from argosy.settle import Manifest
from argosy.unknown import Json, Unknown

METADATA_OPTIONS: Mapping[str, Json] = {
    "httpEndpoint": "enabled",
    "httpTokens": "required",
    "httpPutResponseHopLimit": 1,
    "instanceMetadataTags": "disabled",
}
"""Of nodes: their metadata service is closed to pods (SEC-20, SEC-21)."""


def add_auto_mode(fields: Manifest, resource: Cluster, context: Context, role_field: str) -> None:
    """The three switches, which AWS wants changed together, and node pools with the role of their nodes (kinds 5.3).

    Args:
        fields: of the cluster; they get the switches.
        resource: the cluster.
        context: the claim's settings.
        role_field: what the engine calls the ARN of the nodes' role.
    """
    role, auto_mode = resource.auto_node_role, resource.auto_mode
    if auto_mode is None:
        return
    compute: Json = {"enabled": False, "nodePools": []}
    switch: Json = {"enabled": role is not None}
    if role is not None:
        arn = context.fact(role, Fact.ARN)
        unknown = isinstance(arn, Unknown)
        compute = arn if unknown else {"enabled": True, "nodePools": sorted(auto_mode.node_pools), role_field: arn}
        switch = arn if unknown else switch
    fields["computeConfig"] = compute
    fields["storageConfig"] = {"blockStorage": switch}
    network = cast("Manifest", fields["kubernetesNetworkConfig"])
    fields["kubernetesNetworkConfig"] = {**network, "elasticLoadBalancing": switch}


def taints(resource: NodeGroup) -> list[Json]:
    """The taints of a node group, in an order that means nothing."""
    return [
        {"key": taint.key, "effect": TAINT_EFFECTS[taint.effect]}
        | ({"value": taint.value} if taint.value is not None else {})
        for taint in sorted(resource.spec.taints, key=lambda taint: (taint.key, taint.effect))
    ]


def volumes(resource: NodeGroup, yes: Json) -> list[Json]:
    """The volumes of a launch template.

    Args:
        resource: the node group.
        yes: how the engine writes that something is so.
    """
    encrypted: Manifest = {"encrypted": yes, "deleteOnTermination": yes, "volumeType": "gp3"}
    return [
        {"deviceName": device, "ebs": {**encrypted, **({"volumeSize": size} if size is not None else {})}}
        for device, size in resource.volumes.items()
    ]


def access_scope(grant: AccessGrant) -> Json:
    """Where an access policy holds."""
    return {"type": "namespace", "namespaces": list(grant.namespaces)} if grant.namespaces else {"type": "cluster"}
