"""Many claims at once: several paths, several processes, and a bar that disturbs nobody."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from argosy.cli import workers
from argosy.cli.documents import read
from tests.cli.program import CLAIM, HEAD, argosy, claim
from tests.support.lives import ROOT

MANY = workers.ENOUGH + 5
PROGRAM = "from argosy.cli import main, workers; workers.cores = lambda: {cores}; workers.PATIENCE = {patience}; main()"
"""The command as on a machine of so many cores: a fork of the tests' own process would take their threads along."""


def command(*arguments: str | Path, cores: int = 2, patience: float = 0) -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(cores=cores, patience=patience), *map(str, arguments)]


ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT / 'functions'}", "TERM": "xterm", "COLUMNS": "100"}


def run(*arguments: str | Path, cores: int) -> tuple[int, bytes, bytes]:
    done = subprocess.run(command(*arguments, cores=cores), env=ENVIRONMENT, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def named(name: str, more: str = "") -> str:
    return CLAIM.replace("name: orders", f"name: {name}") + more


def fleet(folder: Path, number: int = MANY) -> Path:
    """A folder of claims; every seventh has a mistake, and one file has several."""
    folder.mkdir()
    for index in range(number):
        claim(folder, named(f"c{index}", "  bogus: 1\n" if index % 7 == 3 else ""), f"{index:03}.yaml")
    claim(folder, f"{named('d0')}---\n{named('d1')}---\n{named('d2', '  environment: moon' + chr(10))}", "last.yaml")
    return folder


# paths


@pytest.mark.parametrize("name", ["render", "simulate", "graph"])
def test_a_command_takes_several_files_and_folders_in_their_order(name: str, tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    files = [claim(tmp_path, named("b"), "b.yaml"), claim(tmp_path / "claims", named("a"), "a.yaml")]
    claim(tmp_path / "claims", "kind: Kustomization\n", "kustomization.yaml")
    result = argosy(name, files[0], tmp_path / "claims")
    assert result.exit_code == 0
    assert result.stdout == argosy(name, files[0]).stdout + argosy(name, files[1]).stdout


def test_a_path_that_is_not_there_is_told_before_anything_is_printed(tmp_path: Path) -> None:
    result = argosy("render", claim(tmp_path, CLAIM), tmp_path / "nowhere")
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_broken_file_among_many_stops_render_before_anything_is_printed(tmp_path: Path) -> None:
    claim(fleet(tmp_path / "fleet", 3), "a: {", "zz.yaml")
    result = argosy("render", tmp_path / "fleet")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("zz.yaml:1: is no YAML: expected the node content, but found '<stream end>'\n")


# pieces of a file


def lines(folder: Path, text: str) -> list[int]:
    return [document.line("kind") for document in read([str(claim(folder, text))])]


def test_each_document_has_its_lines_in_the_file(tmp_path: Path) -> None:
    assert lines(tmp_path, f"# first\n{CLAIM}--- # second\n\n{CLAIM}---\n---\n{CLAIM}...\n---\n{CLAIM}") == [
        3,
        12,
        21,
        30,
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_lines_are_those_of_the_reader_whatever_ends_them(end: str, tmp_path: Path) -> None:
    assert lines(tmp_path, end.join(f"{CLAIM}---\n{CLAIM}".split("\n"))) == [2, 10]


def test_a_line_that_only_looks_like_the_end_of_a_document_is_text(tmp_path: Path) -> None:
    (found,) = read([str(claim(tmp_path, "kind: |\n  ---\n  a\n---x: 1\nb: ' ---'\n"))])
    assert found.value == {"kind": "---\na\n", "---x": 1, "b": " ---"}


def test_directives_belong_to_the_document_after_them(tmp_path: Path) -> None:
    text = f"%YAML 1.1\n---\n{CLAIM}...\n%TAG !e! tag:example.org,2000:\n---\nkind: !e!a b\n"
    assert lines(tmp_path, text) == [4, 13]


def test_a_quote_without_end_is_told_as_if_the_file_were_read_at_once(tmp_path: Path) -> None:
    result = argosy("validate", claim(tmp_path, f'{HEAD}spec: {{region: "eu\n---\n{CLAIM}'))
    assert "claim.yaml:7: is no YAML: found unexpected document separator" in result.stderr
    assert result.stderr.endswith("0 documents checked, 1 mistake\n")


def test_the_items_of_a_list_have_their_lines_behind_other_documents(tmp_path: Path) -> None:
    items = json.dumps({"apiVersion": "v1", "kind": "List", "items": [{"kind": "a"}, {"kind": "b"}]}, indent=0)
    assert lines(tmp_path, f"kind: x\n---\n{items}") == [1, 8, 11]


# several processes


@pytest.mark.parametrize("arguments", [("render",), ("render", "-x", "--format", "json"), ("validate",)], ids=" ".join)
def test_many_processes_print_what_one_does_in_the_same_order(arguments: tuple[str, ...], tmp_path: Path) -> None:
    fleet(tmp_path / "fleet")
    one, two = (run(*arguments, tmp_path / "fleet", cores=cores) for cores in (1, 2))
    assert one == two
    status, out, err = one
    assert status == 1
    assert err.count(b"spec.bogus") == sum(index % 7 == 3 for index in range(MANY))
    if arguments[0] == "render":
        printed = json.loads(out) if "json" in arguments else list(YAML(typ="safe").load_all(out))
        names = [item["metadata"]["name"] for item in printed if item["kind"] == "XEKSCluster"]
        assert names == [*(f"c{index}" for index in range(MANY) if index % 7 != 3), "d0", "d1", "d2"]


WHO = """
import os
from argosy.cli import workers

def who(_):
    return os.getpid()

workers.cores = lambda: {cores}
with workers.Workers() as crew:
    for number in (workers.ENOUGH - 1, workers.ENOUGH):
        print(os.getpid() in set(crew.each("")(who, [0] * number)))
"""


@pytest.mark.parametrize(("cores", "told"), [(1, ["True", "True"]), (2, ["True", "False"])])
def test_processes_are_started_only_for_many_things_and_on_several_cores(cores: int, told: list[str]) -> None:
    script = [sys.executable, "-c", WHO.format(cores=cores)]
    assert subprocess.check_output(script, env=ENVIRONMENT, text=True).split() == told


DEAF = """
import signal
from argosy.cli import workers

workers.cores = lambda: 2
with workers.Workers() as crew:
    print(set(crew.each("")(signal.getsignal, [signal.SIGINT] * workers.ENOUGH)) == {signal.SIG_IGN})
"""


def test_an_interrupt_is_told_by_the_first_process_alone() -> None:
    assert subprocess.check_output([sys.executable, "-c", DEAF], env=ENVIRONMENT, text=True) == "True\n"


def test_json_is_written_piece_by_piece_as_if_at_once(tmp_path: Path) -> None:
    text = argosy("render", fleet(tmp_path / "fleet", 2), "--format", "json").stdout
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


# who watches


def watched(*arguments: str | Path, patience: float, interrupt: bool = False) -> tuple[int, str, bytes]:
    """Status, what a terminal got on standard error, what a file got on standard output."""
    terminal, end = pty.openpty()
    given = command(*arguments, patience=patience)
    with (
        tempfile.TemporaryFile() as file,
        subprocess.Popen(given, env=ENVIRONMENT, stdin=end, stdout=file, stderr=end, start_new_session=True) as process,
    ):
        os.close(end)
        shown = b""
        while select.select([terminal], [], [], 60)[0]:
            try:
                shown += os.read(terminal, 65536)
            except OSError:  # nobody has the other end any more
                break
            if interrupt and b"reading" in shown:
                os.killpg(process.pid, signal.SIGINT)
                interrupt = False
        process.wait()
        file.seek(0)
        out = file.read()
    os.close(terminal)
    return process.returncode, shown.decode(), out


def test_a_bar_is_shown_on_a_terminal_alone_and_leaves_nothing_of_itself(tmp_path: Path) -> None:
    fleet(tmp_path / "fleet")
    status, shown, out = watched("render", tmp_path / "fleet", patience=0)
    assert f"/{MANY + 3}" in shown
    assert "reading" in shown
    assert "rendering" in shown
    told = [line.rpartition("\x1b[2K")[2] for line in shown.split("\r\n") if "is refused" in line]
    alone = run("render", tmp_path / "fleet", cores=2)
    assert (status, out, told) == (alone[0], alone[1], alone[2].decode().splitlines())


def test_short_work_shows_no_bar(tmp_path: Path) -> None:
    status, shown, _ = watched("render", claim(tmp_path, CLAIM), patience=workers.PATIENCE * 60)
    assert (status, shown) == (0, "")


def test_an_interrupt_ends_all_processes_in_one_word(tmp_path: Path) -> None:
    fleet(tmp_path / "fleet", 300)
    started = time.monotonic()
    status, shown, out = watched("render", tmp_path / "fleet", patience=0, interrupt=True)
    assert status == 1
    assert out.count(b"\nkind: XEKSCluster\n") < 300, "it went on to the end"
    assert shown.endswith("\r\nAborted!\r\n")
    assert "Traceback" not in shown
    assert time.monotonic() - started < 60
