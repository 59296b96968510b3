"""Objects of ACK for stories, written by hand: no renderer takes part. They are called as those of `objects.py`."""

from __future__ import annotations

from typing import Any

from argosy.simulator.server import KEY
from tests.simulator.objects import FLOW_LOGS_TRUST, LOG_GROUP, REGION, TRUST, Manifest

REGION_ANNOTATION = "services.k8s.aws/region"


def ack(path: str, key: str, spec: Manifest | None = None, **annotations: str) -> Manifest:
    """An object called like its key; annotations by the end of their name, such as `deletion_policy`."""
    service, kind = path.split("/")
    return {
        "apiVersion": f"{service}.services.k8s.aws/v1alpha1",
        "kind": kind,
        "metadata": {
            "name": key,
            "namespace": "team",
            "annotations": {
                KEY: key,
                REGION_ANNOTATION: REGION,
                **{_annotation(name): value for name, value in annotations.items()},
            },
        },
        "spec": spec or {},
    }


def _annotation(name: str) -> str:
    service, _, rest = name.partition("__")
    domain = f"{service}.services.k8s.aws" if rest else "services.k8s.aws"
    return f"{domain}/{(rest or service).replace('_', '-')}"


def to(key: str) -> Manifest:
    """A reference."""
    return {"from": {"name": key}}


def vpc(key: str = "vpc", **spec: Any) -> Manifest:
    return ack("ec2/VPC", key, {"cidrBlocks": ["10.0.0.0/16"], **spec})


def subnet(zone: str, cidr: str, **spec: Any) -> Manifest:
    fields = {"vpcRef": to("vpc"), "cidrBlock": cidr, "availabilityZone": f"{REGION}{zone}", **spec}
    return ack("ec2/Subnet", f"subnet-{zone}", fields)


def role(key: str = "role", trust: str = TRUST, **spec: Any) -> Manifest:
    return ack("iam/Role", key, {"name": f"aws-{key}", "assumeRolePolicyDocument": trust, **spec})


def log_group() -> list[Manifest]:
    """A log group, and its key, whose policy lets CloudWatch Logs encrypt it."""
    arn = f"arn:aws:logs:{REGION}:111122223333:log-group:{LOG_GROUP}"
    policy = f'{{"Condition":{{"ArnEquals":{{"kms:EncryptionContext:aws:logs:arn":"{arn}"}}}}}}'
    return [
        ack("kms/Key", "key", {"enableKeyRotation": True, "policy": policy}),
        ack("cloudwatchlogs/LogGroup", "logs", {"name": LOG_GROUP, "kmsKeyRef": to("key"), "retentionDays": 90}),
    ]


def network() -> list[Manifest]:
    return [vpc(), subnet("a", "10.0.0.0/20"), subnet("b", "10.0.16.0/20")]


def ways_out() -> list[Manifest]:
    """A public and a private way to the Internet, and a subnet on each."""
    return [
        vpc(),
        ack("ec2/InternetGateway", "internet-gateway", {"vpcRef": to("vpc")}),
        ack("ec2/ElasticIPAddress", "address"),
        ack("ec2/NATGateway", "nat", {"allocationRef": to("address"), "subnetRef": to("subnet-a")}),
        route_table("public", gatewayRef=to("internet-gateway")),
        route_table("private", natGatewayRef=to("nat")),
        subnet("a", "10.0.0.0/20", routeTableRefs=[to("public")]),
        subnet("b", "10.0.16.0/20", routeTableRefs=[to("private")]),
    ]


def route_table(key: str, **way: Any) -> Manifest:
    routes = [{"destinationCIDRBlock": "0.0.0.0/0", **way}]
    return ack("ec2/RouteTable", key, {"vpcRef": to("vpc"), "routes": routes})


def security_group(*rules: Manifest, key: str = "group") -> Manifest:
    spec = {"name": key, "description": key, "vpcRef": to("vpc"), "ingressRules": list(rules)}
    return ack("ec2/SecurityGroup", key, spec)


def flow_log(vpc_id: str) -> list[Manifest]:
    """A flow log of a VPC, and the role and log group that it needs."""
    spec = {
        "resourceID": vpc_id,
        "resourceType": "VPC",
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logGroupRef": to("logs"),
        "deliverLogsPermissionRef": to("flow-logs"),
    }
    return [*log_group(), role("flow-logs", FLOW_LOGS_TRUST), ack("ec2/FlowLog", "flow-log", spec)]


AUTO_MODE: Manifest = {
    "computeConfig": {"enabled": True, "nodePools": ["system"]},
    "storageConfig": {"blockStorage": {"enabled": True}},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    "bootstrapSelfManagedAddons": False,
}
"""All three switches on: of such a cluster AWS tells nothing that the object does not say."""


def cluster(**spec: Any) -> Manifest:
    """A cluster; `spec` on top."""
    config = {
        "name": "orders",
        "version": "1.34",
        "roleRef": to("role"),
        "resourcesVPCConfig": {"subnetRefs": [to("subnet-a"), to("subnet-b")]},
        **spec,
    }
    return ack("eks/Cluster", "cluster", config)


def cluster_world(**spec: Any) -> list[Manifest]:
    """A cluster and all that it needs."""
    return [*network(), role(), cluster(**spec)]


def node_group(**spec: Any) -> Manifest:
    config = {
        "name": "general",
        "clusterRef": to("cluster"),
        "nodeRoleRef": to("role"),
        "subnetRefs": [to("subnet-a")],
        "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1},
        **spec,
    }
    return ack("eks/Nodegroup", "node-group", config)


def addon(name: str = "vpc-cni", **spec: Any) -> Manifest:
    return ack("eks/Addon", f"addon-{name}", {"name": name, "clusterRef": to("cluster"), **spec})


def access(principal: str = "arn:aws:iam::111122223333:role/people") -> Manifest:
    """An access entry, and what it may do."""
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    spec = {
        "clusterRef": to("cluster"),
        "principalARN": principal,
        "accessPolicies": [{"policyARN": policy, "accessScope": {"type": "cluster"}}],
    }
    return ack("eks/AccessEntry", "entry", spec)


def pod_identity() -> Manifest:
    spec = {"clusterRef": to("cluster"), "roleRef": to("role"), "namespace": "shop", "serviceAccount": "orders"}
    return ack("eks/PodIdentityAssociation", "association", spec)


def launch_template(**spec: Any) -> Manifest:
    volume = {"deviceName": "/dev/xvda", "ebs": {"encrypted": True, "volumeSize": 20}}
    tags = [{"resourceType": "instance", "tags": [{"key": "team", "value": "orders"}]}]
    data = {"metadataOptions": {"httpTokens": "required"}, "blockDeviceMappings": [volume], "tagSpecifications": tags}
    return ack("ec2/LaunchTemplate", "template", {"name": "nodes", "versionDescription": "first", "data": data, **spec})


def database_world(*databases: Manifest) -> list[Manifest]:
    """Databases and all that they need."""
    subnets = {"name": "data", "description": "data", "subnetRefs": [to("subnet-a"), to("subnet-b")]}
    parameters = {"name": "data", "description": "data", "parameterOverrides": {"rds.force_ssl": "1"}}
    return [
        *network(),
        security_group(door(5432)),
        ack("kms/Key", "key"),
        ack("rds/DBSubnetGroup", "subnets", subnets),
        ack("rds/DBParameterGroup", "parameters", {"family": "postgres17", **parameters}),
        ack("rds/DBClusterParameterGroup", "cluster-parameters", {"family": "aurora-postgresql17", **parameters}),
        *databases,
    ]


def door(port: int) -> Manifest:
    return {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipRanges": [{"cidrIP": "10.0.0.0/8"}]}


def _database(**spec: Any) -> Manifest:
    return {
        "dbSubnetGroupRef": to("subnets"),
        "vpcSecurityGroupRefs": [to("group")],
        "storageEncrypted": True,
        "kmsKeyRef": to("key"),
        "manageMasterUserPassword": True,
        "masterUserSecretKMSKeyRef": to("key"),
        "masterUsername": "root",
        **spec,
    }


def instance(**spec: Any) -> Manifest:
    """A database server of its own; `spec` on top."""
    own = {
        "dbInstanceIdentifier": "orders",
        "dbInstanceClass": "db.t4g.medium",
        "engine": "postgres",
        "engineVersion": "17",
        "dbParameterGroupRef": to("parameters"),
    }
    return ack("rds/DBInstance", "instance", _database(**{**own, **spec}))


def aurora(**spec: Any) -> Manifest:
    """A database cluster; `spec` on top."""
    own = {
        "dbClusterIdentifier": "shop",
        "engine": "aurora-postgresql",
        "engineVersion": "17",
        "dbClusterParameterGroupRef": to("cluster-parameters"),
    }
    return ack("rds/DBCluster", "aurora", _database(**{**own, **spec}))


def member(zone: str = "a") -> Manifest:
    """A server of the database cluster."""
    spec = {
        "dbInstanceIdentifier": f"shop-{zone}",
        "dbClusterIdentifier": "shop",
        "dbInstanceClass": "db.t4g.medium",
        "engine": "aurora-postgresql",
        "dbSubnetGroupRef": to("subnets"),
    }
    return ack("rds/DBInstance", f"member-{zone}", spec)


def said(item: Manifest, kind: str) -> tuple[str, str, str]:
    """Status, reason and message of a condition; empty if there is none."""
    for found in item.get("status", {}).get("conditions", ()):
        if found["type"] == kind:
            return found["status"], found.get("reason", ""), found.get("message", "")
    return "", "", ""


def kinds_said(item: Manifest) -> list[tuple[str, str]]:
    """Types and statuses of all conditions, in their order."""
    return [(found["type"], found["status"]) for found in item.get("status", {}).get("conditions", ())]


def is_synced(item: Manifest) -> bool:
    return said(item, "ACK.ResourceSynced")[0] == "True"
