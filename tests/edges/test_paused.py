"""An object that a person has paused: others may still be made that need it, and the condition says how that ends."""

from __future__ import annotations

import pytest

from argosy.cli.adopt import PAUSED
from argosy.cli.request import Answer
from tests.support.lives import Life, claim_of, every_upbound_engine, every_upbound_life, example, life_of


def pause(life: Life, keys: set[str]) -> Life:
    """The same, with these objects paused."""
    for key, item in list(life.simulator.server):
        if key in keys:
            annotations = {**item["metadata"]["annotations"], PAUSED: "true"}
            life.simulator.server.write(key, {**item, "metadata": {**item["metadata"], "annotations": annotations}})
    life.simulator.step()
    life.observed = dict(life.simulator.server)
    return life


def grown(name: str, engine: str) -> Life:
    life = Life(example(name, engine))
    life.settle()
    return life


def told_of(told: Answer) -> str:
    return "\n".join(f"{one['type']}={one['status']} {one['message']}" for one in told.conditions)


@every_upbound_life
def test_a_paused_cluster_stays_as_it_is_and_says_so(name: str, engine: str) -> None:
    managed = {key for key, item in life_of(name, engine)[-1].observed.items() if ".upbound.io/" in item["apiVersion"]}
    life = pause(grown(name, engine), managed)
    told = life.call()
    assert told.fatal is None
    assert told.desired == life_of(name, engine)[-1].answer.desired, "nothing leaves, no gate closes"
    assert not told.ready & managed
    for part in ("NetworkReady", "ControlPlaneReady"):
        (condition,) = (one for one in told.conditions if one["type"] == part)
        assert (condition["status"], condition["reason"]) == ("False", "Failed")
        assert "is paused, so nobody repairs, changes or deletes it" in condition["message"]
        assert f"take its annotation {PAUSED} off" in condition["message"]


@every_upbound_engine
@pytest.mark.parametrize("key", ["vpc", "role-cluster", "cluster", "nat-gateway-a"])
def test_the_condition_names_what_is_paused_and_all_is_well_when_that_ends(engine: str, key: str) -> None:
    life = Life(claim_of({"region": "eu-west-1"}, engine=engine))
    before = life.settle()
    told = pause(life, {key}).call()
    assert f"{key}: is paused" in told_of(told)
    assert told.desired == before.desired
    item = life.simulator.server.get(key)
    assert item is not None
    annotations = {name: value for name, value in item["metadata"]["annotations"].items() if name != PAUSED}
    life.simulator.server.write(key, {**item, "metadata": {**item["metadata"], "annotations": annotations}})
    life.simulator.step()
    assert told_of(life.settle()) == told_of(before)
