"""What the Cluster Autoscaler may do: resize this cluster's node groups.

EKS tags the Auto Scaling groups of its node groups with `kubernetes.io/cluster/<name>: owned`.

Source: kubernetes/autoscaler, `cluster-autoscaler/cloudprovider/aws/README.md`, "Full Cluster Autoscaler Features
Policy" (there the condition is optional); terraform-aws-modules/terraform-aws-eks-pod-identity,
`cluster_autoscaler.tf` of commit 066da8c. Read 2026-11-24.
"""

from __future__ import annotations

from argosy.policies.documents import ClusterIdentity, Statement, allow

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "cluster-autoscaler-sa"


def statements(cluster: ClusterIdentity) -> list[Statement]:
    """The autoscaler's statements, bound to one cluster's groups."""
    return [
        allow(
            "Read",
            [
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "autoscaling:DescribeTags",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:GetInstanceTypesFromInstanceRequirements",
            ],
            conditions=cluster.in_region,
        ),
        allow("ReadNodeGroups", ["eks:DescribeNodegroup"], cluster.regional("eks", f"nodegroup/{cluster.name}/*/*")),
        allow(
            "ScaleOwnGroups",
            ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            cluster.regional("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*"),
            {"StringEquals": {f"autoscaling:ResourceTag/kubernetes.io/cluster/{cluster.name}": "owned"}},
        ),
    ]
