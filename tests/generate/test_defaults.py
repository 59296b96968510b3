"""The defaults of admission are those of the models: a claim means the same with and without an API server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from argosy.api.cluster import XEKSClusterSpec
from tests.generate.xrd import EXAMPLES, SPEC, Schema, defaulted, schemas
from tests.schemas.rules import compile_rules
from tests.support.claims import specs


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_function_reads_an_example_alike_with_and_without_the_defaults_of_admission(path: Path) -> None:
    for claim in yaml.safe_load_all(path.read_text()):
        assert_read_alike(claim["spec"])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_function_reads_any_claim_alike_with_and_without_the_defaults_of_admission(data: st.DataObject) -> None:
    spec = data.draw(thinned(data.draw(specs())))

    assert_read_alike(spec)


def assert_read_alike(spec: dict[str, Any]) -> None:
    before, after = XEKSClusterSpec.model_validate(spec), XEKSClusterSpec.model_validate(defaulted(spec))

    assert after == before
    assert after.model_dump_json(by_alias=True) == before.model_dump_json(by_alias=True)


@st.composite
def thinned(draw: st.DrawFn, spec: dict[str, Any]) -> dict[str, Any]:
    """Leaves out some fields, as long as the claim stays good: what is absent is what defaults are for."""
    for path in draw(st.lists(st.sampled_from(sorted(_optional(spec, ()))), max_size=6)):
        thinner = _without(spec, path)
        try:
            XEKSClusterSpec.model_validate(thinner)
        except ValidationError:
            continue
        spec = thinner
    return spec


def _optional(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(key, str):
            yield (*path, key)
        yield from _optional(item, (*path, str(key)))


def _without(value: Any, path: tuple[str, ...]) -> Any:
    first, *rest = path
    if isinstance(value, list):
        return [_without(item, tuple(rest)) if str(index) == first else item for index, item in enumerate(value)]
    if first not in value:
        return value
    if not rest:
        return {name: item for name, item in value.items() if name != first}
    return {name: _without(item, tuple(rest)) if name == first else item for name, item in value.items()}


def test_an_api_server_fills_in_every_default_of_the_models() -> None:
    stored = defaulted({"region": "eu-west-1"})

    assert stored == XEKSClusterSpec(region="eu-west-1").model_dump(mode="json", by_alias=True, exclude_none=True)


def test_each_default_holds_the_rules_before_the_defaults_within_are_filled_in() -> None:
    # An API server refuses an XRD otherwise (k8s.io/apiextensions-apiserver v0.35, schema/defaulting/validation.go).
    failures = []
    for path, schema in schemas(SPEC, "spec"):
        if "default" in schema:
            for where, part, value in _within(schema, path, schema["default"]):
                failures += [(where, message) for rule in compile_rules(part) if (message := rule.failure(value))]

    assert failures == []


def _within(schema: Schema, path: str, value: Any) -> Iterator[tuple[str, Schema, Any]]:
    yield path, schema, value
    for name, child in schema.get("properties", {}).items():
        if name in value:
            yield from _within(child, f"{path}.{name}", value[name])
