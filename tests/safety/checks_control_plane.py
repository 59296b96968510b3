"""The control plane, who may enter it, and how the hub gets there."""

from __future__ import annotations

import re
from ipaddress import ip_network

from tests.safety.answers import Item, Pass, listed, statements
from tests.safety.checks import Complaints, differs, each, life, whole

ALL_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
WIDEST_PREFIX = 16
CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
CLUSTER_POLICY = {"AmazonEKSClusterPolicy"}
AUTO_MODE_POLICIES = {
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
}
ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/[\w+=,.@/-]+")


def policy_names(role: Item) -> set[str]:
    return {arn.rsplit("/", 1)[-1] for arn in role.get("managedPolicyArns") or []}


def is_composed_key(arn: str | None, names: list[str], now: Pass) -> bool:
    """Whether a key is one of this claim: by the ARN that AWS told, or by reference where an engine has one."""
    if arn is not None and not names:
        return arn in {now.seen(key.key, "arn") for key in now.of("kms/Key")}
    return arn is None and [now.named("kms/Key", name) is not None for name in names] == [True]


def principal_role(entry: Item, now: Pass) -> Item | None:
    """The composed role that an access entry is for: by reference, or by the ARN that AWS told."""
    arn = entry.get("principalArn")
    if arn is not None:
        return next((role for role in now.of("iam/Role") if now.seen(role.key, "arn") == arn), None)
    return next((now.named("iam/Role", name) for name in entry.names("principalArnFromRoleRef")), None)


def reach(now: Pass) -> tuple[str | None, list[str]]:
    """How the hub gets to the API of a cluster that it registers: mode and ranges."""
    role = now.fact("argocd", "roleArn")
    if now.asked("argocd", "register") is False or role is None or role.split(":")[1] != now.partition:
        return None, []
    return now.fact("reach", "mode"), list(now.fact("reach", "cidrs") or [])


@each("SEC-01", "The private endpoint is on, and said so.", "eks/Cluster", scanners="EKS.1")
def sec_01_private_endpoint(cluster: Item, now: Pass) -> Complaints:
    yield from differs("endpointPrivateAccess", cluster.get("vpcConfig", "endpointPrivateAccess"), True)


@each(
    "SEC-02",
    "The public endpoint is off unless claim or hub name the ranges that may reach it, none wider than /16.",
    "eks/Cluster",
    scanners="EKS.1 CIS-5.4.1 CIS-5.4.2 CKV_AWS_38 CKV_AWS_39 AWS-0040 AWS-0041 eks_cluster_not_publicly_accessible",
)
def sec_02_public_endpoint(cluster: Item, now: Pass) -> Complaints:
    mode, ranges = reach(now)
    wanted = {*(now.asked("controlPlane", "endpoint", "publicAccessCidrs") or ()), *ranges * (mode == "PublicFrom")}
    yield from differs("endpointPublicAccess", cluster.get("vpcConfig", "endpointPublicAccess"), bool(wanted))
    found = cluster.get("vpcConfig", "publicAccessCidrs") or []
    yield from differs("publicAccessCidrs", sorted(found), sorted(wanted))
    for cidr in found:
        if ip_network(cidr).prefixlen < WIDEST_PREFIX:
            yield f"{cidr} may reach the public endpoint"


@whole("SEC-03", "A cluster is registered only if the hub has a way to its endpoint; else a condition says why not.")
def sec_03_path_from_the_hub(now: Pass) -> Complaints:
    mode, ranges = reach(now)
    if now.secret is None:
        registered = now.condition("Registered")
        if registered.get("status") != "False" and registered.get("reason") != "NotRequested":
            yield f"no Secret, but Registered is {registered}"
        if registered.get("status") == "False" and not registered.get("message"):
            yield "Registered says nothing"
        return
    [cluster] = now.of("eks/Cluster")
    if mode is None:
        yield "the Secret is there although the hub has no way to the endpoint"
    if mode == "PublicFrom" and not set(ranges) <= set(cluster.get("vpcConfig", "publicAccessCidrs") or []):
        yield "the public endpoint does not admit the hub"
    if mode == "Routed":
        doors = [
            rule
            for rule in now.of("ec2/SecurityGroupIngressRule")
            if set(rule.names("securityGroupIdRef")) & set(cluster.names("vpcConfig", "securityGroupIdRefs"))
        ]
        admitted = {rule.get("cidrIpv4") for rule in doors if rule.get("fromPort") == rule.get("toPort") == 443}
        yield from differs("ranges that reach the private endpoint", admitted, set(ranges))


@each(
    "SEC-04",
    "Kubernetes Secrets are encrypted with a key that this claim made.",
    "eks/Cluster",
    scanners="EKS.3 CIS-5.3.1 CKV_AWS_58 AWS-0039 eks_cluster_kms_cmk_encryption_in_secrets_enabled",
)
def sec_04_secrets_are_encrypted(cluster: Item, now: Pass) -> Complaints:
    yield from differs("encryptionConfig.resources", cluster.get("encryptionConfig", "resources"), ["secrets"])
    provider = cluster.get("encryptionConfig", "provider") or {}
    if not is_composed_key(provider.get("keyArn"), cluster.names("encryptionConfig", "provider", "keyArnRef"), now):
        yield f"encryptionConfig.provider {provider} is no composed key"


@each(
    "SEC-05",
    "All five logs are written unless the claim names fewer.",
    "eks/Cluster",
    scanners="EKS.8 CIS-2.1.1 CKV_AWS_37 AWS-0038 eks_control_plane_logging_all_types_enabled",
)
def sec_05_logs(cluster: Item, now: Pass) -> Complaints:
    wanted = now.asked("controlPlane", "logs", "types")
    found = cluster.get("enabledClusterLogTypes")
    yield from differs("enabledClusterLogTypes", found, sorted(ALL_LOGS if wanted is None else wanted))


@each(
    "SEC-05",
    "The cluster's log group has an end and a key, and stands before EKS would make one without.",
    "eks/Cluster",
    scanners="CIS-2.1.2 CKV_AWS_66 CKV_AWS_158 CKV_AWS_338 AWS-0017",
)
def sec_05_log_group(cluster: Item, now: Pass) -> Complaints:
    wanted = f"/aws/eks/{cluster.external_name}/cluster"
    group = next((item for item in now.of("cloudwatchlogs/Group") if item.external_name == wanted), None)
    if group is None:
        yield f"no log group {wanted}"
        return
    retention = now.asked("controlPlane", "logs", "retentionDays")
    yield from differs("retentionInDays", group.get("retentionInDays"), 365 if retention is None else retention)
    if not any(now.named("kms/Key", name) for name in group.names("kmsKeyIdRef")):
        yield "kmsKeyIdRef is no composed key"


@life("SEC-05", "The cluster is asked for only when its log group stands.")
def sec_05_log_group_is_first(before: Pass, now: Pass) -> Complaints:
    if before.of("eks/Cluster") or not now.of("eks/Cluster"):
        return
    wanted = f"/aws/eks/{now.cluster}/cluster"
    for group in (item for item in now.of("cloudwatchlogs/Group") if item.external_name == wanted):
        if not now.is_ready(group.key):
            yield f"the cluster comes before {group.key} is ready"


@each("SEC-06", "Access entries alone let people in.", "eks/Cluster", scanners="CIS-4.1.7")
def sec_06_authentication_mode(cluster: Item, now: Pass) -> Complaints:
    yield from differs("authenticationMode", cluster.get("accessConfig", "authenticationMode"), "API")


@each("SEC-06", "Nobody writes an aws-auth ConfigMap.")
def sec_06_no_aws_auth(item: Item, now: Pass) -> Complaints:
    if item.get("manifest", "kind") == "ConfigMap" or item.get("manifest", "metadata", "name") == "aws-auth":
        yield "writes a ConfigMap"


@each("SEC-07", "Who makes the cluster is not its administrator.", "eks/Cluster")
def sec_07_creator_is_no_administrator(cluster: Item, now: Pass) -> Complaints:
    found = cluster.get("accessConfig", "bootstrapClusterCreatorAdminPermissions")
    yield from differs("bootstrapClusterCreatorAdminPermissions", found, False)


@whole("SEC-07", "Somebody administers the cluster, or a condition says that nobody can log in.", settled=True)
def sec_07_somebody_administers(now: Pass) -> Complaints:
    if any(CLUSTER_ADMIN in item.get("policyArn") for item in now.of("eks/AccessPolicyAssociation")):
        return
    if not any("spec.access.admins" in item["message"] for item in now.conditions):
        yield "nobody can log in, and no condition says to write spec.access.admins"


@each("SEC-08", "An access entry is for a role of this account, or Argo CD's own.", "eks/AccessEntry")
def sec_08_principals(entry: Item, now: Pass) -> Complaints:
    arn = entry.get("principalArn")
    if arn is None:
        if principal_role(entry, now) is None:
            yield "principal is no composed role"
        return
    found = ROLE_ARN.fullmatch(arn)
    if found is None:
        yield f"principal {arn} is no role"
    elif arn != now.fact("argocd", "roleArn") and (found[1], found[2]) != (now.partition, now.account):
        yield f"principal {arn} is of another account"


@each("SEC-08", "No access entry names a group of Kubernetes itself; nodes' entries name nothing.", "eks/AccessEntry")
def sec_08_groups(entry: Item, now: Pass) -> Complaints:
    groups = entry.get("kubernetesGroups") or []
    yield from (f"group {group}" for group in groups if group.startswith("system:"))
    if entry.get("type") is None:
        yield "type is not said"
    if entry.get("type") in ("EC2_LINUX", "EC2_WINDOWS") and groups:
        yield "an entry for nodes has groups"


@each("SEC-09", "A policy for namespaces names them; its scope is said.", "eks/AccessPolicyAssociation")
def sec_09_scopes(association: Item, now: Pass) -> Complaints:
    scope = association.get("accessScope") or {}
    if scope.get("type") not in ("cluster", "namespace"):
        yield f"accessScope.type is {scope.get('type')!r}"
    if (scope.get("type") == "namespace") != bool(scope.get("namespaces")):
        yield "accessScope.namespaces does not fit its type"


@each("SEC-09", "Cluster administrators are those that claim or hub name.", "eks/AccessPolicyAssociation")
def sec_09_administrators(association: Item, now: Pass) -> Complaints:
    if CLUSTER_ADMIN not in association.get("policyArn"):
        return
    entry = next((now.named("eks/AccessEntry", name) for name in association.names("principalArnRef")), None)
    arn, role = (entry.get("principalArn"), principal_role(entry, now)) if entry else (None, None)
    asked = set(now.asked("access", "admins") or []) | {
        item["principalArn"]
        for item in now.asked("access", "entries") or []
        if any(policy["name"] == CLUSTER_ADMIN for policy in item.get("policies", []))
    }
    listed_by_hub = now.fact("clusterAdmins")
    if arn is None or role is not None:
        if role is None or "argosy-spoke-" not in (role.external_name or ""):
            yield "the administrator is neither named nor Argo CD's role"
    elif arn != now.fact("argocd", "roleArn") and (
        arn not in asked or (listed_by_hub is not None and arn not in listed_by_hub)
    ):
        yield f"{arn} administers the cluster"


@each(
    "SEC-10",
    "AWS refuses to delete the cluster unless the claim says otherwise.",
    "eks/Cluster",
    scanners="eks_cluster_deletion_protection_enabled",
)
def sec_10_deletion_protection(cluster: Item, now: Pass) -> Complaints:
    leaves = now.asked("lifecycle") == "Decommission"
    wanted = now.asked("controlPlane", "deletionProtection") is not False and not leaves
    yield from differs("deletionProtection", cluster.get("deletionProtection"), wanted)


@each("SEC-11", "What happens at the end of standard support is said.", "eks/Cluster")
def sec_11_upgrade_policy(cluster: Item, now: Pass) -> Complaints:
    wanted = (now.asked("controlPlane", "upgradePolicy") or "Extended").upper()
    yield from differs("upgradePolicy.supportType", cluster.get("upgradePolicy", "supportType"), wanted)


@each("SEC-12", "EKS alone assumes the cluster's role, which has AWS's policies for it and no other.", "eks/Cluster")
def sec_12_cluster_role(cluster: Item, now: Pass) -> Complaints:
    roles = [now.named("iam/Role", name) for name in cluster.names("roleArnRef")]
    if len(roles) != 1 or roles[0] is None:
        yield "roleArnRef is no composed role"
        return
    role, auto_mode = roles[0], cluster.get("computeConfig") is not None
    yield from differs("policies", policy_names(role), CLUSTER_POLICY | (AUTO_MODE_POLICIES if auto_mode else set()))
    if role.get("inlinePolicy"):
        yield "has inline policies"
    trust = statements(role.document("assumeRolePolicy"))
    principals = [statement["Principal"] for statement in trust]
    yield from differs("principals", principals, [{"Service": "eks.amazonaws.com"}])
    wanted = ["sts:AssumeRole", "sts:TagSession"] if auto_mode else ["sts:AssumeRole"]
    yield from differs("trusted actions", sorted(listed(trust[0]["Action"]) if trust else []), wanted)


@each("SEC-70", "The Secret names a role to assume, or the cluster's ARN; no token, certificate or program.",
      "kubernetes/Secret")  # fmt: skip
def sec_70_no_credentials(item: Item, now: Pass) -> Complaints:
    data = (now.secret or {}).get("data", {})
    capability = now.fact("argocd", "mode") == "Capability"
    yield from differs("has config", "config" in data, not capability)
    if capability:
        yield from differs("server", data.get("server"), now.seen("cluster", "arn"))
        return
    config = now.secret_config or {}
    yield from differs("keys of config", sorted(config), ["awsAuthConfig", "tlsClientConfig"])
    yield from differs("keys of awsAuthConfig", sorted(config.get("awsAuthConfig", {})), ["clusterName", "roleARN"])
    yield from differs("keys of tlsClientConfig", sorted(config.get("tlsClientConfig", {})), ["caData", "insecure"])
    yield from differs("clusterName", config.get("awsAuthConfig", {}).get("clusterName"), now.cluster)
    spoke = next((role for role in now.of("iam/Role") if "argosy-spoke-" in (role.external_name or "")), None)
    arn = now.seen(spoke.key, "arn") if spoke else None
    yield from differs("roleARN", config.get("awsAuthConfig", {}).get("roleARN"), arn)


@each("SEC-71", "Argo CD checks the API's certificate against the cluster's own authority.", "kubernetes/Secret")
def sec_71_certificate(item: Item, now: Pass) -> Complaints:
    config = now.secret_config
    if config is None:
        return
    yield from differs("insecure", config.get("tlsClientConfig", {}).get("insecure"), False)
    authority = now.seen("cluster", "certificateAuthority", 0, "data")
    if not authority or config.get("tlsClientConfig", {}).get("caData") != authority:
        yield "caData is not the observed authority"


@each("SEC-72", "Argo CD's role on the hub alone assumes the spoke role, which may do nothing on AWS.", "iam/Role")
def sec_72_spoke_role(role: Item, now: Pass) -> Complaints:
    trust = statements(role.document("assumeRolePolicy"))
    if "argosy-spoke-" not in (role.external_name or ""):
        if any("AWS" in statement["Principal"] for statement in trust):
            yield "another role may assume it"
        return
    principals = [statement["Principal"] for statement in trust]
    yield from differs("principals", principals, [{"AWS": now.fact("argocd", "roleArn")}])
    if role.get("managedPolicyArns") or role.get("inlinePolicy"):
        yield "has policies"


@each("SEC-73", "Spoke roles are called argosy-spoke-*, which is what the hub's role may assume.", "eks/AccessEntry")
def sec_73_spoke_name(entry: Item, now: Pass) -> Complaints:
    role = principal_role(entry, now)
    if role and not (role.external_name or "").startswith("argosy-spoke-"):
        yield f"{role.external_name} cannot be assumed by the hub"


@each("SEC-74", "Argo CD may do what the hub's facts declare.", "eks/AccessPolicyAssociation")
def sec_74_rights_of_argo_cd(association: Item, now: Pass) -> Complaints:
    entries = [now.named("eks/AccessEntry", name) for name in association.names("principalArnRef")]
    argo_cd = [entry for entry in entries if entry and _is_argo_cd(entry, now)]
    if argo_cd:
        wanted = now.fact("argocd", "accessPolicy") or CLUSTER_ADMIN
        yield from differs("policy", association.get("policyArn").rsplit("/", 1)[-1], wanted)


def _is_argo_cd(entry: Item, now: Pass) -> bool:
    return principal_role(entry, now) is not None or entry.get("principalArn") == now.fact("argocd", "roleArn")


@each("SEC-75", "The Secret has Argo CD's keys and no other, and nothing in clear text.", "kubernetes/Secret")
def sec_75_keys_of_the_secret(item: Item, now: Pass) -> Complaints:
    allowed = {"name", "server", "config", "project", "namespaces", "clusterResources", "shard"}
    data = item.get("manifest", "data") or {}
    yield from (f"key {key}" for key in sorted(set(data) - allowed))
    if item.get("manifest", "stringData"):
        yield "has stringData, which never compares equal"
    if not {"name", "server"} <= set(data):
        yield "lacks name or server"
