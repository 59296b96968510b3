"""docs/claims.md moves a living cluster: its commands run here as printed, and after each AWS is what it was."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from argosy.catalog import COMPOSITES, ENGINES
from argosy.cli.adopt import PROVIDERS_TAGS
from argosy.engines.hub import OBJECT
from argosy.settle import EXTERNAL_NAME
from argosy.simulator.server import COMPOSITE
from tests.docs.test_docs import Block, blocks
from tests.hub.live import Hub, Team
from tests.hub.local.contents import TEAMS
from tests.hub.test_page import SECONDS, Turn, comparable, reader
from tests.packages.test_install_guide import commands
from tests.support.lives import CLUSTER_ENGINE, ENGINE
from tests.tools.build import ROOT

PAGE = ROOT / "docs" / "claims.md"
ACCOUNT = TEAMS["team-orders"]
CLUSTER = "orders-9ccad01cbd"
"""Name of the page's cluster; what it is made of is named after it."""
ADOPTED: Mapping[str, Any] = {"f:metadata": {"f:annotations": {f"f:{EXTERNAL_NAME}": {}}}}
"""What `argosy adopt` has said last: who the thing on AWS is."""
pytestmark = pytest.mark.timeout(600)
DONE = "status of the command:"
Item = dict[str, Any]


class Shell:
    """The shell of somebody who reads the page: what one command sets, the next ones know."""

    def __init__(self, turn: Turn, errors: Path) -> None:
        """Starts it.

        Args:
            turn: of whoever changes the clone of the fleet's repository.
            errors: file for what it says on standard error; a pipe that nobody empties would stop it.
        """
        self._turn, self._errors = turn, errors
        self._process = subprocess.Popen(
            ["bash", "-o", "pipefail"], cwd=ROOT, env=reader(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.run(f"exec 2> '{errors}'")

    def run(self, command: str) -> list[str]:
        """The lines that a command prints; the shell ends if it takes too long or fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._turn.before(command)
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
        self._turn.after(command)
        return comparable("".join(lines))

    def close(self) -> str:
        """Ends it; what it said on standard error."""
        self._process.communicate()
        return self._errors.read_text()


@pytest.fixture
def shell(hub: Hub, tmp_path: Path) -> Iterator[Shell]:
    with Turn(hub) as turn:
        found = Shell(turn, tmp_path / "errors")
        yield found
        found.close()


@pytest.fixture
def readers(hub: Hub) -> Iterator[None]:
    """The team of the page; its cluster is gone afterwards, also from Git, so that other pages may begin anew."""
    yield
    file = "claims/team-orders/orders.yaml"
    if (hub.home.fleet / file).exists():
        hub.push({file: None}, "No cluster for orders")
    Team(hub, "team-orders", ACCOUNT).leave()
    hub.until_gone("orders", "team-orders", seconds=300)
    # all clusters are one API server here, and the next of this name would have the workload of this one
    workload = {"name": "hello", "namespace": f"hello-{CLUSTER}"}
    hub.spoke.delete({"apiVersion": "v1", "kind": "ConfigMap", "metadata": workload})


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
    application = hub.get("argoproj.io/v1alpha1", "Application", f"hello-{CLUSTER}", "argocd")
    return {"secret": uid(secret), "application": uid(application)}


def uid(item: Mapping[str, Any] | None) -> str:
    return str(item["metadata"]["uid"]) if item else "there is none"


def composed(hub: Hub, engine: str) -> list[Item]:
    """What the claim of the page composes on one package and not on the other, and its composite."""
    other = next(found for found in ENGINES.values() if found.name != engine)
    kinds = [kind for kind in ENGINES[engine].emits if kind not in other.emits]
    found = [item for kind in kinds for item in hub.list(kind.api_version, kind.kind, labels=COMPOSITE)]
    (composite,) = (one for one in COMPOSITES if one.made_by(ENGINES[engine]))
    found += hub.list(composite.api_version, composite.kind)
    return [item for item in found if of_page(item["metadata"])]


def of_page(metadata: Mapping[str, Any]) -> bool:
    """Whether an object is of the page's cluster: other teams, too, may have one that is called orders."""
    claimed_in = metadata.get("labels", {}).get("crossplane.io/claim-namespace")
    own = "team-orders" in (metadata.get("namespace"), claimed_in) or metadata["name"].startswith(CLUSTER)
    return own and re.match(r"orders(-|$)", metadata["name"]) is not None


@dataclass
class Reading:
    """Somebody reads the page and does what it says, while others look at AWS and at Argo CD.

    Attributes:
        before: what there was on AWS when the cluster was ready.
        known: what Argo CD knew of it then.
    """

    hub: Hub
    shell: Shell
    before: Mapping[Any, Item]
    known: Mapping[str, str]
    began: float = field(default_factory=time.monotonic)

    def do(self, block: Block, title: str) -> None:
        """The commands of a block, after each of which nothing has changed where it counts."""
        started = time.monotonic()
        for command, said in commands(block.text):
            assert self.shell.run(command) == comparable(said), command
            self.look(command)
        self.tell(title, started)

    def go_back(self, block: Block) -> None:
        """The commands of a block that prints what nobody reads."""
        started = time.monotonic()
        for command in block.text.splitlines():
            self.shell.run(command)
            self.look(command)
        self.hub.until_ready("orders", "team-orders", seconds=SECONDS)
        self.tell("go back", started)

    def look(self, after: str) -> None:
        assert on_aws(self.hub) == self.before, after
        assert for_argocd(self.hub) == self.known, after

    def tell(self, title: str, started: float) -> None:
        now = time.monotonic()
        print(f"{now - self.began:6.1f} s  {title}: {now - started:.1f} s")


def conditions(item: Item | None) -> dict[str, str]:
    return {one["type"]: one["status"] for one in item["status"]["conditions"]} if item else {}


def policies(hub: Hub, engine: str) -> dict[str, Any]:
    """Management policies of all managed resources of an engine, by kind and name."""
    found = [item for item in composed(hub, engine) if "managementPolicies" in item["spec"]]
    return {f"{item['kind']}/{item['metadata']['name']}": item["spec"]["managementPolicies"] for item in found}


def leftovers(hub: Hub, engine: str) -> list[str]:
    """Fields of living objects that belong to nobody any more: whoever gives one up later could not take it away."""
    found = []
    for item in (*composed(hub, engine), *hub.list(OBJECT.api_version, OBJECT.kind, "team-orders", COMPOSITE)):
        name = f"{item['kind']}/{item['metadata']['name']}"
        managers = {
            one["manager"]: one["fieldsV1"] for one in item["metadata"]["managedFields"] if "subresource" not in one
        }
        if managers.pop("argosy-adopt", ADOPTED) != ADOPTED:
            found.append(f"{name}: argosy-adopt")
        if len([manager for manager in managers if "/composed/" in manager]) > 1:
            found.append(f"{name}: two composites")
    return found


@pytest.mark.usefixtures("readers")
def test_the_cluster_of_the_page_moves_there_and_back_and_aws_notices_nothing(hub: Hub, shell: Shell) -> None:
    first, *others = [block for block in blocks(PAGE) if block.language == "console"]
    (back,) = [block for block in blocks(PAGE) if block.language == "sh"]
    for command, said in commands(first.text):
        assert shell.run(command) == comparable(said), command
    for state in ("create", "jsonpath={.status.sync.status}=Synced"):
        shell.run(f"kubectl wait -n argocd applications/hello-{CLUSTER} --for={state} --timeout=60s")
    allowed = policies(hub, ENGINE)
    reading = Reading(hub, shell, on_aws(hub), for_argocd(hub))
    assert owners(hub) == {"m.upbound.io"}
    assert "there is none" not in reading.known.values()

    for number, block in enumerate(others[:2], 1):
        reading.do(block, f"{ENGINE}, block {number}")
    reading.go_back(back)
    assert composed(hub, CLUSTER_ENGINE) == []
    assert policies(hub, ENGINE) == allowed

    middle = next(number for number, block in enumerate(others) if "$ XR=" in block.text)
    for number, block in enumerate(others, 1):
        engine = ENGINE if number <= middle else CLUSTER_ENGINE
        reading.do(block, f"{engine}, block {number}")
        if number == middle:
            assert owners(hub) == {"upbound.io"}
            assert composed(hub, ENGINE) == []
            assert policies(hub, CLUSTER_ENGINE) == allowed
            assert leftovers(hub, CLUSTER_ENGINE) == []
            claim = hub.get("claims.fleet.argosy.dev/v1alpha1", "EKSCluster", "orders", "team-orders")
            assert set(({**conditions(claim), "Deletable": "True"}).values()) == {"True"}
    assert owners(hub) == {"m.upbound.io"}
    assert composed(hub, CLUSTER_ENGINE) == []
    assert policies(hub, ENGINE) == allowed
    assert leftovers(hub, ENGINE) == []
    assert set(({**conditions(hub.claim("orders", "team-orders")), "Deletable": "True"}).values()) == {"True"}
