"""What a check looks at: the answers in the life of a claim, in the words of the Upbound provider."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from tests.safety import ack
from tests.safety.paths import at
from tests.support.lives import Life, Objects, engine_for, moments

EXTERNAL_NAME = "crossplane.io/external-name"
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
"""Partitions by the start of their regions; all other regions of these tests are in `aws`."""


@dataclass(frozen=True)
class Item:
    """One composed object, or what one stands for in the words of the checks.

    Attributes:
        key: composition-resource name; of what another object holds, one that is derived from that one's.
        holder: the composed object as it is written, where that is not the manifest.
    """

    key: str
    manifest: Mapping[str, Any]
    holder: Item | None = None

    @property
    def written(self) -> Item:
        """The composed object as it is written."""
        return self.holder or self

    @property
    def is_folded(self) -> bool:
        """Whether it is no object of its own, but stands in another one."""
        return self.key != self.written.key

    @cached_property
    def kind(self) -> str:
        """Service and kind, such as `eks/Cluster`; of an Object the kind of what it puts on the hub."""
        kind = self.manifest["kind"]
        inner = self.get("manifest", "kind") if kind == "Object" else kind
        return f"{self.manifest['apiVersion'].split('.')[0]}/{inner}"

    @property
    def on_aws(self) -> bool:
        """Whether it stands for something on AWS, and not on the hub."""
        return not self.kind.startswith(("kubernetes/", "protection/"))

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def external_name(self) -> str | None:
        found = (self.manifest["metadata"].get("annotations") or {}).get(EXTERNAL_NAME)
        return str(found) if found is not None else None

    @property
    def fields(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.manifest["spec"].get("forProvider") or {}
        return found

    @property
    def policies(self) -> list[str]:
        """Management policies; the provider's default is all of them."""
        return list(self.manifest["spec"].get("managementPolicies") or ["*"])

    def get(self, *path: str | int) -> Any:
        """The value below `spec.forProvider`, or None."""
        return at(self.fields, *path)

    def names(self, *path: str) -> list[str]:
        """Names that a reference, or a list of references, points to."""
        found = self.get(*path)
        references = found if isinstance(found, list) else [found] if found else []
        return [str(reference["name"]) for reference in references]

    def document(self, *path: str | int) -> dict[str, Any]:
        """The JSON text at a path as an object; an empty one if it is none."""
        try:
            found = json.loads(self.get(*path) or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def texts(value: Any) -> Iterator[str]:
    """All texts in a value; those inside of documents and encoded data too."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = document.get("Statement") or []
    return [found] if isinstance(found, dict) else list(found)


def listed(value: Any) -> list[str]:
    """A text or a list of texts as a list."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def items_of(desired: Mapping[str, Mapping[str, Any]]) -> tuple[Item, ...]:
    """What composed objects stand for."""
    found: list[Item] = []
    for written in (Item(key, manifest) for key, manifest in desired.items()):
        if ack.is_ack(written.manifest):
            found += [Item(key, manifest, written) for key, manifest in ack.read(written.key, written.manifest)]
        else:
            found.append(written)
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One answer of the function, with what it was asked.

    Attributes:
        hub: facts of the hub, or None.
        observed: what existed at the call.
        runs: the version of the control plane when nothing of it was under way last.
        settled: whether it is the last answer of its life.
    """

    claim: Mapping[str, Any]
    hub: Mapping[str, Any] | None
    observed: Objects
    runs: str | None
    desired: Objects
    conditions: tuple[Mapping[str, str], ...]
    results: tuple[Mapping[str, str], ...]
    settled: bool

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Everything that is asked for, in the words of the checks."""
        return items_of(self.desired)

    @cached_property
    def objects(self) -> tuple[Item, ...]:
        """Every composed object as it is written."""
        return tuple(Item(key, manifest) for key, manifest in self.desired.items())

    @property
    def engine(self) -> str:
        return engine_for(self.claim)

    def of(self, *kinds: str) -> list[Item]:
        return [item for item in self.items if item.kind in kinds]

    def named(self, kind: str, name: str | None) -> Item | None:
        """The composed object that a reference points to."""
        return next((item for item in self.of(kind) if item.name == name), None)

    def asked(self, *path: str) -> Any:
        """What the claim's spec says, or None."""
        return at(self.claim["spec"], *path)

    def fact(self, *path: str) -> Any:
        """What the hub says, or None."""
        return at(self.hub, *path)

    def seen(self, key: str, *path: str | int) -> Any:
        """What AWS says of an observed object, or None."""
        return told(self.observed[key], *path) if key in self.observed else None

    def is_ready(self, key: str) -> bool:
        """Whether an observed object is what was asked for, as its provider says."""
        there = self.observed.get(key)
        if there is None or ack.is_ack(there):
            return there is not None and ack.is_ready(there)
        found = at(there, "status", "conditions") or []
        return {"Ready": "True"} in [{item["type"]: item["status"]} for item in found]

    def condition(self, name: str) -> Mapping[str, str]:
        return next((item for item in self.conditions if item["type"] == name), {})

    @cached_property
    def written(self) -> Mapping[str, str]:
        """What the author wrote: apiVersion, kind, namespace, name."""
        head = {name: self.claim[name] for name in ("apiVersion", "kind")}
        return self.asked("claimRef") or {**head, **self.claim["metadata"]}

    @property
    def is_behind_a_claim(self) -> bool:
        """Whether the composite is cluster-scoped, and so is what it composes on AWS."""
        return self.asked("claimRef") is not None

    @property
    def namespace(self) -> str:
        return str(self.written["namespace"])

    @property
    def region(self) -> str:
        return str(self.claim["spec"]["region"])

    @property
    def partition(self) -> str:
        return next((name for start, name in PARTITIONS.items() if self.region.startswith(start)), "aws")

    @property
    def account(self) -> str | None:
        """The account, from the ARN of any observed role."""
        arns = (told(item, "arn") for item in self.observed.values() if item["kind"] == "Role")
        return next((arn.split(":")[4] for arn in arns if arn), None)

    @cached_property
    def hash(self) -> str:
        """What tells this claim's names from those of every other claim."""
        kind = self.written["kind"].removeprefix("X")
        return sha256("\n".join((kind, self.namespace, self.written["name"])).encode()).hexdigest()[:10]

    @property
    def cluster(self) -> str | None:
        """Name of the EKS cluster, as soon as it is asked for."""
        return next((item.external_name for item in self.of("eks/Cluster")), None)

    @property
    def secret(self) -> Mapping[str, Any] | None:
        """The Argo CD cluster Secret, its data decoded."""
        for item in self.of("kubernetes/Secret"):
            manifest = item.get("manifest") or {}
            data = {name: base64.b64decode(value).decode() for name, value in (manifest.get("data") or {}).items()}
            return {**manifest, "data": data}
        return None

    @property
    def secret_config(self) -> dict[str, Any] | None:
        text = (self.secret or {}).get("data", {}).get("config")
        return json.loads(text) if text else None

    def routes(self, subnet: Item) -> set[str]:
        """Ways out of a subnet: `internet`, `nat`."""
        tables = {
            table
            for association in self.of("ec2/RouteTableAssociation")
            if subnet.name in association.names("subnetIdRef")
            for table in association.names("routeTableIdRef")
        }
        ways = [route for route in self.of("ec2/Route") if tables & set(route.names("routeTableIdRef"))]
        return {"internet" if route.get("gatewayIdRef") else "nat" for route in ways}

    @cached_property
    def public_subnets(self) -> frozenset[str]:
        """Names of the subnets that the internet reaches."""
        return frozenset(subnet.name for subnet in self.of("ec2/Subnet") if "internet" in self.routes(subnet))


def told(there: Mapping[str, Any], *path: str | int) -> Any:
    """What AWS says of an observed object, or None."""
    return ack.seen(there, *path) if ack.is_ack(there) else at(there, "status", "atProvider", *path)


def observed_name(there: Mapping[str, Any]) -> str | None:
    """The external name of an observed object."""
    return ack.external_name(there) if ack.is_ack(there) else Item("", there).external_name


Story = tuple[Pass, ...]
"""The answers in the life of a claim, in order."""


def tell(life: Life) -> Story:
    """The life of a claim until nothing changes any more."""
    found = moments(life)
    hub = life.hub[0]["data"] if life.hub else None
    story: list[Pass] = []
    for moment in found:
        cluster = moment.observed.get("cluster")
        runs = told(cluster, "version") if cluster else None
        story.append(
            Pass(
                claim=moment.claim,
                hub=hub,
                observed=moment.observed,
                runs=runs or (story[-1].runs if story else None),
                desired=moment.answer.desired,
                conditions=tuple(moment.answer.conditions),
                results=tuple(moment.answer.results),
                settled=moment is found[-1],
            )
        )
    return tuple(story)
