"""What a hub of many clusters needs, computed from what was measured of one.

A sum with its inputs named, so that a page can say where each came from. Nothing here is measured, and nothing is
assumed but that clusters do not disturb one another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One settled cluster, as measured.

    Attributes:
        cpu_seconds_per_call: of the function.
        calls_per_settled_hour: of the function, counted on a hub.
        ttl_seconds: how long an answer held there: the calls that this did not make were made by watches.
        writes_per_call: requests that change something or try to, which Crossplane sends to the API server for a call.
    """

    cpu_seconds_per_call: float
    calls_per_settled_hour: float
    ttl_seconds: float
    writes_per_call: float

    def calls_per_hour(self, ttl_seconds: float) -> float:
        """Calls in an hour if answers hold so long: those of watches stay, those of the clock do not."""
        by_watch = max(0.0, self.calls_per_settled_hour - HOUR / self.ttl_seconds)
        return by_watch + HOUR / ttl_seconds


@dataclass(frozen=True, kw_only=True)
class Pod:
    """One process of the function, as measured.

    Attributes:
        resident_mib: memory when it has answered for `clusters`.
        clusters: how many that were.
        mib_per_cluster: what each one more adds.
    """

    resident_mib: float
    clusters: int
    mib_per_cluster: float

    def memory(self, clusters: int) -> float:
        """MiB for so many clusters."""
        return self.resident_mib + max(0, clusters - self.clusters) * self.mib_per_cluster


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a hub needs while nothing changes but the clock.

    Attributes:
        cores: of the function, all of its pods together.
        pods: of one core each, none more than half busy; a Python process uses one core.
        mib: memory of one of them that has seen all clusters.
    """

    calls_per_second: float
    cores: float
    pods: int
    mib: float
    api_writes_per_second: float


BUSY = 0.5
"""Share of a core above which calls begin to wait for one another."""


def need(cluster: Cluster, pod: Pod, clusters: int, ttl_seconds: float) -> Need:
    """What so many clusters need.

    Args:
        cluster: what each is like.
        pod: what a process of the function is like.
        clusters: how many.
        ttl_seconds: how long an answer holds when all is settled.

    Raises:
        ValueError: answers that hold for no time at all would be asked for without end.
    """
    if ttl_seconds <= 0:
        raise ValueError("an answer must hold for some time")
    calls = clusters * cluster.calls_per_hour(ttl_seconds) / HOUR
    cores = calls * cluster.cpu_seconds_per_call
    return Need(
        calls_per_second=calls,
        cores=cores,
        pods=max(1, math.ceil(cores / BUSY)),
        mib=pod.memory(clusters),
        api_writes_per_second=calls * cluster.writes_per_call,
    )
