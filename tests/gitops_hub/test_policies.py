"""What the admission part of gitops/policies refuses on a real API server, and what real parts must still be let do."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest
import yaml

from tests.gitops.policies.cases import of
from tests.gitops.policies.program import as_admission, policies, rendered
from tests.hub.live import Hub, Item
from tests.hub.local.kubectl import KubectlError
from tests.hub.local.waiting import wait_for


class Person(NamedTuple):
    """Somebody who asks."""

    user: str
    groups: tuple[str, ...]

    @property
    def flags(self) -> list[str]:
        """Of kubectl, to ask as they."""
        return [f"--as={self.user}", *(f"--as-group={group}" for group in self.groups)]


TYPE = "argocd.argoproj.io/secret-type"
CLUSTER, SWITCH = "policies-story", "enable_cert_manager"
ROOT = Person("root", ("system:masters",))
PLATFORM = Person("paul", ("system:masters", "argosy-platform"))
BREAK_GLASS = Person("argosy-break-glass", ("system:masters", "argosy-break-glass"))
SETS = Person("system:serviceaccount:argocd:argocd-applicationset-controller", ("system:masters",))
CONTROLLER = Person("system:serviceaccount:argocd:argocd-application-controller", ("system:masters",))
COLLECTOR = Person("system:serviceaccount:kube-system:generic-garbage-collector", ("system:masters",))
TRY = "--dry-run=server"
APPROVED = "fleet.argosy.dev/deletion-approved"
ARGO = "argoproj.io/v1alpha1"


def cluster_secret(name: str, server: str, **labels: str) -> Item:
    """A cluster's Secret; the simplest that Argo CD takes."""
    data = {"name": name, "server": server, "config": "{}"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"cluster-{name}",
            "namespace": "argocd",
            "labels": {TYPE: "cluster", "cluster_name": name, **labels},
        },
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }


SERVER = "https://policies-story.gr7.eu-west-1.eks.amazonaws.com"
SECRET = cluster_secret(CLUSTER, SERVER, **{SWITCH: "true", "fleet_member": "spoke"})
APPLICATION: Item = {
    "apiVersion": ARGO,
    "kind": "Application",
    "metadata": {
        "name": f"cert-manager-{CLUSTER}",
        "namespace": "argocd",
        "labels": {"fleet.argosy.dev/cluster": CLUSTER, "fleet.argosy.dev/switch": SWITCH},
    },
    "spec": {
        "project": "none",  # nobody syncs it
        "source": {"repoURL": "git@github.com:example/argosy-fleet.git", "path": "."},
        "destination": {"name": CLUSTER, "namespace": "cert-manager"},
    },
}
THIS = ("application", APPLICATION["metadata"]["name"], "--namespace=argocd")


@pytest.fixture(scope="module", autouse=True)
def in_force(hub: Hub) -> Iterator[None]:
    """The policies, a cluster's Secret and an Application for it."""
    written = [item for item in rendered() if item["apiVersion"].startswith("admissionregistration.k8s.io/")]
    already = hub.get("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "argosy-applications-stay")
    hub.kubectl.apply(written)
    glass(hub, "apply", "--server-side", "--filename=-", stdin=json.dumps(SECRET))
    hub.kubectl.apply([APPLICATION])
    wait_for(lambda: refused(hub, ROOT, "delete", *THIS), "the policies are in force", seconds=60)
    yield
    glass(hub, "delete", *THIS, "--ignore-not-found")
    glass(hub, "delete", "secret", SECRET["metadata"]["name"], "--namespace=argocd", "--ignore-not-found")
    for item in [] if already else reversed(written):
        hub.kubectl.run("delete", item["kind"], item["metadata"]["name"])


def glass(hub: Hub, *arguments: str, stdin: str | None = None) -> str:
    """Does something that policies refuse to others."""
    return hub.kubectl.run(*arguments, *BREAK_GLASS.flags, stdin=stdin)


def refused(hub: Hub, person: Person, *arguments: str, stdin: str | None = None) -> str:
    """What a policy says, or nothing if somebody may do it."""
    try:
        hub.kubectl.run(*arguments, TRY, *person.flags, stdin=stdin)
    except KubectlError as error:
        policy, _, message = str(error).partition("denied request: ")
        assert "ValidatingAdmissionPolicy" in policy, str(error)
        return message
    return ""


def switched(hub: Hub, value: str | None) -> None:
    """The Secret with another value at the switch; None takes the label away."""
    change = {"metadata": {"labels": {SWITCH: value}}}
    name = SECRET["metadata"]["name"]
    glass(hub, "patch", "secret", name, "--namespace=argocd", "--type=merge", f"--patch={json.dumps(change)}")


def becomes(hub: Hub, person: Person, deletable: bool) -> None:
    """The server looks at cluster Secrets a moment after they have changed."""
    wait_for(lambda: (refused(hub, person, "delete", *THIS) == "") is deletable, f"{deletable=}", seconds=20)


STAYS = (
    f"Application cert-manager-{CLUSTER}: cluster {CLUSTER} still wants it, by label {SWITCH} of Secret "
    f"cluster-{CLUSTER}, and all that it has deployed would go with it; switch it off on the claim, or annotate it "
    f"with {APPROVED}=true"
)


def test_an_application_stays_while_its_switch_is_on_and_goes_when_it_is_off(hub: Hub) -> None:
    for person in (ROOT, PLATFORM, SETS, CONTROLLER, COLLECTOR):
        assert refused(hub, person, "delete", *THIS) == STAYS
    assert refused(hub, BREAK_GLASS, "delete", *THIS) == ""
    try:
        switched(hub, "false")
        for person in (SETS, COLLECTOR):
            becomes(hub, person, deletable=True)
        switched(hub, None)  # a label that is lost is no answer
        becomes(hub, SETS, deletable=False)
    finally:
        switched(hub, "true")
    becomes(hub, SETS, deletable=False)


def test_somebody_may_approve_of_it(hub: Hub) -> None:
    """A workload that has left Git."""
    hub.kubectl.run("annotate", *THIS, f"{APPROVED}=true")
    try:
        assert refused(hub, SETS, "delete", *THIS) == ""
    finally:
        hub.kubectl.run("annotate", *THIS, f"{APPROVED}-")
    assert refused(hub, SETS, "delete", *THIS) == STAYS


def test_what_says_who_keeps_it_is_not_changed_by_hand(hub: Hub) -> None:
    for label in ("fleet.argosy.dev/cluster", "fleet.argosy.dev/switch"):
        said = refused(hub, ROOT, "label", *THIS, f"{label}-")
        assert said.startswith(f"metadata.labels[{label}]: it says which cluster keeps the Application")
        assert refused(hub, SETS, "label", *THIS, f"{label}=other", "--overwrite") == ""
    assert refused(hub, ROOT, "label", *THIS, "note=ours") == ""


def test_what_makes_applications_stays_too(hub: Hub) -> None:
    name = "policies-story"
    generators: list[Any] = [{"list": {"elements": []}}]
    template = {"metadata": {"name": "x"}, "spec": {**APPLICATION["spec"]}}
    metadata = {"name": name, "namespace": "argocd"}
    item = {"apiVersion": ARGO, "kind": "ApplicationSet", "metadata": metadata}
    hub.kubectl.apply([{**item, "spec": {"generators": generators, "template": template}}])
    this = ("applicationset", name, "--namespace=argocd")
    try:
        for person in (ROOT, CONTROLLER, COLLECTOR):
            said = refused(hub, person, "delete", *this)
            assert said.startswith(f"ApplicationSet {name}: with it go Applications of all clusters")
        assert refused(hub, PLATFORM, "delete", *this) == ""
        hub.kubectl.run("annotate", *this, "argocd.argoproj.io/sync-options=Prune=confirm")
        assert refused(hub, CONTROLLER, "delete", *this) == ""
        assert refused(hub, COLLECTOR, "delete", *this) != ""
    finally:
        glass(hub, "delete", *this)
    assert refused(hub, ROOT, "delete", "namespace", "argocd").startswith("Namespace argocd: with it go")


def test_a_second_cluster_of_one_name_or_one_server_is_refused(hub: Hub) -> None:
    create = ("create", "--filename=-")
    again = cluster_secret(CLUSTER, "https://other.gr7.eu-west-1.eks.amazonaws.com")
    again["metadata"]["name"] = "cluster-again"
    for item in (again, cluster_secret("other", SERVER)):
        said = refused(hub, PLATFORM, *create, stdin=json.dumps(item))
        assert said.startswith(f"data: Secret cluster-{CLUSTER} is a cluster with this name or this server already")
    other = cluster_secret("other", "https://other.gr7.eu-west-1.eks.amazonaws.com")
    assert refused(hub, PLATFORM, *create, stdin=json.dumps(other)) == ""


@pytest.mark.parametrize("field", ["data", "stringData"])
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("repository", "password"),
        ("repository", "PASSWORD"),
        ("repo-creds", "githubAppPrivateKey"),
        ("scm-creds", "username"),
        ("repository", "insecureIgnoreHostKey"),
        ("cluster", "token"),
        ("something", "url"),
    ],
)
def test_a_password_has_a_key_and_the_key_is_refused(kind: str, key: str, field: str, hub: Hub) -> None:
    value = "eA==" if field == "data" else "x"
    metadata = {"name": "policies-story", "namespace": "argocd", "labels": {TYPE: kind, "team": "x"}}
    item = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, field: {key: value}}
    said = refused(hub, PLATFORM, "create", "--filename=-", stdin=json.dumps(item))
    assert said.startswith(f"data: {key}: Argo CD logs in to Git by an SSH key and to clusters by an IAM role")
    # nor is it added to one that is there
    known = {"repository": {"url": "eA==", "sshPrivateKey": "eA=="}}.get(kind)
    if known is not None:
        hub.kubectl.run("create", "--filename=-", *PLATFORM.flags, stdin=json.dumps({**item, field: {}, "data": known}))
        try:
            change = json.dumps({field: {key: value}})
            this = ("patch", "secret", "policies-story", "--namespace=argocd", "--type=merge", f"--patch={change}")
            assert refused(hub, PLATFORM, *this).startswith(f"data: {key}: ")
        finally:
            hub.kubectl.run("delete", "secret", "policies-story", "--namespace=argocd", *BREAK_GLASS.flags)


def test_argo_cds_secrets_are_in_its_namespace(hub: Hub) -> None:
    item = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "policies-story", "namespace": "default"}}
    marked = {**item, "metadata": {**item["metadata"], "labels": {TYPE: "cluster"}}}  # type: ignore[dict-item]
    create = ("create", "--filename=-")
    for person in (ROOT, PLATFORM, CONTROLLER):
        assert "not in default (TEN-18)" in refused(hub, person, *create, stdin=json.dumps(marked))
    hub.kubectl.run(*create, stdin=json.dumps(item))
    try:
        this = ("secret", "policies-story", "--namespace=default")
        assert "not in default (TEN-18)" in refused(hub, ROOT, "label", *this, f"{TYPE}=repository")
        assert refused(hub, ROOT, "label", *this, "note=ours") == ""
    finally:
        hub.kubectl.run("delete", *("secret", "policies-story", "--namespace=default"))


def errors(hub: Hub, items: Iterable[Item]) -> dict[str, str]:
    """What the server says of new objects, by their names; nothing of those that it takes."""
    try:
        text = yaml.safe_dump_all(items)
        hub.kubectl.run("create", "--filename=-", "--validate=false", TRY, *ROOT.flags, stdin=text)
    except KubectlError as error:
        found = re.findall(r'"([a-z0-9-]+)" is (?:invalid|forbidden): (.*)', str(error))
        return dict(found)
    return {}


@pytest.mark.parametrize("name", ["argosy-applications", "argosy-applicationsets", "argosy-projects"])
def test_the_server_decides_as_kyverno_where_that_hands_over_to_it(name: str, hub: Hub) -> None:
    """With a function of Kyverno's own the policy would end with Kyverno."""
    policy = as_admission(policies()[name])
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
    binding: Item = {
        "apiVersion": policy["apiVersion"],
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"], "matchResources": here},
    }
    namespace: Item = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    moved = [(case, {**case.item, "metadata": {**case.item["metadata"], "namespace": name}}) for case in of(name)]
    hub.kubectl.apply([namespace, policy, binding])
    try:
        bad = [item for case, item in moved if case.rule]
        wait_for(lambda: errors(hub, bad[:1]), "the policy is in force", seconds=60)
        said = errors(hub, [item for _, item in moved])
        wrong = {
            case.title: (case.rule, said.get(item["metadata"]["name"], ""))
            for case, item in moved
            if (item["metadata"]["name"] in said) is not bool(case.rule)  # some, by the kind's own schema before
        }
        assert wrong == {}
        assert sum("ValidatingAdmissionPolicy" in text for text in said.values()) > len(bad) * 3 / 4
    finally:
        for item in (binding, policy, namespace):
            hub.kubectl.run("delete", item["kind"], item["metadata"]["name"], "--wait=false")


def test_the_server_understands_every_policy(hub: Hub) -> None:
    names = [item["metadata"]["name"] for item in rendered() if item["kind"] == "ValidatingAdmissionPolicy"]
    assert len(names) == 6
    for name in names:

        def understood(name: str = name) -> Item | None:
            found = hub.get("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", name)
            return found if found and found["status"].get("observedGeneration") else None

        found = wait_for(understood, "the server has looked at the policy", seconds=60)
        assert found is not None
        assert found["status"].get("typeChecking", {}).get("expressionWarnings", []) == [], name
