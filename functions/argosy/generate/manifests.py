"""YAML that every reader takes for the same text.

kubectl reads YAML 1.1, Python's ruamel writes YAML 1.2: what the one leaves bare (`on`, `1_000`, `12:30`), the other
takes for a boolean or a number, and the value that was meant never arrives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

WIDTH = 118
"""Where long text is wrapped."""

AMBIGUOUS = re.compile(r"(y|n|yes|no|on|off|true|false|null|~|=|<<|[-+.0-9].*)\Z", re.IGNORECASE | re.DOTALL)
"""Text that YAML 1.1 takes for something else when it is bare, or might: https://yaml.org/type/ (2026-11)."""


def to_yaml(document: Any) -> str:
    """A YAML document, mappings in their own order, short lists of scalars on one line."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = WIDTH
    text = StringIO()
    yaml.dump(_styled(document), text)
    # where text is wrapped, ruamel leaves the space before the break; a reader folds both into one
    return re.sub(r" +$", "", text.getvalue(), flags=re.MULTILINE)


def _styled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_styled(name): _styled(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        items = CommentedSeq([_styled(item) for item in value])
        if all(isinstance(item, str | int) for item in value) and len(str(value)) < WIDTH:
            items.fa.set_flow_style()
        return items
    return DoubleQuotedScalarString(value) if isinstance(value, str) and AMBIGUOUS.match(value) else value
