"""Regions, partitions and zones, against the libraries that the tables come from."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore
import pytest
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from argosy.data.regions import (
    OWN_SUFFIX,
    PARTITIONS,
    ZONES,
    default_zones,
    dns_suffix,
    known_zones,
    partition_of,
    service_principal,
)


@cache
def partitions() -> dict[str, Any]:
    text = (Path(botocore.__file__).parent / "data" / "partitions.json").read_text(encoding="utf-8")
    return {entry["id"]: entry for entry in json.loads(text)["partitions"]}


REGIONS = [
    (region, name)
    for name, entry in partitions().items()
    for region in entry["regions"]
    if not region.endswith("-global")
]


def test_partitions_are_all_that_aws_has() -> None:
    """IAM-11."""
    assert {p.name: (p.dns_suffix, p.pattern) for p in PARTITIONS} == {
        name: (entry["outputs"]["dnsSuffix"], entry["regionRegex"]) for name, entry in partitions().items()
    }


@pytest.mark.parametrize(("region", "partition"), REGIONS)
def test_every_region_of_aws_has_its_partition(region: str, partition: str) -> None:
    """IAM-11: also regions without zones in the table."""
    assert partition_of(region) == partition


@pytest.mark.parametrize("region", [region for region, _ in REGIONS])
def test_one_partition_only(region: str) -> None:
    assert len([p for p in PARTITIONS if re.fullmatch(p.pattern, region)]) == 1


@pytest.mark.parametrize(
    "text", ["", "europe", "eu-west", "xx-west-1", "eu-west-1a", "eu-west-1\n", "EU-WEST-1", "aws-global", "eu-wést-1"]
)
def test_what_is_no_region_has_no_partition(text: str) -> None:
    assert partition_of(text) is None


def test_a_region_newer_than_the_table_has_a_partition_and_no_zones() -> None:
    assert partition_of("eu-west-9") == "aws"
    assert default_zones("eu-west-9") is None
    assert known_zones("eu-west-9") is None


@pytest.mark.parametrize("region", sorted(ZONES))
def test_zones_are_well_formed(region: str) -> None:
    """SEC-30: at least two zones, by default three; the letters that addresses are cut by (a to h)."""
    default, known = default_zones(region), known_zones(region)
    assert default is not None and known is not None
    assert 2 <= len(default) <= 3
    assert len(default) == 3 or region in ("cn-north-1", "us-west-1")
    assert set(default) <= set(known) <= set("abcdefgh")
    assert list(default) == sorted(set(default)) and list(known) == sorted(set(known))


@pytest.mark.parametrize("region", sorted(ZONES))
def test_zones_hold_what_moto_knows(region: str) -> None:
    theirs = {zone.name.removeprefix(region) for zone in RegionsAndZonesBackend.zones[region]}
    assert theirs <= set(ZONES[region].known)


def test_every_region_that_moto_knows_has_zones() -> None:
    assert set(RegionsAndZonesBackend.zones) == set(ZONES)


@pytest.mark.parametrize(
    ("service", "partition", "principal"),
    [
        ("ec2", "aws", "ec2.amazonaws.com"),
        ("ec2", "aws-us-gov", "ec2.amazonaws.com"),
        ("ec2", "aws-cn", "ec2.amazonaws.com.cn"),
        ("eks", "aws", "eks.amazonaws.com"),
        ("eks", "aws-cn", "eks.amazonaws.com"),
        ("vpc-flow-logs", "aws-cn", "vpc-flow-logs.amazonaws.com"),  # VPC user guide of the China regions
        ("monitoring.rds", "aws-cn", "monitoring.rds.amazonaws.com"),
    ],
)
def test_service_principals(service: str, partition: str, principal: str) -> None:
    """EKS refuses a node role in China that trusts ec2.amazonaws.com; IAM refuses eks.amazonaws.com.cn."""
    assert service_principal(service, partition) == principal


def test_regional_service_principal() -> None:
    assert service_principal("logs", "aws-cn", "cn-north-1") == "logs.cn-north-1.amazonaws.com.cn"
    assert service_principal("logs", "aws", "eu-west-1") == "logs.eu-west-1.amazonaws.com"


def test_own_suffixes_are_of_partitions_that_have_one() -> None:
    assert all(dns_suffix(partition) != "amazonaws.com" for partition in OWN_SUFFIX)


def test_unknown_partition_is_an_error() -> None:
    with pytest.raises(KeyError):
        dns_suffix("aws-moon")
