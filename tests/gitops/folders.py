"""The folders of `gitops/` as tests read them: built by the real Kustomize, and loaded without forgiving anything."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.tools.build import ROOT, TOOLS, built

GITOPS = ROOT / "gitops"
BOOTSTRAP, CAPABILITY = GITOPS / "bootstrap", GITOPS / "capability"
ARGOCD = TOOLS["argocd-rules"].share / "manifests"
"""What Argo CD's own installation contains."""

Object = dict[str, Any]


class _Strict(yaml.CSafeLoader):
    """Refuses a key that stands twice, of which others silently take the second (D9)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {sorted(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)


def load(text: str) -> list[Any]:
    """The documents of a YAML file, without empty ones.

    Raises:
        yaml.YAMLError: if it is none, or a key stands twice in a mapping.
    """
    return [document for document in yaml.load_all(text, Loader=_Strict) if document is not None]


def yaml_files() -> Iterator[Path]:
    """Every YAML file, but templates of charts, which become YAML only when Helm has run."""
    for path in sorted(GITOPS.rglob("*.yaml")):
        if "templates" not in path.relative_to(GITOPS).parts:
            yield path


def kustomize(folder: Path) -> subprocess.CompletedProcess[str]:
    """What Kustomize makes of a folder."""
    return subprocess.run([built("kustomize"), "build", folder], capture_output=True, text=True, check=False)


def objects_of(folder: Path) -> list[Object]:
    """The objects of a folder, built now."""
    done = kustomize(folder)
    assert done.returncode == 0, done.stderr
    return load(done.stdout)


@cache
def build(folder: Path) -> tuple[Object, ...]:
    """The objects of a folder; nothing in them may be changed."""
    return tuple(objects_of(folder))


def by_argo_cd(question: str, about: Object, asked: Iterable[Mapping[str, Any]], folder: Path) -> list[Any]:
    """What Argo CD's own code answers to each of the things asked.

    Args:
        question: `health`, of objects by an argocd-cm, or `reach`, of destinations by an AppProject.
        about: the ConfigMap or the AppProject.
        asked: objects or destinations.
        folder: for a file in between.
    """
    file = folder / "about.json"
    file.write_text(json.dumps(about))
    lines = "".join(f"{json.dumps(item)}\n" for item in asked)
    command = [str(built("argocd-rules")), question, str(file)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def one(objects: Iterator[Object] | list[Object] | tuple[Object, ...], kind: str, name: str) -> Object:
    """The object of that kind and name."""
    (found,) = (item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, name))
    return found


def scalars(value: Any) -> Iterator[str]:
    """Every text of an object, keys too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    else:
        yield str(value)
