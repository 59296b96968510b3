"""TST-05 and TST-12: once settled nothing moves, whatever order things got ready in, in whatever process."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from argosy.simulator import Simulator
from tests.properties.test_never_drop import draw
from tests.support.claims import specs
from tests.support.lives import EXAMPLES, ROOT, Life, claim_of, every_engine, every_life, example, life_of, within

LONGEST_DELAY = 6
"""Beats that an object is slower than usual at most."""
RANDOM_CLAIMS = 6


@every_life
def test_tst_05_once_settled_no_byte_differs(name: str, engine: str) -> None:
    life = Life(example(name, engine))
    settled = life.settle()
    for _ in range(3):
        assert life.live() == settled
    assert settled.results == [], "an event at every call (REL-27)"
    assert settled.finished
    assert settled.ttl_seconds >= 600
    assert set(settled.ready) == set(settled.desired) == set(life.observed)
    assert {item["type"] for item in settled.conditions if item["status"] != "True"} == {"Deletable"}


@pytest.mark.parametrize("order", range(6))
@every_life
def test_tst_05_the_order_of_readiness_means_nothing(name: str, engine: str, order: int) -> None:
    dice = random.Random(order)
    usual = life_of(name, engine)[-1]
    slow = {key: dice.randrange(LONGEST_DELAY) for key in sorted(usual.answer.desired)}
    told = Life(example(name, engine), simulator=Simulator(slow=slow)).settle()
    assert told == usual.answer


@every_engine
@pytest.mark.parametrize("number", range(RANDOM_CLAIMS))
def test_tst_05_random_claims_settle_alike_in_any_order_and_then_no_byte_differs(number: int, engine: str) -> None:
    """REL-02, REL-26, REL-27."""
    dice = random.Random(number)
    spec = within(engine, draw(specs(), 500, 4 * RANDOM_CLAIMS)[-1 - number])  # the first ones are the simplest
    usual = Life(claim_of(spec, engine=engine)).settle()
    slow = {key: dice.randrange(LONGEST_DELAY) for key in sorted(usual.desired)}
    life = Life(claim_of(spec, engine=engine), simulator=Simulator(slow=slow))
    assert life.settle() == usual
    for _ in range(3):
        assert life.live() == usual
    assert usual.results == []


PURE = """
import socket, sys, time, random, os, datetime, uuid, secrets
def forbidden(*_, **__):
    raise AssertionError("a composition function has no network, clock or dice")
import argosy.cli, click.testing
from argosy.cli.composite import composite_of, engine_of
from argosy.cli.options import claims, sample_hub
from argosy.cli.request import build_request
from argosy.function import answer
hub = sample_hub()
del hub[0]["data"]["namespaces"]  # else all waits for the role that tells the account
given = [(claim, engine_of(claim)) for path in sys.argv[1:] for claim in claims([path])]
requests = [build_request(composite_of(claim, engine), engine, [], hub) for claim, engine in given]
for module, names in {
    time: ("time", "monotonic", "time_ns", "perf_counter", "localtime", "gmtime"),
    random: ("random", "randrange", "choice", "shuffle"),
    os: ("urandom",),
    uuid: ("uuid1", "uuid4"),
    secrets: ("token_hex",),
    socket: ("socket", "create_connection", "getaddrinfo"),
}.items():
    for name in names:
        setattr(module, name, forbidden)
def audit(event, args):
    if event.startswith(("socket.", "subprocess.")):
        forbidden()
sys.addaudithook(audit)
for request in requests:
    print(answer(request).SerializeToString(deterministic=True).hex())
"""


def test_tst_12_other_processes_give_the_same_bytes_without_network_clock_or_dice() -> None:
    """REL-46. Hash seeds change the order of sets; nothing of it may show."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PURE, *map(str, EXAMPLES)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
    (printed,) = outputs
    assert len(printed.split()) == len(EXAMPLES)
    assert all(len(line) > 10_000 for line in printed.split())
