"""What the real API server's code and the real Crossplane CLI say, where other tests use our own reading of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from argosy.api.cluster import XEKSClusterSpec
from tests.generate.test_rules import BAD, CHANGES, FREE, FULL, ROLE, bad
from tests.generate.xrd import COMPOSITE, EXAMPLES, ROOT
from tests.tools.build import HERE as TOOLS_FOLDER
from tests.tools.build import built

pytestmark = pytest.mark.tools

MOST_PER_RULE, MOST_IN_ALL = 10_000_000, 100_000_000
"""k8s.io/apiextensions-apiserver v0.35, pkg/apis/apiextensions/validation: StaticEstimated(CRD)CostLimit."""


def crossplane(*arguments: str | Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run the CLI; it keeps its configuration below HOME."""
    return subprocess.run(
        [built("crossplane-cli"), *arguments],
        env=os.environ | {"HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Admission:
    """An API server's code, told of our kind."""

    program: Path
    crd: Mapping[str, Any]

    def ask(self, *changes: Mapping[str, Any]) -> dict[str, Any]:
        """Judge the definition, and creations and changes of objects."""
        process = subprocess.run(
            [self.program],
            input=json.dumps({"crd": self.crd, "changes": changes}),
            capture_output=True,
            text=True,
            check=True,
        )
        answer: dict[str, Any] = json.loads(process.stdout)
        return answer

    def judge(self, new: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> Sequence[str]:
        """What is wrong with a spec, or with changing another into it."""
        change = {"new": claim(new)} | ({"old": claim(old)} if old is not None else {})
        (errors,) = self.ask(change)["changes"]
        found: Sequence[str] = errors
        return found


def claim(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": COMPOSITE.api_version,
        "kind": COMPOSITE.kind,
        "metadata": {"name": "orders", "namespace": "team-orders"},
        "spec": spec,
    }


@pytest.fixture(scope="module")
def admission(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """Compile admission/ with the libraries that the CLI's module pins; hand it the CRD that Crossplane makes."""
    folder = tmp_path_factory.mktemp("admission")
    subprocess.run(
        ["go", "build", "-o", folder / "admission", Path(__file__).parent / "admission" / "main.go"],
        cwd=TOOLS_FOLDER / "crossplane-cli",
        env=os.environ | {"GOFLAGS": "-mod=readonly", "GOWORK": "off"},
        check=True,
    )
    converted = crossplane("xrd", "convert", ROOT / "xrds" / "xeksclusters.fleet.argosy.dev.yaml", home=folder)
    assert converted.returncode == 0, converted.stderr
    crd = yaml.safe_load(converted.stdout)
    # the CLI leaves the owner's UID empty, which core fills in
    del crd["metadata"]["ownerReferences"]
    yield Admission(folder / "admission", crd)


def test_an_api_server_takes_the_crd_that_crossplane_makes(admission: Admission) -> None:
    assert admission.ask()["definition"] == []


def test_an_api_server_refuses_a_rule_that_costs_too_much(admission: Admission) -> None:
    crd = json.loads(json.dumps(admission.crd))
    spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    del spec["controlPlane"]["properties"]["endpoint"]["properties"]["publicAccessCidrs"]["maxItems"]

    (first, *_) = Admission(admission.program, crd).ask()["definition"]

    assert "estimated rule cost exceeds budget" in first


def test_all_rules_together_cost_a_hundredth_of_what_they_may(admission: Admission) -> None:
    costs = admission.ask()["costs"]

    assert len(costs) > 30
    assert max(costs.values()) < MOST_PER_RULE / 100
    assert sum(costs.values()) < MOST_IN_ALL / 100


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_api_server_takes_the_examples(admission: Admission, path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text()):
        assert admission.judge(document["spec"]) == []


def test_an_api_server_refuses_each_bad_sample_by_its_rule(admission: Admission) -> None:
    answers = admission.ask(*({"new": claim(bad(spec))} for _, _, spec in BAD))["changes"]

    for (_, begins, spec), errors in zip(BAD, answers, strict=True):
        assert len(errors) == 1, (spec, errors)
        assert begins in errors[0], (spec, errors)


@pytest.mark.parametrize(
    "spec",
    [
        {"network": {"zones": ["a", "a"]}},
        {"addons": [{"name": "coredns"}, {"name": "coredns", "version": "v1.11.3-eksbuild.1"}]},
        {"access": {"admins": [ROLE, ROLE]}},
    ],
)
def test_an_api_server_and_the_function_refuse_what_stands_twice(admission: Admission, spec: dict[str, Any]) -> None:
    (error,) = admission.judge(bad(spec))

    assert "Duplicate value" in error
    with pytest.raises(ValidationError, match="stands twice"):
        XEKSClusterSpec.model_validate(bad(spec))


def test_an_api_server_refuses_each_change_of_what_can_never_change(admission: Admission) -> None:
    answers = admission.ask(*({"new": claim(FULL | new), "old": claim(FULL)} for _, _, new in CHANGES))["changes"]

    for (_, name, _), errors in zip(CHANGES, answers, strict=True):
        assert len(errors) == 1, (name, errors)
        assert f"{name} can never change" in errors[0]


def test_an_api_server_takes_every_other_change(admission: Admission) -> None:
    answers = admission.ask(*({"new": claim(FULL | new), "old": claim(FULL)} for new in FREE.values()))["changes"]

    assert dict(zip(FREE, answers, strict=True)) == {what: [] for what in FREE}


# The CLI, as a person or a pre-commit hook runs it


def validate(files: Sequence[Path], home: Path) -> subprocess.CompletedProcess[str]:
    """Run `crossplane resource validate` without a network: an empty image means that it fetches no CRDs of core."""
    return crossplane(
        *("resource", "validate", ROOT / "xrds", ",".join(map(str, files))),
        *("--crossplane-image=", "--error-on-missing-schemas", f"--cache-dir={home / 'cache'}"),
        home=home,
    )


def test_the_cli_takes_all_examples(tmp_path: Path) -> None:
    result = validate(EXAMPLES, tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"0 missing schemas, {len(EXAMPLES)} success cases, 0 failure cases" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("region: eu-west-1", "regions: eu-west-1", 'unknown field: "regions"'),
        ("region: eu-west-1", "region: eu-west-1\n  network: {zones: [a, f]}", "zones e to h need zoneSlots: 8"),
        ("region: eu-west-1", "region: Ireland", "spec.region"),
        ("name: orders", f"name: {'o' * 41}", "metadata.name: Too long"),
    ],
)
def test_the_cli_refuses_a_bad_claim(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    file = tmp_path / "claim.yaml"
    file.write_text((ROOT / "examples" / "xekscluster" / "minimal.yaml").read_text().replace(old, new))

    result = validate([file], tmp_path)

    assert result.returncode == 1
    assert complaint in result.stdout
