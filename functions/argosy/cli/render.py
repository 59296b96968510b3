"""`argosy render`: one call of the function, without a cluster and without a server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from argosy.cli.admission import is_claim, is_composite
from argosy.cli.documents import Document
from argosy.cli.options import (
    callers,
    claim_argument,
    documents,
    engine_option,
    finish,
    refuse,
    required_option,
    to_json,
    to_yaml,
)
from argosy.cli.request import KEY_ANNOTATION, Answer, key_of

RESULT = {"apiVersion": "render.crossplane.io/v1beta1", "kind": "Result"}
"""The kind under which `crossplane render -r` prints results."""


@click.command(short_help="Print what one call of the function makes of a claim.")
@claim_argument
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
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def render(
    claim: str,
    engine: str | None,
    observed: tuple[str, ...],
    required: tuple[str, ...],
    include_full_xr: bool,
    include_function_results: bool,
    form: str,
) -> None:
    """Print what one call of the function makes of CLAIM (a file, or - for standard input).

    It prints the XR's status and every composed resource. Hub facts are used only if -e gives them, as with
    `crossplane render`; without them the cluster is not registered in Argo CD.
    """
    seen = [document for document in documents(observed) if not _is_no_resource(document.value)]
    _check(seen)
    printed: list[dict[str, Any]] = []
    refused = False
    for caller in callers(claim, engine, required, sample=False):
        try:
            told = caller.call(document.value for document in seen)
        except ValueError as problem:
            raise click.UsageError(f"-o: {problem}") from None
        if told.fatal is not None:
            refuse(caller.claim, told.fatal)
            refused = True
            continue
        printed += _documents(caller.claim, told, include_full_xr, include_function_results)
    if printed or form == "json":
        click.echo(to_json(printed) if form == "json" else to_yaml(printed), nl=form == "json")
    finish(refused)


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
