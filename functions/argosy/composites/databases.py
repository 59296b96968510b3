"""The databases of a cluster: private, encrypted, reached by this cluster only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from argosy.api.databases import Database
from argosy.composites.control_plane import ControlPlane
from argosy.composites.design import Design
from argosy.composites.network import LETTERS, Network, databases_stay
from argosy.data.databases import ENGINES, PORT
from argosy.data.managed_policies import managed_policy_arn
from argosy.data.regions import service_principal
from argosy.names import DATABASE_LENGTH
from argosy.plan import Fact, Part, Refused, Resource
from argosy.policies.documents import trust_service
from argosy.policies.kms import database_key_policy
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.rds import (
    AuroraCluster,
    DatabaseInstance,
    DatabaseResource,
    DatabaseSecurityGroup,
    DatabaseSubnetGroup,
    instance_key,
)
from argosy.unknown import Json, Unknown


@dataclass(frozen=True, kw_only=True)
class Databases:
    """The databases' resources."""

    databases: tuple[DatabaseResource, ...] = ()
    others: tuple[Resource, ...] = ()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All of them, in the order in which they are made."""
        return (*self.others, *self.databases)


def plan(design: Design, network: Network, control_plane: ControlPlane) -> Databases:
    """The databases that a claim asks for.

    Raises:
        Refused: for a version that RDS does not offer, or a zone that the network does not have.
    """
    asked = sorted(design.spec.databases, key=lambda database: database.name)
    if not asked:
        return Databases()
    subnet_group = DatabaseSubnetGroup(
        key="subnet-group-databases",
        asked_by="spec.databases",
        retained=databases_stay(design),
        name=design.names.aws("databases", DATABASE_LENGTH),
        description=f"Databases of EKS cluster {design.cluster_name}",
        subnets=tuple(network.database.values()),
    )
    monitoring = _monitoring_role(design)
    databases, keys, groups = [], [], []
    for spec in asked:
        key = _key(design, spec)
        group = _security_group(design, network, control_plane, spec)
        databases.append(_database(design, network, spec, subnet_group, group, key, monitoring))
        keys.append(key)
        groups.append(group)
    return Databases(databases=tuple(databases), others=(monitoring, subnet_group, *keys, *groups))


def _key(design: Design, spec: Database) -> Key:
    """A database's own key. AWS keeps it for ever: a snapshot without its key is lost (design 6)."""
    return Key(
        key=f"key-database-{spec.name}",
        id=design.key_id(f"key-database-{spec.name}", "databases", spec.name, "keyArn"),
        serves=Part.DATABASES,
        asked_by=f"spec.databases[{spec.name}]",
        description=f"Database {spec.name} of EKS cluster {design.cluster_name}",
        policy=design.document(lambda account: database_key_policy(design.partition, design.spec.region, account)),
        retained=True,
    )


def _monitoring_role(design: Design) -> Role:
    def trust(account: str) -> object:
        service = service_principal("monitoring.rds", design.partition)
        return trust_service(service, conditions={"StringEquals": {"aws:SourceAccount": account}})

    return design.role(
        "role-monitoring",
        serves=Part.DATABASES,
        asked_by="spec.databases",
        description=f"Enhanced monitoring of databases of EKS cluster {design.cluster_name}",
        trust=design.document(trust),
        managed=(managed_policy_arn("AmazonRDSEnhancedMonitoringRole", design.partition),),
        retained=databases_stay(design),
    )


def _security_group(
    design: Design, network: Network, control_plane: ControlPlane, spec: Database
) -> DatabaseSecurityGroup:
    return DatabaseSecurityGroup(
        key=f"security-group-database-{spec.name}",
        serves=Part.DATABASES,
        asked_by=f"spec.databases[{spec.name}]",
        retained=spec.on_delete == "Retain",
        vpc=network.vpc,
        name=design.names.object(f"database-{spec.name}"),
        description=f"Admits EKS cluster {design.cluster_name} to database {spec.name}",
        cluster=control_plane.cluster,
        port=PORT,
        rule_key=f"ingress-database-{spec.name}",
        shut=design.leaving and spec.on_delete == "Retain",
    )


def _database(
    design: Design,
    network: Network,
    spec: Database,
    subnet_group: DatabaseSubnetGroup,
    security_group: DatabaseSecurityGroup,
    key: Key,
    monitoring_role: Role,
) -> DatabaseResource:
    path = f"spec.databases[{spec.name}]"
    if spec.version not in ENGINES[spec.engine].families:
        offered = ", ".join(sorted(ENGINES[spec.engine].families))
        raise Refused(f"{path}.version", f"{spec.engine} has no version {spec.version}; write one of {offered}")
    if strangers := sorted(set(spec.zones or ()) - set(network.database)):
        raise Refused(
            f"{path}.zones", f"zone {', '.join(strangers)} is not in the network's zones {', '.join(network.database)}"
        )
    name = design.names.aws(f"db-{spec.name}", DATABASE_LENGTH)
    if spec.engine == "AuroraPostgreSQL":
        letters = sorted(spec.zones) if spec.zones else list(network.database)
        _check_retained_instances(design, spec, letters)
        build: Callable[..., DatabaseResource] = partial(
            AuroraCluster, zones=tuple(f"{design.spec.region}{letter}" for letter in letters)
        )
        kind: type[DatabaseResource] = AuroraCluster
    else:
        _check_zone(design, network, spec)
        build = DatabaseInstance
        kind = DatabaseInstance
    resource_id = design.remembered(
        kind, f"database-{spec.name}", Fact.RESOURCE_ID, "databases", spec.name, "resourceId"
    )
    stays = spec.on_delete == "Retain"
    # what stays on AWS keeps its protection: nobody deletes it with the claim
    protected = spec.deletion_protection and (stays or not design.leaving)
    return build(
        key=f"database-{spec.name}",
        asked_by=path,
        retained=stays or protected,
        spec=spec,
        name=name,
        resource_id=resource_id,
        protected=protected,
        final_snapshot=_final_snapshot(design, resource_id, spec, name),
        subnet_group=subnet_group,
        security_group=security_group,
        encryption_key=key,
        monitoring_role=monitoring_role,
    )


def _check_zone(design: Design, network: Network, spec: Database) -> None:
    """Refuses to take the zone away that an instance stands in: AWS keeps its subnet."""
    zone = design.facts.read(DatabaseInstance, f"database-{spec.name}", Fact.ZONE)
    if isinstance(zone, str) and zone[-1] not in network.database:
        raise Refused("spec.network.zones", f"zone {zone[-1]} cannot leave: database {spec.name} stands in it")


def _check_retained_instances(design: Design, spec: Database, letters: Sequence[str]) -> None:
    """Refuses to take a zone from an Aurora cluster whose instance there would stay on AWS, and nobody's."""
    left = [zone for zone in LETTERS if design.facts.exists(instance_key(spec.name, zone)) and zone not in letters]
    if left and spec.on_delete == "Retain":
        raise Refused(
            f"spec.databases[{spec.name}].zones",
            f"zone {', '.join(left)} cannot leave while onDelete is Retain, by which its instance stays on AWS; write "
            "onDelete: Snapshot until the instance is gone",
        )


def _final_snapshot(design: Design, resource_id: Json, spec: Database, name: str) -> Json:
    """`<name>-final-<resource id>`; until the id is known, `<name>-final-<id of the database's key>`.

    Without a name AWS would refuse to delete a database that is still being made, and once its claim is being deleted
    nobody could give it one. The key's id is known before the database exists, and no other database has it: keys are
    never deleted, so a second database of that name gets another one.
    """
    if isinstance(resource_id, Unknown):
        key = design.facts.read(Key, f"key-database-{spec.name}", Fact.ARN)
        if isinstance(key, Unknown):
            return key
        return resource_id.instead(f"{name}-final-{cast('str', key).rpartition('/')[2]}")
    return f"{name}-final-{cast('str', resource_id).lower().removeprefix('cluster-').removeprefix('db-')}"
