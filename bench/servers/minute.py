"""Our function, but that it leaves to the SDK when it is called again: after a minute, whatever it waits for."""

from __future__ import annotations

from typing import Any

import click
import grpc
from crossplane.function import cli as sdk
from crossplane.function import response
from crossplane.function.proto.v1 import run_function_pb2 as fnv1

from argosy.function import FunctionRunner


class Minute(FunctionRunner):
    """What a function does whose author never thinks of it."""

    async def RunFunction(  # noqa: N802  (the name is the protocol's)
        self, request: fnv1.RunFunctionRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> fnv1.RunFunctionResponse:
        """Our answer, with the SDK's time to live."""
        reply = await super().RunFunction(request, context)
        reply.meta.ttl.CopyFrom(response.to(request).meta.ttl)
        return reply


@click.command()
@sdk.standard_options
def main(**options: object) -> None:
    """function-argosy, called again after a minute."""
    sdk.run(Minute(), **options)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
