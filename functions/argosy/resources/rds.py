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
    """A security group that admits the cluster's security group, and nothing else (SEC-34, SEC-51).

    Attributes:
        rule_key: key of the rule that does so. It goes with the cluster, also where the group stays.
    """

    cluster: Cluster
    port: int
    rule_key: str


@dataclass(frozen=True, kw_only=True, eq=False)
class DatabaseResource(Resource):
    """What an RDS instance and an Aurora cluster have in common.

    Attributes:
        name: identifier on AWS.
        resource_id: the id that AWS gave it, also while it is not observed.
        protected: whether AWS refuses to delete it.
        final_snapshot: name of the snapshot that AWS makes at the end; after the observed resource id, so that
            a second database of that name never meets the snapshot of the first (SEC-52, REL-20).
    """

    part = Part.DATABASES
    spec: Database
    name: str
    resource_id: Json
    protected: bool
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


def instance_key(database: str, letter: str) -> str:
    """Composition-resource name of an Aurora cluster's instance in the zone of that letter."""
    return f"cluster-instance-{database}-{letter}"
