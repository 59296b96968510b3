"""Requests to the function as Crossplane would send them, and answers as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.catalog import ENGINES
from argosy.function import answer, fill
from argosy.input import HUB_FACTS_NAME, INPUT_GROUP, INPUT_VERSION
from argosy.observed import struct_of

KEY_ANNOTATION = "crossplane.io/composition-resource-name"
ENGINE_NAMES = tuple(ENGINES)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the function answers.

    Attributes:
        desired: composed resources by composition-resource name, sorted.
        ready: names of those that are ready.
        status: status of the claim.
        conditions: conditions as in a status, without times.
        results: severity, reason and message of each.
        fatal: the message if the claim is refused, else None.
        finished: False if the function says that the claim is not ready whatever its resources are.
        ttl_seconds: until the next call.
    """

    desired: dict[str, dict[str, Any]]
    ready: frozenset[str]
    status: dict[str, Any]
    conditions: list[dict[str, str]]
    results: list[dict[str, str]]
    fatal: str | None
    finished: bool
    ttl_seconds: int


@dataclass(kw_only=True)
class Caller:
    """Calls the function for one claim again and again, as Crossplane does.

    Attributes:
        claim: the composite, with the status of the last call.
        engine: name of the engine.
        required: objects of the hub, of which Composition and function ask for some: the EnvironmentConfig with its
            facts, Applications.
    """

    claim: dict[str, Any]
    engine: str
    required: list[dict[str, Any]] = field(default_factory=list)

    def call(self, observed: Iterable[Mapping[str, Any]]) -> Answer:
        """One call; the claim's status is not touched."""
        return ask(build_request(self.claim, self.engine, observed, self.required), self.required)

    def remember(self, told: Answer) -> None:
        """Takes the status and the conditions of an answer into the claim, as Crossplane does."""
        self.claim = {**self.claim, "status": {**told.status, "conditions": told.conditions}}


def ask(request: fnv1.RunFunctionRequest, hub: Iterable[Mapping[str, Any]]) -> Answer:
    """Calls the function until it knows what it asks for, as Crossplane does.

    Args:
        request: the first one; what is asked for is added to it.
        hub: objects of the hub.
    """
    reply = answer(request)
    while missing := sorted(set(reply.requirements.resources) - set(request.required_resources)):
        for name in missing:
            selector = reply.requirements.resources[name]
            request.required_resources[name].SetInParent()
            for item in hub:
                if _selects(selector, item):
                    fill(request.required_resources[name].items.add().resource, dict(item))
        reply = answer(request)
    return read_answer(reply)


def _selects(selector: fnv1.ResourceSelector, item: Mapping[str, Any]) -> bool:
    metadata = item.get("metadata") or {}
    labels = metadata.get("labels") or {}
    return (
        (item.get("apiVersion"), item.get("kind")) == (selector.api_version, selector.kind)
        and metadata.get("namespace", "") == selector.namespace
        and all(labels.get(key) == value for key, value in selector.match_labels.labels.items())
    )


def build_request(
    claim: Mapping[str, Any],
    engine: str,
    observed: Iterable[Mapping[str, Any]],
    required: Iterable[Mapping[str, Any]],
) -> fnv1.RunFunctionRequest:
    """The request for one claim.

    Raises:
        ValueError: for an observed object without composition-resource name, or with one that another has too.
    """
    request = fnv1.RunFunctionRequest()
    request.meta.tag = "argosy"
    fill(request.input, {"apiVersion": f"{INPUT_GROUP}/{INPUT_VERSION}", "kind": "Input", "engine": engine})
    fill(request.observed.composite.resource, dict(claim))
    for item in observed:
        key = key_of(item)
        if key is None:
            name = (item.get("metadata") or {}).get("name")
            raise ValueError(f"{item.get('kind')} {name} has no annotation {KEY_ANNOTATION}")
        if key in request.observed.resources:
            raise ValueError(f"two objects have the annotation {KEY_ANNOTATION}: {key}")
        fill(request.observed.resources[key].resource, dict(item))
    facts = request.required_resources[HUB_FACTS_NAME]
    for item in required:
        if item.get("kind") == "EnvironmentConfig" and (item.get("metadata") or {}).get("name") == HUB_FACTS_NAME:
            fill(facts.items.add().resource, dict(item))
    return request


def key_of(item: Mapping[str, Any]) -> str | None:
    """The composition-resource name of an object, or None."""
    key = ((item.get("metadata") or {}).get("annotations") or {}).get(KEY_ANNOTATION)
    return key if isinstance(key, str) and key else None


def read_answer(reply: fnv1.RunFunctionResponse) -> Answer:
    """An answer as plain values."""
    severities = {fnv1.SEVERITY_FATAL: "Fatal", fnv1.SEVERITY_WARNING: "Warning", fnv1.SEVERITY_NORMAL: "Normal"}
    statuses = {fnv1.STATUS_CONDITION_TRUE: "True", fnv1.STATUS_CONDITION_FALSE: "False"}
    results = [
        {"severity": severities.get(item.severity, "Normal"), "reason": item.reason, "message": item.message}
        for item in reply.results
    ]
    desired = {key: _with_key(key, reply.desired.resources[key]) for key in sorted(reply.desired.resources)}
    status = struct_of(reply.desired.composite.resource).get("status")
    return Answer(
        desired=desired,
        ready=frozenset(key for key in desired if reply.desired.resources[key].ready == fnv1.READY_TRUE),
        status=dict(status) if isinstance(status, Mapping) else {},
        conditions=[
            {
                "type": item.type,
                "status": statuses.get(item.status, "Unknown"),
                "reason": item.reason,
                "message": item.message,
            }
            for item in reply.conditions
        ],
        results=results,
        fatal=next((item["message"] for item in results if item["severity"] == "Fatal"), None),
        finished=reply.desired.composite.ready != fnv1.READY_FALSE,
        ttl_seconds=reply.meta.ttl.seconds,
    )


def _with_key(key: str, desired: fnv1.Resource) -> dict[str, Any]:
    manifest: dict[str, Any] = dict(struct_of(desired.resource))
    metadata = dict(manifest.get("metadata", {}))
    metadata["annotations"] = {**(metadata.get("annotations") or {}), KEY_ANNOTATION: key}
    return {**manifest, "metadata": metadata}


__all__ = [
    "ENGINE_NAMES",
    "KEY_ANNOTATION",
    "Answer",
    "Caller",
    "ask",
    "build_request",
    "key_of",
    "read_answer",
]
