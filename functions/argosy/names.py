"""Names and keys: the only place that hashes.

Two claims may never adopt each other's AWS objects (TEN-04, TEN-05), a restored hub must find its own again,
and no name may move when a list is reordered (REL-03, REL-05). So every name is a function of the claim's
identity (kind, namespace, name) and of what the thing is, never of a UID, a position or a clock.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

HASH_LENGTH = 10
SEPARATOR = "\n"  # no Kubernetes name can contain it, so ("a-b", "c") and ("a", "b-c") stay apart (TEN-05)
CLUSTER_LENGTH = 30
"""Length of the cluster's name: `<add-on>-<cluster>` must fit the 63 characters of an Application's name,
which leaves 32 for the add-on (gitops S7)."""

ROLE_LENGTH = 64
NODE_GROUP_LENGTH = 63
DATABASE_LENGTH = 63


def digest(*parts: str) -> str:
    """The first 10 hex digits of the SHA-256 of the delimited parts."""
    return hashlib.sha256(SEPARATOR.join(parts).encode()).hexdigest()[:HASH_LENGTH]


def slug(text: str, length: int) -> str:
    """`text` as lower-case letters, digits and single dashes, at most `length` long, starting with a letter."""
    cleaned = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if not cleaned[:1].isalpha():
        cleaned = f"x-{cleaned}" if cleaned else "x"  # RDS identifiers and role names must not start with a digit
    return cleaned[:length].rstrip("-")


@dataclass(frozen=True)
class Names:
    """All names that belong to one claim.

    Attributes:
        kind: the composite's kind without its X (`EKSCluster`), so that a claim and its XR share names.
        namespace: the claim's namespace.
        name: the claim's name.
    """

    kind: str
    namespace: str
    name: str

    @cached_property
    def hash(self) -> str:
        """Ten hex digits that stand for the claim's identity."""
        return digest(self.kind, self.namespace, self.name)

    @cached_property
    def cluster(self) -> str:
        """Name of the EKS cluster, and of the cluster in Argo CD: `<slug>-<hash>`, at most 30 characters."""
        return f"{slug(self.name, CLUSTER_LENGTH - HASH_LENGTH - 1)}-{self.hash}"

    def object(self, key: str) -> str:
        """`metadata.name` of the composed object with that key (REL-44 explains the deviation)."""
        return f"{self.cluster}-{key}"

    def aws(self, key: str, length: int) -> str:
        """Name of an AWS object that is identified by its name, at most `length` characters.

        The claim's hash is always whole; a key that does not fit is shortened and gets a hash of its own.
        """
        full = f"{self.cluster}-{key}"
        if len(full) <= length:
            return full
        room = length - len(self.cluster) - HASH_LENGTH - 2
        return f"{self.cluster}-{key[:room].rstrip('-')}-{digest(key)}"

    def spoke_role(self) -> str:
        """Name of the role that Argo CD assumes for this cluster (SEC-73: `argosy-spoke-*`)."""
        return f"argosy-spoke-{self.cluster}"
