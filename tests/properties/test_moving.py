"""A living cluster moves from one package to the other, and back, and AWS notices nothing (docs/claims.md)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from argosy.catalog import ENGINES
from argosy.cli.adopt import PROVIDERS_TAGS
from argosy.cli.composite import composite_of
from argosy.cli.options import claims
from argosy.settle import EXTERNAL_NAME
from argosy.simulator import Account, Simulator
from tests.cli.program import argosy
from tests.support.lives import CLUSTER_ENGINE, ENGINE, Life, every_life, example_file

Item = dict[str, Any]
OTHER = {ENGINE: CLUSTER_ENGINE, CLUSTER_ENGINE: ENGINE}
BEATS = 6
"""More than providers need to look at everything, references included."""


def adopted(items: Iterable[Mapping[str, Any]], engine: str, step: str) -> list[Item]:
    """What the command prints for these objects."""
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)})
    told = argosy("adopt", "-", "--engine", engine, "--step", step, given=given)
    assert told.exit_code == 0, told.stderr
    return list(yaml.safe_load_all(told.stdout))


def on_aws(account: Account) -> dict[tuple[str, str, str], Item]:
    """Everything that exists, without the tags by which the provider tells whose it is."""
    found = {}
    for thing in account:
        state = copy.deepcopy(thing.state)
        tags = state.get("tags") or {}
        state["tags"] = {name: value for name, value in tags.items() if name not in PROVIDERS_TAGS}
        found[thing.kind, thing.region, thing.identity] = {**state, "leaving": thing.gone_at}
    return found


def managed(items: Iterable[Item]) -> list[Item]:
    """The objects that stand for something on AWS."""
    return [item for item in items if ".upbound.io/" in item["apiVersion"]]


def name_of(item: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and name, which are the same in both packages."""
    return item["kind"], item["metadata"]["name"]


class Move:
    """A cluster of one package, on its way to the other."""

    def __init__(self, old: Life, claim: Item, engine: str) -> None:
        self.old, self.engine = old, engine
        self.new = Life(claim, simulator=Simulator(aws=old.simulator.aws))
        self.said: dict[tuple[str, str], Item] = {}

    @property
    def there(self) -> list[Item]:
        """The new objects, composed or not."""
        return [item for _, item in self.new.simulator.server if ".upbound.io/" in item["apiVersion"]]

    def observe(self) -> None:
        for item in adopted(self.old.observed.values(), self.engine, "observe"):
            self.new.simulator.create(item)
            self.said[name_of(item)] = item
        for _ in range(BEATS):
            self.new.simulator.step()

    def hold(self) -> None:
        self.say(adopted(self.old.observed.values(), self.engine, "hold"))
        for key, item in list(self.old.simulator.server):
            if item in managed([item]):
                spec = {**item["spec"], "managementPolicies": ["Observe"]}
                self.old.simulator.server.write(key, {**item, "spec": spec})

    def compose(self) -> None:
        """The new composite lives until it has nothing more to say."""
        for _ in self.new.passes():
            pass

    def release(self) -> None:
        self.say(adopted(self.new.observed.values(), self.engine, "release"))

    def forget(self) -> None:
        """The objects of the old package go."""
        for _ in range(BEATS):
            self.old.simulator.apply([])
            self.old.simulator.step()
        self.old.observed = {item["metadata"]["name"]: item for item in self.old.simulator.observed()}

    def say(self, items: list[Item]) -> None:
        for item in items:
            self.new.simulator.server.say(self.said[name_of(item)], item)
            self.said[name_of(item)] = item
        self.new.simulator.step()

    def all(self) -> Life:
        for step in (self.observe, self.hold, self.compose, self.release, self.compose, self.forget):
            step()
        return self.new


def settled(claim: Item) -> Life:
    life = Life(claim)
    life.settle()
    return life


def readiness(items: Iterable[Item]) -> set[str]:
    return {one["status"] for item in items for one in item["status"]["conditions"] if one["type"] == "Ready"}


@every_life
def test_a_cluster_moves_to_the_other_package_and_back_and_aws_notices_nothing(name: str, engine: str) -> None:
    (written,) = claims(str(example_file(name, engine)))
    first = settled(composite_of(written, engine))
    before, objects = on_aws(first.simulator.aws), managed(first.observed.values())
    ids = {name_of(item): item["metadata"]["annotations"][EXTERNAL_NAME] for item in objects}
    life, here = first, engine
    for there in (OTHER[engine], engine):
        move = Move(life, composite_of(written, there), there)
        for step in (move.observe, move.hold, move.compose, move.release, move.compose, move.forget):
            step()
            assert on_aws(life.simulator.aws) == before, f"{here} to {there}: {step.__name__}"
        assert move.old.observed == {}
        life, here = move.new, there
        assert life.call().fatal is None
        conditions = {one["type"]: one["status"] for one in life.call().conditions}
        assert conditions.pop("Deletable") == "False"
        assert set(conditions.values()) == {"True"}, conditions
        now = managed(life.observed.values())
        assert {name_of(item): item["metadata"]["annotations"][EXTERNAL_NAME] for item in now} == ids
        assert all(item["apiVersion"].split("/")[0].endswith(ENGINES[there].groups) for item in now)
    assert [unnumbered(item) for item in managed(life.observed.values())] == [unnumbered(item) for item in objects]


def unnumbered(item: Item) -> Item:
    """An object without what an API server counts."""
    metadata = {name: value for name, value in item["metadata"].items() if name in ("name", "namespace", "annotations")}
    return {**item, "metadata": metadata, "status": item["status"].get("atProvider")}
