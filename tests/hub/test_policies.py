"""What examples/setup/admission.yaml refuses, with its sentence, and what real parts must still be let through."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from argosy.engines.hub import OBJECT
from tests.hub.live import DECOMMISSION, Hub, Item, Team, condition, leaving, told
from tests.hub.local.kubectl import KubectlError
from tests.hub.local.parts import SETUP
from tests.hub.local.waiting import wait_for
from tests.hub.test_permissions import SYSTEM, Person, may
from tests.packages.test_install_guide import BLOCKS, commands

NAME = "orders"
PLATFORM = Person("paul", ("argosy-platform",))
BREAK_GLASS = Person("argosy-break-glass", ("argosy-break-glass",))
ROOT = Person("root", ("system:masters",))
ARGO_CD = Person("system:serviceaccount:argocd:argocd-application-controller")
CROSSPLANE = Person(f"{SYSTEM}:crossplane")
CLUSTER_SECRETS = Person(f"{SYSTEM}:argosy-cluster-secrets")
COLLECTOR = Person("system:serviceaccount:kube-system:generic-garbage-collector")
TRY = "--dry-run=server"
"""Admission is asked, nothing is changed."""
APPLY = "use kubectl apply, not kubectl replace"
LABEL = "argocd.argoproj.io/secret-type"
CLAIM = ("xeksclusters.fleet.argosy.dev", NAME)


@pytest.fixture(scope="module")
def team(hub: Hub, teams: list[Team]) -> Iterator[Team]:
    """A namespace for the stories of this file."""
    with Team(hub, "team-policies", "100000000004").at_work(teams) as found:
        yield found


@pytest.fixture(scope="module")
def jane(team: Team) -> Person:
    """Somebody of the team."""
    return Person("jane", (team.namespace,))


@pytest.fixture(scope="module")
def synced(team: Team) -> Iterator[Item]:
    """A claim that Argo CD has applied and Crossplane has made, with all policies in force."""
    hub, file = team.hub, f"claims/{team.namespace}/{NAME}.yaml"
    claim = team.claim(NAME)
    # as a person would write it who knows Argo CD
    claim["metadata"]["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=false", "team": "policies"}
    hub.push({file: yaml.safe_dump(claim)}, "A cluster behind policies")
    wait_for(lambda: hub.claim(NAME, team.namespace), "Argo CD has made the claim", seconds=60)
    yield hub.until_ready(NAME, team.namespace, seconds=200)
    # Else Argo CD would make the claim again, as often as it is deleted.
    hub.push({file: None}, "No cluster behind policies")
    application = hub.get("argoproj.io/v1alpha1", "Application", f"claims-{team.namespace}", "argocd")
    if application is not None:
        hub.delete(application)


def refusal(hub: Hub, person: Person, *arguments: str, stdin: str | None = None) -> str:
    """What a policy says to somebody, without the words of the server around it.

    Raises:
        AssertionError: no policy has refused it.
    """
    try:
        answer = hub.kubectl.run(*arguments, TRY, *person.flags, stdin=stdin)
    except KubectlError as error:
        policy, _, message = str(error).partition("denied request: ")
        assert "ValidatingAdmissionPolicy" in policy, str(error)
        return message
    raise AssertionError(f"{person.user} may {' '.join(arguments)}: {answer}")


def works(hub: Hub, person: Person, *arguments: str, stdin: str | None = None) -> None:
    """Somebody may do it.

    Raises:
        KubectlError: they may not.
    """
    hub.kubectl.run(*arguments, TRY, *person.flags, stdin=stdin)


def patch(team: Team, change: Mapping[str, Any]) -> list[str]:
    """Arguments of a patch of the claim."""
    return ["patch", *CLAIM, f"--namespace={team.namespace}", "--type=merge", f"--patch={json.dumps(change)}"]


def annotated(**annotations: str | None) -> Item:
    return {"metadata": {"annotations": annotations}}


# Claims


REFERENCES = "only Crossplane writes this (TEN-01, TEN-02, TEN-10); leave it out, and " + APPLY
COMPOSITION = "the platform team chooses how clusters are made (TEN-03); leave it out, and " + APPLY
RESERVED = "reserved for Crossplane and Argo CD (TEN-12); leave it as it is, and " + APPLY
PAUSED = (
    "metadata.annotations[crossplane.io/paused]: only the platform team pauses a claim, or ends that (TEN-23); leave "
    "the annotation as it is"
)
ADOPTED = (
    "metadata.annotations[crossplane.io/external-name]: a claim adopts nothing that exists (TEN-06); leave the "
    "annotation out, names on AWS follow from the claim's namespace and name"
)
OPTIONS = (
    "metadata.annotations[argocd.argoproj.io/sync-options]: not with Replace=true or Force=true, by which Argo CD "
    "deletes a claim to make it again (TEN-12); write ServerSideApply=true"
)
IN_USE = (
    "metadata.labels[crossplane.io/in-use]: only Crossplane takes this away, when nothing needs the object any more; "
    "leave it as it is, and " + APPLY
)
FOREIGN: Item = {"apiVersion": "kms.aws.m.upbound.io/v1beta1", "kind": "Key", "name": "of-somebody-else"}
CHANGES: dict[str, tuple[Item, str]] = {
    "TEN-01": (
        {"spec": {"crossplane": {"resourceRefs": [FOREIGN]}}},
        f"spec.crossplane.resourceRefs: {REFERENCES}",
    ),
    "TEN-03 composition": (
        {"spec": {"crossplane": {"compositionRef": {"name": "mine"}}}},
        f"spec.crossplane.compositionRef: {COMPOSITION}",
    ),
    "TEN-03 selectors": (
        {
            "spec": {
                "crossplane": {
                    "compositionSelector": {"matchLabels": {"engine": "mine"}},
                    "compositionRevisionSelector": {"matchLabels": {"channel": "old"}},
                }
            }
        },
        f"spec.crossplane.compositionSelector, spec.crossplane.compositionRevisionSelector: {COMPOSITION}",
    ),
    "TEN-03 revision": (
        {
            "spec": {
                "crossplane": {
                    "compositionUpdatePolicy": "Manual",
                    "compositionRevisionRef": {"name": "xeksclusters-1"},
                }
            }
        },
        f"spec.crossplane.compositionRevisionRef, spec.crossplane.compositionUpdatePolicy: {COMPOSITION}",
    ),
    "TEN-06": (annotated(**{"crossplane.io/external-name": "vpc-1"}), ADOPTED),
    "TEN-12 hook": (
        annotated(**{"argocd.argoproj.io/hook": "PreSync"}),
        f"metadata.annotations[argocd.argoproj.io/hook]: {RESERVED}",
    ),
    "TEN-12 options": (
        annotated(**{"argocd.argoproj.io/sync-options": "Prune=false,Replace=true"}),
        OPTIONS,
    ),
    "TEN-12 instance": (
        {"metadata": {"labels": {"app.kubernetes.io/instance": "mine"}}},
        f"metadata.labels[app.kubernetes.io/instance]: {RESERVED}",
    ),
    "TEN-12 secret": (
        {"metadata": {"labels": {LABEL: "cluster"}}},
        f"metadata.labels[{LABEL}]: {RESERVED}",
    ),
    "TEN-12 poll interval": (
        annotated(**{"crossplane.io/poll-interval": "1s"}),
        f"metadata.annotations[crossplane.io/poll-interval]: {RESERVED}",
    ),
    "TEN-23": (annotated(**{"crossplane.io/paused": "true"}), PAUSED),
}
"""What a team may neither write into a new claim nor change later, by item, and what it is told."""
LATER: dict[str, tuple[Item, str]] = {
    "TEN-01 forgotten": (
        {"spec": {"crossplane": {"resourceRefs": None}}},
        f"spec.crossplane.resourceRefs: {REFERENCES}",
    ),
    "TEN-03 newest": (
        {"spec": {"crossplane": {"compositionRevisionRef": None}}},
        f"spec.crossplane.compositionRevisionRef: {COMPOSITION}",
    ),
    "TEN-12 tracking": (
        annotated(**{"argocd.argoproj.io/tracking-id": "another:fleet.argosy.dev/XEKSCluster:team-shop/orders"}),
        f"metadata.annotations[argocd.argoproj.io/tracking-id]: {RESERVED}",
    ),
    "TEN-12 in use": (
        {"metadata": {"labels": {"crossplane.io/in-use": None}}},
        IN_USE,
    ),
    "TEN-23 finalizers": (
        {"metadata": {"finalizers": []}},
        "metadata.finalizers: composite.apiextensions.crossplane.io leaves when all is deleted that the claim has made "
        "(TEN-23); write spec.lifecycle: Decommission and delete the claim, and " + APPLY,
    ),
}
"""What a team may not change in a claim that lives."""


@pytest.mark.parametrize("item", CHANGES)
def test_what_a_team_may_not_write_it_may_not_write_into_a_new_claim(item: str, team: Team, jane: Person) -> None:
    """TEN-01, TEN-03, TEN-06, TEN-12, TEN-23."""
    change, message = CHANGES[item]
    claim = team.claim("new", **change.get("spec", {}))
    claim["metadata"] |= change.get("metadata", {})
    assert refusal(team.hub, jane, "create", "--filename=-", stdin=json.dumps(claim)) == message
    # who may commit a claim has Argo CD apply it
    assert refusal(team.hub, ARGO_CD, "apply", "--server-side", "--filename=-", stdin=json.dumps(claim)) == message


@pytest.mark.parametrize("item", [*CHANGES, *LATER])
def test_what_a_team_may_not_write_it_may_not_change_in_a_claim(
    item: str, team: Team, jane: Person, synced: Item
) -> None:
    """TEN-01, TEN-03, TEN-06, TEN-12, TEN-23; nor may an administrator by mistake."""
    change, message = (CHANGES | LATER)[item]
    assert refusal(team.hub, jane, *patch(team, change)) == message
    assert refusal(team.hub, ROOT, *patch(team, change)) == message


def test_a_claim_that_is_replaced_keeps_what_crossplane_knows_of_it(team: Team, jane: Person, synced: Item) -> None:
    text = json.dumps(team.claim(NAME))
    replace = ("replace", "--filename=-")
    with pytest.raises(KubectlError, match=APPLY):
        team.hub.kubectl.run(*replace, TRY, *jane.flags, stdin=text)
    works(team.hub, jane, "apply", "--server-side", "--force-conflicts", "--filename=-", stdin=text)


def test_a_team_writes_everything_else(team: Team, jane: Person, synced: Item) -> None:
    changes: tuple[Item, ...] = (
        {"spec": {"environment": "prod"}},
        {"spec": {"crossplane": {"compositionUpdatePolicy": "Automatic"}}},  # as it is
        {"metadata": {"labels": {"team": "orders"}}},
        annotated(
            **{"note": "ours", "argocd.argoproj.io/sync-wave": "3", "argocd.argoproj.io/sync-options": "Delete=false"}
        ),
        annotated(**{"argocd.argoproj.io/sync-options": None}),
    )
    for change in changes:
        works(team.hub, jane, *patch(team, change))
    claim = team.claim("new", crossplane={})
    works(team.hub, jane, "create", "--filename=-", stdin=json.dumps(claim))


def test_the_platform_team_chooses_compositions_and_pauses(team: Team, jane: Person, synced: Item) -> None:
    """TEN-03, TEN-23."""
    for item in ("TEN-03 composition", "TEN-03 selectors", "TEN-03 revision", "TEN-23", "TEN-12 poll interval"):
        works(team.hub, PLATFORM, *patch(team, CHANGES[item][0]))
    for item, (change, message) in (CHANGES | LATER).items():
        if item.startswith(("TEN-01", "TEN-12 in use", "TEN-23 finalizers")):
            assert refusal(team.hub, PLATFORM, *patch(team, change)) == message
        works(team.hub, BREAK_GLASS, *patch(team, change))

    hub, name = team.hub, "held"
    claim = team.claim(name)
    claim["metadata"]["annotations"] = {"crossplane.io/paused": "true"}
    hub.kubectl.run("create", "--filename=-", *PLATFORM.flags, stdin=json.dumps(claim))
    resume = ["annotate", CLAIM[0], name, f"--namespace={team.namespace}", "crossplane.io/paused-"]
    assert refusal(hub, jane, *resume) == PAUSED
    hub.kubectl.run(*resume, *PLATFORM.flags)
    wait_for(lambda: hub.composed(name, team.namespace), f"{name} is composed", seconds=60)


def test_crossplane_and_the_garbage_collector_write_what_is_theirs(team: Team, synced: Item) -> None:
    """That they do is seen in the claim; here, that it is these accounts that policies let through."""
    crossplane = synced["spec"]["crossplane"]
    assert crossplane["compositionRef"] == {"name": "xeksclusters-upbound"}
    assert crossplane["compositionRevisionRef"]["name"].startswith("xeksclusters-upbound-")
    assert len(crossplane["resourceRefs"]) > 40
    assert synced["metadata"]["labels"]["crossplane.io/in-use"] == "true"
    assert synced["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"].startswith(f"claims-{team.namespace}:")
    for change, _ in (CHANGES | LATER).values():
        works(team.hub, CROSSPLANE, *patch(team, change))
    finalizers = json.dumps({"metadata": {"finalizers": []}})
    raw = ("patch", *CLAIM, f"--namespace={team.namespace}", "--type=merge", f"--patch={finalizers}")
    works(team.hub, COLLECTOR, *raw)


def test_argo_cd_names_the_field_and_changes_nothing(team: Team, synced: Item) -> None:
    hub, file, name = team.hub, f"claims/{team.namespace}/{NAME}.yaml", f"claims-{team.namespace}"
    before = team.hub.claim(NAME, team.namespace) or {}
    written = yaml.safe_load((hub.home.fleet / file).read_text())
    wrong = {**written, "metadata": {**written["metadata"], "annotations": {"crossplane.io/paused": "true"}}}

    def complaint() -> str:
        status = (hub.get("argoproj.io/v1alpha1", "Application", name, "argocd") or {}).get("status", {})
        return str(status.get("operationState", {}).get("message", ""))

    try:
        hub.push({file: yaml.safe_dump(wrong)}, "A pause")
        wait_for(lambda: PAUSED in complaint(), "Argo CD tells what is refused", seconds=60, instead=complaint)
    finally:
        hub.push({file: yaml.safe_dump(written)}, "No pause")
    now = hub.claim(NAME, team.namespace) or {}
    assert now["spec"] == before["spec"]
    assert "crossplane.io/paused" not in now["metadata"]["annotations"]


# An older kind of claim


@contextmanager
def older_kind(hub: Hub) -> Iterator[str]:
    """A kind in our group whose claims have Crossplane's fields directly below spec, as before version 2."""
    name = "oldclusters.fleet.argosy.dev"
    free: Item = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": free}}
    spec = {
        "group": "fleet.argosy.dev",
        "names": {"kind": "OldCluster", "plural": "oldclusters"},
        "scope": "Namespaced",
        "versions": [version],
    }
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name}}
    hub.apply({**crd, "spec": spec})
    hub.kubectl.run("wait", f"crd/{name}", "--for=condition=Established", "--timeout=30s")
    try:
        yield name
    finally:
        hub.delete(crd)


def test_an_older_kind_of_claim_is_bound_to_no_foreign_composite(hub: Hub, team: Team) -> None:
    """TEN-02."""

    def old(spec: Item) -> str:
        metadata = {"name": "old", "namespace": team.namespace}
        kind = {"apiVersion": "fleet.argosy.dev/v1", "kind": "OldCluster"}
        return json.dumps({**kind, "metadata": metadata, "spec": spec})

    create = ("create", "--validate=false", "--filename=-")
    with older_kind(hub):
        for field in ("resourceRef", "resourceRefs", "claimRef"):
            # ROOT: the team has no right to this kind at all
            said = refusal(hub, ROOT, *create, stdin=old({field: {"name": "of-somebody-else"}}))
            assert said == f"spec.{field}: {REFERENCES}"
        works(hub, ROOT, *create, stdin=old({"region": "eu-west-1"}))
    # Our kind has none of these: what is written there is not stored.
    claim = {**team.claim("new"), "spec": {"region": "eu-west-1", "resourceRef": {"name": "of-somebody-else"}}}
    answer = hub.kubectl.run(*create, TRY, "--output=json", stdin=json.dumps(claim))
    assert "resourceRef" not in json.loads(answer)["spec"]


# Guards


def guards(team: Team) -> dict[str, list[str]]:
    """What keeps the claim, its namespace and its Secret, as arguments of kubectl; by kind."""
    hub, own = team.hub, f"--namespace={team.namespace}"
    (usage,) = team.guards(NAME)
    (cluster_usage,) = [
        item
        for item in hub.list("protection.crossplane.io/v1beta1", "ClusterUsage")
        if item["spec"]["of"]["resourceRef"]["name"] == team.namespace
        and item["metadata"]["name"].startswith(f"{NAME}-")
    ]
    objects = hub.composed(NAME, team.namespace)
    return {
        "Usage": ["usages.protection.crossplane.io", usage["metadata"]["name"], own],
        "ClusterUsage": ["clusterusages.protection.crossplane.io", cluster_usage["metadata"]["name"]],
        "Object": [
            f"objects.{OBJECT.group}",
            objects["argocd-cluster-secret"]["metadata"]["name"],
            own,
        ],
    }


@pytest.mark.parametrize("kind", ["Usage", "ClusterUsage", "Object"])
def test_a_guard_is_neither_deleted_nor_changed_by_a_colleague(kind: str, team: Team, synced: Item) -> None:
    """REL-17."""
    hub, guard = team.hub, guards(team)[kind]
    keeps = f"{kind} {guard[1]} keeps a cluster, or what runs on it, from being deleted by mistake: "
    decommission = "write spec.lifecycle: Decommission on the claim, and it leaves by itself"
    unchanged = "only Crossplane changes its spec and its finalizers; leave them as they are"
    spec = {"managementPolicies": ["Observe"]} if kind == "Object" else {"of": {"resourceRef": {"name": "another"}}}
    changes: tuple[Item, ...] = ({"spec": spec}, {"metadata": {"finalizers": None}})
    for person in (ROOT, PLATFORM):
        if person is ROOT:
            assert refusal(hub, person, "delete", *guard) == keeps + decommission
            for change in changes:
                said = refusal(hub, person, "patch", *guard, "--type=merge", f"--patch={json.dumps(change)}")
                assert said == keeps + unchanged
        else:
            with pytest.raises(KubectlError, match=r'User "paul" cannot delete'):
                works(hub, person, "delete", *guard)
    works(hub, ROOT, "annotate", *guard, "note=ours")
    for person in (BREAK_GLASS, CROSSPLANE, COLLECTOR):
        works(hub, person, "delete", *guard)
    if kind == "ClusterUsage":
        works(hub, CLUSTER_SECRETS, "delete", *guard)


def test_whoever_is_guarded_stays_marked(team: Team, synced: Item) -> None:
    hub, own = team.hub, f"--namespace={team.namespace}"
    role = hub.composed(NAME, team.namespace)["role-cluster"]  # the cluster uses it
    marked = (
        ["namespace", team.namespace],
        ["roles.iam.aws.m.upbound.io", role["metadata"]["name"], own],
    )
    for item in marked:
        assert refusal(hub, ROOT, "label", *item, "crossplane.io/in-use-") == IN_USE
        works(hub, ROOT, "label", *item, "note=ours")
        for person in (BREAK_GLASS, CROSSPLANE):
            works(hub, person, "label", *item, "crossplane.io/in-use-")


def test_a_namespace_of_claims_cannot_be_changed_by_its_team(team: Team, jane: Person) -> None:
    """TEN-09: controllers of AWS choose accounts by annotations of namespaces."""
    change = ["annotate", "namespace", team.namespace, "services.k8s.aws/owner-account-id=444455556666"]
    with pytest.raises(KubectlError, match=r'User "jane" cannot (get|patch) resource "namespaces"'):
        works(team.hub, jane, *change)
    works(team.hub, PLATFORM, *change)


# Secrets of Argo CD


WRITERS = (
    f"metadata.labels[{LABEL}]: Argo CD's clusters and repositories are written by Crossplane's providers and by the "
    "platform team (TEN-18); for a cluster, write a claim"
)
LEAVES = (
    "without it Argo CD deletes what it has deployed to the cluster; write spec.argocd.register: false on the claim, "
    "or decommission that"
)


EXTERNAL_SECRETS = Person("system:serviceaccount:external-secrets:external-secrets-sa", ("system:masters",))


def secret(kind: str | None) -> str:
    labels = {LABEL: kind} if kind else {}
    metadata = {"name": f"story-{kind or 'plain'}", "namespace": "argocd", "labels": labels}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})


def test_who_may_write_clusters_and_repositories_of_argo_cd(hub: Hub, team: Team) -> None:
    """TEN-18."""
    masters = [
        Person("root", ("system:masters",)),
        Person("system:serviceaccount:argocd:argocd-application-controller", ("system:masters",)),
        Person(f"{SYSTEM}:argosy-provider-kubernetes", ("system:masters",)),
        Person(f"{SYSTEM}:argosy-provider-aws", ("system:masters",)),
    ]
    create = ("create", "--filename=-")
    for person in masters:  # RBAC lets them, so the answer is the policy's
        for kind in ("cluster", "repository", "repo-creds"):
            assert refusal(hub, person, *create, stdin=secret(kind)) == WRITERS
        works(hub, person, *create, stdin=secret(None))
    works(hub, Person("paul", ("system:masters", "argosy-platform")), *create, stdin=secret("repository"))
    for person in (CROSSPLANE, CLUSTER_SECRETS):
        works(hub, person, *create, stdin=secret("cluster"))
    # External Secrets on the hub brings the key of a repository, and nothing else
    works(hub, EXTERNAL_SECRETS, *create, stdin=secret("repository"))
    for kind in ("cluster", "repo-creds"):
        assert refusal(hub, EXTERNAL_SECRETS, *create, stdin=secret(kind)) == WRITERS
    # a Secret that is there does not become a cluster
    hub.kubectl.run(*create, stdin=secret(None))
    try:
        become = ("label", "secret", "story-plain", "--namespace=argocd", f"{LABEL}=cluster")
        assert refusal(hub, ROOT, *become) == WRITERS
        for person in (ARGO_CD, EXTERNAL_SECRETS):
            assert refusal(hub, person, *become) == WRITERS
    finally:
        hub.kubectl.run("delete", "secret", "story-plain", "--namespace=argocd")


def test_a_cluster_secret_is_not_deleted_by_hand(team: Team, synced: Item) -> None:
    hub = team.hub
    found = hub.secret(NAME, team.namespace)
    assert found is not None
    name = found["metadata"]["name"]
    item = ("secret", name, "--namespace=argocd")
    said = f"Secret {name}: {LEAVES}"
    for person in (ROOT, ARGO_CD, Person("paul", ("system:masters", "argosy-platform"))):
        assert refusal(hub, person, "delete", *item) == said
        assert refusal(hub, person, "label", *item, f"{LABEL}-") == said
        assert refusal(hub, person, "label", *item, f"{LABEL}=repository", "--overwrite") == said
    for person in (CLUSTER_SECRETS, BREAK_GLASS):
        works(hub, person, "delete", *item)


# Kinds


def test_packages_and_kinds_are_not_deleted_by_hand(hub: Hub) -> None:
    """REL-12."""
    provider = {
        "apiVersion": "pkg.crossplane.io/v1",
        "kind": "Provider",
        "metadata": {"name": "upbound-provider-aws-eks", "annotations": {"crossplane.io/paused": "true"}},
        "spec": {"package": "xpkg.example.org/none:v1", "skipDependencyResolution": True},
    }
    hub.apply(provider)
    instead = (
        ": with it go all clusters of this hub (REL-12); decommission and delete every claim first, then delete "
        "it as argosy-break-glass"
    )
    things = {
        "Provider": ("provider.pkg.crossplane.io", "upbound-provider-aws-eks"),
        "CompositeResourceDefinition": ("xrd", "xeksclusters.fleet.argosy.dev"),
        "CustomResourceDefinition": ("crd", "vpcs.ec2.aws.m.upbound.io"),
    }
    try:
        for kind, thing in things.items():
            assert refusal(hub, ROOT, "delete", *thing) == f"{kind} {thing[1]}{instead}"
            works(hub, BREAK_GLASS, "delete", *thing)
        works(hub, ROOT, "delete", "crd", "applications.argoproj.io")  # not ours
        works(hub, CROSSPLANE, "delete", "crd", "xeksclusters.fleet.argosy.dev")
    finally:
        hub.delete(provider)


# What the guide prints


def guide() -> list[tuple[str, str]]:
    """Commands of docs/install.md that ask the API server about somebody, and what they print."""
    found = [each for block in BLOCKS for each in commands(block) if " --as " in each[0] and each[1]]
    assert len(found) > 5
    return found


@pytest.mark.parametrize(("command", "printed"), guide(), ids=lambda text: text.removeprefix("kubectl ")[:40])
def test_the_guide_shows_what_the_server_answers(command: str, printed: str, hub: Hub, team: Team) -> None:
    program, *arguments = shlex.split(command.replace("team-orders", team.namespace))
    assert program == "kubectl"
    try:
        answer = hub.kubectl.run(*arguments)
    except KubectlError as error:  # as with `no`
        answer = str(error).removeprefix(f"kubectl {' '.join(arguments)}: ") + "\n"
    assert answer == printed


# The end


def test_only_the_platform_team_can_break_the_glass(hub: Hub, jane: Person, team: Team) -> None:
    for person, expected in ((PLATFORM, True), (jane, False), (ARGO_CD, False)):
        assert may(hub, person, "impersonate", "", "groups", "") is False
        for kind in ("users", "groups"):
            review = {"verb": "impersonate", "resource": kind, "name": "argosy-break-glass"}
            spec = {"user": person.user, "groups": list(person.groups), "resourceAttributes": review}
            body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
            answer: Any = hub.resource("authorization.k8s.io/v1", "SubjectAccessReview").create(body=body)
            assert bool(answer.to_dict()["status"]["allowed"]) is expected, (person, kind)


def test_every_policy_is_there_and_the_server_understands_it(hub: Hub) -> None:
    written = [
        item for item in yaml.safe_load_all((SETUP / "admission.yaml").read_text()) if "Binding" not in item["kind"]
    ]
    assert len(written) == 8

    def understood(name: str) -> Callable[[], Item | None]:
        def look() -> Item | None:
            found = hub.get("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", name)
            return found if found and found["status"].get("observedGeneration") else None

        return look

    for item in written:
        found = wait_for(understood(item["metadata"]["name"]), "the server has looked at the policy", seconds=60)
        assert found is not None
        assert found["status"].get("typeChecking", {}).get("expressionWarnings", []) == []


def test_a_team_decommissions_and_deletes_its_cluster(team: Team, jane: Person) -> None:
    """All that real parts do at the end of a claim passes the policies, too."""
    hub, name = team.hub, "ends"
    hub.kubectl.run("create", "--filename=-", *jane.flags, stdin=json.dumps(team.claim(name)))
    hub.until_ready(name, team.namespace, seconds=200)
    own = (CLAIM[0], name, f"--namespace={team.namespace}")
    with pytest.raises(KubectlError, match=r"write spec\.lifecycle: Decommission"):
        hub.kubectl.run("delete", *own, TRY, *jane.flags)
    hub.kubectl.run("patch", *own, "--type=merge", f"--patch={json.dumps(DECOMMISSION)}", *jane.flags)
    team.until_deletable(name)
    hub.kubectl.run("delete", *own, "--cascade=foreground", "--wait=false", *jane.flags)
    assert leaving(hub.claim(name, team.namespace) or {"metadata": {"deletionTimestamp": ""}})
    hub.until_gone(name, team.namespace, seconds=180)
    assert hub.secret(name, team.namespace) is None
    left = [item for item in hub.list("protection.crossplane.io/v1beta1", "ClusterUsage") if f"{name}-" in str(item)]
    assert [item["metadata"]["name"] for item in left if item["metadata"]["name"].startswith(f"{name}-")] == []
    assert condition(hub.claim(NAME, team.namespace) or {}, "Synced").get("status", "True") == "True", told(
        hub.claim(NAME, team.namespace)
    )
