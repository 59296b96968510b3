"""Who may do what on a hub that is set up as examples/setup says, as its API server decides it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml

from argosy.catalog import COMPOSITES
from argosy.engines.hub import CLUSTER_USAGE, CREDENTIALS, OBJECT, USAGE
from tests.hub.live import COMPOSED, Cluster, Hub, Item, Team, condition, told
from tests.hub.local.certificates import write_account
from tests.hub.local.contents import ACCOUNTS
from tests.hub.local.kubectl import KubectlError, documents
from tests.hub.local.parts import SETUP
from tests.hub.local.waiting import wait_for

READ = ("get", "list", "watch")
WRITE = ("create", "update", "patch", "delete")
SYSTEM = "system:serviceaccount:crossplane-system"
REVIEWS = {
    ("authentication.k8s.io", "selfsubjectreviews", "*"): ("create",),
    ("authorization.k8s.io", "selfsubjectaccessreviews", "*"): ("create",),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "*"): ("create",),
}
"""What everybody may ask about themselves (Kubernetes' role system:basic-user)."""

REVIEW = ("create", "--validate=false", "--filename=-", "--output=json")
"""Whose rights are few may not read what kubectl validates by."""

Rights = dict[tuple[str, str, str], tuple[str, ...]]
"""Verbs by API group, resource and name of an object, `*` for all names."""

WRITTEN = {(composite.group, composite.written_plural) for composite in COMPOSITES}
"""Kinds that people write, of both packages."""
SHOWN = WRITTEN | {(composite.group, composite.plural) for composite in COMPOSITES}
"""The same with the composites behind them, which Crossplane alone writes."""
CLAIMS: Rights = {
    **{(group, kind, "*"): (*READ, *WRITE) for group, kind in WRITTEN},
    ("", "events", "*"): READ,
}
AWS = tuple(
    f"{service}.{suffix}"
    for service in ("cloudwatchlogs", "ec2", "eks", "iam", "kms", "rds")
    for suffix in ("aws.m.upbound.io", "aws.upbound.io", "services.k8s.aws")
)
HUB_KINDS = {(kind.group, kind.plural) for kind in (OBJECT, USAGE, CLUSTER_USAGE)}
"""What claims compose on the hub itself."""
PROVIDER: Rights = {
    **{
        (group, resource, "*"): (*READ, *WRITE)
        for group in ("", "coordination.k8s.io")
        for resource in ("configmaps", "events", "leases", "secrets")
    },
    ("apiextensions.k8s.io", "customresourcedefinitions", "*"): READ,
    ("kubernetes.m.crossplane.io", "*", "*"): (*READ, "create", "update", "patch"),
}
"""What Crossplane's RBAC manager gives every provider, in all namespaces: manifests/providers.yaml."""


@dataclass(frozen=True)
class Person:
    """Somebody whose rights are looked at.

    Attributes:
        user: as the API server knows them.
        groups: what else they are.
    """

    user: str
    groups: tuple[str, ...] = ()

    @property
    def flags(self) -> list[str]:
        """Makes kubectl act as this person."""
        return [f"--as={self.user}", *(f"--as-group={group}" for group in self.groups)]


@pytest.fixture(scope="module")
def team(hub: Hub, teams: list[Team]) -> Iterator[Team]:
    """A namespace for the stories of this file."""
    with Team(hub, "team-permissions", "100000000002").at_work(teams) as found:
        yield found


@pytest.fixture(scope="module")
def viewer(hub: Hub) -> Iterator[Person]:
    """Somebody who may look at everything, as rbac.yaml has it."""
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "story-viewers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "argosy-viewer"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "viewers"}],
    }
    hub.apply(binding)
    yield Person("vera", ("viewers",))
    hub.delete(binding)


def rights(hub: Hub, person: Person, namespace: str) -> Rights:
    """All that a person may do with resources in a namespace, and with what is in none (SelfSubjectRulesReview)."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    made = hub.kubectl.run(*REVIEW, *person.flags, stdin=json.dumps(review))
    status = json.loads(made)["status"]
    assert not status["incomplete"], status.get("evaluationError")
    found: dict[tuple[str, str, str], set[str]] = {}
    for rule in status["resourceRules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for name in rule.get("resourceNames", ["*"]):
                    found.setdefault((group, resource, name), set()).update(rule["verbs"])
    order = (*READ, *WRITE)
    rank = {verb: index for index, verb in enumerate(order)}
    return {key: tuple(sorted(verbs, key=lambda verb: (rank.get(verb, 9), verb))) for key, verbs in found.items()}


@cache
def resources(kubectl: Any) -> dict[tuple[str, str], bool]:
    """Every resource that the server has, by group and name, and whether it is in namespaces."""
    found = {}
    for line in kubectl.run("api-resources", "--no-headers", "--cached=false").splitlines():
        plural, *_, version, namespaced, _kind = line.split()
        found[version.rpartition("/")[0], plural] = namespaced == "true"
    return found


def may(hub: Hub, person: Person, verb: str, group: str, resource: str, namespace: str) -> bool:
    """What the API server answers to one question (SubjectAccessReview)."""
    attributes = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
    spec = {"user": person.user, "groups": [*person.groups, "system:authenticated"], "resourceAttributes": attributes}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    answer: Any = hub.resource("authorization.k8s.io/v1", "SubjectAccessReview").create(body=body)
    return bool(answer.to_dict()["status"]["allowed"])


# Who the parts are


MASTERS = {"admin", "system:apiserver", "system:kube-controller-manager"}
"""The person who installs, the API server itself, and the controller manager, which acts as its controllers."""


def audited(hub: Hub) -> list[Item]:
    """Every write that the API server has noted."""
    return [json.loads(line) for line in (hub.home.logs / "audit.jsonl").read_text().splitlines() if line.endswith("}")]


def test_no_part_of_the_hub_is_an_administrator(team: Team) -> None:
    hub = team.hub
    hub.apply(team.claim("orders"))
    hub.until_ready("orders", team.namespace, seconds=150)
    for _, name in ACCOUNTS:
        (user,) = yaml.safe_load(hub.home.kubeconfig_of(name).read_text())["users"]
        assert list(user["user"]) == ["tokenFile"], name
    variables = {
        "crossplane": "crossplane",
        "provider-kubernetes": "argosy-provider-kubernetes",
        "argocd-application-controller": "argocd-application-controller",
        "argocd-applicationset-controller": "argocd-applicationset-controller",
        "argocd-repo-server": "argocd-repo-server",
    }
    for part, account in variables.items():
        process = hub.processes.process(part)
        assert process is not None, part
        assert process.environ()["KUBECONFIG"] == str(hub.home.kubeconfig_of(account)), part
    simulator = hub.processes.process("simulator")
    assert simulator is not None
    assert f"--kubeconfig={hub.home.kubeconfig_of('argosy-provider-aws')}" in simulator.cmdline()
    function = hub.processes.process("function")
    assert function is not None
    assert "KUBECONFIG" not in function.environ()

    events = audited(hub)
    masters = {event["user"]["username"] for event in events if "system:masters" in event["user"]["groups"]}
    assert masters <= MASTERS
    writers = {(event["user"]["username"], event.get("objectRef", {}).get("resource")) for event in events}
    assert (f"{SYSTEM}:crossplane", "vpcs") in writers
    assert (f"{SYSTEM}:argosy-provider-aws", "vpcs") in writers
    assert (f"{SYSTEM}:argosy-provider-kubernetes", "objects") in writers
    acted = {
        (event["user"]["username"], event["impersonatedUser"]["username"])
        for event in events
        if event["user"]["username"].startswith("system:serviceaccount:") and "impersonatedUser" in event
    }
    assert acted == {(f"{SYSTEM}:argosy-provider-kubernetes", f"{SYSTEM}:argosy-cluster-secrets")}
    secrets = {
        (event["user"]["username"], event.get("impersonatedUser", {}).get("username"))
        for event in events
        if event["verb"] in ("create", "patch", "update")
        and event.get("objectRef", {}).get("resource") == "secrets"
        and event["objectRef"].get("namespace") == "argocd"
        and not event["user"]["username"].startswith(("admin", "system:serviceaccount:argocd:"))
    }
    assert secrets == {(f"{SYSTEM}:argosy-provider-kubernetes", f"{SYSTEM}:argosy-cluster-secrets")}


@pytest.mark.alone
def test_without_its_role_crossplane_says_what_it_may_not_and_goes_on_when_the_role_is_back(team: Team) -> None:
    hub, name = team.hub, "rights"
    wanted = ("ClusterRole", "argosy-composed")
    roles = documents(SETUP / "crossplane-rbac.yaml")
    (role,) = (item for item in roles if (item["kind"], item["metadata"]["name"]) == wanted)
    core = Person(f"{SYSTEM}:crossplane")

    def composes() -> bool:
        return may(hub, core, "create", "ec2.aws.m.upbound.io", "vpcs", team.namespace)

    assert composes()
    hub.delete(role)
    try:
        wait_for(lambda: not composes(), "the role is gone", seconds=30)
        hub.apply(team.claim(name))

        def refused() -> Item | None:
            claim = hub.claim(name, team.namespace) or {}
            return claim if condition(claim, "Synced").get("status") == "False" else None

        claim = wait_for(
            refused, "Crossplane may not compose", seconds=60, instead=lambda: told(hub.claim(name, team.namespace))
        )
        assert claim is not None
        message = condition(claim, "Synced")["message"]
        print(f"\nSynced=False: {message}")
        assert f'is forbidden: User "{SYSTEM}:crossplane" cannot' in message
        types = {one["type"] for one in claim["status"]["conditions"]}
        assert types <= {"Synced", "Responsive"}
        warnings = [event for event in hub.events(team.namespace) if f"/{name} " in event]
        assert any(" ComposeResources: " in event and "is forbidden" in event for event in warnings)
        assert any(" RoleBasedAccessControl: " in event and "is not allowed to" in event for event in warnings)
        assert hub.composed(name, team.namespace) == {}
    finally:
        hub.apply(role)
    hub.until_ready(name, team.namespace, seconds=200)


# Who may do what


def test_a_team_may_write_claims_in_its_namespace_and_nothing_else(team: Team) -> None:
    person = Person("jane", (team.namespace,))
    assert rights(team.hub, person, team.namespace) == REVIEWS | CLAIMS
    for elsewhere in ("team-shop", "argocd", "crossplane-system", "kube-system", "default"):
        assert rights(team.hub, person, elsewhere) == REVIEWS, elsewhere


def test_a_viewer_reads_claims_and_what_they_compose_everywhere(team: Team, viewer: Person) -> None:
    expected: Rights = {
        **REVIEWS,
        **{(group, kind, "*"): READ for group, kind in SHOWN},
        ("", "events", "*"): READ,
        **{(group, kind, "*"): READ for group, kind in HUB_KINDS},
        **{(group, "*", "*"): READ for group in AWS},
    }
    for namespace in (team.namespace, "argocd", "crossplane-system"):
        assert rights(team.hub, viewer, namespace) == expected, namespace


def test_who_writes_cluster_secrets_may_touch_these_and_cluster_usages_only(team: Team) -> None:
    person = Person(f"{SYSTEM}:argosy-cluster-secrets")
    change = ("get", *WRITE)
    usages: Rights = {("protection.crossplane.io", "clusterusages", "*"): change}
    assert rights(team.hub, person, "argocd") == REVIEWS | usages | {("", "secrets", "*"): change}
    for elsewhere in (team.namespace, "crossplane-system", "kube-system"):
        assert rights(team.hub, person, elsewhere) == REVIEWS | usages, elsewhere


def test_provider_kubernetes_may_act_as_that_account_and_as_nobody_else(team: Team) -> None:
    person = Person(f"{SYSTEM}:argosy-provider-kubernetes")
    as_one: Rights = {("", "serviceaccounts", "argosy-cluster-secrets"): ("impersonate",)}
    assert rights(team.hub, person, "crossplane-system") == REVIEWS | PROVIDER | as_one
    for elsewhere in (team.namespace, "argocd"):
        assert rights(team.hub, person, elsewhere) == REVIEWS | PROVIDER, elsewhere
    own = Cluster(team.hub.home.kubeconfig_of("argosy-provider-kubernetes")).kubectl
    ask = ("get", "secrets", "--namespace=argocd")
    for other in (f"{SYSTEM}:crossplane", f"{SYSTEM}:argosy-provider-aws", "admin", "system:kube-controller-manager"):
        with pytest.raises(KubectlError, match="cannot impersonate resource"):
            own.run(*ask, f"--as={other}")
    with pytest.raises(KubectlError, match="cannot impersonate resource"):
        own.run(*ask, f"--as={SYSTEM}:argosy-cluster-secrets", "--as-group=system:masters")
    me = json.loads(own.run("auth", "whoami", "--output=json", f"--as={SYSTEM}:argosy-cluster-secrets"))
    assert me["status"]["userInfo"]["username"] == f"{SYSTEM}:argosy-cluster-secrets"


def test_the_server_answers_as_its_rules_say_for_every_resource_that_it_has(team: Team, viewer: Person) -> None:
    """A rule says nothing of what is in no namespace, and of verbs that nobody thought of."""
    hub, jane = team.hub, Person("jane", (team.namespace,))
    kinds = resources(hub.kubectl)
    assert len(kinds) > 100
    wrong = []
    for (group, resource), namespaced in kinds.items():
        claim, event = (group, resource) in WRITTEN, (group, resource) == ("", "events")
        shown = (group, resource) in SHOWN | HUB_KINDS
        review = (group, resource, "*") in REVIEWS
        asked = [
            (jane, "create", team.namespace, claim or review),
            (jane, "list", team.namespace, claim or event),
            (jane, "list", "", False),
            (jane, "deletecollection", team.namespace, False),
            (viewer, "delete", team.namespace, False),
            (viewer, "list", "", shown or event or group in AWS),
        ]
        for person, verb, namespace, expected in asked:
            where = namespace if namespaced else ""
            if may(hub, person, verb, group, resource, where) != expected:
                wrong.append((person.user, verb, group, resource, where))
    print(f"\n{len(kinds)} resources, {len(kinds) * 6} questions")
    assert wrong == []


def test_a_team_s_service_account_does_what_it_may_and_the_server_refuses_the_rest(team: Team) -> None:
    hub, namespace = team.hub, team.namespace
    subject = {"kind": "ServiceAccount", "name": "deployer", "namespace": namespace}
    hub.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "deployer", "namespace": namespace}})
    given = hub.get("rbac.authorization.k8s.io/v1", "RoleBinding", "argosy-team", namespace)
    assert given is not None
    hub.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "deployer", "namespace": namespace},
            "roleRef": given["roleRef"],
            "subjects": [subject],
        }
    )
    token = hub.kubectl.run("create", "token", "deployer", f"--namespace={namespace}", "--duration=1h")
    write_account(hub.home, namespace, "story-deployer", token)
    own = Cluster(hub.home.kubeconfig_of("story-deployer")).kubectl

    # Of a version that the function refuses: nothing is composed, so nothing guards it.
    claim = team.claim("mine", environment="staging", kubernetesVersion="1.12")
    own.run("create", "--filename=-", stdin=json.dumps(claim))
    assert own.get("xeks", "mine")["spec"]["environment"] == "staging"
    own.run("patch", "xeks", "mine", "--type=merge", '--patch={"spec":{"environment":"prod"}}')
    assert own.get("xeks", "mine")["spec"]["environment"] == "prod"
    own.run("describe", "xeks", "mine")
    own.run("delete", "xeks", "mine", "--wait=false")

    elsewhere = json.dumps({**claim, "metadata": {"name": "mine", "namespace": "team-shop"}})
    behind = {"apiVersion": "claims.fleet.argosy.dev/v1alpha1", "kind": "XEKSCluster", "metadata": {"name": "mine"}}
    forbidden: list[tuple[list[str], str | None]] = [
        (["create", "--filename=-"], elsewhere),
        (["create", "--filename=-"], json.dumps({**behind, "spec": {"region": "eu-west-1"}})),
        (["get", "xeksclusters.claims.fleet.argosy.dev"], None),
        (["get", "xeks", "--namespace=team-shop"], None),
        (["get", "xeks", "--all-namespaces"], None),
        (["patch", "xeks", "orders", "--subresource=status", "--type=merge", '--patch={"status":{}}'], None),
        (["get", "providerconfigs.aws.m.upbound.io"], None),
        (["create", "--filename=-"], json.dumps(aimed(namespace, "crossplane-system"))),
        (["get", "vpcs.ec2.aws.m.upbound.io"], None),
        (["get", "secrets"], None),
        (["get", "secrets", "--namespace=argocd"], None),
        (["create", "token", "deployer"], None),
        (["get", "environmentconfigs"], None),
        (["delete", "resourcequota", "argosy"], None),
        (["delete", "rolebinding", "argosy-team"], None),
        (["delete", "namespace", namespace], None),
    ]
    for arguments, stdin in forbidden:
        with pytest.raises(KubectlError, match=r"forbidden|Forbidden"):
            own.run(*arguments, stdin=stdin)


def test_the_platform_team_brings_teams_and_no_administrators(team: Team) -> None:
    hub, paul = team.hub, Person("paul", ("argosy-platform",))
    bind = ["create", "rolebinding", "newcomers", f"--namespace={team.namespace}", "--group=newcomers"]
    for role in ("argosy-team", "argosy-viewer"):
        hub.kubectl.run(*bind, f"--clusterrole={role}", "--dry-run=server", *paul.flags)
    for role in ("cluster-admin", "crossplane-admin", "argosy-break-glass"):
        with pytest.raises(KubectlError, match="is attempting to grant RBAC permissions not currently held"):
            hub.kubectl.run(*bind, f"--clusterrole={role}", "--dry-run=server", *paul.flags)
    group = "protection.crossplane.io"
    for verb, where in (
        ("create", ("", "namespaces")),
        ("update", ("apiextensions.crossplane.io", "environmentconfigs")),
    ):
        assert may(hub, paul, verb, *where, "")
    for verb, where in (
        ("delete", ("", "namespaces")),
        ("get", ("", "secrets")),
        ("create", (OBJECT.group, OBJECT.plural)),
        ("delete", (group, "usages")),
        ("delete", (group, "clusterusages")),
        ("delete", ("pkg.crossplane.io", "providers")),
        ("update", ("admissionregistration.k8s.io", "validatingadmissionpolicies")),
        ("create", ("rbac.authorization.k8s.io", "clusterrolebindings")),
    ):
        assert not may(hub, paul, verb, *where, team.namespace), where


# What the provider refuses, what the quota refuses


def aimed(namespace: str, target: str) -> Item:
    """An Object that writes a Secret somewhere, with the credentials that Compositions use."""
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "aimed", "namespace": target}}
    return {
        "apiVersion": OBJECT.api_version,
        "kind": OBJECT.kind,
        "metadata": {"name": "aimed", "namespace": namespace},
        "spec": {"providerConfigRef": dict(CREDENTIALS), "forProvider": {"manifest": manifest}},
    }


def test_an_object_that_is_aimed_at_another_namespace_s_secret_stays_refused(team: Team) -> None:
    """A colleague who may write Objects: the identity that they use may write Secrets of Argo CD's namespace only."""
    hub, item = team.hub, aimed(team.namespace, "crossplane-system")
    hub.apply(item)

    def refused() -> str:
        found = hub.get(OBJECT.api_version, OBJECT.kind, "aimed", team.namespace) or {}
        synced = condition(found, "Synced")
        return str(synced["message"]) if synced.get("status") == "False" else ""

    try:
        message = wait_for(refused, "the Object is refused", seconds=60)
        print(f"\nSynced=False: {message}")
        assert f'secrets "aimed" is forbidden: User "{SYSTEM}:argosy-cluster-secrets" cannot get resource' in message
        assert 'in the namespace "crossplane-system"' in message
        assert hub.get("v1", "Secret", "aimed", "crossplane-system") is None
    finally:
        hub.delete(item)


def test_the_quota_refuses_the_sixth_cluster(team: Team, hub: Hub, teams: list[Team]) -> None:
    crowded = Team(hub, "team-crowded", "100000000003")
    crowded.install()
    teams.append(crowded)
    quota = ("v1", "ResourceQuota", "argosy", crowded.namespace)
    wait_for(
        lambda: "used" in (hub.get(*quota) or {}).get("status", {}),
        "the quota is counted",
        seconds=60,
    )

    def paused(number: int) -> Item:
        claim = crowded.claim(f"cluster-{number}")
        claim["metadata"]["annotations"] = {"crossplane.io/paused": "true"}
        return claim

    try:
        for number in range(5):
            hub.apply(paused(number))
        with pytest.raises(KubectlError) as refused:
            hub.kubectl.run("create", "--filename=-", stdin=json.dumps(paused(5)))
        print(f"\n{refused.value}")
        limit = "count/xeksclusters.fleet.argosy.dev"
        assert re.search(
            rf"exceeded quota: argosy, requested: {limit}=1, used: {limit}=5, limited: {limit}=5", str(refused.value)
        )
    finally:
        crowded.leave()


def test_every_kind_that_can_be_composed_is_in_crossplane_s_role(hub: Hub, team: Team) -> None:
    core = Person(f"{SYSTEM}:crossplane")
    missing = [
        (kind.kind, verb)
        for kind in COMPOSED
        for verb in (*READ, *WRITE)
        if not may(hub, core, verb, kind.group, kind.plural, team.namespace)
    ]
    assert missing == []
    assert not may(hub, core, "create", "aws.m.upbound.io", "providerconfigs", team.namespace)
    assert not may(hub, core, "create", "rbac.authorization.k8s.io", "clusterroles", "")
