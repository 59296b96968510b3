"""TST-03: the order of what a claim lists means nothing, but for instance types, which are a preference."""

from __future__ import annotations

import random
from typing import Any

from argosy.cli.options import sample_hub
from tests.properties.test_never_drop import draw
from tests.support.claims import specs
from tests.support.lives import answer_to, claim_of, every_life, example, life_of

HUB = sample_hub()
PREFERENCES = ("instanceTypes",)


def shuffled(value: Any, dice: random.Random, name: str = "") -> Any:
    """The value with every list and mapping in another order."""
    if isinstance(value, dict):
        entries = list(value.items())
        dice.shuffle(entries)
        return {key: shuffled(item, dice, key) for key, item in entries}
    if isinstance(value, list):
        items = [shuffled(item, dice) for item in value]
        if name not in PREFERENCES:
            dice.shuffle(items)
        return items
    return value


@every_life
def test_tst_03_examples_in_another_order_get_the_same_answer(name: str, engine: str) -> None:
    dice, last = random.Random(name), life_of(name, engine)[-1]
    for _ in range(10):
        claim = {**last.claim, "spec": shuffled(example(name, engine)["spec"], dice)}
        observed = list(last.observed.values())
        dice.shuffle(observed)
        assert answer_to(claim, observed, HUB) == last.answer


def test_tst_03_random_claims_in_another_order_get_the_same_answer() -> None:
    dice = random.Random(3)
    moved = 0
    for spec in draw(specs(), 3, 300):
        other = shuffled(spec, dice)
        moved += repr(other) != repr(spec)
        assert answer_to(claim_of(other), [], HUB) == answer_to(claim_of(spec), [], HUB)
    assert moved > 200
