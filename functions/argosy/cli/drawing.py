"""Drawings of what depends on what: a table for a terminal, Mermaid for a README, DOT for Graphviz."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx

from argosy.cli.options import name_of
from argosy.cli.parts import HEADINGS
from argosy.cli.request import Caller
from argosy.plan import Edge, Part, Plan
from argosy.settle import Rendered
from argosy.unknown import Initially, unknowns


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What is drawn.

    Attributes:
        name: what a person calls the claim.
        edges: all edges.
        objects: composition-resource names of each resource, its own first.
    """

    name: str
    plan: Plan
    edges: list[Edge]
    objects: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, caller: Caller, plan: Plan, rendered: Sequence[Rendered]) -> Drawing:
        """The drawing of a claim's plan and its resources in the engine's words."""
        objects = {item.resource.key: tuple(item.manifests) for item in rendered}
        return cls(name=name_of(caller.claim), plan=plan, edges=edges(plan, rendered), objects=objects)

    def by_part(self) -> Iterator[tuple[Part, list[str]]]:
        """Keys of resources by their part."""
        for part in HEADINGS:
            if keys := [item.key for item in self.plan.resources if item.condition is part]:
                yield part, keys


def edges(plan: Plan, rendered: Sequence[Rendered]) -> list[Edge]:
    """All edges: the plan's, and those of values for which the engine has no reference and must wait."""
    by_key = {resource.key: resource for resource in plan.resources}
    facts = {
        (item.resource.key, missing.key, missing.what)
        for item in rendered
        for missing in unknowns(list(item.manifests.values()))
        if missing.initially is Initially.WAIT and missing.key in by_key and missing.key != item.resource.key
    }
    return [*plan.edges(), *(Edge(by_key[key], by_key[needs], "fact", what) for key, needs, what in sorted(facts))]


def ordered(plan: Plan, edges: Iterable[Edge]) -> list[str]:
    """Keys in an order in which they can be made; among equals the plan's order.

    Raises:
        networkx.NetworkXUnfeasible: if resources wait for one another in a circle.
    """
    position = {resource.key: index for index, resource in enumerate(plan.resources)}
    net: networkx.DiGraph[str] = networkx.DiGraph()
    net.add_nodes_from(position)
    net.add_edges_from((edge.needs.key, edge.resource.key) for edge in edges)
    return list(networkx.lexicographical_topological_sort(net, key=position.__getitem__))


def _text(drawing: Drawing) -> Iterator[str]:
    by_key = {resource.key: resource for resource in drawing.plan.resources}
    keys = ordered(drawing.plan, drawing.edges)
    wide, asked = max(map(len, keys)), max(len(resource.asked_by) for resource in by_key.values())
    count = sum(map(len, drawing.objects.values()))
    yield f"{drawing.name}: {len(keys)} resources, {count} objects"
    yield f"{'RESOURCE':{wide}}  {'ASKED FOR BY':{asked}}  NEEDS"
    for key in keys:
        needs = _needs([edge for edge in drawing.edges if edge.resource is by_key[key]])
        others = ", ".join(item for item in drawing.objects.get(key, ()) if item != key)
        told = "; ".join(part for part in (needs, f"with {others}" if others else "") if part)
        yield f"{key:{wide}}  {by_key[key].asked_by:{asked}}  {told}".rstrip()


def _needs(edges: list[Edge]) -> str:
    """What a resource needs, in words: `after a, b; after one of c, d; for ARN of e; uses f`."""
    after = list(dict.fromkeys(edge.needs.key for edge in edges if edge.why == "order"))
    one_of = list(dict.fromkeys(edge.needs.key for edge in edges if edge.why == "any"))
    facts = [f"{edge.what} of {edge.needs.key}" for edge in edges if edge.why == "fact"]
    waits = {*after, *(edge.needs.key for edge in edges if edge.why == "fact")}
    uses = [key for key in dict.fromkeys(edge.needs.key for edge in edges if edge.why == "value") if key not in waits]
    parts = (
        ("after ", after),
        ("after one of " if len(one_of) > 1 else "after ", one_of),
        ("for ", facts),
        ("uses ", uses),
    )
    return "; ".join(start + ", ".join(keys) for start, keys in parts if keys)


def _arrows(edges: Iterable[Edge]) -> list[tuple[str, str, bool]]:
    """Arrows from what is needed to what needs it; True where the order matters.

    An arrow that a longer way implies is left out: a node group waits for a dozen things, and nobody can follow the
    arrows of all. The text has every edge.
    """
    arrows: dict[tuple[str, str], bool] = {}
    for edge in edges:
        pair = (edge.needs.key, edge.resource.key)
        arrows[pair] = arrows.get(pair, False) or edge.why != "value"
    net: networkx.DiGraph[str] = networkx.transitive_reduction(networkx.DiGraph(list(arrows)))
    return [(start, end, order) for (start, end), order in arrows.items() if net.has_edge(start, end)]


COLOURS: Mapping[Part, str] = {
    Part.NETWORK: "#e3f2fd",
    Part.CONTROL_PLANE: "#fff3e0",
    Part.COMPUTE: "#e8f5e9",
    Part.ADDONS: "#f3e5f5",
    Part.DATABASES: "#fffde7",
    Part.REGISTRATION: "#fce4ec",
    Part.DELETION: "#eceff1",
}

WAITS, REFERS = "is made after it", "refers to it"
LEFT_OUT = "arrows (what a longer way implies is left out)"
"""What the arrows mean, in the legend."""


def _mermaid(drawing: Drawing) -> Iterator[str]:
    # nodes by number: a key such as `end` or `default-x` is a word of Mermaid's own
    ids = {resource.key: f"n{number}" for number, resource in enumerate(drawing.plan.resources)}
    yield "flowchart LR"
    for part, keys in drawing.by_part():
        yield f'  subgraph {part}["{HEADINGS[part]}"]'
        yield from (f'    {ids[key]}["{key}"]' for key in keys)
        yield "  end"
        yield f"  style {part} fill:{COLOURS[part]}"
    for start, end, order in _arrows(drawing.edges):
        yield f"  {ids[start]} {'-->' if order else '-.->'} {ids[end]}"
    yield f'  subgraph legend["{LEFT_OUT}"]'
    yield f'    a["a resource"] -->|"{WAITS}"| b["another"]'
    yield f'    c["a resource"] -.->|"{REFERS}"| d["another"]'
    yield "  end"


def _dot(drawing: Drawing) -> Iterator[str]:
    yield f'digraph "{drawing.name}" {{'
    yield f'  rankdir=LR; label="{drawing.name}"; labelloc=t; labeljust=l; fontname="sans-serif";'
    yield '  node [shape=box, style=filled, fillcolor=white, fontname="sans-serif"]; edge [fontname="sans-serif"];'
    for part, keys in drawing.by_part():
        yield f'  subgraph "cluster_{part}" {{'
        yield f'    label="{HEADINGS[part]}"; style=filled; color="{COLOURS[part]}";'
        yield from (f'    "{key}";' for key in keys)
        yield "  }"
    for start, end, order in _arrows(drawing.edges):
        yield f'  "{start}" -> "{end}"{"" if order else " [style=dashed]"};'
    yield '  subgraph "cluster_legend" {'
    yield f'    label="{LEFT_OUT}"; style=dotted;'
    yield '    a [label="a resource"]; b [label="another"]; c [label="a resource"]; d [label="another"];'
    yield f'    a -> b [label="{WAITS}"]; c -> d [label="{REFERS}", style=dashed];'
    yield "  }"
    yield "}"


FORMATS: Mapping[str, Callable[[Drawing], Iterator[str]]] = {"text": _text, "mermaid": _mermaid, "dot": _dot}
