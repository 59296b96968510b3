"""The sum of a hub: each input moves what it must, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from bench.fleet import Cluster, Pod, need

CLUSTER = Cluster(cpu_seconds_per_call=0.006, calls_per_settled_hour=8, ttl_seconds=600, writes_per_call=100)
POD = Pod(resident_mib=80, clusters=1000, mib_per_cluster=0.01)


def test_five_thousand_clusters_at_a_minute_are_more_than_an_api_server_takes() -> None:
    """Two calls an hour come of watches, sixty of the clock."""
    found = need(CLUSTER, POD, 5000, ttl_seconds=60)
    assert found.calls_per_second == pytest.approx(5000 * 62 / 3600)
    assert found.api_writes_per_second == pytest.approx(8611, abs=1)
    assert found.cores == pytest.approx(0.517, abs=0.001)
    assert found.pods == 2
    assert found.mib == pytest.approx(120)


def test_answers_that_hold_ten_times_as_long_save_the_calls_of_the_clock_alone() -> None:
    short, long = (need(CLUSTER, POD, 5000, ttl_seconds=ttl) for ttl in (60, 600))
    assert long.calls_per_second * 3600 / 5000 == pytest.approx(8)
    assert short.calls_per_second / long.calls_per_second == pytest.approx(62 / 8)
    assert long.mib == short.mib


def test_watches_that_were_not_seen_are_no_calls_less_than_none() -> None:
    quiet = dataclasses.replace(CLUSTER, calls_per_settled_hour=5)
    assert quiet.calls_per_hour(600) == 6


def test_twice_the_clusters_need_twice_as_much_of_all_but_memory() -> None:
    one, two = (need(CLUSTER, POD, clusters, ttl_seconds=600) for clusters in (500, 1000))
    for name in ("calls_per_second", "cores", "api_writes_per_second"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))
    assert one.mib == two.mib == 80


def test_answers_that_hold_for_no_time_are_no_question() -> None:
    with pytest.raises(ValueError, match="must hold for some time"):
        need(CLUSTER, POD, 1, ttl_seconds=0)
