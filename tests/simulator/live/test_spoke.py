"""Who reaches a cluster, and who gets a token: only with everything that a cluster Secret needs on AWS."""

from __future__ import annotations

import pytest

from argosy.simulator.aws import Thing
from argosy.simulator.live.cloud import Cloud
from argosy.simulator.live.spoke import DeniedError, check_access, check_target
from argosy.simulator.references import EXTERNAL_NAME
from tests.simulator.live.server import ACCOUNT, Hub, provider_config
from tests.simulator.objects import Manifest, cluster_world, managed, role, to, vpc

ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-spoke"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def access(*, policy: bool = True) -> list[Manifest]:
    entry = {"clusterNameRef": to("cluster"), "principalArnFromRoleRef": to("spoke")}
    association = {
        "clusterNameRef": to("cluster"),
        "principalArnRef": to("entry"),
        "policyArn": POLICY,
        "accessScope": {"type": "cluster"},
    }
    found = [role("spoke"), managed("eks/AccessEntry", "entry", entry)]
    return [*found, managed("eks/AccessPolicyAssociation", "policy", association)] if policy else found


def hub_with(*items: Manifest) -> Hub:
    hub = Hub()
    hub.server.create(provider_config(), *items)
    hub.settle()
    return hub


def endpoint(cloud: Cloud) -> str:
    (_, cluster), *_ = cloud.clusters()
    return str(cluster.made["endpoint"]).removeprefix("https://")


def test_with_everything_there_is_a_token() -> None:
    check_access(hub_with(*cluster_world(), *access()).cloud, "orders", ARN)


@pytest.mark.parametrize(
    ("items", "cluster", "arn", "message"),
    [
        ([*cluster_world(), *access()], "invoices", ARN, "there is no EKS cluster invoices"),
        ([*cluster_world(), *access()], "orders", "", "there is no IAM role named"),
        (cluster_world(), "orders", ARN, f"there is no IAM role {ARN}"),
        ([*cluster_world(), role("spoke")], "orders", ARN, f"EKS cluster orders has no access entry for {ARN}"),
        ([*cluster_world(), *access(policy=False)], "orders", ARN, "on EKS cluster orders has no access policy"),
    ],
)
def test_what_is_missing_is_named(items: list[Manifest], cluster: str, arn: str, message: str) -> None:
    hub = hub_with(*items)
    with pytest.raises(DeniedError, match=message):
        check_access(hub.cloud, cluster, arn)


def test_a_role_of_that_name_in_another_account_is_not_it() -> None:
    hub = hub_with(*cluster_world(), *access())
    other = ARN.replace(ACCOUNT, "222233334444")
    with pytest.raises(DeniedError, match="there is no IAM role"):
        check_access(hub.cloud, "orders", other)


def test_a_cluster_that_is_being_made_lets_nobody_in() -> None:
    hub = Hub()
    hub.server.create(provider_config(), *cluster_world(), role("spoke"))
    hub.beats(6)
    with pytest.raises(DeniedError, match="EKS cluster orders is not ACTIVE"):
        check_access(hub.cloud, "orders", ARN)


def test_one_of_several_clusters_of_a_name_is_enough() -> None:
    hub = hub_with(*cluster_world(), *access())
    hub.server.create(provider_config("000000000001"), *cluster_world(), namespace="theirs")
    hub.settle()
    assert len(list(hub.cloud.clusters())) == 2
    check_access(hub.cloud, "orders", ARN)


def test_only_endpoints_of_clusters_can_be_reached() -> None:
    hub = hub_with(*cluster_world())
    host = endpoint(hub.cloud)
    check_target(hub.cloud, host, 443)
    check_target(hub.cloud, host.lower(), 443)
    for other, port in ((host, 80), (f"x{host}", 443), ("", 443), ("sts.amazonaws.com", 443)):
        with pytest.raises(DeniedError):
            check_target(hub.cloud, other, port)
    hub.server.delete_all()
    hub.settle()
    with pytest.raises(DeniedError, match="no EKS cluster has the endpoint"):
        check_target(hub.cloud, host, 443)


def test_a_cluster_without_endpoint_cannot_be_reached() -> None:
    """It is made, but was told to go before anybody looked at it again."""
    cloud = Cloud(ACCOUNT)
    account = cloud.account(vpc(), lambda *_: provider_config())
    account.add(Thing(kind="eks/Cluster", region="eu-west-1", identity="orders", seed="s", fields={}), "uid")
    with pytest.raises(DeniedError):
        check_target(cloud, "", 443)


def test_the_name_on_aws_counts() -> None:
    hub = hub_with(*cluster_world(), *access())
    cluster = hub.server["eks.aws.m.upbound.io/Cluster", "team", "cluster"]
    assert cluster["metadata"]["annotations"][EXTERNAL_NAME] == "orders"
    with pytest.raises(DeniedError, match="there is no EKS cluster cluster"):
        check_access(hub.cloud, "cluster", ARN)
