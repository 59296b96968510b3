"""Deletion of claims: what refuses it and how it is done, what goes when, what AWS keeps on purpose.

Crossplane does not call the function for a claim that is being deleted: the garbage collector tells all composed
objects to go. Usages hold back what must go later, and AWS refuses what is still in use until it is not.
"""

from __future__ import annotations

import re
import time
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TypeAlias

import pytest
import yaml
from kubernetes.watch import Watch
from urllib3.exceptions import HTTPError

from tests.hub.live import COMPOSED, DECOMMISSION, XR, Hub, Item, Team, claim_of, condition, leaving, told
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT

Moments: TypeAlias = "dict[tuple[str, str], float]"
"""Seconds after a deletion was asked for, by kind (`<service>/<kind>`) and name."""

pytestmark = pytest.mark.timeout(600)
SECONDS = 300
"""On an idle machine all goes in half a minute, or two where nobody hurries it: see `test_what_goes_when`."""
FOREGROUND, BACKGROUND = "Foreground", "Background"
CREDENTIALS = ("aws.m.upbound.io/v1beta1", "ProviderConfig", "argosy")
CREDENTIALS_USAGES = ("kubernetes.m.crossplane.io/v1alpha1", "ProviderConfigUsage")
NOT_ACTIVE = "write spec.lifecycle: Decommission, wait until condition Deletable is True, then delete"
NOT_YET = "spec.lifecycle is Decommission, but condition Deletable is not True yet: it says what is missing"
ORDER = (
    ("ingress-database-{database}", "cluster"),
    ("cluster", "role-cluster"),
    ("cluster", "log-group-cluster"),
    ("cluster", "key-cluster"),
    ("key-cluster", "guard-namespace"),
)
"""What goes before what, by composition-resource name."""
RETAINED = Counter(
    {
        "ec2/DefaultSecurityGroup": 1,
        "ec2/RouteTable": 1,
        "ec2/RouteTableAssociation": 3,
        "ec2/SecurityGroup": 1,
        "ec2/Subnet": 3,
        "ec2/VPC": 1,
        "iam/Role": 1,
        "kms/Key": 3,
        "rds/Cluster": 1,
        "rds/ClusterInstance": 2,
        "rds/ClusterParameterGroup": 1,
        "rds/SubnetGroup": 1,
    }
)
"""What stays on AWS for an Aurora cluster that does, and the keys of two databases that do not."""


def example(name: str) -> Item:
    """The spec of an example."""
    spec: Item = yaml.safe_load((ROOT / "examples" / "xekscluster" / f"{name}.yaml").read_text())["spec"]
    return spec


def everything(*, retained: bool = False) -> Item:
    """A claim with node groups, add-ons and a database for each way in which one can end.

    Args:
        retained: whether the Aurora cluster is one that stays.
    """
    orders, sessions = example("with-databases")["databases"]
    end = {"onDelete": "Retain"} if retained else {}
    return {
        **example("node-groups"),
        "databases": [orders, {**sessions, **end}, {"name": "scratch", "onDelete": "Delete"}],
    }


def path(api_version: str, kind: str) -> str:
    """A kind as the simulator writes it: `ec2/VPC`."""
    return f"{api_version.split('.')[0]}/{kind}"


class Timeline:
    """When objects were told to go and were gone, as watches tell, and when things were gone from AWS."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.marked: Moments = {}
        self.gone: Moments = {}
        self.off_aws: Moments = {}
        self.there: set[tuple[str, str]] = set()
        self._started = time.monotonic()
        self._watches: list[Watch] = []
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begins to watch; now is when the deletion is asked for."""
        for kind in (XR, *((kind.api_version, kind.kind) for kind in COMPOSED)):
            watch = Watch()  # type: ignore[no-untyped-call]
            self._watches.append(watch)
            self._threads.append(Thread(target=self._follow, args=(kind, watch), daemon=True))
        for thread in self._threads:
            thread.start()
        self.look()
        self._started = time.monotonic()

    def stop(self) -> None:
        """Ends the watches."""
        for watch in self._watches:
            watch.stop()  # type: ignore[no-untyped-call]
        for thread in self._threads:
            thread.join(10)

    def look(self) -> None:
        """Notes what is no longer on AWS."""
        now = {(thing["kind"], thing["identity"]) for thing in self.team.hub.aws(self.team.account)}
        self.there |= now
        for thing in self.there - now:
            self.off_aws.setdefault(thing, time.monotonic() - self._started)

    def _follow(self, kind: tuple[str, str], watch: Watch) -> None:
        with suppress(HTTPError):  # that is how a watch ends that is stopped
            for event in self.team.hub.resource(*kind).watch(namespace=self.team.namespace, watcher=watch):
                item, now = event["raw_object"], time.monotonic() - self._started
                key = path(*kind), item["metadata"]["name"]
                if event["type"] == "DELETED":
                    self.gone.setdefault(key, now)
                if leaving(item):
                    self.marked.setdefault(key, now)

    def table(self) -> str:
        """A line per kind: how many, and the first and last second of each moment."""
        kinds: dict[str, list[list[float]]] = defaultdict(lambda: [[], [], []])
        for column, moments in enumerate((self.marked, self.off_aws, self.gone)):
            for (kind, _), seconds in moments.items():
                kinds[kind][column].append(seconds)
        rows = sorted(kinds.items(), key=lambda row: max(row[1][2], default=0))
        head = f"{'':34}{'told to go':>12}{'off AWS':>12}{'gone':>12}   seconds, first to last"
        return "\n".join([head, *(f"{len(row[2]):3} {kind:30}{''.join(map(_span, row))}" for kind, row in rows)])


def _span(moments: list[float]) -> str:
    return f"{min(moments):6.1f}-{max(moments):<5.1f}" if moments else f"{'-':>12}"


@dataclass
class Ending:
    """A claim that was deleted.

    Attributes:
        composed: its objects before, by composition-resource name.
        names: of the cluster Secret and of the Application that Argo CD made of it.
        told: what the claim said before it was deleted.
        log: what the simulator said of it.
    """

    team: Team
    name: str
    timeline: Timeline
    composed: dict[str, Item] = field(default_factory=dict)
    names: tuple[str, str] = ("", "")
    told: str = ""
    log: list[str] = field(default_factory=list)

    def gone(self, key: str) -> float:
        """When the object of that composition-resource name was gone."""
        item = self.composed[key]
        return self.timeline.gone[path(item["apiVersion"], item["kind"]), item["metadata"]["name"]]


def delete(ending: Ending, propagation: str) -> None:
    """Deletes a claim whose Application is there, as docs/deleting.md says."""
    hub, team = ending.team.hub, ending.team
    secret = wait_for(lambda: hub.secret(ending.name, team.namespace), "there is a cluster Secret", seconds=30)
    assert secret is not None
    application = f"hello-{b64decode(secret['data']['name']).decode()}"
    ending.names = secret["metadata"]["name"], application
    wait_for(lambda: application_of(ending), f"there is the Application {application}", seconds=60)
    claim = hub.claim(ending.name, team.namespace)
    assert claim is not None
    hub.patch(claim, DECOMMISSION)
    team.until_deletable(ending.name)
    ending.told = condition(hub.claim(ending.name, team.namespace) or {}, "Deletable")["message"]
    ending.timeline.start()
    hub.delete(claim, propagation=propagation)


def application_of(ending: Ending) -> Item | None:
    return ending.team.hub.get("argoproj.io/v1alpha1", "Application", ending.names[1], "argocd")


def objects(team: Team) -> list[Item]:
    """All composed objects of a team, whoever composed them."""
    return [item for kind in COMPOSED for item in team.hub.list(kind.api_version, kind.kind, team.namespace)]


def until_empty(team: Team, look: Callable[[], None] | None = None) -> None:
    """Waits until neither claims nor composed objects are left.

    Args:
        team: whose.
        look: what looks on; without it Crossplane is hurried.
    """
    hub = team.hub

    def empty() -> bool:
        if look is not None:
            look()
        else:
            hub.look_at_usages(team.namespace)
        return not hub.list(*XR, namespace=team.namespace) and not objects(team)

    def left() -> str:
        items = [*hub.list(*XR, namespace=team.namespace), *objects(team)]
        return "".join(f"\n  {item['kind']} {item['metadata']['name']}: {told(item)[:600]}" for item in items)

    wait_for(empty, f"nothing is left in {team.namespace}", seconds=SECONDS, every=0.25 if look else 1, instead=left)


def kept(team: Team) -> list[str]:
    """What is left on AWS: keys by what they are for, everything else by kind and identity."""
    things = team.hub.aws(team.account)
    return sorted(
        thing["fields"]["description"] if thing["kind"] == "kms/Key" else f"{thing['kind']} {thing['identity']}"
        for thing in things
    )


def said(team: Team) -> list[str]:
    """What the simulator's log has about a team's objects."""
    log = team.hub.processes.log("simulator").read_text()
    return [line for line in log.splitlines() if f" {team.namespace}/" in line]


def look(endings: Iterable[Ending]) -> None:
    for ending in endings:
        ending.timeline.look()


@pytest.fixture(scope="module")
def endings(hub: Hub, join: Callable[[str], Team]) -> Iterator[dict[str, Ending]]:
    """Two claims with everything, deleted at the same time: in the foreground and in the background."""
    found = {}
    for how in (FOREGROUND, BACKGROUND):
        team = join(f"deleted-{how.lower()}")
        found[how] = Ending(team, "all", Timeline(team))
        hub.apply(claim_of("all", team.namespace, everything(retained=how == BACKGROUND)))
    for ending in found.values():
        hub.until_ready(ending.name, ending.team.namespace, seconds=SECONDS)
        ending.composed = hub.composed(ending.name, ending.team.namespace)
    for how, ending in found.items():
        delete(ending, how)
    try:
        for ending in found.values():
            until_empty(ending.team, lambda: look(found.values()))
    finally:
        for ending in found.values():
            ending.timeline.stop()
    for ending in found.values():
        wait_for(
            lambda ending=ending: application_of(ending) is None,  # type: ignore[misc]
            f"the Application {ending.names[1]} is gone",
            seconds=60,
        )
        ending.log = said(ending.team)
    yield found


@pytest.mark.parametrize("how", [FOREGROUND, BACKGROUND])
def test_what_goes_when(endings: Mapping[str, Ending], how: str) -> None:
    """The table shows where time goes.

    Crossplane looks every 30 seconds whether what a Usage waits for is gone: role, log group and key go so long after
    the cluster, and the guard of the namespace so long after the key. And an Object stays until 30 seconds have passed
    since it made its manifest: so long provider-kubernetes does not trust an API server that says there is none.
    """
    ending, timeline = endings[how], endings[how].timeline
    refused = [line for line in ending.log if " refused " in line and "delete failed" in line]
    print(f"\n{how}, {len(refused)} refusals of AWS:\n{timeline.table()}")

    claim = timeline.gone["fleet/XEKSCluster", ending.name]
    others = [at for (kind, _), at in timeline.gone.items() if kind != "fleet/XEKSCluster"]
    assert timeline.marked.keys() >= timeline.gone.keys()
    if how == FOREGROUND:
        assert claim >= max(others)
    else:
        assert claim < min(at for (kind, _), at in timeline.gone.items() if kind in ("eks/Cluster", "ec2/VPC"))


@pytest.mark.parametrize("how", [FOREGROUND, BACKGROUND])
@pytest.mark.parametrize(("first", "second"), ORDER)
def test_what_goes_before_what(endings: Mapping[str, Ending], how: str, first: str, second: str) -> None:
    """REL-14."""
    ending = endings[how]
    for database in everything()["databases"]:
        assert ending.gone(first.format(database=database["name"])) < ending.gone(second)


@pytest.mark.parametrize("how", [FOREGROUND, BACKGROUND])
def test_the_namespace_is_guarded_to_the_end(endings: Mapping[str, Ending], how: str) -> None:
    ending = endings[how]
    last = ending.gone("guard-namespace")
    on_aws = [key for key, item in ending.composed.items() if item["kind"] not in ("Object", "Usage")]
    assert [key for key in on_aws if ending.gone(key) >= last] == []
    namespace = ending.team.hub.get("v1", "Namespace", ending.team.namespace)
    assert namespace is not None
    assert "crossplane.io/in-use" not in namespace["metadata"]["labels"]


@pytest.mark.parametrize("how", [FOREGROUND, BACKGROUND])
def test_what_aws_refuses_is_tried_again(endings: Mapping[str, Ending], how: str) -> None:
    log = endings[how].log
    names = r"refused  (\S+): delete failed.*(DependencyViolation|InUse|Cannot delete|still)"
    refused = {match[1] for line in log if (match := re.search(names, line))}
    assert any("DependencyViolation" in line for line in log)
    assert refused
    went = {line.rpartition(" ")[2] for line in log if " deleted " in line}
    assert refused <= went


@pytest.mark.parametrize("how", [FOREGROUND, BACKGROUND])
def test_what_stays_of_a_claim(endings: Mapping[str, Ending], how: str) -> None:
    """Keys and final snapshots of databases, and a database that is retained with what it stands on; nothing else."""
    ending = endings[how]
    hub, team = ending.team.hub, ending.team
    cluster = ending.names[1].removeprefix("hello-")
    things = hub.aws(team.account)
    assert [name for name in kept(team) if name.startswith("Database ")] == [
        f"Database {name} of EKS cluster {cluster}" for name in ("orders", "scratch", "sessions")
    ]
    snapshots = [name.partition("-final-")[0] for name in hub.snapshots(team.account)]
    if how == FOREGROUND:
        assert len(things) == 3
        assert ending.told.endswith("on AWS stay final snapshots of orders, sessions and the databases' keys")
        assert sorted(snapshots) == [f"{cluster}-db-orders", f"{cluster}-db-sessions"]
    else:
        assert Counter(thing["kind"] for thing in things) == RETAINED
        assert "final snapshots of orders and sessions with the network" in ending.told
        (database,) = [thing for thing in things if thing["kind"] == "rds/Cluster"]
        assert database["fields"]["deletionProtection"] is True
        assert snapshots == [f"{cluster}-db-orders"]

    assert hub.get("v1", "Secret", ending.names[0], "argocd") is None
    assert application_of(ending) is None
    assert hub.list(*CREDENTIALS_USAGES, namespace=team.namespace) == []
    credentials = hub.get(*CREDENTIALS, team.namespace)
    assert credentials is not None
    assert not credentials.get("status", {}).get("users")
    print(f"\n{how}: {ending.told}\non AWS: {', '.join([*kept(team), *snapshots])}")


def test_a_second_life_under_the_same_name(endings: Mapping[str, Ending]) -> None:
    """Names of roles, log groups, databases come again; those of final snapshots do not (REL-20)."""
    team = endings[FOREGROUND].team
    hub, before = team.hub, set(team.hub.snapshots(team.account))
    hub.apply(claim_of("all", team.namespace, everything()))
    hub.until_ready("all", team.namespace, seconds=SECONDS)
    again = {(thing["kind"], thing["identity"]) for thing in hub.aws(team.account)}
    named = {"iam/Role", "cloudwatchlogs/Group", "eks/Cluster", "eks/NodeGroup", "rds/SubnetGroup"}
    first = {thing for thing in endings[FOREGROUND].timeline.there if thing[0] in named}
    assert {thing for thing in again if thing[0] in named} == first
    claim = hub.claim("all", team.namespace)
    assert claim is not None
    hub.patch(claim, DECOMMISSION)
    team.until_deletable("all")
    hub.delete(claim, propagation=FOREGROUND)
    # Written again while it leaves it leaves all the same. In the background its name would be free at once, and a
    # successor would build on a VPC that goes (docs/local-hub.md).
    assert leaving(hub.apply(claim_of("all", team.namespace, everything())))
    until_empty(team)
    assert len(kept(team)) == 6
    assert set(hub.snapshots(team.account)) > before
    assert len(hub.snapshots(team.account)) == 4
