"""What the alerts of examples/setup read is there: kube-state-metrics and Crossplane on the real control plane.

What they say of a claim that is well, refused, or stuck is handed to promtool: the alerts that a person would get.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from argosy.catalog import ENGINES
from argosy.engines.hub import OBJECT
from tests.hub.live import CLAIMED, DECOMMISSION, Hub, Item, Team, condition, told
from tests.hub.local.certificates import write_account
from tests.hub.local.home import Port
from tests.hub.local.parts import LOOPBACK
from tests.hub.local.processes import Part, listens
from tests.hub.local.waiting import wait_for
from tests.packages.alerts import BINDING, CONFIG_MAP, CORE_METRICS, ROLE, promtool
from tests.tools.build import built

SECONDS = 120
PENDING = "crossplane.io/external-create-pending"
CLAIM = (CLAIMED.api_version, CLAIMED.written_kind)
COUNTERS_OF_MISHAPS = {"circuit_breaker_opens_total"}
"""Not there before the first one."""

Series = dict[str, float]
"""Values by name with labels, as a metrics page has them."""


def page(port: int) -> Series:
    """All series of a page that the alerts may read."""
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=10) as response:
        lines = response.read().decode().splitlines()
    found = (
        line.rpartition(" ") for line in lines if re.match(r"argosy_|circuit_breaker_|engine_|function_run_", line)
    )
    return {name: float(value) for name, _, value in found if "_bucket{" not in name}


@pytest.fixture(scope="module")
def measured(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """kube-state-metrics as the setup has it, with the rights of its service account and no more; its port."""
    account, namespace = BINDING["subjects"][0]["name"], BINDING["subjects"][0]["namespace"]
    for item in (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": namespace}},
        ROLE,
        BINDING,
    ):
        hub.apply(item)
    token = hub.kubectl.run("create", "token", account, f"--namespace={namespace}", "--duration=1h")
    write_account(hub.home, namespace, account, token)
    config = tmp_path_factory.mktemp("state") / "config.yaml"
    config.write_text(CONFIG_MAP["data"]["config.yaml"])
    port = Port.KUBE_STATE_METRICS
    part = Part(
        name=account,
        command=[
            built("kube-state-metrics"),
            f"--kubeconfig={hub.home.kubeconfig_of(account)}",
            f"--host={LOOPBACK}",
            f"--port={port}",
            f"--telemetry-host={LOOPBACK}",
            f"--telemetry-port={Port.KUBE_STATE_METRICS_OWN}",
            "--custom-resource-state-only",
            f"--custom-resource-state-config-file={config}",
        ],
        ready=lambda: listens(port),
        ports=(port, Port.KUBE_STATE_METRICS_OWN),
    )
    hub.processes.run([part])
    yield port
    hub.processes.end([account])


def of_claim(port: int, team: Team, metric: str, **labels: str) -> list[float]:
    """Values of a metric for a claim of the team."""
    wanted = [f'{name}="{value}"' for name, value in {"claim_namespace": team.namespace, **labels}.items()]
    return [value for name, value in page(port).items() if name.startswith(metric) and all(w in name for w in wanted)]


def alerts(series: Series, folder: Path, team: Team) -> set[tuple[str, str]]:
    """Alerts that fire about a team, and the resource that each names, if all this stays so for three hours."""
    lasting = [{"series": name, "values": f"{value:.0f}x200"} for name, value in series.items()]
    expression = f'count by (alertname, resource) (ALERTS{{alertstate="firing", claim_namespace="{team.namespace}"}})'
    # the sample is a wish that fails: promtool then tells what it got
    wish = {"expr": expression, "eval_time": "195m", "exp_samples": [{"labels": '{alertname="None"}', "value": 1}]}
    tests: dict[str, Any] = {
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": lasting, "promql_expr_test": [wish]}],
    }
    done = promtool(folder, "test", tests)
    got = re.search(r"got: *(.*)", done.stdout + done.stderr)
    assert got is not None, done.stdout + done.stderr
    found = re.findall(r'\{alertname="(\w+)"(?:, resource="([^"]*)")?\}', got[1])
    return set(found)


def until_alerts(expected: set[tuple[str, str]], port: int, folder: Path, team: Team) -> None:
    """Waits until exactly these alerts would fire about a team, if all stayed as it is measured."""

    def fires() -> set[tuple[str, str]]:
        return alerts(page(port), folder, team)

    wait_for(lambda: fires() == expected, f"{expected} and nothing else fires", seconds=SECONDS, every=1, instead=fires)


def test_crossplane_has_the_metrics_that_alerts_read(team: Team) -> None:
    hub = team.hub
    hub.apply(team.claim("orders", controlPlane={"deletionProtection": False}))
    of = {
        name: 'controller="composite/xeksclusters.fleet.argosy.dev"'
        if name.startswith("engine")
        else 'function_name="function-argosy"'
        for name in CORE_METRICS - COUNTERS_OF_MISHAPS
    }

    def missing() -> list[str]:
        series = list(page(Port.CORE_METRICS))
        return [name for name in of if not any(one.startswith(f"{name}{{") and of[name] in one for one in series)]

    def instead() -> str:
        return f"{missing()} are missing; the claim: {told(hub.claim('orders', team.namespace))}"

    wait_for(lambda: not missing(), "Crossplane has all metrics", seconds=SECONDS, instead=instead)


def test_what_is_stuck_is_told_and_what_is_well_is_not(measured: int, team: Team, tmp_path: Path) -> None:
    hub, unprotected = team.hub, {"controlPlane": {"deletionProtection": False}}
    hub.apply(team.claim("orders", **unprotected))
    hub.until_ready("orders", team.namespace, seconds=120)

    def ready() -> bool:
        return of_claim(measured, team, "argosy_claim_condition", claim="orders", type="Ready") == [1.0]

    wait_for(ready, "orders is measured as Ready", seconds=SECONDS)
    composed = hub.composed("orders", team.namespace)
    # Crossplane says of its own Usages that they are ready, nothing more
    well = [1.0] * sum(item["kind"] != "Usage" for item in composed.values())

    def synced() -> list[float]:
        return of_claim(measured, team, "argosy_managed_condition", claim="orders", type="Synced")

    # every kind is watched by itself, so one object's metrics may come later than those of the claim
    wait_for(lambda: synced() == well, "all objects are measured as Synced", seconds=SECONDS, instead=synced)
    made = of_claim(measured, team, "argosy_managed_create_succeeded", claim="orders")
    assert len(made) == 2, "the Objects of the Secret and of the namespace's guard"
    pending = of_claim(measured, team, "argosy_managed_create_pending", claim="orders")
    assert len(pending) == len(made)
    # creation ends in the second in which it began, or in one of the next
    assert all(0 <= done - begun <= 5 for begun, done in zip(sorted(pending), sorted(made), strict=True))
    until_alerts(set(), measured, tmp_path, team)

    hub.apply(team.claim("refused", environment="nowhere", **unprotected))
    stuck = composed["vpc"]
    hub.patch(stuck, {"metadata": {"annotations": {PENDING: "2026-01-01T00:00:00Z"}}})
    try:

        def measured_so() -> bool:
            refused = of_claim(measured, team, "argosy_claim_condition", claim="refused", type="Synced")
            name = stuck["metadata"]["name"]
            return refused == [0.0] and bool(of_claim(measured, team, "argosy_managed_create_pending", resource=name))

        wait_for(measured_so, "both mishaps are measured", seconds=SECONDS, instead=lambda: page(measured))
        expected = {("ArgosyClaimNotSynced", ""), ("ArgosyCreationPending", stuck["metadata"]["name"])}
        until_alerts(expected, measured, tmp_path, team)
    finally:
        hub.patch(stuck, {"metadata": {"annotations": {PENDING: None}}})


@contextmanager
def claimed(team: Team, name: str, **spec: Any) -> Iterator[Item]:
    """A claim of argosy-claims, once Crossplane has bound a composite to it."""
    hub, kind = team.hub, dict(zip(("apiVersion", "kind"), CLAIM, strict=True))
    item = {**team.claim(name, **spec), **kind}
    hub.apply(item)

    def bound() -> Item | None:
        claim = hub.get(*CLAIM, name, team.namespace) or {}
        return claim if claim.get("spec", {}).get("resourceRef") else None

    def deletable() -> bool:
        claim = hub.get(*CLAIM, name, team.namespace) or {}
        labels = claim.get("metadata", {}).get("labels", {})
        return condition(claim, "Deletable").get("status") == "True" or "crossplane.io/in-use" not in labels

    try:
        claim = wait_for(bound, f"{name} has a composite", seconds=SECONDS)
        assert claim is not None
        yield claim
    finally:
        hub.patch(item, DECOMMISSION)
        wait_for(deletable, f"{name} can be deleted", seconds=SECONDS)
        hub.delete(item)
        if hub.stays:  # the namespace, which the claim guards, goes with the tests
            wait_for(lambda: hub.get(*CLAIM, name, team.namespace) is None, f"{name} is gone", seconds=200)


def test_a_claim_with_a_composite_is_measured_with_all_that_is_in_no_namespace(
    measured: int, team: Team, tmp_path: Path
) -> None:
    hub = team.hub

    def values(metric: str, **labels: str) -> list[float]:
        return of_claim(measured, team, metric, claim_kind=f"{CLAIMED.written_kind.lower()}.{CLAIMED.group}", **labels)

    with claimed(team, "orders", controlPlane={"deletionProtection": False}) as claim:

        def ready() -> bool:
            return values("argosy_claim_condition", claim="orders", type="Ready") == [1.0, 1.0]

        def instead() -> str:
            return told(hub.get(*CLAIM, "orders", team.namespace))

        wait_for(ready, "claim and composite are measured as Ready", seconds=150, instead=instead)
        mine = f"crossplane.io/claim-name=orders,crossplane.io/claim-namespace={team.namespace}"
        kinds = [kind for kind in ENGINES["upbound-cluster"].emits if kind.managed and kind != OBJECT]
        composed = [item for kind in kinds for item in hub.list(kind.api_version, kind.kind, labels=mine)]
        synced = of_claim(measured, team, "argosy_managed_condition", claim="orders", type="Synced")
        assert synced == [1.0] * len(composed)
        assert len(composed) > 35
        # what stands in the namespace names the composite
        of_secret = {"claim": claim["spec"]["resourceRef"]["name"], "customresource_kind": OBJECT.kind}
        assert of_claim(measured, team, "argosy_managed_condition", type="Synced", **of_secret) == [1.0]
        assert alerts(page(measured), tmp_path, team) == set()

    with claimed(team, "refused", kubernetesVersion="1.12"):

        def refused() -> bool:
            return sorted(values("argosy_claim_condition", claim="refused", type="Synced")) == [0.0, 1.0]

        wait_for(refused, "the composite is measured as refused, the claim is not", seconds=SECONDS)
        series = {name: value for name, value in page(measured).items() if 'claim="refused"' in name}
        assert alerts(series, tmp_path, team) == {("ArgosyClaimNotSynced", ""), ("ArgosyClaimNotReady", "")}


def test_a_deletion_is_measured_from_its_beginning(measured: int, team: Team, tmp_path: Path) -> None:
    hub = team.hub
    claim: Item = team.claim("orders", controlPlane={"deletionProtection": False})
    hub.apply({**claim, "metadata": {**claim["metadata"], "finalizers": ["story.argosy.dev/held"]}})
    hub.until_ready("orders", team.namespace, seconds=120)
    hub.patch(claim, DECOMMISSION)
    team.until_deletable("orders")
    hub.delete(claim)
    try:

        def going() -> list[float]:
            return of_claim(measured, team, "argosy_claim_deletion_timestamp", claim="orders")

        wait_for(going, "the deletion is measured", seconds=SECONDS)
        # promtool's clock begins at 0: a deletion that began then
        own = f'claim_namespace="{team.namespace}"'
        (name,) = [name for name in page(measured) if name.startswith("argosy_claim_deletion") and own in name]
        assert ("ArgosyClaimDeletionHangs", "") in alerts({name: 0.0}, tmp_path, team)
    finally:
        hub.patch(claim, {"metadata": {"finalizers": None}})
