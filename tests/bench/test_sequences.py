"""What is asked call after call is what its name says: another cluster, the same one, one that has changed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.function import answer
from argosy.names import Names
from argosy.observed import struct_of
from bench.cases import SIZES, case, sized
from bench.recipes import leaves
from bench.sequences import AGAIN, CHANGED, NEW, messages
from tests.support.lives import every_engine


def sequence(name: str, engine: str, count: int) -> list[fnv1.RunFunctionRequest]:
    found = case("minimal", engine)
    sent = messages(name, found, found.request.SerializeToString(), itertools.count(1))
    return [fnv1.RunFunctionRequest.FromString(message) for message in itertools.islice(sent, count)]


def ready(reply: fnv1.RunFunctionResponse) -> dict[str, int]:
    return {key: item.ready for key, item in reply.desired.resources.items()}


@every_engine
def test_a_new_cluster_is_as_settled_as_the_first_and_has_names_of_its_own(engine: str) -> None:
    found = case("minimal", engine)
    for number, request in enumerate(sequence(NEW, engine, 2), 1):
        reply = answer(request)
        assert ready(reply) == ready(found.answer)
        assert [item.reason for item in reply.conditions] == [item.reason for item in found.answer.conditions]
        assert reply.meta.ttl == found.answer.meta.ttl
        name = Names("EKSCluster", "team-orders", f"bench-{number:05}").cluster
        assert struct_of(reply.desired.composite.resource)["status"]["cluster"]["name"] == name  # type: ignore[index,call-overload]
        assert request.observed.composite.resource != found.request.observed.composite.resource
        assert request.ByteSize() == found.request.ByteSize()


@every_engine
def test_no_two_clusters_have_an_id_or_a_name_in_common(engine: str) -> None:
    first, second = sequence(NEW, engine, 2)
    uids = [item.observed.composite.resource.fields["metadata"].struct_value.fields["uid"] for item in (first, second)]
    assert uids[0] != uids[1]
    for key, item in first.observed.resources.items():
        other = second.observed.resources[key]
        names = [one.resource.fields["metadata"].struct_value.fields["name"].string_value for one in (item, other)]
        assert names[0] != names[1], key


def test_what_comes_again_is_the_same() -> None:
    first, second = sequence(AGAIN, "upbound", 2)
    assert first == second == case("minimal").request


@every_engine
def test_between_two_calls_one_resource_changes_and_never_more_than_two_are_away(engine: str) -> None:
    requests = [case("minimal", engine).request, *sequence(CHANGED, engine, 40)]
    for before, after in itertools.pairwise(requests):
        both = before.observed.resources, after.observed.resources
        (changed,) = [key for key in both[0] if both[0][key] != both[1][key]]
        kinds = {path[-1] for path in _unlike(both[0][changed], both[1][changed])}
        assert kinds == {"resourceVersion", "status"}
        away = [key for key, told in ready(answer(after)).items() if told != fnv1.READY_TRUE]
        assert len(away) <= 3, away  # what waits for one of them may be the third


def _unlike(one: fnv1.Resource, other: fnv1.Resource) -> list[Any]:
    here, there = dict(leaves(struct_of(one.resource))), dict(leaves(struct_of(other.resource)))
    return [path for path in here.keys() | there.keys() if here.get(path) != there.get(path)]


@pytest.mark.parametrize("objects", [27, 50, 100, 150])
def test_claims_are_as_large_as_they_are_called(objects: int) -> None:
    """The larger ones are made in the same way; to make them settle takes longer than to believe it."""
    assert case(sized(objects)).objects == pytest.approx(objects, rel=0.02)
    assert objects in SIZES
