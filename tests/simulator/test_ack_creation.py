"""ACK: how objects come into being, what they wait for, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.simulator import Simulator, kind_of
from argosy.simulator.ack import ACK_KINDS
from tests.schemas.schemas import violations
from tests.simulator import objects
from tests.simulator.ack_objects import (
    AUTO_MODE,
    access,
    ack,
    addon,
    aurora,
    cluster,
    cluster_world,
    database_world,
    door,
    flow_log,
    instance,
    is_synced,
    kinds_said,
    launch_template,
    member,
    network,
    node_group,
    pod_identity,
    role,
    route_table,
    said,
    security_group,
    subnet,
    to,
    vpc,
    ways_out,
)
from tests.simulator.objects import Manifest, by_key, live

SYNCED = ("True", "", "Resource synced successfully")


def beats(simulator: Simulator, desired: list[Manifest], count: int) -> list[dict[str, Manifest]]:
    """What is observed after each beat."""
    return [live(simulator, desired, 1) for _ in range(count)]


def test_the_finalizer_comes_at_once_and_the_status_a_beat_later() -> None:
    first, second = beats(Simulator(), [vpc()], 2)
    assert first["vpc"]["metadata"]["finalizers"] == ["finalizers.ec2.services.k8s.aws/VPC"]
    assert "status" not in first["vpc"]
    assert said(second["vpc"], "ACK.ResourceSynced") == SYNCED
    assert said(second["vpc"], "Ready") == SYNCED


def test_a_status_says_where_and_whose_it_is() -> None:
    after = live(Simulator(), [*network(), role()])
    metadata = {"ownerAccountID": "111122223333", "region": "eu-west-1", "partition": "aws"}
    assert after["vpc"]["status"]["ackResourceMetadata"] == metadata
    arn = "arn:aws:iam::111122223333:role/aws-role"
    assert after["role"]["status"]["ackResourceMetadata"] == {**metadata, "arn": arn}


def test_a_reference_waits_for_what_it_names() -> None:
    simulator = Simulator()
    alone = live(simulator, [subnet("a", "10.0.0.0/20")], 3)["subnet-a"]
    missing = 'vpcs.ec2.services.k8s.aws "vpc" not found'
    assert said(alone, "ACK.ReferencesResolved") == ("Unknown", missing, "Reference resolution failed")
    assert kinds_said(alone) == [("ACK.ReferencesResolved", "Unknown")], "neither synced nor ready is said then"
    assert "finalizers" not in alone["metadata"]
    assert simulator.aws.all("ec2/Subnet", "eu-west-1") == []


def test_a_reference_waits_until_its_target_is_synced() -> None:
    simulator = Simulator()
    desired = [vpc(), subnet("a", "10.0.0.0/20")]
    waiting = beats(simulator, desired, 2)[1]["subnet-a"]
    reason = "the referenced resource is not synced yet. resource:VPC, namespace:team, name:vpc"
    assert said(waiting, "ACK.ReferencesResolved")[:2] == ("Unknown", reason)
    after = live(simulator, desired)["subnet-a"]
    assert kinds_said(after) == [("ACK.ReferencesResolved", "True"), ("ACK.ResourceSynced", "True"), ("Ready", "True")]
    assert "vpcID" not in after["spec"], "what a reference stands for is never written"


def test_a_reference_and_a_value_contradict_each_other() -> None:
    both = subnet("a", "10.0.0.0/20", vpcID="vpc-0123")
    wrong = "both resource reference wrapper and ID cannot be used together: VPCID,VPCRef"
    assert said(live(Simulator(), [vpc(), both])["subnet-a"], "ACK.ReferencesResolved")[1] == wrong


def test_a_required_reference_is_missed() -> None:
    neither = ack("ec2/Subnet", "subnet", {"cidrBlock": "10.0.0.0/20"})
    wrong = "resource reference wrapper or ID required: VPCID,VPCRef"
    assert said(live(Simulator(), [neither])["subnet"], "ACK.ReferencesResolved")[1] == wrong


def test_a_target_that_has_been_given_up_is_a_false_reference() -> None:
    simulator = Simulator(faults={"vpc": "InvalidParameterValue: no such network"})
    after = live(simulator, [vpc(), subnet("a", "10.0.0.0/20")])["subnet-a"]
    hopeless = (
        "the referenced resource has 'ACK.Terminal' condition 'True'. Cannot be referenced. "
        "resource:VPC, namespace:team, name:vpc"
    )
    assert said(after, "ACK.ReferencesResolved") == ("False", hopeless, "Reference resolution failed")


def test_nested_references_are_resolved_in_every_item() -> None:
    simulator = Simulator()
    nodes = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "userIDGroupPairs": [{"groupRef": to("nodes")}]}
    after = live(simulator, [*ways_out(), security_group(key="nodes"), security_group(nodes, key="doors")])
    assert all(is_synced(item) for item in after.values())
    (rule,) = simulator.aws.all("ec2/SecurityGroupIngressRule", "eu-west-1")
    assert rule.fields["referencedSecurityGroupId"] == after["nodes"]["status"]["id"]
    ways = {route.fields["routeTableId"]: route.fields for route in simulator.aws.all("ec2/Route", "eu-west-1")}
    public, private = (after[key]["status"]["routeTableID"] for key in ("public", "private"))
    assert ways[public]["gatewayId"] == after["internet-gateway"]["status"]["internetGatewayID"]
    assert ways[private]["natGatewayId"] == after["nat"]["status"]["natGatewayID"]


def test_what_is_folded_in_follows_the_object() -> None:
    simulator = Simulator()
    before = [*ways_out(), security_group(door(443), door(8443))]
    live(simulator, before)
    assert ports(simulator) == {443, 8443}
    after = [item for item in before if item["metadata"]["name"] not in ("group", "subnet-b")]
    moved = subnet("b", "10.0.16.0/20", routeTableRefs=[to("public")])
    seen = live(simulator, [*after, moved, security_group(door(8443), door(9443))])
    assert ports(simulator) == {8443, 9443}
    tables = {one.fields["routeTableId"] for one in simulator.aws.all("ec2/RouteTableAssociation", "eu-west-1")}
    assert tables == {seen["public"]["status"]["routeTableID"]}


def ports(simulator: Simulator) -> set[int]:
    return {rule.fields["fromPort"] for rule in simulator.aws.all("ec2/SecurityGroupIngressRule", "eu-west-1")}


def test_the_default_security_group_loses_its_rules_where_the_vpc_says_so() -> None:
    simulator = Simulator()
    open_, closed = (
        live(simulator, [vpc(disallowSecurityGroupDefaultRules=value)])["vpc"]["status"] for value in (False, True)
    )
    assert open_["securityGroupDefaultRulesExist"] is True
    assert closed["securityGroupDefaultRulesExist"] is False


def test_late_initialisation_fills_the_spec_and_says_so() -> None:
    after = live(Simulator(), [role(), vpc()])
    assert after["role"]["spec"]["path"] == "/"
    assert after["role"]["spec"]["maxSessionDuration"] == 3600
    assert after["vpc"]["spec"]["enableNetworkAddressUsageMetrics"] is False
    kinds = [("ACK.LateInitialized", "True"), ("ACK.ResourceSynced", "True"), ("Ready", "True")]
    assert kinds_said(after["role"]) == kinds_said(after["vpc"]) == kinds


def test_what_aws_decided_of_an_access_entry_is_in_its_spec() -> None:
    spec = live(Simulator(), [*cluster_world(**AUTO_MODE), access()], 30)["entry"]["spec"]
    session = "arn:aws:sts::111122223333:assumed-role/people/{{SessionName}}"
    assert (spec["type"], spec["username"]) == ("STANDARD", session)


def test_a_security_group_has_the_way_out_that_it_names_and_no_other() -> None:
    simulator = Simulator()
    for rules in ([], [{"ipProtocol": "-1", "ipRanges": [{"cidrIP": "0.0.0.0/0"}]}]):
        group = security_group()
        group["spec"]["egressRules"] = rules
        status = live(simulator, [vpc(), group])["group"]["status"]
        assert [rule["isEgress"] for rule in status.get("rules", [])] == [True] * len(rules)
        assert len(simulator.aws.all("ec2/SecurityGroupEgressRule", "eu-west-1")) == len(rules)


def test_a_nat_gateway_is_pending_first() -> None:
    seen = beats(Simulator(), ways_out(), 20)
    pending = next(moment["nat"] for moment in seen if moment["nat"].get("status", {}).get("state") == "pending")
    assert kinds_said(pending) == [
        ("ACK.ReferencesResolved", "True"),
        ("ACK.Recoverable", "True"),
        ("ACK.ResourceSynced", "Unknown"),
        ("Ready", "False"),
    ]
    assert said(pending, "Ready") == ("False", "ACK.Recoverable", "resource is pending")
    assert seen[-1]["nat"]["status"]["state"] == "available"


def test_a_cluster_is_synced_only_when_it_is_active() -> None:
    seen = beats(Simulator(), cluster_world(**AUTO_MODE), 16)
    states = [moment["cluster"].get("status", {}).get("status") for moment in seen]
    assert states[-1] == "ACTIVE"
    making = seen[states.index("CREATING")]["cluster"]
    assert kinds_said(making) == [
        ("ACK.ReferencesResolved", "True"),
        ("ACK.ResourceSynced", "False"),
        ("ACK.LateInitialized", "True"),
        ("Ready", "False"),
    ]
    assert "endpoint" not in making["status"]
    done = seen[-1]["cluster"]["status"]
    assert done["endpoint"].startswith("https://")
    assert set(done["certificateAuthority"]) == {"data"}
    assert set(done["identity"]["oidc"]) == {"issuer"}
    assert "version" not in done


def test_everything_in_a_cluster_waits_for_it_and_comes() -> None:
    desired = [*cluster_world(**AUTO_MODE), node_group(), addon(), access(), pod_identity()]
    simulator = Simulator()
    assert all(is_synced(item) for item in live(simulator, desired, 25).values())
    (association,) = simulator.aws.all("eks/AccessPolicyAssociation", "eu-west-1")
    assert association.fields["accessScope"] == {"type": "cluster"}


def test_a_stamp_is_news() -> None:
    """A settled world stands still, though a real controller would write the time anew."""
    simulator = Simulator()
    before = live(simulator, cluster_world(), 20)
    assert live(simulator, cluster_world(), 5) == before
    assert not simulator.restless
    changed = live(simulator, cluster_world(tags={"team": "orders"}), 8)["cluster"]
    was, now = (stamp(item) for item in (before["cluster"], changed))
    assert was < now


def stamp(item: Manifest) -> str:
    return max(str(found.get("lastTransitionTime", "")) for found in item["status"]["conditions"])


def test_slow_things_take_longer() -> None:
    quick, slow = (live(Simulator(slow=slow), [vpc()], 3)["vpc"] for slow in ({}, {"vpc": 5}))
    assert is_synced(quick)
    assert "status" not in slow


PAIRS: dict[str, tuple[Manifest, Manifest]] = {
    "ec2/VPC": (objects.vpc(), vpc()),
    "ec2/Subnet": (objects.subnet("a", "10.0.0.0/20"), subnet("a", "10.0.0.0/20")),
    "iam/Role": (objects.role(), role()),
    "eks/Cluster": (objects.cluster(), cluster()),
    "kms/Key": (objects.managed("kms/Key", "key"), ack("kms/Key", "key")),
    "ec2/EIP": (objects.managed("ec2/EIP", "address"), ack("ec2/ElasticIPAddress", "address")),
    "ec2/RouteTable": (
        objects.managed("ec2/RouteTable", "table", {"vpcIdRef": objects.to("vpc")}),
        ack("ec2/RouteTable", "table", {"vpcRef": to("vpc")}),
    ),
    "eks/AccessEntry": (
        objects.managed(
            "eks/AccessEntry",
            "entry",
            {"clusterNameRef": objects.to("cluster"), "principalArn": "arn:aws:iam::1:role/a"},
        ),
        ack("eks/AccessEntry", "entry", {"clusterRef": to("cluster"), "principalARN": "arn:aws:iam::1:role/a"}),
    ),
}
"""The same thing, asked for by each provider under the same name."""


def test_the_same_names_are_the_same_things_whoever_asks() -> None:
    theirs, mine = Simulator(), Simulator()
    live(theirs, [objects.subnet("b", "10.0.16.0/20"), *(pair[0] for pair in PAIRS.values())], 25)
    live(mine, [subnet("b", "10.0.16.0/20"), *(pair[1] for pair in PAIRS.values())], 25)
    for path in PAIRS:
        place = "" if path == "iam/Role" else "eu-west-1"
        one, other = (simulator.aws.all(path, place) for simulator in (theirs, mine))
        assert one, path
        assert [(thing.identity, thing.made) for thing in one] == [(thing.identity, thing.made) for thing in other]


def whole_world() -> list[Manifest]:
    """Everything that there is, each with all of what it tells."""
    databases = database_world(instance(), aurora(), member("a"), member("b"))
    made = {item["metadata"]["name"] for item in ways_out()}
    return [
        *ways_out(),
        *(item for item in databases if item["metadata"]["name"] not in made),
        role(policies=["arn:aws:iam::aws:policy/ReadOnlyAccess"], inlinePolicies={"own": "{}"}),
        cluster(**AUTO_MODE),
        launch_template(),
        node_group(),
        addon(),
        addon("coredns"),
        access(),
        pod_identity(),
    ]


def test_everything_that_is_ever_shown_fits_the_schemas() -> None:
    simulator = Simulator()
    desired = whole_world()
    shown: set[str] = set()
    for beat in range(40):
        seen = live(simulator, desired, 1)
        if beat == 20:
            desired = [*desired, *flow_log(seen["vpc"]["status"]["vpcID"])]
        for item in seen.values():
            assert violations(item) == []
            shown |= {f"{item['apiVersion'].split('.')[0]}/{item['kind']}"} if "status" in item else set()
    assert shown == set(ACK_KINDS)


def test_kinds_are_known_by_their_own_names() -> None:
    assert all(kind.path == path for path, kind in ACK_KINDS.items())
    assert kind_of(vpc()) is ACK_KINDS["ec2/VPC"]
    with pytest.raises(ValueError, match="knows no Bucket"):
        Simulator().apply([ack("s3/Bucket", "bucket")])


def test_both_providers_live_in_one_account() -> None:
    """An object of one provider is seen by the other's as what it is on AWS."""
    simulator = Simulator()
    named: dict[str, Any] = {**vpc(), "metadata": {**vpc()["metadata"], "annotations": {}}}
    named["metadata"]["annotations"] = {"crossplane.io/composition-resource-name": "vpc"}
    live(simulator, [objects.managed("ec2/EIP", "address"), vpc()])
    assert simulator.aws.home == "eu-west-1"
    assert is_synced(by_key(simulator)["vpc"])


def test_a_route_needs_its_way_out() -> None:
    lost = route_table("private", natGatewayID="nat-0123")
    after = live(Simulator(), [vpc(), lost])["private"]
    message = "api error InvalidNatGatewayID.NotFound: The natGateway ID 'nat-0123' does not exist"
    assert said(after, "ACK.Recoverable") == ("True", "", message)
    assert said(after, "Ready") == ("False", "ACK.Recoverable", message)
