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
    """Secrets Manager secrets it may read, beside the passwords of the claim's own databases. Default: those named
    `<tenant>/<cluster name>/...`."""
    parameter_arns: Annotated[list[ParameterArn], Field(max_length=20, json_schema_extra=LIST_SET)] = []
    """Systems Manager parameters it may read."""
    key_arns: Annotated[list[KeyArn], Field(max_length=20, json_schema_extra=LIST_SET)] = []
    """Customer KMS keys that those are encrypted with."""


class ArgoAddons(Model):
    """Add-ons that Argo CD installs on the cluster. Names are those of the cluster Secret's switches (gitops 3)."""

    argo_events: ArgoAddon | None = None
    """Argo Events."""
    argo_rollouts: ArgoAddon | None = None
    """Argo Rollouts."""
    argo_workflows: ArgoAddon | None = None
    """Argo Workflows."""
    aws_load_balancer_controller: ArgoAddon | None = None
    """AWS Load Balancer Controller. Auto Mode brings load balancing of its own."""
    cert_manager: ZonesAddon | None = None
    """cert-manager, for DNS-01 challenges."""
    cluster_autoscaler: ArgoAddon | None = None
    """Cluster Autoscaler, for node groups."""
    cluster_proportional_autoscaler: ArgoAddon | None = None
    """Cluster Proportional Autoscaler: scales a Deployment with the number of nodes."""
    crossplane: ArgoAddon | None = None
    """Crossplane in the cluster itself, for compositions of its own; providers of AWS need identities."""
    external_dns: ZonesAddon | None = None
    """ExternalDNS."""
    external_secrets: ExternalSecrets | None = None
    """External Secrets Operator."""
    gatekeeper: ArgoAddon | None = None
    """OPA Gatekeeper."""
    gpu_operator: ArgoAddon | None = None
    """NVIDIA GPU Operator, for node groups with GPUs."""
    ingress_nginx: ArgoAddon | None = None
    """Ingress-NGINX. Its project has ended; for clusters that still have it."""
    keda: ArgoAddon | None = None
    """KEDA: scales workloads by events."""
    kube_prometheus_stack: ArgoAddon | None = None
    """Prometheus, Alertmanager and Grafana."""
    kyverno: ArgoAddon | None = None
    """Kyverno, the policy engine."""
    kyverno_policy_reporter: ArgoAddon | None = None
    """Policy Reporter: shows what Kyverno finds."""
    metrics_server: ArgoAddon | None = None
    """Metrics Server, for `kubectl top` and horizontal autoscaling."""
    prometheus_adapter: ArgoAddon | None = None
    """Prometheus Adapter: metrics of Prometheus for autoscaling."""
    secrets_store_csi_driver: ArgoAddon | None = None
    """Secrets Store CSI Driver."""
    secrets_store_csi_driver_provider_aws: ArgoAddon | None = None
    """AWS provider of the Secrets Store CSI Driver; it acts as the pod's own identity."""
    vpa: ArgoAddon | None = None
    """Vertical Pod Autoscaler."""


class ArgoCD(Model):
    """How Argo CD on the hub knows the cluster."""

    register_cluster: Annotated[bool, Field(alias="register")] = True
    """Whether Argo CD gets the cluster. `false` takes it away from Argo CD: its Applications first, then its Secret."""
    addons: ArgoAddons = ArgoAddons()
    """Add-ons that Argo CD installs."""
    labels: Annotated[dict[PlatformLabelKey, LabelValue], Field(max_length=20)] = {}
    """Labels for the cluster in Argo CD, of those that the platform allows; they get the prefix
    `fleet.argosy.dev/`."""
