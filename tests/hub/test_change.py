"""What people change on a living cluster: what reaches AWS, and that nothing else moves.

One cluster has everything that can be changed; beside it stands one that nobody touches.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any
from unittest.mock import ANY

import pytest
from kubernetes.client.exceptions import ApiException

from argosy.simulator.values import Values
from tests.hub.live import XR, Hub, Item, Team, condition, told
from tests.hub.local.waiting import wait_for

SECONDS = 120
"""Until a change has arrived; two to ten on an idle machine."""
QUIET = 1.5
"""So long nothing must move; the function is called again within a second of any change."""

GENERAL = {"name": "general", "instanceTypes": ["m7i.large"], "minSize": 2, "maxSize": 4}
BATCH = {"name": "batch", "instanceTypes": ["m7i.xlarge"], "minSize": 0, "maxSize": 3}
ORDERS = {"name": "orders", "engine": "PostgreSQL", "version": "17", "storageGiB": 20, "deletionProtection": False}
MORE = {**ORDERS, "name": "more"}
NETWORK = {"zones": ["a", "b"], "zoneSlots": 4}
SPEC: dict[str, Any] = {
    "region": "eu-west-1",
    "kubernetesVersion": "1.34",
    "network": NETWORK,
    "controlPlane": {"deletionProtection": False},
    "nodes": {"autoMode": {"enabled": False}, "groups": [GENERAL]},
    "addons": [{"name": "aws-ebs-csi-driver"}],
    "argocd": {"addons": {"awsLoadBalancerController": {}}},
    "databases": [ORDERS],
}

NOTHING = None
"""Where a field is not there."""
SECRET = "argocd-cluster-secret"
LABELS, NOTES = "manifest.metadata.labels.", "manifest.metadata.annotations."

Change = tuple[Any, Any]
Changes = Mapping[str, Mapping[str, Change]]
"""Old and new value by field of `spec.forProvider`, by composition-resource name."""


@dataclass(frozen=True)
class Estate:
    """A claim that people change, and one beside it that they do not.

    Attributes:
        team: their namespace.
        name: of the one.
        witness: of the other.
    """

    team: Team
    name: str = "orders"
    witness: str = "witness"

    @property
    def hub(self) -> Hub:
        """Where they are."""
        return self.team.hub

    def look(self, name: str = "") -> dict[str, Item]:
        """All that a claim has composed."""
        return self.hub.composed(name or self.name, self.team.namespace)

    def write(self, spec: Mapping[str, Any]) -> None:
        """Changes fields of the claim; lists as a whole."""
        item = {"apiVersion": XR[0], "kind": XR[1], "metadata": {"name": self.name, "namespace": self.team.namespace}}
        self.hub.patch(item, {"spec": spec})

    def told(self) -> Item:
        """The claim."""
        return self.hub.claim(self.name, self.team.namespace) or {}

    def settle(self, name: str = "") -> None:
        """Waits until a claim is Ready and nothing of it moves."""
        self.hub.until_ready(name or self.name, self.team.namespace, seconds=SECONDS)
        self.hub.until_settled(name or self.name, self.team.namespace, quiet=QUIET, seconds=SECONDS)


@pytest.fixture(scope="module")
def estate(hub: Hub, teams: list[Team]) -> Iterator[Estate]:
    """Both clusters, settled."""
    with Team.called(hub, "change").at_work(teams) as team:
        found = Estate(team)
        hub.own_facts(team.namespace)
        hub.apply(team.claim_with_own_facts(found.name, **SPEC))
        hub.apply(team.claim_with_own_facts(found.witness, controlPlane={"deletionProtection": False}))
        for name in (found.name, found.witness):
            found.settle(name)
        yield found


@pytest.fixture
def facts(estate: Estate) -> Iterator[Callable[[Callable[[Values], None]], None]]:
    """Changes the facts that both clusters read; they are put back at the end, and both clusters with them."""
    original = estate.hub.own_facts(estate.team.namespace)

    def change(edit: Callable[[Values], None]) -> None:
        changed = copy.deepcopy(original)
        edit(changed["data"])
        estate.hub.apply(changed)

    yield change
    estate.hub.apply(original)
    for name in (estate.name, estate.witness):
        estate.settle(name)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All texts, numbers and empty containers in a value, with their paths."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    if not value or not inner:
        yield path, value
    for name, item in inner:
        yield from leaves(item, f"{path}.{name}" if path else str(name))


def fields(item: Item) -> dict[str, Any]:
    """What an object asks for, by path."""
    return dict(leaves(item["spec"].get("forProvider", item["spec"])))


def moved(before: Mapping[str, Item], after: Mapping[str, Item]) -> dict[str, dict[str, Change]]:
    """Objects that were written, and what differs in what they ask for."""
    found = {}
    for key in before.keys() & after.keys():
        one, other = fields(before[key]), fields(after[key])
        if before[key]["metadata"]["resourceVersion"] != after[key]["metadata"]["resourceVersion"]:
            paths = sorted(one.keys() | other.keys())
            pairs = {path: (one.get(path, NOTHING), other.get(path, NOTHING)) for path in paths}
            found[key] = {path: pair for path, pair in pairs.items() if pair[0] != pair[1]}
    return found


def arrived(before: Mapping[str, Item], after: Mapping[str, Item], expected: Changes) -> bool:
    """Whether everything that is expected to change has begun to."""
    now = moved(before, after)
    return all(now.get(key) == dict(changes) for key, changes in expected.items())


def check(
    estate: Estate,
    act: Callable[[], None],
    expected: Changes,
    *,
    created: Set[str] = frozenset(),
    removed: Set[str] = frozenset(),
    kept: Set[str] = frozenset(),
    of_witness: Changes | None = None,
) -> None:
    """Does something and looks what comes of it, on both clusters and on AWS, and that nothing else moved.

    Args:
        estate: where.
        act: what is done.
        expected: what changes.
        created: keys of objects that come.
        removed: keys of objects that go.
        kept: keys of those that stay on AWS though their object goes.
        of_witness: what changes on the other cluster.
    """
    before, witness = estate.look(), estate.look(estate.witness)
    started = time.monotonic()
    act()

    def done() -> bool:
        now = estate.look()
        same = now.keys() == (before.keys() | created) - removed and arrived(before, now, expected)
        return same and (not of_witness or arrived(witness, estate.look(estate.witness), of_witness))

    def instead() -> str:
        now = estate.look()
        keys = f"new {sorted(now.keys() - before.keys())}, gone {sorted(before.keys() - now.keys())}"
        return f"{keys}, changed {moved(before, now)}, the claim: {told(estate.told())}"

    wait_for(done, "the change has arrived", seconds=SECONDS, instead=instead)
    seconds = time.monotonic() - started
    for name in (estate.name, estate.witness):
        estate.settle(name)
    after, beside = estate.look(), estate.look(estate.witness)
    untouched = len(before) - len(expected) - len(removed)
    count = f"{len(expected)} changed, {len(created)} new, {len(removed)} gone, {untouched} untouched"
    print(f"\n{seconds:6.1f} s  {count}", end="")
    assert moved(before, after) == expected
    assert (after.keys() - before.keys(), before.keys() - after.keys()) == (created, removed)
    assert (moved(witness, beside), beside.keys()) == (of_witness or {}, witness.keys())
    check_aws(estate, after, expected)
    names = {thing_name(thing) for thing in estate.hub.aws(estate.team.account)}
    assert {key for key in removed if before[key]["metadata"]["name"] in names} == kept


def thing_name(thing: Item) -> str:
    """Name of the object that a thing on AWS belongs to, as the provider tags it."""
    return str(thing["fields"].get("tags", {}).get("crossplane-name", ""))


def check_aws(estate: Estate, after: Mapping[str, Item], expected: Changes) -> None:
    """AWS has what the changed objects ask for."""
    things = {thing_name(thing): thing for thing in estate.hub.aws(estate.team.account)}
    for key, changes in expected.items():
        if key == SECRET:
            check_secret(estate, changes)
            continue
        there = dict(leaves(things[after[key]["metadata"]["name"]]["fields"]))
        # references are the provider's business: AWS has the ids
        wanted = {path: new for path, (_, new) in changes.items() if "Ref" not in path}
        assert {path: there.get(path, NOTHING) for path in wanted} == wanted, key


def check_secret(estate: Estate, changes: Mapping[str, Change]) -> None:
    """The Secret of Argo CD has what the object asks for."""
    secret = estate.hub.secret(estate.name, estate.team.namespace)
    assert secret is not None
    there = dict(leaves({"manifest": {"metadata": keyed(secret["metadata"])}}))
    assert {path: there.get(path, NOTHING) for path in changes} == {path: new for path, (_, new) in changes.items()}


def keyed(metadata: Mapping[str, Any]) -> Values:
    """Labels and annotations."""
    return {name: metadata.get(name, {}) for name in ("labels", "annotations")}


def test_a_new_version_reaches_control_plane_nodes_and_secret(estate: Estate) -> None:
    upgrade = {"version": ("1.34", "1.35")}
    expected = {
        "cluster": upgrade,
        "node-group-general": upgrade,
        SECRET: {f"{LABELS}kubernetes_version": ("1.34", "1.35")},
    }
    check(estate, lambda: estate.write({"kubernetesVersion": "1.35"}), expected)
    assert estate.told()["status"]["cluster"]["version"] == "1.35"


def test_a_new_zone_touches_no_other_zone(estate: Estate) -> None:
    created = {
        *("elastic-ip-c", "nat-gateway-c", "route-private-c", "route-table-private-c"),
        *(f"subnet-{tier}-c" for tier in ("public", "private", "database")),
        *(f"route-table-association-{tier}-c" for tier in ("public", "private", "database")),
    }
    third = "subnetIdRefs.2"
    expected = {
        "subnet-group-databases": {
            f"{third}.name": (NOTHING, ANY),
            f"{third}.policy.resolution": (NOTHING, "Required"),
            f"{third}.policy.resolve": (NOTHING, "Always"),
            "subnetIds.2": (NOTHING, ANY),
        }
    }
    check(estate, lambda: estate.write({"network": {"zones": ["a", "b", "c"]}}), expected, created=created)


def test_node_groups_come_change_and_go_alone(estate: Estate) -> None:
    both = {"launch-template-batch", "node-group-batch"}

    def write(*groups: Mapping[str, Any]) -> Callable[[], None]:
        return lambda: estate.write({"nodes": {"groups": list(groups)}})

    check(estate, write(GENERAL, BATCH), {}, created=both)
    larger = {**BATCH, "maxSize": 6, "labels": {"workload": "batch"}}
    changed = {"scalingConfig.maxSize": (3, 6), "labels": ({}, NOTHING), "labels.workload": (NOTHING, "batch")}
    check(estate, write(GENERAL, larger), {"node-group-batch": changed})
    check(estate, write(GENERAL), {}, removed=both)


def test_an_addon_comes_is_switched_off_and_goes(estate: Estate) -> None:
    mine = {"role-addon-cert-manager", "pod-identity-addon-cert-manager"}
    zones = ["arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"]
    label = f"{LABELS}enable_cert_manager"
    notes = {f"{NOTES}cert_manager_{name}": "cert-manager" for name in ("namespace", "service_account")}

    def write(addon: Mapping[str, Any] | None) -> Callable[[], None]:
        return lambda: estate.write({"argocd": {"addons": {"certManager": addon}}})

    on = {SECRET: {label: ("false", "true"), **{note: (NOTHING, value) for note, value in notes.items()}}}
    check(estate, write({"hostedZoneArns": zones}), on, created=mine)
    check(estate, write({"enabled": False, "hostedZoneArns": zones}), {SECRET: {label: ("true", "false")}})
    gone = {SECRET: {note: (value, NOTHING) for note, value in notes.items()}}
    check(estate, write(None), gone, removed=mine)


def test_a_database_comes_changes_and_goes_alone(estate: Estate) -> None:
    mine = {f"{what}-more" for what in ("database", "ingress-database", "key-database", "parameter-group")}
    mine |= {"security-group-database-more", "usage-cluster-by-ingress-database-more"}
    notes = [f"{NOTES}rds_more_{name}" for name in ("endpoint", "port", "secret_arn", "security_group_id")]
    label = f"{LABELS}rds_more"

    def write(*databases: Mapping[str, Any]) -> Callable[[], None]:
        return lambda: estate.write({"databases": list(databases)})

    there = {**dict.fromkeys(notes, (NOTHING, ANY)), label: (NOTHING, "true")}
    check(estate, write(ORDERS, MORE), {SECRET: there}, created=mine)
    larger = {"allocatedStorage": (20, 30), "maxAllocatedStorage": (40, 60)}
    check(estate, write(ORDERS, {**MORE, "storageGiB": 30}), {"database-more": larger})
    gone = {SECRET: {**dict.fromkeys(notes, (ANY, NOTHING)), label: ("true", NOTHING)}}
    # the last snapshot can be read as long as its key is there
    check(estate, write(ORDERS), gone, removed=mine, kept={"key-database-more"})


def test_a_label_reaches_the_secret_alone(estate: Estate) -> None:
    expected = {SECRET: {f"{LABELS}fleet.argosy.dev/team": (NOTHING, "search")}}
    check(estate, lambda: estate.write({"argocd": {"labels": {"team": "search"}}}), expected)


def tagged(items: Mapping[str, Item], name: str, value: str) -> dict[str, dict[str, Change]]:
    """What a new tag changes: everything that has tags, and what must have them from the start."""
    new = (NOTHING, value)
    found = {key: {f"tags.{name}": new} for key, item in items.items() if "tags" in item["spec"].get("forProvider", ())}
    for key, item in items.items():
        given = item["spec"].get("forProvider", {})
        for index, _ in enumerate(given.get("tagSpecifications", ())):
            found[key][f"tagSpecifications.{index}.tags.{name}"] = new
        version = (given.get("launchTemplate") or {}).get("version")
        if version is not None:
            found[key]["launchTemplate.version"] = (version, str(int(version) + 1))
    return found


def test_a_tag_reaches_everything_that_can_have_tags(estate: Estate) -> None:
    check(estate, lambda: estate.write({"tags": {"cost-center": "1"}}), tagged(estate.look(), "cost-center", "1"))


def test_a_tag_of_the_hub_reaches_all_clusters(
    estate: Estate, facts: Callable[[Callable[[Values], None]], None]
) -> None:
    both = [tagged(estate.look(name), "owner", "platform") for name in (estate.name, estate.witness)]
    act = lambda: facts(lambda data: data["tags"].update(owner="platform"))  # noqa: E731
    check(estate, act, both[0], of_witness=both[1])


def test_a_repository_of_the_hub_reaches_all_secrets(
    estate: Estate, facts: Callable[[Callable[[Values], None]], None]
) -> None:
    new = "https://github.com/example/argosy-addons.git"
    expected = {SECRET: {f"{NOTES}addons_repo_url": ("https://github.com/example/argosy-fleet.git", new)}}
    act = lambda: facts(lambda data: data["repositories"]["addons"].update(url=new))  # noqa: E731
    check(estate, act, expected, of_witness=expected)


def test_the_hubs_new_way_out_is_let_into_all_clusters(
    estate: Estate, facts: Callable[[Callable[[Values], None]], None]
) -> None:
    where = "vpcConfig.publicAccessCidrs"
    expected = {
        "cluster": {f"{where}.0": ("203.0.113.0/24", "198.51.100.0/24"), f"{where}.1": (NOTHING, "203.0.113.0/24")}
    }
    act = lambda: facts(lambda data: data["reach"].update(cidrs=["203.0.113.0/24", "198.51.100.0/24"]))  # noqa: E731
    check(estate, act, expected, of_witness=expected)


REFUSED_BY_THE_SERVER: dict[str, Values] = {
    "region": {"region": "eu-west-2"},
    "zoneSlots": {"network": {"zoneSlots": 8}},
    "cidr": {"network": {"cidr": "10.9.0.0/16"}},
    "serviceCidr": {"controlPlane": {"serviceCidr": "10.100.0.0/16"}},
    "instanceTypes": {"nodes": {"groups": [{**GENERAL, "instanceTypes": ["m7i.xlarge"]}]}},
    "version": {"databases": [{**ORDERS, "version": "16"}]},
}
"""Fields that can never change."""
REFUSED_BY_THE_FUNCTION: dict[str, Values] = {
    "spec.network.zones: zone b cannot leave": {"network": {"zones": ["a", "c"]}},
    "spec.access.admins[0]: arn:aws:iam::999999999999:role/other is of account 999999999999": {
        "access": {"admins": ["arn:aws:iam::999999999999:role/other"]}
    },
    "spec.argocd.labels.nobody: is not among the labels": {"argocd": {"labels": {"nobody": "x"}}},
}
"""What only who sees the cluster, its account or the hub's facts can refuse, by the beginning of the refusal."""


@pytest.mark.parametrize("field", REFUSED_BY_THE_SERVER)
def test_what_the_server_refuses_is_not_even_written(estate: Estate, field: str) -> None:
    before = estate.hub.versions(estate.name, estate.team.namespace)
    with pytest.raises(ApiException) as refused:
        estate.write(REFUSED_BY_THE_SERVER[field])
    assert refused.value.status == 422
    assert f"{field} can never change" in str(refused.value.body)
    assert estate.hub.versions(estate.name, estate.team.namespace) == before


@pytest.mark.parametrize("refusal", REFUSED_BY_THE_FUNCTION, ids=["zone", "account", "label"])
def test_what_the_function_refuses_leaves_everything_untouched(estate: Estate, refusal: str) -> None:
    before = estate.look()
    wrong = REFUSED_BY_THE_FUNCTION[refusal]
    right = undone(wrong, estate.told()["spec"])
    estate.write(wrong)

    def refused() -> bool:
        synced = condition(estate.told(), "Synced")
        return synced.get("status") == "False" and refusal in synced["message"]

    try:
        wait_for(refused, refusal, seconds=SECONDS, instead=lambda: told(estate.told()))
        estate.hub.until_settled(estate.name, estate.team.namespace, quiet=QUIET, seconds=SECONDS)
        assert moved(before, estate.look()) == {}
        assert estate.look().keys() == before.keys()
    finally:
        estate.write(right)
    synced = lambda: condition(estate.told(), "Synced").get("status") == "True"  # noqa: E731
    wait_for(synced, "the claim is carried out again", seconds=SECONDS, instead=lambda: told(estate.told()))
    estate.settle()
    assert moved(before, estate.look()) == {}


def undone(change: Mapping[str, Any], there: Mapping[str, Any]) -> Values:
    """What puts a change of `there` right again."""
    return {
        name: undone(value, there.get(name) or {}) if isinstance(value, Mapping) else there.get(name)
        for name, value in change.items()
    }
