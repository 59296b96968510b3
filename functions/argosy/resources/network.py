"""The network: VPC, subnets, ways out, security groups."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from argosy.plan import Part, Resource
from argosy.resources.iam import Role
from argosy.resources.logs import LogGroup
from argosy.unknown import Json

Tier = Literal["private", "public", "database"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Vpc(Resource):
    """A VPC whose default security group admits nothing (SEC-32).

    Attributes:
        id: its id on AWS once it has one, also while it is not observed.
    """

    part = Part.NETWORK
    id: Json
    cidr: IPv4Network


@dataclass(frozen=True, kw_only=True, eq=False)
class InternetGateway(Resource):
    """The VPC's way to the internet."""

    part = Part.NETWORK
    vpc: Vpc


@dataclass(frozen=True, kw_only=True, eq=False)
class Subnet(Resource):
    """A slice of the VPC in one zone, and the route table that it uses."""

    part = Part.NETWORK
    vpc: Vpc
    tier: Tier
    zone: str
    cidr: IPv4Network
    route_table: RouteTable


@dataclass(frozen=True, kw_only=True, eq=False)
class NatGateway(Resource):
    """A way out for private subnets, with its fixed public address.

    Attributes:
        name: part of the key of its address.
        id: its id on AWS once it has one, also while it is not observed.
    """

    part = Part.NETWORK
    name: str
    id: Json
    subnet: Subnet


@dataclass(frozen=True, kw_only=True, eq=False)
class RouteTable(Resource):
    """Routes of some subnets.

    Attributes:
        name: which table, part of its route's key.
        way_out: where everything else goes; None keeps traffic inside the VPC.
    """

    part = Part.NETWORK
    name: str
    vpc: Vpc
    way_out: InternetGateway | NatGateway | None


@dataclass(frozen=True, kw_only=True, eq=False)
class FlowLog(Resource):
    """Records of the VPC's traffic (SEC-33). AWS changes nothing of one but its tags.

    Attributes:
        traffic: which traffic is recorded.
        role: as which the records are written.
    """

    part = Part.NETWORK
    vpc: Vpc
    traffic: Literal["All", "Reject"]
    log_group: LogGroup
    role: Role


@dataclass(frozen=True, kw_only=True)
class IngressRule:
    """One door of a security group: TCP on one port, from one range."""

    key: str
    description: str
    port: int
    cidr: str


@dataclass(frozen=True, kw_only=True, eq=False)
class SecurityGroup(Resource):
    """A security group that admits what its rules say, and lets nothing out."""

    serves: Part
    vpc: Vpc
    name: str
    description: str
    ingress: tuple[IngressRule, ...] = ()

    @property
    def condition(self) -> Part:
        """A security group belongs to the part that it serves."""
        return self.serves
