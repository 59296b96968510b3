"""Reference pages leave nothing out, and a stranger can follow every link in them."""

from __future__ import annotations

import re

import pytest

from argosy.generate.schema import structural
from argosy.input import HubFacts, Input
from argosy.vocabulary import VOCABULARY
from tests.generate.xrd import COMPOSITE, ROOT, SPEC, STATUS, Schema, rules, schemas

FOLDER = ROOT / "docs" / "reference"
PAGES = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.md"))}


def sections(page: str) -> dict[str, str]:
    """The text below each heading."""
    parts = re.split(r"^#+ (.+)$", page, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rows(text: str) -> dict[str, list[str]]:
    """The rows of a table by the name in their first cell."""
    table = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    return {re.sub(r"[\[`]|\].*", "", cells[0]).strip(): [cell.strip() for cell in cells] for cells in table}


@pytest.mark.parametrize(
    ("page", "path", "schema", "heading"),
    [
        ("xekscluster.md", "spec", SPEC, "`spec`"),
        ("xekscluster.md", "status", STATUS, "`status`"),
        ("input.md", "input", structural(Input), "Input of the Composition"),
        ("input.md", "data", structural(HubFacts), "Facts of the hub"),
    ],
)
def test_each_field_stands_in_the_section_of_its_object(page: str, path: str, schema: Schema, heading: str) -> None:
    texts = sections(PAGES[page])
    for where, part in schemas(schema, path):
        if "properties" not in part:
            continue
        table = rows(texts[heading if where == path else f"`{where.replace('{}', '.<name>')}`"])
        for name, field in part["properties"].items():
            cells = table[name]
            assert field["description"].replace("|", "\\|") in cells
            assert ("**required**" in cells) == (name in part.get("required", ()))


def test_each_rule_stands_in_words_at_its_object() -> None:
    texts = sections(PAGES["xekscluster.md"])
    for path, _, rule in rules(transition=False):
        where = path if f"`{path}`" in texts else path.rpartition(".")[0]
        assert rule["message"].replace("|", "\\|") in texts[f"`{where}`"]


def test_each_field_that_can_never_change_is_marked() -> None:
    texts = sections(PAGES["xekscluster.md"])
    marked = {
        (path, name)
        for path, text in texts.items()
        for name, cells in rows(text).items()
        if any("*fixed*" in cell for cell in cells)
    }
    fixed = {(f"`{path}`", rule["message"].split()[0]) for path, _, rule in rules(transition=True)}

    assert marked == fixed


def test_each_table_has_as_many_cells_in_every_row() -> None:
    for name, page in PAGES.items():
        for block in page.split("\n\n"):
            widths = {len(re.split(r"(?<!\\)\|", line)) for line in block.splitlines() if line.startswith("|")}
            assert len(widths) <= 1, (name, block)


@pytest.mark.parametrize("name", PAGES)
def test_each_link_leads_somewhere(name: str) -> None:
    page = PAGES[name]
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in sections(page)}
    links = re.findall(r"\]\(([^)]+)\)", re.sub(r"`[^`]*`", "", page))

    assert links or name == "vocabulary.md"
    assert [link for link in links if link.startswith("#") and link[1:] not in anchors] == []
    assert [link for link in links if not link.startswith("#") and not (FOLDER / link).exists()] == []


def test_no_two_headings_have_one_anchor() -> None:
    for page in PAGES.values():
        headings = [re.sub(r"[^\w -]", "", heading.lower()) for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)]
        assert sorted(headings) == sorted(set(headings))


def test_each_word_of_the_vocabulary_stands_under_what_it_is() -> None:
    texts = sections(PAGES["vocabulary.md"])

    for entry in VOCABULARY:
        assert rows(texts[f"{entry.where.capitalize()}s"])[entry.key][1] == entry.meaning


def test_each_condition_is_named() -> None:
    listed = re.findall(r"^- `(\w+)`$", sections(PAGES["xekscluster.md"])["Conditions"], re.MULTILINE)

    assert listed == list(COMPOSITE.conditions)
