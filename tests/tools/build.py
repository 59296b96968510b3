"""Build the real programs that tests run, into `.tools/bin` of the checkout.

Each has its own Go module, because their `replace` lines and dependencies contradict each other. `go.mod` and
`go.sum` pin everything, so a build asks nobody for a list of versions and repeats in any clone.

    python tests/tools/build.py TOOL [TOOL...]

Only what is missing is built, or what was built from another `go.mod`, `go.sum` or line of `TOOLS`.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BIN = HERE.parent.parent / ".tools" / "bin"


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program.

    Attributes:
        name: The folder beside this file that holds its `go.mod` and `go.sum`.
        package: Path of its main package.
        binary: File name below `.tools/bin`.
        ldflags: What its own release build hands to the linker.
    """

    name: str
    package: str
    binary: str
    ldflags: str = "-s -w"

    @property
    def path(self) -> Path:
        """Where the program is, once built."""
        return BIN / self.binary

    @property
    def stamp(self) -> Path:
        """Where it is noted what the program was built from."""
        return BIN / f".{self.binary}.sha256"

    def fingerprint(self) -> str:
        """Hash all that decides what a build produces, except the Go toolchain."""
        digest = hashlib.sha256(f"{self.package}\0{self.ldflags}\0".encode())
        for file in ("go.mod", "go.sum"):
            digest.update((HERE / self.name / file).read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        """Say whether the program is there and was built from what is checked in."""
        return self.path.exists() and self.stamp.exists() and self.stamp.read_text() == self.fingerprint()


_RUNTIME = "github.com/crossplane/crossplane-runtime/v2/pkg/version"

TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            name="crossplane-cli",
            package="github.com/crossplane/cli/v2/cmd/crossplane",
            binary="crossplane",
        ),
        Tool(
            name="crossplane-core",
            package="github.com/crossplane/crossplane/v2/cmd/crossplane",
            binary="crossplane-core",
            # Without a version core finds every package that asks for one incompatible.
            ldflags=f"-s -w -X {_RUNTIME}.version=v2.4.0",
        ),
    )
}


def built(name: str) -> Path:
    """Return the program's path.

    Raises:
        FileNotFoundError: It is not built, or from something else than is checked in; says how to build it.
    """
    tool = TOOLS[name]
    if not tool.is_current():
        message = f"{name} is not built: run `python tests/tools/build.py {name}`"
        raise FileNotFoundError(message)
    return tool.path


def build(tool: Tool) -> None:
    """Build one program, whether or not it is there.

    Raises:
        subprocess.CalledProcessError: `go build` failed; it has said why on standard error.
    """
    started = time.monotonic()
    print(f"{tool.name}: building {tool.package}", flush=True)
    BIN.mkdir(parents=True, exist_ok=True)
    tool.stamp.unlink(missing_ok=True)
    # A workspace or flags of the caller (-mod=mod) would build something other than what is pinned.
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    subprocess.run(
        ["go", "build", "-ldflags", tool.ldflags, "-o", tool.path, tool.package],
        cwd=HERE / tool.name,
        env=environment,
        check=True,
    )
    tool.stamp.write_text(tool.fingerprint())
    size = tool.path.stat().st_size / 1_000_000
    print(f"{tool.name}: {tool.path}, {size:.0f} MB in {time.monotonic() - started:.0f} s", flush=True)


def main(names: Sequence[str]) -> int:
    """Build what is named and not current.

    Returns:
        Exit status: 0 all are current, 1 a build failed, 2 wrong use.
    """
    if not names or set(names) - TOOLS.keys():
        print(f"{__doc__}\nTools: {', '.join(TOOLS)}", file=sys.stderr)
        return 2
    for name in names:
        if TOOLS[name].is_current():
            print(f"{name}: {TOOLS[name].path} is current", flush=True)
            continue
        try:
            build(TOOLS[name])
        except subprocess.CalledProcessError as error:
            print(f"{name}: go build failed with status {error.returncode}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
