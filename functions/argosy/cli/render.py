"""`argosy render`: one call of the function, without a cluster and without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

import click

from argosy.cli.admission import is_claim, is_composite
from argosy.cli.documents import Document
from argosy.cli.options import (
    caller,
    claims,
    claims_argument,
    documents,
    engine_option,
    finish,
    hub_facts,
    refusal,
    required_option,
    to_json,
    to_yaml,
)
from argosy.cli.request import KEY_ANNOTATION, Answer, key_of
from argosy.cli.workers import Workers

RESULT = {"apiVersion": "render.crossplane.io/v1beta1", "kind": "Result"}
"""The kind under which `crossplane render -r` prints results."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """How documents are written one after the other, as if they were written at once.

    Attributes:
        write: those of one claim.
        empty: what is written where no claim has any.
    """

    write: Callable[[Iterable[Any]], str]
    opening: str
    between: str
    closing: str
    empty: str


def _to_items(values: Iterable[Any]) -> str:
    return ",\n".join(indent(to_json(value), "  ") for value in values)


FORMS: Mapping[str, Form] = {
    "yaml": Form(write=to_yaml, opening="", between="", closing="", empty=""),
    "json": Form(write=_to_items, opening="[\n", between=",\n", closing="\n]\n", empty="[]\n"),
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What there is to print for a claim, or why it is refused."""

    text: str = ""
    refusal: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is done with each claim.

    Attributes:
        engine: name of the engine; the first that makes the claim's kind if None.
        whole: whether the whole XR is printed.
        results: whether the results are.
    """

    engine: str | None
    observed: list[Any]
    hub: list[dict[str, Any]]
    whole: bool
    results: bool
    form: str

    def outcome(self, claim: dict[str, Any]) -> Outcome:
        """What one call of the function makes of a claim.

        Raises:
            ValueError: two observed objects have one key.
        """
        calls = caller(claim, self.engine, self.hub)
        told = calls.call(self.observed)
        if told.fatal is not None:
            return Outcome(refusal=refusal(calls.claim, told.fatal))
        return Outcome(text=FORMS[self.form].write(_documents(calls.claim, told, self.whole, self.results)))


@click.command(short_help="Print what one call of the function makes of a claim.")
@claims_argument
@engine_option
@click.option(
    "-o",
    "--observed-resources",
    "observed",
    metavar="PATH",
    multiple=True,
    help=f"Observed composed resources, with annotation {KEY_ANNOTATION}; a file or a folder.",
)
@required_option
@click.option("-x", "--include-full-xr", is_flag=True, help="Print the whole XR, not only its status.")
@click.option("-r", "--include-function-results", is_flag=True, help="Print the function's results too.")
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="yaml", show_default=True)
def render(
    paths: tuple[str, ...],
    engine: str | None,
    observed: tuple[str, ...],
    required: tuple[str, ...],
    include_full_xr: bool,
    include_function_results: bool,
    form: str,
) -> None:
    """Print what one call of the function makes of each CLAIM.

    It prints the XR's status and every composed resource. Hub facts are used only if -e gives them, as with
    `crossplane render`; without them the cluster is not registered in Argo CD.
    """
    seen = [document for document in documents(observed) if not _is_no_resource(document.value)]
    _check(seen)
    with Workers() as workers:
        hub = hub_facts(required) if required else []
        found = claims(paths, workers.each("reading"))
        job = Job(
            engine=engine,
            observed=[document.value for document in seen],
            hub=hub,
            whole=include_full_xr,
            results=include_function_results,
            form=form,
        )
        try:
            refused = _print(workers.each("rendering", prints=True)(job.outcome, found), FORMS[form], workers)
        except ValueError as problem:
            raise click.UsageError(f"-o: {problem}") from None
    finish(refused)


def _print(outcomes: Iterable[Outcome], form: Form, workers: Workers) -> bool:
    """Prints each as it comes, for a fleet's are many megabytes; whether a claim was refused."""
    refused, before = False, form.opening
    for outcome in outcomes:
        if outcome.refusal is not None:
            workers.tell(outcome.refusal)
            refused = True
            continue
        click.echo(before + outcome.text, nl=False)
        before = form.between
    click.echo(form.empty if before == form.opening else form.closing, nl=False)
    return refused


def _is_no_resource(value: Any) -> bool:
    """Whether a document is the XR or a result: `render -x -r` prints them beside the resources (cli#47)."""
    return (
        is_claim(value)
        or is_composite(value)
        or (isinstance(value, dict) and all(value.get(name) == RESULT[name] for name in RESULT))
    )


def _check(observed: Iterable[Document]) -> None:
    """An observed object that is passed over would look as if it were lost."""
    for document in observed:
        value = document.value
        if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
            raise click.UsageError(f"-o: {document.place('')}: is no object with apiVersion, kind and metadata")
        if key_of(value) is None:
            raise click.UsageError(f"-o: {document.place('metadata')}: has no annotation {KEY_ANNOTATION}")


def _documents(claim: dict[str, Any], told: Answer, whole: bool, results: bool) -> Iterable[dict[str, Any]]:
    status = {**told.status, "conditions": told.conditions}
    head = {"apiVersion": claim["apiVersion"], "kind": claim["kind"]}
    names = {name: claim["metadata"][name] for name in ("name", "namespace") if name in claim["metadata"]}
    yield {**claim, "status": status} if whole else {**head, "metadata": names, "status": status}
    yield from told.desired.values()
    if results:
        yield from ({**RESULT, **item} for item in told.results)
