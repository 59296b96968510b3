"""Build the real programs that tests and the local hub run, into `.tools/bin` of the checkout.

Each module of `TOOLS` is built by itself, because their `replace` lines and dependencies contradict each other.
`go.mod` and `go.sum` pin everything, so a build asks nobody for a list of versions and repeats in any clone.

    python tests/tools/build.py TOOL [TOOL...]
    python tests/tools/build.py --hub
    python tests/tools/build.py --ack

Only what is missing is built, or what was built from another `go.mod`, `go.sum` or line of `TOOLS`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BIN = ROOT / ".tools" / "bin"
SHARE = ROOT / ".tools" / "share"


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program.

    Attributes:
        name: What it is called here, and its file name below `.tools/bin` if `binary` names no other.
        folder: The folder beside this file that holds its `go.mod` and `go.sum`.
        package: Path of its main package.
        module: The module that `files` are taken from.
        files: Folders of that module that its installation needs beside the program, such as
            CustomResourceDefinitions. They end up below `.tools/share/<name>`.
        ldflags: What its own release build hands to the linker.
        tags: Build tags, which leave out what nobody here needs.
    """

    name: str
    folder: str
    package: str
    module: str = ""
    files: tuple[str, ...] = ()
    ldflags: str = ""
    binary: str = ""
    tags: str = field(default="", repr=False)

    @property
    def path(self) -> Path:
        """Where the program is, once built."""
        return BIN / (self.binary or self.name)

    @property
    def share(self) -> Path:
        """Where its files are, once built."""
        return SHARE / self.name

    @property
    def stamp(self) -> Path:
        """Where it is noted what the program was built from."""
        return BIN / f".{self.path.name}.sha256"

    def fingerprint(self) -> str:
        """Hash all that decides what a build produces, except the Go toolchain."""
        digest = hashlib.sha256(repr(self).encode() + self.tags.encode())
        for file in sorted((HERE / self.folder).iterdir()):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        """Say whether the program is there and was built from what is checked in."""
        return self.path.exists() and self.stamp.exists() and self.stamp.read_text() == self.fingerprint()


def _kubernetes(name: str) -> Tool:
    # Without these a server calls itself v0.0.0-master, and nobody can parse its version.
    version = "-X k8s.io/component-base/version."
    return Tool(
        name=name,
        folder="kubernetes",
        package=f"k8s.io/kubernetes/cmd/{name}",
        ldflags=f"{version}gitVersion=v1.35.4 {version}gitMajor=1 {version}gitMinor=35",
    )


def _ack(service: str) -> Tool:
    module = f"github.com/aws-controllers-k8s/{service}-controller"
    return Tool(
        name=f"ack-{service}",
        folder=f"ack-{service}",
        package=f"{module}/cmd/controller",
        module=module,
        files=("config/crd/bases",),
    )


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            name="crossplane-cli",
            folder="crossplane-cli",
            package="github.com/crossplane/cli/v2/cmd/crossplane",
            binary="crossplane",
        ),
        Tool(
            name="crossplane-core",
            folder="crossplane-core",
            package="github.com/crossplane/crossplane/v2/cmd/crossplane",
            module="github.com/crossplane/crossplane/v2",
            files=("cluster/crds", "cluster/charts/crossplane/templates", "cluster/webhookconfigurations"),
            # Without a version core finds every package that asks for one incompatible.
            ldflags="-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=v2.4.0",
        ),
        Tool(name="etcd", folder="etcd", package="go.etcd.io/etcd/server/v3"),
        _kubernetes("kube-apiserver"),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kubectl"),
        Tool(
            name="provider-kubernetes",
            folder="provider-kubernetes",
            package="github.com/crossplane-contrib/provider-kubernetes/cmd/provider",
            module="github.com/crossplane-contrib/provider-kubernetes",
            files=("package/crds",),
        ),
        Tool(name="kube-state-metrics", folder="kube-state-metrics", package="k8s.io/kube-state-metrics/v2"),
        Tool(
            name="promtool",
            folder="promtool",
            package="github.com/prometheus/prometheus/cmd/promtool",
            # Else it brings the clients of a dozen clouds along, and four times the time to build them.
            tags="remove_all_sd",
        ),
        Tool(name="redis", folder="redis", package="."),
        # Argo CD's repo-server runs it.
        Tool(
            name="kustomize",
            folder="kustomize",
            package="sigs.k8s.io/kustomize/kustomize/v5",
            ldflags="-X sigs.k8s.io/kustomize/api/provenance.version=v5.7.1",
        ),
        Tool(name="gitleaks", folder="gitleaks", package="github.com/zricethezav/gitleaks/v8"),
        Tool(
            name="argocd",
            folder="argocd",
            package="github.com/argoproj/argo-cd/v3/cmd",
            module="github.com/argoproj/argo-cd/v3",
            files=("manifests/crds",),
            ldflags="-X github.com/argoproj/argo-cd/v3/common.version=3.2.11",
        ),
        Tool(
            name="helm",
            folder="helm",
            package="helm.sh/helm/v3/cmd/helm",
            ldflags="-X helm.sh/helm/v3/internal/version.version=v3.19.0",
        ),
        Tool(name="applicationset", folder="applicationset", package="."),
        Tool(
            name="kyverno",
            folder="kyverno",
            package="github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno",
            module="github.com/kyverno/kyverno",
            files=("config/crds/policies.kyverno.io",),
        ),
        Tool(
            name="argocd-rules",
            folder="argocd-rules",
            package=".",
            module="github.com/argoproj/argo-cd/v3",
            files=("manifests/crds", "manifests/base/config"),
        ),
        # What people compose with who write no code: bench/ measures the function beside it.
        Tool(
            name="function-patch-and-transform",
            folder="function-patch-and-transform",
            package="github.com/crossplane-contrib/function-patch-and-transform",
        ),
        _ack("ec2"),
        _ack("iam"),
        _ack("kms"),
        _ack("rds"),
    )
}
ACK = tuple(name for name in TOOLS if name.startswith("ack-"))
JUDGES = ("applicationset", "argocd-rules", "function-patch-and-transform", "gitleaks", "kyverno")
"""What only tests and benches ask; no hub runs it."""
SETS = {
    "--hub": tuple(name for name in TOOLS if name not in (*ACK, *JUDGES)),
    "--ack": ("etcd", "kube-apiserver", "kubectl", *ACK),
}
"""What is run together: a hub never needs ACK's controllers, and they take as long to build as all the rest of it."""


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
        subprocess.CalledProcessError: `go` failed; it has said why on standard error.
    """
    started = time.monotonic()
    print(f"{tool.name}: building {tool.package}", flush=True)
    BIN.mkdir(parents=True, exist_ok=True)
    tool.stamp.unlink(missing_ok=True)
    flags = f"-s -w {tool.ldflags}".strip()
    # Without -buildvcs=false Go asks Git about our own code, and fails in a checkout of somebody else's.
    tags = [f"-tags={tool.tags}"] if tool.tags else []
    _go(tool, "build", "-buildvcs=false", *tags, "-ldflags", flags, "-o", str(tool.path), tool.package)
    if tool.files:
        _copy_files(tool)
    tool.stamp.write_text(tool.fingerprint())
    size = tool.path.stat().st_size / 1_000_000
    where = tool.path.relative_to(ROOT)
    print(f"{tool.name}: {where}, {size:.0f} MB in {time.monotonic() - started:.0f} s", flush=True)


def _copy_files(tool: Tool) -> None:
    """Copy what the module brings beside the program; the module cache itself is read-only and may be emptied."""
    source = Path(_go(tool, "list", "-m", "-f", "{{.Dir}}", tool.module).strip())
    shutil.rmtree(tool.share, ignore_errors=True)
    for folder in tool.files:
        for file in (source / folder).rglob("*.yaml"):
            target = tool.share / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())


def _go(tool: Tool, *arguments: str) -> str:
    # A workspace or flags of the caller (-mod=mod) would build something other than what is pinned.
    environment = os.environ | {"GOFLAGS": "-mod=readonly", "GOWORK": "off"}
    done = subprocess.run(
        ["go", *arguments],
        cwd=HERE / tool.folder,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def main(arguments: Sequence[str]) -> int:
    """Build what is named and not current.

    Returns:
        Exit status: 0 all are current, 1 a build failed, 2 wrong use.
    """
    names = [name for argument in arguments for name in SETS.get(argument, (argument,))]
    if not names or set(names) - TOOLS.keys():
        print(f"{__doc__}\nTools: {', '.join(TOOLS)}", file=sys.stderr)
        return 2
    missing = [name for name in names if not TOOLS[name].is_current()]
    for number, name in enumerate(missing, start=1):
        print(f"[{number}/{len(missing)}]", end=" ", flush=True)
        try:
            build(TOOLS[name])
        except subprocess.CalledProcessError as error:
            print(f"{name}: {' '.join(error.cmd[:2])} failed with status {error.returncode}", file=sys.stderr)
            return 1
    current = [name for name in names if name not in missing]
    if current:
        print(f"current: {', '.join(current)}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
