"""What AWS and the provider refuse, in their words."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.simulator import Simulator
from tests.simulator.objects import (
    FLOW_LOGS_TRUST,
    TRUST,
    cluster,
    cluster_world,
    condition,
    external_name,
    flow_log,
    is_ready,
    live,
    log_group,
    managed,
    network,
    node_group,
    role,
    subnet,
    to,
    told,
    vpc,
)

AUTO_MODE = {
    "bootstrapSelfManagedAddons": False,
    "computeConfig": {"enabled": True, "nodePools": ["system"]},
    "storageConfig": {"blockStorage": {"enabled": True}},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
}
AUTO_MODE_OFF = {
    "computeConfig": {"enabled": False, "nodePools": []},
    "storageConfig": {"blockStorage": {"enabled": False}},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": False}},
}


def check_refused_creation(item: dict[str, Any], words: str) -> None:
    status, reason, message = condition(item, "Synced")
    assert (status, reason) == ("False", "ReconcileError")
    assert message.startswith("create failed: async create failed: failed to create the resource: [{0 creating ")
    assert words in message
    assert condition(item, "Ready")[:2] == ("False", "Creating")
    assert condition(item, "LastAsyncOperation")[:2] == ("False", "AsyncCreateFailure")


def check_refused_change(item: dict[str, Any], words: str) -> None:
    """A refused change leaves the object ready (REL-07)."""
    status, reason, message = condition(item, "Synced")
    assert (status, reason) == ("False", "ReconcileError")
    assert message.startswith("update failed: async update failed: ")
    assert words in message
    assert condition(item, "Ready")[:2] == ("True", "Available")
    assert condition(item, "LastAsyncOperation")[:2] == ("False", "AsyncUpdateFailure")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (managed("ec2/Subnet", "x", {"cidrBlock": "10.0.0.0/20"}), "CreateSubnetInput.VpcId."),
        (managed("ec2/RouteTable", "x"), "CreateRouteTableInput.VpcId."),
        (managed("ec2/NATGateway", "x"), "CreateNatGatewayInput.SubnetId."),
        (managed("eks/Cluster", "x", {"vpcConfig": {"subnetIds": ["subnet-0"]}}, name="x"), "Input.RoleArn."),
        (managed("eks/Cluster", "x", {"roleArn": "arn", "vpcConfig": {}}, name="x"), "Input.VpcConfig.SubnetIds."),
        (managed("eks/NodeGroup", "x", {"scalingConfig": {}}, name="x"), "CreateNodegroupInput.ClusterName."),
        (managed("eks/Addon", "x", {"addonName": "coredns"}), "CreateAddonInput.ClusterName."),
        (managed("eks/PodIdentityAssociation", "x", {"clusterName": "c"}), "Input.RoleArn."),
        (managed("rds/SubnetGroup", "x", name="x"), "CreateDBSubnetGroupInput.SubnetIds."),
        (managed("rds/ClusterInstance", "x", {"engine": "postgres"}, name="x"), "Input.ClusterIdentifier."),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_fields_that_only_the_schema_can_do_without(item: dict[str, Any], words: str) -> None:
    check_refused_creation(live(Simulator(), [item], 3)["x"], words)


def test_what_is_named_must_exist() -> None:
    lost = managed("ec2/Subnet", "x", {"cidrBlock": "10.0.0.0/20", "vpcId": "vpc-00000000000000000"})
    check_refused_creation(
        live(Simulator(), [lost], 3)["x"],
        "InvalidVpcID.NotFound: The vpc ID 'vpc-00000000000000000' does not exist",
    )
    group = [*cluster_world(), node_group(launchTemplate={"name": "nowhere", "version": "1"})]
    check_refused_creation(
        live(Simulator(), group)["group"],
        "The specified launch template, with template name nowhere, does not exist.",
    )


def test_a_version_of_a_launch_template_must_exist() -> None:
    template = managed("ec2/LaunchTemplate", "template", {"name": "nodes"})
    group = node_group(launchTemplate={"name": "nodes", "version": "2"})
    after = live(Simulator(), [*cluster_world(), template, group])
    check_refused_creation(after["group"], "Could not find the specified version 2 for the launch template")


@pytest.mark.parametrize(
    ("fields", "argument"),
    [
        ({"cidrBlock": "10.1.0.0/16"}, '"cidr_block" from "10.0.0.0/16" to "10.1.0.0/16"'),
        ({"cidrBlock": "10.0.0.0/16", "region": "eu-west-2"}, '"region" from "eu-west-1" to "eu-west-2"'),
    ],
)
def test_the_provider_never_replaces_anything(fields: dict[str, Any], argument: str) -> None:
    simulator = Simulator()
    before = live(simulator, [vpc()])["vpc"]
    after = live(simulator, [managed("ec2/VPC", "vpc", fields)])["vpc"]
    check_refused_change(
        after,
        "refuse to update the external resource because the following update requires replacing it: cannot change the "
        f"value of the argument {argument}",
    )
    assert external_name(after) == external_name(before)
    assert told(after) == told(before)
    assert condition(live(simulator, [vpc()])["vpc"], "LastAsyncOperation")[0] == "True", "put back, all is well"


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"bootstrapSelfManagedAddons": False}, '"bootstrap_self_managed_addons" from "true" to "false"'),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.100.0.0/16"}},
            '"kubernetes_network_config.0.service_ipv4_cidr" from "172.20.0.0/16" to "10.100.0.0/16"',
        ),
    ],
)
def test_fields_of_a_cluster_that_never_change(change: dict[str, Any], argument: str) -> None:
    simulator = Simulator()
    live(simulator, cluster_world())
    check_refused_change(live(simulator, cluster_world(**change))["cluster"], argument)


def test_fields_of_a_node_group_that_never_change() -> None:
    simulator = Simulator()
    live(simulator, [*cluster_world(), node_group(instanceTypes=["m7i.large", "m6i.large"])])
    after = live(simulator, [*cluster_world(), node_group(instanceTypes=["m7i.large", "m5.large"])])["group"]
    check_refused_change(after, '"instance_types.1" from "m6i.large" to "m5.large"')


@pytest.mark.parametrize("missing", ["computeConfig", "storageConfig", "kubernetesNetworkConfig"])
def test_auto_mode_is_three_switches_together(missing: str) -> None:
    switches = {name: value for name, value in AUTO_MODE.items() if name != missing}
    after = live(Simulator(), cluster_world(**switches))["cluster"]
    check_refused_creation(after, "are all either fully enabled or fully disabled.")


def test_auto_mode_wants_no_self_managed_addons() -> None:
    after = live(Simulator(), cluster_world(**{**AUTO_MODE, "bootstrapSelfManagedAddons": True}))["cluster"]
    check_refused_creation(after, "When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false")


def test_auto_mode_can_be_switched_on_and_off_again() -> None:
    simulator = Simulator()
    without = {"bootstrapSelfManagedAddons": False}
    live(simulator, cluster_world(**without))
    on = live(simulator, cluster_world(**AUTO_MODE))["cluster"]
    assert told(on)["computeConfig"]["enabled"] is True
    off = live(simulator, cluster_world(**without, **AUTO_MODE_OFF))["cluster"]
    assert told(off)["computeConfig"] == {"enabled": False, "nodePools": []}
    assert condition(off, "Synced")[0] == "True"


def test_auto_mode_cannot_be_switched_off_where_it_never_was() -> None:
    simulator = Simulator()
    live(simulator, cluster_world())
    after = live(simulator, cluster_world(**AUTO_MODE_OFF))["cluster"]
    check_refused_change(after, "Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster.")


def test_a_cluster_goes_one_minor_up() -> None:
    simulator = Simulator()
    live(simulator, cluster_world(version="1.34"))
    assert told(live(simulator, cluster_world(version="1.35"))["cluster"])["version"] == "1.35"


@pytest.mark.parametrize("version", ["1.36", "1.33", "1.37"])
def test_a_cluster_goes_no_other_way(version: str) -> None:
    simulator = Simulator()
    live(simulator, cluster_world(version="1.34"))
    after = live(simulator, cluster_world(version=version))["cluster"]
    check_refused_change(after, f"Unsupported Kubernetes minor version update from 1.34 to {version}")
    assert told(after)["version"] == "1.34"


def test_a_version_that_eks_does_not_have() -> None:
    after = live(Simulator(), cluster_world(version="1.19"))["cluster"]
    check_refused_creation(after, "InvalidParameterException: unsupported Kubernetes version")


def test_an_upgrade_takes_its_time_and_the_cluster_stays_ready() -> None:
    simulator = Simulator()
    live(simulator, cluster_world(version="1.34"))
    during = live(simulator, cluster_world(version="1.35"), 2)["cluster"]
    assert told(during)["version"] == "1.34"
    assert is_ready(during)


def test_subnets_in_other_zones_come_too_late() -> None:
    simulator = Simulator()
    third = subnet("c", "10.0.32.0/20")
    live(simulator, [third, *cluster_world()])
    refs = [to(f"subnet-{zone}", always=True) for zone in "abc"]
    after = live(simulator, [third, *network(), role(), cluster(vpcConfig={"subnetIdRefs": refs})])["cluster"]
    check_refused_change(
        after,
        "Provided subnets belong to the AZs 'eu-west-1a,eu-west-1b,eu-west-1c'. But they should belong to the exact "
        "set of AZs 'eu-west-1a,eu-west-1b' in which subnets were provided during cluster creation.",
    )


def test_a_cluster_needs_two_zones() -> None:
    one = cluster(vpcConfig={"subnetIdRefs": [to("subnet-a")]})
    after = live(Simulator(), [*network(), role(), one])["cluster"]
    check_refused_creation(after, "Subnets specified must be in at least two different AZs")


def test_nodes_are_never_newer_than_the_cluster() -> None:
    simulator = Simulator()
    after = live(simulator, [*cluster_world(version="1.34"), node_group(version="1.35")])
    check_refused_creation(after["group"], "Requested release version 1.35 is not valid for kubernetes version 1.34.")
    live(simulator, [*cluster_world(version="1.35"), node_group(version="1.34")], 30)
    later = live(simulator, [*cluster_world(version="1.35"), node_group(version="1.36")])
    check_refused_change(later["group"], "Requested release version 1.36 is not valid for kubernetes version 1.35.")


@pytest.mark.parametrize("name", ["coredns", "aws-ebs-csi-driver"])
def test_an_addon_that_needs_nodes_is_degraded_until_there_are_some(name: str) -> None:
    simulator = Simulator()
    addon = managed("eks/Addon", "addon", {"clusterNameRef": to("cluster"), "addonName": name})
    sick = live(simulator, [*cluster_world(), addon])["addon"]
    assert not is_ready(sick)
    assert "unexpected state 'DEGRADED'" in condition(sick, "LastAsyncOperation")[2]
    assert "InsufficientNumberOfReplicas" in condition(sick, "Synced")[2]
    assert is_ready(live(simulator, [*cluster_world(), addon, node_group()])["addon"])


def test_addons_without_pods_of_their_own_need_no_nodes() -> None:
    addon = managed("eks/Addon", "addon", {"clusterNameRef": to("cluster"), "addonName": "vpc-cni"})
    assert is_ready(live(Simulator(), [*cluster_world(), addon])["addon"])


def test_auto_mode_makes_the_nodes_that_an_addon_needs() -> None:
    addon = managed("eks/Addon", "addon", {"clusterNameRef": to("cluster"), "addonName": "coredns"})
    assert is_ready(live(Simulator(), [*cluster_world(**AUTO_MODE), addon])["addon"])


def test_a_nat_gateway_that_was_late_initialised_cannot_be_made_again() -> None:
    again = managed(
        "ec2/NATGateway",
        "nat",
        {"vpcIdRef": to("vpc"), "subnetIdRef": to("subnet-a"), "allocationIdRef": to("eip")},
    )
    after = live(Simulator(), [*network(), managed("ec2/EIP", "eip"), again])["nat"]
    check_refused_creation(after, "VpcId is not supported for a NAT gateway with availability mode zonal")


def test_a_log_group_needs_a_key_whose_policy_names_it() -> None:
    after = live(Simulator(), log_group("/aws/eks/others/cluster"))
    check_refused_creation(
        after["logs"],
        "InvalidParameterException: The specified KMS key does not exist or is not allowed to be used with Arn "
        "'arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/orders/cluster'",
    )


def flow_logs(*logs: dict[str, Any], trust: str = FLOW_LOGS_TRUST) -> list[dict[str, Any]]:
    return [vpc(), *log_group(), role("flow-logs", trust), *logs]


def test_a_flow_log_needs_a_role_that_its_service_may_assume() -> None:
    after = live(Simulator(), flow_logs(flow_log(), trust=TRUST))
    check_refused_creation(after["flow-log"], "InvalidParameter: Unable to assume given IAM role")
    assert is_ready(live(Simulator(), flow_logs(flow_log()))["flow-log"])


def test_a_flow_log_records_other_traffic_only_as_another_one() -> None:
    simulator = Simulator()
    live(simulator, flow_logs(flow_log()))
    after = live(simulator, flow_logs(flow_log(trafficType="REJECT")))["flow-log"]
    check_refused_change(after, '"traffic_type" from "ALL" to "REJECT"')
    after = live(simulator, flow_logs(flow_log(), flow_log("same"), flow_log("other", trafficType="REJECT")))
    check_refused_creation(after["same"], "FlowLogAlreadyExists: There is an existing Flow Log with the same")
    assert is_ready(after["other"])


def test_a_database_goes_to_a_new_major_version_only_if_that_is_allowed_and_never_back() -> None:
    simulator = Simulator()

    def database(**fields: Any) -> list[dict[str, Any]]:
        base = {
            "identifier": "orders",
            "engine": "postgres",
            "instanceClass": "db.m7g.large",
            "skipFinalSnapshot": True,
        }
        return [managed("rds/Instance", "db", {**base, **fields})]

    live(simulator, database(engineVersion="16.4"))
    check_refused_change(
        live(simulator, database(engineVersion="17"))["db"], "The AllowMajorVersionUpgrade flag must be present"
    )
    after = live(simulator, database(engineVersion="17.2", allowMajorVersionUpgrade=True))["db"]
    assert told(after)["engineVersionActual"] == "17.2"
    back = live(simulator, database(engineVersion="16.4", allowMajorVersionUpgrade=True))["db"]
    assert told(back)["engineVersionActual"] == "17.2"
    assert condition(back, "Synced")[0] == "True", "the provider does not even ask"
