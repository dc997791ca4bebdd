"""How the sync of links and tables stands, as the services report it: raw values, cleaned of what means "never"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.diagnostic import Diagnostic
from reconciler.model.live import LiveEnvironment, LiveLink


@dataclass(frozen=True, slots=True)
class Conversion:
    """A table's row of ``synapselinkexternaltablestate``: its conversion to Delta. Choices are numbers as read."""

    table_state: int | None = None
    last_sync_state: int | None = None
    converted: datetime | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the Synapse Link service says of a table. ``current_state`` is its own word; ``interval`` is in minutes,
    None where the link's holds. Code, message and details of an error are texts of the service, empty for none."""

    current_state: str = ""
    synced: datetime | None = None
    source_rows: int | None = None
    lake_rows: int | None = None
    interval: int | None = None
    code: str = ""
    message: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class TableRuntime:
    """A linked table's row of ``synapselinkprofileentitystate``, and what is known of it besides.

    Choices are numbers as read, times are aware and in UTC, None is what was never set. ``conversion`` is None where
    nothing is converted, ``service`` where no user is signed in.
    """

    name: str
    started: bool = True
    sync_state: int | None = None
    initial_sync_state: int | None = None
    metadata_state: int | None = None
    added: datetime | None = None
    metadata_created: datetime | None = None
    data_completed: datetime | None = None
    load_completed: datetime | None = None
    synced: datetime | None = None
    source_rows: int | None = None
    source_counted: datetime | None = None
    lake_rows: int | None = None
    lake_counted: datetime | None = None
    conversion: Conversion | None = None
    service: ServiceState | None = None


@dataclass(frozen=True, slots=True)
class LinkRuntime:
    """A live link and the runtime of its tables, by name. ``removed`` are tables of which only a soft-deleted
    conversion is left."""

    link: LiveLink
    tables: Mapping[str, TableRuntime] = field(default_factory=dict)
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentRuntime:
    """One environment as read. ``now`` is the services' own time of that moment: lags don't depend on this machine's
    clock. ``live.unreadable`` says why nothing is known, ``service_missing`` why the service's words are not."""

    live: LiveEnvironment
    now: datetime
    links: tuple[LinkRuntime, ...] = ()
    service_missing: str | None = None

    @property
    def unreadable(self) -> Diagnostic | None:
        """Why nothing of the environment is known; None where it was read."""
        return self.live.unreadable
