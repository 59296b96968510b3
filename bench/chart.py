"""The figures as pictures that a page shows: SVG by hand, because bars and lines need no library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from bench.cases import HUNDRED, LONG, NAMES
from bench.contestants import OURS
from bench.report import sizes
from bench.results import Document
from bench.sequences import NEW

WIDTH, LABEL, MARGIN = 860, 330, 20
FONT = 'font-family="system-ui, sans-serif" font-size="13"'
BAR, GAP, HEAD = 20, 8, 44
RIGHT = 70
"""Room for the figure behind the longest bar."""
OURS_COLOUR, COLOUR, INK = "#2a78d6", "#9aa5b1", "#768390"
"""Middle tones: they can be read on white and on black."""
PANEL, HEIGHT = 390, 260
LEFT, BOTTOM = 50, 50
"""Room for figures beside an axis."""

Point = tuple[float, float]


def bars(told: Document) -> str:
    """Bars of the CPU of a call by the floor's, one caller at a time; a step to the right is a factor."""
    shown = [row for row in told["rows"] if row["callers"] == 1 and row["sequence"] == NEW and row["to_floor"]]
    cases = [name for name in (*NAMES[:-1], HUNDRED, LONG) if any(row["case"] == name for row in shown)]
    shown = [row for row in shown if row["case"] in cases]
    longest = max((row["to_floor"] for row in shown), default=1)
    height = len(cases) * (HEAD + BAR - GAP) + len(shown) * (BAR + GAP) + MARGIN
    parts = [*_begin(height, "CPU of a call, as a multiple of the floor; logarithmic")]
    top = float(MARGIN)
    for case in cases:
        title = f"{case}: {told['cases'][case]['objects']} objects; CPU of a call by the floor's, logarithmic"
        parts.append(_text(MARGIN, top + 18, title, 'font-weight="600"'))
        top += HEAD - BAR + GAP
        for row in shown:
            if row["case"] == case:
                parts += _bar(row, told["contestants"][row["contestant"]], top, longest)
                top += BAR + GAP
        top += BAR - GAP
    return "\n".join([*parts, "</svg>", ""])


def _begin(height: float, title: str) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" {FONT}>'
    yield f"<title>{escape(title)}</title>"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{INK}" {more}>{escape(text)}</text>'


def _bar(row: Document, title: str, top: float, longest: float) -> Iterator[str]:
    ratio = row["to_floor"]
    room = WIDTH - LABEL - MARGIN - RIGHT
    # The floor itself is no bar of nothing.
    width = max(4, room * math.log(max(ratio, 1)) / math.log(max(longest, 2)))
    colour = OURS_COLOUR if row["contestant"] == OURS else COLOUR
    middle = top + BAR / 2 + 5
    yield _text(LABEL - 8, middle, title, 'text-anchor="end"')
    yield f'<rect x="{LABEL}" y="{top:g}" width="{width:.1f}" height="{BAR}" rx="3" fill="{colour}"/>'
    yield _text(LABEL + width + 6, middle, f"{ratio:.1f}")


def growth(told: Document) -> str:
    """Two panels: CPU of one object by the size of a claim, and memory by the number of calls."""
    each = [(float(row[0]), float(row[3])) for row in sizes(told).rows]
    laps = [(float(lap["calls"]), float(lap["resident_mib"])) for lap in (told["endurance"] or {"laps": []})["laps"]]
    height = HEIGHT + LEFT + BOTTOM
    parts = [
        *_begin(height, "CPU of one object by the size of a claim; memory by the number of calls"),
        *_panel(MARGIN, "CPU of one object, by that of one of 100", "objects of a claim", each),
        *_panel(MARGIN + WIDTH / 2, "memory of our process, MiB", "calls", laps),
    ]
    return "\n".join([*parts, "</svg>", ""])


def _panel(left: float, title: str, below: str, points: Sequence[Point]) -> Iterator[str]:
    """A line from nothing up: an axis that began elsewhere would make a slope of every ripple."""
    yield _text(left, 24, title, 'font-weight="600"')
    if not points:
        yield _text(left + LEFT, HEIGHT / 2, "not measured")
        return
    start, top = left + LEFT, float(LEFT)
    wide, high = PANEL - LEFT - MARGIN, HEIGHT - MARGIN
    most_x, most_y = max(x for x, _ in points), _ceiling(max(y for _, y in points))

    def place(x: float, y: float) -> Point:
        return start + wide * x / most_x, top + high * (1 - y / most_y)

    for part in range(5):
        value = most_y * part / 4
        _, y = place(0, value)
        yield f'<path d="M{start:.1f} {y:.1f}h{wide:.1f}" stroke="{INK}" stroke-opacity="0.3"/>'
        yield _text(start - 8, y + 5, f"{value:g}", 'text-anchor="end"')
    for x_value in sorted({points[0][0], most_x / 2, most_x}):
        x, _ = place(x_value, 0)
        yield _text(x, top + high + 20, f"{x_value:g}", 'text-anchor="middle"')
    yield _text(start + wide / 2, top + high + 40, below, 'text-anchor="middle"')
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
    yield f'<polyline points="{line}" fill="none" stroke="{OURS_COLOUR}" stroke-width="2.5"/>'


def _ceiling(value: float) -> float:
    """A round figure that is not below."""
    step = 10.0 ** math.floor(math.log10(value or 1))
    return next(step * factor for factor in (1, 2, 4, 6, 8, 10) if step * factor >= value)


PICTURES: dict[str, Any] = {"bench.svg": bars, "growth.svg": growth}
"""By file."""
