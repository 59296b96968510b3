"""Write crds/: the published schemas of the kinds we emit, reduced to what decides validity.

Published definitions are mostly prose: checked in whole, nobody would review what a provider's new version
changes. Each result is still a CustomResourceDefinition that an API server accepts.

    python tests/schemas/compact.py FOLDER [FOLDER...]

FOLDERs hold published CustomResourceDefinitions, such as `package/crds` of a provider or `cluster/crds` of
Crossplane. Which kinds are taken says `kinds.yaml`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
CRDS = HERE / "crds"
KINDS = HERE / "kinds.yaml"

WIDTH = 110
# Keywords of apiextensions.k8s.io/v1 JSONSchemaProps that no API server looks at when it validates.
PROSE = frozenset({"description", "example", "externalDocs", "title"})
# Plain YAML scalars that neither YAML 1.1 nor 1.2 reads as anything but a string.
PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z0-9_./-]*\Z", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One line of `kinds.yaml`.

    Attributes:
        group: API group, such as `ec2.aws.m.upbound.io`.
        kind: Kind, such as `VPC`.
        source: Project and version that the schema is taken from.
        every_version: Keep every served version, not only the one that is stored.
    """

    group: str
    kind: str
    source: str
    every_version: bool


def kinds() -> list[Kind]:
    """Read `kinds.yaml`, in its order."""
    table = yaml.safe_load(KINDS.read_text())
    return [
        Kind(
            group=group,
            kind=kind,
            source=f"{entry['project']} {entry['version']}",
            every_version=kind in entry.get("everyVersion", ()),
        )
        for entries in table.values()
        for entry in entries
        for group, names in entry["groups"].items()
        for kind in names
    ]


def file_name(crd: Mapping[str, Any]) -> str:
    """Name the file of a definition: `<group>_<plural>.yaml`, as controller-gen does."""
    return f"{crd['spec']['group']}_{crd['spec']['names']['plural']}.yaml"


def compact(crd: Mapping[str, Any], *, every_version: bool) -> dict[str, Any]:
    """Reduce a CustomResourceDefinition to what decides whether an object is valid.

    Args:
        crd: A published apiextensions.k8s.io/v1 CustomResourceDefinition.
        every_version: Keep every served version, not only the one that is stored.

    Returns:
        A CustomResourceDefinition with its name, group, scope, names and versions. `spec.conversion` is
        dropped: its webhook runs in no test, and an API server refuses one that names no service.
    """
    spec = crd["spec"]
    versions = [v for v in spec["versions"] if v["served"] and (v["storage"] or every_version)]
    return {
        "apiVersion": crd["apiVersion"],
        "kind": crd["kind"],
        "metadata": {"name": crd["metadata"]["name"]},
        "spec": {
            "group": spec["group"],
            "names": spec["names"],
            "scope": spec["scope"],
            "versions": [_version(version) for version in versions],
        },
    }


def _version(version: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in version.items() if not key.startswith("deprecat")}
    if columns := kept.pop("additionalPrinterColumns", None):
        kept["additionalPrinterColumns"] = [
            {key: value for key, value in column.items() if key != "description"} for column in columns
        ]
    kept["schema"] = {"openAPIV3Schema": _schema(version["schema"]["openAPIV3Schema"])}
    return kept


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _keyword(key, value) for key, value in schema.items() if key not in PROSE}


def _keyword(key: str, value: Any) -> Any:
    match key:
        case "properties":  # A property may itself be called `description`: only its schema is prose-free.
            return {name: _schema(schema) for name, schema in value.items()}
        case "items" | "not":
            return _schema(value)
        case "additionalProperties":
            return _schema(value) if isinstance(value, Mapping) else value
        case "allOf" | "anyOf" | "oneOf":
            return [_schema(schema) for schema in value]
        case _:
            return value


def to_yaml(value: Any) -> str:
    """Write a YAML document with sorted keys, each part on one line as soon as it fits."""
    return "\n".join(_block(value, 0)) + "\n"


def _block(value: Any, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(value, Mapping):
        for key in sorted(value):
            head = f"{pad}{_flow(key)}:"
            if _fits(line := f"{head} {_flow(value[key])}") or not isinstance(value[key], Mapping | list):
                yield line
            else:
                yield head
                yield from _block(value[key], indent + (0 if isinstance(value[key], list) else 1))
    else:
        for item in value:
            if _fits(line := f"{pad}- {_flow(item)}") or not isinstance(item, Mapping):
                yield line
            else:
                first, *rest = _block(item, indent + 2)
                yield f"{pad}- {first.lstrip()}"
                yield from rest


def _fits(line: str) -> bool:
    return len(line) <= WIDTH


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and PLAIN.match(value):
        return value
    return json.dumps(value)


def definitions(folders: Sequence[Path]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Read every CustomResourceDefinition below some folders, by group and kind."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for path in sorted(path for folder in folders for path in folder.rglob("*.yaml")):
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            if isinstance(document, Mapping) and document.get("kind") == "CustomResourceDefinition":
                found[document["spec"]["group"], document["spec"]["names"]["kind"]] = document
    return found


def main(folders: Sequence[str]) -> int:
    """Write crds/ anew.

    Returns:
        Exit status: 0 written, 1 a kind of the table stands in none of the folders, 2 wrong use.
    """
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    table = kinds()
    found = definitions([Path(folder) for folder in folders])
    if missing := [f"{kind.kind}.{kind.group}" for kind in table if (kind.group, kind.kind) not in found]:
        print(f"cannot write crds/: no definition found of {', '.join(missing)}", file=sys.stderr)
        return 1
    CRDS.mkdir(exist_ok=True)
    for stale in CRDS.glob("*.yaml"):
        stale.unlink()
    size = 0
    for kind in table:
        crd = compact(found[kind.group, kind.kind], every_version=kind.every_version)
        text = f"# {kind.source} (Apache-2.0), reduced by tests/schemas/compact.py\n{to_yaml(crd)}"
        (CRDS / file_name(crd)).write_text(text)
        size += len(text)
    print(f"{len(table)} definitions, {size:,} bytes in {CRDS}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
