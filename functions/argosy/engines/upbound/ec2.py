"""EC2: the network."""

from __future__ import annotations

from argosy.data.network import AGGREGATION_SECONDS, EVERYWHERE, ROLE_TAGS
from argosy.engines.base import Context, Objects
from argosy.engines.upbound.envelope import ALL, NO_LATE_INITIALIZE, RENDERERS, managed, ref
from argosy.plan import Fact
from argosy.resources.network import FlowLog, InternetGateway, NatGateway, RouteTable, SecurityGroup, Subnet, Vpc
from argosy.resources.rds import DatabaseSecurityGroup
from argosy.unknown import later


@RENDERERS.renders(Vpc)
def vpc(resource: Vpc, context: Context) -> Objects:
    """The VPC, and its default security group without rules (SEC-32)."""
    yield managed(
        context,
        resource.key,
        "ec2/VPC",
        {"cidrBlock": str(resource.cidr), "enableDnsHostnames": True, "enableDnsSupport": True},
        external_name=later(resource.id),
    )
    yield managed(
        context,
        "default-security-group",
        "ec2/DefaultSecurityGroup",
        {"vpcIdRef": ref(context, resource), "ingress": [], "egress": []},
    )


@RENDERERS.renders(InternetGateway)
def internet_gateway(resource: InternetGateway, context: Context) -> Objects:
    """The internet gateway."""
    yield managed(context, resource.key, "ec2/InternetGateway", {"vpcIdRef": ref(context, resource.vpc)})


@RENDERERS.renders(Subnet)
def subnet(resource: Subnet, context: Context) -> Objects:
    """The subnet, and which route table it uses."""
    yield managed(
        context,
        resource.key,
        "ec2/Subnet",
        {
            "vpcIdRef": ref(context, resource.vpc),
            "cidrBlock": str(resource.cidr),
            "availabilityZone": resource.zone,
            "mapPublicIpOnLaunch": False,  # also not in public ones: only load balancers live there (SEC-31)
        },
        tags=ROLE_TAGS[resource.tier],
    )
    yield managed(
        context,
        resource.key.replace("subnet-", "route-table-association-", 1),
        "ec2/RouteTableAssociation",
        {"subnetIdRef": ref(context, resource), "routeTableIdRef": ref(context, resource.route_table)},
    )


@RENDERERS.renders(NatGateway)
def nat_gateway(resource: NatGateway, context: Context) -> Objects:
    """The NAT gateway, after its address."""
    address = f"elastic-ip-{resource.name}"
    yield managed(context, address, "ec2/EIP", {"domain": "vpc"})
    yield managed(
        context,
        resource.key,
        "ec2/NATGateway",
        {
            "connectivityType": "public",
            "allocationIdRef": ref(context, address),
            "subnetIdRef": ref(context, resource.subnet),
        },
        # late initialisation writes secondary addresses that the next update then refuses (field T5); without it the
        # provider never records the name, so that no route finds the gateway and a restart makes another one
        # (crossplane/upjet#531, provider-upjet-aws#1715)
        policies=NO_LATE_INITIALIZE,
        external_name=later(resource.id),
    )


@RENDERERS.renders(RouteTable)
def route_table(resource: RouteTable, context: Context) -> Objects:
    """The route table, and its route to everywhere else if it has one."""
    yield managed(context, resource.key, "ec2/RouteTable", {"vpcIdRef": ref(context, resource.vpc)})
    if resource.way_out is None:
        return
    gateway = "gatewayIdRef" if isinstance(resource.way_out, InternetGateway) else "natGatewayIdRef"
    yield managed(
        context,
        f"route-{resource.name}",
        "ec2/Route",
        {
            "routeTableIdRef": ref(context, resource),
            "destinationCidrBlock": EVERYWHERE,
            gateway: ref(context, resource.way_out),
        },
    )


@RENDERERS.renders(FlowLog)
def flow_log(resource: FlowLog, context: Context) -> Objects:
    """The flow log (SEC-33).

    The provider tells that it exists, not whether its records arrive: its status leaves out `DeliverLogsStatus`.
    """
    yield managed(
        context,
        resource.key,
        "ec2/FlowLog",
        {
            "vpcIdRef": ref(context, resource.vpc),
            "trafficType": resource.traffic.upper(),
            "logDestinationType": "cloud-watch-logs",
            "logDestinationRef": ref(context, resource.log_group),
            "iamRoleArnRef": ref(context, resource.role),
            "maxAggregationInterval": AGGREGATION_SECONDS,
        },
    )


@RENDERERS.renders(SecurityGroup)
def security_group(resource: SecurityGroup, context: Context) -> Objects:
    """The security group, and a rule for each of its doors."""
    yield managed(
        context,
        resource.key,
        "ec2/SecurityGroup",
        {"name": resource.name, "description": resource.description, "vpcIdRef": ref(context, resource.vpc)},
    )
    for rule in resource.ingress:
        yield managed(
            context,
            rule.key,
            "ec2/SecurityGroupIngressRule",
            {
                "securityGroupIdRef": ref(context, resource),
                "description": rule.description,
                "ipProtocol": "tcp",
                "fromPort": rule.port,
                "toPort": rule.port,
                "cidrIpv4": rule.cidr,
            },
        )


@RENDERERS.renders(DatabaseSecurityGroup)
def database_security_group(resource: DatabaseSecurityGroup, context: Context) -> Objects:
    """The security group, and its one door for the cluster's own security group."""
    yield from security_group(resource, context)
    yield managed(
        context,
        resource.rule_key,
        "ec2/SecurityGroupIngressRule",
        {
            "securityGroupIdRef": ref(context, resource),
            "description": resource.description,
            "ipProtocol": "tcp",
            "fromPort": resource.port,
            "toPort": resource.port,
            "referencedSecurityGroupId": context.fact(resource.cluster, Fact.SECURITY_GROUP),
        },
        policies=ALL,  # also where the group stays: EKS cannot delete a security group that a rule names
    )
