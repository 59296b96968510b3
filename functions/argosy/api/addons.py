"""EKS add-ons and the identities of workloads."""

from __future__ import annotations

import json
import math
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from argosy.api.base import (
    CEL_NAMESPACE,
    LIST_SET,
    KubernetesName,
    Model,
    Name,
    PolicyArn,
    Rule,
    ServiceAccountName,
    immutable,
    list_map,
)

AddonName = Literal["aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni"]


LONGEST_NUMBER = 30
"""Characters of a number. Python takes 1e999 for infinity, which JSON does not have, and refuses 5,000 digits."""

DEEPEST_SETTING = 30
"""Levels of nesting; settings are put together and written level by level."""


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is Python's, not JSON's")


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if len(text) > LONGEST_NUMBER or math.isinf(number):
        raise ValueError("a number is too large or too long")
    return number


def _is_deep(value: object, levels: int = DEEPEST_SETTING) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deep(item, levels - 1) for item in items)


def _json_object(text: str) -> str:
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_int=_integer, parse_float=_float)
    except RecursionError:
        raise ValueError(f"is nested deeper than {DEEPEST_SETTING} levels") from None
    except ValueError as error:
        raise ValueError(f'is no JSON: {error}; write an object such as {{"replicaCount": 3}}') from None
    if not isinstance(value, dict):
        raise ValueError('must be a JSON object, such as {"replicaCount": 3}')
    if _is_deep(value):
        raise ValueError(f"is nested deeper than {DEEPEST_SETTING} levels")
    return text


class Addon(Model):
    """An EKS add-on: one that the cluster does not bring by itself, or settings for one that it does."""

    name: AddonName
    """Name of the add-on, as EKS calls it."""
    version: (
        Annotated[str, StringConstraints(pattern=r"^v[0-9]+\.[0-9]+\.[0-9]+-eksbuild\.[0-9]+$", max_length=40)] | None
    ) = None
    """Version, as EKS calls it, such as v1.19.5-eksbuild.1. Default: EKS's default for the cluster's version when
    the add-on is made."""
    configuration_values: (
        Annotated[str, StringConstraints(min_length=2, max_length=16384), AfterValidator(_json_object)] | None
    ) = None
    """Settings as a JSON object; see `aws eks describe-addon-configuration`. They win over ours, key by key."""


SYSTEM_NAMESPACES = ("argocd", "kube-node-lease", "kube-public", "kube-system")
ADMINISTRATORS = (
    "AdministratorAccess",
    "AdministratorAccess-AWSElasticBeanstalk",
    "AdministratorAccess-Amplify",
    "IAMFullAccess",
    "PowerUserAccess",
)


class Identity(Model):
    """An IAM role for one service account, by EKS Pod Identity."""

    rules: ClassVar[tuple[Rule, ...]] = (
        immutable("namespace"),
        immutable("serviceAccount"),
        Rule(
            cel=f"!self.{CEL_NAMESPACE}.startsWith('kube-') && self.{CEL_NAMESPACE} != 'argocd'",
            message="namespace must be one of your own, not kube-* or argocd",
            holds=lambda i: not i.namespace.startswith("kube-") and i.namespace != "argocd",
        ),
        Rule(
            cel=" && ".join(f"!self.policyArns.exists(p, p.endsWith('/{name}'))" for name in ADMINISTRATORS),
            message="policyArns must not give administrator rights; name the policies that the workload needs",
            holds=lambda i: not any(arn.rsplit("/", 1)[-1] in ADMINISTRATORS for arn in i.policy_arns),
        ),
    )

    name: Name
    """Name of the identity."""
    namespace: KubernetesName
    """Namespace of the service account. Can never change."""
    service_account: ServiceAccountName
    """Name of the service account. Can never change."""
    policy_arns: Annotated[list[PolicyArn], Field(min_length=1, max_length=10, json_schema_extra=LIST_SET)]
    """Managed policies of the role: AWS's, or the cluster's account's."""


Addons = Annotated[list[Addon], Field(max_length=20, json_schema_extra=list_map("name"))]
Identities = Annotated[list[Identity], Field(max_length=50, json_schema_extra=list_map("name"))]
