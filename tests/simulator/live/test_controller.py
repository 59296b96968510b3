"""The controller on an API server in memory: what is written, when, and when not."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from argosy.simulator.flavours import CLUSTER_SCOPED, FLAVOURS, Flavour
from argosy.simulator.live.api import FailedError
from argosy.simulator.live.cache import Identity
from argosy.simulator.policies import PAUSED
from argosy.simulator.provider import FINALIZER
from argosy.simulator.references import EXTERNAL_NAME
from tests.simulator.live.server import FOREGROUND, Hub, config_map, key_of, provider_config
from tests.simulator.objects import (
    Manifest,
    both,
    cluster_scoped,
    cluster_world,
    condition,
    is_ready,
    network,
    of,
    subnet,
    told,
    vpc,
)

VPC, SUBNET = key_of(vpc()), key_of(subnet("a", "10.0.0.0/20"))
CONFIG = key_of(provider_config())


@pytest.fixture
def hub() -> Hub:
    """A hub with credentials for objects of both flavours."""
    hub = Hub()
    hub.server.create(provider_config(), provider_config(flavour=CLUSTER_SCOPED))
    return hub


def versions(hub: Hub) -> dict[Identity, str]:
    return {
        key_of(item, item["metadata"].get("namespace", "")): item["metadata"]["resourceVersion"]
        for item in hub.server.items
    }


@both
def test_everything_becomes_ready_and_then_nothing_moves(hub: Hub, flavour: Flavour) -> None:
    hub.server.create(*of(flavour, cluster_world()))
    hub.settle()
    assert all(is_ready(item) for item in hub.server.items if item["kind"] != "ProviderConfig")
    assert hub.things() == ["ec2/Subnet", "ec2/Subnet", "ec2/VPC", "eks/Cluster", "iam/Role"]
    before = versions(hub)
    assert not hub.controller.step()
    (another,) = of(flavour, [vpc("another")])
    hub.server.create(another)
    hub.settle()
    used = key_of(provider_config(flavour=flavour))
    assert versions(hub).items() >= {key: version for key, version in before.items() if key != used}.items()


def test_an_object_without_annotations_is_made_too(hub: Hub) -> None:
    item = vpc()
    del item["metadata"]["annotations"]
    hub.server.create(item)
    hub.settle()
    assert hub.server[VPC]["metadata"]["annotations"][EXTERNAL_NAME].startswith("vpc-")


def test_answers_to_writes_count_before_the_watch_tells(hub: Hub) -> None:
    hub.server.create(*network())
    hub.server.lagging = True
    hub.settle()
    assert all(is_ready(item) for item in hub.server.items if item["kind"] != "ProviderConfig")
    written = len(hub.server.written)
    hub.server.deliver()
    assert not hub.controller.step(), "the watch told what was known"
    assert len(hub.server.written) == written


def test_an_object_that_goes_before_its_finalizer_is_stored_leaves_nothing_behind(hub: Hub) -> None:
    hub.server.create(vpc())
    hub.server.lagging = True
    hub.server.delete(VPC)
    hub.beats(5)
    assert VPC not in hub.server
    assert hub.things() == []
    hub.server.deliver()
    hub.settle()
    assert hub.things() == []


def test_what_is_newer_than_the_cache_is_not_overwritten(hub: Hub) -> None:
    hub.server.create(vpc())
    hub.server.lagging = True
    hub.server.edit(VPC, lambda item: item["metadata"].update(labels={"theirs": "yes"}))
    hub.beats(5)
    assert hub.server[VPC]["metadata"]["labels"] == {"theirs": "yes"}
    assert "status" not in hub.server[VPC]
    hub.server.lagging = False
    hub.server.deliver()
    hub.settle()
    assert hub.server[VPC]["metadata"]["labels"] == {"theirs": "yes"}
    assert is_ready(hub.server[VPC])
    assert hub.things() == ["ec2/VPC"]


def test_nothing_is_made_for_an_object_that_goes_before_it_has_the_finalizer(hub: Hub) -> None:
    """Core may put an object back while the garbage collector takes it away: seen when claims were deleted."""
    hub.server.create(vpc())
    hub.server.lagging = True
    hub.server.delete(VPC)
    hub.beats(5)
    hub.server.lagging = False
    hub.server.deliver()
    hub.settle()
    assert VPC not in hub.server
    assert hub.things() == []


def test_finalizers_of_others_stay(hub: Hub) -> None:
    hub.server.create(vpc())
    hub.settle()
    hub.server.delete(VPC, foreground=True)
    hub.settle()
    assert hub.server[VPC]["metadata"]["finalizers"] == [FOREGROUND]
    assert hub.things() == []
    assert not hub.controller.step()


def test_a_finalizer_that_comes_between_reading_and_writing_stays(hub: Hub) -> None:
    hub.server.create(vpc())
    hub.settle()
    hub.server.delete(VPC)
    calls = 0

    def collect() -> None:
        nonlocal calls
        calls += 1
        if VPC in hub.server and FOREGROUND not in hub.server[VPC]["metadata"]["finalizers"]:
            hub.server.edit(VPC, lambda item: item["metadata"]["finalizers"].append(FOREGROUND))

    hub.server.before_write = collect
    hub.settle()
    assert calls > 1
    assert hub.server[VPC]["metadata"]["finalizers"] == [FOREGROUND]


def test_deletion_waits_for_what_depends(hub: Hub) -> None:
    hub.server.create(*network())
    hub.settle()
    hub.server.delete(VPC)
    hub.settle()
    assert "DependencyViolation" in condition(hub.server[VPC], "Synced")[2]
    hub.server.delete_all()
    hub.settle()
    assert hub.server.items == []
    assert hub.things() == []


def test_an_object_whose_last_finalizer_went_is_gone_before_the_watch_tells(hub: Hub) -> None:
    hub.server.create(vpc())
    hub.settle()
    hub.server.delete(VPC)
    hub.server.lagging = True
    hub.settle()
    assert VPC not in hub.server.cache.snapshot()[1]
    hub.server.deliver()
    assert VPC not in hub.server.cache.snapshot()[1]


def test_nothing_is_lost_or_made_twice_while_the_server_is_gone(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    hub.server.create(*network())
    hub.beats(1)
    hub.server.failure = FailedError(0, "refused")
    hub.beats(20)
    assert [record.levelname for record in caplog.records if "does not answer" in record.message] == ["WARNING"]
    hub.server.failure = None
    hub.settle()
    assert all(is_ready(item) for item in hub.server.items if item["kind"] != "ProviderConfig")
    assert hub.things() == ["ec2/Subnet", "ec2/Subnet", "ec2/VPC"]


def test_what_the_server_refuses_is_logged_once_and_not_tried_for_ever(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    hub.server.create(vpc())
    hub.server.failure = FailedError(422, "no good")
    hub.settle()
    assert [record.message for record in caplog.records if "no good" in record.message] == [
        "failed   team/ProviderConfig/argosy: no good",
        "failed   ProviderConfig/argosy: no good",
        "failed   team/VPC/vpc: no good",
    ]


def test_what_a_server_refuses_that_has_no_roles_yet_is_written_later(hub: Hub) -> None:
    hub.server.create(vpc())
    hub.server.failure = FailedError(403, "clusterrole not found")
    hub.beats(20)
    hub.server.failure = None
    hub.settle()
    assert is_ready(hub.server[VPC])


@pytest.mark.parametrize("kind", ["ProviderConfig", "ClusterProviderConfig"])
def test_the_account_follows_from_the_provider_config(hub: Hub, kind: str) -> None:
    item = vpc()
    item["spec"]["providerConfigRef"] = {"kind": kind, "name": "argosy"}
    theirs = provider_config("222233334444", kind=kind)
    hub.server.create(theirs, namespace="theirs" if kind == "ProviderConfig" else "")
    hub.server.create(item, namespace="theirs")
    hub.settle()
    assert hub.things("222233334444") == ["ec2/VPC"]
    assert hub.server[key_of(item, "theirs")]["status"]["atProvider"]["ownerId"] == "222233334444"
    assert hub.things() == []


def test_the_account_of_a_cluster_scoped_object_follows_from_the_name_of_its_provider_config(hub: Hub) -> None:
    item, theirs = cluster_scoped(vpc()), provider_config("222233334444", flavour=CLUSTER_SCOPED)
    item["spec"]["providerConfigRef"] = {"name": "theirs"}
    theirs["metadata"]["name"] = "theirs"
    hub.server.create(theirs, provider_config("333344445555", kind="ClusterProviderConfig"), item)
    hub.settle()
    assert told(hub.server[key_of(item)])["ownerId"] == "222233334444"
    assert hub.things() == hub.things("333344445555") == []


def test_objects_of_the_same_name_and_different_flavours_do_not_meet(hub: Hub) -> None:
    hub.server.create(*network(), *of(CLUSTER_SCOPED, network()))
    hub.settle()
    ids = set()
    for flavour in FLAVOURS:
        theirs, mine = (key_of(item) for item in of(flavour, [subnet("a", "10.0.0.0/20"), vpc()]))
        identity = hub.server[mine]["metadata"]["annotations"][EXTERNAL_NAME]
        assert hub.server[theirs]["spec"]["forProvider"]["vpcId"] == identity
        ids.add(identity)
    assert len(ids) == 2
    assert hub.things().count("ec2/VPC") == 2
    hub.server.delete(VPC)
    hub.server.delete(key_of(cluster_scoped(vpc())))
    hub.settle()
    assert "DependencyViolation" in condition(hub.server[key_of(cluster_scoped(vpc()))], "Synced")[2]


def test_objects_of_the_same_name_in_two_namespaces_do_not_meet(hub: Hub) -> None:
    hub.server.create(*network())
    hub.server.create(provider_config("222233334444"), *network(), namespace="theirs")
    hub.settle()
    for namespace in ("team", "theirs"):
        mine = hub.server[key_of(subnet("a", "10.0.0.0/20"), namespace)]["spec"]["forProvider"]["vpcId"]
        assert mine == hub.server[key_of(vpc(), namespace)]["metadata"]["annotations"][EXTERNAL_NAME]
    assert hub.things() == hub.things("222233334444") == ["ec2/Subnet", "ec2/Subnet", "ec2/VPC"]


@both
def test_without_provider_config_nothing_is_made(flavour: Flavour) -> None:
    hub = Hub()
    (item,) = of(flavour, [vpc()])
    hub.server.create(item)
    for other in FLAVOURS:
        if other is not flavour:
            hub.server.create(provider_config(flavour=other))
    hub.settle()
    message = (
        "connect failed: cannot initialize the Terraform plugin SDK async external client: cannot get terraform setup: "
        f'cannot get referenced ProviderConfig: ProviderConfig.{flavour.group} "argosy" not found'
    )
    assert condition(hub.server[key_of(item)], "Synced") == ("False", "ReconcileError", message)
    assert condition(hub.server[key_of(item)], "Ready") == ("", "", "")
    assert hub.things() == []
    hub.server.create(provider_config(flavour=flavour))
    hub.settle()
    assert is_ready(hub.server[key_of(item)])


def without_credentials(hub: Hub, flavour: Flavour, item: Manifest) -> None:
    """The object is being deleted, and its ProviderConfig was taken away by force."""
    hub.server.create(provider_config(flavour=flavour), item)
    hub.settle()
    config = key_of(provider_config(flavour=flavour))
    hub.server.delete(key_of(item))
    hub.server.edit(config, lambda found: found["metadata"].update(finalizers=[]))
    hub.server.delete(config)
    hub.settle()


@both
def test_without_provider_config_nothing_is_let_go(flavour: Flavour) -> None:
    hub = Hub()
    (item,) = of(flavour, [vpc()])
    without_credentials(hub, flavour, item)
    assert hub.server[key_of(item)]["metadata"]["finalizers"] == [FINALIZER]
    assert condition(hub.server[key_of(item)], "Synced")[2].startswith("connect failed: ")
    assert hub.things() == ["ec2/VPC"]


@both
def test_what_stays_on_aws_is_let_go_without_credentials(flavour: Flavour) -> None:
    hub = Hub()
    (item,) = of(flavour, [vpc()])
    if flavour.namespaced:
        item["spec"]["managementPolicies"] = ["Observe", "Create", "Update", "LateInitialize"]
    else:
        item["spec"]["deletionPolicy"] = "Orphan"
    without_credentials(hub, flavour, item)
    assert key_of(item) not in hub.server
    assert hub.things() == ["ec2/VPC"]


@both
def test_what_is_paused_is_not_written_at_all_but_for_its_condition(
    hub: Hub, flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (item,) = of(flavour, [vpc()])
    item["metadata"]["annotations"][PAUSED] = "true"
    hub.server.create(item)
    hub.settle()
    assert "finalizers" not in hub.server[key_of(item)]["metadata"]
    assert condition(hub.server[key_of(item)], "Synced")[:2] == ("False", "ReconcilePaused")
    assert [record.message.split()[0] for record in caplog.records] == ["paused"]
    hub.server.delete(key_of(item))
    hub.settle()
    assert hub.things() == []


@both
def test_a_provider_config_without_users_has_no_status(flavour: Flavour) -> None:
    hub = Hub()
    (item,), config = of(flavour, [vpc()]), key_of(provider_config(flavour=flavour))
    hub.server.create(provider_config(flavour=flavour))
    hub.settle()
    assert hub.server.written == [("argosy", "object")]
    assert hub.server[config]["metadata"]["finalizers"] == ["in-use.crossplane.io"]
    hub.server.create(item)
    hub.settle()
    hub.server.delete(key_of(item))
    hub.settle()
    assert hub.server[config]["status"] == {}


@both
def test_a_provider_config_stays_as_long_as_it_is_used(hub: Hub, flavour: Flavour) -> None:
    (item,), config = of(flavour, [vpc()]), key_of(provider_config(flavour=flavour))
    hub.server.create(item)
    hub.settle()
    assert hub.server[config]["status"] == {"users": 1}
    hub.server.delete(config)
    hub.settle()
    assert condition(hub.server[config], "Terminating")[:2] == ("True", "InUse")
    hub.server.delete(key_of(item))
    hub.settle()
    assert config not in hub.server
    assert len(hub.server.items) == 1, "the other flavour's, which nobody used"


def test_an_ending_namespace_keeps_nothing_but_what_needed_its_provider_config(hub: Hub) -> None:
    hub.server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}, namespace="")
    hub.server.create(*network())
    hub.settle()
    hub.server.delete(("Namespace", "", "team"), foreground=True)
    hub.server.delete(VPC)
    hub.settle()
    assert CONFIG in hub.server, "nobody has deleted it yet"
    message = condition(hub.server[VPC], "Synced")[2]
    assert "cannot track ProviderConfig usage" in message
    assert message.endswith("unable to create new content in namespace team because it is being terminated")
    hub.server.delete(CONFIG)
    hub.settle()
    assert CONFIG not in hub.server
    assert 'ProviderConfig.aws.m.upbound.io "argosy" not found' in condition(hub.server[VPC], "Synced")[2]
    assert hub.server[VPC]["metadata"]["finalizers"] == [FINALIZER]
    assert hub.things() == ["ec2/Subnet", "ec2/Subnet", "ec2/VPC"]


def test_an_ending_namespace_does_not_concern_what_is_cluster_scoped(hub: Hub) -> None:
    hub.server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}, namespace="")
    item = cluster_scoped(vpc())
    hub.server.create(item)
    hub.settle()
    hub.server.delete(("Namespace", "", "team"), foreground=True)
    hub.server.delete(key_of(item))
    hub.settle()
    assert key_of(item) not in hub.server
    assert hub.things() == []


def test_times_of_conditions_move_only_with_the_conditions(hub: Hub) -> None:
    hub.server.create(vpc())
    hub.settle()
    before = times(hub.server[VPC])
    assert before["Ready"] > "2026-03-03T00:00:00Z", "not the constant of the offline simulator"
    hub.beats(20)
    hub.server.edit(VPC, lambda item: item["spec"]["forProvider"].update(enableDnsHostnames=True))
    hub.server.edit(VPC, lambda item: item["metadata"].update(generation=7))
    hub.settle()
    after = times(hub.server[VPC])
    assert after["Ready"] == before["Ready"]
    assert after["Synced"] > before["Synced"], "it has seen another generation"


def times(item: Manifest) -> dict[str, str]:
    return {one["type"]: one["lastTransitionTime"] for one in item["status"]["conditions"]}


@both
def test_a_fault_meets_whom_it_names_and_heals(hub: Hub, flavour: Flavour) -> None:
    fault = "- {match: {crossplane.io/composite: orders}, kind: VPC, message: VpcLimitExceeded}"
    mine, other = of(flavour, [vpc(), vpc("other")])
    hub.server.create(config_map(faults=fault), namespace="argosy-simulator")
    hub.server.create(mine, labels={"crossplane.io/composite": "orders"})
    hub.server.create(other, labels={"crossplane.io/composite": "invoices"})
    hub.settle()
    assert condition(hub.server[key_of(mine)], "Synced")[2] == "VpcLimitExceeded"
    assert is_ready(hub.server[key_of(other)])
    hub.server.edit(("ConfigMap", "argosy-simulator", "simulator"), lambda item: item.update(data={}))
    hub.settle()
    assert is_ready(hub.server[key_of(mine)])


def test_slowness_is_told_in_beats(hub: Hub) -> None:
    slow = "- {match: {}, key: vpc, slow: 20}"
    hub.server.create(config_map(faults=slow), namespace="argosy-simulator")
    hub.server.create(vpc(), vpc("other"))
    hub.beats(20)
    assert not is_ready(hub.server[VPC])
    assert is_ready(hub.server[key_of(vpc("other"))])
    hub.settle()
    assert is_ready(hub.server[VPC])


def test_aws_does_not_forget_when_the_process_dies(tmp_path: Path) -> None:
    state = tmp_path / "aws.json"
    hub = Hub(state)
    hub.server.create(provider_config(), *cluster_world())
    for _ in range(12):  # dies after every beat
        hub.beats(1)
        hub.restart(state)
    hub.settle()
    assert all(is_ready(item) for item in hub.server.items if item["kind"] != "ProviderConfig")
    assert hub.things() == ["ec2/Subnet", "ec2/Subnet", "ec2/VPC", "eks/Cluster", "iam/Role"]
    before = versions(hub)
    hub.restart(state)
    hub.settle()
    assert versions(hub) == before


def test_aws_has_it_before_anybody_is_told(tmp_path: Path) -> None:
    state = tmp_path / "aws.json"
    hub = Hub(state)
    hub.server.create(provider_config(), vpc())
    hub.beats(1)  # the finalizer
    seen: list[bool] = []
    hub.server.before_write = lambda: seen.append("ec2/VPC" in state.read_text())
    hub.beats(1)
    assert seen
    assert all(seen)


def test_the_log_has_one_line_per_event(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    hub.server.create(vpc())
    hub.settle()
    hub.server.delete(VPC)
    hub.settle()
    lines = [record.message for record in caplog.records]
    assert lines == [f"{event:<8} team/VPC/vpc" for event in ("creating", "ready", "deleting", "deleted")]
