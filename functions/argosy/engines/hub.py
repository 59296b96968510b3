"""Objects on the hub itself, made by provider-kubernetes or Crossplane: the same for every engine."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import cast

from argosy.engines.base import PROTECTION_GROUP, Context, Kind, Objects, Renderers
from argosy.resources.argocd import ClusterSecret
from argosy.resources.protection import ClaimGuard, NamespaceGuard, Usage
from argosy.settle import Manifest
from argosy.unknown import Json, Unknown

OBJECT = Kind(group="kubernetes.m.crossplane.io", version="v1alpha1", kind="Object", plural="objects")
USAGE = Kind(group=PROTECTION_GROUP, version="v1beta1", kind="Usage", plural="usages")
CLUSTER_USAGE = Kind(
    group=PROTECTION_GROUP, version="v1beta1", kind="ClusterUsage", plural="clusterusages", namespaced=False
)
"""A Usage of what has no namespace; only a composite that has none either may compose it."""
CREDENTIALS: Mapping[str, str] = {"kind": "ClusterProviderConfig", "name": "argosy"}
"""Its identity may touch Secrets in Argo CD's namespace and ClusterUsages, nothing else (design 5, TEN-11)."""
RENDERERS = Renderers()


@RENDERERS.renders(ClusterSecret)
def cluster_secret(secret: ClusterSecret, context: Context) -> Objects:
    """The Argo CD cluster Secret, with `data` and never `stringData`, which would differ for ever (gitops B17)."""
    yield _object(
        context,
        secret.key,
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {
                "name": secret.name,
                "namespace": secret.namespace,
                "labels": dict(secret.labels),
                "annotations": dict(secret.annotations),
            },
            "data": {name: _encoded(value) for name, value in secret.data.items()},
        },
    )


@RENDERERS.renders(ClaimGuard)
def claim_guard(guard: ClaimGuard, context: Context) -> Objects:
    """The claim's Usage of itself, and that of the composite behind it, which a person could delete as well."""
    yield _usage(context, USAGE, guard.key, {"of": _reference(*context.claim), "reason": guard.reason})
    if context.composite is not None:
        of = _reference(*context.composite)
        yield _usage(context, CLUSTER_USAGE, guard.composite_key, {"of": of, "reason": guard.reason})


@RENDERERS.renders(NamespaceGuard)
def namespace_guard(guard: NamespaceGuard, context: Context) -> Objects:
    """The ClusterUsage of the claim's namespace; where the composite has a namespace, an Object makes it."""
    spec: Manifest = {"of": _reference("v1", "Namespace", context.namespace), "reason": guard.reason}
    if context.composite is not None:
        yield _usage(context, CLUSTER_USAGE, guard.key, spec)
        return
    metadata: Manifest = {"name": guard.name}
    usage: Manifest = {"apiVersion": CLUSTER_USAGE.api_version, "kind": CLUSTER_USAGE.kind, "metadata": metadata}
    yield _object(context, guard.key, {**usage, "spec": spec})


@RENDERERS.renders(Usage)
def usage(resource: Usage, context: Context) -> Objects:
    """One object's Usage of another. Crossplane deletes that again itself when it may (else after up to 15 minutes)."""
    of = context.rendered[resource.of.key]
    # an engine that folds that object into another has no object of it
    by = context.rendered.get(resource.by_key) or context.rendered[resource.by.key]
    spec: Manifest = {"of": _named(of), "by": _named(by), "replayDeletion": True}
    kind = USAGE if "namespace" in cast("Manifest", of["metadata"]) else CLUSTER_USAGE
    yield _usage(context, kind, resource.key, spec)


def _named(manifest: Manifest) -> Json:
    name = cast("Manifest", manifest["metadata"])["name"]
    return _reference(str(manifest["apiVersion"]), str(manifest["kind"]), str(name))


def _reference(api_version: str, kind: str, name: str) -> Json:
    return {"apiVersion": api_version, "kind": kind, "resourceRef": {"name": name}}


def _object(context: Context, key: str, manifest: Manifest) -> tuple[str, Manifest]:
    """An Object of provider-kubernetes by its composition-resource name."""
    return key, {
        "apiVersion": OBJECT.api_version,
        "kind": OBJECT.kind,
        "metadata": {"name": context.names.object(key), "namespace": context.namespace, "annotations": {}},
        "spec": {"providerConfigRef": dict(CREDENTIALS), "forProvider": {"manifest": manifest}},
    }


def _usage(context: Context, kind: Kind, key: str, spec: Manifest) -> tuple[str, Manifest]:
    """A Usage or ClusterUsage by its composition-resource name."""
    place: Manifest = {"namespace": context.namespace} if kind.namespaced else {}
    return key, {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"name": context.names.object(key), **place, "annotations": {}},
        "spec": spec,
    }


def _encoded(value: Json) -> Json:
    return value if isinstance(value, Unknown) else b64encode(str(value).encode()).decode()
