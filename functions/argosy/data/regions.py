"""Regions, their partitions and their zones.

The partition stands in every ARN and decides names of service principals; the zones are what a claim gets that
names none. AWS tells both only to who has credentials, and a composition function has none (REL-46).

Sources, all read 2026-11-24:
- partitions, their regions, expressions and DNS suffixes: botocore 1.44.8, `data/partitions.json`;
- zones: moto 5.2.5, `moto/ec2/models/availability_zones_and_regions.py`, whose exceptions come from real accounts
  and which takes a, b, c for every other region;
- where letters differ between accounts, and where EKS has no room: aws-cloudformation/cfn-lint #1052 and #1447,
  cilium #47168 and eks-workshop-v2 #619 (us-west-1), eksctl #817 (us-east-1), eksctl #3916 (cn-north-1);
- service principals: the Terraform AWS provider's data source `aws_service_principal`; terraform-aws-eks #827 and
  #3389 (EC2 in China), #1904 and #2263 (EKS in China).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Partition:
    """A partition of AWS: accounts, ARNs and service principals never cross it.

    Attributes:
        name: as it stands in ARNs.
        dns_suffix: end of host names of its services, such as `amazonaws.com`.
        pattern: what its regions are called, also those that are not in the table yet.
    """

    name: str
    dns_suffix: str
    pattern: str


PARTITIONS: tuple[Partition, ...] = (
    Partition(name="aws", dns_suffix="amazonaws.com", pattern=r"^(us|eu|ap|sa|ca|me|af|il|mx)\-\w+\-\d+$"),
    Partition(name="aws-cn", dns_suffix="amazonaws.com.cn", pattern=r"^cn\-\w+\-\d+$"),
    Partition(name="aws-eusc", dns_suffix="amazonaws.eu", pattern=r"^eusc\-(de)\-\w+\-\d+$"),
    Partition(name="aws-iso", dns_suffix="c2s.ic.gov", pattern=r"^us\-iso\-\w+\-\d+$"),
    Partition(name="aws-iso-b", dns_suffix="sc2s.sgov.gov", pattern=r"^us\-isob\-\w+\-\d+$"),
    Partition(name="aws-iso-e", dns_suffix="cloud.adc-e.uk", pattern=r"^eu\-isoe\-\w+\-\d+$"),
    Partition(name="aws-iso-f", dns_suffix="csp.hci.ic.gov", pattern=r"^us\-isof\-\w+\-\d+$"),
    Partition(name="aws-us-gov", dns_suffix="amazonaws.com", pattern=r"^us\-gov\-\w+\-\d+$"),
)
"""All partitions. The expressions are ASCII and exclude one another."""


@dataclass(frozen=True, kw_only=True)
class Zones:
    """The zones of a region, by letter; only those of type availability-zone, no local or wavelength zones.

    Attributes:
        known: letters that some account has.
        default: letters for a claim that names none: three, or as many as an account is given.
    """

    known: tuple[str, ...]
    default: tuple[str, ...]


ABC = Zones(known=("a", "b", "c"), default=("a", "b", "c"))
ABCD = Zones(known=("a", "b", "c", "d"), default=("a", "b", "c"))

ZONES: Mapping[str, Zones] = {
    "af-south-1": ABC,
    "ap-east-1": ABC,
    "ap-east-2": ABC,
    # some accounts have b, with little room for new things
    "ap-northeast-1": Zones(known=("a", "b", "c", "d"), default=("a", "c", "d")),
    "ap-northeast-2": ABCD,
    "ap-northeast-3": ABC,
    "ap-south-1": ABC,
    "ap-south-2": ABC,
    "ap-southeast-1": ABC,
    "ap-southeast-2": ABC,
    "ap-southeast-3": ABC,
    "ap-southeast-4": ABC,
    "ap-southeast-5": ABC,
    "ap-southeast-6": ABC,
    "ap-southeast-7": ABC,
    "ca-central-1": Zones(known=("a", "b", "d"), default=("a", "b", "d")),
    "ca-west-1": ABC,
    # a control plane cannot stand in cnn1-az4, which most accounts know as d
    "cn-north-1": Zones(known=("a", "b", "d"), default=("a", "b")),
    "cn-northwest-1": ABC,
    "eu-central-1": ABC,
    "eu-central-2": ABC,
    "eu-north-1": ABC,
    "eu-south-1": ABC,
    "eu-south-2": ABC,
    "eu-west-1": ABC,
    "eu-west-2": ABC,
    "eu-west-3": ABC,
    "il-central-1": ABC,
    "me-central-1": ABC,
    "me-south-1": ABC,
    "mx-central-1": ABC,
    "sa-east-1": ABC,
    # a control plane cannot stand in use1-az3, which most accounts know as e
    "us-east-1": Zones(known=("a", "b", "c", "d", "e", "f"), default=("a", "b", "c")),
    "us-east-2": ABC,
    "us-gov-east-1": ABC,
    "us-gov-west-1": ABC,
    # an account has two of these three; new ones mostly a and c
    "us-west-1": Zones(known=("a", "b", "c"), default=("a", "c")),
    "us-west-2": ABCD,
}

OWN_SUFFIX: Mapping[str, frozenset[str]] = {
    "aws-cn": frozenset({"ec2", "logs"}),
    "aws-iso": frozenset({"logs"}),
    "aws-iso-b": frozenset({"logs"}),
}
"""Services, of those that Argosy names, whose service principal ends with the suffix of the partition."""


def partition_of(region: str) -> str | None:
    """The partition of a region, or None if no partition calls its regions so.

    A region that is newer than the table has a partition too: its name tells it.
    """
    return next((p.name for p in PARTITIONS if re.fullmatch(p.pattern, region, re.ASCII)), None)


def dns_suffix(partition: str) -> str:
    """The end of host names of a partition's services.

    Raises:
        KeyError: for a partition that AWS does not have.
    """
    return {p.name: p.dns_suffix for p in PARTITIONS}[partition]


def service_principal(service: str, partition: str, region: str | None = None) -> str:
    """The service principal of a service, such as `ec2.amazonaws.com`, or of the service in one region.

    It ends with `amazonaws.com` in all partitions but for the services in `OWN_SUFFIX`: EKS refuses a node role in
    China that trusts `ec2.amazonaws.com`, and IAM refuses `eks.amazonaws.com.cn`.
    """
    suffix = dns_suffix(partition) if service in OWN_SUFFIX.get(partition, ()) else "amazonaws.com"
    return f"{service}.{region}.{suffix}" if region else f"{service}.{suffix}"


def default_zones(region: str) -> tuple[str, ...] | None:
    """Letters of the zones that a claim gets that names none, sorted; None if the table lacks the region."""
    zones = ZONES.get(region)
    return zones.default if zones else None


def known_zones(region: str) -> tuple[str, ...] | None:
    """Letters that a claim may name, sorted; None if the table lacks the region."""
    zones = ZONES.get(region)
    return zones.known if zones else None
