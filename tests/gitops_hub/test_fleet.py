"""One command makes the hub, one commit makes a cluster, and add-ons, teams and workloads follow from its Secret."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.gitops.expansion import expand
from tests.gitops_hub.conftest import ARGO, SECONDS, Fleet, states
from tests.hub.live import DECOMMISSION, Hub, Item, condition, told
from tests.hub.local.waiting import Journey, wait_for
from tests.tools.build import ROOT

TENANT = ROOT / "gitops" / "fleet" / "tenants" / "orders" / "dev"
NAMESPACE, NAME = "team-orders-dev", "orders-dev"
CLAIM = "gitops/fleet/tenants/orders/dev/claims/orders-dev.yaml"


def sample() -> dict[str, str | None]:
    """What is committed: the sample tenant, as it is checked in."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(TENANT.rglob("*")) if path.is_file()}


@dataclass(kw_only=True)
class Arrival(Journey):
    """A cluster that came by a commit, and when what arrived, in seconds after the push."""

    fleet: Fleet

    @property
    def hub(self) -> Hub:
        return self.fleet.hub

    @property
    def claim(self) -> Item:
        return self.hub.claim(NAME, NAMESPACE) or {}

    @property
    def secret(self) -> Item | None:
        return self.hub.secret(NAME, NAMESPACE)

    @property
    def cluster(self) -> str:
        """The cluster's name in Argo CD; empty as long as it has none."""
        secret = self.secret
        return b64decode(secret["data"]["name"]).decode() if secret else ""

    def applications(self) -> dict[str, Item]:
        return self.fleet.applications(self.cluster) if self.cluster else {}

    def of_part(self, part: str) -> list[str]:
        """Names of the cluster's Applications of a part."""
        found = self.applications()
        return sorted(name for name in found if found[name]["metadata"]["labels"]["fleet.argosy.dev/part"] == part)

    def is_synced(self, start: str) -> bool:
        return states(self.applications().get(f"{start}-{self.cluster}"))[0] == "Synced"

    def instead(self) -> str:
        """What there is, for the message of a wait that was in vain."""
        seen = {name: (*states(item), _complaint(item)) for name, item in self.applications().items()}
        return f"{told(self.claim)}; {seen}"


def _complaint(application: Item) -> str:
    status = application.get("status", {})
    found = [item["message"][:300] for item in status.get("conditions", ())]
    return "; ".join([*found, status.get("operationState", {}).get("message", "")[:300]])


@pytest.fixture(scope="module")
def arrived(fleet: Fleet) -> Iterator[Arrival]:
    """The sample cluster of tenant orders, and all that follows from it."""
    hub = fleet.hub
    hub.push(sample(), "A cluster for orders")
    arrival = Arrival(fleet=fleet)

    def has(kind: str) -> Callable[[], bool]:
        return lambda: condition(arrival.claim, kind).get("status") == "True"

    arrival.travel(
        {
            "the tenant's namespace is there": lambda: hub.get("v1", "Namespace", NAMESPACE),
            "Argo CD has synced the claim": lambda: arrival.claim,
            "the cluster Secret is in Argo CD's namespace": lambda: arrival.secret,
            "Registered": has("Registered"),
            "Ready": has("Ready"),
            "baseline storage-class is Synced": lambda: arrival.is_synced("storage-class"),
            "baseline cluster-facts is Synced": lambda: arrival.is_synced("cluster-facts"),
            "add-on external-secrets has an Application": lambda: (
                f"external-secrets-{arrival.cluster}" in arrival.applications()
            ),
            "the team's namespaces are Synced": lambda: arrival.is_synced("team-orders"),
            "workload hello is Synced": lambda: arrival.is_synced("wl-orders-hello"),
            "workload orders-api has an Application": lambda: (
                f"wl-orders-orders-api-{arrival.cluster}" in arrival.applications()
            ),
        },
        seconds=SECONDS,
        instead=arrival.instead,
    )
    yield arrival


def test_one_command_makes_the_hub(fleet: Fleet) -> None:
    print(f"\nfrom kubectl apply -k until the root is Synced: {fleet.seconds:.1f} s")
    print(fleet.said)
    sets = {item["metadata"]["name"] for item in fleet.hub.list(ARGO, "ApplicationSet", "argocd")}
    assert {"addons", "claims", "hub-facts", "policies", "team-projects", "tenants"} <= sets
    projects = {item["metadata"]["name"] for item in fleet.hub.list(ARGO, "AppProject", "argocd")}
    assert {"argosy-addons", "argosy-claims", "argosy-hub", "argosy-teams", "default"} <= projects

    def made() -> bool:
        found = {item["metadata"]["name"] for item in fleet.hub.list(ARGO, "ApplicationSet", "argocd")}
        return {"addon-external-secrets", "baseline-storage-class", "workloads-orders"} <= found

    def instead() -> list[tuple[str, object]]:
        return [
            (item["metadata"]["name"], item.get("status")) for item in fleet.hub.list(ARGO, "Application", "argocd")
        ]

    wait_for(made, "the registry and the teams have become ApplicationSets", seconds=SECONDS, instead=instead)
    facts = fleet.hub.get("apiextensions.crossplane.io/v1beta1", "EnvironmentConfig", "argosy")
    assert facts is not None
    assert facts["data"]["hub"] == "hub-eu"


def test_one_commit_brings_everything(arrived: Arrival) -> None:
    print(f"\nfrom git push, of one claim:\n{arrived.story()}")
    hub, spoke = arrived.hub, arrived.hub.spoke
    (storage,) = spoke.list("storage.k8s.io/v1", "StorageClass")
    assert storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
    facts = spoke.get("v1", "ConfigMap", "cluster-facts", "argosy")
    assert facts is not None
    assert facts["data"]["claim"] == f"{NAMESPACE}/{NAME}"
    assert facts["data"]["database.orders_port"] == "5432"
    namespace = spoke.get("v1", "Namespace", "orders")
    assert namespace is not None
    assert spoke.list("networking.k8s.io/v1", "NetworkPolicy", "orders")
    assert spoke.get("apps/v1", "Deployment", "hello", "orders") is not None
    assert hub.list("apps/v1", "Deployment") == []


def test_the_real_controller_makes_what_the_fast_expansion_says(arrived: Arrival) -> None:
    """`make test` expands ApplicationSets with Argo CD's code and without a hub: this is what makes that count."""
    hub = arrived.hub
    sets = hub.list(ARGO, "ApplicationSet", "argocd")
    secrets = hub.list("v1", "Secret", "argocd", "argocd.argoproj.io/secret-type=cluster")
    address = f"file://{hub.home.repository}"
    expected = {
        (owner, item["metadata"]["name"]): _essence(item)
        for owner, items in expand(sets, secrets, {address: hub.home.fleet}).items()
        for item in items
    }
    made = {
        (item["metadata"]["ownerReferences"][0]["name"], item["metadata"]["name"]): _essence(item)
        for item in hub.list(ARGO, "Application", "argocd")
        if item["metadata"].get("ownerReferences")
    }
    assert made.keys() == expected.keys()
    assert {key for key in made if made[key] != expected[key]} == set()


def _essence(application: Item) -> Item:
    """What an ApplicationSet says of an Application; how it is synced, a rollout by rings decides."""
    spec = {key: value for key, value in application["spec"].items() if key != "syncPolicy"}
    return {"labels": application["metadata"]["labels"], "spec": spec}


def test_syncing_again_changes_nothing(arrived: Arrival) -> None:
    """Argo CD applies the claim again with every commit of anybody, and whenever it finds a difference."""
    hub = arrived.hub
    hub.until_settled(NAME, NAMESPACE, quiet=3, seconds=SECONDS)
    generation, labels = arrived.claim["metadata"]["generation"], (arrived.secret or {})["metadata"]["labels"]
    before = set(arrived.applications())
    name = f"claims-{NAMESPACE}-in-cluster"
    sync = {"prune": False, "syncOptions": ["ServerSideApply=true"], "syncStrategy": {"hook": {}}}
    for number in range(3):
        application = arrived.fleet.application(name)
        assert application is not None
        hub.patch(application, {"operation": {"info": [{"name": "number", "value": str(number)}], "sync": sync}})

        def ended(number: str = str(number)) -> bool:
            state = (arrived.fleet.application(name) or {}).get("status", {}).get("operationState", {})
            info = state.get("operation", {}).get("info", [{}])
            return bool(info[0].get("value") == number and state.get("phase") == "Succeeded")

        wait_for(ended, f"sync {number} has ended", seconds=SECONDS)
        assert arrived.claim["metadata"]["generation"] == generation
    assert (arrived.secret or {})["metadata"]["labels"] == labels
    assert set(arrived.applications()) == before


def test_a_switch_that_goes_off_takes_its_application_away(arrived: Arrival) -> None:
    hub, cluster = arrived.hub, arrived.cluster
    text = sample()[CLAIM] or ""
    with_addon = text.replace("    addons:\n", "    addons:\n      metricsServer: {}\n")
    assert with_addon != text
    name = f"metrics-server-{cluster}"
    hub.push({CLAIM: with_addon}, "Metrics")
    wait_for(lambda: arrived.fleet.application(name), f"{name} is there", seconds=SECONDS)
    before = set(arrived.applications()) - {name}
    hub.push({CLAIM: with_addon.replace("metricsServer: {}", "metricsServer: {enabled: false}")}, "No metrics")
    wait_for(lambda: arrived.fleet.application(name) is None, f"{name} is gone", seconds=SECONDS)
    assert set(arrived.applications()) == before


def test_a_cluster_is_emptied_before_it_goes(arrived: Arrival) -> None:
    """REL-15: workloads, then add-ons, then the guard; what is on the cluster is really gone."""
    hub = arrived.hub
    assert arrived.of_part("workload")
    assert arrived.of_part("addon")
    seen: list[tuple[bool, bool, bool]] = []
    hub.patch(arrived.claim, DECOMMISSION)

    def deletable() -> bool:
        left = bool(arrived.of_part("workload") + arrived.of_part("team")), bool(arrived.of_part("addon"))
        now = (*left, condition(arrived.claim, "Deletable").get("status") == "True")
        if not seen or seen[-1] != now:
            seen.append(now)
        return now[2]

    wait_for(deletable, "the claim can be deleted", seconds=SECONDS, instead=lambda: told(arrived.claim))
    print(f"\nworkloads, add-ons, deletable: {seen}")
    assert seen[-1] == (False, False, True)
    assert (True, False, False) not in seen, "an add-on went before what it made"
    spoke = hub.spoke
    assert spoke.get("apps/v1", "Deployment", "hello", "orders") is None
    assert spoke.get("v1", "Namespace", "orders") is None
    assert arrived.of_part("baseline"), "it goes with the cluster"
