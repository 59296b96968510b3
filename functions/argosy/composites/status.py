"""The status of a claim: what other tools need, and what recovers a lost hub (REL-10)."""

from __future__ import annotations

from argosy.composites.control_plane import ControlPlane
from argosy.composites.databases import Databases
from argosy.composites.design import CLUSTER_KEY, Design
from argosy.composites.network import Network
from argosy.composites.registration import Registration
from argosy.data.databases import PORT
from argosy.input import HUB_FACTS_NAME, HubFacts
from argosy.plan import Fact, Resource
from argosy.resources.eks import Cluster
from argosy.resources.iam import Role
from argosy.resources.rds import AuroraCluster, DatabaseResource
from argosy.unknown import Json


def status(
    design: Design,
    network: Network,
    control_plane: ControlPlane,
    databases: Databases,
    registered: Registration,
    resources: tuple[Resource, ...],
) -> dict[str, Json]:
    """The status as the model `XEKSClusterStatus` has it; unknown leaves keep what was observed."""
    cluster, fact = control_plane.cluster, design.fact
    version = design.facts.read(Cluster, CLUSTER_KEY, Fact.VERSION)
    result: dict[str, Json] = {
        "account": design.account,
        "network": {
            "vpcId": fact(network.vpc, Fact.ID),
            "privateSubnetIds": {zone: fact(subnet, Fact.ID) for zone, subnet in network.private.items()},
            "publicSubnetIds": {zone: fact(subnet, Fact.ID) for zone, subnet in network.public.items()},
            "databaseSubnetIds": {zone: fact(subnet, Fact.ID) for zone, subnet in network.database.items()},
            "natGatewayIds": {zone: gateway.id for zone, gateway in network.nat.items()},
            "natPublicIps": {zone: fact(gateway, Fact.PUBLIC_IP) for zone, gateway in network.nat.items()},
        },
        "cluster": {
            "name": design.cluster_name,
            "arn": fact(cluster, Fact.ARN),
            "endpoint": fact(cluster, Fact.ENDPOINT),
            "oidcIssuer": fact(cluster, Fact.ISSUER),
            "version": version,
            "targetVersion": design.spec.kubernetes_version or version,
            "securityGroupId": fact(cluster, Fact.SECURITY_GROUP),
            "keyArn": fact(cluster.encryption_key, Fact.ARN),
            **({"autoMode": cluster.auto_node_role is not None} if cluster.auto_mode else {}),
        },
        "roles": {role.key.removeprefix("role-"): fact(role, Fact.ARN) for role in resources if isinstance(role, Role)},
        "databases": {database.spec.name: _database(design, database) for database in databases.databases},
        "connect": f"aws eks update-kubeconfig --region {design.spec.region} --name {design.cluster_name}",
    }
    if design.hub is not None:
        result["hub"] = {
            "environmentConfig": HUB_FACTS_NAME,
            **({"tenant": design.here.tenant} if design.here.tenant else {}),
            **({"permissionsBoundary": design.boundary} if design.boundary else {}),
            **_registration(design.hub, registered),
        }
    return result


def _registration(hub: HubFacts, registered: Registration) -> dict[str, Json]:
    """What can never change while the cluster is registered."""
    if not registered.resources:
        return {}
    named: dict[str, Json] = {"id": hub.hub} if hub.hub else {}
    return {**named, "argocdNamespace": hub.argocd.namespace, "argocdMode": hub.argocd.mode}


def _database(design: Design, database: DatabaseResource) -> dict[str, Json]:
    facts: dict[str, Json] = {
        "endpoint": design.fact(database, Fact.ENDPOINT),
        "port": PORT,
        "secretArn": design.fact(database, Fact.SECRET_ARN),
        "resourceId": design.fact(database, Fact.RESOURCE_ID),
        "keyArn": design.fact(database.encryption_key, Fact.ARN),
        "securityGroupId": design.fact(database.security_group, Fact.ID),
    }
    if isinstance(database, AuroraCluster):
        facts["readerEndpoint"] = design.fact(database, Fact.READER_ENDPOINT)
    return facts
