"""Counters of a hub, and what lies between two readings of them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.hub.crowd import BREAKER, CALLS, audited, usage, user
from tests.hub.live import XR, Hub, Item

CONTROLLER = f"composite/{XR[1].lower()}s.{XR[0].partition('/')[0]}"
"""Crossplane's controller of these claims."""
FUNCTIONS = {"ours": "function-argosy", "minute": "function-minute"}
"""Who answers, and how Crossplane calls it: ours, and ours with the SDK's time to live."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All counters at one moment.

    Attributes:
        at: by the clock of the audit log.
        seconds: by a clock that only goes on.
        calls: of each function.
        reconciles: of all claims.
        tokens: that claims have taken of their circuit breakers.
        opened: how often a circuit breaker has opened.
        requests: that Crossplane has sent to the API server, by method.
        revision: etcd's: it grows with every write that changes something, whoever writes.
        cpu: seconds that each process has used.
        megabytes: resident, of each process.
    """

    at: datetime
    seconds: float
    calls: dict[str, float]
    reconciles: float
    tokens: float
    opened: float
    requests: dict[str, float]
    revision: int
    cpu: dict[str, float]
    megabytes: dict[str, float]


def read(hub: Hub) -> Reading:
    """The counters now."""
    used = usage(hub)
    listed = json.loads(hub.kubectl.run("get", "--raw=/api/v1/namespaces?limit=1"))
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    return Reading(
        at=datetime.now(UTC),
        seconds=time.monotonic(),
        calls={who: hub.metric(CALLS, function_name=name) for who, name in FUNCTIONS.items()},
        reconciles=hub.metric("controller_runtime_reconcile_total", controller=CONTROLLER),
        tokens=hub.metric(BREAKER, controller=CONTROLLER),
        opened=hub.metric("circuit_breaker_opens_total"),
        requests={method: hub.metric("rest_client_requests_total", method=method) for method in methods},
        revision=int(listed["metadata"]["resourceVersion"]),
        cpu={part: found.seconds for part, found in used.items()},
        megabytes={part: found.megabytes for part, found in used.items()},
    )


@dataclass(frozen=True, kw_only=True)
class Span:
    """What happened between two readings."""

    first: Reading
    last: Reading

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.last.seconds - self.first.seconds

    def calls(self, who: str) -> float:
        """Calls of one of `FUNCTIONS`."""
        return self.last.calls[who] - self.first.calls[who]

    @property
    def reconciles(self) -> float:
        """Reconciles of claims."""
        return self.last.reconciles - self.first.reconciles

    @property
    def tokens(self) -> float:
        """Tokens of circuit breakers."""
        return self.last.tokens - self.first.tokens

    @property
    def changes(self) -> int:
        """Writes that changed something, of everybody."""
        return self.last.revision - self.first.revision

    @property
    def requests(self) -> dict[str, float]:
        """Requests of Crossplane, by method."""
        return {method: count - self.first.requests[method] for method, count in self.last.requests.items()}

    @property
    def cpu(self) -> dict[str, float]:
        """CPU seconds of each process."""
        return {part: seconds - self.first.cpu[part] for part, seconds in self.last.cpu.items()}

    def writes(self, hub: Hub, namespace: str) -> Counter[str]:
        """Writes of everybody to what is in a namespace, also those that change nothing, by user."""
        return Counter(user(event) for event in self._events(hub, namespace))

    def last_write(self, hub: Hub, namespace: str) -> float:
        """Seconds from the first reading to the last write in a namespace, 0 if there was none."""
        times = [datetime.fromisoformat(event["stageTimestamp"]) for event in self._events(hub, namespace)]
        return (max(times) - self.first.at).total_seconds() if times else 0

    def _events(self, hub: Hub, namespace: str) -> Iterator[Item]:
        for event in audited(hub, self.first.at, self.last.at):
            if event.get("objectRef", {}).get("namespace") == namespace and event["objectRef"]["resource"] != "events":
                yield event
