"""How things come into being: ids in AWS's form, conditions on the way, what AWS decides."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

import pytest

from argosy.simulator import DELAYS, Simulator
from argosy.simulator.ec2 import zone_id
from argosy.simulator.flavours import FLAVOURS, Flavour
from tests.schemas.schemas import violations
from tests.schemas.test_schemas import listed
from tests.simulator.objects import (
    FLOW_LOGS_TRUST,
    TRUST,
    access,
    by_key,
    cluster_world,
    condition,
    external_name,
    flow_log,
    is_ready,
    live,
    log_group,
    managed,
    network,
    node_group,
    of,
    role,
    simulator_of,
    subnet,
    to,
    told,
    vpc,
)

HEX17 = "[0-9a-f]{17}"


def everything() -> list[dict[str, Any]]:
    """One of every kind that claims compose."""
    in_vpc = {"vpcIdRef": to("vpc")}
    return [
        *cluster_world(bootstrapSelfManagedAddons=False),
        node_group(launchTemplate={"name": "nodes", "version": "1"}),
        *log_group(),
        role("flow-logs", FLOW_LOGS_TRUST),
        flow_log(),
        managed("ec2/InternetGateway", "igw", in_vpc),
        managed("ec2/RouteTable", "table", in_vpc),
        managed("ec2/RouteTableAssociation", "rta", {"routeTableIdRef": to("table"), "subnetIdRef": to("subnet-a")}),
        managed(
            "ec2/Route",
            "route",
            {"routeTableIdRef": to("table"), "destinationCidrBlock": "0.0.0.0/0", "natGatewayIdRef": to("nat")},
        ),
        managed("ec2/EIP", "eip", {"domain": "vpc"}),
        managed("ec2/NATGateway", "nat", {"subnetIdRef": to("subnet-a"), "allocationIdRef": to("eip")}),
        managed("ec2/SecurityGroup", "sg", {"name": "databases", "description": "x", **in_vpc}),
        managed("ec2/DefaultSecurityGroup", "default-sg", in_vpc),
        managed(
            "ec2/SecurityGroupIngressRule",
            "rule",
            {
                "securityGroupIdRef": to("sg"),
                "ipProtocol": "tcp",
                "fromPort": 443,
                "toPort": 443,
                "cidrIpv4": "10.0.0.0/8",
            },
        ),
        managed("ec2/LaunchTemplate", "template", {"name": "nodes", "description": "one"}),
        managed(
            "eks/PodIdentityAssociation",
            "pod",
            {"clusterNameRef": to("cluster"), "roleArnRef": to("role"), "namespace": "n", "serviceAccount": "s"},
        ),
        managed("rds/SubnetGroup", "db-subnets", {"subnetIdRefs": [to("subnet-a"), to("subnet-b")]}, name="dbs"),
        managed("rds/ParameterGroup", "db-parameters", {"family": "postgres17"}, name="parameters"),
        managed("rds/ClusterParameterGroup", "aurora-parameters", {"family": "aurora-postgresql16"}, name="aurora"),
        managed("eks/Addon", "addon", {"clusterNameRef": to("cluster"), "addonName": "vpc-cni"}),
        *access(),
        managed(
            "rds/Instance",
            "db",
            {
                "identifier": "orders",
                "engine": "postgres",
                "engineVersion": "17",
                "instanceClass": "db.m7g.large",
                "manageMasterUserPassword": True,
                "masterUserSecretKmsKeyIdRef": to("key"),
                "dbSubnetGroupNameRef": to("db-subnets"),
                "parameterGroupNameRef": to("db-parameters"),
            },
        ),
        managed(
            "rds/Cluster",
            "aurora",
            {
                "engine": "aurora-postgresql",
                "engineVersion": "16.2",
                "manageMasterUserPassword": True,
                "dbSubnetGroupNameRef": to("db-subnets"),
            },
            name="sessions",
        ),
        managed(
            "rds/ClusterInstance",
            "member",
            {
                "clusterIdentifierRef": to("aurora"),
                "engine": "aurora-postgresql",
                "instanceClass": "db.serverless",
                "dbSubnetGroupNameRef": to("db-subnets"),
            },
            name="sessions-a",
        ),
    ]


@pytest.fixture(scope="module", params=FLAVOURS, ids=lambda flavour: flavour.group)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    found: Flavour = request.param
    return found


@pytest.fixture(scope="module")
def made(flavour: Flavour) -> dict[str, dict[str, Any]]:
    after = live(simulator_of(flavour), of(flavour, everything()), 30)
    stuck = {key: condition(item, "Synced")[2] for key, item in after.items() if not is_ready(item)}
    assert not stuck
    return after


def test_all_that_is_ever_shown_of_every_kind_fits_its_schema(flavour: Flavour) -> None:
    simulator, desired = simulator_of(flavour), of(flavour, everything())
    shown: set[tuple[str, str]] = set()
    for _ in range(30):
        for item in live(simulator, desired, 1).values():
            assert violations(item) == []
            if "atProvider" in item["status"]:
                shown.add((item["apiVersion"].partition("/")[0], item["kind"]))
    assert shown == {(group, kind) for group, kind in listed("emitted") if group.endswith(f".{flavour.group}")}


def test_both_flavours_come_to_the_same(made: dict[str, Any], flavour: Flavour) -> None:
    namespaced = live(Simulator(), everything(), 30)
    assert made.keys() == namespaced.keys()
    for key, item in made.items():
        assert told(item).keys() == told(namespaced[key]).keys()
        assert item["metadata"].get("namespace") == ("team" if flavour.namespaced else None)


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("vpc", f"vpc-{HEX17}"),
        ("subnet-a", f"subnet-{HEX17}"),
        ("flow-log", f"fl-{HEX17}"),
        ("igw", f"igw-{HEX17}"),
        ("table", f"rtb-{HEX17}"),
        ("rta", f"rtbassoc-{HEX17}"),
        ("route", f"rtb-{HEX17}_0.0.0.0/0"),
        ("eip", f"eipalloc-{HEX17}"),
        ("nat", f"nat-{HEX17}"),
        ("sg", f"sg-{HEX17}"),
        ("default-sg", f"sg-{HEX17}"),
        ("rule", f"sgr-{HEX17}"),
        ("template", f"lt-{HEX17}"),
        ("key", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"),
        ("pod", "a-[a-z0-9]{17}"),
        ("db", "db-[A-Z2-7]{26}"),
        ("role", "aws-role"),
        ("cluster", "orders"),
        ("group", "general"),
        ("aurora", "sessions"),
        ("logs", "/aws/eks/orders/cluster"),
    ],
)
def test_external_names_have_the_form_that_aws_gives_them(made: dict[str, Any], key: str, form: str) -> None:
    assert re.fullmatch(form, str(external_name(made[key])))


@pytest.mark.parametrize(
    ("key", "field", "form"),
    [
        ("vpc", "arn", rf"arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-{HEX17}"),
        ("subnet-a", "arn", rf"arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-{HEX17}"),
        ("role", "arn", "arn:aws:iam::111122223333:role/aws-role"),
        ("key", "arn", "arn:aws:kms:eu-west-1:111122223333:key/[0-9a-f-]{36}"),
        ("logs", "arn", "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/orders/cluster"),
        ("flow-log", "arn", rf"arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-{HEX17}"),
        ("cluster", "arn", "arn:aws:eks:eu-west-1:111122223333:cluster/orders"),
        ("cluster", "endpoint", r"https://[0-9A-F]{32}\.gr7\.eu-west-1\.eks\.amazonaws\.com"),
        ("group", "arn", "arn:aws:eks:eu-west-1:111122223333:nodegroup/orders/general/[0-9a-f-]{36}"),
        ("group", "id", "orders:general"),
        ("pod", "associationArn", "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/orders/a-[a-z0-9]{17}"),
        ("db", "arn", "arn:aws:rds:eu-west-1:111122223333:db:orders"),
        ("db", "address", r"orders\.[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com"),
        ("db", "endpoint", r"orders\.[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com:5432"),
        ("db", "engineVersionActual", r"17\.\d+"),
        ("aurora", "engineVersionActual", r"16\.2"),
        ("aurora", "endpoint", r"sessions\.cluster-[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com"),
        ("aurora", "readerEndpoint", r"sessions\.cluster-ro-[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com"),
        ("aurora", "clusterResourceId", "cluster-[A-Z2-7]{26}"),
        ("member", "endpoint", r"sessions-a\.[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com"),
        ("route", "id", rf"r-rtb-{HEX17}\d+"),
        ("nat", "publicIp", r"198\.18\.\d+\.\d+"),
    ],
)
def test_what_is_told_has_the_form_that_aws_gives_it(made: dict[str, Any], key: str, field: str, form: str) -> None:
    assert re.fullmatch(form, told(made[key])[field])


def test_the_cluster_has_a_certificate_an_issuer_and_its_own_security_group(made: dict[str, Any]) -> None:
    cluster = told(made["cluster"])
    pem = b64decode(cluster["certificateAuthority"][0]["data"]).decode()
    assert pem.startswith("-----BEGIN CERTIFICATE-----\n")
    number = cluster["endpoint"].removeprefix("https://").split(".")[0]
    assert cluster["identity"] == [{"oidc": [{"issuer": f"https://oidc.eks.eu-west-1.amazonaws.com/id/{number}"}]}]
    assert re.fullmatch(f"sg-{HEX17}", cluster["vpcConfig"]["clusterSecurityGroupId"])
    assert cluster["vpcConfig"]["vpcId"] == external_name(made["vpc"])


def test_what_is_related_agrees(made: dict[str, Any]) -> None:
    assert told(made["nat"])["publicIp"] == told(made["eip"])["publicIp"]
    assert external_name(made["default-sg"]) == told(made["vpc"])["defaultSecurityGroupId"]
    assert told(made["logs"])["kmsKeyId"] == told(made["key"])["arn"]
    assert told(made["flow-log"])["logDestination"] == told(made["logs"])["arn"]
    assert told(made["flow-log"])["iamRoleArn"] == told(made["flow-logs"])["arn"]
    assert told(made["db-subnets"])["vpcId"] == external_name(made["vpc"])
    assert told(made["member"])["writer"] is True
    for key in ("db", "aurora"):
        (secret,) = told(made[key])["masterUserSecret"]
        assert secret["secretArn"].startswith("arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!")
    assert told(made["group"])["scalingConfig"] == {"minSize": 1, "maxSize": 3, "desiredSize": 1}
    assert told(made["group"])["resources"][0]["autoscalingGroups"][0]["name"].startswith("eks-general-")


def test_the_status_mirrors_what_was_asked_for_and_the_tags_twice(made: dict[str, Any], flavour: Flavour) -> None:
    tags = {
        "crossplane-kind": f"vpc.ec2.{flavour.group}",
        "crossplane-name": "vpc",
        "crossplane-providerconfig": "argosy",
    }
    assert told(made["vpc"])["cidrBlock"] == "10.0.0.0/16"
    assert told(made["vpc"])["tags"] == told(made["vpc"])["tagsAll"] == tags
    assert "vpcIdRef" not in told(made["subnet-a"])
    assert "tags" not in told(made["route"])


def test_late_initialisation_leaves_alone_what_the_provider_leaves_alone(made: dict[str, Any]) -> None:
    assert made["cluster"]["spec"]["forProvider"]["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert made["flow-log"]["spec"]["forProvider"]["maxAggregationInterval"] == 600
    assert "logFormat" not in made["flow-log"]["spec"]["forProvider"]
    assert made["nat"]["spec"]["forProvider"]["vpcId"], "which makes it impossible to make again"
    assert not {"version", "releaseVersion"} & set(made["group"]["spec"]["forProvider"])
    assert "desiredSize" not in made["group"]["spec"]["forProvider"]["scalingConfig"]


def test_without_late_initialize_nothing_is_written_into_the_spec() -> None:
    quiet = managed("ec2/EIP", "eip", {"domain": "vpc"}, policies=["Observe", "Create", "Update", "Delete"])
    fields = live(Simulator(), [quiet])["eip"]["spec"]["forProvider"]
    assert set(fields) == {"domain", "region", "tags"}


def test_without_late_initialize_no_external_name_is_recorded_and_no_reference_resolves() -> None:
    """crossplane/upjet#531, open: the provider knows the id while it runs, the object never does."""
    nameless = managed("ec2/VPC", "vpc", {"cidrBlock": "10.0.0.0/16"}, policies=["Observe", "Create", "Update"])
    after = live(Simulator(), [nameless, subnet("a", "10.0.0.0/20")])
    assert is_ready(after["vpc"])
    assert told(after["vpc"])["id"].startswith("vpc-")
    assert external_name(after["vpc"]) is None
    assert "referenced field was empty" in condition(after["subnet-a"], "Synced")[2]


def test_conditions_on_the_way_to_ready() -> None:
    simulator, seen = Simulator(), []
    for _ in range(3):
        live(simulator, [vpc()], 1)
        item = by_key(simulator)["vpc"]
        seen.append([(found["type"], found["status"], found["reason"]) for found in item["status"]["conditions"]])
    created = [("Synced", "True", "ReconcileSuccess"), ("Ready", "False", "Creating")]
    ready = [
        ("Synced", "True", "ReconcileSuccess"),
        ("Ready", "True", "Available"),
        ("LastAsyncOperation", "True", "Success"),
    ]
    assert seen == [created, ready, ready]


def test_an_id_of_aws_is_unknown_while_the_thing_is_made() -> None:
    item = live(Simulator(), [vpc()], 1)["vpc"]
    assert external_name(item) is None
    assert "atProvider" not in item["status"]


def test_a_cluster_is_creating_before_it_is_active() -> None:
    simulator, seen = Simulator(), []
    for _ in range(20):
        item = live(simulator, cluster_world(), 1)["cluster"]
        status = item.get("status", {}).get("atProvider", {})
        if status.get("status"):
            seen.append((status["status"], "endpoint" in status, is_ready(item)))
    assert seen[: DELAYS["eks/Cluster"].create] == [("CREATING", False, False)] * DELAYS["eks/Cluster"].create
    assert set(seen[DELAYS["eks/Cluster"].create :]) == {("ACTIVE", True, True)}


def test_what_is_slow_takes_so_many_beats_longer() -> None:
    def beats(simulator: Simulator) -> int:
        return next(beat for beat in range(1, 30) if is_ready(live(simulator, [vpc()], 1)["vpc"]))

    assert beats(Simulator(slow={"vpc": 7})) == beats(Simulator()) + 7


def test_a_fault_is_told_until_it_is_healed() -> None:
    simulator = Simulator(faults={"vpc": "VpcLimitExceeded: the maximum number of VPCs has been reached"})
    sick = live(simulator, [vpc()])["vpc"]
    assert condition(sick, "Synced") == (
        "False",
        "ReconcileError",
        "VpcLimitExceeded: the maximum number of VPCs has been reached",
    )
    assert condition(sick, "Ready")[:2] == ("False", "Creating")
    assert not list(simulator.aws)
    simulator.heal("vpc")
    assert is_ready(live(simulator, [vpc()], 3)["vpc"])


def test_a_cluster_without_version_gets_the_newest_and_keeps_it() -> None:
    world = [item for item in cluster_world() if item["metadata"]["name"] != "cluster"]
    bare = cluster_world()[-1]
    del bare["spec"]["forProvider"]["version"]
    item = live(Simulator(), [*world, bare])["cluster"]
    assert told(item)["version"] == item["spec"]["forProvider"]["version"] == "1.36"


def test_in_china_names_have_other_endings() -> None:
    desired = cluster_world()
    for item in desired:
        fields = item["spec"]["forProvider"]
        if "region" in fields:
            fields["region"] = "cn-north-1"
        if "availabilityZone" in fields:
            fields["availabilityZone"] = fields["availabilityZone"].replace("eu-west-1", "cn-north-1")
    after = live(Simulator(), desired)
    assert told(after["cluster"])["endpoint"].endswith(".gr7.cn-north-1.eks.amazonaws.com.cn")
    assert told(after["cluster"])["arn"] == "arn:aws-cn:eks:cn-north-1:111122223333:cluster/orders"
    assert told(after["role"])["arn"].startswith("arn:aws-cn:iam::")


def test_a_launch_template_counts_its_versions() -> None:
    simulator = Simulator()

    def template(text: str, tags: dict[str, str]) -> list[dict[str, Any]]:
        fields = {"name": "nodes", "description": text, "updateDefaultVersion": True, "tags": tags}
        return [managed("ec2/LaunchTemplate", "template", fields)]

    assert told(live(simulator, template("one", {}))["template"])["latestVersion"] == 1
    after = told(live(simulator, template("two", {}))["template"])
    assert (after["latestVersion"], after["defaultVersion"], after["description"]) == (2, 2, "two")
    after = told(live(simulator, template("two", {"team": "shop"}))["template"])
    assert (after["latestVersion"], after["tags"]["team"]) == (2, "shop"), "tags make no version"


@pytest.mark.parametrize(
    ("zone", "number"), [("eu-west-1a", "euw1-az1"), ("ap-southeast-2c", "apse2-az3"), ("us-gov-west-1b", "usgw1-az2")]
)
def test_zone_ids_are_short(zone: str, number: str) -> None:
    assert zone_id(zone) == number


def test_two_runs_give_the_same_and_two_accounts_do_not() -> None:
    assert live(Simulator(), everything(), 30) == live(Simulator(), everything(), 30)
    here = live(Simulator(), network())
    there = live(Simulator(account="444455556666"), network())
    assert {external_name(item) for item in here.values()}.isdisjoint(external_name(item) for item in there.values())


def test_a_role_needs_policies_of_its_own_partition() -> None:
    stranger = role()
    stranger["spec"]["forProvider"] = {
        "assumeRolePolicy": TRUST,
        "managedPolicyArns": ["arn:aws-cn:iam::aws:policy/AmazonEKSClusterPolicy"],
    }
    item = live(Simulator(), [vpc(), stranger])["role"]
    assert "does not exist or is not attachable" in condition(item, "Synced")[2]


def test_a_tag_that_is_taken_off_goes_on_aws_too() -> None:
    simulator = Simulator()

    def tagged(**tags: str) -> list[dict[str, Any]]:
        return [managed("ec2/VPC", "vpc", {"cidrBlock": "10.0.0.0/16", "tags": tags})]

    assert told(live(simulator, tagged(team="a", cost="1"))["vpc"])["tags"]["team"] == "a"
    after = told(live(simulator, tagged(cost="2"))["vpc"])["tags"]
    assert "team" not in after
    assert after["cost"] == "2"


def test_attempts_that_were_refused_leave_no_trace_in_ids() -> None:
    def group(simulator: Simulator, beats: int) -> dict[str, Any]:
        named = {"clusterNameRef": to("cluster"), "roleArnRef": to("role"), "namespace": "n", "serviceAccount": "s"}
        pod = managed("eks/PodIdentityAssociation", "pod", named)
        return live(simulator, [*cluster_world(), pod], beats)["pod"]

    early = group(Simulator(), 20)
    late = group(Simulator(slow={"cluster": 9}), 30)
    assert external_name(early) == external_name(late)
