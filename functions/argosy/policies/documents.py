"""The grammar of IAM documents, and who may assume a role.

Documents are built from mappings and dumped, never from text: a name with a quote in it would otherwise add a
statement (TEN-07). They are canonical, so that the same policy is the same text for ever (IAM-12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "str | Sequence[Json] | Mapping[str, Json]"
Statement: TypeAlias = dict[str, Json]
"""One statement of an IAM document, by the names of the policy grammar (`Sid`, `Effect`, `Action`, ...)."""
Conditions: TypeAlias = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Values by condition key by operator."""

POD_IDENTITY = "pods.eks.amazonaws.com"
"""Service principal of EKS Pod Identity, the same in all partitions (EKS user guide, `pod-id-role`)."""

INLINE_LIMIT = 10240
"""Characters that the inline policies of one role may have together, without white space (IAM-12)."""


@dataclass(frozen=True, kw_only=True)
class ClusterIdentity:
    """What a policy is bound to.

    Attributes:
        partition: partition of the ARNs (IAM-11).
        region: region of the cluster; names of clusters are unique only within account and region.
        account: AWS account, twelve digits.
        name: name of the EKS cluster.
        vpc_arn: the cluster's VPC; used by the load balancer controller only.
    """

    partition: str
    region: str
    account: str
    name: str
    vpc_arn: str

    @property
    def arn(self) -> str:
        """ARN of the EKS cluster."""
        return self.regional("eks", f"cluster/{self.name}")

    def regional(self, service: str, resource: str, *, account: str | None = None) -> str:
        """An ARN in the cluster's partition, region and account (or the given one)."""
        owner = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{self.region}:{owner}:{resource}"

    @property
    def in_region(self) -> Conditions:
        """Condition for reads that know no resources: names of clusters are unique in one region only."""
        return {"StringEquals": {"aws:RequestedRegion": self.region}}


def allow(
    sid: str, actions: Sequence[str], resources: str | Sequence[str] = "*", conditions: Conditions | None = None
) -> Statement:
    """A statement that allows actions on resources under conditions."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    if conditions:
        statement["Condition"] = conditions
    return statement


def document(statements: Iterable[Statement]) -> dict[str, Json]:
    """An IAM document in canonical form: keys and sets sorted, sets of one as plain text.

    Raises:
        ValueError: for no statement, or two with the same Sid.
    """
    ordered = [_canonical(statement) for statement in statements]
    sids = [statement.get("Sid") for statement in ordered if isinstance(statement, Mapping)]
    if not sids or None in sids or len(set(map(str, sids))) < len(sids):
        raise ValueError(f"an IAM document needs statements with different Sids, not {sids}")
    return {"Statement": ordered, "Version": "2012-10-17"}


def _canonical(value: Json) -> Json:
    """The value with keys sorted, and lists too: no list of the grammar below Statement has an order."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: _canonical(value[key]) for key in sorted(value)}
    items = sorted({str(item) for item in value})
    return items[0] if len(items) == 1 else items


def trust_service(service: str, *, tag_session: bool = False, conditions: Conditions | None = None) -> dict[str, Json]:
    """The trust of a role that a service of AWS assumes.

    Args:
        service: service principal, such as `eks.amazonaws.com`; see `argosy.data.regions.service_principal`.
        tag_session: whether the service also tags its sessions (SEC-12: Auto Mode only).
        conditions: what must hold beside, such as `aws:SourceAccount` against a confused deputy (SEC-33).
    """
    actions = ["sts:AssumeRole", "sts:TagSession"] if tag_session else ["sts:AssumeRole"]
    return document([_trust("ServiceAssumesRole", {"Service": service}, actions, conditions)])


def trust_pod_identity(
    cluster: ClusterIdentity, namespace: str, service_account: str, org_id: str | None
) -> dict[str, Json]:
    """The trust of a role that one service account of one cluster gets by EKS Pod Identity (IAM-01).

    The cluster is named by its ARN: another account may have a cluster of that name (IAM-02). No wildcards.
    """
    equal = {
        "aws:RequestTag/eks-cluster-arn": cluster.arn,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": service_account,
        "aws:SourceAccount": cluster.account,
    }
    if org_id is not None:
        equal["aws:SourceOrgId"] = org_id
    actions = ["sts:AssumeRole", "sts:TagSession"]
    return document([_trust("PodIdentityAssumesRole", {"Service": POD_IDENTITY}, actions, {"StringEquals": equal})])


def trust_role(role_arn: str) -> dict[str, Json]:
    """The trust of a role that one other role assumes: Argo CD's on the hub (SEC-72)."""
    # without TagSession a hub role that Pod Identity gives cannot go on: its session tags are transitive (SEC-73)
    actions = ["sts:AssumeRole", "sts:TagSession"]
    return document([_trust("HubAssumesRole", {"AWS": role_arn}, actions, None)])


def _trust(sid: str, principal: Mapping[str, str], actions: Sequence[str], conditions: Conditions | None) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": actions}
    if conditions:
        statement["Condition"] = conditions
    return statement
