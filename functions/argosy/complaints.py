"""Complaints about what people write, in words that say what to write instead.

Pydantic tells a programmer what is wrong with a value; the author of a claim needs the field's path as it stands in
the YAML, and what to put there.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from argosy.plan import Refused


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
    return Refused(first.field, f"{first.problem} (and {len(others)} more: {', '.join(o.field for o in others)})")


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
    match detail["type"]:
        case "extra_forbidden":
            return "there is no such field; `kubectl explain` and docs/reference list the fields"
        case "missing":
            return "must be set"
        case "string_type" if isinstance(given, bool | int | float):
            text = str(given).lower() if isinstance(given, bool) else str(given)
            return f'is {"a boolean" if isinstance(given, bool) else "a number"} in YAML; write it in quotes: "{text}"'
        case "string_pattern_mismatch":
            return f"{given!r} is not of the form {context.get('pattern')}"
        case "literal_error":
            return f"{given!r} is unknown; write one of {context.get('expected')}"
        case "model_type" | "dict_type":
            return "must be an object"
        case "list_type":
            return "must be a list"
        case _:
            return detail["msg"].removeprefix("Value error, ")
