"""The identity of the VPC CNI: its own, so that pods cannot get at it through the node's role (SEC-23).

AWS maintains its policy together with the add-on; its actions on network interfaces are bound to nothing. A policy of
our own would have to follow every release of the add-on, and a missing action stops every new pod.

Source: EKS user guide, "Configure Amazon VPC CNI plugin to use IRSA", read 2026-08.
"""

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "aws-node"
MANAGED_POLICY = "AmazonEKS_CNI_Policy"
"""Name of the managed policy, for clusters whose pods have IPv4 addresses."""
