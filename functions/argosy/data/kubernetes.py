"""Kubernetes versions on EKS and how long AWS supports them.

A new cluster starts with the newest one, and a claim may ask for those that EKS still offers; AWS tells the list
only to who has credentials.

Sources, read 2026-11-23: EKS user guide, "Understand the Kubernetes version lifecycle on EKS", for the rows up to
1.34; endoflife.date/amazon-eks for 1.35 and 1.36. The live source is `aws eks describe-cluster-versions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Version:
    """A minor version of Kubernetes on EKS.

    Attributes:
        name: such as `1.36`.
        released: first day on EKS.
        standard_until: last day of standard support.
        extended_until: last day of extended support; afterwards AWS upgrades what still runs it.
    """

    name: str
    released: date
    standard_until: date
    extended_until: date


def _version(name: str, released: str, standard_until: str, extended_until: str) -> Version:
    return Version(
        name=name,
        released=date.fromisoformat(released),
        standard_until=date.fromisoformat(standard_until),
        extended_until=date.fromisoformat(extended_until),
    )


READ_ON = date(2026, 11, 23)
"""The day the table was read."""

VERSIONS: tuple[Version, ...] = (
    _version("1.30", "2024-05-23", "2025-07-23", "2026-07-23"),
    _version("1.31", "2024-09-26", "2025-11-26", "2026-11-26"),
    _version("1.32", "2025-01-23", "2026-03-23", "2027-03-23"),
    _version("1.33", "2025-05-29", "2026-07-29", "2027-07-29"),
    _version("1.34", "2025-10-02", "2026-12-02", "2027-12-02"),
    _version("1.35", "2026-01-28", "2027-03-27", "2028-03-27"),
    _version("1.36", "2026-06-02", "2027-08-02", "2028-08-02"),
)
"""All versions, oldest first."""

OFFERED: tuple[str, ...] = tuple(version.name for version in VERSIONS if version.extended_until > READ_ON)
"""Versions that a claim may ask for, oldest first. Not by the clock: the same claim must always get the same
answer (TST-12); a version leaves the list when the table is read anew."""

NEWEST: str = OFFERED[-1]
"""What a new cluster gets whose claim names no version."""
