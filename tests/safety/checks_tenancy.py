"""What one team must not reach of another's, or of the hub's; tags by which everything is found."""

from __future__ import annotations

import re
from functools import cache

import yaml

from tests.safety.ack import ADOPTED, ADOPTION_POLICY, DELETION_POLICY, POLICIES, REGION, is_ack
from tests.safety.answers import Item, Pass, texts
from tests.safety.checks import Complaints, composed, differs, each, whole
from tests.safety.paths import at
from tests.schemas.compact import CRDS

USAGES = ("protection/Usage", "protection/ClusterUsage")
CLAIM_LABELS = ("crossplane.io/claim-name", "crossplane.io/claim-namespace")
"""Crossplane's own, on the composite behind a claim."""
OWNERS = ("cluster", "name", "namespace", "tenant", "environment")
RESERVED_TAGS = ("aws:", "eks:")
LABEL_VALUE = re.compile(r"(?!.{64})([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
PLATFORM_LABELS = re.compile(
    r"argocd\.argoproj\.io/secret-type|cluster_name|aws_cluster_name|environment|ring|tenant|kubernetes_version|"
    r"fleet_member|workloads|enable_[a-z_]+|rds_[a-z0-9_]+"
)
"""Labels of the cluster Secret that are the platform's: an allow-list, for each becomes a parameter of templates."""
CLAIM_PREFIX = "fleet.argosy.dev/"
SERVER_SUFFIX = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}
NAMED_ON_AWS = {
    "eks/Cluster": 100,
    "eks/NodeGroup": 63,
    "iam/Role": 64,
    "rds/Cluster": 63,
    "rds/ClusterInstance": 63,
    "rds/SubnetGroup": 255,
    "rds/ParameterGroup": 255,
    "rds/ClusterParameterGroup": 255,
    "cloudwatchlogs/Group": 512,
}
"""Longest external name of the kinds that AWS identifies by a name; two of one name are one object (TEN-04)."""
NAMED_BY_FIELD = {
    "rds/Instance": ("identifier", 63),
    "ec2/LaunchTemplate": ("name", 128),
    "ec2/SecurityGroup": ("name", 255),
}
OF_A_CLUSTER = (
    "eks/AccessEntry",
    "eks/AccessPolicyAssociation",
    "eks/Addon",
    "eks/NodeGroup",
    "eks/PodIdentityAssociation",
)
SYSTEM_ACCOUNTS = {
    "aws-load-balancer-controller-sa",
    "aws-node",
    "cluster-autoscaler-sa",
    "ebs-csi-controller-sa",
}
"""Service accounts of add-ons in kube-system that have an identity."""
ACK_ANNOTATIONS = {
    "crossplane.io/composition-resource-name",
    "eks.services.k8s.aws/desired-size-managed-by",
    "fleet.argosy.dev/asked",
    "kms.services.k8s.aws/pending-window-in-days",
    "rds.services.k8s.aws/delete-automated-backups",
    "rds.services.k8s.aws/final-db-snapshot-identifier",
    "rds.services.k8s.aws/skip-final-snapshot",
    "services.k8s.aws/adopted",
    "services.k8s.aws/adoption-fields",
    "services.k8s.aws/adoption-policy",
    "services.k8s.aws/deletion-policy",
    "services.k8s.aws/region",
}
"""Annotations of ACK's objects: none that chooses an account, a role or an endpoint."""
ANNOTATIONS = {"crossplane.io/external-name", "crossplane.io/composition-resource-name"}
ANSWER_LIMIT, OBJECT_LIMIT = 4 * 1024 * 1024, 1_500_000


@cache
def taggable(api_version: str, kind: str) -> bool:
    """Whether the provider's own schema gives a kind tags."""
    group = api_version.split("/")[0]
    for path in CRDS.glob(f"{group}_*.yaml"):
        crd = yaml.load(path.read_text(), yaml.CSafeLoader)
        if crd["spec"]["names"]["kind"] == kind:
            schema = crd["spec"]["versions"][-1]["schema"]["openAPIV3Schema"]
            spec = at(schema, "properties", "spec", "properties")
            return "tags" in (at(spec, "forProvider", "properties") or spec)
    raise LookupError(f"no schema of {kind} in {group}")


@each("SEC-13", "Whatever can have tags says whose it is: tenant, namespace, name, cluster; none is AWS's own.")
def sec_13_tags(item: Item, now: Pass) -> Complaints:
    """REL-19: what a deletion leaves behind is found by them."""
    if not item.on_aws or item.is_folded:  # what stands in another object is found with it
        return
    tags, written = item.get("tags"), item.written.manifest
    if not taggable(written["apiVersion"], written["kind"]):
        if tags is not None:
            yield "has tags, which its schema does not know"
        return
    yield from _tags(tags or {}, now)
    for specification in item.get("tagSpecifications") or []:
        yield from _tags(specification.get("tags") or {}, now)


def _tags(tags: dict[str, str], now: Pass) -> Complaints:
    wanted = {"name": now.written["name"], "namespace": now.namespace}
    for owner in OWNERS:
        value = tags.get(f"fleet.argosy.dev/{owner}")
        if not value or value != wanted.get(owner, value):
            yield f"tag fleet.argosy.dev/{owner} is {value!r}"
    if now.hash not in tags.get("fleet.argosy.dev/cluster", ""):
        yield "tag fleet.argosy.dev/cluster names another cluster"
    yield from (f"tag {key}" for key in tags if key.startswith(RESERVED_TAGS))
    yield from (f"tag {key} is too long" for key, value in tags.items() if len(key) > 128 or len(value) > 256)
    if len(tags) > 50:
        yield f"{len(tags)} tags"


@each("SEC-13", "Instances and volumes that a launch template makes have the tags too.", "ec2/LaunchTemplate")
def sec_13_tags_of_instances(template: Item, now: Pass) -> Complaints:
    found = {specification["resourceType"] for specification in template.get("tagSpecifications") or []}
    if not {"instance", "volume"} <= found:
        yield f"tags {sorted(found)} only"


@each("TEN-04", "What AWS knows by its name is named after this claim alone, and fits.", *NAMED_ON_AWS, *NAMED_BY_FIELD)
def ten_04_names(item: Item, now: Pass) -> Complaints:
    field, longest = NAMED_BY_FIELD.get(item.kind, ("", NAMED_ON_AWS.get(item.kind, 0)))
    name = item.get(field) if field else item.external_name
    if not name or now.hash not in name or len(name) > longest:
        yield f"is called {name} on AWS"


@each("TEN-04", "What belongs to a cluster names this claim's, which is composed or has its hash.", *OF_A_CLUSTER)
def ten_04_cluster(item: Item, now: Pass) -> Complaints:
    """What is named within a cluster is adopted by that name: nothing may be found in another's."""
    name = item.get("clusterName")
    if name is None:
        yield from differs("clusterNameRef", item.names("clusterNameRef"), [one.name for one in now.of("eks/Cluster")])
    else:
        yield from differs("clusterName", name, now.cluster)


@composed("TEN-04", "An ACK object says what is adopted and what stays on AWS, whatever its namespace says.")
def ten_04_adoption(item: Item, now: Pass) -> Complaints:
    """REL-18: what vanished from AWS is made again, which a controller that takes it for adopted would not do."""
    if not is_ack(item.manifest):
        return
    annotations = item.manifest["metadata"]["annotations"]
    # by names that are this claim's (the rules before), and by ids that AWS gave its objects (REL-10)
    yield from differs("adoption-policy", annotations.get(ADOPTION_POLICY), "adopt-or-create")
    yield from differs("adopted", annotations.get(ADOPTED), "false")
    if annotations.get(DELETION_POLICY) not in POLICIES:
        yield f"deletion-policy is {annotations.get(DELETION_POLICY)!r}"


@composed("TEN-06", "Nothing that the claim's metadata says reaches an object.")
def ten_06_no_import_by_annotation(item: Item, now: Pass) -> Complaints:
    metadata = now.claim["metadata"]
    labels = {key: text for key, text in metadata.get("labels", {}).items() if key not in CLAIM_LABELS}
    said = {*labels.values(), *metadata.get("annotations", {}).values()}
    yield from (f"has {text!r} of the claim's metadata" for text in sorted(said & set(texts(item.manifest))))
    annotations = set(item.manifest["metadata"].get("annotations") or {})
    if item.manifest["metadata"].get("labels") or annotations - (
        ACK_ANNOTATIONS if is_ack(item.manifest) else ANNOTATIONS
    ):
        yield "has labels, or annotations of others"


@composed("TEN-09", "Credentials are always named, and no field of the claim chooses them.")
def ten_09_credentials(item: Item, now: Pass) -> Complaints:
    found = item.manifest["spec"].get("providerConfigRef")
    if item.kind in USAGES:  # Crossplane's own, which needs none
        yield from differs("providerConfigRef", found, None)
    elif is_ack(item.manifest):
        # its credentials follow from the namespace alone, if the object asks for no other account (TEN-06); it names
        # the region, which the namespace's annotation would else choose
        yield from differs("region", item.manifest["metadata"]["annotations"].get(REGION), now.region)
        yield from differs("providerConfigRef", found, None)
    elif item.on_aws and now.is_behind_a_claim:
        yield from differs("providerConfigRef", found, {"name": now.namespace})
    else:
        kind = "ProviderConfig" if item.on_aws else "ClusterProviderConfig"
        yield from differs("providerConfigRef", found, {"kind": kind, "name": "argosy"})


@composed("TEN-09", "Objects are in the claim's namespace; one that has none is of a kind that never has.")
def ten_09_namespace(item: Item, now: Pass) -> Complaints:
    has_none = now.is_behind_a_claim and (item.on_aws or item.kind == "protection/ClusterUsage")
    wanted = None if has_none else now.namespace
    yield from differs("metadata.namespace", item.manifest["metadata"].get("namespace"), wanted)


@composed("TEN-10", "No object writes connection details into a Secret, whose namespace somebody would have to choose.")
def ten_10_no_connection_secrets(item: Item, now: Pass) -> Complaints:
    for name in ("writeConnectionSecretToRef", "publishConnectionDetailsTo"):
        if name in item.manifest["spec"]:
            yield f"has {name}"


@each("TEN-11", "The Secret is in Argo CD's namespace, under a name that the claim cannot choose.", "kubernetes/Secret")
def ten_11_place_of_the_secret(item: Item, now: Pass) -> Complaints:
    metadata = item.get("manifest", "metadata") or {}
    yield from differs("namespace", metadata.get("namespace"), now.fact("argocd", "namespace") or "argocd")
    if not re.fullmatch(rf"cluster-[a-z]([a-z0-9-]*[a-z0-9])?-{now.hash}", metadata.get("name", "")):
        yield f"name {metadata.get('name')}"


@each("TEN-12", "Labels of the Secret are the platform's; those of the claim have a prefix and are allowed by the hub.",
      "kubernetes/Secret")  # fmt: skip
def ten_12_labels(item: Item, now: Pass) -> Complaints:
    metadata = item.get("manifest", "metadata") or {}
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    yield from differs("secret-type", labels.get("argocd.argoproj.io/secret-type"), "cluster")
    for key, value in labels.items():
        mine = key.startswith(CLAIM_PREFIX) and key.removeprefix(CLAIM_PREFIX) in (now.fact("labels") or [])
        if not mine and not PLATFORM_LABELS.fullmatch(key):
            yield f"label {key}"
        if not LABEL_VALUE.fullmatch(value):
            yield f"label {key} has the value {value!r}"
    for key in annotations:
        if re.search(r"argoproj\.io/|crossplane\.io/|kubernetes\.io/|k8s\.io/|eks\.amazonaws\.com/|k8s\.aws/", key):
            yield f"annotation {key}"


@each("TEN-12", "Tenant and environment are what the hub says of the namespace and the claim.", "kubernetes/Secret")
def ten_12_selectors(item: Item, now: Pass) -> Complaints:
    labels = item.get("manifest", "metadata", "labels") or {}
    tenant = now.fact("namespaces", now.namespace, "tenant") or now.namespace
    yield from differs("tenant", labels.get("tenant"), tenant)
    yield from differs("environment", labels.get("environment"), now.asked("environment") or "dev")
    if labels.get("cluster_name", "").count(now.hash) != 1:
        yield f"cluster_name is {labels.get('cluster_name')}"


@each("TEN-13", "The Secret leads to the observed endpoint of this claim's cluster.", "kubernetes/Secret")
def ten_13_server(item: Item, now: Pass) -> Complaints:
    server = (now.secret or {}).get("data", {}).get("server", "")
    if now.fact("argocd", "mode") == "Capability":
        wanted = f"arn:{now.partition}:eks:{now.region}:{now.account}:cluster/{now.cluster}"
        yield from differs("server", server, wanted)
        return
    yield from differs("server", server, now.seen("cluster", "endpoint"))
    if not re.fullmatch(rf"https://[A-Z0-9.a-z-]+\.{now.region}\.eks\.{SERVER_SUFFIX[now.partition]}", server):
        yield f"server {server} is none of EKS"


@each("TEN-14", "The Secret brings no program, proxy or unverified connection.", "kubernetes/Secret")
def ten_14_no_programs(item: Item, now: Pass) -> Complaints:
    config = now.secret_config or {}
    yield from (f"config has {name}" for name in sorted(set(config) - {"awsAuthConfig", "tlsClientConfig"}))
    if config.get("tlsClientConfig", {}).get("insecure") is True:
        yield "connections are not verified"


@each("TEN-15", "What templates read is one short line without template marks.", "kubernetes/Secret")
def ten_15_no_templates(item: Item, now: Pass) -> Complaints:
    metadata = item.get("manifest", "metadata") or {}
    for text in texts({"labels": metadata.get("labels"), "annotations": metadata.get("annotations")}):
        if "{{" in text or "}}" in text or len(text) > 253 or not text.isprintable():
            yield f"{text!r}"


@whole("TEN-18", "The only objects on the hub are the Secret of this cluster and the guard of its namespace.")
def ten_18_only_secret_and_guard(now: Pass) -> Complaints:
    kinds = [
        f"{item.get('manifest', 'apiVersion')} {item.get('manifest', 'kind')}"
        for item in now.objects
        if item.manifest["kind"] == "Object"
    ]
    allowed = {"v1 Secret", "protection.crossplane.io/v1beta1 ClusterUsage"}
    yield from (f"puts a {kind} on the hub" for kind in kinds if kind not in allowed or kinds.count(kind) > 1)


@each("TEN-17", "No team's project owns the cluster: Argo CD would let it deploy into every namespace.",
      "kubernetes/Secret")  # fmt: skip
def ten_17_no_project(item: Item, now: Pass) -> Complaints:
    found = (now.secret or {}).get("data", {}).get("project")
    # AWS's form for the capability names the project of the platform
    wanted = "default" if now.fact("argocd", "mode") == "Capability" else None
    yield from differs("project", found, wanted)


@whole("TEN-20", "An answer fits into a message, and each of its objects into the API server.", settled=True)
def ten_20_sizes(now: Pass) -> Complaints:
    sizes = {item.key: sum(len(text.encode()) + 4 for text in texts(item.manifest)) for item in now.objects}
    yield from (f"{key} is too large" for key, size in sizes.items() if size > OBJECT_LIMIT)
    if not sizes or sum(sizes.values()) > ANSWER_LIMIT:
        yield "the answer is empty or too large"


@whole("TEN-24", "No message, status or object tells what the hub knows of other namespaces.")
def ten_24_nothing_of_others(now: Pass) -> Complaints:
    others = {name: facts for name, facts in (now.fact("namespaces") or {}).items() if name != now.namespace}
    mine = "\n".join((str(now.claim["spec"]), str(now.fact("namespaces", now.namespace)), str(now.account)))
    known = {text for name, facts in others.items() for text in (name, *texts(list(facts.values())))}
    secrets = {text for text in known if text not in mine}
    told = [
        *texts([dict(item) for item in (*now.conditions, *now.results)]),
        *texts(now.claim.get("status")),
        *(text for item in now.objects for text in texts(item.manifest)),
    ]
    for secret in sorted(secrets):
        yield from (f"tells {secret}: {text[:80]}" for text in told if secret in text)


@each("TEN-25", "Pod Identity gives roles of this claim, to workloads outside of the system's namespaces.",
      "eks/PodIdentityAssociation")  # fmt: skip
def ten_25_pod_identities(association: Item, now: Pass) -> Complaints:
    if association.get("roleArn") is not None or not any(
        now.named("iam/Role", name) for name in association.names("roleArnRef")
    ):
        yield "gives a role that is not this claim's"
    namespace, account = association.get("namespace"), association.get("serviceAccount")
    if namespace == "argocd" or (namespace.startswith("kube-") and account not in SYSTEM_ACCOUNTS):
        yield f"is for {namespace}/{account}"
    workloads = {(identity["namespace"], identity["serviceAccount"]) for identity in now.asked("identities") or []}
    if (namespace, account) in workloads and namespace.startswith("kube-"):
        yield "a workload stands in a namespace of the system"
