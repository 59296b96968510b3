"""Never drop, on a real hub: what people delete, edit or wipe by hand comes back, and nothing else moves.

All stories happen to one cluster with node group, databases and add-ons. Each begins when it is settled, and looks at
Kubernetes and at AWS before and after.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from argosy.settle import EXTERNAL_NAME
from tests.hub.live import Hub, Item, Team, condition, leaving, told
from tests.hub.local.parts import simulator
from tests.hub.local.processes import Part
from tests.hub.local.waiting import wait_for

NAME = "life"
SECONDS = 150
"""How long a story's cure may take; on an idle machine most take three seconds."""
POLL_SECONDS = 10
"""How often provider-kubernetes looks for drift of the Secret (parts.py); it does not watch what it has written."""
HUB_FACTS = ("apiextensions.crossplane.io/v1beta1", "EnvironmentConfig", "argosy")
SPEC: Mapping[str, Any] = {
    "kubernetesVersion": "1.35",
    "network": {"natGateways": "Single"},
    "nodes": {
        "autoMode": {"enabled": False},
        "groups": [{"name": "general", "instanceTypes": ["m7i.large"], "minSize": 2, "maxSize": 4, "desiredSize": 2}],
    },
    "addons": [{"name": "aws-ebs-csi-driver"}],
    "databases": [
        {
            "name": "orders",
            "engine": "PostgreSQL",
            "version": "17",
            "instanceClass": "db.m7g.large",
            "storageGiB": 100,
            "backupRetentionDays": 7,
        },
        {
            "name": "sessions",
            "engine": "AuroraPostgreSQL",
            "version": "16",
            "zones": ["a", "b"],
            "serverless": {"minCapacity": 1, "maxCapacity": 4},
            "backupRetentionDays": 7,
        },
    ],
    "argocd": {"addons": {"awsLoadBalancerController": {}}},
}

LET_GO = (
    "access-entry-argocd",
    "addon-vpc-cni",
    "cluster-instance-sessions-a",
    "default-security-group",
    "ingress-database-orders",
    "launch-template-general",
    "nat-gateway-a",
    "node-group-general",
    "pod-identity-addon-vpc-cni",
    "role-monitoring",
    "route-public",
    "route-table-association-public-a",
)
"""Objects that AWS lets go while the rest of the cluster stands."""
FOLLOWING = ("access-policy-argocd-clusteradminpolicy", "route-private-a", "route-private-b", "route-private-c")
"""What is written again on AWS with them: EKS drops policies with their entry, routes lead to the new NAT gateway."""
KEPT = ("vpc", "subnet-private-a", "elastic-ip-a", "internet-gateway", "route-table-public", "subnet-group-databases")
"""Objects that AWS does not let go: others use them."""
IN_USE = ("cluster", "role-cluster", "key-cluster", "log-group-cluster", "guard-namespace", "")
"""Objects that the API server does not let go, and the claim itself (""): Usages name them."""
PROTECTED = ("database-orders", "database-sessions", "key-database-orders")
"""Objects whose end AWS does not notice."""


@dataclass(frozen=True)
class Picture:
    """A cluster at one moment.

    Attributes:
        items: its composed objects by composition-resource name.
        things: what exists on AWS, by kind, region and identity: all that AWS tells.
    """

    items: Mapping[str, Item]
    things: Mapping[tuple[str, str, str], Any]

    def of(self, *path: str) -> dict[str, Any]:
        """A field of every object."""
        found: dict[str, Any] = {}
        for key, item in self.items.items():
            value: Any = item
            for step in path:
                value = value.get(step)
            found[key] = value
        return found

    def counts(self) -> Counter[str]:
        """How many things of each kind there are on AWS."""
        return Counter(kind for kind, _, _ in self.things)


@dataclass(frozen=True)
class Living:
    """A settled cluster that people lay hands on."""

    team: Team

    @property
    def hub(self) -> Hub:
        return self.team.hub

    @property
    def place(self) -> tuple[str, str]:
        return NAME, self.team.namespace

    def claim(self) -> Item:
        found = self.hub.claim(*self.place)
        assert found is not None
        return found

    def composed(self) -> dict[str, Item]:
        return self.hub.composed(*self.place)

    def picture(self) -> Picture:
        things = self.hub.aws(self.team.account)
        told = {
            (thing["kind"], thing["region"], thing["identity"]): (thing["fields"], thing["made"]) for thing in things
        }
        assert len(told) == len(things), "an identity is there twice"
        return Picture(self.composed(), told)

    def settled(self) -> Picture:
        """Waits until it is Ready and quiet."""
        self.hub.until_ready(*self.place, seconds=SECONDS)
        self.hub.until_settled(*self.place, quiet=1.5, seconds=SECONDS)
        return self.picture()

    def left(self) -> Picture:
        """The cluster as the story before has left it, if that was settled; else waits until it is."""
        return self.picture() if self.hub.is_still_quiet(*self.place) else self.settled()

    def asked(self) -> None:
        """Has the function called with what there is now, and waits for its answers."""
        for _ in range(2):  # a call that was under way at the first may have looked before
            calls = calls_of(self.hub)
            now = {"crossplane.io/reconcile-requested-at": datetime.now(UTC).isoformat()}
            self.hub.patch(self.claim(), {"metadata": {"annotations": now}})
            wait_for(partial(self.called_since, calls), "the function was called", seconds=SECONDS)

    def called_since(self, calls: float) -> bool:
        return calls_of(self.hub) > calls


def calls_of(hub: Hub) -> float:
    """How often the function has answered Crossplane, for all claims."""
    return hub.metric("function_run_function_response_total")


@pytest.fixture(scope="module")
def life(hub: Hub, teams: list[Team]) -> Iterator[Living]:
    with Team(hub, "team-never-drop", "100000000007").at_work(teams) as team:
        hub.apply(team.claim(NAME, **SPEC))
        yield Living(team)


@contextmanager
def stopped(hub: Hub, part: str) -> Iterator[None]:
    """A part of the hub does nothing meanwhile, as if its machine were starved."""
    process = hub.processes.process(part)
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


@contextmanager
def absent(hub: Hub, name: str, part: Part) -> Iterator[None]:
    """A part of the hub is killed, and started again at the end: then it knows nothing of what was meanwhile."""
    hub.processes.kill(name)
    try:
        yield
    finally:
        hub.processes.run([part])


def until(look: Callable[[], bool], what: str, instead: Callable[[], object] | None = None) -> float:
    """Waits; seconds that it took."""
    started = time.monotonic()
    wait_for(look, what, seconds=SECONDS, instead=instead)
    return time.monotonic() - started


def check_others(before: Picture, after: Picture, *touched: str) -> None:
    """No object but these was written, replaced or lost."""
    assert after.items.keys() == before.items.keys()
    for path in (("metadata", "uid"), ("metadata", "resourceVersion"), ("spec",)):
        was, now = before.of(*path), after.of(*path)
        assert [key for key in was if was[key] != now[key] and key not in touched] == [], path


def annotated(item: Item, name: str) -> str | None:
    found: str | None = item["metadata"].get("annotations", {}).get(name)
    return found


def test_what_aws_lets_go_is_made_again_once(life: Living) -> None:
    before = life.left()
    started = time.monotonic()
    for key in LET_GO:
        life.hub.delete(before.items[key])

    def again() -> list[str]:
        items = life.composed()
        return [
            key
            for key in LET_GO
            if key in items and items[key]["metadata"]["uid"] != before.items[key]["metadata"]["uid"]
        ]

    until(lambda: len(again()) == len(LET_GO), "all are made again", lambda: f"only {again()}")
    after = life.settled()
    print(f"\n{len(LET_GO)} objects deleted by hand: all back after {time.monotonic() - started:.1f} s")

    assert after.of("metadata", "name") == before.of("metadata", "name")
    uids = before.of("metadata", "uid"), after.of("metadata", "uid")
    assert {key for key in uids[0] if uids[0][key] != uids[1][key]} == set(LET_GO)
    specs = before.of("spec"), after.of("spec")
    assert {key for key in specs[0] if specs[0][key] != specs[1][key]} <= {*LET_GO, *FOLLOWING}
    assert after.counts() == before.counts(), "something is there twice, or lost"
    follow = {*LET_GO, *FOLLOWING}
    mine = {
        name
        for key in follow
        for name in (annotated(before.items[key], EXTERNAL_NAME), before.items[key]["status"]["atProvider"]["id"])
    }
    for thing, told_of in before.things.items():
        if thing[2] not in mine:
            assert after.things[thing] == told_of, thing
    nat = after.items["nat-gateway-a"]
    assert annotated(nat, EXTERNAL_NAME) == nat["status"]["atProvider"]["id"]
    for zone in "abc":
        route = after.items[f"route-private-{zone}"]
        assert route["spec"]["forProvider"]["natGatewayId"] == nat["status"]["atProvider"]["id"]


EDITS: Mapping[str, Mapping[str, Any]] = {
    "subnet-private-a": {"tags": {"Name": "mine"}, "cidrBlock": "10.99.0.0/24"},
    "role-node": {"managedPolicyArns": None},
    "role-cluster": {"description": None},
    "cluster": {"deletionProtection": False, "version": "1.30", "encryptionConfig": None},
    "node-group-general": {"scalingConfig": {"maxSize": 100}, "taint": None},
    "key-cluster": {"enableKeyRotation": None, "policy": None},
    "addon-kube-proxy": {"clusterNameRef": {"name": "other"}},
    "database-orders": {"deletionProtection": None, "engineVersion": "16"},
    "ingress-database-orders": {"fromPort": 22},
}
"""Fields of ours that people change or remove."""


def test_fields_of_ours_come_back_and_those_of_others_stay(life: Living) -> None:
    before = life.left()
    started = time.monotonic()
    for key, fields in EDITS.items():
        life.hub.patch(before.items[key], {"spec": {"forProvider": fields}})
    others = {"metadata": {"labels": {"who": "somebody"}}, "spec": {"forProvider": {"tags": {"who": "somebody"}}}}
    life.hub.patch(before.items["vpc"], others)
    life.hub.patch(before.items["role-monitoring"], {"spec": {"providerConfigRef": {"name": "nobody"}}})
    touched = (*EDITS, "vpc", "role-monitoring")

    def wrong() -> list[str]:
        return [
            key for key, item in life.composed().items() if key != "vpc" and item["spec"] != before.items[key]["spec"]
        ]

    until(lambda: not wrong(), "all fields are ours again", lambda: f"not so: {wrong()}")
    after = life.settled()
    print(f"\n{len(touched)} objects edited by hand: all fields back after {time.monotonic() - started:.1f} s")

    check_others(before, after, *touched)
    vpc = after.items["vpc"]
    assert vpc["metadata"]["labels"]["who"] == "somebody"
    assert vpc["spec"]["forProvider"]["tags"].pop("who") == "somebody"
    assert vpc["spec"] == before.items["vpc"]["spec"]
    mine = annotated(vpc, EXTERNAL_NAME)
    assert after.things.keys() == before.things.keys()
    assert [thing for thing in before.things if before.things[thing] != after.things[thing] and thing[2] != mine] == []
    none = {"metadata": {"labels": {"who": None}}, "spec": {"forProvider": {"tags": {"who": None}}}}
    life.hub.patch(vpc, none)
    life.settled()


@pytest.mark.alone
def test_without_hub_facts_everything_stays_and_the_claim_says_why(life: Living) -> None:
    before = life.left()
    facts = life.hub.get(*HUB_FACTS)
    assert facts is not None
    try:
        life.hub.delete(facts)

        def missed() -> bool:
            return condition(life.claim(), "Synced").get("status") == "False"

        until(missed, "the claim misses the hub facts", lambda: told(life.claim()))
        synced = condition(life.claim(), "Synced")["message"]
        life.asked()
        without = life.picture()
        conditions = told(life.claim())
    finally:
        metadata = {"name": facts["metadata"]["name"]}
        life.hub.apply({**facts, "metadata": metadata})
    assert "EnvironmentConfig argosy: is missing, but this cluster was made with it" in synced
    assert "EnvironmentConfig argosy: is missing" in conditions
    check_others(before, without)
    assert without.things == before.things
    until(lambda: condition(life.claim(), "Synced").get("status") == "True", "the claim is content again")
    after = life.settled()
    check_others(before, after)
    assert after.things == before.things


def test_the_cluster_secret_comes_back_with_the_next_look(life: Living) -> None:
    before = life.left()
    secret = life.hub.secret(*life.place)
    assert secret is not None

    def there() -> Item | None:
        return life.hub.secret(*life.place)

    life.hub.delete(secret)
    seconds = until(lambda: there() is not None, "the Secret is there again")
    again = there()
    assert again is not None
    print(f"\nSecret deleted by hand: back after {seconds:.1f} s, provider-kubernetes looks every {POLL_SECONDS} s")
    assert again["data"] == secret["data"]
    assert again["metadata"]["labels"] == secret["metadata"]["labels"]
    assert again["metadata"]["annotations"] == secret["metadata"]["annotations"]

    edits = {"data": {"server": "aHR0cHM6Ly9leGFtcGxlLm9yZw=="}, "metadata": {"labels": {"who": "somebody"}}}
    life.hub.patch(again, edits)
    seconds = until(lambda: (there() or {}).get("data") == secret["data"], "the Secret's data are ours again")
    print(f"Secret edited by hand: ours again after {seconds:.1f} s")
    mended = there()
    assert mended is not None
    assert mended["metadata"]["labels"] in (
        secret["metadata"]["labels"],
        {**secret["metadata"]["labels"], "who": "somebody"},
    )
    print("labels of others stay on the Secret:", "who" in mended["metadata"]["labels"])
    check_others(before, life.settled(), "argocd-cluster-secret")


def test_an_edited_object_of_the_secret_is_put_back(life: Living) -> None:
    before = life.left()
    secret = life.hub.secret(*life.place)
    item = before.items["argocd-cluster-secret"]
    life.hub.patch(item, {"spec": {"forProvider": {"manifest": {"stringData": None}}}})

    def same() -> bool:
        now = life.composed()["argocd-cluster-secret"]
        return bool(now["spec"] == item["spec"])

    until(same, "the Object is ours again")
    check_others(before, life.settled(), "argocd-cluster-secret")
    now = life.hub.secret(*life.place)
    assert now is not None
    assert secret is not None
    assert now["data"] == secret["data"]


@pytest.mark.alone
def test_statuses_that_are_lost_take_nothing_with_them(life: Living) -> None:
    before = life.left()
    with stopped(life.hub, "simulator"):
        for item in before.items.values():
            wipe(life, item)
        wipe(life, life.claim())
        life.asked()
        life.asked()
        blind = Picture(life.composed(), {})
        conditions = told(life.claim())
    check_specs(before, blind)
    assert "Registered=True" not in conditions
    after = life.settled()
    check_specs(before, after)
    assert after.things == before.things
    secret = life.hub.secret(*life.place)
    assert secret is not None


def wipe(life: Living, item: Item) -> None:
    """Takes an object's status away, as a restore from a backup without statuses does."""
    resource = life.hub.resource(item["apiVersion"], item["kind"])
    resource.status.patch(
        body={"status": None},
        name=item["metadata"]["name"],
        namespace=item["metadata"]["namespace"],
        content_type="application/merge-patch+json",
    )


def check_specs(before: Picture, after: Picture) -> None:
    """Every object is there, the same, and asks for the same."""
    assert after.items.keys() == before.items.keys()
    for path in (("metadata", "uid"), ("metadata", "generation"), ("spec",)):
        was, now = before.of(*path), after.of(*path)
        assert [key for key in was if was[key] != now[key]] == [], path


@pytest.mark.alone
def test_external_names_of_ours_come_back_before_the_provider_looks(life: Living) -> None:
    before = life.left()
    mine = ("cluster", "role-cluster", "log-group-cluster", "nat-gateway-a", "database-sessions")
    with absent(life.hub, "simulator", simulator(life.hub.home)):
        for index, key in enumerate(mine):
            # gone, or what a provider that was faster writes: the name of the object
            name = None if index % 2 else before.items[key]["metadata"]["name"]
            life.hub.patch(before.items[key], {"metadata": {"annotations": {EXTERNAL_NAME: name}}})

        def wrong() -> list[str]:
            items = life.composed()
            return [
                key
                for key in mine
                if annotated(items[key], EXTERNAL_NAME) != annotated(before.items[key], EXTERNAL_NAME)
            ]

        until(lambda: not wrong(), "the external names are ours again", lambda: f"not so: {wrong()}")
    life.hub.patch(before.items["vpc"], {"metadata": {"annotations": {EXTERNAL_NAME: None}}})
    until(lambda: annotated(life.composed()["vpc"], EXTERNAL_NAME) is not None, "the provider names the VPC again")
    after = life.settled()
    assert after.things == before.things
    names = ({key: annotated(item, EXTERNAL_NAME) for key, item in one.items.items()} for one in (before, after))
    assert next(names) == next(names)
    check_specs(before, after)


def test_references_that_are_lost_are_found_again(life: Living) -> None:
    before = life.left()
    life.hub.patch(life.claim(), {"spec": {"crossplane": {"resourceRefs": None}}})

    def refs() -> int:
        return len(life.claim()["spec"].get("crossplane", {}).get("resourceRefs", ()))

    seconds = until(
        lambda: refs() == len(before.items), "all references are back", lambda: f"{refs()} of {len(before.items)}"
    )
    print(f"\n{len(before.items)} resourceRefs removed by hand: back after {seconds:.1f} s")
    after = life.settled()
    check_specs(before, after)
    assert after.things == before.things


@pytest.mark.parametrize("key", IN_USE)
def test_what_is_in_use_is_not_even_told_to_go(life: Living, key: str) -> None:
    before = life.left()
    said = life.hub.refusal(before.items[key] if key else life.claim())
    assert key or "write spec.lifecycle: Decommission, wait until condition Deletable is True, then delete" in said
    print(f"\n{said}")
    now = life.settled()
    assert not leaving(now.items[key] if key else life.claim())
    assert now.things == before.things


def test_what_is_protected_is_found_again_when_its_object_was_deleted(life: Living) -> None:
    """REL-25."""
    before = life.left()
    for key in PROTECTED:
        life.hub.delete(before.items[key])

    def again() -> list[str]:
        items = life.composed()
        return [
            key
            for key in PROTECTED
            if key in items
            and items[key]["metadata"]["uid"] != before.items[key]["metadata"]["uid"]
            and condition(items[key], "Ready").get("status") == "True"
        ]

    seconds = until(lambda: len(again()) == len(PROTECTED), "all are back and Ready", lambda: f"only {again()}")
    after = life.settled()
    print(f"\n{len(PROTECTED)} protected objects deleted by hand: found again after {seconds:.1f} s")
    assert after.things == before.things
    assert after.of("spec") == before.of("spec")


def test_a_guard_that_is_deleted_by_hand_is_back_at_once(life: Living) -> None:
    before = life.left()
    life.hub.delete(before.items["guard-claim"])

    def back() -> bool:
        guard = life.composed().get("guard-claim")
        return guard is not None and condition(guard, "Ready").get("status") == "True"

    print(f"\nthe guard is back after {until(back, 'the guard is in place'):.1f} s")
    assert "spec.lifecycle" in life.hub.refusal(life.claim())


def test_what_aws_keeps_is_told(life: Living) -> None:
    before = life.left()
    for key in KEPT:
        life.hub.delete(before.items[key])

    def refused() -> list[str]:
        items = life.composed()
        return [key for key in KEPT if condition(items[key], "Synced").get("status") == "False"]

    until(lambda: len(refused()) == len(KEPT), "AWS has refused all of them", lambda: f"only {refused()}")

    def says() -> str:
        return str(condition(life.claim(), "NetworkReady").get("message"))

    until(lambda: "DependencyViolation" in says(), "the claim says what AWS says", says)
    now = life.picture()
    assert now.things == before.things
    check_others(before, now, *KEPT)
    assert life.hub.secret(*life.place) is not None
