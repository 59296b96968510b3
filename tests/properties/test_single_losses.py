"""TST-04: any single observed object, field or input taken away, in every moment of the examples' lives."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise

import pytest
from google.protobuf import struct_pb2

from argosy.cli.options import sample_hub
from argosy.cli.request import build_request, read_answer
from argosy.function import answer
from tests.properties.test_never_drop import check_fields, check_fixed, draw, leaves
from tests.support.claims import specs
from tests.support.lives import (
    Life,
    Moment,
    Objects,
    Structs,
    answer_to,
    claim_of,
    every_engine,
    every_life,
    example,
    life_of,
    moments,
    within,
)

HUB = sample_hub()
RANDOM_CLAIMS = 6


def moments_of(name: str, engine: str) -> tuple[Moment, ...]:
    """Every moment in which something was observed already and the answer is another one than before."""
    life = life_of(name, engine)
    found = tuple(
        now for before, now in pairwise(life) if now.answer.desired != before.answer.desired or now is life[-1]
    )
    assert len(found) > 4
    return found


def check_losses(moment: Moment) -> None:
    """Each object is lost in turn: nothing goes with it."""
    structs = Structs()
    for lost in moment.observed:
        rest = {key: item for key, item in moment.observed.items() if key != lost}
        told = answer_to(moment.claim, rest.values(), HUB, structs)
        assert told.fatal is None, (lost, told.fatal)
        # a guard that is on its way out is still there, and is asked for by nobody, lost or not
        assert set(rest) & set(moment.answer.desired) <= set(told.desired), lost
        check_fields(told, rest, moment.before, moment.answer)
        check_fixed(told, rest, moment.before)


@every_life
def test_tst_04_a_lost_object_takes_nothing_with_it_and_is_made_again(name: str, engine: str) -> None:
    for moment in moments_of(name, engine):
        check_losses(moment)


@every_engine
@pytest.mark.parametrize("number", range(RANDOM_CLAIMS))
def test_tst_04_a_lost_object_of_a_random_claim_takes_nothing_with_it(number: int, engine: str) -> None:
    """REL-01, REL-02, REL-18."""
    spec = within(engine, draw(specs(), 400, 4 * RANDOM_CLAIMS)[-1 - number])  # the first ones are the simplest
    life = moments(Life(claim_of(spec, engine=engine)))
    for moment in (life[len(life) // 2], life[-1]):
        check_losses(moment)


def test_rel_10_a_nat_gateway_that_was_deleted_by_hand_is_made_once_and_called_by_its_new_id() -> None:
    """REL-18."""
    life = Life(example("minimal"))
    life.settle()
    before = life.observed["nat-gateway-a"]
    del life.observed["nat-gateway-a"]
    life.simulator.server.write("nat-gateway-a", None)
    life.simulator.aws.remove(life.simulator.aws.all("ec2/NATGateway", "eu-west-1")[0])
    life.settle()
    after = life.observed["nat-gateway-a"]
    (made,) = [
        thing.identity
        for thing in life.simulator.aws.all("ec2/NATGateway", "eu-west-1")
        if thing.fields["subnetId"] == before["spec"]["forProvider"]["subnetId"]
    ]
    assert made != before["status"]["atProvider"]["id"]
    assert after["metadata"]["annotations"]["crossplane.io/external-name"] == made
    assert life.observed["route-private-a"]["spec"]["forProvider"]["natGatewayId"] == made


def test_rel_10_a_name_by_default_of_the_provider_does_not_last() -> None:
    """The provider calls an object without external name after the object, and then makes another thing on AWS."""
    life = Life(example("minimal"))
    settled = life.settle()
    item = life.observed["cluster"]
    annotations = {**item["metadata"]["annotations"], "crossplane.io/external-name": item["metadata"]["name"]}
    life.observed["cluster"] = {**item, "metadata": {**item["metadata"], "annotations": annotations}}
    assert life.call().desired["cluster"] == settled.desired["cluster"]


@every_life
def test_tst_04_a_lost_object_is_the_same_object_when_it_is_made_again(name: str, engine: str) -> None:
    """REL-18: an object may exist although it is not observed; what is written then must not change it."""
    life = Life(example(name, engine))
    settled = life.settle()
    for lost in life.observed:
        rest = {key: item for key, item in life.observed.items() if key != lost}
        world = copy.deepcopy(life)
        world.observed = rest
        told = world.call()
        for _ in range(3):
            if lost in told.desired:
                break
            told = world.call()
        if lost in told.desired:
            assert told.desired[lost] == settled.desired[lost], lost
        world.settle()
        assert set(world.observed) == set(life.observed), lost


@every_life
def test_tst_04_a_lost_field_changes_nothing(name: str, engine: str) -> None:
    moment = moments_of(name, engine)[-1]
    request = build_request(moment.claim, engine, moment.observed.values(), HUB)
    whole = answer(request).SerializeToString(deterministic=True)
    lost = 0
    for key, path in _facts(moment.observed):
        observed = request.observed.resources[key].resource
        before = struct_pb2.Struct()
        before.CopyFrom(observed)
        _take_away(observed, path)
        reply = answer(request)
        assert reply.SerializeToString(deterministic=True) == whole, (key, path, read_answer(reply).fatal)
        observed.CopyFrom(before)
        lost += 1
    assert lost > 10 * len(moment.observed)


def _take_away(struct: struct_pb2.Struct, path: tuple[str, ...]) -> None:
    for step in path[:-1]:
        struct = struct.fields[step].struct_value
    del struct.fields[path[-1]]


def _facts(observed: Objects) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, item in observed.items():
        for path, _ in leaves({"status": item["status"], "metadata": {"annotations": item["metadata"]["annotations"]}}):
            if path[-1] != "crossplane.io/composition-resource-name" and path != ("status", "conditions"):
                yield key, path


@every_life
def test_tst_04_a_lost_status_of_the_claim_changes_nothing(name: str, engine: str) -> None:
    for moment in moments_of(name, engine):
        claim = {part: value for part, value in moment.claim.items() if part != "status"}
        told = answer_to(claim, moment.observed.values(), HUB)
        assert told.desired == moment.answer.desired


@every_life
def test_tst_04_lost_hub_facts_are_fatal_once_they_were_used(name: str, engine: str) -> None:
    """Design 4.7, REL-01: the Secret would otherwise go, and every Application with it."""
    refused = 0
    for moment in moments_of(name, engine):
        told = answer_to(moment.claim, moment.observed.values(), [])
        if told.fatal is not None:
            refused += 1
            assert told.fatal.startswith("EnvironmentConfig argosy: is missing")
            assert told.desired == {}
            assert {item["type"] for item in told.conditions} == {item["type"] for item in moment.answer.conditions}
        else:
            assert set(moment.observed) <= set(told.desired)
    assert refused > 0
