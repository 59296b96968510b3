"""What thousands of clusters need, computed from what a few have cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bench.hub.stages import HOUR, rounded

CLUSTERS = 5000
SIZE = "production"
"""The example that stands for all of them."""
TTLS = (60, 600, 3600)
"""Seconds until a settled claim is looked at again: the SDK's, our default, and an hour."""


def scaled(looks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rates and cores for `CLUSTERS` settled clusters, by time to live. Cores are of the machine that measured."""
    (look,) = (one for one in looks if one["example"] == SIZE)
    found = []
    for seconds in TTLS:
        rate = CLUSTERS / seconds
        cores = {part: used * rate for part, used in look["cpu"].items()}
        found.append(
            {
                "ttl": seconds,
                "clusters": CLUSTERS,
                "calls_per_second": round(rate, 1),
                "calls_per_cluster_and_hour": HOUR / seconds,
                "writes_per_second": round(look["writes"] * rate, 1),
                "cores": rounded(cores, 2),
            }
        )
    return found
