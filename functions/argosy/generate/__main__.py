"""`python -m argosy.generate write | verify`, which `make generate` and `make verify` run."""

from __future__ import annotations

from pathlib import Path

import click

from argosy.generate import outputs

ROOT = Path(__file__).resolve().parents[3]
"""The checkout: the package is installed in place."""


@click.group()
def main() -> None:
    """Write what the models produce, or check that it is current."""


@main.command()
def write() -> None:
    """Write every generated file."""
    changed = outputs.write(ROOT)
    for path in changed:
        click.echo(path)
    click.echo(f"{len(changed)} of {len(outputs.outputs())} files changed", err=True)


@main.command()
def verify() -> None:
    """Check that the generated files are those that the models produce."""
    problems = list(outputs.drift(ROOT))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        click.echo("\nrun `make generate` and commit what it writes", err=True)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
