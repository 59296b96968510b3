"""`argosy validate`: what the API server and the function would refuse, before it is committed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from pydantic import ValidationError

from argosy.catalog import COMPOSITES, CompositeType
from argosy.cli.documents import Document, Unreadable, read
from argosy.cli.options import finish, is_claim
from argosy.cli.request import ENGINE_NAMES, Caller
from argosy.complaints import complaints
from argosy.input import HUB_FACTS_NAME, HubFacts
from argosy.plan import Refused

CLAIM_KEYS = {"apiVersion", "kind", "metadata", "spec", "status"}


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
def validate(paths: tuple[str, ...]) -> None:
    """Check claims and hub facts in files and folders (or - for standard input).

    Prints `file:line: field: what is wrong, what to write` for each mistake. Hub facts (the EnvironmentConfig
    argosy) among the files are used for the claims. Documents of other kinds are passed over.
    """
    checked, mistakes = 0, 0
    try:
        found = list(read(paths))
    except Unreadable as problem:
        click.echo(str(problem), err=True)
        finish(refused=True)
        return
    hub = [document.plain() for document in found if _is_hub(document.value)]
    for document in found:
        if not (is_claim(document.value) or _is_hub(document.value)):
            continue
        checked += 1
        for refusal in _mistakes(document, hub):
            mistakes += 1
            click.echo(f"{document.file}:{document.line(refusal.field)}: {refusal.field}: {refusal.problem}", err=True)
    what = f"{checked} document{'' if checked == 1 else 's'}"
    click.echo(f"{what} checked, {mistakes} mistake{'' if mistakes == 1 else 's'}", err=mistakes > 0)
    if checked == 0:
        raise click.UsageError("there is nothing to check: no claim and no hub facts in these files")
    finish(refused=mistakes > 0)


def _is_hub(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("kind") == "EnvironmentConfig"
        and value.get("metadata", {}).get("name") == HUB_FACTS_NAME
    )


def _mistakes(document: Document, hub: list[dict[str, Any]]) -> Iterator[Refused]:
    value = document.plain()
    if _is_hub(value):
        try:
            HubFacts.model_validate(value.get("data") or {})
        except ValidationError as error:
            yield from complaints(error, "data")
        return
    composite = next(c for c in COMPOSITES if c.kind == value["kind"])
    yield from _admission(composite, value)
    try:
        composite.spec.model_validate(value.get("spec") or {})
    except ValidationError as error:
        yield from complaints(error, "spec")
        return
    if not (value.get("metadata") or {}).get("namespace"):
        return
    if (fatal := Caller(claim=value, engine=ENGINE_NAMES[0], required=hub).call([]).fatal) is not None:
        field, problem = fatal.split(": ", 1)
        yield Refused(field, problem)


def _admission(composite: CompositeType, value: dict[str, Any]) -> Iterator[Refused]:
    """What the API server refuses outside `spec`."""
    metadata = value.get("metadata") or {}
    if not metadata.get("name"):
        yield Refused("metadata.name", "must be set")
    if not metadata.get("namespace"):
        yield Refused("metadata.namespace", "must be set: the namespace decides tenant and account")
    for name in sorted(set(value) - CLAIM_KEYS):
        yield Refused(name, f"there is no such field in {composite.kind}; did you mean spec.{name}?")
