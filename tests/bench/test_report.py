"""Ratios are made within a round, and goals are told, never enforced."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from bench.cases import Case
from bench.chart import chart
from bench.contestants import CONTESTANTS
from bench.report import goals, rows
from bench.rounds import Effort, Measured, Start, Turn


def turn(contestant: str, number: int, cpu_ms: float, latencies: tuple[float, ...] = (0.01, 0.02)) -> Turn:
    return Turn(
        contestant=contestant,
        case="production",
        callers=1,
        round=number,
        wall_seconds=0.5,
        cpu_seconds=cpu_ms / 1000 * len(latencies),
        calls=tuple(sorted(latencies)),
    )


@pytest.fixture
def measured() -> Measured:
    """Three rounds, of which the machine was half as fast in the second."""
    found = Measured()
    for number, slow in enumerate((1, 2, 1)):
        found.turns += [
            turn("floor", number, 2 * slow),
            turn("argosy", number, 6 * slow, latencies=(0.01, 0.01, 0.01, 0.03)),
            turn("patch-and-transform", number, 90 * slow),
        ]
    found.starts.append(Start(contestant="argosy", spawn_seconds=0.4, first_call_seconds=0.1, resident_bytes=1))
    return found


def test_a_slow_round_slows_all_so_ratios_stay(measured: Measured) -> None:
    ours = next(row for row in rows(measured) if row.contestant == "argosy")
    assert (ours.to_floor, ours.to_floor_low, ours.to_floor_high) == pytest.approx((3, 3, 3))
    assert ours.cpu_ms == pytest.approx(6)
    assert ours.calls == 12
    assert ours.p99_to_p50 == pytest.approx(3)
    assert ours.calls_per_second == pytest.approx(8)


def test_goals_say_what_is_met_and_what_is_missed(measured: Measured) -> None:
    told = {goal.name: (goal.value, goal.verdict) for goal in goals(measured)}
    assert told == {
        "CPU of a call, production, by the floor's": (pytest.approx(3), "met"),
        "CPU of a call, production, by patch-and-transform's": (pytest.approx(6 / 90), "met"),
        "p99 by p50, production, one caller": (pytest.approx(3), "missed"),
        "seconds from spawn to serving": (0.4, "missed"),
    }


def test_what_was_left_out_is_no_goal_met() -> None:
    assert {goal.verdict for goal in goals(Measured())} == {"not measured"}


@pytest.mark.parametrize(("percent", "expected"), [(50, 3), (99, 6), (100, 6), (0, 1)])
def test_percentiles_are_calls_that_were_made(percent: float, expected: float) -> None:
    assert turn("argosy", 0, 1, latencies=(6, 5, 4, 3, 2, 1)).percentile(percent) == expected


def test_the_picture_has_a_bar_for_each_and_the_longest_for_the_slowest(measured: Measured) -> None:
    picture = ElementTree.fromstring(chart(rows(measured), {"production": 62}))
    bars = [float(bar.attrib["width"]) for bar in picture.iter("{http://www.w3.org/2000/svg}rect")]
    texts = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert len(bars) == 3
    assert bars == sorted(bars)
    assert texts[0] == "production: 62 objects; CPU of a call by the floor's"
    assert texts[-1] == "45.0"
    assert all(len(str(text)) < 330 / 6.5 for text in texts[1:]), "runs out of the picture on the left"
    width = float(picture.attrib["viewBox"].split()[2])
    assert 330 + max(bars) < width


def case(name: str) -> Case:
    return Case(
        name=name,
        composite={},
        observed={},
        request=fnv1.RunFunctionRequest(),
        answer=fnv1.RunFunctionResponse(),
    )


def test_a_hundred_callers_do_not_ask_for_the_long_one() -> None:
    effort = Effort(rounds=1, seconds=0, callers=(1, 8, 100), starts=2)
    long, short = case("largest"), case("minimal")
    assert effort.callers_of(long) == (1, 8)
    assert effort.callers_of(short) == (1, 8, 100)
    assert effort.turns([long, short], list(CONTESTANTS.values())[:2]) == 2 * (5 + 2)
