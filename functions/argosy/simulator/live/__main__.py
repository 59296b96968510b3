"""Run the simulator against the API server of a kubeconfig, as provider-upjet-aws and AWS in one."""

from __future__ import annotations

import base64
import logging
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from types import FrameType

import click

from argosy.simulator.live.api import Api, Resource
from argosy.simulator.live.cache import Cache
from argosy.simulator.live.cloud import CONFIGS, Cloud
from argosy.simulator.live.configs import NAMESPACE
from argosy.simulator.live.controller import MANAGED, Controller
from argosy.simulator.live.serving import HOST, serve_proxy, serve_state
from argosy.simulator.live.settings import CONFIG
from argosy.simulator.live.watching import Contact, Watcher

WRITERS = 4
RESOURCES = (
    *(Resource(path=path, group=path.partition("/")[0], kind=kind.kind) for path, kind in MANAGED.items()),
    *CONFIGS.values(),
    NAMESPACE,
    CONFIG,
)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _address(_: click.Context, __: click.Parameter, given: str | None) -> tuple[str, int] | None:
    if given is None:
        return None
    host, _colon, port = given.rpartition(":")
    if not host or not port.isdigit():
        raise click.BadParameter(f"{given} is not of the form HOST:PORT")
    return host, int(port)


@click.command(help=__doc__)
@click.option("--kubeconfig", type=FILE, help="The hub.  [default: $KUBECONFIG]")
@click.option("--account", default="111122223333", show_default=True, help="AWS account where no role is assumed.")
@click.option("--beat", type=click.FloatRange(0.01, 3600), default=0.25, show_default=True, help="Seconds per beat.")
@click.option("--port", type=int, default=0, help=f"Port on {HOST} of /healthz, /aws and /token.  [default: any]")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), help="File that keeps what is on AWS.")
@click.option("--authority", type=FILE, help="PEM certificate authority of every EKS cluster.")
@click.option("--spoke", callback=_address, metavar="HOST:PORT", help="API server that all EKS clusters share.")
@click.option("--proxy-port", type=int, default=0, help=f"Port on {HOST} that leads to --spoke.  [default: any]")
@click.option("--token-file", type=FILE, help="Token for the spoke's API server, given to whom a cluster lets in.")
def main(
    kubeconfig: Path | None,
    account: str,
    beat: float,
    port: int,
    state: Path | None,
    authority: Path | None,
    spoke: tuple[str, int] | None,
    proxy_port: int,
    token_file: Path | None,
) -> None:
    """Starts everything and lets beats pass until it is told to end."""
    _log()
    ended = _ended()
    try:
        cloud = Cloud(account, authority=_base64(authority), state=state)
        api = Api(str(kubeconfig) if kubeconfig else None)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    cache, contact = Cache(), Contact()
    watchers = {resource.path: Watcher(resource, api, cache, contact) for resource in RESOURCES}
    for watcher in watchers.values():
        watcher.start()

    def waiting() -> list[str]:
        return [path for path, watcher in watchers.items() if not watcher.known.is_set()]

    logging.info("start    http://%s:%d", HOST, serve_state(port, cloud, waiting, token_file))
    if spoke is not None:
        logging.info("start    proxy http://%s:%d to %s:%d", HOST, serve_proxy(proxy_port, cloud, spoke), *spoke)
    while waiting() and not ended.wait(0.05):  # what is not listed yet would look as if it were gone
        pass
    logging.info("start    every kind is listed, a beat is %s s", beat)
    with ThreadPoolExecutor(WRITERS) as writers:
        controller = Controller(
            cache=cache,
            cloud=cloud,
            api=api,
            where=lambda path: watchers[path].where,
            writers=writers,
            contact=contact,
            now=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        _live(controller, beat, ended)


def _live(controller: Controller, beat: float, ended: Event) -> None:
    """Lets beats pass; a late one is not made up for."""
    due = time.monotonic()
    while not ended.is_set():
        controller.step()
        now = time.monotonic()
        due = max(due + (controller.settings.beat or beat), now)
        ended.wait(due - now)


def _ended() -> Event:
    """Set by SIGTERM and SIGINT."""
    ended = Event()

    def end(_: int, __: FrameType | None) -> None:
        ended.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, end)
    return ended


def _log() -> None:
    logging.Formatter.converter = time.gmtime
    form = "%(asctime)s.%(msecs)03dZ %(message)s"
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format=form, datefmt="%Y-%m-%dT%H:%M:%S")
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of every connection that the server ends


def _base64(file: Path | None) -> str:
    return base64.b64encode(file.read_bytes()).decode() if file is not None else ""


if __name__ == "__main__":
    main()
