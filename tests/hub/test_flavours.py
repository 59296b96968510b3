"""The AWS provider's two flavours on a real API server: every kind as it is offline, and a thing that changes hands."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from argosy.simulator import Account
from argosy.simulator.flavours import CLUSTER_SCOPED, FLAVOURS, NAMESPACED, Flavour, group_of
from argosy.simulator.references import EXTERNAL_NAME
from tests.hub.live import Hub, Item, Team, condition, told
from tests.hub.local.parts import SETUP
from tests.hub.local.waiting import wait_for
from tests.hub.test_examples import CORE, Ids, comparable, differences
from tests.hub.test_permissions import SYSTEM, Person, may
from tests.simulator.objects import live, managed, of, simulator_of, to, vpc
from tests.simulator.test_creation import everything

ACCOUNT = "111122223333"
"""Of the objects that are written by hand, and of the team whose credentials examples/setup shows."""
MOVING = [
    vpc("moving"),
    managed(
        "ec2/Subnet",
        "moving-a",
        {"vpcIdRef": to("moving"), "cidrBlock": "10.0.0.0/20", "availabilityZone": "eu-west-1a"},
    ),
]
"""Named like nothing else: cluster-scoped objects of all stories are in one place."""
NO_DELETE = ["Observe", "Create", "Update", "LateInitialize"]


@dataclass
class World:
    """Objects of one flavour that a team has written by hand."""

    team: Team
    flavour: Flavour
    made: list[Item] = field(default_factory=list)

    @property
    def config(self) -> Item:
        """The credentials of the team's cluster-scoped objects, as examples/setup has them."""
        text = (SETUP / "claims/provider-config.yaml").read_text()
        items = yaml.safe_load_all(text.replace("team-orders", self.team.namespace).replace(ACCOUNT, self.team.account))
        (found,) = (item for item in items if item["kind"] == "ProviderConfig")
        return found  # type: ignore[no-any-return]

    def written(self, items: list[Item]) -> list[Item]:
        """The objects as the team writes them, called after it where names are the whole hub's."""
        text = json.dumps(of(self.flavour, items)).replace(ACCOUNT, self.team.account)
        found: list[Item] = json.loads(text)
        for item in found:
            if self.flavour.namespaced:
                item["metadata"]["namespace"] = self.team.namespace
            else:
                item["spec"]["providerConfigRef"]["name"] = self.team.namespace
            if item["kind"] in ("Instance", "Cluster") and group_of(item).startswith("rds."):
                item["spec"]["forProvider"]["skipFinalSnapshot"] = True
        return found

    def apply(self, items: list[Item]) -> None:
        for item in items:
            self.team.hub.apply(item)
        self.made += items

    def there(self, items: list[Item]) -> dict[str, Item]:
        """What there is of these objects, by name."""
        found = (
            self.team.hub.get(item["apiVersion"], item["kind"], item["metadata"]["name"], namespace_of(item))
            for item in items
        )
        return {item["metadata"]["name"]: item for item in found if item is not None}

    def until_ready(self, items: list[Item]) -> dict[str, Item]:
        def ready() -> bool:
            now = self.there(items)
            return len(now) == len(items) and all(condition(i, "Ready").get("status") == "True" for i in now.values())

        def instead() -> str:
            now = self.there(items).items()
            return "; ".join(f"{key}: {told(i)}" for key, i in now if condition(i, "Ready").get("status") != "True")

        wait_for(ready, f"{len(items)} objects are Ready", seconds=180, instead=instead)
        return self.there(items)

    def delete(self, items: list[Item]) -> None:
        for item in items:
            self.team.hub.delete(item)
        wait_for(
            lambda: not self.there(items),
            "they are gone",
            seconds=180,
            instead=lambda: "; ".join(f"{key}: {told(item)}" for key, item in self.there(items).items()),
        )

    def close(self) -> None:
        """Everything goes, and the credentials last."""
        self.delete(self.made)
        self.team.hub.delete(self.config)


def namespace_of(item: Mapping[str, Item]) -> str | None:
    found: str | None = item["metadata"].get("namespace")
    return found


@pytest.fixture(scope="module", params=FLAVOURS, ids=lambda flavour: flavour.group)
def world(hub: Hub, teams: list[Team], request: pytest.FixtureRequest) -> Iterator[World]:
    """A team that has written one object of every kind, all of them Ready."""
    flavour: Flavour = request.param
    with Team.called(hub, f"flavours {flavour.group}").at_work(teams) as team:
        found = World(team, flavour)
        hub.apply(found.config)
        found.apply(found.written(everything()))
        found.until_ready(found.made)
        yield found
        found.close()


@pytest.fixture
def pair(team: Team) -> Iterator[tuple[World, World]]:
    """A team with namespaced objects, and itself with cluster-scoped ones."""
    old, new = World(team, NAMESPACED), World(team, CLUSTER_SCOPED)
    team.hub.apply(new.config)
    yield old, new
    old.close()
    new.close()


def test_every_kind_is_as_it_is_offline(world: World) -> None:
    authority = b64encode((world.team.hub.home.pki / "spoke" / "ca.crt").read_bytes()).decode()
    simulator = simulator_of(world.flavour, aws=Account(world.team.account, authority=authority))
    offline, hub, ids = live(simulator, world.made, 30), world.there(world.made), Ids()
    assert offline.keys() == hub.keys()
    wrong = []
    for name, item in sorted(offline.items()):
        by_hand = {key: value for key, value in item["metadata"].items() if key not in ("labels", "ownerReferences")}
        expected, found = comparable({**item, "metadata": by_hand}), comparable(hub[name])
        wrong += [f"{name}: {line}" for line in differences(ids, expected, found)]
    assert wrong == []


def test_the_provider_config_counts_who_uses_it_and_stays(world: World) -> None:
    hub, config = world.team.hub, world.config
    if world.flavour.namespaced:
        config["apiVersion"], config["metadata"] = (
            f"{NAMESPACED.group}/v1beta1",
            {"name": "argosy", "namespace": world.team.namespace},
        )
    found = hub.get(config["apiVersion"], config["kind"], config["metadata"]["name"], namespace_of(config))
    assert found is not None
    assert found["status"]["users"] == len(world.made)
    assert found["metadata"]["finalizers"] == ["in-use.crossplane.io"]


def test_crossplane_may_compose_every_kind(world: World) -> None:
    hub, core = world.team.hub, Person(f"{SYSTEM}:crossplane")
    for item in world.made:
        plural = hub.resource(item["apiVersion"], item["kind"]).name
        for verb in ("create", "patch", "delete"):
            assert may(hub, core, verb, group_of(item), plural, world.team.namespace), (verb, plural)


def names_on_aws(team: Team) -> list[str]:
    return sorted(thing["identity"] for thing in team.hub.aws(team.account))


def external_names(items: Mapping[str, Item]) -> dict[str, str]:
    return {name: item["metadata"]["annotations"][EXTERNAL_NAME] for name, item in items.items()}


def observers(world: World, ids: Mapping[str, str]) -> list[Item]:
    """Objects of somebody who wants to know what there is under these ids, and nothing more."""
    found = world.written(MOVING)
    for item in found:
        item["metadata"]["annotations"] = {EXTERNAL_NAME: ids[item["metadata"]["name"]]}
        item["spec"] |= {"managementPolicies": ["Observe"], "forProvider": {"region": "eu-west-1"}}
    return found


def test_a_network_changes_hands_without_a_change_on_aws(pair: tuple[World, World]) -> None:
    old, new = pair
    hub, team = old.team.hub, old.team
    old.apply(old.written(MOVING))
    ids, there = external_names(old.until_ready(old.made)), names_on_aws(team)

    new.apply(observers(new, ids))
    seen = new.until_ready(new.made)
    assert {name: item["status"]["atProvider"]["id"] for name, item in seen.items()} == ids
    assert all(item["spec"]["forProvider"] == {"region": "eu-west-1"} for item in seen.values())

    for item in old.made:
        hub.patch(item, {"spec": {"managementPolicies": NO_DELETE}})
    old.delete(old.made)
    assert names_on_aws(team) == there

    composite = owner(hub, team)
    for item in new.written(MOVING):
        compose(hub, item, composite)

    def managed() -> bool:
        return all("tags" in item["spec"]["forProvider"] for item in new.there(new.made).values())

    wait_for(managed, "the provider has written its tags", seconds=30)
    after = new.until_ready(new.made)
    assert external_names(after) == ids
    assert {name: item["metadata"]["uid"] for name, item in after.items()} == {
        name: item["metadata"]["uid"] for name, item in seen.items()
    }
    assert names_on_aws(team) == there


def test_what_a_composite_controls_no_other_takes_over(pair: tuple[World, World]) -> None:
    _, new = pair
    hub, composite = new.team.hub, owner(new.team.hub, new.team)
    (item, *_) = new.written(MOVING)
    new.apply([item])
    compose(hub, item, composite)
    with pytest.raises(ApiException, match="Only one reference can have Controller set to true"):
        compose(hub, item, {**composite, "uid": "00000000-0000-0000-0000-000000000000"})


def owner(hub: Hub, team: Team) -> Item:
    """A controller that exists, in the place of a composite."""
    namespace = hub.get("v1", "Namespace", team.namespace)
    assert namespace is not None
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "name": namespace["metadata"]["name"],
        "uid": namespace["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def compose(hub: Hub, item: Item, composite: Item) -> None:
    """What core does with a desired object: server-side apply as its controller, under a name for each composite."""
    metadata = {**item["metadata"], "ownerReferences": [composite]}
    hub.resource(item["apiVersion"], item["kind"]).server_side_apply(
        body={**item, "metadata": metadata, "spec": {**item["spec"], "managementPolicies": ["*"]}},
        name=metadata["name"],
        field_manager=f"{CORE}{composite['uid']}",
        force_conflicts=True,
    )
