"""Keys and databases."""

from __future__ import annotations

import re

from tests.safety.answers import Item, Pass, listed, statements
from tests.safety.checks import Complaints, differs, each, life, whole
from tests.safety.checks_control_plane import is_composed_key

SERVERS = ("rds/Instance", "rds/ClusterInstance")
DATABASES = ("rds/Instance", "rds/Cluster")
SNAPSHOT_NAME = re.compile(r"(?!.*--)[a-z][a-z0-9-]{0,254}(?<!-)")
"""What RDS accepts as the name of a snapshot (CreateDBSnapshot)."""
TLS = {"rds.force_ssl": "1"}
RESOURCE_ID = {"rds/Instance": "resourceId", "rds/Cluster": "clusterResourceId"}


def asked_for(item: Item, now: Pass) -> dict[str, object]:
    """What the claim says of a database."""
    name = item.key.removeprefix("database-")
    found: dict[str, object] = next(entry for entry in now.asked("databases") if entry["name"] == name)
    return found


@each(
    "SEC-40",
    "Keys rotate, admit nobody unconditionally, and can be brought back for 30 days.",
    "kms/Key",
    scanners="KMS.3 KMS.4 KMS.5 CKV_AWS_7 CKV_AWS_33 CKV_AWS_227 auto_rotate_keys kms_cmk_rotation_enabled",
)
def sec_40_keys(key: Item, now: Pass) -> Complaints:
    yield from differs("enableKeyRotation", key.get("enableKeyRotation"), True)
    yield from differs("deletionWindowInDays", key.get("deletionWindowInDays"), 30)
    granted = statements(key.document("policy"))
    if not granted:
        yield "has no policy of its own"
    for statement in granted:
        everybody = any("*" in listed(value) for value in _values(statement["Principal"]))
        if everybody and not {"kms:CallerAccount", "kms:ViaService"} & _condition_keys(statement):
            yield f"{statement['Sid']} admits everybody"
        if any("*" in action for action in listed(statement["Action"])):
            yield f"{statement['Sid']} allows everything"


def _values(principal: object) -> list[object]:
    return list(principal.values()) if isinstance(principal, dict) else [principal]


def _condition_keys(statement: dict[str, dict[str, dict[str, object]]]) -> set[str]:
    return {key for keys in statement.get("Condition", {}).values() for key in keys}


@each("SEC-40", "A database's key is never deleted: without it its snapshots are lost.", *DATABASES)
def sec_40_database_keys_stay(item: Item, now: Pass) -> Complaints:
    for key in (now.named("kms/Key", name) for name in item.names("kmsKeyIdRef")):
        if key is not None and {"*", "Delete"} & set(key.policies):
            yield f"{key.key} may be deleted"


@each("SEC-50", "Storage is encrypted with a key that this claim made.", *DATABASES,
      scanners="RDS.3 CKV_AWS_16 AWS-0080 rds_instance_storage_encrypted")  # fmt: skip
def sec_50_encrypted_storage(item: Item, now: Pass) -> Complaints:
    yield from differs("storageEncrypted", item.get("storageEncrypted"), True)
    keys = item.names("kmsKeyIdRef")
    # the reference may be there before its key: the provider makes nothing as long as it leads nowhere
    if len(keys) != 1 or (now.settled and now.named("kms/Key", keys[0]) is None):
        yield f"kmsKeyIdRef is {keys}, no composed key"


@each("SEC-51", "No database server has a public address.", *SERVERS,
      scanners="RDS.2 CKV_AWS_17 AWS-0180 rds_instance_no_public_access")  # fmt: skip
def sec_51_not_public(item: Item, now: Pass) -> Complaints:
    yield from differs("publiclyAccessible", item.get("publiclyAccessible"), False)


@each("SEC-51", "Databases stand in private subnets, two at least, that lead nowhere.", "rds/SubnetGroup",
      settled=True)  # fmt: skip
def sec_51_private_subnets(group: Item, now: Pass) -> Complaints:
    subnets = [now.named("ec2/Subnet", name) for name in group.names("subnetIdRefs")]
    if len(subnets) < 2 or None in subnets:
        yield f"subnets {group.names('subnetIdRefs')}"
    for subnet in subnets:
        if subnet is not None and now.routes(subnet):
            yield f"{subnet.key} leads out"


@each("SEC-51", "A database names its subnet group and has a security group of its own.", *DATABASES)
def sec_51_own_security_group(item: Item, now: Pass) -> Complaints:
    if not any(now.named("rds/SubnetGroup", name) for name in item.names("dbSubnetGroupNameRef")):
        yield "stands in the default VPC"
    mine = set(item.names("vpcSecurityGroupIdRefs"))
    if len(mine) != 1 or now.named("ec2/SecurityGroup", min(mine)) is None:
        yield f"security groups {sorted(mine)}"
    others = (other for other in now.of(*DATABASES, "eks/Cluster") if other.key != item.key)
    for other in others:
        path = ("vpcConfig", "securityGroupIdRefs") if other.kind == "eks/Cluster" else ("vpcSecurityGroupIdRefs",)
        if mine & set(other.names(*path)):
            yield f"shares its security group with {other.key}"


@each("SEC-34", "A database admits the cluster's own security group, on its port, and nobody else.", *DATABASES,
      scanners="CKV_AWS_23")  # fmt: skip
def sec_34_databases_admit_the_cluster(item: Item, now: Pass) -> Complaints:
    mine = set(item.names("vpcSecurityGroupIdRefs"))
    for rule in now.of("ec2/SecurityGroupIngressRule"):
        if not mine & set(rule.names("securityGroupIdRef")):
            continue
        wanted = now.seen("cluster", "vpcConfig", "clusterSecurityGroupId")
        yield from differs(f"source of {rule.key}", rule.get("referencedSecurityGroupId"), wanted)
        yield from differs(f"port of {rule.key}", rule.get("fromPort"), item.get("port"))


@each(
    "SEC-52",
    "Databases are kept: standby, backups, protection, final snapshot; the claim may lower the first and the third.",
    *DATABASES,
    scanners="RDS.5 RDS.7 RDS.8 RDS.11 RDS.17 CKV_AWS_133 CKV_AWS_139 CKV_AWS_157 CKV_AWS_293 CKV2_AWS_60 AWS-0077 "
    "AWS-0177 AWS-0343 rds_instance_multi_az rds_instance_deletion_protection rds_instance_backup_enabled",
)
def sec_52_kept(item: Item, now: Pass) -> Complaints:
    asked = asked_for(item, now)
    if item.kind == "rds/Instance":
        yield from differs("multiAz", item.get("multiAz"), asked.get("multiAZ") is not False)
    if not (item.get("backupRetentionPeriod") or 0) >= 7:
        yield f"backupRetentionPeriod is {item.get('backupRetentionPeriod')}"
    yield from differs("copyTagsToSnapshot", item.get("copyTagsToSnapshot"), True)
    end = asked.get("onDelete", "Snapshot")
    leaves = now.asked("lifecycle") == "Decommission" and end != "Retain"
    wanted = asked.get("deletionProtection") is not False and not leaves
    yield from differs("deletionProtection", item.get("deletionProtection"), wanted)
    yield from differs("deleteAutomatedBackups", item.get("deleteAutomatedBackups"), end == "Delete")


@each("SEC-52", "An Aurora cluster has an instance in every zone unless the claim names fewer.", "rds/Cluster",
      settled=True)  # fmt: skip
def sec_52_aurora_zones(item: Item, now: Pass) -> Complaints:
    instances = [
        one
        for one in now.of("rds/ClusterInstance")
        if item.name in one.names("clusterIdentifierRef") or item.external_name == one.get("clusterIdentifier")
    ]
    every = {subnet.get("availabilityZone") for subnet in now.of("ec2/Subnet")}
    asked = asked_for(item, now).get("zones")
    wanted = {f"{now.region}{letter}" for letter in asked} if isinstance(asked, list) else every
    yield from differs("zones", {one.get("availabilityZone") for one in instances}, wanted)
    yield from differs("instances", len(instances), len(wanted))


@each("SEC-53", "The administrator is not called as every attacker expects.", *DATABASES,
      scanners="RDS.25 rds_instance_default_admin")  # fmt: skip
def sec_53_administrator(item: Item, now: Pass) -> Complaints:
    name = item.get("username") or item.get("masterUsername")
    if not name or name in ("admin", "postgres", "root"):
        yield f"administrator {name}"


@each(
    "SEC-53",
    "People and programs log in by IAM; AWS keeps the master password, with the database's key.",
    *DATABASES,
    scanners="RDS.10 CKV_AWS_161 AWS-0176",
)
def sec_53_no_passwords(item: Item, now: Pass) -> Complaints:
    yield from differs("iamDatabaseAuthenticationEnabled", item.get("iamDatabaseAuthenticationEnabled"), True)
    yield from differs("manageMasterUserPassword", item.get("manageMasterUserPassword"), True)
    yield from differs(
        "masterUserSecretKmsKeyIdRef", item.names("masterUserSecretKmsKeyIdRef"), item.names("kmsKeyIdRef")
    )
    user = item.get("username" if item.kind == "rds/Instance" else "masterUsername")
    if user in (None, "postgres", "admin"):
        yield f"the master user is called {user}"


@each("SEC-53", "The server refuses connections without TLS.", *DATABASES,
      scanners="RDS.38 CKV2_AWS_69 rds_instance_transport_encrypted")  # fmt: skip
def sec_53_tls_only(item: Item, now: Pass) -> Complaints:
    kind, field = {
        "rds/Instance": ("rds/ParameterGroup", "parameterGroupNameRef"),
        "rds/Cluster": ("rds/ClusterParameterGroup", "dbClusterParameterGroupNameRef"),
    }[item.kind]
    groups = [now.named(kind, name) for name in item.names(field)]
    if len(groups) != 1 or groups[0] is None:
        yield f"{field} is not composed"
        return
    parameters = {entry["name"]: entry["value"] for entry in groups[0].get("parameter") or []}
    yield from differs("parameters", {name: parameters.get(name) for name in TLS}, TLS)


@each(
    "SEC-54",
    "Minor upgrades come by themselves, major ones never; servers are watched and logged.",
    *SERVERS,
    scanners="RDS.6 RDS.13 CKV_AWS_118 CKV_AWS_226 CKV_AWS_353 CKV_AWS_354 AWS-0078 AWS-0133",
)
def sec_54_watched_servers(item: Item, now: Pass) -> Complaints:
    yield from differs("autoMinorVersionUpgrade", item.get("autoMinorVersionUpgrade"), True)
    yield from differs("performanceInsightsEnabled", item.get("performanceInsightsEnabled"), True)
    names = item.names("performanceInsightsKmsKeyIdRef")
    if not is_composed_key(item.get("performanceInsightsKmsKeyId"), names, now):
        yield "the key of performance insights is no composed one"
    if not (item.get("monitoringInterval") or 0) > 0:
        yield "is not monitored"
    for role in (now.named("iam/Role", name) for name in item.names("monitoringRoleArnRef") or [""]):
        yield from _monitoring_role(role, now)


def _monitoring_role(role: Item | None, now: Pass) -> Complaints:
    if role is None:
        yield "monitoringRoleArnRef is no composed role"
        return
    [statement] = statements(role.document("assumeRolePolicy")) or [{}]
    yield from differs("principal", statement.get("Principal"), {"Service": "monitoring.rds.amazonaws.com"})
    # else another account's RDS could use it (confused deputy)
    wanted = {"StringEquals": {"aws:SourceAccount": now.account}}
    yield from differs("condition of the monitoring role", statement.get("Condition"), wanted)


@each("SEC-54", "Major upgrades never come by themselves; logs go to CloudWatch.", *DATABASES,
      scanners="RDS.9 RDS.36 CKV_AWS_129 CKV2_AWS_30 rds_instance_integration_cloudwatch_logs")  # fmt: skip
def sec_54_upgrades_and_logs(item: Item, now: Pass) -> Complaints:
    # ACK has no such field and always allows it: there the version alone keeps it from happening (next rule)
    if now.engine != "ack":
        yield from differs("allowMajorVersionUpgrade", item.get("allowMajorVersionUpgrade"), False)
    if not item.get("enabledCloudwatchLogsExports"):
        yield "exports no logs"


@life("SEC-54", "No other major version of a database is ever asked for.")
def sec_54_major_versions(before: Pass, now: Pass) -> Complaints:
    majors = {item.key: _major(item) for item in before.of(*DATABASES)}
    for item in now.of(*DATABASES):
        if _major(item) is None or item.key in majors:
            yield from differs(f"major version of {item.key}", _major(item), majors.get(item.key, "one"))


def _major(item: Item) -> str | None:
    version = item.get("engineVersion")
    return str(version).split(".")[0] if version is not None else None


@each("REL-16", "No password is made by the provider, which needs the claim's namespace to delete it.", *DATABASES)
def rel_16_no_generated_password(item: Item, now: Pass) -> Complaints:
    secrets = [
        name for name in item.fields if name.endswith("SecretRef") or name in ("autoGeneratePassword", "password")
    ]
    yield from (f"{name} is set" for name in secrets)
    if "writeConnectionSecretToRef" in item.written.manifest["spec"]:
        yield "writes its connection to a Secret"


@each("REL-20", "The final snapshot has a name that AWS accepts and nobody used before.", *DATABASES)
def rel_20_final_snapshot(item: Item, now: Pass) -> Complaints:
    name, observed = item.get("finalSnapshotIdentifier"), now.seen(item.key, RESOURCE_ID[item.kind])
    own = item.get("identifier") or item.external_name
    # before AWS tells an id, the key's: a database without a name for its snapshot cannot be deleted
    key = now.seen(f"key-{item.key}", "keyId")
    id_ = (observed or key or "").lower().removeprefix("db-").removeprefix("cluster-")
    if not name or not SNAPSHOT_NAME.fullmatch(name) or not name.startswith(f"{own}-") or not name.endswith(f"-{id_}"):
        yield f"finalSnapshotIdentifier is {name}"


@whole("REL-20", "No two databases share the name of their final snapshot.", settled=True)
def rel_20_snapshots_differ(now: Pass) -> Complaints:
    names = [item.get("finalSnapshotIdentifier") for item in now.of(*DATABASES)]
    if len(set(names)) < len(names):
        yield f"final snapshots {names}"


@each(
    "REL-25", "A database survives a lost desired state: AWS protects it unless the claim says otherwise.", *DATABASES
)
def rel_25_databases_survive(item: Item, now: Pass) -> Complaints:
    unprotected = asked_for(item, now).get("deletionProtection") is False
    if unprotected or now.asked("lifecycle") == "Decommission":
        return
    if item.get("deletionProtection") is not True or {"*", "Delete"} & set(item.policies):
        yield "may be deleted"


@each("REL-25", "A database ends as its author chose: after a snapshot, without one, or not at all.", *DATABASES)
def rel_25_end_of_databases(item: Item, now: Pass) -> Complaints:
    end = asked_for(item, now).get("onDelete", "Snapshot")
    yield from differs("skipFinalSnapshot", item.get("skipFinalSnapshot"), end == "Delete")
    if end == "Retain" and {"*", "Delete"} & set(item.policies):
        yield "would not be retained"
    if end != "Retain" and now.asked("lifecycle") == "Decommission" and not {"*", "Delete"} & set(item.policies):
        yield "would stay on AWS"


@whole("REL-25", "What stays on AWS keeps what it stands on: network, subnet group, security group, key, role.")
def rel_25_what_retained_databases_need(now: Pass) -> Complaints:
    retained = [item for item in now.of(*DATABASES) if asked_for(item, now).get("onDelete") == "Retain"]
    if not retained:
        return
    kept = {"subnet-group-databases", "role-monitoring", "vpc", "route-table-database"}
    kept |= {item.key for item in now.of("ec2/Subnet") if item.key.startswith("subnet-database-")}
    for database in retained:
        kept |= {f"key-{database.key}", f"security-group-{database.key}"}
    for item in now.items:
        if item.key in kept and {"*", "Delete"} & set(item.policies):
            yield f"{item.key} would be deleted"
