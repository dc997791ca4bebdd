"""How far has the sync of a table come at a moment?

The sequence of phases is the service's own; how long each takes is invented: a minute to begin, 500 rows a second, two
minutes to finish, two more until a Delta table follows what was exported. That a conversion waits for new data is
documented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.simulator.links import Link, TableSettings, TableSync

Phase = Literal["InitialSyncNotStarted", "InitialSyncInProgress", "InitialSyncPostProcessing", "InProgress"]
WAIT_SECONDS = 60.0
ROWS_PER_SECOND = 500.0
FINISH_SECONDS = 120.0
CONVERT_SECONDS = 120.0
CHANGED_SHARE = 1000
"""One row in so many changes between two updates."""
DEFAULT_CADENCE_MINUTES = 15
NEVER_CHANGES = float("inf")


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of one table's sync; ``None`` for what has not come to pass."""

    phase: Phase
    loaded: int
    metadata_created: float | None = None
    data_completed: float | None = None
    completed: float | None = None
    synced: float | None = None
    changed: float | None = None
    """When any of this last became different."""
    until: float = NEVER_CHANGES
    """When some of this becomes different on its own."""
    error: tuple[str, str] | None = None
    rounds: int = 0
    """Updates since the first load that brought changes."""
    converted: float | None = None
    """When the Delta table last followed."""


NOT_STARTED = Progress("InitialSyncNotStarted", 0)


def progress_of(link: Link, sync: TableSync, moment: float) -> Progress:
    """The state of a table's sync at a moment."""
    if sync.error is not None and sync.failed_at is None:
        return Progress("InitialSyncNotStarted", 0, changed=sync.since, error=sync.error)
    now = link.effective(moment)
    if sync.error is not None and sync.failed_at is not None:
        found = _running(link, sync, min(now, sync.failed_at))
        return replace(found, error=sync.error, changed=sync.failed_at, until=NEVER_CHANGES)
    found = _running(link, sync, now)
    return found if link.halted is None else replace(found, until=NEVER_CHANGES)


def lake_rows(link: Link, table: TableSettings, progress: Progress) -> int:
    """Rows that were written as CSV: more than the source's where every change is appended."""
    appends = table.append_only or link.type in ("incremental", "delta")
    if not appends or not progress.rounds:
        return progress.loaded
    return progress.loaded + progress.rounds * max(1, progress.loaded // CHANGED_SHARE)


def _running(link: Link, sync: TableSync, now: float) -> Progress:
    begun = sync.since + WAIT_SECONDS
    loaded = begun + WAIT_SECONDS + sync.rows / ROWS_PER_SECOND
    done = loaded + FINISH_SECONDS
    if now < begun:
        return Progress("InitialSyncNotStarted", 0, changed=sync.since, until=begun)
    if now < loaded:
        # Counts move by steps of a minute, so that an answer can be kept for a while.
        step = int((now - begun) // 60)
        rows = min(sync.rows, int(step * 60 * ROWS_PER_SECOND))
        until = min(loaded, begun + (step + 1) * 60)
        return Progress("InitialSyncInProgress", rows, begun, changed=begun + step * 60, until=until)
    if now < done:
        return Progress("InitialSyncPostProcessing", sync.rows, begun, loaded, changed=loaded, until=done)
    return _delta(link, sync, now, Progress("InProgress", sync.rows, begun, loaded, done))


def _delta(link: Link, sync: TableSync, now: float, found: Progress) -> Progress:
    """The updates after the first load: none for a table in which nothing changes."""
    done = found.completed or 0.0
    cadence = 60.0 * (link.running.interval if link.running and link.running.interval else DEFAULT_CADENCE_MINUTES)
    still = sync.quiet or sync.rows == 0
    begun = sync.resumed if sync.resumed is not None and done <= sync.resumed <= now and not still else done
    rounds = 0 if still else int((now - done) // cadence)
    synced = begun if still else begun + (now - begun) // cadence * cadence
    until = NEVER_CHANGES if still else synced + cadence
    converted = changed = None
    if sync.rows and link.type in ("delta", "fabric"):
        follows = synced + min(CONVERT_SECONDS, cadence / 2)
        if now >= follows:
            converted = changed = follows
        else:
            until = min(until, follows)
            # The round before has been converted, unless there was none.
            converted = follows - cadence if synced > begun else None if begun == done else sync.converted
    changed = max(synced, changed or 0.0)
    return replace(found, synced=synced, changed=changed, until=until, rounds=rounds, converted=converted)
