"""Fixtures for tests that need a running function."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.render.server import serving


@pytest.fixture(scope="session")
def function_address() -> Iterator[str]:
    """Run function-argosy as its image does; where it listens."""
    with serving([sys.executable, "-m", "argosy.main"]) as address:
        yield address
