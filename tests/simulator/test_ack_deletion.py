"""ACK: how objects and things end."""

from __future__ import annotations

import pytest

from argosy.simulator import Simulator
from tests.simulator.ack_objects import (
    AUTO_MODE,
    access,
    ack,
    cluster_world,
    kinds_said,
    node_group,
    role,
    said,
    subnet,
    vpc,
    ways_out,
)
from tests.simulator.objects import Manifest, live


def without(desired: list[Manifest], *keys: str) -> list[Manifest]:
    return [item for item in desired if item["metadata"]["name"] not in keys]


def test_what_is_in_use_stays_and_says_so_while_it_is_called_synced() -> None:
    simulator = Simulator()
    both = [vpc(), subnet("a", "10.0.0.0/20")]
    live(simulator, both)
    kept = live(simulator, without(both, "vpc"), 5)["vpc"]
    (there,) = simulator.aws.all("ec2/VPC", "eu-west-1")
    message = f"api error DependencyViolation: The vpc '{there.identity}' has dependencies and cannot be deleted."
    assert said(kept, "ACK.Recoverable") == ("True", "", message)
    assert kinds_said(kept)[-1] == ("ACK.Recoverable", "True"), "a deletion adds to what was said before"
    assert [said(kept, kind)[0] for kind in ("ACK.ResourceSynced", "Ready")] == ["True", "True"]
    assert live(simulator, [], 5) == {}
    assert list(simulator.aws) == []


def test_everything_at_once_goes_in_aws_order() -> None:
    simulator = Simulator()
    live(simulator, ways_out(), 20)
    assert live(simulator, [], 12) == {}
    assert list(simulator.aws) == []


def test_the_object_goes_with_the_call() -> None:
    """A NAT gateway takes AWS a while to delete; its object does not wait, its address says that it is in use."""
    simulator = Simulator()
    live(simulator, ways_out(), 20)
    rest = without(ways_out(), "nat", "address", "private", "subnet-b")
    seen = [live(simulator, rest, 1) for _ in range(4)]
    gone = next(number for number, moment in enumerate(seen) if "nat" not in moment)
    assert said(seen[gone]["address"], "ACK.Recoverable")[2].startswith("api error InvalidIPAddress.InUse")
    assert "address" not in live(simulator, rest, 4)


@pytest.mark.parametrize("annotation", ["deletion-policy", "read-only"])
def test_what_is_retained_stays_on_aws(annotation: str) -> None:
    simulator = Simulator()
    kept = vpc()
    live(simulator, [kept])
    kept["metadata"]["annotations"][f"services.k8s.aws/{annotation}"] = {"deletion-policy": "retain"}.get(
        annotation, "true"
    )
    live(simulator, [kept])
    assert live(simulator, [], 2) == {}
    assert len(simulator.aws.all("ec2/VPC", "eu-west-1")) == 1


def test_what_was_never_made_goes_at_once() -> None:
    simulator = Simulator(faults={"vpc": "VpcLimitExceeded: no"})
    live(simulator, [vpc()], 3)
    assert live(simulator, [], 1) == {}


def test_a_cluster_waits_for_its_node_groups_and_then_for_aws() -> None:
    simulator = Simulator()
    desired = [*cluster_world(**AUTO_MODE), node_group()]
    live(simulator, desired, 25)
    used = live(simulator, without(desired, "cluster"), 3)["cluster"]
    assert said(used, "ACK.Recoverable")[2] == "cluster is still in use, cannot be deleted"
    seen = [live(simulator, without(desired, "cluster", "node-group"), 1) for _ in range(10)]
    said_then = [said(moment["cluster"], "ACK.Recoverable")[2] for moment in seen if "cluster" in moment]
    assert "cluster in 'DELETING' state, cannot be modified or deleted" in said_then
    states = [moment["cluster"]["status"]["status"] for moment in seen if "cluster" in moment]
    assert states[-1] == "DELETING"
    assert "cluster" not in seen[-1]


def test_protection_is_taken_off_before_the_end_if_the_object_says_so() -> None:
    simulator = Simulator()
    world = cluster_world(**AUTO_MODE, deletionProtection=True)
    live(simulator, world, 20)
    kept = live(simulator, without(world, "cluster"), 3)["cluster"]
    assert said(kept, "ACK.Recoverable")[2].startswith("InvalidRequestException: ")
    free = Simulator()
    live(free, world, 20)
    live(free, cluster_world(**AUTO_MODE, deletionProtection=False), 1)
    assert "cluster" not in live(free, without(world, "cluster"), 10)


def test_what_is_folded_in_goes_along() -> None:
    simulator = Simulator()
    desired = [*cluster_world(**AUTO_MODE), access()]
    live(simulator, desired, 25)
    assert len(simulator.aws.all("eks/AccessPolicyAssociation", "eu-west-1")) == 1
    live(simulator, without(desired, "entry"), 3)
    assert simulator.aws.all("eks/AccessPolicyAssociation", "eu-west-1") == []


@pytest.mark.parametrize(("given", "days"), [(None, 7), ("30", 30), ("soon", 7)])
def test_a_key_is_gone_after_the_days_that_the_annotation_says(given: str | None, days: int) -> None:
    simulator, key = Simulator(), ack("kms/Key", "key")
    if given is not None:
        key["metadata"]["annotations"]["kms.services.k8s.aws/pending-window-in-days"] = given
    live(simulator, [key])
    (there,) = simulator.aws.all("kms/Key", "eu-west-1")
    live(simulator, [], 1)
    assert there.fields["deletionWindowInDays"] == days


def test_what_refers_to_something_gone_can_still_go() -> None:
    simulator = Simulator()
    both = [vpc(), subnet("a", "10.0.0.0/20")]
    live(simulator, both)
    both[0]["metadata"]["annotations"]["services.k8s.aws/deletion-policy"] = "retain"
    live(simulator, both, 1)
    live(simulator, without(both, "vpc"), 2)
    live(simulator, [], 3)
    assert simulator.aws.all("ec2/Subnet", "eu-west-1") == []


def test_a_thing_that_somebody_else_deletes_is_made_again() -> None:
    simulator = Simulator()
    before = live(simulator, [role()])["role"]["status"]["roleID"]
    (there,) = simulator.aws.all("iam/Role", "")
    simulator.aws.release(there, 1)
    assert live(simulator, [role()], 5)["role"]["status"]["roleID"] != before
