"""Build the packages: stage what belongs to each, then run the real `crossplane xpkg build` on it.

The CLI packs every YAML file below one folder and refuses kinds that a package may not hold, so a package cannot be
built from where its parts stand. The same files give the same bytes. Neither Docker nor a network is needed, but for
the function's image, which must be given:

    python package/build.py [--registry REGISTRY] [--runtime-image-tarball PATH] [--output FOLDER]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.tools.build import built  # noqa: E402  (a script's own folder is all that Python looks into)

REGISTRY = "xpkg.example.org/argosy"
"""Where our packages are, as their metadata says it: a reserved name, to be replaced by your own."""

EXAMPLES = "examples"
"""Folder below a staged package that the CLI keeps out of what is installed."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package.

    Attributes:
        name: file name of the result, without `.xpkg`.
        metadata: its `crossplane.yaml`.
        contents: patterns of what else belongs to it, each of which must match.
        examples: patterns of examples, which marketplaces show.
        has_runtime: whether an image is part of it.
    """

    name: str
    metadata: str
    contents: tuple[str, ...]
    examples: tuple[str, ...] = ()
    has_runtime: bool = False


PACKAGES = (
    Package(
        name="argosy",
        metadata="package/argosy/crossplane.yaml",
        contents=("xrds/xeksclusters.fleet.argosy.dev.yaml",),
        examples=("examples/xekscluster/*.yaml",),
    ),
    Package(
        name="argosy-upbound",
        metadata="package/argosy-upbound/crossplane.yaml",
        contents=("compositions/*/upbound.yaml", "package/argosy-upbound/activation.yaml"),
    ),
    Package(
        name="argosy-ack",
        metadata="package/argosy-ack/crossplane.yaml",
        contents=("compositions/*/ack.yaml", "package/argosy-ack/activation.yaml"),
    ),
    Package(
        name="argosy-claims",
        metadata="package/argosy-claims/crossplane.yaml",
        contents=(
            "xrds/*.claims.fleet.argosy.dev.yaml",
            "compositions/*/upbound-cluster.yaml",
            "package/argosy-claims/activation.yaml",
        ),
        examples=("examples/ekscluster/*.yaml",),
    ),
    Package(
        name="function-argosy",
        metadata="functions/package/crossplane.yaml",
        contents=("functions/package/input/*.yaml",),
        has_runtime=True,
    ),
)


class CannotBuildError(Exception):
    """Says what is missing and what to do."""


def stage(package: Package, folder: Path, registry: str) -> None:
    """Write what belongs to a package into a folder of its own.

    Raises:
        CannotBuildError: a file is missing.
    """
    shutil.rmtree(folder, ignore_errors=True)
    examples = folder / EXAMPLES
    examples.mkdir(parents=True)
    (folder / "crossplane.yaml").write_text(_text(ROOT / package.metadata, registry))
    for patterns, target in ((package.contents, folder), (package.examples, examples)):
        for path in _matching(patterns):
            # The whole path: Compositions of several composites have the same file name.
            (target / "-".join(path.relative_to(ROOT).parts)).write_text(_text(path, registry))


def _matching(patterns: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        paths = sorted(ROOT.glob(pattern))
        if not paths:
            raise CannotBuildError(f"there is no {pattern}: run `make generate`")
        yield from paths


def _text(path: Path, registry: str) -> str:
    return path.read_text().replace(f"{REGISTRY}/", f"{registry}/")


def build(package: Package, output: Path, registry: str, image: Path | None) -> Path:
    """Stage a package and build it.

    Returns:
        The package's file.

    Raises:
        CannotBuildError: a file is missing, or the CLI refuses the package.
    """
    folder, target = output / package.name, output / f"{package.name}.xpkg"
    stage(package, folder, registry)
    command = [
        str(built("crossplane-cli")),
        *("xpkg", "build", f"--package-root={folder}", f"--package-file={target}"),
        # Otherwise it takes ./examples of wherever it was called.
        f"--examples-root={folder / EXAMPLES}",
    ]
    if image:
        command.append(f"--embed-runtime-image-tarball={image}")
    with tempfile.TemporaryDirectory() as home:
        # The CLI reads a configuration below HOME, which would make the result depend on the machine.
        process = subprocess.run(command, env=os.environ | {"HOME": home}, capture_output=True, text=True, check=False)
    if process.returncode:
        raise CannotBuildError(f"crossplane xpkg build {folder}: {process.stderr.strip()}")
    return target


def main(arguments: Sequence[str]) -> int:
    """Build all packages, the function's only if its image is given.

    Returns:
        Exit status: 0 built, 1 something is missing.
    """
    parser = argparse.ArgumentParser(description="Build the packages with the real Crossplane CLI.")
    parser.add_argument("--registry", default=REGISTRY, help="where you push to; packages name each other by it")
    parser.add_argument("--runtime-image-tarball", type=Path, help="the function's image, as a Docker tarball")
    parser.add_argument("--output", type=Path, default=ROOT / "_output", help="default: _output of the checkout")
    options = parser.parse_args(arguments)
    image: Path | None = options.runtime_image_tarball
    try:
        if image and not image.is_file():
            raise CannotBuildError(f"there is no image {image}")
        for package in PACKAGES:
            if package.has_runtime and not image:
                _tell_how(package)
                continue
            path = build(package, options.output, options.registry.rstrip("/"), image if package.has_runtime else None)
            content = path.read_bytes()
            print(f"{package.name}: {path}, {len(content):,} bytes, sha256:{hashlib.sha256(content).hexdigest()}")
    except (CannotBuildError, FileNotFoundError) as problem:
        print(f"package/build.py: {problem}", file=sys.stderr)
        return 1
    return 0


def _tell_how(package: Package) -> None:
    print(
        f"{package.name}: not built, it holds an image, which takes Docker, once per architecture:\n"
        "  docker buildx build -f functions/Dockerfile --platform linux/amd64"
        " --output type=docker,dest=_output/function.tar .\n"
        "  python package/build.py --runtime-image-tarball _output/function.tar"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
