"""The one table: every composite, every engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from argosy.api.base import Model
from argosy.api.cluster import XEKSClusterSpec, XEKSClusterStatus
from argosy.composites import cluster
from argosy.engines import ack, upbound
from argosy.engines.base import Engine
from argosy.input import HubFacts
from argosy.plan import Facts, Part, Plan

GROUP = "fleet.argosy.dev"
VERSION = "v1alpha1"

PLANNER = Callable[[str, str, XEKSClusterSpec, HubFacts | None, Facts], Plan]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of `kubectl get`; priority 1 shows only with `-o wide`."""

    name: str
    json_path: str
    type: str = "string"
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class ClaimNames:
    """A namespaced kind that stands for a cluster-scoped composite: what Crossplane calls a claim."""

    kind: str
    plural: str
    short_names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CompositeType:
    """A composite resource, and what users write to get one.

    Attributes:
        claim: what users write instead of the composite, which is cluster-scoped then; None where they write it itself.
        name_length: longest `metadata.name` of what users write.
        conditions: condition types by their guilty field: the first segments of a path below `spec`.
    """

    kind: str
    plural: str
    short_names: tuple[str, ...]
    name_length: int
    spec: type[XEKSClusterSpec]
    status: type[Model]
    columns: tuple[Column, ...]
    conditions: tuple[Part, ...]
    guilty: Mapping[str, Part]
    plan: PLANNER
    group: str = GROUP
    version: str = VERSION
    claim: ClaimNames | None = None

    @property
    def api_version(self) -> str:
        """`<group>/<version>`."""
        return f"{self.group}/{self.version}"

    @property
    def written_kind(self) -> str:
        """The kind that users write."""
        return self.claim.kind if self.claim is not None else self.kind

    @property
    def written_plural(self) -> str:
        """Its plural."""
        return self.claim.plural if self.claim is not None else self.plural

    def made_by(self, engine: Engine) -> bool:
        """Whether an engine can make it: only a cluster-scoped composite may compose cluster-scoped kinds."""
        return engine.serves_claims == (self.claim is not None)


CLUSTER = CompositeType(
    kind="XEKSCluster",
    plural="xeksclusters",
    short_names=("xeks",),
    name_length=40,
    spec=XEKSClusterSpec,
    status=XEKSClusterStatus,
    columns=(
        Column(name="REGION", json_path=".spec.region"),
        Column(name="VERSION", json_path=".status.cluster.version"),
        Column(name="REGISTERED", json_path=".status.conditions[?(@.type=='Registered')].status"),
        Column(name="DELETABLE", json_path=".status.conditions[?(@.type=='Deletable')].status", priority=1),
        Column(name="ENVIRONMENT", json_path=".spec.environment", priority=1),
        Column(name="CLUSTER", json_path=".status.cluster.name", priority=1),
        Column(name="ENDPOINT", json_path=".status.cluster.endpoint", priority=1),
    ),
    conditions=tuple(Part),
    guilty={
        "spec.network": Part.NETWORK,
        "spec.nodes": Part.COMPUTE,
        "spec.addons": Part.ADDONS,
        "spec.identities": Part.ADDONS,
        "spec.databases": Part.DATABASES,
        "spec.argocd.addons": Part.ADDONS,
        "spec.argocd": Part.REGISTRATION,
        "EnvironmentConfig": Part.REGISTRATION,
        "spec.lifecycle": Part.DELETION,
    },
    plan=cluster.plan,
)

COMPOSITES: tuple[CompositeType, ...] = (
    CLUSTER,
    replace(
        CLUSTER,
        group=f"claims.{GROUP}",
        short_names=(),
        claim=ClaimNames(kind="EKSCluster", plural="eksclusters", short_names=("eks",)),
    ),
)

ENGINES: Mapping[str, Engine] = {engine.name: engine for engine in (upbound.ENGINE, upbound.CLUSTER_ENGINE, ack.ENGINE)}


def makers(composite: CompositeType) -> list[Engine]:
    """The engines that can make a composite, the usual one first."""
    return [engine for engine in ENGINES.values() if composite.made_by(engine)]


def composite(api_version: str, kind: str) -> CompositeType | None:
    """The composite of that apiVersion and kind, or None."""
    return next((c for c in COMPOSITES if (c.api_version, c.kind) == (api_version, kind)), None)


def written(api_version: str, kind: str) -> CompositeType | None:
    """The composite that users get who write that apiVersion and kind, or None."""
    return next((c for c in COMPOSITES if (c.api_version, c.written_kind) == (api_version, kind)), None)
