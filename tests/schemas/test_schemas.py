"""The schema check must refuse what an API server refuses; each way of passing too much has a test."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.catalog import ENGINES
from tests.schemas import compact
from tests.schemas.rules import Rule
from tests.schemas.schemas import Schema, violations
from tests.schemas.structural import Node, Walk
from tests.schemas.structurality import structural_errors
from tests.tools.build import built

FILES = sorted(compact.CRDS.glob("*.yaml"))
SAMPLES: list[dict[str, Any]] = list(yaml.safe_load_all((Path(__file__).parent / "samples.yaml").read_text()))


def sample(kind: str) -> dict[str, Any]:
    """Return a fresh valid object of a kind."""
    return copy.deepcopy(next(obj for obj in SAMPLES if obj["kind"] == kind))


def problems(schema: Mapping[str, Any], value: Any) -> list[str]:
    """Judge a value against a bare schema, CEL rules included."""
    walk = Walk()
    Node(schema).check(value, "", walk)
    return walk.problems or [message for rule, _, item in walk.rules if (message := rule.failure(item))]


# Reducing


PROSE = {"description": "for people", "example": 1, "title": "Title"}
VALIDITY: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "description": {"type": "string"},
        "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 8},
        "mode": {"type": "string", "enum": ["A", "B"], "default": "A"},
        "count": {"type": "integer", "format": "int32", "minimum": 1, "nullable": True},
        "port": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
        "raw": {
            "type": "object",
            "x-kubernetes-embedded-resource": True,
            "x-kubernetes-preserve-unknown-fields": True,
        },
        "tags": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "x-kubernetes-map-type": "granular",
        },
        "list": {
            "type": "array",
            "items": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}},
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["key"],
        },
    },
    "oneOf": [{"required": ["mode"]}, {"required": ["count"]}],
    "x-kubernetes-validations": [{"rule": "self.name != 'x'", "message": "not x"}],
}


def with_prose(schema: Any) -> Any:
    """Add prose wherever a schema stands."""
    result = schema | PROSE
    if "properties" in schema:
        result["properties"] = {name: with_prose(child) for name, child in schema["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            result[keyword] = with_prose(schema[keyword])
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            result[keyword] = [with_prose(part) for part in schema[keyword]]
    return result


def published() -> dict[str, Any]:
    """Return a definition as a provider publishes it: prose, a webhook, versions that are not served."""
    column = {"name": "AGE", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    version = {
        "additionalPrinterColumns": [column | {"description": "for people"}],
        "schema": {"openAPIV3Schema": with_prose(VALIDITY)},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.org", "annotations": {"controller-gen": "v1"}},
        "spec": {
            "conversion": {"strategy": "Webhook"},
            "group": "example.org",
            "names": {"kind": "Thing", "plural": "things"},
            "scope": "Namespaced",
            "versions": [
                version | {"name": "v1alpha1", "served": False, "storage": False},
                version | {"name": "v1", "served": True, "storage": True},
                version | {"name": "v2", "served": True, "storage": False},
            ],
        },
    }


def test_reducing_keeps_all_that_decides_validity_and_no_prose() -> None:
    reduced = compact.compact(published(), every_version=False)

    assert reduced["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == VALIDITY
    assert "for people" not in json.dumps(reduced)


def test_reducing_keeps_what_an_api_server_needs_and_drops_the_webhook() -> None:
    reduced = compact.compact(published(), every_version=False)

    assert reduced["metadata"] == {"name": "things.example.org"}
    assert sorted(reduced["spec"]) == ["group", "names", "scope", "versions"]
    assert reduced["spec"]["versions"][0]["subresources"] == {"status": {}}


@pytest.mark.parametrize(("every_version", "kept"), [(False, ["v1"]), (True, ["v1", "v2"])])
def test_reducing_keeps_the_stored_version_or_every_served_one(*, every_version: bool, kept: list[str]) -> None:
    reduced = compact.compact(published(), every_version=every_version)

    assert [version["name"] for version in reduced["spec"]["versions"]] == kept


@pytest.mark.parametrize("text", ["n", "on", "null", "1", "a: b", "", "*", "- a", "#", "é", "a\nb", "x" * 200])
def test_a_written_string_is_read_as_the_same_string(text: str) -> None:
    value = {"key": [{text: text}, [text]], "other": {"long": ["y" * 100, text]}}

    assert yaml.safe_load(compact.to_yaml(value)) == value


def test_a_kind_that_no_folder_defines_is_an_error_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compact.main([str(tmp_path)]) == 1
    assert "VPC.ec2.aws.m.upbound.io" in capsys.readouterr().err


# What is checked in


def test_each_listed_kind_has_a_file_and_each_file_is_listed() -> None:
    definitions = {path: yaml.safe_load(path.read_text()) for path in FILES}
    listed = sorted((kind.group, kind.kind, f"# {kind.source} ") for kind in compact.kinds())

    assert listed == sorted(
        (crd["spec"]["group"], crd["spec"]["names"]["kind"], path.read_text()[: path.read_text().index("(")])
        for path, crd in definitions.items()
    )
    assert [path.name for path in FILES] == [compact.file_name(crd) for crd in definitions.values()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_a_structural_definition_as_the_script_writes_it(path: Path) -> None:
    header, text = path.read_text().split("\n", 1)
    crd = yaml.safe_load(text)

    assert compact.to_yaml(crd) == text, header
    assert crd["metadata"]["name"] == f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
    assert sum(version["storage"] for version in crd["spec"]["versions"]) == 1
    for version in crd["spec"]["versions"]:
        assert structural_errors(version["schema"]["openAPIV3Schema"]) == []
        Schema(crd, version["name"])


# Judging


@pytest.mark.parametrize("obj", SAMPLES, ids=lambda obj: obj["kind"])
def test_a_valid_object_passes_and_is_not_changed(obj: dict[str, Any]) -> None:
    before = copy.deepcopy(obj)

    assert violations(obj) == []
    assert obj == before


def test_a_kind_without_a_schema_is_a_violation() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    old_version = sample("Subnet") | {"apiVersion": "ec2.aws.m.upbound.io/v1beta2"}

    assert violations(secret) == ["Secret s: no schema of v1: add the kind to tests/schemas/kinds.yaml"]
    assert len(violations(old_version)) == 1


def test_an_unknown_field_is_a_violation() -> None:
    subnet = sample("Subnet")
    subnet["spec"]["forProvider"]["vpcIdRef"]["resolve"] = "Always"

    assert violations(subnet) == ["Subnet orders-prod-private-a: spec.forProvider.vpcIdRef.resolve: unknown field"]


def test_a_missing_required_field_is_a_violation() -> None:
    subnet = sample("Subnet")
    del subnet["spec"]["forProvider"]["region"]

    assert violations(subnet) == ["Subnet orders-prod-private-a: spec.forProvider: region is required"]


def test_a_value_outside_an_enum_is_a_violation() -> None:
    subnet = sample("Subnet")
    subnet["spec"]["forProvider"]["vpcIdRef"]["policy"]["resolve"] = "always"

    assert len(violations(subnet)) == 1
    assert "spec.forProvider.vpcIdRef.policy.resolve: must be one of" in violations(subnet)[0]


def test_a_parameter_that_only_cel_requires_is_a_violation_unless_the_object_is_only_observed() -> None:
    instance = sample("Instance")
    del instance["spec"]["forProvider"]["instanceClass"]

    assert violations(instance) == ["Instance orders: spec: spec.forProvider.instanceClass is a required parameter"]
    assert violations(instance | {"spec": instance["spec"] | {"managementPolicies": ["Observe"]}}) == []
    instance["spec"]["initProvider"] = {"instanceClass": "db.t4g.medium"}
    assert violations(instance) == []


def test_a_status_is_judged_too() -> None:
    subnet = sample("Subnet")
    subnet["status"]["atProvider"]["arnn"] = "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0"
    del subnet["status"]["conditions"][0]["reason"]

    assert violations(subnet) == [
        "Subnet orders-prod-private-a: status.atProvider.arnn: unknown field",
        "Subnet orders-prod-private-a: status.conditions[0]: reason is required",
    ]


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ({"label": {"a": "b"}}, "metadata.label"),
        ({"name": "Orders"}, "metadata.name"),
        ({"name": "orders\n"}, "metadata.name"),
        ({"labels": {"a": "x" * 64}}, "metadata.labels[a]"),
        ({"labels": {"a": 1}}, "metadata.labels[a]"),
        ({"labels": {"a b": "c"}}, "metadata.labels[a b]"),
        ({"annotations": {"a/b/c": "d"}}, "metadata.annotations[a/b/c]"),
        ({"annotations": {"a": "x" * 262144}}, "metadata.annotations"),
        ({"ownerReferences": [{"kind": "X", "name": "x", "uid": "1"}]}, "metadata.ownerReferences[0]"),
    ],
)
def test_metadata_that_is_not_object_meta_is_a_violation(metadata: dict[str, Any], path: str) -> None:
    found = violations(sample("Subnet") | {"metadata": {"namespace": "team", **metadata}})

    assert len(found) == 1
    assert f": {path}: " in found[0]


def test_an_embedded_object_may_hold_anything_but_wrong_metadata() -> None:
    obj = sample("Object")
    obj["spec"]["forProvider"]["manifest"] |= {"anything": {"goes": 1}}
    assert violations(obj) == []

    obj["spec"]["forProvider"]["manifest"]["metadata"]["labels"]["a"] = "not a label"
    assert [": spec.forProvider.manifest.metadata.labels[a]: " in text for text in violations(obj)] == [True]


@pytest.mark.parametrize(
    ("kind", "api_version"),
    [("ClusterProviderConfig", "aws.m.upbound.io/v1beta1"), ("ProviderConfig", "aws.upbound.io/v1beta1")],
)
def test_a_cluster_scoped_kind_has_no_namespace(kind: str, api_version: str) -> None:
    config = sample("ProviderConfig") | {"kind": kind, "apiVersion": api_version}

    assert violations(config) == [f"{kind} argosy: metadata.namespace: is not allowed: the kind is cluster-scoped"]
    del config["metadata"]["namespace"]
    assert violations(config) == []


@pytest.mark.parametrize("kind", ["Subnet", "Object", "Usage"])
def test_a_namespaced_kind_has_a_namespace(kind: str) -> None:
    item = sample(kind)
    name = item["metadata"]["name"]
    del item["metadata"]["namespace"]

    assert violations(item) == [f"{kind} {name}: metadata.namespace: is required: the kind is namespaced"]
    item["metadata"]["namespace"] = ""
    assert f"{kind} {name}: metadata.namespace: is required: the kind is namespaced" in violations(item)


def test_what_an_object_carries_is_judged_too() -> None:
    obj, usage = sample("Object"), sample("ClusterUsage")
    obj["spec"]["forProvider"]["manifest"] = usage
    assert violations(obj) == []
    del usage["spec"]["of"]
    assert violations(obj) == ["ClusterUsage namespace: spec: of is required"]


def listed(table: str) -> set[tuple[str, str]]:
    """Return the kinds of a part of `kinds.yaml`, with their groups."""
    entries = yaml.safe_load(compact.KINDS.read_text())[table]
    return {(group, kind) for entry in entries for group, kinds in entry["groups"].items() for kind in kinds}


def test_schemas_of_exactly_the_kinds_that_we_emit_are_checked_in() -> None:
    assert listed("emitted") == {(kind.group, kind.kind) for engine in ENGINES.values() for kind in engine.emits}


def test_of_the_aws_provider_the_same_kinds_of_both_scopes_are_emitted() -> None:
    aws = {(group, kind) for group, kind in listed("emitted") if group.endswith(".upbound.io")}
    namespaced = {(group, kind) for group, kind in aws if group.endswith(".aws.m.upbound.io")}

    assert aws - namespaced == {(group.replace(".aws.m.", ".aws."), kind) for group, kind in namespaced}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer"}, 3.0, 3.5),
        ({"type": "integer"}, 3, True),
        ({"type": "integer", "format": "int32"}, 2**31 - 1, 2**31),
        ({"type": "integer", "minimum": 1}, 1, 0),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 2, 1),
        ({"type": "number", "maximum": 1}, 1, 1.1),
        ({"type": "number", "multipleOf": 0.5}, 1.5, 1.6),
        ({"type": "string", "pattern": "^a$"}, "a", "a\n"),
        ({"type": "string", "minLength": 2}, "ab", "a"),
        ({"type": "string", "format": "byte"}, "YQ==", "YQ"),
        ({"type": "string", "format": "date-time"}, "2026-01-01T00:00:00Z", "2026-01-01 00:00"),
        ({"type": "string", "format": "cidr"}, "10.0.0.0/8", "10.0.0.0"),
        ({"type": "string", "nullable": True}, None, 1),
        ({"type": "string"}, "a", None),
        ({"type": "boolean", "enum": [True]}, True, False),
        ({"type": "array", "items": {"type": "string"}}, ["a"], [1]),
        ({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}, ["a"], ["a", "a"]),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a"], ["a", "b"]),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": "b"}, {"a": 1}),
        ({"type": "object"}, {}, {"a": 1}),
        ({"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}, {"a": "b"}, {}),
        (
            VALIDITY | {"oneOf": [{}]},
            {"name": "a", "port": "http"},
            {"name": "a", "port": 1.5},
        ),
        (
            VALIDITY | {"oneOf": [{}]},
            {"name": "a", "list": [{"key": "a"}]},
            {"name": "a", "list": [{"key": "a"}] * 2},
        ),
        (VALIDITY, {"name": "a"}, {"name": "a", "count": 1}),
        (VALIDITY | {"oneOf": [{}]}, {"name": "a"}, {"name": "x"}),
        ({"x-kubernetes-preserve-unknown-fields": True, "type": "object"}, {"a": [1]}, []),
    ],
)
def test_each_keyword_lets_good_values_pass_and_no_bad_one(schema: dict[str, Any], good: Any, bad: Any) -> None:
    assert problems(schema, good) == []
    assert len(problems(schema, bad)) == 1


def test_a_keyword_or_format_that_is_not_understood_is_an_error() -> None:
    with pytest.raises(ValueError, match="patternProperties"):
        Node({"type": "object", "patternProperties": {}})
    with pytest.raises(ValueError, match="isbn"):
        Node({"type": "string", "format": "isbn"})


@pytest.mark.parametrize(
    ("rule", "schema", "value", "passes"),
    [
        (
            "has(self.__namespace__)",
            {"properties": {"namespace": {"type": "string"}}},
            {"namespace": "a"},
            True,
        ),
        ("self.a__dash__b == 'c'", {"properties": {"a-b": {"type": "string"}}}, {"a-b": "c"}, True),
        ("self.all(k, self[k] == 'c')", {"additionalProperties": {"type": "string"}}, {"a-b": "c"}, True),
        (
            "self.plural == self.plural.lowerAscii()",
            {"properties": {"plural": {"type": "string"}}},
            {"plural": "A"},
            False,
        ),
        ("self == 2.0", {"type": "number"}, 2, True),
        ("self == 2", {"type": "integer"}, 2.0, True),
        ("duration(self) >= duration('60s')", {"type": "string"}, "5m", True),
        ("self.unknown()", {"type": "string"}, "a", False),
    ],
)
def test_cel_sees_values_as_their_schema_declares_them(
    *,
    rule: str,
    schema: dict[str, Any],
    value: Any,
    passes: bool,
) -> None:
    assert (Rule({"rule": rule}, schema).failure(value) is None) == passes


def test_a_rule_on_a_change_is_not_asked_about_one_object() -> None:
    schema = {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}

    assert problems(schema, "a") == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": {"type": "array"}}},
        {"type": "object", "properties": {"a": {"type": "string", "default": 1}}},
        {
            "type": "object",
            "properties": {"a": {"type": "string"}},
            "anyOf": [{"required": ["a"], "type": "object"}],
        },
        {"type": "object", "anyOf": [{"properties": {"a": {"maxLength": 1}}}]},
        {
            "type": "object",
            "properties": {
                "a": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"k": {"type": "string"}}},
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                }
            },
        },
    ],
)
def test_a_schema_that_is_not_structural_is_refused(schema: dict[str, Any]) -> None:
    assert len(structural_errors(schema)) == 1


# Against the library that an API server uses


BREAKS: dict[str, Any] = {
    "text": "zzz",
    "integer": 3,
    "number": -1.5,
    "object": {"a": 1},
    "list": [1],
    "null": None,
}


def mutants(obj: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Break each field of spec and status in turn; what was done, and the broken object."""
    for path in _paths({part: obj[part] for part in ("spec", "status") if part in obj}):
        for name, value in [*BREAKS.items(), ("missing", None), ("misspelt", None)]:
            result = copy.deepcopy(dict(obj))
            parent: Any = result
            for step in path[:-1]:
                parent = parent[step]
            if name in BREAKS:
                parent[path[-1]] = copy.deepcopy(value)
            else:
                removed = parent.pop(path[-1])
                if name == "misspelt" and isinstance(parent, dict):
                    parent[f"{path[-1]}X"] = removed
            yield f"{obj['kind']} {'.'.join(map(str, path))} {name}", result


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (key,)
        yield from ((key, *path) for path in _paths(item))


def is_stricter_here(what: str) -> bool:
    """Say where we refuse more than the library alone: what the API server checks beside it."""
    # The server checks ObjectMeta of embedded resources, the schema's validator does not; and the validator
    # takes a list for a string that has a format.
    return "manifest" in what or what.endswith("lastTransitionTime list")


@pytest.mark.tools
def test_the_librarys_verdict_on_every_broken_field_is_ours(tmp_path: Path) -> None:
    broken = [(what, obj) for sample in SAMPLES for what, obj in mutants(sample)]
    for index, (_, obj) in enumerate(broken):
        obj["metadata"] = obj["metadata"] | {"name": f"broken-{index}"}
    file = tmp_path / "broken.yaml"
    file.write_text("\n---\n".join(json.dumps(obj) for _, obj in broken))

    process = subprocess.run(
        [
            *(built("crossplane-cli"), "resource", "validate", compact.CRDS, file, "--output=json"),
            *("--crossplane-image=", f"--cache-dir={tmp_path}"),
        ],
        capture_output=True,
        check=False,
    )
    verdicts = {result["name"]: result for result in json.loads(process.stdout)["resources"]}

    assert len(verdicts) == len(broken)
    differences = [
        (what, violations(obj), verdicts[obj["metadata"]["name"]])
        for what, obj in broken
        if bool(violations(obj)) != (verdicts[obj["metadata"]["name"]]["status"] != "valid")
    ]
    assert [difference for difference in differences if not is_stricter_here(difference[0])] == []
    assert all(ours for _, ours, _ in differences), "we let pass what the library refuses"
