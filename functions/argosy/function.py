"""From a request to an answer, one way: claim, plan, engine, settle, response.

Anything that is not understood becomes a FATAL result: Crossplane then changes nothing, whereas a shorter answer
deletes what is missing from it (REL-01).
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import grpc
from crossplane.function import logging, response
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1
from google.protobuf import duration_pb2, struct_pb2
from pydantic import ValidationError
from structlog.stdlib import BoundLogger

from argosy.api.base import Model
from argosy.api.cluster import XEKSClusterSpec
from argosy.catalog import ENGINES, CompositeType, composite, makers
from argosy.complaints import first_complaint
from argosy.conditions import conditions
from argosy.engines.base import Context, Engine
from argosy.input import HUB_FACTS_NAME, HubFacts, Input, ProviderConfigRef
from argosy.memory import Memory
from argosy.names import Names
from argosy.observed import Observed, ObservedFacts, struct_of
from argosy.plan import Condition, Lookup, Part, Plan, Refused, View
from argosy.settle import Manifest, Rendered, Settled, keep, settle
from argosy.unknown import Json

AWAITING_TTL_SECONDS = 30
"""Until somebody looks again while something is being made; changes of composed objects come sooner by watch."""

PASSING = frozenset({"Draining", "Protected", "Releasing"})
"""Reasons of conditions that pass without a person, although every object is well."""

PERSON_TTL_SECONDS = 600
"""Until somebody looks again at a claim that waits for a person: a changed claim or hub fact comes by watch."""

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer that Crossplane takes: its client leaves gRPC's limit as it is (crossplane v2.4.0,
internal/xfn/function_runner.go); a longer answer is lost with no word of what was wrong."""

CROSSPLANE_KEYS = frozenset(
    {
        "crossplane",
        # the legacy layout of the same machinery
        "claimRef",
        "compositionRef",
        "compositionRevisionRef",
        "compositionRevisionSelector",
        "compositionSelector",
        "compositionUpdatePolicy",
        "publishConnectionDetailsTo",
        "resourceRefs",
        "writeConnectionSecretToRef",
    }
)
"""Keys of `spec` that are Crossplane's own (design 2.5)."""

CLAIM_KEYS = frozenset({"compositeDeletePolicy", "resourceRef"})
"""Those that only a claim has (crossplane-runtime v2.4.0, pkg/xcrd/schemas.go); `crossplane xr generate` copies them,
too."""


OBJECT_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?\Z")
"""Of namespaces and custom resources, as far as what is named after them needs."""


class FunctionRunner(grpcv1.FunctionRunnerServiceServicer):
    """Serves `RunFunction`."""

    def __init__(self) -> None:
        """Logs by the SDK's logger, and remembers what it has made."""
        self._log = logging.get_logger()
        self._memory = Memory[Drawing]()

    async def RunFunction(  # noqa: N802  (the name is the protocol's)
        self, request: fnv1.RunFunctionRequest, _: grpc.aio.ServicerContext[Any, Any]
    ) -> fnv1.RunFunctionResponse:
        """Answers one request."""
        return answer(request, self._log, self._memory)


def answer(
    request: fnv1.RunFunctionRequest, log: BoundLogger | None = None, memory: Memory[Drawing] | None = None
) -> fnv1.RunFunctionResponse:
    """The answer to a request, the same with any memory and without one; never raises.

    Args:
        request: what Crossplane sends.
        log: where tracebacks of defects go.
        memory: of the requests before.
    """
    reply = response.to(request)
    observed = Observed(request)
    try:
        _compose(request, observed, memory, reply)
        if (size := reply.ByteSize()) > LARGEST_ANSWER:
            problem = f"needs an answer of {size} bytes, Crossplane takes {LARGEST_ANSWER}; ask for less in one claim"
            raise Refused("spec", problem)
    except Refused as refusal:
        _fatal(reply, request, observed, refusal, PERSON_TTL_SECONDS)
    except Exception as error:
        if log is not None:
            log.error("cannot compose", name=_name(observed), traceback=traceback.format_exc())
        problem = f"defect in function-argosy, nothing is changed: {type(error).__name__}; its log has the traceback"
        _fatal(reply, request, observed, Refused("function-argosy", problem), AWAITING_TTL_SECONDS)
    return reply


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What the author wrote.

    Attributes:
        composite_name: name of the cluster-scoped composite behind it, None where the claim is the composite.
    """

    namespace: str
    name: str
    composite_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request as far as it is understood."""

    composite: CompositeType
    engine: Engine
    input: Input
    hub: HubFacts | None
    claim: Claim
    spec: XEKSClusterSpec


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What a claim wants.

    Attributes:
        rendered: the plan's resources in the engine's words.
        written: manifests that were written more than once, and their bytes, by composition-resource name.
    """

    question: Question
    plan: Plan
    rendered: Sequence[Rendered]
    written: dict[str, tuple[Manifest, bytes]] = field(default_factory=dict)


def draw(request: fnv1.RunFunctionRequest) -> tuple[Plan, list[Rendered]]:
    """The plan behind the answer to a request and its resources in the engine's words, nothing of it settled yet.

    Raises:
        Refused: if the answer is a FATAL result.
    """
    drawing = _draw(request, Observed(request))
    return drawing.plan, list(drawing.rendered)


def _draw(request: fnv1.RunFunctionRequest, observed: Observed) -> Drawing:
    question = _understand(request, observed)
    claim, facts = question.claim, ObservedFacts(observed, question.engine.facts)
    plan = question.composite.plan(claim.namespace, claim.name, question.spec, question.hub, facts)
    rendered = question.engine.render(plan, _context(question, observed, facts))
    return Drawing(question=question, plan=plan, rendered=rendered)


def _compose(
    request: fnv1.RunFunctionRequest,
    observed: Observed,
    memory: Memory[Drawing] | None,
    reply: fnv1.RunFunctionResponse,
) -> None:
    if memory is None:
        drawing, again = _draw(request, observed), False
    else:
        drawing, again = memory.recall(observed, lambda: _draw(request, observed))
    engine, others = drawing.question.engine, frozenset(request.desired.resources)
    settled = settle(drawing.plan, drawing.rendered, observed, engine, others)
    for key, manifest in settled.desired.items():
        resource = reply.desired.resources[key]
        resource.Clear()
        if again:
            _fill_again(resource.resource, key, manifest, drawing)
        else:
            fill(resource.resource, manifest)
        if settled.ready[key]:
            resource.ready = fnv1.READY_TRUE
    _tell_composite(drawing, observed, settled, reply)


def _fill_again(struct: struct_pb2.Struct, key: str, manifest: Manifest, drawing: Drawing) -> None:
    """Writes a manifest; the same one as the last time, which is the same object then, by its bytes."""
    known, written = drawing.written.get(key, (None, b""))
    if known is manifest:
        struct.MergeFromString(written)
        return
    fill(struct, manifest)
    drawing.written[key] = (manifest, struct.SerializeToString())


def _understand(request: fnv1.RunFunctionRequest, observed: Observed) -> Question:
    """The typed request.

    Raises:
        Refused: naming the field that is wrong.
    """
    view = observed.composite
    api_version, kind = str(view.get(("apiVersion",))), str(view.get(("kind",)))
    found = composite(api_version, kind)
    if found is None:
        raise Refused("kind", f"function-argosy composes no {kind} of {api_version}")
    given = _model(Input, struct_of(request.input), "the Composition's input", {"apiVersion", "kind"})
    engine = ENGINES[given.engine]
    if not found.made_by(engine):
        problem = f"{engine.name} does not make {found.written_kind} of {found.api_version}"
        raise Refused("the Composition's engine", f"{problem}; use the Composition of the package that brings the kind")
    claim = _claim(found, view)
    hub = _hub_facts(request)
    written = view.get(("spec",)) or {}
    spec = _model(found.spec, written, "spec", machinery(found))
    _check_abilities(found, engine, written)
    return Question(composite=found, engine=engine, input=given, hub=hub, claim=claim, spec=spec)


def _check_abilities(found: CompositeType, engine: Engine, written: Json) -> None:
    """Refuses what the claim asks for and its engine cannot do.

    Raises:
        Refused: naming the field, and the engines that can.
    """
    for path, why in engine.lacks.items():
        for place, value in _places(written, path.split("."), "spec"):
            if value:
                able = ", ".join(other.name for other in makers(found) if path not in other.lacks)
                raise Refused(place, f"{why}; leave it out, or use the package of engine {able}")


def _places(value: object, path: Sequence[str], where: str) -> Iterator[tuple[str, object]]:
    """Each place that a path such as `nodes.groups[].repair` leads to, with what stands there."""
    if not path:
        yield where, value
    elif isinstance(value, Mapping) and (step := path[0].removesuffix("[]")) in value:
        found, here = value[step], f"{where}.{step}"
        if step == path[0]:
            yield from _places(found, path[1:], here)
        else:
            for index, item in enumerate(found):
                yield from _places(item, path[1:], f"{here}[{index}]")


def machinery(found: CompositeType) -> Set[str]:
    """Keys of `spec` that are not the author's."""
    return CROSSPLANE_KEYS if found.claim is None else CROSSPLANE_KEYS | CLAIM_KEYS


def _claim(found: CompositeType, view: View) -> Claim:
    """What the author wrote, as the composite names it.

    Raises:
        Refused: if it has no namespace, which decides account and tenant, or a name that nothing can be named after.
    """
    where = ("metadata",) if found.claim is None else ("spec", "claimRef")
    field = ".".join(where)
    if found.claim is not None and _text(view, *where, "kind") != found.claim.kind:
        raise Refused(field, f"is no {found.claim.kind}; nobody makes the composite: write a claim in your namespace")
    namespace, name = (_text(view, *where, part) for part in ("namespace", "name"))
    if not namespace:
        raise Refused(f"{field}.namespace", "a claim must be in a namespace")
    for part, text in (("namespace", namespace), ("name", name)):
        # an API server takes no other, and whatever is named after the claim relies on that (TEN-05)
        if not OBJECT_NAME.match(text):
            raise Refused(f"{field}.{part}", f"{text!r} is no name that Kubernetes takes")
    if len(name) > found.name_length:
        raise Refused("metadata.name", f"{name} is longer than {found.name_length} characters; choose a shorter name")
    composite_name = None if found.claim is None else _text(view, "metadata", "name")
    return Claim(namespace=namespace, name=name, composite_name=composite_name)


def _text(view: View, *path: str) -> str:
    value = view.get(path)
    return value if isinstance(value, str) else ""


def _hub_facts(request: fnv1.RunFunctionRequest) -> HubFacts | None:
    """The hub's facts, or None if there is no EnvironmentConfig of that name.

    Raises:
        Refused: if Crossplane was not asked for them: "not asked" must never look like "there are none" (REL-01).
    """
    if HUB_FACTS_NAME not in request.required_resources:
        raise Refused(
            "the Composition's requirements",
            f"lack requiredResources {HUB_FACTS_NAME} (EnvironmentConfig {HUB_FACTS_NAME}); use the Composition of the "
            "argosy package",
        )
    items = request.required_resources[HUB_FACTS_NAME].items
    if not items:
        return None
    data = struct_of(items[0].resource).get("data")
    return _model(HubFacts, {} if data is None else data, f"EnvironmentConfig {HUB_FACTS_NAME}: data")


M = TypeVar("M", bound=Model)


def _model(model: type[M], value: Json, path: str, strangers: Set[str] = frozenset()) -> M:
    """`value` as a model, without the keys of others.

    Raises:
        Refused: with the path of the first field that is wrong, and what to write.
    """
    if isinstance(value, Mapping):
        value = {name: item for name, item in value.items() if name not in strangers}
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise first_complaint(error, path) from None


def credentials(engine: Engine, reference: ProviderConfigRef, namespace: str) -> tuple[str, str]:
    """Kind and name of the provider's configuration that a claim's objects name.

    Args:
        engine: that makes them.
        reference: what the Composition says.
        namespace: of the claim.
    """
    called_like_namespace = engine.serves_claims and reference.kind == "ProviderConfig"
    return reference.kind, reference.name or (namespace if called_like_namespace else "argosy")


def _context(question: Question, observed: Observed, facts: ObservedFacts) -> Context:
    claim, found, behind = question.claim, question.composite, question.claim.composite_name
    names = Names(found.kind.removeprefix("X"), claim.namespace, claim.name)
    return Context(
        claim=(found.api_version, found.written_kind, claim.name),
        composite=None if behind is None else (found.api_version, found.kind, behind),
        namespace=claim.namespace,
        names=names,
        region=question.spec.region,
        credentials=credentials(question.engine, question.input.provider_config_ref, claim.namespace),
        tags=_tags(question, names),
        facts=facts,
        observed=observed.find,
    )


def _tags(question: Question, names: Names) -> dict[str, str]:
    """Tags by which everything of a claim can be found, also what is orphaned (SEC-13, REL-19)."""
    hub = question.hub
    claim = question.claim
    here = hub.namespaces.get(claim.namespace) if hub else None
    return {
        **question.spec.tags,
        **(hub.tags if hub else {}),
        "fleet.argosy.dev/cluster": names.cluster,
        "fleet.argosy.dev/name": claim.name,
        "fleet.argosy.dev/namespace": claim.namespace,
        "fleet.argosy.dev/tenant": (here.tenant if here else None) or claim.namespace,
        "fleet.argosy.dev/environment": question.spec.environment,
    }


def _tell_composite(drawing: Drawing, observed: Observed, settled: Settled, reply: fnv1.RunFunctionResponse) -> None:
    plan = drawing.plan
    fill(reply.desired.composite.resource, {"status": keep(plan.status, observed.composite, ("status",))})
    told = conditions(plan, settled)
    registered = all(condition.status == "True" for condition in told if condition.type == Part.REGISTRATION)
    if not settled.complete or not registered:
        # what waits for a gate is not in the answer, so Crossplane cannot know that the cluster is not finished
        reply.desired.composite.ready = fnv1.READY_FALSE
    if plan.lookup is not None:
        _require(reply, plan.lookup)
    _tell(reply, told)
    _announce(reply, observed, told)
    awaited = not settled.healthy or any(condition.reason in PASSING for condition in told)
    seconds = AWAITING_TTL_SECONDS if awaited else drawing.question.input.settled_ttl_seconds
    reply.meta.ttl.CopyFrom(duration_pb2.Duration(seconds=seconds))


def _require(reply: fnv1.RunFunctionResponse, lookup: Lookup) -> None:
    """Has Crossplane find objects and call again before it changes anything."""
    selector = reply.requirements.resources[lookup.name]
    selector.api_version, selector.kind, selector.namespace = lookup.api_version, lookup.kind, lookup.namespace
    for key, value in lookup.labels.items():
        selector.match_labels.labels[key] = value


def _tell(reply: fnv1.RunFunctionResponse, told: Sequence[Condition]) -> None:
    statuses = {"True": fnv1.STATUS_CONDITION_TRUE, "False": fnv1.STATUS_CONDITION_FALSE}
    for condition in told:
        reply.conditions.append(
            fnv1.Condition(
                type=condition.type,
                status=statuses.get(condition.status, fnv1.STATUS_CONDITION_UNKNOWN),
                reason=condition.reason,
                message=condition.message,
                target=fnv1.TARGET_COMPOSITE_AND_CLAIM,
            )
        )


def _announce(reply: fnv1.RunFunctionResponse, observed: Observed, told: Sequence[Condition]) -> None:
    """An event for each condition that becomes true, and none when nothing changes (REL-27)."""
    before = {condition.type: condition.status for condition in _observed_conditions(observed)}
    for condition in told:
        if condition.status == "True" and before.get(condition.type, "Unknown") == "False":
            _event(reply, fnv1.SEVERITY_NORMAL, condition.type, f"{condition.type}: {condition.message}")


def _event(reply: fnv1.RunFunctionResponse, severity: fnv1.Severity, reason: str, message: str) -> None:
    target = fnv1.TARGET_COMPOSITE_AND_CLAIM
    reply.results.append(fnv1.Result(severity=severity, reason=reason, message=message, target=target))


def _observed_conditions(observed: Observed) -> list[Condition]:
    found = observed.composite.get(("status", "conditions"))
    return [
        Condition(
            str(item.get("type")),
            str(item.get("status")),  # type: ignore[arg-type]
            str(item.get("reason") or ""),
            str(item.get("message") or ""),
        )
        for item in (found if isinstance(found, list) else [])
        if isinstance(item, Mapping)
    ]


def _fatal(
    reply: fnv1.RunFunctionResponse,
    request: fnv1.RunFunctionRequest,
    observed: Observed,
    refusal: Refused,
    ttl_seconds: int,
) -> None:
    """A FATAL result that keeps all conditions: those that are not returned with it become Unknown (design 3.4)."""
    reply.CopyFrom(response.to(request))
    reply.meta.ttl.CopyFrom(duration_pb2.Duration(seconds=ttl_seconds))
    view = observed.composite
    found = composite(str(view.get(("apiVersion",))), str(view.get(("kind",))))
    if found is not None:
        before = {condition.type: condition for condition in _observed_conditions(observed)}
        guilty = _guilty(found, refusal.field)
        refused = Condition(guilty, "False", "Refused", str(refusal))
        _tell(
            reply,
            [
                refused
                if part is guilty
                else before.get(part) or Condition(part, "Unknown", "NotEvaluated", f"waits until {guilty} is mended")
                for part in found.conditions
            ],
        )
        if found.claim is not None and before.get(guilty) != refused:
            # of a FATAL result Crossplane tells the composite alone, and the claim's author never sees that (crossplane
            # v2.4.0, internal/controller/apiextensions/composite/composition_functions.go)
            _event(reply, fnv1.SEVERITY_WARNING, "Refused", str(refusal))
    _event(reply, fnv1.SEVERITY_FATAL, "Refused", str(refusal))
    if reply.ByteSize() > LARGEST_ANSWER:  # Crossplane reads neither in a FATAL answer
        reply.ClearField("desired")
        reply.ClearField("context")


def _guilty(found: CompositeType, field: str) -> Part:
    return next((part for start, part in found.guilty.items() if field.startswith(start)), Part.CONTROL_PLANE)


def _name(observed: Observed) -> str:
    found = [_text(observed.composite, "metadata", part) for part in ("namespace", "name")]
    return "/".join(filter(None, found))


def fill(struct: struct_pb2.Struct, values: Manifest) -> None:
    """Writes a mapping into a protobuf struct.

    Every value of every manifest passes here at every call: the most frequent kinds first, and each map held once.
    """
    fields = struct.fields
    for name, value in values.items():
        if type(value) is str:
            fields[name].string_value = value
        elif type(value) is dict and value:
            fill(fields[name].struct_value, value)
        else:
            _fill(fields[name], value)


def _fill(target: struct_pb2.Value, value: Json) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()  # else an empty one would be no value at all
        fill(target.struct_value, cast("Manifest", value))
    elif isinstance(value, (list, tuple)):
        target.list_value.SetInParent()
        add = target.list_value.values.add
        for item in value:
            _fill(add(), item)
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    else:
        raise TypeError(f"cannot write {type(value).__name__} into a manifest")
