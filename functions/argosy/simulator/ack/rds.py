"""RDS: databases and what they need (rds-controller v1.10.0).

A `DBInstance` is a server of its own, or of a cluster if it names one. Its controller tells AWS to change everything at
once, and that major versions may change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.ack.kind import AckKind, Asking, Course, Field, only, pairs, paths, ref, renamed, same
from argosy.simulator.aws import Account, Thing
from argosy.simulator.values import Values

SKIP_SNAPSHOT = "rds.services.k8s.aws/skip-final-snapshot"
FINAL_SNAPSHOT = "rds.services.k8s.aws/final-db-snapshot-identifier"
DELETE_BACKUPS = "rds.services.k8s.aws/delete-automated-backups"
DATE, LATER = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"


def _ended(annotations: Mapping[str, str]) -> Values:
    """How a database ends: without a snapshot, unless the annotations say otherwise."""
    ended: Values = {"skipFinalSnapshot": annotations.get(SKIP_SNAPSHOT, "true").lower() in ("1", "t", "true")}
    if FINAL_SNAPSHOT in annotations:
        ended["finalSnapshotIdentifier"] = annotations[FINAL_SNAPSHOT]
    if annotations.get(DELETE_BACKUPS):
        ended["deleteAutomatedBackups"] = annotations[DELETE_BACKUPS].lower() in ("1", "t", "true")
    return ended


def _database_asked(asking: Asking) -> Values:
    """A version's beginning is that version; major ones may change."""
    asked, thing = dict(asking.asked), asking.thing
    if thing is None:
        return {**asked, "allowMajorVersionUpgrade": True}
    runs = str(thing.state.get("engineVersion", ""))
    if asked.get("engineVersion") and runs.startswith(asked["engineVersion"]):
        asked["engineVersion"] = runs
    return asked


def _instance_asked(asking: Asking) -> Values:
    """A server of a cluster has its name as such, and most of what it is from the cluster."""
    if not asking.spec.get("dbClusterIdentifier"):
        return _database_asked(asking)
    asked = {name: value for name, value in asking.asked.items() if name not in _OF_CLUSTER}
    group = asked.pop("parameterGroupName", None)
    return {**asked, **({"dbParameterGroupName": group} if group else {})}


_OF_CLUSTER = frozenset(
    {
        "allocatedStorage",
        "backupRetentionPeriod",
        "databaseInsightsMode",
        "dbName",
        "deletionProtection",
        "enabledCloudwatchLogsExports",
        "engineVersion",
        "identifier",
        "kmsKeyId",
        "maxAllocatedStorage",
        "networkType",
        "port",
        "storageEncrypted",
        "storageType",
        "username",
    }
)
"""What a server of a cluster cannot change (`customPreCompare`)."""


def _instance_thing(spec: Mapping[str, Any]) -> str:
    return "rds/ClusterInstance" if spec.get("dbClusterIdentifier") else "rds/Instance"


def _found_instance(spec: Mapping[str, Any], region: str, account: Account) -> Thing | None:
    name = spec["dbInstanceIdentifier"]
    if spec.get("dbClusterIdentifier"):
        return account.find("rds/ClusterInstance", region, name)
    return account.named("rds/Instance", region, "identifier", name)


def _secret(thing: Thing) -> Values:
    found = thing.made.get("masterUserSecret")
    if not found:
        return {}
    secret = found[0]
    return {
        "masterUserSecret": {
            "kmsKeyID": secret["kmsKeyId"],
            "secretARN": secret["secretArn"],
            "secretStatus": secret["secretStatus"],
        }
    }


def _groups(thing: Thing) -> Values:
    groups = thing.fields.get("vpcSecurityGroupIds")
    return {"vpcSecurityGroups": [{"status": "active", "vpcSecurityGroupID": one} for one in groups]} if groups else {}


def _default_parameters(thing: Thing) -> str:
    """RDS's own group for the engine, which has the version that the default option group has: `postgres-16`."""
    engine, _, version = str(thing.state.get("optionGroupName", "")).removeprefix("default:").rpartition("-")
    return f"default.{engine}{version}" if engine else ""


def _instance(thing: Thing, account: Account) -> Values:
    told: Values = {
        **_groups(thing),
        **_secret(thing),
        "activityStreamStatus": "stopped",
        "certificateDetails": {"cAIdentifier": thing.fields["caCertIdentifier"], "validTill": LATER},
        "customerOwnedIPEnabled": False,
        "dbInstancePort": 0,
        "iamDatabaseAuthenticationEnabled": bool(thing.fields.get("iamDatabaseAuthenticationEnabled")),
        "instanceCreateTime": DATE,
    }
    if logs := thing.fields.get("enabledCloudwatchLogsExports"):
        told["enabledCloudwatchLogsExports"] = list(logs)
    if group := account.find("rds/SubnetGroup", thing.region, thing.fields.get("dbSubnetGroupName", "")):
        told["dbSubnetGroup"] = {
            "dbSubnetGroupDescription": group.fields["description"],
            "dbSubnetGroupName": group.identity,
            **_subnet_group(group, account),
        }
    if options := thing.fields.get("optionGroupName"):
        told["optionGroupMemberships"] = [{"optionGroupName": options, "status": "in-sync"}]
    if parameters := thing.fields.get("parameterGroupName") or _default_parameters(thing):
        told["dbParameterGroups"] = [{"dbParameterGroupName": parameters, "parameterApplyStatus": "in-sync"}]
    stands_alone = thing.kind == "rds/Instance"
    told["dbiResourceID"] = thing.made["resourceId" if stands_alone else "dbiResourceId"]
    if account.now >= thing.ready_at:
        place = {"address": thing.made["address" if stands_alone else "endpoint"], "port": thing.state["port"]}
        zone = thing.made.get("hostedZoneId")
        told["endpoint"] = {**place, **({"hostedZoneID": zone} if zone else {})}
    return told


def _cluster(thing: Thing, account: Account) -> Values:
    members = [
        one
        for one in account.all("rds/ClusterInstance", thing.region)
        if one.fields.get("clusterIdentifier") == thing.identity
    ]
    told: Values = {
        **_groups(thing),
        **_secret(thing),
        "clusterCreateTime": DATE,
        "dbClusterResourceID": thing.made["clusterResourceId"],
        "endpoint": thing.made["endpoint"],
        "hostedZoneID": thing.made["hostedZoneId"],
        "iamDatabaseAuthenticationEnabled": bool(thing.fields.get("iamDatabaseAuthenticationEnabled")),
        "multiAZ": len(members) > 1,
        "readerEndpoint": thing.made["readerEndpoint"],
    }
    if logs := thing.fields.get("enabledCloudwatchLogsExports"):
        told["enabledCloudwatchLogsExports"] = list(logs)
    for name, field in (
        ("dbClusterParameterGroup", "dbClusterParameterGroupName"),
        ("dbSubnetGroup", "dbSubnetGroupName"),
    ):
        if thing.fields.get(field):
            told[name] = thing.fields[field]
    if members:
        told["dbClusterMembers"] = [
            {
                "dbClusterParameterGroupStatus": "in-sync",
                "dbInstanceIdentifier": one.identity,
                "isClusterWriter": one.made["writer"],
                "promotionTier": one.fields.get("promotionTier", 0),
            }
            for one in members
        ]
    return told


def _subnet_group(thing: Thing, account: Account) -> Values:
    subnets = [account.find("ec2/Subnet", thing.region, one) for one in thing.fields["subnetIds"]]
    return {
        "subnetGroupStatus": "Complete",
        "subnets": [
            {
                "subnetAvailabilityZone": {"name": one.made["availabilityZone"]},
                "subnetIdentifier": one.identity,
                "subnetStatus": "Active",
            }
            for one in subnets
            if one is not None
        ],
        "supportedNetworkTypes": thing.made["supportedNetworkTypes"],
        "vpcID": thing.made["vpcId"],
    }


def _overrides(given: Mapping[str, str]) -> list[Values]:
    return [{"name": name, "value": value, "applyMethod": "immediate"} for name, value in sorted(given.items())]


def _told_overrides(given: list[Mapping[str, str]]) -> Values:
    return {one["name"]: one["value"] for one in given}


def _parameter_group(thing: Thing, _: Account) -> Values:
    statuses = [
        {"applyMethod": one["applyMethod"], "parameterName": one["name"], "parameterValue": one["value"]}
        for one in thing.fields.get("parameter") or ()
    ]
    return {"parameterOverrideStatuses": statuses} if statuses else {}


def _parameters(kind: str, thing: str) -> AckKind:
    return AckKind(
        service="rds",
        kind=kind,
        thing=only(thing),
        identifier=("spec", "name"),
        fields=(
            *same("description", "family"),
            renamed("parameterOverrides", "parameter", ask=_overrides, tell=_told_overrides),
            pairs(),
        ),
        copied=("spec", "name"),
        status=_parameter_group,
        arn="arn",
    )


def _course(state: str, noun: str, in_change: str, *, upper: str, tells: bool) -> Course:
    return Course(
        state=(state,),
        works="available",
        making="creating",
        changing="modifying",
        deleting="deleting",
        in_making=f"{noun} is currently being created",
        in_change=in_change,
        busy=f"{upper} in '{{state}}' state, cannot be modified until 'available'.",
        leaving=f"{noun} in 'deleting' state, cannot be modified or deleted.",
        tells=tells,
    )


_COMMON: tuple[Field, ...] = (
    *same("autoMinorVersionUpgrade", "backupRetentionPeriod", "copyTagsToSnapshot", "databaseInsightsMode"),
    *same("dbSubnetGroupName", "deletionProtection", "engine", "engineVersion", "manageMasterUserPassword"),
    *same(
        "monitoringInterval", "networkType", "performanceInsightsRetentionPeriod", "port", "preferredMaintenanceWindow"
    ),
    *same("publiclyAccessible", "storageEncrypted", "storageType"),
    renamed("enableCloudwatchLogsExports", "enabledCloudwatchLogsExports"),
    renamed("enableIAMDatabaseAuthentication", "iamDatabaseAuthenticationEnabled"),
    renamed("kmsKeyID", "kmsKeyId"),
    renamed("masterUserSecretKMSKeyID", "masterUserSecretKmsKeyId"),
    renamed("monitoringRoleARN", "monitoringRoleArn"),
    renamed("performanceInsightsKMSKeyID", "performanceInsightsKmsKeyId"),
    renamed("vpcSecurityGroupIDs", "vpcSecurityGroupIds"),
    pairs(),
)
_REFERENCES = (
    ref("dbSubnetGroupRef", "rds/DBSubnetGroup", value="dbSubnetGroupName"),
    ref("kmsKeyRef", "kms/Key"),
    ref("masterUserSecretKMSKeyRef", "kms/Key"),
    ref("monitoringRoleRef", "iam/Role", value="monitoringRoleARN"),
    ref("performanceInsightsKMSKeyRef", "kms/Key"),
    ref("vpcSecurityGroupRefs", "ec2/SecurityGroup"),
)
_TERMINAL = frozenset({"InvalidParameter", "InvalidParameterCombination", "InvalidParameterValue"})

RDS = (
    AckKind(
        service="rds",
        kind="DBSubnetGroup",
        thing=only("rds/SubnetGroup"),
        identifier=("spec", "name"),
        fields=(*same("description"), renamed("subnetIDs", "subnetIds"), pairs()),
        references=(ref("subnetRefs", "ec2/Subnet", required=True),),
        copied=("spec", "name"),
        status=_subnet_group,
        arn="arn",
        terminal=frozenset(
            {"DBSubnetGroupDoesNotCoverEnoughAZs", "InvalidParameter", "InvalidSubnet", "SubnetAlreadyInUse"}
        ),
    ),
    _parameters("DBParameterGroup", "rds/ParameterGroup"),
    _parameters("DBClusterParameterGroup", "rds/ClusterParameterGroup"),
    AckKind(
        service="rds",
        kind="DBInstance",
        thing=_instance_thing,
        identifier=("spec", "dbInstanceIdentifier"),
        find=_found_instance,
        fields=(
            *_COMMON,
            *same("allocatedStorage", "availabilityZone", "backupTarget", "dbName", "licenseModel"),
            *same("maxAllocatedStorage", "performanceInsightsEnabled", "promotionTier"),
            renamed("caCertificateIdentifier", "caCertIdentifier"),
            renamed("dbClusterIdentifier", "clusterIdentifier"),
            renamed("dbInstanceClass", "instanceClass"),
            renamed("dbInstanceIdentifier", "identifier"),
            renamed("dbParameterGroupName", "parameterGroupName"),
            renamed("masterUsername", "username"),
            renamed("multiAZ", "multiAz"),
            renamed("preferredBackupWindow", "backupWindow"),
        ),
        references=(
            ref("dbParameterGroupRef", "rds/DBParameterGroup", value="dbParameterGroupName"),
            *_REFERENCES,
        ),
        copied=("spec", "dbInstanceIdentifier"),
        status=_instance,
        arn="arn",
        course=_course(
            "dbInstanceStatus",
            "DB instance",
            "DB instance cannot be modifed while in '{state}' status",
            upper="DB Instance",
            tells=False,
        ),
        late=paths(
            "allocatedStorage",
            "autoMinorVersionUpgrade",
            "availabilityZone",
            "backupRetentionPeriod",
            "backupTarget",
            "caCertificateIdentifier",
            "copyTagsToSnapshot",
            "databaseInsightsMode",
            "dbName",
            "deletionProtection",
            "engineVersion",
            "licenseModel",
            "masterUsername",
            "monitoringInterval",
            "multiAZ",
            "networkType",
            "performanceInsightsEnabled",
            "performanceInsightsRetentionPeriod",
            "preferredBackupWindow",
            "preferredMaintenanceWindow",
            "publiclyAccessible",
            "storageEncrypted",
            "storageType",
        ),
        late_initialized=True,
        terminal=_TERMINAL,
        immutable=paths("availabilityZone"),
        asked=_instance_asked,
        ended=_ended,
    ),
    AckKind(
        service="rds",
        kind="DBCluster",
        thing=only("rds/Cluster"),
        identifier=("spec", "dbClusterIdentifier"),
        fields=(
            *_COMMON,
            *same("availabilityZones", "databaseName", "dbClusterParameterGroupName", "engineMode", "masterUsername"),
            *same("preferredBackupWindow"),
            renamed("serverlessV2ScalingConfiguration", "serverlessv2ScalingConfiguration"),
        ),
        references=(
            ref("dbClusterParameterGroupRef", "rds/DBClusterParameterGroup", value="dbClusterParameterGroupName"),
            *_REFERENCES,
        ),
        copied=("spec", "dbClusterIdentifier"),
        status=_cluster,
        arn="arn",
        course=_course(
            "status",
            "DB cluster",
            "DB cluster is not available for modification in '{state}' status",
            upper="DB cluster",
            tells=True,
        ),
        late=paths(
            "availabilityZones",
            "backupRetentionPeriod",
            "databaseInsightsMode",
            "deletionProtection",
            "engineMode",
            "engineVersion",
            "networkType",
            "port",
            "preferredBackupWindow",
            "preferredMaintenanceWindow",
            "storageEncrypted",
        ),
        terminal=_TERMINAL
        | {
            "DBClusterQuotaExceededFault",
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "InsufficientStorageClusterCapacity",
            "InvalidSubnet",
            "StorageQuotaExceeded",
            "StorageTypeNotAvailableFault",
        },
        asked=_database_asked,
        ended=_ended,
    ),
)
