"""The AWS provider has every kind twice: namespaced, and cluster-scoped as all were before Crossplane 2.

Both are served by the same controllers in the same way. What differs hangs on an object's API group, and is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """What objects of one scope have in common.

    Attributes:
        group: API group of their ProviderConfigs; that of a kind has the service before it.
        namespaced: whether they are in namespaces.
        defaults: what the schemas put into a spec that does not say it.
    """

    group: str
    namespaced: bool
    defaults: Mapping[str, Any]

    def path(self, kind: str) -> str:
        """`<group>/<kind>` of `<service>/<kind>`."""
        service, name = kind.split("/")
        return f"{service}.{self.group}/{name}"

    def resource(self, kind: str) -> str:
        """`<kind>.<group>` of `<service>/<kind>`, as Go programs call it."""
        service, name = kind.split("/")
        return f"{name}.{service}.{self.group}"


NAMESPACED = Flavour(
    group="aws.m.upbound.io",
    namespaced=True,
    defaults={
        "managementPolicies": ["*"],
        "providerConfigRef": {"kind": "ClusterProviderConfig", "name": "default"},
    },
)
CLUSTER_SCOPED = Flavour(
    group="aws.upbound.io",
    namespaced=False,
    defaults={
        "deletionPolicy": "Delete",
        "managementPolicies": ["*"],
        "providerConfigRef": {"name": "default"},
    },
)
FLAVOURS = (NAMESPACED, CLUSTER_SCOPED)


def flavour_of(group: str) -> Flavour | None:
    """The flavour of a managed resource's API group; None if it is none of the AWS provider's."""
    return next((flavour for flavour in FLAVOURS if group.endswith(f".{flavour.group}")), None)


def group_of(item: Mapping[str, Any]) -> str:
    """The API group of an object; "" for core."""
    return str(item.get("apiVersion")).rpartition("/")[0]


def flavour_of_managed(item: Mapping[str, Any]) -> Flavour:
    """The flavour of a managed resource of the AWS provider.

    Raises:
        ValueError: it is none.
    """
    found = flavour_of(group_of(item))
    if found is None:
        raise ValueError(f"{item.get('kind')} of {item.get('apiVersion')} is none of the AWS provider's kinds")
    return found
