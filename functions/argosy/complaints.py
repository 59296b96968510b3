"""Complaints about what people write, in words that say what to write instead.

Pydantic tells a programmer what is wrong with a value; the author of a claim needs the field's path as it stands in
the YAML, and what to put there.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from argosy.plan import Refused, shown

MOST_QUOTED = 100
"""Characters of a wrong value that a complaint shows."""

MOST_NAMED = 10
"""Fields that are named beside the first wrong one."""


def complaints(error: ValidationError, path: str) -> list[Refused]:
    """All complaints, in the order of the fields.

    Args:
        error: what pydantic says.
        path: path of the value that was validated, such as `spec`.
    """
    return [Refused(_path(path, detail["loc"]), _problem(detail)) for detail in error.errors(include_url=False)]


def first_complaint(error: ValidationError, path: str) -> Refused:
    """The first complaint, which names the fields of the others."""
    first, *others = complaints(error, path)
    if not others:
        return first
    named = ", ".join(shown(other.field, MOST_QUOTED) for other in others[:MOST_NAMED])
    more = ", ..." if len(others) > MOST_NAMED else ""
    return Refused(first.field, f"{first.problem} (and {len(others)} more: {named}{more})")


def _path(start: str, location: Sequence[str | int]) -> str:
    text = start
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step != "[key]":
            text += f".{step}"
    return text


def _problem(detail: ErrorDetails) -> str:
    given, context = detail["input"], detail.get("ctx", {})
    quoted = shown(repr(given), MOST_QUOTED)
    match detail["type"]:
        case "extra_forbidden":
            return "there is no such field; `kubectl explain` and docs/reference list the fields"
        case "missing":
            return "must be set"
        case "string_type" if isinstance(given, bool):
            text, others = ("true", "yes, on and y") if given else ("false", "no, off and n")
            return f'is a boolean in YAML, as are {others}; write it in quotes, such as "{text}"'
        case "string_type" if isinstance(given, int | float):
            return f'is a number in YAML; write it in quotes: "{shown(str(given), MOST_QUOTED)}"'
        case "string_type":
            return "must be text"
        case "bool_type":
            return "must be a boolean: true or false, without quotes"
        case "int_type":
            return "must be an integer, without quotes"
        case "greater_than_equal":
            return f"{quoted} is too small; write at least {context.get('ge')}"
        case "less_than_equal":
            return f"{quoted} is too large; write at most {context.get('le')}"
        case "string_too_short" if not given:
            return "must not be empty"
        case "string_too_long":
            return f"{quoted} is too long; write at most {context.get('max_length')} characters"
        case "string_pattern_mismatch":
            return f"{quoted} is not of the form {context.get('pattern')}"
        case "literal_error":
            return f"{quoted} is unknown; write one of {context.get('expected')}"
        case "model_type" | "dict_type":
            return "must be an object"
        case "list_type":
            return "must be a list"
        case _:
            return detail["msg"].removeprefix("Value error, ")
