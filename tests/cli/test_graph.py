"""`argosy graph`: what depends on what."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import networkx

from argosy.cli.drawing import Drawing, ordered
from argosy.cli.options import claims, sample_hub
from argosy.cli.request import Caller, build_request
from argosy.function import draw
from tests.cli.program import CLAIM, EXAMPLES, MINIMAL, argosy, claim


def drawing(name: str) -> Drawing:
    (value,) = claims([str(EXAMPLES / f"{name}.yaml")])
    caller = Caller(claim=value, engine="upbound", required=sample_hub())
    return Drawing.of(caller, *draw(build_request(caller.claim, caller.engine, [], caller.required)))


def test_every_object_of_the_claim_stands_in_the_text_once() -> None:
    lines = argosy("graph", EXAMPLES / "node-groups.yaml").stdout.splitlines()
    told = Counter[str]()
    for line in lines[2:]:
        told.update(
            [line.split()[0], *re.sub(r".* with ", "", line).split(", ")] if " with " in line else line.split()[:1]
        )
    expected = {key for keys in drawing("node-groups").objects.values() for key in keys}
    assert told == Counter(expected)
    assert lines[0] == f"XEKSCluster team-search/search: {len(lines) - 2} resources, {len(expected)} objects"


def test_each_resource_has_the_field_that_asks_for_it_and_what_it_needs() -> None:
    lines = argosy("graph", EXAMPLES / "node-groups.yaml").stdout.splitlines()
    by_key = {line.split()[0]: re.split(r"  +", line, maxsplit=2) for line in lines}
    assert by_key["key-cluster"][1:] == ["spec.controlPlane", "for ARN of role-cluster"]
    assert by_key["nat-gateway-a"][1:] == ["spec.network.natGateways", "uses subnet-public-a; with elastic-ip-a"]
    assert by_key["addon-coredns"][1:] == [
        "spec.addons[coredns]",
        "after cluster; after one of node-group-batch, node-group-general",
    ]


def test_nothing_stands_before_what_it_needs() -> None:
    shown = drawing("with-databases")
    place = {key: number for number, key in enumerate(ordered(shown.plan, shown.edges))}
    assert len(place) == len(shown.plan.resources)
    assert all(place[edge.needs.key] < place[edge.resource.key] for edge in shown.edges)


def test_mermaid_names_nodes_by_number_because_keys_may_be_its_words() -> None:
    lines = argosy("graph", MINIMAL, "--format", "mermaid").stdout.splitlines()
    nodes = [match for line in lines if (match := re.fullmatch(r'    (n\d+)\["([^"]+)"\]', line))]
    names = {match[1]: match[2] for match in nodes}
    arrows = [match.groups() for line in lines if (match := re.fullmatch(r"  (n\d+) (-->|-\.->) (n\d+)", line))]
    shown = drawing("minimal")
    assert lines[0] == "flowchart LR"
    assert sorted(names.values()) == sorted(resource.key for resource in shown.plan.resources)
    assert sum(line.startswith("  subgraph ") for line in lines) == sum(line == "  end" for line in lines) == 6
    drawn = {(names[start], names[end]) for start, _, end in arrows}
    edges = {(edge.needs.key, edge.resource.key) for edge in shown.edges}
    assert drawn < edges
    assert networkx.transitive_closure(networkx.DiGraph(list(drawn))).edges >= edges
    assert '  subgraph ControlPlaneReady["control plane"]' in lines


def test_dot_has_every_resource_in_its_part_and_a_legend() -> None:
    text = argosy("graph", MINIMAL, "--format", "dot").stdout
    shown = drawing("minimal")
    assert text.startswith('digraph "XEKSCluster team-orders/orders" {\n')
    assert text.count("{") == text.count("}")
    assert re.findall(r'^    "([^"]+)";$', text, re.MULTILINE) == [key for _, keys in shown.by_part() for key in keys]
    assert '  "role-cluster" -> "key-cluster";' in text
    assert '  "vpc" -> "internet-gateway" [style=dashed];' in text
    assert 'subgraph "cluster_legend"' in text


def test_a_refused_claim_is_told_and_the_next_is_drawn(tmp_path: Path) -> None:
    result = argosy("graph", claim(tmp_path, f"{CLAIM}  bogus: 1\n---\n{CLAIM}"))
    assert result.exit_code == 1
    assert "is refused: spec.bogus: " in result.stderr
    assert result.stdout.startswith("XEKSCluster team-orders/orders: ")
