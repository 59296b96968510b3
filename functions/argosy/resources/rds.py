"""RDS databases."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.api.databases import Database
from argosy.plan import Part, Resource
from argosy.resources.eks import Cluster
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.network import SecurityGroup, Subnet
from argosy.unknown import Json


@dataclass(frozen=True, kw_only=True, eq=False)
class DatabaseSubnetGroup(Resource):
    """The subnets that databases may use."""

    part = Part.DATABASES
    name: str
    description: str
    subnets: tuple[Subnet, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class DatabaseSecurityGroup(SecurityGroup):
    """A security group that admits the cluster's security group, and nothing else (SEC-34, SEC-51)."""

    cluster: Cluster
    port: int


@dataclass(frozen=True, kw_only=True, eq=False)
class DatabaseResource(Resource):
    """What an RDS instance and an Aurora cluster have in common.

    Attributes:
        name: identifier on AWS.
        final_snapshot: name of the snapshot that AWS makes at the end; after the observed resource id, so that
            a second database of that name never meets the snapshot of the first (SEC-52, REL-20).
    """

    part = Part.DATABASES
    spec: Database
    name: str
    final_snapshot: Json
    subnet_group: DatabaseSubnetGroup
    security_group: DatabaseSecurityGroup
    encryption_key: Key
    monitoring_role: Role


@dataclass(frozen=True, kw_only=True, eq=False)
class DatabaseInstance(DatabaseResource):
    """An RDS instance of PostgreSQL with its parameter group."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AuroraCluster(DatabaseResource):
    """An Aurora PostgreSQL cluster with its parameter group and an instance per zone."""

    zones: tuple[str, ...]
