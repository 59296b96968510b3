"""The function server: the SDK's command line, and connections that end."""

import gc

import click
from crossplane.function import cli as sdk
from crossplane.function import logging, runtime

from argosy.function import FunctionRunner

CONNECTION_AGE_SECONDS = 300
"""After so long a connection is closed once its calls have ended. Crossplane shares its calls among the pods that it
found when it connected, and looks for others only when a connection ends (crossplane v2.4.0,
internal/xfn/function_runner.go): a pod that is added later would get no call for as long as the others live."""

MEGABYTE = 1024 * 1024


@click.command()
@sdk.standard_options
def main(
    *,
    debug: bool,
    address: str,
    tls_certs_dir: str | None,
    insecure: bool,
    max_recv_message_size: int,
    max_send_message_size: int | None,
) -> None:
    """function-argosy: composes EKS clusters."""
    logging.configure(level=logging.Level.DEBUG if debug else logging.Level.INFO)
    sent = max_recv_message_size if max_send_message_size is None else max_send_message_size
    # the SDK's own `run` takes no option of gRPC's beside these sizes
    options = [
        ("grpc.max_receive_message_length", max_recv_message_size * MEGABYTE),
        ("grpc.max_send_message_length", sent * MEGABYTE),
        ("grpc.max_connection_age_ms", CONNECTION_AGE_SECONDS * 1000),
    ]
    # what was imported stays: a collector that looks at all of it now and then would keep one call in a hundred waiting
    gc.freeze()
    credentials = runtime.load_credentials(tls_certs_dir)  # type: ignore[arg-type]  # it takes None, too
    runtime.serve(FunctionRunner(), address, creds=credentials, insecure=insecure, options=options)


if __name__ == "__main__":
    main()
