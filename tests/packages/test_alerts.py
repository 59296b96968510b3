"""The alerts of `examples/setup`: each fires when it should, is silent when not, and reads metrics that there are."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.catalog import COMPOSITES
from argosy.engines.hub import OBJECT
from tests.packages.alerts import (
    BINDING,
    CONFIG,
    CORE_METRICS,
    ROLE,
    RULE,
    RULES,
    metrics_of,
    promtool,
    state_metrics,
)
from tests.packages.composed import composed_kinds
from tests.packages.dockerfile import ROOT

TESTS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "alerts_test.yaml").read_text())
NAMES = [rule["alert"] for rule in RULES]
GUIDE = (ROOT / "docs" / "install.md").read_text()


@pytest.mark.tools
def test_prometheus_reads_the_rules(tmp_path: Path) -> None:
    done = promtool(tmp_path, "check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.tools
def test_alerts_fire_and_are_silent_as_their_tests_say(tmp_path: Path) -> None:
    done = promtool(tmp_path, "test", TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.tools
def test_an_alert_that_never_fires_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.packages.alerts.RULE", changed({"expr": "vector(0) > 1"}))
    done = promtool(tmp_path, "test", TESTS)
    missed = re.findall(r'exp: .*alertname="(\w+)"', done.stdout + done.stderr)
    assert set(missed) == set(NAMES)


@pytest.mark.tools
def test_an_alert_that_does_not_wait_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.packages.alerts.RULE", changed({"for": "0s"}))
    done = promtool(tmp_path, "test", TESTS)
    early = re.findall(r'exp: nil\n\s+got: .*alertname="(\w+)"', done.stdout + done.stderr)
    assert set(early) == {rule["alert"] for rule in RULES if "for" in rule}


def changed(fields: dict[str, str]) -> dict[str, Any]:
    """The object with other fields in every rule that has them."""
    found: dict[str, Any] = copy.deepcopy(RULE)
    for rule in (rule for group in found["spec"]["groups"] for rule in group["rules"]):
        rule.update({name: value for name, value in fields.items() if name in rule})
    return found


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_metrics_are_ones_that_there_are(rule: dict[str, Any]) -> None:
    named = metrics_of(rule["expr"])
    assert named
    assert named <= CORE_METRICS | state_metrics().keys()


def test_every_metric_is_read_by_an_alert() -> None:
    named = set().union(*(metrics_of(rule["expr"]) for rule in RULES))
    assert named == CORE_METRICS | state_metrics().keys()


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_texts_name_labels_that_the_metric_has(rule: dict[str, Any]) -> None:
    known = set().union(*(state_metrics().get(name, set()) for name in metrics_of(rule["expr"])))
    by = set(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]+)\)", rule["expr"]))))
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    assert named <= known | by
    assert rule["annotations"].keys() == {"summary", "description"}
    assert rule["labels"]["severity"] in ("critical", "warning")


def test_names_are_unique_and_the_guide_says_what_to_do_about_each() -> None:
    assert len(set(NAMES)) == len(NAMES)
    table = re.findall(r"^\| `(Argosy\w+)` \|", GUIDE, re.MULTILINE)
    assert table == NAMES


def test_controllers_and_functions_are_called_as_crossplane_calls_them() -> None:
    text = json.dumps([rule["expr"] for rule in RULES]).replace('\\"', '"')
    (pattern,) = set(re.findall(r'controller=~"([^"]+)"', text))
    for composite in COMPOSITES:  # as Prometheus matches: the whole of it
        assert re.fullmatch(pattern, f"composite/{composite.plural}.{composite.group}")
    assert not re.fullmatch(pattern, "composite/xnetworks.fleet.argosy.dev")
    composition = yaml.safe_load((ROOT / "compositions" / "xeksclusters" / "upbound.yaml").read_text())
    functions = {step["functionRef"]["name"] for step in composition["spec"]["pipeline"]}
    assert set(re.findall(r'function_name="([^"]+)"', text)) == functions


def test_every_kind_that_claims_compose_is_measured() -> None:
    measured = {tuple(resource["groupVersionKind"].values()) for resource in CONFIG["spec"]["resources"]}
    for kind in composed_kinds():
        assert measured & {(kind.group, kind.version, name) for name in ("*", kind.kind)}, kind
    for composite in COMPOSITES:
        assert {
            (composite.group, composite.version, kind) for kind in (composite.kind, composite.written_kind)
        } <= measured
    assert (OBJECT.group, OBJECT.version, OBJECT.kind) in measured


def test_kube_state_metrics_may_list_what_it_measures_and_nothing_else() -> None:
    measured = {resource["groupVersionKind"]["group"] for resource in CONFIG["spec"]["resources"]}
    granted = {group for rule in ROLE["rules"] for group in rule["apiGroups"]}
    assert granted == {*measured, "apiextensions.k8s.io"}
    assert all(rule["verbs"] == ["list", "watch"] for rule in ROLE["rules"])
    assert BINDING["roleRef"]["name"] == ROLE["metadata"]["name"]
