"""Requests that were real once: seeds from the lives of the examples, and what can go wrong with them.

Random bytes stop at the parser and random structs at the first rule. What reaches the design is a real request in which
one or two things are other than they were.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache

from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from google.protobuf import struct_pb2

from argosy.cli.options import sample_hub
from argosy.cli.request import build_request
from argosy.function import fill
from argosy.input import HUB_FACTS_NAME
from argosy.unknown import Json
from tests.support.lives import ENGINE, EXAMPLE_NAMES, life_of

MOMENTS = (0.0, 0.2, 0.5, 1.0)
"""Moments of each life, as shares of its length."""

ODD: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    2**53 + 1,
    1e300,
    float("inf"),
    float("-inf"),
    float("nan"),
    "",
    "a",
    "0",
    "true",
    "*",
    ":",
    "arn:aws:iam::111122223333:role/x",
    "arn:aws:iam::999999999999:role/x",
    "arn:",
    "10.0.0.0/16",
    "10.0.0.0/33",
    "1.35",
    "1.99",
    "1.",
    "eu-west-1",
    "us-gov-west-1",
    "AuroraPostgreSQL",
    "https://evil.example.org",
    "{{ .x }}",
    "${aws:username}",
    '{"a": 1}',
    "\x00",
    "\u202e\ud7ff\U0001f600",
    "x" * 300,
    [],
    {},
    [None],
    [[[]]],
    ["a", "a"],
    [1, "a", None, {}],
    {"": ""},
    {"name": "x"},
    {"type": "Ready", "status": {"a": []}, "reason": 1, "message": None},
    [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": []}],
)
"""Values that somebody did not think of."""

Mutation = Callable[[fnv1.RunFunctionRequest, random.Random], None]


@cache
def seeds() -> tuple[bytes, ...]:
    """Real requests, serialized."""
    hub = sample_hub()
    found = []
    for name in EXAMPLE_NAMES:
        life = life_of(name)
        for share in MOMENTS:
            moment = life[round(share * (len(life) - 1))]
            request = build_request(moment.claim, ENGINE, moment.observed.values(), hub)
            found.append(request.SerializeToString(deterministic=True))
    return tuple(found)


def mutated(seed: bytes, dice: random.Random) -> fnv1.RunFunctionRequest:
    """A request with one to four changes, the same ones in any process: protobuf's maps have an order of their own.

    Raises:
        DecodeError: if `seed` is no request.
    """
    request = fnv1.RunFunctionRequest.FromString(seed)
    for _ in range(dice.choice((1, 1, 1, 2, 2, 4))):
        dice.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0](request, dice)
    return request


def _structs(request: fnv1.RunFunctionRequest) -> Iterator[struct_pb2.Struct]:
    """The free parts of a request, claim and hub facts several times: they are small and much depends on them."""
    for _ in range(10):
        yield request.observed.composite.resource
    for name in sorted(request.required_resources):
        for item in request.required_resources[name].items:
            yield from (item.resource,) * 5
    yield request.input
    for name in sorted(request.observed.resources):
        yield request.observed.resources[name].resource


def _spot(request: fnv1.RunFunctionRequest, dice: random.Random) -> tuple[struct_pb2.Struct, str]:
    """A field somewhere, as the struct that has it and its name; an empty struct gets a new one."""
    here = dice.choice(list(_structs(request)))
    while here.fields:
        name = dice.choice(sorted(here.fields))
        value = here.fields[name]
        while value.HasField("list_value") and value.list_value.values and dice.random() < 0.8:
            value = dice.choice(value.list_value.values)
        if not value.HasField("struct_value") or dice.random() < 0.15:
            return here, name
        here = value.struct_value
    return here, "x"


def change_value(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """Another value, of any kind."""
    struct, name = _spot(request, dice)
    fill(struct, {name: dice.choice(ODD)})


def change_item(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """Another item in a list, or one more."""
    struct, name = _spot(request, dice)
    value = struct.fields[name]
    values = value.list_value.values
    holder = struct_pb2.Struct()
    fill(holder, {"x": dice.choice(ODD)})
    if values and dice.random() < 0.5:
        values[dice.randrange(len(values))].CopyFrom(holder.fields["x"])
    else:
        values.append(values[0] if values and dice.random() < 0.5 else holder.fields["x"])


def spoil_text(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """A letter more, less or other."""
    struct, name = _spot(request, dice)
    text = struct.fields[name].string_value
    place = dice.randrange(len(text) + 1)
    new = dice.choice(("", "-", "*", "\n", "A", "7", "/", ":", "\u200b"))
    struct.fields[name].string_value = text[:place] + new + text[place + dice.randrange(2) :]


def take_away(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """A field is not there."""
    struct, name = _spot(request, dice)
    struct.fields.pop(name, None)


def add_field(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """A field under another's name, or under no name that is known."""
    struct, name = _spot(request, dice)
    other = dice.choice([*sorted(struct.fields), "spec", "crossplane", "x", ""])
    value = struct_pb2.Value()
    value.CopyFrom(struct.fields[name])
    struct.fields[other].CopyFrom(value)


def lose_object(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """An object is not observed."""
    for _ in range(dice.choice((1, 1, 3, 10))):
        if request.observed.resources:
            del request.observed.resources[dice.choice(sorted(request.observed.resources))]


def swap_objects(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """An object under another's name."""
    if request.observed.resources:
        one, other = (dice.choice(sorted(request.observed.resources)) for _ in range(2))
        request.observed.resources[dice.choice((other, "stranger"))].CopyFrom(request.observed.resources[one])


def change_claim(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """The claim of another example, over the objects of this one; sometimes with the status of this one."""
    other = fnv1.RunFunctionRequest.FromString(dice.choice(seeds())).observed.composite.resource
    if dice.random() < 0.5:
        request.observed.composite.resource.fields["spec"].CopyFrom(other.fields["spec"])
    else:
        request.observed.composite.resource.CopyFrom(other)


def change_hub(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """No hub facts, none asked for, or twice."""
    facts = request.required_resources[HUB_FACTS_NAME]
    match dice.randrange(3):
        case 0:
            facts.ClearField("items")
        case 1:
            del request.required_resources[HUB_FACTS_NAME]
        case _:
            if facts.items:
                facts.items.add().CopyFrom(facts.items[0])


def add_others(request: fnv1.RunFunctionRequest, dice: random.Random) -> None:
    """What other functions of the pipeline desire; among it an object of ours."""
    key = dice.choice(["other", *sorted(request.observed.resources)])
    fill(request.desired.resources[key].resource, {"apiVersion": "v1", "kind": "ConfigMap"})
    fill(request.desired.composite.resource, {"status": {"x": dice.choice(ODD)}})
    fill(request.context, {"x": dice.choice(ODD)})


WEIGHTS: dict[Mutation, int] = {
    change_value: 8,
    change_item: 3,
    spoil_text: 4,
    take_away: 6,
    add_field: 3,
    lose_object: 4,
    swap_objects: 2,
    change_claim: 2,
    change_hub: 1,
    add_others: 2,
}
