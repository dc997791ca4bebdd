"""One table's runtime becomes its health. The traps of the state fields are honoured here and nowhere else. Pure.

What each field says, and which ones lie: docs/status.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from reconciler.model.health import Freshness, SyncError, TableHealth, TableState
from reconciler.model.live import LiveLink
from reconciler.model.runtime import TableRuntime
from reconciler.resources.freshness import STALLED_MINUTES, expected_interval, seconds_since, table_freshness
from reconciler.resources.portal_errors import pauses, sync_error

# synapselinkentitysyncstate
_NOT_STARTED, _IN_PROGRESS, _COMPLETED, _WITH_FAILURES, _REQUESTED, _PAUSED, _POST_PROCESSING = 1, 2, 4, 8, 16, 32, 64
_SINGLE = frozenset({_NOT_STARTED, _IN_PROGRESS, _COMPLETED, _WITH_FAILURES, _REQUESTED, _PAUSED, _POST_PROCESSING})
_METADATA_FAILED = 16
# synapselinkexternaltablestate
_CONVERTED, _CONVERSION_FAILED = 1, 2

_BY_CURRENT_STATE: Mapping[str, TableState] = {
    "initialsyncnotstarted": TableState.NOT_STARTED,
    "initialsyncinprogress": TableState.INITIAL_SYNC,
    "initialsyncpostprocessing": TableState.POST_PROCESSING,
    "inprogress": TableState.ACTIVE,
}
"""The sequence of the service's CurrentState; its InProgress means: loaded, and kept up to date."""
LOADING = frozenset({TableState.NOT_STARTED, TableState.INITIAL_SYNC, TableState.POST_PROCESSING})
_HEALTHY: Mapping[TableState, bool] = {TableState.ACTIVE: True, TableState.PAUSED: False, TableState.FAILED: False}


def table_health(table: TableRuntime, link: LiveLink, now: datetime) -> TableHealth:
    """The state, counts, freshness and error of a linked table."""
    interval = expected_interval(link, table)
    state = _state(table)
    synced = last_synced(table)
    freshness = Freshness.UNKNOWN
    if state is TableState.ACTIVE and not link.suspended:
        freshness = table_freshness(table, synced, now, interval)
    healthy = _HEALTHY.get(state)
    if state is TableState.PAUSED and link.suspended:
        healthy = None
    if freshness in {Freshness.LATE, Freshness.STALE}:
        healthy = False
    service = table.service
    return TableHealth(
        name=table.name,
        state=state,
        healthy=healthy,
        freshness=freshness,
        interval=interval,
        source_rows=_first(service.source_rows if service else None, table.source_rows),
        lake_rows=_first(service.lake_rows if service else None, table.lake_rows),
        delta_rows=table.conversion.rows if table.conversion else None,
        last_synced=spoken(synced),
        lag=None if synced is None else seconds_since(synced, now),
        error=_error(table, state),
    )


def removed_table(name: str, link: LiveLink) -> TableHealth:
    """A table that was taken out of the link: gone, not failed."""
    return TableHealth(name, TableState.REMOVED, None, Freshness.UNKNOWN, expected_interval(link))


def last_synced(table: TableRuntime) -> datetime | None:
    """The last write that readers see: where a table is converted to Delta the last conversion, as the portal shows it;
    else the newest time of the service and of Dataverse."""
    if table.conversion:
        return table.conversion.converted
    times = (table.synced, table.service.synced if table.service else None)
    return max((time for time in times if time), default=None)


def stalled(table: TableRuntime, health: TableHealth, now: datetime) -> bool:
    """Whether a first load has not moved for so long that it stands still. Without any time nothing is concluded."""
    signs = (table.added, table.metadata_created, table.data_completed, table.lake_counted)
    newest = max((sign for sign in signs if sign), default=None)
    return health.state in LOADING and newest is not None and seconds_since(newest, now) > STALLED_MINUTES * 60


def spoken(moment: datetime | None) -> str | None:
    """A time as JSON forms hold it."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def choices(value: int | None) -> frozenset[int]:
    """The sync states that a value stands for: itself where it is one, else the flags that it is made of (assumption
    ``sync-state-values``); empty for None, 0, and what has flags that no state has."""
    if value is None or value <= 0:
        return frozenset()
    if value in _SINGLE:
        return frozenset({value})
    flags = frozenset(flag for flag in _SINGLE if value & flag)
    return flags if sum(flags) == value else frozenset()


def _state(table: TableRuntime) -> TableState:
    service = table.service
    if service and (service.code or service.message):
        paused = pauses(service.code, service.message, service.details)
        return TableState.PAUSED if paused else TableState.FAILED
    by_rows = _state_by_rows(table)
    if by_rows in {TableState.FAILED, TableState.PAUSED}:
        return by_rows
    # The service's own word is the truth where it can be read; its SyncState never moves, so it isn't.
    told = _BY_CURRENT_STATE.get(service.current_state.lower()) if service else None
    return by_rows if told is None else _converted(table) if told is TableState.ACTIVE else told


def _state_by_rows(table: TableRuntime) -> TableState:
    sync, initial = choices(table.sync_state), choices(table.initial_sync_state)
    if _WITH_FAILURES in sync | initial:
        return TableState.FAILED
    if _PAUSED in sync | initial:
        return TableState.PAUSED
    if table.metadata_state == _METADATA_FAILED:
        return TableState.FAILED
    if not table.started:
        return TableState.NOT_STARTED
    if _COMPLETED in initial and table.load_completed:
        return _loaded(table, sync)
    return _loading(initial, sync)


def _loaded(table: TableRuntime, sync: frozenset[int]) -> TableState:
    """A table whose first load is over: InProgress is the healthy state of a running sync."""
    if _POST_PROCESSING in sync:
        return TableState.POST_PROCESSING
    if sync & {_IN_PROGRESS, _COMPLETED}:
        return _converted(table)
    return TableState.INITIAL_SYNC if _REQUESTED in sync else TableState.UNKNOWN


def _loading(initial: frozenset[int], sync: frozenset[int]) -> TableState:
    if initial & {_POST_PROCESSING, _COMPLETED}:
        return TableState.POST_PROCESSING
    if (initial | sync) & {_IN_PROGRESS, _REQUESTED}:
        return TableState.INITIAL_SYNC
    return TableState.NOT_STARTED if _NOT_STARTED in initial | sync else TableState.UNKNOWN


def _converted(table: TableRuntime) -> TableState:
    """Active means exported and, for Delta, converted. A conversion waits for data: of an empty table there is none."""
    if table.conversion is None:
        return TableState.ACTIVE
    if _CONVERSION_FAILED in {table.conversion.table_state, table.conversion.last_sync_state}:
        return TableState.FAILED
    done = table.conversion.table_state == _CONVERTED or table.source_rows == 0
    return TableState.ACTIVE if done else TableState.POST_PROCESSING


def _error(table: TableRuntime, state: TableState) -> SyncError | None:
    service = table.service
    if service and (service.code or service.message):
        return sync_error(service.code, service.message, service.details)
    return sync_error("", "") if state is TableState.FAILED else None


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
