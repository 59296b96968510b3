"""What AWS does by itself when things go, and moto does not; and what is left on it."""

from __future__ import annotations

from itertools import chain
from typing import Any

from tests.ack.world import World


def chores(world: World, region: str) -> None:
    """Does what AWS would have done by now."""
    ec2 = world.aws("ec2", region)
    subnets = {subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]}
    for table in ec2.describe_route_tables()["RouteTables"]:
        for association in table["Associations"]:
            # a subnet takes its association along
            if association.get("SubnetId") not in (None, *subnets):
                ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    for group in ec2.describe_security_groups()["SecurityGroups"]:
        # EKS takes the cluster's security group along, as soon as nothing names it
        if group["GroupName"].startswith("eks-cluster-sg-") and not _named(ec2, group["GroupId"]):
            ec2.delete_security_group(GroupId=group["GroupId"])


def _named(ec2: Any, group: str) -> bool:
    rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
    return any(rule.get("ReferencedGroupInfo", {}).get("GroupId") == group for rule in rules)


def left(world: World, region: str) -> dict[str, set[str]]:
    """What claims could have made and is still on AWS, by kind of thing; roles are those of all regions."""
    ec2, iam = world.aws("ec2", region), world.aws("iam", region)
    kms, rds = world.aws("kms", region), world.aws("rds", region)
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    found = {
        "vpcs": {item["VpcId"] for item in ec2.describe_vpcs()["Vpcs"] if not item["IsDefault"]},
        "subnets": {item["SubnetId"] for item in ec2.describe_subnets()["Subnets"] if not item["DefaultForAz"]},
        "internet gateways": {
            item["InternetGatewayId"] for item in ec2.describe_internet_gateways()["InternetGateways"]
        },
        "NAT gateways": {
            item["NatGatewayId"] for item in ec2.describe_nat_gateways()["NatGateways"] if item["State"] != "deleted"
        },
        "addresses": {item["AllocationId"] for item in ec2.describe_addresses()["Addresses"]},
        "flow logs": {item["FlowLogId"] for item in ec2.describe_flow_logs()["FlowLogs"]},
        "launch templates": {item["LaunchTemplateId"] for item in ec2.describe_launch_templates()["LaunchTemplates"]},
        "roles": {item["RoleName"] for item in iam.list_roles()["Roles"]},
        "keys": {key["Arn"] for key in keys if key["KeyState"] == "Enabled"},
        "instances": {item["DBInstanceIdentifier"] for item in rds.describe_db_instances()["DBInstances"]},
        "clusters": {item["DBClusterIdentifier"] for item in rds.describe_db_clusters()["DBClusters"]},
        "subnet groups": {item["DBSubnetGroupName"] for item in rds.describe_db_subnet_groups()["DBSubnetGroups"]},
        "snapshots": {
            item.get("DBSnapshotIdentifier") or item["DBClusterSnapshotIdentifier"]
            for item in chain(
                rds.describe_db_snapshots()["DBSnapshots"], rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
            )
            if item["SnapshotType"] == "manual"
        },
    }
    return {name: items for name, items in found.items() if items}
