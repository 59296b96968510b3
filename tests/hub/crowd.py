"""Ten clusters that are made at once: what they cost, and what other stories look at afterwards."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.hub.live import XR, Hub, Item, Team, condition, told
from tests.hub.local.waiting import wait_for
from tests.support.lives import example

EXAMPLES = {"minimal": 4, "production": 2, "node-groups": 2, "with-databases": 2}
"""How many claims of each example; the first of each is compared with `argosy simulate`."""
SECONDS = 400
"""On an idle machine all ten are Ready in a minute."""
QUIET_SECONDS = 20
PARTS = ("crossplane", "function", "apiserver", "etcd", "simulator", "provider-kubernetes", "controller-manager")
POLLING = "argosy-provider-kubernetes"
"""It writes its Objects at each poll, every 10 seconds here, by default every ten minutes; nothing changes by it."""
MARKING = ("crossplane", "update")
"""It writes what its Usages name, about once a minute, and nothing changes by it; what claims compose it patches."""
BURST = 2000
"""Of examples/setup/crossplane-values.yaml: events that one claim may have at once."""
BREAKER = "circuit_breaker_events_total"
CALLS = "function_run_function_request_total"


@dataclass(frozen=True)
class Usage:
    """What a process has used.

    Attributes:
        megabytes: resident now.
        seconds: CPU since its start.
    """

    megabytes: float
    seconds: float


@dataclass
class Crowd:
    """Ten claims that were made at once.

    Attributes:
        ready: seconds until each was Ready, by claim.
        unresponsive: what the condition Responsive said when it was False, by claim.
        claims: as they were applied, each with its team, by example and number.
        earlier: identities of what was on AWS before, by claim: keys of databases of earlier runs stay there for ever.
        before: use of processes before.
        after: use of processes when all were Ready.
        allowed: events that the circuit breaker let through, of all claims.
        calls: of the function.
        writes: to the API server, by claim and user.
        composed: number of objects, by claim.
        quiet_calls: calls of the function in `QUIET_SECONDS`, once all was settled.
        quiet_writes: what was written in that time, but by `POLLING`, in words.
    """

    hub: Hub
    claims: dict[str, tuple[Team, Item]]
    earlier: dict[str, set[str]] = field(default_factory=dict)
    ready: dict[str, float] = field(default_factory=dict)
    unresponsive: dict[str, str] = field(default_factory=dict)
    before: dict[str, Usage] = field(default_factory=dict)
    after: dict[str, Usage] = field(default_factory=dict)
    allowed: float = 0
    calls: float = 0
    writes: dict[str, Counter[str]] = field(default_factory=dict)
    composed: dict[str, int] = field(default_factory=dict)
    quiet_calls: float = 0
    quiet_writes: list[str] = field(default_factory=list)

    def story(self) -> str:
        """What each claim and each process took, a line each."""
        lines = ["claim                     objects  Ready s  writes of core  provider  others"]
        for name in sorted(self.ready, key=lambda name: self.ready[name]):
            users = self.writes[name]
            core, aws = users.pop("crossplane", 0), users.pop("argosy-provider-aws", 0)
            count = f"{self.composed[name]:7}  {self.ready[name]:7.1f}  {core:14}  {aws:8}  {users.total():6}"
            lines.append(f"{name:25} {count}")
        count_all = len(self.ready)
        lines.append(f"function calls {self.calls:.0f}, {self.calls / count_all:.0f} per claim")
        lines.append(f"events for the circuit breaker {self.allowed:.0f}, {self.allowed / count_all:.0f} per claim")
        lines.append("process               MB before   after  CPU s")
        for part, after in self.after.items():
            before = self.before[part]
            used = after.seconds - before.seconds
            lines.append(f"{part:20} {before.megabytes:10.0f} {after.megabytes:7.0f} {used:6.1f}")
        return "\n".join(lines)


def usage(hub: Hub) -> dict[str, Usage]:
    """What the parts of the hub have used so far."""
    found = {}
    for part in PARTS:
        process = hub.processes.process(part)
        assert process is not None, hub.processes.obituary(part)
        times = process.cpu_times()
        found[part] = Usage(process.memory_info().rss / 1e6, times.user + times.system)
    return found


def claims(hub: Hub, teams: list[Team]) -> dict[str, tuple[Team, Item]]:
    """The claims, each of a team with an account of its own: ARNs that they name are of that."""
    found = {}
    for name, count in EXAMPLES.items():
        for number in range(count):
            team = Team.called(hub, f"scale-{name}-{number}")
            team.install()
            teams.append(team)
            found[f"{name}-{number}"] = team, team.adopt(example(name))
    return found


def label(item: Mapping[str, Item]) -> str:
    return str(item["metadata"]["namespace"]).removeprefix("team-scale-")


def audited(hub: Hub, since: datetime, until: datetime) -> Iterator[Item]:
    """Successful writes in a span of time, from the audit log."""
    with (hub.home.logs / "audit.jsonl").open() as log:
        for line in log:
            if not line.endswith("\n"):  # it is being written
                return
            event: Item = json.loads(line)
            at = datetime.fromisoformat(event["stageTimestamp"])
            if since < at < until and event.get("responseStatus", {}).get("code", 500) < 300:
                yield event


def user(event: Item) -> str:
    return str(event["user"]["username"]).rpartition(":")[2]


def writes(events: Iterable[Item], wanted: list[Item]) -> dict[str, Counter[str]]:
    """Writes by claim and user: those of the claim and of everything that is named after it."""
    found: dict[str, Counter[str]] = {label(item): Counter() for item in wanted}
    for event in events:
        named = event.get("objectRef", {})
        for item in wanted:
            name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
            if named.get("namespace") == namespace and str(named.get("name", "")).startswith(name):
                found[label(item)][user(event)] += 1
    return found


def settled(hub: Hub, wanted: list[Item]) -> dict[str, dict[str, str]]:
    """resourceVersions of all claims and of what they composed, by claim, once two looks at all are the same."""
    looks: list[dict[str, dict[str, str]]] = [{}]

    def still() -> bool:
        names = ((label(item), item["metadata"]["name"], item["metadata"]["namespace"]) for item in wanted)
        looks.append({claim: hub.versions(name, namespace) for claim, name, namespace in names})
        return looks[-1] == looks[-2]

    wait_for(still, "nothing of ten clusters changes any more", seconds=240, every=1)
    return looks[-1]


def gathered(hub: Hub, teams: list[Team]) -> Crowd:
    """Ten claims, from one moment on, until nothing of them moves."""
    found = Crowd(hub, claims(hub, teams), before=usage(hub))
    for name, (team, _) in found.claims.items():
        found.earlier[name] = {thing["identity"] for thing in hub.aws(team.account)}
    wanted = [item for _, item in found.claims.values()]
    namespaces = {item["metadata"]["namespace"] for item in wanted}
    allowed, calls = hub.metric(BREAKER, result="Allowed"), hub.metric(CALLS)
    since, started = datetime.now(UTC), time.monotonic()
    for item in wanted:
        hub.apply(item)

    def there() -> list[Item]:
        return [item for item in hub.list(*XR) if item["metadata"]["namespace"] in namespaces]

    def all_ready() -> bool:
        for item in there():
            if condition(item, "Responsive").get("status") == "False":
                found.unresponsive[label(item)] = condition(item, "Responsive")["message"]
            if condition(item, "Ready").get("status") == "True":
                found.ready.setdefault(label(item), time.monotonic() - started)
        return len(found.ready) == len(wanted)

    def late() -> list[str]:
        return [f"{label(item)}: {told(item)}" for item in there() if label(item) not in found.ready]

    wait_for(all_ready, "all ten claims are Ready", seconds=SECONDS, every=0.5, instead=late)
    found.after = usage(hub)
    found.allowed = hub.metric(BREAKER, result="Allowed") - allowed
    found.calls = hub.metric(CALLS) - calls
    ready = datetime.now(UTC)
    found.composed = {name: len(objects) - 1 for name, objects in settled(hub, wanted).items()}
    calls, quiet = hub.metric(CALLS), datetime.now(UTC)
    time.sleep(QUIET_SECONDS)  # what must not come cannot be waited for
    found.quiet_calls = hub.metric(CALLS) - calls
    found.writes = writes(audited(hub, since, ready), wanted)
    found.quiet_writes = [
        f"{user(event)} {event['verb']} {event['objectRef'].get('resource')} {event['objectRef'].get('name')}"
        for event in audited(hub, quiet, datetime.now(UTC))
        if event.get("objectRef", {}).get("namespace") in namespaces
        and user(event) != POLLING
        and (user(event), event["verb"]) != MARKING
    ]
    return found
