"""What must not happen to objects in the life of a claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.safety.answers import Item, Pass, observed_name
from tests.safety.checks import Complaints, composed, differs, each, life, whole
from tests.safety.checks_tenancy import USAGES
from tests.safety.paths import at

DNS_SUBDOMAIN = re.compile(r"(?!.{254})[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
DNS_LABEL = re.compile(r"(?!.{64})[a-z0-9]([-a-z0-9]*[a-z0-9])?")
AWS_NAMES = {
    "eks/Cluster": r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}",
    "eks/NodeGroup": r"[0-9A-Za-z][A-Za-z0-9_-]{0,62}",
    "iam/Role": r"[\w+=,.@-]{1,64}",
    "rds/Cluster": r"(?!.*--)[a-z][a-z0-9-]{0,62}(?<!-)",
    "rds/ClusterInstance": r"(?!.*--)[a-z][a-z0-9-]{0,62}(?<!-)",
    "rds/SubnetGroup": r"[a-z0-9 ._-]{1,255}",
    "rds/ParameterGroup": r"(?!.*--)[a-z][a-z0-9-]{0,254}(?<!-)",
    "rds/ClusterParameterGroup": r"(?!.*--)[a-z][a-z0-9-]{0,254}(?<!-)",
    "cloudwatchlogs/Group": r"[.\-_/#A-Za-z0-9]{1,512}",
}
"""Grammar of names on AWS, as their APIs state it."""
FIXED = {
    "eks/Cluster": (
        "region",
        "roleArnRef",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
        "encryptionConfig",
    ),
    "eks/NodeGroup": (
        "amiType",
        "capacityType",
        "diskSize",
        "instanceTypes",
        "nodeRoleArnRef",
        "subnetIdRefs",
        "launchTemplate.id",
        "launchTemplate.name",
    ),
    "ec2/Subnet": ("availabilityZone", "cidrBlock", "vpcIdRef"),
    "ec2/VPC": ("cidrBlock", "region"),
    "rds/Instance": ("identifier", "engine", "storageEncrypted", "kmsKeyIdRef", "username", "dbName"),
    "rds/Cluster": ("engine", "storageEncrypted", "kmsKeyIdRef", "masterUsername", "databaseName"),
    "kms/Key": ("keyUsage", "multiRegion", "customKeyStoreId"),
}
"""Fields that AWS never changes (safety 5.3)."""
NO_LATE_INITIALIZE = ("ec2/NATGateway",)
"""Late initialisation writes secondary addresses there that the next update refuses."""
ORDERED = ("instanceTypes",)
"""Lists of texts whose order means something."""
NAMED_BY_AWS = ("ec2/", "kms/", "eks/Pod", "eks/Access", "eks/Addon", "rds/Instance")
"""Kinds whose external name AWS chooses: ours would adopt a stranger's object."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else str(name))
    else:
        yield path, value


def kept(before: Iterable[Item], now: Iterable[Item]) -> Iterator[tuple[Item, Item]]:
    """What both answers have."""
    later = {item.key: item for item in now}
    yield from ((item, later[item.key]) for item in before if item.key in later)


@life("REL-02", "No field that was once written is left out again.")
def rel_02_no_field_is_lost(before: Pass, now: Pass) -> Complaints:
    for was, item in kept(before.objects, now.objects):
        lost = {path for path, _ in leaves(was.manifest)} - {path for path, _ in leaves(item.manifest)}
        grown = {path for path in lost if at(item.manifest, *path.split("."))}  # an empty map got entries
        yield from (f"{item.key}: {path} is lost" for path in sorted(lost - grown))


@life("REL-03", "No object leaves while the claim stays as it is.")
def rel_03_no_key_is_lost(before: Pass, now: Pass) -> Complaints:
    if before.claim["spec"] == now.claim["spec"]:
        lost = set(before.desired) - set(now.desired)
        if now.asked("lifecycle") == "Decommission":
            lost -= {"guard-claim", "guard-composite"}  # they leave when their gates are observed open
        yield from (f"{key} is lost" for key in sorted(lost))


@composed("REL-03", "A key says what a thing is, never where it stands in a list.")
def rel_03_no_positions(item: Item, now: Pass) -> Complaints:
    # names of the claim, hashes and zones' letters may end a key; a bare number is a position
    asked = {entry["name"] for entry in [*(now.asked("nodes", "groups") or []), *(now.asked("databases") or []),
                                         *(now.asked("identities") or [])]}  # fmt: skip
    if re.search(r"-[0-9]{1,3}$", item.key) and not any(item.key.endswith(name) for name in asked):
        yield "ends with a number"


@life("REL-04", "The Secret keeps its name and place.")
def rel_04_the_secret_stays_where_it_is(before: Pass, now: Pass) -> Complaints:
    if before.secret is None:
        return
    where = ("namespace", "name")
    wanted = [before.secret["metadata"][name] for name in where]
    found = [at(now.secret, "metadata", name) for name in where]
    yield from differs("namespace and name of the Secret", found, wanted)


@life("REL-07", "No field that AWS never changes is changed.")
def rel_07_fixed_fields(before: Pass, now: Pass) -> Complaints:
    for was, item in kept(before.items, now.items):
        for path in FIXED.get(item.kind, ()):
            yield from differs(f"{item.key}: {path}", item.get(*path.split(".")), was.get(*path.split(".")))


@each("REL-08", "Flags that count at creation only are always written, and always alike.", "eks/Cluster")
def rel_08_create_only_flags(cluster: Item, now: Pass) -> Complaints:
    found = cluster.get("accessConfig", "bootstrapClusterCreatorAdminPermissions")
    yield from differs("bootstrapClusterCreatorAdminPermissions", found, False)
    yield from differs("bootstrapSelfManagedAddons", cluster.get("bootstrapSelfManagedAddons"), False)


@each("REL-09", "A node group's number of nodes counts at its start only: an autoscaler owns it afterwards.",
      "eks/NodeGroup")  # fmt: skip
def rel_09_desired_size(group: Item, now: Pass) -> Complaints:
    if group.get("scalingConfig", "desiredSize") is not None:
        yield "desiredSize is written at every reconcile"
    start = at(group.manifest, "spec", "initProvider", "scalingConfig", "desiredSize")
    low, high = group.get("scalingConfig", "minSize"), group.get("scalingConfig", "maxSize")
    if start is None or not low <= start <= high:
        yield f"starts with {start} of {low} to {high} nodes"


@each("REL-10", "The provider may write back the name that AWS chose.")
def rel_10_late_initialize(item: Item, now: Pass) -> Complaints:
    if item.kind in NO_LATE_INITIALIZE or not item.on_aws:
        return
    if not {"*", "LateInitialize"} & set(item.policies):
        yield f"managementPolicies {item.policies}"


@each("REL-10", "An external name that is written is the observed one; a name that AWS gives is what AWS gave.")
def rel_10_external_names(item: Item, now: Pass) -> Complaints:
    if item.is_folded:  # it has no name of its own
        return
    there = now.observed.get(item.key)
    observed, given = (observed_name(there), now.seen(item.key, "id")) if there else (None, None)
    if item.external_name is not None and observed is not None and item.external_name != given:
        yield from differs("external name", item.external_name, observed)
    if item.external_name not in (None, given) and item.kind.startswith(NAMED_BY_AWS):
        yield f"is called {item.external_name}, which would adopt another object than {given}"


@whole("REL-10", "The status holds the ids by which a lost hub is recovered.", settled=True)
def rel_10_ids_in_status(now: Pass) -> Complaints:
    status = now.claim.get("status", {})
    wanted: dict[tuple[str, ...], Any] = {
        ("account",): now.account,
        ("network", "vpcId"): now.seen("vpc", "id"),
        ("cluster", "arn"): now.seen("cluster", "arn"),
        ("cluster", "keyArn"): now.seen("key-cluster", "arn"),
    }
    for subnet in now.of("ec2/Subnet"):
        _, tier, zone = subnet.key.split("-")
        wanted["network", f"{tier}SubnetIds", zone] = now.seen(subnet.key, "id")
    for path, value in wanted.items():
        if value is None or at(status, *path) != value:
            yield f"status.{'.'.join(path)} is {at(status, *path)!r}, not {value!r}"


@life("REL-13", "The cluster Secret, once made, stays as it is while the claim does.")
def rel_13_the_secret_is_sticky(before: Pass, now: Pass) -> Complaints:
    if before.secret is not None and before.claim["spec"] == now.claim["spec"]:
        yield from differs("data of the Secret", at(now.secret, "data"), before.secret["data"])


def _named(name: str) -> dict[str, Any]:
    return {"resourceRef": {"name": name}}


@whole("REL-13", "As long as a claim is active nobody can delete it: it uses itself.")
def rel_13_a_claim_uses_itself(now: Pass) -> Complaints:
    claims = [now.written, {**now.claim, "name": now.claim["metadata"]["name"]}]  # the same but behind a claim
    of = [{name: one[name] for name in ("apiVersion", "kind")} | _named(one["name"]) for one in claims]
    guards = [item for item in now.of(*USAGES) if at(item.manifest, "spec", "of") in of]
    if now.asked("lifecycle") != "Decommission" and len(guards) != (2 if now.is_behind_a_claim else 1):
        yield "nothing guards the claim"
    for guard in guards:
        if not at(guard.manifest, "spec", "reason") or "by" in guard.manifest["spec"]:
            yield f"{guard.key} tells no reason, or goes with something else"


@whole("REL-16", "A namespace outlives what its credentials made.")
def rel_16_the_namespace_is_used(now: Pass) -> Complaints:
    of = {"apiVersion": "v1", "kind": "Namespace", "resourceRef": {"name": now.namespace}}
    guards = [item.get("manifest", "spec") for item in now.of("kubernetes/ClusterUsage")]
    guards += [item.manifest["spec"] for item in now.of("protection/ClusterUsage")]
    found = [spec["of"] for spec in guards if spec["of"].get("kind") == "Namespace" and "by" not in spec]
    yield from differs("what is guarded on the hub", found, [of])


@whole("REL-14", "What AWS would leave behind or hang on goes in order.", settled=True)
def rel_14_order_of_deletion(now: Pass) -> Complaints:
    by_name = {(item.manifest["kind"], item.name): item.key for item in now.objects}
    found = {
        tuple(by_name.get((end["kind"], end["resourceRef"]["name"])) for end in (spec["of"], spec["by"]))
        for item in now.of(*USAGES)
        if "by" in (spec := item.manifest["spec"])
    }
    stays = any(database.get("onDelete") == "Retain" for database in now.asked("databases") or ())
    door = "security-group" if now.engine == "ack" else "ingress"  # which ACK folds into its group
    wanted = {
        *((key, "cluster") for key in ("role-cluster", "log-group-cluster", "key-cluster")),
        *(("cluster", f"{door}-database-{database['name']}") for database in now.asked("databases") or ()),
        ("guard-namespace", "key-cluster"),
        ("guard-namespace", "internet-gateway" if stays else "vpc"),
    }
    yield from differs("uses", sorted(map(str, found)), sorted(map(str, wanted)))


@each("REL-14", "No door of a database stays: EKS could not delete a security group that a rule names.",
      "ec2/SecurityGroupIngressRule")  # fmt: skip
def rel_14_doors_go(rule: Item, now: Pass) -> Complaints:
    if now.asked("lifecycle") == "Decommission" and not {"*", "Delete"} & set(rule.policies):
        yield "would stay on AWS"


@each("REL-14", "A Usage that orders deletion has it tried again at once.", *USAGES)
def rel_14_replays(item: Item, now: Pass) -> Complaints:
    spec = item.manifest["spec"]
    yield from differs("replayDeletion", spec.get("replayDeletion", False), "by" in spec)


@each("REL-22", "Names are ones that Kubernetes and AWS accept.")
def rel_22_grammar_of_names(item: Item, now: Pass) -> Complaints:
    if not DNS_SUBDOMAIN.fullmatch(item.name):
        yield f"metadata.name {item.name}"
    grammar = AWS_NAMES.get(item.kind)
    if grammar and not re.fullmatch(grammar, item.external_name or "", re.ASCII):
        yield f"external name {item.external_name}"
    if item.manifest["kind"] == "Object":
        inner = item.get("manifest", "metadata", "name") or ""
        if not DNS_SUBDOMAIN.fullmatch(inner):
            yield f"name of what it puts on the hub {inner}"


@each("REL-23", "No name is empty, and every reference leads to an object of this answer.")
def rel_23_no_empty_names(item: Item, now: Pass) -> Complaints:
    if not item.name or item.external_name == "":
        yield "has an empty name"
    names = {other.name for other in now.items}
    for reference in _references(item.fields):
        if not reference.get("name"):
            yield "refers to an empty name"
        elif now.settled and reference["name"] not in names:
            yield f"refers to {reference['name']}, which is not in the answer"


def _references(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name.endswith("Ref") and isinstance(item, Mapping):
                yield item
            elif name.endswith("Refs") and isinstance(item, list):
                yield from item
            elif name != "manifest":
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


@each("REL-10", "References are resolved at every reconcile, so that a list that grows reaches AWS.")
def rel_10_references_resolve_always(item: Item, now: Pass) -> Complaints:
    if now.engine == "ack":  # it resolves every reference at every reconcile (ACK runtime v0.62.0, reconciler.go)
        return
    for reference in _references(item.fields):
        yield from differs(f"policy of {reference.get('name')}", reference.get("policy"), {"resolve": "Always"})


@whole("REL-26", "No two objects of one kind share a name, which would make them fight.")
def rel_26_names_differ(now: Pass) -> Complaints:
    names = [(item.kind, item.name) for item in now.objects]
    yield from (f"{kind} {name} is there twice" for kind, name in {n for n in names if names.count(n) > 1})


@each("REL-26", "Lists without an order are sorted, so that they never flap.")
def rel_26_sets_are_sorted(item: Item, now: Pass) -> Complaints:
    for path, value in leaves(item.fields):
        texts_only = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        if texts_only and path not in ORDERED and value != sorted(set(value)):
            yield f"{path} is {value}"


@whole("REL-27", "A settled claim gets no results.", settled=True)
def rel_27_no_results(now: Pass) -> Complaints:
    yield from (f"{result['severity']}: {result['message']}" for result in now.results)


@each("REL-30", "An access entry for a role of this claim lives and dies with the role.", "eks/AccessEntry")
def rel_30_entries_follow_roles(entry: Item, now: Pass) -> Complaints:
    # EKS keeps the id of the role: one that is made again under the same name is another principal
    for name in entry.names("principalArnFromRoleRef"):
        if now.named("iam/Role", name) is None:
            yield f"{name} is not in the answer"
    arn = entry.get("principalArn")
    if arn is None:
        return
    mine = now.hash in arn.rsplit("/", 1)[-1]
    if now.engine == "ack":  # has no reference to a role there: the ARN of a role that goes must go with it
        if mine and arn.rsplit("/", 1)[-1] not in {role.external_name for role in now.of("iam/Role")}:
            yield "names a role of this claim that is not in the answer"
    elif mine:
        yield "names a role of this claim by its ARN, so it would outlive it"


@composed("REL-43", "The answer says what is wanted, never how it is.")
def rel_43_no_status(item: Item, now: Pass) -> Complaints:
    if "status" in item.manifest:
        yield "has a status"
    if set(item.manifest["metadata"]) - {"name", "namespace", "annotations", "labels"}:
        yield f"metadata has {sorted(item.manifest['metadata'])}"


@composed("REL-44", "Names come from the claim's identity, its kind too: named references need them.")
def rel_44_names_from_identity(item: Item, now: Pass) -> Complaints:
    if now.hash not in item.name or not item.name.endswith(item.key):
        yield f"is called {item.name}"
