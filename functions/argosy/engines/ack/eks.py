"""EKS: control plane, compute, add-ons, access.

What belongs to a cluster names it by its name, though ACK has `clusterRef`: a reference counts only while its target
is synced, and an object that is deleted while it is not is taken for gone, and its thing stays on AWS (ADR 10).
"""

from __future__ import annotations

from argosy.api.control_plane import ALL_LOGS
from argosy.data.addons import RESOLVE_CONFLICTS_ON_UPDATE
from argosy.data.eks import CAPACITY_TYPES, SUPPORT_TYPES
from argosy.engines.ack.envelope import RENDERERS, managed, ref, refs, tag_list
from argosy.engines.base import Context, Objects
from argosy.engines.eks import METADATA_OPTIONS, access_scope, add_auto_mode, taints, volumes
from argosy.plan import Fact
from argosy.resources.eks import AccessEntry, Cluster, EksAddon, NodeGroup, PodIdentity
from argosy.resources.iam import Role
from argosy.settle import Manifest
from argosy.unknown import Json, Unknown

OWNED_BY_AUTOSCALER = "eks.services.k8s.aws/desired-size-managed-by"


@RENDERERS.renders(Cluster)
def cluster(resource: Cluster, context: Context) -> Objects:
    """The control plane; every security-relevant field is spoken (safety 3, fact 1)."""
    spec = resource.spec
    fields: Manifest = {
        "name": resource.name,
        "version": resource.version,
        "roleRef": ref(context, resource.role),
        "bootstrapSelfManagedAddons": False,
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "resourcesVPCConfig": _vpc_config(resource, context),
        "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIPv4CIDR": spec.service_cidr},
        "encryptionConfig": [{"provider": {"keyRef": ref(context, resource.encryption_key)}, "resources": ["secrets"]}],
        "logging": {"clusterLogging": _logging(set(spec.logs.types))},
        "upgradePolicy": {"supportType": SUPPORT_TYPES[spec.upgrade_policy]},
        "deletionProtection": resource.protected,
    }
    add_auto_mode(fields, resource, context, "nodeRoleARN")
    yield managed(context, resource.key, "eks/Cluster", fields)


def _vpc_config(resource: Cluster, context: Context) -> Json:
    config: Manifest = {
        "subnetRefs": refs(context, resource.subnets),
        "endpointPrivateAccess": True,
        "endpointPublicAccess": bool(resource.public_access_cidrs),
    }
    if resource.security_groups:
        config["securityGroupRefs"] = refs(context, resource.security_groups)
    else:
        config["securityGroupIDs"] = []  # else a group that leaves stays attached, and AWS cannot delete it
    if resource.public_access_cidrs:
        config["publicAccessCIDRs"] = list(resource.public_access_cidrs)
    return config


def _logging(types: set[str]) -> Json:
    """Which logs are written and which are not: EKS goes on writing one that nobody names."""
    setups = ((True, sorted(types)), (False, sorted(set(ALL_LOGS) - types)))
    return [{"enabled": enabled, "types": names} for enabled, names in setups if names]


@RENDERERS.renders(NodeGroup)
def node_group(resource: NodeGroup, context: Context) -> Objects:
    """The node group, after the launch template without which its metadata service would stay open (SEC-20, -21)."""
    spec, template = resource.spec, resource.template_key
    yield managed(
        context,
        template,
        "ec2/LaunchTemplate",
        {
            "name": resource.name,
            "versionDescription": resource.template_description,
            "data": _launch_template(resource, context),
        },
    )
    yield managed(
        context,
        resource.key,
        "eks/Nodegroup",
        {
            "name": resource.name,
            "clusterName": resource.cluster.name,
            "nodeRoleRef": ref(context, resource.role),
            "subnetRefs": refs(context, resource.subnets),
            "version": resource.version,
            "amiType": spec.ami_type,
            "capacityType": CAPACITY_TYPES[spec.capacity_type],
            "instanceTypes": list(spec.instance_types),
            "launchTemplate": {"name": resource.name, "version": _template_version(template, context)},
            "scalingConfig": {
                "minSize": spec.min_size,
                "maxSize": spec.max_size,
                "desiredSize": resource.desired_size,
            },
            "updateConfig": {"maxUnavailablePercentage": spec.max_unavailable_percentage},
            "labels": dict(sorted(spec.labels.items())),
            "taints": taints(resource),
        },
        annotations={
            OWNED_BY_AUTOSCALER: "external-autoscaler",  # after the start the size is nobody's business here
        },
    )


def _template_version(template: str, context: Context) -> Json:
    """The newest version of the launch template: a number there, text in the node group."""
    view = context.observed(template)
    version = view.get(("status", "latestVersion")) if view is not None else None
    return str(version) if version else Unknown(template, "version")


def _launch_template(resource: NodeGroup, context: Context) -> Manifest:
    tags = tag_list({**context.tags, "Name": resource.name})
    return {
        "metadataOptions": METADATA_OPTIONS,
        "blockDeviceMappings": volumes(resource, True),
        "tagSpecifications": [{"resourceType": kind, "tags": tags} for kind in ("instance", "volume")],
    }


@RENDERERS.renders(EksAddon)
def eks_addon(resource: EksAddon, context: Context) -> Objects:
    """An add-on that EKS manages."""
    yield managed(
        context,
        resource.key,
        "eks/Addon",
        {
            "name": resource.name,
            "clusterName": resource.cluster.name,
            "addonVersion": resource.version,
            "configurationValues": resource.configuration or _emptied(resource, context),
            # one field for creation and update: what a team changed in its cluster must never be lost (UPG-07)
            "resolveConflicts": RESOLVE_CONFLICTS_ON_UPDATE,
        },
    )


def _emptied(resource: EksAddon, context: Context) -> str | None:
    """No settings where there were some: a field that is only left out keeps its old value on AWS."""
    view = context.observed(resource.key)
    return "{}" if view is not None and view.get(("spec", "configurationValues")) else None


@RENDERERS.renders(PodIdentity)
def pod_identity(resource: PodIdentity, context: Context) -> Objects:
    """The association of a role with a service account."""
    yield managed(
        context,
        resource.key,
        "eks/PodIdentityAssociation",
        {
            "clusterName": resource.cluster.name,
            "namespace": resource.namespace,
            "serviceAccount": resource.service_account,
            "roleRef": ref(context, resource.role),
            "disableSessionTags": False,  # policies that are bound by principal tags would match nothing (IAM-04)
        },
    )


@RENDERERS.renders(AccessEntry)
def access_entry(resource: AccessEntry, context: Context) -> Objects:
    """The access entry with its policies; ACK has no reference to its role."""
    principal = resource.principal
    yield managed(
        context,
        resource.key,
        "eks/AccessEntry",
        {
            "clusterName": resource.cluster.name,
            "principalARN": context.fact(principal, Fact.ARN) if isinstance(principal, Role) else principal,
            "type": "STANDARD",
            "kubernetesGroups": list(resource.groups),  # also if there are none: a right that is taken must go
            "accessPolicies": [
                {"policyARN": grant.policy_arn, "accessScope": access_scope(grant)}
                for _, grant in sorted(resource.policies.items())
            ],
        },
    )
