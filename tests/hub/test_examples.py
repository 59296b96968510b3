"""All examples among ten clusters that are made at once: they are as `argosy simulate` says, and then nothing moves."""

from __future__ import annotations

import re
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from argosy.cli.options import sample_hub
from argosy.cli.request import Caller
from argosy.cli.simulate import Life
from argosy.simulator import Account, Simulator
from argosy.simulator.server import COMPOSITE, Composite
from tests.hub.crowd import Crowd
from tests.hub.live import XR, Hub, Item, Team
from tests.hub.local.waiting import wait_for
from tests.support.lives import EXAMPLE_NAMES

pytestmark = [pytest.mark.crowd, pytest.mark.timeout(600)]
ROUNDS = 20
CORE = "apiextensions.crossplane.io/composed/"
"""With it begins the name under which core applies composed objects (ComposedFieldOwnerName)."""
PROVIDERS = {"provider", "provider-kubernetes", "crossplane-core"}
"""Who else writes to them; the last one marks what its Usages name."""

EXTERNAL_NAME_OF = {("f:metadata", "f:annotations", "f:crossplane.io/external-name")}
REMEMBERED = {"Instance", "Key", "VPC"}
"""Kinds whose external name AWS chooses, the provider writes, and the function writes again, so that neither can lose
it (ADR 7)."""

ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:-[A-Za-z0-9]{6})?"  # key, access entry, secret
    r"|\b[a-z]+-0[0-9a-f]{16}"  # vpc, subnet, sg, rtb, igw, nat, eipalloc, lt, ...
    r"|\b[0-9A-F]{32}\b"  # host name of an EKS endpoint, and its issuer
    r"|\bA[A-Z]{3}[A-Z0-9]{17}\b"  # unique id of a role
    r"|\b(?:db|cluster)-[A-Z0-9]{26}\b"  # of a database
    r"|\ba-[a-z0-9]{17}\b"  # of a pod identity association
    r"|(?<=-final-)[a-z2-7]{26}\b"  # what makes the name of a final snapshot new
    r"|\b198[.-]1[89][.-]\d+[.-]\d+\b"  # elastic IP address
)
"""What AWS throws dice for. Everything else must be equal, letter by letter."""

DICE = {
    # an address in a subnet has no form that tells it from others; nothing refers to it
    ("status", "atProvider", "privateIp"),
    # the first instance of an Aurora cluster writes: whichever AWS makes first
    ("status", "atProvider", "writer"),
}
"""Facts that must be there, with any value."""
SERVER_ONLY = {
    *(("metadata", name) for name in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")),
    # times, as the real provider-kubernetes writes them; the simulator leaves them out on purpose
    ("metadata", "annotations", "crossplane.io/external-create-pending"),
    ("metadata", "annotations", "crossplane.io/external-create-succeeded"),
    # what Crossplane notes on a Usage, and on what one names
    ("metadata", "annotations", "crossplane.io/usage-details"),
    ("metadata", "labels", "crossplane.io/in-use"),
    # the Secret, and the ClusterUsage of the namespace, as they are on this server
    *(
        ("status", "atProvider", "manifest", "metadata", name)
        for name in ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "finalizers")
    ),
    ("status", "atProvider", "manifest", "status"),
    # in base64, where ids cannot be told apart; the Secret itself is compared in clear
    ("status", "atProvider", "manifest", "data"),
}
"""Paths that only a real API server fills, or fills with its own values."""


@dataclass(kw_only=True)
class Lived:
    """An example that has settled on the hub, and its life offline.

    Attributes:
        team: its namespace.
        claim: as it was applied.
        seconds: until it was Ready.
        earlier: identities of what was on AWS before.
        xr: the claim as it is on the hub.
        composed: what it has composed, by composition-resource name.
        offline: what `argosy simulate` says about the same claim.
    """

    team: Team
    claim: Item
    seconds: float
    earlier: set[str]
    xr: Item = field(default_factory=dict)
    composed: dict[str, Item] = field(default_factory=dict)
    offline: Life

    @property
    def name(self) -> str:
        """Name of the claim."""
        return str(self.claim["metadata"]["name"])

    def look(self) -> None:
        """Reads what there is on the hub."""
        self.xr = self.team.hub.claim(self.name, self.team.namespace) or {}
        self.composed = self.team.hub.composed(self.name, self.team.namespace)


def simulated(claim: Item, team: Team) -> Life:
    """What `argosy simulate` does, with this account and the hub's certificate authority of clusters."""
    authority = b64encode((team.hub.home.pki / "spoke" / "ca.crt").read_bytes()).decode()
    simulator = Simulator(aws=Account(team.account, authority=authority))
    life = Life(caller=Caller(claim=claim, engine="upbound", required=sample_hub()), simulator=simulator)
    for _ in life.run(most=150):
        pass
    assert life.refusal is None
    assert life.settled
    return life


@pytest.fixture(scope="module")
def lived(crowd: Crowd) -> dict[str, Lived]:
    """One claim of each example, of those that were made at the same time."""
    found = {}
    for name in EXAMPLE_NAMES:
        first = f"{name}-0"
        team, claim = crowd.claims[first]
        found[name] = Lived(
            team=team,
            claim=claim,
            seconds=crowd.ready[first],
            earlier=crowd.earlier[first],
            offline=simulated(claim, team),
        )
        found[name].look()
    return found


class Ids:
    """Which id on the hub stands for which offline: always the same, and no two for one."""

    def __init__(self) -> None:
        self._hub: dict[str, str] = {}
        self._offline: dict[str, str] = {}

    def same(self, offline: str, hub: str) -> bool:
        """Whether two texts say the same; what they say about ids is remembered."""
        one, other = ID.findall(offline), ID.findall(hub)
        if ID.sub("ID", offline) != ID.sub("ID", hub):
            return False
        # no generator: all ids of a text are remembered, also if one is wrong
        pairs = [self._pair(*pair) for pair in zip(one, other, strict=True)]
        return all(pairs)

    def _pair(self, offline: str, hub: str) -> bool:
        there = self._hub.setdefault(offline, hub)
        # two elastic IP addresses of AWS are never the same one, but the simulator's are few
        back = offline if hub.startswith("198") else self._offline.setdefault(hub, offline)
        return (there, back) == (hub, offline)


Path = tuple[str, ...]
NOTHING = object()
"""Where there is no value; None is one."""


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All texts, numbers and empty containers in a value, with their paths."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    if not inner or not value:
        yield path, value
    for name, item in inner:
        yield from leaves(item, (*path, str(name)))


def differences(ids: Ids, offline: Item, hub: Item) -> list[str]:
    """What is not the same, a line each."""
    one, other = dict(leaves(offline)), dict(leaves(hub))
    lines = []
    for path in sorted(one.keys() | other.keys()):
        here, there = one.get(path, NOTHING), other.get(path, NOTHING)
        if path in DICE and NOTHING not in (here, there):
            continue
        same = ids.same(here, there) if isinstance(here, str) and isinstance(there, str) else here == there
        if not same:
            texts = ("nothing" if value is NOTHING else repr(value) for value in (here, there))
            lines.append(f"{'.'.join(path)}: offline {' on the hub '.join(texts)}")
    return lines


def comparable(item: Item) -> Item:
    """An object without what only a server fills; conditions by type, without times; data of Secrets in clear."""
    kept: Item = without(item, SERVER_ONLY)
    # what uses something owns the Usage, too
    owners = [owner for owner in item["metadata"].get("ownerReferences", ()) if owner.get("controller")]
    kept["metadata"] = {**kept["metadata"], "ownerReferences": owners}
    there = kept.get("status", {}).get("atProvider", {}).get("manifest", {})
    if there.get("kind") == "ClusterUsage":
        there["metadata"].pop("annotations", None)  # what it is of, in words
    if "status" in kept:
        kept["status"] = {**kept["status"], "conditions": conditions(item)}
    manifest = kept.get("spec", {}).get("forProvider", {}).get("manifest")
    if manifest is not None and "data" in manifest:
        kept["spec"]["forProvider"]["manifest"] = {**manifest, "data": clear(manifest["data"])}
    return kept


def without(value: Any, paths: set[Path], path: Path = ()) -> Any:
    """A copy without what is at these paths."""
    if not isinstance(value, Mapping):
        return value
    inner = ((name, (*path, name), item) for name, item in value.items())
    return {name: without(item, paths, where) for name, where, item in inner if where not in paths}


def conditions(item: Item) -> dict[str, list[str]]:
    """Status, reason and message by type."""
    names = ("status", "reason", "message")
    return {one["type"]: [one.get(name, "") for name in names] for one in item["status"]["conditions"]}


def clear(data: Mapping[str, str]) -> dict[str, str]:
    """What a Secret says."""
    return {name: b64decode(value).decode() for name, value in data.items()}


def owned(item: Item, xr: Item) -> Item:
    """An offline object as if the claim on the hub had composed it."""
    metadata = item["metadata"]
    label = {COMPOSITE: xr["metadata"]["name"]}
    owner = {**Composite().owner, "name": xr["metadata"]["name"], "uid": xr["metadata"]["uid"]}
    return {**item, "metadata": {**metadata, "labels": {**metadata["labels"], **label}, "ownerReferences": [owner]}}


def test_all_examples_get_ready_at_the_same_time(lived: dict[str, Lived]) -> None:
    print("\nall applied at once, among ten:")
    for name, one in lived.items():
        print(f"{one.seconds:6.1f} s  Ready: {name}, {len(one.composed)} objects")
    for one in lived.values():
        assert {kind: status for kind, (status, *_) in conditions(one.xr).items() if status != "True"} == {
            "Deletable": "False"
        }


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_an_example_is_what_simulate_says(lived: dict[str, Lived], name: str) -> None:
    one = lived[name]
    offline, ids = one.offline, Ids()
    assert one.composed.keys() == offline.observed.keys()
    wrong = []
    for key, item in sorted(one.composed.items()):
        expected = comparable(owned(offline.observed[key], one.xr))
        wrong += [f"{key}: {line}" for line in differences(ids, expected, comparable(item))]

    told = {**offline.caller.claim["status"], "conditions": conditions(offline.caller.claim)}
    crossplanes = {"Ready", "Synced", "Responsive"}
    ours = {kind: said for kind, said in conditions(one.xr).items() if kind not in crossplanes}
    wrong += [f"the claim: {line}" for line in differences(ids, told, {**one.xr["status"], "conditions": ours})]

    secret = one.team.hub.secret(one.name, one.team.namespace)
    assert secret is not None
    ((where, manifest),) = [one for one in offline.simulator.hub.items() if one[1]["kind"] == "Secret"]
    assert where == (secret["metadata"]["namespace"], secret["metadata"]["name"])
    both = [{**without(item, SERVER_ONLY), "data": clear(item["data"])} for item in (manifest, secret)]
    wrong += [f"the cluster Secret: {line}" for line in differences(ids, *both)]
    assert wrong == []


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_nothing_else_was_made_on_aws(lived: dict[str, Lived], name: str) -> None:
    one = lived[name]
    there = [thing for thing in one.team.hub.aws(one.team.account) if thing["identity"] not in one.earlier]
    assert [thing["identity"] for thing in there if not thing["ready"] or thing["leaving"]] == []
    assert Counter(thing["kind"] for thing in there) == Counter(thing.kind for thing in one.offline.simulator.aws)


def test_nobody_is_warned(lived: dict[str, Lived]) -> None:
    """Not one is let pass: on a hub whose kinds and roles are there before its claims, Crossplane has no reason."""
    for one in lived.values():
        assert one.team.hub.events(one.team.namespace) == []


def fields_of(entry: Mapping[str, Any]) -> set[Path]:
    """Fields of an entry of managedFields."""
    return {path for path, _ in leaves(entry["fieldsV1"])}


def test_each_field_has_one_owner(lived: dict[str, Lived]) -> None:
    """A field that two would write is written again and again; one that two own is taken away by nobody."""
    shares: Counter[str] = Counter()
    for one in lived.values():
        for key, item in one.composed.items():
            entries = item["metadata"]["managedFields"]
            (core,) = [entry for entry in entries if entry["manager"].startswith(CORE)]
            others = [entry for entry in entries if entry is not core]
            assert core["operation"] == "Apply"
            assert {entry["manager"] for entry in others} <= PROVIDERS
            shares["Crossplane, metadata and spec"] += len(fields_of(core))
            for entry in others:
                part = entry.get("subresource", "metadata and spec")
                shares[f"{entry['manager']}, {part}"] += len(fields_of(entry))
                both = fields_of(entry) & fields_of(core)
                assert both <= (EXTERNAL_NAME_OF if item["kind"] in REMEMBERED else set()), f"{key}: owned by two"
            assert not any(path[0] == "f:status" for path in fields_of(core))
    print("\nowners of fields of composed objects:")
    for who, count in sorted(shares.items()):
        print(f"{count:6d}  {who}")


def test_crossplane_owns_all_that_the_function_wants(lived: dict[str, Lived]) -> None:
    """What the function wants and another owns would be fought over at every call."""
    for one in lived.values():
        caller = Caller(claim=one.xr, engine="upbound", required=sample_hub())
        for key, wanted in caller.call(one.composed.values()).desired.items():
            item = one.composed[key]
            there = dict(leaves(item))
            assert {path for path, value in leaves(wanted) if value != there.get(path, NOTHING)} == set(), key


def test_nothing_moves_however_often_crossplane_asks(lived: dict[str, Lived]) -> None:
    hub = next(iter(lived.values())).team.hub
    for one in lived.values():
        one.look()
    before = {name: hub.versions(one.name, one.team.namespace) for name, one in lived.items()}
    calls, started = reconciles(hub), time.monotonic()
    for number in range(ROUNDS):
        asked = {name: request(one, f"story-{number}") for name, one in lived.items()}
        due = calls + (number + 1) * len(lived)
        until_reconciled(hub, due)
        # The claim itself: our annotation was the last write.
        assert {name: one.team.hub.versions(one.name, one.team.namespace)[""] for name, one in lived.items()} == asked
    seconds = time.monotonic() - started
    print(f"\n{reconciles(hub) - calls:.0f} reconciles of {len(lived)} settled claims in {seconds:.0f} s: no write")
    for name, one in lived.items():
        after = hub.versions(one.name, one.team.namespace)
        assert {key: after[key] for key in after if key} == {key: before[name][key] for key in before[name] if key}
        assert (hub.claim(one.name, one.team.namespace) or {})["status"] == one.xr["status"]


def until_reconciled(hub: Hub, times: float) -> None:
    """Waits until claims were reconciled so often."""
    what = f"claims were reconciled {times:.0f} times"
    wait_for(lambda: reconciles(hub) >= times, what, seconds=30, instead=lambda: f"{reconciles(hub):.0f} times")


def reconciles(hub: Hub) -> float:
    """Reconciles of claims that succeeded. The token does not come back as `status.lastHandledReconcileAt`.

    Core sets it before it composes, and composing replaces the status (crossplane v2.4.0, composite/reconciler.go:627).
    """
    return hub.metric("controller_runtime_reconcile_total", controller="composite/xeksclusters.fleet.argosy.dev")


def request(one: Lived, token: str) -> str:
    """Asks Crossplane to reconcile a claim; resourceVersion of the claim after that."""
    annotation = {"metadata": {"annotations": {"crossplane.io/reconcile-requested-at": token}}}
    item = {"apiVersion": XR[0], "kind": XR[1], "metadata": one.claim["metadata"]}
    return str(one.team.hub.patch(item, annotation)["metadata"]["resourceVersion"])
