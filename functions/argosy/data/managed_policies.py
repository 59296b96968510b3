"""Managed policies of AWS that Argosy attaches, with their paths.

The path is part of the ARN and follows no rule; a wrong one is refused only when the role is made.

Source: AWS managed policy reference, as bundled in moto 5.2.5 (2026-09), read 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Mapping

PATHS: Mapping[str, str] = {
    "AmazonEC2ContainerRegistryPullOnly": "",
    "AmazonEKSBlockStoragePolicy": "",
    "AmazonEKSClusterPolicy": "",
    "AmazonEKSComputePolicy": "",
    "AmazonEKSLoadBalancingPolicy": "",
    "AmazonEKSNetworkingPolicy": "",
    "AmazonEKSWorkerNodeMinimalPolicy": "",
    "AmazonEKSWorkerNodePolicy": "",
    "AmazonEKS_CNI_Policy": "",
    "AmazonRDSEnhancedMonitoringRole": "service-role/",
    "AmazonSSMManagedInstanceCore": "",
}
"""Paths by name, as they stand in the ARN behind `policy/`."""


def managed_policy_arn(name: str, partition: str) -> str:
    """The ARN of a managed policy of AWS.

    Raises:
        KeyError: for a policy that is not in the table.
    """
    return f"arn:{partition}:iam::aws:policy/{PATHS[name]}{name}"
