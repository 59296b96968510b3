"""Addresses: disjoint, inside the range, and never moved by another zone (REL-05, REL-06, design 4.4)."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from argosy.composites.network import LETTERS, blocks


@pytest.mark.parametrize(
    ("cidr", "slots"), [("10.0.0.0/16", 4), ("10.0.0.0/16", 8), ("10.1.2.0/23", 4), ("10.1.4.0/22", 8)]
)
def test_subnets_are_disjoint_and_large_enough(cidr: str, slots: int) -> None:
    """REL-06, REL-29: eleven free addresses at least, an upgrade takes five."""
    network = IPv4Network(cidr)
    subnets = [subnet for zone in LETTERS[:slots] for subnet in blocks(network, slots, zone).values()]
    assert all(subnet.subnet_of(network) and subnet.prefixlen <= 28 for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


def test_the_plan_of_addresses_is_what_it_was_in_the_first_release() -> None:
    """A moved range is a new subnet: these literals may never change (REL-06)."""
    assert {tier: str(net) for tier, net in blocks(IPv4Network("10.0.0.0/16"), 4, "b").items()} == {
        "private": "10.0.64.0/19",
        "public": "10.0.96.0/21",
        "database": "10.0.104.0/21",
    }
    assert str(blocks(IPv4Network("10.0.0.0/16"), 8, "h")["private"]) == "10.0.224.0/20"
