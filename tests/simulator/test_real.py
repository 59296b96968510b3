"""What others saw of AWS: the engine's reader understands it, and the simulator shows it in the same form.

One file per kind of which the engine reads a fact; each says where it comes from. Of provider-upjet-aws itself only the
pod identity association is a recorded object; the others put outputs of the AWS API where the CRD has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.engines.upbound.facts import FACTS, health
from argosy.function import fill
from argosy.observed import Observed, ObservedFacts
from argosy.plan import Fact, Place, Resource
from argosy.resources.eks import AccessEntry, Cluster, NodeGroup, PodIdentity
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.resources.network import NatGateway, SecurityGroup, Subnet, Vpc
from argosy.resources.rds import AuroraCluster, DatabaseInstance, DatabaseSecurityGroup
from argosy.simulator import KINDS, kind_of
from argosy.unknown import Unknown
from tests.schemas.schemas import violations
from tests.support.lives import life_of

REAL = Path(__file__).parent / "real"
FILES = tuple(sorted(path.stem for path in REAL.glob("*.yaml")))
SHOWN_BY: dict[type[Resource], str] = {
    AccessEntry: "access-entry",
    AuroraCluster: "database-cluster",
    Cluster: "cluster",
    DatabaseInstance: "database-instance",
    DatabaseSecurityGroup: "security-group",
    Key: "key",
    NatGateway: "nat-gateway",
    NodeGroup: "node-group",
    PodIdentity: "pod-identity-association",
    Role: "role",
    SecurityGroup: "security-group",
    Subnet: "subnet",
    Vpc: "vpc",
}
ASKED = {Fact.FINAL_SNAPSHOT, Fact.SKIPS_SNAPSHOT}
"""What Terraform is told and AWS never tells."""


def _is_told(place: Place) -> bool:
    return isinstance(place, tuple) and place[0] != "spec"


TOLD = [(kind, fact) for (kind, fact), places in FACTS.items() if _is_told(places[0]) and fact not in ASKED]
"""Facts that AWS tells; the others are the engine's own fields."""


def real(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((REAL / f"{name}.yaml").read_text())
    return found


def observed(item: dict[str, Any]) -> Observed:
    request = fnv1.RunFunctionRequest()
    fill(request.observed.resources["it"].resource, item)
    return Observed(request)


@pytest.mark.parametrize(("kind", "fact"), TOLD, ids=lambda value: getattr(value, "__name__", value))
def test_every_fact_is_read_from_what_others_saw(kind: type[Resource], fact: Fact) -> None:
    item = real(SHOWN_BY[kind])["object"]
    value = ObservedFacts(observed(item), FACTS).read(kind, "it", fact)
    assert value is not None
    assert not isinstance(value, Unknown)


@pytest.mark.parametrize("name", FILES)
def test_what_others_saw_is_healthy_and_fits_the_schema(name: str) -> None:
    found = real(name)
    view = observed(found["object"]).find("it")
    assert view is not None
    assert health(view).healthy
    assert violations(found["object"]) == []
    assert found["source"]


@pytest.mark.parametrize("name", FILES)
def test_the_simulator_tells_the_same_fields_in_the_same_types(name: str) -> None:
    item = real(name)["object"]
    kind = kind_of(item)
    assert kind is not None
    assert KINDS[kind.path] is kind
    mine = {
        path
        for example in ("with-databases", "node-groups", "production")
        for shown in life_of(example)[-1].observed.values()
        if (shown["apiVersion"], shown["kind"]) == (item["apiVersion"], item["kind"])
        for path in _fields(shown["status"]["atProvider"])
    }
    theirs = set(_fields(item["status"]["atProvider"]))
    assert theirs - mine == UNTOLD.get(name, set())


UNTOLD: dict[str, set[tuple[str, str]]] = {
    "cluster": {("vpcConfig.securityGroupIds[]", "str")},  # only where the hub comes through a network
    "flow-log": {("subnetId", "str")},  # ours are of a VPC
    "node-group": {("updateConfig.maxUnavailable", "int")},  # the examples give a percentage
}
"""Fields that no example brings about."""


def _fields(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Every field that is not empty, with its type; lists by their first item. Tags are the users' own."""
    if isinstance(value, dict):
        names = [name for name in value if name not in ("tags", "tagsAll")]
        return [found for name in names for found in _fields(value[name], f"{path}.{name}".lstrip("."))]
    if isinstance(value, list):
        return _fields(value[0], f"{path}[]") if value else []
    return [(path, type(value).__name__)]
