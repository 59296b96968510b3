"""Arguments and options that several commands share, and how errors end a command (design 9).

Exit status: 0 done, 1 the claim is refused, 2 wrong use. Output for machines goes to standard output alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import Any, TypeVar

import click

from argosy.catalog import COMPOSITES
from argosy.cli.admission import admission, is_claim, is_hub, misnamed
from argosy.cli.composite import composite_of, engine_of
from argosy.cli.documents import Document, Each, Unreadable, read
from argosy.cli.request import ENGINE_NAMES, Caller
from argosy.generate import manifests
from argosy.input import HUB_API_VERSION, HUB_FACTS_NAME

F = TypeVar("F", bound=Callable[..., Any])

REFUSED = 1
WRONG_USE = 2

claims_argument = click.argument("paths", metavar="CLAIM...", nargs=-1, required=True)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINE_NAMES),
    help="Who makes the AWS resources; the claim is read as the kind that it makes. Default: the first that makes the "
    "claim's kind.",
)
required_option = click.option(
    "-e",
    "--required-resources",
    "required",
    metavar="PATH",
    multiple=True,
    help="Required resources: the EnvironmentConfig with the hub's facts; a file or a folder.",
)


def documents(paths: Iterable[str], each: Each = map) -> list[Document]:
    """All documents, or the end of the command: refused if one is no YAML, wrong use if it cannot be read."""
    try:
        return list(read(paths, each))
    except Unreadable as problem:
        raise (click.ClickException if problem.no_yaml else click.UsageError)(str(problem)) from None


def claims(paths: Iterable[str], each: Each = map) -> list[dict[str, Any]]:
    """The claims of files and folders.

    There must be one, and the API server must take what stands outside their `spec`.
    """
    given = documents(paths, each)
    found = [document for document in given if is_claim(document.value)]
    for document in given:
        wrong = next(admission(document.value), None) if is_claim(document.value) else misnamed(document.value)
        if wrong is not None:
            raise click.ClickException(f"{document.place(wrong.field)}: {wrong}")
    if not found:
        kinds = " or ".join(f"{composite.written_kind} ({composite.api_version})" for composite in COMPOSITES)
        raise click.UsageError(f"{', '.join(paths)} has no claim: no document of kind {kinds}")
    return [document.value for document in found]


def sample_hub() -> list[dict[str, Any]]:
    """The sample hub facts, `examples/setup/hub.yaml`."""
    with resources.as_file(resources.files("argosy.cli") / "hub.yaml") as file:
        return [document.value for document in documents([str(file)])]


def hub_facts(paths: Iterable[str]) -> list[dict[str, Any]]:
    """The hub facts among required resources; a folder of them holds other things too."""
    found = [document.value for document in documents(paths) if is_hub(document.value)]
    if not found:
        what = f"no EnvironmentConfig {HUB_FACTS_NAME} ({HUB_API_VERSION})"
        click.echo(f"Warning: -e: {what} in {', '.join(paths)}; the cluster will not be registered", err=True)
    return found


def callers(paths: Iterable[str], engine: str | None, required: Iterable[str]) -> Iterator[Caller]:
    """A caller for each claim, with the hub facts that are given; the sample's where no path is given.

    Args:
        paths: files and folders of claims.
        engine: name of the engine; the first that makes the claim's kind if None.
        required: paths of required resources.
    """
    given = list(required)
    hub = hub_facts(given) if given else sample_hub()
    for claim in claims(paths):
        yield caller(claim, engine, hub)


def caller(claim: dict[str, Any], engine: str | None, required: list[dict[str, Any]]) -> Caller:
    """A caller for a claim as a person wrote it; by the first engine that makes its kind if none is named."""
    chosen = engine or engine_of(claim)
    return Caller(claim=composite_of(claim, chosen), engine=chosen, required=required)


def refusal(claim: dict[str, Any], message: str) -> str:
    """Why a claim is refused, for standard error."""
    return f"{name_of(claim)} is refused: {message}"


def refuse(claim: dict[str, Any], message: str) -> None:
    """Prints why a claim is refused, on standard error."""
    click.echo(refusal(claim, message), err=True)


def name_of(claim: dict[str, Any]) -> str:
    """What a person calls a claim: kind, namespace and name.

    Args:
        claim: the composite; where it is another object than the claim, it refers to that.
    """
    written = claim["spec"].get("claimRef") or {"kind": claim["kind"], **claim["metadata"]}
    return f"{written['kind']} {written['namespace']}/{written['name']}"


def to_yaml(values: Iterable[Any]) -> str:
    """YAML documents."""
    return "".join(f"---\n{manifests.to_yaml(value)}" for value in values)


def to_json(value: Any) -> str:
    """JSON for machines and people."""
    return json.dumps(value, indent=2, sort_keys=True)


def finish(refused: bool) -> None:
    """Ends the command with the status that says whether a claim was refused."""
    if refused:
        sys.exit(REFUSED)
