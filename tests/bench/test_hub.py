"""What is computed from the figures of a hub, and how it is told; the measuring itself needs one (make bench-hub)."""

from __future__ import annotations

from bench.hub.__main__ import tables
from bench.hub.scale import CLUSTERS, scaled

LOOKS = [
    {"example": "minimal", "writes": 50.0, "calls": 1.0, "tokens": 1.0, "changes": 0.0, "cpu": {"apiserver": 9.0}},
    {"example": "production", "writes": 64.0, "calls": 1.0, "tokens": 1.0, "changes": 0.0, "cpu": {"apiserver": 0.3}},
]


def test_thousands_of_clusters_are_as_many_as_their_time_to_live_lets_through() -> None:
    minute, ten_minutes, hour = scaled(LOOKS)
    assert (minute["calls_per_second"], ten_minutes["calls_per_second"], hour["calls_per_second"]) == (83.3, 8.3, 1.4)
    assert minute["writes_per_second"] == round(CLUSTERS * 64 / 60, 1)
    assert ten_minutes["cores"] == {"apiserver": 2.5}


def test_what_was_measured_is_told() -> None:
    made = {
        "example": "minimal",
        "function": "minute",
        "objects": 48,
        "seconds": 30.5,
        "calls": 14.0,
        "tokens": 300.0,
        "writes": {"crossplane": 400, "argosy-provider-aws": 290, "admin": 1},
        "cpu": {"apiserver": 5.125},
    }
    left = {
        "function": "ours",
        "minutes": 12.0,
        "calls_per_cluster_and_hour": 6.0,
        "writes_per_cluster_and_hour": {"crossplane": 300.0},
    }
    text = "\n".join(tables({"made": [made], "looked": LOOKS, "left": [left], "scaled": scaled(LOOKS)}))
    for figure in ("48", "30.5", "300", "400", "290", "691", "5.125", "apiserver 9000", "6.0 calls", "5333.3"):
        assert figure in text
