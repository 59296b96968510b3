"""What nothing has happened to is not reconciled again, and nothing is missed by that."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from argosy.simulator import provider
from tests.simulator.live.server import ACCOUNT, Hub, config_map, key_of, provider_config
from tests.simulator.objects import Manifest, subnet, vpc
from tests.support.lives import every_upbound_life, life_of

BEATS, ARRIVAL, CALM = 120, 40, 18
"""How long it goes on, how often a team arrives, and for how long its cluster is made undisturbed."""
TEAMS = {"team-a": ACCOUNT, "team-b": "444455556666", "team-c": "777788889999"}
"""Namespaces and their accounts, in which EKS has room for a control plane in all zones of the examples."""
FAULTS = "[{match: {}, kind: %s, message: no such luck}]"


def composed(name: str, engine: str) -> list[Manifest]:
    """What an example asks the AWS provider for, as it is first applied."""
    first: dict[str, Manifest] = {}
    for moment in life_of(name, engine):
        for key, item in moment.answer.desired.items():
            if ".upbound.io/" in item["apiVersion"]:
                first.setdefault(key, item)
    return list(first.values())


def forgetful() -> Hub:
    """A hub whose simulator looks at everything at each beat."""
    hub = Hub()
    step = hub.controller.step

    def forgetting() -> bool:
        hub.controller._quiet.clear()
        return step()

    hub.controller.step = forgetting  # type: ignore[method-assign]
    return hub


def happenings(items: list[Manifest], seed: int) -> Iterator[Callable[[Hub], None]]:
    """What people do, a thing for each beat; the same for the same seed."""
    chance, teams = random.Random(seed), iter(TEAMS)

    def arrive(team: str) -> Callable[[Hub], None]:
        def do(hub: Hub) -> None:
            account = TEAMS[team]
            hub.server.create(provider_config(account), namespace=team)
            hub.server.create(*json.loads(json.dumps(items).replace(ACCOUNT, account)), namespace=team)

        return do

    def touch(hub: Hub, pick: float, tags: dict[str, str]) -> None:
        keys = sorted(hub.server._items)
        key = keys[int(pick * len(keys))]
        if "forProvider" in hub.server[key]["spec"]:
            hub.server.edit(key, lambda item: item["spec"]["forProvider"].update(tags=tags))

    def remove(hub: Hub, pick: float) -> None:
        keys = sorted(hub.server._items)
        key = keys[int(pick * len(keys))]
        if "deletionTimestamp" not in hub.server[key]["metadata"]:
            hub.server.delete(key)

    for beat in range(BEATS):
        pick, dice = chance.random(), chance.random()
        if beat % ARRIVAL == 0:
            yield arrive(next(teams))
        elif beat % ARRIVAL < CALM:
            yield lambda hub: None
        elif dice < 0.3:
            yield lambda hub, pick=pick, beat=beat: touch(hub, pick, {"beat": str(beat)})  # type: ignore[misc]
        elif dice < 0.5:
            yield lambda hub, pick=pick: remove(hub, pick)  # type: ignore[misc]
        else:
            yield lambda hub: None


@every_upbound_life
def test_nothing_is_missed(name: str, engine: str) -> None:
    """Step by step, it writes the same as one that looks at everything."""
    hubs = (Hub(), forgetful())
    for beat, happening in enumerate(happenings(composed(name, engine), seed=len(name))):
        for hub in hubs:
            happening(hub)
            hub.beats(1)
        one, other = (hub.server.written for hub in hubs)
        assert one == other, f"beat {beat}"
    assert hubs[0].server.items == hubs[1].server.items
    assert hubs[0].cloud.told() == hubs[1].cloud.told()
    assert len(hubs[0].server.written) > 100


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each object was reconciled, by its namespace and name."""
    found: Counter[str] = Counter()
    reconcile = provider.reconcile

    def counted(item: Manifest, *arguments: object) -> Manifest | None:
        found[f"{item['metadata']['namespace']}/{item['metadata']['name']}"] += 1
        return reconcile(item, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(provider, "reconcile", counted)
    return found


def test_what_is_settled_costs_nothing_while_others_are_made(looked: Counter[str]) -> None:
    hub = Hub()
    for number, (team, account) in enumerate(TEAMS.items()):
        hub.server.create(provider_config(account), namespace=team)
        hub.server.create(vpc(), subnet("a", "10.0.0.0/20"), namespace=team)
        hub.settle()
        assert sum(looked[f"{settled}/vpc"] for settled in list(TEAMS)[:number]) == 0
        looked.clear()


def test_a_fault_reaches_what_is_settled(looked: Counter[str]) -> None:
    hub = Hub()
    hub.server.create(provider_config())
    hub.server.create(vpc())
    hub.settle()
    looked.clear()
    hub.server.create(config_map(faults=FAULTS % "VPC"), namespace="argosy-simulator")
    hub.beats(1)
    assert looked["team/vpc"] == 1
    assert hub.server[key_of(vpc())]["metadata"]["name"] == "vpc"
