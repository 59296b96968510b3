"""`argosy adopt`: objects of another engine for the same things, and what it refuses."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
import yaml
from click.testing import Result

from argosy.catalog import ENGINES
from argosy.cli.adopt import REFERENCES
from argosy.engines.upbound.envelope import CLUSTER_KINDS, KINDS
from argosy.settle import EXTERNAL_NAME
from tests.cli.program import argosy
from tests.schemas.schemas import violations
from tests.support.lives import CLUSTER_ENGINE, ENGINE, every_upbound_life, life_of

Item = dict[str, Any]
OTHER = {ENGINE: CLUSTER_ENGINE, CLUSTER_ENGINE: ENGINE}
TAGS = {"team": "shop", "crossplane-kind": "vpc.ec2.aws.m.upbound.io", "crossplane-name": "orders-vpc"}


def vpc() -> Item:
    """A managed resource as `kubectl get -o yaml` prints it."""
    return {
        "apiVersion": "ec2.aws.m.upbound.io/v1beta1",
        "kind": "VPC",
        "metadata": {
            "name": "orders-vpc",
            "namespace": "team-orders",
            "uid": "1",
            "annotations": {EXTERNAL_NAME: "vpc-1", "crossplane.io/composition-resource-name": "vpc"},
            "ownerReferences": [{"kind": "XEKSCluster", "controller": True}],
        },
        "spec": {
            "managementPolicies": ["*"],
            "providerConfigRef": {"kind": "ProviderConfig", "name": "argosy"},
            "initProvider": {"enableDnsSupport": True},
            "forProvider": {
                "region": "eu-west-1",
                "cidrBlock": "10.0.0.0/16",
                "ipv4IpamPoolIdRef": {"name": "pool"},
                "ipv4IpamPoolIdSelector": {},
                "rules": [{"groupId": "sg-1", "groupIdRefs": [{"name": "group"}]}],
                "tags": {**TAGS},
            },
        },
        "status": {
            "conditions": [{"type": "Synced", "status": "True"}, {"type": "Ready", "status": "True"}],
            "atProvider": {"id": "vpc-1", "cidrBlock": "10.0.0.0/16", "tags": {**TAGS}},
        },
    }


def twin() -> Item:
    """The same of the other package, composed and held."""
    item = vpc()
    item["apiVersion"] = "ec2.aws.upbound.io/v1beta1"
    del item["metadata"]["namespace"]
    item["metadata"]["labels"] = {"crossplane.io/claim-namespace": "team-orders"}
    return item


def adopt(items: Iterable[Mapping[str, Any]], step: str, engine: str = CLUSTER_ENGINE) -> Result:
    given = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [dict(item) for item in items]})
    return argosy("adopt", "-", "--engine", engine, "--step", step, given=given)


def printed(items: Iterable[Mapping[str, Any]], step: str, engine: str = CLUSTER_ENGINE) -> list[Item]:
    told = adopt(items, step, engine)
    assert (told.exit_code, told.stderr) == (0, "")
    return list(yaml.safe_load_all(told.stdout))


def test_what_observes_knows_what_the_other_one_knew_and_refers_to_nothing() -> None:
    assert printed([vpc()], "observe") == [
        {
            "apiVersion": "ec2.aws.upbound.io/v1beta1",
            "kind": "VPC",
            "metadata": {"name": "orders-vpc", "annotations": {EXTERNAL_NAME: "vpc-1"}},
            "spec": {
                "managementPolicies": ["Observe"],
                "providerConfigRef": {"name": "team-orders"},
                "forProvider": {
                    "region": "eu-west-1",
                    "cidrBlock": "10.0.0.0/16",
                    "rules": [{"groupId": "sg-1"}],
                    "tags": {"team": "shop"},
                },
            },
        }
    ]


def test_the_other_way_it_gets_the_namespace_of_the_claim_and_its_credentials() -> None:
    (item,) = printed([twin()], "observe", ENGINE)
    assert item["apiVersion"] == "ec2.aws.m.upbound.io/v1beta1"
    assert item["metadata"]["namespace"] == "team-orders"
    assert item["spec"]["providerConfigRef"] == {"kind": "ProviderConfig", "name": "argosy"}


def test_what_holds_is_paused_besides() -> None:
    (looking,), (holding,) = printed([vpc()], "observe"), printed([vpc()], "hold")
    assert holding["metadata"]["annotations"].pop("crossplane.io/paused") == "true"
    assert holding == looking


def test_what_is_released_is_only_called_by_its_name() -> None:
    assert printed([twin()], "release") == [
        {
            "apiVersion": "ec2.aws.upbound.io/v1beta1",
            "kind": "VPC",
            "metadata": {"name": "orders-vpc", "annotations": {EXTERNAL_NAME: "vpc-1"}},
        }
    ]


@every_upbound_life
def test_all_that_a_cluster_has_is_there_once_more_as_the_schemas_want_it(name: str, engine: str) -> None:
    objects = list(life_of(name, engine)[-1].observed.values())
    of_aws = [item for item in objects if ".upbound.io/" in item["apiVersion"]]
    adopted = printed(objects, "observe", OTHER[engine])
    assert [(item["kind"], item["metadata"]["name"]) for item in adopted] == [
        (item["kind"], item["metadata"]["name"]) for item in of_aws
    ]
    assert [violation for item in adopted for violation in violations(item)] == []


@every_upbound_life
def test_there_and_back_gives_what_the_first_would_have_said_of_itself(name: str, engine: str) -> None:
    """A second look is the same as the first: nothing is lost on the way."""
    objects = list(life_of(name, engine)[-1].observed.values())
    there = printed(objects, "observe", OTHER[engine])
    label = {"crossplane.io/claim-namespace": example_namespace(objects)}
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    back = printed(
        [{**item, "metadata": {**item["metadata"], "labels": label}, "status": ready} for item in there],
        "observe",
        engine,
    )
    again = printed(
        [{**item, "metadata": {**item["metadata"], "labels": label}, "status": ready} for item in back],
        "observe",
        OTHER[engine],
    )
    assert again == there
    by_name = {(item["kind"], item["metadata"]["name"]): item for item in objects}
    for item in back:
        original = by_name[item["kind"], item["metadata"]["name"]]
        assert item["apiVersion"] == original["apiVersion"]
        assert item["metadata"].get("namespace") == original["metadata"].get("namespace")
        assert item["spec"]["providerConfigRef"].items() <= original["spec"]["providerConfigRef"].items()
        assert item["spec"]["forProvider"].keys() <= original["spec"]["forProvider"].keys()


def example_namespace(objects: list[Item]) -> str:
    """The namespace of the claim: Objects are in it in both packages."""
    return str(next(item["metadata"]["namespace"] for item in objects if item["kind"] == "Object"))


def change(*path: str, to: Any = None) -> Callable[[Item], None]:
    """Sets a field, or takes it away."""

    def apply(item: Item) -> None:
        for step in path[:-1]:
            item = item[step]
        if to is None:
            del item[path[-1]]
        else:
            item[path[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("step", "item", "broken", "message"),
    [
        ("observe", vpc, change("metadata", "annotations", EXTERNAL_NAME), f"has no annotation {EXTERNAL_NAME}"),
        ("observe", vpc, change("status", to={}), "is not Ready"),
        ("hold", vpc, change("status", "conditions", to=[{"type": "Ready", "status": "False"}]), "is not Ready"),
        ("observe", vpc, change("kind", to="VPN"), "has no counterpart of engine upbound-cluster"),
        ("observe", vpc, change("apiVersion", to="ec2.services.k8s.aws/v1"), "has no counterpart of engine"),
        ("observe", twin, change("kind", to="VPC"), "is one of engine upbound-cluster already"),
        ("release", vpc, change("kind", to="VPC"), "is none of engine upbound-cluster: release takes"),
        ("release", twin, change("metadata", "ownerReferences"), "is composed by nobody"),
        ("release", twin, change("metadata", "ownerReferences", to=[{"kind": "Usage"}]), "is composed by nobody"),
        (
            "release",
            twin,
            change("metadata", "annotations", to={EXTERNAL_NAME: "vpc-1"}),
            "is composed by nobody",
        ),
        ("release", twin, change("status", "atProvider"), "does not tell what there is on AWS"),
        (
            "release",
            twin,
            change("spec", "forProvider", "cidrBlock", to="10.1.0.0/16"),
            'asks for another cidrBlock than there is: "10.1.0.0/16", and AWS has "10.0.0.0/16"',
        ),
        (
            "release",
            twin,
            change("spec", "forProvider", "tags", "team", to="other"),
            'asks for another tags.team than there is: "other", and AWS has "shop"',
        ),
    ],
)
def test_what_is_refused_and_then_nothing_is_printed(
    step: str, item: Callable[[], Item], broken: Callable[[Item], None], message: str
) -> None:
    wrong, right = item(), item()
    right["metadata"]["name"] = "other-vpc"
    broken(wrong)
    told = adopt([right, wrong], step)
    assert told.exit_code == 1
    assert told.stdout == ""
    name = f"{wrong['kind']}.{wrong['apiVersion'].split('/')[0]} orders-vpc"
    assert f"{name} {message}" in told.stderr


def test_every_object_that_is_refused_is_named_with_its_line() -> None:
    items = [vpc(), vpc()]
    for number, item in enumerate(items):
        item["metadata"]["name"] = f"vpc-{number}"
        item["status"] = {}
    lines = adopt(items, "observe").stderr.removeprefix("Error: ").splitlines()
    told = [re.fullmatch(r"-:(\d+): VPC.ec2.aws.m.upbound.io (vpc-\d) is not Ready: .*", line) for line in lines]
    found = [(int(match[1]), match[2]) for match in told if match is not None]
    assert [name for _, name in found] == ["vpc-0", "vpc-1"]
    assert found[0] < found[1]


def test_a_cluster_scoped_object_of_no_claim_is_refused() -> None:
    item = twin()
    item["metadata"]["labels"] = {}
    told = adopt([item], "observe", ENGINE)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "has neither a namespace nor the label crossplane.io/claim-namespace" in told.stderr


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ({"policy": '{"a": 1, "b": [2]}'}, {"policy": '{"b":[2],"a":1}'}),
        ({"subnetIds": ["b", "a"]}, {"subnetIds": ["a", "b"]}),
        ({"rules": [{"port": 1}, {"port": 2}]}, {"rules": [{"port": 2, "id": "x"}, {"port": 1}]}),
        ({"size": 5}, {"size": 5.0}),
        ({"skipFinalSnapshot": True}, {}),
        ({"vpcConfig": {"subnetIdRefs": [{"name": "a"}]}}, {"vpcConfig": {"subnetIds": ["a"]}}),
    ],
)
def test_what_says_the_same_in_other_words_is_no_difference(asked: Item, there: Item) -> None:
    item = twin()
    item["spec"]["forProvider"], item["status"]["atProvider"] = asked, {"id": "vpc-1", **there}
    assert len(printed([item], "release")) == 1


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ({"policy": '{"a": 1}'}, {"policy": '{"a":2}'}),
        ({"policy": "{a"}, {"policy": "{b"}),
        ({"subnetIds": ["a"]}, {"subnetIds": ["a", "b"]}),
        ({"rules": [{"port": 1}]}, {"rules": [{"port": 2}]}),
        ({"version": "1.35"}, {"version": "1.34"}),
        ({"public": False}, {"public": True}),
    ],
)
def test_what_says_something_else_is_a_difference(asked: Item, there: Item) -> None:
    item = twin()
    item["spec"]["forProvider"], item["status"]["atProvider"] = asked, there
    told = adopt([item], "release")
    assert (told.exit_code, told.stdout) == (1, "")
    assert f"asks for another {next(iter(asked))} than there is" in told.stderr


def test_objects_and_usages_are_passed_over() -> None:
    others: list[Item] = [
        {"apiVersion": "kubernetes.m.crossplane.io/v1alpha1", "kind": "Object", "metadata": {"name": "secret"}},
        {"apiVersion": "protection.crossplane.io/v1beta1", "kind": "Usage", "metadata": {"name": "guard"}},
    ]
    assert len(printed([*others, vpc()], "observe")) == 1
    told = adopt(others, "observe")
    assert told.exit_code == 2
    assert "has no managed resource" in told.stderr


def test_both_scopes_have_each_kind_once() -> None:
    """A kind that one engine alone had could not move."""
    assert KINDS.keys() == CLUSTER_KINDS.keys()
    for engine in (ENGINE, CLUSTER_ENGINE):
        found = [kind for kind in ENGINES[engine].emits if kind.group.endswith(ENGINES[engine].groups)]
        names = [(kind.group.partition(".")[0], kind.kind) for kind in found]
        assert len(set(names)) == len(names)


def test_what_is_called_like_a_reference_is_one() -> None:
    """A field that is no reference and ends like one would be lost."""
    for moment in (life_of(name)[-1] for name in ("with-databases", "node-groups", "production")):
        for item in moment.observed.values():
            for name, value in references(item["spec"].get("forProvider", {})):
                assert all("name" in one for one in (value if isinstance(value, list) else [value])), name


def references(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name.endswith(REFERENCES):
                yield name, one
            else:
                yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_the_command_reads_a_file_too(tmp_path: Any) -> None:
    file = tmp_path / "old.json"
    file.write_text(json.dumps(copy.deepcopy(vpc())))
    told = argosy("adopt", file, "--engine", CLUSTER_ENGINE, "--step", "observe")
    assert told.exit_code == 0
    assert argosy("adopt", tmp_path / "none.yaml", "--engine", ENGINE, "--step", "hold").exit_code == 2
