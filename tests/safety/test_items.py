"""Every id is accounted for: a rule, a test, or a reason why not yet."""

from __future__ import annotations

import re
from pathlib import Path

from tests.safety.checks import CHECKS
from tests.safety.items import ELSEWHERE, IDS, NOT_YET, PARTLY
from tests.safety.test_checks import test_rule_holds as _  # noqa: F401  (fills the table)

ROOT = Path(__file__).parents[2]


def named_by_tests() -> set[str]:
    """Ids in the names of test functions of this folder."""
    names = re.findall(r"def test_(\w+)", "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py")))
    found = set()
    for name in names:
        if match := re.match(r"(sec|iam|ten|rel)((?:_(?:and_)?[0-9]{2})+)", name):
            found |= {f"{match[1].upper()}-{number}" for number in re.findall("[0-9]{2}", match[2])}
    return found


def judged() -> set[str]:
    return {check.id for check in CHECKS} | named_by_tests()


def test_every_item_is_judged_or_has_a_reason() -> None:
    assert len(IDS) == len(set(IDS)) > 80
    assert sorted(set(IDS) - judged() - set(ELSEWHERE) - set(NOT_YET)) == []


def test_nothing_is_judged_and_not_yet() -> None:
    assert judged() & set(NOT_YET) == set()
    assert set(PARTLY) <= judged()
    assert judged() | set(ELSEWHERE) | set(NOT_YET) <= set(IDS)


def test_what_others_judge_they_name() -> None:
    assert ELSEWHERE
    for id_, path in ELSEWHERE.items():
        assert id_ in (ROOT / path).read_text(), f"{path} does not name {id_}"


def test_every_rule_has_a_sentence_of_its_own() -> None:
    sentences = [check.sentence for check in CHECKS]
    assert len(sentences) == len(set(sentences)) and all(sentence.endswith(".") for sentence in sentences)
