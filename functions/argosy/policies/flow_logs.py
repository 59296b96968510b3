"""Flow logs of a VPC: who assumes their role, and what it may do.

Sources, read 2026-11-25: VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs", whose condition keys
these are (SEC-33); aws/aws-cdk, `aws-ec2/lib/vpc-flow-logs.ts`, whose three actions on one log group these are. The
guide's policy also lets the service make log groups: what is still under way when a group is deleted then brings it
back, without an end or a key and owned by nobody (terraform-aws-modules/terraform-aws-vpc #435, #550).
"""

from __future__ import annotations

from argosy.data.regions import service_principal
from argosy.policies.documents import Json, allow, document, trust_service


def flow_logs_trust(partition: str, region: str, account: str) -> dict[str, Json]:
    """The trust: the service alone, and for flow logs of this account and region alone.

    Without conditions anybody could have the traffic of their own VPC written, and billed, here. The flow log's id is
    known only when it is made, with this role.
    """
    conditions = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:{partition}:ec2:{region}:{account}:vpc-flow-log/*"},
    }
    return trust_service(service_principal("vpc-flow-logs", partition), conditions=conditions)


def flow_logs_policy(partition: str, region: str, account: str, log_group_name: str) -> dict[str, Json]:
    """What the role may do: write streams and events into one log group that exists."""
    log_group = f"arn:{partition}:logs:{region}:{account}:log-group:{log_group_name}:*"
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return document([allow("WriteRecords", actions, log_group)])
