"""The registration in Argo CD, and the identities of the add-ons that Argo CD installs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from argosy.api.base import LIST_SET, HostedZoneArn, KeyArn, LabelValue, Model, ParameterArn, SecretArn

PlatformLabelKey = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$", min_length=1, max_length=40)
]


class ArgoAddon(Model):
    """An add-on that Argo CD installs."""

    enabled: bool = True
    """Whether Argo CD installs it. `false` uninstalls it and keeps its identity, so that it can clean up; take the
    whole entry out only when its Application is gone."""


class ZonesAddon(ArgoAddon):
    """An add-on that writes DNS records."""

    hosted_zone_arns: Annotated[list[HostedZoneArn], Field(min_length=1, max_length=20, json_schema_extra=LIST_SET)]
    """Hosted zones it may write to."""


class ExternalSecrets(ArgoAddon):
    """External Secrets: reads secrets and parameters into the cluster."""

    secret_arns: Annotated[list[SecretArn], Field(max_length=20, json_schema_extra=LIST_SET)] = []
    """Secrets Manager secrets it may read. Default: those named `<tenant>/<cluster name>/...`."""
    parameter_arns: Annotated[list[ParameterArn], Field(max_length=20, json_schema_extra=LIST_SET)] = []
    """Systems Manager parameters it may read."""
    key_arns: Annotated[list[KeyArn], Field(max_length=20, json_schema_extra=LIST_SET)] = []
    """Customer KMS keys that those are encrypted with."""


class ArgoAddons(Model):
    """Add-ons that Argo CD installs on the cluster and that need an identity on AWS."""

    aws_load_balancer_controller: ArgoAddon | None = None
    """AWS Load Balancer Controller. Auto Mode brings load balancing of its own."""
    cert_manager: ZonesAddon | None = None
    """cert-manager, for DNS-01 challenges."""
    cluster_autoscaler: ArgoAddon | None = None
    """Cluster Autoscaler, for node groups."""
    external_dns: ZonesAddon | None = None
    """ExternalDNS."""
    external_secrets: ExternalSecrets | None = None
    """External Secrets Operator."""


class ArgoCD(Model):
    """How Argo CD on the hub knows the cluster."""

    register_cluster: Annotated[bool, Field(alias="register")] = True
    """Whether Argo CD gets the cluster. `false` takes it away from Argo CD; its Applications must be gone first."""
    addons: ArgoAddons = ArgoAddons()
    """Add-ons that Argo CD installs and that need an identity on AWS."""
    labels: Annotated[dict[PlatformLabelKey, LabelValue], Field(max_length=20)] = {}
    """Labels for the cluster in Argo CD, of those that the platform allows; they get the prefix
    `fleet.argosy.dev/`."""
