"""The command line `argosy`: the same code as the function, for people and for CI (design 9)."""

from __future__ import annotations

import click

from argosy import __version__
from argosy.cli.adopt import adopt
from argosy.cli.graph import graph
from argosy.cli.render import render
from argosy.cli.simulate import simulate
from argosy.cli.validate import validate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="argosy")
def main() -> None:
    """Argosy: one claim becomes an EKS cluster that Argo CD knows.

    CLAIM is a file of one or more claims, a folder of such files, or - for standard input. Exit status: 0 done, 1 a
    claim is refused, 2 wrong use.

    Of many claims render and validate print on all cores what one process would. Who waits sees a bar on standard
    error.
    """


main.add_command(render)
main.add_command(simulate)
main.add_command(validate)
main.add_command(graph)
main.add_command(adopt)
