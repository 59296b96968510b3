"""Parts of the hub end, hang and lie at the wrong moment: nothing is lost, nothing is there twice.

The dice have seeds, so that a failed story can be told again; what falls into which moment still differs.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import grpc
import pytest
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1
from kubernetes.client.exceptions import ApiException

from argosy.settle import EXTERNAL_NAME
from tests.hub.live import Hub, Item, Team, condition, told
from tests.hub.local import parts
from tests.hub.local.home import Home, Port
from tests.hub.local.parts import LOOPBACK
from tests.hub.local.processes import Part
from tests.hub.local.waiting import wait_for
from tests.hub.test_examples import ID, simulated

pytestmark = pytest.mark.timeout(600)
OWN = "function-story"
"""The function, and the Composition, of the stories that end and replace it: others need the hub's own."""
KILLS = 50
PAUSE = 1.0
"""So many seconds at most the function lives between two kills: for some calls it is enough, for others not."""
SECONDS = 300
"""How long a story's hub may take to be whole again; a fifth of it on an idle machine."""
GROUPS = {
    "kubernetesVersion": "1.35",
    "nodes": {"autoMode": {"enabled": False}, "groups": [{"name": "general", "instanceTypes": ["m7i.large"]}]},
}
ALL: dict[str, Callable[[Home], Part]] = {
    "etcd": parts.etcd,
    "apiserver": parts.api_server,
    "spoke-apiserver": parts.spoke_api_server,
    "controller-manager": parts.controller_manager,
    "crossplane": parts.core,
    "function": parts.function,
    "simulator": parts.simulator,
    "provider-kubernetes": parts.provider_kubernetes,
    "redis": parts.redis,
    "argocd-repo-server": parts.repo_server,
    "argocd-application-controller": parts.application_controller,
    "argocd-applicationset-controller": parts.applicationset_controller,
}
"""All parts of a hub that is up, in the order in which they need one another."""


def mend(hub: Hub) -> list[str]:
    """Starts what has ended.

    Returns:
        Names of what had ended.
    """
    crashed = [name for name in ALL if name in hub.processes.crashed()]
    for name in crashed:
        hub.processes.run([ALL[name](hub.home)])
    return crashed


@pytest.fixture
def whole(hub: Hub) -> Iterator[None]:
    """The stories that follow find a hub that is whole, also if this one failed."""
    yield
    mend(hub)


def check_nothing_lost_or_twice(team: Team) -> tuple[int, int]:
    """Everything on AWS belongs to one living managed resource, and each of them has its thing.

    Returns:
        How many managed resources there are, and how many things.
    """
    claims = [
        item["metadata"]["name"] for item in team.hub.list("fleet.argosy.dev/v1alpha1", "XEKSCluster", team.namespace)
    ]
    items = [item for name in claims for item in team.hub.composed(name, team.namespace).values()]
    managed = [item for item in items if item["kind"] not in ("Object", "Usage")]
    wanted = sorted((item["kind"], identity(item)) for item in managed)
    things = sorted((thing["kind"].split("/")[1], thing["identity"]) for thing in team.hub.aws(team.account))
    assert things == wanted
    return len(managed), len(things)


def identity(item: Item) -> str:
    """What AWS knows it by."""
    if item["kind"] == "Route":  # Terraform's id of it is a hash
        return str(item["metadata"]["annotations"][EXTERNAL_NAME])
    return str(item["status"]["atProvider"]["id"])


def masked(items: dict[str, Item]) -> dict[str, str]:
    """What each object asks for, without what AWS throws dice for."""
    return {key: ID.sub("ID", json.dumps(readable(item["spec"]), sort_keys=True)) for key, item in items.items()}


def readable(spec: Item) -> Item:
    """With the data of a Secret as text."""
    manifest = spec.get("forProvider", {}).get("manifest", {})
    if "data" not in manifest:
        return spec
    data = {name: b64decode(text).decode() for name, text in manifest["data"].items()}
    return {**spec, "forProvider": {**spec["forProvider"], "manifest": {**manifest, "data": data}}}


def check_as_undisturbed(team: Team, claim: Item) -> None:
    """It asks for the same as in a life that nobody disturbs."""
    calm = simulated(claim, team).observed
    assert masked(team.hub.composed(claim["metadata"]["name"], team.namespace)) == masked(calm)


def calls_of(hub: Hub) -> float:
    """How often Crossplane, since its last start, has called the stories' function and got an answer."""
    return hub.metric("function_run_function_response_total", grpc_code="OK", function_name=OWN)


def all_ready(team: Team, names: list[str]) -> bool:
    return all(condition(team.hub.claim(name, team.namespace) or {}, "Ready").get("status") == "True" for name in names)


@pytest.fixture
def function(hub: Hub) -> Iterator[Part]:
    """A function of the story's own, which runs."""
    part = parts.function(hub.home, OWN, Port.FUNCTION_OF_A_STORY)
    hub.own_function(OWN, Port.FUNCTION_OF_A_STORY)
    hub.processes.run([part])
    yield part
    hub.processes.end([part.name])


def test_the_function_is_killed_fifty_times_while_three_clusters_are_made(function: Part, team: Team) -> None:
    hub, dice = team.hub, random.Random(4)
    with_it = {"crossplane": {"compositionRef": {"name": OWN}}}
    claims = [
        team.claim("plain", **with_it),
        team.claim("groups", **GROUPS, **with_it),
        team.claim("single", network={"natGateways": "Single"}, **with_it),
    ]
    names = [claim["metadata"]["name"] for claim in claims]
    started, calls = time.monotonic(), calls_of(hub)
    with hub.aws_refusing():
        hub.faults(*({"match": {"crossplane.io/composite": name}, "slow": 6} for name in names))
        try:
            for claim in claims:
                hub.apply(claim)
            before_ready = 0
            for _ in range(KILLS):
                time.sleep(dice.uniform(0, PAUSE))  # the moment is what is random here
                before_ready += not all_ready(team, names)
                hub.processes.kill(function.name)
                hub.processes.run([function])
            killed, meanwhile = time.monotonic() - started, calls_of(hub) - calls
            for name in names[1:]:  # after so many failures Crossplane waits up to a minute; the first is not asked
                touch(team, "after the kills", name)
            for name in names:
                hub.until_ready(name, team.namespace, seconds=SECONDS)
            ready = time.monotonic() - started
        finally:
            hub.faults()
    for name in names:
        hub.until_settled(name, team.namespace, quiet=2, seconds=SECONDS)
    managed, things = check_nothing_lost_or_twice(team)
    print(f"\n{KILLS} kills of the function in {killed:.0f} s, {before_ready} of them before all three were Ready")
    print(
        f"all Ready after {ready:.0f} s, {calls_of(hub) - calls:.0f} calls answered, {meanwhile:.0f} between the kills"
    )
    print(f"{managed} managed resources, {things} things on AWS")
    assert meanwhile > 0, "no call came through between two kills"
    assert before_ready >= KILLS // 2, "the clusters were made before most of the kills: slow them down"
    for claim in claims:
        check_as_undisturbed(team, claim)


def freeze(hub: Hub, name: str, seconds: float) -> None:
    """A part does nothing for a while, as on a starved machine."""
    process = hub.processes.process(name)
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(process.pid, signal.SIGCONT)


@pytest.mark.alone
@pytest.mark.usefixtures("whole")
def test_every_part_is_killed_while_a_cluster_is_made_and_core_while_it_goes(team: Team) -> None:
    hub, dice = team.hub, random.Random(7)
    claim = team.claim("plain")
    victims = ["crossplane"] * 3 + [
        "simulator",
        "provider-kubernetes",
        "apiserver",
        "etcd",
        "controller-manager",
        "function",
    ]
    dice.shuffle(victims)
    hub.faults({"match": {"crossplane.io/composite": "plain"}, "slow": 6})
    started = time.monotonic()
    try:
        hub.apply(claim)
        for victim in victims:
            time.sleep(dice.uniform(0.2, 1.5))
            hub.processes.kill(victim)
            time.sleep(dice.uniform(0, 1))  # what the others do without it
            mend(hub)
        freeze(hub, "function", 3)
        killed = time.monotonic() - started
        until(
            hub,
            lambda: all_ready(team, ["plain"]),
            "the cluster is Ready",
            lambda: told(hub.claim("plain", team.namespace)),
        )
    finally:
        mend(hub)
        hub.faults()
    print(f"\n{len(victims)} kills in {killed:.0f} s: {', '.join(victims)}")
    print(f"Ready after {time.monotonic() - started:.0f} s")
    hub.until_settled("plain", team.namespace, quiet=2, seconds=SECONDS)
    check_nothing_lost_or_twice(team)
    check_as_undisturbed(team, claim)

    started = time.monotonic()
    team.leave()
    for _ in range(3):
        time.sleep(dice.uniform(0.2, 1))
        hub.processes.kill("crossplane")
        mend(hub)
    hub.until_gone("plain", team.namespace, seconds=SECONDS)
    print(f"3 kills of core while it is deleted, gone after {time.monotonic() - started:.0f} s")
    assert hub.aws(team.account) == []
    assert hub.secret("plain", team.namespace) is None


def until(hub: Hub, look: Callable[[], bool], what: str, instead: Callable[[], object] | None = None) -> None:
    """Waits, also while the API server does not answer."""

    def answered() -> bool:
        with suppress(ApiException, OSError):
            return look()
        return False

    wait_for(answered, what, seconds=SECONDS, every=0.3, instead=instead)


class Refusing(grpcv1.FunctionRunnerServiceServicer):
    """A function that answers FATAL, as ours does when something is wrong, but about everything."""

    def RunFunction(self, request: fnv1.RunFunctionRequest, _: Any) -> fnv1.RunFunctionResponse:  # noqa: N802  protocol
        reply = fnv1.RunFunctionResponse(meta=fnv1.ResponseMeta(tag=request.meta.tag))
        reply.results.append(fnv1.Result(severity=fnv1.SEVERITY_FATAL, message="not today"))
        return reply


class Failing(grpcv1.FunctionRunnerServiceServicer):
    """A function whose calls fail."""

    def RunFunction(self, _: fnv1.RunFunctionRequest, context: Any) -> fnv1.RunFunctionResponse:  # noqa: N802  protocol
        context.abort(grpc.StatusCode.INTERNAL, "out of memory")
        raise AssertionError


@contextmanager
def served(hub: Hub, servicer: grpcv1.FunctionRunnerServiceServicer) -> Iterator[list[socket.socket]]:
    """A function in the place of ours, with its certificates."""
    folder = hub.home.pki / "function"
    pair = ((folder / "tls.key").read_bytes(), (folder / "tls.crt").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], (folder / "ca.crt").read_bytes(), require_client_auth=True)
    server = grpc.server(futures.ThreadPoolExecutor(2))
    grpcv1.add_FunctionRunnerServiceServicer_to_server(servicer, server)  # type: ignore[no-untyped-call]
    server.add_secure_port(f"{LOOPBACK}:{Port.FUNCTION_OF_A_STORY}", credentials)
    server.start()
    try:
        yield []
    finally:
        server.stop(None).wait(10)


@contextmanager
def answered(greeting: bytes) -> Iterator[list[socket.socket]]:
    """Something else listens on the function's port; it says these bytes and holds on."""
    held: list[socket.socket] = []
    with socket.create_server((LOOPBACK, Port.FUNCTION_OF_A_STORY)) as server:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    held.append(connection)
                    with suppress(OSError):
                        connection.sendall(greeting)

        threading.Thread(target=listen, daemon=True).start()
        yield held
        server.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


def test_a_function_that_is_wrong_changes_nothing(function: Part, team: Team) -> None:
    """An answer that is empty and counts as success is left out: Crossplane would delete everything, as it must."""
    hub = team.hub
    hub.apply(team.claim("plain", crossplane={"compositionRef": {"name": OWN}}))
    hub.until_ready("plain", team.namespace, seconds=SECONDS)
    hub.until_settled("plain", team.namespace, quiet=2, seconds=SECONDS)
    before, aws = hub.versions("plain", team.namespace), hub.aws(team.account)
    wrong: dict[str, Callable[[], AbstractContextManager[list[socket.socket]]]] = {
        "answers FATAL": lambda: served(hub, Refusing()),
        "fails": lambda: served(hub, Failing()),
        "only listens and talks nonsense": lambda: answered(b"HTTP/1.1 200 OK\r\n\r\n" * 100),
        "only listens": lambda: answered(b""),
    }
    hub.processes.kill(function.name)
    for what, stand_in in wrong.items():
        started = time.monotonic()
        with stand_in() as held:
            # Crossplane waits two minutes for a connection before it says so; a call that waits is what we want to see
            said = hold(team, what, held) if "listens" in what else ask(team, what)
        print(f"\na function that {what}: {time.monotonic() - started:.1f} s, {said[:160]}")
        now = hub.versions("plain", team.namespace)
        assert {key for key in before if before[key] != now.get(key)} <= {""}, what
        assert hub.aws(team.account) == aws
    started = time.monotonic()
    hub.processes.run([function])

    def content() -> bool:
        claim = hub.claim("plain", team.namespace) or {}
        return [condition(claim, kind).get("status") for kind in ("Synced", "Ready", "Registered")] == ["True"] * 3

    wait_for(content, "the claim is content", seconds=SECONDS, instead=lambda: told(hub.claim("plain", team.namespace)))
    print(f"with ours again it is content after {time.monotonic() - started:.1f} s")
    now = hub.versions("plain", team.namespace)
    assert {key for key in before if before[key] != now.get(key)} <= {""}
    assert hub.aws(team.account) == aws


def hold(team: Team, mark: str, held: list[socket.socket]) -> str:
    """Has the function called, and waits until Crossplane has tried it twice."""
    touch(team, mark)
    wait_for(lambda: len(held) > 1, f"a function that {mark} was tried", seconds=SECONDS, instead=lambda: len(held))
    return f"Crossplane tried {len(held)} times"


def touch(team: Team, mark: str, name: str = "plain") -> Item:
    """Asks Crossplane to reconcile; the claim as it was before."""
    claim = team.hub.claim(name, team.namespace)
    assert claim is not None
    asked = {"crossplane.io/reconcile-requested-at": f"{mark} {time.time()}"}
    team.hub.patch(claim, {"metadata": {"annotations": asked}})
    return claim


def ask(team: Team, mark: str) -> str:
    """Has the function called, and waits until the claim says that this failed; what it says."""
    hub = team.hub
    said = condition(touch(team, mark), "Synced").get("message", "")

    def failed() -> str:
        found = condition(hub.claim("plain", team.namespace) or {}, "Synced")
        text: str = found.get("message", "") if found.get("status") == "False" else ""
        return "" if text == said else text

    return wait_for(
        failed,
        f"a function that {mark} is noticed",
        seconds=SECONDS,
        instead=lambda: told(hub.claim("plain", team.namespace)),
    )
