"""What must hold of every answer, whatever is asked.

Crossplane deletes what is observed and not desired, and calls again and again where a call fails (REL-01): so an
exception, a hang, an answer that gets lost on the way and a shorter answer are the four ways to do harm.
"""

from __future__ import annotations

import faulthandler
import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.cli.options import sample_hub
from argosy.composites.hub import ENTRY_KEY, SECRET_KEY
from argosy.data.regions import partition_of
from argosy.function import LARGEST_ANSWER, answer
from argosy.input import HUB_FACTS_NAME
from argosy.observed import struct_of
from tests.support.keys import REGISTRATION, keys

Ask = Callable[[fnv1.RunFunctionRequest], fnv1.RunFunctionResponse]

MOST_SECONDS = 20.0
"""Processor time of one call; the slowest real one takes a fortieth of it, a reconcile may take two minutes."""

MOST_SECONDS_UNTIL_A_HANG = 60
"""After which the process ends and prints where it stood: a call that never returns is no input to go on from."""

AGAIN = 8
"""One input of so many is asked twice, to compare the answers byte by byte."""

HUB = sample_hub()


class Broken(AssertionError):  # noqa: N818  (a verdict, not an error of ours)
    """A property does not hold."""


@dataclass
class Tally:
    """What a run has seen.

    Attributes:
        seen: inputs by how they ended: `answered`, `refused`, `unreadable`.
        slowest: processor seconds of the slowest call.
        largest: bytes of the largest answer.
    """

    seen: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    largest: int = 0

    def __str__(self) -> str:
        """One line."""
        ends = ", ".join(f"{number} {what}" for what, number in sorted(self.seen.items()))
        return f"{ends}; slowest {self.slowest:.2f} s, largest answer {self.largest} bytes"


def judge(request: fnv1.RunFunctionRequest, tally: Tally, ask: Ask = answer) -> None:
    """Asks once, or twice, and counts.

    Raises:
        Broken: saying which property does not hold.
    """
    data = request.SerializeToString(deterministic=True)
    began = time.process_time()
    reply = _asked(request, ask)
    seconds = time.process_time() - began
    if seconds > MOST_SECONDS:
        raise Broken(f"took {seconds:.1f} seconds of processor time")
    size = reply.ByteSize()
    if size > LARGEST_ANSWER >= len(data):
        raise Broken(f"an answer of {size} bytes to a request of {len(data)}")
    tally.slowest, tally.largest = max(tally.slowest, seconds), max(tally.largest, size)
    fatal = next((item.message for item in reply.results if item.severity == fnv1.SEVERITY_FATAL), None)
    tally.seen["answered" if fatal is None else "refused"] += 1
    if request.SerializeToString(deterministic=True) != data:
        raise Broken("the request was changed")
    if zlib.crc32(data) % AGAIN == 0:
        # parsed anew, a map has its entries in another order
        again = _asked(fnv1.RunFunctionRequest.FromString(data), ask)
        if again.SerializeToString(deterministic=True) != reply.SerializeToString(deterministic=True):
            raise Broken("asked twice, answered differently")
    if fatal is None:
        _check_nothing_is_dropped(request, reply)
    elif "defect in function-argosy" in fatal:
        raise Broken(fatal)


def _asked(request: fnv1.RunFunctionRequest, ask: Ask) -> fnv1.RunFunctionResponse:
    faulthandler.dump_traceback_later(MOST_SECONDS_UNTIL_A_HANG, exit=True)
    try:
        return ask(request)
    except Exception as error:
        raise Broken(f"{type(error).__name__}: {error}") from error
    finally:
        faulthandler.cancel_dump_traceback_later()


def _check_nothing_is_dropped(request: fnv1.RunFunctionRequest, reply: fnv1.RunFunctionResponse) -> None:
    """REL-01: what is observed and still asked for is desired, and so is all that other functions desire."""
    lost = set(request.desired.resources) - set(reply.desired.resources)
    spec = struct_of(request.observed.composite.resource).get("spec")
    observed = set(request.observed.resources)
    assert isinstance(spec, dict)
    asked = keys(spec, registers=False)
    if _registers(request, spec):
        asked |= {*REGISTRATION}
    elif spec.get("argocd", {}).get("register", True):
        # other facts of the hub may give another role and another right, but never no entry and no Secret
        asked |= {SECRET_KEY, ENTRY_KEY}
    lost |= (observed & asked) - set(reply.desired.resources)
    if lost:
        raise Broken(f"lost {', '.join(sorted(lost))}")


def _registers(request: fnv1.RunFunctionRequest, spec: Mapping[str, Any]) -> bool:
    """Whether the claim wants it, and the hub's facts are the sample's: those register what is in their partition."""
    items = request.required_resources[HUB_FACTS_NAME].items
    if not items or struct_of(items[0].resource).get("data") != HUB[0]["data"]:
        return False
    return partition_of(spec["region"]) == "aws" and spec.get("argocd", {}).get("register", True) is True
