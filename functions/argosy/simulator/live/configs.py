"""ProviderConfigs as the provider keeps them: used, they stay (crossplane-runtime, pkg/reconciler/providerconfig).

The objects ProviderConfigUsage by which a real provider counts are left out, but not what follows from them: they are
in the namespace of who uses, so whoever deletes the namespace deletes them. Then nothing keeps the ProviderConfig, and
before it calls AWS, the provider would have to make a usage again, which no ending namespace takes. What had not gone
by then stays for ever, on the hub and on AWS. So it was seen with provider-kubernetes v1.2.1, which counts likewise.
Those of cluster-scoped kinds are in no namespace, and no end of one concerns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.simulator.live.api import Resource
from argosy.simulator.live.changes import without_finalizer
from argosy.simulator.values import Values

NAMESPACE = Resource(path="Namespace", group="", kind="Namespace")
FINALIZER = "in-use.crossplane.io"
BLOCKED = "Blocking deletion while usages still exist"


def reconcile(config: Mapping[str, Any], users: int) -> Values:
    """One reconcile: the ProviderConfig as it is afterwards.

    Args:
        config: a ProviderConfig or ClusterProviderConfig.
        users: number of managed resources that name it, as far as that is tracked.
    """
    status = config.get("status", {})
    if "deletionTimestamp" not in config["metadata"]:
        told = {name: value for name, value in status.items() if name != "users"}
        return _with_status(_with_finalizer(config), {**told, "users": users} if users else told)
    if not users:
        return without_finalizer(config, FINALIZER)
    terminating = {"type": "Terminating", "status": "True", "reason": "InUse", "message": BLOCKED}
    # no time: whoever writes it knows whether it is new
    return _with_status(config, {**status, "users": users, "conditions": [terminating]})


def untracked(item: Mapping[str, Any], namespace: Mapping[str, Any] | None) -> str:
    """What keeps a managed resource from telling that it uses its ProviderConfig; nothing if that is empty.

    Args:
        item: the managed resource.
        namespace: the one that it is in, if it is known.
    """
    metadata = item["metadata"]
    if namespace is None or "deletionTimestamp" not in namespace["metadata"]:
        return ""
    ending = f"unable to create new content in namespace {metadata['namespace']} because it is being terminated"
    usage = f'providerconfigusages.aws.m.upbound.io "{metadata["uid"]}" is forbidden: {ending}'
    return f"cannot track ProviderConfig usage: cannot apply ProviderConfigUsage: cannot create object: {usage}"


def _with_finalizer(config: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = config["metadata"]
    if FINALIZER in metadata.get("finalizers", ()):
        return config
    return {**config, "metadata": {**metadata, "finalizers": [*metadata.get("finalizers", ()), FINALIZER]}}


def _with_status(config: Mapping[str, Any], status: Values) -> Values:
    """An empty status is none: the server would drop it, and it would be written for ever."""
    return {**config, "status": status} if status or "status" in config else dict(config)
