"""Starting and ending a local hub, and what a person reads meanwhile."""

from __future__ import annotations

import shutil
import sys
import time

from tests.hub.local import parts
from tests.hub.local.certificates import write_pki
from tests.hub.local.contents import Contents
from tests.hub.local.home import Home, shown
from tests.hub.local.kubectl import KubectlError
from tests.hub.local.processes import CrashedError, Part, Processes

NEXT = """
The hub is up. It listens on 127.0.0.1; Crossplane and provider-kubernetes also listen on all interfaces.

  export KUBECONFIG=$PWD/{kubeconfig}
  export PATH=$PWD/.tools/bin:$PATH

Commit a claim to its Git repository, {repository}, of which {fleet} is a clone:

  cp examples/xekscluster/minimal.yaml {fleet}/claims/team-orders/orders.yaml
  git -C {fleet} add --all
  git -C {fleet} commit --message "A cluster for orders"
  git -C {fleet} push

and watch it become a cluster that Argo CD knows:

  kubectl get xeks -A -o wide -w
  kubectl get applications -n argocd

Logs: {logs}. End it: make hub-down. What else to try: docs/local-hub.md.
"""


def up(home: Home) -> int:
    """Starts the hub, or what is missing of it.

    Returns:
        Exit status: 0 it is up, 1 a part failed; which and why is on standard error.
    """
    started = time.monotonic()
    home.path.mkdir(exist_ok=True)
    processes = Processes(home)
    crashed = processes.crashed()
    if crashed and crashed == processes.names:
        print("none of its processes is left, as after a restart of the machine", file=sys.stderr)
    else:
        for name in crashed:
            print(processes.obituary(name), file=sys.stderr)
    try:
        if home.installed.exists() and processes.names:
            if crashed:
                print(f"starting again: {', '.join(crashed)}", flush=True)
            for together in _running(home):
                processes.run(together)  # who lives must serve, too
        else:
            start(home, processes)
    except (CrashedError, KubectlError, TimeoutError) as error:
        print(f"The hub is not up: {error}", file=sys.stderr)
        return 1
    print(f"{len(processes.names)} processes, {_megabytes(processes)} MB, {time.monotonic() - started:.0f} s")
    print(
        NEXT.format(
            kubeconfig=shown(home.kubeconfig),
            repository=shown(home.repository),
            fleet=shown(home.fleet),
            logs=shown(home.logs),
        )
    )
    return 0


def start(home: Home, processes: Processes) -> None:
    """Starts a hub from nothing, and says so step by step.

    Raises:
        CrashedError: a part has ended or does not get ready.
        KubectlError: the API server refuses an object.
        TimeoutError: something that was applied has no effect.
    """
    started = time.monotonic()
    home.logs.mkdir(parents=True, exist_ok=True)
    log = processes.log("start")
    log.unlink(missing_ok=True)

    def told(what: str) -> None:
        line = f"{time.monotonic() - started:5.1f} s  {what}"
        print(line, flush=True)
        with log.open("a") as file:
            print(line, file=file)

    told("certificates, etcd, two API servers: the hub's, and one for all clusters")
    write_pki(home)
    processes.run([parts.etcd(home)])
    processes.run([parts.api_server(home), parts.spoke_api_server(home)])
    Contents(home, processes, told).install()
    home.installed.touch()
    told("up")


def down(home: Home) -> int:
    """Ends the hub and forgets it.

    Returns:
        Exit status: 0, also if there was nothing to end.
    """
    processes = Processes(home)
    names = processes.names
    processes.end()
    if home.path.exists():
        shutil.rmtree(home.path, ignore_errors=True)
    print(f"ended: {', '.join(names)}" if names else "no hub was up")
    return 0


def _running(home: Home) -> list[list[Part]]:
    """All parts of a hub that is up, in the order of their start: some end at once where no API server answers."""
    return [
        [parts.etcd(home)],
        [parts.api_server(home), parts.spoke_api_server(home)],
        [
            part(home)
            for part in (
                parts.controller_manager,
                parts.core,
                parts.function,
                parts.simulator,
                parts.provider_kubernetes,
                parts.redis,
                parts.repo_server,
                parts.application_controller,
                parts.applicationset_controller,
            )
        ],
    ]


def _megabytes(processes: Processes) -> int:
    found = [processes.process(name) for name in processes.names]
    return sum(process.memory_info().rss for process in found if process is not None) // 1_000_000
