"""A controller of ACK: one reconcile of one object, in its own words.

Pure in terms of what it is given, as the AWS provider's. AWS is the same: a VPC that both ask for by the same name has
the same id. Sources: aws-controllers-k8s/runtime v0.62.0 pkg/runtime/reconciler.go, and the `manager.go`, `sdk.go` and
hooks of the controllers (read 2026-11).

A reconcile that makes something is taken apart: its finalizer comes at once, its status a beat later. What lasts for
seconds only is not shown, such as a subnet that is created and not yet updated. Nor are the controller's own tags.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from argosy.simulator import operations
from argosy.simulator.ack import conditions
from argosy.simulator.ack.conditions import Conditions, Problem, problem
from argosy.simulator.ack.kind import AckKind, Asking
from argosy.simulator.ack.kinds import ACK_KINDS
from argosy.simulator.ack.references import UnresolvedError, resolve
from argosy.simulator.aws import Account, Refusal, Thing, partition
from argosy.simulator.delays import QUICK
from argosy.simulator.kind import Kind, Named
from argosy.simulator.kinds import KINDS
from argosy.simulator.provider import World
from argosy.simulator.values import FREE_MAPS, Path, Values, at, differences, merged, put, uuid

DOMAIN = "services.k8s.aws"
REGION, ADOPTED, READ_ONLY = f"{DOMAIN}/region", f"{DOMAIN}/adopted", f"{DOMAIN}/read-only"
ADOPTION_POLICY, ADOPTION_FIELDS = f"{DOMAIN}/adoption-policy", f"{DOMAIN}/adoption-fields"
DELETION_POLICY = f"{DOMAIN}/deletion-policy"
ADOPT, ADOPT_OR_CREATE = "adopt", "adopt-or-create"

UNMODELLED = frozenset(
    {"AccessDenied", "InvalidParameterCombination", "InvalidParameterValue", "MissingParameter", "ValidationError"}
)
"""Errors that AWS's SDK has no type for, beside all of EC2's: they are called `api error`."""


def reconcile(item: Values, key: str, kind: AckKind, world: World) -> Values | None:
    """One reconcile: the object as it is afterwards, None if the controller lets go of it."""
    return _Reconcile(item, key, kind, world).run()


class _Reconcile:
    """The steps of one reconcile; every one replaces what it changes, never changes it in place."""

    def __init__(self, item: Values, key: str, kind: AckKind, world: World) -> None:
        self._item, self._key, self._kind, self._world = item, key, kind, world
        self._account: Account = world.account
        self._metadata: Values = item["metadata"]
        self._annotations: Mapping[str, str] = self._metadata.get("annotations") or {}
        self._spec: Values = item["spec"]
        self._resolved: Values = self._spec
        self._thing: Thing | None = None
        self._status: Values = {name: value for name, value in item.get("status", {}).items() if name != "conditions"}
        self._before: list[Values] = item.get("status", {}).get("conditions") or []
        self._conditions = Conditions()
        self._aws: Kind = KINDS[kind.thing(self._spec)]
        self._delay = world.delays.get(self._aws.path, QUICK)

    def run(self) -> Values | None:
        if "deletionTimestamp" in self._metadata:
            return self._delete()
        if self._account.given_up.get(self._metadata["uid"]) == self._metadata["generation"]:
            return self._item  # nobody looks again until the spec changes
        try:
            self._resolve()
        except UnresolvedError as error:
            return self._wait_for_reference(str(error))
        fault = self._world.faults.get(self._key)
        if fault and not conditions.is_true(self._item.get("status", {}), conditions.READY):
            return self._fail(self._refused("Create", _refusal(fault)))
        try:
            self._populate()
        except ValueError as error:
            return self._confused(str(error))
        self._thing = self._find()
        if self._thing is None:
            return self._create()
        if self._is_read_only:
            return self._tell(self._thing)
        if not self._is_managed:
            return self._meet(self._thing)
        return self._observe(self._thing)

    @property
    def _namespace(self) -> str:
        return str(self._metadata.get("namespace", ""))

    @property
    def _region(self) -> str:
        """Where it is: the region in which it was made counts, not a changed one."""
        told = at(self._status, ("ackResourceMetadata", "region"))
        return str(told or self._annotations.get(REGION) or self._account.home)

    @property
    def _owner(self) -> Values:
        """What every status says once AWS was asked, even if it refused."""
        return {
            "ownerAccountID": self._account.number,
            "partition": partition(self._region),
            "region": self._region,
        }

    @property
    def _place(self) -> str:
        """The thing's region; IAM has none."""
        return "" if self._aws.service == "iam" else self._region

    @property
    def _is_managed(self) -> bool:
        return self._kind.finalizer in (self._metadata.get("finalizers") or ())

    @property
    def _is_read_only(self) -> bool:
        return self._annotations.get(READ_ONLY, "").lower() == "true"

    @property
    def _is_adopted(self) -> bool:
        return self._annotations.get(ADOPTED, "").lower() == "true"

    @property
    def _adoption(self) -> str:
        """The adoption policy, as long as nothing has been adopted."""
        return "" if self._is_adopted or self._is_managed else self._annotations.get(ADOPTION_POLICY, "")

    @property
    def _asked(self) -> Values:
        """What is asked of AWS, in its words."""
        return self._kind.asked(
            Asking(
                asked=self._kind.ask(self._resolved),
                spec=self._resolved,
                annotations=self._annotations,
                thing=self._thing,
                account=self._account,
                region=self._place,
            )
        )

    # before anything is asked of AWS

    def _resolve(self) -> None:
        self._resolved, has_references = resolve(self._kind, self._spec, self._namespace, self._world.lookup, ACK_KINDS)
        if has_references:
            self._conditions.set(conditions.RESOLVED, "True")

    def _wait_for_reference(self, error: str) -> Values:
        hopeless = "ACK.Terminal" in error
        self._conditions.set(conditions.RESOLVED, "False" if hopeless else "Unknown", conditions.UNRESOLVED, error)
        return self._write()  # and whether it is synced or ready it does not say at all

    def _confused(self, error: str) -> Values:
        """By its annotations: the controller says that alone, and gives up."""
        self._conditions = Conditions()
        self._conditions.set(conditions.TERMINAL, "True", error)
        self._account.given_up[self._metadata["uid"]] = self._metadata["generation"]
        return self._write()

    def _populate(self) -> None:
        """What there is to adopt, by the annotation that identifies it.

        Raises:
            ValueError: the annotations say nothing that makes sense.
        """
        policy = self._adoption
        if policy not in ("", ADOPT, ADOPT_OR_CREATE):
            raise ValueError(
                f'unrecognized adoption policy {policy}. Supported policies are "{ADOPT}" and "{ADOPT_OR_CREATE}"'
            )
        if not policy:
            return
        given = self._annotations.get(ADOPTION_FIELDS, "")
        try:
            fields: Values = json.loads(given)
        except ValueError as error:
            if policy == ADOPT_OR_CREATE:
                return  # the spec says what it is
            end = "unexpected end of JSON input" if not given else str(error)
            raise ValueError(f"unmarshalling adoption-fields annotation: {end}") from error
        where, name = self._kind.identifier
        if name not in fields:
            if policy == ADOPT_OR_CREATE:
                return
            raise ValueError(f"Error populating adoption fields: required field missing: {name}")
        if where == "status":
            self._status = {**self._status, name: fields[name]}
        elif policy == ADOPT:
            self._resolved = {**self._resolved, **fields}

    def _find(self) -> Thing | None:
        """What it stands for on AWS: by the id that its status has, or by what the spec calls it."""
        where, name = self._kind.identifier
        asked = self._kind.ask(self._resolved)
        if self._kind.find is not None:
            found = self._kind.find(self._resolved, self._place, self._account)
            if found is not None or self._aws.named is not Named.BY_AWS:
                return found
        if self._aws.named is Named.BY_AWS and where == "status":
            known = (self._status.get(name), self._account.remembered.get(self._metadata["uid"]))
            things = (self._account.find(self._aws.path, self._place, str(one)) for one in known if one)
            return next((thing for thing in things if thing is not None), None)
        identity = self._aws.identify(asked, str(self._resolved.get(name) or ""), "")
        return self._account.find(self._aws.path, self._place, identity)

    # create

    def _create(self) -> Values:
        if self._is_read_only or self._adoption == ADOPT or self._is_adopted:
            return self._item  # what is to be there already: it says nothing, and looks again
        # AWS does not know who asks: the same cluster is the same on AWS, to the last id
        asker = f"{self._aws.path} {self._metadata['name']}"
        try:
            thing = operations.make(
                self._aws,
                self._account,
                self._asked,
                region=self._place,
                name=str(self._resolved.get(self._kind.identifier[-1]) or ""),
                seed=self._account.seed(asker),
                beats=self._delay.create + self._world.slow.get(self._key, 0),
            )
        except Refusal as refusal:
            return self._fail(self._refused("Create", refusal))
        self._account.add(thing, asker)
        self._thing = thing
        if self._aws.named is Named.BY_AWS:
            self._account.remembered[self._metadata["uid"]] = thing.identity
        self._manage()
        try:
            self._sync_parts(thing)
        except Refusal as refusal:
            return self._fail(self._refused("Create", refusal))
        return {**self._item, "metadata": self._metadata}

    def _manage(self, *, adopted: bool = False) -> None:
        """The finalizer, and that it was adopted."""
        finalizers = [*(self._metadata.get("finalizers") or ()), self._kind.finalizer]
        self._metadata = {**self._metadata, "finalizers": finalizers}
        if adopted:
            self._metadata["annotations"] = {**self._annotations, ADOPTED: "true"}

    def _meet(self, thing: Thing) -> Values:
        """What exists already: adopted if the annotations say so, else nobody touches it."""
        policy = self._adoption
        if not policy:
            self._show(thing)
            self._conditions.set(conditions.TERMINAL, "True", conditions.EXISTS, conditions.NOT_MANAGED)
            return self._give_up(problem(conditions.GIVEN_UP, terminal=True))
        self._manage(adopted=True)
        self._show(thing)
        if policy == ADOPT:
            self._spec = merged(self._spec, self._kind.tell(thing))
            return self._end(None)
        # its status comes first, whether it is as it should be afterwards
        self._conditions.ensure(problem("adopted resource, requeuing to check for updates"))
        return self._write()

    # observe and update

    def _observe(self, thing: Thing) -> Values:
        if self._account.now < thing.ready_at:
            return self._wait(thing)
        self._late_initialize(thing)
        self._show(thing)
        try:
            failed = self._update(thing)
        except Refusal as refusal:
            failed = self._refused("Update", refusal)
        return self._end(failed)

    def _wait(self, thing: Thing) -> Values:
        """While AWS makes it."""
        course = self._kind.course
        if self._kind.pending:
            self._show(thing)
            return self._fail(problem(self._kind.pending))
        if course is None:
            return self._item
        self._show(thing)
        differs = self._wanted(thing) or self._kind.drift(self._resolved, thing)
        return self._end(self._not_now(course.making) if differs else None)

    def _late_initialize(self, thing: Thing) -> None:
        """Writes into the spec what AWS decided where the spec says nothing, but not what a reference stands for."""
        if all(at(self._spec, path) is not None for path in self._kind.late):
            return
        told = self._kind.tell(thing, self._kind.late)
        filled = merged(told, self._spec, whole=FREE_MAPS)
        if filled != self._spec:
            self._spec = filled
            self._resolved = merged(told, self._resolved, whole=FREE_MAPS)

    def _show(self, thing: Thing) -> None:
        """Tells of it in the status."""
        operations.complete(self._aws, self._account, thing)
        metadata = self._owner
        if self._kind.arn:
            metadata["arn"] = thing.made[self._kind.arn]
        told = self._kind.status(thing, self._account)
        course = self._kind.course
        if course is not None:
            state = self._state(thing)
            put(told, course.state, state)
            if state != course.works or course.tells:
                self._conditions.set(conditions.SYNCED, "True" if state == course.works else "False")
        self._status = {"ackResourceMetadata": metadata, **told}

    def _state(self, thing: Thing) -> str:
        course = self._kind.course
        assert course is not None
        if thing.gone_at is not None:
            return course.deleting
        if self._account.now < thing.ready_at:
            return course.making
        if thing.changing.keys() - {"tags"}:
            return course.changing
        return "DEGRADED" if self._aws.trouble(thing, self._account) else course.works

    def _tell(self, thing: Thing) -> Values:
        """Read-only: tells of what there is, in whatever state, and changes nothing."""
        self._show(thing)
        self._conditions.ensure(None)
        return self._write()

    def _update(self, thing: Thing) -> Problem | None:
        """Asks AWS for what is not as it should be; what went wrong, if something did."""
        course, wanted = self._kind.course, self._wanted(thing)
        drift = self._kind.drift(self._resolved, thing)
        if course is not None and (wanted or drift) and (state := self._state(thing)) != course.works:
            return self._not_now(state)
        if wanted and (fault := self._world.faults.get(self._key)):
            raise _refusal(fault)
        if hopeless := self._kind.hopeless(self._asked, thing):
            return problem(hopeless, terminal=True)
        self._sync_parts(thing)
        now = self._first(wanted)
        if not now and drift:
            raise Refusal(*drift)
        return self._change(thing, now) if now and not thing.changing else None

    def _wanted(self, thing: Thing) -> dict[Path, tuple[Any, Any]]:
        """What is not as it should be, but for what the controller has no call for."""
        return {
            path: values
            for path, values in differences(self._asked, thing.state).items()
            if path not in self._aws.fixed or values[0] is None
        }

    def _first(self, wanted: Mapping[Path, tuple[Any, Any]]) -> Mapping[Path, tuple[Any, Any]]:
        """What one reconcile changes of all that is to change."""
        for group in self._kind.groups:
            found = {path: values for path, values in wanted.items() if any(path[: len(one)] == one for one in group)}
            if found:
                return found
        return wanted

    def _change(self, thing: Thing, wanted: Mapping[Path, tuple[Any, Any]]) -> Problem | None:
        changes: Values = {}
        for path, (_, new) in wanted.items():
            put(changes, path, new)
        operations.check_change(self._aws, self._account, thing, merged(thing.fields, changes, whole=FREE_MAPS))
        self._account.change(thing, changes, self._delay.change)
        course = self._kind.course
        if course is None or not changes.keys() - {"tags"}:
            return None
        self._conditions.set(conditions.SYNCED, "False", course.begun or None)
        return problem(course.started) if course.started else None

    def _not_now(self, state: str) -> Problem:
        """AWS takes no change while it is at work on the last one."""
        course = self._kind.course
        assert course is not None
        said = course.in_making if state == course.making else course.in_change
        self._conditions.set(conditions.SYNCED, "False", said.format(state=state))
        return problem(course.busy.format(state=state))

    def _sync_parts(self, thing: Thing) -> None:
        """Makes and removes what is folded in.

        Raises:
            Refusal: AWS does not make one of them.
        """
        for part in self._kind.parts:
            wanted = list(part.wanted(self._resolved, thing))
            for there in [one for one in self._account.all(part.thing, thing.region) if part.of(one, thing)]:
                match = next((one for one in wanted if not differences(one, there.fields)), None)
                if match is None:
                    self._account.remove(there)
                else:
                    wanted.remove(match)
            for fields in wanted:
                asker = f"{part.thing} {self._metadata['name']}"
                seed = self._account.seed(asker)
                made = operations.make(
                    KINDS[part.thing], self._account, fields, region=thing.region, name="", seed=seed, beats=0
                )
                self._account.add(made, asker)

    # delete

    def _delete(self) -> Values | None:
        retained = self._annotations.get(DELETION_POLICY) == "retain" or self._is_read_only
        if retained or not self._is_managed:
            return None
        try:
            self._resolve()
        except UnresolvedError as error:
            # what it refers to may have gone before: nothing comes of the other references, and what cannot be
            # identified then counts as gone
            self._resolved = error.so_far
        self._conditions = Conditions(self._before)
        self._thing = thing = self._find()
        if thing is None:
            return None
        self._show(thing)
        self._conditions.succeed()
        course = self._kind.course
        if thing.gone_at is None:
            try:
                self._release(thing)
            except Refusal as refusal:
                self._conditions.fail(self._kept(thing, refusal))
                return self._write()
        if course is None or not course.awaited:
            return None  # the call is all that it waits for
        self._conditions.fail(problem(course.leaving))
        return self._write()

    def _release(self, thing: Thing) -> None:
        """Tells AWS how it is to end, then to end it."""
        protection = ("deletionProtection",)
        ended = self._kind.ended(self._annotations)
        if at(self._asked, protection) is not None:
            ended = {**ended, "deletionProtection": at(self._asked, protection)}
        if ended:
            thing.fields = merged(thing.fields, ended)
        operations.release(self._aws, self._account, thing, self._delay.delete)
        for part in self._kind.parts:
            for one in [one for one in self._account.all(part.thing, thing.region) if part.of(one, thing)]:
                self._account.remove(one)

    def _kept(self, thing: Thing, refusal: Refusal) -> Problem:
        course, use = self._kind.course, self._aws.in_use
        if course is not None and course.in_use and use is not None and any(self._account.users(thing, use.users)):
            return problem(course.in_use)
        return self._refused("Delete", refusal)

    # how it ends

    def _fail(self, failed: Problem) -> Values:
        self._conditions.fail(failed)
        self._status = {"ackResourceMetadata": self._owner, **self._status}
        return self._give_up(failed)

    def _end(self, failed: Problem | None) -> Values:
        if failed is not None:
            self._conditions.fail(failed)
        elif self._kind.late_initialized:
            self._conditions.set(conditions.LATE, "True", conditions.INITIALIZED, conditions.INITIALIZED)
        return self._give_up(failed)

    def _give_up(self, failed: Problem | None) -> Values:
        self._conditions.ensure(failed)
        written = self._write()
        if failed is not None and failed.terminal:
            self._account.given_up[self._metadata["uid"]] = self._metadata["generation"]
        return written

    def _write(self) -> Values:
        item = {**self._item, "metadata": self._metadata, "spec": self._spec}
        was = {name: value for name, value in self._item.get("status", {}).items() if name != "conditions"}
        news = self._spec != self._item["spec"] or self._metadata != self._item["metadata"] or self._status != was
        told = self._conditions.at(self._account.now, self._before, news=self._look() or news)
        if self._status or told:
            item["status"] = {**self._status, "conditions": told}
        return item

    def _look(self) -> bool:
        """Whether this is not what the controller saw at its last look: another generation, or another thing."""
        thing = self._thing
        there = (thing.fields, thing.made, thing.changing, thing.gone_at) if thing is not None else None
        seen = (self._metadata["generation"], there)
        uid = self._metadata["uid"]
        before, self._account.looks[uid] = self._account.looks.get(uid), seen
        return before != seen

    def _refused(self, verb: str, refusal: Refusal) -> Problem:
        """AWS's refusal as its SDK wraps it."""
        operation = f"{verb}{self._aws.operation}"
        if refusal.code == operations.INCOMPLETE:
            return problem(f"operation error {self._aws.label}: {operation}, {refusal.code}\n- {refusal.message}\n")
        generic = self._aws.service == "ec2" or refusal.code in UNMODELLED
        says = f"{'api error ' if generic else ''}{refusal.code}: {refusal.message}"
        request = uuid("request", self._metadata["uid"], operation)
        error = (
            f"operation error {self._aws.label}: {operation}, https response error StatusCode: 400, "
            f"RequestID: {request}, {says}"
        )
        return Problem(says=says, error=error, terminal=refusal.code in self._kind.terminal)


def _refusal(fault: str) -> Refusal:
    """A fault as AWS would say it; what names no error is one that nobody knows."""
    code, colon, message = fault.partition(": ")
    return Refusal(code, message) if colon and " " not in code else Refusal("UnknownError", fault)
