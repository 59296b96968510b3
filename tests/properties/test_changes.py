"""A living cluster changes: what is added reaches all that refers to it, what is taken out leaves nothing behind.

Each test lives a claim in the simulator, changes it, and lives on.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from argosy.catalog import ENGINES
from argosy.cli.request import Answer
from tests.support.keys import keys
from tests.support.lives import Life, claim_of, every_engine

BASE: dict[str, Any] = {
    "region": "eu-west-1",
    "kubernetesVersion": "1.35",
    "network": {"cidr": "10.40.0.0/16", "zones": ["a", "b"]},
    "nodes": {"groups": [{"name": "general"}]},
    "databases": [
        {"name": "orders", "deletionProtection": False},
        {"name": "events", "engine": "AuroraPostgreSQL", "deletionProtection": False},
    ],
    "argocd": {"addons": {"externalDns": {"hostedZoneArns": ["arn:aws:route53:::hostedzone/Z1"]}}},
}


@cache
def _settled() -> Life:
    life = Life(claim_of(BASE))
    life.settle()
    return life


def living(**changes: Any) -> Life:
    """The base claim, settled, then with these fields of its spec."""
    return _settled().change(changes)


def settle(life: Life) -> Answer:
    """Lives on until nothing changes; everything must be as the claim asks for, here and on AWS."""
    told = life.settle()
    assert told.fatal is None, told.fatal
    assert [item for item in told.conditions if item["status"] != "True" and item["reason"] != "Active"] == []
    assert set(told.desired) == set(life.observed) == keys(life.claim["spec"])
    return told


def refs(told: Answer, key: str, *path: str) -> list[str]:
    """Names in a list of references."""
    here = told.desired[key]["spec"]["forProvider"]
    for step in path:
        here = here[step]
    return [ref["name"].split("-", 2)[2] for ref in here]


def on_aws(life: Life, kind: str) -> int:
    """How many things of a kind exist on AWS, whoever asked for them."""
    return sum(thing.kind == kind for thing in life.simulator.aws)


ZONES_ABC = {"cidr": "10.40.0.0/16", "zones": ["c", "a", "b"]}


def test_a_zone_that_is_added_reaches_databases_and_new_groups_and_moves_nothing() -> None:
    before = _settled().call()
    life = living(network=ZONES_ABC)
    told = settle(life)
    assert refs(told, "subnet-group-databases", "subnetIdRefs") == [f"subnet-database-{zone}" for zone in "abc"]
    (group,) = [thing for thing in life.simulator.aws if thing.kind == "rds/SubnetGroup"]
    assert len(group.fields["subnetIds"]) == 3, "references that resolve only once never bring the third"
    assert "cluster-instance-events-c" in told.desired
    assert "route-private-c" in told.desired
    # AWS fixes these when they are made (ADR 3)
    assert refs(told, "cluster", "vpcConfig", "subnetIdRefs") == ["subnet-private-a", "subnet-private-b"]
    assert refs(told, "node-group-general", "subnetIdRefs") == ["subnet-private-a", "subnet-private-b"]
    moved = [key for key in before.desired if told.desired[key] != before.desired[key]]
    assert moved == ["subnet-group-databases"]

    grown = life.change({"nodes": {"groups": [{"name": "general"}, {"name": "new"}]}})
    assert refs(settle(grown), "node-group-new", "subnetIdRefs") == [f"subnet-private-{zone}" for zone in "abc"]


def test_a_zone_that_was_added_leaves_again_with_all_that_was_made_for_it() -> None:
    life = living(network=ZONES_ABC)
    settle(life)
    gone = life.change({"network": BASE["network"]})
    told = settle(gone)
    assert told.desired == _settled().call().desired
    assert on_aws(gone, "ec2/Subnet") == on_aws(_settled(), "ec2/Subnet")
    assert on_aws(gone, "ec2/NATGateway") == 2


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"cidr": "10.40.0.0/16", "zones": ["b", "c"]}, "the control plane was made in zones a, b"),
        ({"cidr": "10.41.0.0/16", "zones": ["a", "b"]}, "cidrBlock is 10.40.0.0/16 and can never become"),
    ],
)
def test_what_aws_cannot_change_is_refused_and_nothing_is_touched(network: dict[str, Any], words: str) -> None:
    told = living(network=network).call()
    assert told.fatal is not None
    assert told.fatal.startswith("spec.network")
    assert words in told.fatal
    assert told.desired == {}


def flow_logs(**settings: Any) -> dict[str, Any]:
    return {**BASE["network"], "flowLogs": settings}


def test_records_of_traffic_are_kept_as_long_as_the_claim_says_now() -> None:
    life = living(network=flow_logs(retentionDays=30))
    before, told = _settled().call(), settle(life)
    assert [key for key in before.desired if told.desired[key] != before.desired[key]] == ["log-group-flow-logs"]
    (group,) = [thing for thing in life.simulator.aws if thing.identity.startswith("/aws/vpc-flow-logs/")]
    assert group.fields["retentionInDays"] == 30


def test_other_traffic_is_recorded_by_another_flow_log_in_the_same_group() -> None:
    """AWS changes nothing of a flow log: with the same key the provider would refuse for ever."""
    life = living(network=flow_logs(trafficType="Reject"))
    before, told = _settled().call().desired, settle(life).desired
    assert before.keys() - told.keys() == {"flow-log-all"}
    assert told.keys() - before.keys() == {"flow-log-reject"}
    assert all(told[key] == before[key] for key in told.keys() & before.keys())
    assert on_aws(life, "ec2/FlowLog") == 1


def test_flow_logs_that_are_switched_off_leave_nothing_and_come_back() -> None:
    life = living(network=flow_logs(enabled=False))
    before, told = _settled().call().desired, settle(life).desired
    assert before.keys() - told.keys() == {"flow-log-all", "log-group-flow-logs", "role-flow-logs"}
    # the key admits the group all the time, else the group would be refused when it comes back
    assert all(told[key] == before[key] for key in told)
    assert on_aws(life, "ec2/FlowLog") == 0
    assert on_aws(life, "cloudwatchlogs/Group") == on_aws(_settled(), "cloudwatchlogs/Group") - 1
    assert on_aws(life, "iam/Role") == on_aws(_settled(), "iam/Role") - 1
    back = life.change({"network": BASE["network"]})
    assert settle(back).desired.keys() == before.keys()
    assert on_aws(back, "ec2/FlowLog") == 1


def test_a_group_comes_and_goes() -> None:
    grown = living(nodes={"groups": [{"name": "general"}, {"name": "batch", "capacityType": "Spot"}]})
    settle(grown)
    assert on_aws(grown, "eks/NodeGroup") == 2
    shrunk = grown.change({"nodes": BASE["nodes"]})
    settle(shrunk)
    assert on_aws(shrunk, "eks/NodeGroup") == on_aws(shrunk, "ec2/LaunchTemplate") == 1


def test_an_add_on_comes_and_goes_with_its_identity() -> None:
    coredns = {"name": "coredns", "configurationValues": '{"replicaCount":3}'}
    grown = living(addons=[{"name": "aws-ebs-csi-driver"}, coredns])
    told = settle(grown)
    assert "role-addon-aws-ebs-csi-driver" in told.desired
    assert told.desired["addon-coredns"]["spec"]["forProvider"]["configurationValues"] == '{"replicaCount":3}'
    shrunk = grown.change({"addons": []})
    told = settle(shrunk)
    # a field that is only left out would keep its old value on AWS
    assert told.desired["addon-coredns"]["spec"]["forProvider"]["configurationValues"] == "{}"


def test_an_argo_cd_add_on_is_switched_off_before_its_identity_goes() -> None:
    asked = BASE["argocd"]["addons"]["externalDns"]
    off = living(argocd={"addons": {"externalDns": {**asked, "enabled": False}}})
    told = settle(off)
    labels = told.desired["argocd-cluster-secret"]["spec"]["forProvider"]["manifest"]["metadata"]["labels"]
    assert labels["enable_external_dns"] == "false"
    assert "role-addon-external-dns" in told.desired
    gone = off.change({"argocd": {"addons": {}}})
    assert "role-addon-external-dns" not in settle(gone).desired


def test_a_protected_database_cannot_leave_the_claim() -> None:
    """REL-17. Design 6: a commit that loses four lines must not lose a database."""
    protected = living(databases=[{**BASE["databases"][0], "deletionProtection": True}, BASE["databases"][1]])
    settle(protected)
    told = protected.change({"databases": [BASE["databases"][1]]}).call()
    assert told.fatal is not None
    assert told.fatal.startswith("spec.databases: database-orders is protected")
    assert told.desired == {}


def test_an_unprotected_database_leaves_with_a_snapshot_and_keeps_its_key() -> None:
    life = living(databases=[BASE["databases"][1]])
    settle(life)
    assert on_aws(life, "rds/Instance") == 0
    assert len(life.simulator.aws.snapshots) == 1
    assert on_aws(life, "kms/Key") == 3, "the key of the database stays: its snapshot could not be read without it"


def test_the_last_database_takes_its_network_with_it() -> None:
    life = living(databases=[])
    told = settle(life)
    assert not [key for key in told.desired if "database" in key]
    annotations = told.desired["argocd-cluster-secret"]["spec"]["forProvider"]["manifest"]["metadata"]["annotations"]
    assert not [name for name in annotations if name.startswith("rds_")]


def test_a_database_that_is_added_reaches_the_cluster_secret() -> None:
    more = [*BASE["databases"], {"name": "extra"}]
    told = settle(living(databases=more))
    annotations = told.desired["argocd-cluster-secret"]["spec"]["forProvider"]["manifest"]["metadata"]["annotations"]
    assert annotations["rds_extra_endpoint"].endswith(".rds.amazonaws.com")
    assert annotations["rds_extra_secret_arn"].startswith("arn:aws:secretsmanager:")


def test_from_a_gateway_per_zone_to_a_single_one_keeps_that_ones_address_and_back() -> None:
    address = _settled().claim["status"]["network"]["natPublicIps"]["a"]
    single = living(network={**BASE["network"], "natGateways": "Single"})
    told = settle(single)
    assert single.claim["status"]["network"]["natPublicIps"] == {"a": address}
    route = told.desired["route-private-b"]["spec"]["forProvider"]["natGatewayIdRef"]["name"]
    assert route.endswith("nat-gateway-a")
    back = single.change({"network": BASE["network"]})
    settle(back)
    assert back.claim["status"]["network"]["natPublicIps"]["a"] == address


def test_the_only_gateway_does_not_move_because_a_zone_comes_before_it() -> None:
    life = Life(claim_of({"region": "eu-west-1", "network": {"zones": ["b", "c"], "natGateways": "Single"}}))
    life.settle()
    told = life.change({"network": {"zones": ["a", "b", "c"], "natGateways": "Single"}}).call()
    assert told.fatal is not None
    assert "the only NAT gateway stands in zone b" in told.fatal


def test_auto_mode_goes_off_and_on_with_all_three_switches_and_the_role_of_its_nodes() -> None:
    off = living(nodes={"autoMode": {"enabled": False}, "groups": [{"name": "general"}]})
    told = settle(off)
    cluster = told.desired["cluster"]["spec"]["forProvider"]
    assert cluster["computeConfig"] == {"enabled": False, "nodePools": []}
    assert cluster["storageConfig"]["blockStorage"] == {"enabled": False}
    on = off.change({"nodes": BASE["nodes"]})
    first = on.call().desired["cluster"]["spec"]["forProvider"]
    assert first["computeConfig"] == {"enabled": False, "nodePools": []}, "no pools before their nodes have a role"
    cluster = settle(on).desired["cluster"]["spec"]["forProvider"]
    assert cluster["computeConfig"]["nodeRoleArn"].startswith("arn:aws:iam::")
    assert cluster["storageConfig"]["blockStorage"] == {"enabled": True}


def test_a_cluster_leaves_argo_cd_and_comes_back() -> None:
    life = living(argocd={"register": False, "addons": BASE["argocd"]["addons"]})
    settle(life)
    assert [item["kind"] for item in life.simulator.hub.values()] == ["ClusterUsage"]
    back = life.change({"argocd": BASE["argocd"]})
    settle(back)
    assert sorted(item["kind"] for item in back.simulator.hub.values()) == ["ClusterUsage", "Secret"]


def test_access_that_is_given_is_taken_away_again() -> None:
    role = "arn:aws:iam::111122223333:role/developer"
    view = {"name": "AmazonEKSViewPolicy", "namespaces": ["orders"]}
    given = living(access={"entries": [{"principalArn": role, "kubernetesGroups": ["dev"], "policies": [view]}]})
    settle(given)
    narrowed = given.change(
        {"access": {"entries": [{"principalArn": role, "policies": [{**view, "namespaces": ["orders", "jobs"]}]}]}}
    )
    told = settle(narrowed)
    (entry,) = [item for key, item in told.desired.items() if key.startswith("access-entry-developer")]
    assert entry["spec"]["forProvider"]["kubernetesGroups"] == []
    assert on_aws(narrowed, "eks/AccessPolicyAssociation") == 2
    gone = narrowed.change({"access": {}})
    settle(gone)
    assert on_aws(gone, "eks/AccessEntry") == 1


def fields(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an object asks for, of any engine."""
    found: Mapping[str, Any] = item["spec"].get("forProvider", item["spec"])
    return found


UPGRADES = [*((engine, True) for engine in ENGINES), ("ack", False)]
"""By engine, and whether with Auto Mode: on ACK a cluster without it is never in sync."""


@pytest.mark.parametrize(("engine", "auto"), UPGRADES)
def test_upg_01_an_upgrade_walks_minor_by_minor_and_nodes_follow_each_step(engine: str, auto: bool) -> None:
    """UPG-02, UPG-04, UPG-05, UPG-13, TST-11: it counts as awaited until it is there, and never as a failure."""
    nodes = {**BASE["nodes"], "autoMode": {"enabled": auto}}
    life = Life(claim_of({**BASE, "kubernetesVersion": "1.33", "databases": [], "nodes": nodes}, engine=engine))
    life.settle()
    life = life.change({"kubernetesVersion": "1.36"})
    asked: list[tuple[str, str]] = []
    for told in life.passes():
        assert told.fatal is None
        cluster, group = (fields(told.desired[key])["version"] for key in ("cluster", "node-group-general"))
        if (cluster, group) not in asked:
            asked.append((cluster, group))
        runs = life.claim["status"]["cluster"]["version"]
        assert 0 <= int(runs[2:]) - int(group[2:]) <= 3
        if runs != "1.36":
            assert told.ttl_seconds <= 30
            assert "Failed" not in {condition["reason"] for condition in told.conditions}
    steps = ["1.33", "1.34", "1.35", "1.36"]
    assert asked == [pair for old, new in pairwise(steps) for pair in ((new, old), (new, new))]


def test_upg_08_a_lower_version_is_never_sent_and_a_condition_says_so() -> None:
    """UPG-03."""
    life = living(kubernetesVersion="1.34")
    told = life.settle()
    assert told.desired["cluster"]["spec"]["forProvider"]["version"] == "1.35"
    (condition,) = [item for item in told.conditions if item["type"] == "ControlPlaneReady"]
    assert condition["message"].endswith("it runs 1.35, and EKS never goes back: write 1.35 instead of 1.34")


@every_engine
def test_rel_18_a_lost_cluster_or_a_lost_status_is_no_reason_to_upgrade(engine: str) -> None:
    """A claim that names no version gets the newest one only when the cluster is made."""
    life = Life(claim_of({**BASE, "kubernetesVersion": "1.33", "databases": []}, engine=engine))
    life.settle()
    unnamed = copy.deepcopy(life)
    del unnamed.claim["spec"]["kubernetesVersion"]
    unnamed.settle()
    without_cluster, without_status = copy.deepcopy(unnamed), copy.deepcopy(unnamed)
    del without_cluster.observed["cluster"]
    del without_status.claim["status"]
    for life in (unnamed, without_cluster, without_status):
        assert fields(life.call().desired["cluster"])["version"] == "1.33"


def test_what_the_hub_said_cannot_change_under_a_registered_cluster() -> None:
    """Design 4.7; gitops B2: without its Secret every Application is deleted."""
    life = copy.deepcopy(_settled())
    for change, words in (
        ({"argocd": {"roleArn": "arn:aws-cn:iam::999988887777:role/argocd-hub"}}, "partition aws-cn"),
        ({"argocd": {"namespace": "argo"}}, "argocd.namespace"),
        ({"hub": "other"}, "in hub,"),
        ({"reach": None}, "lacks reach"),
        ({"argocd": {"roleArn": None}}, "lacks argocd.roleArn"),
    ):
        hub = copy.deepcopy(life.hub)
        for name, value in change.items():
            data = hub[0]["data"]
            data[name] = {**data[name], **value} if isinstance(value, dict) else value
            if isinstance(value, dict):
                data[name] = {key: item for key, item in data[name].items() if item is not None}
            elif value is None:
                del data[name]
        moved = copy.deepcopy(life)
        moved.hub = hub
        told = moved.call()
        assert told.fatal is not None, change
        assert told.fatal.startswith("EnvironmentConfig argosy"), told.fatal
        assert words in told.fatal
        assert told.desired == {}


def test_facts_that_bound_roles_cannot_go_away_even_if_nothing_is_registered() -> None:
    """IAM-07: the permissions boundary would leave every role."""
    life = living(argocd={"register": False})
    life.settle()
    life.hub = []
    told = life.call()
    assert told.fatal is not None
    assert told.fatal.startswith("EnvironmentConfig argosy: is missing")


def test_iam_07_a_namespace_has_a_boundary_of_its_own_in_its_own_account() -> None:
    life = Life(claim_of({"region": "eu-west-1"}))
    life.hub = copy.deepcopy(life.hub)
    here = life.hub[0]["data"]["namespaces"]["team-orders"]
    here["permissionsBoundary"] = "arn:aws:iam::111122223333:policy/argosy-boundary"
    roles = [item for item in life.settle().desired.values() if item["kind"] == "Role"]
    assert len(roles) == 4
    assert {role["spec"]["forProvider"]["permissionsBoundary"] for role in roles} == {here["permissionsBoundary"]}
    here["permissionsBoundary"] = "arn:aws:iam::999988887777:policy/argosy-boundary"
    told = life.call()
    assert told.fatal is not None
    assert told.fatal.startswith("EnvironmentConfig argosy: permissionsBoundary: ")
    assert "is of account 999988887777" in told.fatal


def test_a_zone_that_an_instance_stands_in_cannot_leave() -> None:
    """AWS keeps its subnet: the change would be stuck for ever."""
    life = living(network=ZONES_ABC)
    settle(life)
    life.observed["database-orders"]["status"]["atProvider"]["availabilityZone"] = "eu-west-1c"
    told = life.change({"network": BASE["network"]}).call()
    assert told.fatal == "spec.network.zones: zone c cannot leave: database orders stands in it"


def test_what_a_person_must_know_is_told_although_all_is_well() -> None:
    life = living(
        kubernetesVersion="1.34", argocd={"register": False}, network={**BASE["network"], "natGateways": "None"}
    )
    told = {item["type"]: item for item in life.settle().conditions}
    assert told["ControlPlaneReady"]["status"] == told["NetworkReady"]["status"] == "True"
    assert told["ControlPlaneReady"]["message"].endswith(
        "; nobody administers the cluster: name IAM roles in spec.access.admins; it runs 1.35, and EKS never goes "
        "back: write 1.35 instead of 1.34"
    )
    assert told["NetworkReady"]["message"].endswith(
        "; nodes have no way out, so they cannot pull images (natGateways: None)"
    )
