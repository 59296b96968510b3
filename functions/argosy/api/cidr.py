"""IPv4 ranges as users write them: checked strictly, because `10.1.2.3/16` means two different things."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""What a VPC may use: RFC 1918 and RFC 6598 (TEN-19)."""

PRIVATE_PATTERN = "^(10|192[.]168|172[.](1[6-9]|2[0-9]|3[01])|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))[.]"
"""The same for CEL, for ranges of /12 or longer."""


def _strict(text: str) -> str:
    try:
        IPv4Network(text)
    except ValueError:
        try:
            hint = f"; did you mean {IPv4Network(text, strict=False)}?"
        except ValueError:
            hint = ", such as 10.40.0.0/16"
        raise ValueError(f"{text} is no IPv4 range{hint}") from None
    return text


def is_private(text: str) -> bool:
    """Whether the whole range lies in one private range."""
    network = IPv4Network(text)
    return any(network.subnet_of(parent) for parent in PRIVATE)


Cidr = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$", min_length=9, max_length=18),
    AfterValidator(_strict),
]
"""An IPv4 range in CIDR notation."""
