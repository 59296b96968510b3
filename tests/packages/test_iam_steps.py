"""Both ways to make the roles on AWS, CloudFormation and the AWS CLI, make what the JSON documents say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from cfnlint.api import lint
from cfnlint.decode import decode

from tests.packages.cloudformation import CONTROLLERS, HUB, ROOT, SETUP, TEAM, load, resolved, texts, trust_of

ACCOUNT, OF_HUB = "cloudformation-account.yaml", "cloudformation-hub.yaml"
TEMPLATES = (ACCOUNT, OF_HUB)
BODY_LENGTH = 51_200
"""Bytes of a template that is not put into a bucket first (CloudFormation quotas, `TemplateBody`)."""


@dataclass(frozen=True)
class Way:
    """What one engine's folder makes on AWS.

    Attributes:
        folder: below `examples/setup`.
        policies: by template, documents by name of the managed policy.
        roles: by template, trust and names of the policies by name of the role.
        enters: by name of the policy, which role of a team's account it enters.
        calls: how many calls the steps by the AWS CLI are.
    """

    folder: str
    policies: Mapping[str, Mapping[str, str]]
    roles: Mapping[str, Mapping[str, tuple[dict[str, Any], set[str]]]]
    enters: Mapping[str, str]
    calls: int

    @property
    def steps(self) -> list[str]:
        """Blocks of commands of its README."""
        text = (SETUP / self.folder / "README.md").read_text()
        return re.findall(r"^```bash\n(.*?)^```", text, re.DOTALL | re.MULTILINE)

    def path(self, template: str) -> Path:
        """The file of a template."""
        return SETUP / self.folder / template


_PARTS = ("cluster", "databases", "keys-and-roles", "network")
_OF_EVERY_HUB = {
    "argocd-hub": (load("iam/hub-argocd-trust"), {"argocd-hub"}),
    "argosy-external-secrets": (load("iam/hub-external-secrets-trust"), {"argosy-external-secrets"}),
}
_POLICIES_OF_EVERY_HUB = {"argocd-hub": "iam/hub-argocd", "argosy-external-secrets": "iam/hub-external-secrets"}
WAYS = {
    "upbound": Way(
        folder="iam",
        policies={
            ACCOUNT: {
                "argosy-boundary": "iam/account-boundary",
                **{f"argosy-provider-{part}": f"iam/account-{part}" for part in _PARTS},
            },
            OF_HUB: {"argosy-provider": "iam/hub-provider", **_POLICIES_OF_EVERY_HUB},
        },
        roles={
            ACCOUNT: {"argosy-provider": (load("iam/account-trust"), {f"argosy-provider-{part}" for part in _PARTS})},
            OF_HUB: {"argosy-provider": (load("iam/hub-provider-trust"), {"argosy-provider"}), **_OF_EVERY_HUB},
        },
        enters={"argosy-provider": "argosy-provider", "argocd-hub": "argosy-spoke-*"},
        calls=19,
    ),
    "ack": Way(
        folder="ack/iam",
        policies={
            ACCOUNT: {
                "argosy-boundary": "iam/account-boundary",
                **{f"argosy-ack-{service}": f"ack/iam/account-{service}" for service in CONTROLLERS},
            },
            OF_HUB: {"argosy-ack": "ack/iam/hub-ack", **_POLICIES_OF_EVERY_HUB},
        },
        roles={
            ACCOUNT: {"argosy-ack": (load("ack/iam/account-trust"), {f"argosy-ack-{each}" for each in CONTROLLERS})},
            OF_HUB: {
                **{f"argosy-ack-{service}": (trust_of(service), {"argosy-ack"}) for service in CONTROLLERS},
                **_OF_EVERY_HUB,
            },
        },
        enters={"argosy-ack": "argosy-ack", "argocd-hub": "argosy-spoke-*"},
        calls=33,
    ),
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
every_template = pytest.mark.parametrize("template", TEMPLATES)


def parameters(template: str, *, accounts: tuple[str, ...] = (TEAM,), partition: str = "aws") -> dict[str, Any]:
    """What the documents speak of, as parameters."""
    return {
        "AWS::AccountId": HUB if template == OF_HUB else TEAM,
        "AWS::Partition": partition,
        "AWS::Region": "eu-west-1",
        "HubAccount": HUB,
        "HubCluster": "hub-eu",
        "TeamAccounts": list(accounts),
    }


def made(way: Way, template: str, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Properties of what a template makes, by logical name; `Ref` of a policy is its name."""
    decoded, mistakes = decode(str(way.path(template)))
    assert decoded is not None and not mistakes
    parts = json.loads(json.dumps(decoded))["Resources"]
    names = {key: part["Properties"].get("ManagedPolicyName", key) for key, part in parts.items()}
    return {key: {"Type": part["Type"], **resolved(part["Properties"], given, names)} for key, part in parts.items()}


def of_type(resources: dict[str, dict[str, Any]], kind: str, name: str) -> dict[str, dict[str, Any]]:
    return {part[name]: part for part in resources.values() if part["Type"] == f"AWS::IAM::{kind}"}


@every_way
@every_template
def test_templates_are_written_from_the_documents(template: str, way: Way) -> None:
    made_anew = texts()[f"{way.folder}/{template}"]
    assert way.path(template).read_text() == made_anew, "run `python -m tests.packages.cloudformation`"


@every_way
@every_template
def test_templates_make_the_policies_that_the_documents_say(template: str, way: Way) -> None:
    policies = of_type(made(way, template, parameters(template)), "ManagedPolicy", "ManagedPolicyName")
    assert policies.keys() == way.policies[template].keys()
    for name, document in way.policies[template].items():
        found, said = policies[name]["PolicyDocument"]["Statement"], load(document)["Statement"]
        for one, other in zip(found, said, strict=True):
            assert one == other, f"{name}: {other['Sid']}"


@every_way
@every_template
def test_templates_make_the_roles_that_the_documents_say(template: str, way: Way) -> None:
    roles = of_type(made(way, template, parameters(template)), "Role", "RoleName")
    assert roles.keys() == way.roles[template].keys()
    for name, (trust, policies) in way.roles[template].items():
        assert roles[name]["AssumeRolePolicyDocument"] == trust
        assert set(roles[name]["ManagedPolicyArns"]) == policies


@every_way
def test_the_hub_enters_every_team_account_and_no_other(way: Way) -> None:
    accounts = ("111122223333", "444455556666")
    resources = made(way, OF_HUB, parameters(OF_HUB, accounts=accounts))
    policies = of_type(resources, "ManagedPolicy", "ManagedPolicyName")
    assert policies.keys() == {*way.enters, "argosy-external-secrets"}
    for name, role in way.enters.items():
        (statement,) = policies[name]["PolicyDocument"]["Statement"]
        assert statement["Resource"] == [f"arn:aws:iam::{account}:role/{role}" for account in accounts]


@every_way
@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_the_account_template_serves_every_partition(partition: str, way: Way) -> None:
    """IAM-11."""
    text = json.dumps(made(way, ACCOUNT, parameters(ACCOUNT, partition=partition)))
    assert set(re.findall(r"arn:(aws[\w-]*):", text)) == {partition}


@every_way
@every_template
def test_cfn_lint_finds_nothing(template: str, way: Way) -> None:
    text = way.path(template).read_text()
    assert [str(mistake) for mistake in lint(text)] == []
    assert len(text.encode()) <= BODY_LENGTH


@every_way
def test_cfn_lint_would_find_a_mistake(way: Way) -> None:
    text = way.path(ACCOUNT).read_text().replace("RoleName:", "RolName:")
    assert [mistake.rule.id for mistake in lint(text)] == ["E3002"]


# The AWS CLI


AWS = """#!/bin/sh
# Stands for the AWS CLI: writes down its arguments, one call a line.
python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "$@" >> "$CALLS"
"""


def run(tmp_path: Path, steps: list[str]) -> list[list[str]]:
    """What steps call, in a folder where the examples are."""
    aws = tmp_path / "bin" / "aws"
    aws.parent.mkdir()
    aws.write_text(AWS)
    aws.chmod(0o755)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    calls = tmp_path / "calls"
    calls.touch()
    path = f"{aws.parent}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(steps)],
        cwd=tmp_path,
        env={"PATH": path, "CALLS": str(calls)},
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in calls.read_text().splitlines()]


def options(call: list[str]) -> dict[str, str]:
    """`--name value` of a call of `aws iam`, by name."""
    return dict(zip(call[2::2], call[3::2], strict=True))


@every_way
def test_the_steps_by_cli_make_what_the_templates_make(tmp_path: Path, way: Way) -> None:
    """With other numbers than the documents have: none of theirs may be left."""
    first, *others = way.steps[2:]
    numbers = {HUB: "222233334444", TEAM: "555566667777", "=hub-eu": "=hub-us", "=eu-west-1": "=us-east-1"}
    given = first.splitlines()[0]
    for old, new in numbers.items():
        assert old in given
        given = given.replace(old, new)
    text = "\n".join([given, *first.splitlines()[1:]])
    calls = run(tmp_path, [text, *others])
    at_hub = next(number for number, call in enumerate(calls) if "argosy-boundary" in call)
    own = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "HubAccount": "222233334444", "HubCluster": "hub-us"}
    for template, account, part in (
        (OF_HUB, "222233334444", calls[:at_hub]),
        (ACCOUNT, "555566667777", calls[at_hub:]),
    ):
        expected = made(way, template, {**own, "AWS::AccountId": account, "TeamAccounts": ["555566667777"]})
        policies = of_type(expected, "ManagedPolicy", "ManagedPolicyName")
        roles = of_type(expected, "Role", "RoleName")
        attached = {(name, policy) for name, role in roles.items() for policy in role["ManagedPolicyArns"]}
        found: dict[str, dict[str, Any]] = {"create-policy": {}, "create-role": {}}
        for call in part:
            given_options = options(call)
            if call[1] == "attach-role-policy":
                name = given_options["--policy-arn"].removeprefix(f"arn:aws:iam::{account}:policy/")
                attached.remove((given_options["--role-name"], name))
                assert name in found["create-policy"] and given_options["--role-name"] in found["create-role"]
                continue
            name, file = given_options.values()
            found[call[1]][name] = json.loads((tmp_path / file.removeprefix("file://")).read_text())
        assert found["create-policy"] == {name: policy["PolicyDocument"] for name, policy in policies.items()}
        assert found["create-role"] == {name: role["AssumeRolePolicyDocument"] for name, role in roles.items()}
        assert attached == set()


@every_way
def test_every_step_is_a_call_that_aws_has(tmp_path: Path, way: Way) -> None:
    """By the models that the AWS CLI itself is made of; `cloudformation deploy` is the CLI's own."""
    calls = run(tmp_path, [step for step in way.steps if "cloudformation deploy" not in step])
    client = boto3.client("iam", region_name="us-east-1")
    model = client.meta.service_model
    assert len(calls) == way.calls
    for service, operation, *given in calls:
        assert service == "iam"
        shape = model.operation_model("".join(word.title() for word in operation.split("-"))).input_shape
        names = {"--" + re.sub(r"(?<!^)(?=[A-Z])", "-", member).lower() for member in shape.members}
        assert set(given[::2]) <= names
        required = {"--" + re.sub(r"(?<!^)(?=[A-Z])", "-", member).lower() for member in shape.required_members}
        assert required <= set(given[::2])


@every_way
def test_deployed_are_the_templates_with_the_parameters_that_they_have(tmp_path: Path, way: Way) -> None:
    calls = [call for call in run(tmp_path, way.steps[:2]) if call[1] == "deploy"]
    assert len(calls) == len(TEMPLATES)
    for call in calls:
        template = ROOT / call[call.index("--template-file") + 1]
        declared = yaml.load(template.read_text(), Loader=_Intrinsics)["Parameters"]
        given = dict(item.split("=") for item in call[call.index("--parameter-overrides") + 1 :])
        assert given.keys() == declared.keys()
        for name, value in given.items():
            assert re.fullmatch(declared[name]["AllowedPattern"], value)


class _Intrinsics(yaml.SafeLoader):
    """Reads `!Sub` as text."""


_Intrinsics.add_constructor("!Sub", lambda _, node: node.value)


@pytest.mark.parametrize(("way", "number"), [(way, n) for way in WAYS.values() for n in range(len(way.steps))])
def test_steps_are_sound_shell(way: Way, number: int) -> None:
    subprocess.run(["bash", "-n", "-c", way.steps[number]], check=True)
    if checker := shutil.which("shellcheck"):  # Debian's package; no registry of Python has it without a download
        text = "#!/bin/bash\nexport HUB_ACCOUNT TEAM_ACCOUNT HUB_CLUSTER HUB_REGION\n" + way.steps[number]
        done = subprocess.run([checker, "-"], input=text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


@every_way
def test_every_file_that_the_steps_name_is_there(way: Way) -> None:
    text = "\n".join(way.steps)
    named = set(re.findall(rf"examples/setup/{way.folder}/[\w.-]+\.\w+", text))
    copied = set(re.findall(r"argosy-iam/([\w-]+\.json)", text))
    folders = {SETUP / way.folder, SETUP / "iam"}
    assert len(named) == len(TEMPLATES)
    assert len(copied) == 8
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    assert [name for name in sorted(copied) if not any((folder / name).exists() for folder in folders)] == []
