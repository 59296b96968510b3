"""Names: stable, apart, and of a form that AWS takes (TEN-04, TEN-05, REL-22, REL-23)."""

from __future__ import annotations

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from argosy.names import (
    CLUSTER_LENGTH,
    DATABASE_LENGTH,
    HASH_LENGTH,
    NODE_GROUP_LENGTH,
    ROLE_LENGTH,
    Names,
    digest,
    slug,
)

texts = st.text(alphabet=st.characters(codec="utf-8"), min_size=0, max_size=253)
kubernetes_names = st.from_regex(r"\A[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?\Z")
keys = st.from_regex(r"\A[a-z]([a-z0-9-]{0,70}[a-z0-9])?\Z")
identities = st.builds(Names, st.sampled_from(["EKSCluster", "Network"]), kubernetes_names, kubernetes_names)


def test_names_are_what_they_were_in_the_first_release() -> None:
    """A rename is a deletion: these literals may never change (REL-03)."""
    names = Names("EKSCluster", "team-orders", "orders")
    assert names.cluster == "orders-9ccad01cbd"
    assert names.object("subnet-private-a") == "orders-9ccad01cbd-subnet-private-a"
    assert names.spoke_role() == "argosy-spoke-orders-9ccad01cbd"
    assert (
        names.aws("workload-" + "x" * 60, ROLE_LENGTH)
        == "orders-9ccad01cbd-workload-xxxxxxxxxxxxxxxxxxxxxxxxxx-f3563e2f79"
    )


@given(identities, identities)
def test_ten_04_two_claims_never_share_a_name(one: Names, other: Names) -> None:
    assume(one != other)
    assert one.cluster != other.cluster
    assert one.spoke_role() != other.spoke_role()


def test_ten_05_parts_are_hashed_with_a_delimiter() -> None:
    assert digest("a-b", "c") != digest("a", "b-c")
    assert Names("EKSCluster", "a-b", "c").hash != Names("EKSCluster", "a", "b-c").hash


@given(identities, keys)
def test_ten_04_the_hash_survives_truncation(names: Names, key: str) -> None:
    for length in (ROLE_LENGTH, NODE_GROUP_LENGTH, DATABASE_LENGTH):
        name = names.aws(key, length)
        assert names.hash in name
        assert len(name) <= length
        assert re.fullmatch(r"[a-z][a-z0-9-]*[a-z0-9]", name), name


@given(identities, keys, keys)
def test_two_keys_never_share_a_name(names: Names, one: str, other: str) -> None:
    """REL-23, REL-26."""
    assume(one != other)
    for length in (ROLE_LENGTH, NODE_GROUP_LENGTH):
        assert names.aws(one, length) != names.aws(other, length)


@given(texts, st.integers(5, 60))
def test_rel_22_a_slug_is_a_name_whatever_it_is_made_from(text: str, length: int) -> None:
    assert re.fullmatch(r"[a-z]([a-z0-9]|-(?=[a-z0-9]))*", slug(text, length))
    assert len(slug(text, length)) <= length


@given(identities)
def test_gitops_s7_the_cluster_name_leaves_room_for_an_add_on(names: Names) -> None:
    assert len(names.cluster) <= CLUSTER_LENGTH
    assert len(names.hash) == HASH_LENGTH
    assert len("aws-load-balancer-controller-" + names.cluster) <= 63
