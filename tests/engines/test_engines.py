"""Every engine renders every resource, and says where every fact of it stands."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import argosy.resources
from argosy.catalog import ENGINES
from argosy.cli.options import sample_hub
from argosy.cli.request import Caller
from argosy.engines.base import AWS_GROUPS, Engine
from argosy.plan import Resource
from tests.support.lives import EXAMPLE_NAMES, life_of

ABSTRACT = {"DatabaseResource"}
"""Classes that only share attributes."""


def resource_classes() -> Iterator[type[Resource]]:
    """Every class of `argosy.resources` that a plan may hold."""
    for module in pkgutil.iter_modules(argosy.resources.__path__):
        loaded = importlib.import_module(f"argosy.resources.{module.name}")
        for _, found in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(found, Resource) and found.__module__ == loaded.__name__ and found.__name__ not in ABSTRACT:
                yield found


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
def test_an_engine_renders_every_resource(engine: Engine) -> None:
    classes = set(resource_classes())
    assert len(classes) > 12
    assert {kind.__name__ for kind in classes - set(engine.renderers)} == set()
    assert {kind.__name__ for kind in set(engine.renderers) - classes} == set()


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
def test_an_engine_emits_the_kinds_that_it_names_and_all_of_them(engine: Engine) -> None:
    """The activation policy names them: a kind that is missing there is never made."""
    manifests = [item for name in EXAMPLE_NAMES for item in life_of(name, engine.name)[-1].answer.desired.values()]
    assert {(item["apiVersion"], item["kind"]) for item in manifests} == {
        (kind.api_version, kind.kind) for kind in engine.emits
    }


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
def test_an_engine_knows_its_own_from_those_of_others(engine: Engine) -> None:
    assert not [kind for kind in engine.emits if engine.foreign(kind.api_version)]
    others = [group for group in AWS_GROUPS if group not in engine.groups]
    assert len(others) == len(AWS_GROUPS) - 1
    assert all(engine.foreign(f"eks{group}/v1") for group in others)
    assert not engine.foreign("v1")


SAME_KIND = [("upbound", "ack"), ("ack", "upbound")]
"""Engines that make the same composite, so that a Composition of the one can meet objects of the other."""


@pytest.mark.parametrize(("made_by", "asked"), SAME_KIND)
def test_a_living_cluster_is_refused_by_another_engine_and_nothing_is_changed(made_by: str, asked: str) -> None:
    """REL-03, design 2.3: at its end and in the midst of being made."""
    life = life_of("minimal", made_by)
    for moment in (life[len(life) // 2], life[-1]):
        told = Caller(claim=moment.claim, engine=asked, required=sample_hub()).call(moment.observed.values())
        assert told.fatal is not None
        assert told.fatal.startswith("the Composition's engine: ")
        assert f"not by engine {asked}; give the claim the Composition of its own engine back" in told.fatal
        assert told.desired == {}
        assert [item["type"] for item in told.conditions] == [item["type"] for item in moment.answer.conditions]
