"""RDS: databases."""

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
from argosy.engines.base import Context, Objects
from argosy.engines.upbound.envelope import ALL, RENDERERS, managed, ref, refs
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
from argosy.unknown import Json, later

EXTENDED_SUPPORT = "open-source-rds-extended-support"
"""Explicit: costs more at the end of standard support, and never upgrades a major version by surprise."""


@RENDERERS.renders(DatabaseSubnetGroup)
def subnet_group(resource: DatabaseSubnetGroup, context: Context) -> Objects:
    """The subnet group."""
    yield managed(
        context,
        resource.key,
        "rds/SubnetGroup",
        {"description": resource.description, "subnetIdRefs": refs(context, resource.subnets)},
        external_name=resource.name,
    )


def _parameter_group(resource: DatabaseResource, context: Context, kind: str) -> tuple[str, Manifest]:
    """The parameter group, by which the server refuses connections without TLS (SEC-53)."""
    return managed(
        context,
        resource.parameter_group_key,
        kind,
        {
            "description": resource.parameter_group_description,
            "family": resource.family,
            "parameter": [{"name": TLS_PARAMETER, "value": TLS_VALUE, "applyMethod": "immediate"}],
        },
        external_name=resource.name,
    )


def _common(resource: DatabaseResource, context: Context) -> Manifest:
    """What an instance and a cluster say alike."""
    spec, engine = resource.spec, ENGINES[resource.spec.engine]
    key = ref(context, resource.encryption_key)
    return {
        "engine": engine.name,
        "engineVersion": spec.version,
        "engineLifecycleSupport": EXTENDED_SUPPORT,
        "allowMajorVersionUpgrade": False,
        "applyImmediately": False,
        "port": PORT,
        "networkType": "IPV4",
        "dbSubnetGroupNameRef": ref(context, resource.subnet_group),
        "vpcSecurityGroupIdRefs": [ref(context, resource.security_group)],
        "storageEncrypted": True,
        "kmsKeyIdRef": key,
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyIdRef": key,
        "iamDatabaseAuthenticationEnabled": True,
        "enabledCloudwatchLogsExports": list(engine.log_exports),
        "backupRetentionPeriod": spec.backup_retention_days,
        "copyTagsToSnapshot": True,
        "deleteAutomatedBackups": spec.on_delete == "Delete",
        "deletionProtection": resource.protected,
        "skipFinalSnapshot": spec.on_delete == "Delete",
        "finalSnapshotIdentifier": resource.final_snapshot,
    }


def _server(resource: DatabaseResource, context: Context) -> Manifest:
    """What every database server says, alone or in a cluster."""
    insights_key: Json = context.fact(resource.encryption_key, Fact.ARN)
    return {
        "publiclyAccessible": False,
        "autoMinorVersionUpgrade": True,
        "monitoringInterval": MONITORING_SECONDS,
        "monitoringRoleArnRef": ref(context, resource.monitoring_role),
        "performanceInsightsEnabled": True,
        "performanceInsightsKmsKeyId": insights_key,
        "performanceInsightsRetentionPeriod": INSIGHTS_DAYS,
    }


@RENDERERS.renders(DatabaseInstance)
def database_instance(resource: DatabaseInstance, context: Context) -> Objects:
    """The parameter group and the instance."""
    spec = resource.spec
    yield _parameter_group(resource, context, "rds/ParameterGroup")
    yield managed(
        context,
        resource.key,
        "rds/Instance",
        {
            **_common(resource, context),
            **_server(resource, context),
            "identifier": resource.name,
            "dbName": resource.first_database,
            "username": ADMINISTRATOR,
            "instanceClass": resource.instance_class,
            "multiAz": spec.multi_az is not False,
            "storageType": "gp3",
            "allocatedStorage": resource.storage_gib,
            "maxAllocatedStorage": 2 * resource.storage_gib,
            "parameterGroupNameRef": ref(context, resource.parameter_group_key),
        },
        # by which an object that is made anew finds it again
        external_name=later(resource.resource_id),
    )


@RENDERERS.renders(AuroraCluster)
def aurora_cluster(resource: AuroraCluster, context: Context) -> Objects:
    """The parameter group, the cluster, and an instance in each of its zones."""
    spec = resource.spec
    fields: Manifest = {
        **_common(resource, context),
        "engineMode": "provisioned",
        "databaseName": resource.first_database,
        "masterUsername": ADMINISTRATOR,
        "dbClusterParameterGroupNameRef": ref(context, resource.parameter_group_key),
    }
    if spec.serverless:
        fields["serverlessv2ScalingConfiguration"] = {
            "minCapacity": spec.serverless.min_capacity,
            "maxCapacity": spec.serverless.max_capacity,
        }
    yield _parameter_group(resource, context, "rds/ClusterParameterGroup")
    yield managed(context, resource.key, "rds/Cluster", fields, external_name=resource.name)
    for zone in resource.zones:
        yield _cluster_instance(resource, context, zone)


def _cluster_instance(resource: AuroraCluster, context: Context, zone: str) -> tuple[str, Manifest]:
    spec = resource.spec
    return managed(
        context,
        instance_key(spec.name, zone[-1]),
        "rds/ClusterInstance",
        {
            **_server(resource, context),
            "clusterIdentifierRef": ref(context, resource),
            "engine": ENGINES[spec.engine].name,
            "instanceClass": resource.instance_class,
            "availabilityZone": zone,
            "dbSubnetGroupNameRef": ref(context, resource.subnet_group),
            "applyImmediately": False,
            "copyTagsToSnapshot": True,
            "promotionTier": 1,
        },
        external_name=context.names.aws(instance_name(spec.name, zone[-1]), DATABASE_LENGTH),
        # one that leaves with its zone must not stay on AWS because its cluster is protected
        policies=None if spec.on_delete == "Retain" else ALL,
    )
