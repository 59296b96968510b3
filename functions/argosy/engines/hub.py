"""Objects on the hub itself, made by provider-kubernetes: the same for every engine."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from argosy.engines.base import Context, Kind, Objects
from argosy.resources.argocd import ClusterSecret
from argosy.unknown import Json, Unknown

OBJECT = Kind(group="kubernetes.m.crossplane.io", version="v1alpha1", kind="Object", plural="objects")
CREDENTIALS: Mapping[str, str] = {"kind": "ClusterProviderConfig", "name": "argosy"}
"""Its identity may touch Secrets in Argo CD's namespace and nothing else (design 5, TEN-11)."""


def render_cluster_secret(secret: ClusterSecret, context: Context) -> Objects:
    """The Argo CD cluster Secret, with `data` and never `stringData`, which would differ for ever (gitops B17)."""
    yield (
        secret.key,
        {
            "apiVersion": OBJECT.api_version,
            "kind": OBJECT.kind,
            "metadata": {
                "name": context.names.object(secret.key),
                "namespace": context.namespace,
                "annotations": {},
            },
            "spec": {
                "providerConfigRef": dict(CREDENTIALS),
                "forProvider": {
                    "manifest": {
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
                    }
                },
            },
        },
    )


def _encoded(value: Json) -> Json:
    return value if isinstance(value, Unknown) else b64encode(str(value).encode()).decode()
