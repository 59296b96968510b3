"""The hub that stories share, a namespace of its own for each of them, and who may be at work at the same time.

Several processes work on one hub (`python -m tests.hub`). Stories are in namespaces of their own, so that nobody sees
the others; a story that stops a part which all need, or takes something away from all, or counts all calls, is `alone`.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.hub.crowd import Crowd, gathered
from tests.hub.live import Hub, Team
from tests.hub.local.home import Home
from tests.hub.local.hub import down, start
from tests.hub.local.kubectl import KubectlError
from tests.hub.local.processes import CrashedError, Processes

SECONDS = 300
"""How long a story may take, with what it shares with others; a quarter of it on an idle machine."""
PAGES = ("test_claims_page", "test_page")
"""Files whose stories follow one another: both pages make the same cluster."""
APART = ("test_decommission",)
"""Files whose stories share nothing: any process may run any of them."""
FIRST = (
    *PAGES,
    "test_deletion",
    "test_chaos",
    "test_never_drop",
    "test_policies",
    "test_change",
    "test_claims",
    "test_admission",
)
"""What takes longest: a process that began with it last would work on alone."""
STAYS = pytest.StashKey[bool]()
FOUND_UP = "hub_stays"
"""How workers are told that the hub was there before them."""


def pytest_configure(config: pytest.Config) -> None:
    """Registers markers, so that a misspelt one fails instead of selecting nothing."""
    for marker in (
        "alone: nobody else may be at work on the hub",
        "crowd: looks at ten clusters that were made at once on a hub where nothing was before",
    ):
        config.addinivalue_line("markers", marker)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives each story its limit, and begins with what takes longest."""
    order = {name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))
    for item in items:
        if Path(__file__).parent in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(SECONDS))


class Groups(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out files to processes; xdist's groups by marker are lost on the way with this pytest."""

    def _split_scope(self, nodeid: str) -> str:
        """The name of what one process runs from beginning to end."""
        name = Path(nodeid.partition("::")[0]).stem
        if name in PAGES:
            return PAGES[0]
        return nodeid if name in APART else name


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    """Several processes run stories so."""
    config.option.loadscopereorder = False  # else the files with the most stories come first, not the longest
    return Groups(config, log)


def is_worker(config: pytest.Config) -> bool:
    """Whether this process only runs what another hands out."""
    return hasattr(config, "workerinput")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the hub, unless one is up: once, before any process works on it."""
    config = session.config
    if is_worker(config) or config.option.collectonly:
        return
    home = Home()
    processes = Processes(home)
    config.stash[STAYS] = home.installed.exists() and bool(processes.names) and not processes.crashed()
    if config.stash[STAYS]:
        return
    down(home)
    home.path.mkdir(exist_ok=True)
    try:
        start(home, processes)
    except (CrashedError, KubectlError, TimeoutError) as error:
        down(home)  # pytest calls no end of a session that has not begun
        pytest.exit(f"the hub is not up: {error}", returncode=1)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Session) -> None:
    """Tells a worker whether the hub stays."""
    node.workerinput[FOUND_UP] = node.config.stash[STAYS]  # type: ignore[attr-defined]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Ends the hub that this session has started, when all processes have ended their work."""
    if not session.config.stash.get(STAYS, True):
        print(f"\n{used(Processes(Home()))}")
        down(Home())


def used(processes: Processes) -> str:
    """CPU seconds of each part since its last start, and of the stories: where their time goes on a busy machine."""
    found = {
        "stories": sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    }
    for name in processes.names:
        if (process := processes.process(name)) is not None:
            times = process.cpu_times()
            found[name] = times.user + times.system
    order = sorted(found.items(), key=lambda item: -item[1])
    return f"CPU s: {', '.join(f'{name} {seconds:.0f}' for name, seconds in order)}; {sum(found.values()):.0f} in all"


@pytest.fixture(scope="session")
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    """The hub of this checkout: the one that runs, or one that lives as long as the tests."""
    config = request.config
    stays: bool = config.workerinput[FOUND_UP] if is_worker(config) else config.stash[STAYS]  # type: ignore[attr-defined]
    hub = Hub(Home(), stays=stays)
    yield hub
    hub.close()


@pytest.fixture(scope="session")
def teams(hub: Hub) -> Iterator[list[Team]]:
    """All teams of the session; what they leave behind goes at its end, or with the hub, if that goes."""
    found: list[Team] = []
    yield found
    for team in found if hub.stays else ():
        team.remove()


@pytest.fixture(scope="session")
def join(hub: Hub, teams: list[Team]) -> Callable[[str], Team]:
    """Makes a team that several stories share."""

    def made(name: str) -> Team:
        found = Team(hub, f"team-{name}", f"3{sum(map(ord, name)):011d}")
        found.install()
        teams.append(found)
        return found

    return made


@pytest.fixture
def team(hub: Hub, teams: list[Team], request: pytest.FixtureRequest) -> Iterator[Team]:
    """A namespace of claims named after the test, with an AWS account of its own."""
    with Team.called(hub, request.node.name.removeprefix("test_")).at_work(teams) as found:
        yield found


@pytest.fixture(scope="session")
def crowd(hub: Hub, teams: list[Team]) -> Crowd:
    """Ten clusters that were made at once, and that stories of several files look at."""
    return gathered(hub, teams)
