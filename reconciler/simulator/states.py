"""Which values do the state columns of a link's rows show?

The choices are documented; who writes which value when is inferred from their labels and from what was read of healthy
links. Whether sync states are flags, and whether a suspended link shows, are switches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.troubles import PAUSING

if TYPE_CHECKING:
    from reconciler.simulator.links import Link, TableSync
    from reconciler.simulator.progress import Progress
    from reconciler.simulator.world import World

SYNC = {"InitialSyncNotStarted": 1, "InitialSyncInProgress": 2, "InitialSyncPostProcessing": 64, "InProgress": 2}
INITIAL = {"InitialSyncNotStarted": 1, "InitialSyncInProgress": 2, "InitialSyncPostProcessing": 64, "InProgress": 4}
SYNC_FLAGS = {"InitialSyncNotStarted": 1, "InitialSyncInProgress": 2, "InitialSyncPostProcessing": 68, "InProgress": 6}
"""Completed and post-processing; completed and in progress."""
INITIAL_FLAGS = INITIAL | {"InitialSyncPostProcessing": 68}
PAUSED, FAILED = 32, 8


def profile_state(world: World, link: Link) -> int:
    """``profilestate`` of a link."""
    if link.deleted is not None:
        return 3
    if link.activated is None:
        return 0
    if link.error is not None:
        return 2
    return 6 if link.suspended and world.answer("suspended-profile-state") == "6" else 1


def sync_states(world: World, link: Link, progress: Progress) -> tuple[int, int]:
    """``syncstate`` and ``initialsyncstate`` of a table. A healthy one that is loaded shows 2 (in progress) and 4."""
    flags = world.answer("sync-state-values") == "flags"
    now = (SYNC_FLAGS if flags else SYNC)[progress.phase]
    first = (INITIAL_FLAGS if flags else INITIAL)[progress.phase]
    trouble = _trouble(link, progress)
    if not trouble:
        return now, first
    spared = progress.completed is not None or trouble == PAUSED
    if flags:
        return trouble | now, first if spared else trouble | first
    return trouble, first if spared else trouble


def _trouble(link: Link, progress: Progress) -> int:
    if progress.error is not None:
        return FAILED
    if link.error is not None:
        return PAUSED if link.error[0] in PAUSING else FAILED
    return 0


def metadata_state(link: Link, progress: Progress) -> int:
    """``metadatastate`` of a table: created, failed before that, or not created."""
    if progress.metadata_created:
        return 8
    return 16 if progress.error or link.error else 1


def table_state(link: Link, sync: TableSync | None, progress: Progress) -> int:
    """``tablestate`` of a Delta table: 3 removed, 2 failed, 1 converted.

    Before the first conversion 4 (in progress), or 0 where there is nothing to do.
    """
    if sync is None:
        return 3
    if progress.error or link.error:
        return 2
    if progress.converted:
        return 1
    return 4 if sync.rows and progress.metadata_created else 0
