"""What an engine is: renderers by resource, places of facts, health, and the envelope's settings.

Design never asks which engine is at work; an engine never asks what a claim wants. They meet here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar, cast

from argosy.engines.crossplane import managed_health, usage_health
from argosy.names import Names
from argosy.plan import Fact, Facts, FactTable, Path, Plan, Resource, View
from argosy.settle import Health, Manifest, Rendered
from argosy.unknown import Json

ACK_SUFFIX = ".services.k8s.aws"
AWS_GROUPS = (".aws.m.upbound.io", ".aws.upbound.io", ACK_SUFFIX)
"""Endings of the API groups under which engines make AWS resources, ours and others' (design 2.3)."""

PROTECTION_GROUP = "protection.crossplane.io"
"""API group of Usages, which Crossplane itself reconciles."""

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A Kubernetes kind that an engine emits."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def managed(self) -> bool:
        """Whether a provider's package serves it, so that a hub must activate it; Crossplane and ACK serve theirs."""
        return self.group != PROTECTION_GROUP and not self.group.endswith(ACK_SUFFIX)

    @property
    def name(self) -> str:
        """Kind and group, such as `VPC.ec2.aws.m.upbound.io`."""
        return f"{self.kind}.{self.group}"

    @property
    def api_version(self) -> str:
        """`<group>/<version>`."""
        return f"{self.group}/{self.version}"


def kinds(suffix: str, version: str, *named: tuple[str, str, str]) -> Mapping[str, Kind]:
    """Namespaced kinds by `<service>/<kind>`; each as service, kind and plural."""
    return {
        f"{service}/{kind}": Kind(group=f"{service}{suffix}", version=version, kind=kind, plural=plural)
        for service, kind, plural in named
    }


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a renderer may know beside its resource.

    Attributes:
        claim: apiVersion, kind and name of the claim.
        composite: the same of the cluster-scoped composite behind the claim, None where the claim is the composite.
        credentials: kind and name of the provider's configuration.
        tags: tags of everything on AWS.
        facts: observed facts, for values to which the engine has no reference.
        observed: finds an observed object by composition-resource name.
        rendered: the objects of the resources before, by composition-resource name.
    """

    claim: tuple[str, str, str]
    composite: tuple[str, str, str] | None
    namespace: str
    names: Names
    region: str
    credentials: tuple[str, str]
    tags: Mapping[str, str]
    facts: Facts
    observed: Callable[[str], View | None]
    rendered: Mapping[str, Manifest] = field(default_factory=dict)

    def fact(self, resource: Resource, fact: Fact) -> Json:
        """What is observed of a resource."""
        return self.facts.read(type(resource), resource.key, fact)


Objects: TypeAlias = "Iterator[tuple[str, Manifest]]"
Renderer: TypeAlias = "Callable[[Resource, Context], Objects]"


class Renderers:
    """Renderers by resource class, filled by decorators."""

    def __init__(self) -> None:
        """Starts empty."""
        self.by_class: dict[type[Resource], Renderer] = {}

    def renders(self, kind: type[R]) -> Callable[[Callable[[R, Context], Objects]], Callable[[R, Context], Objects]]:
        """Registers a function as the renderer of `kind`."""

        def register(function: Callable[[R, Context], Objects]) -> Callable[[R, Context], Objects]:
            self.by_class[kind] = cast("Renderer", function)
            return function

        return register


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One way to make AWS resources.

    Attributes:
        title: what people call it.
        package: folder below package/ of the package that brings its Compositions.
        emits: every kind that it can emit, from which activation policies and schemas come.
        groups: endings of the API groups that belong to it.
        facts: where facts stand.
        fixed_fields: by kind, fields that AWS never changes (safety 5.3).
        followed_fields: by kind, fields whose change takes AWS a while.
        rights_lists: by kind, lists of rights in which items that others add stay.
        end: says in a manifest whether AWS keeps the thing when its object is deleted.
        lacks: fields of a claim that it cannot carry out, such as `nodes.groups[].repair`, and why.
        differs: fields that it carries out in another way than a reader of their description expects, and how.
        refer: makes of kind and name of credentials what its objects refer to them by; None where they name none.
    """

    name: str
    title: str
    package: str
    emits: tuple[Kind, ...]
    groups: tuple[str, ...]
    renderers: Mapping[type[Resource], Renderer]
    facts: FactTable
    fixed_fields: Mapping[str, Sequence[tuple[Path, Path]]]
    followed_fields: Mapping[str, Sequence[tuple[Path, Path]]]
    rights_lists: Mapping[str, Sequence[Path]]
    health_of: Callable[[View], Health]
    is_protected: Callable[[View], bool]
    identity_of: Callable[[View], Json]
    end: Callable[[Manifest, bool], Manifest]
    refer: Callable[[tuple[str, str]], Json] | None
    lacks: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, str] = field(default_factory=dict)

    @property
    def serves_claims(self) -> bool:
        """Whether it makes kinds that only the cluster-scoped composite behind a claim may compose."""
        return not all(kind.namespaced for kind in self.emits)

    def render(self, plan: Plan, context: Context) -> list[Rendered]:
        """Every resource of the plan in the engine's words.

        Raises:
            ValueError: if two objects have one key, which would lose one of them.
        """
        rendered, seen = [], dict[str, Manifest]()
        context = replace(context, rendered=seen)
        for resource in plan.resources:
            manifests = dict(self.renderers[type(resource)](resource, context))
            manifests = {key: self.end(manifest, resource.retained) for key, manifest in manifests.items()}
            if clash := seen.keys() & manifests.keys():
                raise ValueError(f"two objects share a key: {sorted(clash)}")
            seen |= manifests
            rendered.append(Rendered(resource=resource, manifests=manifests))
        return rendered

    def foreign(self, api_version: str) -> bool:
        """Whether objects of that apiVersion are made by another engine."""
        group = api_version.split("/")[0]
        return group.endswith(AWS_GROUPS) and not group.endswith(self.groups)

    def health(self, view: View) -> Health:
        """What an observed object's provider says; of a Usage what Crossplane says."""
        group = str(view.get(("apiVersion",))).partition("/")[0]
        if group == PROTECTION_GROUP:
            return usage_health(view)
        return self.health_of(view) if group.endswith(self.groups) else managed_health(view)

    def followed(self, kind: str) -> Sequence[tuple[Path, Path]]:
        """Fields whose change takes AWS a while: where they are asked for, and where AWS's answer stands."""
        return self.followed_fields.get(kind, ())

    def rights(self, kind: str) -> Sequence[Path]:
        """Lists of rights in which items that others add stay."""
        return self.rights_lists.get(kind, ())

    def fixed(self, kind: str) -> Sequence[tuple[Path, Path]]:
        """Fields that AWS never changes: where they are asked for, and where AWS's answer stands."""
        return self.fixed_fields.get(kind, ())

    def protected(self, view: View) -> bool:
        """Whether AWS refuses to delete the observed object because it is protected."""
        return self.is_protected(view)

    def identity(self, view: View) -> Json:
        """What the provider last found on AWS for an observed object, as an external name; None if it has not told."""
        return self.identity_of(view)
