"""Arguments and options that several commands share, and how errors end a command (design 9).

Exit status: 0 done, 1 the claim is refused, 2 wrong use. Output for machines goes to standard output alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from io import StringIO
from typing import Any, TypeVar

import click
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from argosy.catalog import COMPOSITES
from argosy.cli.documents import Document, Unreadable, read
from argosy.cli.request import ENGINE_NAMES, Caller

F = TypeVar("F", bound=Callable[..., Any])

REFUSED = 1
WRONG_USE = 2

claim_argument = click.argument("claim", metavar="CLAIM")
engine_option = click.option(
    "--engine", type=click.Choice(ENGINE_NAMES), default=ENGINE_NAMES[0], show_default=True, help="Who makes it."
)
required_option = click.option(
    "-e",
    "--required-resources",
    "required",
    metavar="PATH",
    multiple=True,
    help="Required resources: the EnvironmentConfig with the hub's facts; a file or a folder.",
)


def documents(paths: Iterable[str]) -> list[Document]:
    """All documents, or the end of the command if one cannot be read."""
    try:
        return list(read(paths))
    except Unreadable as problem:
        raise click.ClickException(str(problem)) from None


def claims(path: str) -> list[dict[str, Any]]:
    """The claims of a file; it must have one."""
    found = [document.plain() for document in documents([path]) if is_claim(document.value)]
    if not found:
        kinds = " or ".join(f"{composite.kind} ({composite.api_version})" for composite in COMPOSITES)
        raise click.UsageError(f"{path} has no claim: no document of kind {kinds}")
    return found


def is_claim(value: Any) -> bool:
    """Whether a document is of a kind that Argosy composes."""
    return isinstance(value, dict) and any(
        (value.get("apiVersion"), value.get("kind")) == (composite.api_version, composite.kind)
        for composite in COMPOSITES
    )


def sample_hub() -> list[dict[str, Any]]:
    """The sample hub facts, `examples/setup/hub.yaml`."""
    with resources.as_file(resources.files("argosy.cli") / "hub.yaml") as file:
        return [document.plain() for document in documents([str(file)])]


def callers(path: str, engine: str, required: Iterable[str], *, sample: bool) -> Iterator[Caller]:
    """A caller for each claim of a file, with the hub facts that are given.

    Args:
        path: the file of claims.
        engine: name of the engine.
        required: paths of required resources.
        sample: whether the sample hub facts stand in where no path is given.
    """
    paths = list(required)
    given = [document.plain() for document in documents(paths)] if paths or not sample else sample_hub()
    for claim in claims(path):
        yield Caller(claim=claim, engine=engine, required=given)


def refuse(claim: dict[str, Any], message: str) -> None:
    """Prints why a claim is refused, on standard error."""
    metadata = claim.get("metadata", {})
    click.echo(
        f"{claim.get('kind')} {metadata.get('namespace')}/{metadata.get('name')} is refused: {message}", err=True
    )


def to_yaml(values: Iterable[Any]) -> str:
    """YAML documents, quoted so that every YAML reader takes text for text."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 10_000
    text = StringIO()
    yaml.explicit_start = True
    yaml.dump_all([_quoted(value) for value in values], text)
    return text.getvalue()


def to_json(value: Any) -> str:
    """JSON for machines and people."""
    return json.dumps(value, indent=2, sort_keys=True)


_AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off"})


def _quoted(value: Any) -> Any:
    """YAML 1.1 takes `no` and `on` for booleans: such text must stand in quotes (crossplane: kubectl reads 1.1)."""
    if isinstance(value, dict):
        return {_quoted(name): _quoted(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) and value.lower() in _AMBIGUOUS else value


def finish(refused: bool) -> None:
    """Ends the command with the status that says whether a claim was refused."""
    if refused:
        sys.exit(REFUSED)
