"""`argosy validate`: what the API server and the function would refuse, before it is committed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import click
from pydantic import ValidationError

from argosy.catalog import written
from argosy.cli.admission import admission, is_claim, is_hub, misnamed
from argosy.cli.documents import Document, Unreadable, files, read_files
from argosy.cli.options import caller, finish
from argosy.cli.workers import Workers
from argosy.complaints import complaints
from argosy.function import machinery
from argosy.input import HubFacts
from argosy.plan import Refused


@click.command(short_help="Check claims and hub facts before they are committed.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
def validate(paths: tuple[str, ...]) -> None:
    """Check claims and hub facts in files and folders.

    PATH is a file, a folder (its .yaml, .yml and .json files, also below) or - for standard input.
    Prints `file:line: field: what is wrong, what to write` for each mistake, on standard error. Hub facts (the
    EnvironmentConfig argosy) among the files are used for the claims. Documents of other kinds are passed over.
    """
    with Workers() as workers:
        unreadable, ours = _read(list(_files(paths)), workers)
        hub = [document.value for document in ours if is_hub(document.value) and not list(_of_hub(document.value))]
        mistakes = len(unreadable)
        for line in unreadable:
            workers.tell(line)
        checked = workers.each("checking")(partial(_mistakes, hub), [document.value for document in ours])
        for document, found in zip(ours, checked, strict=True):
            mistakes += len(found)
            for field, told in sorted(found, key=lambda mistake: document.line(mistake[0])):
                workers.tell(f"{document.place(field)}: {told}")
    if not ours and not unreadable:
        raise click.UsageError("there is nothing to check: no claim and no hub facts in these files")
    click.echo(f"{_count(len(ours), 'document')} checked, {_count(mistakes, 'mistake')}", err=mistakes > 0)
    finish(refused=mistakes > 0)


def _read(names: list[str], workers: Workers) -> tuple[list[str], list[Document]]:
    """Why files cannot be read, and the documents that concern us."""
    unreadable: list[str] = []
    ours: list[Document] = []
    for found in read_files(names, workers.each("reading")):
        if isinstance(found, Unreadable):
            unreadable.append(str(found))
        else:
            ours += [document for document in found if _concerns_us(document.value)]
    return unreadable, ours


def _files(paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        try:
            yield from files(path)
        except Unreadable as problem:
            raise click.UsageError(str(problem)) from None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _concerns_us(value: Any) -> bool:
    return is_claim(value) or is_hub(value) or misnamed(value) is not None


def _mistakes(hub: list[dict[str, Any]], value: dict[str, Any]) -> list[tuple[str, str]]:
    """The mistakes of a document: the field, and what is wrong with it, which begins with the field."""
    return [(mistake.field, str(mistake)) for mistake in _refusals(value, hub)]


def _refusals(value: dict[str, Any], hub: list[dict[str, Any]]) -> Iterator[Refused]:
    if (wrong := misnamed(value)) is not None:
        yield wrong
    elif is_hub(value):
        yield from _of_hub(value)
    else:
        outside, inside = list(admission(value)), list(_of_spec(value))
        yield from (*outside, *inside)
        if not outside and not inside:
            yield from _of_function(value, hub)


def _of_hub(value: dict[str, Any]) -> Iterator[Refused]:
    try:
        HubFacts.model_validate(value.get("data") or {})
    except ValidationError as error:
        yield from complaints(error, "data")


def _of_spec(value: dict[str, Any]) -> Iterator[Refused]:
    found, spec = written(value["apiVersion"], value["kind"]), value.get("spec") or {}
    if found is None:
        return
    if isinstance(spec, dict):
        spec = {name: item for name, item in spec.items() if name not in machinery(found)}
    try:
        found.spec.model_validate(spec)
    except ValidationError as error:
        yield from complaints(error, "spec")


def _of_function(value: dict[str, Any], hub: list[dict[str, Any]]) -> Iterator[Refused]:
    """What only the function knows: rules that span the claim, its tables and the hub's facts."""
    if (fatal := caller(value, None, hub).call([]).fatal) is not None:
        field, problem = fatal.split(": ", 1)
        yield Refused(field, problem)
