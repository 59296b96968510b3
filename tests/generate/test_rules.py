"""Every rule refuses at admission and in the function alike (safety 4.3): one bad sample each, told by its message."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
import re2  # type: ignore[import-untyped]
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from argosy.api.base import immutable
from argosy.api.cidr import PRIVATE_PATTERN, is_private
from argosy.api.cluster import XEKSClusterSpec
from argosy.complaints import complaints
from tests.generate.xrd import EXAMPLES, KIND, broken, changed, defaulted, general, rules
from tests.support.claims import specs

ROLE = "arn:aws:iam::111122223333:role/one"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READER = "arn:aws:iam::aws:policy/ReadOnlyAccess"
IDENTITY = {"name": "one", "namespace": "web", "serviceAccount": "web", "policyArns": [READER]}


def network(**fields: Any) -> dict[str, Any]:
    return {"network": fields}


def control_plane(**fields: Any) -> dict[str, Any]:
    return {"controlPlane": fields}


def entry(**fields: Any) -> dict[str, Any]:
    return {"access": {"entries": [{"principalArn": ROLE, **fields}]}}


def group(**fields: Any) -> dict[str, Any]:
    return {"nodes": {"groups": [{"name": "one", **fields}]}}


def identity(**fields: Any) -> dict[str, Any]:
    return {"identities": [IDENTITY | fields]}


def database(**fields: Any) -> dict[str, Any]:
    return {"databases": [{"name": "one", **fields}]}


AURORA = "AuroraPostgreSQL"
VIEW = {"policies": [{"name": "AmazonEKSViewPolicy"}]}

# Where a rule stands, how its message begins, and what breaks it and no other rule.
BAD: list[tuple[str, str, dict[str, Any]]] = [
    ("spec", "tags must not use", {"tags": {"Name": "x"}}),
    ("spec", "tags must not use", {"tags": {"AWS:x": "x"}}),
    ("spec", "tags must not use", {"tags": {"kubernetes.io/cluster/one": "owned"}}),
    ("spec.tags", "a key must be at most 127", {"tags": {"a*b": "x"}}),
    ("spec.tags", "a key must be at most 127", {"tags": {"a" * 128: "x"}}),
    ("spec.tags", "a key must be at most 127", {"tags": {"a\n": "x"}}),
    ("spec.network", "zones e to h need", network(zones=["a", "e"])),
    ("spec.network", "cidr must be between", network(cidr="10.0.0.0/15")),
    ("spec.network", "cidr must be between", network(cidr="10.0.0.0/24")),
    ("spec.network", "cidr must be between", network(cidr="10.0.0.0/23", zoneSlots=8)),
    ("spec.network", "cidr must be a private", network(cidr="11.0.0.0/16")),
    ("spec.network", "cidr must be a private", network(cidr="172.32.0.0/16")),
    ("spec.controlPlane", "serviceCidr must be between", control_plane(serviceCidr="10.0.0.0/8")),
    ("spec.controlPlane", "serviceCidr must be between", control_plane(serviceCidr="172.20.0.0/25")),
    ("spec.controlPlane", "serviceCidr must be inside", control_plane(serviceCidr="8.8.0.0/16")),
    ("spec.controlPlane", "serviceCidr must be inside", control_plane(serviceCidr="100.64.0.0/16")),
    (
        "spec.controlPlane.endpoint",
        "publicAccessCidrs must name narrow",
        control_plane(endpoint={"publicAccessCidrs": ["198.51.100.0/24", "0.0.0.0/0"]}),
    ),
    ("spec.access", "a role stands in admins", {"access": {"admins": [ROLE], **entry(**VIEW)["access"]}}),
    ("spec.access.entries[]", "kubernetesGroups must not", entry(kubernetesGroups=["system:masters"])),
    ("spec.access.entries[]", "an entry needs policies", entry()),
    ("spec.nodes", "with autoMode off", {"nodes": {"autoMode": {"enabled": False}}}),
    ("spec.nodes.groups[]", "amiType is for ARM", group(amiType="AL2023_ARM_64_STANDARD")),
    ("spec.nodes.groups[]", "minSize must not", group(minSize=4)),
    ("spec.nodes.groups[]", "desiredSize must lie", group(desiredSize=4)),
    ("spec.nodes.groups[]", "desiredSize must lie", group(desiredSize=0)),
    ("spec.nodes.groups[]", "labels must not use", group(labels={"node.kubernetes.io/role": "x"})),
    (
        "spec.nodes.groups[]",
        "taints must not use",
        group(taints=[{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]),
    ),
    ("spec.nodes.groups[].labels", "a key must be at most 128", group(labels={"-a": "x"})),
    ("spec.nodes.groups[].labels", "a key must be at most 128", group(labels={"a" * 129: "x"})),
    ("spec.identities[]", "namespace must be one of your own", identity(namespace="kube-system")),
    ("spec.identities[]", "namespace must be one of your own", identity(namespace="argocd")),
    ("spec.identities[]", "policyArns must not give", identity(policyArns=[READER, ADMINISTRATOR])),
    ("spec.argocd.labels", "a key must be at most 40", {"argocd": {"labels": {"Team": "x"}}}),
    ("spec.argocd.labels", "a key must be at most 40", {"argocd": {"labels": {"a" * 41: "x"}}}),
    ("spec.databases[]", "zones and serverless belong", database(zones=["a"])),
    ("spec.databases[]", "zones and serverless belong", database(serverless={})),
    ("spec.databases[]", "storageGiB and multiAZ belong", database(engine=AURORA, storageGiB=50)),
    ("spec.databases[]", "storageGiB and multiAZ belong", database(engine=AURORA, multiAZ=True)),
    (
        "spec.databases[]",
        "serverless chooses",
        database(engine=AURORA, serverless={}, instanceClass="db.r6g.large"),
    ),
    (
        "spec.databases[].serverless",
        "minCapacity must not",
        database(engine=AURORA, serverless={"minCapacity": 9}),
    ),
]
IDS = [f"{path}: {begins} ({index})" for index, (path, begins, _) in enumerate(BAD)]


def bad(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"region": "eu-west-1", **spec}


def test_each_rule_has_a_bad_sample() -> None:
    without = [
        (path, rule["message"])
        for path, _, rule in rules(transition=False)
        if not any(path == where and rule["message"].startswith(begins) for where, begins, _ in BAD)
    ]

    assert without == []


@pytest.mark.parametrize(("path", "begins", "spec"), BAD, ids=IDS)
def test_admission_refuses_a_bad_sample_by_that_rule_alone(path: str, begins: str, spec: dict[str, Any]) -> None:
    defaulted(bad(spec))  # types, bounds and fields are right

    ((where, message),) = broken(bad(spec))

    assert (where, message[: len(begins)]) == (path, begins)


@pytest.mark.parametrize(("path", "begins", "spec"), BAD, ids=IDS)
def test_the_function_refuses_the_same_sample_at_the_same_place(path: str, begins: str, spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        XEKSClusterSpec.model_validate(bad(spec))

    first, *others = complaints(refusal.value, "spec")
    assert others == []
    if begins.startswith("a key must"):
        # pydantic's own words, with the key
        key = next(iter(_at(spec, path)))
        assert first.field == f"{path.replace('[]', '[0]')}.{key}"
    else:
        assert general(first.field) == path
        assert first.problem.startswith(begins)


def _at(spec: Any, path: str) -> dict[str, Any]:
    for step in path.replace("[]", ".0").split(".")[1:]:
        spec = spec[int(step)] if step.isdigit() else spec[step]
    found: dict[str, Any] = spec
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_admission_and_function_take_the_examples(path: Path) -> None:
    for claim in yaml.safe_load_all(path.read_text()):
        assert KIND.problems(claim) == []
        XEKSClusterSpec.model_validate(claim["spec"])


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_admission_takes_what_the_function_takes(data: st.DataObject) -> None:
    spec = data.draw(specs())

    XEKSClusterSpec.model_validate(spec)
    assert broken(defaulted(spec)) == []


@settings(max_examples=300, deadline=None)
@given(address=st.integers(0, 2**32 - 1), prefix=st.integers(12, 24))
def test_cel_and_the_function_mean_the_same_private_ranges(address: int, prefix: int) -> None:
    network_range = str(IPv4Network((address, prefix), strict=False))

    assert is_private(network_range) == bool(re2.search(PRIVATE_PATTERN, network_range))


# Changes

FULL = {
    "region": "eu-west-1",
    **network(cidr="10.40.0.0/16", zoneSlots=4),
    **control_plane(serviceCidr="172.20.0.0/16"),
    **group(instanceTypes=["m6i.large"], amiType="AL2023_x86_64_STANDARD", capacityType="OnDemand"),
    **identity(),
    **database(engine="PostgreSQL", version="17", databaseName="app"),
}

# Where a field that can never change stands, its name, and a claim with another value.
CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("spec", "region", {"region": "eu-west-2"}),
    ("spec.network", "cidr", network(cidr="10.41.0.0/16", zoneSlots=4)),
    ("spec.network", "zoneSlots", network(cidr="10.40.0.0/16", zoneSlots=8)),
    ("spec.controlPlane", "serviceCidr", control_plane(serviceCidr="172.21.0.0/16")),
    ("spec.nodes.groups[]", "instanceTypes", group(instanceTypes=["m7i.large"])),
    ("spec.nodes.groups[]", "amiType", group(amiType="BOTTLEROCKET_x86_64")),
    ("spec.nodes.groups[]", "capacityType", group(capacityType="Spot")),
    ("spec.identities[]", "namespace", identity(namespace="jobs")),
    ("spec.identities[]", "serviceAccount", identity(serviceAccount="jobs")),
    ("spec.databases[]", "engine", database(engine=AURORA, databaseName="app")),
    ("spec.databases[]", "version", database(version="16", databaseName="app")),
    ("spec.databases[]", "databaseName", database(databaseName="other")),
    ("spec.databases[]", "databaseName", database()),
]


def test_each_field_that_can_never_change_has_a_change() -> None:
    fixed = {(path, rule["rule"]) for path, _, rule in rules(transition=True)}

    assert fixed == {(path, immutable(name).cel) for path, name, _ in CHANGES}


@pytest.mark.parametrize(
    ("path", "name", "spec"), CHANGES, ids=[f"{p}.{n} ({i})" for i, (p, n, _) in enumerate(CHANGES)]
)
def test_admission_refuses_a_change_both_ways(path: str, name: str, spec: dict[str, Any]) -> None:
    new = FULL | spec

    assert changed(FULL, new) == [(path, immutable(name).message)]
    assert changed(new, FULL) == [(path, immutable(name).message)]


FREE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a zone more": network(cidr="10.40.0.0/16", zoneSlots=4, zones=["a", "b", "c"]),
    "another version": {"kubernetesVersion": "1.35"},
    "a bigger group": group(maxSize=9),
    "a group with another name": {"nodes": {"groups": [{"name": "two", "amiType": "BOTTLEROCKET_x86_64"}]}},
    "no group": {"nodes": {}},
    "a database with another name": {"databases": [{"name": "two", "engine": AURORA, "version": "16"}]},
    "an identity with another name": {"identities": [IDENTITY | {"name": "two", "namespace": "jobs"}]},
    "a default written down": {"environment": "dev", "ring": "2"},
}


@pytest.mark.parametrize("what", FREE)
def test_admission_takes_any_other_change(what: str) -> None:
    assert changed(FULL, FULL | FREE[what]) == []


def test_writing_down_what_was_a_default_is_no_change() -> None:
    minimal = {"region": "eu-west-1"}

    assert changed(minimal, minimal | network(cidr="10.0.0.0/16", zoneSlots=4)) == []
    assert changed(minimal, minimal | network(cidr="10.9.0.0/16")) == [("spec.network", immutable("cidr").message)]
