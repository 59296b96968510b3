"""The cache keeps the newest that anybody told, in whatever order it is told."""

from __future__ import annotations

from argosy.simulator.live.cache import Cache
from tests.simulator.objects import Manifest

PATH = "ec2.aws.m.upbound.io/VPC"


def item(version: int, name: str = "vpc", uid: str = "uid", **metadata: object) -> Manifest:
    return {"metadata": {"name": name, "namespace": "team", "uid": uid, "resourceVersion": str(version), **metadata}}


def known(cache: Cache) -> dict[str, str]:
    return {name: value["metadata"]["resourceVersion"] for (_, _, name), value in cache.snapshot()[1].items()}


def test_versions_compare_as_numbers() -> None:
    cache = Cache()
    for version in (9, 10, 9):
        cache.put(PATH, item(version))
    assert known(cache) == {"vpc": "10"}
    assert cache.version == 2, "what is known counts as no change"


def test_what_is_gone_does_not_come_back() -> None:
    cache = Cache()
    cache.put(PATH, item(9))
    cache.remove(PATH, item(10))
    cache.put(PATH, item(11))
    assert known(cache) == {}


def test_a_new_object_of_the_same_name_survives_the_end_of_the_old() -> None:
    cache = Cache()
    cache.put(PATH, item(9))
    cache.put(PATH, item(12, uid="another"))
    cache.remove(PATH, item(11))
    assert known(cache) == {"vpc": "12"}


def test_a_list_removes_what_it_lacks_but_not_what_is_newer() -> None:
    cache = Cache()
    cache.put(PATH, item(9))
    cache.put(PATH, item(30, "newer", "uid-newer"))
    cache.put("ec2.aws.m.upbound.io/Subnet", item(9, "subnet", "uid-subnet"))
    cache.replace(PATH, [item(15, "listed", "uid-listed")], 20)
    assert known(cache) == {"newer": "30", "listed": "15", "subnet": "9"}


def test_a_kind_that_is_served_again_may_have_the_same_objects() -> None:
    cache = Cache()
    cache.put(PATH, item(9))
    cache.put("ec2.aws.m.upbound.io/Subnet", item(9, "subnet", "uid-subnet"))
    cache.clear(PATH)
    assert known(cache) == {"subnet": "9"}
    cache.put(PATH, item(9))
    assert known(cache) == {"subnet": "9", "vpc": "9"}


def test_managed_fields_are_left_to_the_server() -> None:
    cache = Cache()
    cache.put(PATH, item(9, managedFields=[{"manager": "core"}]))
    assert "managedFields" not in cache.snapshot()[1][PATH, "team", "vpc"]["metadata"]
