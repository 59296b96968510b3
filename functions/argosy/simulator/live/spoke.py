"""What lies between Argo CD and the spokes: which endpoint can be reached, and who gets a token.

Both follow from what exists on AWS, so that a cluster Secret works only if everything that it needs was made.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from argosy.simulator.aws import Account, Thing
from argosy.simulator.live.cloud import Cloud


class DeniedError(Exception):
    """Something is not allowed; the message says what is missing."""


def check_target(cloud: Cloud, host: str, port: int) -> None:
    """Refuses every address that is not the endpoint of an EKS cluster.

    Raises:
        DeniedError: says why.
    """
    with cloud.lock:
        hosts = {_host(thing) for account, thing in cloud.clusters() if _works(thing, account)}
    if host.lower() not in hosts - {""}:
        raise DeniedError(f"no EKS cluster has the endpoint https://{host}")
    if port != 443:
        raise DeniedError(f"the endpoint https://{host} has no port {port}")


def check_access(cloud: Cloud, cluster: str, role: str) -> None:
    """Refuses whom the cluster would not let in: the role and its access entry with a policy must be there.

    Args:
        cloud: what exists on AWS.
        cluster: the cluster's name. Several accounts may have one of that name; one that lets in is enough.
        role: ARN of the IAM role that is assumed.

    Raises:
        DeniedError: says what is missing.
    """
    with cloud.lock:
        _check_role(cloud, role)
        named = [(account, thing) for account, thing in cloud.clusters() if thing.identity == cluster]
        missing = [_missing(account, thing, role) for account, thing in named]
    if not missing:
        raise DeniedError(f"there is no EKS cluster {cluster}")
    if all(missing):
        raise DeniedError(missing[0])


def _check_role(cloud: Cloud, role: str) -> None:
    things = (thing for account in cloud for thing in account.all("iam/Role", "") if _works(thing, account))
    if not any(thing.made.get("arn") == role for thing in things):
        raise DeniedError(f"there is no IAM role {role or 'named'}")


def _missing(account: Account, cluster: Thing, role: str) -> str:
    """What keeps a role out of a cluster; nothing if that is empty."""
    name, region = cluster.identity, cluster.region
    if not _works(cluster, account):
        return f"EKS cluster {name} is not ACTIVE"
    entry = account.find("eks/AccessEntry", region, f"{name}:{role}")
    if entry is None or not _works(entry, account):
        return f"EKS cluster {name} has no access entry for {role}"
    policies = account.all("eks/AccessPolicyAssociation", region)
    mine = [one for one in policies if (one.fields["clusterName"], one.fields["principalArn"]) == (name, role)]
    if not any(_works(policy, account) for policy in mine):
        return f"the access entry for {role} on EKS cluster {name} has no access policy"
    return ""


def _works(thing: Thing, account: Account) -> bool:
    return account.now >= thing.ready_at


def _host(cluster: Thing) -> str:
    """The host name of a cluster's endpoint, in small letters; empty before it has one."""
    return urlsplit(cluster.made.get("endpoint", "")).hostname or ""
