"""What does a link consist of, and how is it kept?

A link is a lake, the profile as it was last written, the sync that runs, and the memory of what became of each table's
data. The written profile and the running sync are apart on purpose: the service keeps them apart until ``activate``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

LinkType = Literal["csv", "incremental", "delta", "fabric"]
DEFAULT_BLOCK = 125


@dataclass(frozen=True, slots=True)
class TableSettings:
    """A table in a profile: the six fields that an update accepts."""

    name: str
    source: str = "Dataverse"
    append_only: bool = False
    partition: str = "Month"
    block: int = DEFAULT_BLOCK
    settings: dict[str, Any] = field(default_factory=dict)

    def as_list(self) -> list[Any]:
        """Its form in the store."""
        return [self.name, self.source, self.append_only, self.partition, self.block, self.settings]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a whole-document write replaces."""

    tables: dict[str, TableSettings]
    interval: int
    attachments: bool
    files: bool
    enabled: bool
    updated: float

    def as_document(self) -> dict[str, Any]:
        """Its form in the store."""
        return {
            "tables": [table.as_list() for table in self.tables.values()],
            "interval": self.interval,
            "attachments": self.attachments,
            "files": self.files,
            "enabled": self.enabled,
            "updated": self.updated,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Profile:
        """The profile that was stored."""
        tables = (TableSettings(*values) for values in document["tables"])
        return cls(**{**document, "tables": {table.name: table for table in tables}})


@dataclass(slots=True)
class TableSync:
    """The running sync of one table."""

    since: float
    rows: int
    generation: int
    error: tuple[str, str] | None = None
    """Code and message, where the table can't be synchronised."""
    failed_at: float | None = None
    """When a sync that ran came to its error; None where it never began."""
    quiet: bool = False
    """Whether nothing changes in the table after the first load."""
    resumed: float | None = None
    """When updates went on after they had stood still."""
    converted: float | None = None
    """When the Delta table last followed before that."""

    def as_list(self) -> list[Any]:
        """Its form in the store."""
        return [self.since, self.rows, self.generation, self.error, self.failed_at, self.quiet, self.resumed,
                self.converted]  # fmt: skip

    @classmethod
    def from_list(cls, values: list[Any]) -> TableSync:
        """The sync that was stored."""
        since, rows, generation, error, *rest = values
        return cls(since, rows, generation, error and (error[0], error[1]), *rest)


@dataclass(frozen=True, slots=True)
class Loss:
    """Lake data that was dropped."""

    table: str
    rows: int
    generation: int
    at: float


@dataclass(slots=True)
class Lake:
    """Where a link writes: the storage account and, for some, the Synapse workspace or Fabric."""

    account: str
    container: str
    subscription: str
    resource_group: str
    tenant: str
    workspace: str = ""
    database: str = ""
    spark_pool: str = ""
    fabric_workspace: str = ""
    lakehouse: str = ""
    connection: str = ""
    """Of Fabric with Dataverse."""


@dataclass(slots=True)
class Link:
    """One link of an environment. Its key is the id of its data lake folder."""

    folder: str
    profile_id: str
    environment: str
    type: LinkType
    lake: Lake
    created: float
    name: str = ""
    activated: float | None = None
    deleted: float | None = None
    kept: bool = False
    """Whether its data was kept when it was deleted."""
    organization_url: str = ""
    """The organization's URL when the link was made; empty: as it is now."""
    halted: float | None = None
    """Since when the sync stands still, for whatever reason."""
    suspended: bool = False
    """Whether its switch (EnabledForJobs) stopped it."""
    stalled: bool = False
    """Whether it stopped without a word."""
    error: tuple[str, str] | None = None
    """Code and message, where the whole link can't be synchronised."""
    stored: Profile | None = None
    running: Profile | None = None
    past: dict[str, TableSettings] = field(default_factory=dict)
    """Every table that was ever written to the profile, with its last settings."""
    syncs: dict[str, TableSync] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    """How often each table's data was begun: 1 for the first load, more after every loss."""
    losses: list[Loss] = field(default_factory=list)
    shortcuts: list[str] = field(default_factory=list)
    """Tables of a link to Fabric that the lakehouse shows: as of the last resynchronisation."""

    @property
    def managed(self) -> bool:
        """Whether Dataverse owns the lake: links to Fabric."""
        return self.type == "fabric"

    @property
    def active(self) -> bool:
        """Whether what was last written also runs."""
        return self.stored is not None and self.stored is self.running

    def effective(self, moment: float) -> float:
        """The time up to which the sync has run: a halted link stands still."""
        return moment if self.halted is None else self.halted

    def as_document(self) -> dict[str, Any]:
        """Its form in the store."""
        return {
            "folder": self.folder,
            "profile_id": self.profile_id,
            "environment": self.environment,
            "type": self.type,
            "name": self.name,
            "lake": {name: getattr(self.lake, name) for name in Lake.__slots__},
            "created": self.created,
            "activated": self.activated,
            "deleted": self.deleted,
            "kept": self.kept,
            "organization_url": self.organization_url,
            "halted": self.halted,
            "suspended": self.suspended,
            "stalled": self.stalled,
            "error": self.error,
            "shortcuts": self.shortcuts,
            "stored": None if self.stored is None else self.stored.as_document(),
            "running": None if self.running is None or self.active else self.running.as_document(),
            "active": self.active,
            "past": [table.as_list() for name, table in self.past.items() if not self._holds(name)],
            "syncs": {name: sync.as_list() for name, sync in self.syncs.items()},
            "generations": self.generations,
            "losses": [[loss.table, loss.rows, loss.generation, loss.at] for loss in self.losses],
        }

    def _holds(self, table: str) -> bool:
        return self.stored is not None and table in self.stored.tables

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Link:
        """The link that was stored."""
        values = dict(document)
        values["lake"] = Lake(**values["lake"])
        stored = values["stored"] and Profile.from_document(values["stored"])
        running = values["running"] and Profile.from_document(values["running"])
        values["stored"] = stored or None
        values["running"] = stored if values.pop("active") else (running or None)
        past = {settings[0]: TableSettings(*settings) for settings in values["past"]}
        values["past"] = past | (stored.tables if stored else {})
        values["syncs"] = {name: TableSync.from_list(sync) for name, sync in values["syncs"].items()}
        values["error"] = values["error"] and (values["error"][0], values["error"][1])
        values["losses"] = [Loss(*loss) for loss in values["losses"]]
        return cls(**values)
