"""What else a local hub is started with: ports, manifests, waiting, the repository, and what a person reads."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.local import fleet
from tests.hub.local.fleet import git, write_fleet
from tests.hub.local.home import Home, Port
from tests.hub.local.hub import NEXT
from tests.hub.local.kubectl import documents
from tests.hub.local.parts import MANIFESTS, SETUP
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT

FIXED = {Port.PROVIDER_KUBERNETES_METRICS, Port.PROVIDER_KUBERNETES_WEBHOOK}
"""No flag moves these."""


def test_no_two_parts_share_a_port() -> None:
    values = [port.value for port in Port.__members__.values()]
    assert len(set(values)) == len(values)
    assert all(20_000 < port < 32_768 for port in Port if port not in FIXED)  # above that, Linux takes them itself


def test_documents_are_all_objects_in_order(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("# only a comment\n---\nkind: A\n---\n---\nkind: B\n")
    two.write_text("kind: C\n")
    assert [item["kind"] for item in documents(two, one)] == ["C", "A", "B"]


@pytest.mark.parametrize("path", [*MANIFESTS.glob("*.yaml"), *SETUP.glob("*rbac*.yaml")], ids=lambda path: path.name)
def test_every_manifest_is_a_list_of_objects(path: Path) -> None:
    found = documents(path)
    assert found
    assert all({"apiVersion", "kind"} <= item.keys() for item in found)


def test_what_is_awaited_is_returned_as_soon_as_it_is_there() -> None:
    looks: Iterator[str] = iter(["", "", "there"])
    assert wait_for(lambda: next(looks), "it comes", seconds=5, every=0.001) == "there"


def test_what_does_not_come_is_told_with_what_there_is_instead() -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError, match=r"^after 0 s it is still not so that it comes; instead: rain$"):
        wait_for(lambda: False, "it comes", seconds=0.2, instead=lambda: "rain", every=0.01)
    assert 0.2 <= time.monotonic() - begun < 5
    with pytest.raises(TimeoutError, match=r"^after 0 s it is still not so that it comes$"):
        wait_for(lambda: None, "it comes", seconds=0)


def test_what_fails_while_it_is_looked_at_is_not_waited_for() -> None:
    def look() -> bool:
        raise PermissionError("no")

    with pytest.raises(PermissionError):
        wait_for(look, "it comes", seconds=60)


def test_the_message_of_make_hub_names_what_exists(tmp_path: Path) -> None:
    text = NEXT.format(kubeconfig="K", repository="R", fleet="F", logs="L")
    assert "export KUBECONFIG=$PWD/K" in text
    assert text.count("git -C F ") == 3
    (example, place) = re.findall(r"cp (\S+) F/(claims/\S+)/", text)[0]
    assert (ROOT / example).exists()
    made = f"mkdir -p F/{place}" in text
    assert made or (ROOT / "tests/hub/local/fleet" / place).is_dir()
    for target in re.findall(r"make (\S+)\.", text):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A hub's folder, where a push tells nobody."""
    monkeypatch.setattr(fleet, "built", lambda _: Path("/bin/true"))
    return Home(tmp_path)


def test_the_fleet_is_cloned_and_a_push_reaches_the_repository(home: Home) -> None:
    write_fleet(home)
    (home.fleet / "file").write_text("x")
    git(home.fleet, "add", "--all")
    git(home.fleet, "commit", "--quiet", "--message=One more")
    git(home.fleet, "push", "--quiet", "origin", "main")
    assert git(home.repository, "log", "--format=%s", "main").splitlines() == ["One more", "A fleet without clusters"]
    write_fleet(home)  # a second `make hub` changes nothing
    assert (home.fleet / "file").exists()


def test_a_fleet_that_was_interrupted_is_made_whole(home: Home) -> None:
    write_fleet(home)
    shutil.move(home.fleet, home.path / "fleet.new")
    write_fleet(home)
    assert (home.fleet / "README.md").exists()
    assert git(home.fleet, "rev-parse", "main") == git(home.repository, "rev-parse", "main")


def test_a_git_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"^git log: .*not a git repository"):
        git(tmp_path, "log")
