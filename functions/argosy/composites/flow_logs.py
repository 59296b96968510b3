"""Flow logs of a cluster's network: what its interfaces let through and refuse (SEC-33)."""

from __future__ import annotations

from argosy.composites.design import Design
from argosy.composites.network import Network
from argosy.plan import Part, Resource
from argosy.policies.flow_logs import flow_logs_policy, flow_logs_trust
from argosy.resources.kms import Key
from argosy.resources.logs import LogGroup
from argosy.resources.network import FlowLog

ASKED_BY = "spec.network.flowLogs"


def log_group_name(design: Design) -> str:
    """Name of the log group. The key's policy holds it also while there are no flow logs.

    Else switching them on would ask for the group while the key still refuses it.
    """
    return f"/aws/vpc-flow-logs/{design.names.cluster}"


def plan(design: Design, network: Network, key: Key) -> tuple[Resource, ...]:
    """The flow log, with log group and role of its own, or nothing.

    Args:
        design: the cluster's.
        network: whose traffic is recorded.
        key: the cluster's, whose policy names the log group.
    """
    asked = design.spec.network.flow_logs
    if not asked.enabled:
        return ()
    name, region = log_group_name(design), design.spec.region
    log_group = LogGroup(
        key="log-group-flow-logs",
        serves=Part.NETWORK,
        asked_by=ASKED_BY,
        name=name,
        retention_days=asked.retention_days,
        encryption_key=key,
    )
    role = design.role(
        "role-flow-logs",
        serves=Part.NETWORK,
        asked_by=ASKED_BY,
        description=f"Flow logs of the VPC of EKS cluster {design.cluster_name}",
        trust=design.document(lambda account: flow_logs_trust(design.partition, region, account)),
        inline={
            "flow-logs": design.document(lambda account: flow_logs_policy(design.partition, region, account, name))
        },
    )
    flow_log = FlowLog(
        # the provider can change nothing of a flow log, so what a claim can choose is part of its name
        key=f"flow-log-{asked.traffic_type.lower()}",
        asked_by=ASKED_BY,
        vpc=network.vpc,
        traffic=asked.traffic_type,
        log_group=log_group,
        role=role,
    )
    return (role, log_group, flow_log)
