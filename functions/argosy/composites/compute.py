"""The compute of a cluster: node groups beside Auto Mode, or instead of it."""

from __future__ import annotations

from collections.abc import Iterator

from argosy.api.nodes import NodeGroup as NodeGroupSpec
from argosy.composites.addons import NodeEssentials
from argosy.composites.design import CLUSTER_KEY, Design, canonical
from argosy.composites.network import Network, observed_zones
from argosy.data.managed_policies import managed_policy_arn
from argosy.data.regions import service_principal
from argosy.names import NODE_GROUP_LENGTH
from argosy.plan import Fact, Part, Refused, Resource
from argosy.policies.documents import trust_service
from argosy.resources.eks import Cluster, NodeGroup
from argosy.resources.iam import Role
from argosy.resources.network import NatGateway, Subnet

NODE_POLICIES = (
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonSSMManagedInstanceCore",
)
"""No AmazonEKS_CNI_Policy: vpc-cni has an identity of its own (SEC-23)."""


def plan(
    design: Design, network: Network, cluster: Cluster, essentials: NodeEssentials
) -> tuple[tuple[Resource, ...], tuple[NodeGroup, ...]]:
    """The role of nodes and the node groups that a claim asks for.

    Raises:
        Refused: for zones that the network does not have.
    """
    groups = design.spec.nodes.groups
    if not groups:
        return (), ()
    role = design.role(
        "role-node",
        serves=Part.COMPUTE,
        asked_by="spec.nodes.groups",
        description=f"Nodes of EKS cluster {design.cluster_name}",
        trust=canonical(trust_service(service_principal("ec2", design.partition))),
        managed=tuple(managed_policy_arn(name, design.partition) for name in NODE_POLICIES),
    )
    ordered = sorted(groups, key=lambda group: group.name)
    return (role,), tuple(_group(design, group, network, cluster, role, essentials) for group in ordered)


def _group(
    design: Design,
    spec: NodeGroupSpec,
    network: Network,
    cluster: Cluster,
    role: Role,
    essentials: NodeEssentials,
) -> NodeGroup:
    key = f"node-group-{spec.name}"
    subnets = tuple(network.private[zone] for zone in _zones(design, spec, key, network))
    return NodeGroup(
        key=key,
        asked_by=f"spec.nodes.groups[{spec.name}]",
        # a node without network, proxy, credentials or way out never joins, and the group fails after an hour
        after=tuple(dict.fromkeys((cluster, *essentials.resources, *_ways_out(subnets)))),
        spec=spec,
        name=design.names.aws(spec.name, NODE_GROUP_LENGTH),
        cluster=cluster,
        role=role,
        subnets=subnets,
        version=design.facts.read(Cluster, CLUSTER_KEY, Fact.VERSION),
    )


def _ways_out(subnets: tuple[Subnet, ...]) -> Iterator[Resource]:
    """Subnets and routes from nodes to the internet."""
    for subnet in subnets:
        yield from (subnet, subnet.route_table)
        if isinstance(gateway := subnet.route_table.way_out, NatGateway):
            yield from (gateway, gateway.subnet, gateway.subnet.route_table)


def _zones(design: Design, spec: NodeGroupSpec, key: str, network: Network) -> tuple[str, ...]:
    """A group's zones: fixed when it is made, for AWS cannot move a living group (REL-09)."""
    path = f"spec.nodes.groups[{spec.name}].zones"
    asked = tuple(sorted(spec.zones)) if spec.zones else tuple(network.private)
    if strangers := [zone for zone in asked if zone not in network.private]:
        raise Refused(path, f"zone {', '.join(strangers)} is not in the network's zones {', '.join(network.private)}")
    standing = observed_zones(design, NodeGroup, key)
    if standing is None:
        return asked
    if spec.zones and standing != asked:
        raise Refused(
            path,
            f"the group stands in {', '.join(standing)} and cannot move; make a group of another name, then take this "
            "one out",
        )
    if missing := [zone for zone in standing if zone not in network.private]:
        raise Refused(
            "spec.network.zones",
            f"zone {', '.join(missing)} cannot leave while node group {spec.name} stands in it; make a group of "
            "another name in other zones, take this one out, then the zone",
        )
    return standing
