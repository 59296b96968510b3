"""Reference pages: every field with its type, default, bounds and meaning, for who has no cluster to ask.

They come from the same schemas as the XRD, so a page never promises what admission refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from argosy import vocabulary as words
from argosy.api.argocd import ArgoAddons
from argosy.api.base import immutable
from argosy.catalog import ENGINES, CompositeType
from argosy.generate.schema import VALIDATIONS, Schema, structural
from argosy.input import HUB_FACTS_NAME, INPUT_GROUP, INPUT_VERSION, HubFacts, Input, Repositories

LEGEND = (
    "A field without default may be left out, unless it is **required**. *Fixed* means that it can never change once "
    "it is made. There are no other fields: an unknown one is refused."
)

BOUNDS = (
    ("minLength", "maxLength", " characters"),
    ("minimum", "maximum", ""),
    ("minItems", "maxItems", " items"),
    ("minProperties", "maxProperties", " keys"),
)
"""Keywords of a lower and an upper bound, and what they count."""


def claim(composite: CompositeType) -> str:
    """The page of a kind that users write."""
    kind, folder, short = composite.kind, composite.kind.lower(), composite.short_names[0]
    spec, status = structural(composite.spec), structural(composite.status)
    return _page(
        f"# {kind}",
        f"{spec['description']} You write it as `apiVersion: {composite.api_version}`, `kind: {kind}`, in the "
        "namespace of your team: the namespace decides the tenant, the AWS account and its credentials. "
        f"`metadata.name` has at most {composite.name_length} characters. Start from an example in "
        f"[examples/{folder}](../../examples/{folder}); on a hub, `kubectl explain {short}.spec` says the same as "
        "this page.",
        LEGEND,
        *_sections(spec, "spec"),
        *_sections(status, "status"),
        "## Conditions",
        f"`kubectl describe {short}` shows these conditions, always all of them. One that is not `True` names the "
        "resource that blocks, the error of the provider, and what to do next. `Ready` is Crossplane's own: "
        "everything there is.",
        "\n".join(f"- `{condition}`" for condition in composite.conditions),
    )


def platform() -> str:
    """The page of what the platform team writes."""
    return _page(
        "# What the platform team writes",
        "Two things reach the function beside the claim: the input of the Composition, and the facts of the hub. A "
        "claim can override neither.",
        LEGEND,
        "## Input of the Composition",
        f"It stands in the pipeline step of a Composition, as `apiVersion: {INPUT_GROUP}/{INPUT_VERSION}`, "
        f"`kind: {Input.__name__}`. The Compositions of the packages set `engine` and leave the rest at its default.",
        *_sections(structural(Input), "input", heading=False),
        "## Facts of the hub",
        f"They are the `data` of the EnvironmentConfig `{HUB_FACTS_NAME}`; [examples/setup/hub.yaml]"
        "(../../examples/setup/hub.yaml) is a sample. All are optional: without them clusters are built and not "
        "registered in Argo CD. Crossplane watches the EnvironmentConfig, so a change reaches every claim at once.",
        *_sections(structural(HubFacts), "data", heading=False),
    )


def vocabulary() -> str:
    """The page of the cluster Secret's labels and annotations."""
    return _page(
        "# Labels and annotations of the cluster Secret",
        "Argo CD knows a cluster by a Secret, and Argosy writes these keys on it. Labels are switches: generators of "
        "ApplicationSets select on them. Annotations are facts: templates read them. `<...>` in a key stands for a "
        f"name. Labels that a claim sets always begin with `{words.TENANT_PREFIX}`.",
        f"- `<add-on>` is one of {_listed(sorted(ArgoAddons.model_fields))}.\n"
        f"- `<repository>` is one of {_listed(Repositories.model_fields)}.",
        *(
            block
            for where in ("label", "annotation")
            for block in (
                f"## {where.capitalize()}s",
                _table(
                    ("key", "meaning"),
                    ((f"`{entry.key}`", entry.meaning) for entry in words.VOCABULARY if entry.where == where),
                ),
            )
        ),
    )


def engines(composite: CompositeType) -> str:
    """The page of what each engine makes of the fields of a claim."""
    names = [engine.name for engine in ENGINES.values()]
    return _page(
        "# What each engine makes of a claim",
        "An engine is who makes the AWS resources of a claim. The Composition chooses it, so the package that a hub "
        "installs; the claim, its status, its conditions and the cluster Secret are the same with each. "
        "A claim that asks for what its engine cannot do is refused, nothing is changed, and the condition names the "
        "field and the engines that can.",
        _table(
            ("engine", "makes", "package"),
            ((f"`{engine.name}`", engine.title, f"`{engine.package}`") for engine in ENGINES.values()),
        ),
        "## Field by field",
        "*yes*: as the field's description says. *no*: a claim that asks for it is refused. A number: yes, but see the "
        "note below. How to install a hub with ACK: [ack.md](ack.md); with claims: [claims.md](claims.md).",
        _table(("field", *(f"`{name}`" for name in names)), _abilities(structural(composite.spec))),
        "## Notes",
        "\n".join(f"{number}. {note}." for note, number in _notes().items()),
    )


def _notes() -> dict[str, int]:
    """Every note once, numbered in the order of engines and fields."""
    found = (note for engine in ENGINES.values() for note in (*engine.lacks.values(), *engine.differs.values()))
    return {note: number for number, note in enumerate(dict.fromkeys(found), 1)}


def _abilities(spec: Schema) -> Iterator[tuple[str, ...]]:
    """A row for each field that is no object of others."""
    notes = _notes()
    for path in _leaves(spec, ""):
        cells = [
            f"no ({notes[engine.lacks[path]]})"
            if path in engine.lacks
            else f"yes ({notes[engine.differs[path]]})"
            if path in engine.differs
            else "yes"
            for engine in ENGINES.values()
        ]
        yield (f"`{path}`", *cells)


def _leaves(schema: Schema, path: str) -> Iterator[str]:
    for name, field in schema["properties"].items():
        inner, suffix = _inner(field)
        if "properties" in inner:
            yield from _leaves(inner, f"{path}{name}{suffix}.")
        else:
            yield f"{path}{name}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _page(*blocks: str) -> str:
    return "\n\n".join(blocks) + "\n"


def _sections(schema: Schema, path: str, *, heading: bool = True) -> Iterator[str]:
    """An object's heading, meaning, fields and rules, and then those of the objects within."""
    if heading:
        yield f"{'###' if '.' in path else '##'} `{path}`"
        yield schema["description"]
    yield _table(
        ("field", "type", "default", "allowed", "meaning"),
        (_row(schema, name, path) for name in schema["properties"]),
    )
    if rules := list(_rules(schema)):
        yield "Rules:"
        yield "\n".join(f"- {message}" for message in rules)
    for name, child in schema["properties"].items():
        inner, suffix = _inner(child)
        if "properties" in inner:
            yield from _sections(inner | {"description": child["description"]}, f"{path}.{name}{suffix}")


def _row(schema: Schema, name: str, path: str) -> tuple[str, ...]:
    field = schema["properties"][name]
    inner, suffix = _inner(field)
    label = f"[`{name}`](#{_anchor(f'{path}.{name}{suffix}')})" if "properties" in inner else f"`{name}`"
    fixed = ["*fixed*"] if immutable(name).cel in _cel(schema) else []
    default = "**required**" if name in schema.get("required", ()) else _default(field)
    return label, _type(field), default, "; ".join([*_allowed(field), *fixed]), field["description"]


def _rules(schema: Schema) -> Iterator[str]:
    fixed = {immutable(name).cel for name in schema["properties"]}
    return (rule["message"] for rule in schema.get(VALIDATIONS, ()) if rule.get("rule") not in fixed)


def _cel(schema: Schema) -> list[str]:
    return [rule["rule"] for rule in schema.get(VALIDATIONS, ()) if "rule" in rule]


def _inner(field: Schema) -> tuple[Schema, str]:
    """What a list or a map is made of, and how a path into it is written."""
    if "items" in field:
        return field["items"], "[]"
    if "additionalProperties" in field:
        return field["additionalProperties"], ".<name>"
    return field, ""


def _type(field: Schema) -> str:
    inner, _ = _inner(field)
    if inner is field:
        return str(field["type"])
    return f"{'list' if 'items' in field else 'map'} of {inner['type']}s"


def _default(field: Schema) -> str:
    # an object's default only repeats those of its fields, which stand in its own table
    return f"`{json.dumps(field['default'])}`" if "default" in field and "properties" not in field else ""


def _allowed(field: Schema) -> Iterator[str]:
    if "enum" in field:
        yield _listed(field["enum"])
    if "pattern" in field:
        yield f"`{field['pattern']}`"
    yield from _bounds(field)
    if field.get("x-kubernetes-list-type") == "set":
        yield "each one once"
    if keys := field.get("x-kubernetes-list-map-keys"):
        yield f"each {' and '.join(f'`{key}`' for key in keys)} once"
    inner, _ = _inner(field)
    if inner is not field:
        if "additionalProperties" in field:
            yield from (rule["message"] for rule in field.get(VALIDATIONS, ()))
        if each := "; ".join(_allowed(inner)):
            yield f"each of them: {each}"


def _bounds(field: Schema) -> Iterator[str]:
    for low, high, unit in BOUNDS:
        match field.get(low), field.get(high):
            case None, None:
                pass
            case None, most:
                yield f"at most {most}{unit}"
            case least, None:
                yield f"at least {least}{unit}"
            case least, most:
                yield f"{least} to {most}{unit}"


def _anchor(heading: str) -> str:
    """How a heading is linked to: https://docs.github.com, "Section links" (2026-11)."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table without the columns that say nothing."""
    columns = [column for column in zip(head, *rows, strict=True) if any(column[1:])]
    names, *cells = zip(*columns, strict=True)
    lines = [names, tuple("---" for _ in names), *(tuple(cell.replace("|", "\\|") for cell in row) for row in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
