"""Requests over gRPC's usual limit: refused as the server is by default, answered as it is set up on a hub."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import grpc
import pytest
import yaml
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.function import fill
from bench.cases import case
from bench.client import Client
from bench.contestants import CONTESTANTS, MEGABYTES, OURS, ROOT, USUAL_LIMIT
from bench.processes import Process

SETUP = ROOT / "examples" / "setup" / "function-runtime.yaml"
COMMAND = (*CONTESTANTS[OURS].command[:3], "--address", "{address}", "--insecure")
"""As the image runs it: sizes come from the environment."""


def environment() -> dict[str, str]:
    """What the function is told on a hub."""
    (runtime,) = (item for item in yaml.safe_load_all(SETUP.read_text()) if item["kind"] == "DeploymentRuntimeConfig")
    (container,) = runtime["spec"]["deploymentTemplate"]["spec"]["template"]["spec"]["containers"]
    return {item["name"]: item["value"] for item in container["env"]}


def long_request() -> fnv1.RunFunctionRequest:
    """The minimal claim, of which somebody has kept a lot: more than 4 MiB."""
    request = fnv1.RunFunctionRequest()
    request.CopyFrom(case("minimal").request)
    padding = USUAL_LIMIT // len(request.observed.resources)
    for item in request.observed.resources.values():
        fields = {"fieldsV1": {"f:status": {"f:atProvider": "x" * padding}}}
        fill(item.resource.fields["metadata"].struct_value, {"managedFields": [fields]})
    return request


def told(folder: Path, request: fnv1.RunFunctionRequest) -> fnv1.RunFunctionResponse:
    async def ask(address: str) -> bytes:
        async with Client(address) as client:
            return await client.ask(request.SerializeToString())

    with Process(dataclasses.replace(CONTESTANTS[OURS], command=COMMAND), folder, None) as server:
        return fnv1.RunFunctionResponse.FromString(asyncio.run(ask(server.address)))


def test_a_request_over_four_mebibytes_is_answered_as_the_hub_sets_the_function_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = long_request()
    assert USUAL_LIMIT < request.ByteSize() < 2 * USUAL_LIMIT
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    assert told(tmp_path, request) == case("minimal").answer


def test_without_that_it_is_refused(tmp_path: Path) -> None:
    """Else the setup would say something that changes nothing."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        told(tmp_path, long_request())
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_the_bench_tells_everybody_what_the_setup_tells_us() -> None:
    assert environment()["MAX_RECV_MESSAGE_SIZE"] == str(MEGABYTES)
