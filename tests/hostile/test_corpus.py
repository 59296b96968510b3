"""TST-07: every hostile claim is refused, by the function and by `argosy validate`, with the field's path.

A rule that only admission knows protects nothing from an object that is stored already, and a rule that only the
function knows is told after the commit (safety 4.3). So each sample is judged three times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.admission import ObjectMeta
from argosy.cli.options import sample_hub
from argosy.cli.request import build_request, read_answer
from argosy.function import CLAIM_KEYS, LARGEST_ANSWER, answer
from argosy.plan import shown
from tests.cli.program import argosy
from tests.generate.xrd import SPEC, broken
from tests.hostile.samples import CORPUS, REFUSED, Sample, load, refused
from tests.schemas.structural import Node, Walk
from tests.support.lives import CLUSTER_ENGINE, ENGINE, claim_of, life_of

SAMPLES = tuple(refused())
FEWEST = 120
LONGEST_MESSAGE = 2500
HUB = sample_hub()

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])


def test_the_corpus_is_as_large_as_it_must_be_and_no_sample_stands_twice() -> None:
    names = [sample.name for sample in SAMPLES]
    assert len(names) >= FEWEST
    assert len(set(names)) == len(names)
    assert {path.stem for path in CORPUS.glob("*.yaml")} == {*REFUSED, "ignored", "text"}
    assert all(re.fullmatch(r"(SEC|IAM|TEN|REL)-[0-9]{2}", item) for sample in SAMPLES for item in sample.items)


def as_sent(value: Any) -> Any:
    """What reaches the function: an API server puts U+FFFD for half a character (Go, encoding/json)."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, Mapping):
        return {as_sent(name): as_sent(item) for name, item in value.items()}
    return [as_sent(item) for item in value] if isinstance(value, list) else value


@every_sample
def test_tst_07_the_function_refuses_it_by_its_path_and_renders_nothing(sample: Sample) -> None:
    reply = answer(build_request(as_sent(sample.claim), ENGINE, (), HUB))
    told = read_answer(reply)
    assert told.fatal is not None, sample.attack
    assert told.fatal.startswith(f"{shown(as_sent(sample.refused), 300)}"), (sample.attack, told.fatal[:500])
    assert len(told.fatal) < LONGEST_MESSAGE
    assert told.fatal.isprintable()
    assert "defect" not in told.fatal
    assert not reply.desired.resources
    assert not reply.desired.composite.resource.fields
    assert reply.ByteSize() < LARGEST_ANSWER / 100


def behind_a_claim(sample: Sample) -> dict[str, Any]:
    """The composite that Crossplane would make of an EKSCluster that says the same."""
    composite = claim_of({}, engine=CLUSTER_ENGINE)
    return {**composite, "spec": {**as_sent(sample.claim["spec"]), "claimRef": composite["spec"]["claimRef"]}}


OF_SPEC = [
    sample
    for sample in SAMPLES
    if sample.refused.startswith("spec.")
    and isinstance(sample.claim.get("spec"), Mapping)
    and sample.refused.removeprefix("spec.") not in CLAIM_KEYS  # admission refuses those (tests/hub)
]


@pytest.mark.parametrize("sample", OF_SPEC, ids=[sample.name for sample in OF_SPEC])
def test_tst_07_the_function_refuses_it_of_a_claim_too(sample: Sample) -> None:
    reply = answer(build_request(behind_a_claim(sample), CLUSTER_ENGINE, (), HUB))
    told = read_answer(reply)
    assert told.fatal is not None, sample.attack
    assert told.fatal.startswith(f"{shown(as_sent(sample.refused), 300)}"), (sample.attack, told.fatal[:500])
    assert not reply.desired.resources


def test_most_samples_are_tried_of_claims_too() -> None:
    assert len(OF_SPEC) > 0.8 * len(SAMPLES)


@every_sample
def test_tst_07_validate_refuses_it_with_the_line(sample: Sample, tmp_path: Path) -> None:
    file = tmp_path / "claim.yaml"
    text = yaml.safe_dump_all([sample.claim, *HUB], sort_keys=False, width=10**9)
    file.write_text(text)
    result = argosy("validate", file)
    assert result.exit_code == 1, sample.attack
    assert all(line.isprintable() and len(line) < LONGEST_MESSAGE for line in result.stderr.splitlines())
    field = shown(sample.refused, 300)
    told = sample.validate or field
    found = [re.fullmatch(rf"{re.escape(str(file))}:(\d+): (.*)", line) for line in result.stderr.splitlines()]
    lines = [int(match[1]) for match in found if match is not None and told in match[2]]
    assert lines, (sample.attack, told, result.stderr[:500])
    if sample.validate is None:
        assert place_of(sample.refused, text) in lines, (sample.refused, lines)


def place_of(field: str, text: str) -> int:
    """The line of a field, or of the nearest one around it, by PyYAML's own marks."""
    node: yaml.Node = next(iter(yaml.compose_all(text, yaml.SafeLoader)))
    line, rest = 1, field
    while rest:
        found = _child(node, rest)
        if found is None:
            break
        line, node, rest = found
    return line


def _child(node: yaml.Node, rest: str) -> tuple[int, yaml.Node, str] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in sorted(node.value, key=lambda entry: -len(entry[0].value)):
            name = key.value
            if rest == name or rest.startswith((f"{name}.", f"{name}[")):
                return key.start_mark.line + 1, value, rest[len(name) :].removeprefix(".")
    if isinstance(node, yaml.SequenceNode) and (match := re.match(r"\[([^\]]*)\]\.?", rest)):
        for index, item in enumerate(node.value):
            named = isinstance(item, yaml.MappingNode) and any(
                key.value == "name" and value.value == match[1] for key, value in item.value
            )
            if match[1] == str(index) or named:
                return item.start_mark.line + 1, item, rest[match.end() :]
    return None


@every_sample
def test_tst_07_admission_refuses_it_too_as_far_as_it_can_know(sample: Sample) -> None:
    assert is_refused_at_admission(as_sent(sample.claim)) == sample.admission, sample.attack


def is_refused_at_admission(claim: Mapping[str, Any]) -> bool:
    """Whether the XRD's schema and rules, or the API server's own rules of `metadata`, refuse a claim."""
    walk = Walk()
    Node(SPEC).check(claim["spec"], "spec", walk)
    if walk.problems:
        return True
    try:
        ObjectMeta.model_validate(claim["metadata"])
    except ValueError:
        return True
    return bool(broken(claim["spec"]))


IGNORED = load("ignored")


@pytest.mark.parametrize("entry", IGNORED, ids=[entry["id"] for entry in IGNORED])
def test_what_crossplane_writes_too_changes_nothing(entry: dict[str, Any]) -> None:
    """At the first call, and in the middle of a life, when there are objects that could be let go of."""
    moments = life_of("minimal")
    for moment in (moments[0], moments[len(moments) // 2], moments[-1]):
        claim = {
            **moment.claim,
            **{name: item for name, item in entry["claim"].items() if name not in ("spec", "metadata")},
        }
        for part in ("spec", "metadata"):
            claim[part] = {**moment.claim[part], **entry["claim"].get(part, {})}
        told, plain = (
            answer(build_request(asked, ENGINE, moment.observed.values(), HUB)) for asked in (claim, moment.claim)
        )
        assert told.SerializeToString(deterministic=True) == plain.SerializeToString(deterministic=True), entry[
            "attack"
        ]
        assert read_answer(plain).fatal is None
        assert plain.desired.resources


TEXTS = load("text")


@pytest.mark.parametrize("entry", TEXTS, ids=[entry["id"] for entry in TEXTS])
def test_yaml_that_readers_take_differently_is_refused(entry: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "claim.yaml"
    file.write_bytes(entry["text"].encode())
    result = argosy("validate", file)
    assert result.exit_code == 1, (entry["attack"], result.output)
    lines = result.stderr.splitlines()
    assert any(line.startswith(f"{file}:{entry['said']}") for line in lines), (entry["said"], result.stderr[:1000])
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith(f"{file}:") for line in lines) in (len(lines), len(lines) - 1), (
        "a line that nobody wrote"
    )
    rendered = argosy("render", file)
    assert rendered.exit_code == 1, entry["attack"]
    assert bool(rendered.stdout) == ("renders" in entry)


SENT = [entry for entry in TEXTS if "sent" in entry]


@pytest.mark.parametrize("entry", SENT, ids=[entry["id"] for entry in SENT])
def test_the_function_refuses_what_kubectl_makes_of_it(entry: dict[str, Any]) -> None:
    told = read_answer(answer(build_request(claim_of(entry["sent"]), ENGINE, (), HUB)))
    assert told.fatal is not None
    assert told.fatal.startswith(f"{entry['refused']}: "), told.fatal
    assert told.desired == {}
