"""Nobody is measured who does other work: what each composes is compared with what we compose first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from bench.cases import Case, plain
from bench.recipes import leaves

SHOWN = 5
"""Differences that are shown; more do not help."""


class DoesOtherWork(Exception):  # noqa: N818  (a report to the person at the command line)
    """A contestant composes something else."""


def check(name: str, case: Case, answer: bytes) -> None:
    """Compares a contestant's resources, and which of them are ready, with ours.

    Raises:
        DoesOtherWork: with the first differences.
    """
    reply = fnv1.RunFunctionResponse.FromString(answer)
    found = list(_differences(case, reply))
    if found:
        more = f"\n... and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise DoesOtherWork(f"{name}, {case.name}:\n" + "\n".join(found[:SHOWN]) + more)


def _differences(case: Case, reply: fnv1.RunFunctionResponse) -> Iterator[str]:
    for result in reply.results:
        if result.severity == fnv1.SEVERITY_FATAL:
            yield f"fatal: {result.message}"
    ours, theirs = case.desired, plain(reply)
    unlike = _ready(case.answer) ^ _ready(reply)
    for key in sorted(ours.keys() | theirs.keys()):
        yield from _between(key, ours.get(key, {}), theirs.get(key, {}))
        if key in unlike:
            yield f"{key}: is ready for one alone"


def _ready(reply: fnv1.RunFunctionResponse) -> set[str]:
    return {key for key, item in reply.desired.resources.items() if item.ready == fnv1.READY_TRUE}


def _between(key: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    here, there = dict(leaves(ours)), dict(leaves(theirs))
    for path in sorted(here.keys() | there.keys(), key=str):
        if path not in here or path not in there or here[path] != there[path]:
            where = ".".join(map(str, (key, *path)))
            yield f"{where}: {here.get(path, 'nothing')!r} is ours, {there.get(path, 'nothing')!r} theirs"
