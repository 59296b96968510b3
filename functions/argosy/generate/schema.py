"""A claim model as a structural schema: what an API server understands of JSON Schema.

Pydantic writes JSON Schema 2020-12 with references, unions and key patterns; a CustomResourceDefinition takes none of
these. What cannot be said in a structural schema stops the generator: a keyword that is dropped in silence would
admit what the function then refuses.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from textwrap import dedent
from typing import Any, TypeAlias, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from argosy.api.base import Model

Schema: TypeAlias = "dict[str, Any]"

VALIDATIONS = "x-kubernetes-validations"

KEYWORDS = (
    "description",
    "type",
    "format",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    VALIDATIONS,
    "required",
    "properties",
    "items",
    "additionalProperties",
)
"""Keywords of a structural schema that models come to, in the order in which a person wants to read them."""

EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
"""Numbers in JSON Schema 2020-12, booleans beside the bound in OpenAPI 3.0, which is what an API server reads."""


def structural(model: type[Model]) -> Schema:
    """The structural schema of a model.

    Raises:
        ValueError: if the model says something that no structural schema can say.
    """
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    return _structural(schema, schema.pop("$defs", {}), model.__name__)


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with what Kubernetes has other words for."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A model brings its rules, and what stands below each field of it in the source."""
        rules = [
            ({"rule": rule.cel} if rule.cel is not None else {}) | {"message": rule.message}
            for rule in schema["cls"].rules
        ]
        result = super().model_schema(schema) | ({VALIDATIONS: rules} if rules else {})
        described = _docstrings(schema["cls"])
        for name, field in schema["cls"].model_fields.items():
            if name in described:
                result["properties"][field.alias]["description"] = described[name]
        return result

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What may be None may be absent; an API server drops a null before anybody sees it."""
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """A structural schema bounds no keys: a rule does (TEN-20)."""
        keys = self.generate_inner(schema["keys_schema"])
        result = {"type": "object", "additionalProperties": self.generate_inner(schema["values_schema"])}
        self.update_with_validations(result, schema, self.ValidationsMapping.object)
        return result | ({VALIDATIONS: [_key_rule(keys)]} if "pattern" in keys else {})

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Fields stay in the order in which the model declares them: it goes from the common to the rare."""
        return value

    def encode_default(self, dft: Any) -> Any:
        """A default in full: an API server judges it by CEL before it fills in the defaults within."""
        return dft.model_dump(mode="json", by_alias=True, exclude_none=True) if isinstance(dft, Model) else dft


def _docstrings(model: type[Model]) -> Mapping[str, str]:
    """Descriptions of a model's fields, by name.

    Pydantic would read them when it makes the class: a quarter of the time in which the function starts, for texts that
    it never shows.
    """
    bases = [base for base in reversed(model.__mro__) if issubclass(base, Model) and base is not Model]
    bodies = (cast("ast.ClassDef", ast.parse(dedent(inspect.getsource(base))).body[0]).body for base in bases)
    found = {}
    for field, text in (pair for body in bodies for pair in pairwise(body)):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(description))):
                found[name] = description
    return found


def _key_rule(keys: Mapping[str, Any]) -> dict[str, str]:
    pattern, longest = keys["pattern"], keys["maxLength"]
    return {
        "rule": f"self.all(key, size(key) <= {longest} && key.matches(r'{pattern}'))",
        "message": f"a key must be at most {longest} characters long and of the form `{pattern}`",
    }


def _structural(schema: Mapping[str, Any], definitions: Mapping[str, Any], path: str) -> Schema:
    given = dict(schema)
    if reference := given.pop("$ref", None):
        given = {**definitions[reference.removeprefix("#/$defs/")], **given}
    said = dict(_translated(given))
    if strange := said.keys() - set(KEYWORDS):
        raise ValueError(f"{path}: a structural schema has no {', '.join(sorted(strange))}")
    for name in ("items", "additionalProperties"):
        if name in said:
            said[name] = _structural(said[name], definitions, f"{path}.{name}")
    if "properties" in said:
        said["properties"] = {
            name: _structural(child, definitions, f"{path}.{name}") for name, child in said["properties"].items()
        }
        for name, child in said["properties"].items():
            if name not in said.get("required", ()) and _may_be_empty(child):
                child["x-kubernetes-map-type"] = "atomic"
    return {keyword: said[keyword] for keyword in KEYWORDS if keyword in said}


def _may_be_empty(child: Schema) -> bool:
    """Whether `{}` says something that absence does not, and the API server fills it.

    Of such a field Argo CD's second server-side apply makes nothing, and the third makes it again: the API server
    (v1.35.4) counts an empty mapping with defaults in it as one that nobody has asked for any more. With it would go an
    add-on's identity. As a whole that somebody owns it stays.
    """
    return (
        "properties" in child
        and "default" not in child
        and not child.get("required")
        and any("default" in item for item in child["properties"].values())
    )


def _translated(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword, value in schema.items():
        match keyword, value:
            case ("title", _) | ("additionalProperties", False) | ("default", None):
                # unknown fields are pruned or refused by the API server; `additionalProperties` beside `properties`
                # is no structural schema
                pass
            case "description", _:
                yield keyword, " ".join(value.split())
            case "const", _:
                yield "enum", [value]
            case (("exclusiveMinimum" | "exclusiveMaximum"), _):
                yield from ((EXCLUSIVE[keyword], value), (keyword, True))
            case _:
                yield keyword, value
