"""The messages of `crossplane internal render`, as far as a composite resource needs them.

Described here instead of compiled by protoc: generated code would tie the tests to one major version of
protobuf, which the function SDK pins and moves.

Source: github.com/crossplane/crossplane v2.4.0 `proto/render/v1alpha1/render.proto`. What is left out
(metadata, operations, schemas) stays unset, or is skipped when read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2

PACKAGE = "crossplane.render.v1alpha1"

_Field = descriptor_pb2.FieldDescriptorProto
STRUCT = ".google.protobuf.Struct"
REPEATED = "repeated "

# Message: field: (number, type).
MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "RenderRequest": {"composite": (2, "CompositeInput")},
    "RenderResponse": {"composite": (2, "CompositeOutput")},
    "FunctionInput": {"name": (1, "string"), "address": (2, "string")},
    "Event": {"type": (1, "string"), "reason": (2, "string"), "message": (3, "string")},
    "CompositeInput": {
        "composite_resource": (1, STRUCT),
        "composition": (2, STRUCT),
        "functions": (3, REPEATED + "FunctionInput"),
        "observed_resources": (4, REPEATED + STRUCT),
        "required_resources": (5, REPEATED + STRUCT),
        "composite_resource_definition": (8, STRUCT),
    },
    "CompositeOutput": {
        "composite_resource": (1, STRUCT),
        "composed_resources": (2, REPEATED + STRUCT),
        "deleted_resources": (3, REPEATED + STRUCT),
        "events": (4, REPEATED + "Event"),
        "required_resources": (5, REPEATED + STRUCT),
    },
}


def _field(name: str, number: int, type_: str) -> descriptor_pb2.FieldDescriptorProto:
    label = _Field.LABEL_REPEATED if type_.startswith(REPEATED) else _Field.LABEL_OPTIONAL
    type_ = type_.removeprefix(REPEATED)
    if type_ == "string":
        return _Field(name=name, number=number, label=label, type=_Field.TYPE_STRING)
    type_name = type_ if type_.startswith(".") else f".{PACKAGE}.{type_}"
    return _Field(name=name, number=number, label=label, type=_Field.TYPE_MESSAGE, type_name=type_name)


def _messages() -> Mapping[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="render.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[struct_pb2.DESCRIPTOR.name],
        message_type=[
            descriptor_pb2.DescriptorProto(
                name=message, field=[_field(name, number, type_) for name, (number, type_) in fields.items()]
            )
            for message, fields in MESSAGES.items()
        ],
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClassesForFiles([file.name], pool)


_classes = _messages()
RenderRequest: Any = _classes[f"{PACKAGE}.RenderRequest"]
RenderResponse: Any = _classes[f"{PACKAGE}.RenderResponse"]
