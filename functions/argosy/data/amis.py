"""Operating systems of nodes: what EKS calls them, and which disks they have.

Amazon Linux 2 is absent: EKS makes no images of it from Kubernetes 1.33 on (SEC-26). So are Windows, which needs
nodes of another kind beside it, and CUSTOM, which brings no image.

A size given to Bottlerocket's root volume would be lost on an operating system that cannot grow, and pods would get
the 20 GiB that its data volume has by itself; every volume must be named to be encrypted (SEC-25).

Sources, read 2026-11-24: botocore 1.44.8, `eks` model, `AMITypes`; volumes: Karpenter documentation, "NodeClasses",
`blockDeviceMappings` (the defaults of AL2023 and Bottlerocket).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class AmiType:
    """An operating system of nodes.

    Attributes:
        family: how it starts and is configured.
        architecture: of its instance types, as EC2 calls it.
        variant: what it has beside: drivers, or cryptography validated by FIPS 140.
        root_device: device name of the volume with the operating system.
        data_device: device name of the volume with images, logs and pods' disks; may be the same.
    """

    family: Literal["AL2023", "Bottlerocket"]
    architecture: Literal["x86_64", "arm64"]
    variant: Literal["standard", "neuron", "nvidia", "fips", "nvidia-fips"]
    root_device: str
    data_device: str


def _al2023(architecture: Literal["x86_64", "arm64"], variant: Literal["standard", "neuron", "nvidia"]) -> AmiType:
    return AmiType(
        family="AL2023",
        architecture=architecture,
        variant=variant,
        root_device="/dev/xvda",
        data_device="/dev/xvda",
    )


def _bottlerocket(
    architecture: Literal["x86_64", "arm64"], variant: Literal["standard", "nvidia", "fips", "nvidia-fips"]
) -> AmiType:
    return AmiType(
        family="Bottlerocket",
        architecture=architecture,
        variant=variant,
        root_device="/dev/xvda",
        data_device="/dev/xvdb",
    )


AMI_TYPES: Mapping[str, AmiType] = {
    "AL2023_ARM_64_NVIDIA": _al2023("arm64", "nvidia"),
    "AL2023_ARM_64_STANDARD": _al2023("arm64", "standard"),
    "AL2023_x86_64_NEURON": _al2023("x86_64", "neuron"),
    "AL2023_x86_64_NVIDIA": _al2023("x86_64", "nvidia"),
    "AL2023_x86_64_STANDARD": _al2023("x86_64", "standard"),
    "BOTTLEROCKET_ARM_64": _bottlerocket("arm64", "standard"),
    "BOTTLEROCKET_ARM_64_FIPS": _bottlerocket("arm64", "fips"),
    "BOTTLEROCKET_ARM_64_NVIDIA": _bottlerocket("arm64", "nvidia"),
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS": _bottlerocket("arm64", "nvidia-fips"),
    "BOTTLEROCKET_x86_64": _bottlerocket("x86_64", "standard"),
    "BOTTLEROCKET_x86_64_FIPS": _bottlerocket("x86_64", "fips"),
    "BOTTLEROCKET_x86_64_NVIDIA": _bottlerocket("x86_64", "nvidia"),
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS": _bottlerocket("x86_64", "nvidia-fips"),
}
"""Operating systems by `amiType`."""
