"""Input: files, folders, standard input, and what is none of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.cli.documents import Document, read
from tests.cli.program import CLAIM, HEAD, argosy, claim

METADATA = "metadata:\n  name: orders\n  namespace: team-orders\n"
COMMANDS = ("render", "simulate", "graph", "validate")


def document(folder: Path, text: str) -> Document:
    (found,) = read([str(claim(folder, text))])
    return found


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("spec.region", 7),
        ("spec.nodes.groups[0].minSize", 11),
        ("spec.nodes.groups[general].minSize", 11),
        ("spec.nodes.groups[1]", 12),
        ("spec.nodes.groups[other].zones[1]", 15),
        ("spec.nodes.groups[other].minSize", 12),
        ("spec.nodes.groups[nobody].minSize", 9),
        ("spec.argocd.labels.example.org/team.x", 18),
        ("spec.network.cidr", 6),
        ("kind", 2),
        ("EnvironmentConfig argosy: data.hub", 1),
    ],
)
def test_a_field_has_its_line_and_a_missing_one_that_of_its_parent(path: str, line: int, tmp_path: Path) -> None:
    spec = """\
spec:
  region: eu-west-1
  nodes:
    groups:
      - name: general
        minSize: 2
      - name: other
        zones:
          - a
          - b
  argocd:
    labels:
      example.org/team.x: a
"""
    assert document(tmp_path, HEAD + spec).line(path) == line


def test_the_items_of_a_list_are_documents_with_lines_of_their_own(tmp_path: Path) -> None:
    items = "".join(f"- {line}" if not number else f"  {line}" for number, line in enumerate(CLAIM.splitlines(True)))
    file = claim(tmp_path, f"apiVersion: v1\nkind: List\nitems:\n{items}")
    (found,) = read([str(file)])
    assert found.value["metadata"]["name"] == "orders"
    assert found.line("spec.region") == 10
    assert argosy("render", file).exit_code == 0


def test_a_folder_is_read_in_order_of_name_and_below_but_for_what_is_hidden(tmp_path: Path) -> None:
    for folder in ("b.yaml", ".git"):
        (tmp_path / folder).mkdir()
    for name in ("c.yml", "b.yaml/x.json", "a.yaml", "d.txt", ".git/e.yaml", ".f.yaml"):
        claim(tmp_path, f"name: {name}" if not name.endswith("json") else f'{{"name": "{name}"}}', name)
    assert [item.value["name"] for item in read([str(tmp_path)])] == ["a.yaml", "b.yaml/x.json", "c.yml"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_claim_comes_from_standard_input(command: str) -> None:
    assert argosy(command, "-", given=CLAIM).exit_code == 0


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", ["", "# nothing\n---\n", "hello\n", "- 1\n", "kind: ConfigMap\napiVersion: v1\n"])
def test_nothing_of_ours_is_wrong_use(command: str, text: str, tmp_path: Path) -> None:
    result = argosy(command, claim(tmp_path, text))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has no claim" in result.stderr or "nothing to check" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_is_not_there_is_wrong_use(command: str, tmp_path: Path) -> None:
    result = argosy(command, tmp_path / "nowhere.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere.yaml: there is no such file" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (bytes(range(256)), "claim.yaml: is no UTF-8 text (byte 129)"),
        (CLAIM.encode("utf-16"), "claim.yaml: is no UTF-8 text (byte 1)"),
        (f"{CLAIM}  region: eu-west-2\n", "claim.yaml:8: is no YAML: region stands twice, first in line 7"),
        (f"{HEAD}spec:\n\tregion: x\n", "claim.yaml:7: is no YAML: a tab"),
        (CLAIM.replace("v1alpha1", "v1beta1"), "claim.yaml:1: apiVersion: XEKSCluster is of fleet.argosy.dev/v1alpha1"),
        (CLAIM.replace("XEKSCluster", "XBucket"), "claim.yaml:2: kind: there is no XBucket"),
        (CLAIM.replace("fleet", "claims.fleet"), "claim.yaml:2: kind: XEKSCluster of claims.fleet.argosy.dev"),
        (CLAIM.replace("XEKS", "EKS"), "claim.yaml:1: apiVersion: EKSCluster is of claims.fleet.argosy.dev/v1alpha1"),
        ("apiVersion: fleet.argosy.dev/v1alpha1\nkind: XEKSCluster\n", "claim.yaml:1: metadata.name: must be set"),
        (CLAIM.replace("  name: orders\n", "  name: 5\n"), 'claim.yaml:4: metadata.name: is a number in YAML'),
        (CLAIM.replace("team-orders", "y"), "claim.yaml:5: metadata.namespace: is a boolean in YAML"),
        (CLAIM.replace("  namespace: team-orders\n", ""), "claim.yaml:3: metadata.namespace: must be set"),
        (CLAIM.replace(METADATA, "metadata: [a]\n"), "claim.yaml:3: metadata: must be an object"),
        (CLAIM.replace("name: orders\n", "name: Orders\n"), "claim.yaml:4: metadata.name: 'Orders' is not of the form"),
        (f"{HEAD}  finalisers: []\nspec: {{}}\n", "claim.yaml:6: metadata.finalisers: there is no such field"),
        (f"{HEAD}region: x\n", "claim.yaml:6: region: there is no such field in XEKSCluster; did you mean"),
    ],
)  # fmt: skip
def test_what_the_api_server_never_takes_is_refused_with_its_line(
    command: str, text: str | bytes, told: str, tmp_path: Path
) -> None:
    result = argosy(command, claim(tmp_path, text))
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr
