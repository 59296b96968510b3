"""Who judges an item: found in the tests themselves, so that no list can name a test that is not there.

A rule belongs to the item that its decorator names, a test to the items that its name names, and either also to those
of its docstring.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LETTERS = ("SEC", "IAM", "TEN", "REL", "UPG", "TST")
IN_TEXT = re.compile(rf"\b(?:{'|'.join(LETTERS)})-[0-9]{{2}}\b")
IN_NAME = re.compile(rf"(?:^|_)({'|'.join(LETTERS).lower()})((?:_(?:and_)?[0-9]{{2}})+)(?=_|$)")
RULES = ("each", "composed", "whole", "life")
"""Decorators of `checks.py`, which take the item's id first."""


class Judge(NamedTuple):
    """A test, or a rule of tests/safety.

    Attributes:
        path: file below the checkout.
        name: of the function.
    """

    path: str
    name: str


def named(function: ast.FunctionDef) -> set[str]:
    """Ids that the name or the docstring of a test names."""
    found = {
        f"{letters.upper()}-{number}"
        for letters, numbers in IN_NAME.findall(function.name)
        for number in re.findall("[0-9]{2}", numbers)
    }
    return found | set(IN_TEXT.findall(ast.get_docstring(function) or ""))


def ruled(function: ast.FunctionDef) -> set[str]:
    """The id that the decorator of a rule names, and those of its docstring."""
    found = {
        str(decorator.args[0].value)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id in RULES
        and decorator.args
        and isinstance(decorator.args[0], ast.Constant)
    }
    return found | set(IN_TEXT.findall(ast.get_docstring(function) or "")) if found else found


def judged_in(text: str) -> Iterator[tuple[str, str]]:
    """Ids in a module, each with the name of the function that judges it, in the order of the module."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            for id_ in sorted(named(node) if node.name.startswith("test_") else ruled(node)):
                yield id_, node.name


@cache
def judges() -> dict[str, tuple[Judge, ...]]:
    """All judges by id; sorted by file, in the order of the file."""
    found: defaultdict[str, list[Judge]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name.startswith(("test_", "checks_")):
            for id_, name in judged_in(path.read_text(encoding="utf-8")):
                found[id_].append(Judge(path.relative_to(ROOT).as_posix(), name))
    return {id_: tuple(found[id_]) for id_ in sorted(found)}
