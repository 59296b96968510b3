"""What others saw of ACK: the simulator, given the same objects, says the same in the same words.

Public sources have few objects as a controller left them, and most of those are older than the condition `Ready`. None
was found of the other kinds. Every file says where it comes from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.simulator import Simulator
from argosy.simulator.server import KEY
from tests.schemas.schemas import violations
from tests.simulator.ack_objects import REGION_ANNOTATION, ack, to
from tests.simulator.objects import Manifest, live

REAL = Path(__file__).parent / "real_ack"
FILES = tuple(sorted(path.stem for path in REAL.glob("*.yaml")))
BEATS = 25
ROUTE = {"destinationCIDRBlock": "0.0.0.0/0"}
TUTORIAL = [
    ack("ec2/VPC", "tutorial-vpc", {"cidrBlocks": ["10.0.0.0/16"]}),
    ack("ec2/InternetGateway", "tutorial-igw", {"vpcRef": to("tutorial-vpc")}),
    ack(
        "ec2/RouteTable",
        "tutorial-public-route-table",
        {"vpcRef": to("tutorial-vpc"), "routes": [{**ROUTE, "gatewayRef": to("tutorial-igw")}]},
    ),
    ack(
        "ec2/RouteTable",
        "tutorial-private-route-table-az1",
        {"vpcRef": to("tutorial-vpc"), "routes": [{**ROUTE, "natGatewayRef": to("tutorial-natgateway1")}]},
    ),
]
DEMO = [
    ack("ec2/VPC", "my-db", {"cidrBlocks": ["11.0.0.0/16"]}),
    ack("ec2/RouteTable", "my-db", {"vpcRef": to("my-db")}),
    ack("ec2/SecurityGroup", "my-db", {"name": "my-db", "description": "my-db", "vpcRef": to("my-db")}),
    *(
        ack(
            "ec2/Subnet",
            f"my-db-{zone}",
            {"vpcRef": to("my-db"), "cidrBlock": f"11.0.{place}.0/24", "availabilityZone": f"us-east-1{zone}"},
        )
        for place, zone in enumerate("abc")
    ),
    ack(
        "rds/DBSubnetGroup",
        "my-db",
        {"name": "my-db", "description": "my-db", "subnetRefs": [to(f"my-db-{zone}") for zone in "abc"]},
    ),
]
"""What the objects of both sources refer to."""


def real(name: str) -> Manifest:
    found: Manifest = yaml.safe_load((REAL / f"{name}.yaml").read_text())
    return found


def said(item: Manifest) -> list[tuple[str, ...]]:
    """All conditions in their order, but for `Ready`, which older controllers do not have."""
    return [
        (one["type"], one["status"], one.get("reason", ""), one.get("message", ""))
        for one in item.get("status", {}).get("conditions", ())
        if one["type"] != "Ready"
    ]


def lived(item: Manifest) -> list[Manifest]:
    """The same object in the simulator, after each beat; AWS refuses what it refused."""
    world = [_of(item, one) for one in (TUTORIAL if item["metadata"]["namespace"] == "default" else DEMO)]
    mine = _of(item, {name: item[name] for name in ("apiVersion", "kind", "metadata", "spec")})
    refused = [message for kind, *_, message in said(item) if kind == "ACK.Terminal"]
    key = mine["metadata"]["annotations"][KEY]
    simulator = Simulator(faults=dict.fromkeys([key] * len(refused), "".join(refused).removeprefix("api error ")))
    return [live(simulator, [*world, mine], 1)[key] for _ in range(BEATS)]


def _of(real_one: Manifest, item: Manifest) -> Manifest:
    """An object of the real one's world: in its namespace and region."""
    told = real_one["metadata"].get("annotations", {}).get(REGION_ANNOTATION)
    metadata = {
        "name": item["metadata"]["name"],
        "namespace": real_one["metadata"]["namespace"],
        "annotations": {
            KEY: f"{item['kind']} {item['metadata']['name']}",
            REGION_ANNOTATION: told or "ap-northeast-2",
        },
    }
    return {**item, "metadata": metadata}


@pytest.mark.parametrize("name", FILES)
def test_what_others_saw_says_where_and_fits_the_schema(name: str) -> None:
    found = real(name)
    assert found["source"]
    assert violations(found["object"]) == []


@pytest.mark.parametrize("name", FILES)
def test_the_simulator_says_the_same_of_the_same_object(name: str) -> None:
    item = real(name)["object"]
    moments = lived(item)
    shown = [moment for moment in moments if said(moment) == said(item)]
    assert shown, [said(moment) for moment in moments]
    theirs = set(_fields({field: value for field, value in item["status"].items() if field != "conditions"}))
    assert theirs - set(_fields(shown[-1]["status"])) == UNTOLD.get(name, set())


def test_the_answer_to_a_creation_fills_the_spec() -> None:
    item = real("subnet")["object"]
    filled = ("assignIPv6AddressOnCreation", "availabilityZoneID", "enableDNS64", "ipv6Native")
    bare = {field: value for field, value in item["spec"].items() if field not in filled}
    moments = lived({**item, "spec": bare})
    assert moments[-1]["spec"] == item["spec"]
    assert moments[-1]["metadata"]["generation"] == item["metadata"]["generation"]
    assert moments[-1]["metadata"]["finalizers"] == item["metadata"]["finalizers"]


UNTOLD: dict[str, set[tuple[str, str]]] = {
    # that one has been created and is being configured; one that is being created has no endpoint yet
    "database-instance-making": {
        ("endpoint.address", "str"),
        ("endpoint.hostedZoneID", "str"),
        ("endpoint.port", "int"),
    },
}
"""Fields that the simulator does not tell."""


def _fields(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Every field that is not empty, with its type; lists by their first item."""
    if isinstance(value, dict):
        return [found for name in value for found in _fields(value[name], f"{path}.{name}".lstrip("."))]
    if isinstance(value, list):
        return _fields(value[0], f"{path}[]") if value else []
    return [(path, type(value).__name__)]
