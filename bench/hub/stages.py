"""The stages of a claim's life, each with what it costs.

CPU is measured where nothing else goes on: one cluster is made at a time, and what the hub uses anyway is taken off.
Calls and writes once all is settled are counted side by side, for all claims at once: they do not depend on speed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.hub.readings import CONTROLLER, FUNCTIONS, Reading, Span, read
from tests.hub.live import Hub, Item, Team
from tests.hub.local.waiting import wait_for
from tests.support.lives import example

QUIET_SECONDS = 25
"""Nothing happens for so long: a claim whose Usages Crossplane looks at every 30 seconds is settled before."""
IDLE_SECONDS = 60
ROUNDS = 40
"""Reconciles of a settled claim, one after the other."""
HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Made:
    """A cluster that was made on a hub where nothing else was made meanwhile.

    Attributes:
        example: what it is.
        who: which of `FUNCTIONS` answered.
        team: where it is.
        claim: as it was applied.
        objects: that it has composed.
        seconds: until the last write.
        span: from the claim to the end of a quiet while.
    """

    example: str
    who: str
    team: Team
    claim: Item
    objects: int
    seconds: float
    span: Span

    def told(self) -> dict[str, Any]:
        """For the report."""
        writes = self.span.writes(self.team.hub, self.team.namespace)
        return {
            "example": self.example,
            "function": self.who,
            "objects": self.objects,
            "seconds": round(self.seconds, 1),
            "calls": self.span.calls(self.who),
            "reconciles": self.span.reconciles,
            "tokens": self.span.tokens,
            "writes": dict(sorted(writes.items())),
            "changes": self.span.changes,
            "cpu": rounded(self.span.cpu),
        }


def rounded(values: dict[str, float], digits: int = 3) -> dict[str, float]:
    """Figures that people read."""
    return {name: round(value, digits) for name, value in values.items()}


def claim(team: Team, name: str, who: str) -> Item:
    """An example as its author writes it, answered by one of `FUNCTIONS`."""
    found = team.adopt(example(name))
    if who != "ours":
        found["spec"]["crossplane"] = {"compositionRef": {"name": FUNCTIONS[who]}}
    return found


def make(hub: Hub, team_name: str, name: str, who: str, told: Callable[[str], None]) -> Made:
    """A cluster, from its claim until nothing happens any more."""
    team = Team.called(hub, team_name)
    team.install()
    wanted = claim(team, name, who)
    first = read(hub)
    hub.apply(wanted)
    hub.until_ready(wanted["metadata"]["name"], team.namespace, seconds=300)
    last = _quiet(hub)
    span = Span(first=first, last=last)
    objects = len(hub.composed(wanted["metadata"]["name"], team.namespace))
    seconds = span.last_write(hub, team.namespace)
    told(f"{name}, function {who}: {objects} objects, settled after {seconds:.0f} s, {span.calls(who):.0f} calls")
    return Made(example=name, who=who, team=team, claim=wanted, objects=objects, seconds=seconds, span=span)


def _quiet(hub: Hub) -> Reading:
    """A reading after a while in which no claim was reconciled."""
    found = read(hub)

    def still() -> bool:
        nonlocal found
        now = read(hub)
        if now.reconciles != found.reconciles:
            found = now
        return now.seconds - found.seconds >= QUIET_SECONDS

    wait_for(still, "no claim is reconciled any more", seconds=300, every=1)
    return read(hub)


def idle(hub: Hub) -> Span:
    """What the hub uses while nobody wants anything."""
    first = read(hub)
    time.sleep(IDLE_SECONDS)
    return Span(first=first, last=read(hub))


def look(hub: Hub, made: Made, background: Span, told: Callable[[str], None]) -> dict[str, Any]:
    """What one reconcile of a settled cluster costs: Crossplane is asked for some, one after the other."""
    item = {"apiVersion": made.claim["apiVersion"], "kind": made.claim["kind"], "metadata": made.claim["metadata"]}
    first = read(hub)
    for number in range(ROUNDS):
        before = hub.metric("controller_runtime_reconcile_total", controller=CONTROLLER)
        hub.patch(item, {"metadata": {"annotations": {"crossplane.io/reconcile-requested-at": f"bench-{number}"}}})
        _until_reconciled(hub, before)
    span = Span(first=first, last=read(hub))
    writes = span.writes(hub, made.team.namespace)
    count = span.reconciles
    share = span.seconds / background.seconds
    cpu = {part: (seconds - background.cpu[part] * share) / count for part, seconds in span.cpu.items()}
    found = {
        "example": made.example,
        "objects": made.objects,
        "reconciles": count,
        "calls": round(span.calls(made.who) / count, 2),
        "tokens": round(span.tokens / count, 2),
        "writes": round(writes["crossplane"] / count, 1),
        # the annotation is a write, too, and ours
        "changes": round((span.changes - ROUNDS - background.changes * share) / count, 2),
        "cpu": rounded(cpu, 4),
    }
    told(f"{made.example}: one reconcile of a settled cluster is {found['writes']} writes of Crossplane")
    return found


def _until_reconciled(hub: Hub, before: float) -> None:
    def done() -> bool:
        return hub.metric("controller_runtime_reconcile_total", controller=CONTROLLER) > before

    wait_for(done, "the claim is reconciled", seconds=30, every=0.1)


def leave(hub: Hub, all_made: list[Made], minutes: float, told: Callable[[str], None]) -> list[dict[str, Any]]:
    """Leaves settled clusters alone, and counts what happens all the same, for an hour."""
    first = read(hub)
    told(f"{len(all_made)} settled clusters are left alone for {minutes:g} minutes")
    time.sleep(minutes * 60)
    span = Span(first=first, last=read(hub))
    hours = span.seconds / HOUR
    return [
        {
            "function": who,
            "clusters": len(mine),
            "minutes": round(span.seconds / 60, 1),
            "calls": span.calls(who),
            "calls_per_cluster_and_hour": round(span.calls(who) / len(mine) / hours, 1),
            "writes_per_cluster_and_hour": {
                user: round(count / len(mine) / hours, 1) for user, count in _writes(hub, span, mine)
            },
            "tokens_of_all": span.tokens,
        }
        for who in FUNCTIONS
        if (mine := [one for one in all_made if one.who == who])
    ]


def _writes(hub: Hub, span: Span, mine: list[Made]) -> list[tuple[str, int]]:
    total: dict[str, int] = {}
    for one in mine:
        for user, count in span.writes(hub, one.team.namespace).items():
            total[user] = total.get(user, 0) + count
    return sorted(total.items())
