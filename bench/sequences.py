"""What is asked call after call: a cluster that nobody asked for before, one that is known, one that has changed.

A function may remember. Then a request that comes again and again shows what remembering brings and nothing of the
rest, so most figures are of clusters that are new at every call.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Callable, Iterator
from uuid import UUID

from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from google.protobuf import struct_pb2

from argosy.names import Names
from bench.cases import NAME, Case

NEW, AGAIN, CHANGED = "new", "again", "changed"
SEED = 1
TITLES = {
    NEW: "a cluster that was never asked for",
    AGAIN: "a known cluster, nothing changed",
    CHANGED: "a known cluster, one resource changed",
}


def messages(name: str, case: Case, message: bytes, numbers: Iterator[int]) -> Iterator[bytes]:
    """Requests, one after the other, without end.

    Args:
        name: of the sequence.
        case: what the message is of.
        message: what one server is asked for that case.
        numbers: of clusters nobody has asked this server for.
    """
    if name == NEW:
        sibling = siblings(case, message)
        return (sibling(number) for number in numbers)
    return itertools.repeat(message) if name == AGAIN else _changing(message)


def siblings(case: Case, message: bytes) -> Callable[[int], bytes]:
    """A maker of requests for other clusters that are the same in all but their names and ids.

    Texts of equal length take each other's place in the encoded message: decoding and encoding it for each call would
    keep the client busier than the servers.
    """
    old = _identity(case, 0)
    owner = str(case.composite["metadata"]["uid"])

    def sibling(number: int) -> bytes:
        told = message.replace(owner.encode(), str(UUID(int=number)).encode())
        for before, after in zip(old, _identity(case, number), strict=True):
            told = told.replace(before, after)
        return told

    return sibling


def _identity(case: Case, number: int) -> tuple[bytes, ...]:
    """What the texts of a cluster are made of, the longest first."""
    kind = case.composite["kind"].removeprefix("X")
    namespace = case.composite["spec"].get("claimRef", case.composite["metadata"])["namespace"]
    name = f"{NAME.rstrip('0')}{number % 10**5:05}"
    return Names(kind, namespace, name).cluster.encode(), name.encode()


def _changing(message: bytes) -> Iterator[bytes]:
    """The same cluster, of which between two calls one resource has failed or has come back; one or two are away."""
    request = fnv1.RunFunctionRequest.FromString(message)
    chance = random.Random(SEED)
    whole = sorted(key for key, item in request.observed.resources.items() if _ready(item) is not None)
    failed: deque[str] = deque()
    for number in itertools.count(2):
        if len(failed) > 1:
            whole.append(key := failed.popleft())
            status = "True"
        else:
            failed.append(key := whole.pop(chance.randrange(len(whole))))
            status = "False"
        item = request.observed.resources[key]
        item.resource.fields["metadata"].struct_value.fields["resourceVersion"].string_value = str(number)
        ready = _ready(item)
        assert ready is not None
        ready.string_value = status
        yield request.SerializeToString()


def _ready(item: fnv1.Resource) -> struct_pb2.Value | None:
    """The status of the condition that says whether an object is ready, to be changed in its place."""
    conditions = item.resource.fields["status"].struct_value.fields["conditions"].list_value.values
    found = (condition.struct_value.fields for condition in conditions)
    wanted = ("Ready", "ACK.ResourceSynced")
    return next((fields["status"] for fields in found if fields["type"].string_value in wanted), None)
