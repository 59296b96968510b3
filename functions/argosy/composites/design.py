"""What every part of a cluster's design needs to know."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from argosy.api.cluster import XEKSClusterSpec
from argosy.data.regions import partition_of
from argosy.input import HubFacts, NamespaceFacts
from argosy.names import ROLE_LENGTH, Names
from argosy.plan import Fact, Facts, Part, Refused, Resource
from argosy.policies.documents import INLINE_LIMIT
from argosy.resources.eks import Cluster
from argosy.resources.iam import Role
from argosy.resources.kms import Key
from argosy.unknown import Json, Unknown, whole

ACCOUNT = re.compile(r"[0-9]{12}\Z")
ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):role/")

CLUSTER_KEY = "cluster"
CLUSTER_ROLE_KEY = "role-cluster"


@dataclass(frozen=True, kw_only=True)
class Design:
    """The claim with everything that the parts of its design share.

    Attributes:
        hub: facts of the hub, or None if the hub has none.
        account: AWS account, Unknown until the cluster's role is observed (design 4.3).
        cluster_name: name of the EKS cluster; an observed name wins over ours (design 4.2).
    """

    namespace: str
    names: Names
    spec: XEKSClusterSpec
    hub: HubFacts | None
    facts: Facts
    partition: str
    account: Json
    cluster_name: str

    @property
    def leaving(self) -> bool:
        """Whether the claim is to be deleted, so that every protection goes."""
        return self.spec.lifecycle == "Decommission"

    @property
    def here(self) -> NamespaceFacts:
        """What the hub says of the claim's namespace."""
        known = self.hub.namespaces if self.hub else {}
        return known.get(self.namespace) or NamespaceFacts()

    @property
    def boundary(self) -> str | None:
        """The permissions boundary of every role (IAM-07)."""
        return self.here.permissions_boundary or (self.hub.permissions_boundary if self.hub else None)

    @property
    def tenant(self) -> str:
        """Who owns the cluster: a fact of the namespace, not of the claim (design 4.6)."""
        return self.here.tenant or self.namespace

    def fact(self, resource: Resource, fact: Fact) -> Json:
        """What is observed of a resource of this design."""
        return self.facts.read(type(resource), resource.key, fact)

    def remembered(self, kind: type[Resource], key: str, fact: Fact, *path: str) -> Json:
        """What is observed of a resource, or what the claim's status remembers of it at `path` (REL-18).

        An id that AWS chose finds the thing again whose object was lost; without it a second one would be made.
        """
        observed = self.facts.read(kind, key, fact)
        known = self.facts.status(*path) if isinstance(observed, Unknown) else observed
        return known if isinstance(known, str) else observed

    def key_id(self, key: str, *path: str) -> Json:
        """The id of a KMS key, from its ARN."""
        arn = self.remembered(Key, key, Fact.ARN, *path)
        return arn.rpartition("/")[2] if isinstance(arn, str) else arn

    def document(self, build: Callable[[str], object], *needs: Json) -> Json:
        """A canonical JSON document (IAM-12) that needs the account, or Unknown as long as a part is."""
        if (missing := whole(self.account, *needs)) is not None:
            return missing
        return canonical(build(cast("str", self.account)))

    def role(
        self,
        key: str,
        *,
        serves: Part,
        asked_by: str,
        description: str,
        trust: Json,
        managed: tuple[str, ...] = (),
        inline: dict[str, Json] | None = None,
        name: str | None = None,
        retained: bool = False,
    ) -> Role:
        """A role of this cluster, with the platform's boundary (IAM-07).

        Raises:
            Refused: if its inline policies are longer than AWS takes (IAM-12).
        """
        length = sum(len(text) for text in (inline or {}).values() if isinstance(text, str))
        if length > INLINE_LIMIT:
            raise Refused(asked_by, f"needs {length} characters of policy, AWS takes {INLINE_LIMIT}; name fewer ARNs")
        return Role(
            key=key,
            serves=serves,
            asked_by=asked_by,
            name=name or self.names.aws(key.removeprefix("role-"), ROLE_LENGTH),
            description=description,
            trust=trust,
            managed=managed,
            inline=inline or {},
            boundary=self.boundary,
            retained=retained,
        )


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def canonical(document: object) -> str:
    """JSON with sorted keys and no spaces, so that the same document is the same text for ever (IAM-12)."""
    return _ENCODER.encode(document)


def begin(namespace: str, name: str, spec: XEKSClusterSpec, hub: HubFacts | None, facts: Facts) -> Design:
    """The design of a claim before its parts are made.

    Raises:
        Refused: if the region's partition is not known, or the account is not the one it must be.
    """
    names = Names("EKSCluster", namespace, name)
    partition = partition_of(spec.region)
    if partition is None:
        raise Refused("spec.region", f"{spec.region} is in no partition of AWS that Argosy knows")
    observed_name = facts.read(Cluster, CLUSTER_KEY, Fact.NAME)
    if not isinstance(observed_name, str):  # an imported cluster keeps its name, also when a read loses it (REL-18)
        observed_name = facts.status("cluster", "name")
    return Design(
        namespace=namespace,
        names=names,
        spec=spec,
        hub=hub,
        facts=facts,
        partition=partition,
        account=_account(facts, hub, namespace),
        cluster_name=observed_name if isinstance(observed_name, str) else names.cluster,
    )


def _account(facts: Facts, hub: HubFacts | None, namespace: str) -> Json:
    """The account, from the ARN of the cluster's role; it is made first, and its trust needs no account."""
    arn = facts.read(Role, CLUSTER_ROLE_KEY, Fact.ARN)
    remembered = facts.status("account")
    match = ROLE_ARN.match(arn) if isinstance(arn, str) else None
    observed = match[1] if match else None
    if isinstance(remembered, str) and not ACCOUNT.match(remembered):  # it becomes part of policies (TEN-07)
        raise Refused("status.account", f"{remembered} is no AWS account; put back the one that the cluster stands in")
    if observed and isinstance(remembered, str) and observed != remembered:
        raise Refused(
            "metadata.namespace",
            f"the credentials of namespace {namespace} now lead to account {observed}, but the cluster stands in "
            f"{remembered}; give the ProviderConfig its role in {remembered} back",
        )
    expected = hub.namespaces[namespace].account if hub and namespace in hub.namespaces else None
    if observed and expected and observed != expected:
        raise Refused(
            "metadata.namespace",
            f"the credentials of namespace {namespace} lead to account {observed}, but EnvironmentConfig argosy says "
            f"{expected} in namespaces.{namespace}.account; mend the one that is wrong",
        )
    if observed:
        return observed
    if isinstance(remembered, str):
        return remembered
    return Unknown(CLUSTER_ROLE_KEY, Fact.ARN.value)
