"""Whole lives of the examples: everything that the simulator ever shows fits the providers' schemas, and is cheap."""

from __future__ import annotations

import copy
import time

from argosy.simulator import DELAYS, KINDS, Simulator
from tests.schemas.schemas import violations
from tests.support.lives import Life, every_life, example, life_of


@every_life
def test_everything_that_is_ever_shown_fits_the_schemas(name: str, engine: str) -> None:
    seen: dict[str, object] = {}
    for moment in life_of(name, engine):
        for key, item in moment.observed.items():
            version = item["metadata"]["resourceVersion"]
            if seen.get(key) != version:
                seen[key] = version
                assert violations(item) == []
    assert len(seen) > 30


@every_life
def test_a_settled_world_stands_still(name: str, engine: str) -> None:
    life = Life(example(name, engine))
    last = life.settle()
    before = copy.deepcopy(life.observed)
    assert not life.simulator.restless
    for _ in range(5):
        life.live(last)
    assert life.observed == before


def test_the_kinds_are_known_by_their_own_names() -> None:
    assert set(DELAYS) <= set(KINDS)
    assert all(kind.path == path for path, kind in KINDS.items())


def test_a_life_costs_little() -> None:
    """It is lived thousands of times in property tests; the bound is several times what it takes on a slow machine."""
    answers = [list(moment.answer.desired.values()) for moment in life_of("with-databases")]
    simulator = Simulator()
    start = time.process_time()
    for desired in (*answers, *answers[-1:] * (40 - len(answers))):
        simulator.apply(desired)
        simulator.step()
        simulator.observed()
    assert time.process_time() - start < 1
