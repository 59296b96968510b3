"""Requests are as long as real ones: every field has the owner that it has on a hub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from argosy.function import answer
from bench.cases import case
from bench.ownership import CORE, PROVIDER, RESOLVER, sets_of, with_ownership

APPLIED = {
    "apiVersion": "ec2.aws.m.upbound.io/v1beta1",
    "kind": "Subnet",
    "metadata": {"name": "a", "namespace": "team", "annotations": {"key": "subnet"}},
    "spec": {"forProvider": {"region": "eu-west-1", "vpcIdRef": {"name": "vpc"}, "tags": {}}},
}
OBSERVED = {
    **APPLIED,
    "metadata": {
        **APPLIED["metadata"],  # type: ignore[dict-item]
        "annotations": {"key": "subnet", "external-name": "subnet-1"},
        "uid": "1",
        "finalizers": ["provider"],
        "labels": {"composite": "x"},
        "ownerReferences": [{"uid": "2", "kind": "XEKSCluster", "controller": True}],
    },
    "spec": {
        "forProvider": {
            "region": "eu-west-1",
            "vpcIdRef": {"name": "vpc", "policy": {"resolution": "Required"}},
            "vpcId": "vpc-1",
            "tags": {},
            "mapPublicIpOnLaunch": False,
        },
        "managementPolicies": ["*"],
    },
    "status": {"conditions": [{"type": "Ready", "status": "True"}], "atProvider": {"id": "subnet-1"}},
}


def entries(item: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Fields by the kind of manager and subresource."""
    found = item["metadata"]["managedFields"]
    return {
        (CORE if one["manager"].startswith(CORE) else one["manager"], one.get("subresource", "")): one["fieldsV1"]
        for one in found
    }


def leaves(fields: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, below in fields.items():
        if below:
            yield from leaves(below, (*path, name))
        elif name != ".":
            yield (*path, name)


def test_the_entries_of_a_subnet_are_those_that_an_api_server_keeps() -> None:
    assert entries(with_ownership(OBSERVED, APPLIED)) == {
        (CORE, ""): {
            "f:metadata": {
                "f:annotations": {"f:key": {}},
                "f:labels": {"f:composite": {}},
                "f:ownerReferences": {'k:{"uid":"2"}': {}},
            },
            "f:spec": {"f:forProvider": {"f:region": {}, "f:tags": {}, "f:vpcIdRef": {"f:name": {}}}},
        },
        (RESOLVER, ""): {"f:spec": {"f:forProvider": {"f:vpcId": {}, "f:vpcIdRef": {"f:name": {}}}}},
        (PROVIDER, ""): {
            "f:metadata": {"f:annotations": {"f:external-name": {}}, "f:finalizers": {".": {}, 'v:"provider"': {}}},
            "f:spec": {"f:forProvider": {"f:mapPublicIpOnLaunch": {}}},
        },
        (PROVIDER, "status"): {
            "f:status": {
                ".": {},
                "f:atProvider": {".": {}, "f:id": {}},
                "f:conditions": {".": {}, 'k:{"type":"Ready"}': {".": {}, "f:status": {}, "f:type": {}}},
            }
        },
    }


@pytest.mark.parametrize("engine", ["upbound", "upbound-cluster", "ack"])
def test_no_field_is_crossplanes_and_the_providers_at_once(engine: str) -> None:
    for key, item in case("minimal", engine).observed.items():
        mine = entries(item)
        core = set(leaves(mine.pop((CORE, ""))))
        mine.pop((RESOLVER, ""), None)
        for owner, fields in mine.items():
            assert not core & set(leaves(fields)), (key, owner)


def test_what_owners_there_are_changes_nothing_of_our_answer() -> None:
    found = case("minimal")
    request = type(found.request)()
    request.CopyFrom(found.request)
    for item in (request.observed.composite, *request.observed.resources.values()):
        del item.resource.fields["metadata"].struct_value.fields["managedFields"]
    assert answer(request) == found.answer
    assert request.ByteSize() == found.bare_bytes < 0.7 * found.request.ByteSize()


def test_keys_of_items_are_json() -> None:
    for item in case("minimal").observed.values():
        for path in leaves(entries(item)[PROVIDER, "status"]):
            for step in path:
                if step.startswith("k:"):
                    assert json.loads(step[2:]).keys() == {"type"}


def test_values_of_a_set_have_owners_of_their_own_and_an_empty_one_has_none() -> None:
    """As on a real API server: tests/hub/test_ownership.py."""
    assert "spec.forProvider.enabledClusterLogTypes" in sets_of("eks.aws.m.upbound.io/v1beta1", "Cluster")
    observed = case("minimal").observed
    wanted = entries(observed["cluster"])[CORE, ""]["f:spec"]["f:forProvider"]
    assert 'v:"audit"' in wanted["f:enabledClusterLogTypes"]
    assert "f:kubernetesGroups" not in entries(observed["access-entry-argocd"])[CORE, ""]["f:spec"]["f:forProvider"]


def test_crossplane_owns_the_reference_to_the_composite_alone() -> None:
    usage = {**OBSERVED, "metadata": {**OBSERVED["metadata"]}}  # type: ignore[dict-item]
    usage["metadata"]["ownerReferences"] = [{"uid": "2", "controller": True}, {"uid": "3"}]  # type: ignore[index]
    found = entries(with_ownership(usage, APPLIED))
    assert found[CORE, ""]["f:metadata"]["f:ownerReferences"] == {'k:{"uid":"2"}': {}}
    assert 'k:{"uid":"3"}' in found[PROVIDER, ""]["f:metadata"]["f:ownerReferences"]
