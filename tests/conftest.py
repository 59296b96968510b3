"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The explicit flag without which no golden file is ever rewritten."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files of tests/cases")


def pytest_configure(config: pytest.Config) -> None:
    """Register markers, so that a misspelt one fails instead of selecting nothing."""
    config.addinivalue_line("markers", "tools: runs programs that `python tests/tools/build.py` builds")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))
