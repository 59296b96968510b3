"""Versions of control plane, nodes and add-ons."""

from __future__ import annotations

import json

from tests.safety.answers import Item, Pass
from tests.safety.checks import Complaints, differs, each
from tests.safety.paths import at

OLDEST_NODES = 3
"""Minors that a kubelet may be older than its control plane (Kubernetes' skew policy, since 1.28)."""
EBS = "aws-ebs-csi-driver"
EBS_ACCOUNT = ("kube-system", "ebs-csi-controller-sa")


def minor(version: str) -> int:
    return int(version.removeprefix("1."))


@each("UPG-01", "The control plane is asked for the version that it runs, or for the next one.", "eks/Cluster")
def upg_01_one_minor_at_a_time(cluster: Item, now: Pass) -> Complaints:
    """UPG-02, UPG-08: however many minors the claim skips, and whoever has upgraded it: a jump or a step back is never
    sent.
    """
    asked, runs = cluster.get("version"), now.runs
    if not isinstance(asked, str):
        yield f"version {asked!r}"
    elif runs is not None and minor(asked) - minor(runs) not in (0, 1):
        yield f"runs {runs} and is asked for {asked}"


@each("UPG-04", "Nodes are never newer than the control plane, and at most three minors older.", "eks/NodeGroup")
def upg_04_skew_of_nodes(group: Item, now: Pass) -> Complaints:
    asked, runs = group.get("version"), now.runs
    behind = minor(str(runs)) - minor(str(asked)) if asked and runs else None
    if behind is None or not 0 <= behind <= OLDEST_NODES:
        yield f"is asked for {asked} under a control plane of {runs}"


@each("UPG-06", "An add-on has the version that the claim names, or the one that EKS chooses; never a guess of ours.",
      "eks/Addon")  # fmt: skip
def upg_06_versions_of_addons(addon: Item, now: Pass) -> Complaints:
    """REL-28: EKS chooses among the versions that fit the cluster's."""
    asked = {entry["name"]: entry.get("version") for entry in now.asked("addons") or []}
    yield from differs("addonVersion", addon.get("addonVersion"), asked.get(addon.get("addonName")))


@each("UPG-07", "Conflicts are ours at creation and the cluster's afterwards; settings are canonical JSON.",
      "eks/Addon")  # fmt: skip
def upg_07_conflicts(addon: Item, now: Pass) -> Complaints:
    if now.engine == "ack":  # one field for both: the rule that loses nothing; EKS made no add-on before (REL-08)
        yield from differs("resolveConflicts", addon.get("resolveConflicts"), "PRESERVE")
    else:
        yield from differs("resolveConflictsOnCreate", addon.get("resolveConflictsOnCreate"), "OVERWRITE")
        yield from differs("resolveConflictsOnUpdate", addon.get("resolveConflictsOnUpdate"), "PRESERVE")
    text = addon.get("configurationValues")
    if text is not None:
        canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
        yield from differs("configurationValues", text, canonical)


@each("UPG-10", "What Argo CD installs knows the version that the control plane runs, not the one that is wanted.",
      "kubernetes/Secret")  # fmt: skip
def upg_10_version_for_addons(item: Item, now: Pass) -> Complaints:
    label = at(item.get("manifest"), "metadata", "labels", "kubernetes_version")
    yield from differs("kubernetes_version", label, now.runs)


@each("UPG-11", "The EBS driver has a role of its own: EKS lends it the nodes' no more.", "eks/Addon")
def upg_11_identity_of_the_ebs_driver(addon: Item, now: Pass) -> Complaints:
    if addon.get("addonName") != EBS:
        return
    found = {(item.get("namespace"), item.get("serviceAccount")) for item in now.of("eks/PodIdentityAssociation")}
    if now.settled and EBS_ACCOUNT not in found:
        yield "has no identity"
