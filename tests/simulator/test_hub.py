"""provider-kubernetes puts manifests on the hub."""

from __future__ import annotations

from typing import Any

from argosy.simulator import Simulator
from argosy.simulator.server import KEY
from tests.schemas.schemas import violations
from tests.simulator.objects import condition, is_ready, live, told


def secret(name: str = "cluster-orders", **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "kubernetes.m.crossplane.io/v1alpha1",
        "kind": "Object",
        "metadata": {"name": "secret", "namespace": "team", "annotations": {KEY: "secret"}},
        "spec": {
            "providerConfigRef": {"kind": "ClusterProviderConfig", "name": "argosy"},
            "forProvider": {
                "manifest": {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": name, "namespace": "argocd"},
                    "data": data,
                }
            },
        },
    }


def test_an_object_puts_its_manifest_on_the_hub() -> None:
    simulator = Simulator()
    item = live(simulator, [secret(server="eA==")])["secret"]
    assert is_ready(item)
    assert simulator.hub["argocd", "cluster-orders"]["data"] == {"server": "eA=="}
    assert told(item)["manifest"]["data"] == {"server": "eA=="}
    assert violations(item) == []


def test_a_changed_manifest_changes_the_hub_and_what_is_deleted_there_comes_back() -> None:
    simulator = Simulator()
    live(simulator, [secret(server="eA==")])
    live(simulator, [secret(server="eQ==")], 1)
    assert simulator.hub["argocd", "cluster-orders"]["data"] == {"server": "eQ=="}
    live(simulator, [secret(server="eQ==")])
    simulator.hub.clear()
    live(simulator, [secret(server="eQ==")], 1)
    assert ("argocd", "cluster-orders") in simulator.hub


def test_a_changed_name_leaves_the_old_one_behind() -> None:
    """REL-04."""
    simulator = Simulator()
    live(simulator, [secret("old")])
    live(simulator, [secret("new")])
    live(simulator, [])
    assert list(simulator.hub) == [("argocd", "old")]


def test_a_deleted_object_takes_its_manifest_away() -> None:
    simulator = Simulator()
    live(simulator, [secret()])
    assert live(simulator, []) == {}
    assert simulator.hub == {}


def test_an_object_can_be_slow_or_refused() -> None:
    simulator = Simulator(slow={"secret": 3})
    assert [is_ready(live(simulator, [secret()], 1)["secret"]) for _ in range(5)] == [False, False, False, True, True]
    refused = Simulator(faults={"secret": 'secrets "cluster-orders" is forbidden'})
    item = live(refused, [secret()])["secret"]
    assert condition(item, "Synced") == ("False", "ReconcileError", 'secrets "cluster-orders" is forbidden')
    assert not is_ready(item)
    assert refused.hub == {}
    refused.heal("secret")
    assert is_ready(live(refused, [secret()], 1)["secret"])
