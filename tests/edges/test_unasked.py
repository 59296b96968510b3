"""Rights that somebody adds to an object by hand: where they stay, the claim says so.

Server-side apply merges lists that are sets in the schema, so an item that others own stays in them, and the provider
carries it to AWS: privilege that Git does not know.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest
import yaml

from argosy.catalog import ENGINES
from argosy.plan import Path
from tests.schemas.compact import CRDS
from tests.support.lives import ENGINE, EXAMPLE_NAMES, Life, claim_of, life_of

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
RIGHTS = ENGINES[ENGINE].rights_lists
ENTRY = "access-entry-one-"


@cache
def settled() -> Life:
    life = Life(claim_of({"region": "eu-west-1", "access": {"admins": ["arn:aws:iam::111122223333:role/one"]}}))
    life.settle()
    return life


def with_more(key: str, path: tuple[str, ...], *items: str) -> Life:
    """A settled world in which somebody has added items to a list of an object."""
    life = copy.deepcopy(settled())
    here: Any = life.observed[key]["spec"]["forProvider"]
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = [*here[path[-1]], *items]
    return life


CASES = [
    ("role-spoke", ("managedPolicyArns",), ADMIN, "Registered"),
    ("role-cluster", ("managedPolicyArns",), ADMIN, "ControlPlaneReady"),
    (
        next(key for key in settled().observed if key.startswith(ENTRY)),
        ("kubernetesGroups",),
        "oncall",
        "ControlPlaneReady",
    ),
    ("cluster", ("vpcConfig", "publicAccessCidrs"), "0.0.0.0/0", "ControlPlaneReady"),
]


@pytest.mark.parametrize(("key", "path", "item", "part"), CASES)
def test_a_right_that_somebody_adds_is_told(key: str, path: tuple[str, ...], item: str, part: str) -> None:
    usual, told = settled().call(), with_more(key, path, item).call()
    said = (
        f"; {key} has {item} in {path[-1]}, which the claim does not ask for; if it stays, somebody has added it by "
        "hand: take it off"
    )
    changed = [now for now, before in zip(told.conditions, usual.conditions, strict=True) if now != before]
    assert part in {condition["type"] for condition in changed}
    for condition in changed:
        assert condition["status"] == "True"
        assert condition["message"].endswith(said)
    assert told.desired == usual.desired, "what others own is neither taken over nor kept"


def test_several_rights_are_counted() -> None:
    told = with_more("role-spoke", ("managedPolicyArns",), ADMIN, "arn:aws:iam::aws:policy/Other").call()
    message = next(item["message"] for item in told.conditions if item["type"] == "Registered")
    assert f"has {ADMIN} (and 1 more) in managedPolicyArns" in message


def test_a_right_is_told_beside_a_failure_too() -> None:
    life = with_more("role-cluster", ("managedPolicyArns",), ADMIN)
    condition = next(item for item in life.observed["cluster"]["status"]["conditions"] if item["type"] == "Synced")
    condition.update(status="False", reason="ReconcileError", message="update failed")
    told = next(item for item in life.call().conditions if item["type"] == "ControlPlaneReady")
    assert told["status"] == "False"
    assert "update failed" in told["message"]
    assert ADMIN in told["message"]


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_nothing_is_told_where_nobody_adds_anything(name: str) -> None:
    for moment in life_of(name):
        assert not [item for item in moment.answer.conditions if "does not ask for" in item["message"]]


def test_what_a_claim_gives_up_is_told_until_it_is_gone_and_then_no_more() -> None:
    arns = [f"arn:aws:iam::111122223333:policy/{name}" for name in ("one", "two")]
    identity = {"name": "worker", "namespace": "jobs", "serviceAccount": "worker"}
    life = Life(claim_of({"region": "eu-west-1", "identities": [{**identity, "policyArns": arns}]}))
    life.settle()
    fewer = life.change({"identities": [{**identity, "policyArns": arns[:1]}]})
    said = [any(f"has {arns[1]}" in item["message"] for item in told.conditions) for told in fewer.passes()]
    assert said[0]
    assert not any(said[1:])


def test_lists_of_which_this_is_told_are_sets_in_the_schema() -> None:
    """A list that is atomic is ours as a whole: an addition does not last."""
    assert len(RIGHTS) == 2 * 3  # namespaced and cluster-scoped
    for kind, paths in RIGHTS.items():
        name, group = kind.split(".", 1)
        for path in paths:
            assert schema(name, group, path)["x-kubernetes-list-type"] == "set", (kind, path)


def schema(name: str, group: str, path: Path) -> dict[str, Any]:
    for file in CRDS.glob(f"{group}_*.yaml"):
        crd = yaml.load(file.read_text(), yaml.CSafeLoader)
        if crd["spec"]["names"]["kind"] == name:
            here: dict[str, Any] = crd["spec"]["versions"][-1]["schema"]["openAPIV3Schema"]
            for step in path:
                here = here["properties"][step]
            return here
    raise LookupError(f"no schema of {name} in {group}")
