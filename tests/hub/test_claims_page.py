"""docs/claims.md moves a living cluster: its commands run here as printed, and after each AWS is what it was."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from threading import Timer
from typing import Any

import pytest

from argosy.catalog import COMPOSITES, ENGINES
from argosy.cli.adopt import PROVIDERS_TAGS
from tests.docs.test_docs import blocks
from tests.hub.live import Hub, Team
from tests.hub.local.contents import TEAMS
from tests.hub.test_page import SECONDS, comparable, reader
from tests.packages.test_install_guide import commands
from tests.tools.build import ROOT

PAGE = ROOT / "docs" / "claims.md"
ACCOUNT = TEAMS["team-orders"]
FIRST = "## From XEKSCluster to EKSCluster"
DONE = "status of the command:"
Item = dict[str, Any]


class Shell:
    """The shell of somebody who reads the page: what one command sets, the next ones know."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["bash", "-o", "pipefail"],
            cwd=ROOT,
            env=reader(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str) -> list[str]:
        """The lines that a command prints; the shell ends if it takes too long or fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        limit = Timer(SECONDS, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write(f"{command}\necho {DONE} $?\n")
            self._process.stdin.flush()
            lines: list[str] = []
            while (line := self._process.stdout.readline()) and not line.startswith(DONE):
                lines.append(line)
        finally:
            limit.cancel()
        assert line == f"{DONE} 0\n", f"{command}\n{''.join(lines)}{self.close()}"
        return comparable("".join(lines))

    def close(self) -> str:
        """Ends it; what it said on standard error."""
        return self._process.communicate()[1] if self._process.returncode is None else ""


@pytest.fixture
def shell() -> Iterator[Shell]:
    found = Shell()
    yield found
    found.close()


@pytest.fixture
def readers(hub: Hub) -> Iterator[Team]:
    """The team of the page; its claims of both kinds go afterwards."""
    team = Team(hub, "team-orders", ACCOUNT)
    yield team
    team.leave()


def on_aws(hub: Hub) -> dict[tuple[str, str, str], Item]:
    """Everything in the team's account, without the tags by which the provider tells whose it is."""
    found = {}
    for thing in json.loads(json.dumps(hub.aws(ACCOUNT))):
        for section in ("fields", "made"):
            tags = thing[section].get("tags") or {}
            thing[section]["tags"] = {name: value for name, value in tags.items() if name not in PROVIDERS_TAGS}
        found[thing["kind"], thing["region"], thing["identity"]] = thing
    return found


def owners(hub: Hub) -> set[str]:
    """Kinds of the managed resources that tags on AWS tell of."""
    tags = (thing["fields"].get("tags") or {} for thing in hub.aws(ACCOUNT))
    return {found["crossplane-kind"].partition(".aws.")[2] for found in tags if "crossplane-kind" in found}


def for_argocd(hub: Hub) -> dict[str, str]:
    """uids of the cluster Secret and of the Application that Argo CD has made of it."""
    secret = hub.secret("orders", "team-orders")
    application = hub.get("argoproj.io/v1alpha1", "Application", "hello-orders-9ccad01cbd", "argocd")
    return {"secret": uid(secret), "application": uid(application)}


def uid(item: Mapping[str, Any] | None) -> str:
    return str(item["metadata"]["uid"]) if item else "there is none"


def left(hub: Hub, engine: str) -> list[str]:
    """What there still is of the objects that one package's claims compose, and no other's."""
    other = next(found for found in ENGINES.values() if found.name != engine)
    kinds = [kind for kind in ENGINES[engine].emits if kind not in other.emits]
    found = [item for kind in kinds for item in hub.list(kind.api_version, kind.kind)]
    (composite,) = (one for one in COMPOSITES if one.made_by(ENGINES[engine]))
    found += hub.list(composite.api_version, composite.kind)
    return [f"{item['kind']}/{item['metadata']['name']}" for item in found]


@pytest.mark.usefixtures("readers")
def test_the_cluster_of_the_page_moves_there_and_back_and_aws_notices_nothing(hub: Hub, shell: Shell) -> None:
    first, *others = [block for block in blocks(PAGE) if block.language == "console"]
    for command, said in commands(first.text):
        assert shell.run(command) == comparable(said), command
    wait = "kubectl wait -n argocd applications/hello-orders-9ccad01cbd --for=jsonpath={.status.sync.status}=Synced"
    shell.run("kubectl wait -n argocd applications/hello-orders-9ccad01cbd --for=create --timeout=60s")
    shell.run(f"{wait} --timeout=60s")
    before, known, began = on_aws(hub), for_argocd(hub), time.monotonic()
    assert owners(hub) == {"m.upbound.io"}
    for number, block in enumerate(others, 1):
        started = time.monotonic()
        for command, said in commands(block.text):
            assert shell.run(command) == comparable(said), command
            assert on_aws(hub) == before, command
            assert for_argocd(hub) == known, command
        print(f"{time.monotonic() - began:6.1f} s  block {number}: {time.monotonic() - started:.1f} s")
