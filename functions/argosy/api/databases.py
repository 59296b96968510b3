"""The databases that a claim asks for."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from argosy.api.base import LIST_SET, Model, Name, Rule, immutable, list_map
from argosy.api.network import ZoneLetter

InstanceClass = Annotated[
    str, StringConstraints(pattern=r"^db\.([a-z0-9-]+\.[a-z0-9-]+|serverless)$", min_length=6, max_length=40)
]


class Serverless(Model):
    """Capacity of Aurora Serverless v2 in ACU, a unit of about 2 GiB of memory."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.minCapacity <= self.maxCapacity",
            message="minCapacity must not exceed maxCapacity",
            holds=lambda s: s.min_capacity <= s.max_capacity,
        ),
    )

    min_capacity: Annotated[int, Field(ge=1, le=256)] = 1
    """Least capacity."""
    max_capacity: Annotated[int, Field(ge=1, le=256)] = 8
    """Most capacity."""


class Database(Model):
    """A PostgreSQL database next to the cluster: private, encrypted, its password kept by AWS."""

    rules: ClassVar[tuple[Rule, ...]] = (
        immutable("engine"),
        immutable("version"),
        immutable("databaseName"),
        Rule(
            cel="self.engine == 'AuroraPostgreSQL' || (!has(self.zones) && !has(self.serverless))",
            message="zones and serverless belong to engine: AuroraPostgreSQL; leave them out",
            holds=lambda d: d.engine == "AuroraPostgreSQL" or (d.zones is None and d.serverless is None),
        ),
        Rule(
            cel="self.engine == 'PostgreSQL' || (!has(self.storageGiB) && !has(self.multiAZ))",
            message="storageGiB and multiAZ belong to engine: PostgreSQL; leave them out (Aurora grows by itself, "
            "and has an instance in every zone of its zones)",
            holds=lambda d: d.engine == "PostgreSQL" or (d.storage_gib is None and d.multi_az is None),
        ),
        Rule(
            cel="!has(self.serverless) || !has(self.instanceClass)",
            message="serverless chooses the instance class by itself; leave instanceClass out",
            holds=lambda d: d.serverless is None or d.instance_class is None,
        ),
    )

    name: Name
    """Name of the database."""
    engine: Literal["PostgreSQL", "AuroraPostgreSQL"] = "PostgreSQL"
    """An RDS instance, or an Aurora cluster. Can never change."""
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$", max_length=2)] = "17"
    """Major version of PostgreSQL. Can never change yet; minor versions come by themselves."""
    instance_class: InstanceClass | None = None
    """Size. Default: db.t4g.medium."""
    storage_gib: Annotated[int | None, Field(ge=20, le=65536, alias="storageGiB")] = None
    """Storage of a PostgreSQL instance in GiB, grows by itself to twice as much. Default: 50."""
    multi_az: Annotated[bool | None, Field(alias="multiAZ")] = None
    """Whether a PostgreSQL instance has a standby in another zone. Default: true."""
    zones: Annotated[list[ZoneLetter] | None, Field(min_length=1, max_length=8, json_schema_extra=LIST_SET)] = None
    """Zones in which an Aurora cluster has an instance. Default: all of the network's zones."""
    serverless: Serverless | None = None
    """Serverless capacity of an Aurora cluster instead of a fixed size."""
    database_name: (
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", min_length=1, max_length=63)] | None
    ) = None
    """Name of the first database inside. Default: `app`."""
    backup_retention_days: Annotated[int, Field(ge=7, le=35)] = 14
    """Days that automatic backups are kept."""
    on_delete: Literal["Snapshot", "Retain", "Delete"] = "Snapshot"
    """What becomes of it when it leaves the claim, or the claim is deleted. Snapshot: it is deleted after a final
    snapshot. Retain: it stays on AWS with its network, subnet group, security group and key. Delete: it is deleted
    without a snapshot. Its key is kept in any case."""
    deletion_protection: bool = True
    """Whether AWS refuses to delete it. A protected database cannot leave the claim: choose onDelete and switch this
    off first, wait until that is done, then take the database out. Decommission switches it off for all that go."""


Databases = Annotated[list[Database], Field(max_length=10, json_schema_extra=list_map("name"))]
