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
    """The claim's Usage of itself."""
    api_version, kind, name = context.claim
    of: Json = {"apiVersion": api_version, "kind": kind, "resourceRef": {"name": name}}
    yield _usage(context, guard.key, {"of": of, "reason": guard.reason})


@RENDERERS.renders(NamespaceGuard)
def namespace_guard(guard: NamespaceGuard, context: Context) -> Objects:
    """The ClusterUsage of the claim's namespace."""
    of: Json = {"apiVersion": "v1", "kind": "Namespace", "resourceRef": {"name": context.namespace}}
    yield _object(
        context,
        guard.key,
        {
            "apiVersion": USAGE.api_version,
            "kind": "ClusterUsage",
            "metadata": {"name": guard.name},
            "spec": {"of": of, "reason": guard.reason},
        },
    )


@RENDERERS.renders(Usage)
def usage(resource: Usage, context: Context) -> Objects:
    """One object's Usage of another. Crossplane deletes that again itself when it may (else after up to 15 minutes)."""
    of, by = (_named(context.rendered[key]) for key in (resource.of.key, resource.by_key))
    yield _usage(context, resource.key, {"of": of, "by": by, "replayDeletion": True})


def _named(manifest: Manifest) -> Manifest:
    name = cast("Manifest", manifest["metadata"])["name"]
    return {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "resourceRef": {"name": name}}


def _object(context: Context, key: str, manifest: Manifest) -> tuple[str, Manifest]:
    """An Object of provider-kubernetes by its composition-resource name."""
    return key, {
        "apiVersion": OBJECT.api_version,
        "kind": OBJECT.kind,
        "metadata": {"name": context.names.object(key), "namespace": context.namespace, "annotations": {}},
        "spec": {"providerConfigRef": dict(CREDENTIALS), "forProvider": {"manifest": manifest}},
    }


def _usage(context: Context, key: str, spec: Manifest) -> tuple[str, Manifest]:
    """A Usage by its composition-resource name."""
    return key, {
        "apiVersion": USAGE.api_version,
        "kind": USAGE.kind,
        "metadata": {"name": context.names.object(key), "namespace": context.namespace, "annotations": {}},
        "spec": spec,
    }


def _encoded(value: Json) -> Json:
    return value if isinstance(value, Unknown) else b64encode(str(value).encode()).decode()
