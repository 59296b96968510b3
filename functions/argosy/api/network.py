"""The network that a claim asks for."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from argosy.api.base import LIST_SET, NUMBER, Model, Retention, Rule, immutable
from argosy.api.cidr import PRIVATE_PATTERN, Cidr, is_private

ZoneLetter = Literal["a", "b", "c", "d", "e", "f", "g", "h"]

DEFAULT_CIDR = "10.0.0.0/16"
SMALLEST_SUBNET = 28
"""A subnet of AWS has at least 16 addresses."""


class FlowLogs(Model):
    """Records of the VPC's traffic, who talked to whom, in a log group of their own in CloudWatch."""

    enabled: bool = True
    """Whether traffic is recorded. Switching it off deletes what was recorded."""
    traffic_type: Literal["All", "Reject"] = "All"
    """Which traffic is recorded: all, or only what is refused, which costs less and says nothing of who got in."""
    retention_days: Retention = 365
    """Days that records are kept."""


class Network(Model):
    """A VPC of its own for the cluster: per zone one private and one public subnet, and one for databases."""

    rules: ClassVar[tuple[Rule, ...]] = (
        immutable("cidr"),
        immutable("zoneSlots"),
        Rule(
            cel="!has(self.zones) || self.zoneSlots == 8 || self.zones.all(z, z in ['a', 'b', 'c', 'd'])",
            message="zones e to h need zoneSlots: 8, which must be set when the network is made",
            holds=lambda n: n.zone_slots == 8 or all(zone in "abcd" for zone in n.zones or ()),
        ),
        Rule(
            cel="self.cidr.matches(self.zoneSlots == 8 ? '/(1[6-9]|2[0-2])$' : '/(1[6-9]|2[0-3])$')",
            message="cidr must be between /16 and /23 (/22 with zoneSlots: 8), so that every zone's smallest "
            "subnet has at least 16 addresses; 10.40.0.0/16 is a good size",
            holds=lambda n: 16 <= n.prefix <= SMALLEST_SUBNET - 3 - n.slot_bits,
        ),
        Rule(
            cel=f"self.cidr.matches('{PRIVATE_PATTERN}')",
            message="cidr must be a private range: inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10",
            holds=lambda n: is_private(n.cidr),
        ),
    )

    cidr: Cidr = DEFAULT_CIDR
    """Range of the VPC. Can never change. Give each cluster its own if the hub or other networks route to it."""
    zone_slots: Annotated[Literal[4, 8], NUMBER] = 4
    """Number of equal blocks that the range is cut into; a zone's letter picks its block. Can never change."""
    zones: Annotated[list[ZoneLetter] | None, Field(min_length=2, max_length=8, json_schema_extra=LIST_SET)] = None
    """Letters of the availability zones. Default: three zones of the region. Zones can be added later, and those
    added can be removed; EKS keeps the zones that its control plane was made in."""
    nat_gateways: Literal["PerZone", "Single", "None"] = "PerZone"
    """Way out of the private subnets: one NAT gateway per zone, one for all (cheaper, one zone's failure cuts off
    all), or none."""
    flow_logs: FlowLogs = FlowLogs()
    """Flow logs of the VPC: records of who talked to whom."""

    @property
    def prefix(self) -> int:
        """Prefix length of the VPC's range."""
        return IPv4Network(self.cidr).prefixlen

    @property
    def slot_bits(self) -> int:
        """Bits that tell the zone blocks apart."""
        return self.zone_slots.bit_length() - 1
