"""How old may the last write be? The rules of docs/status.md, and their bounds, in one place. Pure.

A sync writes only what changed, so an old time alone proves nothing of one table: it is ``quiet``. A link is judged by
its newest table, and a table alone only where the counts prove that something was not written.
"""

from __future__ import annotations

from datetime import datetime

from reconciler.model.health import Freshness
from reconciler.model.live import LiveLink
from reconciler.model.runtime import TableRuntime

DEFAULT_INTERVAL = 60
"""Minutes, where no interval can be read: documentation says an hour for snapshots and for Fabric at most an hour."""
LATE_INTERVALS, LATE_EXTRA = 2, 15
"""Late is what is older than so many intervals, and so many minutes more."""
STALE_INTERVALS, STALE_MINUTES = 6, 24 * 60
"""Stale is what is older than so many intervals and than so many minutes, whichever is longer."""
STALLED_MINUTES = 24 * 60
"""A first load of which nothing has moved for so long stands still."""


def expected_interval(link: LiveLink, table: TableRuntime | None = None) -> int:
    """Minutes between two writes: of the table where the service tells one, else of the link."""
    own = table.service.interval if table and table.service else None
    return own or link.interval or DEFAULT_INTERVAL


def late_after(interval: int) -> int:
    """Seconds after which a write is late."""
    return (LATE_INTERVALS * interval + LATE_EXTRA) * 60


def stale_after(interval: int) -> int:
    """Seconds after which a write is stale."""
    return max(STALE_INTERVALS * interval, STALE_MINUTES) * 60


def seconds_since(moment: datetime, now: datetime) -> int:
    """The seconds since a moment; 0 for one in the future, which clocks that differ a little give."""
    return max(0, int((now - moment).total_seconds()))


def judged(lag: int | None, interval: int) -> Freshness:
    """The freshness of a lag in seconds, taken at its word."""
    if lag is None:
        return Freshness.UNKNOWN
    if lag > stale_after(interval):
        return Freshness.STALE
    return Freshness.LATE if lag > late_after(interval) else Freshness.FRESH


def table_freshness(table: TableRuntime, synced: datetime | None, now: datetime, interval: int) -> Freshness:
    """The freshness of one table: an old write is ``quiet`` unless the counts prove that rows were not written."""
    if synced is None:
        return Freshness.UNKNOWN
    by_age = judged(seconds_since(synced, now), interval)
    if by_age is Freshness.FRESH:
        return by_age
    missed = _rows_not_written_since(table, synced)
    return Freshness.QUIET if missed is None else judged(seconds_since(missed, now), interval)


def _rows_not_written_since(table: TableRuntime, synced: datetime) -> datetime | None:
    """When rows were counted in Dataverse that the lake's own, later count does not have. None where that is not so.

    Equality of the two says nothing: append-only writes a row for each change, so the lake has more. Fewer rows than
    the source had at a count after the last write can't come from that (inferred).
    """
    written = table.lake_rows
    if table.conversion:
        written = table.conversion.rows
    elif table.lake_counted is None or table.lake_counted < synced:
        return None
    if table.source_rows is None or table.source_counted is None or written is None:
        return None
    return table.source_counted if table.source_counted > synced and table.source_rows > written else None
