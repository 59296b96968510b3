"""What a message quotes of others' text does no harm where the message is read (TEN-24)."""

from __future__ import annotations

import pytest

from argosy.plan import Refused, shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a b", "a b"),
        ("\u00e9", "\u00e9"),
        ("a\n::error::b", "a\\n::error::b"),
        ("\x1b[2Ja", "\\x1b[2Ja"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\ud800", "a\\ud800"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_what_a_terminal_or_a_log_obeys_is_written_out(text: str, told: str) -> None:
    assert shown(text, 20) == told
    assert str(Refused("spec.x", text)) == f"spec.x: {told}"


def test_a_long_text_keeps_its_start_and_its_end() -> None:
    assert shown("a" * 50 + "b" * 50, 20) == "a" * 10 + "..." + "b" * 10
    assert len(str(Refused("f" * 10**6, "p" * 10**6))) < 2500
