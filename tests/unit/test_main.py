"""The server's connections, by a process of its own: what Crossplane's client meets."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import psutil
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1

from tests.render.server import serving

YOUNG = "import argosy.main as server; server.CONNECTION_AGE_SECONDS = 1; server.main()"
"""The server, with connections that end after a second instead of minutes."""
SECONDS = 4
CALLERS = 8


def peers(port: int, client: psutil.Process) -> set[int]:
    """Ports that a process calls a server from at the moment."""
    connections = client.net_connections(kind="tcp")
    return {one.laddr.port for one in connections if one.raddr and one.raddr.port == port}


def test_connections_end_and_no_call_is_lost() -> None:
    """A client looks for other pods when a connection ends; calls that are under way meanwhile are answered."""
    with serving([sys.executable, "-c", YOUNG]) as address, grpc.insecure_channel(address) as channel:
        stub = grpcv1.FunctionRunnerServiceStub(channel)  # type: ignore[no-untyped-call]
        port, until = int(address.rpartition(":")[2]), time.monotonic() + SECONDS

        def call() -> int:
            answered = 0
            while time.monotonic() < until:
                stub.RunFunction(fnv1.RunFunctionRequest(), timeout=10, wait_for_ready=True)  # a lost one raises
                answered += 1
            return answered

        with ThreadPoolExecutor(CALLERS) as callers:
            answered = [callers.submit(call) for _ in range(CALLERS)]
            seen: set[int] = set()
            while time.monotonic() < until:
                seen |= peers(port, psutil.Process())
                time.sleep(0.02)
        assert all(one.result() > 0 for one in answered)
    assert len(seen) > 1
