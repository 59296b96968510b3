"""Hub facts that go wrong under a cluster that stands: what is told, and that nothing moves (design 4.7, REL-01).

Over every example: missing, half written, of another type, another hub's, an account that does not match. A FATAL
answer has no resources, so Crossplane changes none; where the answer is none, it asks for exactly what it asked before.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from argosy.cli.options import sample_hub
from argosy.cli.request import Answer
from tests.support.lives import EXAMPLE_NAMES, Life, answer_to, example, life_of

HUB = sample_hub()
FACTS = "EnvironmentConfig argosy: "
OTHER = "444455556666"
BOUNDARY = "arn:aws:iam::111122223333:policy/argosy-boundary"
TENANTED = ("minimal", "production")
"""Examples in the namespace that the sample's facts name, with a tenant."""

Facts = dict[str, Any]
Edit = Callable[[Facts], object]


@dataclass(frozen=True)
class Case:
    """A way in which facts go wrong.

    Attributes:
        name: of the case.
        edit: what is done to `data`.
        told: start of the FATAL message.
        where: the condition that shows it.
        only: examples that it concerns; all if none is named.
    """

    name: str
    edit: Edit
    told: str
    where: str = "Registered"
    only: tuple[str, ...] = ()


def put(path: str, value: Any) -> Edit:
    """Writes a fact; None takes it away."""
    *above, last = path.split(".")

    def edit(data: Facts) -> None:
        for step in above:
            data = data[step]
        if value is None:
            del data[last]
        else:
            data[last] = value

    return edit


UNDO = "put it back, or take the cluster out of Argo CD first (argocd.register: false)"
CASES = (
    Case("empty", lambda data: data.clear(), f"{FACTS}lacks "),
    Case("argocd is missing", put("argocd", None), f"{FACTS}lacks argocd.roleArn, the IAM role of Argo CD, but it"),
    Case(
        "roleArn is missing", put("argocd.roleArn", None), f"{FACTS}lacks argocd.roleArn, the IAM role of Argo CD, but"
    ),
    Case(
        "reach is missing", put("reach", None), f"{FACTS}lacks reach, the hub's way to the private API endpoint, but it"
    ),
    Case("hub is missing", put("hub", None), f"{FACTS}lacks hub, but this cluster was registered with hub-eu; {UNDO}"),
    Case(
        "the namespace is missing",
        put("namespaces", None),
        f"{FACTS}lacks namespaces.team-orders.tenant, but this cluster was made with orders; write it again",
        only=TENANTED,
    ),
    Case(
        "the tenant is missing",
        put("namespaces.team-orders.tenant", None),
        f"{FACTS}lacks namespaces.team-orders.tenant, but",
        only=TENANTED,
    ),
    Case("argocd is null", lambda data: data.update(argocd=None), f"{FACTS}data.argocd: must be an object"),
    Case("an unknown field", put("argoCD", {}), f"{FACTS}data.argoCD: there is no such field"),
    Case(
        "a role that is none", put("argocd.roleArn", "argocd-hub"), f"{FACTS}data.argocd.roleArn: 'argocd-hub' is not"
    ),
    Case("half a way", put("reach.cidrs", None), f"{FACTS}data.reach: Routed and PublicFrom need cidrs"),
    Case("a way that is none", put("reach.mode", "Tunnel"), f"{FACTS}data.reach.mode: "),
    Case(
        "an account without quotes",
        put("namespaces.team-orders.account", 111122223333),
        f'{FACTS}data.namespaces.team-orders.account: is a number in YAML; write it in quotes: "111122223333"',
    ),
    Case("no environments", put("environments", []), f"{FACTS}data.environments: List should have at least 1 item"),
    Case(
        "another hub", put("hub", "hub-us"), f"{FACTS}says hub-us in hub, but this cluster was registered with hub-eu"
    ),
    Case(
        "another namespace", put("argocd.namespace", "argo"), f"{FACTS}says argo in argocd.namespace, but this cluster"
    ),
    Case("another mode", put("argocd.mode", "Capability"), f"{FACTS}says Capability in argocd.mode, but this cluster"),
    Case(
        "another partition",
        put("argocd.roleArn", "arn:aws-cn:iam::999988887777:role/argocd-hub"),
        f"{FACTS}Argo CD's role is in partition aws-cn, the cluster in aws, but it registered this cluster",
    ),
    Case(
        "another account",
        put("namespaces.team-orders.account", OTHER),
        f"metadata.namespace: the credentials of namespace team-orders lead to account 111122223333, but "
        f"EnvironmentConfig argosy says {OTHER} in namespaces.team-orders.account; mend the one that is wrong",
        where="ControlPlaneReady",
        only=TENANTED,
    ),
    Case(
        "another account's boundary",
        put("permissionsBoundary", BOUNDARY.replace("111122223333", OTHER)),
        f"{FACTS}permissionsBoundary: ",
    ),
)


def changed(edit: Edit) -> list[dict[str, Any]]:
    """The sample's facts after a change."""
    hub = copy.deepcopy(HUB)
    edit(hub[0]["data"])
    return hub


def statuses(told: Answer) -> dict[str, str]:
    return {item["type"]: item["status"] for item in told.conditions}


PAIRS = [(case, name) for case in CASES for name in case.only or EXAMPLE_NAMES]


@pytest.mark.parametrize(("case", "name"), PAIRS, ids=[f"{case.name} {name}" for case, name in PAIRS])
def test_wrong_facts_are_fatal_and_one_condition_says_what_to_write(case: Case, name: str) -> None:
    last = life_of(name)[-1]
    told = answer_to(last.claim, last.observed.values(), changed(case.edit))
    assert told.fatal is not None
    assert told.fatal.startswith(case.told), told.fatal
    assert told.desired == {}
    refused = {item["type"]: item["message"] for item in told.conditions if item["reason"] == "Refused"}
    assert refused == {case.where: told.fatal}
    before = statuses(last.answer)
    assert statuses(told) == {**before, case.where: "False"}


@pytest.mark.parametrize("data", [None, [], "facts", 7])
@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_facts_without_data_are_no_facts_that_say_nothing(name: str, data: Any) -> None:
    last = life_of(name)[-1]
    told = answer_to(last.claim, last.observed.values(), [{**HUB[0], "data": data}])
    assert told.fatal is not None
    assert told.fatal.startswith(FACTS)
    assert told.desired == {}


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_facts_that_are_restored_change_nothing(name: str) -> None:
    last = life_of(name)[-1]
    refused = answer_to(last.claim, last.observed.values(), changed(put("argocd", None)))
    status = {**last.claim["status"], "conditions": list(refused.conditions)}
    again = answer_to({**last.claim, "status": status}, last.observed.values(), HUB)
    assert again.fatal is None
    assert again.desired == last.answer.desired
    assert statuses(again) == statuses(last.answer)


@pytest.mark.parametrize(
    "edit",
    [
        put("argocd.roleArn", f"arn:aws:iam::{OTHER}:role/argocd-hub"),
        put("namespaces.team-orders.tenant", "checkout"),
        put("permissionsBoundary", BOUNDARY),
        put("repositories", None),
        put("tags", {"managed-by": "others"}),
    ],
    ids=["role", "tenant", "boundary", "repositories", "tags"],
)
@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_facts_that_may_change_add_and_drop_no_object(name: str, edit: Edit) -> None:
    last = life_of(name)[-1]
    told = answer_to(last.claim, last.observed.values(), changed(edit))
    assert told.fatal is None
    assert told.desired.keys() == last.answer.desired.keys()


@pytest.mark.parametrize("register", [True, False])
@pytest.mark.parametrize("of", ["hub", "namespace"])
def test_iam_07_a_boundary_can_be_replaced_and_not_be_taken_off(of: str, register: bool) -> None:
    """Also where nothing is registered: the roles are there all the same."""
    claim = example("minimal")
    claim["spec"]["argocd"] = {"register": register}
    life = Life(claim)
    life.hub = copy.deepcopy(HUB)
    data = life.hub[0]["data"]
    place = data if of == "hub" else data["namespaces"]["team-orders"]
    place["permissionsBoundary"] = BOUNDARY
    life.settle()
    place["permissionsBoundary"] = f"{BOUNDARY}-2"
    roles = [item for item in life.settle().desired.values() if item["kind"] == "Role"]
    assert {role["spec"]["forProvider"]["permissionsBoundary"] for role in roles} == {f"{BOUNDARY}-2"}
    del place["permissionsBoundary"]
    told = life.call()
    assert told.fatal == (
        f"{FACTS}lacks namespaces.team-orders.permissionsBoundary or permissionsBoundary, but this cluster was made "
        f"with {BOUNDARY}-2; write it again"
    )


def test_ten_12_a_tenant_of_the_namespace_s_own_name_may_be_written_out() -> None:
    """A namespace without an entry is its own tenant: to say so is no change."""
    last = life_of("with-databases")[-1]
    namespace = last.claim["metadata"]["namespace"]
    told = answer_to(last.claim, last.observed.values(), changed(put(f"namespaces.{namespace}", {"tenant": namespace})))
    assert told.fatal is None
    assert told.desired == last.answer.desired
