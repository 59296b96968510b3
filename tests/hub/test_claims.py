"""A real claim's whole life, as its author sees it: committed, composed, registered, refused deletion, decommissioned.

The composite behind it is cluster-scoped, and so is everything that it makes on AWS; what a person reads, waits for and
deletes is the claim.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import yaml

from argosy.catalog import ENGINES
from argosy.simulator.server import COMPOSITE
from tests.hub.live import CLAIMED, DECOMMISSION, Hub, Item, Team, condition, told
from tests.hub.local.waiting import wait_for
from tests.hub.test_chain import synced
from tests.support.lives import CLUSTER_ENGINE, example_file

NAME = "orders"
CLAIM = (CLAIMED.api_version, CLAIMED.written_kind)
SECONDS = 120
NOT_ACTIVE = "write spec.lifecycle: Decommission, wait until condition Deletable is True, then delete"


def claim_in(team: Team) -> Item:
    """The claim, empty if there is none."""
    return team.hub.get(*CLAIM, NAME, team.namespace) or {}


def behind(team: Team) -> Item:
    """The composite behind the claim."""
    found = team.hub.get(CLAIMED.api_version, CLAIMED.kind, claim_in(team)["spec"]["resourceRef"]["name"])
    assert found is not None
    return found


def composed(team: Team, composite: str) -> list[Item]:
    """Everything that the composite has made."""
    kinds, label = ENGINES[CLUSTER_ENGINE].emits, f"{COMPOSITE}={composite}"
    return [item for kind in kinds for item in team.hub.list(kind.api_version, kind.kind, labels=label)]


def until(team: Team, kind: str, status: str = "True") -> Item:
    """Waits for a condition of the claim."""

    def reached() -> bool:
        return condition(claim_in(team), kind).get("status") == status

    wait_for(reached, f"{kind} of the claim is {status}", seconds=SECONDS, instead=lambda: told(claim_in(team)))
    return condition(claim_in(team), kind)


def application_of(team: Team) -> Item | None:
    """The first Application of the cluster."""
    name = claim_in(team).get("status", {}).get("cluster", {}).get("name")
    return team.hub.get("argoproj.io/v1alpha1", "Application", f"hello-{name}", "argocd")


@pytest.fixture(scope="module")
def team(hub: Hub, teams: list[Team]) -> Team:
    """A namespace with the credentials that claims use."""
    found = Team.called(hub, "claims live")
    found.install()
    teams.append(found)
    return found


@pytest.fixture(scope="module")
def claim(hub: Hub, team: Team) -> Iterator[Item]:
    """The minimal example, committed, and everything that follows from it."""
    file, started = f"claims/{team.namespace}/{NAME}.yaml", time.monotonic()
    item = yaml.safe_load(example_file("minimal", CLUSTER_ENGINE).read_text())
    item["metadata"] = {"name": NAME}  # Argo CD gives the namespace: it is the folder
    hub.push({file: yaml.safe_dump(item)}, "A claim for orders")
    until(team, "Registered")
    registered = time.monotonic() - started
    until(team, "Ready")
    wait_for(lambda: synced(application_of(team)), "the first Application is Synced and Healthy", seconds=SECONDS)
    print(f"\nRegistered {registered:.1f} s after the push, first Application {time.monotonic() - started:.1f} s")
    yield claim_in(team)
    if (hub.home.fleet / file).exists():  # the last story did not come so far
        hub.push({file: None}, "No claim for orders")
    application = hub.get("argoproj.io/v1alpha1", "Application", f"claims-{team.namespace}", "argocd")
    if application is not None:
        hub.delete(application)


def test_a_committed_claim_is_a_registered_cluster(team: Team, claim: Item) -> None:
    composite = behind(team)
    assert composite["spec"]["claimRef"]["namespace"] == team.namespace
    status = {name: value for name, value in claim["status"].items() if name != "conditions"}
    assert status == {name: value for name, value in composite["status"].items() if name in status}
    assert status["account"] == team.account
    secret = team.hub.secret(NAME, team.namespace)
    assert secret is not None
    assert secret["metadata"]["labels"]["tenant"] == team.namespace


def test_conditions_and_events_reach_the_claim(team: Team, claim: Item) -> None:
    assert [condition(claim, part).get("status") for part in CLAIMED.conditions] == [*["True"] * 6, "False"]
    assert any(f"{CLAIM[1]}/{NAME} Registered: " in event for event in team.hub.events(team.namespace, "Normal"))

    team.hub.patch(claim, {"spec": {"environment": "moon"}})
    said = until(team, "ControlPlaneReady", "False")
    assert said["reason"] == "Refused"
    assert said["message"].startswith("spec.environment: moon is not one of the platform's")
    refusal = f"{CLAIM[1]}/{NAME} Refused: {said['message']}"
    wait_for(lambda: refusal in team.hub.events(team.namespace), "the claim's author gets an event", seconds=30)
    team.hub.patch(claim, {"spec": {"environment": claim["spec"]["environment"]}})
    until(team, "ControlPlaneReady")


def test_what_it_makes_on_aws_has_no_namespace_and_the_credentials_of_the_claims(team: Team, claim: Item) -> None:
    """TEN-09."""
    items = composed(team, behind(team)["metadata"]["name"])
    on_aws = [item for item in items if item["apiVersion"].split("/")[0].endswith(".aws.upbound.io")]
    assert len(on_aws) > 35
    assert {item["spec"]["providerConfigRef"]["name"] for item in on_aws} == {team.namespace}
    assert not [item for item in on_aws if "namespace" in item["metadata"]]
    rest = [item for item in items if item not in on_aws]
    assert {item["kind"] for item in rest} == {"Object", "Usage", "ClusterUsage"}
    assert all(
        (item["metadata"].get("namespace") == team.namespace) != (item["kind"] == "ClusterUsage") for item in rest
    )


def test_neither_claim_nor_composite_nor_namespace_can_be_deleted(team: Team, claim: Item) -> None:
    """REL-13, REL-16."""
    for item in (claim, behind(team)):
        assert NOT_ACTIVE in team.hub.refusal(item)
    namespace: Item = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team.namespace}}
    assert f"claim {NAME} is in it: decommission and delete that first" in team.hub.refusal(namespace)
    assert "deletionTimestamp" not in claim_in(team)["metadata"]


def test_decommissioned_it_goes_and_leaves_nothing(team: Team, claim: Item) -> None:
    """The last story of this file: it ends what the others look at."""
    hub, composite = team.hub, behind(team)["metadata"]["name"]
    assert len(hub.aws(team.account)) > 30
    hub.push({f"claims/{team.namespace}/{NAME}.yaml": None}, "Orders goes")
    hub.patch(claim, DECOMMISSION)
    said = until(team, "Deletable")
    assert said["message"] == "delete the claim, in the foreground; nothing of it stays on AWS"
    hub.delete(claim, propagation="Foreground")
    started = time.monotonic()

    def gone() -> bool:
        hub.look_at_usages(team.namespace, composite)
        return not claim_in(team) and not composed(team, composite)

    wait_for(gone, "claim, composite and all objects are gone", seconds=300, every=1)
    print(f"\ngone {time.monotonic() - started:.1f} s after the deletion")
    assert hub.get(CLAIMED.api_version, CLAIMED.kind, composite) is None
    assert hub.aws(team.account) == []
    assert hub.secret(NAME, team.namespace) is None
    wait_for(lambda: application_of(team) is None, "its Application is gone", seconds=60)
