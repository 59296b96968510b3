"""A recipe in the words of each peer: input of function-patch-and-transform, Python of the others.

Generated and never kept: the recipe is the source, and a change of ours must never be measured against yesterday's
Composition.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from bench.recipes import TAGS, Fact, Patch, Path, Recipe, Template, at

PATCH_INPUT = {"apiVersion": "pt.fn.crossplane.io/v1beta1", "kind": "Resources"}


def patch_and_transform(recipe: Recipe) -> dict[str, Any]:
    """The input of function-patch-and-transform v0.10.7: bases without what is patched, and the patches."""
    facts: dict[str, list[Fact]] = {}
    for fact in recipe.facts:
        facts.setdefault(fact.key, []).append(fact)
    return {**PATCH_INPUT, "resources": [_composed(item, facts.get(item.key, [])) for item in recipe.templates]}


def _composed(template: Template, facts: list[Fact]) -> dict[str, Any]:
    base = copy.deepcopy(dict(template.manifest))
    for path in template.patches:
        _take_out(base, path)
    for path in template.merged:
        for name in template.tags:
            del at(base, path)[name]
    patches = [_patched(path, patch) for path, patch in template.patches.items()]
    patches += [_merged(path) for path in template.merged]
    patches += [
        {
            "type": "ToCompositeFieldPath",
            "fromFieldPath": field_path(fact.source),
            "toFieldPath": field_path(fact.target),
        }
        for fact in facts
    ]
    return {"name": template.key, "base": base, "patches": patches}


def _take_out(base: dict[str, Any], path: Path) -> None:
    """Takes a leaf away, so that nothing is right without its patch. Items of a list keep their places."""
    here: Any = base
    for step in path[:-1]:
        here = here[step]
    last: Any = path[-1]
    if isinstance(here, list):
        here[last] = ""
    else:
        del here[last]


def _merged(path: Path) -> dict[str, Any]:
    way = {"fromFieldPath": field_path(TAGS), "toFieldPath": field_path(path)}
    return {"type": "FromCompositeFieldPath", **way, "policy": {"toFieldPath": "MergeObjects"}}


def _patched(path: Path, patch: Patch) -> dict[str, Any]:
    form = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in patch.parts)
    to = {"toFieldPath": field_path(path)}
    if len(patch.variables) > 1:
        variables = [{"fromFieldPath": field_path(variable)} for variable in patch.variables]
        combine = {"variables": variables, "strategy": "string", "string": {"fmt": form}}
        return {"type": "CombineFromComposite", "combine": combine, **to}
    simple = {"type": "FromCompositeFieldPath", "fromFieldPath": field_path(patch.variables[0]), **to}
    if patch.alone:
        return simple
    return {**simple, "transforms": [{"type": "string", "string": {"type": "Format", "fmt": form}}]}


def field_path(path: Path) -> str:
    """A path as Crossplane writes it (crossplane-runtime v2.1.0, pkg/fieldpath): what has dots stands in brackets."""
    text = ""
    for step in path:
        if isinstance(step, int) or not step.replace("_", "").isalnum():
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def by_hand(recipe: Recipe) -> str:
    """A module for the SDK as people write it: every object a dict, and fields of the claim in it."""
    names = _names(recipe)
    return "\n".join(
        (
            "def compose(xr, observed):",
            f"    tags = {_index('xr', TAGS)}" if any(item.merged for item in recipe.templates) else "",
            *(f"    {name} = {_index('xr', path)}" for path, name in names.items()),
            "    desired = {",
            *(f"        {item.key!r}: {_literal(item.manifest, item, names)}," for item in recipe.templates),
            "    }",
            f"    status = {_status(recipe)}",
            "    return desired, status",
            "",
        )
    )


def pythonic(recipe: Recipe) -> str:
    """A module for function-pythonic, in the style of its examples."""
    names = _names(recipe)
    lines = [
        "from crossplane.pythonic import BaseComposite",
        "",
        "class Composite(BaseComposite):",
        "    def compose(self):",
        *(f"        {name} = {_index('self.observed', path)}" for path, name in names.items()),
    ]
    for item in recipe.templates:
        head = ", ".join(repr(item.manifest[field]) for field in ("apiVersion", "kind"))
        lines.append(f"        it = self.resources[{item.key!r}]({head})")
        lines += [
            f"        it.{part} = {_literal(value, item, names, (part,), spread='')}"
            for part, value in item.manifest.items()
            if part not in ("apiVersion", "kind")
        ]
        for path in item.merged:
            lines += [
                f"        for name, text in {_index('self.observed', TAGS)}:",
                f"            {_index('it.desired', path)}[name] = text",
            ]
    for fact in recipe.facts:
        source = _index(f"self.resources[{fact.key!r}].observed", fact.source)
        lines.append(f"        {_index('self.desired', fact.target)} = {source}")
    return "\n".join([*lines, ""])


def _names(recipe: Recipe) -> dict[Path, str]:
    """A local name for each field that is used."""
    used = {path: None for item in recipe.templates for patch in item.patches.values() for path in patch.variables}
    return {path: f"field_{number}" for number, path in enumerate(used)}


def _index(start: str, path: Path) -> str:
    return start + "".join(f"[{step!r}]" for step in path)


def _literal(
    value: Any, template: Template, names: Mapping[Path, str], path: Path = (), spread: str = "**tags, "
) -> str:
    """An expression for a part of a manifest.

    Args:
        value: the part as it comes out.
        template: whose it is.
        names: of local variables, by field of the composite.
        path: where the part is.
        spread: what brings the claim's tags into a map.
    """
    if path in template.patches:
        return _expression(template.patches[path], names)
    if isinstance(value, Mapping):
        merged = path in template.merged
        items = (
            f"{name!r}: {_literal(child, template, names, (*path, name), spread)}"
            for name, child in value.items()
            if not (merged and name in template.tags)
        )
        return f"{{{spread if merged else ''}{', '.join(items)}}}"
    if isinstance(value, list):
        items = (_literal(child, template, names, (*path, index), spread) for index, child in enumerate(value))
        return f"[{', '.join(items)}]"
    return repr(value)


def _expression(patch: Patch, names: Mapping[Path, str]) -> str:
    if patch.alone:
        return names[patch.variables[0]]
    braced = (
        part.replace("{", "{{").replace("}", "}}") if isinstance(part, str) else f"{{{names[part]}}}"
        for part in patch.parts
    )
    return f"f{''.join(braced)!r}"


def _status(recipe: Recipe) -> str:
    tree: dict[str, Any] = {}
    for fact in recipe.facts:
        here = tree
        for step in fact.target[1:-1]:
            here = here.setdefault(str(step), {})
        here[str(fact.target[-1])] = fact
    return _status_literal(tree)


def _status_literal(value: Any) -> str:
    if isinstance(value, Fact):
        return _index(f"observed[{value.key!r}]", value.source)
    return f"{{{', '.join(f'{name!r}: {_status_literal(child)}' for name, child in value.items())}}}"
