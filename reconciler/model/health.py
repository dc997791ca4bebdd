"""How links and tables are: the values that status shows, in the portal's words. Each has a JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.diagnostic import Diagnostic


class TableState(StrEnum):
    """Where the sync of a table stands, as the portal's list of tables says it."""

    NOT_STARTED = "Not started"
    INITIAL_SYNC = "Initial sync"
    POST_PROCESSING = "Post-processing"
    ACTIVE = "Active"
    PAUSED = "Paused"
    FAILED = "Failed"
    REMOVED = "Removed"
    UNKNOWN = "Unknown"


class Freshness(StrEnum):
    """How old the last write is against the expected interval.

    ``quiet``: old, and nothing says that there was anything to write. ``late`` and ``stale`` are bounds of the rules.
    """

    FRESH = "fresh"
    QUIET = "quiet"
    LATE = "late"
    STALE = "stale"
    UNKNOWN = "unknown"


class Health(StrEnum):
    """The verdict on a link."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    SUSPENDED = "suspended"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SyncError:
    """An error of a table. ``code``, ``message`` and ``details`` are the service's, empty where it did not tell;
    ``meaning`` and ``remedy`` are ours."""

    code: str
    message: str
    details: str
    meaning: str
    remedy: str


@dataclass(frozen=True, slots=True)
class TableHealth:
    """One table of a link. ``healthy`` is None while it can't be told: still loading, suspended, removed, unknown.

    ``last_synced`` is UTC as ``2026-01-31T12:00:00Z``, ``lag`` the seconds since, ``interval`` the expected minutes.
    """

    name: str
    state: TableState
    healthy: bool | None
    freshness: Freshness
    interval: int
    source_rows: int | None = None
    lake_rows: int | None = None
    delta_rows: int | None = None
    last_synced: str | None = None
    lag: int | None = None
    error: SyncError | None = None


@dataclass(frozen=True, slots=True)
class HealthReason:
    """Why a verdict is what it is. ``code`` is stable; ``remedy`` is None where there is nothing to do."""

    code: str
    summary: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """One link. ``declared`` is the name of its manifest, None for a link that no manifest declares; ``type`` is None
    for a declared link that is not live. ``alarming`` is what a pipeline should stop at."""

    environment: str
    name: str
    declared: str | None
    type: str | None
    health: Health
    alarming: bool
    freshness: Freshness
    interval: int | None = None
    last_synced: str | None = None
    lag: int | None = None
    reasons: tuple[HealthReason, ...] = ()
    tables: tuple[TableHealth, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Environment and the name that people know it by."""
        return (self.environment, self.declared or self.name)


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What status found. ``at`` is the time of this machine, UTC; ``undeclared`` counts live links that no manifest
    declares and that are not among ``links``. ``notes`` say, by environment, why errors could not be explained."""

    at: str
    links: tuple[LinkHealth, ...] = ()
    unreadable: tuple[Diagnostic, ...] = ()
    undeclared: int = 0
    notes: tuple[str, ...] = ()
