"""Argo CD's health scripts, run in Lua over what stands on a hub: every state has an answer, and none is too good."""

from __future__ import annotations

import copy
import fnmatch
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua51

from argosy.catalog import COMPOSITES, ENGINES
from argosy.cli.request import Answer
from argosy.plan import Part
from argosy.simulator import Simulator
from tests.gitops.folders import BOOTSTRAP, Object, build, by_argo_cd, load, one
from tests.support.lives import EXAMPLE_NAMES, Life, Moment, answer_to, every_engine, every_life, example, life_of

HEALTH = BOOTSTRAP / "health"
HEALTHY, PROGRESSING, DEGRADED, SUSPENDED = "Healthy", "Progressing", "Degraded", "Suspended"
STATUSES = {HEALTHY, PROGRESSING, DEGRADED, SUSPENDED}
SPLIT = "resource.customizations.health."
ARGO_CDS_OWN = {"protection.crossplane.io/Usage", "protection.crossplane.io/ClusterUsage"}
"""Composed kinds that Argo CD's own script judges rightly: they are Ready or not, and nothing else."""

# As Argo CD finds and runs a script (argo-cd v3.2.11, util/settings/settings.go and util/lua/lua.go)


@cache
def scripts() -> dict[str, str]:
    """Scripts by group and kind, or pattern of them, as in argocd-cm."""
    (component,) = load((HEALTH / "kustomization.yaml").read_text())
    (generator,) = component["configMapGenerator"]
    files = dict(entry.split("=") for entry in generator["files"])
    (groups,) = load((HEALTH / files.pop("resource.customizations")).read_text())
    found = {key: entry["health.lua"] for key, entry in groups.items()}
    for key, file in files.items():
        assert key.startswith(SPLIT), key
        group, kind = key.removeprefix(SPLIT).split("_")
        found[f"{group}/{kind}"] = (HEALTH / file).read_text()
    return found


def keys_of(group_kind: str) -> list[str]:
    """Keys whose script Argo CD could take: the exact one alone, else any pattern that matches."""
    return (
        [group_kind] if group_kind in scripts() else [key for key in scripts() if fnmatch.fnmatchcase(group_kind, key)]
    )


def group_kind_of(item: Mapping[str, Any]) -> str:
    return f"{item['apiVersion'].split('/')[0]}/{item['kind']}"


@cache
def chunk(key: str) -> Any:
    """A compiled script, in a Lua that has as little as Argo CD's: no strings, no mathematics, nothing outside."""
    lua = lua51.LuaRuntime(unpack_returned_tuples=True)
    lua.execute(
        'getmetatable("").__index = nil; string, math, io, debug, coroutine, python = nil, nil, nil, nil, nil, nil'
    )
    return lua, lua.eval("function(script, environment) return assert(loadstring(script)) end")(scripts()[key])


def judged(item: Mapping[str, Any]) -> tuple[str, str]:
    """Status and message that Argo CD shows of an object."""
    (key,) = keys_of(group_kind_of(item))
    lua, run = chunk(key)
    lua.globals().obj = lua.table_from(without_nulls(item), recursive=True)
    answer = run()
    status, message = answer["status"], answer["message"]
    assert status in STATUSES, f"{group_kind_of(item)}: {status}"
    assert isinstance(message, str)
    return status, message


def without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


_KNOWN: dict[str, str] = {}


def health(item: Mapping[str, Any]) -> str:
    """The status alone; what is said of thousands of objects is told once by each script."""
    said = (group_kind_of(item), item["metadata"].get("generation"), item.get("status"), item.get("spec", {}).keys())
    if (key := repr(said)) not in _KNOWN:
        _KNOWN[key] = judged(item)[0]
    return _KNOWN[key]


def condition(kind: str, status: str, reason: str = "", message: str = "", seen: int | None = None) -> dict[str, Any]:
    found = {"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": seen}
    return {key: value for key, value in found.items() if value not in ("", None)}


# Which script is for which kind

CLAIM = "fleet.argosy.dev/XEKSCluster"
MANAGED = "ec2.aws.m.upbound.io/VPC"
ACK = "ec2.services.k8s.aws/VPC"
DEFINITION = "apiextensions.crossplane.io/CompositeResourceDefinition"
PACKAGE = "pkg.crossplane.io/Provider"


@pytest.mark.parametrize(
    ("group_kind", "key"),
    [
        *((f"{found.group}/{found.kind}", f"{found.group}/{found.kind}") for found in COMPOSITES),
        *((f"{found.group}/{found.written_kind}", f"{found.group}/{found.written_kind}") for found in COMPOSITES),
        (MANAGED, "*.aws.m.upbound.io/*"),
        ("ec2.aws.upbound.io/VPC", "*.aws.upbound.io/*"),
        (ACK, "*.services.k8s.aws/*"),
        ("kubernetes.m.crossplane.io/Object", "kubernetes.m.crossplane.io/Object"),
        ("kubernetes.crossplane.io/Object", "kubernetes.crossplane.io/Object"),
        # they have no conditions, and would be waited for for ever
        ("aws.m.upbound.io/ProviderConfig", None),
        ("aws.m.upbound.io/ClusterProviderConfig", None),
        ("aws.upbound.io/ProviderConfig", None),
        ("kubernetes.m.crossplane.io/ClusterProviderConfig", None),
        ("services.k8s.aws/IAMRoleSelector", None),
        ("elbv2.k8s.aws/TargetGroupBinding", None),
        ("protection.crossplane.io/Usage", None),
        ("/Secret", None),
    ],
)
def test_a_kind_has_this_script(group_kind: str, key: str | None) -> None:
    assert keys_of(group_kind) == ([key] if key else [])


def test_no_key_of_one_kind_holds_a_wildcard() -> None:
    """Argo CD takes `*` there for a letter; and a ConfigMap's key may not hold one."""
    (component,) = load((HEALTH / "kustomization.yaml").read_text())
    files = component["configMapGenerator"][0]["files"]
    assert [entry for entry in files if "*" in entry] == []
    assert {entry.split("=")[1] for entry in files} == {
        path.name for path in HEALTH.iterdir() if path.name != "kustomization.yaml"
    }


def test_both_api_groups_of_the_provider_have_one_script() -> None:
    managed = {scripts()[key] for key in scripts() if "upbound.io" in key or key.endswith("/Object")}
    assert len(managed) == 1


# What the simulator makes, at every beat


def well(item: Mapping[str, Any]) -> bool:
    """Whether an object's conditions say that it is there as asked for; written apart from the scripts."""
    conditions = item.get("status", {}).get("conditions", ())
    said = {entry["type"]: entry["status"] for entry in conditions}
    if any(entry.get("observedGeneration", 1000) < item["metadata"]["generation"] for entry in conditions):
        return False
    if ".services.k8s.aws/" in item["apiVersion"]:
        troubles = {said.get("ACK.Terminal"), said.get("ACK.Recoverable")}
        states = {said[kind] for kind in ("Ready", "ACK.ResourceSynced", "ACK.ReferencesResolved") if kind in said}
        return "True" not in troubles and states == {"True"}
    return said.get("Synced") == said.get("Ready") == "True" and said.get("LastAsyncOperation") != "False"


def ours(moment: Moment) -> Iterator[Object]:
    for item in moment.observed.values():
        if keys_of(group_kind_of(item)):
            yield item
        else:
            assert group_kind_of(item) in ARGO_CDS_OWN


@every_life
def test_every_object_of_every_beat_has_an_answer_and_none_is_too_good(name: str, engine: str) -> None:
    for moment in life_of(name, engine):
        for item in ours(moment):
            assert (health(item) == HEALTHY) == well(item), item


ACK_TRIES_FOR_EVER = "The type for cluster update was not provided"
"""ACK asks for an update that EKS refuses, though the cluster is as asked for (aws-controllers-k8s/community#3046)."""


@every_life
def test_all_is_healthy_in_the_end(name: str, engine: str) -> None:
    *before, last = life_of(name, engine)
    ends = {judged(item) for item in ours(last)}
    assert {status for status, message in ends if ACK_TRIES_FOR_EVER not in message} == {HEALTHY}
    assert any(health(item) != HEALTHY for moment in before for item in ours(moment))


def written(claim: Mapping[str, Any], told: Answer, *, was_ready: bool = False) -> Object:
    """A composite with the conditions that Crossplane writes, beside those of the function (core v2.4.0)."""
    seen = claim["metadata"].get("generation", 1)
    if told.fatal is not None:
        # what was Ready stays so: core does not come as far
        ready = [condition("Ready", "True", "Available", seen=seen)] if was_ready else []
        machine = [condition("Synced", "False", "ReconcileError", told.fatal, seen), *ready]
    else:
        is_ready = told.finished and told.ready == told.desired.keys()
        ready_now = condition("Ready", str(is_ready), "Available" if is_ready else "Creating", seen=seen)
        machine = [condition("Synced", "True", "ReconcileSuccess", seen=seen), ready_now]
    metadata = {**claim["metadata"], "generation": seen}
    return {**claim, "metadata": metadata, "status": {**told.status, "conditions": [*machine, *told.conditions]}}


def as_claim(item: Object) -> Object:
    """What users see of a composite that they do not write themselves."""
    (found,) = (each for each in COMPOSITES if each.api_version == item["apiVersion"])
    return {**item, "kind": found.written_kind}


@every_life
def test_a_claim_is_healthy_when_it_is_ready_and_progressing_until_then(name: str, engine: str) -> None:
    seen = []
    for moment in life_of(name, engine):
        item = written(moment.claim, moment.answer)
        assert judged(item) == judged(as_claim(item))
        ready = next(entry for entry in item["status"]["conditions"] if entry["type"] == "Ready")
        seen.append((health(item), ready["status"]))
    assert {status for status, _ in seen} == {PROGRESSING, HEALTHY}
    assert seen[0][0] == PROGRESSING
    assert seen[-1] == (HEALTHY, "True")
    assert all(ready == "True" for status, ready in seen if status == HEALTHY)


# A broken claim is never Healthy


@every_engine
def test_a_claim_that_is_refused_is_degraded(engine: str) -> None:
    """A FATAL result leaves Ready as it was."""
    last = life_of("minimal", engine)[-1]
    told = answer_to({**last.claim, "spec": {**last.claim["spec"], "region": "us-east-1"}}, last.observed.values(), [])
    assert told.fatal is not None
    for was_ready in (True, False):
        assert health(written(last.claim, told, was_ready=was_ready)) == DEGRADED


@every_engine
def test_a_claim_without_hub_facts_is_degraded(engine: str) -> None:
    life = Life(example("minimal", engine), hub=[])
    told = life.settle()
    status, message = judged(written(life.claim, told))
    assert status == DEGRADED
    assert "the platform team writes it" in message


FAULTS = ("vpc", "role-cluster", "cluster", "role-spoke")


@pytest.mark.parametrize("key", FAULTS)
@every_engine
def test_what_aws_refuses_is_seen_at_the_object_and_at_the_claim(engine: str, key: str) -> None:
    assert key in life_of("minimal", engine)[-1].observed
    life = Life(example("minimal", engine), simulator=Simulator(faults={key: "AccessDenied: not here"}))
    answers = list(life.passes())
    guilty = life.observed[key]
    assert health(guilty) == (PROGRESSING if engine == "ack" else DEGRADED)
    assert not any(health(written(life.claim, told)) == HEALTHY for told in answers)
    assert health(written(life.claim, answers[-1])) == DEGRADED


@every_engine
def test_a_paused_object_is_suspended(engine: str) -> None:
    if engine == "ack":
        pytest.skip("ACK cannot be paused")
    item = copy.deepcopy(life_of("minimal", engine)[-1].observed["vpc"])
    for entry in item["status"]["conditions"]:
        if entry["type"] == "Synced":
            entry.update(status="False", reason="ReconcilePaused")
    assert health(item) == SUSPENDED


@every_life
def test_an_object_whose_spec_nobody_has_seen_yet_is_not_healthy(name: str, engine: str) -> None:
    for item in ours(life_of(name, engine)[-1]):
        if any("observedGeneration" in entry for entry in item["status"]["conditions"]):
            newer = {**item, "metadata": {**item["metadata"], "generation": 99}}
            assert health(newer) == PROGRESSING


PARTS = [
    # reason, expected; with Ready=True: what runs goes on running while something is wrong
    ("Failed", DEGRADED),
    ("Refused", DEGRADED),
    ("NoHubFacts", DEGRADED),
    ("NoHubRole", DEGRADED),
    ("OtherPartition", DEGRADED),
    ("NoPathToEndpoint", DEGRADED),
    ("SomethingNew", DEGRADED),
    ("Creating", PROGRESSING),
    ("Changing", PROGRESSING),
    ("Waiting", PROGRESSING),
]


def healthy_claim() -> Object:
    last = life_of("minimal")[-1]
    return copy.deepcopy(written(last.claim, last.answer))


@pytest.mark.parametrize("part", [part for part in Part if part is not Part.DELETION])
@pytest.mark.parametrize(("reason", "expected"), PARTS)
def test_each_part_of_a_claim_counts(part: Part, reason: str, expected: str) -> None:
    item = healthy_claim()
    for entry in item["status"]["conditions"]:
        if entry["type"] == part:
            entry.update(status="False", reason=reason, message="what is wrong")
    assert judged(item) == (expected, f"{part}: what is wrong")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("Active", HEALTHY), ("Protected", HEALTHY), ("Releasing", HEALTHY), ("Creating", HEALTHY), ("Failed", DEGRADED)],
)
def test_that_a_claim_cannot_be_deleted_is_no_trouble_but_a_guard_that_fails_is(reason: str, expected: str) -> None:
    item = healthy_claim()
    for entry in item["status"]["conditions"]:
        if entry["type"] == Part.DELETION:
            entry.update(status="False", reason=reason)
    assert health(item) == expected


def test_every_part_has_its_place_in_the_script() -> None:
    text = (HEALTH / "claim.lua").read_text()
    assert [part for part in Part if f'"{part}"' not in text] == []


# The table of known mistakes: what Argo CD's own scripts make of each is in the comment

C = condition
Row = tuple[str, Mapping[str, Any] | None, str]
PAUSED = C("Synced", "False", "ReconcilePaused")
SYNCED, READY = C("Synced", "True", "ReconcileSuccess", seen=2), C("Ready", "True", "Available", seen=2)
ACK_SYNCED, ACK_TERMINAL = C("ACK.ResourceSynced", "True"), C("ACK.Terminal", "True", message="no such zone")
INSTALLED = C("Installed", "True", "ActivePackageRevision")


def of_crossplane(kind: str) -> list[Row]:
    """What holds for claims and for managed resources."""
    return [
        (kind, None, PROGRESSING),  # Healthy
        (kind, {}, PROGRESSING),
        (kind, {"conditions": []}, PROGRESSING),
        (kind, {"conditions": [SYNCED]}, PROGRESSING),
        (kind, {"conditions": [READY]}, PROGRESSING),  # Healthy
        (kind, {"conditions": [SYNCED, C("Ready", "False", "Creating")]}, PROGRESSING),
        (kind, {"conditions": [SYNCED, READY]}, HEALTHY),
        (kind, {"conditions": [SYNCED, {**READY, "observedGeneration": 1}]}, PROGRESSING),  # Healthy
        (kind, {"conditions": [{**SYNCED, "observedGeneration": 1}, READY]}, PROGRESSING),  # Healthy
        (kind, {"conditions": [C("Synced", "False", "ReconcileError", "denied"), READY]}, DEGRADED),
        (kind, {"conditions": [READY, C("Synced", "False", "ReconcileError", "denied")]}, DEGRADED),  # Healthy
        (kind, {"conditions": [C("Synced", "False", "ReconcileError", seen=1), READY]}, PROGRESSING),
        (kind, {"conditions": [PAUSED, READY]}, SUSPENDED),  # Degraded
        (kind, {"conditions": [C("Synced", "Unknown"), READY]}, PROGRESSING),
    ]


TABLE: list[Row] = [
    *of_crossplane(CLAIM),
    *of_crossplane(MANAGED),
    (MANAGED, {"conditions": [SYNCED, READY, C("LastAsyncOperation", "False", message="quota")]}, DEGRADED),  # Healthy
    (CLAIM, {"conditions": [SYNCED, READY, C("Registered", "Unknown", "NotEvaluated")]}, PROGRESSING),  # Healthy
    (ACK, None, PROGRESSING),
    (ACK, {"conditions": []}, PROGRESSING),
    (ACK, {"conditions": [ACK_SYNCED]}, HEALTHY),  # Progressing, for ever
    (ACK, {"conditions": [ACK_SYNCED, C("Ready", "True")]}, HEALTHY),
    (ACK, {"conditions": [C("ACK.ResourceSynced", "Unknown")]}, PROGRESSING),
    (ACK, {"conditions": [C("Ready", "False"), ACK_TERMINAL]}, DEGRADED),  # Progressing
    (ACK, {"conditions": [C("Ready", "True"), ACK_TERMINAL]}, DEGRADED),  # Healthy
    (ACK, {"conditions": [ACK_TERMINAL, C("Ready", "True")]}, DEGRADED),
    (ACK, {"conditions": [C("Ready", "True"), C("ACK.Recoverable", "True", message="throttled")]}, PROGRESSING),
    (ACK, {"conditions": [C("Ready", "True"), C("ACK.ReferencesResolved", "False")]}, PROGRESSING),
    (ACK, {"conditions": [C("ACK.ReferencesResolved", "True")]}, PROGRESSING),
    (DEFINITION, None, PROGRESSING),
    (DEFINITION, {"conditions": [C("Established", "True")]}, PROGRESSING),  # Healthy
    (DEFINITION, {"conditions": [C("Established", "True"), C("Offered", "True")]}, HEALTHY),
    (DEFINITION, {"conditions": [C("Established", "True"), C("Offered", "False")]}, PROGRESSING),  # Healthy
    (PACKAGE, None, PROGRESSING),
    (PACKAGE, {"conditions": [INSTALLED]}, PROGRESSING),
    (PACKAGE, {"conditions": [INSTALLED, C("Healthy", "True")]}, HEALTHY),
    (PACKAGE, {"conditions": [INSTALLED, C("Healthy", "False", "UnhealthyPackageRevision")]}, DEGRADED),  # Progressing
    (
        PACKAGE,
        {"conditions": [INSTALLED, C("Healthy", "False", message='Package revision health is "Unknown"')]},
        PROGRESSING,
    ),
    (PACKAGE, {"conditions": [INSTALLED, C("Healthy", "Unknown")]}, PROGRESSING),
    (
        PACKAGE,
        {"conditions": [C("Installed", "False", "UnpackingPackage", "no such image"), C("Healthy", "False")]},
        DEGRADED,  # Progressing, for ever
    ),
    (PACKAGE, {"conditions": [C("Installed", "False", "InactivePackageRevision"), C("Healthy", "True")]}, SUSPENDED),
    (PACKAGE, {"conditions": [PAUSED, INSTALLED, C("Healthy", "True")]}, SUSPENDED),
    ("argoproj.io/Application", None, PROGRESSING),
    ("argoproj.io/Application", {"health": {}}, PROGRESSING),
    ("argoproj.io/Application", {"health": {"status": "Degraded"}}, DEGRADED),
    ("argoproj.io/Application", {"health": {"status": "Healthy"}}, HEALTHY),
]


def made(group_kind: str, status: Mapping[str, Any] | None) -> Object:
    group, kind = group_kind.split("/")
    item: Object = {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "x", "generation": 2}}
    if group_kind == DEFINITION:
        item["spec"] = {"claimNames": {"kind": "EKSCluster"}}
    return item if status is None else {**item, "status": dict(status)}


@pytest.mark.parametrize(("group_kind", "status", "expected"), TABLE)
def test_known_mistakes_are_not_made(group_kind: str, status: Mapping[str, Any] | None, expected: str) -> None:
    assert health(made(group_kind, status)) == expected


def test_a_definition_without_claims_need_not_offer_any() -> None:
    item = {**made(DEFINITION, {"conditions": [C("Established", "True")]}), "spec": {}}
    assert health(item) == HEALTHY


TYPES = st.sampled_from(
    [
        "Synced", "Ready", "LastAsyncOperation", "Responsive", *Part, "ACK.Terminal", "ACK.Recoverable",
        "ACK.ResourceSynced", "ACK.ReferencesResolved", "Established", "Offered", "Installed", "Healthy",
    ]
)  # fmt: skip
CONDITIONS = st.lists(
    st.fixed_dictionaries(
        {"type": TYPES, "status": st.sampled_from(["True", "False", "Unknown"])},
        optional={
            "reason": st.sampled_from(["Creating", "Failed", "ReconcilePaused", "Available", "X"]),
            "message": st.text(max_size=5),
            "observedGeneration": st.integers(1, 3),
        },
    ),
    max_size=8,
    unique_by=lambda entry: entry["type"],
)
KINDS = (CLAIM, MANAGED, ACK, DEFINITION, PACKAGE)
NEEDED = {CLAIM: {"Synced", "Ready"}, MANAGED: {"Synced", "Ready"}, DEFINITION: {"Established", "Offered"}} | {
    PACKAGE: {"Installed", "Healthy"}
}


@pytest.mark.parametrize("group_kind", KINDS)
@settings(max_examples=200, deadline=None)
@given(conditions=CONDITIONS)
def test_whatever_is_said_has_an_answer_in_any_order(group_kind: str, conditions: list[dict[str, Any]]) -> None:
    answer = health(made(group_kind, {"conditions": conditions}))
    assert answer == health(made(group_kind, {"conditions": conditions[::-1]}))
    if answer == HEALTHY:
        current = {
            entry["type"]
            for entry in conditions
            if entry["status"] == "True" and entry.get("observedGeneration", 2) >= 2
        }
        assert NEEDED.get(group_kind, set()) <= current
        assert not any(entry["type"] == "ACK.Terminal" and entry["status"] == "True" for entry in conditions) or (
            group_kind != ACK
        )


def test_a_script_that_needs_more_than_argo_cd_gives_is_found() -> None:
    lua, _ = chunk(CLAIM)
    for script in ('string.find("a", "b")', '("a"):find("b")', "math.floor(1)", "io.write('x')"):
        with pytest.raises(lua51.LuaError):
            lua.execute(script)


@pytest.mark.tools
@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_argo_cds_own_code_says_the_same(engine: str, tmp_path: Path) -> None:
    """Its Lua is another one, it reads argocd-cm itself, and finds the script by its own rules."""
    lives = [moment for name in EXAMPLE_NAMES for moment in life_of(name, engine)]
    claims = [written(moment.claim, moment.answer) for moment in lives]
    tabled = [made(group_kind, status) for group_kind, status, _ in TABLE]
    items = [*(item for moment in lives for item in ours(moment)), *claims, *map(as_claim, claims), *tabled]
    several = list({repr((group_kind_of(item), item.get("status"))): without_nulls(item) for item in items}.values())
    assert len(several) > 300
    answers = by_argo_cd("health", one(build(BOOTSTRAP), "ConfigMap", "argocd-cm"), several, tmp_path)
    differ = [(item, answer) for item, answer in zip(several, answers, strict=True) if tuple(answer) != judged(item)]
    assert differ == []


def test_the_groups_are_yaml_that_argo_cd_reads() -> None:
    """It reads anchors, but no merge keys into a script."""
    groups = yaml.safe_load((HEALTH / "groups.yaml").read_text())
    assert all(entry.keys() == {"health.lua"} for entry in groups.values())


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        (None, "Progressing"),
        ([], "Progressing"),
        ([("ErrorOccurred", "False"), ("RolloutProgressing", "True")], "Healthy"),
        ([("RolloutProgressing", "True"), ("ErrorOccurred", "True")], "Degraded"),
    ],
)
def test_a_rollout_that_takes_long_holds_up_no_other_add_on(
    conditions: list[tuple[str, str]] | None, status: str
) -> None:
    """Argo CD's own script waits for it: one cluster that is not well would stop the waves of the whole fleet."""
    found = [{"type": kind, "status": value, "message": "why"} for kind, value in conditions or ()]
    item = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "addon"}}
    item |= {} if conditions is None else {"status": {"conditions": found}}
    assert health(item) == status
