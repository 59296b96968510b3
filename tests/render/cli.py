"""The real `crossplane render`, as a user runs it, on files."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.render.internal_render import Event
from tests.render.observed import adopted
from tests.tools.build import built

Object = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What the CLI printed.

    Attributes:
        xr: The composite resource, spec and metadata included; empty after a failure.
        composed: Composed resources, sorted by key.
        events: What core would send, as the CLI prints it: as objects of kind `Result`.
        fatal: The function returned a FATAL result; then nothing else is printed.
        stderr: Why it failed; empty if it did not.
    """

    xr: dict[str, Any]
    composed: list[dict[str, Any]]
    events: list[Event]
    fatal: bool
    stderr: str


def render(
    xr: Object,
    composition: Object,
    functions: Mapping[str, str],
    *,
    observed: Iterable[Object] = (),
    required: Iterable[Object] = (),
    xrd: Object | None = None,
) -> Printed:
    """Run `crossplane render --include-full-xr --include-function-results`.

    The arguments are those of `internal_render.reconcile`; with `xrd` the XRD's defaults are applied too.

    Raises:
        RuntimeError: The CLI failed otherwise than by a FATAL result.
        FileNotFoundError: The CLI or core is not built.
    """
    files: dict[str, list[Object]] = {
        "xr": [xr],
        "composition": [composition],
        "functions": [development_function(name, address) for name, address in functions.items()],
        "--observed-resources": [*adopted(observed, xr)],
        "--required-resources": list(required),
        "--xrd": [xrd] if xrd is not None else [],
    }
    flags = [
        "--include-full-xr",
        "--include-function-results",
        f"--crossplane-binary={built('crossplane-core')}",
    ]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.run(
            [built("crossplane-cli"), "render", *flags, *_written(files, Path(folder))],
            # The CLI reads and writes a configuration below HOME.
            env=os.environ | {"HOME": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    return _printed(process)


def composite_of(claim: Path, name: str) -> dict[str, Any]:
    """Run `crossplane xr generate`: the composite behind a claim.

    Args:
        claim: a file of one claim.
        name: of the composite, which would be random else.

    Raises:
        RuntimeError: The CLI failed.
        FileNotFoundError: The CLI is not built.
    """
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.run(
            [built("crossplane-cli"), "xr", "generate", str(claim), f"--name={name}"],
            env=os.environ | {"HOME": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    if process.returncode:
        raise RuntimeError(process.stderr)
    found: dict[str, Any] = yaml.safe_load(process.stdout)
    return found


def _written(files: Mapping[str, list[Object]], folder: Path) -> Iterator[str]:
    for name, documents in files.items():
        path = folder / f"{name.strip('-')}.yaml"
        # As JSON: PyYAML writes the string "n" without quotes, which Go reads as false.
        path.write_text("\n---\n".join(map(json.dumps, documents)))
        if not name.startswith("--"):
            yield str(path)
        elif documents:
            yield f"{name}={path}"


def development_function(name: str, address: str) -> dict[str, Any]:
    """Return the Function that makes the CLI call a running process instead of an image."""
    return {
        "apiVersion": "pkg.crossplane.io/v1",
        "kind": "Function",
        "metadata": {
            "name": name,
            "annotations": {
                "render.crossplane.io/runtime": "Development",
                "render.crossplane.io/runtime-development-target": address,
            },
        },
        "spec": {"package": f"xpkg.example.org/argosy/{name}:v0.0.0"},
    }


def _printed(process: subprocess.CompletedProcess[str]) -> Printed:
    fatal = process.returncode != 0 and "pipeline returned fatal" in process.stderr
    if process.returncode and not fatal:
        raise RuntimeError(process.stderr)
    documents = [document for document in yaml.safe_load_all(process.stdout) if document]
    results = [document for document in documents if document["apiVersion"].startswith("render.crossplane.io/")]
    objects = [document for document in documents if document not in results]
    return Printed(
        xr=objects[0] if objects else {},
        composed=objects[1:],
        events=[
            Event(type=result["severity"], reason=result["reason"], message=result["message"]) for result in results
        ],
        fatal=fatal,
        stderr=process.stderr,
    )
