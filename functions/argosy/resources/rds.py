"""RDS databases."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.api.databases import Database
from argosy.data.databases import ENGINES, FIRST_DATABASE, STORAGE_GIB
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
        shut: whether the claim is about to go and the group stays: an engine to which the rule is a part of the group
            takes it out then.
    """

    cluster: Cluster
    port: int
    rule_key: str
    shut: bool


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

    @property
    def parameter_group_key(self) -> str:
        """Composition-resource name of its parameter group."""
        return f"parameter-group-{self.spec.name}"

    @property
    def parameter_group_description(self) -> str:
        """What people read of its parameter group on AWS."""
        return f"Database {self.spec.name}: TLS only"

    @property
    def family(self) -> str:
        """Family of its parameter group."""
        return ENGINES[self.spec.engine].families[self.spec.version]

    @property
    def first_database(self) -> str:
        """Name of the database inside that is made with it."""
        return self.spec.database_name or FIRST_DATABASE

    @property
    def instance_class(self) -> str:
        """Size of its servers."""
        if self.spec.serverless:
            return "db.serverless"
        return self.spec.instance_class or ENGINES[self.spec.engine].instance_class


@dataclass(frozen=True, kw_only=True, eq=False)
class DatabaseInstance(DatabaseResource):
    """An RDS instance of PostgreSQL with its parameter group."""

    @property
    def storage_gib(self) -> int:
        """GiB at the start; it grows by itself to twice as much."""
        return self.spec.storage_gib or STORAGE_GIB


@dataclass(frozen=True, kw_only=True, eq=False)
class AuroraCluster(DatabaseResource):
    """An Aurora PostgreSQL cluster with its parameter group and an instance per zone."""

    zones: tuple[str, ...]


def instance_key(database: str, letter: str) -> str:
    """Composition-resource name of an Aurora cluster's instance in the zone of that letter."""
    return f"cluster-instance-{database}-{letter}"


def instance_name(database: str, letter: str) -> str:
    """What such an instance is called on AWS, behind the cluster's name.

    `dbi-` and `db-` keep a database called `orders-a` apart from instance a of `orders`.
    """
    return f"dbi-{letter}-{database}"
