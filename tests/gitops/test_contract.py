"""The contract of the cluster Secret: what `gitops/` reads is what the function writes, and nothing more (gitops 15).

Both sides are found, not listed: the readers by searching every file of `gitops/` and every ApplicationSet that a
hub has in the end, the writers by running the function over every example, engine and shape of the Secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import pytest
import yaml

from argosy.catalog import ENGINES
from argosy.composites.addons import ARGO_ADDONS
from argosy.vocabulary import ADDON_NAMESPACE, ADDON_SERVICE_ACCOUNT, VOCABULARY, Entry
from tests.gitops.expansion import GITOPS, Mode, hub_sets, read, spokes
from tests.support.lives import ENGINE, ROOT

pytestmark = pytest.mark.tools
Where = Literal["label", "annotation"]


@dataclass(frozen=True, order=True)
class Key:
    """A key of the Secret, or with `<...>` in it a whole family of them.

    Attributes:
        where: whether it is a label or an annotation.
    """

    where: Where
    text: str

    def __str__(self) -> str:
        """As a person says it."""
        return f"{self.where} {self.text}"


READ_BY_ARGO_CD = {Key("label", "argocd.argoproj.io/secret-type")}
"""Read by no file of ours."""

_PLACE = r"[.]metadata[.](labels|annotations)"
DOTTED = re.compile(rf"{_PLACE}[.]([A-Za-z0-9_]+)")
INDEXED = re.compile(rf"index\s+[$]?{_PLACE}\s+\\?[\"`]([^\"`\\]+)\\?[\"`]")
PRINTED = re.compile(rf"index\s+[$]?{_PLACE}\s+\(printf\s+\\?[\"`]([^\"`\\]+)\\?[\"`]")
RANGED = re.compile(rf"range\s+[^}}]*{_PLACE}[\s\S]{{0,200}}?(?:hasPrefix|hasSuffix)\s+\\?[\"`]([^\"`\\]+)\\?[\"`]")
GET = re.compile(rf"(?:get|hasKey|dig)\s+[$]?{_PLACE}\s+\\?[\"`]([^\"`\\]+)\\?[\"`]")
POLICY = re.compile(
    r"[.](labels|annotations)\[['\"]([^'\"]+)['\"]\]|['\"]([^'\"]+)['\"] in [a-zA-Z.]+[.](labels|annotations)"
)


def entry_of(key: Key) -> Entry | None:
    """The line of the vocabulary that a key belongs to."""
    for entry in VOCABULARY:
        pattern = re.sub(r"<[^>]+>", "(.+)", re.escape(entry.key).replace(r"\<", "<").replace(r"\>", ">"))
        if entry.where == key.where and re.fullmatch(pattern, key.text):
            return entry
    return None


def family(key: Key) -> Key:
    """What is compared: the key, or its family where users choose the name: labels of claims, databases."""
    entry = entry_of(key)
    if entry is not None and ("<database>" in entry.key or "<label>" in entry.key):
        return Key(key.where, entry.key)
    return key


@cache
def written() -> Mapping[Key, str]:
    """Every key that the function writes, with one who does."""
    found: dict[Key, str] = {}
    shapes: list[tuple[Mode, str]] = [("SelfManaged", engine) for engine in ENGINES]
    for mode, engine in [*shapes, ("Capability", ENGINE)]:
        for name, secret in spokes(mode, engine).items():
            for key in keys_of(secret):
                found.setdefault(family(key), f"example {name}, engine {engine}, {mode}")
    return found


def keys_of(secret: Mapping[str, Any]) -> Iterator[Key]:
    metadata = secret["metadata"]
    yield from (Key("label", key) for key in metadata["labels"])
    yield from (Key("annotation", key) for key in metadata.get("annotations", {}))


@cache
def readers() -> Mapping[Key, str]:
    """Every key that something in `gitops/` reads, with one who does."""
    found: dict[Key, str] = {}
    for where, text in sources():
        for key in read_by(text):
            found.setdefault(family(key), where)
    return found


def sources() -> Iterator[tuple[str, str]]:
    """All that may read the Secret: every file that is not prose, and all ApplicationSets of the hub."""
    for file in sorted(GITOPS.rglob("*")):
        if file.suffix in (".yaml", ".yml", ".tpl", ".json", ".lua"):
            yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")
    for item in hub_sets():
        yield f"ApplicationSet {item['metadata']['name']}", json.dumps(item)


def read_by(text: str) -> Iterator[Key]:
    """The keys that a text reads: by Go templates, by selectors of generators, by policies."""
    for pattern in (DOTTED, INDEXED, GET):
        for place, key in pattern.findall(text):
            yield Key(singular(place), key)
    for place, key in PRINTED.findall(text):
        yield family_of_format(Key(singular(place), key))
    for place, key in RANGED.findall(text):
        where = singular(place)
        yield from (Key(where, entry.key) for entry in VOCABULARY if entry.where == where and begins(entry, key))
    yield from selected(text)
    for found in POLICY.findall(text):
        key = Key(singular(found[0] or found[3]), found[1] or found[2])
        if entry_of(key) is not None:  # a policy reads labels of other objects too
            yield key


def begins(entry: Entry, prefix: str) -> bool:
    """Whether a family is read by whoever reads all that begins so; single keys are read one by one."""
    return "<" in entry.key and entry.key.startswith(prefix)


def singular(place: str) -> Where:
    return "label" if place == "labels" else "annotation"


def family_of_format(key: Key) -> Key:
    """`rds_%s_endpoint` reads what the vocabulary calls `rds_<database>_endpoint`."""
    filled = Key(key.where, key.text.replace("%s", "name"))
    entry = entry_of(filled)
    return Key(key.where, entry.key) if entry is not None else key


def selected(text: str) -> Iterator[Key]:
    """Labels that cluster generators select by."""
    if "ApplicationSet" not in text or ("{{" in text and "\n{{" in text):
        return  # a Helm template is read as what it becomes
    try:
        documents = [found for found in yaml.safe_load_all(text) if isinstance(found, dict)]
    except yaml.YAMLError:
        return
    for document in documents:
        if document.get("kind") == "ApplicationSet":
            for generator in cluster_generators(document["spec"]["generators"]):
                selector = generator.get("selector") or {}
                yield from (Key("label", key) for key in selector.get("matchLabels", {}))
                yield from (Key("label", rule["key"]) for rule in selector.get("matchExpressions", []))


def cluster_generators(generators: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for generator in generators:
        if "clusters" in generator:
            yield generator["clusters"] or {}
        for nested in ("merge", "matrix"):
            yield from cluster_generators(generator.get(nested, {}).get("generators", []))


def test_every_key_that_gitops_reads_is_one_that_the_function_writes() -> None:
    unwritten = [f"{where} reads {key}" for key, where in sorted(readers().items()) if key not in written()]
    assert not unwritten, "read, and written by nobody:\n" + "\n".join(unwritten)


def test_every_key_that_the_function_writes_is_one_that_gitops_reads() -> None:
    unread = [f"{who} has {key}" for key, who in sorted(written().items()) if key not in readers()]
    unread = [line for line in unread if not any(line.endswith(f" has {key}") for key in READ_BY_ARGO_CD)]
    assert not unread, "written, and read by nobody:\n" + "\n".join(unread)


def test_every_key_is_in_the_vocabulary_and_the_examples_write_all_of_it() -> None:
    unknown = [str(key) for key in written() if entry_of(key) is None]
    assert not unknown, f"not in the vocabulary: {unknown}"

    known = {entry_of(key) for key in written()}
    unused = [f"{entry.where} {entry.key}" for entry in VOCABULARY if entry not in known]
    assert not unused, f"written for no example: {unused}"


def test_both_shapes_of_the_secret_have_the_same_keys() -> None:
    for name, secret in spokes("SelfManaged").items():
        assert set(keys_of(secret)) == set(keys_of(spokes("Capability")[name])), name


HUB = GITOPS / "bootstrap" / "hub.yaml"


def test_the_hub_has_what_every_spoke_has() -> None:
    """What is for the hub reads the same keys; a missing one stops its generator, and with it the whole bootstrap."""
    if not HUB.exists():
        pytest.skip("the hub has no Secret")
    (secret,) = (item for item in read(HUB) if item["kind"] == "Secret")
    everywhere = set.intersection(*(set(keys_of(found)) for found in spokes().values()))

    missing = {key for key in everywhere - set(keys_of(secret)) if not of_an_add_on(key)}
    assert not missing, f"{HUB.relative_to(ROOT)} lacks {', '.join(map(str, sorted(missing)))}"
    up = {key.removeprefix("enable_") for key, value in secret["metadata"]["labels"].items() if value == "true"}
    named = {key.text.removesuffix("_service_account") for key in keys_of(secret) if "_service_account" in key.text}
    assert named == up & ARGO_ADDONS.keys()


def of_an_add_on(key: Key) -> bool:
    """Whether a key says where an add-on's identity is bound: only who has that add-on has it."""
    return entry_of(key) in (ADDON_NAMESPACE, ADDON_SERVICE_ACCOUNT)


MATRIX = """
kind: ApplicationSet
spec:
  generators:
    - matrix:
        generators:
          - clusters:
              selector:
                matchLabels: {workloads: "true"}
                matchExpressions: [{key: tenant, operator: In, values: [a]}]
"""


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("'{{.metadata.labels.ring}}'", ["label ring"]),
        ("'{{ $.metadata.annotations.aws_region }}'", ["annotation aws_region"]),
        ("""{{index .metadata.annotations "fleet.argosy.dev/hub"}}""", ["annotation fleet.argosy.dev/hub"]),
        (r"""{{index .metadata.annotations \"fleet.argosy.dev/hub\"}}""", ["annotation fleet.argosy.dev/hub"]),
        (
            """{{ index .metadata.annotations (printf "rds_%s_endpoint" .database) }}""",
            ["annotation rds_<database>_endpoint"],
        ),
        (
            """{{range $key, $_ := .metadata.labels}}{{if hasPrefix "fleet.argosy.dev/" $key}}x{{end}}{{end}}""",
            ["label fleet.argosy.dev/<label>"],
        ),
        (
            MATRIX,
            ["label workloads", "label tenant"],
        ),
        ("""expression: object.metadata.labels['fleet_member'] == 'spoke'""", ["label fleet_member"]),
        ("""'environment' in object.metadata.labels""", ["label environment"]),
        ("""object.metadata.labels['app.kubernetes.io/name']""", []),
        (
            """{{range $key, $_ := .metadata.annotations}}{{if hasPrefix "rds_" $key}}x{{end}}{{end}}""",
            [
                "annotation rds_<database>_endpoint",
                "annotation rds_<database>_port",
                "annotation rds_<database>_secret_arn",
                "annotation rds_<database>_security_group_id",
            ],
        ),
        ("""a sentence about labels and annotations""", []),
    ],
)
def test_a_reader_is_found(text: str, keys: list[str]) -> None:
    """Else both directions would hold of nothing."""
    assert [str(key) for key in read_by(text)] == keys
