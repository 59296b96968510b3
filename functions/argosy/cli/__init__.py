"""The command line `argosy`: the same code as the function, for people and for CI (design 9)."""

from __future__ import annotations

import click

from argosy import __version__
from argosy.cli.graph import graph
from argosy.cli.render import render
from argosy.cli.simulate import simulate
from argosy.cli.validate import validate


@click.group()
@click.version_option(__version__, prog_name="argosy")
def main() -> None:
    """Argosy: one claim becomes an EKS cluster that Argo CD knows."""


main.add_command(render)
main.add_command(simulate)

main.add_command(validate)
main.add_command(graph)
