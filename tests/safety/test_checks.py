"""Every rule holds in every answer of every life, and notices when it is broken."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.safety import (  # noqa: F401  (each fills the table)
    checks_control_plane,
    checks_data,
    checks_iam,
    checks_network,
    checks_nodes,
    checks_policies,
    checks_reliability,
    checks_tenancy,
    checks_upgrades,
    mutations_ack,
)
from tests.safety.answers import tell
from tests.safety.checks import CHECKS, Check, Verdict
from tests.safety.mutations import MUTATIONS, Mutation
from tests.safety.mutations_ack import NOT_OF_ACK
from tests.safety.stories import ACK, STORIES, story
from tests.support.claims import specs
from tests.support.lives import ENGINE, Life, claim_of, within


@cache
def verdict(check: Check, name: str) -> Verdict:
    return check.judge(story(name))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
@pytest.mark.parametrize("name", STORIES)  # varies slowly, so that each worker lives its own half of the lives
def test_rule_holds(check: Check, name: str) -> None:
    assert verdict(check, name).complaints == (), check.sentence


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_rule_looks_at_something(check: Check) -> None:
    assert any(verdict(check, name).subjects for name in STORIES)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.check}-{mutation.what}")
def test_rule_notices_a_broken_answer(mutation: Mutation) -> None:
    check = next(check for check in CHECKS if check.name == mutation.check)
    broken = check.judge(mutation.change(story(mutation.story)))
    assert set(broken.complaints) - set(verdict(check, mutation.story).complaints)


def test_every_rule_is_broken_once() -> None:
    assert sorted({check.name for check in CHECKS} - {mutation.check for mutation in MUTATIONS}) == []


def test_every_rule_that_reads_what_ack_says_is_broken_there_too() -> None:
    """So that no field is lost on the way into the words of the checks."""
    broken = {mutation.check for mutation in MUTATIONS if mutation.story.endswith("-ack")}
    assert sorted({check.name for check in CHECKS} - broken) == sorted(NOT_OF_ACK)


@pytest.mark.parametrize("engine", [ENGINE, ACK])
@settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # a life is too slow to be shrunk
    suppress_health_check=[*HealthCheck],
)
@given(st.data())
def test_rules_hold_for_random_claims(engine: str, data: st.DataObject) -> None:
    told = tell(Life(claim_of(within(engine, data.draw(specs())), engine=engine)))
    complaints = {check.name: check.judge(told).complaints for check in CHECKS}
    assert {name: found for name, found in complaints.items() if found} == {}
