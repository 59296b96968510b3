"""EC2: the network and launch templates (ec2-controller v1.19.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argosy.simulator.ack.kind import AckKind, Asking, Part, ask_tags, only, pairs, paths, ref, renamed, same, tell_tags
from argosy.simulator.aws import Account, Thing, hexadecimal, partition
from argosy.simulator.values import Path, Values, at

DATE = "2026-01-01T00:00:00Z"


def _status_id(name: str) -> Path:
    return ("status", name)


# VPC


def _vpc(thing: Thing, account: Account) -> Values:
    closed = account.find("ec2/DefaultSecurityGroup", thing.region, thing.made["defaultSecurityGroupId"])
    return {
        "cidrBlockAssociationSet": [
            {
                "associationID": f"vpc-cidr-assoc-{hexadecimal(17, 'cidr', thing.identity)}",
                "cidrBlock": thing.fields["cidrBlock"],
                "cidrBlockState": {"state": "associated"},
            }
        ],
        "dhcpOptionsID": thing.made["dhcpOptionsId"],
        "isDefault": False,
        "ownerID": account.number,
        "securityGroupDefaultRulesExist": closed is None,
        "state": "available",
        "vpcID": thing.identity,
    }


def _closed_group(spec: Mapping[str, Any], vpc: Thing) -> Sequence[Values]:
    """The default security group without rules."""
    if not spec.get("disallowSecurityGroupDefaultRules"):
        return []
    return [{"vpcId": vpc.identity, "ingress": [], "egress": []}]


# subnets and gateways


def _subnet(thing: Thing, account: Account) -> Values:
    size = 2 ** (32 - int(thing.fields["cidrBlock"].split("/")[1]))
    return {
        "availableIPAddressCount": size - 5,  # AWS keeps five of every subnet
        "defaultForAZ": False,
        "mapCustomerOwnedIPOnLaunch": False,
        "ownerID": account.number,
        "privateDNSNameOptionsOnLaunch": {
            "enableResourceNameDNSAAAARecord": thing.fields["enableResourceNameDnsAaaaRecordOnLaunch"],
            "enableResourceNameDNSARecord": thing.fields["enableResourceNameDnsARecordOnLaunch"],
            "hostnameType": thing.fields["privateDnsHostnameTypeOnLaunch"],
        },
        "state": "available",
        "subnetID": thing.identity,
    }


def _associations(spec: Mapping[str, Any], subnet: Thing) -> Sequence[Values]:
    return [{"routeTableId": table, "subnetId": subnet.identity} for table in spec.get("routeTables") or ()]


def _internet_gateway(thing: Thing, account: Account) -> Values:
    vpc = thing.fields.get("vpcId")
    return {
        **({"attachments": [{"state": "available", "vpcID": vpc}]} if vpc else {}),
        "internetGatewayID": thing.identity,
        "ownerID": account.number,
    }


def _address(thing: Thing, _: Account) -> Values:
    return {"allocationID": thing.identity, "publicIP": thing.made["publicIp"]}


def _nat_gateway(thing: Thing, account: Account) -> Values:
    address: Values = {
        "allocationID": thing.fields.get("allocationId"),
        "networkInterfaceID": thing.made["networkInterfaceId"],
        "privateIP": thing.made["privateIp"],
        "publicIP": thing.made.get("publicIp"),
    }
    state = "deleting" if thing.gone_at is not None else "pending" if account.now < thing.ready_at else "available"
    return {
        "createTime": DATE,
        "natGatewayAddresses": [{name: value for name, value in address.items() if value}],
        "natGatewayID": thing.identity,
        "state": state,
        "vpcID": thing.fields["vpcId"],
    }


# route tables

_TARGETS = {
    "gatewayID": "gatewayId",
    "natGatewayID": "natGatewayId",
    "egressOnlyInternetGatewayID": "egressOnlyGatewayId",
    "transitGatewayID": "transitGatewayId",
    "vpcEndpointID": "vpcEndpointId",
    "vpcPeeringConnectionID": "vpcPeeringConnectionId",
    "networkInterfaceID": "networkInterfaceId",
    "destinationCIDRBlock": "destinationCidrBlock",
    "destinationIPv6CIDRBlock": "destinationIpv6CidrBlock",
    "destinationPrefixListID": "destinationPrefixListId",
}
"""Fields of a route, and what AWS calls them."""
_LOCAL = "local"


def _routes(spec: Mapping[str, Any], table: Thing) -> Sequence[Values]:
    return [
        {"routeTableId": table.identity, **{aws: route[name] for name, aws in _TARGETS.items() if route.get(name)}}
        for route in spec.get("routes") or ()
        if route.get("gatewayID") != _LOCAL
    ]


def _route_table(thing: Thing, account: Account) -> Values:
    mine, users = (
        [one for one in account.all(f"ec2/{kind}", thing.region) if _belongs("routeTableId")(one, thing)]
        for kind in ("Route", "RouteTableAssociation")
    )
    vpc = account.find("ec2/VPC", thing.region, thing.fields["vpcId"])
    local: Values = {
        "destinationCIDRBlock": vpc.fields["cidrBlock"] if vpc is not None else "",
        "gatewayID": _LOCAL,
        "origin": "CreateRouteTable",
        "state": "active",
    }
    return {
        **({"associations": [_associated(one) for one in users]} if users else {}),
        "ownerID": account.number,
        "routeStatuses": [local, *(_route(one) for one in mine)],
        "routeTableID": thing.identity,
    }


def _associated(association: Thing) -> Values:
    return {
        "associationState": {"state": "associated"},
        "main": False,
        "routeTableAssociationID": association.identity,
        "routeTableID": association.fields["routeTableId"],
        "subnetID": association.fields["subnetId"],
    }


def _route(route: Thing) -> Values:
    told = {name: route.fields[aws] for name, aws in _TARGETS.items() if route.fields.get(aws)}
    return {**told, "origin": route.made["origin"], "state": route.made["state"]}


# security groups


def _rules(name: str) -> Any:
    """Every rule of a group's permissions: one for each of their sources."""

    def wanted(spec: Mapping[str, Any], group: Thing) -> Sequence[Values]:
        return [
            {"securityGroupId": group.identity, **_ports(permission), **source}
            for permission in spec.get(name) or ()
            for source in _sources(permission, group)
        ]

    return wanted


def _ports(permission: Mapping[str, Any]) -> Values:
    return {name: permission[name] for name in ("ipProtocol", "fromPort", "toPort") if name in permission}


def _sources(permission: Mapping[str, Any], group: Thing) -> list[Values]:
    found = [{"cidrIpv4": one["cidrIP"], **_described(one)} for one in permission.get("ipRanges") or ()]
    found += [{"cidrIpv6": one["cidrIPv6"], **_described(one)} for one in permission.get("ipv6Ranges") or ()]
    found += [{"prefixListId": one["prefixListID"], **_described(one)} for one in permission.get("prefixListIDs") or ()]
    found += [
        {"referencedSecurityGroupId": one.get("groupID") or group.identity, **_described(one)}
        for one in permission.get("userIDGroupPairs") or ()
    ]
    return found


def _described(source: Mapping[str, Any]) -> Values:
    return {"description": source["description"]} if source.get("description") else {}


def _security_group(thing: Thing, account: Account) -> Values:
    rules = [
        _rule(rule, is_egress=way == "Egress")
        for way in ("Ingress", "Egress")
        for rule in account.all(f"ec2/SecurityGroup{way}Rule", thing.region)
        if _belongs("securityGroupId")(rule, thing)
    ]
    return {"id": thing.identity, **({"rules": rules} if rules else {})}


def _rule(rule: Thing, *, is_egress: bool) -> Values:
    fields = rule.fields
    told: Values = {
        "cidrIPv4": fields.get("cidrIpv4"),
        "cidrIPv6": fields.get("cidrIpv6"),
        "description": fields.get("description"),
        "fromPort": fields.get("fromPort", -1),
        "ipProtocol": fields["ipProtocol"],
        "prefixListID": fields.get("prefixListId"),
        "toPort": fields.get("toPort", -1),
    }
    return {
        **{name: value for name, value in told.items() if value is not None},
        "isEgress": is_egress,
        "securityGroupRuleID": rule.identity,
    }


def _named_group(spec: Mapping[str, Any], region: str, account: Account) -> Thing | None:
    """The controller looks a group up by its name and VPC, as long as it has no id of it."""
    mine = (spec.get("vpcID"), spec["name"])
    groups = account.all("ec2/SecurityGroup", region)
    return next((one for one in groups if (one.fields.get("vpcId"), one.fields.get("name")) == mine), None)


def _belongs(name: str) -> Any:
    """Whether a field of a thing names the other."""

    def of(one: Thing, other: Thing) -> bool:
        return bool(at(one.fields, (name,)) == other.identity)

    return of


def _flow_log(thing: Thing, _: Account) -> Values:
    return {"flowLogID": thing.identity}


def _flow_log_asked(asking: Asking) -> Values:
    """A log group is named here; AWS's own word for the place is its ARN."""
    group = asking.spec.get("logGroupName")
    found = asking.account.find("cloudwatchlogs/Group", asking.region, str(group))
    return {**asking.asked, "logDestination": found.made["arn"]} if found is not None else asking.asked


# launch templates


def _texts(value: Any) -> Any:
    """Upbound has the switches of a volume as texts."""
    return str(value).lower() if isinstance(value, bool) else value


def _volumes(mappings: Sequence[Mapping[str, Any]]) -> list[Values]:
    return [
        {**one, "ebs": {name: _texts(value) for name, value in one["ebs"].items()}} if "ebs" in one else dict(one)
        for one in mappings
    ]


def _told_volumes(mappings: Sequence[Mapping[str, Any]]) -> list[Values]:
    switches = {"true": True, "false": False}
    return [
        {**one, "ebs": {name: switches.get(value, value) for name, value in one["ebs"].items()}}
        if "ebs" in one
        else dict(one)
        for one in mappings
    ]


def _template(thing: Thing, account: Account) -> Values:
    return {
        "createTime": DATE,
        "createdBy": f"arn:{partition(thing.region)}:iam::{account.number}:role/controller",
        "id": thing.identity,
        "latestVersion": thing.made["latestVersion"],
    }


EC2 = (
    AckKind(
        service="ec2",
        kind="VPC",
        thing=only("ec2/VPC"),
        identifier=_status_id("vpcID"),
        fields=(
            renamed("cidrBlocks", "cidrBlock", ask=lambda blocks: blocks[0], tell=lambda block: [block]),
            renamed("enableDNSHostnames", "enableDnsHostnames"),
            renamed("enableDNSSupport", "enableDnsSupport"),
            *same("enableNetworkAddressUsageMetrics", "instanceTenancy"),
            pairs(),
        ),
        copied=("status", "vpcID"),
        parts=(Part(thing="ec2/DefaultSecurityGroup", wanted=_closed_group, of=_belongs("vpcId")),),
        status=_vpc,
        late=paths("enableNetworkAddressUsageMetrics", "instanceTenancy"),
        late_initialized=True,
        terminal=frozenset({"InvalidParameterValue"}),
    ),
    AckKind(
        service="ec2",
        kind="Subnet",
        thing=only("ec2/Subnet"),
        identifier=_status_id("subnetID"),
        fields=(
            renamed("assignIPv6AddressOnCreation", "assignIpv6AddressOnCreation"),
            *same("availabilityZone"),
            renamed("availabilityZoneID", "availabilityZoneId"),
            renamed("cidrBlock", "cidrBlock"),
            renamed("enableDNS64", "enableDns64"),
            renamed("enableResourceNameDNSAAAARecord", "enableResourceNameDnsAaaaRecordOnLaunch"),
            renamed("enableResourceNameDNSARecord", "enableResourceNameDnsARecordOnLaunch"),
            renamed("hostnameType", "privateDnsHostnameTypeOnLaunch"),
            *same("ipv6Native"),
            renamed("mapPublicIPOnLaunch", "mapPublicIpOnLaunch"),
            renamed("vpcID", "vpcId"),
            pairs(),
        ),
        references=(
            ref("routeTableRefs", "ec2/RouteTable", value="routeTables"),
            ref("vpcRef", "ec2/VPC", required=True),
        ),
        copied=("status", "subnetID"),
        parts=(Part(thing="ec2/RouteTableAssociation", wanted=_associations, of=_belongs("subnetId")),),
        status=_subnet,
        arn="arn",
        late=paths(
            "assignIPv6AddressOnCreation",
            "availabilityZoneID",
            "enableDNS64",
            "ipv6Native",
            "mapPublicIPOnLaunch",
        ),
        terminal=frozenset({"InvalidParameterValue", "InvalidCustomerOwnedIpv4PoolID.Malformed"}),
    ),
    AckKind(
        service="ec2",
        kind="InternetGateway",
        thing=only("ec2/InternetGateway"),
        identifier=_status_id("internetGatewayID"),
        fields=(renamed("vpc", "vpcId"), pairs()),
        references=(ref("vpcRef", "ec2/VPC", value="vpc"),),
        copied=("status", "internetGatewayID"),
        status=_internet_gateway,
    ),
    AckKind(
        service="ec2",
        kind="ElasticIPAddress",
        thing=only("ec2/EIP"),
        identifier=_status_id("allocationID"),
        fields=(*same("networkBorderGroup"), renamed("publicIPv4Pool", "publicIpv4Pool"), pairs()),
        copied=("status", "allocationID"),
        status=_address,
        late=paths("networkBorderGroup", "publicIPv4Pool"),
        terminal=frozenset({"InvalidParameterCombination", "InvalidParameterValue"}),
    ),
    AckKind(
        service="ec2",
        kind="NATGateway",
        thing=only("ec2/NATGateway"),
        identifier=_status_id("natGatewayID"),
        fields=(
            renamed("allocationID", "allocationId"),
            *same("availabilityMode", "connectivityType"),
            renamed("subnetID", "subnetId"),
            renamed("vpcID", "vpcId"),
            pairs(),
        ),
        references=(
            ref("allocationRef", "ec2/ElasticIPAddress"),
            ref("subnetRef", "ec2/Subnet"),
            ref("vpcRef", "ec2/VPC"),
        ),
        copied=("status", "natGatewayID"),
        status=_nat_gateway,
        late=paths("availabilityMode", "connectivityType"),
        pending="resource is pending",
        terminal=frozenset({"InvalidSubnet", "InvalidElasticIpID.Malformed", "MissingParameter"}),
    ),
    AckKind(
        service="ec2",
        kind="RouteTable",
        thing=only("ec2/RouteTable"),
        identifier=_status_id("routeTableID"),
        fields=(renamed("vpcID", "vpcId"), pairs()),
        references=(
            ref("routes.gatewayRef", "ec2/InternetGateway"),
            ref("routes.natGatewayRef", "ec2/NATGateway"),
            ref("vpcRef", "ec2/VPC", required=True),
        ),
        copied=("status", "routeTableID"),
        parts=(Part(thing="ec2/Route", wanted=_routes, of=_belongs("routeTableId")),),
        status=_route_table,
    ),
    AckKind(
        service="ec2",
        kind="SecurityGroup",
        thing=only("ec2/SecurityGroup"),
        identifier=_status_id("id"),
        find=_named_group,
        fields=(*same("name", "description"), renamed("vpcID", "vpcId"), pairs()),
        references=(
            ref("egressRules.userIDGroupPairs.groupRef", "ec2/SecurityGroup"),
            ref("ingressRules.userIDGroupPairs.groupRef", "ec2/SecurityGroup"),
            ref("vpcRef", "ec2/VPC", required=True),
        ),
        copied=("status", "id"),
        parts=(
            Part(thing="ec2/SecurityGroupIngressRule", wanted=_rules("ingressRules"), of=_belongs("securityGroupId")),
            Part(thing="ec2/SecurityGroupEgressRule", wanted=_rules("egressRules"), of=_belongs("securityGroupId")),
        ),
        status=_security_group,
        arn="arn",
    ),
    AckKind(
        service="ec2",
        kind="FlowLog",
        thing=only("ec2/FlowLog"),
        identifier=_status_id("flowLogID"),
        fields=(
            renamed("deliverLogsPermissionARN", "iamRoleArn"),
            *same("logDestinationType", "logFormat", "maxAggregationInterval", "trafficType"),
            renamed("resourceID", "vpcId"),
            pairs(),
        ),
        references=(
            ref("deliverLogsPermissionRef", "iam/Role", value="deliverLogsPermissionARN"),
            ref("logGroupRef", "cloudwatchlogs/LogGroup", value="logGroupName"),
        ),
        copied=("status", "flowLogID"),
        status=_flow_log,
        asked=_flow_log_asked,
        terminal=frozenset({"InvalidParameter", "InvalidParameterValue"}),
    ),
    AckKind(
        service="ec2",
        kind="LaunchTemplate",
        thing=only("ec2/LaunchTemplate"),
        identifier=_status_id("id"),
        find=lambda spec, region, account: account.named("ec2/LaunchTemplate", region, "name", spec["name"]),
        fields=(
            *same("name"),
            renamed("versionDescription", "description"),
            renamed("defaultVersion", "defaultVersion"),
            renamed("data.metadataOptions", "metadataOptions"),
            renamed("data.blockDeviceMappings", "blockDeviceMappings", ask=_volumes, tell=_told_volumes),
            renamed("data.securityGroupIDs", "vpcSecurityGroupIds"),
            renamed(
                "data.tagSpecifications",
                "tagSpecifications",
                ask=lambda given: [{**one, "tags": ask_tags(one.get("tags") or ())} for one in given],
                tell=lambda given: [{**one, "tags": tell_tags(one["tags"])} for one in given],
            ),
            pairs(),
        ),
        copied=("status", "id"),
        status=_template,
        late=paths("defaultVersion"),
    ),
)
