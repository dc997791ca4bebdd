"""How far has the sync of a table come at a moment?

The sequence of phases is the service's own; how long each takes is invented: a minute to begin, 500 rows a second, two
minutes to finish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reconciler.simulator.links import Link, TableSync

Phase = Literal["InitialSyncNotStarted", "InitialSyncInProgress", "InitialSyncPostProcessing", "InProgress"]
WAIT_SECONDS = 60.0
ROWS_PER_SECOND = 500.0
FINISH_SECONDS = 120.0
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


NOT_STARTED = Progress("InitialSyncNotStarted", 0)


def progress_of(link: Link, sync: TableSync, moment: float) -> Progress:
    """The state of a table's sync at a moment."""
    if sync.error is not None:
        return Progress("InitialSyncNotStarted", 0, changed=sync.since, error=sync.error)
    now = link.effective(moment)
    begun = sync.since + WAIT_SECONDS
    loaded = begun + WAIT_SECONDS + sync.rows / ROWS_PER_SECOND
    done = loaded + FINISH_SECONDS
    paused = link.paused is not None
    if now < begun:
        return Progress("InitialSyncNotStarted", 0, changed=sync.since, until=NEVER_CHANGES if paused else begun)
    if now < loaded:
        # Counts move by steps of a minute, so that an answer can be kept for a while.
        step = int((now - begun) // 60)
        rows = min(sync.rows, int(step * 60 * ROWS_PER_SECOND))
        until = NEVER_CHANGES if paused else min(loaded, begun + (step + 1) * 60)
        return Progress("InitialSyncInProgress", rows, begun, changed=begun + step * 60, until=until)
    if now < done:
        until = NEVER_CHANGES if paused else done
        return Progress("InitialSyncPostProcessing", sync.rows, begun, loaded, changed=loaded, until=until)
    cadence = 60.0 * (link.running.interval if link.running and link.running.interval else DEFAULT_CADENCE_MINUTES)
    rounds = int((now - done) // cadence)
    synced = done + rounds * cadence
    until = NEVER_CHANGES if paused else synced + cadence
    return Progress("InProgress", sync.rows, begun, loaded, done, synced, synced, until)
