"""What `examples/setup/alerts.yaml` reads, and promtool, which judges it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.tools.build import ROOT, built

SETUP = ROOT / "examples" / "setup"
(RULE,) = yaml.safe_load_all((SETUP / "alerts.yaml").read_text())
RULES: list[dict[str, Any]] = [rule for group in RULE["spec"]["groups"] for rule in group["rules"]]
CONFIG_MAP, ROLE, BINDING = yaml.safe_load_all((SETUP / "kube-state-metrics.yaml").read_text())
CONFIG: dict[str, Any] = yaml.safe_load(CONFIG_MAP["data"]["config.yaml"])
"""What kube-state-metrics reads."""
PROMTOOL_SECONDS = 60

CORE_METRICS = {
    "circuit_breaker_opens_total",
    "engine_controllers_started_total",
    "function_run_function_request_total",
    "function_run_function_response_total",
}
"""Crossplane 2.4.0: internal/circuit, internal/engine, internal/xfn. The first appears when a breaker opens."""


def state_metrics() -> dict[str, set[str]]:
    """Metrics that kube-state-metrics makes of claims and composed objects, with their labels."""
    found: dict[str, set[str]] = {}
    for resource in CONFIG["spec"]["resources"]:
        for metric in resource["metrics"]:
            labels = {*resource.get("commonLabels", ()), *resource["labelsFromPath"]}
            labels |= set(metric["each"]["gauge"].get("labelsFromPath", ()))
            reserved = {f"customresource_{part}" for part in ("group", "kind", "version")}
            found.setdefault(f"{resource['metricNamePrefix']}_{metric['name']}", set()).update(labels | reserved)
    return found


def metrics_of(expression: str) -> set[str]:
    """Names of our and Crossplane's metrics in an expression."""
    return set(re.findall(r"\b((?:argosy|circuit_breaker|engine|function)_\w+_\w+)\b(?!=)", expression))


def promtool(folder: Path, command: str, tests: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs promtool over the rules as Prometheus reads them, which is without the object around them.

    Args:
        folder: where its files are written.
        command: `check` or `test`.
        tests: for `test`, a file of tests without `rule_files`.
    """
    (folder / "rules.yaml").write_text(yaml.safe_dump(RULE["spec"]))
    arguments = ["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"]
    if tests is not None:
        (folder / "tests.yaml").write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], **tests}))
        arguments = [command, "rules", "tests.yaml"]
    return subprocess.run(
        [built("promtool"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROMTOOL_SECONDS,
    )
