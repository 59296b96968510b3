"""`examples/setup/ack` on the real API server and Argo CD: who chooses a namespace's account, what is installed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import schemas
from tests.hub.live import Hub, Item, Team
from tests.hub.local.kubectl import KubectlError, documents
from tests.hub.local.parts import SETUP
from tests.hub.local.waiting import wait_for
from tests.hub.test_permissions import Person
from tests.hub.test_policies import ARGO_CD, BREAK_GLASS, PLATFORM, ROOT, refusal, works
from tests.packages.test_ack import BLOCKS, ELEMENTS, values_of
from tests.packages.test_install_guide import commands

ACK = SETUP / "ack"
FILES = ("accounts", "admission", "controllers", "crossplane-rbac", "network-policies")
"""All that is for no single team, but for packages."""
CRDS = [
    Path(schemas.__file__).parent / "crds" / f"{name}.yaml"
    for name in ("eks.services.k8s.aws_clusters", "iam.services.k8s.aws_roles")
]
"""Kinds of which the guide asks; kubectl knows no rights of kinds that are not there."""
PREFIX = "services.k8s.aws"
ACCOUNT = f"{PREFIX}/owner-account-id"
ADMINISTRATORS = (ROOT, Person(ARGO_CD.user, ("system:masters",)))
"""Whom RBAC lets do everything: the answer is the policy's."""


def told(*keys: str) -> str:
    """What the policy says of annotations."""
    named = ", ".join(f"metadata.annotations[{key}]" for key in keys)
    return (
        f"{named}: decides where on AWS everything of this namespace is made, so only the platform team writes it "
        "(TEN-09); leave it as it is"
    )


@pytest.fixture(scope="module")
def hub_with_ack(hub: Hub) -> Iterator[Hub]:
    """A hub to which the files are applied, and from which they are taken again."""
    definition = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    kinds = [item for item in documents(*CRDS) if hub.get(*definition, item["metadata"]["name"]) is None]
    hub.kubectl.apply(kinds)
    items = documents(*(ACK / f"{name}.yaml" for name in FILES))
    for item in items:
        hub.apply(item)
    policy = ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "argosy-accounts")

    def understood() -> Item | None:
        found = hub.get(*policy)
        return found if found and found["status"].get("observedGeneration") else None

    found = wait_for(understood, "the server has looked at the policy", seconds=60)
    assert found is not None
    assert found["status"].get("typeChecking", {}).get("expressionWarnings", []) == []
    yield hub
    for item in reversed(items):
        hub.delete(item)
    for item in kinds:
        hub.kubectl.run("delete", "crd", item["metadata"]["name"], *BREAK_GLASS.flags)  # nobody else may


@pytest.fixture(scope="module")
def team(hub_with_ack: Hub, teams: list[Team]) -> Iterator[Team]:
    """A namespace that names its account."""
    with Team(hub_with_ack, "team-ack-setup", "100000000005").at_work(teams) as found:
        annotate = ("annotate", "namespace", found.namespace, f"{ACCOUNT}={found.account}", "--overwrite")
        hub_with_ack.kubectl.run(*annotate, *PLATFORM.flags)
        wait_for(lambda: in_force(found), "the policy is in force", seconds=60)
        yield found


def in_force(team: Team) -> bool:
    """Whether somebody is refused what all are but the platform team."""
    try:
        works(team.hub, ROOT, "annotate", "namespace", team.namespace, f"{PREFIX}/team-id=x")
    except KubectlError:
        return True
    return False


@pytest.mark.parametrize(
    "change",
    [
        {ACCOUNT: "444455556666"},
        {ACCOUNT: None},
        {f"{PREFIX}/default-region": "us-east-1"},
        {f"{PREFIX}/endpoint-url": "https://aws.example.org"},
        {f"{PREFIX}/team-id": "shop"},
        {f"rds.{PREFIX}/deletion-policy": "retain"},
    ],
    ids=str,
)
def test_who_is_not_of_the_platform_team_changes_no_annotation_of_ack(change: dict[str, Any], team: Team) -> None:
    """TEN-09."""
    patch = json.dumps({"metadata": {"annotations": change}})
    for person in ADMINISTRATORS:
        for part in ((), ("--subresource=status",)):
            arguments = ("patch", "namespace", team.namespace, *part, "--type=merge", f"--patch={patch}")
            assert refusal(team.hub, person, *arguments) == told(*change)
    for person in (PLATFORM, BREAK_GLASS):
        works(team.hub, person, "patch", "namespace", team.namespace, "--type=merge", f"--patch={patch}")


def test_nor_by_the_way_in_which_finalizers_are_taken_off(team: Team) -> None:
    found = json.loads(team.hub.kubectl.run("get", "namespace", team.namespace, "--output=json"))
    found["metadata"]["annotations"][ACCOUNT] = "444455556666"
    raw = f"--raw=/api/v1/namespaces/{team.namespace}/finalize?dryRun=All"
    with pytest.raises(KubectlError, match="only the platform team writes it"):
        team.hub.kubectl.run("replace", raw, "--filename=-", *ROOT.flags, stdin=json.dumps(found))


def test_a_new_namespace_names_no_account_but_by_the_platform_team(team: Team) -> None:
    """As Argo CD would make it by managedNamespaceMetadata of a team's Application."""
    (namespace,) = (item for item in documents(ACK / "namespace.yaml") if item["kind"] == "Namespace")
    text = json.dumps({**namespace, "metadata": {**namespace["metadata"], "name": "team-new"}})
    create = ("create", "--filename=-")
    for person in ADMINISTRATORS:
        assert refusal(team.hub, person, *create, stdin=text) == told(ACCOUNT)
    works(team.hub, PLATFORM, *create, stdin=text)


def test_the_platform_team_gives_a_team_all_that_it_needs(team: Team) -> None:
    text = (ACK / "namespace.yaml").read_text().replace("team-orders", team.namespace)
    works(team.hub, PLATFORM, "apply", "--filename=-", stdin=text)
    for person in ADMINISTRATORS:
        assert refusal(team.hub, person, "apply", "--filename=-", stdin=text) == told(ACCOUNT)


def test_everything_else_of_a_namespace_is_written_as_before(team: Team) -> None:
    for person in ADMINISTRATORS:
        works(team.hub, person, "annotate", "namespace", team.namespace, "note=ours")
        works(team.hub, person, "annotate", "namespace", team.namespace, f"{ACCOUNT}={team.account}", "--overwrite")
        works(team.hub, person, "label", "namespace", team.namespace, "note=ours")


def test_kinds_of_ack_are_not_deleted_by_hand(team: Team) -> None:
    """REL-12."""
    name = "clusters.eks.services.k8s.aws"
    for person in ADMINISTRATORS:
        said = refusal(team.hub, person, "delete", "crd", name)
        assert said.startswith(f"CustomResourceDefinition {name}: with it go all clusters of this hub (REL-12)")
    works(team.hub, BREAK_GLASS, "delete", "crd", name)


def test_argo_cd_makes_an_application_of_each_service(team: Team) -> None:
    """Go templates are Argo CD's own business: the other tests of values replace text."""
    hub = team.hub

    def made() -> dict[str, Item] | None:
        found = {item["metadata"]["name"]: item for item in hub.list("argoproj.io/v1alpha1", "Application", "argocd")}
        ours = {name: item for name, item in found.items() if name.startswith("ack-")}
        return ours if len(ours) == len(ELEMENTS) else None

    applications = wait_for(made, "Argo CD has made the Applications", seconds=60)
    assert applications is not None
    for service, element in ELEMENTS.items():
        application = applications[f"ack-{service}"]
        source = application["spec"]["source"]
        assert (source["chart"], source["targetRevision"]) == (f"{service}-chart", element["version"])
        assert yaml.safe_load(source["helm"]["values"]) == values_of(service)
        assert application["metadata"].get("finalizers", []) == []


def guide() -> list[tuple[str, str]]:
    """Commands of docs/ack.md that ask the API server about somebody, and what they print."""
    found = [each for block in BLOCKS for each in commands(block) if " --as " in each[0] and each[1]]
    assert len(found) > 3
    return found


@pytest.mark.parametrize(("command", "printed"), guide(), ids=lambda text: text.removeprefix("kubectl ")[:40])
def test_the_guide_shows_what_the_server_answers(command: str, printed: str, team: Team) -> None:
    program, *arguments = shlex.split(command.replace("team-orders", team.namespace))
    assert program == "kubectl"
    try:
        answer = team.hub.kubectl.run(*arguments)
    except KubectlError as error:  # as with `no`
        answer = str(error).removeprefix(f"kubectl {' '.join(arguments)}: ") + "\n"
    assert answer == printed.replace("team-orders", team.namespace)
