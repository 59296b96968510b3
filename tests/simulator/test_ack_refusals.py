"""ACK: what AWS, the controllers and the API server refuse, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.simulator import Account, Simulator
from tests.simulator.ack_objects import (
    AUTO_MODE,
    access,
    ack,
    addon,
    cluster,
    cluster_world,
    flow_log,
    is_synced,
    kinds_said,
    log_group,
    network,
    node_group,
    pod_identity,
    role,
    said,
    security_group,
    to,
    vpc,
)
from tests.simulator.objects import Manifest, live, managed

EXISTS = "Resource already exists"


def test_an_error_of_aws_is_tried_again_until_it_is_healed() -> None:
    text = "VpcLimitExceeded: the maximum number of VPCs has been reached"
    simulator = Simulator(faults={"vpc": text})
    refused = live(simulator, [vpc()], 3)["vpc"]
    assert said(refused, "ACK.Recoverable") == ("True", "", f"api error {text}")
    assert said(refused, "Ready") == ("False", "ACK.Recoverable", f"api error {text}")
    status, reason, _ = said(refused, "ACK.ResourceSynced")
    assert status == "Unknown"
    assert reason.startswith("operation error EC2: CreateVpc, https response error StatusCode: 400, RequestID: ")
    assert reason.endswith(text)
    assert "finalizers" not in refused["metadata"], "nothing is managed that is not there"
    simulator.heal("vpc")
    assert is_synced(live(simulator, [vpc()])["vpc"])


def test_a_hopeless_error_stays_until_the_spec_changes() -> None:
    simulator = Simulator(faults={"vpc": "InvalidParameterValue: no such tenancy"})
    refused = live(simulator, [vpc()], 3)["vpc"]
    assert kinds_said(refused) == [("ACK.Terminal", "True"), ("ACK.ResourceSynced", "False"), ("Ready", "False")]
    assert said(refused, "ACK.ResourceSynced")[1:] == ("resource is in terminal condition", "Resource not synced")
    simulator.heal("vpc")
    assert live(simulator, [vpc()], 5)["vpc"] == refused
    assert is_synced(live(simulator, [vpc(instanceTenancy="default")])["vpc"])


@pytest.mark.parametrize(
    ("item", "code", "is_hopeless"),
    [
        (flow_log("vpc-0123")[-1], "InvalidParameterValue", True),
        (flow_log("vpc-0123")[-1], "FlowLogAlreadyExists", False),
        (role(), "MalformedPolicyDocument", True),
        (role(), "LimitExceeded", False),
        (cluster(), "InvalidParameterException", False),
        (node_group(), "InvalidParameterException", True),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_which_errors_are_hopeless_the_kind_decides(item: Manifest, code: str, is_hopeless: bool) -> None:
    key = item["metadata"]["name"]
    world = [*cluster_world(**AUTO_MODE), node_group(), *flow_log("vpc-0123")]
    refused = live(Simulator(faults={key: f"{code}: no"}), world, 40)[key]
    kind = "ACK.Terminal" if is_hopeless else "ACK.Recoverable"
    assert said(refused, kind)[0] == "True"
    assert said(refused, "Ready")[:2] == ("False", kind)


def test_errors_of_other_services_carry_their_own_names() -> None:
    lost = ack("cloudwatchlogs/LogGroup", "logs", {"name": "/lost", "kmsKeyRef": to("key")})
    after = live(Simulator(), [log_group()[0], lost])["logs"]
    assert said(after, "ACK.Terminal")[2].startswith("InvalidParameterException: The specified KMS key does not exist")


def test_what_exists_already_is_not_touched() -> None:
    simulator = Simulator()
    before = live(simulator, [managed("iam/Role", "theirs", {"assumeRolePolicy": "{}"}, name="aws-role")])
    after = live(simulator, [managed("iam/Role", "theirs", {"assumeRolePolicy": "{}"}, name="aws-role"), role()])
    assert kinds_said(after["role"]) == [("ACK.Terminal", "True"), ("ACK.ResourceSynced", "False"), ("Ready", "False")]
    status, reason, message = said(after["role"], "ACK.Terminal")
    assert (status, message) == ("True", EXISTS)
    assert reason.startswith("This resource already exists but is not managed by ACK. To bring")
    assert "finalizers" not in after["role"]["metadata"]
    assert after["role"]["status"]["ackResourceMetadata"]["arn"] == before["theirs"]["status"]["atProvider"]["arn"]
    live(simulator, [managed("iam/Role", "theirs", {"assumeRolePolicy": "{}"}, name="aws-role")])
    assert simulator.aws.find("iam/Role", "", "aws-role") is not None


def test_a_security_group_of_that_name_is_somebodys() -> None:
    simulator = Simulator()
    one, other = security_group(key="group"), security_group(key="other")
    other["spec"]["name"] = "group"
    live(simulator, [vpc(), one])
    assert said(live(simulator, [vpc(), one, other])["other"], "ACK.Terminal")[2] == EXISTS


def test_a_log_group_is_taken_for_one_whose_name_goes_on() -> None:
    """The controller reads by prefix: where `/a/b-2` is, `/a/b` is not made."""
    longer, shorter = (ack("cloudwatchlogs/LogGroup", name[1:], {"name": name}) for name in ("/logs-2", "/logs"))
    simulator = Simulator()
    live(simulator, [longer])
    assert said(live(simulator, [longer, shorter])["logs"], "ACK.Terminal")[2] == EXISTS


@pytest.mark.parametrize("policy", ["adopt", "adopt-or-create"])
def test_what_exists_is_adopted_where_the_annotations_say_so(policy: str) -> None:
    aws = Account("111122223333")
    made = live(Simulator(aws=aws), [vpc(enableDNSHostnames=True)])["vpc"]["status"]["vpcID"]
    other = vpc("other")
    other["metadata"]["annotations"] |= adoption(policy, f'{{"vpcID": "{made}"}}')
    after = live(Simulator(aws=aws), [other])["other"]
    assert after["status"]["vpcID"] == made
    assert after["metadata"]["annotations"]["services.k8s.aws/adopted"] == "true"
    assert after["metadata"]["finalizers"] == ["finalizers.ec2.services.k8s.aws/VPC"]
    assert is_synced(after)
    assert (after["spec"].get("enableDNSHostnames") is True) == (policy == "adopt"), "only `adopt` fills the spec"
    assert len(aws.all("ec2/VPC", "eu-west-1")) == 1


def adoption(policy: str, fields: str | None = None) -> Manifest:
    given = {} if fields is None else {"services.k8s.aws/adoption-fields": fields}
    return {"services.k8s.aws/adoption-policy": policy, **given}


def test_what_is_to_be_adopted_and_is_not_there() -> None:
    simulator = Simulator()
    waits = vpc("waits")
    waits["metadata"]["annotations"] |= adoption("adopt", '{"vpcID": "vpc-0123"}')
    comes = role("comes")
    comes["metadata"]["annotations"] |= adoption("adopt-or-create", '{"name": "aws-comes"}')
    after = live(simulator, [waits, comes])
    assert "status" not in after["waits"]
    assert simulator.aws.all("ec2/VPC", "eu-west-1") == []
    assert is_synced(after["comes"])


def test_what_was_adopted_and_is_gone_is_not_made_again() -> None:
    aws = Account("111122223333")
    live(Simulator(aws=aws), [role()])
    simulator = Simulator(aws=aws)
    mine = role()
    mine["metadata"]["annotations"] |= adoption("adopt-or-create", '{"name": "aws-role"}')
    assert is_synced(live(simulator, [mine])["role"])
    aws.remove(aws.all("iam/Role", "")[0])
    live(simulator, [mine])
    assert aws.all("iam/Role", "") == []


@pytest.mark.parametrize(
    ("annotations", "said_then"),
    [
        (adoption("adopt"), "unmarshalling adoption-fields annotation: unexpected end of JSON input"),
        (adoption("adopt", "{}"), "Error populating adoption fields: required field missing: vpcID"),
        (
            adoption("force"),
            'unrecognized adoption policy force. Supported policies are "adopt" and "adopt-or-create"',
        ),
    ],
)
def test_adoption_that_says_nothing_that_makes_sense(annotations: Manifest, said_then: str) -> None:
    confused = vpc()
    confused["metadata"]["annotations"] |= annotations
    after = live(Simulator(), [confused])["vpc"]
    assert said(after, "ACK.Terminal")[2] == said_then
    assert kinds_said(after) == [("ACK.Terminal", "True")]


def test_read_only_tells_and_changes_nothing() -> None:
    aws = Account("111122223333")
    live(Simulator(aws=aws), [role(description="mine")])
    reader = Simulator(aws=aws)
    only = role(description="other")
    only["metadata"]["annotations"]["services.k8s.aws/read-only"] = "true"
    after = live(reader, [only])["role"]
    assert is_synced(after)
    assert "finalizers" not in after["metadata"]
    live(reader, [])
    (there,) = aws.all("iam/Role", "")
    assert there.fields["description"] == "mine"


def test_the_api_server_refuses_a_change_of_what_cannot_change() -> None:
    """Core warns and goes on with the next object (composition_functions.go); the object stays as it was."""
    simulator, key = Simulator(), log_group()[0]
    key["spec"]["description"] = "one"
    before = live(simulator, [key, vpc()])
    changed = {**key, "spec": {**key["spec"], "description": "two"}}
    after = live(simulator, [changed, vpc(enableDNSHostnames=True)])
    assert after["key"] == before["key"]
    assert after["vpc"]["spec"]["enableDNSHostnames"] is True
    assert simulator.server.refused == {
        "key": 'Key.kms.services.k8s.aws "key" is invalid: spec.description: Invalid value: "string": Value is '
        "immutable once set"
    }
    live(simulator, [key, vpc()], 1)
    assert simulator.server.refused == {}


def test_what_the_controller_has_no_call_for_is_left_as_it_is() -> None:
    simulator = Simulator()
    live(simulator, [vpc()])
    moved = vpc()
    moved["spec"]["cidrBlocks"] = ["10.9.0.0/16"]
    assert is_synced(live(simulator, [moved])["vpc"])
    (there,) = simulator.aws.all("ec2/VPC", "eu-west-1")
    assert there.fields["cidrBlock"] == "10.0.0.0/16"


# clusters

DRIFT = "InvalidParameterException: The type for cluster update was not provided."
NEVER = "InvalidRequestException: Cannot modify EKS Auto Mode configuration. Auto Mode is not enabled on this cluster."
OFF: Manifest = {
    "computeConfig": {"enabled": False, "nodePools": []},
    "storageConfig": {"blockStorage": {"enabled": False}},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": False}},
}


@pytest.mark.parametrize(("spec", "message"), [({}, DRIFT), (OFF, NEVER)], ids=["silent", "off"])
def test_a_cluster_without_auto_mode_drifts_for_ever_and_is_synced_all_the_same(spec: Manifest, message: str) -> None:
    """community#3046. What refers to it looks for `ACK.ResourceSynced`, which the read of an ACTIVE cluster sets."""
    desired = [*cluster_world(**spec), node_group(), addon(), access(), pod_identity()]
    after = live(Simulator(), desired, 25)
    drifting = after.pop("cluster")
    assert drifting["status"]["status"] == "ACTIVE"
    assert kinds_said(drifting) == [
        ("ACK.ReferencesResolved", "True"),
        ("ACK.ResourceSynced", "True"),
        ("ACK.Recoverable", "True"),
        ("Ready", "False"),
    ]
    assert said(drifting, "ACK.Recoverable") == ("True", "", message)
    assert said(drifting, "Ready") == ("False", "ACK.Recoverable", message)
    assert [key for key, item in after.items() if not is_synced(item)] == []


def test_a_drifting_cluster_is_changed_all_the_same() -> None:
    simulator = Simulator()
    live(simulator, cluster_world(), 20)
    live(simulator, cluster_world(version="1.36"), 20)
    assert version(simulator) == "1.36"


def version(simulator: Simulator) -> str:
    (there,) = simulator.aws.all("eks/Cluster", "eu-west-1")
    found: str = there.fields["version"]
    return found


def test_an_upgrade_goes_one_minor_version_at_a_time_by_itself() -> None:
    simulator = Simulator()
    live(simulator, cluster_world(**AUTO_MODE), 20)
    versions, states = [], []
    for _ in range(14):
        seen = live(simulator, cluster_world(**AUTO_MODE, version="1.36"), 1)["cluster"]
        versions.append(version(simulator))
        states.append((seen["status"]["status"], is_synced(seen), said(seen, "ACK.Recoverable")[2]))
    assert sorted(set(versions)) == ["1.34", "1.35", "1.36"]
    started = "cluster has started asynchronously updating, cannot be modified until 'ACTIVE'"
    assert states[0] == ("ACTIVE", False, started)
    assert states[1] == ("UPDATING", False, "cluster in 'UPDATING' state, cannot be modified until 'ACTIVE'")
    assert states[-1] == ("ACTIVE", True, "")


def test_one_reconcile_makes_one_change() -> None:
    simulator = Simulator()
    live(simulator, cluster_world(**AUTO_MODE), 20)
    more = {**AUTO_MODE, "version": "1.35", "logging": {"clusterLogging": [{"enabled": True, "types": ["api"]}]}}
    live(simulator, cluster_world(**more), 1)
    (there,) = simulator.aws.all("eks/Cluster", "eu-west-1")
    assert there.changing == {"enabledClusterLogTypes": ["api"]}
    live(simulator, cluster_world(**more), 10)
    assert there.fields["version"] == "1.35"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"version": "1.33"}, "desired cluster version is less than the observed version: 1.33 < 1.34"),
        (
            {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyRef": to("key-2")}}]},
            "Encryption configuration cannot be updated",
        ),
        ({"encryptionConfig": []}, "Encryption configuration cannot be removed from an existing cluster"),
    ],
    ids=["older", "another key", "no key"],
)
def test_some_changes_of_a_cluster_are_hopeless(spec: Manifest, message: str) -> None:
    encrypted: Manifest = {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyRef": to("key-1")}}]}
    keys = [ack("kms/Key", f"key-{number}") for number in (1, 2)]
    simulator = Simulator()
    live(simulator, [*keys, *cluster_world(**AUTO_MODE, **encrypted)], 20)
    after = live(simulator, [*keys, *cluster_world(**{**AUTO_MODE, **encrypted, **spec})], 5)["cluster"]
    assert said(after, "ACK.Terminal")[::2] == ("True", message)
    assert said(after, "Ready") == ("False", "ACK.Terminal", message)


def test_auto_mode_can_be_switched_on_and_off_again() -> None:
    simulator = Simulator()
    assert said(live(simulator, cluster_world(), 20)["cluster"], "Ready")[0] == "False"
    on = {name: value for name, value in AUTO_MODE.items() if name != "bootstrapSelfManagedAddons"}
    for spec in (on, OFF):
        assert said(live(simulator, cluster_world(**spec), 10)["cluster"], "Ready")[0] == "True", spec


def test_a_name_cannot_change() -> None:
    simulator = Simulator()
    live(simulator, cluster_world(**AUTO_MODE), 20)
    live(simulator, cluster_world(**AUTO_MODE, name="other"), 2)
    assert 'Cluster.eks.services.k8s.aws "cluster" is invalid: spec.name' in simulator.server.refused["cluster"]
    assert [thing.identity for thing in simulator.aws.all("eks/Cluster", "eu-west-1")] == ["orders"]


# node groups and add-ons


def test_an_autoscaler_keeps_its_number_of_nodes() -> None:
    theirs = {"eks.services.k8s.aws/desired-size-managed-by": "external-autoscaler"}
    for given, expected in ((theirs, 2), ({}, 1)):
        simulator, group = Simulator(), node_group()
        group["metadata"]["annotations"] |= given
        world: list[Any] = [*cluster_world(**AUTO_MODE), group]
        live(simulator, world, 20)
        (there,) = simulator.aws.all("eks/NodeGroup", "eu-west-1")
        assert there.fields["scalingConfig"]["desiredSize"] == 1
        simulator.aws.change(there, {"scalingConfig": {"desiredSize": 2}}, 1)
        live(simulator, world, 10)
        assert there.fields["scalingConfig"]["desiredSize"] == expected


def test_an_add_on_without_nodes_is_degraded() -> None:
    after = live(Simulator(), [*cluster_world(), addon("coredns")], 20)["addon-coredns"]
    assert after["status"]["status"] == "DEGRADED"
    assert [issue["code"] for issue in after["status"]["health"]["issues"]] == ["InsufficientNumberOfReplicas"]
    assert not is_synced(after)


def test_nothing_is_asked_of_aws_before_every_reference_is_there() -> None:
    simulator = Simulator()
    after = live(simulator, [*network(), cluster()], 5)["cluster"]
    assert said(after, "ACK.ReferencesResolved")[1] == 'roles.iam.services.k8s.aws "role" not found'
    assert simulator.aws.all("eks/Cluster", "eu-west-1") == []
