"""Every engine renders every resource, and says where every fact of it stands."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import argosy.resources
from argosy.catalog import ENGINES
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
