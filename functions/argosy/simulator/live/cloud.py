"""AWS with several accounts: which one a managed resource means, and what AWS does not forget."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from argosy.simulator import Account, beat
from argosy.simulator.aws import HOMES, Thing
from argosy.simulator.flavours import CLUSTER_SCOPED, NAMESPACED, flavour_of_managed
from argosy.simulator.live.api import Resource
from argosy.simulator.live.cache import Identity
from argosy.simulator.values import Values, at

CONFIGS = {
    f"{group}/{kind}": Resource(path=f"{group}/{kind}", group=group, kind=kind)
    for group, kind in (
        (NAMESPACED.group, "ProviderConfig"),
        (NAMESPACED.group, "ClusterProviderConfig"),
        (CLUSTER_SCOPED.group, "ProviderConfig"),
    )
}
"""Where credentials stand, by path."""
CONNECT = "cannot initialize the Terraform plugin SDK async external client: cannot get terraform setup"


class UnconnectedError(Exception):
    """The provider cannot call AWS for an object; the message is the provider's."""


class Cloud:
    """The accounts, by number. Whoever reads them while beats pass holds `lock`."""

    def __init__(self, default: str, *, authority: str = "", state: Path | None = None) -> None:
        """Starts with what the state file has.

        Args:
            default: number of the account that is meant where no role is assumed.
            authority: certificate authority of every EKS cluster, as base64 of PEM; see `Account`.
            state: where it is noted what there is; None to forget it.

        Raises:
            ValueError: the state file is no state of this version.
        """
        self.lock = RLock()
        self._default, self._authority, self._state = default, authority, state
        self._accounts: dict[str, Account] = {}
        self._saved: dict[str, str] = {}
        """Accounts as JSON, by number, as long as nobody has looked at them again: to write all takes long."""
        if state is not None and state.exists():
            self._load(state)

    def __iter__(self) -> Iterator[Account]:
        """All accounts, by number."""
        return iter([self._accounts[number] for number in sorted(self._accounts)])

    @property
    def version(self) -> int:
        """Counts changes."""
        return sum(account.version + 1 for account in self._accounts.values())

    @property
    def restless(self) -> bool:
        """Whether something will happen by itself."""
        return any(account.restless for account in self._accounts.values())

    def beat(self) -> None:
        """Lets time go on in all accounts where something happens by itself."""
        for account in self._accounts.values():
            if account.restless:
                self._saved.pop(account.number, None)
                beat(account)

    def clusters(self) -> Iterator[tuple[Account, Thing]]:
        """All EKS clusters, with the accounts that they are in."""
        return ((account, thing) for account in self for thing in account if thing.kind == "eks/Cluster")

    def account(self, item: Mapping[str, Any], find: Callable[[str, str, str], Mapping[str, Any] | None]) -> Account:
        """The account that a managed resource means.

        Args:
            item: the managed resource.
            find: finds an object by path of its kind, namespace and name.

        Raises:
            UnconnectedError: if its ProviderConfig leads to none.
        """
        role = _role(config_of(item, find))
        number, home = (_parsed(role)) if role else (self._default, "")
        account = self._accounts.get(number)
        if account is None:
            account = self._accounts[number] = Account(number, authority=self._authority)
        self._saved.pop(number, None)
        account.home = account.home or home or str(at(item, ("spec", "forProvider", "region")) or "")
        return account

    def told(self) -> Values:
        """Everything that exists, by number of the account."""
        with self.lock:
            return {account.number: [_told(thing, account) for thing in account] for account in self}

    def save(self) -> None:
        """Notes what there is and how late it is. A reader sees the state before or after, never half of it.

        Without the clock, a restart would make anew what has long been ready. What the provider remembers of ids is
        noted too. A real one forgets it when it dies, and may leave behind what it had begun to make; that is no story
        of ours.
        """
        if self._state is None:
            return
        new = self._state.with_name(f"{self._state.name}.new")
        for account in self:
            if account.number not in self._saved:
                self._saved[account.number] = json.dumps(account.saved())
        new.write_text(f"[{', '.join(self._saved[account.number] for account in self)}]")
        new.replace(self._state)

    def _load(self, state: Path) -> None:
        try:
            accounts = [Account.restored(saved, authority=self._authority) for saved in json.loads(state.read_text())]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{state} is no state of the simulator: {error!r}; delete it to begin anew") from error
        self._accounts = {account.number: account for account in accounts}


def config_named(item: Mapping[str, Any]) -> Identity | None:
    """Which ProviderConfig or ClusterProviderConfig a managed resource names; None if none that could be."""
    named, flavour = item["spec"].get("providerConfigRef"), flavour_of_managed(item)
    if not named:
        return None
    kind = named.get("kind", "") if flavour.namespaced else "ProviderConfig"
    path = f"{flavour.group}/{kind}"
    if path not in CONFIGS:
        return None
    return path, item["metadata"].get("namespace", "") if kind == "ProviderConfig" else "", named["name"]


def config_of(item: Mapping[str, Any], find: Callable[[str, str, str], Mapping[str, Any] | None]) -> Mapping[str, Any]:
    """The ProviderConfig or ClusterProviderConfig that a managed resource names (internal/clients/pc_resolver.go).

    Raises:
        UnconnectedError: if there is none.
    """
    named = item["spec"].get("providerConfigRef")
    if not named:
        raise UnconnectedError(f"{CONNECT}: no providerConfigRef provided")
    key = config_named(item)
    if key is None:
        kind, group = named.get("kind", ""), flavour_of_managed(item).group
        place = f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
        wrong = f'no kind "{kind}" is registered for version "{group}/v1beta1"'
        raise UnconnectedError(f'{CONNECT}: referenced provider config kind "{kind}" is invalid for {place}: {wrong}')
    found = find(*key)
    if found is None:
        group, _, kind = key[0].partition("/")
        missing = f'{kind}.{group} "{named["name"]}" not found'
        raise UnconnectedError(f"{CONNECT}: cannot get referenced ProviderConfig: {missing}")
    return found


def _role(config: Mapping[str, Any]) -> str:
    """The role that is assumed last; empty if none is."""
    chain = at(config, ("spec", "assumeRoleChain")) or []
    return str(chain[-1].get("roleARN") or "") if chain else ""


def _parsed(role: str) -> tuple[str, str]:
    """Account and a region of the partition of a role's ARN."""
    parts = role.split(":")
    if len(parts) != 6 or parts[1] not in HOMES or not parts[4]:
        refused = "operation error STS: AssumeRole, https response error StatusCode: 400, api error ValidationError"
        raise UnconnectedError(f"{CONNECT}: cannot get aws config: {refused}: {role} is invalid")
    return parts[4], HOMES[parts[1]]


def _told(thing: Thing, account: Account) -> Values:
    return {
        "kind": thing.kind,
        "region": thing.region,
        "identity": thing.identity,
        "fields": thing.fields,
        "made": thing.made,
        "ready": account.now >= thing.ready_at,
        "leaving": thing.gone_at is not None,
    }
