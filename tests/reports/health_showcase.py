"""A report of status that shows everything it can say."""

from __future__ import annotations

from typing import Any

from reconciler.model.address import Address
from reconciler.model.health import (
    Freshness,
    Health,
    HealthReason,
    HealthReport,
    LinkHealth,
    SyncError,
    TableHealth,
    TableState,
)
from tests.builders import diagnostic


def table(name: str, **fields: Any) -> TableHealth:
    """A table in sync."""
    defaults: dict[str, Any] = {
        "state": TableState.ACTIVE,
        "healthy": True,
        "freshness": Freshness.FRESH,
        "interval": 60,
        "source_rows": 48000,
        "lake_rows": 48120,
        "last_synced": "2026-03-01T11:57:00Z",
        "lag": 180,
    }
    return TableHealth(name, **{**defaults, **fields})


def health(environment: str, name: str, *tables: TableHealth, **fields: Any) -> LinkHealth:
    """A healthy link."""
    defaults: dict[str, Any] = {
        "declared": name,
        "type": "csv",
        "health": Health.HEALTHY,
        "alarming": False,
        "freshness": Freshness.FRESH,
        "interval": 60,
        "last_synced": "2026-03-01T11:57:00Z",
        "lag": 180,
    }
    return LinkHealth(environment, name.replace("-", ""), tables=tables, **{**defaults, **fields})


def never(**fields: Any) -> dict[str, Any]:
    """Fields of a table that was not written yet."""
    return {"healthy": None, "freshness": Freshness.UNKNOWN, "last_synced": None, "lag": None, **fields}


PAUSED = SyncError(
    "ADLS-802", "Access denied", "at 10:31", "The storage account can't be reached", "See that the account exists."
)
UNTOLD = SyncError("", "", "", "The sync failed; why is not in the tables of Dataverse", "Sign in (--sign-in).")
HEALTHY = health("emea-dev", "sales-lake", table("account"), table("task"))
LOADING = health(
    "emea-dev",
    "service-lake",
    table("incident"),
    table("queue", state=TableState.INITIAL_SYNC, **never(lake_rows=12000)),
    table("task", state=TableState.NOT_STARTED, **never(source_rows=None, lake_rows=None)),
    health=Health.PROGRESSING,
    reasons=(HealthReason("loading", "2 tables are still loading"),),
)
DEGRADED = health(
    "emea-prod",
    "sales-lake",
    table("account", freshness=Freshness.QUIET, lag=3 * 86400 + 7200),
    table("contact", healthy=False, freshness=Freshness.LATE, lag=6 * 3600 + 600, lake_rows=47000),
    table("lead", state=TableState.FAILED, healthy=False, error=UNTOLD),
    table("task", state=TableState.PAUSED, healthy=False, error=PAUSED, delta_rows=47990),
    table("old", state=TableState.REMOVED, **never(source_rows=None, lake_rows=None)),
    health=Health.DEGRADED,
    alarming=True,
    type="delta",
    freshness=Freshness.LATE,
    lag=6 * 3600 + 600,
    interval=15,
    reasons=(
        HealthReason("table-failed", "table lead failed", "See the error of each table."),
        HealthReason("late", "Nothing was written for longer than the interval: perhaps nothing changed"),
    ),
)
MISSING = health(
    "emea-prod",
    "service-lake",
    type=None,
    health=Health.UNHEALTHY,
    alarming=True,
    last_synced=None,
    lag=None,
    reasons=(HealthReason("missing", "It is declared, and does not exist", "See 'reconciler plan'."),),
)
SUSPENDED = health("emea-test", "sales-lake", health=Health.SUSPENDED, freshness=Freshness.UNKNOWN, interval=None)
UNDECLARED = health("emea-test", "portal", table("account"), declared=None)
UNREAD = health(
    "emea-uat",
    "sales-lake",
    type=None,
    health=Health.UNKNOWN,
    lag=None,
    reasons=(HealthReason("environment-not-authorised", "Environment 'emea-uat' could not be read", "Ask for it."),),
)
UNREADABLE = diagnostic(
    code="environment-not-authorised",
    summary="Environment 'emea-uat' could not be read",
    address=Address("Environment", "emea-uat", ""),
    partition="emea-uat",
    remedy="Ask for it.",
)
REPORT = HealthReport(
    "2026-03-01T12:00:00Z",
    (HEALTHY, LOADING, DEGRADED, MISSING, UNDECLARED, SUSPENDED, UNREAD),
    (UNREADABLE,),
    undeclared=2,
    notes=("Errors in 'emea-prod' are not explained: Nobody is signed in",),
)
EMPTY = HealthReport("2026-03-01T12:00:00Z")
