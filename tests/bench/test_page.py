"""docs/scale.md has the figures of the last whole run, and no others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bench.chart import PICTURES
from bench.page import BLOCK, NOT_MEASURED, PAGE, RESULTS, SUBJECTS, filled, results
from bench.report import SHEETS, tables


def test_the_page_is_what_the_last_run_has_measured() -> None:
    assert PAGE.read_text() == filled(PAGE.read_text(), results()), "run: make bench"


def test_the_pictures_are_of_the_last_run() -> None:
    found = results()
    for file, picture in PICTURES.items():
        assert (RESULTS / file).exists() is (found is not None)
        if found is not None:
            assert (RESULTS / file).read_text() == picture(found), "run: make bench"


def test_the_page_shows_every_table_and_every_picture_once() -> None:
    assert sorted(name for _, name, _ in BLOCK.findall(PAGE.read_text())) == sorted({*SHEETS, *PICTURES, "run"})
    assert SUBJECTS.keys() == PICTURES.keys()


def test_no_figure_of_the_bench_stands_outside_of_tables() -> None:
    """Prose would keep it when the next run has another."""
    ours, _, _ = PAGE.read_text().partition("\n## Fewer calls\n")
    prose = re.sub(r"\[[^]]*\]\([^)]*\)", "", BLOCK.sub("", ours))
    figures = set(re.findall(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.])\d", prose))
    assert figures <= {"4", "16"}


def test_a_figure_that_changes_changes_the_page(told: dict[str, Any]) -> None:
    page = "before\n<!-- bench: goals -->\nold\n<!-- end -->\nafter\n"
    first = filled(page, told)
    assert first.startswith("before\n<!-- bench: goals -->\n| what | measured |")
    assert first.endswith("<!-- end -->\nafter\n")
    assert "old" not in first
    told["goals"][0]["value"] = 99.5
    assert "99.50" in filled(first, told)
    assert filled(first, told) != first
    assert filled(first, None) == f"before\n<!-- bench: goals -->\n{NOT_MEASURED}<!-- end -->\nafter\n"


@pytest.mark.parametrize("name", SHEETS)
def test_every_table_has_as_many_cells_as_columns(name: str, told: dict[str, Any]) -> None:
    sheet = SHEETS[name](told)
    assert sheet.rows
    assert all(len(row) == len(sheet.columns) for row in sheet.rows)
    lines = sheet.markdown().splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == len(sheet.rows) + 2


def test_what_was_left_out_has_no_table(told: dict[str, Any]) -> None:
    whole = len(list(tables(told)))
    for part in ("endurance", "beside", "imports", "image_mib"):
        told[part] = None
    told["commands"] = []
    assert len(list(tables(told))) == whole - 5
