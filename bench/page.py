"""docs/scale.md: its tables come from bench/results, so that no figure stands there that nobody measured.

Prose is written by hand, and a table between two comments that name it. `make bench` fills them in; a test says if one
is not what bench/results has.
"""

from __future__ import annotations

import json
import re

from bench.chart import PICTURES
from bench.contestants import ROOT
from bench.report import SHEETS
from bench.results import Document

PAGE = ROOT / "docs" / "scale.md"
RESULTS = ROOT / "bench" / "results"
FIGURES = "bench.json"
BLOCK = re.compile(r"(<!-- bench: ([\w.]+) -->\n).*?(<!-- end -->)", re.DOTALL)
NOT_MEASURED = "Not measured yet: `make bench` writes this table.\n"


def results() -> Document | None:
    """What the last whole run has measured; None if there was none."""
    file = RESULTS / FIGURES
    found: Document | None = json.loads(file.read_text()) if file.exists() else None
    return found


def filled(text: str, told: Document | None) -> str:
    """A page with its tables and pictures as results have them."""
    return BLOCK.sub(lambda block: f"{block[1]}{_content(block[2], told)}{block[3]}", text)


def _content(name: str, told: Document | None) -> str:
    if told is None:
        return NOT_MEASURED
    if name in PICTURES:
        return f"![{SUBJECTS[name]}](../bench/results/{name})\n"
    if name == "run":
        machine = ", ".join(f"{part} {version}" for part, version in told["machine"].items() if part != "system")
        return f"`{told['command']}`: {machine}; {told['machine']['system']}.\n"
    sheet = SHEETS[name](told)
    return f"{sheet.markdown()}\n" if sheet.rows else NOT_MEASURED


SUBJECTS = {
    "bench.svg": "CPU of a call by the floor's, for each server and claim",
    "growth.svg": "CPU of one object by the size of a claim, and memory by the number of calls",
}
"""What a picture shows to who cannot see it."""


def write() -> None:
    """Writes the page again."""
    PAGE.write_text(filled(PAGE.read_text(), results()))
