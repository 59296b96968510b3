"""What EKS calls what claims name otherwise.

Source: botocore 1.44.8, `eks` model: `SupportType`, `CapacityTypes`, `TaintEffect`, `ClusterStatus`,
`NodegroupStatus`, `AddonStatus`.
"""

from __future__ import annotations

from collections.abc import Mapping

SUPPORT_TYPES: Mapping[str, str] = {"Extended": "EXTENDED", "Standard": "STANDARD"}
CAPACITY_TYPES: Mapping[str, str] = {"OnDemand": "ON_DEMAND", "Spot": "SPOT"}
TAINT_EFFECTS: Mapping[str, str] = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}

UNUSABLE = frozenset({"CREATING", "PENDING", "DELETING", "FAILED", "CREATE_FAILED"})
BROKEN = frozenset({"FAILED", "CREATE_FAILED", "DELETE_FAILED", "DEGRADED"})
"""States in which nothing can use a thing, and in which a person must help."""
