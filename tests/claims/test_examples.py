"""Examples and random claims use every field of the models: a field that nothing sets is a field that nothing tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from argosy.api.cluster import XEKSClusterSpec
from argosy.cli import main
from tests.support.claims import DRAWN, specs
from tests.support.lives import EXAMPLES, example

Field = tuple[type[BaseModel], str]


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in a type such as `list[Taint] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)


def fields_below(model: type[BaseModel]) -> set[Field]:
    """All fields of a model and of the models that it holds."""
    found: set[Field] = set()
    for name, field in model.model_fields.items():
        found.add((model, name))
        for inner in models_in(field.annotation):
            found |= fields_below(inner)
    return found


def fields_set(value: BaseModel) -> Iterator[Field]:
    """The fields that the author of a claim wrote down."""
    for name in value.model_fields_set:
        yield type(value), name
        held = getattr(value, name)
        for item in held if isinstance(held, list) else [held]:
            if isinstance(item, BaseModel):
                yield from fields_set(item)


def names(fields: set[Field]) -> list[str]:
    return sorted(f"{model.__name__}.{name}" for model, name in fields)


def in_terms_of_owner(fields: set[Field]) -> set[Field]:
    """Fields by the model that declares them: `enabled` of one add-on stands for that of all."""
    return {
        (next(base for base in reversed(model.__mro__) if name in getattr(base, "model_fields", {})), name)
        for model, name in fields
    }


ALL = fields_below(XEKSClusterSpec)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid(path: Any) -> None:
    result = CliRunner().invoke(main, ["validate", str(path)])
    assert (result.exit_code, result.output) == (0, "1 document checked, 0 mistakes\n")


def test_the_examples_together_set_every_field() -> None:
    told = {
        field for path in EXAMPLES for field in fields_set(XEKSClusterSpec.model_validate(example(path.stem)["spec"]))
    }
    assert names(in_terms_of_owner(ALL) - in_terms_of_owner(told)) == []


def test_every_field_is_one_of_the_models_that_the_walk_meets() -> None:
    assert {"AutoMode.node_pools", "Taint.effect", "Serverless.min_capacity", "ExternalSecrets.key_arns"} <= set(
        names(ALL)
    )


def test_random_claims_draw_from_every_field() -> None:
    before = set(DRAWN)
    DRAWN.clear()

    @settings(
        max_examples=400,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        data.draw(specs())

    try:
        draw()
        assert names(ALL - DRAWN) == []
    finally:
        DRAWN.update(before)
