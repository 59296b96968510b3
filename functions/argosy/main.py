"""The function server: the SDK's command line, nothing of our own."""

import click
from crossplane.function import cli as sdk

from argosy.function import FunctionRunner


@click.command()
@sdk.standard_options
def main(**options: object) -> None:
    """function-argosy: composes EKS clusters."""
    sdk.run(FunctionRunner(), **options)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
