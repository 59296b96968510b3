"""The table of checks: a rule is a function with the id of its item and one sentence.

A check counts what it looked at, so that one that looks at nothing is found out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.safety.answers import Item, Pass, Story

Complaints = Iterator[str]


@dataclass(frozen=True)
class Verdict:
    """What a check says of a life.

    Attributes:
        subjects: how many things it looked at.
    """

    subjects: int
    complaints: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One rule.

    Attributes:
        id: the item it belongs to, such as `SEC-02`; several checks may share one.
        sentence: what must hold.
        scanners: ids of public scanners and benchmarks that demand the same of the AWS resource.
    """

    id: str
    name: str
    sentence: str
    scanners: tuple[str, ...]
    judge: Callable[[Story], Verdict]


CHECKS: list[Check] = []


def _add(name: str, id_: str, sentence: str, scanners: str, judge: Callable[[Story], Verdict]) -> None:
    assert name.startswith(id_.lower().replace("-", "_")), f"{name} must name {id_}"
    CHECKS.append(Check(id=id_, name=name, sentence=sentence, scanners=tuple(scanners.split()), judge=judge))


def _of_each(
    rule: Callable[[Item, Pass], Complaints], subjects_of: Callable[[Pass], Sequence[Item]], settled: bool
) -> Callable[[Story], Verdict]:
    def judge(story: Story) -> Verdict:
        subjects, found = 0, []
        for number, now in enumerate(story):
            if settled and not now.settled:
                continue
            for item in subjects_of(now):
                subjects += 1
                found += [f"pass {number}: {item.key}: {complaint}" for complaint in rule(item, now)]
        return Verdict(subjects, tuple(found))

    return judge


def each(
    id_: str, sentence: str, *kinds: str, settled: bool = False, scanners: str = ""
) -> Callable[[Callable[[Item, Pass], Complaints]], Callable[[Item, Pass], Complaints]]:
    """A rule for everything of some kinds (of any kind if none is named), in every answer or in the last only."""

    def register(rule: Callable[[Item, Pass], Complaints]) -> Callable[[Item, Pass], Complaints]:
        judge = _of_each(rule, lambda now: now.of(*kinds) if kinds else now.items, settled)
        _add(rule.__name__, id_, sentence, scanners, judge)
        return rule

    return register


def composed(
    id_: str, sentence: str, *, settled: bool = False, scanners: str = ""
) -> Callable[[Callable[[Item, Pass], Complaints]], Callable[[Item, Pass], Complaints]]:
    """A rule for every composed object as it is written, in the words of its engine."""

    def register(rule: Callable[[Item, Pass], Complaints]) -> Callable[[Item, Pass], Complaints]:
        _add(rule.__name__, id_, sentence, scanners, _of_each(rule, lambda now: now.objects, settled))
        return rule

    return register


def whole(
    id_: str, sentence: str, *, settled: bool = False, scanners: str = ""
) -> Callable[[Callable[[Pass], Complaints]], Callable[[Pass], Complaints]]:
    """A rule for an answer as a whole."""

    def register(rule: Callable[[Pass], Complaints]) -> Callable[[Pass], Complaints]:
        def judge(story: Story) -> Verdict:
            judged = [(number, now) for number, now in enumerate(story) if now.settled or not settled]
            found = [f"pass {number}: {complaint}" for number, now in judged for complaint in rule(now)]
            return Verdict(len(judged), tuple(found))

        _add(rule.__name__, id_, sentence, scanners, judge)
        return rule

    return register


def life(id_: str, sentence: str) -> Callable[[Callable[[Pass, Pass], Complaints]], Callable[[Pass, Pass], Complaints]]:
    """A rule for an answer and the one after it."""

    def register(rule: Callable[[Pass, Pass], Complaints]) -> Callable[[Pass, Pass], Complaints]:
        def judge(story: Story) -> Verdict:
            pairs = list(pairwise(story))
            found = [
                f"pass {number}: {complaint}"
                for number, (before, now) in enumerate(pairs, 1)
                for complaint in rule(before, now)
            ]
            return Verdict(len(pairs), tuple(found))

        _add(rule.__name__, id_, sentence, "", judge)
        return rule

    return register


def differs(what: str, found: object, wanted: object) -> Complaints:
    """A complaint if a value is not the one it must be; `True` and `1` are not the same."""
    if found != wanted or type(found) is not type(wanted):
        yield f"{what} is {found!r}, not {wanted!r}"
