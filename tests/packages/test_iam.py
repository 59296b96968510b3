"""The IAM documents of `examples/setup`, for either engine: as much as the composed kinds need, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.options import sample_hub
from argosy.cli.request import build_request
from argosy.engines.ack.envelope import KINDS as ACK_KINDS
from argosy.engines.base import Kind
from argosy.engines.upbound.envelope import KINDS
from argosy.function import draw
from tests.packages.actions import ACK_ACTIONS, ACTIONS
from tests.packages.dockerfile import ROOT
from tests.policies.documents import Action, Rule, every_action, rules
from tests.support.lives import EXAMPLE_NAMES, example, life_of

SETUP = ROOT / "examples" / "setup"
FOLDER = SETUP / "iam"
HUB, TEAM = "999988887777", "111122223333"
NAMES = sorted(str(path.relative_to(SETUP).with_suffix("")) for path in SETUP.glob("**/iam/*.json"))
POLICIES = [name for name in NAMES if "-trust" not in name and not name.endswith("-boundary")]
TRUSTS = [name for name in NAMES if "-trust" in name]
GIT_KEY = "iam/hub-external-secrets"
"""What External Secrets of the hub may read, of the hub's own account."""
OWN_TAG = "fleet.argosy.dev/cluster"
MANAGED_POLICY_LENGTH = 6144
EMITTED = [obj for name in EXAMPLE_NAMES for obj in life_of(name)[-1].observed.values()]
SERVICES = ("cloudwatchlogs", "ec2", "eks", "iam", "kms", "rds")
"""Of AWS, each with a controller of ACK."""


@dataclass(frozen=True)
class Way:
    """How an engine works in a team's account.

    Attributes:
        account: documents of what it may do there.
        of_roles: which of them is about IAM roles.
        actions: what its kinds call, by kind.
        kinds: what it composes.
    """

    engine: str
    account: tuple[str, ...]
    of_roles: str
    actions: Mapping[str, frozenset[str]]
    kinds: Mapping[str, Kind]


WAYS = {
    "upbound": Way(
        "upbound",
        tuple(f"iam/account-{part}" for part in ("cluster", "databases", "keys-and-roles", "network")),
        "iam/account-keys-and-roles",
        ACTIONS,
        KINDS,
    ),
    "ack": Way(
        "ack",
        tuple(f"ack/iam/account-{service}" for service in SERVICES),
        "ack/iam/account-iam",
        ACK_ACTIONS,
        ACK_KINDS,
    ),
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SETUP / f"{name}.json").read_text())
    return document


def granted(*names: str) -> Iterator[tuple[Rule, Action]]:
    for name in names:
        yield from every_action(load(name))


@cache
def drawn(engine: str) -> tuple[Mapping[str, Any], ...]:
    """What an engine renders of every example at its first call."""
    requests = [build_request(example(name, engine), engine, [], sample_hub()) for name in EXAMPLE_NAMES]
    return tuple(obj for request in requests for item in draw(request)[1] for obj in item.manifests.values())


def of_kind(way: Way, kind: str) -> list[Mapping[str, Any]]:
    named = (way.kinds[kind].api_version, way.kinds[kind].kind)
    return [obj for obj in drawn(way.engine) if (obj["apiVersion"], obj["kind"]) == named]


def test_the_documents_are_these() -> None:
    others = {
        "account-boundary",
        "account-trust",
        "hub-argocd",
        "hub-argocd-trust",
        "hub-external-secrets",
        "hub-external-secrets-trust",
        "hub-provider",
        "hub-provider-trust",
    }
    of_ack = {
        "account-trust",
        "account-trust-capability",
        "hub-ack",
        "hub-capability-trust",
        "hub-controller-trust",
    }
    assert set(NAMES) == {
        *(name for way in WAYS.values() for name in way.account),
        *(f"iam/{name}" for name in others),
        *(f"ack/iam/{name}" for name in of_ack),
    }


# What the provider, or ACK's controllers, may do in a team's account


@every_way
def test_every_composed_kind_says_what_it_calls(way: Way) -> None:
    assert way.actions.keys() == way.kinds.keys()


@every_way
def test_the_account_gives_what_composed_kinds_need_and_nothing_else(way: Way) -> None:
    needed = frozenset().union(*way.actions.values())
    assert {action.name for _, action in granted(*way.account)} == needed


@pytest.mark.parametrize("service", SERVICES)
def test_a_controller_has_what_its_own_kinds_need_and_nothing_else(service: str) -> None:
    """One role of an account serves six controllers; their service accounts keep them apart."""
    needed = frozenset().union(*(calls for kind, calls in ACK_ACTIONS.items() if kind.startswith(f"{service}/")))
    found = list(granted(f"ack/iam/account-{service}"))
    assert {action.name for _, action in found} == needed
    own = {"aws:PrincipalTag/kubernetes-service-account": frozenset({f"ack-{service}-controller"})}
    assert [rule.sid for rule, _ in found if rule.conditions["StringEqualsIfExists"] != own] == []


@pytest.mark.parametrize("name", POLICIES)
def test_actions_exist_and_none_is_a_wildcard(name: str) -> None:
    assert not [action for rule in rules(load(name)) for action in rule.actions if "*" in action]
    assert list(every_action(load(name)))


@pytest.mark.parametrize("name", POLICIES)
def test_nothing_is_said_but_by_naming_it(name: str) -> None:
    allowed = {"Sid", "Effect", "Action", "Resource", "Condition"}
    assert not [entry for entry in load(name)["Statement"] if entry.keys() - allowed]


@pytest.mark.parametrize("name", POLICIES)
def test_resources_and_conditions_are_ones_that_the_action_knows(name: str) -> None:
    of_the_caller = {"aws:PrincipalTag/kubernetes-service-account"}  # every action knows who calls
    for rule, action in every_action(load(name)):
        arns = [arn for arn in rule.resources if arn != "*"]
        assert not arns or any(action.accepts(arn) for arn in arns), f"{rule.sid}: {action.name} on {arns}"
        for key in rule.keys - of_the_caller:
            assert action.knows(key), f"{rule.sid}: {action.name} is not judged by {key}"


@every_way
def test_what_changes_something_names_its_resources_or_cannot(way: Way) -> None:
    """IAM-10: `*` is for reading and for what AWS judges by no resource; then a condition binds it."""
    hub = [name for name in POLICIES if "/hub-" in name]
    unbounded = [(rule, action) for rule, action in granted(*way.account, *hub) if "*" in rule.resources]
    changing = [(rule, action) for rule, action in unbounded if action.changes]
    assert {action.name for _, action in changing} == {"eks:CreateCluster", "kms:CreateKey"}
    assert all(not action.arn_formats and rule.conditions for rule, action in changing)


@pytest.mark.parametrize("name", POLICIES)
def test_every_resource_is_of_one_account(name: str) -> None:
    account = HUB if name == GIT_KEY else TEAM
    for rule in rules(load(name)):
        for arn in rule.resources:
            if arn not in ("*", "arn:aws:ec2:*::image/*"):
                assert arn.split(":")[4] == account, f"{rule.sid}: {arn}"


@every_way
def test_what_is_removed_carries_our_tag(way: Way) -> None:
    """The account may hold other things, and a name that collides is adopted (TEN-04)."""
    own = {f"aws:ResourceTag/{OWN_TAG}": frozenset({"false"})}
    removing = re.compile(r"(ec2|eks|rds|kms):(Delete|Release|ScheduleKeyDeletion)")
    for rule, action in granted(*way.account):
        if removing.match(action.name) and action.name not in ("ec2:DeleteTags",):
            final_snapshot = rule.sid == "TakeFinalSnapshots" and all(":cluster-snapshot:" in r for r in rule.resources)
            assert final_snapshot or rule.conditions.get("Null") == own, f"{rule.sid}: {action.name}"


TAGGED = [
    (way, kind)
    for way in WAYS.values()
    for kind in sorted(way.kinds)
    if not kind.startswith(("iam/", "cloudwatchlogs/"))
]


@pytest.mark.parametrize(("way", "kind"), TAGGED, ids=(f"{way.engine}-{kind}" for way, kind in TAGGED))
def test_what_we_make_carries_that_tag(way: Way, kind: str) -> None:
    untagged = {"ec2/Route", "ec2/RouteTableAssociation", "eks/AccessPolicyAssociation"}
    objects = of_kind(way, kind)
    assert objects, f"no example has a {kind}"
    assert {OWN_TAG in tags(obj) for obj in objects} == {kind not in untagged}


def tags(obj: Mapping[str, Any]) -> set[str]:
    """Keys of the tags that an object asks for, which some services of ACK have as a list."""
    found = obj["spec"].get("forProvider", obj["spec"]).get("tags", {})
    return set(found) if isinstance(found, Mapping) else {tag.get("key", tag.get("tagKey")) for tag in found}


# Roles


def roles_of(way: Way) -> list[str]:
    """Names on AWS of all roles of all examples."""
    return sorted(
        obj["spec"].get("name") or obj["metadata"]["annotations"]["crossplane.io/external-name"]
        for obj in of_kind(way, "iam/Role")
    )


ROLES = roles_of(WAYS["upbound"])
OF_AWS = [role for role in ROLES if not role.startswith("argosy-spoke-")]
"""Those that a service of AWS assumes."""


def matches(pattern: str, name: str) -> bool:
    """Whether an ARN with IAM's wildcards is that of the role."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, f"arn:aws:iam::{TEAM}:role/{name}") is not None


def test_roles_are_called_the_same_by_every_engine() -> None:
    assert roles_of(WAYS["ack"]) == ROLES


@every_way
@pytest.mark.parametrize("role", ROLES)
def test_every_role_of_every_example_may_be_made(role: str, way: Way) -> None:
    for rule, action in granted(way.of_roles):
        if action.name.startswith("iam:") and action.name != "iam:PassRole":
            assert any(matches(arn, role) for arn in rule.resources), f"{rule.sid} leaves out {role}"


@every_way
@pytest.mark.parametrize(
    "role", ["Administrator", "argosy-ack", "argosy-provider", "argosy-spok", "orders-cluster", "cluster"]
)
def test_other_roles_may_not_be_touched(role: str, way: Way) -> None:
    for rule, action in granted(*way.account):
        if action.name.startswith("iam:"):
            assert not any(matches(arn, role) for arn in rule.resources), f"{rule.sid} takes in {role}"


@every_way
def test_roles_are_made_within_the_boundary_only(way: Way) -> None:
    """IAM-07: else whoever may make roles may do anything."""
    boundary = {"iam:PermissionsBoundary": frozenset({f"arn:aws:iam::{TEAM}:policy/argosy-boundary"})}
    widening = {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
    found = {
        action.name: rule.conditions["StringEquals"]
        for rule, action in granted(*way.account)
        if action.name in widening
    }
    assert found == dict.fromkeys(widening, boundary)
    assert "iam:DeleteRolePermissionsBoundary" not in {action.name for _, action in granted(*way.account)}


def passed(way: Way, role: str) -> set[str]:
    return {
        service
        for rule, action in granted(*way.account)
        if action.name == "iam:PassRole" and any(matches(arn, role) for arn in rule.resources)
        for service in rule.conditions["StringEquals"]["iam:PassedToService"]
    }


@every_way
@pytest.mark.parametrize("role", OF_AWS)
def test_roles_are_passed_to_their_own_service_only(role: str, way: Way) -> None:
    """IAM-08."""
    services = {
        "cluster": {"eks.amazonaws.com"},
        "node": {"ec2.amazonaws.com", "eks.amazonaws.com"},
        "logs": {"vpc-flow-logs.amazonaws.com"},
        "monitoring": {"monitoring.rds.amazonaws.com", "rds.amazonaws.com"},
    }
    last = role.rsplit("-", 1)[1]
    expected = services.get(last) if "-addon-" not in role and "-workload-" not in role else None
    assert passed(way, role) == (expected or {"eks.amazonaws.com", "pods.eks.amazonaws.com"})


@every_way
def test_the_role_of_argo_cd_is_passed_to_nobody(way: Way) -> None:
    assert not any(passed(way, role) for role in set(ROLES) - set(OF_AWS))


# Who may enter


def test_hub_roles_enter_named_roles_and_do_nothing_else() -> None:
    """SEC-73."""
    targets = {
        "iam/hub-provider": f"arn:aws:iam::{TEAM}:role/argosy-provider",
        "iam/hub-argocd": f"arn:aws:iam::{TEAM}:role/argosy-spoke-*",
        "ack/iam/hub-ack": f"arn:aws:iam::{TEAM}:role/argosy-ack",
    }
    assert [name for name in POLICIES if "/hub-" in name] == sorted([*targets, GIT_KEY])
    for name, arn in targets.items():
        (rule,) = rules(load(name))
        assert (rule.actions, rule.resources) == (("sts:AssumeRole", "sts:TagSession"), (arn,))


def test_external_secrets_of_the_hub_reads_one_secret() -> None:
    """IAM-10: AWS ends the ARN with six characters of its own; `*` would be every secret that begins like it."""
    (rule,) = rules(load(GIT_KEY))
    assert rule.actions == ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
    assert [arn.rpartition(":")[2] for arn in rule.resources] == ["argosy/git-ssh-key-??????"]


HUB_TRUSTS = {
    "ack/iam/hub-controller-trust",
    "iam/hub-argocd-trust",
    "iam/hub-external-secrets-trust",
    "iam/hub-provider-trust",
}


@pytest.mark.parametrize("name", sorted(HUB_TRUSTS))
def test_hub_roles_are_for_service_accounts_of_the_hub_only(name: str) -> None:
    """IAM-01, IAM-02."""
    (statement,) = load(name)["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"].keys() == {"StringEquals"}
    assert statement["Condition"]["StringEquals"].keys() == {
        "aws:SourceAccount",
        "aws:RequestTag/eks-cluster-arn",
        "aws:RequestTag/kubernetes-namespace",
        "aws:RequestTag/kubernetes-service-account",
    }


ENTERING = {
    "iam/account-trust": f"arn:aws:iam::{HUB}:role/argosy-provider",
    "ack/iam/account-trust": [f"arn:aws:iam::{HUB}:role/argosy-ack-{service}" for service in SERVICES],
    "ack/iam/account-trust-capability": f"arn:aws:iam::{HUB}:role/argosy-ack-capability",
}


@pytest.mark.parametrize("name", ENTERING)
def test_a_team_account_is_entered_by_the_hub_s_own_roles_only(name: str) -> None:
    (statement,) = load(name)["Statement"]
    assert statement["Principal"] == {"AWS": ENTERING[name]}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_every_trust_is_judged() -> None:
    assert set(TRUSTS) == {*ENTERING, *HUB_TRUSTS, "ack/iam/hub-capability-trust"}
    (statement,) = load("ack/iam/hub-capability-trust")["Statement"]  # as the EKS user guide has it, capability-role
    assert statement["Principal"] == {"Service": "capabilities.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_the_documents_speak_of_the_objects_of_the_setup() -> None:
    facts = yaml.safe_load((SETUP / "hub.yaml").read_text())["data"]
    assert facts["argocd"]["roleArn"].split(":")[4] == HUB
    assert {fact["account"] for fact in facts["namespaces"].values()} == {TEAM}
    accounts = [obj["metadata"]["name"] for obj in objects(SETUP / "providers.yaml") if obj["kind"] == "ServiceAccount"]
    (trust,) = load("iam/hub-provider-trust")["Statement"]
    assert trust["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-service-account"] in accounts


def objects(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_documents_fit_and_their_statements_have_names(name: str) -> None:
    """IAM-12."""
    document = load(name)
    sids = [entry["Sid"] for entry in document["Statement"]]
    assert document["Version"] == "2012-10-17"
    assert len(set(sids)) == len(sids)
    assert len(json.dumps(document, separators=(",", ":"))) <= MANAGED_POLICY_LENGTH
    for rule in rules(document):
        assert list(rule.actions) == sorted(rule.actions)
