"""The real kyverno command line, and the policies as Kustomize builds them."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.tools.build import ROOT, built

Item = dict[str, Any]
FOLDER = ROOT / "gitops" / "policies"


@cache
def _built(folder: Path) -> tuple[Item, ...]:
    command = [str(built("kustomize")), "build", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def kustomized(folder: Path) -> list[Item]:
    """What Kustomize makes of a folder; a copy, for whoever wants to break something in it."""
    return copy.deepcopy(list(_built(folder)))


def rendered() -> list[Item]:
    """The policies as they are applied to a hub."""
    return kustomized(FOLDER)


def policies(kind: str = "ValidatingPolicy") -> dict[str, Item]:
    """The policies of a kind, by name."""
    return {item["metadata"]["name"]: item for item in rendered() if item["kind"] == kind}


Verdicts = dict[tuple[str, str], str]
"""What a policy says of an object, by both names: nothing if it passes. What it does not look at is missing."""


def judged(
    judges: Iterable[Item],
    objects: Sequence[Mapping[str, Any]],
    folder: Path,
    operation: str = "CREATE",
    user: Mapping[str, Any] | None = None,
) -> Verdicts:
    """Has the program apply policies to objects.

    Args:
        judges: ValidatingPolicies.
        objects: whose names differ, of one kind.
        folder: an empty one.
        operation: of the request. With UPDATE the object is what it was before, too; with DELETE it only was.
        user: `username` and `groups` of who asks.
    """
    names = [(item["kind"], item["metadata"]["name"]) for item in objects]
    assert len(set(names)) == len(names), names
    files: dict[str, list[Any]] = {"policies.yaml": list(judges), "resources.yaml": list(objects)}
    values = {"apiVersion": "cli.kyverno.io/v1alpha1", "kind": "Values", "metadata": {"name": "values"}}
    files["values.yaml"] = [{**values, "globalValues": {"request.operation": operation}}]
    if user is not None:
        who = {"apiVersion": "cli.kyverno.io/v1alpha1", "kind": "UserInfo", "metadata": {"name": "who"}}
        files["user.yaml"] = [{**who, "userInfo": dict(user)}]
    for name, items in files.items():
        (folder / name).write_text(yaml.safe_dump_all(items))
    command = [
        *(str(built("kyverno")), "apply", "policies.yaml", "--resource=resources.yaml"),
        *("--policy-report", "--output-format=json", "--values-file=values.yaml"),
        *(["--userinfo=user.yaml"] if user is not None else []),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    start = done.stdout.find("{")
    if start < 0 and done.returncode == 0:
        return {}  # it has looked at nothing
    assert start >= 0, (done.stdout, done.stderr)
    report, _ = json.JSONDecoder().raw_decode(done.stdout[start:])
    return dict(verdict for result in report["results"] for verdict in _verdicts(result))


def _verdicts(result: Mapping[str, Any]) -> Iterable[tuple[tuple[str, str], str]]:
    assert result["result"] in ("pass", "fail", "error", "skip"), result
    if result["result"] == "skip":
        return
    said = "" if result["result"] == "pass" else result.get("message") or result["result"]
    for item in result["resources"]:
        yield (result["policy"], item["name"]), said


def as_kyverno(policy: Item, asked: Mapping[str, Any] | None = None) -> Item:
    """A ValidatingAdmissionPolicy as the program takes it with any operation, which it does not of its own kind.

    Args:
        policy: the admission policy.
        asked: the object that the binding hands it as parameter. The program hands none to a policy of its own kind.
    """
    spec = {name: value for name, value in policy["spec"].items() if name != "paramKind"}
    if asked is not None:
        text = re.sub(r"\bparams\b", "variables.asked", json.dumps(spec))
        spec = json.loads(text)
        expression = f"json.unmarshal({json.dumps(json.dumps(asked))})"
        spec["variables"] = [{"name": "asked", "expression": expression}, *spec.get("variables", [])]
    return {
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "ValidatingPolicy",
        "metadata": policy["metadata"],
        "spec": {**spec, "validationActions": ["Deny"]},
    }


def as_admission(policy: Item) -> Item:
    """The ValidatingAdmissionPolicy that Kyverno makes of its own, if that has `autogen` say so."""
    assert policy["spec"]["autogen"] == {"validatingAdmissionPolicy": {"enabled": True}}
    left_out = ("autogen", "evaluation", "validationActions")
    spec = {name: value for name, value in policy["spec"].items() if name not in left_out}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": policy["metadata"],
        "spec": spec,
    }


def without(policy: Item, validation: int) -> Item:
    """The policy with one rule less, by a name of its own."""
    less = copy.deepcopy(policy)
    less["metadata"]["name"] += f"-without-{validation}"
    del less["spec"]["validations"][validation]
    return less
