"""The floor: decodes the request, encodes an answer that is ready. No Python function with this SDK can take less.

python -m bench.servers.floor --answers FOLDER --address HOST:PORT --insecure
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import grpc
from crossplane.function import cli as sdk
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1


class Floor(grpcv1.FunctionRunnerServiceServicer):
    """Answers by the request's tag."""

    def __init__(self, answers: Path) -> None:
        """Reads all answers of a folder."""
        self._answers = {
            file.stem: fnv1.RunFunctionResponse.FromString(file.read_bytes()) for file in answers.glob("*.bin")
        }

    async def RunFunction(  # noqa: N802  (the name is the protocol's)
        self, request: fnv1.RunFunctionRequest, _: grpc.aio.ServicerContext[Any, Any]
    ) -> fnv1.RunFunctionResponse:
        """Gives the answer as it is."""
        return self._answers[request.meta.tag]


@click.command()
@click.option("--answers", type=click.Path(path_type=Path, exists=True), required=True)
@sdk.standard_options
def main(answers: Path, **options: object) -> None:
    """The floor."""
    sdk.run(Floor(answers), **options)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
