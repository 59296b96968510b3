"""One broken answer, at least, for every rule: the proof that it can fail.

A mutation changes the last answer of a life in one place. Paths are below `spec.forProvider` (`spec` of an ACK object)
unless they start with a field of the object itself, and go on inside of documents (JSON texts, also encoded ones).
Those of ACK are in `mutations_ack.py`.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.safety.ack import is_ack
from tests.safety.answers import Pass, Story

GONE = object()
ROOTS = ("apiVersion", "kind", "metadata", "spec", "status")


@dataclass(frozen=True)
class Mutation:
    """What breaks a rule.

    Attributes:
        check: name of the rule.
        story: the life whose last answer is broken.
        what: the place, in words.
    """

    check: str
    story: str
    what: str
    change: Callable[[Story], Story]


MUTATIONS: list[Mutation] = []


def _last(check: str, story: str, what: str, change: Callable[[Pass], Pass]) -> None:
    MUTATIONS.append(Mutation(check, story, what, lambda told: (*told[:-1], change(told[-1]))))


def breaks(check: str, story: str, key: str, *path: str | int, to: Any) -> None:
    """Another value in an object, or none (`to=GONE`); without a path the object leaves."""

    def change(now: Pass) -> Pass:
        desired = copy.deepcopy(now.desired)
        if path:
            desired[key] = put(desired[key], whole_path(desired[key], path), to)
        else:
            del desired[key]
        return replace(now, desired=desired)

    _last(check, story, f"{key}: {'.'.join(map(str, path))}", change)


def adds(check: str, story: str, key: str, like: str, *path: str | int, to: Any) -> None:
    """One more object: a copy of another with one value changed."""

    def change(now: Pass) -> Pass:
        twin = copy.deepcopy(now.desired[like])
        return replace(now, desired={**now.desired, key: put(twin, whole_path(twin, path), to)})

    _last(check, story, f"{key} like {like}: {'.'.join(map(str, path))}", change)


def forgets(check: str, story: str, **fields: Any) -> None:
    """Other facts of the answer: conditions, results, what is observed."""
    _last(check, story, ", ".join(fields), lambda now: replace(now, **fields))


def sees_nothing(check: str, story: str) -> None:
    """Nothing was observed at any call."""
    MUTATIONS.append(
        Mutation(check, story, "nothing observed", lambda told: tuple(replace(now, observed={}) for now in told))
    )


def whole_path(item: Mapping[str, Any], path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    if path[0] in ROOTS:
        return path
    return ("spec", *path) if is_ack(item) else ("spec", "forProvider", *path)


def put(value: Any, path: tuple[str | int, ...], to: Any) -> Any:
    """The value with another one at a path."""
    if not path:
        return to
    if isinstance(value, str):
        return _in_text(value, path, to)
    step = path[0]
    if isinstance(value, list):
        assert isinstance(step, int)
        items = [*value, None] if step == len(value) else list(value)
        items[step] = put(items[step], path[1:], to)
        return items
    changed = dict(value or {})
    if len(path) == 1 and to is GONE:
        del changed[step]
    else:
        changed[step] = put(changed.get(step), path[1:], to)
    return changed


def _in_text(text: str, path: tuple[str | int, ...], to: Any) -> str:
    if text.startswith("{"):
        return json.dumps(put(json.loads(text), path, to), sort_keys=True, separators=(",", ":"))
    return base64.b64encode(_in_text(base64.b64decode(text).decode(), path, to).encode()).decode()


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SECRET, DATA = "argocd-cluster-secret", ("manifest", "data")
LABELS, NOTES = ("manifest", "metadata", "labels"), ("manifest", "metadata", "annotations")
TRUST = ("assumeRolePolicy", "Statement", 0)
INLINE = ("inlinePolicy", 0, "policy", "Statement", 0)
ADMIN_POLICY = "access-policy-argocd-clusteradminpolicy"
ADMIN_ENTRY = "access-entry-platform-admin-ee1753e4b5"
ANYTHING = {"Sid": "Any", "Effect": "Allow", "Action": "*", "Resource": "*"}
REF = {"name": "elsewhere", "policy": {"resolve": "Always"}}

# control plane
breaks("sec_01_private_endpoint", "minimal", "cluster", "vpcConfig", "endpointPrivateAccess", to=False)
breaks("sec_01_private_endpoint", "minimal", "cluster", "vpcConfig", "endpointPrivateAccess", to=GONE)
breaks("sec_02_public_endpoint", "minimal", "cluster", "vpcConfig", "publicAccessCidrs", to=["0.0.0.0/0"])
breaks("sec_02_public_endpoint", "no-reach", "cluster", "vpcConfig", "endpointPublicAccess", to=True)
breaks("sec_02_public_endpoint", "no-reach", "cluster", "vpcConfig", "endpointPublicAccess", to=GONE)
forgets("sec_03_path_from_the_hub", "minimal", hub={})
forgets(
    "sec_03_path_from_the_hub",
    "no-reach",
    conditions=({"type": "Registered", "status": "True", "reason": "Available"},),
)
breaks("sec_03_path_from_the_hub", "minimal", "cluster", "vpcConfig", "publicAccessCidrs", to=["198.51.100.0/24"])
breaks("sec_03_path_from_the_hub", "routed", "cluster", "vpcConfig", "securityGroupIdRefs", to=GONE)
breaks("sec_04_secrets_are_encrypted", "minimal", "cluster", "encryptionConfig", "resources", to=[])
breaks("sec_04_secrets_are_encrypted", "minimal", "cluster", "encryptionConfig", "provider", "keyArn", to="arn:other")
breaks("sec_05_logs", "minimal", "cluster", "enabledClusterLogTypes", to=["api"])
breaks("sec_05_log_group", "minimal", "log-group-cluster", "retentionInDays", to=GONE)
breaks("sec_05_log_group", "minimal", "log-group-cluster", "kmsKeyIdRef", to=GONE)
breaks("sec_05_log_group", "minimal", "log-group-cluster", to=GONE)
sees_nothing("sec_05_log_group_is_first", "minimal")
breaks("sec_06_authentication_mode", "minimal", "cluster", "accessConfig", "authenticationMode", to="CONFIG_MAP")
breaks("sec_06_no_aws_auth", "minimal", SECRET, "manifest", "kind", to="ConfigMap")
breaks("sec_07_creator_is_no_administrator", "minimal", "cluster", "accessConfig",
       "bootstrapClusterCreatorAdminPermissions", to=True)  # fmt: skip
breaks("sec_07_somebody_administers", "minimal", ADMIN_POLICY, to=GONE)
breaks("sec_08_principals", "bounded", "access-entry-argocd", "principalArnFromRoleRef", to=REF)
for principal in ("arn:aws:iam::111122223333:user/me", "arn:aws:iam::999999999999:role/other", "*"):
    breaks("sec_08_principals", "production", ADMIN_ENTRY, "principalArn", to=principal)
breaks("sec_08_groups", "production", ADMIN_ENTRY, "kubernetesGroups", to=["system:masters"])
breaks("sec_08_groups", "production", ADMIN_ENTRY, "type", to=GONE)
breaks("sec_09_scopes", "minimal", ADMIN_POLICY, "accessScope", to={"type": "namespace", "namespaces": []})
breaks("sec_09_scopes", "minimal", ADMIN_POLICY, "accessScope", to=GONE)
breaks("sec_09_administrators", "production", ADMIN_ENTRY, "principalArn", to="arn:aws:iam::111122223333:role/stranger")
breaks("sec_10_deletion_protection", "minimal", "cluster", "deletionProtection", to=GONE)
breaks("sec_11_upgrade_policy", "minimal", "cluster", "upgradePolicy", to=GONE)
breaks("sec_12_cluster_role", "minimal", "role-cluster", *TRUST, "Principal", to={"AWS": "*"})
breaks("sec_12_cluster_role", "minimal", "role-cluster", "managedPolicyArns", 0, to="arn:aws:iam::aws:policy/Other")
breaks("sec_12_cluster_role", "node-groups", "role-cluster", *TRUST, "Action", to=["sts:AssumeRole", "sts:TagSession"])
breaks("sec_70_no_credentials", "minimal", SECRET, *DATA, "config", "bearerToken", to="t")
breaks("sec_70_no_credentials", "minimal", SECRET, *DATA, "config", "awsAuthConfig", "roleARN", to="arn:other")
breaks("sec_70_no_credentials", "capability", SECRET, *DATA, "config", to=b64("{}"))
breaks("sec_71_certificate", "minimal", SECRET, *DATA, "config", "tlsClientConfig", "insecure", to=True)
breaks("sec_71_certificate", "minimal", SECRET, *DATA, "config", "tlsClientConfig", "caData", to="Zm9yZWlnbg==")
breaks("sec_72_spoke_role", "minimal", "role-spoke", *TRUST, "Principal", to={"AWS": "*"})
breaks("sec_72_spoke_role", "minimal", "role-spoke", "managedPolicyArns", to=["arn:aws:iam::aws:policy/ReadOnlyAccess"])
breaks(
    "sec_73_spoke_name", "minimal", "role-spoke", "metadata", "annotations", "crossplane.io/external-name", to="spoke"
)
breaks("sec_74_rights_of_argo_cd", "narrow-administrator", "access-policy-argocd-editpolicy", "policyArn",
       to="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy")  # fmt: skip
breaks("sec_75_keys_of_the_secret", "minimal", SECRET, *DATA, "password", to=b64("p"))
breaks("sec_75_keys_of_the_secret", "minimal", SECRET, "manifest", "stringData", to={"server": "https://x"})

# nodes
TEMPLATE, GROUP = "launch-template-general", "node-group-general"
for option, value in (("httpTokens", "optional"), ("httpPutResponseHopLimit", 2), ("httpEndpoint", GONE)):
    breaks("sec_20_metadata_service", "node-groups", TEMPLATE, "metadataOptions", option, to=value)
breaks("sec_21_launch_template", "node-groups", GROUP, "launchTemplate", to=GONE)
breaks("sec_21_launch_template", "node-groups", GROUP, "launchTemplate", "version", to="$Latest")
breaks("sec_22_no_ssh", "node-groups", GROUP, "remoteAccess", to={"ec2SshKey": "mine"})
breaks("sec_22_no_ssh", "node-groups", TEMPLATE, "keyName", to="mine")
breaks(
    "sec_23_node_role",
    "node-groups",
    "role-node",
    "managedPolicyArns",
    0,
    to="arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
)
breaks("sec_23_node_role", "node-groups", "role-node", "inlinePolicy", to=[{"name": "app", "policy": "{}"}])
breaks("sec_23_auto_node_role", "minimal", "role-auto-node", "managedPolicyArns", 2, to="arn:aws:iam::aws:policy/Other")
breaks(
    "sec_23_auto_node_role", "minimal", "cluster", "computeConfig", "nodeRoleArn", to="arn:aws:iam::111122223333:role/x"
)
for half in ("nodePools", "nodeRoleArn"):
    breaks("sec_23_pools_and_role", "minimal", "cluster", "computeConfig", half, to=GONE)
breaks("sec_23_pools_and_role", "minimal", "cluster", "computeConfig", to=GONE)
breaks("sec_23_cni_identity", "node-groups", "pod-identity-addon-vpc-cni", to=GONE)
breaks("sec_24_private_nodes", "node-groups", GROUP, "subnetIdRefs", 0, "name", to="search-25bfd24a9a-subnet-public-a")
breaks("sec_24_private_nodes", "node-groups", "route-private-a", "gatewayIdRef", to=REF)
breaks("sec_24_private_nodes", "node-groups", "cluster", "vpcConfig", "subnetIdRefs", to=[])
breaks(
    "sec_24_no_public_address", "node-groups", TEMPLATE, "networkInterfaces", to=[{"associatePublicIpAddress": "true"}]
)
breaks("sec_25_encrypted_volumes", "node-groups", TEMPLATE, "blockDeviceMappings", 0, "ebs", "encrypted", to="false")
breaks("sec_25_encrypted_volumes", "node-groups", TEMPLATE, "blockDeviceMappings", to=[])
breaks("sec_25_size_of_the_data_volume", "node-groups", TEMPLATE, "blockDeviceMappings", 0, "ebs", "volumeSize", to=8)
breaks("sec_26_operating_system", "node-groups", GROUP, "amiType", to="AL2_x86_64")

# network
breaks("sec_30_zones", "minimal", "subnet-private-c", to=GONE)
breaks("sec_30_zones", "minimal", "subnet-public-c", "availabilityZone", to="eu-west-1a")
breaks("sec_31_no_public_addresses", "minimal", "subnet-public-a", "mapPublicIpOnLaunch", to=True)
breaks("sec_31_no_public_addresses", "minimal", "subnet-private-a", "mapPublicIpOnLaunch", to=GONE)
breaks("sec_32_default_security_group", "minimal", "default-security-group", to=GONE)
breaks("sec_32_default_security_group", "minimal", "default-security-group", "egress", to=[{"protocol": "-1"}])
breaks("sec_33_flow_logs", "minimal", "flow-log-all", to=GONE)
adds("sec_33_flow_logs", "minimal", "flow-log-other", "flow-log-all", "trafficType", to="REJECT")
adds("sec_33_flow_logs", "no-flow-logs", "flow-log-all", "internet-gateway", "kind", to="FlowLog")
breaks("sec_33_flow_logs", "minimal", "flow-log-all", "vpcIdRef", to=REF)
breaks("sec_33_flow_logs", "minimal", "flow-log-all", "trafficType", to="ACCEPT")
breaks("sec_33_flow_logs", "bounded", "flow-log-reject", "trafficType", to="ALL")
breaks("sec_33_flow_logs", "minimal", "flow-log-all", "logDestinationType", to="s3")
breaks("sec_33_flow_logs", "minimal", "flow-log-all", "logDestinationRef", to=REF)
breaks("sec_33_flow_logs", "minimal", "log-group-flow-logs", "retentionInDays", to=GONE)
breaks("sec_33_flow_logs", "minimal", "log-group-flow-logs", "kmsKeyIdRef", to=GONE)
LOGS_USE_KEY = ("policy", "Statement", 3, "Condition", "ArnEquals", "kms:EncryptionContext:aws:logs:arn")
breaks(
    "sec_33_flow_logs", "minimal", "key-cluster", *LOGS_USE_KEY, to="arn:aws:logs:eu-west-1:111122223333:log-group:x"
)
breaks("sec_33_role_of_flow_logs", "minimal", "flow-log-all", "iamRoleArnRef", to=REF)
for place in ("aws:SourceAccount", "aws:SourceArn"):
    operator = {"aws:SourceAccount": "StringEquals", "aws:SourceArn": "ArnLike"}[place]
    breaks("sec_33_role_of_flow_logs", "minimal", "role-flow-logs", *TRUST, "Condition", operator, place, to=GONE)
breaks(
    "sec_33_role_of_flow_logs", "minimal", "role-flow-logs", *TRUST, "Principal", to={"Service": "ec2.amazonaws.com"}
)
breaks("sec_33_role_of_flow_logs", "minimal", "role-flow-logs", *INLINE, "Action", 3, to="logs:CreateLogGroup")
breaks("sec_33_role_of_flow_logs", "minimal", "role-flow-logs", *INLINE, "Resource", to="*")
breaks("sec_33_role_of_flow_logs", "minimal", "role-flow-logs", "managedPolicyArns", 0,
       to="arn:aws:iam::aws:policy/CloudWatchLogsFullAccess")  # fmt: skip
DOOR = "ingress-database-orders"
for source in ("cidrIpv4", "cidrIpv6"):
    breaks("sec_34_ingress", "with-databases", DOOR, source, to="0.0.0.0/0")
breaks("sec_34_ingress", "with-databases", DOOR, "description", to=GONE)
breaks("sec_34_ingress", "with-databases", DOOR, "toPort", to=65535)
breaks("sec_34_groups", "with-databases", "security-group-database-orders", "vpcIdRef", to=GONE)
breaks(
    "sec_34_groups", "with-databases", "security-group-database-orders", "ingress", to=[{"cidrBlocks": ["0.0.0.0/0"]}]
)
breaks("sec_35_nat_gateways", "minimal", "nat-gateway-c", to=GONE)
breaks(
    "sec_35_nat_gateways", "minimal", "route-private-b", "natGatewayIdRef", "name", to="orders-9ccad01cbd-nat-gateway-a"
)
breaks(
    "sec_35_nat_gateways", "minimal", "nat-gateway-a", "subnetIdRef", "name", to="orders-9ccad01cbd-subnet-private-a"
)
breaks("sec_36_load_balancer_tags", "minimal", "subnet-public-a", "tags", "kubernetes.io/role/elb", to=GONE)
breaks("sec_36_load_balancer_tags", "minimal", "subnet-private-a", "tags", "kubernetes.io/role/elb", to="1")
breaks(
    "sec_36_load_balancer_tags",
    "with-databases",
    "subnet-database-a",
    "tags",
    "kubernetes.io/role/internal-elb",
    to="1",
)
for cidr in ("203.0.113.0/24", "10.0.0.0/8", "172.20.0.0/16"):
    breaks("ten_19_ranges", "minimal", "vpc", "cidrBlock", to=cidr)
breaks("ten_19_ranges", "routed", "vpc", "cidrBlock", to="10.250.0.0/16")
breaks("ten_19_subnets", "minimal", "subnet-private-a", "cidrBlock", to="10.9.0.0/19")
breaks("ten_19_subnets", "minimal", "subnet-private-a", "cidrBlock", to="10.0.64.0/18")

# data
ORDERS, SESSIONS = "database-orders", "database-sessions"
for field, value in (("enableKeyRotation", False), ("deletionWindowInDays", 7), ("policy", GONE)):
    breaks("sec_40_keys", "minimal", "key-cluster", field, to=value)
breaks("sec_40_keys", "minimal", "key-cluster", "policy", "Statement", 0, "Principal", to="*")
breaks("sec_40_keys", "minimal", "key-cluster", "policy", "Statement", 0, "Action", to="kms:*")
breaks("sec_40_database_keys_stay", "with-databases", "key-database-orders", "spec", "managementPolicies", to=["*"])
for database in (ORDERS, SESSIONS):
    breaks("sec_50_encrypted_storage", "with-databases", database, "storageEncrypted", to=False)
    breaks("sec_50_encrypted_storage", "with-databases", database, "kmsKeyIdRef", to=GONE)
    breaks("sec_51_own_security_group", "with-databases", database, "vpcSecurityGroupIdRefs", to=[])
    breaks("sec_51_own_security_group", "with-databases", database, "dbSubnetGroupNameRef", to=GONE)
    for field, value in (
        ("backupRetentionPeriod", 1),
        ("copyTagsToSnapshot", GONE),
        ("deletionProtection", False),
        ("deleteAutomatedBackups", True),
    ):
        breaks("sec_52_kept", "with-databases", database, field, to=value)
    breaks("sec_53_no_passwords", "with-databases", database, "iamDatabaseAuthenticationEnabled", to=GONE)
    breaks("sec_53_no_passwords", "with-databases", database, "manageMasterUserPassword", to=False)
    administrator = "username" if database == ORDERS else "masterUsername"
    breaks("sec_53_administrator", "with-databases", database, administrator, to="postgres")
    breaks("sec_54_upgrades_and_logs", "with-databases", database, "allowMajorVersionUpgrade", to=True)
    breaks("sec_54_upgrades_and_logs", "with-databases", database, "enabledCloudwatchLogsExports", to=[])
    breaks("rel_16_no_generated_password", "with-databases", database, "autoGeneratePassword", to=True)
    breaks("rel_20_final_snapshot", "with-databases", database, "finalSnapshotIdentifier", to=GONE)
    breaks("rel_20_final_snapshot", "with-databases", database, "finalSnapshotIdentifier", to="final")
    breaks("rel_25_databases_survive", "with-databases", database, "deletionProtection", to=False)
    breaks("rel_25_databases_survive", "with-databases", database, "spec", "managementPolicies", to=["*"])
    breaks("rel_25_end_of_databases", "with-databases", database, "skipFinalSnapshot", to=True)
    breaks(
        "sec_34_databases_admit_the_cluster",
        "with-databases",
        f"ingress-{database}",
        "referencedSecurityGroupId",
        to="sg-x",
    )
breaks("sec_51_not_public", "with-databases", ORDERS, "publiclyAccessible", to=True)
breaks("sec_51_not_public", "with-databases", "cluster-instance-sessions-a", "publiclyAccessible", to=GONE)
breaks("sec_51_private_subnets", "with-databases", "subnet-group-databases", "subnetIdRefs", 0, "name",
       to="shop-3f9751c2e1-subnet-public-a")  # fmt: skip
breaks("sec_51_private_subnets", "with-databases", "subnet-group-databases", "subnetIdRefs", to=[])
breaks("sec_52_kept", "with-databases", ORDERS, "multiAz", to=False)
breaks("sec_52_aurora_zones", "with-databases", "cluster-instance-sessions-b", to=GONE)
breaks("sec_53_tls_only", "with-databases", "parameter-group-orders", "parameter", 0, "value", to="0")
breaks("sec_53_tls_only", "with-databases", SESSIONS, "dbClusterParameterGroupNameRef", to=GONE)
for server in (ORDERS, "cluster-instance-sessions-a"):
    breaks("sec_54_watched_servers", "with-databases", server, "monitoringInterval", to=0)
    breaks("sec_54_watched_servers", "with-databases", server, "performanceInsightsEnabled", to=False)
    breaks("sec_54_watched_servers", "with-databases", server, "monitoringRoleArnRef", to=GONE)
breaks("sec_54_watched_servers", "with-databases", "role-monitoring", *TRUST, "Condition", to=GONE)
breaks("sec_54_watched_servers", "with-databases", ORDERS, "performanceInsightsKmsKeyId", to="arn:other")
breaks("sec_54_major_versions", "with-databases", ORDERS, "engineVersion", to="18.1")
breaks("sec_54_major_versions", "with-databases", SESSIONS, "engineVersion", to=GONE)
adds("rel_20_snapshots_differ", "with-databases", "database-twin", ORDERS, "identifier", to="twin")

# IAM
DNS, DNS_ROLE = "pod-identity-addon-external-dns", "role-addon-external-dns"
EQUALS = (*TRUST, "Condition", "StringEquals")
breaks("iam_01_pod_identity_trust", "production", DNS_ROLE, *TRUST, "Condition", to=GONE)
breaks("iam_01_pod_identity_trust", "production", DNS_ROLE, *TRUST, "Principal", to={"Service": "ec2.amazonaws.com"})
breaks("iam_01_pod_identity_trust", "production", DNS, "serviceAccount", to="default")
breaks("iam_01_pod_identity_trust", "bounded", DNS_ROLE, *EQUALS, "aws:SourceOrgId", to=GONE)
breaks("iam_02_cluster_by_arn", "production", DNS_ROLE, *EQUALS, "aws:RequestTag/eks-cluster-arn", to=GONE)
breaks("iam_04_session_tags", "production", DNS, "disableSessionTags", to=True)
breaks("iam_04_session_tags", "production", DNS, "policy", to="{}")
breaks(
    "iam_05_no_irsa", "production", DNS_ROLE, *TRUST, "Principal", to={"Federated": "arn:aws:iam::1:oidc-provider/x"}
)
adds("iam_06_one_role_each", "production", "again", DNS, "metadata", "name", to="again")
breaks("iam_06_one_mechanism", "node-groups", "addon-vpc-cni", "serviceAccountRoleArn", to="arn:aws:iam::1:role/r")
breaks("iam_06_role_names", "production", DNS_ROLE, "path", to="/team/")
breaks(
    "iam_06_role_names", "production", DNS_ROLE, "metadata", "annotations", "crossplane.io/external-name", to="r" * 65
)
breaks("iam_07_boundary", "bounded", DNS_ROLE, "permissionsBoundary", to=GONE)
breaks("iam_08_pass_role", "production", DNS_ROLE, *INLINE, to={**ANYTHING, "Action": "iam:PassRole"})
for statement in (
    ANYTHING,
    {**ANYTHING, "Action": "route53:*"},
    {"Sid": "Any", "Effect": "Allow", "NotAction": "iam:*"},
):
    breaks("iam_09_no_wildcards", "production", DNS_ROLE, *INLINE, to=statement)
breaks("iam_09_no_wildcards", "production", "role-workload-invoices", "managedPolicyArns", 0,
       to="arn:aws:iam::aws:policy/AdministratorAccess")  # fmt: skip
breaks("iam_10_bound_to_the_cluster", "production", DNS_ROLE, *INLINE,
       to={**ANYTHING, "Action": "route53:ChangeResourceRecordSets"})  # fmt: skip
breaks("iam_10_bound_to_the_cluster", "production", DNS_ROLE, *INLINE, to={**ANYTHING, "Action": "route53:NoSuchThing"})
breaks(
    "iam_11_partition",
    "production",
    DNS_ROLE,
    *EQUALS,
    "aws:RequestTag/eks-cluster-arn",
    to="arn:aws-cn:eks:r:1:cluster/c",
)
breaks("iam_11_partition", "aws-cn", "role-cluster", "managedPolicyArns", 0, to="arn:aws-us-gov:iam::aws:policy/P")
breaks("iam_12_canonical", "production", DNS_ROLE, "assumeRolePolicy", to='{"Version": "2012-10-17", "Statement": []}')
breaks("iam_12_canonical", "production", DNS_ROLE, "assumeRolePolicy", to="no document")
breaks("iam_12_canonical", "production", "key-cluster", "policy", "Version", to="2008-10-17")
breaks("iam_12_canonical", "production", DNS_ROLE, *TRUST, "Action", to=["sts:TagSession", "sts:AssumeRole"])
breaks("iam_12_canonical", "production", "key-cluster", "policy", "Statement", 1, "Sid", to="AccountAdministersKey")
breaks("iam_12_limits", "production", DNS_ROLE, *TRUST, "Sid", to="x" * 2048)
breaks("iam_12_limits", "production", DNS_ROLE, *INLINE, "Sid", to="x" * 10240)
breaks("iam_12_limits", "production", "key-cluster", "policy", "Statement", 0, "Sid", to="x" * 32768)
breaks("iam_12_limits", "production", DNS_ROLE, "managedPolicyArns", to=["arn:aws:iam::aws:policy/P"] * 11)
breaks("iam_12_complete", "production", DNS_ROLE, *EQUALS, "aws:SourceAccount", to="None")
breaks(
    "iam_12_complete", "production", DNS_ROLE, *EQUALS, "aws:RequestTag/eks-cluster-arn", to="arn:aws:eks:r::cluster/c"
)

# documents, as linters and schemas see them
breaks("tst_08_cloudsplaining", "production", DNS_ROLE, *INLINE,
       to={"Sid": "Any", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})  # fmt: skip
breaks("tst_08_actions_exist", "production", DNS_ROLE, *INLINE, "Action", to="route53:NoSuchThing")
breaks("tst_08_actions_exist", "production", "key-cluster", "policy", "Statement", 0, "Action", to="kms:NoSuchThing")
breaks("tst_08_actions_exist", "production", DNS_ROLE, *EQUALS, "sts:NoSuchKey", to="x")
breaks("tst_08_actions_exist", "production", "role-cluster", *TRUST, "Action", to="sts:AssumeRoles")
breaks("tst_08_managed_policies_exist", "production", "role-cluster", "managedPolicyArns", 0,
       to="arn:aws:iam::aws:policy/service-role/AmazonEKSClusterPolicy")  # fmt: skip
breaks("tst_09_subset_of_upstream", "production", DNS_ROLE, *INLINE, "Action", to="route53:DeleteHostedZone")
breaks("tst_09_subset_of_upstream", "aws-cn", DNS_ROLE, *INLINE, "Resource", to="arn:aws-cn:s3:::bucket")
breaks("tst_09_subset_of_upstream", "production", "role-spoke", "inlinePolicy",
       to=[{"name": "more", "policy": json.dumps({"Statement": [ANYTHING]})}])  # fmt: skip
breaks("iam_10_bound_by_value", "production", DNS_ROLE, *INLINE,
       to={**ANYTHING, "Action": "route53:ChangeResourceRecordSets",
           "Resource": "arn:aws:route53:::hostedzone/ZOFOTHERS"})  # fmt: skip
breaks("iam_10_keys_by_arn", "production", DNS_ROLE, *INLINE,
       to={**ANYTHING, "Action": ["kms:Decrypt"], "Resource": ["arn:aws:kms:eu-west-1:1:key/*"]})  # fmt: skip
breaks("tst_08_network_policy", "node-groups", "addon-vpc-cni", "configurationValues", to="{}")
breaks("tst_10_schema", "minimal", "vpc", "noSuchField", to="x")

# upgrades
for version in ("1.34", "1.99", GONE):
    breaks("upg_01_one_minor_at_a_time", "node-groups", "cluster", "version", to=version)
for version in ("1.99", "1.30", GONE):
    breaks("upg_04_skew_of_nodes", "node-groups", GROUP, "version", to=version)
breaks("upg_06_versions_of_addons", "node-groups", "addon-vpc-cni", "addonVersion", to="v1.0.0-eksbuild.1")
breaks("upg_07_conflicts", "node-groups", "addon-vpc-cni", "resolveConflictsOnUpdate", to="OVERWRITE")
breaks("upg_07_conflicts", "node-groups", "addon-vpc-cni", "resolveConflictsOnCreate", to=GONE)
breaks("upg_07_conflicts", "node-groups", "addon-vpc-cni", "configurationValues", to='{"b": 1}')
breaks("upg_10_version_for_addons", "minimal", SECRET, *LABELS, "kubernetes_version", to="1.30")
breaks("upg_11_identity_of_the_ebs_driver", "bounded", "pod-identity-addon-aws-ebs-csi-driver", to=GONE)

# tenancy
breaks("sec_13_tags", "node-groups", "vpc", "tags", to=GONE)
breaks("sec_13_tags", "node-groups", "vpc", "tags", "fleet.argosy.dev/namespace", to="team-other")
breaks("sec_13_tags", "node-groups", "vpc", "tags", "aws:owner", to="me")
breaks("sec_13_tags", "node-groups", "route-public", "tags", to={"a": "b"})
breaks("sec_13_tags", "node-groups", TEMPLATE, "tagSpecifications", 0, "tags", to={})
breaks("sec_13_tags_of_instances", "node-groups", TEMPLATE, "tagSpecifications", to=GONE)
EXTERNAL = ("metadata", "annotations", "crossplane.io/external-name")
breaks("ten_04_names", "minimal", "role-cluster", *EXTERNAL, to="admin-role")
breaks("ten_04_names", "with-databases", ORDERS, "identifier", to="orders")
breaks("ten_04_names", "node-groups", TEMPLATE, "name", to=GONE)
breaks("ten_04_cluster", "minimal", ADMIN_POLICY, "clusterNameRef", to=REF)
breaks("ten_04_cluster", "node-groups", GROUP, "clusterNameRef", to=GONE)
breaks("ten_06_no_import_by_annotation", "marked", "vpc", *EXTERNAL, to="vpc-stolen")
breaks("ten_06_no_import_by_annotation", "marked", "vpc", "metadata", "labels", to={"stolen": "x"})
breaks("ten_09_credentials", "minimal", "vpc", "spec", "providerConfigRef", to=GONE)
breaks("ten_09_credentials", "minimal", "vpc", "spec", "providerConfigRef", "name", to="admin")
breaks("ten_09_credentials", "minimal-claim", "vpc", "spec", "providerConfigRef", "name", to="team-other")
breaks("ten_09_namespace", "minimal", "vpc", "metadata", "namespace", to="team-other")
breaks("ten_09_namespace", "minimal-claim", "vpc", "metadata", "namespace", to="team-orders")
breaks("ten_09_namespace", "minimal-claim", "argocd-cluster-secret", "metadata", "namespace", to=GONE)
breaks("ten_10_no_connection_secrets", "minimal", "cluster", "spec", "writeConnectionSecretToRef", to={"name": "x"})
breaks("ten_11_place_of_the_secret", "minimal", SECRET, "manifest", "metadata", "namespace", to="kube-system")
breaks("ten_11_place_of_the_secret", "minimal", SECRET, "manifest", "metadata", "name", to="orders")
breaks("ten_12_labels", "minimal", SECRET, *LABELS, "argocd.argoproj.io/secret-type", to="repository")
breaks("ten_12_labels", "minimal", SECRET, *LABELS, "fleet.argosy.dev/unknown", to="x")
breaks("ten_12_labels", "minimal", SECRET, *LABELS, "ring", to="a b")
breaks("ten_12_labels", "minimal", SECRET, *NOTES, "argocd.argoproj.io/refresh", to="hard")
breaks("ten_12_selectors", "minimal", SECRET, *LABELS, "tenant", to="payments")
breaks("ten_12_selectors", "minimal", SECRET, *LABELS, "environment", to="prod")
breaks("ten_13_server", "minimal", SECRET, *DATA, "server", to=b64("https://kubernetes.default.svc"))
breaks("ten_13_server", "capability", SECRET, *DATA, "server", to=b64("https://example.org"))
breaks("ten_14_no_programs", "minimal", SECRET, *DATA, "config", "execProviderConfig", to={"command": "sh"})
breaks("ten_14_no_programs", "minimal", SECRET, *DATA, "config", "tlsClientConfig", "insecure", to=True)
for text in ("{{ .server }}", "two\nlines", "x" * 254):
    breaks("ten_15_no_templates", "minimal", SECRET, *NOTES, "aws_region", to=text)
breaks("ten_18_only_secret_and_guard", "minimal", SECRET, "manifest", "kind", to="ClusterRoleBinding")
adds("ten_18_only_secret_and_guard", "minimal", "again", SECRET, "metadata", "name", to="again")
breaks("ten_17_no_project", "minimal", SECRET, *DATA, "project", to=b64("team-orders"))
breaks("ten_20_sizes", "minimal", "vpc", "tags", "Name", to="x" * 1_500_001)
forgets("ten_24_nothing_of_others", "neighbours",
        conditions=({"type": "Registered", "status": "False", "message": "is not of tenant payments"},))  # fmt: skip
breaks("ten_24_nothing_of_others", "neighbours", "vpc", "tags", "Account", to="444455556666")
breaks("ten_25_pod_identities", "production", DNS, "roleArnRef", to=REF)
breaks("ten_25_pod_identities", "production", DNS, "roleArn", to="arn:aws:iam::111122223333:role/admin")
breaks("ten_25_pod_identities", "production", "pod-identity-workload-invoices", "namespace", to="kube-system")

# reliability
breaks("rel_02_no_field_is_lost", "minimal", "cluster", "version", to=GONE)
breaks("rel_03_no_key_is_lost", "minimal", "subnet-private-a", to=GONE)
adds("rel_03_no_positions", "minimal", "subnet-0", "subnet-private-a", "metadata", "name", to="orders-subnet-0")
breaks("rel_04_the_secret_stays_where_it_is", "minimal", SECRET, "manifest", "metadata", "name", to="renamed")
breaks("rel_07_fixed_fields", "minimal", "subnet-private-a", "cidrBlock", to="10.0.32.0/19")
breaks("rel_07_fixed_fields", "node-groups", GROUP, "instanceTypes", to=["m7i.large"])
breaks("rel_07_fixed_fields", "with-databases", SESSIONS, "storageEncrypted", to=False)
breaks("rel_08_create_only_flags", "minimal", "cluster", "bootstrapSelfManagedAddons", to=GONE)
breaks("rel_09_desired_size", "node-groups", GROUP, "scalingConfig", "desiredSize", to=3)
breaks("rel_09_desired_size", "node-groups", GROUP, "spec", "initProvider", "scalingConfig", "desiredSize", to=1)
breaks("rel_10_late_initialize", "minimal", "vpc", "spec", "managementPolicies", to=["Observe", "Create"])
breaks("rel_10_external_names", "minimal", "cluster", *EXTERNAL, to="other")
breaks("rel_10_external_names", "minimal", "vpc", *EXTERNAL, to="vpc-1")
forgets("rel_10_ids_in_status", "minimal", claim={"metadata": {}, "spec": {}, "status": {}})
breaks("rel_10_references_resolve_always", "minimal", "subnet-private-a", "vpcIdRef", "policy", to=GONE)
breaks("rel_13_the_secret_is_sticky", "minimal", SECRET, to=GONE)
breaks("rel_13_the_secret_is_sticky", "minimal", SECRET, *DATA, "server", to=b64("https://other"))
breaks("rel_22_grammar_of_names", "minimal", "vpc", "metadata", "name", to="Orders_VPC")
breaks("rel_22_grammar_of_names", "minimal", "role-cluster", *EXTERNAL, to="a role")
breaks("rel_22_grammar_of_names", "minimal", SECRET, "manifest", "metadata", "name", to="-x")
breaks("rel_23_no_empty_names", "minimal", "vpc", "metadata", "name", to="")
breaks("rel_23_no_empty_names", "minimal", "cluster", *EXTERNAL, to="")
breaks("rel_23_no_empty_names", "minimal", "subnet-private-a", "vpcIdRef", "name", to="elsewhere")
adds("rel_26_names_differ", "minimal", "again", "vpc", "region", to="eu-west-1")
breaks("rel_26_sets_are_sorted", "minimal", "cluster", "enabledClusterLogTypes", to=["scheduler", "api"])
forgets("rel_27_no_results", "minimal", results=({"severity": "Normal", "reason": "Again", "message": "still here"},))
breaks("rel_30_entries_follow_roles", "minimal", "role-spoke", to=GONE)
breaks("rel_30_entries_follow_roles", "production", ADMIN_ENTRY, "principalArn",
       to="arn:aws:iam::111122223333:role/argosy-spoke-orders-prod-6f91f1811f")  # fmt: skip
breaks("rel_43_no_status", "minimal", "vpc", "status", to={})
breaks("rel_43_no_status", "minimal", "vpc", "metadata", "managedFields", to=[])
breaks("rel_44_names_from_identity", "minimal", "vpc", "metadata", "name", to="vpc")
breaks("rel_13_a_claim_uses_itself", "minimal", "guard-claim", to=GONE)
breaks("rel_13_a_claim_uses_itself", "minimal", "guard-claim", "spec", "of", "resourceRef", "name", to="another")
breaks("rel_13_a_claim_uses_itself", "minimal", "guard-claim", "spec", "reason", to="")
breaks("rel_13_a_claim_uses_itself", "minimal-claim", "guard-claim", to=GONE)
breaks("rel_13_a_claim_uses_itself", "minimal-claim", "guard-composite", to=GONE)
breaks("rel_16_the_namespace_is_used", "minimal", "guard-namespace", to=GONE)
breaks("rel_16_the_namespace_is_used", "minimal-claim", "guard-namespace", to=GONE)
breaks("rel_16_the_namespace_is_used", "minimal", "guard-namespace", "manifest", "spec", "of", to={})
breaks("rel_14_order_of_deletion", "minimal", "usage-key-cluster-by-cluster", to=GONE)
breaks("rel_14_order_of_deletion", "with-databases", "usage-role-cluster-by-cluster", "spec", "by", "kind", to="VPC")
breaks("rel_14_doors_go", "decommissioned", "ingress-database-kept", "spec", "managementPolicies", to=["Observe"])
breaks("rel_14_replays", "minimal", "usage-key-cluster-by-cluster", "spec", "replayDeletion", to=False)
breaks("rel_25_end_of_databases", "decommissioned", "database-kept", "spec", "managementPolicies", to=GONE)
breaks("rel_25_end_of_databases", "decommissioned", "database-orders", "spec", "managementPolicies", to=["Observe"])
breaks("rel_25_end_of_databases", "decommissioned", "database-scratch", "skipFinalSnapshot", to=False)
for kept in ("vpc", "subnet-database-a", "subnet-group-databases", "security-group-database-kept", "role-monitoring"):
    breaks("rel_25_what_retained_databases_need", "decommissioned", kept, "spec", "managementPolicies", to=GONE)
