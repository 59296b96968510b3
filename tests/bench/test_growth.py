"""What is computed of a long run: a leak is seen, a cache that fills up is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bench.cases import case
from bench.growth import Beside, Endurance, Lap, Wait, beside, endure


def run(memory: Callable[[int], float], cpu: Callable[[int], float] = lambda calls: 5) -> Endurance:
    laps = [Lap(calls=calls, cpu_ms=cpu(calls), resident_mib=memory(calls)) for calls in range(250, 10_001, 250)]
    return Endurance(objects=100, clusters=1000, laps=tuple(laps))


def test_a_leak_is_seen_by_its_slope() -> None:
    assert run(lambda calls: 60 + calls / 1000).mib_per_1000_calls == pytest.approx(1)


def test_a_cache_that_has_filled_up_is_none() -> None:
    found = run(lambda calls: 60 + min(calls, 1000) / 50)
    assert found.mib_per_1000_calls == pytest.approx(0)
    assert found.resident_after_all_once == 80
    assert found.resident_at_end == 80


def test_what_is_known_is_compared_with_what_is_new() -> None:
    assert run(lambda _: 60, lambda calls: 6 if calls <= 1000 else 3).known_by_new == pytest.approx(0.5)


def test_one_look_is_no_slope() -> None:
    assert Endurance(objects=1, clusters=1, laps=(Lap(calls=1, cpu_ms=1, resident_mib=1),)).mib_per_1000_calls == 0


def test_a_wait_is_what_a_small_call_took_beyond_itself_by_the_long_one_that_it_met() -> None:
    waits = (Wait(seconds=0.05, long_seconds=0.1), Wait(seconds=0.17, long_seconds=0.2))
    found = Beside(long="l", short="s", alone_seconds=0.01, waits=waits)
    assert found.longest_by_long == pytest.approx(0.8)
    assert found.usual_by_long == pytest.approx((0.5 + 0.85) / 2)
    assert found.alone_by_long == pytest.approx(0.01 / 0.15)


def test_clusters_are_asked_for_in_turn_and_looked_at() -> None:
    told: list[str] = []
    found = asyncio.run(endure(case("minimal"), 6, 2, 3, told.append))
    assert [lap.calls for lap in found.laps] == [2, 4, 6, 8, 10, 12]
    assert all(lap.cpu_ms > 0 and lap.resident_mib > 10 for lap in found.laps)
    assert told == ["6 clusters, turn 1", "6 clusters, turn 2"]


def test_small_calls_are_asked_while_long_ones_run() -> None:
    found = asyncio.run(beside(case("size-50"), case("minimal"), 2, lambda _: None))
    assert len(found.waits) > 1
    assert all(wait.seconds > 0 and wait.long_seconds > 0 for wait in found.waits)
