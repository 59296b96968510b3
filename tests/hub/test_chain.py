"""The whole chain: from `git push` of a claim to a workload on the cluster that it became."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import yaml

from tests.hub.live import Hub, Item, Team, condition
from tests.hub.local.home import Port
from tests.hub.local.waiting import Journey

NAME = "orders"
SECONDS = 120
HUB_ONLY = ("argocd", "crossplane-system", "team-")
"""Names and prefixes of namespaces that only a hub has."""


@dataclass(kw_only=True)
class Travel(Journey):
    """A claim's way, and when it got where, in seconds after the push."""

    team: Team


def secret_of(team: Team) -> Item:
    found = team.hub.secret(NAME, team.namespace)
    assert found is not None
    return found


def application_of(team: Team) -> Item | None:
    secret = team.hub.secret(NAME, team.namespace)
    if secret is None:
        return None
    name = b64decode(secret["data"]["name"]).decode()
    return team.hub.get("argoproj.io/v1alpha1", "Application", f"hello-{name}", "argocd")


def synced(application: Item | None) -> bool:
    status = (application or {}).get("status", {})
    states = status.get("sync", {}).get("status"), status.get("health", {}).get("status")
    return states == ("Synced", "Healthy")


@pytest.fixture
def travelled(team: Team) -> Iterator[Travel]:
    """A claim that was committed and has gone all the way."""
    hub, file = team.hub, f"claims/{team.namespace}/{NAME}.yaml"
    claim = team.claim(NAME)
    del claim["metadata"]["namespace"]  # Argo CD gives it: the folder is the namespace
    hub.push({file: yaml.safe_dump(claim)}, "A cluster for orders")
    journey = Travel(team=team)

    def has(kind: str) -> Callable[[], bool]:
        return lambda: condition(hub.claim(NAME, team.namespace) or {}, kind).get("status") == "True"

    def composes() -> bool:
        return bool(hub.list("ec2.aws.m.upbound.io/v1beta1", "VPC", team.namespace))

    spoke = hub.spoke
    journey.travel(
        {
            "Argo CD has synced the claim": lambda: hub.claim(NAME, team.namespace) is not None,
            "Crossplane has composed the first objects": composes,
            "NetworkReady": has("NetworkReady"),
            "ControlPlaneReady": has("ControlPlaneReady"),
            "ComputeReady": has("ComputeReady"),
            "the cluster Secret is in Argo CD's namespace": lambda: hub.secret(NAME, team.namespace) is not None,
            "Registered": has("Registered"),
            "Ready": has("Ready"),
            "the ApplicationSet has made an Application": lambda: application_of(team) is not None,
            "the Application is Synced and Healthy": lambda: synced(application_of(team)),
            "its ConfigMap is on the cluster": lambda: bool(spoke.list("v1", "ConfigMap", hello(team))),
        },
        seconds=SECONDS,
    )
    yield journey
    # Else Argo CD would make the claim again, as often as it is deleted.
    hub.push({file: None}, "No cluster for orders")
    application = hub.get("argoproj.io/v1alpha1", "Application", f"claims-{team.namespace}", "argocd")
    if application is not None:
        hub.delete(application)


def hello(team: Team) -> str:
    """Namespace of the workload on the cluster."""
    secret = team.hub.secret(NAME, team.namespace)
    return f"hello-{b64decode(secret['data']['name']).decode()}" if secret else "hello-nobody"


def test_a_commit_becomes_a_cluster_with_its_first_application(travelled: Travel) -> None:
    print(f"\nfrom git push, of the minimal claim:\n{travelled.story()}")
    team = travelled.team
    hub = team.hub

    secret = secret_of(team)
    config = json.loads(b64decode(secret["data"]["config"]))
    status = (hub.claim(NAME, team.namespace) or {})["status"]
    assert b64decode(secret["data"]["server"]).decode() == status["cluster"]["endpoint"]
    assert set(secret["data"]) == {"name", "server", "config"}
    assert set(config) == {"awsAuthConfig", "tlsClientConfig"}
    assert set(config["tlsClientConfig"]) == {"insecure", "caData"}
    assert config["tlsClientConfig"]["insecure"] is False

    asked = f"cluster {config['awsAuthConfig']['clusterName']}, role {config['awsAuthConfig']['roleARN']}"
    assert f"{asked}: allowed" in hub.processes.log("simulator").read_text()

    spoke = hub.spoke
    assert [item["data"] for item in spoke.list("v1", "ConfigMap", hello(team)) if item["metadata"]["name"] == "hello"]
    assert hub.list("v1", "ConfigMap", hello(team)) == []
    namespaces = [item["metadata"]["name"] for item in spoke.list("v1", "Namespace")]
    assert [name for name in namespaces if name.startswith(HUB_ONLY)] == []
    assert spoke.list("apiextensions.k8s.io/v1", "CustomResourceDefinition") == []
    assert spoke.list("v1", "Secret") == []


def test_the_hubs_users_are_nobody_on_a_cluster(hub: Hub) -> None:
    context = ssl.create_default_context(cafile=str(hub.home.pki / "spoke" / "ca.crt"))
    context.load_cert_chain(hub.home.pki / "admin" / "tls.crt", hub.home.pki / "admin" / "tls.key")
    token = (hub.home.pki / "argocd-application-controller" / "token").read_text()
    address = f"https://localhost:{Port.SPOKE}/api/v1/namespaces"

    for headers in ({}, {"Authorization": f"Bearer {token}"}):
        with pytest.raises((urllib.error.HTTPError, ssl.SSLError, urllib.error.URLError)) as refused:
            urllib.request.urlopen(urllib.request.Request(address, headers=headers), context=context, timeout=10)
        assert getattr(refused.value, "code", 401) == 401
        if isinstance(refused.value, urllib.error.HTTPError):
            refused.value.close()
