"""Nothing is lost: whatever is observed, in whatever state, stays unless the claim takes it away.

TST-01 and TST-02 over random claims, changed claims and observations. A lost object, a lost field and a lost status are
what a stale read looks like (REL-01, REL-02, REL-18).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from argosy.catalog import ENGINES
from argosy.cli.options import sample_hub
from argosy.cli.request import Answer
from argosy.data.regions import partition_of
from argosy.function import CROSSPLANE_KEYS
from tests.support.claims import specs
from tests.support.keys import keys
from tests.support.lives import (
    Life,
    Objects,
    Structs,
    answer_to,
    claim_of,
    moments,
    within,
)

TRIPLES = 10_000
"""(claim, changed claim, observed) in all shards together."""
SHARDS = 10
"""Tests that share the triples, so that both cores work."""
CLAIMS = 8
"""Random claims that live in each shard."""
CHANGES = 25
"""Changed claims of each."""
HUB = sample_hub()

# Source: safety.md 5.3; written here again because the engine's own list is under test.
IMMUTABLE = {
    "VPC": ("cidrBlock", "region"),
    "Subnet": ("cidrBlock", "availabilityZone", "vpcIdRef"),
    "NATGateway": ("subnetIdRef", "allocationIdRef"),
    "NodeGroup": ("amiType", "capacityType", "instanceTypes", "subnetIdRefs", "nodeRoleArnRef", "clusterNameRef"),
    "Cluster": ("roleArnRef", "bootstrapSelfManagedAddons", "accessConfig", "engine", "databaseName"),
    "Instance": ("engine", "dbName", "storageEncrypted", "username", "identifier"),
    "ClusterInstance": ("availabilityZone", "clusterIdentifierRef"),
    "AccessPolicyAssociation": ("policyArn", "accessScope", "clusterNameRef", "principalArnRef"),
    "PodIdentityAssociation": ("namespace", "serviceAccount", "clusterNameRef"),
    "AccessEntry": ("principalArn", "principalArnFromRoleRef", "clusterNameRef"),
}
IMMUTABLE_ON_ACK = {
    "VPC": ("cidrBlocks",),
    "Subnet": ("cidrBlock", "availabilityZone", "vpcRef"),
    "NATGateway": ("subnetRef", "allocationRef"),
    "Nodegroup": ("amiType", "capacityType", "instanceTypes", "subnetRefs", "nodeRoleRef", "clusterName"),
    "Cluster": ("name", "roleRef", "bootstrapSelfManagedAddons", "accessConfig", "encryptionConfig"),
    "DBCluster": ("engine", "databaseName", "storageEncrypted", "masterUsername", "dbClusterIdentifier"),
    "DBInstance": (
        "engine",
        "dbName",
        "storageEncrypted",
        "masterUsername",
        "dbInstanceIdentifier",
        "availabilityZone",
    ),
    "PodIdentityAssociation": ("namespace", "serviceAccount", "clusterName"),
    "AccessEntry": ("principalARN", "clusterName"),
}
"""Fields that AWS never changes, by kind, in the words of each provider."""


def draw(strategy: st.SearchStrategy[dict[str, Any]], number: int, count: int) -> list[dict[str, Any]]:
    """Values of a strategy, the same ones at every run."""
    found: list[dict[str, Any]] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
    )
    @given(strategy)
    def collect(value: dict[str, Any]) -> None:
        found.append(value)

    collect()
    return found


def registers(spec: Mapping[str, Any]) -> bool:
    """Whether the sample hub can register a cluster there."""
    return partition_of(spec["region"]) == "aws"


def spoiled(objects: Objects, dice: random.Random) -> Objects:
    """What a bad read may look like: objects, statuses, facts and conditions are gone."""
    found = {key: item for key, item in objects.items() if dice.random() > 0.1}
    for key, item in list(found.items()):
        match dice.randrange(6):
            case 0:
                found[key] = {name: value for name, value in item.items() if name != "status"}
            case 1 | 2 if "status" in item:
                found[key] = {**item, "status": _with_fewer_facts(item["status"], dice)}
            case 3:
                found[key] = {**item, "metadata": _without_what_identifies(item["metadata"])}
    return found


def _with_fewer_facts(status: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    if "atProvider" in status:
        facts = status["atProvider"]
        fewer = {**status, "atProvider": {name: facts[name] for name in sorted(facts) if dice.random() < 0.5}}
    else:
        fewer = {name: status[name] for name in sorted(status) if name == "conditions" or dice.random() < 0.5}
    if dice.random() < 0.2:
        fewer.pop("conditions", None)
    return fewer


IDENTIFIES = ("external-name", "/adoption-fields", "/asked")


def _without_what_identifies(metadata: dict[str, Any]) -> dict[str, Any]:
    annotations = {name: text for name, text in metadata["annotations"].items() if not name.endswith(IDENTIFIES)}
    return {**metadata, "annotations": annotations}


def leaves(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Values of an object by path; a list counts as one value, as for server-side apply."""
    for name, item in value.items():
        if isinstance(item, Mapping) and item:
            yield from leaves(item, (*path, name))
        else:
            yield (*path, name), item


def check_keys(told: Answer, observed: Objects, spec: Mapping[str, Any]) -> None:
    """TST-01: no observed object is missing that the claim asks for."""
    lost = sorted((set(observed) - set(told.desired)) & keys(spec, registers=registers(spec)))
    assert lost == []


def check_fields(told: Answer, observed: Objects, before: Objects, healthy: Answer) -> None:
    """REL-02: no field of an observed object changes because something else went missing.

    Each is as it was written by the call before, or as a call with nothing missing writes it.
    """
    for key in set(observed) & set(told.desired) & set(before):
        now = dict(leaves(told.desired[key]))
        # a guard comes back where less is seen than what let it go
        was, whole = dict(leaves(before[key])), dict(leaves(healthy.desired.get(key, before[key])))
        for path in now.keys() | was.keys() | whole.keys():
            assert now.get(path) in (was.get(path), whole.get(path)), (key, path)


def check_fixed(told: Answer, observed: Objects, before: Objects) -> None:
    """TST-02: what AWS never changes is never asked to change."""
    for key in set(observed) & set(told.desired) & set(before):
        was, now = (item[key]["spec"] for item in (before, told.desired))
        table, within = (IMMUTABLE, "forProvider") if "forProvider" in was else (IMMUTABLE_ON_ACK, None)
        for name in table.get(before[key]["kind"], ()):
            assert (was[within] if within else was).get(name) == (now[within] if within else now).get(name), (key, name)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_tst_01_and_02_nothing_is_lost_over_random_triples(shard: int) -> None:
    """REL-01, REL-02, REL-18: what is lost here is what a stale read or an exception loses."""
    dice = random.Random(shard)
    answered = refused = 0
    engine = list(ENGINES)[shard % len(ENGINES)]
    bases = [within(engine, spec) for spec in draw(specs(), shard, CLAIMS)]
    for number, spec in enumerate(bases):
        world, structs = moments(Life(claim=claim_of(spec, engine=engine))), Structs()
        changes = [spec, *draw(specs(like=spec), 1000 * (shard + 1) + number, CHANGES)]
        for _ in range(TRIPLES // SHARDS // len(bases) + 1):
            moment, changed = dice.choice(world), dice.choice([spec, *changes])
            observed = spoiled(moment.observed, dice)
            claim = _with_spec(moment.claim, changed, lose_status=dice.random() < 0.2)
            told = answer_to(claim, observed.values(), HUB, structs)
            if told.fatal is not None:
                assert "defect" not in told.fatal, told.fatal
                refused += 1
                continue
            answered += 1
            check_keys(told, observed, changed)
            check_fixed(told, observed, moment.before)
            if changed is spec:
                check_fields(told, observed, moment.before, moment.answer)
    assert answered + refused >= TRIPLES // SHARDS
    assert answered > refused / 4, "most triples are refused: the claims that are drawn prove nothing"


def _with_spec(claim: dict[str, Any], spec: Mapping[str, Any], *, lose_status: bool) -> dict[str, Any]:
    crossplanes = {name: value for name, value in claim["spec"].items() if name in CROSSPLANE_KEYS}
    changed = {**claim, "spec": {**spec, **crossplanes}}
    if lose_status:
        changed.pop("status", None)
    return changed
