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


def turned_off() -> Life:
    """Auto Mode was on, and a node group takes over."""
    before = Life(example("minimal"))
    before.settle()
    return before.change({"nodes": {"autoMode": {"enabled": False}, "groups": [{"name": "general"}]}})


ENDS = [
    {"name": "orders"},
    {"name": "kept", "engine": "AuroraPostgreSQL", "onDelete": "Retain"},
    {"name": "scratch", "onDelete": "Delete"},
]
"""A database for each way in which one can end."""


def decommissioned(engine: str = ENGINE) -> Life:
    """A claim that may be deleted, with a database for each way in which one can end."""
    before = Life(claim_of({"region": "eu-west-1", "databases": ENDS}, engine=engine))
    before.settle()
    return before.change({"lifecycle": "Decommission"})


def upgraded() -> Life:
    """A cluster of 1.33 whose claim asks for 1.36 at once."""
    spec = {"region": "eu-west-1", "kubernetesVersion": "1.33", "nodes": {"groups": [{"name": "general"}]}}
    before = Life(claim_of(spec))
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


def _claim(name: str) -> Life:
    return Life(example(name, CLUSTER_ENGINE))


def marked(engine: str = ENGINE) -> Life:
    """A claim whose metadata tries to reach into its objects."""
    claim = claim_of({"region": "eu-west-1"}, engine=engine)
    labels = {"argocd.argoproj.io/secret-type": "repository", "stolen": "label-of-the-claim"}
    claim["metadata"]["labels"] = {**claim["metadata"].get("labels", {}), **labels}
    claim["metadata"]["annotations"] = {"crossplane.io/external-name": "vpc-stolen", "crossplane.io/paused": "maybe"}
    return Life(claim)


LONGEST = "a-claim-with-the-longest-name-that-is-ok"
OTHERS: Mapping[str, Callable[[], Life]] = {
    "no-hub-facts": lambda: Life(claim_of({"region": "eu-west-1"}), hub=[]),
    "no-reach": lambda: Life(claim_of({"region": "eu-west-1"}), hub=hub(reach=None)),
    "not-registered": lambda: Life(claim_of({"region": "eu-west-1", "argocd": {"register": False}})),
    "routed": lambda: Life(
        claim_of({"region": "eu-west-1", "network": {"cidr": "10.50.0.0/16"}}),
        hub=hub(reach={"mode": "Routed", "cidrs": ["10.250.0.0/16", "10.251.0.0/24"]}),
    ),
    "capability": lambda: Life(
        claim_of({"region": "eu-west-1"}),
        hub=hub(
            argocd={"mode": "Capability", "roleArn": "arn:aws:iam::999988887777:role/argocd-capability"},
            reach={"mode": "Capability"},
        ),
    ),
    "bounded": lambda: Life(
        claim_of(everything("eu-west-1", "aws")),
        hub=hub(
            permissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/boundary",
            organizationId="o-0123456789",
            clusterAdmins=[f"arn:aws:iam::{ACCOUNT}:role/one", f"arn:aws:iam::{ACCOUNT}:role/two"],
        ),
    ),
    "aws-cn": lambda: Life(claim_of(everything("cn-north-1", "aws-cn")), hub=hub_of("aws-cn")),
    "aws-us-gov": lambda: Life(claim_of(everything("us-gov-west-1", "aws-us-gov")), hub=hub_of("aws-us-gov")),
    "longest-name": lambda: Life(claim_of(everything("eu-west-1", "aws"), LONGEST, "n" * 63)),
    "narrow-administrator": lambda: Life(
        claim_of({"region": "eu-west-1"}),
        hub=hub(argocd={"roleArn": "arn:aws:iam::999988887777:role/argocd-hub", "accessPolicy": "AmazonEKSEditPolicy"}),
    ),
    "auto-mode-turned-off": turned_off,
    "decommissioned": decommissioned,
    "marked": marked,
    "no-flow-logs": lambda: Life(claim_of({"region": "eu-west-1", "network": {"flowLogs": {"enabled": False}}})),
    "neighbours": lambda: Life(claim_of(everything("eu-west-1", "aws")), hub=hub(namespaces=neighbours())),
    "upgraded": upgraded,
    "no-way-out": lambda: Life(claim_of({"region": "eu-west-1", "network": {"natGateways": "None"}})),
}
CLAIMS: Mapping[str, Callable[[], Life]] = {
    **{f"{name}-claim": partial(_claim, name) for name in EXAMPLE_NAMES},
    "decommissioned-claim": lambda: decommissioned(CLUSTER_ENGINE),
    "longest-name-claim": lambda: Life(
        claim_of(everything("eu-west-1", "aws"), LONGEST, "n" * 63, engine=CLUSTER_ENGINE)
    ),
    "marked-claim": lambda: marked(CLUSTER_ENGINE),
}
"""Claims with a cluster-scoped composite behind them."""
LIVES: Mapping[str, Callable[[], Life]] = {**OTHERS, **CLAIMS}
STORIES = (*EXAMPLE_NAMES, *LIVES)


@cache
def story(name: str) -> Story:
    """The answers in one of the lives. Nothing in them may be changed: they are shared."""
    return tell(LIVES[name]() if name in LIVES else Life(example(name)))
