"""Claims and namespaces from Git: accepted, in their own tenant's account, and not gone with what vanishes from Git."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from argosy.cli import main
from argosy.data.kubernetes import OFFERED
from argosy.input import HubFacts
from tests.gitops.expansion import Item, changed, expand, hub_row, name_of, read, template
from tests.gitops.fleet import (
    CHARTS,
    FLEET,
    NAMESPACES,
    SETS,
    TENANTS,
    applications,
    claims,
    facts,
    kustomized,
    rendered,
    source_of,
    spokes,
)
from tests.support.lives import ROOT

pytestmark = pytest.mark.tools

EXAMPLES = ROOT / "examples" / "setup"
CONFIRM = "Prune=confirm,Delete=confirm"
RINGS = FLEET / "rings"
HUB = read(FLEET / "hub.yaml")[0]


def namespace_of(file: Path) -> Item:
    (found,) = read(file)
    return dict(found)


def name(file: Path) -> str:
    return "-".join(file.parts[-3:-1])


# Claims.


def test_the_claims_are_accepted_with_the_facts_of_their_own_hub(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(yaml.safe_dump_all([facts(), *claims().values()]))
    result = CliRunner().invoke(main, ["validate", str(file)])
    assert (result.exit_code, result.output) == (0, f"{len(claims()) + 1} documents checked, 0 mistakes\n")


def test_the_claims_can_be_checked_as_they_stand_in_git() -> None:
    result = CliRunner().invoke(main, ["validate", str(TENANTS)])
    assert (result.exit_code, result.output) == (0, f"{len(claims())} documents checked, 0 mistakes\n")


@pytest.mark.parametrize("file", NAMESPACES, ids=name)
def test_claims_are_of_their_folders_namespace_tenant_and_environment(file: Path) -> None:
    tenant, environment = file.parts[-3:-1]
    stands = namespace_of(file)
    found = kustomized(file.parent / "claims")
    assert found
    assert stands["tenant"] == tenant
    for claim in found:
        assert claim["metadata"]["namespace"] == stands["namespace"]
        assert claim["metadata"]["name"].startswith(f"{tenant}-")  # the team's project knows clusters by their names
        assert claim["spec"]["environment"] == environment


def test_each_claim_becomes_a_cluster_of_its_tenant_and_account() -> None:
    told = {}
    for file in NAMESPACES:
        stands = namespace_of(file)
        for claim in kustomized(file.parent / "claims"):
            metadata = spokes()[claim["metadata"]["name"]]["metadata"]
            told[claim["metadata"]["name"]] = (
                metadata["labels"]["tenant"],
                metadata["annotations"]["aws_account_id"],
                metadata["annotations"]["fleet.argosy.dev/claim"].split("/")[0],
            ) == (stands["tenant"], stands["account"], stands["namespace"])
    assert told == dict.fromkeys(claims(), True)


def test_no_claim_is_pruned_or_deleted_without_a_confirmation() -> None:
    options = {
        name: claim["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] for name, claim in claims().items()
    }
    assert options == dict.fromkeys(claims(), CONFIRM)


def copied(tmp_path: Path) -> Path:
    """A copy of the fleet that a test may spoil."""
    return Path(shutil.copytree(FLEET, tmp_path / "fleet"))


def test_a_claim_cannot_take_the_confirmation_off_itself(tmp_path: Path) -> None:
    folder = copied(tmp_path) / "tenants" / "search" / "dev" / "claims"
    file = folder / "search-dev.yaml"
    claim = namespace_of(file)
    claim["metadata"]["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=true"}
    file.write_text(yaml.safe_dump(claim))
    (found,) = kustomized(folder)
    assert found["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": CONFIRM}


def test_a_claim_of_the_other_kind_gets_ring_and_confirmation_too(tmp_path: Path) -> None:
    folder = copied(tmp_path) / "tenants" / "search" / "dev" / "claims"
    file = folder / "search-dev.yaml"
    file.write_text(
        yaml.safe_dump(namespace_of(file) | {"apiVersion": "claims.fleet.argosy.dev/v1alpha1", "kind": "EKSCluster"})
    )
    (found,) = kustomized(folder)
    assert found["kind"] == "EKSCluster"
    assert found["spec"]["ring"] == "1"
    assert found["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == CONFIRM


def test_a_folder_whose_last_claim_is_gone_still_builds(tmp_path: Path) -> None:
    folder = copied(tmp_path) / "tenants" / "search" / "dev" / "claims"
    text = (folder / "kustomization.yaml").read_text()
    (folder / "kustomization.yaml").write_text(text.replace("resources:\n- search-dev.yaml\n", "resources: []\n"))
    assert kustomized(folder) == []


# Rings.


def version_of(ring: str) -> int:
    (component,) = read(RINGS / ring / "kustomization.yaml")
    (patch,) = component["patches"]
    spec = yaml.safe_load(patch["patch"])["spec"]
    assert spec["ring"] == ring
    return OFFERED.index(spec["kubernetesVersion"])


def test_every_ring_of_the_hub_has_a_folder_and_no_version_that_the_ring_before_has_not_seen() -> None:
    assert sorted(folder.name for folder in RINGS.iterdir()) == sorted(HUB["rings"])
    versions = [version_of(ring) for ring in HUB["rings"]]
    assert versions == sorted(versions, reverse=True)


def test_a_promotion_is_one_line_and_reaches_every_claim_of_the_ring(tmp_path: Path) -> None:
    fleet = copied(tmp_path)
    file = fleet / "rings" / "2" / "kustomization.yaml"
    file.write_text(file.read_text().replace('kubernetesVersion: "1.35"', 'kubernetesVersion: "1.36"'))
    versions = {
        claim["metadata"]["name"]: claim["spec"]["kubernetesVersion"]
        for folder in fleet.glob("tenants/*/*/claims")
        for claim in kustomized(folder)
    }
    assert versions == {"orders-dev": "1.36", "orders-prod": "1.36", "search-dev": "1.35"}


def test_claims_of_one_namespace_can_be_in_two_rings(tmp_path: Path) -> None:
    folder = copied(tmp_path) / "tenants" / "search" / "dev" / "claims"
    (claim,), (kustomization,) = read(folder / "search-dev.yaml"), read(folder / "kustomization.yaml")
    (folder / "search-dev.yaml").unlink()
    for ring in ("0", "2"):
        (folder / ring).mkdir()
        claim["metadata"]["name"] = f"search-dev-{ring}"
        (folder / ring / "claim.yaml").write_text(yaml.safe_dump(claim))
        own = {"resources": ["claim.yaml"], "components": [f"../../../../../rings/{ring}"]}
        (folder / ring / "kustomization.yaml").write_text(yaml.safe_dump(kustomization | own))
    folders = {"resources": ["0", "2"], "components": []}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization | folders))
    rings = {found["metadata"]["name"]: found["spec"]["ring"] for found in kustomized(folder)}
    assert rings == {"search-dev-0": "0", "search-dev-2": "2"}


# Namespaces on the hub.


def bare(manifest: Mapping[str, Any]) -> Item:
    """A manifest without what only the fleet's namespaces carry: its tenant, and the guard against deletion."""
    found: Item = yaml.safe_load(yaml.safe_dump(dict(manifest)))
    metadata = found["metadata"]
    if found["kind"] == "Namespace":
        assert metadata["annotations"].pop("argocd.argoproj.io/sync-options") == CONFIRM
        assert metadata.pop("labels") == {"fleet.argosy.dev/tenant": "orders"}
        if not metadata["annotations"]:
            del metadata["annotations"]
    return found


def by_identity(manifests: list[Any]) -> dict[tuple[str, str], Item]:
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}


@pytest.mark.parametrize(
    ("engine", "examples"),
    [
        ("upbound", ["provider-config.yaml"]),
        ("upbound-cluster", ["claims/provider-config.yaml"]),
        ("ack", ["ack/namespace.yaml"]),
    ],
)
def test_a_namespace_is_what_the_install_guide_has_one_be(engine: str, examples: list[str]) -> None:
    values = {
        "namespace": "team-orders",
        "tenant": "orders",
        "account": "111122223333",
        "groups": ["team-orders"],
        "quota": {"clusters": 5},
        "engine": engine,
    }
    made = by_identity([bare(manifest) for manifest in template(CHARTS / "tenant", values)])
    assert made == by_identity([manifest for file in examples for manifest in read(EXAMPLES / file)])


def test_where_aws_runs_ack_a_selector_stands_for_the_annotation() -> None:
    values = {**read(TENANTS / "defaults.yaml")[0], "engine": "ack-capability"}
    made = by_identity(template(CHARTS / "tenant", values, {
        "namespace": "team-orders", "tenant": "orders", "account": "111122223333", "groups": []
    }))  # fmt: skip
    (expected,) = read(EXAMPLES / "ack" / "iam-role-selector.yaml")
    assert made["IAMRoleSelector", "team-orders"] == expected
    assert set(made["Namespace", "team-orders"]["metadata"]["annotations"]) == {"argocd.argoproj.io/sync-options"}


@pytest.mark.parametrize(
    "change",
    [
        {"acount": "111122223333"},
        {"account": 111122223333},
        {"account": "1111"},
        {"namespace": "kube-system"},
        {"namespace": "orders"},
        {"groups": ["system:masters"]},
        {"quota": {"clusters": 0.5}},
        {"quota": {"xeks": 5}},
        {"engine": "terraform"},
        {"role": "../admin"},
    ],
    ids=str,
)
def test_a_mistake_in_a_namespace_file_is_refused(change: Mapping[str, Any]) -> None:
    defaults, good = read(TENANTS / "defaults.yaml")[0], namespace_of(NAMESPACES[0])
    assert template(CHARTS / "tenant", defaults, good)
    with pytest.raises(RuntimeError, match=r"values don't meet the specifications|must|pattern"):
        template(CHARTS / "tenant", defaults, {**good, **change})


@pytest.mark.parametrize("file", NAMESPACES, ids=name)
def test_each_namespace_has_credentials_of_its_account_a_quota_and_its_group(file: Path) -> None:
    stands = namespace_of(file)
    application = applications("fleet.yaml")[f"tenant-{stands['namespace']}-in-cluster"]
    made = {manifest["kind"]: manifest for manifest in rendered(application)}
    assert set(made) == {"Namespace", "ProviderConfig", "RoleBinding", "ResourceQuota"}
    assert made["Namespace"]["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": CONFIRM}
    (link,) = made["ProviderConfig"]["spec"]["assumeRoleChain"]
    assert link["roleARN"] == f"arn:aws:iam::{stands['account']}:role/argosy-provider"
    assert made["RoleBinding"]["subjects"][0]["name"] == f"team-{stands['tenant']}"
    assert all(
        manifest["metadata"].get("namespace", stands["namespace"]) == stands["namespace"] for manifest in made.values()
    )


# Facts of the hub.


def test_the_facts_of_the_hub_are_valid_and_name_every_namespace() -> None:
    told = HubFacts.model_validate(facts()["data"])
    assert {
        namespace: (found.tenant, found.account, found.permissions_boundary)
        for namespace, found in told.namespaces.items()
    } == {
        stands["namespace"]: (stands["tenant"], stands["account"], stands.get("permissionsBoundary"))
        for stands in map(namespace_of, NAMESPACES)
    }


def test_the_facts_of_the_hub_are_those_of_the_install_guide_but_for_the_namespaces() -> None:
    hub = changed(hub_row(), annotations={"aws_account_id": "999988887777"})
    (sets,) = (found for found in read(SETS / "fleet.yaml") if found["metadata"]["name"] == "hub-facts")
    ((application,),) = expand([sets], [hub]).values()
    (made,) = rendered(application)
    (expected,) = read(EXAMPLES / "hub.yaml")
    assert made["metadata"]["name"] == expected["metadata"]["name"]
    assert made["apiVersion"] == expected["apiVersion"]
    assert {**made["data"], "namespaces": ...} == {**expected["data"], "namespaces": ...}


SPOILT: dict[str, tuple[str, Item]] = {
    "the same namespace twice": ("search/dev", {"namespace": "team-orders-dev"}),
    "another folder's tenant": ("search/dev", {"tenant": "orders"}),
    "an account that YAML took for a number": ("search/dev", {"account": 333344445555}),
    "a short account": ("search/dev", {"account": "33334444"}),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_namespace_file_leaves_the_facts_as_they_are(what: str, tmp_path: Path) -> None:
    place, change = SPOILT[what]
    fleet = copied(tmp_path)
    file = fleet / "tenants" / place / "namespace.yaml"
    file.write_text(yaml.safe_dump(namespace_of(file) | change))
    values = source_of(applications("fleet.yaml")["hub-facts-in-cluster"])["helm"]["valuesObject"]
    with pytest.raises(RuntimeError, match=f"tenants/{place}/namespace.yaml|tenants/orders/dev/namespace.yaml"):
        template(fleet, fleet / "hub.yaml", values, namespace="argocd")


def test_on_ack_the_map_of_accounts_comes_from_the_same_files(tmp_path: Path) -> None:
    fleet = copied(tmp_path)
    (fleet / "tenants" / "defaults.yaml").write_text("engine: ack\nquota: {clusters: 5}\n")
    values = source_of(applications("fleet.yaml")["hub-facts-in-cluster"])["helm"]["valuesObject"]
    made = {found["kind"]: found for found in template(fleet, fleet / "hub.yaml", values, namespace="argocd")}
    accounts = [namespace_of(file)["account"] for file in NAMESPACES]
    assert made["ConfigMap"]["data"] == {account: f"arn:aws:iam::{account}:role/argosy-ack" for account in accounts}
    (expected,) = (found for found in read(EXAMPLES / "ack" / "accounts.yaml") if found["kind"] == "ConfigMap")
    assert made["ConfigMap"]["metadata"] == expected["metadata"]


# Applications.


def test_nothing_that_vanishes_from_git_takes_a_claim_or_a_namespace_along() -> None:
    sets = read(SETS / "fleet.yaml")
    assert [found["metadata"]["name"] for found in sets] == ["hub-facts", "tenants", "claims"]
    for found in sets:
        policy = found["spec"]["syncPolicy"]
        assert policy == {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True}
        assert found["spec"]["template"]["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}
    assert applications("fleet.yaml")
    for application in applications("fleet.yaml").values():
        assert "finalizers" not in application["metadata"]
        assert application["spec"]["syncPolicy"]["automated"] == {"selfHeal": True}  # false is not written out
        assert application["spec"]["syncPolicy"]["syncOptions"] == ["ServerSideApply=true"]


def test_each_namespace_has_an_application_for_itself_and_one_for_its_claims() -> None:
    expected = {"hub-facts-in-cluster"}
    for stands in map(namespace_of, NAMESPACES):
        expected |= {f"{what}-{stands['namespace']}-in-cluster" for what in ("tenant", "claims")}
    assert set(applications("fleet.yaml")) == expected
    assert all(len(found) <= 63 for found in expected)


@pytest.mark.parametrize("file", NAMESPACES, ids=name)
def test_claims_can_go_to_no_other_namespace_of_the_hub(file: Path) -> None:
    stands = namespace_of(file)
    application = applications("fleet.yaml")[f"claims-{stands['namespace']}-in-cluster"]
    assert application["spec"]["destination"] == {"name": "in-cluster", "namespace": stands["namespace"]}
    assert application["spec"]["project"] == "argosy-claims"
    assert source_of(application)["kustomize"] == {"namespace": stands["namespace"]}  # whatever a claim says
    assert ROOT / source_of(application)["path"] == file.parent / "claims"


def test_a_spoke_gets_nothing_of_the_fleet() -> None:
    for made in expand(read(SETS / "fleet.yaml"), spokes().values()).values():
        assert made == []
    assert {name_of(secret) for secret in spokes().values()}


def test_a_claim_that_names_another_teams_namespace_stays_in_its_own(tmp_path: Path) -> None:
    folder = copied(tmp_path) / "tenants" / "search" / "dev" / "claims"
    file = folder / "search-dev.yaml"
    claim = namespace_of(file)
    claim["metadata"]["namespace"] = "team-orders-prod"
    file.write_text(yaml.safe_dump(claim))
    told = source_of(applications("fleet.yaml")["claims-team-search-dev-in-cluster"])["kustomize"]
    (kustomization,) = read(folder / "kustomization.yaml")
    # As the repo-server does: kustomize edit set namespace.
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization | told))
    (found,) = kustomized(folder)
    assert found["metadata"]["namespace"] == "team-search-dev"
