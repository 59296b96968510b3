"""Labels and annotations of the Argo CD cluster Secret: the contract between claims and `gitops/`.

Labels are switches that generators select on, annotations are facts that templates read. Whoever reads a key that
is not here reads nothing, and whoever writes one that nobody reads confuses: both directions are tested. The
names are those of the GitOps Bridge where it has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Entry:
    """One key of the vocabulary; `<...>` in a key stands for a name.

    Attributes:
        where: whether it is a label or an annotation.
        meaning: what it says, for the person who reads it in a template.
    """

    key: str
    where: Literal["label", "annotation"]
    meaning: str


TENANT_PREFIX = "fleet.argosy.dev/"
"""Prefix of all labels that a claim may set (TEN-12)."""

SECRET_TYPE = Entry("argocd.argoproj.io/secret-type", "label", "`cluster`: Argo CD takes the Secret for a cluster.")
CLUSTER_NAME = Entry("cluster_name", "label", "Name of the cluster in Argo CD.")
AWS_CLUSTER_NAME = Entry("aws_cluster_name", "label", "Name of the EKS cluster.")
ENVIRONMENT = Entry("environment", "label", "Environment that the claim names.")
RING = Entry("ring", "label", "Ring of the rollout; a lower one gets changes earlier.")
TENANT = Entry("tenant", "label", "Tenant that owns the claim's namespace.")
KUBERNETES_VERSION = Entry("kubernetes_version", "label", "Kubernetes version that the control plane runs.")
FLEET_MEMBER = Entry("fleet_member", "label", "`spoke`: a cluster that a hub made.")
WORKLOADS = Entry("workloads", "label", '`"true"`: the cluster takes team namespaces and workloads.')
ENABLE = Entry(
    "enable_<add-on>", "label", 'Switch of an add-on: `"true"` once its identity on AWS exists and the claim wants it.'
)
DATABASE = Entry(
    "rds_<database>", "label", '`"true"`: the cluster has that database, and the annotations about it are complete.'
)
CLAIM_LABEL = Entry(f"{TENANT_PREFIX}<label>", "label", "A label from the claim, of those that the platform allows.")

ACCOUNT = Entry("aws_account_id", "annotation", "AWS account of the cluster.")
REGION = Entry("aws_region", "annotation", "AWS region of the cluster.")
PARTITION = Entry("aws_partition", "annotation", "AWS partition of the cluster.")
VPC = Entry("aws_vpc_id", "annotation", "VPC of the cluster.")
CLUSTER_NAME_FACT = Entry("cluster_name", "annotation", "Name of the cluster in Argo CD.")
AWS_CLUSTER_NAME_FACT = Entry("aws_cluster_name", "annotation", "Name of the EKS cluster.")
OIDC_ISSUER = Entry("eks_oidc_issuer", "annotation", "URL of the cluster's OIDC issuer.")
HUB = Entry("fleet.argosy.dev/hub", "annotation", "Id of the hub that the cluster is registered with.")
CLAIM = Entry("fleet.argosy.dev/claim", "annotation", "Claim that made the cluster, `<namespace>/<name>`.")
AUTO_MODE = Entry("fleet.argosy.dev/auto-mode", "annotation", '`"true"` if EKS Auto Mode runs the cluster\'s nodes.')
REPO_URL = Entry("<repository>_repo_url", "annotation", "Address of a repository of the fleet.")
REPO_BASEPATH = Entry(
    "<repository>_repo_basepath", "annotation", "Folder in front of all paths, empty or with a slash."
)
REPO_PATH = Entry("<repository>_repo_path", "annotation", "Folder to start from.")
REPO_REVISION = Entry("<repository>_repo_revision", "annotation", "Branch, tag or commit.")
ADDON_NAMESPACE = Entry("<add-on>_namespace", "annotation", "Namespace that the add-on's identity is bound to.")
ADDON_SERVICE_ACCOUNT = Entry(
    "<add-on>_service_account", "annotation", "Service account that the add-on's identity is bound to."
)
DNS_ZONES = Entry(
    "external_dns_hosted_zone_ids", "annotation", "Hosted zones that ExternalDNS may write to, with commas between."
)
DATABASE_ENDPOINT = Entry("rds_<database>_endpoint", "annotation", "Host name of a database's writer.")
DATABASE_PORT = Entry("rds_<database>_port", "annotation", "Port of a database.")
DATABASE_SECRET_ARN = Entry(
    "rds_<database>_secret_arn", "annotation", "Secret with user and password, never its value."
)
DATABASE_SECURITY_GROUP = Entry("rds_<database>_security_group_id", "annotation", "Security group of a database.")

APPLICATION_CLUSTER = f"{TENANT_PREFIX}cluster"
"""Label of an Application: name of the cluster in Argo CD. By it the function finds what a cluster still has."""
APPLICATION_PART = f"{TENANT_PREFIX}part"
"""Label of an Application: what it is to its cluster, one of `PARTS`."""
NEED_ADDONS = ("team", "workload")
"""Parts that go first: what they have on AWS goes only while the add-ons are there (REL-15)."""
DRAINED = (*NEED_ADDONS, "addon")
"""Parts that must be gone before the cluster is. Those of part `baseline` go with it and have nothing on AWS."""

VOCABULARY = (
    SECRET_TYPE, CLUSTER_NAME, AWS_CLUSTER_NAME, ENVIRONMENT, RING, TENANT, KUBERNETES_VERSION, FLEET_MEMBER, WORKLOADS,
    ENABLE, DATABASE, CLAIM_LABEL, ACCOUNT, REGION, PARTITION, VPC, CLUSTER_NAME_FACT, AWS_CLUSTER_NAME_FACT,
    OIDC_ISSUER, HUB, CLAIM, AUTO_MODE, REPO_URL, REPO_BASEPATH, REPO_PATH, REPO_REVISION, ADDON_NAMESPACE,
    ADDON_SERVICE_ACCOUNT, DNS_ZONES, DATABASE_ENDPOINT, DATABASE_PORT, DATABASE_SECRET_ARN, DATABASE_SECURITY_GROUP,
)  # fmt: skip


def named(entry: Entry, name: str) -> str:
    """The key of `entry` for one add-on, repository, database or label: the name takes the place of `<...>`."""
    before, rest = entry.key.split("<", 1)
    return f"{before}{name}{rest.split('>', 1)[1]}"
