"""What a local hub consists of: the command line of every process, and when it serves."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.error import URLError

import yaml

from tests.hub.local.home import Home, Port
from tests.hub.local.kubectl import Kubectl
from tests.hub.local.processes import Part, listens
from tests.tools.build import ROOT, built

HERE = Path(__file__).parent
MANIFESTS = HERE / "manifests"
SETUP = ROOT / "examples" / "setup"
LOOPBACK = "127.0.0.1"
BEAT_SECONDS = 0.25
"""A beat stands for about two minutes on AWS: a cluster is ACTIVE after five beats instead of ten minutes."""


def _url(port: int, path: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=2) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    return answers


def _port(port: int) -> Callable[[], bool]:
    return lambda: listens(port)


def etcd(home: Home) -> Part:
    """The store of both API servers."""
    port, peer_port = home.port(Port.ETCD), home.port(Port.ETCD_PEER)
    client, peer = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{peer_port}"
    return Part(
        name="etcd",
        command=[
            built("etcd"),
            f"--data-dir={home.data / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",  # a hub for trying out: a machine that loses power may lose it
            "--log-level=warn",
        ],
        ready=_url(port, "/health"),
        ports=(port, peer_port),
    )


def _api_server(home: Home, name: str, port: int, authority: str, user: str, extra: Sequence[str]) -> Part:
    pki, admin = home.pki, Kubectl(home.kubeconfig_of(user))
    # ServiceAccount admission would wait for a controller that makes tokens; the others watch kinds that no node of
    # this machine needs.
    disabled = (
        "ServiceAccount,StorageObjectInUseProtection,TaintNodesByCondition,PersistentVolumeClaimResize,"
        "DefaultStorageClass,RuntimeClass"
    )
    return Part(
        name=name,
        command=[
            built("kube-apiserver"),
            f"--etcd-servers=http://{LOOPBACK}:{home.port(Port.ETCD)}",
            f"--etcd-prefix=/{name}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={port}",
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/24",
            f"--client-ca-file={pki / authority / 'ca.crt'}",
            f"--tls-cert-file={pki / name / 'tls.crt'}",
            f"--tls-private-key-file={pki / name / 'tls.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki / 'service-accounts' / 'sa.pub'}",
            f"--service-account-signing-key-file={pki / 'service-accounts' / 'sa.key'}",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            "--profiling=false",
            f"--disable-admission-plugins={disabled}",
            *extra,
        ],
        ready=lambda: listens(port) and admin.works("get", "--raw=/readyz"),
        ports=(port,),
    )


def api_server(home: Home) -> Part:
    """The hub's API server; it writes down who changes what."""
    log = home.logs / "audit.jsonl"
    audit = (
        f"--audit-policy-file={MANIFESTS / 'audit.yaml'}",
        f"--audit-log-path={log}",
        "--audit-log-mode=batch",
        "--audit-log-batch-max-wait=1s",
    )
    return _api_server(home, "apiserver", home.port(Port.API_SERVER), "hub", "admin", audit)


def spoke_api_server(home: Home) -> Part:
    """The API server of every cluster that the simulator makes.

    It has its own certificate authority, and the hub's users are nobody there: whoever comes without the token that
    stands for an IAM session stays outside.
    """
    token = (f"--token-auth-file={home.pki / 'spoke-token' / 'users.csv'}",)
    return _api_server(home, "spoke-apiserver", home.port(Port.SPOKE), "spoke", "spoke-admin", token)


def controller_manager(home: Home) -> Part:
    """Garbage collection, deletion of namespaces, aggregated roles, types in policies. Starts after all kinds.

    A garbage collector that is older than a kind learns of it half a minute later, and leaves its objects alone
    until then.
    """
    controllers = (
        "garbage-collector-controller,namespace-controller,serviceaccount-controller,"
        "serviceaccount-token-controller,clusterrole-aggregation-controller,resourcequota-controller,"
        "validatingadmissionpolicy-status-controller"
    )
    return Part(
        name="controller-manager",
        command=[
            built("kube-controller-manager"),
            f"--kubeconfig={home.kubeconfig_of('controller-manager')}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={Port.CONTROLLER_MANAGER}",
            "--authentication-skip-lookup=true",
            "--leader-elect=false",
            # As on a real cluster: policies name the garbage collector's own service account.
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={home.pki / 'service-accounts' / 'sa.key'}",
            f"--root-ca-file={home.pki / 'hub' / 'ca.crt'}",
            f"--controllers={controllers}",
        ],
        ready=_port(Port.CONTROLLER_MANAGER),
        ports=(Port.CONTROLLER_MANAGER,),
    )


def function(home: Home, name: str = "function", port: int = Port.FUNCTION) -> Part:
    """Our function, as its image runs it: with mutual TLS."""
    return Part(
        name=name,
        command=[
            Path(sys.executable).parent / "function-argosy",
            f"--address={LOOPBACK}:{port}",
            f"--tls-certs-dir={home.pki / 'function'}",
        ],
        ready=_port(port),
        ports=(port,),
    )


def core(home: Home) -> Part:
    """Crossplane, with the arguments that examples/setup gives it."""
    values = yaml.safe_load((SETUP / "crossplane-values.yaml").read_text())
    return Part(
        name="crossplane",
        command=[
            built("crossplane-core"),
            "core",
            "start",
            "--package-runtime=External",
            f"--xpkg-cache-dir={home.data / 'xpkg'}",
            f"--tls-client-certs-dir={home.pki / 'function-client'}",
            f"--tls-server-certs-dir={home.pki / 'webhooks'}",
            f"--webhook-port={Port.CORE_WEBHOOK}",
            f"--metrics-port={Port.CORE_METRICS}",
            f"--health-probe-port={Port.CORE_PROBE}",
            *values["args"],
        ],
        environment={"KUBECONFIG": str(home.kubeconfig_of("crossplane")), "POD_NAMESPACE": "crossplane-system"},
        ready=_url(Port.CORE_PROBE, "/readyz"),
        ports=(Port.CORE_WEBHOOK, Port.CORE_METRICS, Port.CORE_PROBE),
    )


def rbac_manager(home: Home) -> Part:
    """Crossplane's RBAC manager. It listens where provider-kubernetes does, so it only runs during installation."""
    return Part(
        name="rbac-manager",
        command=[
            built("crossplane-core"),
            "rbac",
            "start",
            "--provider-clusterrole=crossplane:allowed-provider-permissions",
        ],
        environment={"KUBECONFIG": str(home.kubeconfig_of("rbac-manager")), "POD_NAMESPACE": "crossplane-system"},
        ready=_port(Port.PROVIDER_KUBERNETES_METRICS),
        ports=(Port.PROVIDER_KUBERNETES_METRICS,),
    )


def provider_kubernetes(home: Home) -> Part:
    """Writes the cluster Secrets; looks for drift every 10 seconds instead of 10 minutes."""
    return Part(
        name="provider-kubernetes",
        command=[
            built("provider-kubernetes"),
            f"--health-probe-bind-addr={LOOPBACK}:{Port.PROVIDER_KUBERNETES_PROBE}",
            "--poll=10s",
        ],
        environment={
            "KUBECONFIG": str(home.kubeconfig_of("argosy-provider-kubernetes")),
            "TLS_SERVER_CERTS_DIR": str(home.pki / "webhooks"),
            # As examples/setup/provider-kubernetes-runtime.yaml: the kubeconfig names no authority.
            "SSL_CERT_FILE": str(home.pki / "hub" / "ca.crt"),
        },
        ready=_url(Port.PROVIDER_KUBERNETES_PROBE, "/readyz"),
        ports=(
            Port.PROVIDER_KUBERNETES_METRICS,
            Port.PROVIDER_KUBERNETES_WEBHOOK,
            Port.PROVIDER_KUBERNETES_PROBE,
        ),
    )


def simulator(home: Home) -> Part:
    """AWS, the AWS provider, and the network in front of the spoke."""
    return Part(
        name="simulator",
        command=[
            sys.executable,
            "-m",
            "argosy.simulator.live",
            f"--kubeconfig={home.kubeconfig_of('argosy-provider-aws')}",
            f"--beat={BEAT_SECONDS}",
            f"--port={Port.SIMULATOR}",
            f"--proxy-port={Port.SPOKE_PROXY}",
            f"--spoke={LOOPBACK}:{Port.SPOKE}",
            f"--authority={home.pki / 'spoke' / 'ca.crt'}",
            f"--token-file={home.pki / 'spoke-token' / 'token'}",
            f"--state={home.data / 'aws.json'}",
        ],
        ready=_url(Port.SIMULATOR, "/healthz"),
        ports=(Port.SIMULATOR, Port.SPOKE_PROXY),
    )


def redis(_: Home) -> Part:
    """Argo CD's cache."""
    return Part(
        name="redis",
        command=[built("redis"), f"{LOOPBACK}:{Port.REDIS}"],
        ready=_port(Port.REDIS),
        ports=(Port.REDIS,),
    )


def _argocd(home: Home, name: str, arguments: Sequence[str], ready: Callable[[], bool], ports: tuple[int, ...]) -> Part:
    data = home.data / "argocd"
    folders = {
        "ARGOCD_SSH_DATA_PATH": "ssh",
        "ARGOCD_TLS_DATA_PATH": "tls",
        "ARGOCD_GPG_DATA_PATH": "gpg/source",
        "ARGOCD_GNUPGHOME": "gpg/keys",
        "ARGOCD_PLUGINSOCKFILEPATH": "plugins",
        "TMPDIR": "tmp",
    }
    for folder in folders.values():
        (data / folder).mkdir(parents=True, exist_ok=True)
    proxy = f"http://{LOOPBACK}:{Port.SPOKE_PROXY}"
    path = f"{home.path / 'bin'}:{ROOT / '.tools' / 'bin'}"  # argocd-k8s-auth: see spoke_access
    return Part(
        name=f"argocd-{name}",
        command=[built("argocd"), *arguments],
        environment={
            "ARGOCD_BINARY_NAME": f"argocd-{name}",
            "KUBECONFIG": str(home.kubeconfig_of(f"argocd-{name}")),
            "ARGOCD_FAKE_IN_CLUSTER": "true",  # https://kubernetes.default.svc is the server of this kubeconfig
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_K8S_CLIENT_QPS": "300",
            # As gitops/bootstrap/argocd: with it, two readers may share the events after two settings have changed at
            # once, the later of two events is heard first, and what is gone is in the cache again.
            "ARGOCD_CLUSTER_CACHE_BATCH_EVENTS_PROCESSING": "false",
            # The only way to a spoke, as the path through the network is for a real hub.
            "HTTPS_PROXY": proxy,
            "NO_PROXY": f"localhost,{LOOPBACK}",
            "PATH": f"{path}:/usr/local/bin:/usr/bin:/bin",
            **{name: str(data / folder) for name, folder in folders.items()},
        },
        ready=ready,
        ports=ports,
    )


def repo_server(home: Home) -> Part:
    """Argo CD's eyes on Git."""
    arguments = (
        *("--address", LOOPBACK, "--port", str(Port.REPO_SERVER)),
        *("--metrics-address", LOOPBACK, "--metrics-port", str(Port.REPO_SERVER_METRICS)),
        *("--redis", f"{LOOPBACK}:{Port.REDIS}", "--disable-tls", "--revision-cache-expiration", "3s"),
    )
    ports = (Port.REPO_SERVER, Port.REPO_SERVER_METRICS)
    return _argocd(home, "repo-server", arguments, _url(Port.REPO_SERVER_METRICS, "/healthz"), ports)


def application_controller(home: Home) -> Part:
    """Argo CD's hands. Its metrics listen on all interfaces; there is no flag for the address."""
    arguments = (
        *("--redis", f"{LOOPBACK}:{Port.REDIS}"),
        *("--repo-server", f"{LOOPBACK}:{Port.REPO_SERVER}", "--repo-server-plaintext"),
        *("--metrics-port", str(Port.APPLICATION_CONTROLLER_METRICS)),
        *("--app-resync", "10", "--app-resync-jitter", "0", "--status-processors", "4", "--operation-processors", "4"),
    )
    port = Port.APPLICATION_CONTROLLER_METRICS
    return _argocd(home, "application-controller", arguments, _url(port, "/healthz"), (port,))


def applicationset_controller(home: Home) -> Part:
    """Makes an Application of every cluster Secret."""
    arguments = (
        *("--argocd-repo-server", f"{LOOPBACK}:{Port.REPO_SERVER}", "--repo-server-plaintext"),
        *("--metrics-addr", f"{LOOPBACK}:{Port.APPLICATIONSET_METRICS}"),
        *("--probe-addr", f"{LOOPBACK}:{Port.APPLICATIONSET_PROBE}"),
        *("--webhook-addr", f"{LOOPBACK}:{Port.APPLICATIONSET_WEBHOOK}"),
        *("--enable-progressive-syncs", "--policy=sync", "--enable-policy-override"),  # as gitops/bootstrap/argocd
    )
    ports = (Port.APPLICATIONSET_METRICS, Port.APPLICATIONSET_PROBE, Port.APPLICATIONSET_WEBHOOK)
    return _argocd(home, "applicationset-controller", arguments, _url(Port.APPLICATIONSET_METRICS, "/metrics"), ports)


def spoke_controller_manager(home: Home) -> Part:
    """What deletes namespaces on the clusters: without it a team's namespace there would never be gone."""
    return Part(
        name="spoke-controller-manager",
        command=[
            built("kube-controller-manager"),
            f"--kubeconfig={home.kubeconfig_of('spoke-admin')}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={Port.SPOKE_CONTROLLER_MANAGER}",
            "--authentication-skip-lookup=true",
            "--leader-elect=false",
            "--controllers=garbage-collector-controller,namespace-controller",
        ],
        ready=_port(Port.SPOKE_CONTROLLER_MANAGER),
        ports=(Port.SPOKE_CONTROLLER_MANAGER,),
    )


def spoke_access(home: Home) -> None:
    """Puts our `argocd-k8s-auth` first in Argo CD's PATH: where the real one asks STS, it asks the simulator."""
    script = home.path / "bin" / "argocd-k8s-auth"
    source = ROOT / "functions" / "argosy" / "simulator" / "live" / "argocd_k8s_auth.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(
        f'#!/bin/sh\nARGOSY_SIMULATOR=http://{LOOPBACK}:{Port.SIMULATOR} exec {sys.executable} -I -S {source} "$@"\n'
    )
    script.chmod(0o755)
