"""Deletion of claims: what goes when, what AWS keeps on purpose, and how a claim must not be deleted.

Crossplane does not call the function for a claim that is being deleted: the garbage collector tells all composed
objects to go, in any order, and AWS refuses what is still in use until it is not.
"""

from __future__ import annotations

import re
import time
from base64 import b64decode
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from threading import Thread
from typing import TypeAlias

import pytest
import yaml
from kubernetes.watch import Watch
from urllib3.exceptions import HTTPError

from argosy.simulator.server import COMPOSITE
from tests.hub.live import COMPOSED, XR, Hub, Item, Team, claim_of, condition, leaving, told, unprotected
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT

Moments: TypeAlias = "dict[tuple[str, str], float]"
"""Seconds after a deletion was asked for, by kind (`<service>/<kind>`) and name."""

SECONDS = 180
"""On an idle machine all goes in half a minute; most of it is provider-kubernetes, see `test_what_goes_when`."""
FOREGROUND, BACKGROUND = "Foreground", "Background"
CREDENTIALS = ("aws.m.upbound.io/v1beta1", "ProviderConfig", "argosy")
USAGES = ("kubernetes.m.crossplane.io/v1alpha1", "ProviderConfigUsage")
IN_THE_WAY = ("cannot track ProviderConfig usage", "cannot get referenced ProviderConfig")


def example(name: str) -> Item:
    """The spec of an example."""
    spec: Item = yaml.safe_load((ROOT / "examples" / "xekscluster" / f"{name}.yaml").read_text())["spec"]
    return spec


def everything() -> Item:
    """A claim with node groups, add-ons and databases, none of it protected."""
    spec = {**example("node-groups"), "databases": example("with-databases")["databases"]}
    return {**spec, **unprotected(spec)}


def minimal() -> Item:
    """The least of a claim, not protected."""
    spec = example("minimal")
    return {**spec, **unprotected(spec)}


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
        names: of the cluster Secret and of the Application that Argo CD made of it.
    """

    team: Team
    name: str
    timeline: Timeline
    names: tuple[str, str] = ("", "")
    log: list[str] = field(default_factory=list)


def delete(ending: Ending, propagation: str) -> None:
    """Deletes a claim whose Application is there."""
    hub, team = ending.team.hub, ending.team
    secret = wait_for(lambda: hub.secret(ending.name, team.namespace), "there is a cluster Secret", seconds=30)
    assert secret is not None
    application = f"hello-{b64decode(secret['data']['name']).decode()}"
    ending.names = secret["metadata"]["name"], application
    wait_for(lambda: application_of(ending), f"there is the Application {application}", seconds=60)
    ending.timeline.start()
    claim = hub.claim(ending.name, team.namespace)
    assert claim is not None
    hub.delete(claim, propagation=propagation)


def application_of(ending: Ending) -> Item | None:
    return ending.team.hub.get("argoproj.io/v1alpha1", "Application", ending.names[1], "argocd")


def objects(team: Team) -> list[Item]:
    """All composed objects of a team, whoever composed them."""
    return [item for kind in COMPOSED for item in team.hub.list(kind.api_version, kind.kind, team.namespace)]


def until_empty(team: Team, look: Callable[[], None] = lambda: None) -> None:
    """Waits until neither claims nor composed objects are left."""
    hub = team.hub

    def empty() -> bool:
        look()
        return not hub.list(*XR, namespace=team.namespace) and not objects(team)

    def left() -> str:
        items = [*hub.list(*XR, namespace=team.namespace), *objects(team)]
        return "".join(f"\n  {item['kind']} {item['metadata']['name']}: {told(item)[:600]}" for item in items)

    wait_for(empty, f"nothing is left in {team.namespace}", seconds=SECONDS, every=0.25, instead=left)


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


@pytest.fixture(scope="module")
def join(hub: Hub, teams: list[Team]) -> Callable[[str], Team]:
    """Makes a team that several stories share."""

    def made(name: str) -> Team:
        found = Team(hub, f"team-{name}", f"3{sum(map(ord, name)):011d}")
        found.install()
        teams.append(found)
        return found

    return made


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
        hub.apply(claim_of("all", team.namespace, everything()))
    for ending in found.values():
        hub.until_ready(ending.name, ending.team.namespace, seconds=SECONDS)
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

    AWS is empty when the cluster, its node groups and the databases are. The cluster Secret is gone with the first;
    its Object stays until 30 seconds have passed since it made the Secret: so long provider-kubernetes does not trust
    an API server that says there is no such Secret (crossplane-runtime, creation grace period).
    """
    ending, timeline = endings[how], endings[how].timeline
    refused = [line for line in ending.log if " refused " in line and "delete failed" in line]
    print(f"\n{how}, {len(refused)} refusals of AWS:\n{timeline.table()}")

    claim = timeline.gone.pop(("fleet/XEKSCluster", ending.name))
    others = timeline.gone.values()
    assert timeline.marked.keys() >= timeline.gone.keys()
    if how == FOREGROUND:
        assert claim >= max(others)
    else:
        assert claim < min(at for (kind, _), at in timeline.gone.items() if kind in ("eks/Cluster", "ec2/VPC"))


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
    """The databases' keys, without which their final snapshots would be lost, and those; nothing else."""
    ending = endings[how]
    hub, team = ending.team.hub, ending.team
    cluster = ending.names[1].removeprefix("hello-")
    databases = [database["name"] for database in everything()["databases"]]
    assert kept(team) == sorted(f"Database {name} of EKS cluster {cluster}" for name in databases)
    snapshots = hub.snapshots(team.account)
    assert sorted(name.partition("-final-")[0] for name in snapshots) == [f"{cluster}-db-{name}" for name in databases]

    assert hub.get("v1", "Secret", ending.names[0], "argocd") is None
    assert application_of(ending) is None
    assert hub.list(*USAGES, namespace=team.namespace) == []
    credentials = hub.get(*CREDENTIALS, team.namespace)
    assert credentials is not None
    assert not credentials.get("status", {}).get("users")
    print(f"\n{how}: stays on AWS {', '.join([*kept(team), *snapshots])}")


def test_a_second_life_under_the_same_name(endings: Mapping[str, Ending]) -> None:
    """Names of roles, log groups, databases come again; those of final snapshots do not."""
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
    hub.delete(claim, propagation=FOREGROUND)
    # Written again while it leaves it leaves all the same. In the background its name would be free at once, and a
    # successor would build on a VPC that goes (docs/local-hub.md).
    assert leaving(hub.apply(claim_of("all", team.namespace, everything())))
    until_empty(team)
    assert len(kept(team)) == 4
    assert set(hub.snapshots(team.account)) > before
    assert len(hub.snapshots(team.account)) == 4


def composed_yet(kind: str) -> Callable[[Team, str], bool]:
    """Whether a claim has composed an object of a kind."""
    found = next(each for each in COMPOSED if path(each.api_version, each.kind) == kind)

    def look(team: Team, name: str) -> bool:
        return bool(team.hub.list(found.api_version, found.kind, team.namespace, f"{COMPOSITE}={name}"))

    return look


MOMENTS: dict[str, tuple[Item, Callable[[Team, str], bool]]] = {
    "stored": (minimal(), lambda _, __: True),
    "network": (minimal(), composed_yet("ec2/NATGateway")),
    "cluster": (minimal(), composed_yet("eks/Cluster")),
    "secret": (minimal(), composed_yet("kubernetes/Object")),
    "database": ({**example("with-databases"), **unprotected(example("with-databases"))}, composed_yet("rds/Instance")),
}
"""When a claim is deleted: as soon as it is stored, or has composed an object of a kind."""


def test_claims_that_are_deleted_while_they_are_made(team: Team) -> None:
    """Nothing stays but keys of databases and, where one had begun to exist, a final snapshot."""
    hub, ways = team.hub, cycle([BACKGROUND, FOREGROUND])
    for name, (spec, _) in MOMENTS.items():
        hub.apply(claim_of(name, team.namespace, spec))
    waiting = {name: next(ways) for name in MOMENTS}

    def all_deleted() -> bool:
        for name in [name for name in waiting if MOMENTS[name][1](team, name)]:
            claim = hub.claim(name, team.namespace)
            assert claim is not None
            assert condition(claim, "Ready").get("status") != "True"
            hub.delete(claim, propagation=waiting.pop(name))
        return not waiting

    wait_for(all_deleted, "all claims have come so far", seconds=SECONDS, instead=lambda: waiting, every=0.02)
    until_empty(team)
    databases = [database["name"] for database in MOMENTS["database"][0]["databases"]]
    assert [text.partition(" of ")[0] for text in kept(team)] == [f"Database {name}" for name in databases]
    assert [name for name in MOMENTS if hub.secret(name, team.namespace)] == []
    print(f"\nfinal snapshots: {hub.snapshots(team.account)}")


def test_a_file_that_leaves_git_deletes_nothing(team: Team) -> None:
    hub, file = team.hub, f"claims/{team.namespace}/stays.yaml"
    claim = claim_of("stays", team.namespace, minimal())
    name = f"claims-{team.namespace}"

    def application() -> Item:
        return hub.get("argoproj.io/v1alpha1", "Application", name, "argocd") or {}

    hub.push({file: yaml.safe_dump(claim)}, "A cluster that stays")
    wait_for(lambda: hub.claim("stays", team.namespace), "Argo CD has made the claim", seconds=60)
    # another file stays, else the folder is gone and Argo CD cannot look into it
    hub.push({file: None, f"claims/{team.namespace}/README": "no claims\n"}, "No cluster that stays")

    def noticed() -> bool:
        status = application().get("status", {})
        resources = {item["name"]: item["status"] for item in status.get("resources", ())}
        return resources.get("stays") == "OutOfSync"

    wait_for(noticed, f"{name} is OutOfSync", seconds=60, instead=lambda: application().get("status", {}))
    there = hub.claim("stays", team.namespace)
    assert there is not None
    assert not leaving(there)
    hub.push({f"claims/{team.namespace}/README": None}, "Nothing of that team")
    hub.delete(application())
    assert not leaving(hub.claim("stays", team.namespace) or {"metadata": {"deletionTimestamp": ""}})


def test_a_namespace_that_is_deleted_takes_the_credentials_first(team: Team) -> None:
    """How it must not be done, as long as nothing refuses it.

    The namespace takes the objects ProviderConfigUsage along, which alone keep the ProviderConfig. Without either no
    provider calls AWS or lets go of an object, and in an ending namespace neither can be made again: the namespace
    ends never, and all that AWS has stays, at its price.
    """
    hub, namespace = team.hub, team.namespace
    hub.apply(claim_of("lost", namespace, minimal()))
    hub.until_ready("lost", namespace, seconds=SECONDS)
    before, secret = kept(team), hub.secret("lost", namespace)
    assert secret is not None
    hub.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})

    def stuck() -> list[str]:
        """Who waits for ever."""
        if hub.claim("lost", namespace) or hub.get(*CREDENTIALS, namespace):
            return []
        items = objects(team)
        messages = {condition(item, "Synced").get("message", "") for item in items}
        blamed = all(any(reason in message for reason in IN_THE_WAY) for message in messages)
        all_leave = all(map(leaving, items))
        return [item["metadata"]["name"] for item in items] if blamed and all_leave else []

    started = time.monotonic()
    names = wait_for(stuck, "claim and credentials are gone, and all objects wait for them", seconds=SECONDS)
    hanging = hub.get("v1", "Namespace", namespace)
    assert hanging is not None
    print(f"\nafter {time.monotonic() - started:.1f} s {len(names)} objects hang, {len(before)} things stay on AWS")
    assert kept(team) == before

    for item in objects(team):  # by hand, as the only way to an end
        hub.patch(item, {"metadata": {"finalizers": None}})
    wait_for(lambda: hub.get("v1", "Namespace", namespace) is None, "the namespace is gone", seconds=60)
    assert kept(team) == before
    # provider-kubernetes may have let the Secret go before its own usage was gone
    hub.delete({"apiVersion": "v1", "kind": "Secret", **secret})
