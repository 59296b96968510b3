"""ACK: databases and launch templates, which change in ways of their own."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.simulator import Simulator
from tests.simulator import objects
from tests.simulator.ack_objects import (
    ack,
    aurora,
    database_world,
    instance,
    is_synced,
    kinds_said,
    launch_template,
    member,
    said,
    to,
)
from tests.simulator.objects import Manifest, live, managed
from tests.simulator.test_ack_deletion import without

DOMAIN = "rds.services.k8s.aws"


def annotated(item: Manifest, **values: str) -> Manifest:
    """The object with annotations of the RDS controller."""
    given = {f"{DOMAIN}/{name.replace('_', '-')}": value for name, value in values.items()}
    return {**item, "metadata": {**item["metadata"], "annotations": {**item["metadata"]["annotations"], **given}}}


def test_an_instance_is_synced_when_it_is_available() -> None:
    simulator = Simulator()
    seen = [live(simulator, database_world(instance()), 1)["instance"] for _ in range(20)]
    states = [item.get("status", {}).get("dbInstanceStatus") for item in seen]
    making = seen[states.index("creating")]
    assert not is_synced(making)
    assert "endpoint" not in making["status"]
    assert said(seen[-1], "ACK.ResourceSynced") == ("True", "", "Resource synced successfully")
    status = seen[-1]["status"]
    assert status["dbInstanceStatus"] == "available"
    assert status["endpoint"]["address"].startswith("orders.")
    assert status["endpoint"]["port"] == 5432
    assert status["masterUserSecret"]["secretARN"].startswith(
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!db-"
    )


def test_late_initialisation_of_an_instance_leaves_references_alone() -> None:
    after = live(Simulator(), database_world(instance()))["instance"]
    assert after["spec"]["availabilityZone"].startswith("eu-west-1")
    assert after["spec"]["deletionProtection"] is False
    assert not {"kmsKeyID", "dbSubnetGroupName", "vpcSecurityGroupIDs"} & set(after["spec"])
    assert ("ACK.LateInitialized", "True") in kinds_said(after)


def test_a_server_of_a_cluster_is_a_member() -> None:
    simulator = Simulator()
    after = live(simulator, database_world(aurora(), member("a"), member("b")))
    assert {thing.identity for thing in simulator.aws.all("rds/ClusterInstance", "eu-west-1")} == {"shop-a", "shop-b"}
    assert simulator.aws.all("rds/Instance", "eu-west-1") == []
    members = after["aurora"]["status"]["dbClusterMembers"]
    assert [one["dbInstanceIdentifier"] for one in members] == ["shop-a", "shop-b"]
    assert [one["isClusterWriter"] for one in members] == [True, False]
    assert all(is_synced(after[key]) for key in ("aurora", "member-a", "member-b"))
    assert after["aurora"]["status"]["readerEndpoint"].startswith("shop.cluster-ro-")
    assert live(simulator, database_world(aurora(), member("a"), member("b")), 5) == after, "and stands still"


def test_a_change_is_waited_for() -> None:
    simulator = Simulator()
    live(simulator, database_world(instance()))
    bigger = database_world(instance(allocatedStorage=100))
    asked, waiting = (live(simulator, bigger, 1)["instance"] for _ in range(2))
    assert said(asked, "ACK.ResourceSynced") == ("False", "", "")
    assert waiting["status"]["dbInstanceStatus"] == "modifying"
    assert said(waiting, "ACK.Recoverable")[2] == (
        "DB Instance in 'modifying' state, cannot be modified until 'available'."
    )
    assert is_synced(live(simulator, bigger)["instance"])
    (there,) = simulator.aws.all("rds/Instance", "eu-west-1")
    assert there.fields["allocatedStorage"] == 100


def test_major_versions_change_without_a_word_and_minor_ones_are_kept() -> None:
    simulator = Simulator()
    live(simulator, database_world(instance(engineVersion="16.4")))
    (there,) = simulator.aws.all("rds/Instance", "eu-west-1")
    live(simulator, database_world(instance(engineVersion="16")))
    assert there.fields["engineVersion"] == "16.4"
    live(simulator, database_world(instance(engineVersion="17")))
    assert there.fields["engineVersion"] == "17"


@pytest.mark.parametrize("kind", ["instance", "aurora"])
@pytest.mark.parametrize(
    ("annotations", "snapshots"),
    [
        ({}, set()),
        ({"final_db_snapshot_identifier": "last"}, set()),
        ({"skip_final_snapshot": "false", "final_db_snapshot_identifier": "last"}, {"last"}),
    ],
    ids=["by default", "named", "asked for"],
)
def test_a_final_snapshot_is_made_only_where_it_is_asked_for(
    kind: str, annotations: dict[str, str], snapshots: set[str]
) -> None:
    simulator = Simulator()
    database = annotated({"instance": instance, "aurora": aurora}[kind](), **annotations)
    live(simulator, database_world(database))
    assert kind not in live(simulator, database_world(), 2)
    assert simulator.aws.snapshots == snapshots


def test_a_final_snapshot_without_a_name_is_refused() -> None:
    simulator = Simulator()
    database = annotated(instance(), skip_final_snapshot="false")
    live(simulator, database_world(database))
    kept = live(simulator, database_world(), 3)["instance"]
    assert said(kept, "ACK.Terminal")[2].startswith("api error InvalidParameterCombination: final_snapshot_identifier")


def test_a_protected_database_stays() -> None:
    simulator = Simulator()
    live(simulator, database_world(instance(deletionProtection=True)))
    kept = live(simulator, database_world(), 3)["instance"]
    assert "Cannot delete protected DB Instance" in said(kept, "ACK.Terminal")[2]
    assert len(simulator.aws.all("rds/Instance", "eu-west-1")) == 1


def test_a_group_of_subnets_that_a_database_uses_waits() -> None:
    simulator = Simulator()
    desired = database_world(instance())
    live(simulator, desired)
    kept = live(simulator, without(desired, "subnets"), 2)["subnets"]
    assert said(kept, "ACK.Recoverable")[2].startswith("InvalidDBSubnetGroupStateFault: Cannot delete the subnet group")
    live(simulator, [], 12)
    assert list(simulator.aws) == []


def test_parameters_are_told() -> None:
    after = live(Simulator(), database_world())["parameters"]["status"]["parameterOverrideStatuses"]
    assert after == [{"applyMethod": "immediate", "parameterName": "rds.force_ssl", "parameterValue": "1"}]


def upbound_world() -> list[Manifest]:
    """The same databases, asked for by the other provider."""
    common: dict[str, Any] = {
        "dbSubnetGroupNameRef": objects.to("subnets"),
        "vpcSecurityGroupIdRefs": [objects.to("group", always=True)],
        "storageEncrypted": True,
        "kmsKeyIdRef": objects.to("key"),
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyIdRef": objects.to("key"),
        "engineVersion": "17",
    }
    own = {"identifier": "orders", "instanceClass": "db.t4g.medium", "engine": "postgres", "username": "root"}
    cluster = {"engine": "aurora-postgresql", "masterUsername": "root"}
    server = {
        "clusterIdentifierRef": objects.to("aurora"),
        "instanceClass": "db.t4g.medium",
        "engine": "aurora-postgresql",
    }
    subnets = {"subnetIdRefs": [objects.to("subnet-a"), objects.to("subnet-b")]}
    return [
        *objects.network(),
        managed("ec2/SecurityGroup", "group", {"vpcIdRef": objects.to("vpc"), "name": "group"}),
        managed("kms/Key", "key"),
        managed("rds/SubnetGroup", "subnets", subnets, name="data"),
        managed("rds/Instance", "instance", {**common, **own}),
        managed("rds/Cluster", "aurora", {**common, **cluster}, name="shop"),
        managed("rds/ClusterInstance", "member-a", server, name="shop-a"),
    ]


@pytest.mark.parametrize("path", ["rds/Instance", "rds/Cluster", "rds/ClusterInstance", "rds/SubnetGroup"])
def test_the_same_names_are_the_same_databases_whoever_asks(path: str) -> None:
    theirs, mine = Simulator(), Simulator()
    live(theirs, upbound_world(), 25)
    live(mine, database_world(instance(), aurora(), member()), 25)
    one, other = (simulator.aws.all(path, "eu-west-1") for simulator in (theirs, mine))
    assert one
    assert [(thing.identity, thing.made) for thing in one] == [(thing.identity, thing.made) for thing in other]


def test_a_launch_template_gets_a_version_for_each_change_of_what_is_in_it() -> None:
    simulator = Simulator()
    first = live(simulator, [launch_template()])["template"]["status"]["latestVersion"]
    tagged = launch_template(tags=[{"key": "team", "value": "orders"}])
    same = live(simulator, [tagged])["template"]["status"]["latestVersion"]
    changed = launch_template(data={"metadataOptions": {"httpTokens": "optional"}})
    second = live(simulator, [changed])["template"]
    assert (first, same, second["status"]["latestVersion"]) == (1, 1, 2)
    assert second["spec"]["defaultVersion"] == 1


def test_a_launch_template_of_that_name_is_somebodys() -> None:
    simulator = Simulator()
    live(simulator, [managed("ec2/LaunchTemplate", "theirs", {"name": "nodes"})])
    both = [managed("ec2/LaunchTemplate", "theirs", {"name": "nodes"}), launch_template()]
    assert said(live(simulator, both)["template"], "ACK.Terminal")[2] == "Resource already exists"


def test_a_database_of_that_name_is_somebodys() -> None:
    simulator = Simulator()
    other = ack("rds/DBInstance", "other", {**instance()["spec"], "kmsKeyRef": to("key")})
    desired = database_world(instance())
    live(simulator, desired)
    assert said(live(simulator, [*desired, other], 3)["other"], "ACK.Terminal")[2] == "Resource already exists"
