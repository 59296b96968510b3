"""Every item of security and IAM, and those of tenancy and reliability that an answer can show: who judges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def _ids(prefix: str, *numbers: int | range) -> Iterator[str]:
    for number in numbers:
        for one in [number] if isinstance(number, int) else number:
            yield f"{prefix}-{one:02}"


IDS: tuple[str, ...] = (
    *_ids("SEC", range(1, 14), range(20, 27), range(30, 37), 40, range(50, 55), 60, 61, range(70, 76)),
    *_ids("IAM", range(1, 13)),
    *_ids("TEN", 4, 5, 6, 9, range(11, 16), range(18, 23), 25),
    *_ids("REL", range(2, 6), range(7, 11), range(13, 17), 20, 22, 23, range(25, 28), 30, range(40, 48)),
)

ELSEWHERE: Mapping[str, str] = {
    "TEN-20": "tests/generate/test_definitions.py",  # and sizes here
    "TEN-22": "tests/generate/test_definitions.py",
    "REL-46": "tests/properties/test_fixpoint.py",
}
"""Items that other tests judge."""

NOT_YET: Mapping[str, str] = {
    "SEC-60": "claims cannot ask for Karpenter yet, so there is no queue",
    "SEC-61": "claims cannot ask for a bucket yet",
    "IAM-03": "identities cannot name a role of another account yet, so no association has a targetRoleArn",
    "TEN-21": "hub facts hold no limits of teams yet; the XRD bounds every number",
    "REL-15": "what add-ons and workloads made on AWS goes with their Applications, which come with gitops/",
}
"""Items that nothing in an answer can break or keep so far, and why."""

PARTLY: Mapping[str, str] = {
    "SEC-03": "what the network between hub and cluster lets through is not in the answer",
    "SEC-13": "tags of what controllers make in the cluster are judged with the add-ons' values",
    "SEC-25": "no class demands a key of its own for nodes' volumes; AWS's key encrypts them",
    "SEC-30": "subnets of the control plane alone are not offered yet",
    "SEC-36": "networks are not shared yet, so no subnet needs the cluster's name as a tag",
    "SEC-73": "the role of the hub is made by its setup (tests/packages/test_iam.py)",
    "REL-09": "node groups are refused instead of replaced; a new group has a new name",
    "REL-13": "Argo CD's side (sync options, preserved Applications) is in gitops/",
}
"""Items of which a part cannot be judged here, and which."""
