"""The client against an HTTP server that answers as an API server does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from argosy.simulator.live.api import Api, FailedError, Resource

VPC = Resource(path="ec2.aws.m.upbound.io/VPC", group="ec2.aws.m.upbound.io", kind="VPC")
CONFIG = Resource(path="ConfigMap", group="", kind="ConfigMap", namespace="argosy-simulator", name="simulator")
GROUP = "/apis/ec2.aws.m.upbound.io"
EKS = "/apis/eks.aws.upbound.io"
ANSWERS: dict[str, Any] = {
    GROUP: {"versions": [{"groupVersion": "ec2.aws.m.upbound.io/v1beta1"}]},
    f"{GROUP}/v1beta1": {"resources": [{"name": "vpcs/status", "kind": "VPC"}, {"name": "vpcs", "kind": "VPC"}]},
    f"{GROUP}/v1beta1/vpcs": {
        "apiVersion": "ec2.aws.m.upbound.io/v1beta1",
        "kind": "VPCList",
        "metadata": {"resourceVersion": "77"},
        "items": [{"metadata": {"name": "vpc"}}],
    },
    "/api/v1": {"resources": [{"name": "configmaps", "kind": "ConfigMap"}]},
    EKS: {"versions": [{"groupVersion": f"eks.aws.upbound.io/{version}"} for version in ("v1beta2", "v1beta1")]},
    f"{EKS}/v1beta2": {"resources": [{"name": "clusters", "kind": "Cluster"}]},
    f"{EKS}/v1beta1": {
        "resources": [{"name": "clusters", "kind": "Cluster"}, {"name": "addons", "kind": "Addon"}],
    },
}
EVENTS = [
    {"type": "ADDED", "object": {"metadata": {"name": "ä" * 40_000}}},
    {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "90"}}},
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, dict[str, list[str]], Any]]
    fails: dict[str, int]
    events: list[dict[str, Any]]

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.seen.append(("GET", url.path, parse_qs(url.query), None))
        if "watch" in parse_qs(url.query):
            self._stream()
        else:
            self._answer(url.path, ANSWERS.get(url.path))

    def do_PUT(self) -> None:
        url = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(("PUT", url.path, parse_qs(url.query), body))
        self._answer(url.path, {**body, "answered": True})

    def _answer(self, path: str, body: Any) -> None:
        status = self.fails.get(path, 200 if body is not None else 404)
        data = json.dumps(body if status == 200 else {"kind": "Status", "message": f"it is {status}"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        """In pieces that end where no event ends."""
        data = b"".join(json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in self.events)
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(data), 7_001):
            piece = data[start : start + 7_001]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")


@pytest.fixture
def handler() -> Iterator[type[Handler]]:
    class Mine(Handler):
        seen = []
        fails = {}
        events = EVENTS

    yield Mine


@pytest.fixture
def server(handler: type[Handler]) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def api(server: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    file = tmp_path / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "hub", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "me", "user": {"token": "secret"}}],
        "contexts": [{"name": "hub", "context": {"cluster": "hub", "user": "me"}}],
        "current-context": "hub",
    }
    file.write_text(json.dumps(config))
    return Api(str(file))


def test_a_kubeconfig_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    for text in ("{}", "kind: Config\n"):
        file.write_text(text)
        with pytest.raises(ValueError, match=f"kubeconfig {file}: Invalid kube-config"):
            Api(str(file))


def test_where_a_kind_is_listed(api: Api) -> None:
    assert api.discover(VPC) == f"{GROUP}/v1beta1/vpcs"
    assert api.discover(CONFIG) == "/api/v1/namespaces/argosy-simulator/configmaps"


@pytest.mark.parametrize(
    ("kind", "where"), [("Cluster", f"{EKS}/v1beta2/clusters"), ("Addon", f"{EKS}/v1beta1/addons")]
)
def test_a_kind_is_listed_in_the_newest_version_that_has_it(api: Api, kind: str, where: str) -> None:
    assert api.discover(Resource(path=f"eks.aws.upbound.io/{kind}", group="eks.aws.upbound.io", kind=kind)) == where


@pytest.mark.parametrize(
    "resource",
    [
        Resource(path="eks.aws.m.upbound.io/Cluster", group="eks.aws.m.upbound.io", kind="Cluster"),
        Resource(path="ec2.aws.m.upbound.io/Subnet", group="ec2.aws.m.upbound.io", kind="Subnet"),
    ],
)
def test_a_kind_without_definition_is_listed_nowhere(api: Api, resource: Resource) -> None:
    assert api.discover(resource) is None


def test_discovery_that_fails_is_no_answer(api: Api, handler: type[Handler]) -> None:
    handler.fails[GROUP] = 503
    with pytest.raises(FailedError) as raised:
        api.discover(VPC)
    assert (raised.value.status, raised.value.passing) == (503, True)


def test_listed_objects_say_what_they_are(api: Api, handler: type[Handler]) -> None:
    items, version = api.list(f"{GROUP}/v1beta1/vpcs", "")
    assert items == [{"apiVersion": "ec2.aws.m.upbound.io/v1beta1", "kind": "VPC", "metadata": {"name": "vpc"}}]
    assert version == "77"
    api.list(f"{GROUP}/v1beta1/vpcs", "one")
    assert handler.seen[-1][2] == {"fieldSelector": ["metadata.name=one"]}


def test_events_are_whole_however_they_arrive(api: Api, handler: type[Handler]) -> None:
    events = list(api.watch(f"{GROUP}/v1beta1/vpcs", "", "77"))
    assert events == [(event["type"], event["object"]) for event in EVENTS]
    assert handler.seen[-1][2]["resourceVersion"] == ["77"]
    assert handler.seen[-1][2]["allowWatchBookmarks"] == ["true"]


def test_a_watch_that_is_too_old_fails_with_410(api: Api, handler: type[Handler]) -> None:
    handler.events = [EVENTS[1], {"type": "ERROR", "object": {"code": 410, "message": "too old"}}]
    watch = api.watch(f"{GROUP}/v1beta1/vpcs", "", "77")
    assert next(watch)[0] == "BOOKMARK"
    with pytest.raises(FailedError, match="too old") as raised:
        next(watch)
    assert raised.value.status == 410


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ({"name": "vpc", "namespace": "team"}, f"{GROUP}/v1beta1/namespaces/team/vpcs/vpc"),
        ({"name": "argosy"}, f"{GROUP}/v1beta1/vpcs/argosy"),
    ],
)
def test_where_objects_and_statuses_are_written(
    api: Api, handler: type[Handler], metadata: dict[str, str], path: str
) -> None:
    item = {"metadata": metadata}
    assert api.replace(f"{GROUP}/v1beta1/vpcs", item) == {**item, "answered": True}
    api.replace(f"{GROUP}/v1beta1/vpcs", item, status=True)
    assert [call[:2] for call in handler.seen] == [("PUT", path), ("PUT", f"{path}/status")]
    assert handler.seen[0][2] == {"fieldManager": ["provider"]}


@pytest.mark.parametrize(("status", "passing"), [(404, False), (409, False), (422, False), (429, True), (500, True)])
def test_refusals_carry_the_status_and_what_the_server_says(
    api: Api, handler: type[Handler], status: int, passing: bool
) -> None:
    handler.fails[f"{GROUP}/v1beta1/namespaces/team/vpcs/vpc"] = status
    with pytest.raises(FailedError, match=f"it is {status}") as raised:
        api.replace(f"{GROUP}/v1beta1/vpcs", {"metadata": {"name": "vpc", "namespace": "team"}})
    assert (raised.value.status, raised.value.passing) == (status, passing)


def test_a_server_that_is_gone_is_status_0(api: Api, server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()
    for call in (lambda: api.discover(VPC), lambda: list(api.watch("/x", "", "1"))):
        with pytest.raises(FailedError) as raised:
            call()
        assert (raised.value.status, raised.value.passing) == (0, True)
