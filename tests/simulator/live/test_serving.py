"""The two ports, over real sockets, and the program that Argo CD runs for a token."""

from __future__ import annotations

import http.client
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from argosy.simulator.live import argocd_k8s_auth
from argosy.simulator.live.serving import HOST, serve_proxy, serve_state
from tests.simulator.live.server import ACCOUNT, Hub, provider_config
from tests.simulator.live.test_spoke import ARN, access, endpoint
from tests.simulator.objects import cluster_world

SCRIPT = Path(argocd_k8s_auth.__file__)
LIMIT = 10.0
"""Seconds after which a socket that says nothing is a failure."""


@pytest.fixture(scope="module")
def hub() -> Hub:
    hub = Hub()
    hub.server.create(provider_config(), *cluster_world(), *access())
    hub.settle()
    return hub


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("spoke-token\n")
    return file


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=LIMIT)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode().strip()
    connection.close()
    return found


def test_healthz_names_what_is_awaited(hub: Hub) -> None:
    missing = ["ec2/VPC", "iam/Role"]
    port = serve_state(0, hub.cloud, lambda: missing, None)
    assert get(port, "/healthz") == (503, "waiting for ec2/VPC, iam/Role")
    missing.clear()
    assert get(port, "/healthz") == (200, "ok")


def test_aws_is_told_by_account(hub: Hub) -> None:
    status, text = get(serve_state(0, hub.cloud, list, None), "/aws")
    assert status == 200
    cluster = next(thing for thing in json.loads(text)[ACCOUNT] if thing["kind"] == "eks/Cluster")
    assert (cluster["identity"], cluster["region"], cluster["ready"], cluster["leaving"]) == (
        "orders",
        "eu-west-1",
        True,
        False,
    )
    assert cluster["made"]["status"] == "ACTIVE"


def test_what_is_not_there_names_what_is(hub: Hub) -> None:
    status, text = get(serve_state(0, hub.cloud, list, None), "/")
    assert status == 404
    assert "/aws" in text


def test_each_request_for_a_token_is_logged(hub: Hub, token: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    port = serve_state(0, hub.cloud, list, token)
    assert get(port, f"/token?cluster=orders&role={ARN}") == (200, "spoke-token")
    assert get(port, "/token?cluster=orders&role=arn:x") == (403, "there is no IAM role arn:x")
    assert [record.message for record in caplog.records] == [
        f"token    cluster orders, role {ARN}: allowed",
        "token    cluster orders, role arn:x: denied, there is no IAM role arn:x",
    ]


def test_without_token_file_there_is_no_token(hub: Hub) -> None:
    status, text = get(serve_state(0, hub.cloud, list, None), f"/token?cluster=orders&role={ARN}")
    assert (status, text) == (403, "the simulator was started without --token-file")


def run(address: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As Argo CD runs it: by its path, with the proxy that leads to clusters only."""
    environment = {name: value for name, value in os.environ.items() if name != argocd_k8s_auth.ADDRESS}
    environment |= {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": ""}
    if address:
        environment[argocd_k8s_auth.ADDRESS] = address
    command = [sys.executable, "-I", str(SCRIPT), *arguments]  # -I: with nothing of ours to import
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False)


def test_argo_cd_gets_a_credential(hub: Hub, token: Path) -> None:
    port = serve_state(0, hub.cloud, list, token)
    done = run(f"http://{HOST}:{port}", "aws", "--cluster-name", "orders", "--role-arn", ARN, "--profile", "x")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["apiVersion"], told["kind"]) == ("client.authentication.k8s.io/v1beta1", "ExecCredential")
    assert told["status"]["token"] == "spoke-token"
    left = datetime.fromisoformat(told["status"]["expirationTimestamp"]) - datetime.now(UTC)
    assert timedelta(0) < left < timedelta(minutes=15)


def test_argo_cd_is_told_why_not(hub: Hub, token: Path) -> None:
    address = f"http://{HOST}:{serve_state(0, hub.cloud, list, token)}"
    done = run(address, "aws", "--cluster-name", "invoices", "--role-arn", ARN)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "argocd-k8s-auth: there is no EKS cluster invoices\n"


@pytest.mark.parametrize(("address", "reason"), [(None, "is not set"), ("http://127.0.0.1:1", "does not answer")])
def test_without_simulator_there_is_no_credential(address: str | None, reason: str) -> None:
    done = run(address, "aws", "--cluster-name", "orders")
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr


def test_the_script_can_be_run_by_itself() -> None:
    assert os.access(SCRIPT, os.X_OK)
    assert SCRIPT.read_text().startswith("#!/usr/bin/env python3\n")


@pytest.fixture
def ended() -> Event:
    """Set when a connection to the spoke's API server ends: to that of this test, for others end late."""
    return Event()


@pytest.fixture
def echo(ended: Event) -> Iterator[tuple[str, int]]:
    """Stands for the spoke's API server: says back what it hears, in capitals."""
    with socket.create_server((HOST, 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    while data := connection.recv(100):
                        connection.sendall(data.upper())
                ended.set()

        Thread(target=serve, daemon=True).start()
        yield server.getsockname()


@contextmanager
def connect(port: int, target: str) -> Iterator[tuple[socket.socket, str]]:
    """A tunnel, and the status that the proxy answered."""
    with socket.create_connection((HOST, port), LIMIT) as tunnel:
        tunnel.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = tunnel.recv(1000)
            assert piece, f"the proxy ended after {answer!r}"
            answer += piece
        yield tunnel, answer.decode().split()[1]


def test_a_cluster_is_reached_as_long_as_it_exists(echo: tuple[str, int]) -> None:
    hub = Hub()
    hub.server.create(provider_config(), *cluster_world())
    hub.settle()
    port, target = serve_proxy(0, hub.cloud, echo), f"{endpoint(hub.cloud)}:443"
    with connect(port, target) as (tunnel, status):
        assert status == "200"
        for word in (b"one", b"two"):
            tunnel.sendall(word)
            assert tunnel.recv(100) == word.upper()
        hub.server.delete_all()
        hub.settle()
        started = time.monotonic()
        assert tunnel.recv(100) == b"", "the tunnel outlives the cluster"
        assert time.monotonic() - started < LIMIT
    with connect(port, target) as (_, status):
        assert status == "403"


def test_whoever_leaves_a_tunnel_closes_it(hub: Hub, echo: tuple[str, int], ended: Event) -> None:
    with connect(serve_proxy(0, hub.cloud, echo), f"{endpoint(hub.cloud)}:443") as (_, status):
        assert status == "200"
        assert not ended.is_set()
    assert ended.wait(LIMIT), f"the spoke's side is still open {LIMIT} s later"


@pytest.mark.parametrize("target", ["example.com:443", "nonsense", ":443", "x.gr7.eu-west-1.eks.amazonaws.com:443"])
def test_nothing_else_is_reached(hub: Hub, echo: tuple[str, int], target: str) -> None:
    with connect(serve_proxy(0, hub.cloud, echo), target) as (_, status):
        assert status == "403"


def test_plain_requests_are_refused(hub: Hub, echo: tuple[str, int]) -> None:
    status, text = get(serve_proxy(0, hub.cloud, echo), "http://example.com/")
    assert (status, text) == (403, "this proxy leads to EKS clusters only, by CONNECT")


def test_a_spoke_that_is_down_is_a_bad_gateway(hub: Hub) -> None:
    with socket.create_server((HOST, 0)) as server:
        nobody = server.getsockname()
    with connect(serve_proxy(0, hub.cloud, nobody), f"{endpoint(hub.cloud)}:443") as (_, status):
        assert status == "502"
