"""The hub that stories share, and a namespace of its own for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub.live import Hub, Team
from tests.hub.local.home import Home
from tests.hub.local.hub import down, start
from tests.hub.local.processes import Processes


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    """The hub of this checkout: the one that runs, or one that lives as long as the tests."""
    home = Home()
    processes = Processes(home)
    stays = home.installed.exists() and bool(processes.names) and not processes.crashed()
    if not stays:
        down(home)
        home.path.mkdir(exist_ok=True)
        start(home, processes)
    hub = Hub(home, stays=stays)
    yield hub
    hub.close()
    if not stays:
        down(home)


@pytest.fixture(scope="session")
def teams(hub: Hub) -> Iterator[list[Team]]:
    """All teams of the session; what they leave behind goes at its end, or with the hub, if that goes."""
    found: list[Team] = []
    yield found
    for team in found if hub.stays else ():
        team.remove()


@pytest.fixture
def team(hub: Hub, teams: list[Team], request: pytest.FixtureRequest) -> Iterator[Team]:
    """A namespace of claims named after the test, with an AWS account of its own."""
    with Team.called(hub, request.node.name.removeprefix("test_")).at_work(teams) as found:
        yield found
