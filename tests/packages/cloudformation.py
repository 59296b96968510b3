"""The CloudFormation templates of `examples/setup/iam`, written from the JSON documents beside them.

The documents are the one truth: the AWS CLI takes them as they are, and the templates say the same with parameters in
place of account numbers. CloudFormation cannot read a file of JSON, so the text stands in both.

    python -m tests.packages.cloudformation     # write both templates again
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "examples" / "setup" / "iam"
HUB, TEAM, REGION, CLUSTER = "999988887777", "111122223333", "eu-west-1", "hub-eu"
"""What the documents speak of, in place of what the templates have parameters for."""
ACCOUNT_PATTERN = "^[0-9]{12}$"


class Sub(str):
    """Text with parameters in it: `Fn::Sub`."""

    __slots__ = ()


def load(name: str) -> dict[str, Any]:
    """A document of the folder."""
    document: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return document


def _parametrised(value: Any, names: Mapping[str, str]) -> Any:
    """A document with names in place of the sample values."""
    if isinstance(value, Mapping):
        return {key: _parametrised(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_parametrised(item, names) for item in value]
    text = str(value)
    for sample, name in names.items():
        text = text.replace(sample, name)
    return Sub(text) if text != value else text


def account_template() -> dict[str, Any]:
    """One team's account: the role that the hub's providers assume, its policies, the boundary of all other roles."""
    names = {"arn:aws:": "arn:${AWS::Partition}:", HUB: "${HubAccount}", TEAM: "${AWS::AccountId}"}

    def policy(name: str, called: str, description: str) -> dict[str, Any]:
        return _policy(called, description, _parametrised(load(name), names))

    policies = {
        "Network": policy("account-network", "argosy-provider-network", "Networks of claims"),
        "Cluster": policy("account-cluster", "argosy-provider-cluster", "EKS clusters of claims"),
        "KeysAndRoles": policy("account-keys-and-roles", "argosy-provider-keys-and-roles", "Keys and roles of claims"),
        "Databases": policy("account-databases", "argosy-provider-databases", "Databases of claims"),
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Argosy, one team's account: what the hub may do here, and the most that roles of claims can do",
        "Parameters": {"HubAccount": _text("Account of the hub, twelve digits", ACCOUNT_PATTERN)},
        "Resources": {
            "Boundary": policy("account-boundary", "argosy-boundary", "The most that a role made from a claim can do"),
            **policies,
            "Provider": _role(
                "argosy-provider",
                "The hub's AWS providers, for claims of this account",
                _parametrised(load("account-trust"), names),
                list(policies),
            ),
        },
        "Outputs": {
            "ProviderRoleArn": {
                "Description": "assumeRoleChain of the ProviderConfig (provider-config.yaml)",
                "Value": {"Fn::GetAtt": ["Provider", "Arn"]},
            },
            "PermissionsBoundaryArn": {
                "Description": "permissionsBoundary of the namespace in the hub facts (hub.yaml)",
                "Value": {"Ref": "Boundary"},
            },
        },
    }


def hub_template() -> dict[str, Any]:
    """The hub's account: the roles of the AWS providers and of Argo CD."""
    names = {
        "arn:aws:": "arn:${AWS::Partition}:",
        HUB: "${AWS::AccountId}",
        f":eks:{REGION}:": ":eks:${AWS::Region}:",
        f"cluster/{CLUSTER}": "cluster/${HubCluster}",
    }
    roles: dict[str, Any] = {}
    for key, name, called, description in (
        ("Provider", "hub-provider", "argosy-provider", "AWS providers of the hub"),
        ("ArgoCD", "hub-argocd", "argocd-hub", "Argo CD of the hub"),
    ):
        document = load(name)
        (statement,) = document["Statement"]
        (resource,) = statement["Resource"]
        statement["Resource"] = _of_every_account(resource)
        roles[f"{key}Policy"] = _policy(called, description, document)
        trust = _parametrised(load(f"{name}-trust"), names)
        roles[key] = _role(called, description, trust, [f"{key}Policy"])
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Argosy, the hub's account: the roles of the AWS providers and of Argo CD",
        "Parameters": {
            "HubCluster": _text("Name of the hub's EKS cluster", "^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$"),
            "TeamAccounts": {
                "Type": "CommaDelimitedList",
                "Description": "Accounts of the teams, twelve digits each; about 120 of them fit",
                "AllowedPattern": ACCOUNT_PATTERN,
            },
        },
        "Resources": roles,
        "Outputs": {
            "ProviderRoleArn": {
                "Description": "Role of the Pod Identity association of argosy-provider-aws",
                "Value": {"Fn::GetAtt": ["Provider", "Arn"]},
            },
            "ArgoCDRoleArn": {
                "Description": "argocd.roleArn of the hub facts (hub.yaml)",
                "Value": {"Fn::GetAtt": ["ArgoCD", "Arn"]},
            },
        },
    }


def _of_every_account(arn: str) -> dict[str, Any]:
    """The ARN once for each account of the parameter.

    The text between two items of `Fn::Join` can hold no parameter, so `arn:aws:` is fixed here.
    """
    start, end = arn.split(TEAM)
    whole = {"Fn::Sub": [f"{start}${{Accounts}}{end}", {"Accounts": {"Fn::Join": [f"{end},{start}", _ACCOUNTS]}}]}
    return {"Fn::Split": [",", whole]}


_ACCOUNTS = {"Ref": "TeamAccounts"}


def _text(description: str, pattern: str) -> dict[str, Any]:
    return {"Type": "String", "Description": description, "AllowedPattern": pattern}


def _policy(name: str, description: str, document: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"ManagedPolicyName": name, "Description": description, "PolicyDocument": document},
    }


def _role(name: str, description: str, trust: Any, policies: list[str]) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "Description": description,
            "AssumeRolePolicyDocument": trust,
            "ManagedPolicyArns": [{"Ref": policy} for policy in policies],
        },
    }


class _Dumper(yaml.SafeDumper):
    """Writes templates: short intrinsics, and no anchors, which CloudFormation does not read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(Sub, lambda dumper, text: dumper.represent_scalar("!Sub", str(text)))

HEADS = {
    "cloudformation-account.yaml": """\
# CloudFormation, once in every team account, after the hub's.
# Written from the account-*.json beside it: edit those.
""",
    "cloudformation-hub.yaml": """\
# CloudFormation, once in the hub's account. In another partition than aws, replace arn:aws: too.
# Written from the hub-*.json beside it: edit those.
""",
}


def texts() -> dict[str, str]:
    """Both templates, as their files hold them."""
    made = {"cloudformation-account.yaml": account_template(), "cloudformation-hub.yaml": hub_template()}
    return {
        name: HEADS[name] + yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=118)
        for name, template in made.items()
    }


def resolved(value: Any, parameters: Mapping[str, Any], resources: Mapping[str, str]) -> Any:
    """What CloudFormation makes of a part of a template.

    Args:
        value: the part, with intrinsic functions in their long form.
        parameters: values of parameters and pseudo parameters.
        resources: what `Ref` gives for resources.
    """
    if isinstance(value, list):
        return [resolved(item, parameters, resources) for item in value]
    if not isinstance(value, Mapping):
        return value
    name, argument = next(iter(value.items()), ("", ""))
    if not (name == "Ref" or name.startswith("Fn::")):
        return {key: resolved(item, parameters, resources) for key, item in value.items()}
    if name == "Ref":
        return parameters[argument] if argument in parameters else resources[argument]
    if name == "Fn::Sub" and isinstance(argument, str):
        return re.sub(r"\$\{([^}]+)\}", lambda found: parameters[found[1]], argument)
    first, second = (resolved(item, parameters, resources) for item in argument)
    if name == "Fn::Sub":
        return re.sub(r"\$\{([^}]+)\}", lambda found: {**parameters, **second}[found[1]], first)
    if name == "Fn::Join":
        return first.join(second)
    if name == "Fn::Split":
        return second.split(first)
    raise NotImplementedError(name)


def main() -> None:
    """Writes both templates."""
    for name, text in texts().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
