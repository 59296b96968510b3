"""Which account an object means, and what AWS keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.simulator import KINDS, Simulator
from argosy.simulator.aws import Account, Thing
from argosy.simulator.flavours import CLUSTER_SCOPED
from argosy.simulator.live.cloud import Cloud, UnconnectedError
from tests.simulator.live.server import key_of, provider_config
from tests.simulator.objects import Manifest, cluster_scoped, cluster_world, live, told, vpc

Find = Callable[[str, str, str], Manifest | None]


def finds(config: Manifest, namespace: str = "team") -> Find:
    return lambda *key: config if key == key_of(config, namespace) else None


def with_role(role: str) -> Manifest:
    config = provider_config()
    config["spec"]["assumeRoleChain"] = [{"roleARN": "arn:aws:iam::999999999999:role/hub"}, {"roleARN": role}]
    return config


def named(item: Manifest | None = None, **reference: str) -> Manifest:
    item = item or vpc()
    item["spec"]["providerConfigRef"] = reference
    return item


def test_the_last_role_of_the_chain_counts() -> None:
    cloud = Cloud("000000000000")
    account = cloud.account(vpc(), finds(with_role("arn:aws:iam::222233334444:role/x")))
    assert account.number == "222233334444"
    assert account is cloud.account(vpc(), finds(with_role("arn:aws:iam::222233334444:role/y")))


@pytest.mark.parametrize("chain", [None, []])
def test_without_a_role_it_is_the_default_account(chain: Any) -> None:
    config = provider_config()
    config["spec"]["assumeRoleChain"] = chain
    assert Cloud("000000000000").account(vpc(), finds(config)).number == "000000000000"


def test_the_partition_follows_from_the_role() -> None:
    account = Cloud("0").account(vpc(), finds(with_role("arn:aws-cn:iam::222233334444:role/x")))
    thing = Thing(kind="iam/Role", region="", identity="x", seed="s", fields={"path": "/"})
    assert KINDS["iam/Role"].make(thing, account)["arn"] == "arn:aws-cn:iam::222233334444:role/x"


@pytest.mark.parametrize(
    ("item", "find", "message"),
    [
        (named(), finds(provider_config()), "no providerConfigRef provided"),
        (
            named(kind="ProviderConfig", name="other"),
            finds(provider_config()),
            'ProviderConfig.aws.m.upbound.io "other" not found',
        ),
        (vpc(), finds(provider_config(), "elsewhere"), 'ProviderConfig.aws.m.upbound.io "argosy" not found'),
        (
            named(kind="ClusterProviderConfig", name="argosy"),
            finds(provider_config()),
            'ClusterProviderConfig.aws.m.upbound.io "argosy" not found',
        ),
        (named(kind="Secret", name="argosy"), finds(provider_config()), 'kind "Secret" is invalid for team/vpc'),
        (vpc(), finds(with_role("role/x")), "role/x is invalid"),
        (
            cluster_scoped(vpc()),
            finds(provider_config()),
            'ProviderConfig.aws.upbound.io "argosy" not found',
        ),
        (named(cluster_scoped(vpc())), finds(provider_config(flavour=CLUSTER_SCOPED)), "no providerConfigRef provided"),
    ],
)
def test_what_leads_to_no_account(item: Manifest, find: Find, message: str) -> None:
    cloud = Cloud("000000000000")
    with pytest.raises(UnconnectedError, match=message):
        cloud.account(item, find)
    assert not list(cloud)


def test_the_state_is_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "aws.json"
    cloud = Cloud("111122223333", state=state)
    account = cloud.account(vpc(), finds(with_role("arn:aws:iam::222233334444:role/x")))
    account.add(Thing(kind="ec2/VPC", region="eu-west-1", identity="vpc-1", seed="s", fields={"a": [1]}), "uid")
    account.snapshots.add("final")
    account.remembered["uid"] = "vpc-1"
    cloud.beat()
    cloud.save()
    again = Cloud("111122223333", state=state, authority="CA")
    restored = next(iter(again))
    assert restored.saved() == account.saved()
    assert restored.seed("uid") == account.seed("uid")
    assert restored.authority == "CA", "an option, not a state"
    assert [file.name for file in tmp_path.iterdir()] == ["aws.json"]


def test_a_broken_state_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "aws.json"
    for text in ("{", "[{}]", '{"a": 1}'):
        state.write_text(text)
        with pytest.raises(ValueError, match="is no state of the simulator"):
            Cloud("111122223333", state=state)


def test_clusters_carry_the_certificate_authority_of_the_account() -> None:
    objects = live(Simulator(aws=Account("111122223333", authority="Q0E=")), cluster_world())
    assert told(objects["cluster"])["certificateAuthority"] == [{"data": "Q0E="}]
