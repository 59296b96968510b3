"""What AWS does when it is asked to make, change or delete something: the rules of its kind, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.aws import Account, Refusal, Thing
from argosy.simulator.kind import Kind, Unique
from argosy.simulator.values import Values, at, merged

INCOMPLETE = "1 validation error(s) found."
"""Said by AWS's client: a request without a required field never reaches AWS."""


def make(kind: Kind, account: Account, fields: Values, *, region: str, name: str, seed: str, beats: int) -> Thing:
    """What AWS makes of a request; the caller brings it into existence.

    Args:
        kind: of what is asked for.
        account: where.
        fields: what is asked for.
        region: where; "" for IAM.
        name: the name that is asked for, of kinds that users name.
        seed: from which its ids come.
        beats: until it works.

    Raises:
        Refusal: AWS makes nothing.
    """
    if missing := [path for path in kind.required if at(fields, path) in (None, "", [])]:
        names = ".".join(name[:1].upper() + name[1:] for name in missing[0])
        raise Refusal(INCOMPLETE, f"missing required field, Create{kind.operation}Input.{names}.")
    for needed in kind.needed:
        account.check_needed(needed, fields, region)
    if kind.unique is not None:
        _check_unique(kind, kind.unique, account, fields, region)
    thing = Thing(kind=kind.path, region=region, identity=kind.identify(fields, name, seed), seed=seed, fields=fields)
    thing.fields = merged(kind.defaults(thing, account), fields)
    kind.check_create(thing, fields, account)
    thing.ready_at = account.now + beats
    thing.made = kind.make(thing, account)
    return thing


def _check_unique(kind: Kind, unique: Unique, account: Account, fields: Mapping[str, Any], region: str) -> None:
    mine = [at(fields, path) for path in unique.paths]
    for other in account.all(kind.path, region):
        if any(mine) and mine == [at(other.fields, path) for path in unique.paths]:
            raise Refusal(unique.code, unique.message.format(identity=other.identity))


def complete(kind: Kind, account: Account, thing: Thing) -> None:
    """Lets AWS tell all of what it has made in the meantime, and of what was there without anybody's asking."""
    being_made = account.now < thing.ready_at
    if not being_made and (thing.made.get("status") == "CREATING" or not thing.made):
        thing.made = merged(thing.made, kind.make(thing, account))


def check_change(kind: Kind, account: Account, thing: Thing, fields: Mapping[str, Any]) -> None:
    """Refuses what a thing cannot become.

    Raises:
        Refusal: it stays as it is.
    """
    for needed in kind.needed:
        account.check_needed(needed, fields, thing.region)
    kind.check_change(thing, fields, account)


def release(kind: Kind, account: Account, thing: Thing, beats: int) -> None:
    """Begins a thing's end.

    Raises:
        Refusal: it stays.
    """
    if kind.in_use and any(account.users(thing, kind.in_use.users)):
        raise Refusal(kind.in_use.code, kind.in_use.message.format(identity=thing.identity))
    kind.check_delete(thing, thing.fields, account)
    account.release(thing, beats)
