"""The registration of a cluster in Argo CD: role, access entry, cluster Secret.

The Secret appears when the cluster is active and Argo CD may enter, and stays (gitops S1, S2): without it every
Application of the cluster is deleted (gitops B2).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import cast

from argosy.api.argocd import ArgoAddons
from argosy.composites.addons import ArgoAddonIdentity
from argosy.composites.control_plane import ControlPlane, grants
from argosy.composites.databases import Databases
from argosy.composites.design import Design, canonical
from argosy.composites.hub import ENTRY_KEY, SECRET_KEY, SPOKE_KEY, blocker, left, lookup, remaining
from argosy.composites.network import Network
from argosy.data.databases import PORT
from argosy.data.regions import dns_suffix
from argosy.input import HubFacts
from argosy.plan import Condition, Fact, Part, Refused, Resource
from argosy.policies.documents import trust_role
from argosy.resources.argocd import ClusterSecret
from argosy.resources.eks import AccessEntry, Cluster
from argosy.resources.iam import Role
from argosy.resources.rds import DatabaseResource
from argosy.unknown import Json, Unknown, later, whole
from argosy.vocabulary import (
    ACCOUNT,
    ADDON_NAMESPACE,
    ADDON_SERVICE_ACCOUNT,
    AUTO_MODE,
    AWS_CLUSTER_NAME,
    AWS_CLUSTER_NAME_FACT,
    CLAIM,
    CLAIM_LABEL,
    CLUSTER_NAME,
    CLUSTER_NAME_FACT,
    DATABASE,
    DATABASE_ENDPOINT,
    DATABASE_PORT,
    DATABASE_SECRET_ARN,
    DATABASE_SECURITY_GROUP,
    DNS_ZONES,
    ENABLE,
    ENVIRONMENT,
    FLEET_MEMBER,
    HUB,
    KUBERNETES_VERSION,
    NEED_ADDONS,
    OIDC_ISSUER,
    PARTITION,
    REGION,
    REPO_BASEPATH,
    REPO_PATH,
    REPO_REVISION,
    REPO_URL,
    RING,
    SECRET_TYPE,
    TENANT,
    VPC,
    WORKLOADS,
    Entry,
    named,
)

ASKED_BY = "spec.argocd.register"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What registers the cluster, or the reason why nothing does."""

    resources: tuple[Resource, ...] = ()
    condition: Condition | None = None


def plan(
    design: Design,
    network: Network,
    control_plane: ControlPlane,
    databases: Databases,
    addons: tuple[ArgoAddonIdentity, ...],
) -> Registration:
    """What registers the cluster in Argo CD."""
    if (condition := blocker(design)) is not None:
        return Registration(condition=condition)
    hub = cast("HubFacts", design.hub)
    cluster, argocd = control_plane.cluster, hub.argocd
    hub_role = cast("str", argocd.role_arn)
    spoke = _spoke_role(design, hub_role) if argocd.mode == "SelfManaged" else None
    entry = AccessEntry(
        key=ENTRY_KEY,
        serves=Part.REGISTRATION,
        asked_by=ASKED_BY,
        after=(cluster,),
        cluster=cluster,
        principal=spoke or hub_role,
        policies=grants(design, "argocd", {argocd.access_policy: ()}),
    )
    secret = ClusterSecret(
        key=SECRET_KEY,
        asked_by=ASKED_BY,
        after=(cluster, entry),
        name=f"cluster-{design.names.cluster}",
        namespace=argocd.namespace,
        cluster=cluster,
        access=entry,
        labels=_labels(design, databases, addons),
        annotations=_annotations(design, hub, network, cluster, databases, addons),
        data=_data(design, cluster, spoke),
    )
    return Registration(resources=(*((spoke,) if spoke else ()), entry, secret), condition=_draining(design))


def _draining(design: Design) -> Condition | None:
    """That the claim asks for no registration any more, and what keeps it."""
    if design.spec.argocd.register_cluster:
        return None
    return Condition(Part.REGISTRATION, "False", "Draining", f"not out of Argo CD yet: {remaining(design)}")


def _spoke_role(design: Design, hub_role: str) -> Role:
    """The role that Argo CD assumes for this cluster alone; it may do nothing on AWS (SEC-72)."""
    return design.role(
        SPOKE_KEY,
        serves=Part.REGISTRATION,
        asked_by=ASKED_BY,
        name=design.names.spoke_role(),
        description=f"Argo CD on the hub, for EKS cluster {design.cluster_name}",
        trust=canonical(trust_role(hub_role)),
    )


def _data(design: Design, cluster: Cluster, spoke: Role | None) -> dict[str, Json]:
    """The Secret's data: role and CA for a self-managed Argo CD, the cluster's ARN for the capability (gitops 1)."""
    if spoke is None:
        arn = design.fact(cluster, Fact.ARN)
        return {"name": design.names.cluster, "server": arn, "project": "default"}
    certificate, role_arn = design.fact(cluster, Fact.CERTIFICATE), design.fact(spoke, Fact.ARN)
    config: Json = whole(certificate, role_arn) or canonical(
        {
            "awsAuthConfig": {"clusterName": design.cluster_name, "roleARN": role_arn},
            "tlsClientConfig": {"insecure": False, "caData": certificate},
        }
    )
    return {"name": design.names.cluster, "server": _endpoint(design, cluster), "config": config}


def _endpoint(design: Design, cluster: Cluster) -> Json:
    """URL of the Kubernetes API, of EKS in the cluster's region and nowhere else: Argo CD sends its token there.

    Raises:
        Refused: for any other host (TEN-13).
    """
    url = design.fact(cluster, Fact.ENDPOINT)
    hosts = (f".{design.spec.region}.eks.{dns_suffix(design.partition)}", f".{design.spec.region}.api.aws")
    if isinstance(url, str) and not (url.startswith("https://") and url.endswith(hosts)):
        raise Refused(ASKED_BY, f"the cluster's endpoint {url} is not one of EKS in {design.spec.region}")
    return url


def _switches(design: Design, addons: tuple[ArgoAddonIdentity, ...]) -> dict[str, Json]:
    """The switch of every add-on that there is.

    Those of a cluster that goes stay up as long as something needs them: without its controller a load balancer of a
    workload stays on AWS for ever, and the VPC with it (REL-15).
    """
    asked = design.spec.argocd.addons
    switches: dict[str, Json] = dict.fromkeys(ArgoAddons.model_fields, "false")
    if lookup(design) is not None and left(design, NEED_ADDONS) == ():
        return switches
    for name in switches:
        settings = getattr(asked, name)
        if settings is not None and settings.enabled:
            switches[name] = "true"
    return switches | {addon.switch: _raised(design, addon) for addon in addons if addon.enabled}


def _labels(design: Design, databases: Databases, addons: tuple[ArgoAddonIdentity, ...]) -> dict[str, Json]:
    version = design.facts.read(Cluster, "cluster", Fact.VERSION)
    return {
        SECRET_TYPE.key: "cluster",
        CLUSTER_NAME.key: design.names.cluster,
        AWS_CLUSTER_NAME.key: design.cluster_name,
        ENVIRONMENT.key: design.spec.environment,
        RING.key: design.spec.ring,
        TENANT.key: design.tenant,
        KUBERNETES_VERSION.key: version,
        FLEET_MEMBER.key: "spoke",
        WORKLOADS.key: json.dumps(lookup(design) is None),
        **{named(ENABLE, name): switch for name, switch in _switches(design, addons).items()},
        **{
            named(DATABASE, _known_as(database)): "true" if missing is None else missing.instead("false")
            for database in databases.databases
            for missing in (whole(*(_about(design, database).values())),)
        },
        **{named(CLAIM_LABEL, key): value for key, value in design.spec.argocd.labels.items()},
    }


def _raised(design: Design, addon: ArgoAddonIdentity) -> Json:
    """The switch of an add-on: up once its identity exists, and then it stays up, whatever observation loses."""
    identity = design.fact(addon.identified.association, Fact.ID)
    return identity.instead("false") if isinstance(identity, Unknown) else "true"


def _annotations(
    design: Design,
    hub: HubFacts,
    network: Network,
    cluster: Cluster,
    databases: Databases,
    addons: tuple[ArgoAddonIdentity, ...],
) -> dict[str, Json]:
    facts: dict[str, Json] = {
        ACCOUNT.key: design.account,
        REGION.key: design.spec.region,
        PARTITION.key: design.partition,
        VPC.key: design.fact(network.vpc, Fact.ID),
        CLUSTER_NAME_FACT.key: design.names.cluster,
        AWS_CLUSTER_NAME_FACT.key: design.cluster_name,
        OIDC_ISSUER.key: design.fact(cluster, Fact.ISSUER),
        CLAIM.key: f"{design.namespace}/{design.names.name}",
        AUTO_MODE.key: json.dumps(design.spec.nodes.auto_mode.enabled),
    }
    if hub.hub is not None:
        facts[HUB.key] = hub.hub
    for name, repository in hub.repositories:
        if repository is not None:
            facts[named(REPO_URL, name)] = repository.url
            facts[named(REPO_BASEPATH, name)] = repository.basepath
            facts[named(REPO_PATH, name)] = repository.path
            facts[named(REPO_REVISION, name)] = repository.revision
    for addon in addons:
        association = addon.identified.association
        facts[named(ADDON_NAMESPACE, addon.switch)] = association.namespace
        facts[named(ADDON_SERVICE_ACCOUNT, addon.switch)] = association.service_account
    if (dns := design.spec.argocd.addons.external_dns) is not None:
        # it stops at the first zone of the account that it may not read, so it must know its own
        facts[DNS_ZONES.key] = ",".join(sorted(arn.rpartition("/")[2] for arn in dns.hosted_zone_arns))
    for database in databases.databases:
        facts |= {named(entry, _known_as(database)): later(value) for entry, value in _about(design, database).items()}
    return facts


def _known_as(database: DatabaseResource) -> str:
    """What a database is called in keys: those of labels and annotations that templates read have no dashes."""
    return database.spec.name.replace("-", "_")


def _about(design: Design, database: DatabaseResource) -> dict[Entry, Json]:
    return {
        DATABASE_ENDPOINT: design.fact(database, Fact.ENDPOINT),
        DATABASE_PORT: str(PORT),
        DATABASE_SECRET_ARN: design.fact(database, Fact.SECRET_ARN),
        DATABASE_SECURITY_GROUP: design.fact(database.security_group, Fact.ID),
    }
