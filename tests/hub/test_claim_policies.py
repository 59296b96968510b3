"""What examples/setup/admission.yaml refuses about claims of the package argosy-claims, and about what is behind them.

The policies are those of test_policies.py; here stands what only an EKSCluster has: Crossplane's fields in spec itself,
a composite in no namespace, and objects in none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hub.live import CLAIMED, Hub, Item, Team, condition, told
from tests.hub.local.kubectl import KubectlError, documents
from tests.hub.local.parts import SETUP
from tests.hub.local.waiting import wait_for
from tests.hub.test_permissions import Person
from tests.hub.test_policies import (
    APPLY,
    ARGO_CD,
    BREAK_GLASS,
    COLLECTOR,
    COMPOSITION,
    CROSSPLANE,
    IN_USE,
    PLATFORM,
    REFERENCES,
    RESERVED,
    ROOT,
    annotated,
    refusal,
    works,
)

NAME = "orders"
CLAIM = (f"{CLAIMED.written_plural}.{CLAIMED.group}", NAME)
BEHIND = f"{CLAIMED.plural}.{CLAIMED.group}"
BACKGROUND = (
    "spec.compositeDeletePolicy: with Background the claim leaves before what it has made (TEN-23); write Foreground, "
    "or leave it out"
)
FOREIGN: Item = {"apiVersion": CLAIMED.api_version, "kind": CLAIMED.kind, "name": "of-somebody-else"}
CHANGES: dict[str, tuple[Item, str]] = {
    "TEN-02": ({"spec": {"resourceRef": FOREIGN}}, f"spec.resourceRef: {REFERENCES}"),
    "TEN-03 composition": (
        {"spec": {"compositionRef": {"name": "mine"}}},
        f"spec.compositionRef: {COMPOSITION}",
    ),
    "TEN-03 selectors": (
        {
            "spec": {
                "compositionSelector": {"matchLabels": {"engine": "mine"}},
                "compositionRevisionSelector": {"matchLabels": {"channel": "old"}},
            }
        },
        f"spec.compositionSelector, spec.compositionRevisionSelector: {COMPOSITION}",
    ),
    "TEN-03 revision": (
        {"spec": {"compositionUpdatePolicy": "Manual", "compositionRevisionRef": {"name": "xeksclusters-1"}}},
        f"spec.compositionRevisionRef, spec.compositionUpdatePolicy: {COMPOSITION}",
    ),
    "TEN-10": (
        {"spec": {"writeConnectionSecretToRef": {"name": "kubeconfig"}}},
        f"spec.writeConnectionSecretToRef: {REFERENCES}",
    ),
    "TEN-12 hook": (
        annotated(**{"argocd.argoproj.io/hook": "PreSync"}),
        f"metadata.annotations[argocd.argoproj.io/hook]: {RESERVED}",
    ),
    "TEN-12 composite": (
        {"metadata": {"labels": {"crossplane.io/claim-namespace": "team-shop"}}},
        f"metadata.labels[crossplane.io/claim-namespace]: {RESERVED}",
    ),
    "TEN-23 background": ({"spec": {"compositeDeletePolicy": "Background"}}, BACKGROUND),
}
"""What a team may neither write into a new claim nor change later, by item, and what it is told."""
LATER: dict[str, tuple[Item, str]] = {
    "TEN-02 unbound": ({"spec": {"resourceRef": None}}, f"spec.resourceRef: {REFERENCES}"),
    "TEN-23 finalizers": (
        {"metadata": {"finalizers": []}},
        "metadata.finalizers: finalizer.apiextensions.crossplane.io leaves when all is deleted that the claim has made "
        "(TEN-23); write spec.lifecycle: Decommission and delete the claim, and " + APPLY,
    ),
}
"""What a team may not change in a claim that lives."""


@pytest.fixture(scope="module")
def team(hub: Hub, teams: list[Team]) -> Iterator[Team]:
    """A namespace for the stories of this file, with what claims need there."""
    found = Team(hub, "team-claim-policies", "100000000005")
    with found.at_work(teams):
        yield found


@pytest.fixture(scope="module")
def jane(team: Team) -> Person:
    """Somebody of the team."""
    return Person("jane", (team.namespace,))


def written(team: Team, name: str, change: Item) -> Item:
    """A claim as jane writes it, of a version that the function refuses: nothing is composed, so nothing guards it."""
    metadata = {"name": name, "namespace": team.namespace, **change.get("metadata", {})}
    spec = {"region": "eu-west-1", "kubernetesVersion": "1.12", **change.get("spec", {})}
    return {"apiVersion": CLAIMED.api_version, "kind": CLAIMED.written_kind, "metadata": metadata, "spec": spec}


@pytest.fixture(scope="module")
def bound(team: Team, jane: Person) -> Iterator[Item]:
    """A claim of the team, to which Crossplane has bound a composite."""
    hub, item = team.hub, written(team, NAME, {})
    hub.kubectl.run("create", "--filename=-", *jane.flags, stdin=json.dumps(item))

    def found() -> Item | None:
        claim = hub.get(CLAIMED.api_version, CLAIMED.written_kind, NAME, team.namespace) or {}
        name = claim.get("spec", {}).get("resourceRef", {}).get("name")
        return claim if name and hub.get(CLAIMED.api_version, CLAIMED.kind, name) else None

    def instead() -> str:
        return told(hub.get(CLAIMED.api_version, CLAIMED.written_kind, NAME, team.namespace))

    claim = wait_for(found, "Crossplane has made the composite", seconds=60, instead=instead)
    assert claim is not None
    yield claim
    hub.delete(item)


@pytest.fixture
def behind(team: Team, bound: Item) -> Item:
    """The composite behind that claim."""
    found = team.hub.get(CLAIMED.api_version, CLAIMED.kind, bound["spec"]["resourceRef"]["name"])
    assert found is not None
    return found


def patch(team: Team, change: Item) -> list[str]:
    """Arguments of a patch of the claim."""
    return ["patch", *CLAIM, f"--namespace={team.namespace}", "--type=merge", f"--patch={json.dumps(change)}"]


@pytest.mark.parametrize("item", CHANGES)
def test_what_a_team_may_not_write_it_may_not_write_into_a_new_claim(item: str, team: Team, jane: Person) -> None:
    """TEN-02, TEN-03, TEN-10, TEN-12, TEN-23."""
    change, message = CHANGES[item]
    text = json.dumps(written(team, "new", change))
    assert refusal(team.hub, jane, "create", "--filename=-", stdin=text) == message
    # who may commit a claim has Argo CD apply it
    assert refusal(team.hub, ARGO_CD, "apply", "--server-side", "--filename=-", stdin=text) == message


@pytest.mark.parametrize("item", [*CHANGES, *LATER])
def test_what_a_team_may_not_write_it_may_not_change_in_a_claim(
    item: str, team: Team, jane: Person, bound: Item
) -> None:
    """TEN-02, TEN-03, TEN-10, TEN-12, TEN-23; nor may an administrator by mistake."""
    change, message = (CHANGES | LATER)[item]
    assert refusal(team.hub, jane, *patch(team, change)) == message
    assert refusal(team.hub, ROOT, *patch(team, change)) == message
    for person in (BREAK_GLASS, CROSSPLANE):
        works(team.hub, person, *patch(team, change))


def test_a_team_writes_everything_else(team: Team, jane: Person, bound: Item) -> None:
    changes: tuple[Item, ...] = (
        {"spec": {"environment": "prod"}},
        {"spec": {"compositionUpdatePolicy": "Automatic", "compositeDeletePolicy": "Foreground"}},  # as it is
        {"metadata": {"labels": {"team": "orders"}}},
        annotated(**{"argocd.argoproj.io/sync-wave": "3"}),
    )
    for change in changes:
        works(team.hub, jane, *patch(team, change))
    works(team.hub, jane, "create", "--filename=-", stdin=json.dumps(written(team, "new", {})))
    finalizers = patch(team, {"metadata": {"finalizers": []}})
    works(team.hub, COLLECTOR, *finalizers)


def test_the_platform_team_chooses_compositions_and_binds_nothing(team: Team, bound: Item) -> None:
    """TEN-02, TEN-03."""
    for item, (change, message) in (CHANGES | LATER).items():
        if item.startswith(("TEN-03", "TEN-12")):
            works(team.hub, PLATFORM, *patch(team, change))
        else:
            assert refusal(team.hub, PLATFORM, *patch(team, change)) == message


def test_only_crossplane_writes_what_a_composite_has_made_and_whose_it_is(team: Team, behind: Item) -> None:
    """TEN-01, TEN-02, TEN-10: a composite is in no namespace, and reaches into every one."""
    reference = {"apiVersion": "v1", "kind": "Secret", "name": "of-somebody-else", "namespace": "argocd"}
    elsewhere = {**behind["spec"]["claimRef"], "namespace": "team-shop"}
    changes: dict[str, Any] = {
        "resourceRefs": [reference],
        "claimRef": elsewhere,
        "writeConnectionSecretToRef": {"name": "stolen", "namespace": "argocd"},
    }
    for field, value in changes.items():
        change = ["patch", BEHIND, behind["metadata"]["name"], "--type=merge"]
        change.append(f"--patch={json.dumps({'spec': {field: value}})}")
        assert refusal(team.hub, ROOT, *change) == f"spec.{field}: {REFERENCES}"
        for person in (BREAK_GLASS, CROSSPLANE):
            works(team.hub, person, *change)
    item = {"apiVersion": CLAIMED.api_version, "kind": CLAIMED.kind, "metadata": {"name": "by-hand"}}
    text = json.dumps({**item, "spec": {"region": "eu-west-1", "claimRef": elsewhere}})
    assert refusal(team.hub, ROOT, "create", "--filename=-", stdin=text) == f"spec.claimRef: {REFERENCES}"


@pytest.mark.parametrize("change", [["create", "--filename=-"], ["delete", BEHIND, "any"], ["get", BEHIND]])
def test_a_team_does_not_reach_composites_at_all(change: list[str], team: Team, jane: Person) -> None:
    item = {"apiVersion": CLAIMED.api_version, "kind": CLAIMED.kind, "metadata": {"name": "by-hand"}}
    text = json.dumps({**item, "spec": {"region": "eu-west-1"}})
    with pytest.raises(KubectlError, match=r'User "jane" cannot (create|delete|get|list) resource "' + CLAIMED.plural):
        team.hub.kubectl.run(*change, *jane.flags, stdin=text)


def test_a_claim_has_a_name_of_40_letters_and_its_composite_one_of_46(team: Team, jane: Person) -> None:
    create = ("create", "--filename=-")
    with pytest.raises(KubectlError, match=r"metadata\.name must be at most 40 characters long"):
        works(team.hub, jane, *create, stdin=json.dumps(written(team, "a" * 41, {})))
    hub, item = team.hub, written(team, "a" * 40, {})
    hub.kubectl.run(*create, *jane.flags, stdin=json.dumps(item))

    def bound_to() -> str:
        claim = hub.get(CLAIMED.api_version, CLAIMED.written_kind, "a" * 40, team.namespace) or {}
        name = claim.get("spec", {}).get("resourceRef", {}).get("name", "")
        return name if name and hub.get(CLAIMED.api_version, CLAIMED.kind, name) else ""

    try:
        name = wait_for(bound_to, "there is a composite", seconds=60)
        assert len(str(name)) == 46
    finally:
        hub.delete(item)


# Guards


def test_guards_of_claims_are_neither_deleted_nor_changed_by_a_colleague(team: Team, behind: Item) -> None:
    """REL-17: they belong to the composite, and stand in the claim's namespace or in none."""
    hub, name, own = team.hub, behind["metadata"]["name"], f"--namespace={team.namespace}"
    owner = {"apiVersion": CLAIMED.api_version, "kind": CLAIMED.kind, "name": name, "uid": behind["metadata"]["uid"]}
    version, of = "protection.crossplane.io/v1beta1", {"apiVersion": CLAIMED.api_version}
    usage: Item = {
        "apiVersion": version,
        "kind": "Usage",
        "metadata": {"name": "story", "namespace": team.namespace, "ownerReferences": [owner]},
        "spec": {"of": {**of, "kind": CLAIMED.written_kind, "resourceRef": {"name": "none"}}, "reason": "a story"},
    }
    cluster_usage: Item = {
        "apiVersion": version,
        "kind": "ClusterUsage",
        "metadata": {"name": "story-claims", "ownerReferences": [owner], "labels": {"crossplane.io/in-use": "true"}},
        "spec": {"of": {**of, "kind": CLAIMED.kind, "resourceRef": {"name": "none"}}, "reason": "a story"},
    }
    guards = {
        "Usage": (usage, ["usages.protection.crossplane.io", "story", own]),
        "ClusterUsage": (cluster_usage, ["clusterusages.protection.crossplane.io", "story-claims"]),
    }
    another = json.dumps({"spec": {"of": {"resourceRef": {"name": "another"}}}})
    for kind, (item, guard) in guards.items():
        hub.kubectl.run("create", "--filename=-", stdin=json.dumps(item))
        try:
            keeps = f"{kind} {guard[1]} keeps a cluster, or what runs on it, from being deleted by mistake: "
            said = refusal(hub, ROOT, "delete", *guard)
            assert said == f"{keeps}write spec.lifecycle: Decommission on the claim, and it leaves by itself"
            said = refusal(hub, ROOT, "patch", *guard, "--type=merge", f"--patch={another}")
            assert said == f"{keeps}only Crossplane changes its spec and its finalizers; leave them as they are"
            if kind == "ClusterUsage":  # a guard of a namespace waits for the key, by another one
                assert refusal(hub, ROOT, "label", *guard, "crossplane.io/in-use-") == IN_USE
                works(hub, CROSSPLANE, "label", *guard, "crossplane.io/in-use-")
            for person in (CROSSPLANE, COLLECTOR):
                works(hub, person, "delete", *guard)
        finally:
            hub.kubectl.run("delete", *guard, "--wait=false", *BREAK_GLASS.flags)


# One cluster


@pytest.fixture
def both(hub: Hub, team: Team) -> Iterator[None]:
    """The policies of a hub that has both packages, as soon as the API server knows the kinds that they name."""
    items = documents(SETUP / "claims" / "admission.yaml")
    for item in items:
        hub.apply(item)

    def knows() -> bool:
        try:
            for item in (written(team, "probe", {}), team.claim("probe")):
                works(hub, ROOT, "create", "--filename=-", stdin=json.dumps(item))
        except KubectlError:
            return False
        return bool(refused_as_twin(hub, team))

    try:
        wait_for(knows, "the API server knows the kinds that the policies name", seconds=90, every=1)
        yield
    finally:
        for item in items:
            hub.delete(item)


def refused_as_twin(hub: Hub, team: Team) -> str:
    """What the API server says to an XEKSCluster that is called like the team's claim; empty if it takes it."""
    try:
        return refusal(hub, ROOT, "create", "--filename=-", stdin=json.dumps(team.claim(NAME)))
    except AssertionError:
        return ""


@pytest.mark.alone
def test_one_cluster_is_not_written_twice(hub: Hub, team: Team, bound: Item, both: None) -> None:
    """TEN-04: under one name in one namespace both packages make the same things on AWS."""
    same = "is the same cluster on AWS (TEN-04); write another name, or move it as docs/claims.md says"
    assert refused_as_twin(hub, team) == f"metadata.name: EKSCluster {NAME} {same}"
    elsewhere = {**team.claim(NAME), "metadata": {"name": NAME, "namespace": "team-shop"}}
    works(hub, ROOT, "create", "--filename=-", stdin=json.dumps(elsewhere))

    other = team.claim("other", kubernetesVersion="1.12")
    hub.apply(other)
    try:

        def refused() -> bool:
            text = json.dumps(written(team, "other", {}))
            try:
                said = refusal(hub, ROOT, "create", "--filename=-", stdin=text)
            except AssertionError:
                return False
            return said == f"metadata.name: XEKSCluster other {same}"

        wait_for(refused, "the claim of the same name is refused", seconds=30)
    finally:
        hub.delete(other)


# Credentials


def test_credentials_of_claims_are_the_platform_team_s(team: Team, jane: Person) -> None:
    """TEN-09: a ProviderConfig in no namespace serves the namespace that it is called like."""
    (config,) = (
        item for item in documents(SETUP / "claims" / "provider-config.yaml") if item["kind"] == "ProviderConfig"
    )
    config["metadata"]["name"] = "team-new"
    create, text = ("create", "--filename=-"), json.dumps(config)
    works(team.hub, PLATFORM, *create, stdin=text)
    with pytest.raises(KubectlError, match=r'User "jane" cannot create resource "providerconfigs"'):
        works(team.hub, jane, *create, stdin=text)


def test_what_a_namespace_needs_for_either_package_stands_beside_one_another(team: Team, hub: Hub) -> None:
    """A hub has both while clusters move."""
    quotas = {
        item["metadata"]["name"]: item["spec"]["hard"] for item in hub.list("v1", "ResourceQuota", team.namespace)
    }
    assert quotas == {
        "argosy": {"count/xeksclusters.fleet.argosy.dev": "5"},
        "argosy-claims": {"count/eksclusters.claims.fleet.argosy.dev": "5"},
    }
    kind = "ProviderConfig"
    within = hub.get("aws.m.upbound.io/v1beta1", kind, "argosy", team.namespace)
    own = hub.get("aws.upbound.io/v1beta1", kind, team.namespace)
    assert within is not None
    assert own is not None
    assert own["spec"] == within["spec"]


def test_the_quota_counts_claims(team: Team, bound: Item) -> None:
    """TEN-20."""
    items = documents(SETUP / "claims" / "provider-config.yaml")
    (quota,) = (item for item in items if item["kind"] == "ResourceQuota")
    (limit,) = quota["spec"]["hard"]
    quota["metadata"]["namespace"], quota["spec"]["hard"][limit] = team.namespace, "1"
    before = team.hub.get("v1", "ResourceQuota", quota["metadata"]["name"], team.namespace)
    assert before is not None
    team.hub.apply(quota)

    def counted() -> bool:
        found = team.hub.get("v1", "ResourceQuota", quota["metadata"]["name"], team.namespace) or {}
        status = found.get("status", {})
        return bool(status.get("used", {}).get(limit) == status.get("hard", {}).get(limit) == "1")

    try:
        wait_for(counted, "the claim is counted", seconds=60)
        with pytest.raises(KubectlError, match=re.escape(f"requested: {limit}=1, used: {limit}=1, limited: {limit}=1")):
            team.hub.kubectl.run("create", "--filename=-", stdin=json.dumps(written(team, "second", {})))
    finally:
        team.hub.patch(quota, {"spec": before["spec"]})


# Kinds


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("CompositeResourceDefinition", ["xrd", BEHIND]),
        ("CustomResourceDefinition", ["crd", CLAIM[0]]),
        ("CustomResourceDefinition", ["crd", "vpcs.ec2.aws.upbound.io"]),
    ],
)
def test_kinds_of_claims_are_not_deleted_by_hand(kind: str, thing: list[str], hub: Hub) -> None:
    """REL-12."""
    assert refusal(hub, ROOT, "delete", *thing) == (
        f"{kind} {thing[1]}: with it go all clusters of this hub (REL-12); decommission and delete every claim first, "
        "then delete it as argosy-break-glass"
    )
    works(hub, BREAK_GLASS, "delete", *thing)


# Refusals


def test_a_refused_claim_says_so_though_crossplane_calls_it_synced(team: Team, bound: Item) -> None:
    """What alerts read: the condition Synced of the composite, not of the claim."""
    hub = team.hub

    def refused() -> Item | None:
        found = hub.get(CLAIMED.api_version, CLAIMED.kind, bound["spec"]["resourceRef"]["name"]) or {}
        return found if condition(found, "Synced").get("status") == "False" else None

    composite = wait_for(refused, "the composite is refused", seconds=60)
    assert composite is not None
    claim = hub.get(CLAIMED.api_version, CLAIMED.written_kind, NAME, team.namespace) or {}
    assert condition(claim, "Synced")["status"] == "True"
