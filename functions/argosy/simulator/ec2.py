"""EC2: the network and launch templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.aws import Account, Needed, Refusal, Thing, User, arn, hexadecimal
from argosy.simulator.kind import Extract, InUse, Kind, Named, Unique, paths, ref
from argosy.simulator.values import Values, at, digest

DEPENDENCY = "DependencyViolation"

NEEDS_VPC = Needed(
    path=("vpcId",), kind="ec2/VPC", code="InvalidVpcID.NotFound", message="The vpc ID '{value}' does not exist"
)


def needs_subnets(*path: str) -> Needed:
    """A field that must hold one or more subnet ids."""
    return Needed(
        path=path,
        kind="ec2/Subnet",
        code="InvalidSubnetID.NotFound",
        message="The subnet ID '{value}' does not exist",
    )


def needs_groups(*path: str) -> Needed:
    """A field that must hold one or more security group ids."""
    return Needed(
        path=path,
        kind="ec2/SecurityGroup",
        code="InvalidGroup.NotFound",
        message="The security group '{value}' does not exist",
    )


_DIRECTIONS = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "central": "c",
    "northeast": "ne",
    "southeast": "se",
    "northwest": "nw",
    "southwest": "sw",
}


def zone_id(zone: str) -> str:
    """`eu-west-1a` as `euw1-az1`. AWS shuffles the numbers for each account; here they follow the letters."""
    *area, direction, number = zone[:-1].split("-")
    short = "".join(part[:2] if index == 0 else part[:1] for index, part in enumerate(area))
    return f"{short}{_DIRECTIONS[direction]}{number}-az{ord(zone[-1]) - ord('a') + 1}"


def _id(prefix: str) -> Any:
    """Identities such as `vpc-0a1b2c3d4e5f67890`."""

    def identify(_: Mapping[str, Any], __: str, seed: str) -> str:
        return f"{prefix}-{hexadecimal(17, prefix, seed)}"

    return identify


def default_group_id(vpc: str) -> str:
    """The security group that comes with a VPC."""
    return f"sg-{hexadecimal(17, 'default security group', vpc)}"


def _owned(word: str) -> Any:
    """ARN and owner of what has both."""

    def make(thing: Thing, account: Account) -> Values:
        return {
            "arn": arn("ec2", thing.region, account.number, f"{word}/{thing.identity}"),
            "ownerId": account.number,
        }

    return make


def _vpc(thing: Thing, account: Account) -> Values:
    table = f"rtb-{hexadecimal(17, 'main route table', thing.identity)}"
    return {
        **_owned("vpc")(thing, account),
        "defaultSecurityGroupId": default_group_id(thing.identity),
        "defaultNetworkAclId": f"acl-{hexadecimal(17, 'default network acl', thing.identity)}",
        "defaultRouteTableId": table,
        "mainRouteTableId": table,
        "dhcpOptionsId": f"dopt-{hexadecimal(17, account.number, thing.region)}",
    }


def _subnet(thing: Thing, account: Account) -> Values:
    zone = thing.fields.get("availabilityZone") or f"{thing.region}a"
    return {**_owned("subnet")(thing, account), "availabilityZone": zone, "availabilityZoneId": zone_id(zone)}


def _eip(thing: Thing, account: Account) -> Values:
    number = int(digest(thing.identity)[:4], 16)
    address = f"198.18.{number // 256}.{number % 256}"  # the range for tests (RFC 2544): never a real one
    place = "compute-1" if thing.region == "us-east-1" else f"{thing.region}.compute"
    return {
        "allocationId": thing.identity,
        "arn": arn("ec2", thing.region, account.number, f"elastic-ip/{thing.identity}"),
        "publicIp": address,
        "publicDns": f"ec2-{address.replace('.', '-')}.{place}.amazonaws.com",
    }


def _nat(thing: Thing, account: Account) -> Values:
    eip = account.find("ec2/EIP", thing.region, thing.fields.get("allocationId", ""))
    made: Values = {
        "networkInterfaceId": f"eni-{hexadecimal(17, 'eni', thing.identity)}",
        "privateIp": f"10.0.0.{int(digest(thing.identity)[:2], 16)}",
    }
    if eip is not None:
        made["publicIp"] = eip.made["publicIp"]
        made["associationId"] = f"eipassoc-{hexadecimal(17, 'association', thing.identity)}"
    return made


def _nat_defaults(thing: Thing, account: Account) -> Values:
    subnet = account.find("ec2/Subnet", thing.region, thing.fields.get("subnetId", ""))
    return {
        "availabilityMode": "zonal",
        "connectivityType": "public",
        "secondaryPrivateIpAddressCount": 0,
        **({"vpcId": subnet.fields["vpcId"]} if subnet is not None else {}),
    }


def _check_nat(thing: Thing, asked: Mapping[str, Any], _: Account) -> None:
    if asked.get("vpcId") and thing.fields["availabilityMode"] == "zonal":
        # late initialisation writes vpcId; whoever makes the gateway again with it is refused
        raise Refusal("MissingParameter", "VpcId is not supported for a NAT gateway with availability mode zonal")
    if thing.fields["connectivityType"] == "public" and not thing.fields.get("allocationId"):
        raise Refusal("MissingParameter", "The request must contain the parameter AllocationId")


def _check_gateway_delete(thing: Thing, _: Mapping[str, Any], account: Account) -> None:
    """A gateway stays as long as public addresses of its VPC go through it."""
    subnets = {
        subnet.identity
        for subnet in account.all("ec2/Subnet", thing.region)
        if subnet.fields.get("vpcId") == thing.fields.get("vpcId")
    }
    if any(nat.fields.get("subnetId") in subnets for nat in account.all("ec2/NATGateway", thing.region)):
        raise Refusal(
            DEPENDENCY,
            f"Network {thing.fields.get('vpcId')} has some mapped public address(es). Please unmap those public "
            "address(es) before detaching the gateway.",
        )


def _destination(fields: Mapping[str, Any]) -> str:
    names = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
    return next((str(fields[name]) for name in names if fields.get(name)), "")


def _route(fields: Mapping[str, Any], _: str, __: str) -> str:
    return f"{fields.get('routeTableId')}_{_destination(fields)}"


ROUTE_TARGETS = (
    "gatewayId",
    "natGatewayId",
    "egressOnlyGatewayId",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
    "networkInterfaceId",
)


def _check_route(thing: Thing, _: Mapping[str, Any], __: Account) -> None:
    if not _destination(thing.fields):
        raise Refusal("MissingParameter", "The request must contain the parameter destinationCidrBlock")
    if not any(thing.fields.get(name) for name in ROUTE_TARGETS):
        raise Refusal("MissingParameter", "The request must contain exactly one route target")


def _made_route(thing: Thing, _: Account) -> Values:
    table, place = thing.fields["routeTableId"], _destination(thing.fields)
    return {
        "id": f"r-{table}{int(digest(place)[:8], 16)}",
        "origin": "CreateRoute",
        "state": "active",
    }


FLOW_LOG_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)


def _flow_log(thing: Thing, account: Account) -> Values:
    return {"arn": arn("ec2", thing.region, account.number, f"vpc-flow-log/{thing.identity}")}


def _check_flow_log(thing: Thing, _: Mapping[str, Any], account: Account) -> None:
    """AWS tries to assume the role, not to write: what fails then, the provider leaves out (`DeliverLogsStatus`)."""
    role = account.named("iam/Role", thing.region, "arn", thing.fields.get("iamRoleArn", ""))
    if role is None or '"vpc-flow-logs.amazonaws.com"' not in role.fields["assumeRolePolicy"]:
        raise Refusal("InvalidParameter", "Unable to assume given IAM role")


def _rule(thing: Thing, account: Account) -> Values:
    return {
        "arn": arn("ec2", thing.region, account.number, f"security-group-rule/{thing.identity}"),
        "securityGroupRuleId": thing.identity,
    }


def _group(thing: Thing, account: Account) -> Values:
    return {**_owned("security-group")(thing, account), "ingress": [], "egress": []}


def _default_group(thing: Thing, account: Account) -> Values:
    return {
        **_owned("security-group")(thing, account),
        "name": "default",
        "description": "default VPC security group",
    }


def _template(thing: Thing, account: Account) -> Values:
    latest = thing.made.get("latestVersion", 0) + 1
    moves = thing.fields.get("updateDefaultVersion") or latest == 1
    return {
        "arn": arn("ec2", thing.region, account.number, f"launch-template/{thing.identity}"),
        "latestVersion": latest,
        "defaultVersion": latest if moves else thing.made.get("defaultVersion", 1),
    }


def _dependencies(word: str, *users: User) -> InUse:
    return InUse(
        users=users, code=DEPENDENCY, message=f"The {word} '{{identity}}' has dependencies and cannot be deleted."
    )


_SECURITY_GROUP_USERS = (
    User(kind="eks/Cluster", path=("vpcConfig", "securityGroupIds")),
    User(kind="rds/Instance", path=("vpcSecurityGroupIds",)),
    User(kind="rds/Cluster", path=("vpcSecurityGroupIds",)),
    User(kind="ec2/LaunchTemplate", path=("vpcSecurityGroupIds",)),
    User(kind="ec2/SecurityGroupIngressRule", path=("referencedSecurityGroupId",)),
    User(kind="ec2/SecurityGroupEgressRule", path=("referencedSecurityGroupId",)),
)


def _security_group_rule(kind: str, operation: str) -> Kind:
    return Kind(
        service="ec2",
        kind=kind,
        label="EC2",
        operation=operation,
        named=Named.BY_AWS,
        identify=_id("sgr"),
        references=(
            ref("securityGroupIdRef", "ec2/SecurityGroup"),
            ref("referencedSecurityGroupIdRef", "ec2/SecurityGroup"),
        ),
        required=paths("securityGroupId", "ipProtocol"),
        fixed=paths("securityGroupId"),
        needed=(needs_groups("securityGroupId"),),
        unique=Unique(
            paths=paths("securityGroupId", "ipProtocol", "fromPort", "toPort", "cidrIpv4", "referencedSecurityGroupId"),
            code="InvalidPermission.Duplicate",
            message="the specified rule already exists ({identity})",
        ),
        make=_rule,
    )


EC2 = (
    Kind(
        service="ec2",
        kind="VPC",
        label="EC2",
        operation="Vpc",
        named=Named.BY_AWS,
        identify=_id("vpc"),
        required=paths("cidrBlock"),
        fixed=paths("cidrBlock", "instanceTenancy"),
        defaults=lambda _, __: {
            "instanceTenancy": "default",
            "enableDnsSupport": True,
            "enableDnsHostnames": False,
            "enableNetworkAddressUsageMetrics": False,
            "assignGeneratedIpv6CidrBlock": False,
        },
        not_late=frozenset({"cidrBlock", "ipv6CidrBlock"}),
        make=_vpc,
        in_use=_dependencies(
            "vpc",
            *(
                User(kind=f"ec2/{kind}", path=("vpcId",))
                for kind in ("Subnet", "InternetGateway", "RouteTable", "SecurityGroup")
            ),
        ),
        takes=(User(kind="ec2/DefaultSecurityGroup", path=("vpcId",)),),
    ),
    Kind(
        service="ec2",
        kind="DefaultSecurityGroup",
        label="EC2",
        operation="SecurityGroup",
        named=Named.COMPUTED,
        identify=lambda fields, _, __: default_group_id(str(fields.get("vpcId"))),
        references=(ref("vpcIdRef", "ec2/VPC"),),
        required=paths("vpcId"),
        fixed=paths("vpcId"),
        needed=(NEEDS_VPC,),
        make=_default_group,
    ),
    Kind(
        service="ec2",
        kind="Subnet",
        label="EC2",
        operation="Subnet",
        named=Named.BY_AWS,
        identify=_id("subnet"),
        references=(ref("vpcIdRef", "ec2/VPC"),),
        required=paths("vpcId", "cidrBlock"),
        fixed=paths("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "outpostArn"),
        needed=(NEEDS_VPC,),
        unique=Unique(
            paths=paths("vpcId", "cidrBlock"),
            code="InvalidSubnet.Conflict",
            message="The CIDR conflicts with another subnet ({identity})",
        ),
        defaults=lambda _, __: {
            "assignIpv6AddressOnCreation": False,
            "enableDns64": False,
            "enableResourceNameDnsARecordOnLaunch": False,
            "enableResourceNameDnsAaaaRecordOnLaunch": False,
            "ipv6Native": False,
            "mapPublicIpOnLaunch": False,
            "privateDnsHostnameTypeOnLaunch": "ip-name",
        },
        not_late=frozenset({"availabilityZoneId"}),
        make=_subnet,
        in_use=_dependencies(
            "subnet",
            User(kind="ec2/NATGateway", path=("subnetId",)),
            User(kind="eks/Cluster", path=("vpcConfig", "subnetIds")),
            User(kind="eks/NodeGroup", path=("subnetIds",)),
        ),
        takes=(User(kind="ec2/RouteTableAssociation", path=("subnetId",)),),
    ),
    Kind(
        service="ec2",
        kind="InternetGateway",
        label="EC2",
        operation="InternetGateway",
        named=Named.BY_AWS,
        identify=_id("igw"),
        references=(ref("vpcIdRef", "ec2/VPC"),),
        needed=(NEEDS_VPC,),
        make=_owned("internet-gateway"),
        check_delete=_check_gateway_delete,
    ),
    Kind(
        service="ec2",
        kind="EIP",
        label="EC2",
        operation="Address",
        named=Named.BY_AWS,
        identify=_id("eipalloc"),
        fixed=paths("domain", "networkBorderGroup", "publicIpv4Pool"),
        defaults=lambda thing, _: {
            "domain": "vpc",
            "networkBorderGroup": thing.region,
            "publicIpv4Pool": "amazon",
        },
        make=_eip,
        in_use=InUse(
            users=(User(kind="ec2/NATGateway", path=("allocationId",)),),
            code="InvalidIPAddress.InUse",
            message="The address '{identity}' is in use.",
        ),
    ),
    Kind(
        service="ec2",
        kind="NATGateway",
        label="EC2",
        operation="NatGateway",
        named=Named.BY_AWS,
        identify=_id("nat"),
        references=(
            ref("vpcIdRef", "ec2/VPC"),
            ref("subnetIdRef", "ec2/Subnet"),
            ref("allocationIdRef", "ec2/EIP"),
        ),
        required=paths("subnetId"),
        fixed=paths("subnetId", "allocationId", "connectivityType", "availabilityMode", "vpcId"),
        needed=(
            needs_subnets("subnetId"),
            Needed(
                path=("allocationId",),
                kind="ec2/EIP",
                code="InvalidAllocationID.NotFound",
                message="The allocation ID '{value}' does not exist",
            ),
        ),
        unique=Unique(
            paths=paths("allocationId"),
            code="Resource.AlreadyAssociated",
            message="Elastic IP address is already associated ({identity})",
        ),
        defaults=_nat_defaults,
        make=_nat,
        check_create=_check_nat,
    ),
    Kind(
        service="ec2",
        kind="RouteTable",
        label="EC2",
        operation="RouteTable",
        named=Named.BY_AWS,
        identify=_id("rtb"),
        references=(ref("vpcIdRef", "ec2/VPC"),),
        required=paths("vpcId"),
        fixed=paths("vpcId"),
        needed=(NEEDS_VPC,),
        make=_owned("route-table"),
        in_use=_dependencies("routeTable", User(kind="ec2/RouteTableAssociation", path=("routeTableId",))),
        takes=(User(kind="ec2/Route", path=("routeTableId",)),),
    ),
    Kind(
        service="ec2",
        kind="Route",
        label="EC2",
        operation="Route",
        named=Named.COMPUTED,
        identify=_route,
        references=(
            ref("routeTableIdRef", "ec2/RouteTable"),
            ref("gatewayIdRef", "ec2/InternetGateway"),
            ref("natGatewayIdRef", "ec2/NATGateway"),
        ),
        required=paths("routeTableId"),
        fixed=paths("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock"),
        needed=(
            Needed(
                path=("routeTableId",),
                kind="ec2/RouteTable",
                code="InvalidRouteTableID.NotFound",
                message="The routeTable ID '{value}' does not exist",
            ),
            Needed(
                path=("gatewayId",),
                kind="ec2/InternetGateway",
                code="InvalidGatewayID.NotFound",
                message="The gateway ID '{value}' does not exist",
            ),
            Needed(
                path=("natGatewayId",),
                kind="ec2/NATGateway",
                code="InvalidNatGatewayID.NotFound",
                message="The natGateway ID '{value}' does not exist",
                active=True,
            ),
        ),
        tagged=False,
        make=_made_route,
        check_create=_check_route,
    ),
    Kind(
        service="ec2",
        kind="RouteTableAssociation",
        label="EC2",
        operation="RouteTableAssociation",
        named=Named.BY_AWS,
        identify=_id("rtbassoc"),
        references=(ref("routeTableIdRef", "ec2/RouteTable"), ref("subnetIdRef", "ec2/Subnet")),
        required=paths("routeTableId"),
        fixed=paths("subnetId", "gatewayId"),
        needed=(needs_subnets("subnetId"),),
        unique=Unique(
            paths=paths("subnetId"),
            code="Resource.AlreadyAssociated",
            message="the specified association for the subnet conflicts with an existing association ({identity})",
        ),
        tagged=False,
    ),
    Kind(
        service="ec2",
        kind="FlowLog",
        label="EC2",
        operation="FlowLogs",
        named=Named.BY_AWS,
        identify=_id("fl"),
        references=(
            ref("vpcIdRef", "ec2/VPC"),
            ref("logDestinationRef", "cloudwatchlogs/Group", Extract.ARN),
            ref("iamRoleArnRef", "iam/Role", Extract.ARN),
        ),
        fixed=paths(
            "vpcId",
            "trafficType",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "iamRoleArn",
            "maxAggregationInterval",
        ),
        needed=(NEEDS_VPC,),
        unique=Unique(
            paths=paths("vpcId", "trafficType", "logDestination"),
            code="FlowLogAlreadyExists",
            message="There is an existing Flow Log with the same configuration and log destination. ({identity})",
        ),
        defaults=lambda _, __: {
            "logDestinationType": "cloud-watch-logs",
            "logFormat": FLOW_LOG_FORMAT,
            "maxAggregationInterval": 600,
        },
        not_late=frozenset({"logFormat", "logDestination"}),
        make=_flow_log,
        check_create=_check_flow_log,
    ),
    Kind(
        service="ec2",
        kind="SecurityGroup",
        label="EC2",
        operation="SecurityGroup",
        named=Named.BY_AWS,
        identify=_id("sg"),
        references=(ref("vpcIdRef", "ec2/VPC"),),
        required=paths("vpcId"),
        fixed=paths("name", "description", "vpcId"),
        needed=(NEEDS_VPC,),
        unique=Unique(
            paths=paths("vpcId", "name"),
            code="InvalidGroup.Duplicate",
            message="The security group already exists ({identity})",
        ),
        defaults=lambda _, __: {"description": "Managed by Terraform", "revokeRulesOnDelete": False},
        not_late=frozenset({"name"}),
        make=_group,
        in_use=InUse(
            users=_SECURITY_GROUP_USERS, code=DEPENDENCY, message="resource {identity} has a dependent object"
        ),
        takes=tuple(
            User(kind=f"ec2/SecurityGroup{way}Rule", path=("securityGroupId",)) for way in ("Ingress", "Egress")
        ),
    ),
    _security_group_rule("SecurityGroupIngressRule", "SecurityGroupIngress"),
    _security_group_rule("SecurityGroupEgressRule", "SecurityGroupEgress"),
    Kind(
        service="ec2",
        kind="LaunchTemplate",
        label="EC2",
        operation="LaunchTemplate",
        named=Named.BY_AWS,
        identify=_id("lt"),
        references=(ref("vpcSecurityGroupIdRefs", "ec2/SecurityGroup"),),
        required=paths("name"),
        fixed=paths("name"),
        unique=Unique(
            paths=paths("name"),
            code="InvalidLaunchTemplateName.AlreadyExistsException",
            message="Launch template name already in use ({identity})",
        ),
        not_late=frozenset({"defaultVersion"}),
        make=_template,
    ),
)


def zones_of(subnets: list[str], region: str, account: Account) -> set[str]:
    """The zones that subnets are in."""
    found = (account.find("ec2/Subnet", region, subnet) for subnet in subnets)
    return {str(subnet.made["availabilityZone"]) for subnet in found if subnet is not None}


def vpc_of(subnets: list[str], region: str, account: Account) -> str:
    """The VPC that subnets are in."""
    found = (account.find("ec2/Subnet", region, subnet) for subnet in subnets)
    return next((str(at(subnet.fields, ("vpcId",))) for subnet in found if subnet is not None), "")
