"""What an engine cannot do is refused before anything is made, and docs/engines.md says so before that."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.catalog import CLUSTER, ENGINES
from argosy.generate.reference import engines as page
from tests.support.lives import Life, claim_of

NEEDS: dict[str, tuple[dict[str, Any], str]] = {
    "nodes.groups[].repair": (
        {"nodes": {"groups": [{"name": "one", "repair": False}, {"name": "two", "repair": True}]}},
        "spec.nodes.groups[1].repair",
    ),
}
"""By field that some engine lacks: a claim that needs it, and where the claim says so."""
LACKS = [(engine.name, path) for engine in ENGINES.values() for path in engine.lacks]


@pytest.mark.parametrize(("engine", "path"), LACKS)
def test_a_claim_that_needs_what_the_engine_lacks_is_refused_and_told_who_can(engine: str, path: str) -> None:
    spec, place = NEEDS[path]
    told = Life(claim_of({"region": "eu-west-1", **spec}, engine=engine)).call()
    assert told.fatal is not None
    assert told.fatal.startswith(f"{place}: ")
    assert ENGINES[engine].lacks[path] in told.fatal
    assert "leave it out, or use the package of engine upbound" in told.fatal
    assert told.desired == {}


@pytest.mark.parametrize("path", sorted({path for _, path in LACKS}))
def test_engines_that_have_it_take_the_same_claim(path: str) -> None:
    for engine in (engine for engine in ENGINES.values() if path not in engine.lacks):
        assert Life(claim_of({"region": "eu-west-1", **NEEDS[path][0]}, engine=engine.name)).call().fatal is None


def test_what_a_claim_switches_off_is_no_need() -> None:
    groups = [{"name": "one", "repair": False}]
    assert Life(claim_of({"region": "eu-west-1", "nodes": {"groups": groups}}, engine="ack")).call().fatal is None


def test_the_page_has_a_row_for_every_field_that_an_engine_lacks_or_does_otherwise() -> None:
    rows = {line.split("`")[1]: line for line in page(CLUSTER).splitlines() if line.startswith("| `")}
    for engine in ENGINES.values():
        for path in (*engine.lacks, *engine.differs):
            assert path in rows, f"{engine.name}: {path} is no field of the claim"
            column = list(ENGINES).index(engine.name) + 2
            assert rows[path].split(" | ")[column - 1].startswith("no (" if path in engine.lacks else "yes (")
