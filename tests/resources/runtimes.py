"""Runtime values for tests: a csv link whose tables are loaded and were written five minutes ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.model.runtime import Conversion, EnvironmentRuntime, LinkRuntime, ServiceState, TableRuntime
from tests.builders import live_environment, live_link

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def before(**span: float) -> datetime:
    """A moment so long before now."""
    return NOW - timedelta(**span)


def runtime(name: str = "account", **fields: Any) -> TableRuntime:
    """A table that is loaded and in sync."""
    defaults: dict[str, Any] = {
        "sync_state": 2,
        "initial_sync_state": 4,
        "metadata_state": 8,
        "added": before(days=9),
        "load_completed": before(days=8),
        "synced": before(minutes=5),
        "source_rows": 100,
        "source_counted": before(minutes=5),
        "lake_rows": 100,
        "lake_counted": before(minutes=5),
    }
    return TableRuntime(name, **{**defaults, **fields})


def loading(name: str = "account", **fields: Any) -> TableRuntime:
    """A table in its first load."""
    defaults: dict[str, Any] = {
        "initial_sync_state": 2,
        "added": before(hours=1),
        "load_completed": None,
        "synced": None,
        "lake_counted": before(minutes=2),
    }
    return runtime(name, **{**defaults, **fields})


def converted(**fields: Any) -> Conversion:
    """A conversion that works."""
    return Conversion(**{"table_state": 1, "last_sync_state": 1, "converted": before(minutes=9), "rows": 98, **fields})


def service(**fields: Any) -> ServiceState:
    """What the service says of a table in sync."""
    return ServiceState(**{"current_state": "InProgress", "synced": before(minutes=4), **fields})


def link_runtime(*tables: TableRuntime, removed: tuple[str, ...] = (), **fields: Any) -> LinkRuntime:
    """A link with these tables."""
    link = live_link(*(table.name for table in tables), **fields)
    return LinkRuntime(link, {table.name: table for table in tables}, removed)


def environment(*links: LinkRuntime, **fields: Any) -> EnvironmentRuntime:
    """The environment ``dev`` as read now."""
    live = fields.pop("live", None) or live_environment(*(link.link for link in links))
    return EnvironmentRuntime(live, NOW, links, **fields)
