"""Schemas of the built-in kinds that `examples/setup` uses, and of some others, as far as it uses them.

Sources: Kubernetes API reference v1.35; API reference of the Prometheus Operator, `PrometheusRule`; the
CustomResourceDefinitions of Argo CD 3.2.11 and of ACK's runtime v0.62.0 (`IAMRoleSelector`). Strict: a field that is
not listed here is refused, be it a real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STRING = {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
TEXTS = {"type": "object", "additionalProperties": STRING}


def _object(required: str = "", /, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required.split()}


METADATA = _object("name", name=STRING, namespace=STRING, annotations=TEXTS, labels=TEXTS)
RULES = {
    "type": "array",
    "minItems": 1,
    "items": _object(
        "apiGroups resources verbs", apiGroups=STRINGS, resources=STRINGS, resourceNames=STRINGS, verbs=STRINGS
    ),
}
ROLE_REF = _object(
    "apiGroup kind name",
    apiGroup={"enum": ["rbac.authorization.k8s.io"]},
    kind={"enum": ["ClusterRole", "Role"]},
    name=STRING,
)
SUBJECTS = {
    "type": "array",
    "items": _object(
        "kind name", kind={"enum": ["Group", "ServiceAccount", "User"]}, apiGroup=STRING, name=STRING, namespace=STRING
    ),
}
ALERTS = _object(
    "name rules",
    name=STRING,
    rules={
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["alert", "expr"],
            "properties": {
                "alert": STRING,
                "expr": STRING,
                "for": {"type": "string", "pattern": "^[0-9]+[smh]$"},
                "labels": TEXTS,
                "annotations": TEXTS,
            },
        },
    },
)
SELECTOR = _object(
    matchLabels=TEXTS,
    matchExpressions={
        "type": "array",
        "items": _object(
            "key operator", key=STRING, operator={"enum": ["In", "NotIn", "Exists", "DoesNotExist"]}, values=STRINGS
        ),
    },
)
PORTS = {
    "type": "array",
    "items": _object("port", protocol={"enum": ["TCP", "UDP"]}, port={"type": "integer", "minimum": 1}),
}
PEERS = {
    "type": "array",
    "minItems": 1,  # an empty list would be everybody
    "items": _object(
        namespaceSelector=SELECTOR, podSelector=SELECTOR, ipBlock=_object("cidr", cidr=STRING, **{"except": STRINGS})
    ),
}
NETWORK_POLICY = _object(
    "podSelector policyTypes",
    podSelector=SELECTOR,
    policyTypes={"type": "array", "items": {"enum": ["Ingress", "Egress"]}},
    ingress={"type": "array", "items": _object("ports", **{"from": PEERS}, ports=PORTS)},
    egress={"type": "array", "items": _object("to ports", to=PEERS, ports=PORTS)},
)
EXPRESSIONS = {"type": "array", "minItems": 1, "items": _object("name expression", name=STRING, expression=STRING)}
OPERATIONS = {"type": "array", "minItems": 1, "items": {"enum": ["CREATE", "UPDATE", "DELETE"]}}
ADMISSION_POLICY = _object(
    "failurePolicy matchConstraints validations",
    failurePolicy={"enum": ["Fail", "Ignore"]},
    paramKind=_object("apiVersion kind", apiVersion=STRING, kind=STRING),
    matchConstraints=_object(
        "resourceRules",
        namespaceSelector=SELECTOR,
        resourceRules={
            "type": "array",
            "minItems": 1,
            "items": _object(
                "apiGroups apiVersions resources operations",
                apiGroups=STRINGS,
                apiVersions=STRINGS,
                resources=STRINGS,
                operations=OPERATIONS,
            ),
        },
    ),
    matchConditions=EXPRESSIONS,
    variables=EXPRESSIONS,
    validations={
        "type": "array",
        "minItems": 1,
        "items": _object(
            "expression reason",
            expression=STRING,
            message=STRING,
            messageExpression=STRING,
            reason={"enum": ["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"]},
        ),
    },
)
ADMISSION_BINDING = _object(
    "policyName validationActions",
    policyName=STRING,
    validationActions={"type": "array", "minItems": 1, "items": {"enum": ["Deny", "Warn", "Audit"]}},
    paramRef=_object(
        "selector parameterNotFoundAction", selector=SELECTOR, parameterNotFoundAction={"enum": ["Allow", "Deny"]}
    ),
)
GROUP_KINDS = {"type": "array", "minItems": 1, "items": _object("group kind", group=STRING, kind=STRING)}
DESTINATION = _object("server namespace", server=STRING, namespace=STRING)
APP_PROJECT = _object(
    "sourceRepos destinations clusterResourceWhitelist namespaceResourceWhitelist",
    sourceRepos=STRINGS,
    destinations={"type": "array", "minItems": 1, "items": DESTINATION},
    clusterResourceWhitelist=GROUP_KINDS,
    namespaceResourceWhitelist=GROUP_KINDS,
)
APPLICATION = _object(
    "project source destination",
    project=STRING,
    source=_object(
        "repoURL chart targetRevision",
        repoURL=STRING,
        chart=STRING,
        targetRevision=STRING,
        helm=_object(releaseName=STRING, values=STRING),
    ),
    destination=DESTINATION,
    ignoreDifferences={
        "type": "array",
        "items": _object("kind", group=STRING, kind=STRING, name=STRING, jsonPointers=STRINGS),
    },
    syncPolicy=_object(
        automated=_object(prune={"type": "boolean"}, selfHeal={"type": "boolean"}),
        syncOptions=STRINGS,
        retry=_object(limit={"type": "integer"}, refresh={"type": "boolean"}),
    ),
)
APPLICATION_SET = _object(
    "generators template",
    goTemplate={"type": "boolean"},
    goTemplateOptions=STRINGS,
    generators={
        "type": "array",
        "minItems": 1,
        "items": _object(
            list=_object(
                elements={
                    "type": "array",
                    "items": _object("service version kinds", service=STRING, version=STRING, kinds=STRINGS),
                }
            )
        ),
    },
    syncPolicy=_object(
        applicationsSync={"enum": ["create-only", "create-update", "create-delete", "sync"]},
        preserveResourcesOnDeletion={"type": "boolean"},
    ),
    template=_object("metadata spec", metadata=_object("name", name=STRING), spec=APPLICATION),
)
IAM_ROLE_SELECTOR = _object("arn", arn=STRING, namespaceSelector=_object("names", names=STRINGS))
NAMESPACED = frozenset(
    {
        "AppProject",
        "ApplicationSet",
        "ConfigMap",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "PrometheusRule",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "Secret",
        "ServiceAccount",
    }
)
KINDS: Mapping[tuple[str, str], dict[str, Any]] = {
    ("argoproj.io/v1alpha1", "AppProject"): {"spec": APP_PROJECT},
    ("argoproj.io/v1alpha1", "ApplicationSet"): {"spec": APPLICATION_SET},
    ("monitoring.coreos.com/v1", "PrometheusRule"): {
        "spec": _object("groups", groups={"type": "array", "items": ALERTS})
    },
    ("services.k8s.aws/v1alpha1", "IAMRoleSelector"): {"spec": IAM_ROLE_SELECTOR},
    ("v1", "ConfigMap"): {"data": TEXTS},
    ("v1", "Namespace"): {},
    ("v1", "ResourceQuota"): {"spec": _object("hard", hard=TEXTS)},
    ("v1", "Secret"): {"type": {"enum": ["Opaque"]}, "stringData": TEXTS},
    ("v1", "ServiceAccount"): {"automountServiceAccountToken": {"type": "boolean"}},
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"): {"spec": ADMISSION_POLICY},
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"): {"spec": ADMISSION_BINDING},
    ("networking.k8s.io/v1", "NetworkPolicy"): {"spec": NETWORK_POLICY},
    ("policy/v1", "PodDisruptionBudget"): {
        "spec": _object("minAvailable selector", minAvailable={"type": "integer"}, selector=SELECTOR)
    },
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): {"rules": RULES},
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): {"roleRef": ROLE_REF, "subjects": SUBJECTS},
    ("rbac.authorization.k8s.io/v1", "Role"): {"rules": RULES},
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): {"roleRef": ROLE_REF, "subjects": SUBJECTS},
}
OPTIONAL = frozenset({"automountServiceAccountToken"})


def schema(api_version: str, kind: str) -> dict[str, Any] | None:
    """The schema of a built-in kind, or None."""
    fields = KINDS.get((api_version, kind))
    if fields is None:
        return None
    required = ["apiVersion", "kind", "metadata", *(name for name in fields if name not in OPTIONAL)]
    return _object(" ".join(required), apiVersion=STRING, kind=STRING, metadata=METADATA, **fields)
