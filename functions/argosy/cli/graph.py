"""`argosy graph`: what depends on what, and which field of the claim asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import click
import networkx

from argosy.cli.options import callers, claim_argument, engine_option, finish, refuse, required_option
from argosy.cli.request import Caller, build_request
from argosy.function import plan_of
from argosy.plan import Edge, Plan, Refused


@click.command()
@claim_argument
@engine_option
@required_option
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "dot"]), default="text", show_default=True)
def graph(claim: str, engine: str, required: tuple[str, ...], form: str) -> None:
    """Print what depends on what in CLAIM (a file, or - for standard input).

    As text: every resource in an order in which it can be made, the field of the claim that asks for it, and what it
    waits for (after) or refers to (uses). Without -e the sample hub facts are used.
    """
    refused = False
    for caller in callers(claim, engine, required, sample=True):
        try:
            plan = plan_of(build_request(caller.claim, caller.engine, [], caller.required))
        except Refused as refusal:
            refuse(caller.claim, str(refusal))
            refused = True
            continue
        for line in {"text": _text, "mermaid": _mermaid, "dot": _dot}[form](caller, plan):
            click.echo(line)
    finish(refused)


def ordered(plan: Plan) -> list[str]:
    """Keys in an order in which they can be made; among equals the plan's order.

    Raises:
        networkx.NetworkXUnfeasible: if resources wait for one another in a circle.
    """
    position = {resource.key: index for index, resource in enumerate(plan.resources)}
    net: networkx.DiGraph[str] = networkx.DiGraph()
    net.add_nodes_from(position)
    net.add_edges_from((edge.needs.key, edge.resource.key) for edge in plan.edges())
    return list(networkx.lexicographical_topological_sort(net, key=position.__getitem__))


def _text(caller: Caller, plan: Plan) -> Iterator[str]:
    by_key = {resource.key: resource for resource in plan.resources}
    keys = ordered(plan)
    wide, asked = max(map(len, keys)), max(len(resource.asked_by) for resource in plan.resources)
    yield f"{'RESOURCE':{wide}}  {'ASKED FOR BY':{asked}}  NEEDS"
    for key in keys:
        edges = [edge for edge in plan.edges() if edge.resource is by_key[key]]
        yield f"{key:{wide}}  {by_key[key].asked_by:{asked}}  {_needs(edges)}".rstrip()


def _needs(edges: list[Edge]) -> str:
    """What a resource needs, in words: `after a, b; after one of c, d; uses e`."""
    after = list(dict.fromkeys(edge.needs.key for edge in edges if edge.why == "order"))
    one_of = list(dict.fromkeys(edge.needs.key for edge in edges if edge.why == "any"))
    uses = [key for key in dict.fromkeys(edge.needs.key for edge in edges if edge.why == "value") if key not in after]
    parts = (
        ("after ", after),
        ("after one of " if len(one_of) > 1 else "after ", one_of),
        ("uses ", uses),
    )
    return "; ".join(start + ", ".join(keys) for start, keys in parts if keys)


def _arrows(plan: Plan) -> list[tuple[str, str, bool]]:
    """Arrows from what is needed to what needs it; True where the order matters."""
    arrows: dict[tuple[str, str], bool] = {}
    for edge in plan.edges():
        pair = (edge.needs.key, edge.resource.key)
        arrows[pair] = arrows.get(pair, False) or edge.why != "value"
    return [(start, end, order) for (start, end), order in arrows.items()]


def _mermaid(caller: Caller, plan: Plan) -> Iterator[str]:
    yield "flowchart LR"
    for part in dict.fromkeys(resource.condition for resource in plan.resources):
        yield f"  subgraph {part}"
        yield from (f"    {resource.key}" for resource in plan.resources if resource.condition is part)
        yield "  end"
    for start, end, order in _arrows(plan):
        yield f"  {start} {'-->' if order else '-.->'} {end}"


def _dot(caller: Caller, plan: Plan) -> Iterator[str]:
    yield "digraph claim {"
    yield '  rankdir=LR; node [shape=box, fontname="sans-serif"];'
    for part in dict.fromkeys(resource.condition for resource in plan.resources):
        yield f'  subgraph "cluster_{part}" {{ label="{part}";'
        yield from (f'    "{resource.key}";' for resource in plan.resources if resource.condition is part)
        yield "  }"
    for start, end, order in _arrows(plan):
        yield f'  "{start}" -> "{end}"{"" if order else " [style=dashed]"};'
    yield "}"
