"""Add-ons that EKS manages: who needs an identity, and what Auto Mode brings by itself.

Source: EKS user guide, "AWS add-ons" and "Enable EKS Auto Mode on existing EKS clusters", of autumn 2025, read
2026-08. The live source is `aws eks describe-addon-versions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RESOLVE_CONFLICTS_ON_CREATE = "OVERWRITE"
"""A cluster that was made with self-managed add-ons must not keep them beside ours (UPG-07)."""
RESOLVE_CONFLICTS_ON_UPDATE = "PRESERVE"
"""What a team changed in its cluster must survive an update (UPG-07)."""


@dataclass(frozen=True, kw_only=True)
class EksManagedAddon:
    """An add-on of EKS.

    Attributes:
        namespace: where it runs.
        service_account: what it calls AWS with, or None if it needs no identity.
        on_nodes: whether EKS calls it healthy only when a node runs it (a Deployment), so that it must come after
            the first nodes.
        in_auto_mode: whether Auto Mode brings it, for its own nodes.
    """

    namespace: str
    service_account: str | None
    on_nodes: bool
    in_auto_mode: bool


ADDONS: Mapping[str, EksManagedAddon] = {
    "amazon-cloudwatch-observability": EksManagedAddon(
        namespace="amazon-cloudwatch", service_account="cloudwatch-agent", on_nodes=True, in_auto_mode=False
    ),
    "aws-ebs-csi-driver": EksManagedAddon(
        namespace="kube-system", service_account="ebs-csi-controller-sa", on_nodes=True, in_auto_mode=True
    ),
    "aws-efs-csi-driver": EksManagedAddon(
        namespace="kube-system", service_account="efs-csi-controller-sa", on_nodes=True, in_auto_mode=False
    ),
    "aws-mountpoint-s3-csi-driver": EksManagedAddon(
        namespace="kube-system", service_account="s3-csi-driver-sa", on_nodes=False, in_auto_mode=False
    ),
    "coredns": EksManagedAddon(namespace="kube-system", service_account=None, on_nodes=True, in_auto_mode=True),
    "eks-node-monitoring-agent": EksManagedAddon(
        namespace="kube-system", service_account=None, on_nodes=False, in_auto_mode=True
    ),
    "eks-pod-identity-agent": EksManagedAddon(
        namespace="kube-system", service_account=None, on_nodes=False, in_auto_mode=True
    ),
    "kube-proxy": EksManagedAddon(namespace="kube-system", service_account=None, on_nodes=False, in_auto_mode=True),
    "metrics-server": EksManagedAddon(namespace="kube-system", service_account=None, on_nodes=True, in_auto_mode=False),
    "snapshot-controller": EksManagedAddon(
        namespace="kube-system", service_account=None, on_nodes=True, in_auto_mode=False
    ),
    "vpc-cni": EksManagedAddon(namespace="kube-system", service_account="aws-node", on_nodes=False, in_auto_mode=True),
}
