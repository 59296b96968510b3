"""`argosy simulate`: the life of a claim, call by call, with the simulator in AWS's place."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import click
from rich.console import Console

from argosy.cli.composite import owner_of
from argosy.cli.options import (
    callers,
    claims_argument,
    engine_option,
    finish,
    refuse,
    required_option,
    to_json,
    to_yaml,
)
from argosy.cli.parts import parts
from argosy.cli.request import KEY_ANNOTATION, Answer, Caller
from argosy.cli.story import Pass, Story
from argosy.plan import Part, Refused
from argosy.simulator import Simulator

QUIET_PASSES = 3
"""So many calls without any change, while nothing is under way on AWS, mean that nothing will change any more."""


@dataclass(kw_only=True)
class Life:
    """A claim's life: passes until nothing changes.

    Attributes:
        refusal: the FATAL message that ended it, or None.
        settled: whether it ended because nothing changed any more.
    """

    caller: Caller
    simulator: Simulator
    passes: list[Pass] = field(default_factory=list)
    observed: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusal: str | None = None
    settled: bool = False

    def run(self, most: int) -> Iterator[Pass]:
        """Calls the function at most `most` times; yields each pass that changed something."""
        desired, ready, quiet, before = set[str](), frozenset[str](), 0, None
        for number in range(1, most + 1):
            told = self.caller.call(self.observed.values())
            if told.fatal is not None:
                self.refusal = told.fatal
                return
            this = Pass(
                number=number,
                created=sorted(set(told.desired) - desired),
                ready=sorted(told.ready - ready),
                conditions=told.conditions,
                results=told.results,
            )
            desired, ready = desired | set(told.desired), ready | told.ready
            now = self._live(told)
            quiet = quiet + 1 if now == before and not self.simulator.restless else 0
            if now != before:
                self.passes.append(this)
                yield this
            before = now
            if quiet >= QUIET_PASSES:
                self.settled = True
                return

    def _live(self, told: Answer) -> tuple[Any, ...]:
        """Lets the world go on by one beat; what changed shows in the value."""
        self.caller.remember(told)
        self.simulator.apply(list(told.desired.values()))
        self.simulator.step()
        self.observed = {item["metadata"]["annotations"][KEY_ANNOTATION]: item for item in self.simulator.observed()}
        return told.desired, told.conditions, self.observed


def _faults(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    faults = {}
    for text in given:
        key, found, message = text.partition("=")
        if not found or not key or not message:
            raise click.BadParameter(f"{text} is not of the form KEY=MESSAGE, such as cluster='limit exceeded'")
        faults[key] = message
    return faults


@click.command(short_help="Watch a claim become a cluster, in a simulator.")
@claims_argument
@engine_option
@required_option
@click.option("--passes", type=click.IntRange(1, 1000), default=100, show_default=True, help="Calls at most.")
@click.option(
    "--fail",
    "faults",
    metavar="KEY=MESSAGE",
    multiple=True,
    callback=_faults,
    help="The resource of that composition-resource name never gets ready; its provider says MESSAGE.",
)
@click.option("--format", "form", type=click.Choice(["text", "yaml", "json"]), default="text", show_default=True)
def simulate(
    paths: tuple[str, ...],
    engine: str | None,
    required: tuple[str, ...],
    passes: int,
    faults: dict[str, str],
    form: str,
) -> None:
    """Call the function for each CLAIM until nothing changes, with a simulator in AWS's place between the calls.

    Text tells the story, pass by pass; a pass is one call. Without -e the sample hub facts are used.
    """
    refused = False
    planned: list[tuple[Caller, dict[str, Part]]] = []
    for caller in callers(paths, engine, required):
        try:
            planned.append((caller, parts(caller)))
        except Refused as refusal:
            refuse(caller.claim, str(refusal))
            refused = True
    _check(faults, [key for _, keys in planned for key in keys])
    console = Console(highlight=False, force_terminal=sys.stdout.isatty())  # never colour in a file or a CI log
    for caller, keys in planned:
        life = Life(caller=caller, simulator=Simulator(faults=faults, composite=owner_of(caller.claim)))
        story = Story(console, keys) if form == "text" else None
        for item in life.run(passes):
            if story is not None:
                story.tell(caller, item)
        if life.refusal is not None:
            refuse(caller.claim, life.refusal)
            refused = True
        elif story is not None:
            story.end(caller, settled=life.settled, hub=life.simulator.hub)
        else:
            report = _report(life)
            click.echo(to_json(report) if form == "json" else to_yaml([report]), nl=form == "json")
    finish(refused)


def _check(faults: Mapping[str, str], keys: Iterable[str]) -> None:
    """A fault that would never meet its resource is a spelling mistake."""
    known = sorted(set(keys))
    if known and (strangers := sorted(set(faults) - set(known))):
        raise click.UsageError(f"--fail: the claim has no resource {', '.join(strangers)}; it has {', '.join(known)}")


def _report(life: Life) -> dict[str, Any]:
    return {
        "passes": [asdict(item) for item in life.passes],
        "xr": life.caller.claim,
        "resources": life.observed,
        "settled": life.settled,
    }
