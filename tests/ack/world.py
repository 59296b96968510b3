"""An API server, ACK's own controllers, and moto in the place of AWS: no Crossplane, and nothing of ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from argosy.engines.ack.envelope import KINDS
from argosy.engines.base import Kind
from tests.hub.local import parts
from tests.hub.local.certificates import write_pki
from tests.hub.local.home import Home
from tests.hub.local.kubectl import APPLY, Kubectl
from tests.hub.local.parts import LOOPBACK
from tests.hub.local.processes import Part, Processes, listens
from tests.hub.local.waiting import wait_for
from tests.tools.build import ROOT, TOOLS, built

Item = dict[str, Any]
Name = tuple[str, str]
"""Kind and name of an object."""

HOME = Home(ROOT / ".ack", shift=-10000)  # a hub may run beside it
MOTO_PORT = 15000
CONTROLLERS = {"ec2": 15100, "iam": 15110, "kms": 15120, "rds": 15130}
"""The controllers that can be built, and where each serves its metrics; its probe is next to that."""
RUN: Mapping[str, Kind] = {name: kind for name, kind in KINDS.items() if name.partition("/")[0] in CONTROLLERS}
"""Kinds that a controller here makes, by service and kind."""
MANAGER = "apiextensions.crossplane.io/composed/acktest"
"""As whom Crossplane would apply: one field manager per composite, with force."""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def crd(kind: Kind) -> Path:
    """The CustomResourceDefinition of a kind, of its controller's module."""
    service = kind.group.partition(".")[0]
    return TOOLS[f"ack-{service}"].share / "config" / "crd" / "bases" / f"{kind.group}_{kind.plural}.yaml"


def moto() -> Part:
    """AWS: all of its services and regions at one address."""
    return Part(
        name="moto",
        command=[ROOT / ".venv" / "aws" / "bin" / "moto_server", f"--host={LOOPBACK}", f"--port={MOTO_PORT}"],
        environment={"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},  # without it AWS's own policies do not exist
        ready=lambda: listens(MOTO_PORT),
        ports=(MOTO_PORT,),
    )


def controller(home: Home, service: str) -> Part:
    """ACK's controller of one service, as an administrator of the API server."""
    metrics, address = CONTROLLERS[service], f"http://{LOOPBACK}:{MOTO_PORT}"
    return Part(
        name=f"ack-{service}",
        command=[
            built(f"ack-{service}"),
            "--aws-region=us-east-1",  # no region of a claim: what counts must be the annotation of the object
            f"--aws-endpoint-url={address}",
            f"--aws-identity-endpoint-url={address}",
            "--allow-unsafe-aws-endpoint-urls=true",
            "--enable-leader-election=false",
            "--enable-carm=false",
            f"--metrics-addr={LOOPBACK}:{metrics}",
            f"--healthz-addr={LOOPBACK}:{metrics + 1}",
        ],
        environment={
            **CREDENTIALS,
            "KUBECONFIG": str(home.kubeconfig),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": "",  # where it is set, every reconcile fails and the object says nothing
            "ACK_SYSTEM_NAMESPACE": "ack-system",
            "K8S_NAMESPACE": "ack-system",
        },
        ready=lambda: listens(metrics + 1),
        ports=(metrics, metrics + 1),
    )


class World:
    """The API server, the controllers and AWS of one test session."""

    def __init__(self, home: Home = HOME) -> None:
        """Does nothing yet."""
        self._home, self.processes = home, Processes(home)
        self.kubectl = Kubectl(home.kubeconfig)

    def start(self) -> None:
        """Starts all of it, with the CustomResourceDefinitions of the controllers' own modules."""
        self.close()  # what an interrupted session has left
        self._home.path.mkdir()
        write_pki(self._home)
        self.processes.run([parts.etcd(self._home), moto()])
        self.processes.run([parts.api_server(self._home)])
        self.kubectl.run(*APPLY, *(f"--filename={TOOLS[f'ack-{service}'].share}" for service in CONTROLLERS), "-R")
        established = ("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
        wait_for(lambda: self.kubectl.works(*established), "the kinds are Established", seconds=60)
        self.attend()

    def close(self) -> None:
        """Ends all of it and forgets it."""
        self.processes.end()
        shutil.rmtree(self._home.path, ignore_errors=True)

    def attend(self) -> None:
        """Starts the controllers. A new one looks at every object, as at the resync that comes every ten hours."""
        self.processes.run([controller(self._home, service) for service in CONTROLLERS])

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """No controller meanwhile, so that nobody but us writes."""
        self.processes.end([f"ack-{service}" for service in CONTROLLERS])
        yield
        self.attend()

    def log(self, service: str) -> str:
        """All that a controller has told."""
        return self.processes.log(f"ack-{service}").read_text()

    def apply(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Applies objects as Crossplane's core does."""
        self.kubectl.apply(items, manager=MANAGER)

    def objects(self, namespace: str) -> dict[Name, Item]:
        """All objects of a namespace that controllers here make."""
        kinds = ",".join(f"{kind.plural}.{kind.group}" for kind in RUN.values())
        items = self.kubectl.get(kinds, f"--namespace={namespace}")["items"]
        return {(item["kind"], item["metadata"]["name"]): item for item in items}

    def aws(self, service: str, region: str) -> Any:
        """A client of AWS."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=f"http://{LOOPBACK}:{MOTO_PORT}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
