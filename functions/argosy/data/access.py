"""EKS access policies: what an access entry may be given.

Source: EKS user guide, "Review access policy permissions", read 2026-08. They are no IAM policies and cannot be made
by users; an unknown name is refused by AWS only when the cluster stands.
"""

from __future__ import annotations

ACCESS_POLICIES: tuple[str, ...] = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSArgoCDClusterPolicy",
    "AmazonEKSArgoCDPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSHybridPolicy",
    "AmazonEKSViewPolicy",
)
"""Names of the access policies, sorted."""


def access_policy_arn(name: str, partition: str) -> str:
    """The ARN of an EKS access policy.

    Raises:
        KeyError: for a name that EKS does not have.
    """
    if name not in ACCESS_POLICIES:
        raise KeyError(name)
    return f"arn:{partition}:eks::aws:cluster-access-policy/{name}"
