"""Crossplane's own client, when the function ends connections: it makes others, and no call is lost."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.hub.live import Hub, Team, condition
from tests.hub.local import parts
from tests.hub.local.home import Port
from tests.hub.local.waiting import wait_for
from tests.unit.test_main import YOUNG, peers

OWN = "function-young"
SECONDS = 8


@pytest.fixture
def young(hub: Hub) -> Iterator[str]:
    """A function whose connections end after a second; its name, and its Composition's."""
    usual = parts.function(hub.home, OWN, Port.FUNCTION_OF_ANOTHER_STORY)
    hub.processes.run([replace(usual, command=[sys.executable, "-c", YOUNG, *usual.command[1:]])])
    hub.own_function(OWN, Port.FUNCTION_OF_ANOTHER_STORY)
    yield OWN
    hub.processes.end([OWN])


def test_connections_end_and_crossplane_does_not_notice(hub: Hub, team: Team, young: str) -> None:
    """Of a claim that is refused each reconcile is one call, and AWS is not asked."""
    claim = team.claim("orders", environment="nowhere", crossplane={"compositionRef": {"name": young}})
    hub.apply(claim)

    def refused() -> bool:
        return "environment" in condition(hub.claim("orders", team.namespace) or {}, "Synced").get("message", "")

    wait_for(refused, "the claim is refused", seconds=30)
    core = hub.processes.process("crossplane")
    assert core is not None
    before, asked, seen, until = answers(hub, young), 0, set[int](), time.monotonic() + SECONDS
    while time.monotonic() < until:
        asked += 1
        hub.patch(claim, {"metadata": {"annotations": {"crossplane.io/reconcile-requested-at": f"story-{asked}"}}})
        seen |= peers(Port.FUNCTION_OF_ANOTHER_STORY, core)
        time.sleep(0.1)
    answered = answers(hub, young) - before
    print(f"\n{answered:.0f} calls over {len(seen)} connections in {SECONDS} s")
    assert len(seen) > 2
    assert answered > asked / 2  # what is asked during a reconcile is answered by the next one
    assert answers(hub, young) == hub.metric("function_run_function_response_total", function_name=young)
    assert unanswered(hub, team) == []


def answers(hub: Hub, name: str) -> float:
    """Calls of a function that were answered."""
    return hub.metric("function_run_function_response_total", function_name=name, grpc_code="OK")


def unanswered(hub: Hub, team: Team) -> list[str]:
    """Warnings that are not the refusal."""
    return [event for event in hub.events(team.namespace) if "spec.environment" not in event]
