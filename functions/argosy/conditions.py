"""Conditions of a claim: folds over how its resources stand.

A person who reads a condition must learn what blocks and what to do next, also when the cause is three resources
away. Messages hold only the claim's own names (TEN-24) and no times, so that they never flap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from argosy.plan import Condition, Part, Plan
from argosy.settle import Manifest, Outcome, Settled

PARTS = tuple(part for part in Part if part not in (Part.REGISTRATION, Part.DELETION))


def conditions(plan: Plan, settled: Settled) -> tuple[Condition, ...]:
    """All conditions of a claim, always the same ones, in the same order."""
    folded = tuple(_fold(part, settled, plan.notes.get(part)) for part in PARTS)
    return (*folded, plan.registration or _fold(Part.REGISTRATION, settled, None), _deletion(plan, settled))


def _deletion(plan: Plan, settled: Settled) -> Condition:
    """What the plan says; but an active claim whose guard or Usages are asked for and not in place says that."""
    outcomes = (outcome for outcome in settled.outcomes.values() if outcome.resource.condition is Part.DELETION)
    sick = [outcome for outcome in outcomes if outcome.emitted and not outcome.healthy]
    if not sick or plan.deletion.reason != "Active":
        return plan.deletion
    return _unhealthy(Part.DELETION, sick, settled)


def _fold(part: Part, settled: Settled, note: str | None) -> Condition:
    outcomes = [outcome for outcome in settled.outcomes.values() if part in outcome.resource.counts_for]
    if not outcomes:
        return Condition(part, "True", "NotRequested", "the claim asks for nothing here")
    # such as rights that Git does not know: they are told whatever else there is to tell
    remarks = "".join(f"; {outcome.remarks}" for outcome in outcomes if outcome.remarks)
    sick = [outcome for outcome in outcomes if not outcome.healthy]
    if not sick:
        ready = f"all objects are ready ({sum(outcome.objects for outcome in outcomes)})"
        return Condition(part, "True", "Available", (f"{ready}; {note}" if note else ready) + remarks)
    told = _unhealthy(part, sick, settled)
    return replace(told, message=told.message + remarks)


def _unhealthy(part: Part, sick: Sequence[Outcome], settled: Settled) -> Condition:
    causes = [_cause(outcome, settled) for outcome in sick]
    # an error needs a person, waiting does not: show it first
    first = next((index for index, cause in enumerate(causes) if cause.error), 0)
    more = f" (and {len(sick) - 1} more)" if len(sick) > 1 else ""
    return Condition(part, "False", _reason(causes[first]), _message(sick[first], causes[first], settled) + more)


def _cause(outcome: Outcome, settled: Settled) -> Outcome:
    """The resource that keeps this one from being healthy: itself, or the first cause among those it needs.

    A provider reports an unresolved reference as an error of the object that refers; the cause is the other one.
    """
    for needed in (*outcome.blockers, *outcome.resource.holds()):
        other = settled.outcomes.get(needed.key)
        if other is not None and other is not outcome and not other.usable:
            return _cause(other, settled)
    return outcome


def _reason(cause: Outcome) -> str:
    if cause.error:
        return "Failed"
    if not cause.emitted:
        return "Waiting"
    return "Changing" if cause.usable else "Creating"


def _message(outcome: Outcome, cause: Outcome, settled: Settled) -> str:
    start = "" if outcome is cause else f"{outcome.resource.key} waits for "
    if cause.error:
        return f"{start}{cause.trouble}: {cause.error.rstrip('.')}; see `{_describe(cause.trouble, settled.desired)}`"
    if not cause.emitted:
        return f"{start}{cause.resource.key}{', which' if start else ''} waits for {cause.waits_for}"
    doing = "changed" if cause.usable else "made"
    return f"{start}{cause.trouble}, which is being {doing}" if start else f"{cause.trouble} is being {doing}"


def _describe(key: str, desired: Mapping[str, Manifest]) -> str:
    """The command that shows an object's state to a person."""
    manifest = desired[key]
    group = str(manifest["apiVersion"]).split("/")[0]
    metadata = cast("Mapping[str, str]", manifest["metadata"])
    place = f" -n {metadata['namespace']}" if "namespace" in metadata else ""
    return f"kubectl describe {str(manifest['kind']).lower()}.{group} {metadata['name']}{place}"
