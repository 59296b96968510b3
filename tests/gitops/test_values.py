"""The layers of add-ons' values: which wins, where they lie, and that none is written for nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.cli.options import sample_hub
from tests.gitops.expansion import (
    GITOPS,
    addon_applications,
    changed,
    chart_source,
    everything,
    merged,
    name_of,
    read,
    registry,
    spokes,
    template,
    value_files,
    values_of,
)
from tests.support.lives import ROOT

pytestmark = pytest.mark.tools
VALUES = GITOPS / "addons" / "values"
LAYERS = ("default", "environments", "rings", "tenants", "clusters")
"""From the weakest to the strongest."""
DURATIONS = {"s": 1, "m": 60, "h": 3600}


@cache
def applications() -> list[dict[str, Any]]:
    """Of every example's cluster, with every add-on."""
    return addon_applications([everything(secret) for secret in spokes().values()])


def test_every_path_is_a_layer_of_the_documentation_in_its_order() -> None:
    """D1, D5, D9: a path that is nowhere, or a default that beats a cluster, shows in no error."""
    secrets = {name_of(secret): secret["metadata"]["labels"] for secret in spokes().values()}

    for application in applications():
        labels = application["metadata"]["labels"]
        cluster = labels["fleet.argosy.dev/cluster"]
        name = application["metadata"]["labels"].get("fleet.argosy.dev/addon") or chart_source(application)["path"]
        name = name.rsplit("/", 1)[-1]
        facts = secrets[cluster]
        assert value_files(application) == [
            f"gitops/addons/values/default/{name}.yaml",
            f"gitops/addons/values/environments/{facts['environment']}/{name}.yaml",
            f"gitops/addons/values/rings/{facts['ring']}/{name}.yaml",
            f"gitops/addons/values/tenants/{facts['tenant']}/{name}.yaml",
            f"gitops/addons/values/clusters/{cluster}/{name}.yaml",
        ]
        assert chart_source(application)["helm"]["ignoreMissingValueFiles"] is True
        (source,) = (found for found in application["spec"]["sources"] if found.get("ref") == "values")
        assert source["repoURL"] == spokes()["minimal"]["metadata"]["annotations"]["addons_repo_url"]
    documented = (ROOT / "docs" / "addons.md").read_text(encoding="utf-8")
    for layer, folder in zip(LAYERS, ("", "/<environment>", "/<ring>", "/<tenant>", "/<cluster>"), strict=True):
        assert f"`{layer}{folder}/<add-on>.yaml`" in documented


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A chart that prints its values."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: tiny, version: 1.0.0}")
    printed = "{apiVersion: v1, kind: ConfigMap, metadata: {name: tiny}, data: {values: {{ toJson .Values | quote }}}}"
    (tmp_path / "templates" / "values.yaml").write_text(printed)
    return tmp_path


def test_of_every_two_layers_the_nearer_one_wins_and_inline_facts_beat_all(tiny: Path, tmp_path: Path) -> None:
    """Run by the real Helm, with the files in the order of a real Application."""
    secret = everything(spokes()["production"])
    (application,) = (
        found for found in addon_applications([secret]) if found["metadata"]["name"].startswith("cert-manager-")
    )
    files = value_files(application)
    pairs = list(itertools.combinations(range(len(files)), 2))
    for place, file in enumerate(files):
        said: dict[str, Any] = {f"pair-{low}-{high}": place for low, high in pairs if place in (low, high)}
        said |= {"serviceAccount": {"name": "from-a-file", f"own-{place}": True}}
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(yaml.safe_dump(said))

    (printed,) = template(tiny, *values_of(application, tmp_path))
    values = json.loads(printed["data"]["values"])

    assert {key: value for key, value in values.items() if key.startswith("pair-")} == {
        f"pair-{low}-{high}": high for low, high in pairs
    }
    assert values["serviceAccount"]["name"] == secret["metadata"]["annotations"]["cert_manager_service_account"]
    assert {f"own-{place}" for place in range(len(files))} <= values["serviceAccount"].keys()
    assert merged(application, tmp_path) == values


def test_no_layer_has_to_be_there(tiny: Path, tmp_path: Path) -> None:
    (application,) = (
        found
        for found in addon_applications([everything(spokes()["production"])])
        if found["metadata"]["name"].startswith("keda-")
    )

    (printed,) = template(tiny, *values_of(application, tmp_path / "empty"))

    assert json.loads(printed["data"]["values"]) == {}


def test_the_examples_of_layers_change_what_is_installed() -> None:
    """D1: an override that no path reaches is the defect that nobody sees."""
    reached = {file for application in applications() for file in value_files(application)}
    dev = changed(everything(spokes()["minimal"]), labels={"environment": "dev", "ring": "0", "tenant": "orders"})
    reached |= {file for application in addon_applications([dev]) for file in value_files(application)}

    for file in files():
        assert str(file.relative_to(ROOT)) in reached, file
        assert read(file) != [{}], file


def files() -> Iterator[Path]:
    yield from sorted(VALUES.rglob("*.yaml"))


def test_every_file_is_of_a_known_layer_and_add_on() -> None:
    hub = sample_hub()[0]["data"]
    known = {
        "environments": {*hub["environments"], "hub"},
        "rings": {*hub["rings"], "hub"},
        "tenants": {facts["tenant"] for facts in hub["namespaces"].values()} | {"platform"},
        "clusters": {name_of(secret) for secret in spokes().values()},
    }
    entries = {*registry()["addons"], *registry()["baseline"]}

    for file in files():
        layer, *folder, name = file.relative_to(VALUES).parts
        assert name.removesuffix(".yaml").replace("-", "_") in entries, file
        assert (layer == "default" and not folder) or folder[0] in known[layer], file


def test_every_layer_has_an_example() -> None:
    assert {file.relative_to(VALUES).parts[0] for file in files()} == set(LAYERS)


def test_no_file_names_a_fact_that_comes_from_the_secret() -> None:
    """It would be overridden in silence, and whoever wrote it would look for the reason for long."""
    for file in files():
        (found,) = read(file)
        key = file.stem.replace("-", "_")
        entry = registry()["addons"].get(key) or registry()["baseline"][key]
        twice = set(paths(found)) & set(paths(entry.get("values", {})))
        assert not twice, f"{file}: {twice}"


def paths(values: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from paths(value, (*before, key))
        else:
            yield (*before, key)


def test_external_dns_goes_on_for_longer_than_it_waits_between_two_rounds() -> None:
    """Else records of the last Ingress stay in Route 53 when the add-on goes."""
    for application in applications():
        if not application["metadata"]["name"].startswith("external-dns-"):
            continue
        interval = merged(application)["interval"]
        (last,) = (found for found in application["spec"]["sources"] if found.get("path", "").endswith("last-round"))
        assert last["helm"]["valuesObject"]["linger"] > int(interval[:-1]) * DURATIONS[interval[-1]]
