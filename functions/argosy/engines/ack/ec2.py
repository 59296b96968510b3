"""EC2: the network. What Upbound splits, ACK folds: routes, rules and associations stand in their owners."""

from __future__ import annotations

from argosy.data.network import AGGREGATION_SECONDS, EVERYWHERE, ROLE_TAGS
from argosy.engines.ack.envelope import RENDERERS, managed, ref
from argosy.engines.base import Context, Objects
from argosy.plan import Fact
from argosy.resources.network import FlowLog, InternetGateway, NatGateway, RouteTable, SecurityGroup, Subnet, Vpc
from argosy.resources.rds import DatabaseSecurityGroup
from argosy.settle import Manifest
from argosy.unknown import Json, owed


@RENDERERS.renders(Vpc)
def vpc(resource: Vpc, context: Context) -> Objects:
    """The VPC, whose default security group has no rules (SEC-32)."""
    yield managed(
        context,
        resource.key,
        "ec2/VPC",
        {
            "cidrBlocks": [str(resource.cidr)],
            "enableDNSHostnames": True,
            "enableDNSSupport": True,
            "disallowSecurityGroupDefaultRules": True,
        },
        found_by={"vpcID": resource.id},
    )


@RENDERERS.renders(InternetGateway)
def internet_gateway(resource: InternetGateway, context: Context) -> Objects:
    """The internet gateway."""
    yield managed(context, resource.key, "ec2/InternetGateway", {"vpcRef": ref(context, resource.vpc)})


@RENDERERS.renders(Subnet)
def subnet(resource: Subnet, context: Context) -> Objects:
    """The subnet, and which route table it uses."""
    yield managed(
        context,
        resource.key,
        "ec2/Subnet",
        {
            "vpcRef": ref(context, resource.vpc),
            "routeTableRefs": [ref(context, resource.route_table)],
            "cidrBlock": str(resource.cidr),
            "availabilityZone": resource.zone,
            "mapPublicIPOnLaunch": False,  # also not in public ones: only load balancers live there (SEC-31)
        },
        tags=ROLE_TAGS[resource.tier],
    )


@RENDERERS.renders(NatGateway)
def nat_gateway(resource: NatGateway, context: Context) -> Objects:
    """The NAT gateway, after its address."""
    address = f"elastic-ip-{resource.name}"
    yield managed(context, address, "ec2/ElasticIPAddress", {})
    yield managed(
        context,
        resource.key,
        "ec2/NATGateway",
        {
            "connectivityType": "public",
            "allocationRef": ref(context, address),
            "subnetRef": ref(context, resource.subnet),
        },
        found_by={"natGatewayID": resource.id},
    )


@RENDERERS.renders(RouteTable)
def route_table(resource: RouteTable, context: Context) -> Objects:
    """The route table, with its route to everywhere else if it has one."""
    routes: list[Json] = []  # also if there are none: a route that is only left out stays
    if resource.way_out is not None:
        gateway = "gatewayRef" if isinstance(resource.way_out, InternetGateway) else "natGatewayRef"
        routes = [{"destinationCIDRBlock": EVERYWHERE, gateway: ref(context, resource.way_out)}]
    yield managed(context, resource.key, "ec2/RouteTable", {"vpcRef": ref(context, resource.vpc), "routes": routes})


@RENDERERS.renders(FlowLog)
def flow_log(resource: FlowLog, context: Context) -> Objects:
    """The flow log (SEC-33); ACK has no reference to its VPC."""
    yield managed(
        context,
        resource.key,
        "ec2/FlowLog",
        {
            "resourceID": context.fact(resource.vpc, Fact.ID),
            "resourceType": "VPC",
            "trafficType": resource.traffic.upper(),
            "logDestinationType": "cloud-watch-logs",
            "logGroupRef": ref(context, resource.log_group),
            "deliverLogsPermissionRef": ref(context, resource.role),
            "maxAggregationInterval": AGGREGATION_SECONDS,
        },
    )


@RENDERERS.renders(SecurityGroup)
def security_group(resource: SecurityGroup, context: Context) -> Objects:
    """The security group with its doors: one permission for each port, as AWS tells them."""
    ports: dict[int, list[Json]] = {}
    for rule in sorted(resource.ingress, key=lambda rule: (rule.port, rule.cidr)):
        ports.setdefault(rule.port, []).append({"cidrIP": rule.cidr, "description": rule.description})
    yield _group(resource, context, [{**_tcp(port), "ipRanges": ranges} for port, ranges in ports.items()])


@RENDERERS.renders(DatabaseSecurityGroup)
def database_security_group(resource: DatabaseSecurityGroup, context: Context) -> Objects:
    """The security group with its one door, for the cluster's own security group, which is not there at the start.

    A group that stays on AWS loses its door before the cluster goes: EKS cannot delete a security group that a rule
    names.
    """
    cluster = owed(context.fact(resource.cluster, Fact.SECURITY_GROUP))
    pair: Manifest = {"groupID": cluster, "description": resource.description}
    yield _group(resource, context, [] if resource.shut else [{**_tcp(resource.port), "userIDGroupPairs": [pair]}])


def _group(resource: SecurityGroup, context: Context, ingress: list[Json]) -> tuple[str, Manifest]:
    return managed(
        context,
        resource.key,
        "ec2/SecurityGroup",
        {
            "name": resource.name,
            "description": resource.description,
            "vpcRef": ref(context, resource.vpc),
            "ingressRules": ingress,
            "egressRules": [],  # the rule that lets everything out, which AWS adds, is taken away
        },
    )


def _tcp(port: int) -> Manifest:
    return {"ipProtocol": "tcp", "fromPort": port, "toPort": port}
