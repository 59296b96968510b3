"""The network of a cluster: zones, addresses, ways out.

A zone's block of addresses is chosen by its letter, so that adding, removing or reordering zones moves nothing
(design 4.4, REL-05, REL-06).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from argosy.api.network import DEFAULT_CIDR
from argosy.composites.design import Design
from argosy.composites.hub import doors
from argosy.data.regions import default_zones, known_zones
from argosy.plan import Fact, Refused, Resource
from argosy.resources.network import InternetGateway, NatGateway, RouteTable, Subnet, Tier, Vpc
from argosy.unknown import Json

LETTERS = "abcdefgh"


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network's resources; subnets by zone letter."""

    vpc: Vpc
    gateway: InternetGateway
    public: Mapping[str, Subnet]
    private: Mapping[str, Subnet]
    database: Mapping[str, Subnet]
    nat: Mapping[str, NatGateway]
    others: tuple[Resource, ...]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All of them, the VPC first."""
        subnets = (*self.public.values(), *self.private.values(), *self.database.values())
        return (self.vpc, self.gateway, *self.nat.values(), *self.others, *subnets)


def plan(design: Design) -> Network:
    """The network that a claim asks for.

    Raises:
        Refused: for zones that the region does not have, and for ranges that overlap.
    """
    _check_ranges(design)
    zones = zones_of(design)
    retained = databases_stay(design)
    if retained:
        _check_retained_subnets(design, zones)
    vpc = Vpc(
        key="vpc",
        asked_by="spec.network",
        retained=retained,
        id=design.remembered(Vpc, "vpc", Fact.ID, "network", "vpcId"),
        cidr=IPv4Network(design.spec.network.cidr),
    )
    gateway = InternetGateway(key="internet-gateway", asked_by="spec.network", vpc=vpc)
    to_internet = _route_table("public", vpc, gateway, "spec.network")
    public = {zone: _subnet(design, vpc, "public", zone, to_internet) for zone in zones}
    nat = _nat_gateways(design, public)
    only = next(iter(nat.values()), None)
    ways_out = {zone: _route_table(f"private-{zone}", vpc, nat.get(zone, only), "spec.network.zones") for zone in zones}
    private = {zone: _subnet(design, vpc, "private", zone, ways_out[zone]) for zone in zones}
    tables = [to_internet, *ways_out.values()]
    database: dict[str, Subnet] = {}
    if design.spec.databases:
        inside = replace(_route_table("database", vpc, None, "spec.databases"), retained=retained)
        database = {zone: replace(_subnet(design, vpc, "database", zone, inside), retained=retained) for zone in zones}
        tables.append(inside)
    return Network(
        vpc=vpc,
        gateway=gateway,
        public=public,
        private=private,
        database=database,
        nat=nat,
        others=tuple(tables),
    )


def databases_stay(design: Design) -> bool:
    """Whether a database stays on AWS after the claim, and with it what it stands on."""
    return any(database.on_delete == "Retain" for database in design.spec.databases)


def _check_retained_subnets(design: Design, zones: tuple[str, ...]) -> None:
    """Refuses to take a zone away whose subnet would stay on AWS, and nobody's."""
    for zone in sorted(set(LETTERS) - set(zones)):
        if design.facts.exists(subnet_key("database", zone)):
            raise Refused(
                "spec.network.zones",
                f"zone {zone} cannot leave while a database has onDelete: Retain, by which its subnets stay on AWS; "
                "write onDelete: Snapshot until the zone is gone",
            )


def zones_of(design: Design) -> tuple[str, ...]:
    """Letters of the claim's zones, sorted: their order must mean nothing (REL-05)."""
    region, network = design.spec.region, design.spec.network
    known = known_zones(region)
    zones = tuple(network.zones) if network.zones else default_zones(region)
    if not zones:
        raise Refused(
            "spec.network.zones", f"Argosy does not know the zones of {region}; name two or three, such as [a, b, c]"
        )
    if known and (strangers := sorted(set(zones) - set(known))):
        raise Refused(
            "spec.network.zones",
            f"{region} has no zone {', '.join(strangers)}; it has {', '.join(sorted(known))}",
        )
    if beyond := sorted(zone for zone in zones if LETTERS.index(zone) >= network.zone_slots):
        raise Refused(
            "spec.network.zoneSlots",
            f"zone {', '.join(beyond)} needs zoneSlots: 8; set it when the network is made",
        )
    return tuple(sorted(zones))


def observed_zones(design: Design, kind: type[Resource], key: str) -> tuple[str, ...] | None:
    """Zones whose private subnets a living resource stands in: AWS fixed them when it was made (REL-09, safety 5.3).

    None if nothing is observed of it. What AWS has counts first, what was asked for second.
    """
    keys = {zone: subnet_key("private", zone) for zone in LETTERS}
    ids = _texts(design.facts.read(kind, key, Fact.SUBNET_IDS))
    found = tuple(zone for zone in LETTERS if design.facts.read(Subnet, keys[zone], Fact.ID) in ids)
    if ids and len(found) == len(ids):
        return found
    names = _texts(design.facts.read(kind, key, Fact.SUBNET_NAMES))
    return tuple(zone for zone in LETTERS if design.names.object(keys[zone]) in names) or None


def _texts(fact: Json) -> list[str]:
    """A list of texts or of named references as a list of texts; nothing if it is unknown."""
    items = [item.get("name") if isinstance(item, dict) else item for item in fact] if isinstance(fact, list) else []
    return [item for item in items if isinstance(item, str)]


def subnet_key(tier: Tier, zone: str) -> str:
    """Key of a subnet: what it is for, and its zone."""
    return f"subnet-{tier}-{zone}"


def blocks(network: IPv4Network, slots: int, zone: str) -> dict[Tier, IPv4Network]:
    """The ranges of one zone, by tier.

    Half of its block is private; of the other half a quarter each is public, database, and kept free for two more
    tiers.
    """
    block = _share(network, slots, LETTERS.index(zone))
    rest = _share(block, 2, 1)
    return {"private": _share(block, 2, 0), "public": _share(rest, 4, 0), "database": _share(rest, 4, 1)}


def _share(network: IPv4Network, parts: int, number: int) -> IPv4Network:
    """One of `parts` equal ranges of a network, counted from 0; `parts` is a power of two."""
    first = int(network.network_address) + number * (network.num_addresses // parts)
    return IPv4Network((first, network.prefixlen + parts.bit_length() - 1))


def _subnet(design: Design, vpc: Vpc, tier: Tier, zone: str, table: RouteTable) -> Subnet:
    return Subnet(
        key=subnet_key(tier, zone),
        asked_by="spec.databases" if tier == "database" else "spec.network.zones",
        vpc=vpc,
        tier=tier,
        zone=f"{design.spec.region}{zone}",
        cidr=blocks(vpc.cidr, design.spec.network.zone_slots, zone)[tier],
        route_table=table,
    )


def _route_table(name: str, vpc: Vpc, way_out: InternetGateway | NatGateway | None, asked_by: str) -> RouteTable:
    return RouteTable(key=f"route-table-{name}", asked_by=asked_by, name=name, vpc=vpc, way_out=way_out)


def _nat_gateways(design: Design, public: Mapping[str, Subnet]) -> dict[str, NatGateway]:
    """NAT gateways by zone: in every zone, in the first one, or none.

    The only one is one of those that `PerZone` has, so that going from one to the other keeps its address.
    """
    match design.spec.network.nat_gateways:
        case "PerZone":  # a zone that is lost must not cut the others off from the internet (SEC-35)
            zones = list(public)
        case "Single":
            zones = [min(public)]
            _check_single_nat(design, zones[0])
        case "None":
            zones = []
    return {
        zone: NatGateway(
            key=f"nat-gateway-{zone}",
            asked_by="spec.network.natGateways",
            name=zone,
            id=design.remembered(NatGateway, f"nat-gateway-{zone}", Fact.ID, "network", "natGatewayIds", zone),
            subnet=public[zone],
        )
        for zone in zones
    }


def _check_single_nat(design: Design, zone: str) -> None:
    """Refuses to move the only NAT gateway: its public address is on allow lists of others."""
    standing = [letter for letter in LETTERS if design.facts.exists(f"nat-gateway-{letter}")]
    if standing and zone not in standing:
        raise Refused(
            "spec.network.zones",
            f"the only NAT gateway stands in zone {', '.join(standing)} and would move to zone {zone}, with another "
            "address; set natGateways: PerZone first",
        )


def _check_ranges(design: Design) -> None:
    """Refuses ranges that would cut the cluster, the hub or the Services off (TEN-19)."""
    spec = design.spec
    network, services = IPv4Network(spec.network.cidr), IPv4Network(spec.control_plane.service_cidr)
    if network.overlaps(services):
        raise Refused(
            "spec.network.cidr", f"{network} overlaps controlPlane.serviceCidr {services}; choose another range for one"
        )
    hub = doors(design, "Routed")
    if hub and spec.network.cidr == DEFAULT_CIDR:
        raise Refused(
            "spec.network.cidr",
            f"the hub routes to this cluster, so it needs a range of its own, not the default {DEFAULT_CIDR}",
        )
    for cidr in hub:
        if network.overlaps(IPv4Network(cidr)):
            raise Refused("spec.network.cidr", f"{network} overlaps {cidr}, where the hub comes from; choose another")
