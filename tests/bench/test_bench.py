"""The command from end to end, on servers that need nothing but Python; and that it measures no other work."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.function import fill
from bench.__main__ import FULL, PASSING, trials
from bench.cases import case
from bench.contestants import CONTESTANTS, ROOT, USUAL_LIMIT, Contestant, prepare
from bench.equality import DoesOtherWork, check
from bench.processes import NotServing, Process
from bench.rounds import Effort, Trial, measure

SHORT = Effort(rounds=1, seconds=0, starts=1)
Change = Callable[[fnv1.RunFunctionResponse], object]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_command_tells_ratios_and_writes_them(tmp_path: Path) -> None:
    few = ("--server", "argosy", "--server", "by-hand", "--callers", "1", "--callers", "3")
    done = bench("--quick", "--case", "minimal", "--seconds", "0", *few, "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "bench.json").read_text()
    told = json.loads(text)
    assert {(row["contestant"], row["callers"]) for row in told["rows"]} == {
        (name, callers) for name in ("floor", "argosy", "by-hand") for callers in (1, 3)
    }
    assert all(row["calls"] >= row["callers"] for row in told["rows"])
    assert told["starts"].keys() == {"floor", "argosy", "by-hand"}
    assert all(start["resident_mib"] > 10 and start["spawn_seconds"] > 0 for start in told["starts"].values())
    assert told["command"].startswith("python -m bench --quick --case minimal")
    assert (tmp_path / "bench.svg").read_text().startswith("<svg ")
    for column in ("CPU x floor", "calls/s", "MiB after all calls", "stretch"):
        assert column in done.stdout
    assert [word for word in (str(ROOT), str(tmp_path), sys.prefix, platform.node()) if word in text] == []


def test_a_minutes_figures_never_end_in_a_page() -> None:
    assert PASSING.is_relative_to(ROOT / "_output")


def _another_region(reply: fnv1.RunFunctionResponse) -> None:
    fill(reply.desired.resources["vpc"].resource.fields["spec"].struct_value, {"forProvider": {"region": "x"}})


CHANGES: dict[str, tuple[Change, str]] = {
    "missing": (lambda reply: reply.desired.resources.pop("vpc"), "vpc.apiVersion"),
    "more": (lambda reply: fill(reply.desired.resources["x"].resource, {"kind": "X"}), "x.kind: 'nothing' is ours"),
    "other": (_another_region, "vpc.spec.forProvider.region: 'eu-west-1' is ours, 'x' theirs"),
    "unready": (lambda reply: setattr(reply.desired.resources["vpc"], "ready", 0), "vpc: is ready for one alone"),
    "fatal": (lambda reply: reply.results.add(severity=fnv1.SEVERITY_FATAL, message="no"), "fatal: no"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_nobody_is_measured_who_does_other_work(name: str) -> None:
    found = case("minimal")
    reply = fnv1.RunFunctionResponse()
    reply.CopyFrom(found.answer)
    check("somebody", found, reply.SerializeToString())
    change, words = CHANGES[name]
    change(reply)
    with pytest.raises(DoesOtherWork) as told:
        check("somebody", found, reply.SerializeToString())
    assert str(told.value).startswith("somebody, minimal:\n")
    assert words in str(told.value)


def test_a_server_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    broken = Contestant(name="broken", title="", command=(sys.executable, "-c", "raise SystemExit('no answers here')"))
    with pytest.raises(NotServing, match=r"broken does not listen on .*:\nno answers here"):
        Process(broken, tmp_path, None)


def test_a_message_is_too_long_only_for_who_cannot_be_told() -> None:
    message = b"x" * (USUAL_LIMIT + 1)
    assert [name for name, item in CONTESTANTS.items() if not item.takes(message)] == ["pythonic"]
    assert all(item.takes(message[1:]) for item in CONTESTANTS.values())


def test_who_takes_no_case_is_neither_asked_nor_started() -> None:
    """What is too long for one must not end the bench for all."""
    small = dataclasses.replace(CONTESTANTS["by-hand"], any_size=False)
    request = fnv1.RunFunctionRequest(meta=fnv1.RequestMeta(tag="x" * USUAL_LIMIT))
    long = dataclasses.replace(case("minimal"), name="long", request=request)
    measured = asyncio.run(measure([small], [Trial(case=long)], SHORT, lambda _: None))
    assert measured.refused == [("by-hand", "long")]
    assert not measured.turns
    assert not measured.starts


def test_a_server_that_fails_a_call_is_told_with_its_last_words() -> None:
    """Its recipe is not there: what the servers read is made for the case that another request names."""
    odd = dataclasses.replace(case("minimal"), request=fnv1.RunFunctionRequest())
    with pytest.raises(NotServing, match=r"(?s)by-hand, minimal: .*KeyError"):
        asyncio.run(measure([CONTESTANTS["by-hand"]], [Trial(case=odd)], SHORT, lambda _: None))


def test_every_missing_program_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bench.contestants.PYTHONIC", tmp_path / "none")
    monkeypatch.setattr("tests.tools.build.BIN", tmp_path)
    told = {name: why for name, item in CONTESTANTS.items() if (why := item.missing()) is not None}
    assert told == {
        "patch-and-transform": "not built: python tests/tools/build.py function-patch-and-transform",
        "pythonic": "not installed: .venv/pythonic, from requirements/pythonic.txt",
    }


def test_what_servers_read_is_there_for_every_case(tmp_path: Path) -> None:
    for contestant in CONTESTANTS.values():
        prepare(tmp_path / "work", contestant, [case("minimal"), case("minimal", "ack")])
    assert {str(file.relative_to(tmp_path / "work")) for file in (tmp_path / "work").rglob("*.*")} == {
        *("answers/minimal.bin", "answers/minimal-ack.bin"),
        *("by_hand/minimal.py", "by_hand/minimal-ack.py"),
        *("pythonic/composite_minimal.py", "pythonic/composite_minimal_ack.py"),
    }


def test_what_is_about_us_is_asked_of_us_and_of_the_floor_alone() -> None:
    trial = Trial(case=case("minimal"), alone=True)
    assert [name for name, item in CONTESTANTS.items() if trial.asks(item)] == ["floor", "argosy"]
    both = [trial, Trial(case=case("minimal"))]
    effort = Effort(rounds=3, seconds=0, starts=2)
    assert effort.turns(both, list(CONTESTANTS.values())) == 3 * (2 + len(CONTESTANTS)) + 2 * len(CONTESTANTS)


def test_a_hundred_callers_do_not_ask_for_the_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.__main__.case", lambda name: dataclasses.replace(case("minimal"), name=name))
    extent = dataclasses.replace(FULL, names=("minimal", "largest"))
    found = [(trial.case.name, trial.callers) for trial in trials(extent, only_names=True)]
    assert found == [("minimal", 1), ("minimal", 8), ("minimal", 100), ("largest", 1), ("largest", 8)]


def test_a_process_s_cpu_is_finer_than_hundredths_of_a_second(tmp_path: Path) -> None:
    prepare(tmp_path, CONTESTANTS["floor"], [case("minimal")])
    with Process(CONTESTANTS["floor"], tmp_path, None) as server:
        told = server.cpu_seconds()
        psutil_told = sum(psutil.Process(server._process.pid).cpu_times()[:2])
    assert told == pytest.approx(psutil_told, abs=0.05)
    assert told * 100 != round(told * 100)
