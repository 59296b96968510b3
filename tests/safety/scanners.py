"""What public scanners and benchmarks ask of such resources: their ids by topic, and why some are not met.

No scanner reads Crossplane's kinds, so rules carry the ids of what they demand of the AWS resource behind the object
(`scanners=` in checks_*.py). Here stands which ids there are, so that none is forgotten: it is judged, or explained.

Source: Security Hub's foundational standard, CIS Amazon EKS Benchmark 1.8.0 (as kube-bench has it), Checkov 3.3,
Trivy's checks, Prowler; read 2026-11-23. Ids of Prowler that only repeat another one's rule are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

TOPICS: Mapping[str, str] = {
    "public API endpoint": "EKS.1 CIS-5.4.1 CIS-5.4.2 CKV_AWS_39 CKV_AWS_38 AWS-0040 AWS-0041 "
    "eks_cluster_not_publicly_accessible",
    "supported version": "EKS.2 CKV_AWS_339 eks_cluster_uses_a_supported_version",
    "encryption of Secrets": "EKS.3 CIS-5.3.1 CKV_AWS_58 AWS-0039 eks_cluster_kms_cmk_encryption_in_secrets_enabled",
    "control plane logs": "EKS.8 CIS-2.1.1 CIS-2.1.2 CKV_AWS_37 CKV_AWS_66 CKV_AWS_158 CKV_AWS_338 AWS-0038 AWS-0017 "
    "eks_control_plane_logging_all_types_enabled",
    "access entries": "CIS-4.1.7",
    "deletion protection of clusters": "eks_cluster_deletion_protection_enabled",
    "network policies": "CIS-4.3.1 CIS-5.4.4 eks_cluster_network_policy_enabled",
    "nodes": "CIS-5.4.3 CKV_AWS_100 EC2.8 AutoScaling.3 AutoScaling.4 CKV_AWS_79 CKV_AWS_341 AWS-0028 AWS-0130 "
    "ec2_instance_imdsv2_enabled eks_cluster_private_nodes_enabled",
    "volumes": "EC2.3 EC2.7 CKV_AWS_3 CKV_AWS_8 CKV_AWS_106 CKV_AWS_189 AWS-0026 AWS-0008 AWS-0131 "
    "ec2_ebs_volume_encryption",
    "flow logs": "EC2.6 CKV2_AWS_11 AWS-0178 vpc_flow_logs_enabled",
    "addresses and security groups": "EC2.2 CKV2_AWS_12 AWS-0173 ec2_securitygroup_default_restrict_traffic EC2.15 "
    "EC2.25 CKV_AWS_130 CKV_AWS_88 AWS-0164 vpc_subnet_no_public_ip_by_default EC2.13 EC2.14 EC2.18 EC2.19 CKV_AWS_23 "
    "AWS-0107 AWS-0104 AWS-0099 AWS-0124",
    "keys": "KMS.3 KMS.4 KMS.5 CKV_AWS_7 CKV_AWS_33 CKV_AWS_227 auto_rotate_keys kms_cmk_rotation_enabled",
    "databases": "RDS.2 RDS.3 RDS.5 RDS.6 RDS.7 RDS.8 RDS.9 RDS.10 RDS.11 RDS.13 RDS.17 RDS.23 RDS.25 RDS.26 RDS.36 "
    "RDS.38 RDS.39 CKV_AWS_16 CKV_AWS_17 CKV_AWS_157 CKV_AWS_293 CKV_AWS_139 CKV_AWS_133 CKV2_AWS_60 CKV2_AWS_8 "
    "CKV_AWS_161 CKV_AWS_211 CKV2_AWS_69 CKV_AWS_118 CKV_AWS_129 CKV_AWS_353 CKV_AWS_354 CKV_AWS_226 CKV2_AWS_30 "
    "AWS-0080 AWS-0180 AWS-0177 AWS-0343 AWS-0077 AWS-0176 AWS-0133 AWS-0078 rds_instance_storage_encrypted "
    "rds_instance_no_public_access rds_instance_multi_az rds_instance_deletion_protection rds_instance_backup_enabled "
    "rds_instance_transport_encrypted rds_instance_integration_cloudwatch_logs rds_instance_non_default_port "
    "rds_instance_default_admin",
    "roles and policies": "IAM.1 IAM.21 KMS.1 KMS.2 CKV_AWS_60 CKV_AWS_61 CKV_AWS_62 CKV_AWS_63 CKV_AWS_274 "
    "CKV_AWS_286 CKV_AWS_287 CKV_AWS_288 CKV_AWS_289 CKV_AWS_290 CKV_AWS_355 CKV2_AWS_40 CKV2_AWS_56 AWS-0057 "
    "AWS-0342 AWS-0345",
    "queue of Karpenter": "SQS.1 CKV_AWS_27 CKV_AWS_72 CKV_AWS_168 CKV_AWS_387 AWS-0096 AWS-0097 AWS-0135 "
    "sqs_queues_server_side_encryption_enabled",
    "bucket for backups": "CKV_AWS_18 CKV_AWS_19 CKV_AWS_20 CKV_AWS_21 CKV_AWS_53 CKV_AWS_54 CKV_AWS_55 CKV_AWS_56 "
    "CKV_AWS_70 CKV_AWS_145 CKV2_AWS_6",
}
"""Ids by topic."""

_REASONS: Mapping[str, str] = {
    "EKS.2 CKV_AWS_339 eks_cluster_uses_a_supported_version": "versions on offer are a table with source and date "
    "(SEC-11); the scanners' own tables end before 1.36, which fails there wrongly",
    "EC2.7": "a setting of the account and region, not of a cluster",
    "CKV_AWS_3 CKV_AWS_189 AWS-0026": "no volume is composed: launch templates describe those of nodes (SEC-25), with "
    "AWS's key, and storage classes those of workloads",
    "RDS.23 rds_instance_non_default_port": "another port than PostgreSQL's keeps nobody out: the security group "
    "admits the cluster alone (SEC-34)",
    "RDS.26 CKV2_AWS_8": "RDS' own backups are on (SEC-52); a plan of AWS Backup is a matter of the account",
    "RDS.39": "MySQL is not on offer",
    "CKV_AWS_211": "the certificate authority is AWS's choice at creation; TLS is enforced (SEC-53)",
    TOPICS["queue of Karpenter"]: "claims cannot ask for Karpenter yet (SEC-60)",
    TOPICS["bucket for backups"]: "claims cannot ask for a bucket yet (SEC-61)",
}

EXPLAINED: Mapping[str, str] = {id_: reason for ids, reason in _REASONS.items() for id_ in ids.split()}
"""Ids that no rule judges, and why."""
