"""What the API server refuses of a claim, what only the function refuses, and that `argosy validate` says both before.

Other tests ask the API server's code, without a server, and our own reading of it (tests/generate); here a server that
is up has the last word, on the kind that Crossplane has made of the XRD.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client.exceptions import ApiException

from argosy.api.base import immutable
from argosy.api.cluster import XEKSClusterSpec
from argosy.catalog import COMPOSITES
from argosy.function import CROSSPLANE_KEYS
from tests.claims.test_bad_input import BAD as MISTAKES
from tests.cli.program import argosy
from tests.generate.test_reference import PAGES, rows, sections
from tests.generate.test_rules import BAD as BROKEN_RULES
from tests.generate.test_rules import CHANGES, FREE, FULL
from tests.hub.live import XR, Hub, Item, Team, condition, told
from tests.hub.local.kubectl import KubectlError
from tests.hub.local.parts import SETUP
from tests.hub.local.waiting import wait_for
from tests.support.lives import EXAMPLES, ROOT, example

DRY = [("dryRun", "All"), ("fieldValidation", "Strict")]
REGION = {"region": "eu-west-1"}
CRD = ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "xeksclusters.fleet.argosy.dev")

FUNCTION_ALONE = {
    ("spec.region", "no partition"),
    ("spec.network.zones", "name two or three"),
    ("spec.kubernetesVersion", "EKS does not offer 1.12"),
    ("spec.network.cidr", "did you mean 10.0.0.0/16"),
    ("spec.network.cidr", "overlaps controlPlane.serviceCidr"),
    ("spec.network.zones", "eu-west-1 has no zone h"),
    ("spec.access.admins[0]", "is of account 999999999999"),
    ("spec.access.admins[0]", "is of partition aws-cn"),
    ("spec.identities[x].serviceAccount", "of add-on externalDns"),
    ("spec.addons[0].configurationValues", "NaN is Python's, not JSON's"),
    ("spec.argocd.addons.externalDns", "is of partition aws-cn"),
    ("spec.argocd.addons.externalSecrets", "is of account 999999999999"),
    ("spec.nodes.groups[general].zones", "zone d is not in the network's zones a, b, c"),
    ("spec.addons", "Auto Mode brings coredns"),
    ("spec.addons[0].configurationValues", "must be a JSON object"),
    ("spec.argocd.labels.owner", "cost-center, team"),
    ("spec.databases[x].version", "PostgreSQL has no version 11"),
    ("spec.tags.managed-by", "is set by the platform"),
    ("spec.environment", "dev, staging, prod"),
    ("spec.ring", "0, 1, 2"),
}
"""Mistakes that no schema can see: they need tables of AWS, another field's meaning, or the hub facts."""

OUTSIDE: list[tuple[dict[str, Any], str]] = [
    ({"metadata": {"name": "n" * 41}}, "metadata.name"),
    ({"metadata": {"name": "Orders"}}, "metadata.name"),
    ({"metadata": {"name": "orders_1"}}, "metadata.name"),
    ({"metadata": {"name": "orders", "annotation": {"a": "b"}}}, "metadata.annotation"),
    ({"regions": ["eu-west-1"]}, "regions"),
]
"""What is wrong beside `spec`, and where."""

WRONG: tuple[Any, ...] = (5, -1, 1.5, "x", "", [], {}, True, {"bogus": 1}, "a" * 600)
"""Each field of the examples is given all of these; most fit no field."""


@pytest.fixture(scope="module")
def team(hub: Hub, teams: list[Team]) -> Iterator[Team]:
    """A namespace for all stories of this file: most of their claims are never stored."""
    with Team(hub, "team-admission", "100000000001").at_work(teams) as found:
        yield found


@pytest.fixture(scope="module")
def settled(team: Team) -> Item:
    """The minimal claim, settled."""
    team.hub.apply(team.claim("orders"))
    return team.hub.until_ready("orders", team.namespace, seconds=150)


def refusal(team: Team, claim: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> Item | None:
    """What the API server answers to a claim that it refuses, or to a change of one; None if it would store it."""
    kind = team.hub.resource(*XR)
    try:
        if old is None:
            kind.create(body=dict(claim), namespace=team.namespace, query_params=DRY)
        else:
            body = {**claim, "metadata": old["metadata"]}
            kind.replace(body=body, name=old["metadata"]["name"], namespace=team.namespace, query_params=DRY)
    except ApiException as error:
        answer: Item = json.loads(error.body or "")
        return answer
    return None


def causes(answer: Mapping[str, Any]) -> list[Item]:
    """What the API server calls wrong; it says of a wrong type that it has not looked any further, at `<nil>`."""
    return [cause for cause in answer.get("details", {}).get("causes", ()) if cause.get("field") != "<nil>"]


def places(answer: Mapping[str, Any]) -> list[str]:
    """Where the API server sees mistakes, as `argosy validate` names fields."""
    unknown = re.findall(r'unknown field "([^"]+)"', answer["message"])
    found = [
        # What stands twice is a mistake of the list for us, of the second item for the server.
        re.sub(r"\[\d+\]$", "", cause["field"]) if cause["reason"] == "FieldValueDuplicate" else cause["field"]
        for cause in causes(answer)
    ]
    return unknown or found or [answer["message"]]


def validated(claim: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Fields that `argosy validate` complains about, each with what it says; in a namespace that the hub facts know."""
    file = folder / "claim.json"
    file.write_text(json.dumps({**claim, "metadata": {**claim["metadata"], "namespace": "team-orders"}}))
    text = argosy("validate", file, SETUP / "hub.yaml").stderr
    found: list[tuple[str, str]] = re.findall(rf"^{re.escape(str(file))}:\d+: ([^:]+): (.*)$", text, re.MULTILINE)
    return dict(found)


def related(one: str, other: str) -> bool:
    """Whether two fields are the same, or one lies within the other."""
    short, long = sorted((one, other), key=len)
    return long == short or long.startswith((f"{short}.", f"{short}["))


# What is refused, by whom


def test_what_the_server_refuses_validate_refuses_at_the_same_field(team: Team, tmp_path: Path) -> None:
    taken, differ = set(), []
    for spec, field, advice in MISTAKES:
        claim = team.claim("bad", **spec)
        answer, said = refusal(team, claim), validated(claim, tmp_path)
        if answer is None:
            taken.add((field, advice))
        elif not set(places(answer)) <= said.keys() and "a key must be" not in answer["message"]:
            differ.append((field, places(answer), sorted(said)))
        if not (field in said and advice in said[field]):
            differ.append((field, [advice], [f"{name}: {problem}" for name, problem in said.items()]))

    refused = len(MISTAKES) - len(taken)
    print(f"\n{len(MISTAKES)} mistakes: {refused} refused by the API server, {len(taken)} by the function alone")
    assert differ == []
    assert taken == FUNCTION_ALONE


def test_each_rule_of_ours_refuses_with_our_message(team: Team, tmp_path: Path) -> None:
    differ = []
    for path, begins, spec in BROKEN_RULES:
        claim = team.claim("bad", **spec)
        answer = refusal(team, claim) or {"message": "taken"}
        said = [(re.sub(r"\[\d+\]", "[]", cause["field"]), cause["message"]) for cause in causes(answer)]
        message = f"Invalid value: {begins}"
        if not (len(said) == 1 and said[0][0] == path and said[0][1].startswith(message)):
            differ.append((path, begins, answer["message"]))
        if not all(any(related(place, field) for field in validated(claim, tmp_path)) for place in places(answer)):
            differ.append((path, begins, "validate says nothing there"))
    assert differ == []


@pytest.mark.parametrize(("wrong", "field"), OUTSIDE, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_beside_spec_is_said_by_both(
    wrong: dict[str, Any], field: str, team: Team, tmp_path: Path
) -> None:
    claim = team.claim("orders") | copy.deepcopy(wrong)
    claim["metadata"]["namespace"] = team.namespace
    answer = refusal(team, claim)
    assert answer is not None
    assert set(places(answer)) == {field}
    assert list(validated(claim, tmp_path)) == [field]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the values within a value are."""
    if path:
        yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield from paths(item, (*path, step))


def put(spec: Mapping[str, Any], path: Sequence[str | int], value: Any) -> Any:
    """A spec with another value at one place."""
    changed = copy.deepcopy(dict(spec))
    within: Any = changed
    for step in path[:-1]:
        within = within[step]
    within[path[-1]] = value
    return changed


def test_no_wrong_value_of_any_field_gets_past_validate_and_is_refused_then(team: Team, tmp_path: Path) -> None:
    seen, asked, differ = set(), 0, []
    for path in EXAMPLES:
        spec = example(path.stem)["spec"]
        for where in paths(spec):
            general = tuple("" if isinstance(step, int) else step for step in where)
            if general in seen:
                continue
            seen.add(general)
            for value in WRONG:
                claim = team.claim("bad") | {"spec": put(spec, where, value)}
                answer, asked = refusal(team, claim), asked + 1
                if answer is None:
                    continue
                said = validated(claim, tmp_path)
                if not any(related(place, field) for place in places(answer) for field in said):
                    differ.append((where, value, places(answer), sorted(said)))
    print(f"\n{len(seen)} fields, {asked} values")
    assert len(seen) > 80
    assert differ == []


# What only the function refuses


@pytest.mark.parametrize(
    ("field", "advice", "wrong", "right"),
    [
        ("spec.environment", "dev, staging, prod", "moon", "dev"),
        ("spec.kubernetesVersion", "EKS does not offer 1.12", "1.12", "1.35"),
    ],
)
def test_what_only_the_function_refuses_ends_as_its_sentence_on_the_claim(
    field: str, advice: str, wrong: str, right: str, team: Team
) -> None:
    hub, key = team.hub, field.partition(".")[2]
    name = f"refused-{key.lower()}"
    hub.apply(team.claim(name, **{key: wrong}))

    def refused() -> Item | None:
        claim = hub.claim(name, team.namespace) or {}
        return claim if "fatal result" in condition(claim, "Synced").get("message", "") else None

    def instead() -> str:
        return told(hub.claim(name, team.namespace))

    claim = wait_for(refused, f"Crossplane says that {name} is refused", seconds=60, instead=instead)
    assert claim is not None
    synced = condition(claim, "Synced")
    assert (synced["status"], synced["reason"]) == ("False", "ReconcileError")
    sentence = re.search(r"returned a fatal result: (.*)", synced["message"])
    assert sentence is not None
    assert sentence[1].startswith(f"{field}: ")
    assert advice in sentence[1]
    assert [one["message"] for one in blamed(claim)] == [sentence[1]]
    assert hub.composed(name, team.namespace) == {}

    def has_event() -> bool:
        return any(name in event and sentence[1] in event for event in hub.events(team.namespace))

    wait_for(has_event, f"an event tells why {name} is refused", seconds=30, every=1)  # events are written later

    # Written rightly, it goes on by itself.
    hub.patch(claim, {"spec": {key: right}})
    wait_for(lambda: hub.composed(name, team.namespace), f"{name} is composed", seconds=60, instead=instead)
    wait_for(lambda: not blamed(hub.claim(name, team.namespace)), "nothing is blamed", seconds=60, instead=instead)


def blamed(claim: Item | None) -> list[Item]:
    """The conditions that tell of a refusal."""
    return [one for one in (claim or {}).get("status", {}).get("conditions", ()) if one["reason"] == "Refused"]


# Changes


@pytest.fixture(scope="module")
def stored(team: Team) -> Item:
    """A claim that is stored and never composed."""
    claim = team.claim("fixed", **FULL)
    claim["metadata"]["annotations"] = {"crossplane.io/paused": "true"}
    team.hub.apply(claim)

    def paused() -> Item | None:
        found = team.hub.claim("fixed", team.namespace)
        return found if condition(found or {}, "Synced").get("reason") == "ReconcilePaused" else None

    found = wait_for(paused, "Crossplane leaves the claim alone", seconds=60)
    assert found is not None
    return found


def test_what_can_never_change_is_refused_with_our_message(team: Team, stored: Item) -> None:
    differ = []
    for path, name, new in CHANGES:
        answer = refusal(team, team.claim("fixed") | {"spec": FULL | new}, stored) or {"message": "taken"}
        said = [(re.sub(r"\[\d+\]", "[]", cause["field"]), cause["message"]) for cause in causes(answer)]
        if said != [(path, f"Invalid value: {immutable(name).message}")]:
            differ.append((path, name, answer["message"]))
    assert differ == []


def test_every_other_change_is_taken(team: Team, stored: Item) -> None:
    answers = {what: refusal(team, team.claim("fixed") | {"spec": FULL | new}, stored) for what, new in FREE.items()}
    assert answers == dict.fromkeys(FREE)


def test_a_merge_patch_and_an_apply_are_refused_like_a_replacement(team: Team, stored: Item) -> None:
    elsewhere = {"region": "eu-west-2"}
    changes: tuple[Callable[[], Item], ...] = (
        lambda: team.hub.patch(stored, {"spec": elsewhere}),
        lambda: team.hub.apply(team.claim("fixed", **(FULL | elsewhere))),
    )
    for change in changes:
        with pytest.raises(ApiException) as refused:
            change()
        answer = json.loads(refused.value.body or "")
        assert places(answer) == ["spec"]
        assert "region can never change" in answer["message"]


# The kind


def test_the_server_has_taken_the_kind_with_all_rules_and_warns_of_nothing_that_we_ship(hub: Hub) -> None:
    crd = hub.get(*CRD)
    assert crd is not None
    told_of = {one["type"]: one["status"] for one in crd["status"]["conditions"]}
    assert told_of == {"NamesAccepted": "True", "Established": "True"}  # NonStructuralSchema would stand here
    (xrd,) = yaml.safe_load_all((ROOT / "xrds" / f"{CRD[2]}.yaml").read_text())
    ours, theirs = _rules(xrd["spec"]), _rules(crd["spec"])
    assert len(ours) > 30
    assert [rule for rule in ours if rule not in theirs] == []

    strict = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "--warnings-as-errors")
    files = [
        ROOT / "xrds" / f"{CRD[2]}.yaml",
        *(ROOT / "compositions").glob("*/*.yaml"),
        *(SETUP / name for name in ("crossplane-rbac.yaml", "rbac.yaml", "hub.yaml", "provider-config.yaml")),
        SETUP / "provider-kubernetes.yaml",
    ]
    hub.kubectl.run(*strict, *(f"--filename={file}" for file in files))
    hub.kubectl.run(*strict, "--filename=-", stdin=yaml.safe_dump(_as_written(crd)))
    # only an XRD of the version that is deprecated can have claims
    with pytest.raises(KubectlError, match="deprecated"):
        hub.kubectl.run(*strict, f"--filename={ROOT / 'xrds' / 'xeksclusters.claims.fleet.argosy.dev.yaml'}")


def _rules(spec: Any) -> list[Any]:
    """All validation rules below a value."""
    if isinstance(spec, list):
        return [rule for item in spec for rule in _rules(item)]
    if not isinstance(spec, dict):
        return []
    below = [rule for name, item in spec.items() if name != "x-kubernetes-validations" for rule in _rules(item)]
    return [*spec.get("x-kubernetes-validations", ()), *below]


def _as_written(item: Item) -> Item:
    metadata = {"name": item["metadata"]["name"]}
    return {"apiVersion": CRD[0], "kind": CRD[1], "metadata": metadata, "spec": item["spec"]}


def documented() -> dict[str, list[str]]:
    """Cells of each field in docs/reference/xekscluster.md, by its path as `kubectl explain` writes it."""
    found = {}
    for heading, text in sections(PAGES["xekscluster.md"]).items():
        if re.fullmatch(r"`(spec|status)\b.*`", heading):
            above = re.sub(r"[`\[\]]", "", heading)
            found.update(
                {f"{above}.{name}": cells for name, cells in rows(text).items() if name not in ("field", "---")}
            )
    return found


def test_what_the_server_stores_of_the_minimal_claim_is_what_models_and_reference_promise(team: Team) -> None:
    created: Any = team.hub.resource(*XR).create
    answer: Any = created(body=team.claim("minimal"), namespace=team.namespace, query_params=DRY)
    stored = answer.to_dict()["spec"]
    spec = {name: value for name, value in stored.items() if name not in CROSSPLANE_KEYS}
    assert spec == XEKSClusterSpec(region="eu-west-1").model_dump(mode="json", by_alias=True, exclude_none=True)

    checked = 0
    for path, (_, type_, default, *_) in documented().items():
        start, *steps = path.split(".")
        found: Any = spec
        for step in steps[:-1]:
            found = found.get(step) if isinstance(found, dict) else None  # what is within items of a list is not there
        if start != "spec" or not isinstance(found, dict) or type_ == "object":
            continue
        checked += 1
        value = found.get(steps[-1])
        expected = "eu-west-1" if default == "**required**" else json.loads(default.strip("`")) if default else None
        assert value == expected, path
    assert checked > 20


def explained(hub: Hub, part: str) -> dict[str, tuple[str, bool]]:
    """Fields that `kubectl explain --recursive` shows, each with its type and whether it is required."""
    found, above = {}, [f"{part}"]
    for line in hub.kubectl.run("explain", f"xeks.{part}", "--recursive").splitlines():
        match = re.fullmatch(r"( +)(\S+)\t<(\S+)>( -required-)?", line)
        if match is not None:
            depth = len(match[1]) // 2
            above[depth:] = [match[2]]
            found[".".join(above)] = (match[3], bool(match[4]))
    return found


TYPES = {
    "string": "string",
    "integer": "integer",
    "boolean": "boolean",
    "number": "number",
    "Object": "object",
    "[]string": "list of strings",
    "[]Object": "list of objects",
    "map[string]string": "map of strings",
}
"""What kubectl calls a type, and what the reference does."""


def test_kubectl_explain_shows_the_fields_of_the_reference(hub: Hub) -> None:
    """Beside those that Crossplane adds."""
    shown = {
        path: (TYPES[type_], required)
        for path, (type_, required) in explained(hub, "spec").items()
        if path.split(".")[1] not in CROSSPLANE_KEYS
    }
    reference = {
        path: (type_, default == "**required**")
        for path, (_, type_, default, *_) in documented().items()
        if path.startswith("spec.")
    }
    assert len(shown) > 80
    assert shown == reference


@pytest.mark.parametrize(
    "field", ["spec.network.cidr", "spec.nodes.groups.maxSize", "spec.argocd.register", "status.cluster.endpoint"]
)
def test_kubectl_explain_says_what_the_reference_says(field: str, hub: Hub) -> None:
    text = hub.kubectl.run("explain", f"xeks.{field}")
    description = text.partition("DESCRIPTION:")[2]
    assert " ".join(description.split()) == documented()[field][-1]


# What people type


COLUMNS = ["NAME", "REGION", "VERSION", "REGISTERED", "SYNCED", "READY", "COMPOSITION", "AGE"]
WIDE = [*COLUMNS[:4], "DELETABLE", "ENVIRONMENT", "CLUSTER", "ENDPOINT", *COLUMNS[4:7], "COMPOSITIONREVISION", "AGE"]


def table(text: str) -> dict[str, str]:
    """The one row of what `kubectl get` prints, by column."""
    header, row = text.splitlines()
    return dict(zip(header.split(), row.split(), strict=True))


def test_kubectl_get_shows_what_a_person_looks_for(team: Team, settled: Item) -> None:
    get = ("get", "xeks", "orders", f"--namespace={team.namespace}")
    text = team.hub.kubectl.run(*get, "--output=wide")
    print(f"\n{team.hub.kubectl.run(*get)}")
    short, wide = table(team.hub.kubectl.run(*get)), table(text)
    assert list(short) == COLUMNS
    assert list(wide) == WIDE
    cluster = settled["status"]["cluster"]
    assert {name: value for name, value in wide.items() if name not in ("AGE", "COMPOSITIONREVISION")} == {
        "NAME": "orders",
        "REGION": "eu-west-1",
        "VERSION": cluster["version"],
        "REGISTERED": "True",
        "DELETABLE": "False",
        "ENVIRONMENT": "dev",
        "CLUSTER": cluster["name"],
        "ENDPOINT": cluster["endpoint"],
        "SYNCED": "True",
        "READY": "True",
        "COMPOSITION": "xeksclusters-upbound",
    }
    assert short.items() <= {**wide, "AGE": short["AGE"]}.items()


def test_short_names_and_categories_lead_to_claims_and_to_what_they_compose(team: Team, settled: Item) -> None:
    def names(what: str) -> set[str]:
        text = team.hub.kubectl.run("get", what, f"--namespace={team.namespace}", "--output=name", seconds=120)
        return set(text.split())

    kinds = {f"{kind.lower()}.{found.group}" for found in COMPOSITES for kind in (found.kind, found.written_kind)}
    claim = f"xekscluster.{XR[0].partition('/')[0]}/{settled['metadata']['name']}"
    assert {name.partition("/")[0] for name in names("xeks")} == {claim.partition("/")[0]}
    # beside claims of the other package, and the composites behind them, which are in no namespace
    for what in ("xeks", "argosy", "composite"):
        assert claim in names(what), what
        assert {name.partition("/")[0] for name in names(what)} <= kinds, what
    composed = {
        f"{item['kind'].lower()}.{item['apiVersion'].partition('/')[0]}/{item['metadata']['name']}"
        for item in team.hub.composed("orders", team.namespace).values()
    }
    managed = names("managed")
    assert len(composed) > 35
    assert {name for name in composed if not name.startswith("usage.")} <= managed
    # Crossplane's own Usages are in its category, too
    assert composed | {claim} <= names("crossplane")


# A misspelt field


def test_a_misspelt_field_is_refused_unless_somebody_asks_for_less(team: Team) -> None:
    claim = yaml.safe_dump(team.claim("typo", network={"natGateway": "Single"}))
    kubectl = team.hub.kubectl
    apply = ("apply", "--dry-run=server", "--output=json", "--filename=-")
    with pytest.raises(KubectlError, match=r'strict decoding error: unknown field "spec.network.natGateway"'):
        kubectl.run(*apply, stdin=claim)
    for validation in ("strict", "warn", "ignore"):  # what Argo CD does with ServerSideApply=true
        with pytest.raises(KubectlError, match=r"\.spec\.network\.natGateway: field not declared in schema"):
            kubectl.run(*apply, "--server-side", f"--validate={validation}", stdin=claim)
    # Else it is dropped, and the function never sees it: docs/install.md tells to apply on the server's side.
    stored = json.loads(kubectl.run(*apply, "--validate=warn", stdin=claim))["spec"]
    assert stored["network"].keys() == {"cidr", "flowLogs", "natGateways", "zoneSlots"}
    with pytest.raises(KubectlError, match=r'unknown field "spec.network.natGateway"'):
        kubectl.run(*apply, "--validate=warn", "--warnings-as-errors", stdin=claim)


def test_argo_cd_says_which_field_is_misspelt_and_changes_nothing(team: Team) -> None:
    hub, file = team.hub, f"claims/{team.namespace}/typo.yaml"
    claim = team.claim("typo", network={"natGateway": "Single"})
    del claim["metadata"]["namespace"]
    right = copy.deepcopy(claim) | {"spec": {**REGION, "network": {"natGateways": "Single"}}}
    application = ("argoproj.io/v1alpha1", "Application", f"claims-{team.namespace}", "argocd")

    def complaint() -> str:
        status = (hub.get(*application) or {}).get("status", {})
        conditions = (one["message"] for one in status.get("conditions", ()))
        return " ".join([status.get("operationState", {}).get("message", ""), *conditions])

    def nat() -> str | None:
        found = hub.claim("typo", team.namespace)
        return found["spec"]["network"]["natGateways"] if found else None

    try:
        hub.push({file: yaml.safe_dump(claim)}, "A misspelt claim")
        told_so = ".spec.network.natGateway: field not declared in schema"
        wait_for(lambda: told_so in complaint(), "Argo CD names the field", seconds=60, instead=complaint)
        assert nat() is None
        hub.push({file: yaml.safe_dump(right)}, "Spelt rightly")
        wait_for(lambda: nat() == "Single", "the claim is there", seconds=60, instead=complaint)
        wrong = {**right, "spec": {**right["spec"], "enviroment": "prod"}}
        hub.push({file: yaml.safe_dump(wrong)}, "Misspelt again")
        told_so = ".spec.enviroment: field not declared in schema"
        wait_for(lambda: told_so in complaint(), "Argo CD names the field of a change", seconds=60, instead=complaint)
        assert nat() == "Single"
    finally:
        hub.push({file: None}, "No misspelt claim")
        if (found := hub.get(*application)) is not None:
            hub.delete(found)


def test_what_is_asked_for_by_braces_alone_survives_every_sync(join: Callable[[str], Team]) -> None:
    """An API server loses an applied `{}` that it has filled with defaults at every second server-side apply."""
    team = join("braces")
    addons = [name for name, _ in sorted(empty_structs())]
    claim = team.claim("braces", argocd={"addons": {key: {} for key in addons}}, databases=[SERVERLESS])
    claim["metadata"]["annotations"] = {"crossplane.io/paused": "true"}  # nothing is to be made of it
    before = team.hub.apply(claim)
    assert set(before["spec"]["argocd"]["addons"]) == set(addons)
    for _ in range(3):
        after = team.hub.apply(claim)
        assert after["spec"]["argocd"] == before["spec"]["argocd"]
        assert after["spec"]["databases"] == before["spec"]["databases"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


SERVERLESS = {"name": "orders", "engine": "AuroraPostgreSQL", "version": "16", "serverless": {}}


def empty_structs() -> Iterator[tuple[str, Any]]:
    """The add-ons that may be asked for by `{}`."""
    (xrd,) = yaml.safe_load_all((ROOT / "xrds" / "xeksclusters.fleet.argosy.dev.yaml").read_text())
    schema = xrd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for step in ("spec", "argocd", "addons"):
        schema = schema["properties"][step]
    yield from ((name, item) for name, item in schema["properties"].items() if not item.get("required"))
