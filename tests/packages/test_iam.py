"""The IAM documents of `examples/setup/iam`: as much as the composed kinds need, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.engines.upbound.envelope import KINDS
from tests.packages.actions import ACTIONS
from tests.packages.dockerfile import ROOT
from tests.policies.documents import Action, Rule, every_action, rules
from tests.support.lives import EXAMPLE_NAMES, life_of

FOLDER = ROOT / "examples" / "setup" / "iam"
HUB, TEAM = "999988887777", "111122223333"
ACCOUNT = ("account-cluster", "account-databases", "account-keys-and-roles", "account-network")
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
POLICIES = [name for name in NAMES if not name.endswith(("-trust", "-boundary"))]
TRUSTS = [name for name in NAMES if name.endswith("-trust")]
OWN_TAG = "fleet.argosy.dev/cluster"
MANAGED_POLICY_LENGTH = 6144
EMITTED = [obj for name in EXAMPLE_NAMES for obj in life_of(name)[-1].observed.values()]


def load(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return document


def granted(*names: str) -> Iterator[tuple[Rule, Action]]:
    for name in names:
        yield from every_action(load(name))


def test_the_documents_are_these() -> None:
    others = {
        "account-boundary",
        "account-trust",
        "hub-argocd",
        "hub-argocd-trust",
        "hub-provider",
        "hub-provider-trust",
    }
    assert set(NAMES) == {*ACCOUNT, *others}


# What the provider may do in a team's account


def test_every_composed_kind_says_what_it_calls() -> None:
    assert ACTIONS.keys() == KINDS.keys()


def test_the_provider_may_do_what_composed_kinds_need_and_nothing_else() -> None:
    needed = frozenset().union(*ACTIONS.values())
    assert {action.name for _, action in granted(*ACCOUNT)} == needed


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
    for rule, action in every_action(load(name)):
        arns = [arn for arn in rule.resources if arn != "*"]
        assert not arns or any(action.accepts(arn) for arn in arns), f"{rule.sid}: {action.name} on {arns}"
        for key in rule.keys:
            assert action.knows(key), f"{rule.sid}: {action.name} is not judged by {key}"


def test_what_changes_something_names_its_resources_or_cannot() -> None:
    """IAM-10: `*` is for reading and for what AWS judges by no resource; then a condition binds it."""
    unbounded = [(rule, action) for rule, action in granted(*POLICIES) if "*" in rule.resources and action.changes]
    assert {action.name for _, action in unbounded} == {"eks:CreateCluster", "kms:CreateKey"}
    assert all(not action.arn_formats and rule.conditions for rule, action in unbounded)


@pytest.mark.parametrize("name", POLICIES)
def test_every_resource_is_of_one_account(name: str) -> None:
    for rule in rules(load(name)):
        for arn in rule.resources:
            if arn not in ("*", "arn:aws:ec2:*::image/*"):
                assert arn.split(":")[4] == TEAM, f"{rule.sid}: {arn}"


def test_what_is_removed_carries_our_tag() -> None:
    """The account may hold other things, and a name that collides is adopted (TEN-04)."""
    own = {f"aws:ResourceTag/{OWN_TAG}": frozenset({"false"})}
    removing = re.compile(r"(ec2|eks|rds|kms):(Delete|Release|ScheduleKeyDeletion)")
    for rule, action in granted(*ACCOUNT):
        if removing.match(action.name) and action.name not in ("ec2:DeleteTags",):
            final_snapshot = rule.sid == "TakeFinalSnapshots" and all(":cluster-snapshot:" in r for r in rule.resources)
            assert final_snapshot or rule.conditions == {"Null": own}, f"{rule.sid}: {action.name}"


@pytest.mark.parametrize("kind", sorted(kind for kind in KINDS if not kind.startswith(("iam/", "cloudwatchlogs/"))))
def test_what_we_make_carries_that_tag(kind: str) -> None:
    untagged = {"ec2/Route", "ec2/RouteTableAssociation", "eks/AccessPolicyAssociation"}
    objects = [
        obj for obj in EMITTED if (obj["apiVersion"], obj["kind"]) == (KINDS[kind].api_version, KINDS[kind].kind)
    ]
    assert objects, f"no example has a {kind}"
    tagged = {OWN_TAG in obj["spec"]["forProvider"].get("tags", {}) for obj in objects}
    assert tagged == {kind not in untagged}


# Roles


ROLES = sorted(
    obj["metadata"]["annotations"]["crossplane.io/external-name"] for obj in EMITTED if obj["kind"] == "Role"
)


def matches(pattern: str, name: str) -> bool:
    """Whether an ARN with IAM's wildcards is that of the role."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, f"arn:aws:iam::{TEAM}:role/{name}") is not None


@pytest.mark.parametrize("role", ROLES)
def test_the_provider_may_make_every_role_of_every_example(role: str) -> None:
    for rule, action in granted("account-keys-and-roles"):
        if action.name.startswith("iam:") and action.name != "iam:PassRole":
            assert any(matches(arn, role) for arn in rule.resources), f"{rule.sid} leaves out {role}"


@pytest.mark.parametrize("role", ["Administrator", "argosy-provider", "argosy-spok", "orders-cluster", "cluster"])
def test_the_provider_may_not_touch_other_roles(role: str) -> None:
    for rule, action in granted(*ACCOUNT):
        if action.name.startswith("iam:"):
            assert not any(matches(arn, role) for arn in rule.resources), f"{rule.sid} takes in {role}"


def test_roles_are_made_within_the_boundary_only() -> None:
    """IAM-07: else whoever may make roles may do anything."""
    boundary = {"StringEquals": {"iam:PermissionsBoundary": frozenset({f"arn:aws:iam::{TEAM}:policy/argosy-boundary"})}}
    widening = {"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
    found = {action.name: rule.conditions for rule, action in granted(*ACCOUNT) if action.name in widening}
    assert found == dict.fromkeys(widening, boundary)
    assert "iam:DeleteRolePermissionsBoundary" not in {action.name for _, action in granted(*ACCOUNT)}


def passed(role: str) -> set[str]:
    return {
        service
        for rule, action in granted(*ACCOUNT)
        if action.name == "iam:PassRole" and any(matches(arn, role) for arn in rule.resources)
        for service in rule.conditions["StringEquals"]["iam:PassedToService"]
    }


@pytest.mark.parametrize("role", [role for role in ROLES if not role.startswith("argosy-spoke-")])
def test_roles_are_passed_to_their_own_service_only(role: str) -> None:
    """IAM-08."""
    services = {
        "cluster": {"eks.amazonaws.com"},
        "node": {"ec2.amazonaws.com", "eks.amazonaws.com"},
        "logs": {"vpc-flow-logs.amazonaws.com"},
        "monitoring": {"monitoring.rds.amazonaws.com", "rds.amazonaws.com"},
    }
    last = role.rsplit("-", 1)[1]
    expected = services.get(last) if "-addon-" not in role and "-workload-" not in role else None
    assert passed(role) == (expected or {"eks.amazonaws.com", "pods.eks.amazonaws.com"})


def test_the_role_of_argo_cd_is_passed_to_nobody() -> None:
    assert not any(passed(role) for role in ROLES if role.startswith("argosy-spoke-"))


# Who may enter


def test_hub_roles_enter_named_roles_and_do_nothing_else() -> None:
    """SEC-73."""
    targets = {
        "hub-provider": f"arn:aws:iam::{TEAM}:role/argosy-provider",
        "hub-argocd": f"arn:aws:iam::{TEAM}:role/argosy-spoke-*",
    }
    for name, arn in targets.items():
        (rule,) = rules(load(name))
        assert (rule.actions, rule.resources) == (("sts:AssumeRole", "sts:TagSession"), (arn,))


@pytest.mark.parametrize("name", ["hub-argocd-trust", "hub-provider-trust"])
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


def test_a_team_account_is_entered_by_the_hub_s_provider_role_only() -> None:
    (statement,) = load("account-trust")["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{HUB}:role/argosy-provider"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]


def test_the_documents_speak_of_the_objects_of_the_setup() -> None:
    setup = ROOT / "examples" / "setup"
    facts = yaml.safe_load((setup / "hub.yaml").read_text())["data"]
    assert facts["argocd"]["roleArn"].split(":")[4] == HUB
    assert {fact["account"] for fact in facts["namespaces"].values()} == {TEAM}
    accounts = [obj["metadata"]["name"] for obj in objects(setup / "providers.yaml") if obj["kind"] == "ServiceAccount"]
    (trust,) = load("hub-provider-trust")["Statement"]
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
