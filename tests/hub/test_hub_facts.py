"""Hub facts that go wrong while a registered cluster stands, on the real control plane (design 4.7).

The cluster reads facts of its own, since others are at work meanwhile: each story puts them back, and waits until the
cluster agrees.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.hub.live import Hub, Item, Team, condition, told
from tests.hub.local.waiting import wait_for

HUB_FACTS = ("apiextensions.crossplane.io/v1beta1", "EnvironmentConfig")
SECONDS = 120
"""Until a changed fact has arrived; one or two on an idle machine."""
QUIET = 2
NAME = "orders"

Facts = dict[str, Any]


@dataclass(frozen=True)
class Estate:
    """A registered cluster of a namespace that the hub names, with tenant and account.

    Attributes:
        team: of that namespace.
        facts: what the cluster reads; nobody changes them for good.
    """

    team: Team
    facts: Item

    @property
    def hub(self) -> Hub:
        """Where it is."""
        return self.team.hub

    def claim(self) -> Item:
        """The claim."""
        return self.hub.claim(NAME, self.team.namespace) or {}

    def picture(self) -> tuple[dict[str, Any], dict[str, Any], list[Item]]:
        """What is asked for by object, the Secret, and everything on AWS."""
        secret = self.hub.secret(NAME, self.team.namespace) or {}
        composed = self.hub.composed(NAME, self.team.namespace)
        return (
            {key: item["spec"] for key, item in composed.items()},
            {"labels": secret["metadata"]["labels"], "data": secret["data"]},
            self.hub.aws(self.team.account),
        )

    def until_synced(self, status: str) -> str:
        """Waits for the claim's condition Synced; returns its message."""

        def now() -> bool:
            return condition(self.claim(), "Synced").get("status") == status

        wait_for(now, f"{NAME} is Synced={status}", seconds=SECONDS, instead=lambda: told(self.claim()))
        return str(condition(self.claim(), "Synced").get("message", ""))

    def settle(self) -> None:
        """Waits until the claim is content and nothing moves."""
        self.until_synced("True")
        self.hub.until_ready(NAME, self.team.namespace, seconds=SECONDS)
        self.hub.until_settled(NAME, self.team.namespace, quiet=QUIET, seconds=SECONDS)


def replace(hub: Hub, facts: Item) -> None:
    """Writes the facts as a whole: what another manager wrote, or a story added, would stay if they were applied."""
    name = facts["metadata"]["name"]
    now = hub.get(*HUB_FACTS, name)
    assert now is not None
    body = {**facts, "metadata": {"name": name, "resourceVersion": now["metadata"]["resourceVersion"]}}
    hub.resource(*HUB_FACTS).replace(body=body, name=name)


@pytest.fixture(scope="module")
def estate(hub: Hub, teams: list[Team]) -> Iterator[Estate]:
    """The cluster, settled, and its namespace among the facts that it reads."""
    with Team.called(hub, "hub facts").at_work(teams) as team:
        found = Estate(team, hub.own_facts(team.namespace))
        found.facts["data"]["namespaces"][team.namespace] = {"tenant": "facts", "account": team.account}
        replace(hub, found.facts)
        hub.apply(team.claim_with_own_facts(NAME, controlPlane={"deletionProtection": False}))
        hub.until_ready(NAME, team.namespace, seconds=120)
        found.settle()
        yield found


def _without_role(facts: Facts, _: str) -> None:
    del facts["argocd"]["roleArn"]


def _without_reach(facts: Facts, _: str) -> None:
    del facts["reach"]


def _without_namespace(facts: Facts, namespace: str) -> None:
    del facts["namespaces"][namespace]


def _with_a_typo(facts: Facts, _: str) -> None:
    facts["argoCD"] = facts.pop("argocd")


def _of_another_hub(facts: Facts, _: str) -> None:
    facts["hub"] = "hub-us"


def _of_another_argo_cd(facts: Facts, _: str) -> None:
    facts["argocd"]["namespace"] = "argocd-us"


def _of_another_account(facts: Facts, namespace: str) -> None:
    facts["namespaces"][namespace]["account"] = "444455556666"


def _empty(facts: Facts, _: str) -> None:
    facts.clear()


STORIES: tuple[tuple[Callable[[Facts, str], None], str, str], ...] = (
    (_empty, "EnvironmentConfig argosy: lacks namespaces.{namespace}.tenant", "Registered"),
    (_without_role, "EnvironmentConfig argosy: lacks argocd.roleArn, the IAM role of Argo CD, but it", "Registered"),
    (_without_reach, "EnvironmentConfig argosy: lacks reach", "Registered"),
    (_without_namespace, "lacks namespaces.{namespace}.tenant, but this cluster was made with facts", "Registered"),
    (_with_a_typo, "EnvironmentConfig argosy: data.argoCD: there is no such field", "Registered"),
    (_of_another_hub, "says hub-us in hub, but this cluster was registered with hub-eu", "Registered"),
    (_of_another_argo_cd, "says argocd-us in argocd.namespace, but this cluster was registered with", "Registered"),
    (
        _of_another_account,
        "lead to account {account}, but EnvironmentConfig argosy says 444455556666",
        "ControlPlaneReady",
    ),
)


@pytest.mark.parametrize(("edit", "words", "where"), STORIES, ids=[story[0].__name__.strip("_") for story in STORIES])
def test_facts_that_went_wrong_move_nothing_and_heal(
    estate: Estate, edit: Callable[[Facts, str], None], words: str, where: str
) -> None:
    if not estate.hub.is_still_quiet(NAME, estate.team.namespace):
        estate.settle()
    before = estate.picture()
    versions = estate.hub.versions(NAME, estate.team.namespace)
    wrong = copy.deepcopy(estate.facts)
    edit(wrong["data"], estate.team.namespace)
    replace(estate.hub, wrong)
    try:
        message = estate.until_synced("False")
        estate.hub.until_settled(NAME, estate.team.namespace, quiet=QUIET, seconds=SECONDS)
        during, conditions = estate.picture(), estate.claim()["status"]["conditions"]
        moved = estate.hub.versions(NAME, estate.team.namespace)
    finally:
        replace(estate.hub, estate.facts)
    assert words.format(namespace=estate.team.namespace, account=estate.team.account) in message
    assert during == before
    assert {key: version for key, version in moved.items() if key} == {k: v for k, v in versions.items() if k}
    ours = {one["type"] for one in conditions if one["status"] != "True"} - {"Synced", "Deletable"}
    assert ours == {where}
    estate.settle()
    assert estate.picture() == before
    healed = {one["type"] for one in estate.claim()["status"]["conditions"] if one["status"] != "True"}
    assert healed == {"Deletable"}


def test_a_claim_in_a_namespace_of_another_account_stops_and_says_which(hub: Hub, teams: list[Team]) -> None:
    """TEN-09: the credentials of a namespace lead elsewhere than the platform believes."""
    with Team.called(hub, "hub facts astray").at_work(teams) as team:
        named = hub.own_facts(team.namespace)
        named["data"]["namespaces"][team.namespace] = {"account": "444455556666"}
        replace(hub, named)
        hub.apply(team.claim_with_own_facts("astray", controlPlane={"deletionProtection": False}))

        def refused() -> str:
            synced = condition(hub.claim("astray", team.namespace) or {}, "Synced")
            return str(synced.get("message", "")) if synced.get("status") == "False" else ""

        wait_for(
            refused, "the claim is refused", seconds=SECONDS, instead=lambda: told(hub.claim("astray", team.namespace))
        )
        assert f"lead to account {team.account}, but EnvironmentConfig argosy says 444455556666" in refused()
        hub.until_settled("astray", team.namespace, quiet=QUIET, seconds=SECONDS)
        # the account is known by the role, and nothing else is made before it
        assert [thing["kind"] for thing in hub.aws(team.account)] == ["iam/Role"]
        named["data"]["namespaces"][team.namespace] = {"account": team.account}
        replace(hub, named)
        hub.until_ready("astray", team.namespace, seconds=120)
