"""The ground of all claim models: strictness, camelCase, and rules that are written once.

A rule that spans fields must refuse a claim twice: at admission as CEL, so that `kubectl apply` says no, and in
the function, because an object that is already stored never meets admission again (safety 4.3). `Rule` holds
both, with one message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticKnownError


class Rule(NamedTuple):
    """One validation rule of a model.

    Attributes:
        cel: the rule for the API server; `self` is the object. None for what has no schema there: hub facts.
        message: what is wrong and what to write instead, one sentence.
        holds: the same rule for the function; None for transition rules (those with `oldSelf`), which
            `settle` enforces against what is observed.
    """

    cel: str | None
    message: str
    holds: Callable[[Any], bool] | None = None


class Model(BaseModel):
    """A claim model: unknown fields are refused, attribute docstrings are the descriptions."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,  # an API server takes neither "no" for a boolean nor "7" for a number
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @field_validator("*", mode="after")
    @classmethod
    def _items_differ(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, list):
            return value
        extra = cls.model_fields[info.field_name or ""].json_schema_extra
        if not isinstance(extra, dict):
            return value
        keys = extra.get("x-kubernetes-list-map-keys")
        names = [_identity(item, keys) for item in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)} stands twice; name each one once")
        return value

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        for rule in self.rules:
            if rule.holds is not None and not rule.holds(self):
                raise ValueError(rule.message)
        return self


def _identity(item: object, keys: Any) -> str:
    """What tells an item of a list apart: itself in a set, its key fields in a map."""
    if not isinstance(item, Model):
        return str(item)
    named = item.model_dump(by_alias=True)
    return "/".join(str(named[key]) for key in keys)


CEL_NAMESPACE = "__namespace__"
"""How CEL spells a field called `namespace`, which is a word of its own there: with the bare name an API server
knows no bound of it and refuses the whole XRD for the rule's cost (k8s.io/apiserver v0.35, pkg/cel/escaping.go)."""


def immutable(field: str) -> Rule:
    """A transition rule for one field that can never change once the object exists (safety 5.3)."""
    name = CEL_NAMESPACE if field == "namespace" else field
    return Rule(
        cel=f"has(self.{name}) == has(oldSelf.{name}) && (!has(self.{name}) || self.{name} == oldSelf.{name})",
        message=f"{field} can never change; make a new one with another name and move over",
    )


def list_map(*keys: str) -> dict[str, Any]:
    """Schema extras of a list whose items are told apart by `keys`, never by position (REL-05)."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


NUMBER = BeforeValidator(_no_boolean)
"""For a Literal of numbers: in Python True is 1, which an API server refuses."""

LIST_SET: dict[str, Any] = {"x-kubernetes-list-type": "set"}

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", min_length=1, max_length=20)]
"""A short name below the claim; it becomes part of keys and of AWS names. RDS takes no two hyphens in a row."""

LabelValue = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", min_length=1, max_length=63)
]
"""A Kubernetes label value."""

KubernetesName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=63)
]
"""A DNS label, as namespaces have."""

ServiceAccountName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", min_length=1, max_length=63)
]
"""The name of a service account."""

_PARTITION = r"aws(-[a-z]+)*"
_PATH_AND_NAME = r"([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]+"

RoleArn = Annotated[
    str,
    StringConstraints(pattern=rf"^arn:{_PARTITION}:iam::[0-9]{{12}}:role/{_PATH_AND_NAME}$", max_length=512),
]
"""ARN of an IAM role; users, root and `*` are no principals here (SEC-08)."""

PolicyArn = Annotated[
    str,
    StringConstraints(pattern=rf"^arn:{_PARTITION}:iam::([0-9]{{12}}|aws):policy/{_PATH_AND_NAME}$", max_length=512),
]
"""ARN of an IAM policy, AWS managed or of the claim's account."""

HostedZoneArn = Annotated[
    str, StringConstraints(pattern=rf"^arn:{_PARTITION}:route53:::hostedzone/[A-Z0-9]+$", max_length=128)
]
"""ARN of one Route 53 hosted zone."""

SecretArn = Annotated[
    str,
    StringConstraints(
        pattern=rf"^arn:{_PARTITION}:secretsmanager:[a-z0-9-]+:[0-9]{{12}}:secret:[A-Za-z0-9/_+=.@!-]+\*?$",
        max_length=512,
    ),
]
"""ARN of a Secrets Manager secret, or of a prefix with one `*` at its end."""

ParameterArn = Annotated[
    str,
    StringConstraints(
        pattern=rf"^arn:{_PARTITION}:ssm:[a-z0-9-]+:[0-9]{{12}}:parameter/[A-Za-z0-9/_.-]+\*?$", max_length=512
    ),
]
"""ARN of a Systems Manager parameter, or of a prefix with one `*` at its end."""

KeyArn = Annotated[
    str,
    StringConstraints(pattern=rf"^arn:{_PARTITION}:kms:[a-z0-9-]+:[0-9]{{12}}:key/[a-z0-9-]+$", max_length=256),
]
"""ARN of a KMS key."""

Retention = Annotated[
    Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
    NUMBER,
]
"""Days that CloudWatch Logs accepts for retention (PutRetentionPolicy)."""

Count = Annotated[int, Field(ge=0, le=1000)]
"""A number of nodes."""
