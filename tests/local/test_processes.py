"""The processes of a local hub: who is named when one fails, and that nobody else's process is ever ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.hub.local import processes as module
from tests.hub.local.home import Home
from tests.hub.local.processes import CrashedError, Part, Processes, listens
from tests.hub.local.waiting import wait_for

SLEEPS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Those of a hub in a folder of its own; all of them are ended."""
    home = Home(tmp_path / "hub")
    home.path.mkdir()
    found = Processes(home)
    yield found
    for name in found.names:
        found.kill(name)


def part(text: str, *, name: str = "part", ready: Callable[[], bool] = lambda: True, **fields: float) -> Part:
    """A part whose program is a line of Python."""
    return Part(name=name, command=[sys.executable, "-c", text], ready=ready, **fields)  # type: ignore[arg-type]


def pid_of(processes: Processes, name: str = "part") -> int:
    process = processes.process(name)
    assert process is not None
    return process.pid


def home_of(processes: Processes) -> Home:
    return Home(processes.log("part").parents[1])


def test_a_part_that_ends_at_once_is_named_with_the_end_of_its_log(processes: Processes) -> None:
    said = "import sys; print(*range(40), sep='\\n'); sys.exit('no etcd here')"
    with pytest.raises(CrashedError) as crashed:
        processes.run([part(said, name="apiserver", ready=lambda: False)])
    lines = str(crashed.value).splitlines()
    assert lines[0] == f"apiserver has ended; {processes.log('apiserver')} ends:"
    assert lines[1:] == [*(f"    {number}" for number in range(26, 40)), "    no etcd here"]
    assert processes.crashed() == ["apiserver"]


def test_a_part_that_never_serves_is_named_with_its_log(processes: Processes) -> None:
    waits = "import time; print('waiting for the moon', flush=True); time.sleep(60)"
    with pytest.raises(CrashedError, match=r"(?s)^part is not ready after 1 s; .* ends:\n    waiting for the moon$"):
        processes.run([part(waits, ready=lambda: False, seconds=1)])


def test_a_port_that_is_taken_is_named_and_nothing_is_started(processes: Processes) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert listens(port)
        wanted = Part(name="etcd", command=[sys.executable, "-c", SLEEPS], ready=lambda: True, ports=(port,))
        with pytest.raises(
            CrashedError, match=rf"^etcd needs port {port} of 127.0.0.1, .*: end it, or `make hub-down`"
        ):
            processes.start(wanted)
    assert processes.names == []
    assert not listens(port)


def test_a_part_that_runs_is_not_started_twice_and_is_known_to_the_next_make_hub(processes: Processes) -> None:
    processes.run([part(SLEEPS)])
    first = pid_of(processes)
    again = Processes(home_of(processes))
    again.run([part(SLEEPS)])
    assert pid_of(again) == first
    assert again.crashed() == []
    again.end()
    assert not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE
    assert Processes(home_of(processes)).names == []


def test_a_part_outlives_ctrl_c_of_who_started_it(processes: Processes) -> None:
    processes.run([part(SLEEPS)])
    assert os.getsid(pid_of(processes)) != os.getsid(0)


def test_the_log_of_a_part_that_is_started_again_goes_on(processes: Processes) -> None:
    for text in ("first", "second"):
        with pytest.raises(CrashedError):
            processes.run([part(f"print('{text}')", ready=lambda: False)])
    assert processes.log("part").read_text() == "first\nsecond\n"


def test_a_part_that_was_killed_has_crashed_until_it_is_started_again(processes: Processes) -> None:
    processes.run([part(SLEEPS), part(SLEEPS, name="other")])
    first = pid_of(processes)
    processes.kill("part")
    assert processes.crashed() == ["part"]
    assert processes.process("other") is not None
    processes.run([part(SLEEPS)])
    assert processes.crashed() == []
    assert pid_of(processes) != first


def test_only_what_was_named_is_ended(processes: Processes) -> None:
    processes.run([part(SLEEPS), part(SLEEPS, name="other")])
    processes.end(["part", "one that was never started"])
    assert processes.names == ["other"]
    assert processes.process("other") is not None


def test_another_process_that_got_the_id_is_left_alone(processes: Processes) -> None:
    """An id is given again once its process is gone: after a restart of the machine, to anybody's."""
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPS])
    try:
        born = psutil.Process(stranger.pid).create_time()
        home = home_of(processes)
        home.processes.write_text(json.dumps({"etcd": [stranger.pid, born - 100], "redis": [stranger.pid, born]}))
        found = Processes(home)
        assert found.crashed() == ["etcd"]
        found.kill("etcd")
        found.end(["etcd"])
        time.sleep(0.2)
        assert stranger.poll() is None
        found.end(["redis"])  # born when the record says: this one is ours
        assert stranger.poll() is not None
    finally:
        stranger.kill()
        stranger.wait()


def test_what_does_not_end_in_time_is_killed(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "END_SECONDS", 0.5)
    processes.run([part(DEAF)])
    wait_for(lambda: "deaf" in processes.log("part").read_text(), "it ignores SIGTERM", seconds=10)
    process = processes.process("part")
    assert process is not None
    processes.end()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert processes.names == []


def test_an_interrupted_record_leaves_the_one_before(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while it is written: an empty record would strand every process."""
    processes.run([part(SLEEPS)])
    first = pid_of(processes)
    monkeypatch.setattr(json, "dumps", interrupted)
    with pytest.raises(KeyboardInterrupt):
        processes.start(part(SLEEPS, name="other"))
    assert Processes(home_of(processes)).names == ["part"]
    assert pid_of(Processes(home_of(processes))) == first


def test_ctrl_c_waits_until_a_process_is_recorded(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would ever find it again."""
    born = module._born

    def interrupting(pid: int) -> float:
        os.kill(os.getpid(), signal.SIGINT)
        return born(pid)

    monkeypatch.setattr(module, "_born", interrupting)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts us may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            processes.start(part(SLEEPS))
    finally:
        signal.signal(signal.SIGINT, before)
    assert pid_of(Processes(home_of(processes))) == pid_of(processes)


def interrupted(*_: object) -> str:
    raise KeyboardInterrupt
