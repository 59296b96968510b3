"""One world for all tests of ACK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ack.world import World


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    """ACK's controllers, at work as long as the tests."""
    found = World()
    found.start()
    yield found
    found.close()
