"""Ten clusters at once: Crossplane listens to all of them, and what they cost."""

from __future__ import annotations

import pytest

from tests.hub.crowd import BREAKER, BURST, QUIET_SECONDS, Crowd

pytestmark = [pytest.mark.crowd, pytest.mark.timeout(600)]


def test_ten_clusters_at_once_do_not_open_the_circuit_breaker(crowd: Crowd) -> None:
    print(f"\n{crowd.story()}")
    assert crowd.unresponsive == {}
    assert crowd.hub.metric("circuit_breaker_opens_total") == 0
    assert crowd.hub.metric(BREAKER, result="Dropped") == 0
    assert crowd.allowed > 0, "the breaker counts nothing, or the metric has another name"
    assert crowd.allowed / len(crowd.ready) < BURST / 2, "half of what a claim may have: no room for larger ones"


def test_settled_claims_are_left_alone(crowd: Crowd) -> None:
    """The function asks to be called again after ten minutes: ten claims are one call a minute."""
    print(f"\n{crowd.quiet_calls:.0f} calls and {len(crowd.quiet_writes)} writes in {QUIET_SECONDS} quiet seconds")
    assert crowd.quiet_writes == []
    assert crowd.quiet_calls <= 1
