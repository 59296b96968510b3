"""A function that does what its XR says, to test the harness with; it knows nothing of Argosy.

`spec.compose` lists the keys of VPCs to compose, `spec.fatal` is the text of a FATAL result. What was found
of the required resource `facts` is repeated in the status.
"""

from __future__ import annotations

from typing import Any

import click
from crossplane.function import cli, request, resource, response
from crossplane.function.proto.v1 import run_function_pb2 as fnv1
from crossplane.function.proto.v1 import run_function_pb2_grpc as grpcv1


class Runner(grpcv1.FunctionRunnerServiceServicer):
    """Serves the sample."""

    async def RunFunction(self, req: fnv1.RunFunctionRequest, _: Any) -> fnv1.RunFunctionResponse:  # noqa: N802
        """Compose what the XR lists."""
        answer = response.to(req)
        xr = resource.struct_to_dict(req.observed.composite.resource)
        if text := xr["spec"].get("fatal"):
            response.fatal(answer, text)
            return answer
        for key in xr["spec"]["compose"]:
            vpc = {
                "apiVersion": "ec2.aws.m.upbound.io/v1beta1",
                "kind": "VPC",
                "metadata": {"name": f"sample-{key}"},
                "spec": {"forProvider": {"region": "eu-west-1", "ipv4NetmaskLength": 16}},
            }
            resource.update(answer.desired.resources[key], vpc)
        found = [fact["data"]["hub"] for fact in request.get_required_resources(req, "facts")]
        resource.update(answer.desired.composite, {"status": {"hubs": found}})
        response.normal(answer, "composed")
        return answer


@click.command()
@cli.standard_options
def main(**options: Any) -> None:
    """Run the server."""
    cli.run(Runner(), **options)


if __name__ == "__main__":
    main()
