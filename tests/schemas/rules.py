"""CEL rules of a schema, evaluated as an API server does.

Upbound's kinds say only in CEL what is required (`spec.forProvider.engine is a required parameter`): a check
of types alone would pass objects that every hub refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.evaluation import CELEvalError

# How a rule has to spell a property's name. Source: k8s.io/apiserver v0.35 pkg/cel/escaping.go (Escape).
RESERVED = frozenset(
    (
        *("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if"),
        *("import", "let", "loop", "package", "namespace", "return", "var", "void", "while"),
    )
)
SYMBOLS = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}


def _lower_ascii(text: celtypes.StringType) -> celtypes.StringType:
    return celtypes.StringType(re.sub("[A-Z]+", lambda match: match.group().lower(), text))


# What Kubernetes adds to CEL and cel-python lacks, as far as rules in use call for it. A rule that calls
# anything else reports itself: `cannot evaluate`.
FUNCTIONS: Mapping[str, Callable[..., celtypes.Value]] = {"lowerAscii": _lower_ascii}

ENVIRONMENT = celpy.Environment()
"""Made here and not in a test: it raises Python's recursion limit, which Hypothesis takes for the test's own doing."""


class Rule:
    """One entry of `x-kubernetes-validations`, compiled once."""

    def __init__(self, validation: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
        """Compile a rule.

        Args:
            validation: An entry of `x-kubernetes-validations`.
            schema: The schema it stands in: it says which fields of a value the rule sees, and their types.
        """
        self._rule: str = validation["rule"]
        self._message: str = validation.get("message") or f"failed rule: {self._rule.strip()}"
        self._schema = schema
        self._program = ENVIRONMENT.program(ENVIRONMENT.compile(self._rule), functions=dict(FUNCTIONS))
        # The same spec comes back in every pass of a test, and an evaluation costs half a millisecond.
        self._cached = lru_cache(maxsize=4096)(self._evaluate)

    def failure(self, value: Any) -> str | None:
        """Judge a value that already has the right structure.

        Returns:
            None, or what is wrong: the rule's own message, or why it cannot be evaluated (a failure on a
            server too).
        """
        return self._cached(json.dumps(value))

    def _evaluate(self, value: str) -> str | None:
        try:
            passed = self._program.evaluate({"self": to_cel(json.loads(value), self._schema)})
        except CELEvalError as error:
            return f"cannot evaluate rule {self._rule.strip()!r}: {error.args[0]}"
        return None if passed else self._message


def compile_rules(schema: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Compile the rules of one schema, but not those on a change (`oldSelf`): one object has no past."""
    return tuple(
        Rule(validation, schema)
        for validation in schema.get("x-kubernetes-validations", ())
        if not re.search(r"\boldSelf\b", validation["rule"])
    )


def escape(name: str) -> str:
    """Spell a property's name as a CEL rule has to: `namespace` is `__namespace__`, `a-b` is `a__dash__b`."""
    if name in RESERVED:
        return f"__{name}__"
    return re.sub("__|[-./]", lambda match: SYMBOLS[match.group()], name)


def to_cel(value: Any, schema: Mapping[str, Any]) -> Any:
    """Give a value the CEL type that its schema declares.

    A map's keys stay as they are, a property's name is escaped; what the schema does not declare is out of
    a rule's sight, as on a server.
    """
    match value:
        case dict():
            return celtypes.MapType(
                {celtypes.StringType(name): to_cel(item, child) for name, item, child in _members(value, schema)}
            )
        case list():
            return celtypes.ListType([to_cel(item, schema.get("items", {})) for item in value])
        case bool() | None:
            return json_to_cel(value)
        case int() | float():
            return celtypes.DoubleType(value) if schema.get("type") == "number" else celtypes.IntType(value)
        case _:
            return _string(value, schema.get("format"))


def _members(value: Mapping[str, Any], schema: Mapping[str, Any]) -> list[tuple[str, Any, Mapping[str, Any]]]:
    additional = schema.get("additionalProperties")
    if additional is not None:
        child = additional if isinstance(additional, Mapping) else {}
        return [(key, item, child) for key, item in value.items()]
    properties = schema.get("properties", {})
    return [(escape(key), item, properties[key]) for key, item in value.items() if key in properties]


def _string(value: str, form: str | None) -> Any:
    match form:
        case "date-time":
            return celtypes.TimestampType(value)
        case "duration":
            return celtypes.DurationType(value)
        case _:
            return celtypes.StringType(value)
