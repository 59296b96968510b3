"""Manifests that Crossplane takes, and an XRD that an API server can bound, explain and afford."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
import re2  # type: ignore[import-untyped]
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from argosy.api.base import Model
from argosy.api.cluster import XEKSClusterSpec
from argosy.catalog import ENGINES
from argosy.generate.schema import KEYWORDS, structural
from argosy.input import HUB_FACTS_NAME, Input
from tests.generate.xrd import COMPOSITE, KIND, ROOT, SCHEMA, SPEC, STATUS, VERSION, XRD, Schema, load, schemas
from tests.schemas.schemas import violations
from tests.schemas.structurality import structural_errors

COMPOSITION = load("compositions/xeksclusters/upbound.yaml")
ACTIVATION = load("package/argosy-upbound/activation.yaml")
INPUT = load("functions/package/input/argosy.fn.crossplane.io_inputs.yaml")
INPUT_SCHEMA: Schema = INPUT["spec"]["versions"][0]["schema"]["openAPIV3Schema"]

EVERY: list[tuple[str, Schema]] = [
    *schemas(SPEC, "spec"),
    *schemas(STATUS, "status"),
    *((path, schema) for path, schema in schemas(INPUT_SCHEMA, "input") if path not in {"input.metadata"}),
]


# Manifests


@pytest.mark.parametrize("manifest", [XRD, COMPOSITION, ACTIVATION], ids=lambda manifest: str(manifest["kind"]))
def test_crossplane_takes_the_manifest(manifest: dict[str, Any]) -> None:
    assert violations(manifest) == []


def test_the_xrd_is_namespaced_and_has_no_claim() -> None:
    assert XRD["apiVersion"] == "apiextensions.crossplane.io/v2"
    assert XRD["spec"]["scope"] == "Namespaced"
    assert "claimNames" not in XRD["spec"]
    assert XRD["metadata"]["name"] == f"{XRD['spec']['names']['plural']}.{XRD['spec']['group']}"


def test_a_name_is_as_long_as_the_function_takes_it_and_no_longer() -> None:
    claim = {"apiVersion": COMPOSITE.api_version, "kind": COMPOSITE.kind, "spec": {"region": "eu-west-1"}}
    named = {length: claim | {"metadata": {"name": "a" * length, "namespace": "team"}} for length in (40, 41)}

    assert COMPOSITE.name_length == 40
    assert KIND.problems(named[40]) == []
    assert KIND.problems(named[41]) == ["metadata.name: must have at most 40 characters"]


def test_each_printer_column_shows_a_field_that_there_is() -> None:
    paths = {path.removeprefix(".") for path, _ in schemas(SCHEMA, "")}
    own = [column["jsonPath"].removeprefix(".") for column in VERSION["additionalPrinterColumns"]]

    assert [path for path in own if path not in paths and not path.startswith("status.conditions[")] == []
    for condition in re.findall(r"@\.type=='(\w+)'", str(own)):
        assert condition in COMPOSITE.conditions


def test_the_composition_asks_for_the_hub_facts_under_the_name_that_the_function_reads() -> None:
    (step,) = COMPOSITION["spec"]["pipeline"]

    assert step["requirements"]["requiredResources"] == [
        {
            "requirementName": HUB_FACTS_NAME,
            "apiVersion": "apiextensions.crossplane.io/v1beta1",
            "kind": "EnvironmentConfig",
            "name": HUB_FACTS_NAME,
        }
    ]
    sample = load("examples/setup/hub.yaml")
    assert (sample["apiVersion"], sample["kind"], sample["metadata"]["name"]) == (
        "apiextensions.crossplane.io/v1beta1",
        "EnvironmentConfig",
        HUB_FACTS_NAME,
    )


def test_the_function_takes_the_compositions_input() -> None:
    (step,) = COMPOSITION["spec"]["pipeline"]
    given_input = step["input"]

    assert f"{INPUT['spec']['group']}/{INPUT['spec']['versions'][0]['name']}" == given_input["apiVersion"]
    assert given_input["kind"] == INPUT["spec"]["names"]["kind"]
    settings_only = {name: value for name, value in given_input.items() if name not in {"apiVersion", "kind"}}
    assert Input.model_validate(settings_only).engine == COMPOSITION["metadata"]["labels"]["engine"] == "upbound"


def test_exactly_the_kinds_that_the_engine_emits_are_activated() -> None:
    engine = ENGINES["upbound"]

    assert ACTIVATION["spec"]["activate"] == sorted(
        f"{kind.plural}.{kind.group}" for kind in engine.emits if kind.managed
    )
    published = {
        yaml.load(path.read_text(), yaml.CSafeLoader)["metadata"]["name"]
        for path in (ROOT / "tests/schemas/crds").iterdir()
    }
    assert set(ACTIVATION["spec"]["activate"]) <= published


# Schemas


@pytest.mark.parametrize("schema", [SCHEMA, INPUT_SCHEMA], ids=["XRD", "input"])
def test_an_api_server_takes_the_schema(schema: Schema) -> None:
    assert structural_errors(schema) == []


def test_only_keywords_of_structural_schemas_are_left() -> None:
    assert {path: set(schema) - set(KEYWORDS) for path, schema in EVERY if set(schema) - set(KEYWORDS)} == {}


def test_each_field_is_explained() -> None:
    fields = [
        f"{path}.{name}"
        for path, schema in EVERY
        for name, child in schema.get("properties", {}).items()
        if not child.get("description")
        and f"{path}.{name}" not in {f"input.{key}" for key in ("apiVersion", "kind", "metadata")}
    ]

    assert fields == []


def unbounded(schema: Schema) -> Iterator[str]:
    """What may grow without end."""
    match schema["type"]:
        case "array" if "maxItems" not in schema:
            yield "maxItems"
        case "object" if "additionalProperties" in schema and "maxProperties" not in schema:
            yield "maxProperties"
        case "object" if "additionalProperties" in schema and not any(
            re.match(r"self\.all\(key, size\(key\) <= \d+", rule["rule"])
            for rule in schema.get("x-kubernetes-validations", ())
        ):
            yield "length of keys"
        case "string" if "enum" not in schema and "maxLength" not in schema:
            yield "maxLength"
        case "integer" | "number" if "enum" not in schema and not {"minimum", "maximum"} <= schema.keys():
            yield "minimum and maximum"


def test_everything_that_a_claim_author_writes_has_a_bound() -> None:
    """TEN-20; the cost of CEL rules needs it too."""
    assert {path: found for path, schema in schemas(SPEC, "spec") if (found := list(unbounded(schema)))} == {}


def test_in_the_status_only_texts_and_numbers_of_aws_have_no_bound() -> None:
    # Only the function writes status. A bound on a text that AWS chooses would protect nobody and, once AWS exceeds
    # it, make every status update fail.
    found = {bound for _, schema in schemas(STATUS, "status") for bound in unbounded(schema)}

    assert found == {"maxLength", "length of keys", "minimum and maximum"}


def test_nothing_lets_unknown_fields_pass() -> None:
    """TEN-22."""
    assert "x-kubernetes-preserve-unknown-fields" not in str(XRD)


def test_the_kubernetes_version_has_no_default() -> None:
    # a default would upgrade nobody and pin everybody to the day of the XRD
    assert "default" not in SPEC["properties"]["kubernetesVersion"]


def test_no_field_has_a_name_that_yaml_1_1_takes_for_a_boolean() -> None:
    names = {name.lower() for _, schema in EVERY for name in schema.get("properties", {})}

    assert names & {"y", "n", "yes", "no", "on", "off", "true", "false", "null"} == set()


# Patterns: pydantic runs Rust's regular expressions, an API server Go's

PATTERNS = sorted({schema["pattern"] for _, schema in EVERY if "pattern" in schema})
STRANGE = ["", "\n", " ", "é", "٣", "K", "a" * 300, "0", "-", "aws", "10.0.0.0/16", "eu-west-1", "1.35"]


def test_no_pattern_says_what_rust_and_go_read_differently() -> None:
    # \d, \w, \s and \b are Unicode in Rust and ASCII in Go; flags and classes by name differ too
    assert [pattern for pattern in PATTERNS if re.search(r"\\[a-zA-Z]|\(\?|\[:|&&|--|~~", pattern)] == []
    assert [pattern for pattern in PATTERNS if not re.fullmatch(r"\^.*\$", pattern)] == []


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_rust_and_go_judge_a_text_alike(pattern: str, data: st.DataObject) -> None:
    rust, go = TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)]), re2.compile(pattern)
    good = data.draw(st.from_regex(pattern, fullmatch=True).map(lambda text: text.rstrip("\n")))

    assert accepts(rust, good)
    for text in [good, f"{good}\n", f"\n{good}", f"{good} ", f"{good}é", good.upper(), good[1:], *STRANGE]:
        assert accepts(rust, text) == (go.search(text) is not None), text
    assert not accepts(rust, f"{good}\n")


def accepts(adapter: TypeAdapter[str], text: str) -> bool:
    try:
        adapter.validate_python(text)
    except ValidationError:
        return False
    return True


# Translation


class _Inner(Model):
    """An inner object."""

    size: Annotated[int, Field(gt=0, lt=5)] = 1
    """A size."""


class _Outer(Model):
    """An outer object."""

    inner: _Inner = _Inner(size=2)
    """What the field says wins
    over what the model says."""
    maybe: _Inner | None = None
    """May be absent."""
    one: Literal["x"] = "x"
    """A constant."""


class _Union(Model):
    """What no structural schema can say."""

    either: int | str
    """A number or a text."""


def test_a_model_becomes_a_structural_schema() -> None:
    size = {
        "description": "A size.",
        "type": "integer",
        "default": 1,
        "minimum": 0,
        "exclusiveMinimum": True,
        "maximum": 5,
        "exclusiveMaximum": True,
    }

    assert structural(_Outer) == {
        "description": "An outer object.",
        "type": "object",
        "properties": {
            "inner": {
                "description": "What the field says wins over what the model says.",
                "type": "object",
                "default": {"size": 2},
                "properties": {"size": size},
            },
            "maybe": {
                "description": "May be absent.",
                "type": "object",
                "x-kubernetes-map-type": "atomic",  # `{}` says something, and is filled
                "properties": {"size": size},
            },
            "one": {"description": "A constant.", "type": "string", "default": "x", "enum": ["x"]},
        },
    }


def test_what_no_structural_schema_can_say_stops_the_generator() -> None:
    with pytest.raises(ValueError, match=r"_Union\.either: a structural schema has no anyOf"):
        structural(_Union)


def filled(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Objects that may be left out, may be empty, and get defaults within, with their paths."""
    for name, child in schema.get("properties", {}).items():
        here = f"{path}.{name}"
        defaults = any("default" in item for item in child.get("properties", {}).values())
        if name not in schema.get("required", ()) and defaults and not child.get("required") and "default" not in child:
            yield here, child
        yield from filled(child, here)
    if "items" in schema:
        yield from filled(schema["items"], f"{path}[]")


def test_an_empty_object_that_says_something_is_owned_as_a_whole() -> None:
    """Else the API server drops it at every second server-side apply: tests/hub/test_admission.py."""
    found = dict(filled(structural(XEKSClusterSpec)))
    assert {".argocd.addons.externalSecrets", ".argocd.addons.metricsServer", ".databases[].serverless"} <= set(found)
    assert {path for path, child in found.items() if child.get("x-kubernetes-map-type") != "atomic"} == set()
