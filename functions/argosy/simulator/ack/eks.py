"""EKS: control plane, compute, add-ons, access (eks-controller: generator.yaml, templates/hooks, hook.go)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argosy.simulator.ack.kind import AckKind, Asking, Course, Field, Part, only, paths, ref, renamed, same
from argosy.simulator.aws import Account, Thing
from argosy.simulator.eks import SWITCHES, minor
from argosy.simulator.kinds import KINDS
from argosy.simulator.values import Values, at, clone

TERMINAL = frozenset(
    {
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidQueryParameter",
        "MalformedQueryString",
        "MissingAction",
        "MissingParameter",
        "OptInRequired",
        "ResourceInUse",
        "ResourceLimitExceeded",
        "ResourceNotFound",
        "ValidationError",
    }
)
"""Errors of clusters after which nobody tries again. EKS's own `InvalidParameterException` is none of them."""
TERMINAL_BELOW = TERMINAL | {"InvalidParameterException"}
"""The same of node groups and add-ons."""
DESIRED_SIZE = "eks.services.k8s.aws/desired-size-managed-by"
AUTOSCALER = "external-autoscaler"
DATE = "2026-01-01T00:00:00Z"

# cluster


def _log_types(given: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(name for one in given if one.get("enabled") for name in one.get("types") or ())


_LOGGING = renamed(
    "logging.clusterLogging",
    "enabledClusterLogTypes",
    ask=_log_types,
    tell=lambda types: [{"enabled": True, "types": list(types)}],
)


def _encryption(given: Sequence[Mapping[str, Any]]) -> Values | None:
    if not given:
        return None
    return {"provider": {"keyArn": at(given[0], ("provider", "keyARN"))}, "resources": clone(given[0].get("resources"))}


_ENCRYPTION = renamed(
    "encryptionConfig",
    "encryptionConfig",
    ask=_encryption,
    tell=lambda config: [
        {"provider": {"keyARN": at(config, ("provider", "keyArn"))}, "resources": config.get("resources") or []}
    ],
)


def _cluster_asked(asking: Asking) -> Values:
    """One minor version at a time; what never had Auto Mode is asked for it only where it is to be on."""
    asked, thing = asking.asked, asking.thing
    if (thing is None or at(thing.fields, SWITCHES[0]) is None) and not at(asked, SWITCHES[0]):
        network = {**asked.get("kubernetesNetworkConfig", {})}
        network.pop("elasticLoadBalancing", None)
        asked = {name: value for name, value in asked.items() if name not in ("computeConfig", "storageConfig")}
        asked = {**asked, **({"kubernetesNetworkConfig": network} if network else {})}
    if thing is not None and asked.get("version") and minor(asked["version"]) > minor(thing.fields["version"]) + 1:
        asked = {**asked, "version": f"1.{minor(thing.fields['version']) + 1}"}
    return asked


def _drift(spec: Mapping[str, Any], thing: Thing) -> tuple[str, str] | None:
    """What AWS says to what the controller makes of Auto Mode where the spec is silent (community#3046).

    AWS tells `elasticLoadBalancing.enabled: false` of every cluster. Silence differs from that, and so does no where
    there never was a yes.
    """
    told, said = at(thing.fields, SWITCHES[0]), [at(spec, switch) for switch in SWITCHES]
    if told is None and said == [False] * len(SWITCHES):
        return (
            "InvalidRequestException",
            "Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster.",
        )
    if None in said:
        return "InvalidParameterException", "The type for cluster update was not provided."
    return None


def _hopeless_cluster(asked: Mapping[str, Any], thing: Thing) -> str:
    old, new = thing.fields["version"], asked.get("version") or thing.fields["version"]
    if minor(new) < minor(old):
        return f"desired cluster version is less than the observed version: {new} < {old}"
    key = ("encryptionConfig", "provider", "keyArn")
    before, after = at(thing.fields, key), at(asked, key)
    if before and not after:
        return "Encryption configuration cannot be removed from an existing cluster"
    return "Encryption configuration cannot be updated" if before and before != after else ""


def _cluster(thing: Thing, _: Account) -> Values:
    made = thing.made
    told: Values = {"createdAt": made["createdAt"], "health": {}}
    if "endpoint" in made:
        told |= {
            "certificateAuthority": {"data": made["certificateAuthority"][0]["data"]},
            "clusterSecurityGroupID": made["vpcConfig"]["clusterSecurityGroupId"],
            "endpoint": made["endpoint"],
            "identity": {"oidc": {"issuer": made["identity"][0]["oidc"][0]["issuer"]}},
            "platformVersion": made["platformVersion"],
        }
    return told


def _course(noun: str, started: str = "", *, awaited: bool = False, in_use: str = "") -> Course:
    return Course(
        state=("status",),
        works="ACTIVE",
        making="CREATING",
        changing="UPDATING",
        deleting="DELETING",
        in_making=f"{noun.capitalize()} is in '{{state}}' status",
        in_change=f"{noun.capitalize()} is in '{{state}}' status",
        busy=f"{noun} in '{{state}}' state, cannot be modified until 'ACTIVE'",
        begun=f"{noun.capitalize()} is currently being updated",
        leaving=f"{noun} in 'DELETING' state, cannot be modified or deleted",
        started=started or f"{noun} has started asynchronously updating, cannot be modified until 'ACTIVE'",
        awaited=awaited,
        in_use=in_use,
    )


# node groups and add-ons


def _node_group_asked(asking: Asking) -> Values:
    """How many nodes there are is an autoscaler's business, once they are made, where the annotation says so."""
    scaling = asking.asked.get("scalingConfig")
    if asking.thing is None or not scaling or asking.annotations.get(DESIRED_SIZE) != AUTOSCALER:
        return asking.asked
    bounds = {name: value for name, value in scaling.items() if name != "desiredSize"}
    return {**asking.asked, "scalingConfig": bounds}


def _node_group(thing: Thing, account: Account) -> Values:
    told: Values = {"createdAt": DATE, "health": {}, "modifiedAt": DATE}
    desired = at(thing.fields, ("scalingConfig", "desiredSize"))
    if desired is not None:
        told["desiredSize"] = desired
    if account.now >= thing.ready_at:
        groups = thing.made["resources"][0]["autoscalingGroups"]
        told["resources"] = {"autoScalingGroups": [{"name": group["name"]} for group in groups]}
    return told


def _addon(thing: Thing, account: Account) -> Values:
    told: Values = {"createdAt": thing.made["createdAt"], "health": {}, "modifiedAt": thing.made["modifiedAt"]}
    if issue := _issue(thing, account):
        told["health"] = {"issues": [issue]}
    return told


def _issue(thing: Thing, account: Account) -> Values | None:
    """What keeps an add-on from working, as EKS lists it."""
    trouble = KINDS[thing.kind].trouble(thing, account) if account.now >= thing.ready_at else None
    if trouble is None:
        return None
    code, _, message = trouble.rpartition("last error: ")[2].partition(": ")
    return {"code": code, "message": message}


# access


def _policies(spec: Mapping[str, Any], entry: Thing) -> Sequence[Values]:
    return [
        {
            "clusterName": entry.fields["clusterName"],
            "principalArn": entry.fields["principalArn"],
            "policyArn": one["policyARN"],
            "accessScope": {name: value for name, value in (one.get("accessScope") or {}).items() if value},
        }
        for one in spec.get("accessPolicies") or ()
    ]


def _of_entry(association: Thing, entry: Thing) -> bool:
    return all(association.fields[name] == entry.fields[name] for name in ("clusterName", "principalArn"))


def _dated(thing: Thing, _: Account) -> Values:
    return {"createdAt": thing.made["createdAt"], "modifiedAt": thing.made["modifiedAt"]}


def _association(thing: Thing, _: Account) -> Values:
    return {
        "associationARN": thing.made["associationArn"],
        "associationID": thing.identity,
        "createdAt": DATE,
        "modifiedAt": DATE,
    }


_IN_CLUSTER: tuple[Field, ...] = same("clusterName", "tags")
_CLUSTER_REF = ref("clusterRef", "eks/Cluster", value="clusterName", required=True)

EKS = (
    AckKind(
        service="eks",
        kind="Cluster",
        thing=only("eks/Cluster"),
        identifier=("spec", "name"),
        fields=(
            *same("accessConfig.authenticationMode", "accessConfig.bootstrapClusterCreatorAdminPermissions"),
            *same("bootstrapSelfManagedAddons", "computeConfig.enabled", "computeConfig.nodePools"),
            renamed("computeConfig.nodeRoleARN", "computeConfig.nodeRoleArn"),
            *same("deletionProtection", "kubernetesNetworkConfig.elasticLoadBalancing.enabled"),
            *same("kubernetesNetworkConfig.ipFamily"),
            renamed("kubernetesNetworkConfig.serviceIPv4CIDR", "kubernetesNetworkConfig.serviceIpv4Cidr"),
            renamed("resourcesVPCConfig.endpointPrivateAccess", "vpcConfig.endpointPrivateAccess"),
            renamed("resourcesVPCConfig.endpointPublicAccess", "vpcConfig.endpointPublicAccess"),
            renamed("resourcesVPCConfig.publicAccessCIDRs", "vpcConfig.publicAccessCidrs"),
            renamed("resourcesVPCConfig.securityGroupIDs", "vpcConfig.securityGroupIds"),
            renamed("resourcesVPCConfig.subnetIDs", "vpcConfig.subnetIds"),
            renamed("roleARN", "roleArn"),
            *same("storageConfig.blockStorage.enabled", "tags", "upgradePolicy.supportType", "version"),
            _ENCRYPTION,
            _LOGGING,
        ),
        references=(
            ref("encryptionConfig.provider.keyRef", "kms/Key", value="keyARN"),
            ref("resourcesVPCConfig.securityGroupRefs", "ec2/SecurityGroup"),
            ref("resourcesVPCConfig.subnetRefs", "ec2/Subnet"),
            ref("roleRef", "iam/Role", value="roleARN", required=True),
        ),
        copied=("spec", "name"),
        status=_cluster,
        arn="arn",
        course=_course("cluster", awaited=True, in_use="cluster is still in use, cannot be deleted"),
        late=paths(
            "deletionProtection",
            "kubernetesNetworkConfig.ipFamily",
            "kubernetesNetworkConfig.serviceIPv4CIDR",
            "upgradePolicy.supportType",
            "version",
        ),
        late_initialized=True,
        terminal=TERMINAL,
        immutable=paths("name"),
        asked=_cluster_asked,
        drift=_drift,
        hopeless=_hopeless_cluster,
        groups=(
            paths("tags"),
            paths("enabledClusterLogTypes"),
            paths("vpcConfig.endpointPrivateAccess", "vpcConfig.endpointPublicAccess", "vpcConfig.publicAccessCidrs"),
            paths("vpcConfig.subnetIds", "vpcConfig.securityGroupIds"),
            paths("accessConfig"),
            paths("upgradePolicy"),
            paths("deletionProtection"),
            paths("version"),
            paths("computeConfig", "storageConfig", "kubernetesNetworkConfig"),
        ),
    ),
    AckKind(
        service="eks",
        kind="Nodegroup",
        thing=only("eks/NodeGroup"),
        identifier=("spec", "name"),
        fields=(
            *_IN_CLUSTER,
            *same("amiType", "capacityType", "diskSize", "instanceTypes", "labels", "launchTemplate.id"),
            *same("launchTemplate.name", "launchTemplate.version", "releaseVersion", "scalingConfig.desiredSize"),
            *same("scalingConfig.maxSize", "scalingConfig.minSize", "updateConfig.maxUnavailable"),
            *same("updateConfig.maxUnavailablePercentage", "version"),
            renamed("nodeRole", "nodeRoleArn"),
            renamed("subnets", "subnetIds"),
            renamed("taints", "taint"),
        ),
        references=(
            _CLUSTER_REF,
            ref("nodeRoleRef", "iam/Role", value="nodeRole", required=True),
            ref("subnetRefs", "ec2/Subnet", value="subnets", required=True),
        ),
        copied=("spec", "name"),
        status=_node_group,
        arn="arn",
        course=_course("nodegroup"),
        late=paths("diskSize"),
        terminal=TERMINAL_BELOW,
        immutable=paths(
            "amiType",
            "clusterName",
            "diskSize",
            "instanceTypes",
            "name",
            "nodeRole",
            "remoteAccess",
            "subnets",
        ),
        asked=_node_group_asked,
        groups=(
            paths("tags"),
            paths("labels", "taint", "scalingConfig", "updateConfig"),
            paths("version", "releaseVersion", "launchTemplate"),
        ),
    ),
    AckKind(
        service="eks",
        kind="Addon",
        thing=only("eks/Addon"),
        identifier=("spec", "name"),
        fields=(
            *_IN_CLUSTER,
            *same("addonVersion", "configurationValues"),
            renamed("name", "addonName"),
            renamed("resolveConflicts", "resolveConflictsOnCreate"),
            renamed("serviceAccountRoleARN", "serviceAccountRoleArn"),
        ),
        references=(_CLUSTER_REF, ref("serviceAccountRoleRef", "iam/Role", value="serviceAccountRoleARN")),
        copied=("spec", "name"),
        status=_addon,
        arn="arn",
        course=_course("addon", "addon in 'UPDATING' state, cannot be modified until 'ACTIVE'"),
        terminal=TERMINAL_BELOW,
    ),
    AckKind(
        service="eks",
        kind="AccessEntry",
        thing=only("eks/AccessEntry"),
        identifier=("spec", "principalARN"),
        fields=(
            *_IN_CLUSTER,
            *same("kubernetesGroups", "type"),
            renamed("principalARN", "principalArn"),
            renamed("username", "userName"),
        ),
        references=(_CLUSTER_REF,),
        copied=("spec", "principalARN"),
        parts=(Part(thing="eks/AccessPolicyAssociation", wanted=_policies, of=_of_entry),),
        status=_dated,
        arn="accessEntryArn",
        late=paths("type", "username"),
    ),
    AckKind(
        service="eks",
        kind="PodIdentityAssociation",
        thing=only("eks/PodIdentityAssociation"),
        identifier=("status", "associationID"),
        fields=(
            *_IN_CLUSTER,
            *same("disableSessionTags", "namespace", "policy", "serviceAccount"),
            renamed("roleARN", "roleArn"),
            renamed("targetRoleARN", "targetRoleArn"),
        ),
        references=(
            _CLUSTER_REF,
            ref("roleRef", "iam/Role", value="roleARN"),
            ref("targetRoleRef", "iam/Role", value="targetRoleARN"),
        ),
        copied=("status", "associationID"),
        status=_association,
        arn="associationArn",
        late=paths("disableSessionTags"),
    ),
)
