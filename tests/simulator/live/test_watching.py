"""How the cache stays current through ends, failures and lists that are too old."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from argosy.simulator.live.api import FailedError, Resource
from argosy.simulator.live.cache import Cache
from argosy.simulator.live.watching import NOT_SERVED_SECONDS, RETRY_SECONDS, Contact, Watcher
from tests.simulator.objects import Manifest

VPCS = Resource(path="ec2.aws.m.upbound.io/VPC", group="ec2.aws.m.upbound.io", kind="VPC")


def item(name: str, version: int) -> Manifest:
    return {"metadata": {"name": name, "namespace": "team", "uid": name, "resourceVersion": str(version)}}


class Reader:
    """Answers from a script: one entry per call."""

    def __init__(self) -> None:
        self.served = True
        self.lists: list[list[Manifest] | FailedError] = []
        self.watches: list[list[tuple[str, Manifest] | FailedError]] = []
        self.asked: list[str] = []

    def discover(self, resource: Resource) -> str | None:
        self.asked.append("discover")
        return "/vpcs" if self.served else None

    def list(self, where: str, name: str) -> tuple[list[Manifest], str]:
        self.asked.append("list")
        found = self.lists.pop(0)
        if isinstance(found, FailedError):
            raise found
        return found, "100"

    def watch(self, where: str, name: str, version: str) -> Iterator[tuple[str, Manifest]]:
        self.asked.append(f"watch {version}")
        for event in self.watches.pop(0):
            if isinstance(event, FailedError):
                raise event
            yield event


def watcher(reader: Reader) -> tuple[Watcher, Cache]:
    cache = Cache()
    return Watcher(VPCS, reader, cache, Contact()), cache


def names(cache: Cache) -> list[str]:
    return sorted(name for _, _, name in cache.snapshot()[1])


def test_it_lists_once_and_goes_on_from_the_last_event() -> None:
    reader = Reader()
    reader.lists = [[item("a", 90)]]
    reader.watches = [
        [("ADDED", item("b", 101)), ("MODIFIED", item("a", 102)), ("DELETED", item("a", 103))],
        [("BOOKMARK", {"metadata": {"resourceVersion": "150"}})],
        [],
    ]
    one, cache = watcher(reader)
    assert [one.round() for _ in range(3)] == [0, 0, 0]
    assert reader.asked == ["discover", "list", "watch 100", "watch 103", "watch 150"]
    assert names(cache) == ["b"]


@pytest.mark.parametrize("status", [410, 504, 403])
def test_after_an_error_it_lists_again(status: int) -> None:
    reader = Reader()
    reader.lists = [[item("a", 90)], [item("b", 95)]]
    reader.watches = [[FailedError(status, "no")], []]
    one, cache = watcher(reader)
    assert one.round() == (0 if status == 410 else RETRY_SECONDS)
    assert names(cache) == ["a"], "kept until something better is known"
    one.round()
    assert names(cache) == ["b"]


def test_while_the_server_is_gone_the_cache_stays_and_it_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    reader = Reader()
    reader.lists = [[item("a", 90)]]
    gone = FailedError(0, "refused")
    reader.watches = [[("ADDED", item("b", 120)), gone], [gone], [("ADDED", item("c", 130))]]
    one, cache = watcher(reader)
    assert [one.round() for _ in range(3)] == [RETRY_SECONDS, RETRY_SECONDS, 0]
    assert reader.asked[2:] == ["watch 100", "watch 120", "watch 120"]
    assert names(cache) == ["a", "b", "c"]
    assert [record.message.split()[0] for record in caplog.records] == ["lost", "found"]


def test_a_kind_that_is_not_served_is_known_to_be_empty() -> None:
    reader = Reader()
    reader.lists = [[item("a", 90)]]
    reader.watches = [[FailedError(404, "no")]]
    one, cache = watcher(reader)
    one.round()
    reader.served = False
    assert one.round() == NOT_SERVED_SECONDS
    assert one.known.is_set()
    assert one.where == ""
    assert names(cache) == []


def test_it_knows_nothing_before_the_first_list() -> None:
    reader = Reader()
    reader.lists = [FailedError(0, "refused"), []]
    reader.watches = [[]]
    one, _ = watcher(reader)
    one.round()
    assert not one.known.is_set()
    one.round()
    assert one.known.is_set()


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_has_not_begun_yet_counts_as_gone(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    reader = Reader()
    reader.lists = [FailedError(status, "storage is (re)initializing")] * 3 + [[]]
    reader.watches = [[]]
    one, _ = watcher(reader)
    for _ in range(4):
        one.round()
    assert [record.message.split()[0] for record in caplog.records] == ["lost", "found"]


def test_an_error_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader()
    reader.lists = [FailedError(403, "forbidden")] * 5
    one, _ = watcher(reader)
    for _ in range(5):
        one.round()
    assert [record.message for record in caplog.records] == ["failed   watch of ec2.aws.m.upbound.io/VPC: forbidden"]
