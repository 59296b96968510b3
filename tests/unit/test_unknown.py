"""Unknown values make the smallest enclosing field unknown, and settle keeps what is there (design 3.2)."""

from __future__ import annotations

from typing import Any

from argosy.settle import keep
from argosy.unknown import Unknown, collapse, first_unknown, unknowns, whole

MISSING = Unknown("key-cluster", "ARN")


class View:
    def __init__(self, value: Any) -> None:
        self.value = value

    def get(self, path: tuple[str | int, ...]) -> Any:
        here = self.value
        for step in path:
            if not isinstance(here, dict) or step not in here:
                return None
            here = here[step]
        return here

    def by_name(self, path: tuple[str | int, ...], name: str) -> dict[str, Any]:
        return {item[name]: View(item) for item in self.get(path) or []}


def test_a_list_with_an_unknown_item_is_unknown_as_a_whole() -> None:
    assert collapse({"a": [1, {"b": MISSING}], "c": [2]}) == {"a": MISSING, "c": [2]}


def test_a_field_of_a_mapping_is_unknown_alone() -> None:
    assert collapse({"a": {"b": MISSING, "c": 1}}) == {"a": {"b": MISSING, "c": 1}}


def test_text_is_unknown_if_a_part_is() -> None:
    assert whole("x", ["y", MISSING]) == MISSING
    assert whole("x", ["y"]) is None
    assert first_unknown({"a": ("b", MISSING)}) is MISSING


def test_what_is_unknown_stays_as_it_is_there() -> None:
    there = View({"spec": {"arn": "arn:1", "list": ["a"], "other": 1}})
    wanted: Any = {"spec": {"arn": MISSING, "list": ["b", MISSING], "other": 2, "absent": MISSING}}
    assert keep(wanted, there, ()) == {"spec": {"arn": "arn:1", "list": ["a"], "other": 2}}


def test_a_value_that_may_start_otherwise_starts_so_where_nothing_is() -> None:
    there = View({"labels": {"up": "true"}})
    down = MISSING.instead("false")
    wanted: Any = {"labels": {"up": down, "new": down, "later": MISSING.later()}}
    assert keep(wanted, there, ()) == {"labels": {"up": "true", "new": "false"}}


def test_what_needs_several_values_names_all_of_them() -> None:
    other = Unknown("vpc", "id")
    missing = whole(MISSING, [other], "x")
    assert list(unknowns([missing])) == [missing, other]
    assert missing is not None
    assert (missing.key, missing.also, missing.later().also) == (MISSING.key, (other,), (other,))
