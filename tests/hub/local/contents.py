"""What is installed on a local hub, and in which order: the files that a platform team applies, where there are some.

Only what cannot hold on this machine is changed on the way, by the functions that say `_local`.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from argosy.simulator.live.settings import CONFIG
from tests.hub.local import parts
from tests.hub.local.certificates import write_account
from tests.hub.local.fleet import write_fleet
from tests.hub.local.home import Home, Port
from tests.hub.local.kubectl import APPLY, Kubectl, documents
from tests.hub.local.parts import LOOPBACK, MANIFESTS, SETUP
from tests.hub.local.processes import Processes
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT, TOOLS

Item = dict[str, Any]

CRDS = (
    *sorted((TOOLS["crossplane-core"].share / "cluster/crds").glob("*.yaml")),
    *sorted((TOOLS["provider-kubernetes"].share / "package/crds").glob("kubernetes.m.crossplane.io_*.yaml")),
    *sorted((TOOLS["argocd"].share / "manifests/crds").glob("*-crd.yaml")),
    *sorted((ROOT / "tests/schemas/crds").glob("*aws.m.upbound.io_*.yaml")),
    *sorted((ROOT / "tests/schemas/crds").glob("*aws.upbound.io_*.yaml")),
)
"""Crossplane's, provider-kubernetes' namespaced ones, Argo CD's; of the AWS provider only the kinds that we compose."""
ACCOUNTS = (
    ("crossplane-system", "crossplane"),
    ("crossplane-system", "rbac-manager"),
    ("crossplane-system", "argosy-provider-kubernetes"),
    ("crossplane-system", "argosy-provider-aws"),
    *(("argocd", f"argocd-{name}") for name in ("application-controller", "applicationset-controller", "repo-server")),
)
"""As whom the parts of the hub work: service accounts of Crossplane's chart, of examples/setup, and Argo CD's."""
TEAMS = {"team-orders": "111122223333", "team-search": "444455556666", "team-shop": "777788889999"}
"""Namespaces of claims, those of the examples, and the accounts that their credentials lead to."""


class Contents:
    """The steps of an installation; each may be repeated."""

    def __init__(self, home: Home, processes: Processes, told: Callable[[str], None]) -> None:
        """Does nothing yet.

        Args:
            home: of the hub.
            processes: of the hub.
            told: is told what is done, a line each.
        """
        self._home, self._processes, self._told = home, processes, told
        self._kubectl = Kubectl(home.kubeconfig)

    def install(self) -> None:
        """Brings an empty API server to a hub that waits for claims.

        Raises:
            CrashedError: a part has ended or does not get ready.
            KubectlError: the API server refuses an object.
        """
        home, run, apply = self._home, self._processes.run, self._kubectl.apply
        self._told("CustomResourceDefinitions, roles")
        self._kubectl.run(*APPLY, *(f"--filename={path}" for path in CRDS))
        apply(
            [_namespace("crossplane-system"), _namespace(CONFIG.namespace), *_crossplane_chart(), _usage_webhook(home)]
        )
        providers = documents(SETUP / "providers.yaml", SETUP / "provider-kubernetes-runtime.yaml")
        apply(item for item in providers if item["kind"] == "ServiceAccount")
        apply(documents(MANIFESTS / "argocd.yaml"))
        apply(documents(MANIFESTS / "providers.yaml", SETUP / "crossplane-rbac.yaml", SETUP / "rbac.yaml"))
        apply(documents(SETUP / "admission.yaml", SETUP / "network-policies.yaml"))
        self._write_accounts()
        Kubectl(home.kubeconfig_of("spoke-admin")).apply(documents(MANIFESTS / "spoke.yaml"))
        self._told("Crossplane, the function, the simulator")
        self._processes.end(["provider-kubernetes"])  # where the RBAC manager listens
        run([parts.controller_manager(home), parts.core(home), parts.function(home), parts.rbac_manager(home)])
        self._told("packages' content, hub facts, teams")
        self._install_packages()
        # The controller manager looks for new kinds every 30 seconds. Until then quotas of claims refuse all of them,
        # and garbage collection leaves composed objects alone; a new one knows them at once.
        self._processes.end(["rbac-manager", "controller-manager"])
        run([parts.controller_manager(home), parts.provider_kubernetes(home), parts.simulator(home)])
        apply(self._provider_kubernetes_local())
        for namespace, account in TEAMS.items():
            apply(team(namespace, account))
        apply(documents(SETUP / "hub.yaml"))
        self._told("Argo CD, the Git repository")
        self._install_argocd()

    def _write_accounts(self) -> None:
        """Gives every part of the hub the token of its service account, as a pod has it."""
        for namespace, name in ACCOUNTS:
            token = self._kubectl.run("create", "token", name, f"--namespace={namespace}", "--duration=8760h")
            write_account(self._home, namespace, name, token)

    def _install_packages(self) -> None:
        """What the packages contain; no registry of packages is on this machine."""
        definitions = documents(*sorted((ROOT / "xrds").glob("*.yaml")))
        for xrd in definitions:
            # of several Compositions for a kind, such as stories' own, Crossplane chooses one at random for each claim
            engine = "upbound-cluster" if "claimNames" in xrd["spec"] else "upbound"
            xrd["spec"]["defaultCompositionRef"] = {"name": f"{xrd['spec']['names']['plural']}-{engine}"}
        self._kubectl.apply(
            definitions
            + documents(
                *sorted((ROOT / "compositions").glob("*/upbound*.yaml")),
                *sorted((ROOT / "package").glob("*/activation.yaml")),
                MANIFESTS / "function.yaml",
            )
        )
        endpoint = f'{{"status":{{"endpoint":"localhost:{Port.FUNCTION}","capabilities":["composition"]}}}}'
        revision = ("functionrevision", "function-argosy-local")
        self._kubectl.run("patch", *revision, "--subresource=status", "--type=merge", f"--patch={endpoint}")
        established = ("wait", "xrd", "--all", "--for=condition=Established", "--timeout=1s")
        wait_for(lambda: self._kubectl.works(*established), "the XRDs are Established", seconds=60)
        offered = ("wait", "xrd/xeksclusters.claims.fleet.argosy.dev", "--for=condition=Offered", "--timeout=1s")
        wait_for(lambda: self._kubectl.works(*offered), "claims are Offered", seconds=60)
        names = (f"crossplane:composite:{path.stem}:aggregate-to-crossplane" for path in (ROOT / "xrds").glob("*.yaml"))
        roles = ("get", "clusterroles", *names)
        wait_for(lambda: self._kubectl.works(*roles), "the RBAC manager has written the roles of the XRDs", seconds=30)

    def _provider_kubernetes_local(self) -> list[Item]:
        """examples/setup, but that the kubeconfig names this machine's API server and a file of this machine."""
        token = self._home.pki / "argosy-provider-kubernetes" / "token"
        items = documents(SETUP / "provider-kubernetes.yaml")
        secret = next(item for item in items if item["kind"] == "Secret")
        config = yaml.safe_load(secret["stringData"]["kubeconfig"])
        config["clusters"][0]["cluster"]["server"] = f"https://{LOOPBACK}:{Port.API_SERVER}"
        config["users"][0]["user"]["tokenFile"] = str(token)
        secret["stringData"]["kubeconfig"] = yaml.safe_dump(config)
        return items

    def _install_argocd(self) -> None:
        key = {"server.secretkey": secrets.token_hex(16)}
        secret = _object("v1", "Secret", "argocd-secret", "argocd")
        secret["metadata"]["labels"] = {"app.kubernetes.io/part-of": "argocd"}
        self._kubectl.apply([{**secret, "stringData": key}])
        parts.spoke_access(self._home)
        self._processes.run([parts.redis(self._home), parts.repo_server(self._home)])
        self._processes.run([parts.application_controller(self._home), parts.applicationset_controller(self._home)])
        write_fleet(self._home)
        address = f"file://{self._home.repository}"
        text = (MANIFESTS / "fleet.yaml").read_text().replace("REPOSITORY", address)
        project = _object("argoproj.io/v1alpha1", "AppProject", "default", "argocd") | {"spec": {}}
        self._kubectl.apply([project, *yaml.safe_load_all(text)])


def team(namespace: str, account: str) -> list[Item]:
    """What examples/setup gives the namespace of a team for claims of either package, for another one's account."""
    files = (SETUP / "provider-config.yaml", SETUP / "claims" / "provider-config.yaml")
    text = "---\n".join(path.read_text() for path in files)
    return list(yaml.safe_load_all(text.replace("team-orders", namespace).replace("111122223333", account)))


def _object(version: str, kind: str, name: str, namespace: str | None = None) -> Item:
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **where}}


def _namespace(name: str) -> Item:
    return _object("v1", "Namespace", name)


def _crossplane_chart() -> list[Item]:
    """Accounts and roles of Crossplane's chart, as `helm template` writes them with default values.

    Its templates decide nothing in these files but whether they are there at all, so lines of logic are left out.
    """
    folder = TOOLS["crossplane-core"].share / "cluster/charts/crossplane/templates"
    files = ("serviceaccount", "clusterrole", "clusterrolebinding")
    manager = ("serviceaccount", "clusterrole", "clusterrolebinding", "allowed-provider-permissions")
    return [
        item
        for name in (*files, *(f"rbac-manager-{name}" for name in manager), "rbac-manager-managed-clusterroles")
        for item in yaml.safe_load_all(_without_templates(folder / f"{name}.yaml"))
        if item
    ]


def _without_templates(path: Path) -> str:
    lines = (
        line.replace('{{ template "crossplane.name" . }}', "crossplane").replace(
            "{{ .Release.Namespace }}", "crossplane-system"
        )
        for line in path.read_text().splitlines()
    )
    return "\n".join(line for line in lines if "{{" not in line)


def _usage_webhook(home: Home) -> Item:
    """Crossplane's webhook that refuses to delete what is in use; it is a process, so it has an address of its own."""
    folder = TOOLS["crossplane-core"].share / "cluster/webhookconfigurations"
    (item,) = documents(folder / "usage.yaml")
    authority = b64encode((home.pki / "hub" / "ca.crt").read_bytes()).decode()
    address = f"https://{LOOPBACK}:{Port.CORE_WEBHOOK}/validate-no-usages"
    for webhook in item["webhooks"]:
        webhook["clientConfig"] = {"url": address, "caBundle": authority}
    return item
