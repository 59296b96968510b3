"""EKS: control plane, compute, add-ons, access."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from argosy.simulator.aws import Account, Needed, Refusal, Thing, User, arn, domain, hexadecimal, small
from argosy.simulator.ec2 import needs_groups, needs_subnets, vpc_of, zones_of
from argosy.simulator.foundations import needs_key, needs_role
from argosy.simulator.kind import Extract, InUse, Kind, Named, Unique, by_name, paths, ref
from argosy.simulator.values import Values, at, digest, uuid

DATE = "2026-01-01T00:00:00Z"
VERSIONS = ("1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
"""Kubernetes versions that EKS offers, oldest first (kinds 5.1, 2026-08). Without a version EKS takes the newest."""
NEEDS_NODES = frozenset({"coredns", "aws-ebs-csi-driver"})
"""Add-ons whose Deployments stay without replicas as long as there is no node."""
AUTHENTICATION = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
"""Authentication modes, in the one direction in which they can change."""
SWITCHES = (
    ("computeConfig", "enabled"),
    ("storageConfig", "blockStorage", "enabled"),
    ("kubernetesNetworkConfig", "elasticLoadBalancing", "enabled"),
)
"""The three switches of Auto Mode, which EKS wants changed together."""

CLUSTER_NAME = Needed(
    path=("clusterName",),
    kind="eks/Cluster",
    code="ResourceNotFoundException",
    message="No cluster found for name: {value}.",
    active=True,
)


def minor(version: str) -> int:
    """The 35 of `1.35`."""
    return int(version.split(".")[1])


def _certificate(seed: str) -> str:
    """Looks like the base64 of a PEM certificate; what is in it means nothing."""
    body = b64encode("".join(digest(seed, str(part)) for part in range(12)).encode()).decode()
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    pem = "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))
    return b64encode(pem.encode()).decode()


def _cluster(thing: Thing, account: Account) -> Values:
    name, region = thing.identity, thing.region
    subnets = at(thing.fields, ("vpcConfig", "subnetIds")) or []
    made: Values = {
        "arn": arn("eks", region, account.number, f"cluster/{name}"),
        "createdAt": DATE,
        "status": "CREATING",
        "vpcConfig": {"vpcId": vpc_of(subnets, region, account)},
    }
    if account.now < thing.ready_at:
        return made
    # the endpoint and the issuer carry the same id
    number = digest("cluster", thing.seed)[:32].upper()
    group = hexadecimal(17, "cluster security group", number)
    return {
        **made,
        "status": "ACTIVE",
        "endpoint": f"https://{number}.gr7.{region}.eks.{domain(region)}",
        "certificateAuthority": [{"data": account.authority or _certificate(number)}],
        "identity": [{"oidc": [{"issuer": f"https://oidc.eks.{region}.{domain(region)}/id/{number}"}]}],
        "platformVersion": "eks.1",
        "vpcConfig": {**made["vpcConfig"], "clusterSecurityGroupId": f"sg-{group}"},
    }


def _security_group_left(cluster: Thing, account: Account) -> Thing | None:
    """EKS deletes the cluster's security group, unless a rule of another group names it."""
    group = at(cluster.made, ("vpcConfig", "clusterSecurityGroupId"))
    rules = account.all("ec2/SecurityGroupIngressRule", cluster.region)
    if not any(group == rule.fields.get("referencedSecurityGroupId") for rule in rules):
        return None
    vpc = at(cluster.made, ("vpcConfig", "vpcId"))
    fields = {"name": f"eks-cluster-sg-{cluster.identity}", "vpcId": vpc}
    return Thing(kind="ec2/SecurityGroup", region=cluster.region, identity=group, seed=cluster.seed, fields=fields)


def _cluster_defaults(thing: Thing, _: Account) -> Values:
    public = at(thing.fields, ("vpcConfig", "endpointPublicAccess"))
    return {
        "version": VERSIONS[-1],
        "accessConfig": {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
        "bootstrapSelfManagedAddons": True,
        "deletionProtection": False,
        "kubernetesNetworkConfig": {
            "ipFamily": "ipv4",
            "serviceIpv4Cidr": "172.20.0.0/16",
            "elasticLoadBalancing": {"enabled": False},
        },
        "upgradePolicy": {"supportType": "EXTENDED"},
        "vpcConfig": {
            "endpointPrivateAccess": False,
            "endpointPublicAccess": True,
            **({"publicAccessCidrs": ["0.0.0.0/0"]} if public is not False else {}),
        },
    }


def _check_auto_mode(fields: Mapping[str, Any]) -> None:
    if len({bool(at(fields, switch)) for switch in SWITCHES}) > 1:
        raise Refusal(
            "InvalidParameterException",
            "For EKS Auto Mode, please ensure that all required configs, including computeConfig, "
            "kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.",
        )


def _check_new_cluster(thing: Thing, _: Mapping[str, Any], account: Account) -> None:
    if thing.fields["version"] not in VERSIONS:
        raise Refusal("InvalidParameterException", "unsupported Kubernetes version")
    _check_auto_mode(thing.fields)
    if at(thing.fields, SWITCHES[0]) and thing.fields["bootstrapSelfManagedAddons"]:
        raise Refusal(
            "InvalidParameterException",
            "When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false",
        )
    if len(zones_of(thing.fields["vpcConfig"]["subnetIds"], thing.region, account)) < 2:
        raise Refusal("InvalidParameterException", "Subnets specified must be in at least two different AZs")


def _check_changed_cluster(thing: Thing, wanted: Mapping[str, Any], account: Account) -> None:
    old, new = thing.fields["version"], wanted["version"]
    if new != old and (new not in VERSIONS or minor(new) != minor(old) + 1):
        raise Refusal("InvalidParameterException", f"Unsupported Kubernetes minor version update from {old} to {new}")
    if at(thing.fields, SWITCHES[0]) is None and at(wanted, SWITCHES[0]) is False:
        raise Refusal(
            "InvalidRequestException",
            "Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster.",
        )
    _check_auto_mode(wanted)
    before, after = (at(fields, ("accessConfig", "authenticationMode")) for fields in (thing.fields, wanted))
    if AUTHENTICATION.index(after) < AUTHENTICATION.index(before):
        raise Refusal("InvalidParameterException", f"Unsupported authentication mode update from {before} to {after}")
    here, there = (
        ",".join(sorted(zones_of(fields["vpcConfig"]["subnetIds"], thing.region, account)))
        for fields in (thing.fields, wanted)
    )
    if here != there:
        raise Refusal(
            "InvalidParameterException",
            f"Provided subnets belong to the AZs '{there}'. But they should belong to the exact set of AZs '{here}' in "
            "which subnets were provided during cluster creation.",
        )


def _check_cluster_delete(thing: Thing, _: Mapping[str, Any], __: Account) -> None:
    if thing.fields.get("deletionProtection"):
        # EKS's own words are not known
        raise Refusal("InvalidRequestException", f"Cluster {thing.identity} has deletion protection enabled")


def _node_group(thing: Thing, account: Account) -> Values:
    cluster, name = thing.identity.split(":")
    unique = uuid("node group", thing.seed)
    return {
        "id": thing.identity,
        "arn": arn("eks", thing.region, account.number, f"nodegroup/{cluster}/{name}/{unique}"),
        "resources": [{"autoscalingGroups": [{"name": f"eks-{name}-{unique}"}], "remoteAccessSecurityGroupId": ""}],
        "status": "ACTIVE",
    }


def _node_group_defaults(thing: Thing, account: Account) -> Values:
    cluster = account.find("eks/Cluster", thing.region, thing.fields["clusterName"])
    version = thing.fields.get("version") or (cluster.fields["version"] if cluster else VERSIONS[-1])
    return {
        "amiType": "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "diskSize": 0 if thing.fields.get("launchTemplate") else 20,
        "instanceTypes": ["t3.medium"],
        "releaseVersion": f"{version}.0-20260101",
        "updateConfig": {} if at(thing.fields, ("updateConfig", "maxUnavailablePercentage")) else {"maxUnavailable": 1},
        "version": version,
    }


def _check_node_group(thing: Thing, fields: Mapping[str, Any], account: Account) -> None:
    cluster = account.find("eks/Cluster", thing.region, fields["clusterName"])
    if cluster is not None and minor(fields["version"]) > minor(cluster.fields["version"]):
        raise Refusal(
            "InvalidParameterException",
            f"Requested release version {fields['version']} is not valid for kubernetes version "
            f"{cluster.fields['version']}.",
        )
    sizes = fields["scalingConfig"]
    if not sizes.get("minSize", 0) <= sizes.get("desiredSize", 0) <= sizes.get("maxSize", 0):
        raise Refusal(
            "InvalidParameterException",
            f"minSize {sizes.get('minSize')}, desiredSize {sizes.get('desiredSize')} and "
            f"maxSize {sizes.get('maxSize')} are not in this order",
        )
    template = fields.get("launchTemplate") or {}
    found = account.named("ec2/LaunchTemplate", thing.region, "name", template.get("name", ""))
    version = str(template.get("version", "1"))
    if found is not None and version.isdigit() and int(version) > found.made["latestVersion"]:
        raise Refusal(
            "InvalidRequestException", f"Could not find the specified version {version} for the launch template"
        )


def _child(word: str) -> Any:
    """ARNs of what belongs to a cluster."""

    def make(thing: Thing, account: Account) -> Values:
        cluster, name = thing.identity.split(":", 1)
        unique = uuid(word, thing.seed)
        return {
            "arn": arn("eks", thing.region, account.number, f"{word}/{cluster}/{name}/{unique}"),
            "createdAt": DATE,
            "modifiedAt": DATE,
        }

    return make


def _addon_trouble(thing: Thing, account: Account) -> str | None:
    if thing.fields["addonName"] not in NEEDS_NODES:
        return None
    name = thing.fields["clusterName"]
    cluster = account.find("eks/Cluster", thing.region, name)
    if cluster is not None and at(cluster.fields, SWITCHES[0]):
        return None  # Auto Mode makes nodes for whatever needs them
    for group in account.all("eks/NodeGroup", thing.region):
        sizes = group.fields["scalingConfig"]
        if group.fields["clusterName"] == name and account.now >= group.ready_at and sizes.get("desiredSize"):
            return None
    return (
        f"waiting for EKS Add-On ({thing.identity}) create: unexpected state 'DEGRADED', wanted target 'ACTIVE'. last "
        "error: InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of "
        "replicas."
    )


def _entry(thing: Thing, account: Account) -> Values:
    _, principal = thing.identity.split(":", 1)
    who, unique = principal.split(":")[5], uuid("entry", thing.seed)
    owner = principal.split(":")[4]
    kind, _, name = who.partition("/")
    path = f"access-entry/{thing.fields['clusterName']}/{kind}/{owner}/{name.rsplit('/', 1)[-1]}/{unique}"
    return {
        "accessEntryArn": arn("eks", thing.region, account.number, path),
        "createdAt": DATE,
        "modifiedAt": DATE,
    }


def _entry_defaults(thing: Thing, _: Account) -> Values:
    name, owner = thing.fields["principalArn"].rsplit("/", 1)[-1], thing.fields["principalArn"].split(":")
    return {
        "type": "STANDARD",
        "userName": f"arn:{owner[1]}:sts::{owner[4]}:assumed-role/{name}/{{{{SessionName}}}}",
    }


def _association(fields: Mapping[str, Any], _: str, __: str) -> str:
    return f"{fields.get('clusterName')}#{fields.get('principalArn')}#{fields.get('policyArn')}"


def _check_association(thing: Thing, _: Mapping[str, Any], account: Account) -> None:
    entry = f"{thing.fields['clusterName']}:{thing.fields['principalArn']}"
    if account.find("eks/AccessEntry", thing.region, entry) is None:
        raise Refusal(
            "ResourceNotFoundException",
            f"The specified principalArn could not be found: {thing.fields['principalArn']}",
        )


def _pod_identity(thing: Thing, account: Account) -> Values:
    path = f"podidentityassociation/{thing.fields['clusterName']}/{thing.identity}"
    return {"associationArn": arn("eks", thing.region, account.number, path), "associationId": thing.identity}


def _in_cluster(name: str) -> Any:
    """Identities within a cluster, as in `orders:coredns`."""

    def identify(fields: Mapping[str, Any], external_name: str, _: str) -> str:
        return f"{fields.get('clusterName')}:{fields.get(name) if name else external_name}"

    return identify


EKS = (
    Kind(
        service="eks",
        kind="Cluster",
        label="EKS",
        operation="Cluster",
        named=Named.BY_USER,
        identify=by_name,
        references=(
            ref("roleArnRef", "iam/Role", Extract.ARN),
            ref("vpcConfig.subnetIdRefs", "ec2/Subnet"),
            ref("vpcConfig.securityGroupIdRefs", "ec2/SecurityGroup"),
        ),
        required=paths("roleArn", "vpcConfig.subnetIds"),
        fixed=paths(
            "roleArn",
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            "bootstrapSelfManagedAddons",
            "computeConfig.nodeRoleArn",
            "encryptionConfig.provider.keyArn",
            "kubernetesNetworkConfig.ipFamily",
            "kubernetesNetworkConfig.serviceIpv4Cidr",
        ),
        needed=(
            needs_role("roleArn"),
            needs_subnets("vpcConfig", "subnetIds"),
            needs_groups("vpcConfig", "securityGroupIds"),
            needs_key(
                "encryptionConfig",
                "provider",
                "keyArn",
                code="InvalidParameterException",
                message="The keyArn in encryptionConfig provider {value} is invalid",
            ),
        ),
        defaults=_cluster_defaults,
        make=_cluster,
        check_create=_check_new_cluster,
        check_change=_check_changed_cluster,
        check_delete=_check_cluster_delete,
        in_use=InUse(
            users=(User(kind="eks/NodeGroup", path=("clusterName",)),),
            code="ResourceInUseException",
            message="Cluster has nodegroups attached",
        ),
        takes=tuple(
            User(kind=f"eks/{kind}", path=("clusterName",))
            for kind in ("Addon", "AccessEntry", "AccessPolicyAssociation", "PodIdentityAssociation")
        ),
        leaves=_security_group_left,
        shows_early=True,
    ),
    Kind(
        service="eks",
        kind="NodeGroup",
        label="EKS",
        operation="Nodegroup",
        named=Named.BY_USER,
        identify=_in_cluster(""),
        references=(
            ref("clusterNameRef", "eks/Cluster", Extract.ACTIVE_NAME),
            ref("nodeRoleArnRef", "iam/Role", Extract.ARN),
            ref("subnetIdRefs", "ec2/Subnet"),
        ),
        required=paths("clusterName", "nodeRoleArn", "subnetIds", "scalingConfig"),
        fixed=paths(
            "clusterName",
            "amiType",
            "capacityType",
            "diskSize",
            "instanceTypes",
            "nodeRoleArn",
            "subnetIds",
            "launchTemplate.id",
            "launchTemplate.name",
        ),
        needed=(
            CLUSTER_NAME,
            needs_role("nodeRoleArn"),
            needs_subnets("subnetIds"),
            Needed(
                path=("launchTemplate", "name"),
                kind="ec2/LaunchTemplate",
                fact="name",
                code="InvalidRequestException",
                message="The specified launch template, with template name {value}, does not exist.",
            ),
            Needed(
                path=("launchTemplate", "id"),
                kind="ec2/LaunchTemplate",
                code="InvalidRequestException",
                message="The specified launch template, with template ID {value}, does not exist.",
            ),
        ),
        defaults=_node_group_defaults,
        not_late=frozenset({"releaseVersion", "version", "scalingConfig"}),
        make=_node_group,
        check_create=lambda thing, _, account: _check_node_group(thing, thing.fields, account),
        check_change=_check_node_group,
    ),
    Kind(
        service="eks",
        kind="Addon",
        label="EKS",
        operation="Addon",
        named=Named.COMPUTED,
        identify=_in_cluster("addonName"),
        references=(
            ref("clusterNameRef", "eks/Cluster"),
            ref("serviceAccountRoleArnRef", "iam/Role", Extract.ARN),
        ),
        required=paths("clusterName", "addonName"),
        fixed=paths("clusterName", "addonName"),
        needed=(CLUSTER_NAME,),
        defaults=lambda _, __: {"addonVersion": "v1.0.0-eksbuild.1"},
        make=_child("addon"),
        trouble=_addon_trouble,
    ),
    Kind(
        service="eks",
        kind="AccessEntry",
        label="EKS",
        operation="AccessEntry",
        named=Named.COMPUTED,
        identify=_in_cluster("principalArn"),
        references=(
            ref("clusterNameRef", "eks/Cluster", Extract.ID),
            ref("principalArnFromRoleRef", "iam/Role", Extract.ARN, value="principalArn"),
        ),
        required=paths("clusterName", "principalArn"),
        fixed=paths("clusterName", "principalArn", "type"),
        needed=(CLUSTER_NAME,),
        defaults=_entry_defaults,
        make=_entry,
    ),
    Kind(
        service="eks",
        kind="AccessPolicyAssociation",
        label="EKS",
        operation="AccessPolicy",
        named=Named.COMPUTED,
        identify=_association,
        references=(
            ref("clusterNameRef", "eks/Cluster", Extract.ID),
            ref("principalArnRef", "eks/AccessEntry", Extract.PRINCIPAL),
        ),
        required=paths("clusterName", "principalArn", "policyArn", "accessScope"),
        fixed=paths("clusterName", "principalArn", "policyArn", "accessScope.type", "accessScope.namespaces"),
        needed=(CLUSTER_NAME,),
        tagged=False,
        make=lambda _, __: {"associatedAt": DATE, "modifiedAt": DATE},
        check_create=_check_association,
    ),
    Kind(
        service="eks",
        kind="PodIdentityAssociation",
        label="EKS",
        operation="PodIdentityAssociation",
        named=Named.BY_AWS,
        identify=lambda _, __, seed: f"a-{small(17, 'association', seed)}",
        references=(
            ref("clusterNameRef", "eks/Cluster"),
            ref("roleArnRef", "iam/Role", Extract.ARN),
            ref("targetRoleArnRef", "iam/Role", Extract.ARN),
        ),
        required=paths("clusterName", "roleArn", "namespace", "serviceAccount"),
        fixed=paths("clusterName", "namespace", "serviceAccount"),
        needed=(CLUSTER_NAME, needs_role("roleArn")),
        unique=Unique(
            paths=paths("clusterName", "namespace", "serviceAccount"),
            code="ResourceInUseException",
            message="Association already exists: {identity}",
        ),
        defaults=lambda _, __: {"disableSessionTags": False},
        make=_pod_identity,
    ),
)
