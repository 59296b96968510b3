"""Claims with a cluster-scoped composite behind them: whose they are, which engine makes them, who is told what."""

from __future__ import annotations

from typing import Any

import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.cli.composite import composite_of
from argosy.cli.options import sample_hub
from argosy.cli.request import Answer, Caller, build_request, read_answer
from argosy.function import answer, fill
from tests.support.lives import CLUSTER_ENGINE, ENGINE, life_of

OTHER = {ENGINE: CLUSTER_ENGINE, CLUSTER_ENGINE: ENGINE}


def composite(**spec: Any) -> dict[str, Any]:
    """What Crossplane makes of a claim."""
    claim = {
        "apiVersion": "claims.fleet.argosy.dev/v1alpha1",
        "kind": "EKSCluster",
        "metadata": {"name": "orders", "namespace": "team-orders"},
        "spec": {"region": "eu-west-1", **spec},
    }
    return composite_of(claim, CLUSTER_ENGINE)


def answered(item: dict[str, Any], **given: Any) -> Answer:
    request = build_request(item, CLUSTER_ENGINE, [], sample_hub())
    if given:
        request.input.Clear()
        fill(request.input, {"engine": CLUSTER_ENGINE, **given})
    return read_answer(answer(request))


@pytest.mark.parametrize("engine", OTHER)
def test_an_engine_of_other_kinds_changes_nothing(engine: str) -> None:
    """REL-03: it would make everything anew, beside what is there."""
    last = life_of("minimal", engine)[-1]
    told = read_answer(answer(build_request(last.claim, OTHER[engine], last.observed.values(), sample_hub())))
    assert told.fatal is not None
    assert told.fatal.startswith(f"the Composition's engine: {OTHER[engine]} does not make ")
    assert told.desired == {}


@pytest.mark.parametrize(
    ("reference", "field"),
    [
        (None, "spec.claimRef: is no EKSCluster"),
        ({"kind": "Other", "namespace": "team-orders", "name": "orders"}, "spec.claimRef: is no EKSCluster"),
        ({"kind": "EKSCluster", "namespace": "", "name": "orders"}, "spec.claimRef.namespace: "),
        ({"kind": "EKSCluster", "namespace": "../team", "name": "orders"}, "spec.claimRef.namespace: "),
        ({"kind": "EKSCluster", "namespace": "team-orders", "name": 5}, "spec.claimRef.name: "),
        ({"kind": "EKSCluster", "namespace": "team-orders", "name": "a" * 41}, "metadata.name: "),
    ],
)
def test_a_composite_that_no_claim_stands_for_is_refused(reference: Any, field: str) -> None:
    """TEN-09: nobody could say whose account it is."""
    item = composite()
    del item["spec"]["claimRef"]
    if reference is not None:
        item["spec"]["claimRef"] = reference
    told = answered(item)
    assert told.fatal is not None
    assert told.fatal.startswith(field)
    assert told.desired == {}


def test_the_name_of_the_composite_means_nothing() -> None:
    """A hub that is restored gives it another one, and must find its own again."""
    one, other = composite(), composite()
    other["metadata"]["name"] = "orders-zzzzz"
    told, again = answered(one), answered(other)
    assert told.fatal is None
    differ = {key for key in told.desired if told.desired[key] != again.desired[key]}
    assert differ == {"guard-composite"}


def test_keys_that_crossplane_copies_from_the_claim_are_its_own() -> None:
    item = composite(compositeDeletePolicy="Foreground", resourceRef={"name": "orders-abcde"})
    assert answered(item).desired == answered(composite()).desired


def test_the_author_is_told_once_why_a_claim_is_refused() -> None:
    """Crossplane tells of a FATAL result only the composite, which no team can see (REL-27: not at every call)."""
    caller = Caller(claim=composite(environment="moon"), engine=CLUSTER_ENGINE, required=sample_hub())
    told = caller.call([])
    assert [item["severity"] for item in told.results] == ["Warning", "Fatal"]
    assert {item["message"] for item in told.results} == {told.fatal}
    caller.remember(told)
    assert [item["severity"] for item in caller.call([]).results] == ["Fatal"]


def test_warnings_and_conditions_have_the_claim_as_their_target() -> None:
    reply = answer(build_request(composite(environment="moon"), CLUSTER_ENGINE, [], sample_hub()))
    for targets in ({item.target for item in reply.results}, {item.target for item in reply.conditions}):
        assert targets == {fnv1.TARGET_COMPOSITE_AND_CLAIM}


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ({}, "team-orders"),
        ({"kind": "ProviderConfig"}, "team-orders"),
        ({"kind": "ClusterProviderConfig"}, "argosy"),
        ({"kind": "ClusterProviderConfig", "name": "shared"}, "shared"),
    ],
)
def test_credentials_are_called_like_the_namespace_or_shared_by_all(reference: dict[str, str], name: str) -> None:
    """TEN-09."""
    told = answered(composite(), providerConfigRef=reference)
    assert told.desired["role-cluster"]["spec"]["providerConfigRef"] == {"name": name}


def test_a_composition_cannot_name_the_credentials_of_one_namespace_for_all() -> None:
    told = answered(composite(), providerConfigRef={"name": "team-shop"})
    assert told.fatal is not None
    assert told.fatal.startswith("the Composition's input: providerConfigRef: engine upbound-cluster uses the Provider")
