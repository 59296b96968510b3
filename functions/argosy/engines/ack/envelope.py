"""The envelope of every custom resource of AWS Controllers for Kubernetes (ACK), written once.

A kind is one entry of `KINDS`; a resource is one renderer that fills `spec`. What ACK has no field for stands in
annotations: region, adoption, what becomes of the thing on AWS (sources: ACK runtime v0.62.0,
`apis/core/v1alpha1/annotations.go` and `pkg/runtime/reconciler.go`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import cast

from argosy.engines.ack.looks import asked
from argosy.engines.base import ACK_SUFFIX, Context, Renderers, kinds
from argosy.plan import Resource
from argosy.settle import Manifest
from argosy.unknown import Json, later, whole

VERSION = "v1alpha1"

PREFIX = "services.k8s.aws"
REGION = f"{PREFIX}/region"
ADOPTION_POLICY = f"{PREFIX}/adoption-policy"
ADOPTION_FIELDS = f"{PREFIX}/adoption-fields"
ADOPTED = f"{PREFIX}/adopted"
DELETION_POLICY = f"{PREFIX}/deletion-policy"
RETAIN = "retain"

RENDERERS = Renderers()


KINDS = kinds(
    ACK_SUFFIX,
    VERSION,
    ("cloudwatchlogs", "LogGroup", "loggroups"),
    ("ec2", "ElasticIPAddress", "elasticipaddresses"),
    ("ec2", "FlowLog", "flowlogs"),
    ("ec2", "InternetGateway", "internetgateways"),
    ("ec2", "LaunchTemplate", "launchtemplates"),
    ("ec2", "NATGateway", "natgateways"),
    ("ec2", "RouteTable", "routetables"),
    ("ec2", "SecurityGroup", "securitygroups"),
    ("ec2", "Subnet", "subnets"),
    ("ec2", "VPC", "vpcs"),
    ("eks", "AccessEntry", "accessentries"),
    ("eks", "Addon", "addons"),
    ("eks", "Cluster", "clusters"),
    ("eks", "Nodegroup", "nodegroups"),
    ("eks", "PodIdentityAssociation", "podidentityassociations"),
    ("iam", "Role", "roles"),
    ("kms", "Key", "keys"),
    ("rds", "DBCluster", "dbclusters"),
    ("rds", "DBClusterParameterGroup", "dbclusterparametergroups"),
    ("rds", "DBInstance", "dbinstances"),
    ("rds", "DBParameterGroup", "dbparametergroups"),
    ("rds", "DBSubnetGroup", "dbsubnetgroups"),
)

TAG_NAMES: Mapping[str, tuple[str, str]] = {"kms": ("tagKey", "tagValue")}
"""What key and value of a tag are called, by service, where not `key` and `value`."""
TAG_MAPS = frozenset({"cloudwatchlogs", "eks"})
"""Services whose tags are a map (CRDs of the controllers)."""


def managed(
    context: Context,
    key: str,
    kind: str,
    spec: Mapping[str, Json],
    *,
    found_by: Mapping[str, Json] | None = None,
    annotations: Mapping[str, Json] | None = None,
    tags: Mapping[str, str] | None = None,
) -> tuple[str, Manifest]:
    """A custom resource by its composition-resource name.

    Args:
        context: the claim's settings.
        key: composition-resource name.
        kind: entry of `KINDS`.
        spec: what is special about it; None values are left out.
        found_by: ids that AWS chose, by which what exists already is found; names are found by themselves.
        annotations: beside those that all have.
        tags: tags beside the claim's.
    """
    fields: Manifest = {name: value for name, value in spec.items() if value is not None}
    fields["tags"] = _tags(kind.split("/")[0], {**context.tags, **(tags or {}), "Name": context.names.object(key)})
    return key, {
        "apiVersion": KINDS[kind].api_version,
        "kind": KINDS[kind].kind,
        "metadata": {
            "name": context.names.object(key),
            "namespace": context.namespace,
            "annotations": {
                # always explicit: without it the namespace's default or the controller's own region counts (TEN-09)
                REGION: context.region,
                # what stands on AWS under the claim's own names is the claim's: it is found again by an object that is
                # made anew, where ACK would give up for ever (REL-18, ADR 9)
                ADOPTION_POLICY: "adopt-or-create",
                # the controller writes "true" over it when it has found something, and from then on it would neither
                # make again what vanishes nor say so: the object would stay Ready
                ADOPTED: "false",
                **_adoption_fields(found_by or {}),
                **asked(key, KINDS[kind].kind, fields, context.observed(key)),
                **(annotations or {}),
            },
        },
        "spec": fields,
    }


def _adoption_fields(found_by: Mapping[str, Json]) -> Manifest:
    """The ids as JSON; they follow when they are known."""
    if not found_by:
        return {}
    return {ADOPTION_FIELDS: later(whole(*found_by.values()) or json.dumps(found_by, separators=(",", ":")))}


def _tags(service: str, tags: Mapping[str, str]) -> Json:
    """Tags in the shape that the service's CRDs want, sorted."""
    if service in TAG_MAPS:
        return dict(tags)
    return tag_list(tags, *TAG_NAMES.get(service, ("key", "value")))


def tag_list(tags: Mapping[str, str], key: str = "key", value: str = "value") -> Json:
    """Tags as a list, sorted."""
    return [{key: name, value: text} for name, text in sorted(tags.items())]


def end(manifest: Manifest, retained: bool) -> Manifest:
    """Says whether AWS keeps it; always explicit, for a namespace or a controller may have another default."""
    if not str(manifest["apiVersion"]).partition("/")[0].endswith(ACK_SUFFIX):
        return manifest
    metadata = cast("Manifest", manifest["metadata"])
    annotations = cast("Manifest", metadata["annotations"])
    said = {DELETION_POLICY: RETAIN if retained else "delete", **annotations}
    return {**manifest, "metadata": {**metadata, "annotations": said}}


def ref(context: Context, needed: Resource | str) -> Json:
    """A named reference to a resource's main object, or to the object of that key; resolved at every reconcile."""
    key = needed if isinstance(needed, str) else needed.key
    return {"from": {"name": context.names.object(key)}}


def refs(context: Context, needed: Iterable[Resource]) -> Json:
    """Named references, in the order given."""
    return [ref(context, resource) for resource in needed]
