"""What AWS calls things of the network.

Sources: EC2 API reference, `CreateFlowLogs`; EKS user guide, "Subnet discovery" of load balancers (SEC-36).
"""

from __future__ import annotations

from collections.abc import Mapping

EVERYWHERE = "0.0.0.0/0"

AGGREGATION_SECONDS = 600
"""Time that a record of a flow log sums up; AWS offers 60 and 600, and 60 makes many more records to pay for."""

ROLE_TAGS: Mapping[str, Mapping[str, str]] = {
    "public": {"kubernetes.io/role/elb": "1"},
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "database": {},
}
"""By which load balancers find their subnets, by tier (SEC-36)."""
