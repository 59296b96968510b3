"""The function, installed by the steps of its Dockerfile."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packages.dockerfile import DOCKERFILE, exec_form, run, stages


@dataclass(frozen=True)
class Installed:
    """What the builder stage made.

    Attributes:
        folder: what is copied into the runtime stage.
        command: the runtime stage's entry point, with the machine's Python in place of the image's, which finds
            nothing but that folder.
    """

    folder: Path
    command: list[str]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Run the builder stage; its result."""
    workdir = tmp_path_factory.mktemp("builder")
    _, (builder, runtime) = stages(DOCKERFILE.read_text())
    run(builder, workdir)

    origin, source, target = runtime.one("COPY").split()
    assert origin == f"--from={builder.name}"
    folder = workdir / Path(source).relative_to(builder.one("WORKDIR"))
    assert runtime.environment["PYTHONPATH"] == target
    environment = [f"{name}={value}" for name, value in (runtime.environment | {"PYTHONPATH": str(folder)}).items()]
    interpreter, *arguments = exec_form(runtime.one("ENTRYPOINT"))
    assert interpreter == "/usr/bin/python3"
    bare = tmp_path_factory.mktemp("runtime")
    subprocess.run(["python3", "-m", "venv", "--without-pip", bare], check=True)
    return Installed(folder, ["env", "-i", *environment, str(bare / "bin" / "python3"), *arguments])
