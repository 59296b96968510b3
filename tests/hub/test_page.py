"""docs/local-hub.md is what a person sees: its commands run here as printed, and print what it says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain

import pytest

from tests.docs.test_docs import SKIPPED, blocks
from tests.hub.live import Hub, Team
from tests.hub.local.contents import TEAMS
from tests.packages.test_install_guide import commands
from tests.tools.build import ROOT

PAGE = ROOT / "docs" / "local-hub.md"
MEASURED = re.compile(r"\d+(\.\d+)? (s|MB)\b|\b\d+s\b")
"""Times, ages and sizes, which differ from run to run."""
SECONDS = 200
pytestmark = pytest.mark.timeout(600)


class Turn:
    """What only one can be at is one's own from the first command that touches it to the one that is done with it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._mine: dict[str, ExitStack] = {}

    def __enter__(self) -> Turn:
        return self

    def __exit__(self, *_: object) -> None:
        for end in list(self._mine):
            self._mine.pop(end).close()

    def before(self, command: str) -> None:
        """Waits until nobody else is at it, if the command touches it."""
        shared = (
            (".hub/fleet", " push ", self._hub.fleet),
            ("create configmap", "delete configmap", self._hub.aws_refusing),
        )
        for touched, end, alone in shared:
            if touched in command and end not in self._mine:
                self._mine[end] = ExitStack()
                self._mine[end].enter_context(alone())

    def after(self, command: str) -> None:
        """Lets the next one, if the command is done with it."""
        for end in [end for end in self._mine if end in command]:
            self._mine.pop(end).close()


def reader() -> dict[str, str]:
    """The environment of the shell that the page has prepared."""
    return {
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C",
        "KUBECONFIG": str(ROOT / ".hub" / "kubeconfigs" / "admin"),
        "PATH": f"{ROOT / '.tools' / 'bin'}:{os.environ['PATH']}",
        "GIT_AUTHOR_NAME": "A reader",
        "GIT_AUTHOR_EMAIL": "reader@example.org",
        "GIT_COMMITTER_NAME": "A reader",
        "GIT_COMMITTER_EMAIL": "reader@example.org",
    }


def printed(command: str) -> list[str]:
    """Lines that a command prints, in the shell that the page has prepared."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command],
        cwd=ROOT,
        env=reader(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return comparable(done.stdout)


def comparable(text: str) -> list[str]:
    """Lines without what was measured, and with single spaces: columns are as wide as an age."""
    return [re.sub(r"\s+", " ", MEASURED.sub("N", line)).strip() for line in text.splitlines()]


@pytest.fixture
def readers(hub: Hub) -> Iterator[Team]:
    """The team of the page; its claims go afterwards."""
    team = Team(hub, "team-orders", TEAMS["team-orders"])
    yield team
    team.leave()


def test_the_commands_of_the_page_print_what_it_says(readers: Team) -> None:
    start, *others = [commands(block.text) for block in blocks(PAGE) if block.language == "console"]
    assert next(command for command, _ in start) == "make hub"
    with Turn(readers.hub) as turn:
        for command, said in chain.from_iterable(others):
            turn.before(command)
            assert printed(command) == comparable(said), command
            turn.after(command)


def test_the_page_shows_how_a_hub_starts(hub: Hub) -> None:
    start = next(block for block in blocks(PAGE) if block.language == "console")
    (_, said), *_ = commands(start.text)
    _, *steps, _summary, skipped = comparable(said)
    assert skipped == SKIPPED
    assert steps == comparable(hub.processes.log("start").read_text())
