"""The edges of the main path, written a second time: the design may not be its own judge.

Two things keep an object from being made or from getting ready: a gate, for which this table is the contract (source:
design, section 3 idea 3), and a reference to another object, which stands in the manifest itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

# The account, which is read from the ARN of the cluster's role, stands in trusts and key policies.
ACCOUNT = ("role-cluster",)
NODE_ADDONS = ("addon-vpc-cni", "addon-kube-proxy", "addon-eks-pod-identity-agent", "pod-identity-addon-vpc-cni")
ARGOCD = ("access-entry-argocd", "access-policy-argocd-clusteradminpolicy", "role-spoke")

GATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("key-cluster", ACCOUNT),
    ("key-database-.+", ACCOUNT),
    ("role-flow-logs", ACCOUNT),
    ("role-monitoring", ACCOUNT),
    ("role-addon-.+", ACCOUNT),
    ("role-workload-.+", ACCOUNT),
    ("role-addon-aws-load-balancer-controller", ("vpc",)),  # its policy names the VPC's ARN
    ("cluster", ("role-cluster", "log-group-cluster", "key-cluster", "role-auto-node")),
    ("addon-.+", ("cluster",)),
    ("pod-identity-.+", ("cluster",)),
    ("access-entry-.+", ("cluster",)),
    ("access-policy-.+", ("cluster",)),
    ("addon-vpc-cni", ("pod-identity-addon-vpc-cni",)),
    ("addon-aws-ebs-csi-driver", ("pod-identity-addon-aws-ebs-csi-driver",)),
    ("(node-group|launch-template)-.+", ("cluster", *NODE_ADDONS)),
    ("node-group-(.+)", ("launch-template-{}",)),
    ("ingress-database-.+", ("cluster",)),
    ("database-(.+)", ("key-database-{}",)),  # its id is in the first name of the final snapshot
    ("cluster-instance-(.+)-[a-h]", ("key-database-{}",)),
    ("argocd-cluster-secret", ("cluster", *ARGOCD, "vpc")),
    ("usage-(.+?)-by-(.+)", ("{0}", "{1}")),
    ("usage-guard-namespace-by-vpc", ("default-security-group",)),  # it is made with the VPC
)
"""By pattern of the key: what must be usable before such an object is made; `{}` is what the pattern found."""

ACK_GATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("access-entry-argocd", ("role-spoke",)),
    ("flow-log-.+", ("vpc",)),
    ("cluster-instance-(.+)-[a-h]", ("database-{}",)),
    ("usage-cluster-by-ingress-database-(.+)", ("security-group-database-{}",)),
)
"""What is a gate beside these where ACK has no reference, or folds the object that a Usage waits for into another."""

KNOWN_ACCOUNTS = ("team-orders",)
"""Namespaces whose account the sample hub facts name: the role tells whether the credentials lead there."""

AFTER_ANY_GROUP = ("addon-coredns", "addon-aws-ebs-csi-driver")

Objects = Mapping[str, Mapping[str, Any]]


def gates(key: str, objects: Objects) -> frozenset[str]:
    """Keys of what must be usable before `key` is made, of the objects that the claim has."""
    found: set[str] = set()
    for pattern, needed in (*GATES, *(ACK_GATES if _on_ack(objects) else ())):
        if match := re.fullmatch(pattern, key):
            found |= {item.format(*match.groups()) for item in needed}
    if objects["guard-claim"]["metadata"]["namespace"] in KNOWN_ACCOUNTS and not key.startswith("guard-"):
        found |= {"role-cluster"} - {key}
    if key == "role-addon-external-secrets":  # its policy names their ARNs
        found |= {other for other in objects if other.startswith("key-database-")}
    if re.fullmatch("(node-group|launch-template)-.+", key):
        found |= _way_out(objects[f"node-group-{key.split('-', 2)[2]}"], objects)
    return frozenset(found & set(objects))


def _on_ack(objects: Objects) -> bool:
    return str(objects["vpc"]["apiVersion"]).partition("/")[0].endswith(".services.k8s.aws")


def _fields(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an object says of its thing."""
    spec: Mapping[str, Any] = item["spec"]
    fields: Mapping[str, Any] = spec.get("forProvider", {} if item["kind"].endswith("Usage") else spec)
    return fields


def _way_out(group: Mapping[str, Any], objects: Objects) -> set[str]:
    """Subnets and routes from the nodes of a group to the internet."""
    found = {"route-table-public", "route-public"}
    fields = _fields(group)
    for ref in fields.get("subnetIdRefs") or fields["subnetRefs"]:
        zone = _name(ref)[-1]
        nat = zone if f"nat-gateway-{zone}" in objects else "a"
        found |= {f"{what}-private-{zone}" for what in ("subnet", "route-table-association", "route-table", "route")}
        found |= {f"{what}-public-{nat}" for what in ("subnet", "route-table-association")}
        found |= {f"nat-gateway-{nat}", f"elastic-ip-{nat}"}
    return found


def references(key: str, objects: Objects) -> frozenset[str]:
    """Keys of the objects that an object refers to by name."""
    by_name = {item["metadata"]["name"]: other for other, item in objects.items()}
    return frozenset(by_name[name] for name in _names(_fields(objects[key])) if name in by_name)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for field, item in value.items():
            if field.endswith("Ref") and isinstance(item, Mapping):
                yield _name(item)
            elif field.endswith("Refs") and isinstance(item, list):
                yield from (_name(ref) for ref in item)
            else:
                yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _name(reference: Mapping[str, Any]) -> str:
    """Whom a reference names; ACK says it one level deeper."""
    return str(reference.get("from", reference)["name"])


def groups(objects: Objects) -> frozenset[str]:
    """Keys of node groups."""
    return frozenset(key for key in objects if key.startswith("node-group-"))


def held_by(stuck: str, objects: Objects) -> frozenset[str]:
    """Keys of what is not made while `stuck` is not usable, directly or through others.

    An object that refers to something unusable is made, and does not get ready; what waits for it is not made.
    """
    not_made: frozenset[str] = frozenset()
    unusable = frozenset({stuck})
    while True:
        more = not_made | {key for key in objects if key != stuck and _gate_is_closed(key, objects, unusable)}
        sick = unusable | more | {key for key in objects if references(key, objects) & unusable}
        if (more, sick) == (not_made, unusable):
            return not_made
        not_made, unusable = more, sick


def _gate_is_closed(key: str, objects: Objects, unusable: frozenset[str]) -> bool:
    if key in AFTER_ANY_GROUP and groups(objects) and groups(objects) <= unusable:
        return True
    return bool(gates(key, objects) & unusable)
