"""Add-ons, databases, images of nodes, access policies and managed policies."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, get_args

import botocore.session
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from argosy.api.addons import AddonName
from argosy.api.control_plane import AccessPolicyName
from argosy.api.databases import Database
from argosy.api.nodes import AmiType as AskedAmiType
from argosy.data.access import ACCESS_POLICIES, access_policy_arn
from argosy.data.addons import ADDONS, RESOLVE_CONFLICTS_ON_CREATE, RESOLVE_CONFLICTS_ON_UPDATE
from argosy.data.amis import AMI_TYPES
from argosy.data.databases import ENGINES, MAJORS
from argosy.data.managed_policies import PATHS, managed_policy_arn
from argosy.data.regions import PARTITIONS
from argosy.policies import ebs_csi, vpc_cni


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def managed_policies() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return loaded


def test_every_addon_of_a_claim_is_in_the_table() -> None:
    assert set(get_args(AddonName)) <= set(ADDONS)


def test_addons_run_in_namespaces_with_service_accounts() -> None:
    dns = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
    for name, addon in ADDONS.items():
        assert dns.fullmatch(name) and dns.fullmatch(addon.namespace)
        assert addon.service_account is None or dns.fullmatch(addon.service_account)


def test_identities_of_addons_are_said_once() -> None:
    """IAM-01: table and policy modules must name the same service account, or pods get no credentials."""
    for name, module in {"aws-ebs-csi-driver": ebs_csi, "vpc-cni": vpc_cni}.items():
        assert (ADDONS[name].namespace, ADDONS[name].service_account) == (module.NAMESPACE, module.SERVICE_ACCOUNT)


def test_conflicts_are_resolved_with_words_that_eks_knows() -> None:
    """UPG-07."""
    words = set(model("eks").shape_for("ResolveConflicts").enum)
    assert {RESOLVE_CONFLICTS_ON_CREATE, RESOLVE_CONFLICTS_ON_UPDATE} <= words
    assert (RESOLVE_CONFLICTS_ON_CREATE, RESOLVE_CONFLICTS_ON_UPDATE) == ("OVERWRITE", "PRESERVE")


def test_every_engine_of_a_claim_is_in_the_table() -> None:
    assert set(get_args(Database.model_fields["engine"].annotation)) == set(ENGINES)


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_engines_have_a_family_for_every_major(name: str) -> None:
    engine = ENGINES[name]
    assert tuple(engine.families) == MAJORS
    assert all(family == f"{engine.name}{major}" for major, family in engine.families.items())
    assert list(engine.log_exports) == sorted(engine.log_exports) and "postgresql" in engine.log_exports
    assert re.fullmatch(r"db\.[a-z0-9]+\.[a-z0-9]+", engine.instance_class)


def test_the_default_major_of_a_claim_is_offered() -> None:
    assert Database.model_fields["version"].default in MAJORS


def test_majors_are_in_order() -> None:
    assert list(MAJORS) == sorted(MAJORS, key=int)


def test_ami_types_are_ones_that_eks_knows() -> None:
    assert set(AMI_TYPES) <= set(model("eks").shape_for("AMITypes").enum)


def test_every_ami_type_of_a_claim_is_in_the_table() -> None:
    assert set(get_args(AskedAmiType)) <= set(AMI_TYPES)


def test_amazon_linux_2_is_not_offered() -> None:
    """SEC-26."""
    assert not [name for name in AMI_TYPES if name.startswith("AL2_")]
    left_out = set(model("eks").shape_for("AMITypes").enum) - set(AMI_TYPES)
    assert all(name.startswith(("AL2_", "WINDOWS_")) or name == "CUSTOM" for name in left_out)


@pytest.mark.parametrize("name", sorted(AMI_TYPES))
def test_ami_types_say_what_their_names_say(name: str) -> None:
    ami = AMI_TYPES[name]
    assert ("ARM_64" in name) == (ami.architecture == "arm64")
    assert name.startswith(ami.family.upper())
    for word in ("FIPS", "NVIDIA", "NEURON"):
        assert (word in name) == (word.lower() in ami.variant)


def test_only_bottlerocket_has_a_volume_for_data() -> None:
    """SEC-25: both must be encrypted, and the size of a claim belongs to the one with the data."""
    for ami in AMI_TYPES.values():
        assert ami.root_device == "/dev/xvda"
        assert ami.data_device == ("/dev/xvdb" if ami.family == "Bottlerocket" else "/dev/xvda")


def test_every_access_policy_of_a_claim_is_in_the_table() -> None:
    assert set(get_args(AccessPolicyName)) <= set(ACCESS_POLICIES)
    assert list(ACCESS_POLICIES) == sorted(ACCESS_POLICIES)


@pytest.mark.parametrize("partition", [partition.name for partition in PARTITIONS])
def test_arns_carry_the_partition(partition: str) -> None:
    """IAM-11."""
    assert access_policy_arn("AmazonEKSViewPolicy", partition) == (
        f"arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    )
    assert managed_policy_arn("AmazonRDSEnhancedMonitoringRole", partition) == (
        f"arn:{partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    )


@pytest.mark.parametrize("name", ["", "AmazonEKSEveryThingPolicy", "AdministratorAccess"])
def test_policies_outside_the_tables_have_no_arn(name: str) -> None:
    with pytest.raises(KeyError):
        access_policy_arn(name, "aws")
    with pytest.raises(KeyError):
        managed_policy_arn(name, "aws")


@pytest.mark.parametrize("name", sorted(PATHS))
def test_managed_policies_exist_with_that_path(name: str) -> None:
    """AWS refuses an unknown policy only when the role is made."""
    assert managed_policies()[name]["Path"] == f"/{PATHS[name]}"


def test_tables_need_no_parser_and_no_library() -> None:
    """The function is a server: start-up must not read YAML or pull in packages for facts."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import argosy.data.regions, argosy.data.kubernetes, argosy.data.addons, argosy.data.databases\n"
        "import argosy.data.access, argosy.data.managed_policies, argosy.data.amis, argosy.policies.kms\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names) - {'argosy'}))"
    )
    source = Path(__file__).parents[2] / "functions"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=source)
    assert done.stdout.strip() == "[]"
