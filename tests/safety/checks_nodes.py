"""Nodes of node groups and of Auto Mode."""

from __future__ import annotations

from tests.safety.answers import Item, Pass, statements
from tests.safety.checks import Complaints, differs, each
from tests.safety.checks_control_plane import policy_names

METADATA_OPTIONS = {
    "httpEndpoint": "enabled",
    "httpTokens": "required",
    "httpPutResponseHopLimit": 1,
    "instanceMetadataTags": "disabled",
}
WORKER_POLICIES = {"AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy"}
NODE_POLICIES = {"AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore"}
AUTO_NODE_POLICIES = {"AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy"}
DEVICES = {"AL2023": {"/dev/xvda"}, "BOTTLEROCKET": {"/dev/xvda", "/dev/xvdb"}}
"""Volumes of an operating system (Karpenter documentation, NodeClasses); the last is where pods write."""


def family(group: Item) -> str:
    return str(group.get("amiType")).split("_")[0]


def template_of(group: Item, now: Pass) -> Item | None:
    name = group.get("launchTemplate", "name")
    return next((item for item in now.of("ec2/LaunchTemplate") if item.get("name") == name), None)


@each(
    "SEC-20",
    "Nodes answer for their credentials to session tokens only, one hop away.",
    "ec2/LaunchTemplate",
    scanners="EC2.8 AutoScaling.3 AutoScaling.4 CKV_AWS_79 CKV_AWS_341 AWS-0028 AWS-0130 ec2_instance_imdsv2_enabled",
)
def sec_20_metadata_service(template: Item, now: Pass) -> Complaints:
    yield from differs("metadataOptions", template.get("metadataOptions"), METADATA_OPTIONS)


@each("SEC-21", "Every node group has a launch template of this claim, in a stated version.", "eks/NodeGroup")
def sec_21_launch_template(group: Item, now: Pass) -> Complaints:
    template = template_of(group, now)
    if template is None:
        yield "launchTemplate is not composed"
        return
    version = now.seen(template.key, "latestVersion")
    yield from differs("launchTemplate.version", group.get("launchTemplate", "version"), str(version))


@each("SEC-22", "No SSH to nodes.", "eks/NodeGroup", "ec2/LaunchTemplate", scanners="CKV_AWS_100")
def sec_22_no_ssh(item: Item, now: Pass) -> Complaints:
    if item.get("remoteAccess") is not None or item.get("keyName") is not None:
        yield "nodes have an SSH key"


@each("SEC-23", "The nodes' role has AWS's policies for nodes and no other.", "eks/NodeGroup")
def sec_23_node_role(group: Item, now: Pass) -> Complaints:
    roles = [now.named("iam/Role", name) for name in group.names("nodeRoleArnRef")]
    if len(roles) != 1 or roles[0] is None:
        yield "nodeRoleArnRef is no composed role"
        return
    found = policy_names(roles[0])
    if found - WORKER_POLICIES != NODE_POLICIES or len(found & WORKER_POLICIES) != 1:
        yield f"policies {sorted(found)}"
    if roles[0].get("inlinePolicy"):
        yield "has inline policies"
    yield from ec2_assumes(roles[0], now)


@each("SEC-23", "The role of Auto Mode's nodes has AWS's two policies for them and no other.", "eks/Cluster")
def sec_23_auto_node_role(cluster: Item, now: Pass) -> Complaints:
    arn = cluster.get("computeConfig", "nodeRoleArn")
    if arn is None:
        return
    role = next((item for item in now.of("iam/Role") if arn and now.seen(item.key, "arn") == arn), None)
    if role is None:
        yield "computeConfig.nodeRoleArn is no composed role's"
        return
    yield from differs("policies", policy_names(role), AUTO_NODE_POLICIES)
    yield from ec2_assumes(role, now)


@each("SEC-23", "Auto Mode's node pools and the role of their nodes come together, or neither.", "eks/Cluster")
def sec_23_pools_and_role(cluster: Item, now: Pass) -> Complaints:
    # AWS refuses one without the other (terraform-aws-eks #3238, #3366; aws-cdk #33894)
    pools, arn = (cluster.get("computeConfig", name) for name in ("nodePools", "nodeRoleArn"))
    if bool(pools) != bool(arn):
        yield f"nodePools {pools}, nodeRoleArn {arn}"
    if now.asked("nodes", "autoMode", "enabled") is not False and not pools:
        yield "has no node pools"


def ec2_assumes(role: Item, now: Pass) -> Complaints:
    # EKS refuses a node role in China that trusts ec2.amazonaws.com (terraform-aws-eks #827, #3389)
    suffix = "amazonaws.com.cn" if now.partition == "aws-cn" else "amazonaws.com"
    principals = [statement["Principal"] for statement in statements(role.document("assumeRolePolicy"))]
    yield from differs("principals", principals, [{"Service": f"ec2.{suffix}"}])


@each("SEC-23", "The network add-on has an identity of its own where there are node groups.", "eks/NodeGroup")
def sec_23_cni_identity(group: Item, now: Pass) -> Complaints:
    accounts = [(item.get("namespace"), item.get("serviceAccount")) for item in now.of("eks/PodIdentityAssociation")]
    if ("kube-system", "aws-node") not in accounts:
        yield "vpc-cni has no identity, and nodes have none to lend it"


@each("SEC-24", "Nodes and control plane stand in private subnets.", "eks/NodeGroup", "eks/Cluster",
      scanners="CIS-5.4.3 EC2.25 CKV_AWS_88 eks_cluster_private_nodes_enabled")  # fmt: skip
def sec_24_private_nodes(item: Item, now: Pass) -> Complaints:
    path = ("subnetIdRefs",) if item.kind == "eks/NodeGroup" else ("vpcConfig", "subnetIdRefs")
    names = item.names(*path)
    if not names:
        yield "names no subnets"
    for name in names:
        if now.named("ec2/Subnet", name) is None:
            yield f"subnet {name} is not composed"
        if name in now.public_subnets:
            yield f"stands in the public subnet {name}"


@each("SEC-24", "Nodes get no public address.", "ec2/LaunchTemplate", scanners="EC2.25 CKV_AWS_88")
def sec_24_no_public_address(template: Item, now: Pass) -> Complaints:
    for interface in template.get("networkInterfaces") or []:
        yield from differs("associatePublicIpAddress", interface.get("associatePublicIpAddress"), "false")


@each(
    "SEC-25",
    "Every volume of a node is named, and encrypted.",
    "eks/NodeGroup",
    scanners="EC2.3 CKV_AWS_8 CKV_AWS_106 AWS-0008 AWS-0131 ec2_ebs_volume_encryption",
)
def sec_25_encrypted_volumes(group: Item, now: Pass) -> Complaints:
    template = template_of(group, now)
    volumes = (template.get("blockDeviceMappings") if template else None) or []
    yield from differs("volumes", {volume["deviceName"] for volume in volumes}, DEVICES[family(group)])
    for volume in volumes:
        yield from differs(f"encrypted of {volume['deviceName']}", volume["ebs"].get("encrypted"), "true")


@each("SEC-25", "The size that the claim asks for is that of the volume where pods write.", "eks/NodeGroup")
def sec_25_size_of_the_data_volume(group: Item, now: Pass) -> Complaints:
    name = group.key.removeprefix("node-group-")
    asked = next(item for item in now.asked("nodes", "groups") if item["name"] == name).get("diskSizeGiB", 50)
    template = template_of(group, now)
    volumes = {item["deviceName"]: item["ebs"] for item in (template.get("blockDeviceMappings") if template else [])}
    data = max(DEVICES[family(group)])
    yield from differs(f"size of {data}", (volumes.get(data) or {}).get("volumeSize"), asked)


@each("SEC-26", "Nodes run an operating system that EKS still makes images of.", "eks/NodeGroup")
def sec_26_operating_system(group: Item, now: Pass) -> Complaints:
    if family(group) not in DEVICES:
        yield f"amiType {group.get('amiType')}"
