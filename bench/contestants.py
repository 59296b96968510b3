"""Who is measured, how each is started, and what each is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.function import fill
from argosy.unknown import Json
from bench.cases import Case
from bench.peers import by_hand, patch_and_transform, pythonic
from bench.recipes import recipe
from tests.tools.build import TOOLS

ROOT = Path(__file__).parents[1]
OURS, FLOOR = "argosy", "floor"
MEGABYTES = 16
"""Size of a message that everybody is told to take who can be told: what examples/setup/function-runtime.yaml says."""
USUAL_LIMIT = 4 * 1024 * 1024
"""Bytes of a message that gRPC takes of itself."""
PYTHONIC = ROOT / ".venv" / "pythonic" / "bin" / "function-pythonic"
"""It pins another SDK, so it has an environment of its own: requirements/pythonic.txt."""


FUNCTION = ROOT / ".venv" / "function" / "bin" / "python"
"""An environment with what the function's image has, and nothing else: with what tests need beside it, the SDK's logger
imports a library for colours, and takes a tenth of a second more to start."""
RUNTIME = FUNCTION if FUNCTION.exists() else Path(sys.executable)


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A server.

    Attributes:
        command: arguments of its process, in which {address} and {work} are filled in.
        input: what the Composition tells it for a case; None where that is what it tells us.
        write: writes what it reads of a case when it starts.
        missing: why it cannot be run here, with the cure; None if it can.
        any_size: whether it can be told to take long messages.
    """

    name: str
    title: str
    command: tuple[str, ...]
    input: Callable[[Case], Mapping[str, Json]] | None = None
    write: Callable[[Path, Case], object] = lambda _, __: None
    missing: Callable[[], str | None] = lambda: None
    any_size: bool = True

    def request(self, case: Case) -> bytes:
        """What it is asked: our request, with its own input."""
        request = fnv1.RunFunctionRequest()
        request.CopyFrom(case.request)
        if self.input is not None:
            request.input.Clear()
            fill(request.input, dict(self.input(case)))
        return request.SerializeToString()

    def takes(self, message: bytes) -> bool:
        """Whether a message is not too long for it."""
        return self.any_size or len(message) <= USUAL_LIMIT


def _input_of_patch_and_transform(case: Case) -> Mapping[str, Json]:
    return patch_and_transform(recipe(case))


def _input_of_pythonic(case: Case) -> Mapping[str, Json]:
    return {
        "apiVersion": "pythonic.fn.fortra.com/v1alpha1",
        "kind": "Composite",
        "composite": f"{_module(case)}.Composite",
        "step": "compose",
    }


def _module(case: Case) -> str:
    return f"composite_{case.name.replace('-', '_')}"


FOLDERS = ("answers", "by_hand", "pythonic")


def _write_answer(work: Path, case: Case) -> None:
    (work / "answers" / f"{case.name}.bin").write_bytes(case.answer.SerializeToString())


def _write_by_hand(work: Path, case: Case) -> None:
    (work / "by_hand" / f"{case.name}.py").write_text(by_hand(recipe(case)))


def _write_pythonic(work: Path, case: Case) -> None:
    (work / "pythonic" / f"{_module(case)}.py").write_text(pythonic(recipe(case)))


def _patch_and_transform_is_missing() -> str | None:
    tool = TOOLS["function-patch-and-transform"]
    return None if tool.is_current() else f"not built: python tests/tools/build.py {tool.name}"


def _pythonic_is_missing() -> str | None:
    return None if PYTHONIC.exists() else "not installed: .venv/pythonic, from requirements/pythonic.txt"


SDK_OPTIONS = ("--address", "{address}", "--insecure", "--max-recv-message-size", str(MEGABYTES))

CONTESTANTS = {
    contestant.name: contestant
    for contestant in (
        Contestant(
            name=FLOOR,
            title="floor: decode the request, encode an answer",
            command=(str(RUNTIME), "-m", "bench.servers.floor", "--answers", "{work}/answers", *SDK_OPTIONS),
            write=_write_answer,
        ),
        Contestant(
            name=OURS,
            title="function-argosy",
            command=(str(RUNTIME), "-m", "argosy.main", *SDK_OPTIONS),
        ),
        Contestant(
            name="by-hand",
            title="SDK by hand: struct_to_dict, resource.update",
            command=(str(RUNTIME), "-m", "bench.servers.by_hand", "--recipes", "{work}/by_hand", *SDK_OPTIONS),
            write=_write_by_hand,
        ),
        Contestant(
            name="patch-and-transform",
            title="function-patch-and-transform 0.10.7",
            command=(str(TOOLS["function-patch-and-transform"].path), *SDK_OPTIONS),
            input=_input_of_patch_and_transform,
            missing=_patch_and_transform_is_missing,
        ),
        Contestant(
            name="pythonic",
            title="function-pythonic 0.1.4 (for Python 3.11)",
            command=(str(PYTHONIC), "--address", "{address}", "--insecure", "--python-path", "{work}/pythonic"),
            input=_input_of_pythonic,
            write=_write_pythonic,
            missing=_pythonic_is_missing,
            any_size=False,
        ),
    )
}


def prepare(work: Path, contestant: Contestant, cases: Iterable[Case]) -> None:
    """Writes what a contestant reads when it starts."""
    for folder in FOLDERS:
        (work / folder).mkdir(parents=True, exist_ok=True)
    for case in cases:
        contestant.write(work, case)
