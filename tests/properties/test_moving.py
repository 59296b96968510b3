"""A living cluster moves from one package to the other, and back, and AWS notices nothing (docs/claims.md)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import yaml
from click.testing import Result

from argosy.catalog import ENGINES
from argosy.cli.adopt import PROVIDERS_TAGS
from argosy.cli.composite import composite_of
from argosy.cli.options import claims
from argosy.data.kubernetes import NEWEST
from argosy.settle import EXTERNAL_NAME
from argosy.simulator import Account, Simulator
from tests.cli.program import argosy
from tests.support.lives import CLUSTER_ENGINE, ENGINE, Life, claim_of, every_upbound_life, example_file

Item = dict[str, Any]
OTHER = {ENGINE: CLUSTER_ENGINE, CLUSTER_ENGINE: ENGINE}
BEATS = 6
"""More than providers need to look at everything, references included."""


def adopt(items: Iterable[Mapping[str, Any]], engine: str, step: str) -> Result:
    """What the command says to these objects."""
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)})
    return argosy("adopt", "-", "--engine", engine, "--step", step, given=given)


def adopted(items: Iterable[Mapping[str, Any]], engine: str, step: str) -> list[Item]:
    """What the command prints for these objects."""
    told = adopt(items, engine, step)
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


def settled(claim: Item) -> Life:
    life = Life(claim)
    life.settle()
    return life


@every_upbound_life
def test_a_cluster_moves_to_the_other_package_and_back_and_aws_notices_nothing(name: str, engine: str) -> None:
    (written,) = claims([str(example_file(name, engine))])
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


def older(engine: str) -> tuple[Life, Item]:
    """A cluster that was made with an older version, of a claim that names none any more; and that claim."""
    life = settled(claim_of({"region": "eu-west-1", "kubernetesVersion": "1.34"}, engine=engine))
    life.claim = {**life.claim, "spec": {key: one for key, one in life.claim["spec"].items() if key[0] != "k"}}
    life.settle()
    return life, claim_of({"region": "eu-west-1"}, engine=OTHER[engine])


def asked_version(move: Move) -> Any:
    return next(
        (item["spec"]["forProvider"].get("version") for key, item in move.new.observed.items() if key == "cluster"),
        None,
    )


@pytest.mark.parametrize("engine", OTHER)
def test_release_waits_until_the_claim_has_seen_which_version_there_is(engine: str) -> None:
    move = Move(*older(engine), OTHER[engine])
    before = on_aws(move.old.simulator.aws)
    move.observe()
    move.hold()
    asked = []
    for _ in range(30):
        move.new.live()
        asked.append(asked_version(move))
        if (
            len(move.new.observed)
            and adopt(move.new.simulator.server.index().values(), move.engine, "release").exit_code == 0
        ):
            break
        assert on_aws(move.old.simulator.aws) == before
    assert NEWEST in asked, "the claim asks for the newest before it has seen its cluster"
    assert asked[-1] == "1.34"
    move.release()
    move.compose()
    assert on_aws(move.old.simulator.aws) == before


@pytest.mark.parametrize("engine", OTHER)
def test_objects_that_only_look_are_not_enough(engine: str) -> None:
    """Why the new objects are paused: the function writes management policies itself for what it protects."""
    move = Move(*older(engine), OTHER[engine])
    move.observe()
    with pytest.raises(AssertionError, match="upgraded"):
        for _ in range(30):
            move.new.live()
            found = move.old.simulator.aws.all("eks/Cluster", "eu-west-1")
            assert [thing.fields["version"] for thing in found if not thing.changing] == ["1.34"], "upgraded"


@pytest.mark.parametrize("engine", OTHER)
def test_a_control_plane_keeps_its_zones(engine: str) -> None:
    """A zone that was added has subnets that the control plane can never have."""
    network = {"region": "eu-west-1", "network": {"zones": ["a", "b"]}}
    life = settled(claim_of(network, engine=engine)).change({"network": {"zones": ["a", "b", "c"]}})
    life.settle()
    before = on_aws(life.simulator.aws)
    (cluster,) = life.simulator.aws.all("eks/Cluster", "eu-west-1")
    assert len(cluster.fields["vpcConfig"]["subnetIds"]) == 2
    move = Move(
        life,
        claim_of({"region": "eu-west-1", "network": {"zones": ["a", "b", "c"]}}, engine=OTHER[engine]),
        OTHER[engine],
    )
    for step in (move.observe, move.hold, move.compose, move.release, move.compose, move.forget):
        step()
        assert on_aws(life.simulator.aws) == before, step.__name__
