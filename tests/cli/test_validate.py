"""`argosy validate`: every mistake, where it is, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.cli.request import Caller
from tests.cli.program import CLAIM, EXAMPLES, HEAD, argosy, claim
from tests.support.lives import ROOT, claim_of

HUB = "apiVersion: apiextensions.crossplane.io/v1beta1\nkind: EnvironmentConfig\nmetadata: {name: argosy}\ndata:\n"


def test_every_mistake_is_told_from_top_to_bottom(tmp_path: Path) -> None:
    text = f"""\
{HEAD}spec:
  region: eu-west-1
  kubernetes_version: "1.35"
  nodes:
    groups:
      - name: general
        minSize: 5
        maxSize: 2
      - name: other
        taints:
          - {{key: a, effect: Nope}}
  access:
    entries:
      - kubernetesGroups: [x]
  tags: {{n: 1}}
"""
    result = argosy("validate", claim(tmp_path, text))
    told = [line.removeprefix(f"{tmp_path}/claim.yaml:").split("; ")[0] for line in result.stderr.splitlines()]
    assert result.exit_code == 1
    assert result.stdout == ""
    assert told == [
        "8: spec.kubernetes_version: there is no such field",
        "11: spec.nodes.groups[0]: minSize must not exceed maxSize",
        "16: spec.nodes.groups[1].taints[0].effect: 'Nope' is unknown",
        "19: spec.access.entries[0].principalArn: must be set",
        "20: spec.tags.false: is a number in YAML",
        "1 document checked, 5 mistakes",
    ]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("environment: on", "is a boolean in YAML, as are yes, on and y"),
        ("environment: off", "is a boolean in YAML, as are no, off and n"),
        ("region: [a]", "must be text"),
        ("kubernetesVersion: 1.35", 'write it in quotes: "1.35"'),
        ("nodes: {autoMode: {enabled: 'no'}}", "must be a boolean: true or false"),
        ("databases: [{name: a, storageGiB: '5'}]", "must be an integer, without quotes"),
        ("databases: [{name: a, storageGiB: 5}]", "5 is too small; write at least 20"),
        ("databases: [{name: a, storageGiB: 1e30}]", "is too large; write at most 65536"),
        (f"databases: [{{name: {'a' * 21}}}]", "is too long; write at most 20 characters"),
        ("databases: [{name: ''}]", "must not be empty"),
    ],
)
def test_the_function_says_the_same_and_what_to_write(field: str, told: str, tmp_path: Path) -> None:
    head = HEAD + "spec:\n" + ("" if field.startswith("region") else "  region: eu-west-1\n")
    file = claim(tmp_path, f"{head}  {field}\n")
    result, rendered = argosy("validate", file), argosy("render", file)
    assert (result.exit_code, rendered.exit_code) == (1, 1)
    message = result.stderr.splitlines()[0].split(": ", 1)[1]
    assert told in message
    assert rendered.stderr == f"XEKSCluster team-orders/orders is refused: {message}\n"


def test_a_whole_number_is_an_integer_as_in_json(tmp_path: Path) -> None:
    file = claim(tmp_path, f"{CLAIM}  databases: [{{name: a, storageGiB: 100.0}}]\n")
    assert argosy("validate", file).output == "1 document checked, 0 mistakes\n"


def test_crossplanes_own_keys_are_no_mistakes(tmp_path: Path) -> None:
    file = claim(tmp_path, f"{CLAIM}  crossplane: {{compositionRef: {{name: x}}}}\n")
    assert argosy("validate", file).exit_code == 0


def test_hub_facts_among_the_files_are_used_for_the_claims(tmp_path: Path) -> None:
    claim(tmp_path, f"{CLAIM}  environment: moon\n")
    hub = claim(tmp_path, f"{HUB}  environments: [sun]\n", "hub.yaml")
    assert "claim.yaml:8: spec.environment: " in argosy("validate", tmp_path).stderr
    hub.write_text(f"{HUB}  environments: [moon]\n")
    assert argosy("validate", tmp_path).output == "2 documents checked, 0 mistakes\n"
    hub.write_text(f"{HUB}  hub: 5\n")
    told = argosy("validate", tmp_path).stderr
    assert 'hub.yaml:5: data.hub: is a number in YAML; write it in quotes: "5"' in told
    assert "claim.yaml:1" not in told


def test_hub_facts_of_another_version_are_a_mistake(tmp_path: Path) -> None:
    result = argosy("validate", claim(tmp_path, HUB.replace("v1beta1", "v1alpha1")))
    assert result.exit_code == 1
    assert "claim.yaml:1: apiVersion: the EnvironmentConfig is asked for in" in result.stderr


def test_a_broken_file_hides_no_mistake_of_another(tmp_path: Path) -> None:
    claim(tmp_path, "a: {", "a.yaml")
    claim(tmp_path, f"{CLAIM}  bogus: 1\n", "b.yaml")
    result = argosy("validate", tmp_path)
    assert "a.yaml:1: is no YAML" in result.stderr
    assert "b.yaml:8: spec.bogus" in result.stderr
    assert result.stderr.endswith("1 document checked, 2 mistakes\n")


def test_the_second_of_two_documents_has_lines_of_its_own(tmp_path: Path) -> None:
    file = claim(tmp_path, f"kind: ConfigMap\n---\n{CLAIM}---\n{CLAIM}  bogus: 1\n")
    result = argosy("validate", file)
    assert "claim.yaml:18: spec.bogus" in result.stderr
    assert result.stderr.endswith("2 documents checked, 1 mistake\n")


def test_what_only_the_function_knows_is_told_with_the_line_of_the_item(tmp_path: Path) -> None:
    text = f"{CLAIM}  nodes:\n    groups:\n      - name: a\n      - name: b\n        zones:\n          - d\n"
    told = argosy("validate", claim(tmp_path, text)).stderr
    assert "claim.yaml:12: spec.nodes.groups[b].zones: zone d is not in the network's zones" in told


def test_a_field_is_known_by_its_name_in_yaml_alone() -> None:
    told = Caller(claim=claim_of({"region": "eu-west-1", "control_plane": {}}), engine="upbound").call([])
    assert str(told.fatal).startswith("spec.control_plane: there is no such field")


def test_all_examples_are_valid_together_with_the_setup() -> None:
    result = argosy("validate", EXAMPLES, ROOT / "examples" / "setup")
    assert (result.exit_code, result.stderr) == (0, "")
