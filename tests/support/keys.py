"""The contract of keys, written a second time: which composed resources a claim has, from the claim alone.

A renamed key is a deletion and a creation (REL-03), so the design may not be its own judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.data.regions import default_zones
from argosy.names import digest, slug

REGISTRATION = (
    "role-spoke",
    "access-entry-argocd",
    "access-policy-argocd-clusteradminpolicy",
    "argocd-cluster-secret",
)
NODE_ADDONS = ("coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni")


def keys(spec: Mapping[str, Any], *, registers: bool = True) -> frozenset[str]:
    """Composition-resource names that a claim has once nothing waits.

    Args:
        spec: the `spec` of a claim.
        registers: whether the hub can register it (sample hub facts: in partition `aws` only).
    """
    zones = spec.get("network", {}).get("zones") or default_zones(spec["region"])
    registers = registers and spec.get("argocd", {}).get("register", True)
    return frozenset(
        (
            *_network(spec.get("network", {}), zones),
            *_control_plane(spec),
            *_nodes(spec),
            *_identities(spec),
            *(key for database in spec.get("databases", []) for key in _database(database, zones)),
            *(_shared_by_databases(zones) if spec.get("databases") else ()),
            *(REGISTRATION * registers),
            *_guards(spec),
        )
    )


def _guards(spec: Mapping[str, Any]) -> Iterator[str]:
    databases = spec.get("databases", [])
    if spec.get("lifecycle") != "Decommission":  # afterwards it leaves, when its gates are observed open
        yield "guard-claim"
    yield "guard-namespace"
    yield from (f"usage-{key}-by-cluster" for key in ("role-cluster", "log-group-cluster", "key-cluster"))
    yield from (f"usage-cluster-by-ingress-database-{database['name']}" for database in databases)
    stays = any(database.get("onDelete") == "Retain" for database in databases)
    yield from (f"usage-guard-namespace-by-{key}" for key in ("key-cluster", "internet-gateway" if stays else "vpc"))


def _network(network: Mapping[str, Any], zones: Any) -> Iterator[str]:
    yield from ("vpc", "default-security-group", "internet-gateway", "route-table-public", "route-public")
    flow_logs = network.get("flowLogs", {})
    if flow_logs.get("enabled", True):
        yield from ("role-flow-logs", "log-group-flow-logs", f"flow-log-{flow_logs.get('trafficType', 'All').lower()}")
    nat = network.get("natGateways", "PerZone")
    if nat == "Single":
        yield from (f"nat-gateway-{min(zones)}", f"elastic-ip-{min(zones)}")
    for zone in zones:
        yield f"route-table-private-{zone}"
        for tier in ("public", "private"):
            yield from (f"subnet-{tier}-{zone}", f"route-table-association-{tier}-{zone}")
        if nat != "None":
            yield f"route-private-{zone}"
        if nat == "PerZone":
            yield from (f"nat-gateway-{zone}", f"elastic-ip-{zone}")


def _control_plane(spec: Mapping[str, Any]) -> Iterator[str]:
    yield from ("role-cluster", "key-cluster", "log-group-cluster", "cluster")
    if spec.get("nodes", {}).get("autoMode", {}).get("enabled", True):
        yield "role-auto-node"
    access = spec.get("access", {})
    for arn in access.get("admins", []):
        yield from _entry(arn, {"AmazonEKSClusterAdminPolicy": []})
    for entry in access.get("entries", []):
        policies = {policy["name"]: policy.get("namespaces", []) for policy in entry.get("policies", [])}
        yield from _entry(entry["principalArn"], policies)


def _entry(arn: str, policies: Mapping[str, list[str]]) -> Iterator[str]:
    who = f"{slug(arn.rsplit('/', 1)[-1], 24)}-{digest(arn)}"
    yield f"access-entry-{who}"
    for name, namespaces in policies.items():
        where = f"-{digest(*sorted(namespaces))}" if namespaces else ""
        yield f"access-policy-{who}-{slug(name.removeprefix('AmazonEKS'), 24)}{where}"


def _nodes(spec: Mapping[str, Any]) -> Iterator[str]:
    groups = spec.get("nodes", {}).get("groups", [])
    if not groups:
        return
    yield from ("role-node", "role-addon-vpc-cni", "pod-identity-addon-vpc-cni")
    for group in groups:
        yield from (f"node-group-{group['name']}", f"launch-template-{group['name']}")
    asked = [addon["name"] for addon in spec.get("addons", [])]
    yield from (f"addon-{name}" for name in (*NODE_ADDONS, *asked))
    if "aws-ebs-csi-driver" in asked:
        yield from ("role-addon-aws-ebs-csi-driver", "pod-identity-addon-aws-ebs-csi-driver")


def _identities(spec: Mapping[str, Any]) -> Iterator[str]:
    kebab = {
        "awsLoadBalancerController": "aws-load-balancer-controller",
        "certManager": "cert-manager",
        "clusterAutoscaler": "cluster-autoscaler",
        "externalDns": "external-dns",
        "externalSecrets": "external-secrets",
    }
    addons = [f"addon-{kebab[name]}" for name in spec.get("argocd", {}).get("addons", {}) if name in kebab]
    for use in (*addons, *(f"workload-{identity['name']}" for identity in spec.get("identities", []))):
        yield from (f"role-{use}", f"pod-identity-{use}")


def _shared_by_databases(zones: Any) -> Iterator[str]:
    yield from ("role-monitoring", "subnet-group-databases", "route-table-database")
    for zone in zones:
        yield from (f"subnet-database-{zone}", f"route-table-association-database-{zone}")


def _database(database: Mapping[str, Any], zones: Any) -> Iterator[str]:
    name = database["name"]
    for what in ("key-database", "security-group-database", "ingress-database", "database", "parameter-group"):
        yield f"{what}-{name}"
    if database.get("engine") == "AuroraPostgreSQL":
        yield from (f"cluster-instance-{name}-{zone}" for zone in database.get("zones") or zones)
