"""What the hub gets: the Argo CD cluster Secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from argosy.plan import Part, Resource
from argosy.resources.eks import AccessEntry, Cluster
from argosy.unknown import Json


@dataclass(frozen=True, kw_only=True, eq=False)
class ClusterSecret(Resource):
    """The Secret by which Argo CD knows the cluster; it holds nothing secret (SEC-75).

    Attributes:
        name: name of the Secret, from the claim's identity alone (REL-04).
        namespace: namespace of Argo CD.
        labels: switches (gitops 2).
        annotations: facts.
        data: text by key, not yet encoded.
    """

    part = Part.REGISTRATION
    name: str
    namespace: str
    cluster: Cluster
    access: AccessEntry
    labels: Mapping[str, Json]
    annotations: Mapping[str, Json]
    data: Mapping[str, Json]
