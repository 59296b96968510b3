"""The CloudFormation templates of `examples/setup`, written from the JSON documents beside them.

The documents are the one truth: the AWS CLI takes them as they are, and the templates say the same with parameters in
place of account numbers. CloudFormation cannot read a file of JSON, so the text stands in both.

    python -m tests.packages.cloudformation     # write all templates again
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
SETUP = ROOT / "examples" / "setup"
HUB, TEAM, REGION, CLUSTER = "999988887777", "111122223333", "eu-west-1", "hub-eu"
"""What the documents speak of, in place of what the templates have parameters for."""
CONTROLLER = "ack-ec2-controller"
"""Whose trust `hub-controller-trust` is: it stands for all controllers of ACK."""
ACCOUNT_PATTERN = "^[0-9]{12}$"


class Sub(str):
    """Text with parameters in it: `Fn::Sub`."""

    __slots__ = ()


def load(name: str) -> dict[str, Any]:
    """A document below `examples/setup`, without its ending."""
    document: dict[str, Any] = json.loads((SETUP / f"{name}.json").read_text())
    return document


def trust_of(service: str) -> dict[str, Any]:
    """Who enters the hub's role of a controller of ACK."""
    text = json.dumps(load("ack/iam/hub-controller-trust")).replace(CONTROLLER, f"ack-{service}-controller")
    document: dict[str, Any] = json.loads(text)
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


@dataclass(frozen=True)
class Account:
    """What an engine has in a team's account.

    Attributes:
        role: name of the role that the hub assumes.
        key: its logical id.
        description: its description.
        trust: document of who enters it.
        output: what its ARN is for.
        policies: document, name and description of what it may do, by logical id.
    """

    role: str
    key: str
    description: str
    trust: str
    output: str
    policies: Mapping[str, tuple[str, str, str]]


UPBOUND_ACCOUNT = Account(
    role="argosy-provider",
    key="Provider",
    description="The hub's AWS providers, for claims of this account",
    trust="iam/account-trust",
    output="assumeRoleChain of the ProviderConfig (provider-config.yaml)",
    policies={
        "Network": ("iam/account-network", "argosy-provider-network", "Networks of claims"),
        "Cluster": ("iam/account-cluster", "argosy-provider-cluster", "EKS clusters of claims"),
        "KeysAndRoles": ("iam/account-keys-and-roles", "argosy-provider-keys-and-roles", "Keys and roles of claims"),
        "Databases": ("iam/account-databases", "argosy-provider-databases", "Databases of claims"),
    },
)
CONTROLLERS = {
    "cloudwatchlogs": ("CloudWatchLogs", "Log groups of claims"),
    "ec2": ("EC2", "Networks of claims"),
    "eks": ("EKS", "EKS clusters of claims"),
    "iam": ("IAM", "Roles of claims"),
    "kms": ("KMS", "Keys of claims"),
    "rds": ("RDS", "Databases of claims"),
}
"""Logical id, and what a controller of ACK makes, by its service."""
ACK_ACCOUNT = Account(
    role="argosy-ack",
    key="Controllers",
    description="The hub's ACK controllers, for claims of this account",
    trust="ack/iam/account-trust",
    output="ack-role-account-map of the hub (accounts.yaml)",
    policies={
        key: (f"ack/iam/account-{service}", f"argosy-ack-{service}", what)
        for service, (key, what) in CONTROLLERS.items()
    },
)


def account_template(account: Account) -> dict[str, Any]:
    """One team's account: the role that the hub assumes, its policies, the boundary of all other roles."""
    names = {"arn:aws:": "arn:${AWS::Partition}:", HUB: "${HubAccount}", TEAM: "${AWS::AccountId}"}

    def policy(name: str, called: str, description: str) -> dict[str, Any]:
        return _policy(called, description, _parametrised(load(name), names))

    boundary = ("iam/account-boundary", "argosy-boundary", "The most that a role made from a claim can do")
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Argosy, one team's account: what the hub may do here, and the most that roles of claims can do",
        "Parameters": {"HubAccount": _text("Account of the hub, twelve digits", ACCOUNT_PATTERN)},
        "Resources": {
            "Boundary": policy(*boundary),
            **{key: policy(*each) for key, each in account.policies.items()},
            account.key: _role(
                account.role, account.description, _parametrised(load(account.trust), names), list(account.policies)
            ),
        },
        "Outputs": {
            f"{account.key}RoleArn": {
                "Description": account.output,
                "Value": {"Fn::GetAtt": [account.key, "Arn"]},
            },
            "PermissionsBoundaryArn": {
                "Description": "permissionsBoundary of the namespace in the hub facts (hub.yaml)",
                "Value": {"Ref": "Boundary"},
            },
        },
    }


@dataclass(frozen=True)
class HubRole:
    """A role of the hub's account.

    Attributes:
        name: its name.
        description: its description.
        trust: who enters it.
        policy: logical id of what it may do.
        output: what its ARN is for.
    """

    name: str
    description: str
    trust: Mapping[str, Any]
    policy: str
    output: str


ARGO_CD = HubRole(
    "argocd-hub",
    "Argo CD of the hub",
    load("iam/hub-argocd-trust"),
    "ArgoCDPolicy",
    "argocd.roleArn of the hub facts (hub.yaml)",
)
EXTERNAL_SECRETS = HubRole(
    "argosy-external-secrets",
    "External Secrets of the hub",
    load("iam/hub-external-secrets-trust"),
    "ExternalSecretsPolicy",
    "Role of the Pod Identity association of external-secrets-sa",
)
HUB_POLICIES = {
    "ProviderPolicy": ("iam/hub-provider", "argosy-provider", "AWS providers of the hub"),
    "ControllerPolicy": ("ack/iam/hub-ack", "argosy-ack", "ACK controllers of the hub"),
    "ArgoCDPolicy": ("iam/hub-argocd", "argocd-hub", "Argo CD of the hub"),
    "ExternalSecretsPolicy": ("iam/hub-external-secrets", "argosy-external-secrets", "External Secrets of the hub"),
}
"""Document, name and description of what roles of the hub may do, by logical id."""
UPBOUND_HUB = {
    "Provider": HubRole(
        "argosy-provider",
        "AWS providers of the hub",
        load("iam/hub-provider-trust"),
        "ProviderPolicy",
        "Role of the Pod Identity association of argosy-provider-aws",
    ),
    "ArgoCD": ARGO_CD,
    "ExternalSecrets": EXTERNAL_SECRETS,
}
ACK_HUB = {
    **{
        f"{key}Controller": HubRole(
            f"argosy-ack-{service}",
            f"ACK's {service} controller of the hub",
            trust_of(service),
            "ControllerPolicy",
            f"Role of the Pod Identity association of ack-{service}-controller",
        )
        for service, (key, _) in CONTROLLERS.items()
    },
    "ArgoCD": ARGO_CD,
    "ExternalSecrets": EXTERNAL_SECRETS,
}


def hub_template(roles: Mapping[str, HubRole], who: str) -> dict[str, Any]:
    """The hub's account: the roles of what makes clusters, of Argo CD and of External Secrets.

    Args:
        roles: roles by logical id.
        who: what makes clusters, in the description.
    """
    names = {
        "arn:aws:": "arn:${AWS::Partition}:",
        HUB: "${AWS::AccountId}",
        f":eks:{REGION}:": ":eks:${AWS::Region}:",
        f":secretsmanager:{REGION}:": ":secretsmanager:${AWS::Region}:",
        f"cluster/{CLUSTER}": "cluster/${HubCluster}",
    }
    resources: dict[str, Any] = {}
    for key, role in roles.items():
        if role.policy not in resources:
            name, called, description = HUB_POLICIES[role.policy]
            document = load(name)
            (statement,) = document["Statement"]
            (resource,) = statement["Resource"]
            if TEAM in resource:
                statement["Resource"] = _of_every_account(resource)
            else:
                document = _parametrised(document, names)
            resources[role.policy] = _policy(called, description, document)
        resources[key] = _role(role.name, role.description, _parametrised(role.trust, names), [role.policy])
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Argosy, the hub's account: the roles of {who}, Argo CD and External Secrets",
        "Parameters": {
            "HubCluster": _text("Name of the hub's EKS cluster", "^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$"),
            "TeamAccounts": {
                "Type": "CommaDelimitedList",
                "Description": "Accounts of the teams, twelve digits each; about 120 of them fit",
                "AllowedPattern": ACCOUNT_PATTERN,
            },
        },
        "Resources": resources,
        "Outputs": {
            f"{key}RoleArn": {"Description": role.output, "Value": {"Fn::GetAtt": [key, "Arn"]}}
            for key, role in roles.items()
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

_ACCOUNT_HEAD = """\
# CloudFormation, once in every team account, after the hub's.
# Written from the account-*.json beside it{}: edit those.
"""
_HUB_HEAD = """\
# CloudFormation, once in the hub's account. In another partition than aws, replace arn:aws: too.
# Written from the hub-*.json beside it{}: edit those.
"""
_AND_OTHERS = " and in ../../iam"


def texts() -> dict[str, str]:
    """All templates, as their files below `examples/setup` hold them."""
    made = {
        "iam/cloudformation-account.yaml": (_ACCOUNT_HEAD.format(""), account_template(UPBOUND_ACCOUNT)),
        "iam/cloudformation-hub.yaml": (_HUB_HEAD.format(""), hub_template(UPBOUND_HUB, "the AWS providers")),
        "ack/iam/cloudformation-account.yaml": (_ACCOUNT_HEAD.format(_AND_OTHERS), account_template(ACK_ACCOUNT)),
        "ack/iam/cloudformation-hub.yaml": (
            _HUB_HEAD.format(_AND_OTHERS),
            hub_template(ACK_HUB, "ACK's controllers"),
        ),
    }
    return {
        name: head + yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=118)
        for name, (head, template) in made.items()
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
    """Writes all templates."""
    for name, text in texts().items():
        (SETUP / name).write_text(text)


if __name__ == "__main__":
    main()
