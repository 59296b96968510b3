"""What peers are given comes to our resources, and really from the claim: a base that has it all would cost nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from bench.cases import case
from bench.contestants import CONTESTANTS
from bench.peers import by_hand, field_path, patch_and_transform, pythonic
from bench.recipes import TAGS, Path, Recipe, at, leaves, recipe
from tests.support.lives import every_engine

Compose = Callable[[Any, Any], tuple[dict[str, Any], dict[str, Any]]]


def composer(of: Recipe) -> Compose:
    """The hand-written module, imported."""
    names: dict[str, Any] = {}
    exec(by_hand(of), names)
    found: Compose = names["compose"]
    return found


def without_key(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest without the annotation that Crossplane adds."""
    bare = copy.deepcopy(manifest)
    del bare["metadata"]["annotations"]["crossplane.io/composition-resource-name"]
    if not bare["metadata"]["annotations"]:
        del bare["metadata"]["annotations"]
    return bare


@every_engine
def test_by_hand_comes_to_our_resources(engine: str) -> None:
    found = case("production", engine)
    desired, status = composer(recipe(found))(found.composite, found.observed)
    assert desired == {key: without_key(item) for key, item in found.desired.items()}
    for path, value in leaves(status):
        assert at(found.composite["status"], path) == value


def test_what_a_claim_says_is_patched_wherever_it_is_said() -> None:
    found = case("production")
    compose = composer(recipe(found))
    changed: Any = copy.deepcopy(found.composite)
    changed["spec"]["region"] = "xx-nowhere-9"
    changed["status"]["cluster"]["name"] = "another"
    changed["spec"]["tags"] = {"cost-center": "new", "more": "tags"}
    desired, _ = compose(changed, found.observed)
    cluster = desired["cluster"]["spec"]["forProvider"]
    assert cluster["region"] == "xx-nowhere-9"
    assert cluster["tags"].items() >= {"cost-center": "new", "more": "tags", "Name": "another-cluster"}.items()
    assert desired["subnet-private-a"]["spec"]["forProvider"]["availabilityZone"] == "xx-nowhere-9a"
    old = found.composite["status"]["cluster"]["name"]
    others = [text for _, text in leaves(desired) if isinstance(text, str) and old in text]
    assert all(text.startswith(("arn:", "https://")) or text in found.composite["status"]["roles"] for text in others)


def test_bases_have_nothing_of_what_is_patched() -> None:
    found = case("production")
    composed = patch_and_transform(recipe(found))["resources"]
    for template in composed:
        for path, text in leaves(template["base"]):
            assert text != found.composite["spec"]["region"], (template["name"], path)
            assert found.composite["status"]["cluster"]["name"] not in str(text), (template["name"], path)
            assert path[-1:] != ("cost-center",), (template["name"], path)
    assert sum(len(template["patches"]) for template in composed) == recipe(found).patches > 8 * len(composed)


def test_no_other_texts_are_taken_for_the_claims() -> None:
    """`argosy` is the name of the hub's facts, and of many things that nobody patches."""
    for template in recipe(case("production")).templates:
        for path, patch in template.patches.items():
            assert ("status", "hub", "environmentConfig") not in patch.variables, path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "forProvider", "region"), "spec.forProvider.region"),
        (
            ("metadata", "annotations", "crossplane.io/external-name"),
            "metadata.annotations[crossplane.io/external-name]",
        ),
        (("spec", "subnetIds", 0), "spec.subnetIds[0]"),
        (("status", "roles", "auto-node"), "status.roles[auto-node]"),
    ],
)
def test_paths_are_written_as_crossplane_reads_them(path: Path, text: str) -> None:
    assert field_path(path) == text


def test_a_percent_sign_is_no_place_for_a_field() -> None:
    found = case("minimal")
    (template, *_) = recipe(found).templates
    path, patch = next((path, patch) for path, patch in template.patches.items() if not patch.alone)
    odd = type(patch)(("100%", *patch.parts))
    given = Recipe((type(template)(template.key, template.manifest, {path: odd}),), ())
    ((patched,),) = (item["patches"] for item in patch_and_transform(given)["resources"])
    assert patched["transforms"][0]["string"]["fmt"].startswith("100%%%s")


def test_pythonic_merges_tags_and_tells_the_status() -> None:
    text = pythonic(recipe(case("production")))
    compile(text, "composite", "exec")
    assert f"in self.observed{''.join(f'[{step!r}]' for step in TAGS)}:" in text
    assert "self.desired['status']['network']['vpcId'] = self.resources['vpc'].observed" in text


def test_each_is_asked_with_its_own_input_and_nothing_else_differs() -> None:
    found = case("minimal")
    sent = {}
    for name, contestant in CONTESTANTS.items():
        request = type(found.request).FromString(contestant.request(found))
        sent[name] = request.input.fields["kind"].string_value
        request.input.CopyFrom(found.request.input)
        assert request == found.request, name
    assert sent == {
        "floor": "Input",
        "argosy": "Input",
        "by-hand": "Input",
        "patch-and-transform": "Resources",
        "pythonic": "Composite",
    }
