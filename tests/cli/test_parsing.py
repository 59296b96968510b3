"""YAML is read as kubectl reads it."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.cli.parsing import MOST_COPIES, NoYaml, parse


def read(text: str) -> Any:
    (node,) = parse(text)
    return node.plain()


SCALARS: list[tuple[str, Any]] = [
    ("yes", True),
    ("On", True),
    ("y", True),
    ("N", False),
    ("off", False),
    ("yEs", "yEs"),
    ("~", None),
    ("Null", None),
    ("5", 5),
    ("-5", -5),
    ("0100", 64),
    ("0o17", 15),
    ("0x1F", 31),
    ("0b11", 3),
    ("1_000", 1000),
    ("08", 8),
    ("1e3", 1000),
    ("100.0", 100),
    ("1.35", 1.35),
    (".5", 0.5),
    ("12:30", "12:30"),
    ("2026-01-01", "2026-01-01"),
    ("1.2.3", "1.2.3"),
    ("_1", "_1"),
    ("'5'", "5"),
    ('"no"', "no"),
    ("!!str 5", "5"),
    ("!!int '5'", 5),
    ("|\n  no\n", "no\n"),
    ("9" * 5000, "9" * 5000),
    ("18446744073709551616", 18446744073709551616),
]
"""go.yaml.in/yaml v2.4.4 and sigs.k8s.io/yaml v1.6.0, which kubectl is built with, read them so."""


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[text[:20] for text, _ in SCALARS])
def test_a_scalar_is_what_kubectl_takes_it_for(text: str, value: Any) -> None:
    got = read(f"a: {text}")["a"]
    assert (type(got), got) == (type(value), value)


def test_keys_are_text_as_in_json() -> None:
    assert read("{no: 1, 5: 2, 'y': 3, 1.5: 4}") == {"false": 1, "5": 2, "y": 3, "1.5": 4}


def test_a_merge_brings_what_the_mapping_does_not_say_itself() -> None:
    text = "- &a {x: 1, w: 1}\n- &b {w: 2, z: 2}\n- {z: 3, <<: [*a, *b]}\n- {<<: *a, x: 9}"
    assert read(text)[2:] == [{"x": 1, "w": 1, "z": 3}, {"x": 9, "w": 1}]


def test_an_anchor_may_be_used_again_for_another_value() -> None:
    assert read("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


BROKEN: list[tuple[str, int, str]] = [
    ("a: 1\nb:\n\t- c", 3, "a tab; indent with spaces"),
    ("a: {", 1, "expected"),
    ("a: 1\nb: 2\na: 3", 3, "a stands twice, first in line 1"),
    ("a:\n  no: 1\n  n: 2", 3, "false stands twice, first in line 2"),
    ("a: 1\nb: \0", 2, "special characters are not allowed"),
    ("a: *b", 1, "*b names no anchor"),
    ("a: &b\n  c: *b", 2, "*b names no anchor that is complete"),
    ("? [a]\n: b", 1, "a key must be text"),
    ("~: b", 1, "a key must be text"),
    ("a: 1\n<<: 5", 2, "<< takes a mapping"),
    ("a: .inf", 1, "JSON does not have"),
    ("a: " + "[" * 5000 + "]" * 5000, 1, "deeper than 100 levels"),
    ("a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ), 6, f"aliases make more than {MOST_COPIES} values"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "problem"), BROKEN, ids=[problem for *_, problem in BROKEN])
def test_what_kubectl_would_not_take_is_told_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(NoYaml) as caught:
        read(text)
    assert caught.value.line == line
    assert problem in caught.value.problem
