"""Each peer, as the process that is measured, comes to our resources; on each engine."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.cases import Case, case
from bench.client import Client
from bench.contestants import CONTESTANTS, Contestant, prepare
from bench.equality import check
from bench.processes import Process
from tests.support.lives import every_engine
from tests.tools.build import built

CASE = "production"


@pytest.fixture(params=CONTESTANTS)
def contestant(request: pytest.FixtureRequest) -> Contestant:
    """Every contestant; function-pythonic only where somebody has installed it, for only the bench needs it."""
    found = CONTESTANTS[request.param]
    if found.name == "patch-and-transform":
        built("function-patch-and-transform")
    elif (why := found.missing()) is not None:
        pytest.skip(why)
    return found


async def answer(server: Process, found: Case) -> bytes:
    async with Client(server.address) as client:
        return await client.ask(server.contestant.request(found))


@pytest.mark.tools
@every_engine
def test_each_contestant_does_our_work(contestant: Contestant, engine: str, tmp_path: Path) -> None:
    found = case(CASE, engine)
    prepare(tmp_path / "work", contestant, [found])
    with Process(contestant, tmp_path / "work", None) as server:
        check(contestant.name, found, asyncio.run(answer(server, found)))
