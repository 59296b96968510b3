"""Networks: zones, subnets, ways in and out."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

from tests.safety.answers import Item, Pass, listed, statements
from tests.safety.checks import Complaints, differs, each, whole

ANYBODY = {"0.0.0.0/0", "::/0"}
FEWER_ZONES = {"cn-north-1": 2, "us-west-1": 2}
"""Regions in which an account is sure of fewer than three zones for a control plane."""
ELB, INTERNAL_ELB = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"
PRIVATE = [IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]


def zones(now: Pass, *, public: bool) -> set[str]:
    return {
        subnet.get("availabilityZone")
        for subnet in now.of("ec2/Subnet")
        if (subnet.name in now.public_subnets) == public and ("nat" in now.routes(subnet) or public)
    }


@whole("SEC-30", "At least two zones, by default three, each with a public and a private subnet.", settled=True)
def sec_30_zones(now: Pass) -> Complaints:
    asked = now.asked("network", "zones")
    wanted = len(asked) if asked else FEWER_ZONES.get(now.region, 3)
    every = {subnet.get("availabilityZone") for subnet in now.of("ec2/Subnet")}
    yield from differs("number of zones", len(every), wanted)
    if len(every) < 2:
        yield "one zone only"
    yield from differs("zones with a public subnet", zones(now, public=True), every)
    if now.asked("network", "natGateways") != "None":
        yield from differs("zones with a private subnet", zones(now, public=False), every)


@each(
    "SEC-31",
    "No subnet gives public addresses by itself.",
    "ec2/Subnet",
    scanners="EC2.15 CKV_AWS_130 AWS-0164 vpc_subnet_no_public_ip_by_default",
)
def sec_31_no_public_addresses(subnet: Item, now: Pass) -> Complaints:
    yield from differs("mapPublicIpOnLaunch", subnet.get("mapPublicIpOnLaunch"), False)


@each(
    "SEC-32",
    "The VPC's default security group is managed and lets nothing in or out.",
    "ec2/VPC",
    scanners="EC2.2 CKV2_AWS_12 AWS-0173 ec2_securitygroup_default_restrict_traffic",
)
def sec_32_default_security_group(vpc: Item, now: Pass) -> Complaints:
    groups = [group for group in now.of("ec2/DefaultSecurityGroup") if vpc.name in group.names("vpcIdRef")]
    if len(groups) != 1:
        yield "its default security group is not managed"
    for group in groups:
        yield from differs("rules", (group.get("ingress"), group.get("egress")), ([], []))


@each(
    "SEC-33",
    "The VPC's traffic is recorded unless the claim says otherwise, in a log group with an end and a key for it.",
    "ec2/VPC",
    settled=True,
    scanners="EC2.6 CKV2_AWS_11 CKV_AWS_66 CKV_AWS_158 CKV_AWS_338 AWS-0178 AWS-0017 vpc_flow_logs_enabled",
)
def sec_33_flow_logs(vpc: Item, now: Pass) -> Complaints:
    asked = now.asked("network", "flowLogs") or {}
    found = [item for item in now.of("ec2/FlowLog") if _records(item, vpc, now)]
    yield from differs("flow logs", len(found), 0 if asked.get("enabled") is False else 1)
    for item in found:
        yield from differs("trafficType", item.get("trafficType"), asked.get("trafficType", "All").upper())
        yield from differs("logDestinationType", item.get("logDestinationType"), "cloud-watch-logs")
        groups = [now.named("cloudwatchlogs/Group", name) for name in item.names("logDestinationRef")]
        if len(groups) != 1 or groups[0] is None:
            yield "logDestinationRef is no composed log group"
            continue
        yield from differs("retentionInDays", groups[0].get("retentionInDays"), asked.get("retentionDays", 365))
        keys = [now.named("kms/Key", name) for name in groups[0].names("kmsKeyIdRef")]
        if len(keys) != 1 or keys[0] is None or _log_group_arn(groups[0], now) not in _admitted(keys[0]):
            yield f"no composed key admits log group {groups[0].external_name}"


def _records(item: Item, vpc: Item, now: Pass) -> bool:
    """Whether a flow log is of a VPC: by reference, or by the id that AWS told."""
    id_ = item.get("vpcId")
    return id_ == now.seen(vpc.key, "id") if id_ is not None else vpc.name in item.names("vpcIdRef")


def _log_group_arn(group: Item, now: Pass) -> str:
    return f"arn:{now.partition}:logs:{now.region}:{now.account}:log-group:{group.external_name}"


def _admitted(key: Item) -> set[str]:
    """ARNs of the log groups that a key's policy lets CloudWatch Logs encrypt."""
    conditions = [
        statement.get("Condition", {}).get("ArnEquals", {})
        for statement in statements(key.document("policy"))
        if str(statement["Principal"].get("Service", "")).startswith("logs.")
    ]
    return {arn for equal in conditions for arn in listed(equal.get("kms:EncryptionContext:aws:logs:arn"))}


@each(
    "SEC-33",
    "Flow logs of this account and region alone are written as their role, which writes into their log group and makes "
    "none.",
    "ec2/FlowLog",
    settled=True,
)
def sec_33_role_of_flow_logs(item: Item, now: Pass) -> Complaints:
    roles = [now.named("iam/Role", name) for name in item.names("iamRoleArnRef")]
    groups = [now.named("cloudwatchlogs/Group", name) for name in item.names("logDestinationRef")]
    if len(roles) != 1 or roles[0] is None:
        yield "iamRoleArnRef is no composed role"
        return
    role, trust = roles[0], statements(roles[0].document("assumeRolePolicy"))
    source = f"arn:{now.partition}:ec2:{now.region}:{now.account}:vpc-flow-log/*"
    wanted = {"StringEquals": {"aws:SourceAccount": now.account}, "ArnLike": {"aws:SourceArn": source}}
    service = {"Service": "vpc-flow-logs.amazonaws.com"}
    yield from differs("principals", [statement["Principal"] for statement in trust], [service])
    yield from differs("conditions", [statement.get("Condition") for statement in trust], [wanted])
    yield from differs("managed policies", role.get("managedPolicyArns"), [])
    inline = [role.document("inlinePolicy", number, "policy") for number in range(len(role.get("inlinePolicy") or []))]
    granted = [statement for document in inline for statement in statements(document)]
    actions = sorted(name for statement in granted for name in listed(statement["Action"]))
    yield from differs("actions", actions, ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"])
    resources = {arn for statement in granted for arn in listed(statement["Resource"])}
    yield from differs("resources", resources, {f"{_log_group_arn(group, now)}:*" for group in groups if group})


@each(
    "SEC-34",
    "Every rule of a security group says what it is for, and admits a range or a group, never everybody.",
    "ec2/SecurityGroupIngressRule",
    scanners="EC2.13 EC2.14 EC2.18 EC2.19 CKV_AWS_23 AWS-0107 AWS-0124",
)
def sec_34_ingress(rule: Item, now: Pass) -> Complaints:
    sources = [rule.get(name) for name in ("cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId")]
    if len([source for source in sources if source]) != 1:
        yield f"admits {sources}"
    if ANYBODY & set(sources):
        yield "admits everybody"
    if not rule.get("description"):
        yield "has no description"
    if rule.get("ipProtocol") == "-1" or rule.get("fromPort") is None or rule.get("fromPort") != rule.get("toPort"):
        yield "admits more than one port"


@each("SEC-34", "Security groups have their rules as objects, and a description.", "ec2/SecurityGroup",
      scanners="AWS-0099 AWS-0104")  # fmt: skip
def sec_34_groups(group: Item, now: Pass) -> Complaints:
    if group.get("ingress") is not None or group.get("egress") is not None:
        yield "has rules of its own"
    if not group.get("description"):
        yield "has no description"
    if not any(now.named("ec2/VPC", name) for name in group.names("vpcIdRef")):
        yield "stands in the region's default VPC"


@whole(
    "SEC-35",
    "One NAT gateway per zone unless the claim says otherwise; each private subnet leaves by its own zone's.",
    settled=True,
)
def sec_35_nat_gateways(now: Pass) -> Complaints:
    choice = now.asked("network", "natGateways") or "PerZone"
    private = {
        subnet.get("availabilityZone"): subnet
        for subnet in now.of("ec2/Subnet")
        if INTERNAL_ELB in (subnet.get("tags") or {})
    }
    wanted = {"PerZone": len(private), "Single": 1, "None": 0}[choice]
    yield from differs("NAT gateways", len(now.of("ec2/NATGateway")), wanted)
    for gateway in now.of("ec2/NATGateway"):
        if not set(gateway.names("subnetIdRef")) <= now.public_subnets:
            yield f"{gateway.key} stands in no public subnet"
    for zone, subnet in private.items():
        yield from differs(f"zones of the way out of {zone}", _exits(subnet, now, choice), {zone} if wanted else set())


def _exits(subnet: Item, now: Pass, choice: str) -> set[str | None]:
    """Zones of the NAT gateways by which a subnet leaves; a single one counts as the subnet's own zone's."""
    tables = {
        name
        for association in now.of("ec2/RouteTableAssociation")
        if subnet.name in association.names("subnetIdRef")
        for name in association.names("routeTableIdRef")
    }
    gateways = [
        now.named("ec2/NATGateway", name)
        for route in now.of("ec2/Route")
        if tables & set(route.names("routeTableIdRef"))
        for name in route.names("natGatewayIdRef")
    ]
    if choice == "Single":
        return {subnet.get("availabilityZone") for gateway in gateways if gateway}
    stands_in = (
        now.named("ec2/Subnet", name) for gateway in gateways if gateway for name in gateway.names("subnetIdRef")
    )
    return {home.get("availabilityZone") for home in stands_in if home}


@each(
    "SEC-36",
    "Public load balancers find the public subnets, internal ones the cluster's private ones.",
    "ec2/Subnet",
    settled=True,
)
def sec_36_load_balancer_tags(subnet: Item, now: Pass) -> Complaints:
    tags = subnet.get("tags") or {}
    public = subnet.name in now.public_subnets
    clusters = {name for item in now.of("eks/Cluster") for name in item.names("vpcConfig", "subnetIdRefs")}
    nodes = {name for item in now.of("eks/NodeGroup") for name in item.names("subnetIdRefs")}
    yield from differs(ELB, tags.get(ELB), "1" if public else None)
    if public or subnet.name in clusters | nodes:
        yield from differs(INTERNAL_ELB, tags.get(INTERNAL_ELB), None if public else "1")
    elif INTERNAL_ELB in tags and "nat" not in now.routes(subnet) and now.asked("network", "natGateways") != "None":
        yield "an internal load balancer could stand among databases"


@each("TEN-19", "The VPC has a private range that a VPC accepts, apart from Services and from the hub.", "ec2/VPC")
def ten_19_ranges(vpc: Item, now: Pass) -> Complaints:
    network = IPv4Network(vpc.get("cidrBlock"))
    if not 16 <= network.prefixlen <= 28 or not any(network.subnet_of(parent) for parent in PRIVATE):
        yield f"range {network}"
    for cluster in now.of("eks/Cluster"):
        services = IPv4Network(cluster.get("kubernetesNetworkConfig", "serviceIpv4Cidr") or "0.0.0.0/0")
        if services.overlaps(network) or not 12 <= services.prefixlen <= 24:
            yield f"range of Services {services}"
    if now.fact("reach", "mode") == "Routed" and now.asked("argocd", "register") is not False:
        yield from (f"overlaps the hub's {cidr}" for cidr in now.fact("reach", "cidrs") if _overlap(cidr, network))


def _overlap(cidr: str, network: IPv4Network) -> bool:
    return IPv4Network(cidr).overlaps(network)


@whole("TEN-19", "Subnets lie in the VPC, apart from one another, with room for at least 16 addresses.", settled=True)
def ten_19_subnets(now: Pass) -> Complaints:
    [vpc] = [IPv4Network(item.get("cidrBlock")) for item in now.of("ec2/VPC")]
    ranges = {subnet.key: IPv4Network(subnet.get("cidrBlock")) for subnet in now.of("ec2/Subnet")}
    yield from (f"{key} lies outside" for key, cidr in ranges.items() if not cidr.subnet_of(vpc))
    yield from (f"{key} is too small" for key, cidr in ranges.items() if cidr.prefixlen > 28)
    for one, other in combinations(ranges, 2):
        if ranges[one].overlaps(ranges[other]):
            yield f"{one} overlaps {other}"
