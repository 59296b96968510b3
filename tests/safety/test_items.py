"""Every id is accounted for: a rule, a test, or a reason; and docs/safety.md says which."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.safety import page
from tests.safety.checks import CHECKS
from tests.safety.items import ELSEWHERE, HOLDS, IDS, LETTERS, NOT_YET, PARTLY
from tests.safety.judges import IN_TEXT, judged_in, judges
from tests.safety.scanners import EXPLAINED, TOPICS
from tests.safety.test_checks import test_rule_holds as rules  # noqa: F401  (fills the table)

ROOT = Path(__file__).parents[2]


def numbers(letters: str) -> list[int]:
    return [int(id_.removeprefix(f"{letters}-")) for id_ in IDS if id_.startswith(letters)]


def test_the_ids_are_all_there() -> None:
    assert {letters: len(numbers(letters)) for letters in LETTERS} == {
        "SEC": 41,
        "IAM": 12,
        "TEN": 26,
        "REL": 38,
        "UPG": 14,
        "TST": 13,
    }
    for letters in ("IAM", "TEN", "UPG", "TST"):
        assert numbers(letters) == list(range(1, len(numbers(letters)) + 1))
    assert numbers("REL") == [*range(1, 31), *range(40, 48)]


def test_every_item_is_judged_or_has_a_reason() -> None:
    assert sorted(set(IDS) - set(judges()) - set(NOT_YET) - set(ELSEWHERE)) == []


def test_nothing_is_judged_and_not_yet() -> None:
    """Who writes the first test of an item takes its reason away."""
    assert sorted(set(judges()) & set(NOT_YET)) == []
    assert sorted(set(PARTLY) - set(judges())) == []
    assert set(judges()) | set(ELSEWHERE) | set(NOT_YET) <= set(IDS)


def test_every_sentence_is_one() -> None:
    sentences = list(HOLDS.values())
    assert len(sentences) == len(set(sentences))
    assert [one for one in sentences if not one.endswith(".") or one[:-1].endswith(".") or "|" in one] == []


def test_every_rule_has_a_sentence_of_its_own() -> None:
    sentences = [check.sentence for check in CHECKS]
    assert len(sentences) == len(set(sentences)) and all(sentence.endswith(".") for sentence in sentences)


def test_every_rule_is_found_as_a_judge_of_its_item() -> None:
    found = {(id_, judge.name) for id_, all_ in judges().items() for judge in all_}
    assert {(check.id, check.name) for check in CHECKS} <= found


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("def test_sec_02_x() -> None: ...", ["SEC-02"]),
        ("def test_tst_01_and_02_x() -> None: ...", ["TST-01", "TST-02"]),
        ("def test_of_rel_07() -> None: ...", ["REL-07"]),
        ('def test_x() -> None:\n    """TEN-12, and UPG-01."""', ["TEN-12", "UPG-01"]),
        ('@each("SEC-13", "s", "k")\ndef sec_13(item, now):\n    """REL-19."""', ["REL-19", "SEC-13"]),
        ('def helper() -> None:\n    """TEN-12."""', []),
        ("def test_x() -> None:\n    # SEC-01\n    assert 'SEC-02'", []),
        ("def test_section_12_of_it() -> None: ...", []),
    ],
)
def test_a_judge_is_who_names_the_item(text: str, ids: list[str]) -> None:
    assert [id_ for id_, _ in judged_in(text)] == ids


# Public scanners


def scanned() -> set[str]:
    return {id_ for ids in TOPICS.values() for id_ in ids.split()}


def test_tst_08_every_id_of_a_public_scanner_is_judged_or_explained() -> None:
    judged = {id_ for check in CHECKS for id_ in check.scanners}
    assert len(scanned()) > 140
    assert sorted(scanned() - judged - set(EXPLAINED)) == []
    assert sorted(judged & set(EXPLAINED)) == []
    assert sorted((judged | set(EXPLAINED)) - scanned()) == []


# The page


def test_the_page_is_current() -> None:
    assert page.PAGE.read_text() == page.page(), "run `make generate` and commit what it writes"
    assert page.main("verify") == 0


def test_every_item_has_a_row_that_says_something() -> None:
    rows = dict(re.findall(r"^\| ([A-Z]{3}-[0-9]{2}) \| .+? \| (.*) \|$", page.page(), re.MULTILINE))
    assert sorted(rows) == sorted(IDS)
    assert [id_ for id_, how in rows.items() if len(how) < 20] == []


def test_every_test_that_the_page_names_exists() -> None:
    """Read from the page, not from what made it."""
    named = [
        (path, name)
        for row in page.PAGE.read_text().splitlines()
        for path, names in re.findall(r"\]\(\.\./(tests/[^)]+\.py)\): ((?:`\w+`(?:, )?)+)", row)
        for name in re.findall(r"`(\w+)`", names)
    ]
    assert len(named) > 250
    functions = {
        path: {node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)}
        for path in {path for path, _ in named}
    }
    assert [(path, name) for path, name in named if name not in functions[path]] == []


def test_every_id_that_code_or_prose_cites_is_an_item() -> None:
    files = [path for folder in ("functions", "tests", "docs", "examples") for path in (ROOT / folder).rglob("*.*")]
    texts = [path for path in files if path.suffix in (".py", ".md", ".yaml")]
    assert len(texts) > 200
    cited = {id_ for path in texts for id_ in IN_TEXT.findall(path.read_text(errors="replace"))}
    assert sorted(cited - set(IDS)) == []
