"""The lives that are judged: every example, and settings of hub and claim that no example has."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from argosy.cli.options import sample_hub
from tests.safety.answers import Story, tell
from tests.support.lives import CLUSTER_ENGINE, ENGINE, EXAMPLE_NAMES, Life, claim_of, example

ACCOUNT = "111122223333"
ACK = "ack"
Hub = list[dict[str, Any]]


def hub(**facts: Any) -> Hub:
    """The sample hub with other facts."""
    changed = copy.deepcopy(sample_hub())
    changed[0]["data"].update(facts)
    return changed


def hub_of(partition: str) -> Hub:
    argocd = {"namespace": "argocd", "mode": "SelfManaged", "roleArn": f"arn:{partition}:iam::999988887777:role/hub"}
    return hub(argocd=argocd)


def everything(region: str, partition: str) -> dict[str, Any]:
    """A claim with something of every kind, in lists of more than one."""
    zone_arn = f"arn:{partition}:route53:::hostedzone/Z0123456789"
    principal = f"arn:{partition}:iam::{ACCOUNT}:role"
    return {
        "region": region,
        "environment": "prod",
        "network": {
            "cidr": "10.60.0.0/16",
            "zones": ["b", "a"],
            "flowLogs": {"trafficType": "Reject", "retentionDays": 30},
        },
        "controlPlane": {"logs": {"types": ["scheduler", "audit"], "retentionDays": 30}, "upgradePolicy": "Standard"},
        "access": {
            "admins": [f"{principal}/two", f"{principal}/one"],
            "entries": [
                {"principalArn": f"{principal}/viewer", "policies": [{"name": "AmazonEKSViewPolicy"}]},
                {
                    "principalArn": f"{principal}/editor",
                    "policies": [{"name": "AmazonEKSEditPolicy", "namespaces": ["web", "jobs"]}],
                    "kubernetesGroups": ["web:oncall", "jobs:oncall"],
                },
            ],
        },
        "nodes": {
            "groups": [
                {"name": "zero", "minSize": 0, "labels": {"b": "1", "a": "2"}},
                {"name": "arm", "amiType": "AL2023_ARM_64_STANDARD", "instanceTypes": ["m7g.large"], "zones": ["b"]},
            ]
        },
        "addons": [{"name": "vpc-cni", "configurationValues": '{"env":{"A":"1"}}'}, {"name": "aws-ebs-csi-driver"}],
        "identities": [
            {
                "name": name,
                "namespace": "jobs",
                "serviceAccount": name,
                "policyArns": [
                    f"arn:{partition}:iam::aws:policy/ReadOnlyAccess",
                    f"arn:{partition}:iam::{ACCOUNT}:policy/p",
                ],
            }
            for name in ("worker", "beat")
        ],
        "argocd": {
            "labels": {"team": "web", "cost-center": "7"},
            "addons": {
                "awsLoadBalancerController": {},
                "certManager": {"hostedZoneArns": [zone_arn, f"{zone_arn}A"]},
                "clusterAutoscaler": {},
                "externalDns": {"hostedZoneArns": [f"{zone_arn}A", zone_arn]},
                "externalSecrets": {},
            },
        },
        "databases": [
            {"name": "two", "engine": "AuroraPostgreSQL", "deletionProtection": False},
            {"name": "one", "multiAZ": False},
        ],
        "tags": {"Zone": "z", "cost-center": "4711"},
    }


def turned_off(engine: str) -> Life:
    """Auto Mode was on, and a node group takes over."""
    before = Life(example("minimal", engine))
    before.settle()
    return before.change({"nodes": {"autoMode": {"enabled": False}, "groups": [{"name": "general"}]}})


ENDS = [
    {"name": "orders"},
    {"name": "kept", "engine": "AuroraPostgreSQL", "onDelete": "Retain"},
    {"name": "scratch", "onDelete": "Delete"},
]
"""A database for each way in which one can end."""


def decommissioned(engine: str) -> Life:
    """A claim that may be deleted, with a database for each way in which one can end."""
    before = Life(claim_of({"region": "eu-west-1", "databases": ENDS}, engine=engine))
    before.settle()
    return before.change({"lifecycle": "Decommission"})


def upgraded(engine: str) -> Life:
    """A cluster of 1.33 whose claim asks for 1.36 at once."""
    spec = {"region": "eu-west-1", "kubernetesVersion": "1.33", "nodes": {"groups": [{"name": "general"}]}}
    before = Life(claim_of(spec, engine=engine))
    before.settle()
    return before.change({"kubernetesVersion": "1.36"})


def neighbours() -> dict[str, dict[str, str]]:
    """What the hub knows of namespaces, among them others than the one of these claims."""
    return {
        "team-orders": {"tenant": "orders", "account": ACCOUNT},
        "team-payments": {
            "tenant": "payments",
            "account": "444455556666",
            "permissionsBoundary": "arn:aws:iam::444455556666:policy/payments-boundary",
        },
    }


def marked(engine: str) -> Life:
    """A claim whose metadata tries to reach into its objects."""
    claim = claim_of({"region": "eu-west-1"}, engine=engine)
    labels = {"argocd.argoproj.io/secret-type": "repository", "stolen": "label-of-the-claim"}
    claim["metadata"]["labels"] = {**claim["metadata"].get("labels", {}), **labels}
    claim["metadata"]["annotations"] = {"crossplane.io/external-name": "vpc-stolen", "crossplane.io/paused": "maybe"}
    return Life(claim)


LONGEST = "a-claim-with-the-longest-name-that-is-ok"


def _with(
    spec: Mapping[str, Any], facts: Hub | None = None, name: str = "orders", namespace: str = "team-orders"
) -> Callable[[str], Life]:
    """Lives of a claim with that spec, by engine."""
    known = sample_hub() if facts is None else facts
    return lambda engine: Life(claim_of(spec, name, namespace, engine), hub=known)


MINIMAL = {"region": "eu-west-1"}
OTHERS: Mapping[str, Callable[[str], Life]] = {
    "no-hub-facts": _with(MINIMAL, []),
    "no-reach": _with(MINIMAL, hub(reach=None)),
    "not-registered": _with({**MINIMAL, "argocd": {"register": False}}),
    "routed": _with(
        {**MINIMAL, "network": {"cidr": "10.50.0.0/16"}},
        hub(reach={"mode": "Routed", "cidrs": ["10.250.0.0/16", "10.251.0.0/24"]}),
    ),
    "capability": _with(
        MINIMAL,
        hub(
            argocd={"mode": "Capability", "roleArn": "arn:aws:iam::999988887777:role/argocd-capability"},
            reach={"mode": "Capability"},
        ),
    ),
    "bounded": _with(
        everything("eu-west-1", "aws"),
        hub(
            permissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/boundary",
            organizationId="o-0123456789",
            clusterAdmins=[f"arn:aws:iam::{ACCOUNT}:role/one", f"arn:aws:iam::{ACCOUNT}:role/two"],
        ),
    ),
    "aws-cn": _with(everything("cn-north-1", "aws-cn"), hub_of("aws-cn")),
    "aws-us-gov": _with(everything("us-gov-west-1", "aws-us-gov"), hub_of("aws-us-gov")),
    "longest-name": _with(everything("eu-west-1", "aws"), None, LONGEST, "n" * 63),
    "narrow-administrator": _with(
        MINIMAL,
        hub(argocd={"roleArn": "arn:aws:iam::999988887777:role/argocd-hub", "accessPolicy": "AmazonEKSEditPolicy"}),
    ),
    "auto-mode-turned-off": turned_off,
    "decommissioned": decommissioned,
    "marked": marked,
    "no-flow-logs": _with({**MINIMAL, "network": {"flowLogs": {"enabled": False}}}),
    "neighbours": _with(everything("eu-west-1", "aws"), hub(namespaces=neighbours())),
    "upgraded": upgraded,
    "no-way-out": _with({**MINIMAL, "network": {"natGateways": "None"}}),
}
"""By engine."""
AGAIN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "claim": (CLUSTER_ENGINE, ("decommissioned", "longest-name", "marked")),
    "ack": (
        ACK,
        (
            "routed",
            "capability",
            "bounded",
            "aws-cn",
            "aws-us-gov",
            "longest-name",
            "auto-mode-turned-off",
            "decommissioned",
            "marked",
            "upgraded",
            "no-way-out",
        ),
    ),
}
"""On the other engines, every example, and what an engine could do otherwise: by ending, engine and names.

Claims have a cluster-scoped composite behind them.
"""


def _example(name: str, engine: str) -> Life:
    return Life(example(name, engine))


EVERY: Mapping[str, Callable[[str], Life]] = {**{name: partial(_example, name) for name in EXAMPLE_NAMES}, **OTHERS}
LIVES: Mapping[str, Callable[[], Life]] = {
    **{name: partial(make, ENGINE) for name, make in EVERY.items()},
    **{
        f"{name}-{end}": partial(EVERY[name], engine)
        for end, (engine, names) in AGAIN.items()
        for name in (*EXAMPLE_NAMES, *names)
    },
}
STORIES = tuple(LIVES)


@cache
def story(name: str) -> Story:
    """The answers in one of the lives. Nothing in them may be changed: they are shared."""
    return tell(LIVES[name]())
