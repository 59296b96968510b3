"""The Git repository of a local hub: where people push claims to, and what Argo CD reads."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.hub.local.home import Home
from tests.hub.local.parts import HERE
from tests.tools.build import built

AUTHOR = ("-c", "user.name=Argosy", "-c", "user.email=argosy@example.org")


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a folder.

    Returns:
        What it prints.

    Raises:
        RuntimeError: it failed; the message is what it said.
    """
    command = ["git", "-C", str(folder), *AUTHOR, *arguments]
    # without a repository of its own, Git would commit and push what is being worked on in the checkout around it
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent.resolve())}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def write_fleet(home: Home) -> None:
    """Makes the repository and a clone of it to work in, once; a push tells Argo CD, as a forge's webhook does."""
    if home.fleet.exists():
        return
    git(home.path, "init", "--quiet", "--bare", "--initial-branch=main", str(home.repository))
    annotate = f"{built('kubectl')} --kubeconfig={home.kubeconfig} --namespace=argocd annotate --all --overwrite"
    hook = home.repository / "hooks" / "post-receive"
    hook.write_text(
        "#!/bin/sh\n"
        f"{annotate} applicationsets argocd.argoproj.io/application-set-refresh=true >/dev/null\n"
        f"{annotate} applications argocd.argoproj.io/refresh=normal >/dev/null\n"
    )
    hook.chmod(0o755)
    new = home.path / "fleet.new"  # whole or not at all: after Ctrl-C the next `make hub` makes it anew
    shutil.rmtree(new, ignore_errors=True)
    git(home.path, "clone", "--quiet", str(home.repository), str(new))
    shutil.copytree(HERE / "fleet", new, dirs_exist_ok=True)
    git(new, "checkout", "--quiet", "-B", "main")
    git(new, "add", "--all")
    git(new, "commit", "--quiet", "--allow-empty", "--message=A fleet without clusters")
    git(new, "push", "--quiet", "origin", "main")
    new.rename(home.fleet)
