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
from itertools import cycle
from threading import Thread
from typing import TypeAlias

import pytest
import yaml
from kubernetes.watch import Watch
from urllib3.exceptions import HTTPError

from argosy.simulator.server import COMPOSITE
from tests.hub.live import COMPOSED, DECOMMISSION, USAGE, XR, Hub, Item, Team, claim_of, condition, leaving, told
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT

Moments: TypeAlias = "dict[tuple[str, str], float]"
"""Seconds after a deletion was asked for, by kind (`<service>/<kind>`) and name."""

SECONDS = 180
"""On an idle machine all goes in half a minute; most of it is provider-kubernetes, see `test_what_goes_when`."""
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


def composed_yet(kind: str) -> Callable[[Team, str], bool]:
    """Whether a claim has composed an object of a kind."""
    found = next(each for each in COMPOSED if path(each.api_version, each.kind) == kind)

    def look(team: Team, name: str) -> bool:
        return bool(team.hub.list(found.api_version, found.kind, team.namespace, f"{COMPOSITE}={name}"))

    return look


MOMENTS: dict[str, tuple[Item, Callable[[Team, str], bool]]] = {
    "stored": (example("minimal"), lambda _, __: True),
    "network": (example("minimal"), composed_yet("ec2/NATGateway")),
    "cluster": (example("minimal"), composed_yet("eks/Cluster")),
    "secret": (example("minimal"), composed_yet("kubernetes/Object")),
    "database": (example("with-databases"), composed_yet("rds/Instance")),
}
"""When a claim is deleted: as soon as it is stored, or has composed an object of a kind."""


def test_claims_that_are_deleted_while_they_are_made(team: Team) -> None:
    """Nothing stays but keys of databases and, where one had begun to exist, a final snapshot."""
    hub, ways = team.hub, cycle([BACKGROUND, FOREGROUND])
    for name, (spec, _) in MOMENTS.items():
        hub.apply(claim_of(name, team.namespace, spec))
    waiting, ends = dict(MOMENTS), {name: next(ways) for name in MOMENTS}

    def all_deleted() -> bool:
        for name in [name for name in waiting if MOMENTS[name][1](team, name)]:
            claim = hub.claim(name, team.namespace)
            assert claim is not None
            assert condition(claim, "Ready").get("status") != "True"
            hub.patch(claim, DECOMMISSION)
            del waiting[name]
        for name in [name for name in ends if name not in waiting]:
            claim = hub.claim(name, team.namespace)
            if claim is not None and condition(claim, "Deletable").get("status") == "True":
                hub.delete(claim, propagation=ends.pop(name))
        return not ends

    wait_for(all_deleted, "all claims have come so far and gone", seconds=SECONDS, instead=lambda: ends, every=0.02)
    until_empty(team)
    databases = [database["name"] for database in MOMENTS["database"][0]["databases"]]
    assert [text.partition(" of ")[0] for text in kept(team)] == [f"Database {name}" for name in databases]
    assert [name for name in MOMENTS if hub.secret(name, team.namespace)] == []
    print(f"\nfinal snapshots: {hub.snapshots(team.account)}")


def test_a_file_that_leaves_git_deletes_nothing(team: Team) -> None:
    hub, file = team.hub, f"claims/{team.namespace}/stays.yaml"
    claim = claim_of("stays", team.namespace, example("minimal"))
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


def namespace_of(team: Team) -> Item:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team.namespace}}


def test_a_namespace_goes_only_after_its_claims(hub: Hub, join: Callable[[str], Team]) -> None:
    """REL-16: else it would take the credentials along first, and all that AWS has would stay."""
    team = join("namespace-goes")
    hub.apply(claim_of("orders", team.namespace, example("minimal")))
    hub.until_ready("orders", team.namespace, seconds=SECONDS)
    reason = "claim orders is in it: decommission and delete that first and wait until it is gone"
    before = hub.versions("orders", team.namespace)

    assert reason in hub.refusal(namespace_of(team))
    claim = hub.claim("orders", team.namespace)
    assert claim is not None
    assert NOT_ACTIVE in hub.refusal(claim)
    after = hub.versions("orders", team.namespace)
    # Crossplane notes on the claim that somebody has tried it
    assert {key: version for key, version in after.items() if key} == {key: at for key, at in before.items() if key}

    hub.patch(claim, DECOMMISSION)
    team.until_deletable("orders")
    assert reason in hub.refusal(namespace_of(team))
    hub.delete(claim, propagation=FOREGROUND)
    assert reason in hub.refusal(namespace_of(team))
    hub.until_gone("orders", team.namespace, seconds=SECONDS)
    assert hub.aws(team.account) == []
    hub.delete(namespace_of(team))
    wait_for(lambda: hub.get("v1", "Namespace", team.namespace) is None, "the namespace is gone", seconds=60)


def test_decommission_waits_for_what_aws_protects_and_can_be_taken_back(team: Team) -> None:
    """REL-17: the provider changes nothing of an object that is being deleted, so protections go off before."""
    hub = team.hub
    hub.apply(claim_of("orders", team.namespace, example("with-databases")))
    hub.until_ready("orders", team.namespace, seconds=SECONDS)
    hub.until_settled("orders", team.namespace, quiet=2, seconds=SECONDS)

    def deletable() -> Item:
        return condition(hub.claim("orders", team.namespace) or {}, "Deletable")

    assert (deletable()["status"], deletable()["reason"]) == ("False", "Active")
    stuck = "InvalidDBInstanceState: Database instance is not in available state."
    hub.faults({"match": {"crossplane.io/composite": "orders"}, "key": "database-orders", "message": stuck})
    claim = hub.claim("orders", team.namespace)
    assert claim is not None
    try:
        hub.patch(claim, DECOMMISSION)
        wait_for(
            lambda: deletable()["message"] == "not yet: database-orders is still protected on AWS",
            "only the database that AWS does not change keeps the claim",
            seconds=SECONDS,
            instead=deletable,
        )
        assert deletable()["reason"] == "Protected"
        assert NOT_YET in hub.refusal(claim)
    finally:
        hub.faults()
    team.until_deletable("orders")

    hub.patch(claim, {"spec": {"lifecycle": "Active"}})
    wait_for(lambda: team.guards("orders"), "the guard is back", seconds=SECONDS)

    def protected() -> int:
        return sum(bool(thing["fields"].get("deletionProtection")) for thing in hub.aws(team.account))

    wait_for(lambda: protected() == 3, "cluster and databases are protected again", seconds=SECONDS, instead=protected)
    wait_for(lambda: deletable()["reason"] == "Active", "the claim is active again", seconds=SECONDS, instead=deletable)
    wait_for(
        lambda: all(condition(item, "Ready").get("status") == "True" for item in team.guards("orders")),
        "the guard is in place",
        seconds=SECONDS,
    )
    assert NOT_ACTIVE in hub.refusal(claim)


def test_a_claim_that_another_usage_names_is_not_deletable(team: Team) -> None:
    """True must mean that nobody is refused: the guard may be gone, and somebody else still keep the claim."""
    hub, claim = team.hub, team.claim("orders")
    version, kind = USAGE
    of = {"apiVersion": claim["apiVersion"], "kind": claim["kind"], "resourceRef": {"name": "orders"}}
    audit = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "audit", "namespace": team.namespace},
        "spec": {"of": of, "reason": "an audit is under way"},
    }
    hub.apply(claim)
    hub.apply(audit)

    def in_place() -> bool:
        guards = team.guards("orders")
        return len(guards) == 2 and all(condition(item, "Ready").get("status") == "True" for item in guards)

    def deletable() -> Item:
        return condition(hub.claim("orders", team.namespace) or {}, "Deletable")

    wait_for(in_place, "guard and audit are in place", seconds=SECONDS, instead=lambda: team.guards("orders"))
    hub.patch(claim, DECOMMISSION)
    wait_for(lambda: len(team.guards("orders")) == 1, "the guard is gone", seconds=SECONDS, instead=deletable)
    hub.until_settled("orders", team.namespace, quiet=2, seconds=SECONDS)
    assert (deletable()["status"], deletable()["reason"]) == ("False", "Releasing")
    assert "an audit is under way" in hub.refusal(claim)
    hub.delete(audit)
    team.until_deletable("orders")
    hub.delete(claim, propagation=FOREGROUND)


def test_argo_cd_can_prune_a_claim_only_when_it_is_decommissioned(team: Team) -> None:
    """REL-13."""
    hub, file, name = team.hub, f"claims/{team.namespace}/orders.yaml", f"claims-{team.namespace}"
    claim = claim_of("orders", team.namespace, example("minimal"))

    def application() -> Item:
        return hub.get("argoproj.io/v1alpha1", "Application", name, "argocd") or {}

    def prune() -> Item:
        """What comes of `argocd app sync --prune`."""
        operation = {"sync": {"prune": True, "syncOptions": ["ServerSideApply=true"], "syncStrategy": {"hook": {}}}}
        asked = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        hub.patch(application(), {"operation": operation})

        def ended() -> Item | None:
            state: Item = application().get("status", {}).get("operationState", {})
            pruned = state.get("operation", {}).get("sync", {}).get("prune", False)
            return state if pruned and state.get("startedAt", "") >= asked and state.get("finishedAt") else None

        found = wait_for(ended, "the sync has ended", seconds=SECONDS, instead=lambda: application().get("status"))
        assert found is not None
        return found

    hub.push({file: yaml.safe_dump(claim), f"claims/{team.namespace}/README": "\n"}, "A cluster")
    hub.until_ready("orders", team.namespace, seconds=SECONDS)
    before = kept(team)
    hub.push({file: None}, "No cluster")

    def noticed() -> bool:
        resources = application().get("status", {}).get("resources", ())
        return any(item["name"] == "orders" and item.get("requiresPruning") for item in resources)

    wait_for(noticed, "Argo CD wants to prune the claim", seconds=60, instead=lambda: application().get("status"))
    state = prune()
    (said,) = [item["message"] for item in state["syncResult"]["resources"] if item["name"] == "orders"]
    print(f"\nArgo CD says: {said}")
    assert state["phase"] == "Failed"
    assert NOT_ACTIVE in said
    there = hub.claim("orders", team.namespace)
    assert there is not None
    assert not leaving(there)
    assert kept(team) == before

    hub.push({file: yaml.safe_dump({**claim, "spec": {**claim["spec"], **DECOMMISSION["spec"]}})}, "It may go")
    team.until_deletable("orders", seconds=SECONDS)
    hub.push({file: None}, "No cluster")
    wait_for(noticed, "Argo CD wants to prune the claim", seconds=60, instead=lambda: application().get("status"))
    assert prune()["phase"] == "Succeeded"
    hub.until_gone("orders", team.namespace, seconds=SECONDS)
    assert hub.aws(team.account) == []
    hub.push({f"claims/{team.namespace}/README": None}, "Nothing of that team")
    hub.delete(application())
