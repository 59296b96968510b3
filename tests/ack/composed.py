"""A claim between the function and ACK's own controllers, as Crossplane's core would carry it back and forth."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from argosy.cli.options import sample_hub
from argosy.cli.request import KEY_ANNOTATION, Answer, Caller
from tests.ack.lacks import adapted, is_run, stand_in
from tests.ack.world import Item, Name, World
from tests.support.lives import example

SETTLES_IN = 180
"""Seconds. Who waits for another object looks again after twice as long each time."""


class Composed:
    """What an example's claim composes."""

    def __init__(self, world: World, name: str) -> None:
        """Makes its namespace; nothing is composed yet."""
        self.world = world
        self._caller = Caller(claim=example(name, "ack"), engine="ack", required=sample_hub())
        self.namespace: str = self._caller.claim["metadata"]["namespace"]
        self.region: str = self._caller.claim["spec"]["region"]
        self.stand_ins: dict[str, Item] = {}
        self._told: Answer | None = None
        world.kubectl.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}])

    def objects(self) -> dict[Name, Item]:
        """What there is."""
        return self.world.objects(self.namespace)

    def call(self) -> Answer:
        """The function's answer to what there is."""
        told = self._caller.call([*self.objects().values(), *self.stand_ins.values()])
        assert told.fatal is None, told.fatal
        self._caller.remember(told)
        return told

    def apply(self, told: Answer) -> None:
        """Applies what an answer wants; what nobody makes here is as desired at once."""
        looked = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for key, item in told.desired.items():
            if not is_run(item):
                group = self._cluster_group() if item["kind"] == "Cluster" else ""
                self.stand_ins[key] = stand_in(item, looked, self.region, group)
        self.world.apply(self.applied(told).values())

    def applied(self, told: Answer) -> dict[Name, Item]:
        """What is applied of an answer."""
        composed = told.desired.values()
        return {(item["kind"], item["metadata"]["name"]): adapted(item, composed) for item in composed if is_run(item)}

    def step(self) -> str:
        """Calls and applies once; what is in the way of being settled, "" if nothing is."""
        told, before = self.call(), self._told
        wrong = self._wrong(told)
        self._told = told
        if not wrong and before is not None and told.desired == before.desired and not self._missing(told):
            return ""
        self.apply(told)
        return f"{self.namespace}: {wrong or told.conditions}"

    def change(self, **spec: Any) -> None:
        """Changes fields of the claim."""
        claim = self._caller.claim
        self._caller.claim = {**claim, "spec": {**claim["spec"], **spec}}

    def _wrong(self, told: Answer) -> dict[Name, Any]:
        """What is not as applied, or not in sync."""
        there = self.objects()
        return {
            name: difference
            for name, item in self.applied(told).items()
            if (difference := _difference(item, there.get(name)))
        }

    def _missing(self, told: Answer) -> set[str]:
        """Keys that are wanted and not observed."""
        there = {item["metadata"]["annotations"][KEY_ANNOTATION] for item in self.objects().values()}
        return told.desired.keys() - there - self.stand_ins.keys()

    def _cluster_group(self) -> str:
        """The security group that EKS makes for a cluster, in its VPC."""
        ec2, name = self.world.aws("ec2", self.region), f"eks-cluster-sg-{self.namespace}"
        found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
        if found:
            return str(found[0]["GroupId"])
        (vpc,) = (item for (kind, _), item in self.objects().items() if kind == "VPC")
        made = ec2.create_security_group(GroupName=name, Description="EKS", VpcId=vpc["status"]["vpcID"])
        return str(made["GroupId"])


def settle(claims: Iterable[Composed], seconds: float = SETTLES_IN) -> None:
    """Calls and applies until the function wants nothing else, and everything is as applied and in sync.

    Raises:
        TimeoutError: that does not come; the message says what is in the way.
    """
    until = time.monotonic() + seconds
    while any(ways := [claim.step() for claim in claims]):
        if time.monotonic() > until:
            raise TimeoutError(f"not settled after {seconds:.0f} s: {ways}")
        time.sleep(1)


def conditions(item: Mapping[str, Any]) -> dict[str, Item]:
    """Conditions by type."""
    return {found["type"]: found for found in item.get("status", {}).get("conditions", [])}


def _difference(applied: Item, there: Item | None) -> Any:
    """In what an object is not as applied, or why it is not in sync."""
    if there is None:
        return "is not there"
    otherwise = lost(applied["spec"], there["spec"], "spec")
    otherwise |= lost(applied["metadata"], there["metadata"], "metadata")
    if otherwise:
        return otherwise
    found = conditions(there)
    return None if found.get("Ready", {}).get("status") == "True" else found or "nobody has looked"


def lost(applied: Any, there: Any, path: str) -> dict[str, Any]:
    """What was applied and is otherwise; what somebody else has added to it is none of that."""
    if isinstance(applied, dict) and isinstance(there, dict):
        return {
            where: found
            for name, value in applied.items()
            for where, found in lost(value, there.get(name), f"{path}.{name}").items()
        }
    return {} if applied == there else {path: (applied, there)}
