"""`make hub` on a hub that runs, and on one of which a part has ended."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.hub.live import Hub
from tests.hub.local.fleet import git
from tests.hub.local.hub import up

PART = "argocd-repo-server"


def test_a_folder_without_repository_does_not_stand_for_the_checkout_around_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    inner = tmp_path / "fleet"
    inner.mkdir()
    (inner / "claim.yaml").touch()

    with pytest.raises(RuntimeError, match="not a git repository"):
        git(inner, "add", "--all")

    assert git(tmp_path, "diff", "--cached", "--name-only") == ""


@pytest.mark.alone
def test_a_hub_that_runs_is_found(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: hub.processes.process(name) for name in hub.processes.names}

    assert up(hub.home) == 0

    out, err = capsys.readouterr()
    assert re.match(rf"{len(before)} processes, \d+ MB", out)
    assert "export KUBECONFIG=" in out
    assert err == ""
    assert {name: hub.processes.process(name) for name in hub.processes.names} == before


@pytest.mark.alone
def test_a_part_that_has_ended_is_named_with_its_log_and_started_again(
    hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.processes.kill(PART)

    assert up(hub.home) == 0

    out, err = capsys.readouterr()
    assert err.startswith(f"{PART} has ended; ")
    assert f"logs/{PART}.log ends:\n" in err
    assert f"starting again: {PART}\n" in out
    assert hub.processes.process(PART) is not None
