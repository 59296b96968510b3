"""Objects of AWS Controllers for Kubernetes in the words of the checks, which are those of the Upbound provider.

One table by kind says what each field is called there; what ACK folds into its owner becomes objects of its own, with
keys derived from the owner's. A field or annotation that no table knows is an error, so that nothing new goes unjudged.
Written from the CRDs and the controllers' sources (ACK runtime v0.62.0, `apis/core/v1alpha1/annotations.go`), not from
the engine, whose mistakes it must not share.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from tests.safety.paths import at

Manifest = Mapping[str, Any]
Fields = dict[str, Any]
Translation = Callable[[Any], Fields]
"""The fields that stand for one field's value."""
Path = tuple[str | int, ...]

SUFFIX = ".services.k8s.aws"
PREFIX = "services.k8s.aws"
REGION = f"{PREFIX}/region"
DELETION_POLICY = f"{PREFIX}/deletion-policy"
ADOPTION_POLICY = f"{PREFIX}/adoption-policy"
ADOPTION_FIELDS = f"{PREFIX}/adoption-fields"
ADOPTED = f"{PREFIX}/adopted"
ASKED = "fleet.argosy.dev/asked"
KEY = "crossplane.io/composition-resource-name"
EXTERNAL_NAME = "crossplane.io/external-name"
AUTOSCALED = "eks.services.k8s.aws/desired-size-managed-by"

POLICIES = {"delete": ["*"], "retain": ["Observe", "Create", "Update", "LateInitialize"]}
"""Management policies by what becomes of the thing when its object is deleted."""


class UntranslatedError(LookupError):
    """Something that no table here knows."""


# shapes of values


def same(value: Any) -> Any:
    return value


def ref(value: Mapping[str, Any]) -> Fields:
    """A reference; one into another namespace is unknown here."""
    if set(value) != {"from"} or set(value["from"]) != {"name"}:
        raise UntranslatedError(f"reference {value}")
    return {"name": value["from"]["name"]}


def refs(values: list[Mapping[str, Any]]) -> list[Fields]:
    return [ref(value) for value in values]


def one(values: list[Any]) -> Any:
    """The only item of a list that could have more."""
    if len(values) != 1:
        raise UntranslatedError(f"{len(values)} values in {values}")
    return values[0]


def word(value: bool) -> str:
    """Upbound's launch templates have flags as text."""
    return {True: "true", False: "false"}[value]


def flag(value: str) -> bool:
    """Annotations have flags as text."""
    return {"true": True, "false": False}[value]


def tag_map(values: list[Mapping[str, str]], key: str = "key", value: str = "value") -> dict[str, str]:
    found = {item[key]: item[value] for item in values}
    if len(found) < len(values):
        raise UntranslatedError(f"a tag twice in {values}")
    return found


def key_tag_map(values: list[Mapping[str, str]]) -> dict[str, str]:
    """Tags as KMS writes them."""
    return tag_map(values, "tagKey", "tagValue")


def exactly(wanted: Any) -> Callable[[Any], Any]:
    """A value beside which there is no other that these words can express."""

    def shape(value: Any) -> Any:
        if value != wanted:
            raise UntranslatedError(f"{value!r} instead of {wanted!r}")
        return value

    return shape


# fields


def to(name: str, shape: Callable[[Any], Any] = same) -> Translation:
    """The same under another name, perhaps in another shape."""
    return lambda value: {name: shape(value)}


def keep(*names: str) -> dict[str, Translation]:
    """Fields that are the same in both."""
    return {name: to(name) for name in names}


def within(table: Mapping[str, Translation]) -> Callable[[Mapping[str, Any]], Fields]:
    """The fields of an object by their own table."""

    def shape(value: Mapping[str, Any]) -> Fields:
        found: Fields = {}
        for name, item in value.items():
            if name not in table:
                raise UntranslatedError(f"field {name} in {dict(value)}")
            found |= table[name](item)
        return found

    return shape


def all_of(shape: Callable[[Any], Any]) -> Callable[[list[Any]], list[Any]]:
    return lambda values: [shape(value) for value in values]


def folded(_: Any) -> Fields:
    """Nothing here: it becomes objects of its own."""
    return {}


TAGS = {"tags": to("tags", tag_map)}


def logging(value: Mapping[str, Any]) -> list[str]:
    setups = within({"clusterLogging": to("setups")})(value)["setups"]
    return sorted(kind for setup in setups if setup["enabled"] is True for kind in setup["types"])


def inline(policies: Mapping[str, str]) -> list[dict[str, str]]:
    """Inline policies as they reach AWS: the controller decodes them as if they came from a URL, and JSON's own
    escapes mean the sign (iam-controller v1.6.2, `role/hooks.go`).
    """
    texts = {name: unquote_plus(text) for name, text in policies.items()}
    return [
        {"name": name, "policy": text.replace("\\u002b", "+").replace("\\u0025", "%")}
        for name, text in sorted(texts.items())
    ]


def egress(rules: list[Any]) -> Fields:
    """No rule at all is the group without rules of its own, as the provider makes it."""
    return {"egress": rules} if rules else {}


def parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(values.items())]


# what ACK folds


@dataclass(frozen=True)
class Part:
    """Something that stands in another object, under a key derived from that one's."""

    key: str
    kind: str
    fields: Fields


def association(key: str, name: str, tables: list[Any]) -> Iterator[Part]:
    fields = {"subnetIdRef": {"name": name}, "routeTableIdRef": ref(one(tables))}
    yield Part(key.replace("subnet-", "route-table-association-", 1), "ec2/RouteTableAssociation", fields)


ROUTE = within(
    {
        "destinationCIDRBlock": to("destinationCidrBlock"),
        "gatewayRef": to("gatewayIdRef", ref),
        "natGatewayRef": to("natGatewayIdRef", ref),
    }
)


def routes(key: str, name: str, values: list[Any]) -> Iterator[Part]:
    base = key.replace("route-table-", "route-", 1)
    for value in values:
        route = {"routeTableIdRef": {"name": name}, **ROUTE(value)}
        own = base if len(values) == 1 else f"{base}-{route['destinationCidrBlock']}"
        yield Part(own, "ec2/Route", route)


SOURCES: Mapping[str, Callable[[Any], Fields]] = {
    "ipRanges": within({**keep("description"), "cidrIP": to("cidrIpv4")}),
    "ipv6Ranges": within({**keep("description"), "cidrIPv6": to("cidrIpv6")}),
    "userIDGroupPairs": within({**keep("description"), "groupID": to("referencedSecurityGroupId")}),
    "prefixListIDs": within({**keep("description"), "prefixListID": to("prefixListId")}),
}
PORTS = within({**keep("ipProtocol", "fromPort", "toPort"), **dict.fromkeys(SOURCES, folded)})


def ingress(key: str, name: str, values: list[Any]) -> Iterator[Part]:
    """A rule for each source of each permission; one for a permission that admits no source, which is a fault."""
    base = key.replace("security-group-", "ingress-", 1)
    found = []
    for value in values:
        sources = [SOURCES[name](source) for name in SOURCES for source in value.get(name) or ()]
        found += [{"securityGroupIdRef": {"name": name}, **PORTS(value), **source} for source in sources or [{}]]
    for number, rule in enumerate(found):
        yield Part(base if len(found) == 1 else f"{base}-{number}", "ec2/SecurityGroupIngressRule", rule)


def default_group(key: str, name: str, shut: bool) -> Iterator[Part]:
    """The default security group, if the VPC's controller empties it."""
    fields = {"vpcIdRef": {"name": name}, "ingress": [], "egress": []}
    if shut is True:
        yield Part("default-security-group", "ec2/DefaultSecurityGroup", fields)


GRANT = within(
    {"policyARN": to("policyArn"), "accessScope": to("accessScope", within(keep("type", "namespaces")))},
)


def grants(key: str, name: str, values: list[Any]) -> Iterator[Part]:
    base = key.replace("access-entry-", "access-policy-", 1)
    for value in values:
        fields = GRANT(value)
        own = f"{base}-{fields['policyArn'].rpartition('/')[2].removeprefix('AmazonEKS').lower()}"
        yield Part(own, "eks/AccessPolicyAssociation", {"principalArnRef": {"name": name}, **fields})


# kinds


@dataclass(frozen=True)
class Words:
    """What an ACK kind is called, and each of its fields.

    Attributes:
        name: field with the name by which AWS knows it.
        found_by: field of its status with the id that AWS gives it; it may be adopted by that alone.
        parts: by field, what ACK folds.
        annotations: by name, fields that have no place in the spec.
        seen: by the checks' path, where the status says it; as far as a check asks.
    """

    kind: str
    fields: Mapping[str, Translation]
    name: str | None = None
    found_by: str | None = None
    parts: Mapping[str, Callable[[str, str, Any], Iterator[Part]]] = field(default_factory=dict)
    annotations: Mapping[str, Translation] = field(default_factory=dict)
    seen: Mapping[Path, Path | Callable[[Manifest], Any]] = field(default_factory=dict)


ARN: Path = ("status", "ackResourceMetadata", "arn")


def vpc_arn(manifest: Manifest) -> str | None:
    """EC2 tells no ARN of a VPC: by its grammar."""
    region = manifest["metadata"]["annotations"][REGION]
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")
    account = at(manifest, "status", "ackResourceMetadata", "ownerAccountID")
    id_ = at(manifest, "status", "vpcID")
    return f"arn:{partition}:ec2:{region}:{account}:vpc/{id_}" if account and id_ else None


def running(manifest: Manifest) -> str | None:
    """The version that the control plane runs: ACK tells only what is asked for, so when nothing is under way."""
    runs = at(manifest, "status", "status") == "ACTIVE" and is_ready(manifest)
    return at(manifest, "spec", "version") if runs else None


DATABASE: Mapping[str, Translation] = {
    **keep(
        "engine",
        "engineVersion",
        "port",
        "networkType",
        "storageEncrypted",
        "manageMasterUserPassword",
        "backupRetentionPeriod",
        "copyTagsToSnapshot",
        "deletionProtection",
    ),
    **TAGS,
    "dbSubnetGroupRef": to("dbSubnetGroupNameRef", ref),
    "vpcSecurityGroupRefs": to("vpcSecurityGroupIdRefs", refs),
    "kmsKeyRef": to("kmsKeyIdRef", ref),
    "masterUserSecretKMSKeyRef": to("masterUserSecretKmsKeyIdRef", ref),
    "masterUserPassword": to("passwordSecretRef"),
    "enableIAMDatabaseAuthentication": to("iamDatabaseAuthenticationEnabled"),
    "enableCloudwatchLogsExports": to("enabledCloudwatchLogsExports"),
}
SERVER: Mapping[str, Translation] = {
    **keep(
        "engine",
        "publiclyAccessible",
        "autoMinorVersionUpgrade",
        "monitoringInterval",
        "performanceInsightsEnabled",
        "performanceInsightsRetentionPeriod",
        "copyTagsToSnapshot",
    ),
    **TAGS,
    "dbInstanceClass": to("instanceClass"),
    "dbSubnetGroupRef": to("dbSubnetGroupNameRef", ref),
    "monitoringRoleRef": to("monitoringRoleArnRef", ref),
    "performanceInsightsKMSKeyRef": to("performanceInsightsKmsKeyIdRef", ref),
}
END: Mapping[str, Translation] = {
    "rds.services.k8s.aws/skip-final-snapshot": to("skipFinalSnapshot", flag),
    "rds.services.k8s.aws/final-db-snapshot-identifier": to("finalSnapshotIdentifier"),
    "rds.services.k8s.aws/delete-automated-backups": to("deleteAutomatedBackups", flag),
}
PARAMETERS: Mapping[str, Translation] = {
    **keep("description", "family"),
    **TAGS,
    "parameterOverrides": to("parameter", parameters),
}
IN_CLUSTER = "rds/DBInstance of a cluster"

KINDS: Mapping[str, Words] = {
    "cloudwatchlogs/LogGroup": Words(
        "cloudwatchlogs/Group",
        {**keep("tags"), "retentionDays": to("retentionInDays"), "kmsKeyRef": to("kmsKeyIdRef", ref)},
        name="name",
    ),
    "ec2/ElasticIPAddress": Words("ec2/EIP", TAGS),
    "ec2/FlowLog": Words(
        "ec2/FlowLog",
        {
            **keep("trafficType", "logDestinationType", "maxAggregationInterval"),
            **TAGS,
            "resourceID": to("vpcId"),
            "resourceType": to("resourceType", exactly("VPC")),
            "logGroupRef": to("logDestinationRef", ref),
            "deliverLogsPermissionRef": to("iamRoleArnRef", ref),
        },
    ),
    "ec2/InternetGateway": Words("ec2/InternetGateway", {**TAGS, "vpcRef": to("vpcIdRef", ref)}),
    "ec2/LaunchTemplate": Words(
        "ec2/LaunchTemplate",
        {
            **keep("name"),
            **TAGS,
            "versionDescription": to("description"),
            "data": within(
                {
                    **keep("metadataOptions", "keyName"),
                    "blockDeviceMappings": to(
                        "blockDeviceMappings",
                        all_of(
                            within(
                                {
                                    **keep("deviceName"),
                                    "ebs": to(
                                        "ebs",
                                        within(
                                            {
                                                **keep("volumeType", "volumeSize"),
                                                "encrypted": to("encrypted", word),
                                                "deleteOnTermination": to("deleteOnTermination", word),
                                            }
                                        ),
                                    ),
                                }
                            )
                        ),
                    ),
                    "networkInterfaces": to(
                        "networkInterfaces",
                        all_of(within({"associatePublicIPAddress": to("associatePublicIpAddress", word)})),
                    ),
                    "tagSpecifications": to(
                        "tagSpecifications", all_of(within({**keep("resourceType"), "tags": to("tags", tag_map)}))
                    ),
                }
            ),
        },
        seen={("latestVersion",): ("status", "latestVersion")},
    ),
    "ec2/NATGateway": Words(
        "ec2/NATGateway",
        {
            **keep("connectivityType"),
            **TAGS,
            "allocationRef": to("allocationIdRef", ref),
            "subnetRef": to("subnetIdRef", ref),
        },
        found_by="natGatewayID",
    ),
    "ec2/RouteTable": Words(
        "ec2/RouteTable",
        {**TAGS, "vpcRef": to("vpcIdRef", ref), "routes": folded},
        parts={"routes": routes},
    ),
    "ec2/SecurityGroup": Words(
        "ec2/SecurityGroup",
        {
            **keep("name", "description"),
            **TAGS,
            "vpcRef": to("vpcIdRef", ref),
            "ingressRules": folded,
            "egressRules": egress,
        },
        parts={"ingressRules": ingress},
    ),
    "ec2/Subnet": Words(
        "ec2/Subnet",
        {
            **keep("cidrBlock", "availabilityZone"),
            **TAGS,
            "vpcRef": to("vpcIdRef", ref),
            "mapPublicIPOnLaunch": to("mapPublicIpOnLaunch"),
            "routeTableRefs": folded,
        },
        parts={"routeTableRefs": association},
        seen={("id",): ("status", "subnetID")},
    ),
    "ec2/VPC": Words(
        "ec2/VPC",
        {
            **TAGS,
            "cidrBlocks": to("cidrBlock", one),
            "enableDNSHostnames": to("enableDnsHostnames"),
            "enableDNSSupport": to("enableDnsSupport"),
            "disallowSecurityGroupDefaultRules": folded,
        },
        parts={"disallowSecurityGroupDefaultRules": default_group},
        found_by="vpcID",
        seen={("arn",): vpc_arn},
    ),
    "eks/AccessEntry": Words(
        "eks/AccessEntry",
        {
            **keep("clusterName", "type", "kubernetesGroups", "tags"),
            "principalARN": to("principalArn"),
            "accessPolicies": folded,
        },
        parts={"accessPolicies": grants},
    ),
    "eks/Addon": Words(
        "eks/Addon",
        {
            **keep("clusterName", "addonVersion", "configurationValues", "resolveConflicts", "tags"),
            "name": to("addonName"),
            "serviceAccountRoleARN": to("serviceAccountRoleArn"),
            "serviceAccountRoleRef": to("serviceAccountRoleArnRef", ref),
            "podIdentityAssociations": to("podIdentityAssociation"),
        },
    ),
    "eks/Cluster": Words(
        "eks/Cluster",
        {
            **keep(
                "version", "bootstrapSelfManagedAddons", "accessConfig", "upgradePolicy", "deletionProtection", "tags"
            ),
            "roleRef": to("roleArnRef", ref),
            "resourcesVPCConfig": to(
                "vpcConfig",
                within(
                    {
                        **keep("endpointPrivateAccess", "endpointPublicAccess"),
                        "publicAccessCIDRs": to("publicAccessCidrs"),
                        "subnetRefs": to("subnetIdRefs", refs),
                        "securityGroupRefs": to("securityGroupIdRefs", refs),
                        "securityGroupIDs": to("securityGroupIds", exactly([])),
                    }
                ),
            ),
            "kubernetesNetworkConfig": to(
                "kubernetesNetworkConfig",
                within({**keep("ipFamily", "elasticLoadBalancing"), "serviceIPv4CIDR": to("serviceIpv4Cidr")}),
            ),
            "encryptionConfig": to(
                "encryptionConfig",
                lambda value: within(
                    {**keep("resources"), "provider": to("provider", within({"keyRef": to("keyArnRef", ref)}))}
                )(one(value)),
            ),
            "logging": to("enabledClusterLogTypes", logging),
            "computeConfig": to(
                "computeConfig", within({**keep("enabled", "nodePools"), "nodeRoleARN": to("nodeRoleArn")})
            ),
            "storageConfig": to("storageConfig"),
        },
        name="name",
        seen={
            ("arn",): ARN,
            ("endpoint",): ("status", "endpoint"),
            ("certificateAuthority", 0, "data"): ("status", "certificateAuthority", "data"),
            ("vpcConfig", "clusterSecurityGroupId"): ("status", "clusterSecurityGroupID"),
            ("version",): running,
        },
    ),
    "eks/Nodegroup": Words(
        "eks/NodeGroup",
        {
            **keep(
                "clusterName",
                "version",
                "amiType",
                "capacityType",
                "diskSize",
                "instanceTypes",
                "launchTemplate",
                "scalingConfig",
                "updateConfig",
                "labels",
                "remoteAccess",
                "tags",
            ),
            "nodeRoleRef": to("nodeRoleArnRef", ref),
            "subnetRefs": to("subnetIdRefs", refs),
            "taints": to("taint"),
        },
        name="name",
    ),
    "eks/PodIdentityAssociation": Words(
        "eks/PodIdentityAssociation",
        {
            **keep("clusterName", "namespace", "serviceAccount", "disableSessionTags", "policy", "tags"),
            "roleRef": to("roleArnRef", ref),
            "roleARN": to("roleArn"),
        },
    ),
    "iam/Role": Words(
        "iam/Role",
        {
            **keep("description", "path", "permissionsBoundary"),
            **TAGS,
            "assumeRolePolicyDocument": to("assumeRolePolicy"),
            "policies": to("managedPolicyArns"),
            "inlinePolicies": to("inlinePolicy", inline),
        },
        name="name",
        seen={("arn",): ARN},
    ),
    "kms/Key": Words(
        "kms/Key",
        {
            **keep("description", "enableKeyRotation", "policy", "keyUsage", "multiRegion"),
            "tags": to("tags", key_tag_map),
        },
        found_by="keyID",
        annotations={"kms.services.k8s.aws/pending-window-in-days": to("deletionWindowInDays", int)},
        seen={("arn",): ARN, ("keyId",): ("status", "keyID")},
    ),
    "rds/DBCluster": Words(
        "rds/Cluster",
        {
            **DATABASE,
            **keep("engineMode", "databaseName", "masterUsername"),
            "dbClusterParameterGroupRef": to("dbClusterParameterGroupNameRef", ref),
            "serverlessV2ScalingConfiguration": to("serverlessv2ScalingConfiguration"),
        },
        name="dbClusterIdentifier",
        annotations=END,
        seen={("clusterResourceId",): ("status", "dbClusterResourceID")},
    ),
    "rds/DBClusterParameterGroup": Words("rds/ClusterParameterGroup", PARAMETERS, name="name"),
    "rds/DBInstance": Words(
        "rds/Instance",
        {
            **DATABASE,
            **SERVER,
            **keep("dbName", "storageType", "allocatedStorage", "maxAllocatedStorage"),
            "dbInstanceIdentifier": to("identifier"),
            "masterUsername": to("username"),
            "multiAZ": to("multiAz"),
            "dbParameterGroupRef": to("parameterGroupNameRef", ref),
        },
        annotations=END,
        seen={("resourceId",): ("status", "dbiResourceID")},
    ),
    IN_CLUSTER: Words(
        "rds/ClusterInstance",
        {**SERVER, **keep("availabilityZone", "promotionTier"), "dbClusterIdentifier": to("clusterIdentifier")},
        name="dbInstanceIdentifier",
        annotations=END,
    ),
    "rds/DBParameterGroup": Words("rds/ParameterGroup", PARAMETERS, name="name"),
    "rds/DBSubnetGroup": Words(
        "rds/SubnetGroup",
        {**keep("description"), **TAGS, "subnetRefs": to("subnetIdRefs", refs)},
        name="name",
    ),
}
"""By service and kind."""

JUDGED_AS_WRITTEN = frozenset({KEY, ADOPTION_POLICY, ADOPTED, ASKED})
"""Annotations without counterpart; rules on objects as they are written read them (TEN-04, TEN-06)."""


def is_ack(manifest: Manifest) -> bool:
    return str(manifest["apiVersion"]).partition("/")[0].endswith(SUFFIX)


def words_of(manifest: Manifest) -> Words:
    kind = f"{manifest['apiVersion'].split('.')[0]}/{manifest['kind']}"
    if kind == "rds/DBInstance" and "dbClusterIdentifier" in manifest["spec"]:
        kind = IN_CLUSTER
    if kind not in KINDS:
        raise UntranslatedError(f"kind {kind}")
    return KINDS[kind]


def read(key: str, manifest: Manifest) -> Iterator[tuple[str, Manifest]]:
    """What a composed object stands for, by key: itself first, then what is folded into it."""
    words, spec = words_of(manifest), dict(manifest["spec"])
    if extra := set(manifest) - {"apiVersion", "kind", "metadata", "spec", "status"}:
        raise UntranslatedError(f"{key}: {sorted(extra)}")
    parts = [
        part
        for name, unfold in words.parts.items()
        if name in spec
        for part in unfold(key, manifest["metadata"]["name"], spec[name])
    ]
    if words.name is not None:
        spec.pop(words.name, None)
    if words.kind == "ec2/SecurityGroup":
        spec.setdefault("egressRules", "whatever AWS makes")
    said, policies = annotated(manifest, words)
    fields = within(words.fields)(spec) | said
    yield key, _manifest(manifest, words.kind, fields, policies, external_name(manifest))
    place: Fields = {name: fields[name] for name in ("region", "clusterName") if name in fields}
    for part in parts:
        yield part.key, _manifest(manifest, part.kind, {**place, **part.fields}, policies, None)


def annotated(manifest: Manifest, words: Words) -> tuple[Fields, list[str] | None]:
    """What annotations say: fields, and management policies if they say what becomes of the thing."""
    fields: Fields = {}
    for name, value in (manifest["metadata"].get("annotations") or {}).items():
        if name == REGION:
            fields["region"] = value
        elif name in words.annotations:
            fields |= words.annotations[name](value)
        elif name not in JUDGED_AS_WRITTEN | {DELETION_POLICY, ADOPTION_FIELDS, AUTOSCALED}:
            raise UntranslatedError(f"annotation {name}")
    policy = (manifest["metadata"].get("annotations") or {}).get(DELETION_POLICY)
    return fields, None if policy is None else POLICIES[policy]


def _manifest(
    written: Manifest, kind: str, fields: Fields, policies: list[str] | None, external: str | None
) -> Manifest:
    service, _, name = kind.partition("/")
    annotations = written["metadata"].get("annotations") or {}
    metadata = {key: value for key, value in written["metadata"].items() if key != "annotations"}
    spec: Fields = {"forProvider": fields}
    if policies is not None:
        spec["managementPolicies"] = policies
    if kind == "eks/NodeGroup" and annotations.get(AUTOSCALED) == "external-autoscaler":
        # the controller does not compare it then (eks-controller, `desired-size-managed-by`): it counts at the start
        sizes = dict(fields["scalingConfig"])
        spec["initProvider"] = {"scalingConfig": {"desiredSize": sizes.pop("desiredSize", None)}}
        spec["forProvider"] = {**fields, "scalingConfig": sizes}
    return {
        "apiVersion": f"{service}.aws.m.upbound.io/v1beta1",
        "kind": name,
        "metadata": {**metadata, "annotations": {} if external is None else {EXTERNAL_NAME: external}},
        "spec": spec,
    }


def external_name(manifest: Manifest) -> str | None:
    """By what AWS knows the object: its name, or the id by which it is to be found again."""
    words = words_of(manifest)
    if words.name is not None:
        name = manifest["spec"].get(words.name)
        return None if name is None else str(name)
    text = (manifest["metadata"].get("annotations") or {}).get(ADOPTION_FIELDS)
    if text is None:
        return None
    found = json.loads(text)
    if words.found_by is None or set(found) != {words.found_by}:
        raise UntranslatedError(f"{ADOPTION_FIELDS} {text}")
    return str(found[words.found_by])


# what is observed


def seen(manifest: Manifest, *path: str | int) -> Any:
    """What an observed object tells, by the checks' path below `status.atProvider`, or None."""
    words = words_of(manifest)
    if path == ("id",) and path not in words.seen:
        return at(manifest, "status", words.found_by) if words.found_by else None
    if path not in words.seen:
        raise UntranslatedError(f"what is observed of {words.kind}: {path}")
    place = words.seen[path]
    return place(manifest) if callable(place) else at(manifest, *place)


def is_ready(manifest: Manifest) -> bool:
    """Whether the controller has what was asked for."""
    found = {item["type"]: item["status"] for item in at(manifest, "status", "conditions") or []}
    return found.get("ACK.ResourceSynced") == "True"
