"""Roles and the documents inside of manifests."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.policies.documents import action
from tests.safety.answers import Item, Pass, listed, statements, texts
from tests.safety.checks import Complaints, composed, differs, each, whole

TRUST_LIMIT, INLINE_LIMIT, KEY_LIMIT, ROLE_POLICIES = 2048, 10240, 32768, 10
"""Characters of a trust policy (default quota of IAM), of a role's inline policies together, of a key policy (KMS), and
policies of a role (default quota)."""
ARN = re.compile(r"arn:(aws[a-z-]*|\*):")
EKS_ADDONS_WITH_IDENTITY = ("serviceAccountRoleArn", "serviceAccountRoleArnRef", "podIdentityAssociation")
TAKES_NO_RESOURCE = {
    # no tag of these can be tested where they start; their documents say why (tests/policies)
    "ec2:CreateSecurityGroup",
    "iam:CreateServiceLinkedRole",
}


def documents(item: Item) -> Iterator[tuple[str, Any]]:
    """Every document of an object: where it stands, and its text."""
    if item.kind == "iam/Role":
        yield "assumeRolePolicy", item.get("assumeRolePolicy")
        for policy in item.get("inlinePolicy") or []:
            yield f"inlinePolicy {policy['name']}", policy["policy"]
    if item.kind == "kms/Key":
        yield "policy", item.get("policy")


def parsed(text: Any) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def granted(role: Item) -> Iterator[dict[str, Any]]:
    """Statements of a role's inline policies."""
    for number, _ in enumerate(role.get("inlinePolicy") or []):
        yield from statements(role.document("inlinePolicy", number, "policy"))


def role_of(association: Item, now: Pass) -> Item | None:
    return next((now.named("iam/Role", name) for name in association.names("roleArnRef")), None)


@each(
    "IAM-01",
    "A service account's role is assumed by Pod Identity for that account of that cluster, and by nothing else.",
    "eks/PodIdentityAssociation",
    scanners="CKV_AWS_60 CKV_AWS_61",
)
def iam_01_pod_identity_trust(association: Item, now: Pass) -> Complaints:
    role = role_of(association, now)
    if role is None:
        yield "roleArnRef is no composed role"
        return
    wanted = {
        "aws:SourceAccount": now.account,
        "aws:RequestTag/eks-cluster-arn": f"arn:{now.partition}:eks:{now.region}:{now.account}:cluster/{now.cluster}",
        "aws:RequestTag/kubernetes-namespace": association.get("namespace"),
        "aws:RequestTag/kubernetes-service-account": association.get("serviceAccount"),
    }
    if now.fact("organizationId"):
        wanted["aws:SourceOrgId"] = now.fact("organizationId")
    [statement] = statements(role.document("assumeRolePolicy")) or [{}]
    yield from differs("principal", statement.get("Principal"), {"Service": "pods.eks.amazonaws.com"})
    yield from differs("actions", sorted(listed(statement.get("Action"))), ["sts:AssumeRole", "sts:TagSession"])
    yield from differs("conditions", statement.get("Condition"), {"StringEquals": wanted})


@each("IAM-02", "Trusts know a cluster by its ARN: its name alone is not unique.", "iam/Role")
def iam_02_cluster_by_arn(role: Item, now: Pass) -> Complaints:
    for statement in statements(role.document("assumeRolePolicy")):
        keys = {key for values in statement.get("Condition", {}).values() for key in values}
        if any(key.startswith("aws:RequestTag/") for key in keys) and "aws:RequestTag/eks-cluster-arn" not in keys:
            yield f"{statement['Sid']} does not name the cluster's ARN"


@each("IAM-04", "Sessions carry their tags, on which policies are bound.", "eks/PodIdentityAssociation")
def iam_04_session_tags(association: Item, now: Pass) -> Complaints:
    yield from differs("disableSessionTags", association.get("disableSessionTags"), False)
    if association.get("policy") is not None:
        yield "has a session policy, which forbids session tags"


@each("IAM-05", "No role trusts an OIDC provider: Pod Identity serves everything that is asked for.", "iam/Role")
def iam_05_no_irsa(role: Item, now: Pass) -> Complaints:
    for statement in statements(role.document("assumeRolePolicy")):
        if "Federated" in statement["Principal"]:
            yield f"trusts {statement['Principal']}"


@whole("IAM-06", "One role per service account, one association per service account, one name per role.")
def iam_06_one_role_each(now: Pass) -> Complaints:
    associations = now.of("eks/PodIdentityAssociation")
    accounts = [(item.get("namespace"), item.get("serviceAccount")) for item in associations]
    roles = [name for item in associations for name in item.names("roleArnRef")]
    names = [item.external_name for item in now.of("iam/Role")]
    counts: dict[str, Counter[Any]] = {
        "service account": Counter(accounts),
        "role": Counter(roles),
        "role name": Counter(names),
    }
    for what, counted in counts.items():
        yield from (f"{what} {value} is there twice" for value, times in counted.items() if times > 1)


@each("IAM-06", "Add-ons get their identity by an association, never by a field of their own.", "eks/Addon")
def iam_06_one_mechanism(addon: Item, now: Pass) -> Complaints:
    yield from (f"{name} is set" for name in EKS_ADDONS_WITH_IDENTITY if addon.get(name) is not None)


@each("IAM-06", "Role names fit, and have no path, which would not tell them apart.", "iam/Role")
def iam_06_role_names(role: Item, now: Pass) -> Complaints:
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", role.external_name or "", re.ASCII):
        yield f"name {role.external_name}"
    if role.get("path") is not None:
        yield f"path {role.get('path')}"


@each("IAM-07", "Every role has the boundary that the platform sets.", "iam/Role")
def iam_07_boundary(role: Item, now: Pass) -> Complaints:
    yield from differs("permissionsBoundary", role.get("permissionsBoundary"), now.fact("permissionsBoundary"))


@each("IAM-08", "Nobody may pass any role to any service.", "iam/Role", scanners="AWS-0342")
def iam_08_pass_role(role: Item, now: Pass) -> Complaints:
    for statement in granted(role):
        if "iam:PassRole" not in listed(statement.get("Action")):
            continue
        keys = {key for values in statement.get("Condition", {}).values() for key in values}
        if "*" in "".join(listed(statement.get("Resource"))) or "iam:PassedToService" not in keys:
            yield f"{statement['Sid']} passes any role"


@each(
    "IAM-09",
    "No policy allows all actions of AWS or of a service, or everything but some.",
    "iam/Role",
    scanners="IAM.1 IAM.21 CKV_AWS_62 CKV_AWS_63 CKV_AWS_274 CKV2_AWS_40 CKV2_AWS_56",
)
def iam_09_no_wildcards(role: Item, now: Pass) -> Complaints:
    for statement in granted(role):
        if {"NotAction", "NotResource", "NotPrincipal"} & set(statement):
            yield f"{statement['Sid']} allows everything but some"
        yield from (f"{statement['Sid']} allows {name}" for name in listed(statement.get("Action")) if "*" in name)
    for arn in role.get("managedPolicyArns") or []:
        if arn.rsplit("/", 1)[-1] in ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess"):
            yield f"has {arn}"


@each(
    "IAM-10",
    "What changes something is bound to named resources, or by a condition to this cluster.",
    "iam/Role",
    scanners="CKV_AWS_290 CKV_AWS_355",
)
def iam_10_bound_to_the_cluster(role: Item, now: Pass) -> Complaints:
    ours = (now.cluster or "", str(now.seen("vpc", "arn")), "${aws:PrincipalTag/eks-cluster-name}")
    for statement in granted(role):
        bound = json.dumps(statement.get("Condition", {}))
        if "*" not in listed(statement.get("Resource")) or any(mark and mark in bound for mark in ours):
            continue
        for name in listed(statement.get("Action")):
            found = action(name)
            if found is None or (found.changes and name not in TAKES_NO_RESOURCE):
                yield f"{statement['Sid']} allows {name} on everything"


@composed("IAM-11", "Every ARN is of the region's partition.")
def iam_11_partition(item: Item, now: Pass) -> Complaints:
    found = {partition for text in texts(item.manifest) for partition in ARN.findall(text)}
    yield from (f"an ARN of {partition}" for partition in sorted(found - {now.partition}))


@each("IAM-12", "Documents are canonical JSON of the policy grammar: the same text for ever.", "iam/Role", "kms/Key")
def iam_12_canonical(item: Item, now: Pass) -> Complaints:
    for where, text in documents(item):
        document = parsed(text)
        if document is None:
            yield f"{where} is no JSON object"
            continue
        yield from differs(f"{where}: text", text, json.dumps(document, sort_keys=True, separators=(",", ":")))
        yield from differs(f"{where}: Version", document.get("Version"), "2012-10-17")
        yield from differs(f"{where}: keys", sorted(document), ["Statement", "Version"])
        sids = [statement.get("Sid") for statement in statements(document)]
        if not sids or None in sids or len(set(sids)) < len(sids):
            yield f"{where}: Sids {sids}"
        yield from (
            f"{where}: list {found} is not sorted" for found in _lists(statements(document)) if found != sorted(found)
        )


def _lists(value: Any) -> Iterator[list[Any]]:
    """Lists below statements: none of them has an order."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, list):
            yield item
        elif isinstance(item, dict):
            yield from _lists(item)


@each("IAM-12", "Documents and policies are as many and as long as AWS takes.", "iam/Role", "kms/Key")
def iam_12_limits(item: Item, now: Pass) -> Complaints:
    if item.kind == "kms/Key":
        if len(item.get("policy") or "") > KEY_LIMIT:
            yield "policy is too long"
        return
    inline = [policy["policy"] for policy in item.get("inlinePolicy") or []]
    if len(item.get("assumeRolePolicy") or "") > TRUST_LIMIT:
        yield "assumeRolePolicy is too long"
    if (length := sum(map(len, inline))) > INLINE_LIMIT:
        yield f"inline policies have {length} characters"
    if len(item.get("managedPolicyArns") or []) > ROLE_POLICIES:
        yield "has too many policies"


@each("IAM-12", "Documents have no place left open.", "iam/Role", "kms/Key")
def iam_12_complete(item: Item, now: Pass) -> Complaints:
    for where, text in documents(item):
        found = list(texts(parsed(text) or {}))
        if not found or any(re.search(r"(^|[:/])(None|Unknown)\b", one) for one in found):
            yield f"{where} has a hole"
        if any(re.match(r"arn:[a-z-]*:[a-z0-9-]*:[a-z0-9-]*::(cluster|role|key|vpc)\b", one) for one in found):
            yield f"{where} names no account"
