"""EKS: control plane, compute, add-ons, access."""

from __future__ import annotations

from argosy.data.addons import RESOLVE_CONFLICTS_ON_CREATE, RESOLVE_CONFLICTS_ON_UPDATE
from argosy.data.eks import CAPACITY_TYPES, SUPPORT_TYPES
from argosy.engines.base import Context, Objects
from argosy.engines.eks import METADATA_OPTIONS, access_scope, add_auto_mode, taints, volumes
from argosy.engines.upbound.envelope import RENDERERS, managed, ref, refs
from argosy.plan import Fact
from argosy.resources.eks import AccessEntry, Cluster, EksAddon, NodeGroup, PodIdentity
from argosy.resources.iam import Role
from argosy.settle import Manifest
from argosy.unknown import Json, Unknown


@RENDERERS.renders(Cluster)
def cluster(resource: Cluster, context: Context) -> Objects:
    """The control plane; every security-relevant field is spoken (safety 3, fact 1)."""
    spec = resource.spec
    fields: Manifest = {
        "version": resource.version,
        "roleArnRef": ref(context, resource.role),
        "bootstrapSelfManagedAddons": False,
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "vpcConfig": _vpc_config(resource, context),
        "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": spec.service_cidr},
        "encryptionConfig": {
            "provider": {"keyArn": context.fact(resource.encryption_key, Fact.ARN)},
            "resources": ["secrets"],
        },
        "enabledClusterLogTypes": sorted(spec.logs.types),
        "upgradePolicy": {"supportType": SUPPORT_TYPES[spec.upgrade_policy]},
        "deletionProtection": resource.protected,
    }
    add_auto_mode(fields, resource, context, "nodeRoleArn")
    yield managed(context, resource.key, "eks/Cluster", fields, external_name=resource.name)


def _vpc_config(resource: Cluster, context: Context) -> Json:
    config: Manifest = {
        "subnetIdRefs": refs(context, resource.subnets),
        "endpointPrivateAccess": True,
        "endpointPublicAccess": bool(resource.public_access_cidrs),
    }
    if resource.security_groups:
        config["securityGroupIdRefs"] = refs(context, resource.security_groups)
    else:
        config["securityGroupIds"] = []  # else a group that leaves stays attached, and AWS cannot delete it
    if resource.public_access_cidrs:
        config["publicAccessCidrs"] = list(resource.public_access_cidrs)
    return config


@RENDERERS.renders(NodeGroup)
def node_group(resource: NodeGroup, context: Context) -> Objects:
    """The node group, after the launch template without which its metadata service would stay open (SEC-20, -21)."""
    spec, template = resource.spec, resource.template_key
    yield managed(context, template, "ec2/LaunchTemplate", _launch_template(resource, context))
    yield managed(
        context,
        resource.key,
        "eks/NodeGroup",
        {
            "clusterNameRef": ref(context, resource.cluster),
            "nodeRoleArnRef": ref(context, resource.role),
            "subnetIdRefs": refs(context, resource.subnets),
            "version": resource.version,
            "amiType": spec.ami_type,
            "capacityType": CAPACITY_TYPES[spec.capacity_type],
            "instanceTypes": list(spec.instance_types),
            "launchTemplate": {"name": resource.name, "version": _template_version(template, context)},
            "scalingConfig": {"minSize": spec.min_size, "maxSize": spec.max_size},
            "updateConfig": {"maxUnavailablePercentage": spec.max_unavailable_percentage},
            "nodeRepairConfig": {"enabled": spec.repair is not False},
            "labels": dict(sorted(spec.labels.items())),
            "taint": taints(resource),
        },
        external_name=resource.name,
        # an autoscaler owns it afterwards
        init_provider={"scalingConfig": {"desiredSize": resource.desired_size}},
    )


def _template_version(template: str, context: Context) -> Json:
    """The newest version of the launch template: a number there, text in the node group."""
    view = context.observed(template)
    version = view.get(("status", "atProvider", "latestVersion")) if view is not None else None
    return str(version) if version else Unknown(template, "version")


def _launch_template(resource: NodeGroup, context: Context) -> Manifest:
    tags: Json = {**context.tags, "Name": resource.name}
    return {
        "name": resource.name,
        "description": resource.template_description,
        "updateDefaultVersion": True,
        "metadataOptions": METADATA_OPTIONS,
        "blockDeviceMappings": volumes(resource, "true"),
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
            "clusterNameRef": ref(context, resource.cluster),
            "addonName": resource.name,
            "addonVersion": resource.version,
            "configurationValues": resource.configuration or _emptied(resource, context),
            "resolveConflictsOnCreate": RESOLVE_CONFLICTS_ON_CREATE,
            "resolveConflictsOnUpdate": RESOLVE_CONFLICTS_ON_UPDATE,
        },
    )


def _emptied(resource: EksAddon, context: Context) -> str | None:
    """No settings where there were some: a field that is only left out keeps its old value on AWS."""
    view = context.observed(resource.key)
    return "{}" if view is not None and view.get(("spec", "forProvider", "configurationValues")) else None


@RENDERERS.renders(PodIdentity)
def pod_identity(resource: PodIdentity, context: Context) -> Objects:
    """The association of a role with a service account."""
    yield managed(
        context,
        resource.key,
        "eks/PodIdentityAssociation",
        {
            "clusterNameRef": ref(context, resource.cluster),
            "namespace": resource.namespace,
            "serviceAccount": resource.service_account,
            "roleArnRef": ref(context, resource.role),
            "disableSessionTags": False,  # policies that are bound by principal tags would match nothing (IAM-04)
        },
    )


@RENDERERS.renders(AccessEntry)
def access_entry(resource: AccessEntry, context: Context) -> Objects:
    """The access entry, and an association for each of its policies."""
    principal: Manifest = (
        {"principalArnFromRoleRef": ref(context, resource.principal)}
        if isinstance(resource.principal, Role)
        else {"principalArn": resource.principal}
    )
    yield managed(
        context,
        resource.key,
        "eks/AccessEntry",
        {
            "clusterNameRef": ref(context, resource.cluster),
            **principal,
            "type": "STANDARD",
            "kubernetesGroups": list(resource.groups),  # also if there are none: a right that is taken must go
        },
    )
    for key, grant in resource.policies.items():
        yield managed(
            context,
            key,
            "eks/AccessPolicyAssociation",
            {
                "clusterNameRef": ref(context, resource.cluster),
                "principalArnRef": ref(context, resource),
                "policyArn": grant.policy_arn,
                "accessScope": access_scope(grant),
            },
        )
