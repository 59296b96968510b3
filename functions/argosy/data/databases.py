"""Database engines of RDS and what each needs.

A parameter group of another family than the engine's major version is refused by AWS only when the network stands.

Sources, read 2026-11-24: RDS for PostgreSQL release notes, "Amazon RDS for PostgreSQL updates" (majors with a minor
version under standard support: 14 to 18; 13 ended 2026-02-28, 19 is a preview); Aurora PostgreSQL release notes and
aws-cdk-lib 2.274 `AuroraPostgresEngineVersion` (14 to 18); RDS user guide, "Publishing PostgreSQL logs to Amazon
CloudWatch Logs" and "Using SSL with a PostgreSQL DB instance". The live source: `aws rds describe-db-engine-versions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PORT = 5432
"""Port of PostgreSQL."""

MAJORS = ("14", "15", "16", "17", "18")
"""Major versions that a claim may ask for, oldest first."""

TLS_PARAMETER = "rds.force_ssl"
TLS_VALUE = "1"
"""The server refuses connections without TLS (SEC-53)."""

ADMINISTRATOR = "dbadmin"
"""Name of the master user: not the engine's default (RDS.25), and no word that PostgreSQL reserves."""
FIRST_DATABASE = "app"
STORAGE_GIB = 50
INSIGHTS_DAYS = 7
MONITORING_SECONDS = 60

BROKEN = frozenset(
    {
        "failed",
        "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
        "incompatible-network",
        "incompatible-restore",
    }
)
UNUSABLE = BROKEN | {"creating", "deleted", "deleting"}
BUSY_BY_ITSELF = frozenset({"backing-up", "storage-optimization"})
"""States of a database in which a person must help, in which nothing can use it, and that come and go by themselves.

Source: rds-controller v1.10.0, `pkg/resource/db_instance/hooks.go`; RDS user guide, "Viewing Amazon RDS DB instance
status", read 2026-11-28.
"""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A database engine.

    Attributes:
        name: as RDS calls it.
        families: parameter group family by major version.
        log_exports: logs that go to CloudWatch (SEC-54), sorted.
        instance_class: default size.
    """

    name: str
    families: Mapping[str, str]
    log_exports: tuple[str, ...]
    instance_class: str


ENGINES: Mapping[str, Engine] = {
    "PostgreSQL": Engine(
        name="postgres",
        families={major: f"postgres{major}" for major in MAJORS},
        log_exports=("postgresql", "upgrade"),
        instance_class="db.t4g.medium",
    ),
    "AuroraPostgreSQL": Engine(
        name="aurora-postgresql",
        families={major: f"aurora-postgresql{major}" for major in MAJORS},
        log_exports=("postgresql",),
        instance_class="db.t4g.medium",
    ),
}
"""Engines by their name in a claim."""
