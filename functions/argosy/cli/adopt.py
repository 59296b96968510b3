"""`argosy adopt`: objects of another engine for what a living cluster has on AWS, step by step (docs/claims.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from argosy.catalog import ENGINES
from argosy.cli.options import documents, to_yaml
from argosy.cli.request import key_of
from argosy.engines.base import Engine, Kind
from argosy.function import credentials
from argosy.input import ProviderConfigRef
from argosy.plan import shown
from argosy.settle import EXTERNAL_NAME
from argosy.simulator.server import CLAIM_NAMESPACE

TAKERS = {name: engine.refer for name, engine in ENGINES.items() if engine.refer is not None}
"""By name of an engine whose objects can observe first, how they refer to their credentials."""
PAUSED = "crossplane.io/paused"
REFERENCES = ("Ref", "Refs", "Selector")
"""Ends of the names of fields by which the provider fills others."""
MOST = 5
"""Objects that a refusal names: a claim that has just begun has composed none of dozens."""
PROVIDERS_TAGS = frozenset({"crossplane-kind", "crossplane-name", "crossplane-providerconfig"})
"""Tags that the provider writes for itself (upjet v2, pkg/config/resource.go); each kind has others."""


class _Refused(Exception):  # noqa: N818  (a report to the person at the command line)
    """An object cannot be adopted, or not yet."""


@click.command(short_help="Print what takes a living cluster over from one package to the other.")
@click.argument("path", metavar="PATH")
@click.option("--engine", type=click.Choice(tuple(TAKERS)), required=True, help="The engine that takes over.")
@click.option(
    "--step",
    type=click.Choice(["observe", "hold", "release"]),
    required=True,
    help="observe: look at what there is on AWS. hold: leave it alone, whatever is asked for. release: only what the "
    "composite asks for counts.",
)
def adopt(path: str, engine: str, step: str) -> None:
    """Print objects of another engine for the managed resources in PATH (a file, or - for standard input).

    For observe and hold PATH has the objects that are there, for release those that hold; both as
    `kubectl get managed -o yaml` prints them. What is printed is for server-side apply with one field manager of its
    own, so that each step takes back what the one before has said. docs/claims.md tells when to do what.
    """
    found = [document for document in documents([path]) if not _is_passed_over(document.value)]
    if not found:
        raise click.UsageError(f"{path} has no managed resource of the AWS provider")
    printed, refused = [], []
    for document in found:
        try:
            printed.append(_step(document.value, ENGINES[engine], step))
        except _Refused as problem:
            refused.append(f"{document.place('metadata.name')}: {_name(document.value)} {problem}")
    if refused:
        # half a list would leave the rest with nobody, unnoticed
        more = [f"and {len(refused) - MOST} more"] if len(refused) > MOST else []
        raise click.ClickException("\n".join((*refused[:MOST], *more)))
    click.echo(to_yaml(printed), nl=False)


def _step(item: Mapping[str, Any], engine: Engine, step: str) -> dict[str, Any]:
    if step == "release":
        return _released(item, engine)
    adopted = _observed(item, engine)
    if step == "hold":
        adopted["metadata"]["annotations"][PAUSED] = "true"
    return adopted


def _is_passed_over(value: Any) -> bool:
    """Objects and Usages are the same for every engine."""
    api_version = value.get("apiVersion") if isinstance(value, Mapping) else None
    groups = {kind.group for engine in ENGINES.values() for kind in engine.emits if not _is_aws(kind, engine)}
    return isinstance(api_version, str) and api_version.partition("/")[0] in groups


def _is_aws(kind: Kind, engine: Engine) -> bool:
    return kind.group.endswith(engine.groups)


def _observed(item: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """An object that looks at the same thing on AWS, and does no more."""
    if not _is_ready(item):
        raise _Refused("is not Ready: wait until it is, or find out why it is not")
    namespace = _namespace(item)
    adopted = _head(item, _counterpart(item, engine), namespace)
    # what identifies a thing that has no name of its own, such as a route, stands in its fields
    fields = _without_references(item["spec"]["forProvider"])
    if "tags" in fields:
        fields["tags"] = {name: tag for name, tag in fields["tags"].items() if name not in PROVIDERS_TAGS}
    adopted["spec"] = {
        "managementPolicies": ["Observe"],
        "providerConfigRef": TAKERS[engine.name](credentials(engine, ProviderConfigRef(), namespace)),
        "forProvider": fields,
    }
    return adopted


def _released(item: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Nothing but whose object it is: all that the steps before have said goes."""
    kind = next((kind for kind in engine.emits if _is_aws(kind, engine) and _is_of(item, kind)), None)
    if kind is None:
        raise _Refused(
            f"is none of engine {engine.name}: release takes the objects that hold, of the engine that takes over"
        )
    owners = item["metadata"].get("ownerReferences") or []
    if key_of(item) is None or not any(owner.get("controller") for owner in owners):
        raise _Refused("is composed by nobody: wait until the claim has come to it, or find out why it does not")
    there = (item.get("status") or {}).get("atProvider")
    if not there:
        raise _Refused("does not tell what there is on AWS: take it back to step observe")
    for path, asked, told in _differences(_without_references(item["spec"]["forProvider"]), there):
        values = shown(f"{json.dumps(asked)}, and AWS has {json.dumps(told)}", 200)
        raise _Refused(
            f"asks for another {path} than there is: {values}; write in the claim what AWS has. Where both say the "
            "same in other words, take the field out of the file"
        )
    return _head(item, kind, item["metadata"].get("namespace", ""))


def _head(item: Mapping[str, Any], kind: Kind, namespace: str) -> dict[str, Any]:
    metadata = item["metadata"]
    name = (metadata.get("annotations") or {}).get(EXTERNAL_NAME)
    if not name:
        raise _Refused(f"has no annotation {EXTERNAL_NAME}, so nobody could find it on AWS")
    where = {"namespace": namespace} if kind.namespaced else {}
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"name": metadata["name"], **where, "annotations": {EXTERNAL_NAME: name}},
    }


def _counterpart(item: Mapping[str, Any], engine: Engine) -> Kind:
    """The engine's kind for the same thing on AWS."""
    group = _group(item)
    if group.endswith(engine.groups):
        raise _Refused(f"is one of engine {engine.name} already: name the engine that takes over")
    known = {found.group for name in TAKERS for found in ENGINES[name].emits}
    for kind in engine.emits if group in known else ():
        if _is_aws(kind, engine) and (kind.group.partition(".")[0], kind.kind) == (
            group.partition(".")[0],
            item["kind"],
        ):
            return kind
    raise _Refused(f"has no counterpart of engine {engine.name}")


def _namespace(item: Mapping[str, Any]) -> str:
    """The namespace of the claim."""
    metadata = item["metadata"]
    found = metadata.get("namespace") or (metadata.get("labels") or {}).get(CLAIM_NAMESPACE)
    if not found:
        raise _Refused(f"has neither a namespace nor the label {CLAIM_NAMESPACE}: no claim has made it")
    return str(found)


def _is_ready(item: Mapping[str, Any]) -> bool:
    conditions = (item.get("status") or {}).get("conditions") or []
    return any((one.get("type"), one.get("status")) == ("Ready", "True") for one in conditions)


def _is_of(item: Mapping[str, Any], kind: Kind) -> bool:
    return (_group(item), item.get("kind")) == (kind.group, kind.kind)


def _group(item: Mapping[str, Any]) -> str:
    return str(item.get("apiVersion")).partition("/")[0]


def _name(item: Mapping[str, Any]) -> str:
    return f"{item.get('kind')}.{_group(item)} {item['metadata'].get('name')}"


def _without_references(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_references(one) for name, one in value.items() if not name.endswith(REFERENCES)}
    return [_without_references(one) for one in value] if isinstance(value, list) else value


def _differences(asked: Any, there: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any, Any]]:
    """Fields that are asked for otherwise than they are; what AWS does not tell is none."""
    if isinstance(asked, Mapping) and isinstance(there, Mapping):
        for name, value in asked.items():
            if there.get(name) is not None:
                yield from _differences(value, there[name], (*path, name))
    elif not _is_same(asked, there):
        yield ".".join(path), asked, there


def _is_same(asked: Any, there: Any) -> bool:
    """Whether two values say the same: lists of AWS are sets, and policies are JSON that it writes in its own way."""
    if isinstance(asked, list) and isinstance(there, list):
        return len(asked) == len(there) and all(any(_fits(one, other) for other in there) for one in asked)
    if isinstance(asked, str) and isinstance(there, str) and asked.startswith("{"):
        try:
            return bool(json.loads(asked) == json.loads(there))
        except ValueError:
            return asked == there
    return bool(asked == there)


def _fits(asked: Any, there: Any) -> bool:
    return next(_differences(asked, there), None) is None
