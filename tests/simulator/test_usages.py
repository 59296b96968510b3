"""Usages and ClusterUsages are in place when what they name is there."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.simulator import Simulator
from argosy.simulator.flavours import CLUSTER_SCOPED, NAMESPACED, Flavour
from argosy.simulator.server import KEY
from tests.schemas.schemas import violations
from tests.simulator.objects import CLAIMED, Manifest, both, is_ready, live, of, simulator_of, subnet, vpc

VPC, SUBNET = ("ec2.{group}/v1beta1", "VPC", "vpc"), ("ec2.{group}/v1beta1", "Subnet", "subnet-a")
Named = tuple[str, str, str]


def usage(flavour: Flavour, of_what: Named, by: Named | None = None, key: str = "usage") -> Manifest:
    """A Usage for objects of a flavour."""

    def named(one: Named) -> dict[str, Any]:
        version, kind, name = one
        return {"apiVersion": version.format(group=flavour.group), "kind": kind, "resourceRef": {"name": name}}

    return {
        "apiVersion": "protection.crossplane.io/v1beta1",
        "kind": "Usage" if flavour.namespaced else "ClusterUsage",
        "metadata": {
            "name": key,
            "annotations": {KEY: key},
            **({"namespace": "team"} if flavour.namespaced else {}),
        },
        "spec": {"of": named(of_what), **({"by": named(by)} if by else {"reason": "because"})},
    }


def world(flavour: Flavour) -> list[Manifest]:
    return of(flavour, [vpc(), subnet("a", "10.0.0.0/20")])


@both
def test_it_is_in_place_once_both_are_there(flavour: Flavour) -> None:
    simulator, held = simulator_of(flavour), usage(flavour, VPC, SUBNET)
    alone = live(simulator, [*world(flavour)[:1], held])["usage"]
    assert not is_ready(alone)
    after = live(simulator, [*world(flavour), held])["usage"]
    assert is_ready(after)
    assert violations(after) == []


@both
def test_it_goes_only_after_what_uses(flavour: Flavour) -> None:
    simulator, held = simulator_of(flavour), usage(flavour, VPC, SUBNET)
    live(simulator, [*world(flavour), held])
    assert "deletionTimestamp" in live(simulator, world(flavour))["usage"]["metadata"]
    assert live(simulator, []) == {}


@both
def test_objects_of_the_other_flavour_are_not_meant(flavour: Flavour) -> None:
    other = CLUSTER_SCOPED if flavour.namespaced else NAMESPACED
    simulator = simulator_of(CLUSTER_SCOPED)  # whoever is cluster-scoped may compose both
    assert not is_ready(live(simulator, [*of(other, [vpc()]), usage(flavour, VPC)])["usage"])


CLAIM = ("claims.fleet.argosy.dev/v1alpha1", "EKSCluster", "orders")
COMPOSITE = ("claims.fleet.argosy.dev/v1alpha1", "XEKSCluster", "orders-x7k2p")
NAMESPACE = ("v1", "Namespace", "team")


def guard(kind: str, named: Named) -> Manifest:
    found = usage(CLUSTER_SCOPED, named)
    if kind == "Usage":
        found["kind"], found["metadata"]["namespace"] = kind, "team"
    return found


@pytest.mark.parametrize(
    ("kind", "named", "there"),
    [
        ("Usage", CLAIM, True),
        ("Usage", (*CLAIM[:2], "other"), False),
        ("ClusterUsage", COMPOSITE, True),
        ("ClusterUsage", (*COMPOSITE[:2], "orders"), False),
        ("ClusterUsage", NAMESPACE, True),
        ("ClusterUsage", (*NAMESPACE[:2], "other"), False),
    ],
)
def test_the_claim_its_composite_and_its_namespace_are_there(*, kind: str, named: Named, there: bool) -> None:
    item = live(Simulator(composite=CLAIMED), [guard(kind, named)])["usage"]
    assert is_ready(item) == there
    assert violations(item) == []


def test_a_cluster_usage_may_be_of_another() -> None:
    inner = usage(CLUSTER_SCOPED, NAMESPACE, key="inner")
    outer = usage(CLUSTER_SCOPED, ("protection.crossplane.io/v1beta1", "ClusterUsage", "inner"), VPC, key="outer")
    simulator = simulator_of(CLUSTER_SCOPED)
    after = live(simulator, [*world(CLUSTER_SCOPED), inner, outer])
    assert is_ready(after["inner"])
    assert is_ready(after["outer"])


@pytest.mark.parametrize("named", [VPC, NAMESPACE, ("protection.crossplane.io/v1beta1", "ClusterUsage", "inner")])
def test_a_usage_of_something_cluster_scoped_would_keep_nothing_and_is_refused(named: Named) -> None:
    with pytest.raises(ValueError, match=f"Usage usage: keeps no {named[1]}, which is cluster-scoped"):
        Simulator(composite=CLAIMED).apply([guard("Usage", named)])


def test_a_usage_may_be_by_something_cluster_scoped() -> None:
    held = guard("Usage", CLAIM)
    held["spec"]["by"] = usage(CLUSTER_SCOPED, VPC)["spec"]["of"]
    simulator = simulator_of(CLUSTER_SCOPED)
    assert not is_ready(live(simulator, [held])["usage"])
    assert is_ready(live(simulator, [held, *world(CLUSTER_SCOPED)])["usage"])
