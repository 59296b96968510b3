"""With every object slow or failing in turn: nothing early, the condition names it, all else goes on (issue of gates).

REL-24: a failure of one thing must not stop another that does not need it.
"""

from __future__ import annotations

import pytest

from argosy.cli.request import Answer
from argosy.simulator import Simulator
from tests.edges.needs import AFTER_ANY_GROUP, gates, groups, held_by
from tests.support.lives import ENGINE, EXAMPLE_NAMES, LIVES, Life, Objects, example, life_of

BEATS = 12
"""How much slower than usual a slow object is: longer than anything that does not wait for it."""
FAULT = "api error LimitExceeded: the quota of this account is used up"


def objects_of(name: str, engine: str = ENGINE) -> Objects:
    """All objects of an example, settled."""
    return life_of(name, engine)[-1].observed


OTHERWISE = {"ack": ("minimal", "with-databases")}
"""Examples in which an engine has gates of its own; else a gate is no engine's business, and the first is enough."""
CASES = [
    (name, engine, key)
    for name, engine in LIVES
    if engine == ENGINE or name in OTHERWISE.get(engine, ("minimal",))
    for key, item in objects_of(name, engine).items()
    if not item["kind"].endswith("Usage")
]
"""Every object of every example: a gate that nobody thought of is one, too."""


@pytest.mark.parametrize(("name", "engine", "key"), CASES)
def test_what_needs_a_failing_object_waits_all_else_is_made_and_a_condition_names_it(
    name: str, engine: str, key: str
) -> None:
    """REL-24, UPG-13: waiting is no failure, and nothing here knows how long something may take."""
    life = Life(example(name, engine), simulator=Simulator(faults={key: FAULT}))
    told, everything = life.settle(), objects_of(name, engine)
    assert set(everything) - set(told.desired) == held_by(key, everything)
    assert key not in told.ready
    assert not told.fatal
    assert told.ttl_seconds <= 30

    naming = [item for item in told.conditions if key in item["message"] and FAULT in item["message"]]
    assert naming, told.conditions
    kind, group = life.observed[key]["kind"].lower(), life.observed[key]["apiVersion"].split("/")[0]
    for item in naming:
        assert (item["status"], item["reason"]) == ("False", "Failed")
        assert f"kubectl describe {kind}.{group} {life.observed[key]['metadata']['name']}" in item["message"]


@pytest.mark.parametrize("key", ["guard-claim", "usage-cluster-by-ingress-database-orders"])
def test_what_is_not_in_place_though_crossplane_tells_no_error_is_named(key: str) -> None:
    life = Life(example("with-databases"), simulator=Simulator(faults={key: FAULT}))
    told, everything = life.settle(), objects_of("with-databases")
    assert set(told.desired) == set(everything)
    assert told.ttl_seconds <= 30
    assert told.conditions[-1] == {
        "type": "Deletable",
        "status": "False",
        "reason": "Creating",
        "message": f"{key} is being made",
    }


@pytest.mark.parametrize("key", ["role-flow-logs", "log-group-flow-logs", "flow-log-all"])
def test_traffic_that_cannot_be_recorded_is_told_of_the_network_and_keeps_no_cluster_back(key: str) -> None:
    fault = "operation error EC2: CreateFlowLogs, api error InvalidParameter: Access Denied for LogDestination"
    told = Life(example("minimal"), simulator=Simulator(faults={key: fault})).settle()
    conditions = {item["type"]: item for item in told.conditions}
    assert [name for name, item in conditions.items() if item["status"] != "True"] == ["NetworkReady", "Deletable"]
    assert conditions["NetworkReady"]["reason"] == "Failed"
    assert fault in conditions["NetworkReady"]["message"]


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_a_failing_object_that_heals_is_forgotten(name: str) -> None:
    usual = life_of(name)[-1].answer
    for key in sorted(objects_of(name))[::7]:
        life = Life(example(name), simulator=Simulator(faults={key: FAULT}))
        life.settle()
        life.simulator.heal(key)
        told = life.settle()  # AWS may give other ids at the next try
        assert set(told.desired) == set(usual.desired), key
        assert (told.ready, told.conditions, told.results) == (usual.ready, usual.conditions, usual.results), key


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_nothing_is_made_before_what_it_needs_is_usable(name: str) -> None:
    """Each gate is slow in turn; at every call, what is asked for anew finds ready what it needs."""
    everything = objects_of(name)
    slowed = sorted({needed for key in everything for needed in gates(key, everything)})
    assert len(slowed) >= 4
    for slow in slowed:
        life = Life(example(name), simulator=Simulator(slow={slow: BEATS}))
        known: set[str] = set()
        for told, observed in _passes(life):
            usable = {key for key, item in observed.items() if _ready(item)}
            for key in set(told.desired) - known:
                assert gates(key, everything) <= usable, (slow, key)
                assert key not in AFTER_ANY_GROUP or not groups(everything) or groups(everything) & usable, (slow, key)
            known |= set(told.desired)
        assert known == set(everything), slow


def _passes(life: Life) -> list[tuple[Answer, Objects]]:
    """Answers, each with what existed when it was given."""
    found, observed = [], life.observed
    for told in life.passes():
        found.append((told, observed))
        observed = life.observed
    return found


def _ready(item: dict[str, object]) -> bool:
    status = item.get("status", {})
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
