"""What the manifests say should exist, resolved: names looked up, lists merged, values filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.model.diagnostic import Location

Scalar = str | int | float | bool


NOT_JSON = {"json": False}
"""Marks a field that canonical JSON leaves out."""


def account_name(storage_account: str | None) -> str:
    """The name at the end of a storage account's resource id: unique in a cloud, and it survives a move of the account
    to another resource group or subscription. Empty for none."""
    return (storage_account or "").rpartition("/")[2].lower()


def duration(minutes: int) -> str:
    """Minutes as manifests say them: ``15m``, ``1h``."""
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


class TableSource(StrEnum):
    """Where a table lives."""

    DATAVERSE = "dataverse"
    FINOPS = "finops"


class Partition(StrEnum):
    """How a table's files are cut in the lake.

    Manifests may ask for the first two, which clients were seen to send; the others are of the service's own list, and
    are sent back for tables that have them.
    """

    YEAR = "year"
    MONTH = "month"
    HALF_MONTH = "halfMonth"
    FIVE_DAY = "fiveDay"


class DestinationType(StrEnum):
    """The kinds of link that the portal offers (docs/sources.md, Synapse Link tables)."""

    CSV = "csv"
    INCREMENTAL = "incremental"
    DELTA = "delta"
    FABRIC = "fabric"


class Relink(StrEnum):
    """What is done about a link that existed and is gone."""

    REFUSE = "refuse"
    ALLOW = "allow"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Table:
    """A table to export. A setting that is None is not managed: what is live stays, a new table gets the default."""

    name: str
    source: TableSource = TableSource.DATAVERSE
    append_only: bool | None = None
    partition: Partition | None = None
    record_count_per_block: int | None = None
    location: Location | None = field(default=None, compare=False, metadata=NOT_JSON)


@dataclass(frozen=True, slots=True)
class Environment:
    """A Power Platform environment. ``url`` is its Dataverse address without a trailing slash, its host checked."""

    name: str
    environment_id: str
    url: str
    tenant_id: str
    location: Location = field(compare=False, metadata=NOT_JSON)
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a link exports to. Resource ids are Azure resource ids in lower case; what a type lacks is None."""

    type: DestinationType
    storage_account: str | None = None
    container: str | None = None
    workspace: str | None = None
    spark_pool: str | None = None
    fabric_workspace: str | None = None
    fabric_connection: str | None = None


@dataclass(frozen=True, slots=True)
class TableReplacement:
    """Consent to drop a table's data in the lake and load it again: settings that are live, settings to come."""

    table: str
    before: Mapping[str, Scalar]
    after: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class SynapseLink:
    """A link of one environment, with every included list merged into ``tables`` (sorted by name, unique).

    ``interval`` is in minutes. None means: not managed. ``add_at_most`` bounds the tables that one run adds, None for
    no bound. ``relink`` says what to do where the link existed before and is gone, ``clean_up_pool`` through which
    Spark pool of its workspace a leftover lake database is dropped (None: the link's own).
    """

    name: str
    environment: str
    destination: Destination
    location: Location = field(compare=False, metadata=NOT_JSON)
    tables: tuple[Table, ...] = ()
    absent_tables: tuple[str, ...] = ()
    interval: int | None = None
    attachments: bool | None = None
    files: bool | None = None
    enable_change_tracking: bool = False
    remove_undeclared_tables: bool = False
    replace_tables: tuple[TableReplacement, ...] = ()
    service_roles: str | None = None
    snapshots: int | None = None
    suspend: bool | None = None
    add_at_most: int | None = None
    relink: Relink = Relink.REFUSE
    clean_up_pool: str | None = None
    absent: bool = False
    delete_data: bool | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Environment and name of the storage account, or ``fabric``: what identifies the live link."""
        return (self.environment, account_name(self.destination.storage_account) or "fabric")


@dataclass(frozen=True, slots=True)
class ExportedTables:
    """A list of tables owned by one team, as written (settings not filled in: that happens in each link)."""

    name: str
    location: Location = field(compare=False, metadata=NOT_JSON)
    tables: tuple[Table, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaterResource:
    """A manifest that is validated and named in plans, and that this version does not carry out."""

    kind: str
    name: str
    environment: str
    spec: Mapping[str, Any]
    location: Location = field(compare=False, metadata=NOT_JSON)


@dataclass(frozen=True, slots=True)
class DesiredState:
    """All manifests of a run, resolved. Mappings are sorted by name."""

    environments: Mapping[str, Environment]
    links: tuple[SynapseLink, ...] = ()
    lists: tuple[ExportedTables, ...] = ()
    later: tuple[LaterResource, ...] = ()
