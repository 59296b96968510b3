"""The envelope of every managed resource of the Upbound provider, written once.

A kind is one entry of `KINDS`; a resource is one renderer that fills `forProvider`. Renderers write the namespaced
kinds; what the provider's cluster-scoped kinds have otherwise is `cluster_scoped` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from argosy.engines.base import Context, Kind, Renderers, kinds
from argosy.plan import Resource
from argosy.settle import EXTERNAL_NAME, Manifest
from argosy.unknown import Json

SUFFIX = "aws.m.upbound.io"
CLUSTER_SUFFIX = "aws.upbound.io"
"""Endings of the API groups of the namespaced and of the cluster-scoped kinds."""

VERSION = "v1beta1"
CLUSTER_VERSIONS: Mapping[str, str] = {
    "ec2/FlowLog": "v1beta2",
    "ec2/LaunchTemplate": "v1beta2",
    "ec2/Route": "v1beta2",
    "eks/Cluster": "v1beta2",
    "eks/NodeGroup": "v1beta2",
    "rds/Cluster": "v1beta2",
    "rds/Instance": "v1beta3",
}
"""Cluster-scoped kinds whose stored version is not v1beta1; older ones take lists where the namespaced kinds take
objects. Fields of the stored version are those of the namespaced kind (CRDs of provider-upjet-aws v2.6.0)."""

RENDERERS = Renderers()


KINDS = kinds(
    f".{SUFFIX}",
    VERSION,
    ("cloudwatchlogs", "Group", "groups"),
    ("ec2", "DefaultSecurityGroup", "defaultsecuritygroups"),
    ("ec2", "EIP", "eips"),
    ("ec2", "FlowLog", "flowlogs"),
    ("ec2", "InternetGateway", "internetgateways"),
    ("ec2", "LaunchTemplate", "launchtemplates"),
    ("ec2", "NATGateway", "natgateways"),
    ("ec2", "Route", "routes"),
    ("ec2", "RouteTable", "routetables"),
    ("ec2", "RouteTableAssociation", "routetableassociations"),
    ("ec2", "SecurityGroup", "securitygroups"),
    ("ec2", "SecurityGroupIngressRule", "securitygroupingressrules"),
    ("ec2", "Subnet", "subnets"),
    ("ec2", "VPC", "vpcs"),
    ("eks", "AccessEntry", "accessentries"),
    ("eks", "AccessPolicyAssociation", "accesspolicyassociations"),
    ("eks", "Addon", "addons"),
    ("eks", "Cluster", "clusters"),
    ("eks", "NodeGroup", "nodegroups"),
    ("eks", "PodIdentityAssociation", "podidentityassociations"),
    ("iam", "Role", "roles"),
    ("kms", "Key", "keys"),
    ("rds", "Cluster", "clusters"),
    ("rds", "ClusterInstance", "clusterinstances"),
    ("rds", "ClusterParameterGroup", "clusterparametergroups"),
    ("rds", "Instance", "instances"),
    ("rds", "ParameterGroup", "parametergroups"),
    ("rds", "SubnetGroup", "subnetgroups"),
)

CLUSTER_KINDS: Mapping[str, Kind] = {
    path: replace(
        kind,
        group=kind.group.replace(SUFFIX, CLUSTER_SUFFIX),
        version=CLUSTER_VERSIONS.get(path, VERSION),
        namespaced=False,
    )
    for path, kind in KINDS.items()
}
"""The cluster-scoped kind of the same name, by entry of `KINDS`."""

ALL = ["*"]
NO_LATE_INITIALIZE = ["Observe", "Create", "Update", "Delete"]
NO_DELETE = ["Observe", "Create", "Update", "LateInitialize"]

UNTAGGED = frozenset({"ec2/Route", "ec2/RouteTableAssociation", "eks/AccessPolicyAssociation"})
"""Kinds that AWS gives no tags."""


def managed(
    context: Context,
    key: str,
    kind: str,
    for_provider: Mapping[str, Json],
    *,
    external_name: Json = None,
    init_provider: Mapping[str, Json] | None = None,
    policies: list[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> tuple[str, Manifest]:
    """A managed resource by its composition-resource name.

    Args:
        context: the claim's settings.
        key: composition-resource name.
        kind: entry of `KINDS`.
        for_provider: what is special about it; None values are left out.
        external_name: name on AWS, for kinds that are identified by it or whose provider does not record it.
        init_provider: values that count at creation only.
        policies: management policies, also for a resource that is retained; all if None.
        tags: tags beside the claim's.
    """
    fields: Manifest = {name: value for name, value in for_provider.items() if value is not None}
    if not kind.startswith("iam/"):
        fields["region"] = context.region
    if kind not in UNTAGGED:
        fields["tags"] = {**context.tags, **(tags or {}), "Name": context.names.object(key)}
    spec: Manifest = {
        # always explicit: namespaced kinds fall back to ClusterProviderConfig `default` (TEN-09)
        "providerConfigRef": refer(context.credentials),
        "forProvider": fields,
    }
    if init_provider is not None:
        spec["initProvider"] = init_provider
    if policies is not None:
        spec["managementPolicies"] = policies
    return key, {
        "apiVersion": KINDS[kind].api_version,
        "kind": KINDS[kind].kind,
        "metadata": {
            "name": context.names.object(key),
            "namespace": context.namespace,
            "annotations": {EXTERNAL_NAME: external_name} if external_name else {},
        },
        "spec": spec,
    }


def cluster_scoped(manifest: Manifest, context: Context) -> Manifest:
    """A namespaced managed resource as the cluster-scoped kind of the same name."""
    kind = CLUSTER_KINDS[f"{str(manifest['apiVersion']).partition('.')[0]}/{manifest['kind']}"]
    metadata = dict(cast("Manifest", manifest["metadata"]))
    del metadata["namespace"]
    spec: Manifest = {
        **cast("Manifest", manifest["spec"]),
        "providerConfigRef": refer_by_name(context.credentials),
        # always explicit; where management policies have no Delete they win (crossplane-runtime v2.4.0,
        # pkg/reconciler/managed/policies.go, LegacyManagementPoliciesResolver.ShouldDelete)
        "deletionPolicy": "Delete",
    }
    return {**manifest, "apiVersion": kind.api_version, "metadata": metadata, "spec": spec}


def refer(credentials: tuple[str, str]) -> Json:
    """What the namespaced kinds refer to their credentials by."""
    return dict(zip(("kind", "name"), credentials, strict=True))


def refer_by_name(credentials: tuple[str, str]) -> Json:
    """The same of the cluster-scoped kinds, which know one kind of credentials."""
    return {"name": credentials[1]}


def end(manifest: Manifest, retained: bool) -> Manifest:
    """What is retained has management policies by which its end is not that of the thing on AWS."""
    if not retained:
        return manifest
    spec = cast("Manifest", manifest["spec"])
    return {**manifest, "spec": {"managementPolicies": NO_DELETE, **spec}}


def ref(context: Context, needed: Resource | str) -> Json:
    """A named reference to a resource's main object, or to the object of that key.

    It is resolved at every reconcile: by default the provider resolves once, and a list that grows later would
    never reach AWS (design 3.3).
    """
    key = needed if isinstance(needed, str) else needed.key
    return {"name": context.names.object(key), "policy": {"resolve": "Always"}}


def refs(context: Context, needed: Iterable[Resource]) -> Json:
    """Named references, in the order given."""
    return [ref(context, resource) for resource in needed]
