"""No add-on goes while something is left that only it can take away; on a real API server: tests/gitops_hub."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from tests.gitops.charts import CHARTS
from tests.gitops.expansion import ADDONS_CHART, GITOPS, registry, template
from tests.gitops.test_charts import made_of, of_addon, wave
from tests.tools.build import ROOT

pytestmark = pytest.mark.tools
CHART = GITOPS / "charts" / "last-round"
PROGRAM = CHART / "files" / "last_round.py"
WAITING = tuple(key for key, entry in registry()["addons"].items() if "outlives" in entry)
LOCK = "fleet.argosy.dev/last-round"


def program() -> ModuleType:
    """What runs in the pod, as a module."""
    spec = importlib.util.spec_from_file_location("last_round", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def made(key: str) -> tuple[dict[str, Any], ...]:
    """What an add-on's Application has beside its chart."""
    application = of_addon(key)
    (source,) = (found for found in application["spec"]["sources"] if found.get("path", "").endswith("last-round"))
    namespace = application["spec"]["destination"]["namespace"]
    return tuple(template(CHART, source["helm"]["valuesObject"], namespace=namespace))


def one(key: str, kind: str, end: str = "last-round") -> dict[str, Any]:
    (found,) = (item for item in made(key) if item["kind"] == kind and item["metadata"]["name"].endswith(end))
    return found


def rules(key: str, kind: str) -> list[Any]:
    """What a role allows, without what it says of the lock."""
    found = [item["rules"] for item in made(key) if item["kind"] == kind]
    return [rule for listed in found for rule in listed if rule["resources"] != ["configmaps"]]


@pytest.mark.parametrize("key", registry()["addons"])
def test_every_add_on_says_what_it_waits_for_or_why_for_nothing(key: str) -> None:
    entry = {name: value for name, value in registry()["addons"][key].items() if name not in ("outlives", "linger")}
    entry.pop("leaves", None)
    with pytest.raises(RuntimeError, match="missing property 'outlives'"):
        template(ADDONS_CHART, {"addons": {key: entry}, "rings": ["0"]})


@pytest.mark.parametrize("key", WAITING)
def test_the_lock_alone_is_in_a_later_wave(key: str) -> None:
    waves = {(item["kind"], item["metadata"]["name"]): wave(item) for item in made(key)}
    name = key.replace("_", "-")

    assert waves.pop(("ConfigMap", f"{name}-last-round")) == 1
    assert set(waves.values()) == {0}, "it would lose its rights, its program or its pod before the lock is gone"
    assert one(key, "ConfigMap")["metadata"]["finalizers"] == [LOCK] == [program().FINALIZER]
    if key in CHARTS:
        hooks = {"helm.sh/hook", "argocd.argoproj.io/hook"}
        own = [item for item in made_of(key) if not hooks & (item["metadata"].get("annotations") or {}).keys()]
        assert max(map(wave, own)) == 0, "a part of the add-on would go first"


@pytest.mark.parametrize("key", WAITING)
def test_it_may_list_what_it_waits_for_and_nothing_else(key: str) -> None:
    entry, name = registry()["addons"][key], f"{key.replace('_', '-')}-last-round"

    def listed(*, own: bool) -> list[Any]:
        found = [item for rule in entry["outlives"] if rule.get("own", False) is own for item in rule["resources"]]
        split = (item.partition(".") for item in found)
        return [{"apiGroups": [group], "resources": [resource], "verbs": ["list"]} for resource, _, group in split]

    assert rules(key, "Role") == listed(own=True)
    assert rules(key, "ClusterRole") == listed(own=False)
    (lock,) = (rule for rule in one(key, "Role")["rules"] if rule["resources"] == ["configmaps"])
    assert lock == {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [name], "verbs": ["get", "patch"]}
    account = {"kind": "ServiceAccount", "name": name, "namespace": of_addon(key)["spec"]["destination"]["namespace"]}
    for binding in (item for item in made(key) if item["kind"].endswith("Binding")):
        assert binding["subjects"] == [account]
        assert binding["roleRef"]["name"] == name


@pytest.mark.parametrize("key", WAITING)
def test_the_pod_runs_the_program_with_what_the_registry_says(key: str) -> None:
    entry = registry()["addons"][key]
    data = one(key, "ConfigMap", "-program")["data"]

    assert data["last_round.py"] == PROGRAM.read_text(encoding="utf-8")
    assert json.loads(data["told.json"]) == {
        "name": key.replace("_", "-"),
        "namespace": of_addon(key)["spec"]["destination"]["namespace"],
        "linger": entry.get("linger", 0),
        "outlives": entry["outlives"],
    }
    spec = one(key, "Deployment")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert spec["serviceAccountName"] == one(key, "ServiceAccount")["metadata"]["name"]
    (mount,) = container["volumeMounts"]
    assert {path.rpartition("/")[0] for path in container["command"] if path.endswith((".py", ".json"))} == {
        mount["mountPath"]
    }


def test_a_pod_that_is_told_something_else_is_a_new_one() -> None:
    def stamp(linger: int) -> str:
        values = {"name": "x", "linger": linger, "outlives": [{"resources": ["services"]}]}
        (pod,) = (item for item in template(CHART, values) if item["kind"] == "Deployment")
        return str(pod["spec"]["template"]["metadata"]["annotations"])

    assert stamp(1) == stamp(1) != stamp(2)


def test_the_page_says_of_each_what_it_waits_for() -> None:
    page = (ROOT / "docs" / "addons.md").read_text(encoding="utf-8")
    rows = page.partition("| add-on | waits until there are no more |")[2].partition("\n\n")[0]

    named = [row.split("|")[1].strip() for row in rows.splitlines()[2:]]

    assert sorted(named) == sorted(key.replace("_", "-") for key in WAITING)


def test_two_conditions_in_one_rule_are_refused() -> None:
    """Only the first would be looked at."""
    rule = {"resources": ["services"], "finalizers": ["x/y"], "names": True}
    with pytest.raises(RuntimeError, match="maxProperties"):
        template(CHART, {"name": "x", "outlives": [rule]})


def item(spec: Mapping[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "shop"} | metadata, "spec": dict(spec or {})}


BALANCED = {"resources": ["services"], "finalizers": ["service.k8s.aws/resources", "group.ingress.k8s.aws/"]}
NAMED = {"resources": ["services"], "names": True}
OWN = {"resources": ["persistentvolumeclaims"], "own": True}
OWNED = {"resources": ["customresourcedefinitions.apiextensions.k8s.io"], "owners": ["pkg.crossplane.io/"]}
HOSTNAME = "external-dns.alpha.kubernetes.io/hostname"
CONTROLLER = "external-dns.alpha.kubernetes.io/controller"


@pytest.mark.parametrize(
    ("rule", "found", "waits"),
    [
        ({"resources": ["services"]}, item(), True),
        (BALANCED, item(), False),
        (BALANCED, item(finalizers=["service.kubernetes.io/load-balancer-cleanup"]), False),
        (BALANCED, item(finalizers=["other/one", "service.k8s.aws/resources"]), True),
        (BALANCED, item(finalizers=["group.ingress.k8s.aws/shop"]), True),
        (BALANCED, item(finalizers=["service.k8s.aws/resources"], deletionTimestamp="now"), True),
        (NAMED, item(), False),
        (NAMED, item({"rules": [{"http": {}}], "tls": [{"secretName": "x"}]}), False),
        (NAMED, item({"rules": [{"host": "shop.example.com"}]}), True),
        (NAMED, item({"tls": [{"hosts": ["shop.example.com"]}]}), True),
        (NAMED, item(annotations={HOSTNAME: "shop.example.com"}), True),
        (NAMED, item(annotations={HOSTNAME: "shop.example.com", CONTROLLER: "none"}), False),
        (NAMED, item(annotations={HOSTNAME: "shop.example.com", CONTROLLER: "dns-controller"}), True),
        (OWN, item(), True),
        (OWN, item(deletionTimestamp="now", finalizers=["kubernetes.io/pvc-protection"]), False),
        (OWNED, item(), False),
        (OWNED, item(ownerReferences=[{"apiVersion": "apiextensions.crossplane.io/v1"}]), False),
        (OWNED, item(ownerReferences=[{"apiVersion": "pkg.crossplane.io/v1"}]), True),
    ],
)
def test_what_counts(rule: Mapping[str, Any], found: Mapping[str, Any], waits: bool) -> None:
    assert program().counts(rule, found) is waits


def test_it_reads_all_pages_of_the_version_that_has_the_kind() -> None:
    """`null` is what a real server says instead of an empty list, where only metadata is asked for."""
    module = program()
    answers = {
        "/apis/example.org": {"versions": [{"groupVersion": "example.org/v2"}, {"groupVersion": "example.org/v1"}]},
        "/apis/example.org/v1/things?limit=200": {"metadata": {"continue": "more"}, "items": [item(name="a")]},
        "/apis/example.org/v1/things?limit=200&continue=more": {"metadata": {}, "items": [item(name="b")]},
        "/api/v1/services?limit=200": {"metadata": {}, "items": None},
        "/api/v1/namespaces/own/persistentvolumeclaims?limit=200": {"metadata": {}, "items": [item(namespace="own")]},
    }

    class Answers(module.Api):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            pass

        def ask(self, path: str, *, accept: str = "", change: object = None) -> Any:
            return answers.get(path)

    every = [{"resources": ["things.example.org", "others.example.org", "things.example.com", "services"]}, OWN]
    assert module.remaining(Answers(), {"namespace": "own", "outlives": every}) == [
        "things.example.org shop/a",
        "things.example.org shop/b",
        "persistentvolumeclaims own/web",
    ]


def test_of_very_many_it_names_some() -> None:
    text = program().in_words([f"services shop/{number}" for number in range(25)])
    assert text.splitlines()[0] == "services shop/0"
    assert text.splitlines()[-1] == "and 5 more"
    assert len(text.splitlines()) == 21
