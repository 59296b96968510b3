"""`argosy simulate`: the life of a claim, call by call, with the simulator in AWS's place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from argosy.cli.options import (
    callers,
    claim_argument,
    engine_option,
    finish,
    refuse,
    required_option,
    to_json,
    to_yaml,
)
from argosy.cli.request import KEY_ANNOTATION, Answer, Caller
from argosy.simulator import Simulator

QUIET_PASSES = 8
"""So many calls without any change mean that nothing will change any more: longer than any delay on AWS."""


@dataclass(kw_only=True)
class Pass:
    """One call of the function.

    Attributes:
        number: from 1.
        created: composition-resource names that are desired for the first time.
        ready: names that are ready for the first time.
        conditions: all conditions after the call.
        results: severity, reason and message of each.
    """

    number: int
    created: list[str]
    ready: list[str]
    conditions: list[dict[str, str]]
    results: list[dict[str, str]]


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
            quiet = quiet + 1 if now == before else 0
            before = now
            if quiet == 0:
                self.passes.append(this)
                yield this
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


@click.command()
@claim_argument
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
    claim: str, engine: str, required: tuple[str, ...], passes: int, faults: dict[str, str], form: str
) -> None:
    """Call the function for CLAIM until nothing changes, with a simulator in AWS's place between the calls.

    Text tells the story, pass by pass. Without -e the sample hub facts are used.
    """
    refused = False
    for caller in callers(claim, engine, required, sample=True):
        life = Life(caller=caller, simulator=Simulator(faults=faults))
        story = Story(life, Console(highlight=False, soft_wrap=True)) if form == "text" else None
        for item in life.run(passes):
            if story is not None:
                story.tell(item)
        if life.refusal is not None:
            refuse(caller.claim, life.refusal)
            refused = True
        elif story is not None:
            story.end()
        else:
            report = _report(life)
            click.echo(to_json(report) if form == "json" else to_yaml([report]), nl=form == "json")
        _check_faults(faults, life)
    finish(refused)


def _check_faults(faults: Mapping[str, str], life: Life) -> None:
    """A fault that never met its resource is a spelling mistake."""
    seen = set(life.observed) | {key for item in life.passes for key in item.created}
    if life.refusal is None and (strangers := sorted(set(faults) - seen)):
        names = ", ".join(sorted(seen))
        raise click.UsageError(f"--fail: the claim has no resource {', '.join(strangers)}; it has {names}")


def _report(life: Life) -> dict[str, Any]:
    return {
        "passes": [asdict(item) for item in life.passes],
        "xr": life.caller.claim,
        "resources": life.observed,
        "settled": life.settled,
    }


class Story:
    """Tells a life on the terminal while it happens."""

    def __init__(self, life: Life, console: Console) -> None:
        """Tells `life` on `console`; colour only if that is a terminal."""
        self._life = life
        self._console = console
        self._told: dict[str, tuple[str, str, str]] = {}

    def tell(self, item: Pass) -> None:
        """What one pass changed."""
        if item.number == 1:
            metadata = self._life.caller.claim["metadata"]
            self._console.print(f"{self._life.caller.claim['kind']} {metadata.get('namespace')}/{metadata.get('name')}")
        self._console.print(Text(f"pass {item.number}", style="bold"))
        self._list("asks for", item.created, "cyan")
        self._list("ready", item.ready, "green")
        for condition in item.conditions:
            now = (condition["status"], condition["reason"], condition["message"])
            if self._told.get(condition["type"]) != now:
                self._told[condition["type"]] = now
                style = "green" if now[0] == "True" else "red" if now[1] in ("Failed", "Refused") else "yellow"
                self._console.print(Text(f"  {condition['type']}: {now[0]} ({now[1]}) {now[2]}", style=style))
        for result in item.results:
            self._console.print(Text(f"  event {result['severity']} {result['message']}"))

    def _list(self, what: str, keys: list[str], style: str) -> None:
        if keys:
            self._console.print(Text(f"  {what} {len(keys)}: {', '.join(keys)}", style=style))

    def end(self) -> None:
        """How it ended."""
        life = self._life
        false = [name for name, told in self._told.items() if told[0] != "True"]
        last = life.passes[-1].number if life.passes else 0
        if not life.settled:
            self._console.print(
                Text(f"not settled after the passes that were asked for (last change: {last})", "yellow")
            )
        elif false:
            self._console.print(Text(f"settled after pass {last}, not ready: {', '.join(false)}", style="red"))
        else:
            self._console.print(Text(f"settled after pass {last}: {len(life.observed)} resources, all ready", "green"))
        for (namespace, name), item in sorted(life.simulator.hub.items()):
            self._console.print(f"on the hub: {item['kind']} {namespace}/{name}")
