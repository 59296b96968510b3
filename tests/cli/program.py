"""Runs `argosy` in this process, on claims that a test writes down."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from argosy.cli import main
from tests.support.lives import ROOT

EXAMPLES = ROOT / "examples" / "xekscluster"
MINIMAL = str(EXAMPLES / "minimal.yaml")
HEAD = """\
apiVersion: fleet.argosy.dev/v1alpha1
kind: XEKSCluster
metadata:
  name: orders
  namespace: team-orders
"""
"""Lines 1 to 5 of a claim; `spec` is line 6."""
CLAIM = f"{HEAD}spec:\n  region: eu-west-1\n"


def argosy(*arguments: str | Path, given: str | bytes | None = None) -> Result:
    """What a command prints; a traceback fails the test at once."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in (0, 1, 2)
    return result


def claim(folder: Path, text: str | bytes, name: str = "claim.yaml") -> Path:
    """A file with that text."""
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file
