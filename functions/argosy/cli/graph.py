"""`argosy graph`: what depends on what, and which field of the claim asks for it."""

from __future__ import annotations

import click

from argosy.cli.drawing import FORMATS, Drawing
from argosy.cli.options import callers, claims_argument, engine_option, finish, refuse, required_option
from argosy.cli.request import build_request
from argosy.function import draw
from argosy.plan import Refused


@click.command(short_help="Print what depends on what in a claim.")
@claims_argument
@engine_option
@required_option
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
def graph(paths: tuple[str, ...], engine: str | None, required: tuple[str, ...], form: str) -> None:
    """Print what depends on what in each CLAIM.

    As text: every resource in an order in which it can be made, the field of the claim that asks for it, what it waits
    for (after, for) or refers to (uses), and the objects that come with it. Without -e the sample hub facts are used.
    """
    refused = False
    for caller in callers(paths, engine, required):
        try:
            plan, rendered = draw(build_request(caller.claim, caller.engine, [], caller.required))
        except Refused as refusal:
            refuse(caller.claim, str(refusal))
            refused = True
            continue
        for line in FORMATS[form](Drawing.of(caller, plan, rendered)):
            click.echo(line)
    finish(refused)
