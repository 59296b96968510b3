"""The ratios as a picture that a page shows: SVG by hand, because bars need no library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from bench.contestants import CONTESTANTS, OURS
from bench.report import Row

WIDTH, LABEL, MARGIN = 860, 330, 20
FONT = 'font-family="system-ui, sans-serif" font-size="13"'
BAR, GAP, HEAD = 20, 8, 44
RIGHT = 70
"""Room for the figure behind the longest bar."""
OURS_COLOUR, COLOUR, INK = "#2a78d6", "#9aa5b1", "#57606a"
"""Middle tones: they can be read on white and on black."""


def chart(rows: Sequence[Row], objects: Mapping[str, int]) -> str:
    """Bars of the CPU of a call by the floor's, one caller at a time; a step to the right is a factor.

    Args:
        rows: what was measured.
        objects: by case, how many objects it has.
    """
    shown = [row for row in rows if row.callers == 1 and row.to_floor]
    cases = list(dict.fromkeys(row.case for row in shown))
    longest = max((row.to_floor or 1 for row in shown), default=1)
    height = sum(HEAD + sum(row.case == case for row in shown) * (BAR + GAP) for case in cases) + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {FONT}>',
        "<title>CPU of a call, as a multiple of the floor; logarithmic</title>",
    ]
    top = float(MARGIN)
    for case in cases:
        title = f"{case}: {objects[case]} objects; CPU of a call by the floor's"
        parts.append(f'<text x="{MARGIN}" y="{top + 18}" font-weight="600" fill="{INK}">{escape(title)}</text>')
        top += HEAD - BAR + GAP
        for row in shown:
            if row.case == case:
                parts += _bar(row, top, longest)
                top += BAR + GAP
        top += BAR - GAP
    return "\n".join([*parts, "</svg>", ""])


def _bar(row: Row, top: float, longest: float) -> Iterator[str]:
    ratio = row.to_floor or 1
    room = WIDTH - LABEL - MARGIN - RIGHT
    # The floor itself is no bar of nothing.
    width = max(4, room * math.log(max(ratio, 1)) / math.log(max(longest, 2)))
    colour = OURS_COLOUR if row.contestant == OURS else COLOUR
    middle = top + BAR / 2 + 5
    title = escape(CONTESTANTS[row.contestant].title)
    yield f'<text x="{LABEL - 8}" y="{middle}" text-anchor="end" fill="{INK}">{title}</text>'
    yield f'<rect x="{LABEL}" y="{top}" width="{width:.1f}" height="{BAR}" rx="3" fill="{colour}"/>'
    yield f'<text x="{LABEL + width + 6:.1f}" y="{middle}" fill="{INK}">{ratio:.1f}</text>'
