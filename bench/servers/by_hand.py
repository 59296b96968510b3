"""A function as people write it by hand with the SDK: everything becomes a dict, and dicts become resources.

python -m bench.servers.by_hand --recipes FOLDER --address HOST:PORT --insecure
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import grpc
from crossplane.function import cli as sdk
from crossplane.function import resource, response
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1

Compose = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[dict[str, dict[str, Any]], dict[str, Any]]]


class ByHand(grpcv1.FunctionRunnerServiceServicer):
    """Composes by the recipe that the request's tag names."""

    def __init__(self, recipes: Path) -> None:
        """Imports all recipes of a folder."""
        self._recipes = {file.stem: _compose(file) for file in recipes.glob("*.py")}

    async def RunFunction(  # noqa: N802  (the name is the protocol's)
        self, request: fnv1.RunFunctionRequest, _: grpc.aio.ServicerContext[Any, Any]
    ) -> fnv1.RunFunctionResponse:
        """Composes."""
        reply = response.to(request)
        xr = resource.struct_to_dict(request.observed.composite.resource)
        observed = {key: resource.struct_to_dict(item.resource) for key, item in request.observed.resources.items()}
        desired, status = self._recipes[request.meta.tag](xr, observed)
        for key, manifest in desired.items():
            resource.update(reply.desired.resources[key], manifest)
            if resource.get_condition(request.observed.resources.get(key), "Ready").status == "True":
                reply.desired.resources[key].ready = fnv1.READY_TRUE
        resource.update(reply.desired.composite, {"status": status})
        return reply


def _compose(file: Path) -> Compose:
    spec = importlib.util.spec_from_file_location(f"recipe_{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Compose = module.compose
    return found


@click.command()
@click.option("--recipes", type=click.Path(path_type=Path, exists=True), required=True)
@sdk.standard_options
def main(recipes: Path, **options: object) -> None:
    """A hand-written function."""
    sdk.run(ByHand(recipes), **options)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
