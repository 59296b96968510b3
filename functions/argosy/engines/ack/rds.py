"""RDS: databases.

ACK tells AWS to apply every change at once, and that major versions may change; no field says otherwise
(rds-controller v1.10.0, `sdk.go` and `custom_update.go`). How a database ends stands in annotations, by default
without a snapshot (SEC-52).
"""

from __future__ import annotations

from argosy.data.databases import (
    ADMINISTRATOR,
    ENGINES,
    INSIGHTS_DAYS,
    MONITORING_SECONDS,
    PORT,
    TLS_PARAMETER,
    TLS_VALUE,
)
from argosy.engines.ack.envelope import DELETION_POLICY, RENDERERS, managed, ref, refs
from argosy.engines.ack.facts import DELETE_BACKUPS, FINAL_SNAPSHOT, SKIP_SNAPSHOT
from argosy.engines.base import Context, Objects
from argosy.names import DATABASE_LENGTH
from argosy.plan import Fact
from argosy.resources.rds import (
    AuroraCluster,
    DatabaseInstance,
    DatabaseResource,
    DatabaseSubnetGroup,
    instance_key,
    instance_name,
)
from argosy.settle import Manifest
from argosy.unknown import Json, Unknown


@RENDERERS.renders(DatabaseSubnetGroup)
def subnet_group(resource: DatabaseSubnetGroup, context: Context) -> Objects:
    """The subnet group."""
    yield managed(
        context,
        resource.key,
        "rds/DBSubnetGroup",
        {
            "name": resource.name,
            "description": resource.description,
            "subnetRefs": refs(context, resource.subnets),
        },
    )


def _parameter_group(resource: DatabaseResource, context: Context, kind: str) -> tuple[str, Manifest]:
    """The parameter group, by which the server refuses connections without TLS (SEC-53)."""
    return managed(
        context,
        resource.parameter_group_key,
        kind,
        {
            "name": resource.name,
            "description": resource.parameter_group_description,
            "family": resource.family,
            "parameterOverrides": {TLS_PARAMETER: TLS_VALUE},
        },
    )


def _common(resource: DatabaseResource, context: Context) -> Manifest:
    """What an instance and a cluster say alike."""
    spec, engine = resource.spec, ENGINES[resource.spec.engine]
    key = ref(context, resource.encryption_key)
    return {
        "engine": engine.name,
        "engineVersion": spec.version,
        "port": PORT,
        "networkType": "IPV4",
        "dbSubnetGroupRef": ref(context, resource.subnet_group),
        "vpcSecurityGroupRefs": [ref(context, resource.security_group)],
        "storageEncrypted": True,
        "kmsKeyRef": key,
        "manageMasterUserPassword": True,
        "masterUserSecretKMSKeyRef": key,
        "masterUsername": ADMINISTRATOR,
        "enableIAMDatabaseAuthentication": True,
        "enableCloudwatchLogsExports": list(engine.log_exports),
        "backupRetentionPeriod": spec.backup_retention_days,
        "copyTagsToSnapshot": True,
        "deletionProtection": resource.protected,
    }


def _end(resource: DatabaseResource) -> Manifest:
    """How it ends (SEC-52)."""
    gone = "true" if resource.spec.on_delete == "Delete" else "false"
    return {
        SKIP_SNAPSHOT: gone,
        FINAL_SNAPSHOT: resource.final_snapshot,
        DELETE_BACKUPS: gone,
    }


def _server(resource: DatabaseResource, context: Context) -> Manifest:
    """What every database server says, alone or in a cluster."""
    return {
        "dbInstanceClass": resource.instance_class,
        "publiclyAccessible": False,
        "autoMinorVersionUpgrade": True,
        "monitoringInterval": MONITORING_SECONDS,
        "monitoringRoleRef": ref(context, resource.monitoring_role),
        "performanceInsightsEnabled": True,
        "performanceInsightsKMSKeyRef": ref(context, resource.encryption_key),
        "performanceInsightsRetentionPeriod": INSIGHTS_DAYS,
    }


@RENDERERS.renders(DatabaseInstance)
def database_instance(resource: DatabaseInstance, context: Context) -> Objects:
    """The parameter group and the instance."""
    yield _parameter_group(resource, context, "rds/DBParameterGroup")
    yield managed(
        context,
        resource.key,
        "rds/DBInstance",
        {
            **_common(resource, context),
            **_server(resource, context),
            "dbInstanceIdentifier": resource.name,
            "dbName": resource.first_database,
            "multiAZ": resource.spec.multi_az is not False,
            "storageType": "gp3",
            "allocatedStorage": resource.storage_gib,
            "maxAllocatedStorage": 2 * resource.storage_gib,
            "dbParameterGroupRef": ref(context, resource.parameter_group_key),
        },
        annotations=_end(resource),
    )


@RENDERERS.renders(AuroraCluster)
def aurora_cluster(resource: AuroraCluster, context: Context) -> Objects:
    """The parameter group, the cluster, and an instance in each of its zones."""
    spec = resource.spec
    fields: Manifest = {
        **_common(resource, context),
        "dbClusterIdentifier": resource.name,
        "engineMode": "provisioned",
        "databaseName": resource.first_database,
        "dbClusterParameterGroupRef": ref(context, resource.parameter_group_key),
    }
    if spec.serverless:
        fields["serverlessV2ScalingConfiguration"] = {
            "minCapacity": spec.serverless.min_capacity,
            "maxCapacity": spec.serverless.max_capacity,
        }
    yield _parameter_group(resource, context, "rds/DBClusterParameterGroup")
    yield managed(context, resource.key, "rds/DBCluster", fields, annotations=_end(resource))
    for zone in resource.zones:
        yield _cluster_instance(resource, context, zone)


def _cluster_instance(resource: AuroraCluster, context: Context, zone: str) -> tuple[str, Manifest]:
    spec = resource.spec
    made = context.fact(resource, Fact.RESOURCE_ID)
    identifier: Json = made if isinstance(made, Unknown) else resource.name
    # a server of a cluster has no snapshot of its own; one that leaves with its zone must not stay on AWS because its
    # cluster is protected
    end: Manifest = {SKIP_SNAPSHOT: "true"}
    if spec.on_delete != "Retain":
        end[DELETION_POLICY] = "delete"
    return managed(
        context,
        instance_key(spec.name, zone[-1]),
        "rds/DBInstance",
        {
            **_server(resource, context),
            "dbInstanceIdentifier": context.names.aws(instance_name(spec.name, zone[-1]), DATABASE_LENGTH),
            "dbClusterIdentifier": identifier,
            "engine": ENGINES[spec.engine].name,
            "availabilityZone": zone,
            "dbSubnetGroupRef": ref(context, resource.subnet_group),
            "copyTagsToSnapshot": True,
            "promotionTier": 1,
        },
        annotations=end,
    )
