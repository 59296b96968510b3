"""The sample fleet as a hub would have it: claims, facts of the hub, and the cluster Secrets that come of them."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from argosy.cli.composite import composite_of
from argosy.cli.request import Answer
from argosy.simulator import Simulator
from tests.gitops.expansion import GITOPS, SECRET_KEY, Item, expand, hub_row, parse, read, template
from tests.support.lives import ENGINE, Life
from tests.tools.build import built

FLEET, CHARTS, SETS = GITOPS / "fleet", GITOPS / "charts", GITOPS / "bootstrap" / "applicationsets"
TENANTS = FLEET / "tenants"
NAMESPACES = tuple(sorted(TENANTS.glob("*/*/namespace.yaml")))
"""The files of the tenants' namespaces; the folder `claims` beside each holds its claims."""


def kustomized(folder: Path) -> list[Item]:
    """What Kustomize makes of a folder, as Argo CD runs it.

    Raises:
        RuntimeError: Kustomize refused, with what it said.
    """
    done = subprocess.run([built("kustomize"), "build", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return parse(done.stdout)


@cache
def claims() -> Mapping[str, Item]:
    """The claims of the fleet by their names, as Argo CD applies them."""
    return {claim["metadata"]["name"]: claim for file in NAMESPACES for claim in kustomized(file.parent / "claims")}


def source_of(application: Mapping[str, Any]) -> Item:
    """The one source of an Application."""
    return dict(application["spec"]["source"])


def rendered(application: Mapping[str, Any], folder: Path = GITOPS.parent) -> list[Item]:
    """What the chart of an Application makes of its value files, as the repo-server runs it."""
    source = source_of(application)
    path, helm = folder / source["path"], source["helm"]
    files = [folder / file[1:] if file.startswith("/") else path / file for file in helm["valueFiles"]]
    namespace = application["spec"]["destination"]["namespace"]
    return template(path, *files, helm["valuesObject"], namespace=namespace)


@cache
def applications(file: str) -> Mapping[str, Item]:
    """The Applications that the ApplicationSets of one file make on the hub, by name."""
    made = expand(read(SETS / file), [hub_row(), *spokes().values()])
    return {found["metadata"]["name"]: found for all_of_one in made.values() for found in all_of_one}


@cache
def facts() -> Item:
    """The EnvironmentConfig that the fleet makes."""
    made = expand([one for one in read(SETS / "fleet.yaml") if one["metadata"]["name"] == "hub-facts"], [hub_row()])
    ((application,),) = made.values()
    (found,) = rendered(application)
    return found


@cache
def answers() -> Mapping[str, Answer]:
    """What the function says to each claim when all is settled, by the claim's name."""
    found = {}
    namespaces = facts()["data"]["namespaces"]
    for name, claim in claims().items():
        account = Simulator(account=namespaces[claim["metadata"]["namespace"]]["account"])
        found[name] = Life(composite_of(copy.deepcopy(claim), ENGINE), hub=[facts()], simulator=account).settle()
        assert found[name].fatal is None, found[name].fatal
    return found


@cache
def spokes() -> Mapping[str, Item]:
    """The cluster Secret of each claim by the claim's name, as the function leaves it when all is settled."""
    return {
        name: copy.deepcopy(told.desired[SECRET_KEY]["spec"]["forProvider"]["manifest"])
        for name, told in answers().items()
    }
