"""What cert-manager may do: prove to an ACME server that it owns a domain, in named zones.

A certificate authority asks for a TXT record `_acme-challenge.<domain>`; upstream lets cert-manager change any record
of the zone. Challenges that follow a CNAME to a record of another name do not work with this policy.

Source: cert-manager/website, `content/docs/configuration/acme/dns01/route53.md` of commit ccfe3ad; the record
conditions: kubernetes/kops#16412. Read 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Sequence

from argosy.policies.documents import ClusterIdentity, Statement, allow

NAMESPACE = "cert-manager"
SERVICE_ACCOUNT = "cert-manager"

NAMES = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
TYPES = "route53:ChangeResourceRecordSetsRecordTypes"


def statements(cluster: ClusterIdentity, *, hosted_zone_arns: Sequence[str]) -> list[Statement]:
    """cert-manager's statements, bound to zones, record names and record types.

    Raises:
        ValueError: without zones: no zones would mean nothing, never all.
    """
    if not hosted_zone_arns:
        raise ValueError("cert-manager needs hosted zones")
    return [
        allow(
            "ChangeChallenges",
            ["route53:ChangeResourceRecordSets"],
            hosted_zone_arns,
            {
                "ForAllValues:StringEquals": {TYPES: "TXT"},
                "ForAllValues:StringLike": {NAMES: "_acme-challenge.*"},
                "Null": {TYPES: "false", NAMES: "false"},  # ForAllValues holds for a request without values
            },
        ),
        allow("ReadRecords", ["route53:ListResourceRecordSets"], hosted_zone_arns),
        allow("AwaitChange", ["route53:GetChange"], f"arn:{cluster.partition}:route53:::change/*"),
        allow("FindZones", ["route53:ListHostedZonesByName"]),
    ]
