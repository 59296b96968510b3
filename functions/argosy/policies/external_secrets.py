"""What the External Secrets Operator may do: read named secrets and parameters.

Upstream's Terraform module decrypts with any key unless told otherwise; here without keys nothing is decrypted with a
customer's key, and keys work through the two services only. It may not write: PushSecret needs a policy of one's own.

Source: external-secrets/external-secrets, `docs/provider/aws-secrets-manager.md` of commit 90713b0 and
`docs/provider/aws-parameter-store.md` of commit e43c4bf; terraform-aws-modules/terraform-aws-eks-pod-identity 1.12.1,
`external_secrets.tf`. Read 2026-11-24. The tags that RDS puts on secrets of its own: AWS managed policies of RDS'
service roles, `aws:TagKeys`; names of these secrets: Amazon RDS user guide, "Password management". Read 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from argosy.policies.documents import ClusterIdentity, Statement, allow
from argosy.policies.kms import through_services

NAMESPACE = "external-secrets"
SERVICE_ACCOUNT = "external-secrets-sa"


def statements(
    cluster: ClusterIdentity,
    *,
    secret_arns: Sequence[str],
    parameter_arns: Sequence[str] = (),
    key_arns: Sequence[str] = (),
    databases: Mapping[str, Sequence[str]] | None = None,
) -> list[Statement]:
    """External Secrets' statements, bound to secrets, parameters and keys.

    Args:
        cluster: what it runs on.
        secret_arns: secrets of Secrets Manager, such as `...:secret:<team>/<cluster>/*`.
        parameter_arns: parameters of Systems Manager.
        key_arns: customer keys that those are encrypted with.
        databases: ARNs of databases whose passwords RDS keeps in Secrets Manager, by the kind that the tag names:
            `Instance`, `Cluster`. Their secrets have ids that nobody knows before they exist.

    Raises:
        ValueError: without secrets and parameters: none would mean nothing, never all.
    """
    if not secret_arns and not parameter_arns:
        raise ValueError("External Secrets needs secrets or parameters")
    result: list[Statement] = []
    if secret_arns:
        result += [
            allow(
                "ReadSecrets",
                [
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetResourcePolicy",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:ListSecretVersionIds",
                ],
                secret_arns,
            ),
            allow(  # values of a batch are given only where ReadSecrets allows them
                "FindSecrets",
                ["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"],
                conditions=cluster.in_region,
            ),
        ]
    if parameter_arns:
        actions = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
        result.append(allow("ReadParameters", actions, parameter_arns))
    for kind, arns in (databases or {}).items():
        named = f"arn:{cluster.partition}:secretsmanager:{cluster.region}:{cluster.account}:secret:rds!*"
        of_these = {"StringEquals": {f"aws:ResourceTag/aws:rds:primaryDB{kind}Arn": arns}}
        actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        result.append(allow(f"ReadPasswordsOf{kind}s", actions, [named], of_these))
    if key_arns:
        services = through_services(cluster.partition, cluster.region, "secretsmanager", "ssm")
        result.append(allow("Decrypt", ["kms:Decrypt"], key_arns, {"StringEquals": services}))
    return result
