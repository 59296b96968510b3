"""Broken answers of engine ACK: the proof that a rule fails on what a controller would be told, not on a translation.

A row is a rule, an object, a place below its `spec` and another value; `NOT_OF_ACK` says which rules have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.safety.mutations import (
    ANYTHING,
    DATA,
    GONE,
    LABELS,
    SECRET,
    adds,
    b64,
    breaks,
    forgets,
    sees_nothing,
)

Place = str | tuple[str | int, ...]
"""Steps with dots between them, or one by one where a name has dots."""
Row = tuple[str, str, Place, Any]


def note(name: str) -> tuple[str, ...]:
    return ("metadata", "annotations", name)


def steps(place: Place) -> tuple[str | int, ...]:
    if isinstance(place, str):
        return tuple(int(step) if step.isdecimal() else step for step in place.split("."))
    return place


def broken(story: str, *rows: Row) -> None:
    for check, key, place, to in rows:
        breaks(check, f"{story}-ack", key, *steps(place), to=to)


ELSEWHERE = {"from": {"name": "elsewhere"}}
REGION = note("services.k8s.aws/region")
END = note("services.k8s.aws/deletion-policy")
FOUND_BY = note("services.k8s.aws/adoption-fields")
SKIP = note("rds.services.k8s.aws/skip-final-snapshot")
SNAPSHOT = note("rds.services.k8s.aws/final-db-snapshot-identifier")
BACKUPS = note("rds.services.k8s.aws/delete-automated-backups")
TRUST = ("assumeRolePolicyDocument", "Statement", 0)
EQUALS = (*TRUST, "Condition", "StringEquals")
INLINE = ("inlinePolicies", "external-dns", "Statement", 0)
DNS, DNS_ROLE = "pod-identity-addon-external-dns", "role-addon-external-dns"
ADMIN_ENTRY = "access-entry-platform-admin-ee1753e4b5"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
TEMPLATE, GROUP = "launch-template-general", "node-group-general"
ORDERS, SESSIONS, SERVER = "database-orders", "database-sessions", "cluster-instance-sessions-a"
VPC_CONFIG, DOOR = "resourcesVPCConfig", "ingressRules.0"
OTHER_POLICY = "arn:aws:iam::aws:policy/Other"

# control plane
broken(
    "minimal",
    ("sec_01_private_endpoint", "cluster", f"{VPC_CONFIG}.endpointPrivateAccess", False),
    ("sec_01_private_endpoint", "cluster", f"{VPC_CONFIG}.endpointPrivateAccess", GONE),
    ("sec_02_public_endpoint", "cluster", f"{VPC_CONFIG}.publicAccessCIDRs", ["0.0.0.0/0"]),
    ("sec_02_public_endpoint", "cluster", f"{VPC_CONFIG}.endpointPublicAccess", GONE),
    ("sec_03_path_from_the_hub", "cluster", f"{VPC_CONFIG}.publicAccessCIDRs", ["198.51.100.0/24"]),
    ("sec_04_secrets_are_encrypted", "cluster", "encryptionConfig", GONE),
    ("sec_04_secrets_are_encrypted", "cluster", "encryptionConfig.0.resources", []),
    ("sec_04_secrets_are_encrypted", "cluster", "encryptionConfig.0.provider.keyRef", ELSEWHERE),
    ("sec_04_secrets_are_encrypted", "cluster", "encryptionConfig.0.provider.keyRef", GONE),
    ("sec_05_logs", "cluster", "logging", GONE),
    ("sec_05_logs", "cluster", "logging.clusterLogging.0.enabled", False),
    ("sec_05_logs", "cluster", "logging.clusterLogging.0.types", ["api"]),
    ("sec_05_log_group", "log-group-cluster", "retentionDays", GONE),
    ("sec_05_log_group", "log-group-cluster", "kmsKeyRef", ELSEWHERE),
    ("sec_05_log_group", "log-group-cluster", "name", "/aws/eks/other/cluster"),
    ("sec_06_authentication_mode", "cluster", "accessConfig.authenticationMode", "API_AND_CONFIG_MAP"),
    (
        "sec_07_creator_is_no_administrator",
        "cluster",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        GONE,
    ),
    ("sec_07_somebody_administers", "access-entry-argocd", "accessPolicies", []),
    ("sec_09_scopes", "access-entry-argocd", "accessPolicies.0.accessScope", {"type": "namespace"}),
    ("sec_09_scopes", "access-entry-argocd", "accessPolicies.0.accessScope", GONE),
    ("sec_10_deletion_protection", "cluster", "deletionProtection", GONE),
    ("sec_11_upgrade_policy", "cluster", "upgradePolicy", GONE),
    ("sec_12_cluster_role", "cluster", "roleRef", ELSEWHERE),
    ("sec_12_cluster_role", "role-cluster", "policies.0", OTHER_POLICY),
    ("sec_12_cluster_role", "role-cluster", (*TRUST, "Principal"), {"AWS": "*"}),
    ("sec_12_cluster_role", "role-cluster", "inlinePolicies", {"more": "{}"}),
    ("sec_23_auto_node_role", "role-auto-node", "policies.0", OTHER_POLICY),
    ("sec_23_auto_node_role", "cluster", "computeConfig.nodeRoleARN", "arn:aws:iam::111122223333:role/x"),
    ("sec_23_pools_and_role", "cluster", "computeConfig.nodePools", GONE),
    ("sec_72_spoke_role", "role-spoke", (*TRUST, "Principal"), {"AWS": "*"}),
    ("sec_72_spoke_role", "role-spoke", "policies", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    ("sec_73_spoke_name", "role-spoke", "name", "spoke"),
    ("sec_74_rights_of_argo_cd", "access-entry-argocd", "accessPolicies.0.policyARN", f"{ADMIN}s"),
    ("sec_70_no_credentials", SECRET, ("spec", "forProvider", *DATA, "config", "awsAuthConfig", "roleARN"), "arn:x"),
    ("sec_71_certificate", SECRET, ("spec", "forProvider", *DATA, "config", "tlsClientConfig", "caData"), "eA=="),
    ("ten_13_server", SECRET, ("spec", "forProvider", *DATA, "server"), b64("https://kubernetes.default.svc")),
    ("upg_10_version_for_addons", SECRET, ("spec", "forProvider", *LABELS, "kubernetes_version"), "1.30"),
)
sees_nothing("sec_05_log_group_is_first", "minimal-ack")
broken("routed", ("sec_03_path_from_the_hub", "cluster", f"{VPC_CONFIG}.securityGroupRefs", GONE))
broken(
    "production",
    ("sec_08_principals", "access-entry-argocd", "principalARN", GONE),
    ("sec_08_principals", ADMIN_ENTRY, "principalARN", "arn:aws:iam::999999999999:role/other"),
    ("sec_08_groups", ADMIN_ENTRY, "kubernetesGroups", ["system:masters"]),
    ("sec_08_groups", ADMIN_ENTRY, "type", GONE),
    ("sec_09_administrators", ADMIN_ENTRY, "principalARN", "arn:aws:iam::111122223333:role/stranger"),
    (
        "sec_09_administrators",
        "access-entry-argocd",
        "principalARN",
        "arn:aws:iam::111122223333:role/orders-prod-6f91f1811f-cluster",
    ),
)

# nodes
broken(
    "node-groups",
    ("sec_20_metadata_service", TEMPLATE, "data.metadataOptions.httpTokens", "optional"),
    ("sec_20_metadata_service", TEMPLATE, "data.metadataOptions.httpPutResponseHopLimit", 2),
    ("sec_20_metadata_service", TEMPLATE, "data.metadataOptions", GONE),
    ("sec_21_launch_template", GROUP, "launchTemplate", GONE),
    ("sec_21_launch_template", GROUP, "launchTemplate.version", "$Latest"),
    ("sec_22_no_ssh", GROUP, "remoteAccess", {"ec2SshKey": "mine"}),
    ("sec_22_no_ssh", TEMPLATE, "data.keyName", "mine"),
    ("sec_23_node_role", "role-node", "policies.0", "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"),
    ("sec_23_node_role", "role-node", "inlinePolicies", {"app": "{}"}),
    ("sec_23_node_role", GROUP, "nodeRoleRef", ELSEWHERE),
    ("sec_23_cni_identity", "pod-identity-addon-vpc-cni", "serviceAccount", "other"),
    ("sec_24_private_nodes", GROUP, "subnetRefs.0.from.name", "search-25bfd24a9a-subnet-public-a"),
    (
        "sec_24_private_nodes",
        "route-table-private-a",
        "routes.0",
        {"destinationCIDRBlock": "0.0.0.0/0", "gatewayRef": ELSEWHERE},
    ),
    ("sec_24_private_nodes", "cluster", f"{VPC_CONFIG}.subnetRefs", []),
    ("sec_24_no_public_address", TEMPLATE, "data.networkInterfaces", [{"associatePublicIPAddress": True}]),
    ("sec_25_encrypted_volumes", TEMPLATE, "data.blockDeviceMappings.0.ebs.encrypted", False),
    ("sec_25_encrypted_volumes", TEMPLATE, "data.blockDeviceMappings", GONE),
    ("sec_25_size_of_the_data_volume", TEMPLATE, "data.blockDeviceMappings.0.ebs.volumeSize", 8),
    ("sec_26_operating_system", GROUP, "amiType", "AL2_x86_64"),
    ("sec_13_tags_of_instances", TEMPLATE, "data.tagSpecifications", GONE),
    ("sec_13_tags", TEMPLATE, "data.tagSpecifications.0.tags", []),
    ("sec_13_tags", "vpc", "tags", GONE),
    ("sec_13_tags", "vpc", "tags.0", {"key": "aws:owner", "value": "me"}),
    ("sec_13_tags", "cluster", "tags", {"Name": "x"}),
    ("sec_13_tags", "key-cluster", "tags", [{"tagKey": "Name", "tagValue": "x"}]),
    ("rel_07_fixed_fields", GROUP, "instanceTypes", ["m7i.large"]),
    ("rel_07_fixed_fields", GROUP, "nodeRoleRef", ELSEWHERE),
    ("rel_09_desired_size", GROUP, note("eks.services.k8s.aws/desired-size-managed-by"), GONE),
    ("rel_09_desired_size", GROUP, note("eks.services.k8s.aws/desired-size-managed-by"), "ack-eks-controller"),
    ("rel_09_desired_size", GROUP, "scalingConfig.desiredSize", 99),
    ("upg_01_one_minor_at_a_time", "cluster", "version", "1.99"),
    ("upg_01_one_minor_at_a_time", "cluster", "version", GONE),
    ("upg_04_skew_of_nodes", GROUP, "version", "1.99"),
    ("upg_06_versions_of_addons", "addon-vpc-cni", "addonVersion", "v1.0.0-eksbuild.1"),
    ("upg_07_conflicts", "addon-vpc-cni", "resolveConflicts", "OVERWRITE"),
    ("upg_07_conflicts", "addon-vpc-cni", "resolveConflicts", GONE),
    ("upg_07_conflicts", "addon-vpc-cni", "configurationValues", '{"b": 1}'),
    ("tst_08_network_policy", "addon-vpc-cni", "configurationValues", "{}"),
    ("iam_06_one_mechanism", "addon-vpc-cni", "podIdentityAssociations", [{"serviceAccount": "aws-node"}]),
    ("ten_04_cluster", GROUP, "clusterName", "other"),
    ("ten_04_cluster", "addon-coredns", "clusterName", GONE),
)

# network
broken(
    "minimal",
    ("sec_30_zones", "subnet-public-c", "availabilityZone", "eu-west-1a"),
    ("sec_30_zones", "subnet-private-c", "routeTableRefs", GONE),
    ("sec_31_no_public_addresses", "subnet-public-a", "mapPublicIPOnLaunch", True),
    ("sec_31_no_public_addresses", "subnet-private-a", "mapPublicIPOnLaunch", GONE),
    ("sec_32_default_security_group", "vpc", "disallowSecurityGroupDefaultRules", False),
    ("sec_32_default_security_group", "vpc", "disallowSecurityGroupDefaultRules", GONE),
    ("sec_33_flow_logs", "flow-log-all", "resourceID", "vpc-1"),
    ("sec_33_flow_logs", "flow-log-all", "trafficType", "ACCEPT"),
    ("sec_33_flow_logs", "flow-log-all", "logGroupRef", ELSEWHERE),
    ("sec_33_flow_logs", "flow-log-all", "logDestinationType", "s3"),
    ("sec_33_flow_logs", "log-group-flow-logs", "retentionDays", GONE),
    ("sec_33_flow_logs", "log-group-flow-logs", "kmsKeyRef", GONE),
    ("sec_33_role_of_flow_logs", "flow-log-all", "deliverLogsPermissionRef", ELSEWHERE),
    ("sec_33_role_of_flow_logs", "role-flow-logs", (*TRUST, "Condition"), GONE),
    ("sec_33_role_of_flow_logs", "role-flow-logs", "policies", [OTHER_POLICY]),
    ("sec_33_role_of_flow_logs", "role-flow-logs", "inlinePolicies", {}),
    ("sec_35_nat_gateways", "nat-gateway-a", "subnetRef.from.name", "orders-9ccad01cbd-subnet-private-a"),
    ("sec_35_nat_gateways", "route-table-private-b", "routes", []),
    (
        "sec_35_nat_gateways",
        "route-table-private-b",
        "routes.0.natGatewayRef.from.name",
        "orders-9ccad01cbd-nat-gateway-a",
    ),
    (
        "sec_35_nat_gateways",
        "subnet-private-b",
        "routeTableRefs.0.from.name",
        "orders-9ccad01cbd-route-table-private-a",
    ),
    ("sec_36_load_balancer_tags", "subnet-public-a", "tags", [{"key": "Name", "value": "x"}]),
    ("ten_19_ranges", "vpc", "cidrBlocks.0", "203.0.113.0/24"),
    ("ten_19_ranges", "cluster", "kubernetesNetworkConfig.serviceIPv4CIDR", "10.0.0.0/16"),
    ("ten_19_subnets", "subnet-private-a", "cidrBlock", "10.9.0.0/19"),
)
PAIR = f"{DOOR}.userIDGroupPairs"
broken(
    "with-databases",
    ("sec_34_ingress", "security-group-database-orders", f"{DOOR}.ipRanges", [{"cidrIP": "0.0.0.0/0"}]),
    ("sec_34_ingress", "security-group-database-orders", f"{DOOR}.ipv6Ranges", [{"cidrIPv6": "::/0"}]),
    ("sec_34_ingress", "security-group-database-orders", PAIR, []),
    ("sec_34_ingress", "security-group-database-orders", f"{PAIR}.0.description", GONE),
    ("sec_34_ingress", "security-group-database-orders", f"{DOOR}.toPort", 65535),
    ("sec_34_ingress", "security-group-database-orders", f"{DOOR}.ipProtocol", "-1"),
    ("sec_34_databases_admit_the_cluster", "security-group-database-orders", f"{PAIR}.0.groupID", "sg-x"),
    ("sec_34_groups", "security-group-database-orders", "egressRules", GONE),
    ("sec_34_groups", "security-group-database-orders", "egressRules", [{"ipProtocol": "-1"}]),
    ("sec_34_groups", "security-group-database-orders", "vpcRef", GONE),
)
broken("routed", ("ten_19_ranges", "vpc", "cidrBlocks.0", "10.250.0.0/16"))

# data
WINDOW = note("kms.services.k8s.aws/pending-window-in-days")
broken(
    "minimal",
    ("sec_40_keys", "key-cluster", WINDOW, "7"),
    ("sec_40_keys", "key-cluster", WINDOW, GONE),
    ("sec_40_keys", "key-cluster", "enableKeyRotation", GONE),
    ("sec_40_keys", "key-cluster", "policy.Statement.0.Principal", "*"),
)
broken("with-databases", ("sec_40_database_keys_stay", "key-database-orders", END, "delete"))
broken("with-databases", ("sec_40_database_keys_stay", "key-database-orders", END, GONE))
for database, parameters in ((ORDERS, "dbParameterGroupRef"), (SESSIONS, "dbClusterParameterGroupRef")):
    broken(
        "with-databases",
        ("sec_50_encrypted_storage", database, "storageEncrypted", GONE),
        ("sec_50_encrypted_storage", database, "kmsKeyRef", ELSEWHERE),
        ("sec_51_own_security_group", database, "vpcSecurityGroupRefs", []),
        ("sec_51_own_security_group", database, "dbSubnetGroupRef", GONE),
        ("sec_52_kept", database, "backupRetentionPeriod", 1),
        ("sec_52_kept", database, "copyTagsToSnapshot", GONE),
        ("sec_52_kept", database, "deletionProtection", False),
        ("sec_52_kept", database, BACKUPS, "true"),
        ("sec_52_kept", database, BACKUPS, GONE),
        ("sec_53_administrator", database, "masterUsername", "postgres"),
        ("sec_53_no_passwords", database, "enableIAMDatabaseAuthentication", GONE),
        ("sec_53_no_passwords", database, "manageMasterUserPassword", False),
        ("sec_53_no_passwords", database, "masterUserSecretKMSKeyRef", GONE),
        ("sec_53_tls_only", database, parameters, GONE),
        ("sec_54_upgrades_and_logs", database, "enableCloudwatchLogsExports", []),
        ("sec_54_major_versions", database, "engineVersion", "18"),
        ("rel_16_no_generated_password", database, "masterUserPassword", {"name": "x", "key": "password"}),
        ("rel_20_final_snapshot", database, SNAPSHOT, GONE),
        ("rel_20_final_snapshot", database, SNAPSHOT, "final"),
        ("rel_25_databases_survive", database, END, "delete"),
        ("rel_25_databases_survive", database, END, GONE),
        ("rel_25_databases_survive", database, "deletionProtection", GONE),
        ("rel_25_end_of_databases", database, SKIP, "true"),
        ("rel_25_end_of_databases", database, SKIP, GONE),
    )
broken(
    "with-databases",
    ("sec_51_not_public", ORDERS, "publiclyAccessible", True),
    ("sec_51_not_public", SERVER, "publiclyAccessible", GONE),
    (
        "sec_51_private_subnets",
        "subnet-group-databases",
        "subnetRefs.0.from.name",
        "shop-3f9751c2e1-subnet-public-a",
    ),
    ("sec_51_private_subnets", "subnet-group-databases", "subnetRefs", []),
    ("sec_52_kept", ORDERS, "multiAZ", False),
    ("sec_52_aurora_zones", SERVER, "availabilityZone", "eu-central-1b"),
    ("sec_52_aurora_zones", SERVER, "dbClusterIdentifier", "other"),
    ("sec_53_tls_only", "parameter-group-orders", ("parameterOverrides", "rds.force_ssl"), "0"),
    ("sec_53_tls_only", "parameter-group-sessions", "parameterOverrides", GONE),
    ("sec_54_watched_servers", ORDERS, "autoMinorVersionUpgrade", False),
    ("sec_54_watched_servers", ORDERS, "monitoringInterval", 0),
    ("sec_54_watched_servers", SERVER, "performanceInsightsEnabled", GONE),
    ("sec_54_watched_servers", SERVER, "performanceInsightsKMSKeyRef", ELSEWHERE),
    ("sec_54_watched_servers", SERVER, "monitoringRoleRef", GONE),
    ("rel_07_fixed_fields", SESSIONS, "storageEncrypted", False),
)
adds("rel_20_snapshots_differ", "with-databases-ack", "database-twin", ORDERS, "dbInstanceIdentifier", to="twin")
broken(
    "decommissioned",
    ("rel_25_end_of_databases", "database-kept", END, "delete"),
    ("rel_25_end_of_databases", "database-orders", END, "retain"),
    ("rel_25_end_of_databases", "database-scratch", SKIP, "false"),
    (
        "rel_14_doors_go",
        "security-group-database-kept",
        "ingressRules",
        [{"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}],
    ),
    *(
        ("rel_25_what_retained_databases_need", key, END, "delete")
        for key in ("vpc", "subnet-database-a", "subnet-group-databases", "security-group-database-kept")
    ),
)

# IAM
broken(
    "production",
    ("iam_01_pod_identity_trust", DNS, "roleRef", ELSEWHERE),
    ("iam_01_pod_identity_trust", DNS, "serviceAccount", "default"),
    ("iam_01_pod_identity_trust", DNS_ROLE, (*TRUST, "Condition"), GONE),
    ("iam_02_cluster_by_arn", DNS_ROLE, (*EQUALS, "aws:RequestTag/eks-cluster-arn"), GONE),
    ("iam_04_session_tags", DNS, "disableSessionTags", GONE),
    ("iam_04_session_tags", DNS, "policy", "{}"),
    ("iam_05_no_irsa", DNS_ROLE, (*TRUST, "Principal"), {"Federated": "arn:aws:iam::1:oidc-provider/x"}),
    ("iam_06_one_role_each", "role-addon-cert-manager", "name", "orders-prod-6f91f1811f-addon-external-dns"),
    ("iam_06_role_names", DNS_ROLE, "path", "/team/"),
    ("iam_06_role_names", DNS_ROLE, "name", "r" * 65),
    ("iam_08_pass_role", DNS_ROLE, INLINE, {**ANYTHING, "Action": "iam:PassRole"}),
    ("iam_09_no_wildcards", DNS_ROLE, INLINE, ANYTHING),
    ("iam_09_no_wildcards", DNS_ROLE, INLINE, {**ANYTHING, "Action": "route53:*"}),
    ("iam_09_no_wildcards", "role-workload-invoices", "policies.0", "arn:aws:iam::aws:policy/AdministratorAccess"),
    ("iam_10_bound_to_the_cluster", DNS_ROLE, INLINE, {**ANYTHING, "Action": "route53:ChangeResourceRecordSets"}),
    (
        "iam_10_bound_by_value",
        DNS_ROLE,
        INLINE,
        {**ANYTHING, "Action": "route53:ChangeResourceRecordSets", "Resource": "arn:aws:route53:::hostedzone/ZOTHER"},
    ),
    (
        "iam_10_keys_by_arn",
        DNS_ROLE,
        INLINE,
        {**ANYTHING, "Action": ["kms:Decrypt"], "Resource": ["arn:aws:kms:eu-west-1:1:key/*"]},
    ),
    ("iam_11_partition", "role-cluster", "policies.0", "arn:aws-cn:iam::aws:policy/P"),
    ("iam_12_canonical", DNS_ROLE, "assumeRolePolicyDocument", '{"Version": "2012-10-17", "Statement": []}'),
    ("iam_12_canonical", DNS_ROLE, ("inlinePolicies", "external-dns"), '{"Version": "2012-10-17", "Statement": []}'),
    ("iam_12_canonical", "key-cluster", "policy.Version", "2008-10-17"),
    ("iam_12_limits", DNS_ROLE, (*TRUST, "Sid"), "x" * 2048),
    ("iam_12_limits", DNS_ROLE, (*INLINE, "Sid"), "x" * 10240),
    ("iam_12_limits", DNS_ROLE, "policies", ["arn:aws:iam::aws:policy/P"] * 11),
    ("iam_12_complete", DNS_ROLE, (*EQUALS, "aws:SourceAccount"), "None"),
    (
        "tst_08_cloudsplaining",
        DNS_ROLE,
        INLINE,
        {"Sid": "Any", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
    ),
    ("tst_08_actions_exist", DNS_ROLE, (*INLINE, "Action"), "route53:NoSuchThing"),
    ("tst_08_managed_policies_exist", "role-cluster", "policies.0", "arn:aws:iam::aws:policy/service-role/No"),
    ("tst_09_subset_of_upstream", DNS_ROLE, (*INLINE, "Action"), "route53:DeleteHostedZone"),
    ("ten_25_pod_identities", DNS, "roleRef", ELSEWHERE),
    ("ten_25_pod_identities", DNS, "roleARN", "arn:aws:iam::111122223333:role/admin"),
    (
        "rel_30_entries_follow_roles",
        ADMIN_ENTRY,
        "principalARN",
        "arn:aws:iam::111122223333:role/argosy-spoke-orders-prod-6f91f1811f-old",
    ),
)
broken(
    "bounded",
    ("iam_07_boundary", "role-addon-external-dns", "permissionsBoundary", GONE),
    ("upg_11_identity_of_the_ebs_driver", "pod-identity-addon-aws-ebs-csi-driver", "serviceAccount", "other"),
)

# tenancy, reliability
broken(
    "minimal",
    ("tst_10_schema", "vpc", "noSuchField", "x"),
    ("ten_04_names", "role-cluster", "name", "admin-role"),
    ("ten_04_names", "log-group-cluster", "name", GONE),
    ("ten_04_adoption", "vpc", note("services.k8s.aws/adopted"), GONE),
    ("ten_04_adoption", "vpc", note("services.k8s.aws/adoption-policy"), "adopt"),
    ("ten_04_adoption", "vpc", END, GONE),
    ("ten_09_credentials", "vpc", REGION, GONE),
    ("ten_09_credentials", "vpc", REGION, "us-east-1"),
    ("ten_09_namespace", "vpc", "metadata.namespace", "team-other"),
    ("rel_02_no_field_is_lost", "vpc", "disallowSecurityGroupDefaultRules", GONE),
    ("rel_07_fixed_fields", "subnet-private-a", "cidrBlock", "10.0.32.0/19"),
    ("rel_07_fixed_fields", "vpc", REGION, "us-east-1"),
    ("rel_08_create_only_flags", "cluster", "bootstrapSelfManagedAddons", GONE),
    ("rel_10_external_names", "cluster", "name", "other"),
    ("rel_10_external_names", "vpc", FOUND_BY, '{"vpcID":"vpc-stolen"}'),
    ("rel_10_external_names", "key-cluster", FOUND_BY, '{"keyID":"stolen"}'),
    ("rel_14_order_of_deletion", "usage-key-cluster-by-cluster", "spec.by.kind", "VPC"),
    ("rel_22_grammar_of_names", "vpc", "metadata.name", "Orders_VPC"),
    ("rel_22_grammar_of_names", "role-cluster", "name", "a role"),
    ("rel_23_no_empty_names", "cluster", "name", ""),
    ("rel_23_no_empty_names", "subnet-private-a", "vpcRef", ELSEWHERE),
    ("rel_23_no_empty_names", "subnet-private-a", "routeTableRefs.0", ELSEWHERE),
    ("rel_26_sets_are_sorted", "role-cluster", "policies", ["b", "a"]),
    ("rel_43_no_status", "vpc", "status", {}),
    ("rel_44_names_from_identity", "vpc", "metadata.name", "vpc"),
    ("ten_20_sizes", "vpc", "tags.0.value", "x" * 1_500_001),
)
adds("rel_26_names_differ", "minimal-ack", "again", "vpc", "enableDNSSupport", to=True)
forgets("rel_10_ids_in_status", "minimal-ack", claim={"metadata": {}, "spec": {}, "status": {}})
for annotation in ("owner-account-id", "endpoint-url", "read-only", "iam-role-selector"):
    broken("marked", ("ten_06_no_import_by_annotation", "vpc", note(f"services.k8s.aws/{annotation}"), "x"))

_ON_THE_HUB = "reads what stands on the hub, which is the same whoever makes the cluster"
NOT_OF_ACK: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "sec_06_no_aws_auth",
            "sec_75_keys_of_the_secret",
            "ten_11_place_of_the_secret",
            "ten_12_labels",
            "ten_12_selectors",
            "ten_14_no_programs",
            "ten_15_no_templates",
            "ten_17_no_project",
            "ten_18_only_secret_and_guard",
            "rel_04_the_secret_stays_where_it_is",
            "rel_13_the_secret_is_sticky",
            "rel_13_a_claim_uses_itself",
            "rel_14_replays",
            "rel_16_the_namespace_is_used",
        ),
        _ON_THE_HUB,
    ),
    **dict.fromkeys(("rel_03_no_key_is_lost", "rel_03_no_positions"), "reads keys alone"),
    **dict.fromkeys(("rel_27_no_results", "ten_24_nothing_of_others"), "reads messages, and all texts alike"),
    "rel_10_late_initialize": "ACK always writes back what AWS chose",
    "rel_10_references_resolve_always": "ACK resolves references at every reconcile",
    "ten_10_no_connection_secrets": "ACK has no such field; a FieldExport, which could, is a kind that nothing knows",
}
"""Rules without a broken answer of ACK, and why."""
