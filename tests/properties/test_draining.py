"""A cluster leaves Argo CD in the order that leaves nothing on AWS: workloads, add-ons, Secret (REL-15).

Core calls no function for a claim that is being deleted, and Argo CD deletes nothing in a cluster whose Secret is gone
(gitops B3). So everything happens before, and every step waits for what was observed.
"""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest

from argosy.api.argocd import ArgoAddons
from argosy.cli.options import sample_hub
from argosy.cli.request import Answer, build_request, read_answer
from argosy.function import answer
from tests.properties.test_guard import deletable
from tests.support.lives import Life, engine_for, every_engine, example

LEAVES = {"lifecycle": "Decommission"}
SWITCHES = [f"enable_{name}" for name in ArgoAddons.model_fields]


def application(name: str, cluster: str, part: str) -> dict[str, Any]:
    labels = {"fleet.argosy.dev/cluster": cluster, "fleet.argosy.dev/part": part}
    metadata = {"name": name, "namespace": "argocd", "labels": labels}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata}


def labels_of(told: Answer) -> dict[str, str]:
    """Labels of the cluster Secret."""
    labels: dict[str, str] = told.desired["argocd-cluster-secret"]["spec"]["forProvider"]["manifest"]["metadata"][
        "labels"
    ]
    return labels


def raised(told: Answer) -> set[str]:
    return {name for name in SWITCHES if labels_of(told)[name] == "true"}


def registered(told: Answer) -> tuple[str, str, str]:
    (found,) = [item for item in told.conditions if item["type"] == "Registered"]
    return found["status"], found["reason"], found["message"]


@pytest.fixture(scope="module")
def settled() -> Life:
    life = Life(example("production"))
    life.settle()
    return life


@pytest.fixture
def life(settled: Life) -> Life:
    """A production cluster with an Application of every part, and another cluster's."""
    life = copy.deepcopy(settled)
    (secret,) = [item for item in life.simulator.hub.values() if item["kind"] == "Secret"]
    cluster = base64.b64decode(secret["data"]["name"]).decode()
    parts = ("addon", "baseline", "team", "workload")
    life.hub = [
        *sample_hub(),
        *(application(f"{part}-{cluster}", cluster, part) for part in parts),
        application("addon-other", "other", "addon"),
    ]
    return life


def end(life: Life, *parts: str) -> None:
    """Argo CD has deleted the Applications of these parts."""
    life.hub = [
        item for item in life.hub if item["metadata"].get("labels", {}).get("fleet.argosy.dev/part") not in parts
    ]


def test_a_living_cluster_asks_for_nothing_and_keeps_its_switches(life: Life) -> None:
    told = life.settle()
    assert labels_of(told)["workloads"] == "true"
    assert "enable_external_dns" in raised(told)
    reply = answer(build_request(life.claim, engine_for(life.claim), life.observed.values(), life.hub))
    assert not reply.requirements.resources


def test_workloads_go_first_then_add_ons_then_the_guard(life: Life) -> None:
    up = raised(life.settle())
    leaving = life.change(LEAVES)
    leaving.hub = life.hub

    told = leaving.settle()
    assert labels_of(told)["workloads"] == "false"
    assert raised(told) == up, "without its controller a load balancer of a workload stays on AWS"
    assert deletable(told)[:2] == ("False", "Protected")
    assert "Argo CD still deletes Application addon-orders-prod-" in deletable(told)[2]
    assert deletable(told)[2].endswith(" and 2 more")

    end(leaving, "workload")
    assert raised(leaving.settle()) == up, "a team's namespaces hold volumes"
    end(leaving, "team")
    told = leaving.settle()
    assert raised(told) == set()
    assert deletable(told)[:2] == ("False", "Protected")
    assert "and" not in deletable(told)[2].partition("addon-orders-prod-")[2]
    assert told.ttl_seconds <= 30
    assert {f"pod-identity-addon-{name}" for name in ("cert-manager", "external-dns")} <= set(told.desired)

    end(leaving, "addon")
    leaving.hub.append(application("addon-other", "other", "addon"))
    told = leaving.settle()
    assert deletable(told)[:2] == ("True", "Decommissioned")
    assert "argocd-cluster-secret" in told.desired, "it goes with the claim, and the baseline with it"


def test_what_leaves_can_come_back(life: Life) -> None:
    up = raised(life.settle())
    leaving = life.change(LEAVES)
    leaving.hub = life.hub
    end(leaving, "workload", "team")
    assert raised(leaving.settle()) == set()
    back = leaving.change({"lifecycle": "Active"})
    back.hub = leaving.hub
    told = back.settle()
    assert raised(told) == up
    assert labels_of(told)["workloads"] == "true"


def test_nothing_goes_before_somebody_has_looked(life: Life) -> None:
    up = raised(life.settle())
    leaving = life.change(LEAVES)
    reply = answer(build_request(leaving.claim, engine_for(life.claim), leaving.observed.values(), life.hub))
    selector = reply.requirements.resources["applications"]
    assert (selector.api_version, selector.kind, selector.namespace) == (
        "argoproj.io/v1alpha1",
        "Application",
        "argocd",
    )
    assert list(selector.match_labels.labels) == ["fleet.argosy.dev/cluster"]
    (deletable_now,) = [item for item in reply.conditions if item.type == "Deletable"]
    assert "nobody has looked yet which Applications the cluster has" in deletable_now.message
    assert raised(read_answer(reply)) == up


def test_a_cluster_that_leaves_argo_cd_goes_the_same_way(life: Life) -> None:
    life.settle()
    leaving = life.change({"argocd": {**life.claim["spec"]["argocd"], "register": False}})
    leaving.hub = life.hub
    told = leaving.settle()
    assert labels_of(told)["workloads"] == "false"
    assert registered(told)[:2] == ("False", "Draining")
    assert "Argo CD still deletes Application addon-orders-prod-" in registered(told)[2]
    assert (told.finished, told.ttl_seconds) == (False, 30)
    end(leaving, "workload", "team", "addon")
    told = leaving.settle()
    assert registered(told)[:2] == ("True", "NotRequested")
    assert not {"argocd-cluster-secret", "access-entry-argocd", "role-spoke"} & set(told.desired)


def test_a_hub_fact_that_is_lost_meanwhile_takes_nothing(life: Life) -> None:
    life.settle()
    leaving = life.change({"argocd": {**life.claim["spec"]["argocd"], "register": False}})
    leaving.hub = copy.deepcopy(life.hub)
    del leaving.hub[0]["data"]["argocd"]["roleArn"]
    told = leaving.call()
    assert told.fatal is not None
    assert "lacks argocd.roleArn" in told.fatal
    end(leaving, "workload", "team", "addon")
    assert "argocd-cluster-secret" not in leaving.call().desired


@every_engine
def test_a_cluster_that_was_never_registered_waits_for_no_application(engine: str) -> None:
    claim = example("minimal", engine)
    claim["spec"]["argocd"] = {"register": False}
    life = Life(claim)
    life.settle()
    assert deletable(life.change(LEAVES).settle())[0] == "True"
