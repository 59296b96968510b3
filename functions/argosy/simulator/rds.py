"""RDS: databases and what they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.aws import Account, Needed, Refusal, Thing, User, arn, capitals, domain, small
from argosy.simulator.ec2 import needs_groups, needs_subnets, vpc_of, zones_of
from argosy.simulator.foundations import needs_key
from argosy.simulator.kind import Extract, InUse, Kind, Named, Unique, by_name, paths, ref
from argosy.simulator.values import Path, Values, digest, uuid

PORTS = {"postgres": 5432, "aurora-postgresql": 5432}
SUBNET_GROUP = Needed(
    path=("dbSubnetGroupName",),
    kind="rds/SubnetGroup",
    code="DBSubnetGroupNotFoundFault",
    message="DB subnet group '{value}' does not exist.",
)


def _host(thing: Thing, account: Account, name: str, word: str = "") -> str:
    place = small(12, "rds", account.number, thing.region)
    return f"{name}.{word}{place}.{thing.region}.rds.{domain(thing.region)}"


def _version(asked: str) -> str:
    """The version that runs where a prefix was asked for."""
    return asked if "." in asked else f"{asked}.4"


def _secret(thing: Thing, account: Account, word: str) -> Values:
    if not thing.fields.get("manageMasterUserPassword"):
        return {}
    seed = (word, thing.seed)
    key = thing.fields.get("masterUserSecretKmsKeyId") or "alias/aws/secretsmanager"
    path = f"secret:rds!{word}-{uuid(*seed)}-{capitals(6, *seed)}"
    return {
        "masterUserSecret": [
            {
                "kmsKeyId": key if key.startswith("arn:") else arn("kms", thing.region, account.number, f"key/{key}"),
                "secretArn": arn("secretsmanager", thing.region, account.number, path),
                "secretStatus": "active",
            }
        ]
    }


def _instance(thing: Thing, account: Account) -> Values:
    host = _host(thing, account, thing.fields["identifier"])
    port = thing.fields["port"]
    return {
        "address": host,
        "arn": arn("rds", thing.region, account.number, f"db:{thing.fields['identifier']}"),
        "endpoint": f"{host}:{port}",
        "engineVersionActual": _version(thing.fields["engineVersion"]),
        "hostedZoneId": f"Z{capitals(13, 'rds zone', thing.region)}",
        "resourceId": thing.identity,
        "status": "available",
        **_secret(thing, account, "db"),
    }


def _instance_defaults(thing: Thing, account: Account) -> Values:
    engine = thing.fields.get("engine", "")
    return {
        "autoMinorVersionUpgrade": True,
        "availabilityZone": next(iter(_zones(thing, account)), f"{thing.region}a"),
        "backupRetentionPeriod": 0,
        "backupTarget": "region",
        "backupWindow": "03:00-03:30",
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "copyTagsToSnapshot": False,
        "databaseInsightsMode": "standard",
        "deleteAutomatedBackups": True,
        "deletionProtection": False,
        "engineLifecycleSupport": "open-source-rds-extended-support",
        "engineVersion": "17",
        "iamDatabaseAuthenticationEnabled": False,
        "licenseModel": "postgresql-license",
        "maintenanceWindow": "sun:04:00-sun:04:30",
        "multiAz": False,
        "networkType": "IPV4",
        "optionGroupName": f"default:{engine}-{str(thing.fields.get('engineVersion', '17')).split('.')[0]}",
        "performanceInsightsEnabled": False,
        "port": PORTS.get(engine, 3306),
        "publiclyAccessible": False,
        "skipFinalSnapshot": False,
        "storageEncrypted": False,
        "storageType": "gp2",
    }


def _check_new_instance(thing: Thing, _: Mapping[str, Any], __: Account) -> None:
    if thing.fields.get("engine") not in PORTS:
        raise Refusal("InvalidParameterValue", f"Invalid DB engine: {thing.fields.get('engine')}")


def _major(version: str) -> int:
    return int(version.split(".")[0])


def _check_version(thing: Thing, wanted: Mapping[str, Any], _: Account) -> None:
    new, old = _major(wanted["engineVersion"]), _major(thing.fields["engineVersion"])
    if new > old and not wanted.get("allowMajorVersionUpgrade"):
        raise Refusal(
            "InvalidParameterCombination",
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
        )


def _older(path: Path, actual: Any, asked: Any) -> bool:
    """The provider never asks RDS for an older version (config/cluster/rds/config.go)."""
    return path == ("engineVersion",) and _numbers(str(asked)) <= _numbers(str(actual))


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _check_snapshot(thing: Thing, account: Account) -> None:
    """The final snapshot is made, or refused (REL-20)."""
    if thing.fields.get("skipFinalSnapshot"):
        return
    name = thing.fields.get("finalSnapshotIdentifier")
    if not name:
        raise Refusal(
            "InvalidParameterCombination", "final_snapshot_identifier is required when skip_final_snapshot is false"
        )
    if name in account.snapshots:
        raise Refusal(
            "DBSnapshotAlreadyExists",
            f"Cannot create the snapshot because one with the identifier {name} already exists.",
        )
    account.snapshots.add(name)


def _check_delete(word: str) -> Any:
    def check(thing: Thing, _: Mapping[str, Any], account: Account) -> None:
        if thing.fields.get("deletionProtection"):
            raise Refusal(
                "InvalidParameterCombination",
                f"Cannot delete protected {word}, please disable deletion protection and try again.",
            )
        _check_snapshot(thing, account)

    return check


def _cluster(thing: Thing, account: Account) -> Values:
    return {
        "arn": arn("rds", thing.region, account.number, f"cluster:{thing.identity}"),
        "clusterResourceId": f"cluster-{capitals(26, 'aurora', thing.seed)}",
        "endpoint": _host(thing, account, thing.identity, "cluster-"),
        "engineVersionActual": _version(thing.fields["engineVersion"]),
        "hostedZoneId": f"Z{capitals(13, 'rds zone', thing.region)}",
        "readerEndpoint": _host(thing, account, thing.identity, "cluster-ro-"),
        **_secret(thing, account, "cluster"),
    }


def _zones(thing: Thing, account: Account) -> list[str]:
    """The zones of a database's subnet group."""
    group = account.find("rds/SubnetGroup", thing.region, thing.fields.get("dbSubnetGroupName", ""))
    return sorted(zones_of(group.fields["subnetIds"], thing.region, account)) if group is not None else []


def _cluster_defaults(thing: Thing, account: Account) -> Values:
    return {
        "allocatedStorage": 1,
        "availabilityZones": _zones(thing, account),
        "backupRetentionPeriod": 1,
        "databaseInsightsMode": "standard",
        "deletionProtection": False,
        "engineLifecycleSupport": "open-source-rds-extended-support",
        "engineMode": "provisioned",
        "engineVersion": "17",
        "iamDatabaseAuthenticationEnabled": False,
        "networkType": "IPV4",
        "port": PORTS.get(thing.fields.get("engine", ""), 3306),
        "preferredBackupWindow": "03:00-03:30",
        "preferredMaintenanceWindow": "sun:04:00-sun:04:30",
        "skipFinalSnapshot": False,
        "storageEncrypted": False,
    }


def _member(thing: Thing, account: Account) -> Values:
    cluster = account.find("rds/Cluster", thing.region, thing.fields["clusterIdentifier"])
    others = [
        other
        for other in account.all("rds/ClusterInstance", thing.region)
        if other.fields.get("clusterIdentifier") == thing.fields["clusterIdentifier"] and other is not thing
    ]
    fields: Mapping[str, Any] = cluster.fields if cluster is not None else {}
    return {
        "arn": arn("rds", thing.region, account.number, f"db:{thing.identity}"),
        "dbiResourceId": f"db-{capitals(26, 'member', thing.seed)}",
        "endpoint": _host(thing, account, thing.identity),
        "engineVersionActual": _version(fields.get("engineVersion", "17")),
        "kmsKeyId": fields.get("kmsKeyId", ""),
        "networkType": fields.get("networkType", "IPV4"),
        "port": fields.get("port", 5432),
        "storageEncrypted": bool(fields.get("storageEncrypted")),
        "writer": thing.made.get("writer", not any(other.made.get("writer") for other in others)),
    }


def _member_defaults(thing: Thing, account: Account) -> Values:
    cluster = account.find("rds/Cluster", thing.region, thing.fields.get("clusterIdentifier", ""))
    return {
        "availabilityZone": f"{thing.region}{'abc'[int(digest(thing.identity)[:2], 16) % 3]}",
        "autoMinorVersionUpgrade": True,
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "copyTagsToSnapshot": False,
        "engineVersion": cluster.fields["engineVersion"] if cluster is not None else "17",
        "monitoringInterval": 0,
        "performanceInsightsEnabled": False,
        "preferredMaintenanceWindow": "sun:05:00-sun:05:30",
        "promotionTier": 0,
        "publiclyAccessible": False,
    }


def _check_member(thing: Thing, _: Mapping[str, Any], account: Account) -> None:
    cluster = account.find("rds/Cluster", thing.region, thing.fields["clusterIdentifier"])
    group = thing.fields.get("dbSubnetGroupName")
    if cluster is not None and group and group != cluster.fields.get("dbSubnetGroupName"):
        raise Refusal("InvalidParameterCombination", "The DB subnet group of an instance must be its cluster's")


def _group(word: str) -> Any:
    def make(thing: Thing, account: Account) -> Values:
        return {"arn": arn("rds", thing.region, account.number, f"{word}:{thing.identity}")}

    return make


def _subnet_group(thing: Thing, account: Account) -> Values:
    return {
        **_group("subgrp")(thing, account),
        "supportedNetworkTypes": ["IPV4"],
        "vpcId": vpc_of(thing.fields["subnetIds"], thing.region, account),
    }


def _check_subnet_group(thing: Thing, wanted: Mapping[str, Any], account: Account) -> None:
    if len(zones := zones_of(wanted["subnetIds"], thing.region, account)) < 2:
        raise Refusal(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(sorted(zones))}. Add subnets to cover at least 2 AZs.",
        )


def _parameter_group(kind: str, operation: str, word: str, user: User) -> Kind:
    return Kind(
        service="rds",
        kind=kind,
        label="RDS",
        operation=operation,
        named=Named.BY_USER,
        identify=by_name,
        required=paths("family"),
        fixed=paths("family", "description"),
        defaults=lambda _, __: {"description": "Managed by Terraform"},
        make=_group(word),
        in_use=InUse(
            users=(user,),
            code="InvalidDBParameterGroupState",
            message="One or more database instances are still members of this parameter group {identity}, so the group "
            "cannot be deleted",
        ),
    )


_COMMON_REFERENCES = (
    ref("dbSubnetGroupNameRef", "rds/SubnetGroup"),
    ref("kmsKeyIdRef", "kms/Key", Extract.ARN),
    ref("masterUserSecretKmsKeyIdRef", "kms/Key"),
    ref("monitoringRoleArnRef", "iam/Role", Extract.ARN),
    ref("vpcSecurityGroupIdRefs", "ec2/SecurityGroup"),
)
_COMMON_NEEDED = (
    SUBNET_GROUP,
    needs_key("kmsKeyId", code="KMSKeyNotAccessibleFault", message="The specified KMS key {value} does not exist"),
    needs_groups("vpcSecurityGroupIds"),
)

RDS = (
    Kind(
        service="rds",
        kind="SubnetGroup",
        label="RDS",
        operation="DBSubnetGroup",
        named=Named.BY_USER,
        identify=by_name,
        references=(ref("subnetIdRefs", "ec2/Subnet"),),
        required=paths("subnetIds"),
        needed=(needs_subnets("subnetIds"),),
        defaults=lambda _, __: {"description": "Managed by Terraform"},
        make=_subnet_group,
        check_create=_check_subnet_group,
        check_change=_check_subnet_group,
        in_use=InUse(
            users=(
                User(kind="rds/Instance", path=("dbSubnetGroupName",)),
                User(kind="rds/Cluster", path=("dbSubnetGroupName",)),
            ),
            code="InvalidDBSubnetGroupStateFault",
            message="Cannot delete the subnet group '{identity}' because at least one database instance is still using "
            "it.",
        ),
    ),
    _parameter_group(
        "ParameterGroup", "DBParameterGroup", "pg", User(kind="rds/Instance", path=("parameterGroupName",))
    ),
    _parameter_group(
        "ClusterParameterGroup",
        "DBClusterParameterGroup",
        "cluster-pg",
        User(kind="rds/Cluster", path=("dbClusterParameterGroupName",)),
    ),
    Kind(
        service="rds",
        kind="Instance",
        label="RDS",
        operation="DBInstance",
        named=Named.BY_AWS,
        identify=lambda _, __, seed: f"db-{capitals(26, 'instance', seed)}",
        references=(*_COMMON_REFERENCES, ref("parameterGroupNameRef", "rds/ParameterGroup")),
        required=paths("identifier", "instanceClass", "engine"),
        fixed=paths("identifier", "engine", "dbName", "username", "kmsKeyId", "storageEncrypted", "availabilityZone"),
        unique=Unique(
            paths=paths("identifier"),
            code="DBInstanceAlreadyExists",
            message="DB instance already exists ({identity})",
        ),
        needed=(
            *_COMMON_NEEDED,
            Needed(
                path=("parameterGroupName",),
                kind="rds/ParameterGroup",
                code="DBParameterGroupNotFound",
                message="DBParameterGroup not found: {value}",
            ),
        ),
        defaults=_instance_defaults,
        not_late=frozenset({"dbName", "availabilityZone"}),
        make=_instance,
        check_create=_check_new_instance,
        check_change=_check_version,
        check_delete=_check_delete("DB Instance"),
        ignores=_older,
    ),
    Kind(
        service="rds",
        kind="Cluster",
        label="RDS",
        operation="DBCluster",
        named=Named.BY_USER,
        identify=by_name,
        references=(*_COMMON_REFERENCES, ref("dbClusterParameterGroupNameRef", "rds/ClusterParameterGroup")),
        required=paths("engine"),
        fixed=paths(
            "engine",
            "engineMode",
            "databaseName",
            "masterUsername",
            "kmsKeyId",
            "storageEncrypted",
            "dbSubnetGroupName",
        ),
        needed=(
            *_COMMON_NEEDED,
            Needed(
                path=("dbClusterParameterGroupName",),
                kind="rds/ClusterParameterGroup",
                code="DBClusterParameterGroupNotFound",
                message="DBClusterParameterGroup not found: {value}",
            ),
        ),
        defaults=_cluster_defaults,
        not_late=frozenset({"enabledCloudwatchLogsExports"}),
        make=_cluster,
        check_change=_check_version,
        check_delete=_check_delete("Cluster"),
        ignores=_older,
        in_use=InUse(
            users=(User(kind="rds/ClusterInstance", path=("clusterIdentifier",)),),
            code="InvalidDBClusterStateFault",
            message="Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
        ),
    ),
    Kind(
        service="rds",
        kind="ClusterInstance",
        label="RDS",
        operation="DBInstance",
        named=Named.BY_USER,
        identify=by_name,
        references=(
            ref("clusterIdentifierRef", "rds/Cluster", Extract.ID),
            ref("dbSubnetGroupNameRef", "rds/SubnetGroup"),
            ref("dbParameterGroupNameRef", "rds/ParameterGroup"),
            ref("monitoringRoleArnRef", "iam/Role", Extract.ARN),
            ref("performanceInsightsKmsKeyIdRef", "kms/Key"),
        ),
        required=paths("clusterIdentifier", "engine", "instanceClass"),
        fixed=paths("clusterIdentifier", "engine", "availabilityZone", "dbSubnetGroupName"),
        needed=(
            Needed(
                path=("clusterIdentifier",),
                kind="rds/Cluster",
                code="DBClusterNotFoundFault",
                message="DBCluster {value} not found",
            ),
        ),
        defaults=_member_defaults,
        not_late=frozenset({"engineVersion", "dbParameterGroupName", "preferredBackupWindow"}),
        make=_member,
        check_create=_check_member,
    ),
)
