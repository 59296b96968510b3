"""What ExternalDNS may do: change records in named zones.

Asks of whoever installs it: a zone id filter with the same zones. ExternalDNS lists all zones of the account, and
stops at the first whose records it may not read.

Source: kubernetes-sigs/external-dns, `docs/tutorials/aws.md` of commit 76f7a66; terraform-aws-modules/terraform-aws-
eks-pod-identity, `external_dns.tf` of commit 695d556. Read 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Sequence

from argosy.policies.documents import ClusterIdentity, Statement, allow

NAMESPACE = "external-dns"
SERVICE_ACCOUNT = "external-dns-sa"


def statements(cluster: ClusterIdentity, *, hosted_zone_arns: Sequence[str]) -> list[Statement]:
    """ExternalDNS's statements, bound to zones; Route 53 knows no regions.

    Raises:
        ValueError: without zones: no zones would mean nothing, never all.
    """
    if not hosted_zone_arns:
        raise ValueError("ExternalDNS needs hosted zones")
    return [
        allow(
            "ChangeRecords",
            [
                "route53:ChangeResourceRecordSets",
                "route53:ListResourceRecordSets",
                "route53:ListTagsForResource",
                "route53:ListTagsForResources",
            ],
            hosted_zone_arns,
        ),
        allow("FindZones", ["route53:ListHostedZones"]),
    ]
