"""The real kubectl against a local hub: for installing, and for what a person would type."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.tools.build import built

APPLY = ("apply", "--server-side", "--force-conflicts")


class KubectlError(Exception):
    """A command failed; the message is the command and what it printed."""


class Kubectl:
    """kubectl as one user."""

    def __init__(self, kubeconfig: Path) -> None:
        """Does nothing yet.

        Args:
            kubeconfig: of the user.
        """
        self._start = (str(built("kubectl")), f"--kubeconfig={kubeconfig}")

    def run(self, *arguments: str, stdin: str | None = None, seconds: float = 60) -> str:
        """Runs a command.

        Returns:
            What it prints.

        Raises:
            KubectlError: it failed.
        """
        command = [*self._start, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
        if done.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def works(self, *arguments: str) -> bool:
        """Whether a command succeeds."""
        try:
            self.run(*arguments)
        except (KubectlError, subprocess.TimeoutExpired):
            return False
        return True

    def get(self, *arguments: str) -> dict[str, Any]:
        """What `get` returns, as an object.

        Raises:
            KubectlError: it failed.
        """
        found: dict[str, Any] = json.loads(self.run("get", *arguments, "--output=json"))
        return found

    def apply(self, items: Iterable[Mapping[str, Any]], *, seconds: float = 30, manager: str = "kubectl") -> None:
        """Applies objects, again until the API server knows their kinds: a new CustomResourceDefinition takes a while.

        Args:
            items: the objects.
            seconds: how long it may take until it knows them.
            manager: whose their fields are.

        Raises:
            KubectlError: it failed for another reason, or for too long.
        """
        text = yaml.safe_dump_all(items, sort_keys=False)
        until = time.monotonic() + seconds
        while True:
            try:
                self.run(*APPLY, f"--field-manager={manager}", "--filename=-", stdin=text)
                return
            except KubectlError as error:
                young = "no matches for kind" in str(error) or "ensure CRDs are installed first" in str(error)
                if not young or time.monotonic() > until:
                    raise
                time.sleep(0.2)


def documents(*paths: Path) -> list[dict[str, Any]]:
    """All objects of YAML files, in order."""
    return [item for path in paths for item in yaml.safe_load_all(path.read_text()) if item]
