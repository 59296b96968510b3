"""A stand-in for AWS and the providers, in the providers' own words, by apiVersion and kind.

It shares nothing with the engines that it judges. Time goes on in beats: a function's answer is applied, a beat
passes, the objects are observed.

    simulator = Simulator()
    simulator.apply(desired)
    simulator.step()
    observed = simulator.observed()

`aws.py` holds what exists on AWS, `operations.py` what AWS does with it and refuses, `server.py` the composed objects;
`provider.py`, `ack` and `kubernetes.py` are the behaviour, which knows neither. The kinds are data: `ec2.py`, `eks.py`,
`rds.py`, `foundations.py`; those of ACK are another view of the same things, which have the same ids. `live` is the
behaviour of the AWS provider on a real API server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argosy.simulator import ack, kubernetes, provider, usages
from argosy.simulator.ack import AckKind, ack_kind_of
from argosy.simulator.aws import HOMES, Account, Thing
from argosy.simulator.delays import DELAYS, Delay
from argosy.simulator.flavours import flavour_of, group_of
from argosy.simulator.kind import Kind
from argosy.simulator.kinds import KINDS
from argosy.simulator.server import Claim, Composite, Server
from argosy.simulator.values import Values


class Simulator:
    """The hub's API server with one claim's composed objects, and an AWS account behind it."""

    def __init__(
        self,
        *,
        account: str = "111122223333",
        faults: Mapping[str, str] | None = None,
        slow: Mapping[str, int] | None = None,
        delays: Mapping[str, Delay] = DELAYS,
        aws: Account | None = None,
        composite: Composite | None = None,
    ) -> None:
        """Starts with nothing made.

        Args:
            account: number of the AWS account.
            faults: by composition-resource name, what AWS says instead of making the object, until it is healed.
            slow: by composition-resource name, beats that an object takes longer.
            delays: beats that operations take, by kind.
            aws: an account that exists already, to share it with another claim's simulator.
            composite: whose objects they are; some namespaced claim if nobody says.
        """
        self.aws = aws or Account(account)
        self.server = Server(composite or Composite(), ack.invalid)
        self.hub: dict[tuple[str, str], dict[str, Any]] = {}
        self.faults = dict(faults or {})
        self._slow = dict(slow or {})
        self._delays = delays
        self._seen: tuple[int, int] | None = None
        self._first: dict[str, int] = {}

    def apply(self, desired: Sequence[Mapping[str, Any]]) -> None:
        """What core does with an answer: deletes what is missing in it, applies the rest (server-side apply).

        Raises:
            ValueError: for a kind that no provider here knows, and for what core cannot or must not apply.
        """
        for item in desired:
            self._look_at(item)
            self.server.composite.check(item)
            if item["kind"] in usages.KINDS:
                usages.check(item)
        self.server.apply(desired)

    def create(self, item: Mapping[str, Any]) -> None:
        """What somebody else does: makes a managed resource that no composite has composed yet.

        Raises:
            ValueError: for a kind that no provider here knows.
        """
        self._look_at(item)
        self.server.create(item)

    def _look_at(self, item: Mapping[str, Any]) -> None:
        kind_of(item)
        if not self.aws.home:
            self.aws.home = ack.region_of(item) or _home(item["spec"].get("forProvider", {}))

    def step(self) -> None:
        """One beat: time goes on, and every provider reconciles every object once, as of the end of the last beat."""
        quiet = self._seen == (self.server.version, self.aws.version) and not self.aws.restless
        beat(self.aws)
        self._seen = (self.server.version, self.aws.version)
        before, composite = self.server.index(), self.server.composite

        def lookup(path: str, namespace: str, name: str) -> Mapping[str, Any] | None:
            group, _, kind = path.partition("/")
            return before.get((group, kind, namespace, name))

        world = provider.World(
            lookup=lookup,
            account=self.aws,
            delays=self._delays,
            slow=self._slow,
            faults=self.faults,
        )
        for key, item in self.server:
            kind = kind_of(item)
            if item["kind"] in usages.KINDS:
                there = usages.reconcile(
                    item, lambda one: one in before or composite.brings(one), self._obstacle(key, item)
                )
                self.server.write(key, there)
            elif kind is None:
                self.server.write(key, kubernetes.reconcile(item, self.hub, self._obstacle(key, item)))
            elif quiet:
                continue
            elif isinstance(kind, AckKind):
                self.server.write(key, ack.reconcile(item, key, kind, world))
            else:
                self.server.write(key, provider.reconcile(item, key, kind, world))

    def observed(self) -> list[dict[str, Any]]:
        """Copies of all composed objects as the API server has them, sorted by composition-resource name."""
        return self.server.copies()

    def heal(self, key: str) -> None:
        """Takes the fault of an object away."""
        self.faults.pop(key, None)
        self._seen = None

    @property
    def restless(self) -> bool:
        """Whether something will change by itself, however long nothing has: an operation on AWS is under way."""
        late = any(self.aws.now < first + self._slow[key] for key, first in self._first.items())
        return self.aws.restless or late

    def _obstacle(self, key: str, item: Mapping[str, Any]) -> str | None:
        """What keeps an object on the hub from being made: a fault, "" if it only takes longer, None if nothing."""
        if key in self.faults:
            return self.faults[key]
        if key not in self._slow:
            return None
        first = self._first.setdefault(key, self.aws.now)
        return "" if self.aws.now < first + self._slow[key] else None


def beat(account: Account) -> None:
    """Lets a beat pass on AWS, with what follows there from what changes and from what goes."""

    def changed(thing: Thing, change: Values) -> None:
        # from tags nothing follows, not even a launch template's next version, by which all nodes would be replaced
        # (terraform-provider-aws, internal/service/ec2/ec2_launch_template.go, updateKeys)
        if change.keys() - {"tags"}:
            thing.made = KINDS[thing.kind].make(thing, account)

    def gone(thing: Thing) -> None:
        for other in list(account.users(thing, KINDS[thing.kind].takes)):
            account.remove(other)
        if left := KINDS[thing.kind].leaves(thing, account):
            account.add(left, f"left by {thing.kind} {thing.identity}")

    account.beat(changed, gone)


def kind_of(item: Mapping[str, Any]) -> Kind | AckKind | None:
    """What there is to say about an object's kind; None for provider-kubernetes and for Crossplane.

    Raises:
        ValueError: for a kind that no provider here knows.
    """
    group, kind = group_of(item), str(item.get("kind"))
    if (group, kind) == (kubernetes.GROUP, kubernetes.KIND) or (group == usages.GROUP and kind in usages.KINDS):
        return None
    if (view := ack_kind_of(item)) is not None:
        return view
    found = KINDS.get(f"{group.split('.')[0]}/{kind}") if flavour_of(group) is not None else None
    if found is None:
        raise ValueError(f"the simulator knows no {kind} of {item.get('apiVersion')}: add it to its tables")
    return found


def _home(fields: Mapping[str, Any]) -> str:
    """The region that an object asks for; IAM has none, but the ARNs of AWS's policies tell the partition."""
    policies = fields.get("managedPolicyArns") or ["::"]
    return str(fields.get("region") or HOMES.get(policies[0].split(":")[1], ""))


__all__ = ["DELAYS", "KINDS", "Account", "Claim", "Composite", "Delay", "Simulator", "beat", "kind_of"]
