"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register markers, so that a misspelt one fails instead of selecting nothing."""
    config.addinivalue_line("markers", "tools: runs programs that `python tests/tools/build.py` builds")
