"""What is imported, and what of it a call needs; nothing that costs time is imported for nothing."""

from __future__ import annotations

import asyncio

import pytest

from bench.cases import case
from bench.startup import LINE, Imports, image_mib, imports, package_of
from tests.support.lives import ENGINE


@pytest.fixture(scope="module")
def found() -> Imports:
    return asyncio.run(imports([case("minimal", ENGINE)]))


def test_what_answers_is_told_from_what_does_nothing(found: Imports) -> None:
    by_name = {package.name: package for package in found.packages}
    assert by_name["argosy.function"].active
    assert by_name["grpc"].active
    assert not by_name["zoneinfo"].active
    assert by_name["argosy.engines"].modules > 3
    assert found.idle == tuple(package for package in found.packages if not package.active)


def test_a_call_imports_nothing_that_the_start_has_not(found: Imports) -> None:
    """Else the first call of a new pod is late, and no start shows it."""
    assert [name for name in found.late if name.startswith(("argosy", "grpc", "google", "pydantic"))] == []


@pytest.mark.parametrize(
    ("module", "package"), [("grpc._cython.cygrpc", "grpc"), ("argosy.api.base", "argosy.api"), ("argosy", "argosy")]
)
def test_modules_are_counted_by_package_and_ours_by_part(module: str, package: str) -> None:
    assert package_of(module) == package


def test_lines_of_the_interpreter_are_read() -> None:
    text = "import time: self [us] | cumulative | imported package\nimport time:       123 |       4567 |   grpc.aio\n"
    assert LINE.findall(text) == [("123", "4567", "  ", "grpc.aio")]


def test_an_image_is_weighed_if_what_it_has_is_installed() -> None:
    weights = image_mib()
    if weights is None:
        pytest.skip("not installed: .venv/function, by make bench")
    assert weights["grpc"] > weights["argosy"] > 0.1
    assert "pip" not in weights
