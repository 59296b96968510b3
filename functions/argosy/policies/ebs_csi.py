"""What the EBS CSI driver may do: nothing to volumes, snapshots and instances of another cluster.

The policy is our own text, not AWS's managed `AmazonEBSCSIDriverEKSClusterScopedPolicy`, whose statements it follows:
that one names no region, while a cluster's name is unique in one region only, lets the driver tag anything at
creation, and holds only as long as the session carries Pod Identity's tags. `AmazonEBSCSIDriverPolicyV2` and the older
`service-role/AmazonEBSCSIDriverPolicy` bind nothing to one cluster.

Asks of whoever installs the driver:
- `controller.k8sTagClusterId` is the EKS cluster's name, else the driver does not tag what it makes;
- instances carry the cluster's name as `eks:cluster-name` (node groups), `eks:eks-cluster-name` (Auto Mode,
  Karpenter) or `ebs.csi.aws.com/cluster-name` (any other);
- volumes and snapshots made elsewhere get `ebs.csi.aws.com/cluster-name` by hand.

Source: AWS managed policy AmazonEBSCSIDriverEKSClusterScopedPolicy v2 (2026-05-28), as bundled in moto 5.2.5; keys:
kubernetes-sigs/aws-ebs-csi-driver, `docs/install.md`. Read 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Sequence

from argosy.policies.documents import ClusterIdentity, Statement, allow

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "ebs-csi-controller-sa"

TAG = "ebs.csi.aws.com/cluster-name"
BINDING_TAGS = ("ebs.csi.aws.com/cluster", TAG, "kubernetes.io/created-for/pvc/name")
INSTANCE_TAGS = {
    "AttachToNodeGroup": "eks:cluster-name",
    "AttachToEksNode": "eks:eks-cluster-name",
    "AttachToTaggedNode": TAG,
}

READS = (
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumeStatus",
    "ec2:DescribeVolumes",
    "ec2:DescribeVolumesModifications",
)


def statements(cluster: ClusterIdentity, *, key_arns: Sequence[str] = ()) -> list[Statement]:
    """The driver's statements, bound to one cluster.

    Args:
        cluster: what it runs on.
        key_arns: customer keys that StorageClasses name.
    """
    volumes = cluster.regional("ec2", "volume/*")
    snapshots = cluster.regional("ec2", "snapshot/*", account="*")  # ARNs of snapshots carry no account
    instances = cluster.regional("ec2", "instance/*")
    attach = ["ec2:AttachVolume", "ec2:DetachVolume"]
    asked = {"StringEquals": {f"aws:RequestTag/{TAG}": cluster.name}}
    mine = {"StringEquals": {f"ec2:ResourceTag/{TAG}": cluster.name}}
    result = [
        allow("Read", READS, conditions=cluster.in_region),
        allow("CreateVolume", ["ec2:CopyVolumes", "ec2:CreateVolume"], volumes, asked),
        allow("CopyOwnVolume", ["ec2:CopyVolumes"], cluster.regional("ec2", "volume/vol-*"), mine),
        allow("CreateSnapshot", ["ec2:CreateSnapshot"], snapshots, asked),
        allow("SnapshotOwnVolume", ["ec2:CreateSnapshot"], volumes, mine),
        allow("ChangeOwnVolume", [*attach, "ec2:DeleteVolume", "ec2:ModifyVolume"], volumes, mine),
        allow("RestoreOwnSnapshot", ["ec2:CreateVolume", "ec2:EnableFastSnapshotRestores"], snapshots, mine),
        allow("ChangeOwnSnapshot", ["ec2:DeleteSnapshot", "ec2:LockSnapshot"], snapshots, mine),
        *(
            allow(sid, attach, instances, {"StringEquals": {f"ec2:ResourceTag/{tag}": cluster.name}})
            for sid, tag in INSTANCE_TAGS.items()
        ),
        *_tags(cluster, volumes, snapshots),
    ]
    if key_arns:
        result += _keys(key_arns)
    return result


def _tags(cluster: ClusterIdentity, volumes: str, snapshots: str) -> list[Statement]:
    return [
        allow(
            "TagNew",
            ["ec2:CreateTags"],
            [volumes, snapshots],
            {
                "StringEquals": {
                    f"aws:RequestTag/{TAG}": cluster.name,
                    "ec2:CreateAction": ["CopyVolumes", "CreateSnapshot", "CreateVolume"],
                }
            },
        ),
        allow(  # never the tags that say whose a volume is
            "TagOwnVolume",
            ["ec2:CreateTags", "ec2:DeleteTags"],
            volumes,
            {
                "StringEquals": {f"ec2:ResourceTag/{TAG}": cluster.name},
                "Null": {"aws:TagKeys": "false"},
                "ForAllValues:StringNotEquals": {"aws:TagKeys": BINDING_TAGS},
            },
        ),
    ]


def _keys(key_arns: Sequence[str]) -> list[Statement]:
    return [
        allow("UseKeys", ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"], key_arns),
        allow("GrantKeys", ["kms:CreateGrant"], key_arns, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]
