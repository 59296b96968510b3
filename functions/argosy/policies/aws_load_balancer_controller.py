"""What the AWS Load Balancer Controller may do: nothing to load balancers of another cluster.

The controller tags all that it makes with `elbv2.k8s.aws/cluster: <its --cluster-name>`. Upstream asks only that the
tag is there, so that in one account the controller of one cluster may delete another's load balancers. Here it must
have this cluster's name, nobody may set or take it later, and security groups must stand in this cluster's VPC.

Asks of whoever installs the controller:
- `clusterName` is the EKS cluster's name, and `region` and `vpcId` are set: nodes let no pod read their metadata;
- `enableWaf`, `enableWafv2` and `enableShield` are false: there is no condition that would bind `SetWebAcl` to a
  cluster, and the controller asks these services for every load balancer unless told not to;
- the feature gate `ListenerRulesTagging` stays on;
- a target group made elsewhere gets the tag by hand before a TargetGroupBinding names it.

Left out of upstream's actions: WAF, Shield, Cognito, IAM server certificates, Outposts' address pools. Certificates
of ACM may be read: the controller looks for one that fits an Ingress with TLS.

Source: kubernetes-sigs/aws-load-balancer-controller v2.13, `docs/install/iam_policy.json`; terraform-aws-modules/
terraform-aws-eks-pod-identity, `aws_lb_controller.tf` of commit c924c62; `ec2:Vpc`: the controller's
`docs/deploy/installation.md`. Read 2026-11-24.
"""

from __future__ import annotations

from argosy.policies.documents import ClusterIdentity, Conditions, Statement, allow

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "aws-load-balancer-controller-sa"

TAG = "elbv2.k8s.aws/cluster"
ELB = "elasticloadbalancing.amazonaws.com"

READS = (
    "acm:ListCertificates",
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeIpamPools",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "elasticloadbalancing:DescribeCapacityReservation",
    "elasticloadbalancing:DescribeListenerAttributes",
    "elasticloadbalancing:DescribeListenerCertificates",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeSSLPolicies",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "elasticloadbalancing:DescribeTrustStores",
)

BALANCER_CHANGES = (
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:ModifyCapacityReservation",
    "elasticloadbalancing:ModifyIpPools",
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
    "elasticloadbalancing:SetIpAddressType",
    "elasticloadbalancing:SetSecurityGroups",
    "elasticloadbalancing:SetSubnets",
)
TARGET_GROUP_CHANGES = (
    "elasticloadbalancing:DeleteTargetGroup",
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:ModifyTargetGroupAttributes",
    "elasticloadbalancing:RegisterTargets",
)
LISTENER_CHANGES = (
    "elasticloadbalancing:AddListenerCertificates",
    "elasticloadbalancing:DeleteListener",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyListenerAttributes",
    "elasticloadbalancing:RemoveListenerCertificates",
)
RULE_CHANGES = (
    "elasticloadbalancing:DeleteRule",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:SetRulePriorities",
)


def statements(cluster: ClusterIdentity) -> list[Statement]:
    """The controller's statements, bound to one cluster and its VPC."""
    return [
        allow("Read", READS, conditions=cluster.in_region),
        allow("ReadCertificates", ["acm:DescribeCertificate"], cluster.regional("acm", "certificate/*")),
        allow("ReadVpc", ["ec2:GetSecurityGroupsForVpc"], cluster.vpc_arn),
        allow(
            "CreateServiceLinkedRole",
            ["iam:CreateServiceLinkedRole"],
            f"arn:{cluster.partition}:iam::{cluster.account}:role/aws-service-role/{ELB}/*",
            {"StringEquals": {"iam:AWSServiceName": ELB}},
        ),
        *_load_balancers(cluster),
        *_security_groups(cluster),
    ]


def _load_balancers(cluster: ClusterIdentity) -> list[Statement]:
    balancers = _arns(cluster, "loadbalancer/app/*/*", "loadbalancer/net/*/*")
    groups = _arns(cluster, "targetgroup/*/*")
    listeners = _arns(cluster, "listener/app/*/*/*", "listener/net/*/*/*")
    rules = _arns(cluster, "listener-rule/app/*/*/*", "listener-rule/net/*/*/*")
    mine, asked = f"aws:ResourceTag/{TAG}", f"aws:RequestTag/{TAG}"
    retag = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
    own = {"StringEquals": {mine: cluster.name}}
    return [
        allow(
            "Create",
            ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"],
            [*balancers, *groups],
            {"StringEquals": {asked: cluster.name}},
        ),
        allow(  # a listener without the tag could never be changed again, so it must not be made
            "CreateInOwn",
            ["elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule"],
            [*balancers, *listeners],
            {"StringEquals": {asked: cluster.name, mine: cluster.name}},
        ),
        _tag_new(cluster, "TagNew", [*balancers, *groups], ["CreateLoadBalancer", "CreateTargetGroup"]),
        _tag_new(cluster, "TagNewInOwn", [*listeners, *rules], ["CreateListener", "CreateRule"]),
        allow("TagOwn", retag, [*balancers, *groups, *listeners, *rules], _retag(cluster)),
        allow("ChangeOwnBalancer", BALANCER_CHANGES, balancers, own),
        allow("ChangeOwnTargetGroup", TARGET_GROUP_CHANGES, groups, own),
        allow("ChangeOwnListener", LISTENER_CHANGES, listeners, own),
        allow("ChangeOwnRule", RULE_CHANGES, rules, own),
    ]


def _arns(cluster: ClusterIdentity, *kinds: str) -> list[str]:
    return [cluster.regional("elasticloadbalancing", kind) for kind in kinds]


def _tag_new(cluster: ClusterIdentity, sid: str, arns: list[str], makes: list[str]) -> Statement:
    """Tags at creation only: else the controller could tag a foreign thing into its own reach."""
    asked = {f"aws:RequestTag/{TAG}": cluster.name, "elasticloadbalancing:CreateAction": makes}
    return allow(sid, ["elasticloadbalancing:AddTags"], arns, {"StringEquals": asked})


def _security_groups(cluster: ClusterIdentity) -> list[Statement]:
    groups = cluster.regional("ec2", "security-group/*")
    rules = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
    mine, asked = f"aws:ResourceTag/{TAG}", f"aws:RequestTag/{TAG}"
    return [
        allow("CreateGroupInVpc", ["ec2:CreateSecurityGroup"], cluster.vpc_arn),
        allow("CreateGroup", ["ec2:CreateSecurityGroup"], groups, {"StringEquals": {asked: cluster.name}}),
        allow(
            "TagNewGroup",
            ["ec2:CreateTags"],
            groups,
            {"StringEquals": {asked: cluster.name, "ec2:CreateAction": "CreateSecurityGroup"}},
        ),
        allow("TagOwnGroup", ["ec2:CreateTags", "ec2:DeleteTags"], groups, _retag(cluster)),
        allow("ChangeOwnGroup", [*rules, "ec2:DeleteSecurityGroup"], groups, {"StringEquals": {mine: cluster.name}}),
        allow(  # the cluster's own group, which EKS tags, must let load balancers in
            "OpenClusterGroup",
            rules,
            groups,
            {
                "ArnEquals": {"ec2:Vpc": cluster.vpc_arn},
                "StringEquals": {f"aws:ResourceTag/kubernetes.io/cluster/{cluster.name}": "owned"},
            },
        ),
    ]


def _retag(cluster: ClusterIdentity) -> Conditions:
    """Tags of one's own things may change, but not the tag that makes them one's own.

    Taking a tag away carries no values, so that only `aws:TagKeys` sees it.
    """
    return {
        "StringEquals": {f"aws:ResourceTag/{TAG}": cluster.name},
        "Null": {f"aws:RequestTag/{TAG}": "true", "aws:TagKeys": "false"},
        "ForAllValues:StringNotEquals": {"aws:TagKeys": TAG},
    }
