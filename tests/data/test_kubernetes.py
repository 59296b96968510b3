"""Kubernetes versions on EKS."""

from __future__ import annotations

from datetime import date

import pytest

from argosy.data.kubernetes import NEWEST, OFFERED, READ_ON, VERSIONS, Version

EACH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)


def minor(name: str) -> int:
    return int(name.split(".")[1])


@EACH
def test_support_comes_in_order(version: Version) -> None:
    assert version.released < version.standard_until < version.extended_until


@EACH
def test_standard_support_lasts_about_14_months_and_extended_12_more(version: Version) -> None:
    """AWS's rule; a typing error of a year shows here."""
    assert 420 <= (version.standard_until - version.released).days <= 432
    assert 364 <= (version.extended_until - version.standard_until).days <= 366


def test_versions_are_a_row_without_gaps() -> None:
    """UPG-01: the walk goes one minor at a time."""
    minors = [minor(version.name) for version in VERSIONS]
    assert minors == list(range(minors[0], minors[0] + len(minors)))
    assert [version.released for version in VERSIONS] == sorted(version.released for version in VERSIONS)


def test_ended_versions_are_not_offered() -> None:
    """SEC-11, EKS.2: 1.30 ended on 2026-07-23, 1.31 ends three days after the table was read."""
    assert date(2026, 11, 23) == READ_ON
    assert OFFERED == ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
    assert {version.name for version in VERSIONS} - set(OFFERED) == {"1.30"}


def test_newest_is_offered_and_in_standard_support() -> None:
    newest = next(version for version in VERSIONS if version.name == NEWEST)
    assert newest is VERSIONS[-1]
    assert NEWEST in OFFERED
    assert newest.released <= READ_ON < newest.standard_until


def test_at_least_three_versions_are_in_standard_support() -> None:
    """AWS promises three."""
    assert sum(version.released <= READ_ON < version.standard_until for version in VERSIONS) >= 3
