"""Ratios are made within a round, and goals are told, never enforced."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from bench.chart import bars, growth
from bench.contestants import CONTESTANTS
from bench.goals import GOALS, judged, verdict
from bench.growth import Endurance
from bench.results import Results, command_line, rows
from bench.rounds import Effort, Measured
from bench.sequences import AGAIN, NEW
from tests.bench.conftest import turn

SVG = "{http://www.w3.org/2000/svg}"


def test_a_slow_round_slows_all_so_ratios_stay(measured: Measured) -> None:
    ours = next(row for row in rows(measured) if (row["contestant"], row["sequence"]) == ("argosy", NEW))
    assert [ours[name] for name in ("to_floor", "to_floor_low", "to_floor_high")] == pytest.approx([3, 3, 3])
    assert ours["cpu_ms"] == pytest.approx(6)
    assert ours["calls"] == 12
    assert ours["p99_to_p50"] == pytest.approx(3)
    assert ours["calls_per_second"] == pytest.approx(8)


def test_rows_stand_in_the_order_of_the_turns(measured: Measured) -> None:
    order = {name: place for place, name in enumerate(CONTESTANTS)}
    found = [(row["case"], row["sequence"], order[row["contestant"]]) for row in rows(measured)]
    assert [row[:2] for row in found[:5]] == [("size-100", NEW)] * 3 + [("size-100", AGAIN)] * 2
    assert [row[2] for row in found[:3]] == sorted(row[2] for row in found[:3])


def test_goals_say_what_is_met_and_what_is_missed(results: Results) -> None:
    found = {goal["name"]: (goal["value"], goal["verdict"]) for goal in judged(results)}
    assert found == {
        "CPU by the floor's, new cluster, upbound": (pytest.approx(3), "met"),
        "CPU by the floor's, new cluster, upbound-cluster": (None, "not measured"),
        "CPU by the floor's, new cluster, ack": (None, "not measured"),
        "CPU by the floor's, one resource changed, upbound": (pytest.approx(1.5), "met, stretch too"),
        "CPU by the floor's, one resource changed, upbound-cluster": (None, "not measured"),
        "CPU by the floor's, one resource changed, ack": (pytest.approx(1.5), "met, stretch too"),
        "CPU by patch-and-transform's": (pytest.approx(6 / 90), "met"),
        "p99 by p50, one caller": (pytest.approx(3), "missed"),
        "MiB after 1000 clusters": (pytest.approx(61), "met, stretch too"),
        "seconds from spawn to serving": (0.4, "missed"),
        "CPU of 150 objects by that of 100": (pytest.approx(1.5), "met"),
        "MiB that 1000 more calls add, when half are done": (pytest.approx(1), "missed"),
        "longest wait of a small call by what the large one takes": (pytest.approx(0.5), "met"),
    }


def test_what_was_left_out_is_no_goal_met() -> None:
    effort = Effort(rounds=1, seconds=1, starts=1)
    nothing = Results(command="", effort=effort, cases=(), missing={}, measured=Measured())
    assert {goal["verdict"] for goal in judged(nothing)} == {"not measured"}


def test_a_few_clusters_judge_no_memory(results: Results) -> None:
    assert results.endurance is not None
    few = Endurance(objects=100, clusters=20, laps=results.endurance.laps)
    changed = Results(command="", effort=results.effort, cases=(), missing={}, measured=Measured(), endurance=few)
    assert {goal["verdict"] for goal in judged(changed)} == {"not measured"}


@pytest.mark.parametrize(
    ("value", "stretch", "expected"),
    [(3.6, 2.5, "missed"), (3.5, 2.5, "met"), (2.5, 2.5, "met, stretch too"), (1.0, None, "met")],
)
def test_a_verdict_is_a_word(value: float, stretch: float | None, expected: str) -> None:
    assert verdict(value, 3.5, stretch) == expected


def test_a_stretch_is_harder_than_the_goal() -> None:
    assert all(goal.stretch is None or goal.stretch < goal.limit for goal in GOALS)


@pytest.mark.parametrize(("percent", "expected"), [(50, 3), (99, 6), (100, 6), (0, 1)])
def test_percentiles_are_calls_that_were_made(percent: float, expected: float) -> None:
    assert turn("argosy", 0, 1, latencies=(6, 5, 4, 3, 2, 1)).percentile(percent) == expected


def test_figures_that_are_kept_have_few_digits(told: dict[str, Any]) -> None:
    assert told["beside"]["longest_by_long"] == 0.5
    assert told["rows"][0]["cpu_ms"] == 2
    assert told["cases"]["size-100"]["without_managed_fields_bytes"] < told["cases"]["size-100"]["request_bytes"]


def test_the_command_is_kept_without_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--rounds", "3", "--out", "/somewhere/else", "--quick"])
    assert command_line("--out") == "python -m bench --rounds 3 --quick"


def test_the_bars_have_one_for_each_and_the_longest_for_the_slowest(told: dict[str, Any]) -> None:
    picture = ElementTree.fromstring(bars(told))
    lengths = [float(bar.attrib["width"]) for bar in picture.iter(f"{SVG}rect")]
    texts = [str(text.text) for text in picture.iter(f"{SVG}text")]
    assert len(lengths) == 5
    assert lengths[2:] == sorted(lengths[2:])
    assert texts[0] == "production: 62 objects; CPU of a call by the floor's, logarithmic"
    assert texts[-1] == "45.0"
    titles = [text for text in texts if text in told["contestants"].values()]
    assert len(titles) == 5
    assert all(len(text) < 330 / 6.5 for text in titles), "runs out of the picture on the left"
    width = float(picture.attrib["viewBox"].split()[2])
    assert 330 + max(lengths) < width


def test_lines_begin_at_nothing_and_stay_in_the_picture(told: dict[str, Any]) -> None:
    picture = ElementTree.fromstring(growth(told))
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    lines = [line.attrib["points"].split() for line in picture.iter(f"{SVG}polyline")]
    assert [len(line) for line in lines] == [2, 16]
    for line in lines:
        for x, y in (map(float, point.split(",")) for point in line):
            assert 0 < x < width
            assert 0 < y < height
    assert [text.text for text in picture.iter(f"{SVG}text")].count("0") == 2


def test_a_panel_without_figures_says_so(told: dict[str, Any]) -> None:
    told["endurance"] = None
    assert "not measured" in growth(told)
