"""The two ports of the simulator: one for people, tests and the authenticator, one that is the spokes' network."""

from __future__ import annotations

import json
import logging
import select
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from argosy.simulator.live.cloud import Cloud
from argosy.simulator.live.spoke import DeniedError, check_access, check_target

HOST = "127.0.0.1"
LOOK_SECONDS = 0.5
"""How often an open tunnel asks whether its cluster still exists."""
CONNECT_SECONDS = 5.0
CHUNK = 65536


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing: events are logged where they happen."""

    def answer(self, status: HTTPStatus, body: str, kind: str = "text/plain") -> None:
        data = f"{body}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def serve_state(port: int, cloud: Cloud, waiting: Callable[[], list[str]], token: Path | None) -> int:
    """Serves `/healthz`, `/aws` and `/token` until the process ends.

    Args:
        port: where; 0 for any.
        cloud: what exists on AWS.
        waiting: the kinds that are not listed yet.
        token: the file that holds the token for the spoke's API server; None to give none.

    Returns:
        The port.
    """

    class Handler(_Handler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/healthz":
                missing = waiting()
                text = f"waiting for {', '.join(missing)}" if missing else "ok"
                self.answer(HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK, text)
            elif url.path == "/aws":
                with cloud.lock:
                    text = json.dumps(cloud.told(), indent=1)
                self.answer(HTTPStatus.OK, text, "application/json")
            elif url.path == "/token":
                query = {name: values[-1] for name, values in parse_qs(url.query).items()}
                self.answer(*_token(cloud, query, token))
            else:
                self.answer(HTTPStatus.NOT_FOUND, "there are /healthz, /aws and /token?cluster=NAME&role=ARN")

    return _start(port, Handler)


def _token(cloud: Cloud, query: Mapping[str, str], token: Path | None) -> tuple[HTTPStatus, str]:
    cluster, role = query.get("cluster", ""), query.get("role", "")
    asked = f"token    cluster {cluster}, role {role}"
    try:
        check_access(cloud, cluster, role)
        if token is None:
            raise DeniedError("the simulator was started without --token-file")
        text = token.read_text().strip()
    except (DeniedError, OSError) as error:
        logging.warning("%s: denied, %s", asked, error)
        return HTTPStatus.FORBIDDEN, str(error)
    logging.info("%s: allowed", asked)
    return HTTPStatus.OK, text


def serve_proxy(port: int, cloud: Cloud, spoke: tuple[str, int]) -> int:
    """Serves HTTP CONNECT to the endpoints of EKS clusters until the process ends.

    Args:
        port: where; 0 for any.
        cloud: what exists on AWS.
        spoke: host and port of the API server that all clusters share.

    Returns:
        The port.
    """

    class Handler(_Handler):
        def do_CONNECT(self) -> None:
            host, _, port = self.path.rpartition(":")
            try:
                target = host, int(port)
                check_target(cloud, *target)
                there = socket.create_connection(spoke, CONNECT_SECONDS)
            except (DeniedError, ValueError) as error:
                logging.warning("network  %s: denied, %s", self.path, error)
                self.answer(HTTPStatus.FORBIDDEN, str(error))
                return
            except OSError as error:
                self.answer(HTTPStatus.BAD_GATEWAY, f"the spoke's API server does not answer: {error}")
                return
            with there:
                self.send_response(HTTPStatus.OK, "Connection established")
                self.end_headers()
                _tunnel(self.connection, there, lambda: check_target(cloud, *target))
            self.close_connection = True

        def do_GET(self) -> None:
            self.answer(HTTPStatus.FORBIDDEN, "this proxy leads to EKS clusters only, by CONNECT")

        do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  names of http.server

    return _start(port, Handler)


def _tunnel(here: socket.socket, there: socket.socket, check: Callable[[], None]) -> None:
    """Carries bytes both ways until one side ends or `check` refuses."""
    while True:
        readable, _, _ = select.select([here, there], [], [], LOOK_SECONDS)
        try:
            check()
            for source in readable:
                data = source.recv(CHUNK)
                if not data:
                    return
                (there if source is here else here).sendall(data)
        except (DeniedError, OSError):
            return


def _start(port: int, handler: type[BaseHTTPRequestHandler]) -> int:
    server = ThreadingHTTPServer((HOST, port), handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name=f"port {server.server_port}", daemon=True).start()
    return server.server_port
