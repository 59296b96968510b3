"""What exists on AWS, in one account: things by their AWS identity, whoever asked for them.

It knows nothing of Kubernetes. Two managed resources that name the same thing meet here, as they do on AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from argosy.simulator.values import FREE_MAPS, Path, Values, at, clone, digest, merged, texts


class Refusal(Exception):  # noqa: N818  AWS refuses; nothing of ours went wrong
    """AWS does not do what it is asked to.

    Attributes:
        code: name of the error in the API.
        message: what AWS says.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(kw_only=True)
class Thing:
    """Something that exists on AWS.

    Attributes:
        kind: `<service>/<kind>` in the provider's words.
        region: where it is; "" for IAM.
        identity: what identifies it among its kind.
        seed: from which its ids come; made once more it has another.
        fields: what can be asked for, as it is now.
        made: what AWS adds: ids, ARNs, addresses.
        ready_at: beat from which on it works.
        busy_until: beat until which a change is under way.
        changing: the change that is under way.
        gone_at: beat at which it has gone, once it was told to.
    """

    kind: str
    region: str
    identity: str
    seed: str
    fields: Values
    made: Values = field(default_factory=dict)
    ready_at: int = 0
    busy_until: int = 0
    changing: Values = field(default_factory=dict)
    gone_at: int | None = None

    @property
    def state(self) -> Values:
        """All that AWS tells about it."""
        return merged(self.fields, self.made)


Maker: TypeAlias = "Callable[[Thing, Account], Values]"
Check: TypeAlias = "Callable[[Thing, Mapping[str, Any], Account], None]"


@dataclass(frozen=True, kw_only=True)
class Needed:
    """A field that must name something that exists.

    Attributes:
        path: the field: a text or a list of texts.
        kind: what it names.
        fact: the field of the other thing that holds the name; its identity if that is empty.
        code: error if there is no such thing.
        message: with {value}.
        active: whether it must have been made completely.
    """

    path: Path
    kind: str
    fact: str = ""
    code: str
    message: str
    active: bool = False


@dataclass(frozen=True, kw_only=True)
class User:
    """A field of another kind that names something.

    Attributes:
        kind: the other kind.
        path: its field, which holds the identity: a text or a list of texts.
    """

    kind: str
    path: Path


class Account:
    """An AWS account: what exists, and the clock in beats."""

    def __init__(self, number: str, *, authority: str = "") -> None:
        """Starts empty.

        Args:
            number: twelve digits.
            authority: certificate authority of every EKS cluster here, as base64 of PEM; each has its own, which means
                nothing, if that is empty.
        """
        self.number = number
        self.authority = authority
        self.home = ""
        """A region of the partition that the account belongs to: IAM has no region, but a partition."""
        self.now = 0
        self.version = 0
        """Counts changes."""
        self.snapshots: set[str] = set()
        """Names of final snapshots of databases."""
        self.remembered: dict[str, str] = {}
        """Ids that the running provider knows by the uid of its object, whether or not the object records them."""
        self.looks: dict[str, Any] = {}
        """What a running controller of ACK saw when it last looked at an object, by its uid."""
        self.given_up: dict[str, int] = {}
        """Generations of objects, by uid, of which a running controller of ACK tries nothing any more."""
        self._things: dict[tuple[str, str, str], Thing] = {}
        self._made: dict[str, int] = {}

    def __iter__(self) -> Iterator[Thing]:
        """Everything that exists."""
        return iter(self._things.values())

    def find(self, kind: str, region: str, identity: str) -> Thing | None:
        """The thing of that identity, if it exists."""
        return self._things.get((kind, region, identity))

    def all(self, kind: str, region: str) -> list[Thing]:
        """Everything of a kind in a region."""
        return [thing for thing in self if thing.kind == kind and thing.region == region]

    def seed(self, asker: str) -> str:
        """From what the ids of the next thing come that somebody asks for: it differs from the one before."""
        return f"{self.number}/{asker}/{self._made.get(asker, 0)}"

    def add(self, thing: Thing, asker: str) -> None:
        """Brings it into existence."""
        self._made[asker] = self._made.get(asker, 0) + 1
        self._things[thing.kind, thing.region, thing.identity] = thing
        self.version += 1

    def change(self, thing: Thing, fields: Mapping[str, Any], beats: int) -> None:
        """Begins a change that takes so many beats."""
        thing.changing = clone(fields)
        thing.busy_until = self.now + beats
        self.version += 1

    def release(self, thing: Thing, beats: int) -> None:
        """Begins its end."""
        thing.gone_at = self.now + beats
        self.version += 1

    def beat(self, changed: Callable[[Thing, Values], None], gone: Callable[[Thing], None]) -> None:
        """Lets time go on.

        Args:
            changed: called with each thing whose change is done, and the change, to tell what follows from it.
            gone: called with each thing that has gone.
        """
        self.now += 1
        for thing in list(self._things.values()):
            if thing.gone_at is not None and thing.gone_at <= self.now:
                self.remove(thing)
                gone(thing)
            elif thing.changing and thing.busy_until <= self.now:
                change, thing.changing = thing.changing, {}
                thing.fields = merged(thing.fields, change, whole=FREE_MAPS)
                changed(thing, change)
                self.version += 1

    def remove(self, thing: Thing) -> None:
        """Takes it out of existence."""
        self._things.pop((thing.kind, thing.region, thing.identity), None)
        self.version += 1

    def saved(self) -> Values:
        """All that `restored` needs, as JSON values."""
        return {
            "number": self.number,
            "home": self.home,
            "now": self.now,
            "snapshots": sorted(self.snapshots),
            "remembered": self.remembered,
            "made": self._made,
            "things": [dict(vars(thing)) for thing in self],
        }

    @classmethod
    def restored(cls, saved: Mapping[str, Any], *, authority: str = "") -> Account:
        """The account as it was when it was saved."""
        account = cls(saved["number"], authority=authority)
        account.home, account.now = saved["home"], saved["now"]
        account.snapshots = set(saved["snapshots"])
        account.remembered, account._made = dict(saved["remembered"]), dict(saved["made"])
        for fields in saved["things"]:
            thing = Thing(**fields)
            account._things[thing.kind, thing.region, thing.identity] = thing
        return account

    @property
    def restless(self) -> bool:
        """Whether something will happen by itself."""
        return any(
            thing.gone_at is not None or thing.changing or self.now < thing.ready_at for thing in self._things.values()
        )

    def check_needed(self, needed: Needed, fields: Mapping[str, Any], region: str) -> None:
        """Refuses a field that names nothing."""
        for value in texts(at(fields, needed.path)):
            found = self.named(needed.kind, region, needed.fact, value)
            if found is None or found.gone_at is not None:
                raise Refusal(needed.code, needed.message.format(value=value))
            if needed.active and self.now < found.ready_at:
                raise Refusal("ResourceInUseException", f"{needed.kind.split('/')[1]} {value} is not in ACTIVE status")

    def named(self, kind: str, region: str, fact: str, value: str) -> Thing | None:
        """The thing with that identity, or with that value in `fact`."""
        where = "" if kind.startswith("iam/") else region
        if not fact:
            return self.find(kind, where, value)
        return next(
            (thing for thing in self.all(kind, where) if value in (thing.made.get(fact), thing.fields.get(fact))), None
        )

    def users(self, thing: Thing, users: tuple[User, ...]) -> Iterator[Thing]:
        """Everything that names `thing` in one of these fields."""
        for user in users:
            for other in self.all(user.kind, thing.region):
                if other is not thing and thing.identity in texts(at(other.fields, user.path)):
                    yield other


HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""A region of each partition."""


def partition(region: str) -> str:
    """The partition that a region belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def domain(region: str) -> str:
    """The domain of AWS services in a region."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def arn(service: str, region: str, account: str, resource: str, *, where: str = "") -> str:
    """An ARN; `where` is the region that tells the partition if the ARN has none (IAM)."""
    return f"arn:{partition(region or where)}:{service}:{region}:{account}:{resource}"


def hexadecimal(length: int, *parts: str) -> str:
    """Hex digits as in `vpc-0a1b2c3d4e5f67890`: AWS's long ids begin with 0."""
    return f"0{digest(*parts)[: length - 1]}"


def capitals(length: int, *parts: str) -> str:
    """Capital letters and digits, as in `db-ABCDEFGHIJKLMNOPQRSTUVWXYZ`."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(alphabet[int(pair, 16) % 32] for pair in _pairs(digest(*parts)))[:length]


def small(length: int, *parts: str) -> str:
    """Small letters and digits, as in `a-oxq8hvs7csrse9dqe`."""
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(alphabet[int(pair, 16) % 36] for pair in _pairs(digest(*parts)))[:length]


def _pairs(text: str) -> Iterator[str]:
    return (text[index : index + 2] for index in range(0, len(text), 2))
