"""The words of status: how long ago, how late, how many; and which links and tables a report shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from reconciler.model.desired import duration
from reconciler.model.health import Freshness, Health, HealthReport, LinkHealth, SyncError, TableHealth, TableState
from reconciler.reports.escape import visible

FOLD = 8
_UNITS = ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min"))
_NOTEWORTHY = frozenset(TableState) - {TableState.ACTIVE, TableState.REMOVED}


def span(seconds: int) -> str:
    """``2 h 10 min``: the two greatest units; ``less than a minute`` for less."""
    parts: list[str] = []
    for size, one, many in _UNITS:
        number, seconds = divmod(seconds, size)
        if number or parts:
            parts.append(f"{number} {one if number == 1 else many}" if number else "")
    return " ".join(part for part in parts[:2] if part) or "less than a minute"


def ago(lag: int | None) -> str:
    """``3 min ago``, or ``never``."""
    return "never" if lag is None else f"{span(lag)} ago"


def age(freshness: Freshness, lag: int | None, interval: int | None) -> str:
    """When it was last written, and what that means: ``5 h ago, 4 h late``."""
    if lag is None or freshness not in {Freshness.LATE, Freshness.STALE, Freshness.QUIET}:
        return ago(lag)
    if freshness is Freshness.QUIET:
        return f"{ago(lag)}, quiet"
    return f"{ago(lag)}, {span(max(0, lag - 60 * (interval or 0)))} late"


def written(link: LinkHealth) -> str:
    """A link's freshness beside its interval."""
    if link.type is None:
        return ""
    every = f", every {duration(link.interval)}" if link.interval else ""
    when = "never written" if link.lag is None else f"written {age(link.freshness, link.lag, link.interval)}"
    return when + every


def tables_active(link: LinkHealth) -> str:
    """``12 tables active``, ``10 of 12 tables active``."""
    linked = [table for table in link.tables if table.state is not TableState.REMOVED]
    active = sum(table.state is TableState.ACTIVE for table in linked)
    if link.type is None:
        return ""
    if not linked:
        return "no tables"
    noun = "table" if len(linked) == 1 else "tables"
    return f"{active} {noun} active" if active == len(linked) else f"{active} of {len(linked)} {noun} active"


def name_of(link: LinkHealth) -> str:
    """What people know the link by; a link that no manifest declares by its own name, in brackets."""
    return visible(link.declared) if link.declared else f"({visible(link.name)})"


def rows_of(table: TableHealth) -> str:
    """``48,000 rows in Dataverse, 47,990 in Delta``; empty where nothing was counted."""
    places = (
        ("in Dataverse", table.source_rows),
        ("in the lake", None if table.delta_rows is not None else table.lake_rows),
        ("in Delta", table.delta_rows),
    )
    told = [f"{number:,} {place}" for place, number in places if number is not None]
    return ("rows: " + ", ".join(told)) if told else ""


def error_of(error: SyncError) -> str:
    """Code and meaning, then what the service itself says where it says anything."""
    head = f"{visible(error.code)}: {error.meaning}" if error.code else error.meaning
    return head + (f' ("{visible(error.message)}")' if error.message else "")


def shown_links(report: HealthReport, *, unhealthy: bool) -> list[LinkHealth]:
    """The links of a report, or those of them that need somebody."""
    return [link for link in report.links if not unhealthy or link.alarming or link.health is Health.UNKNOWN]


def shown_tables(link: LinkHealth, *, everything: bool) -> tuple[list[TableHealth], str]:
    """The tables to be told one by one, and words for the rest. What is in error is never folded away."""
    if everything:
        return list(link.tables), ""
    told = [table for table in link.tables if table.error or table.healthy is False or table.state in _NOTEWORTHY]
    told.sort(key=lambda table: table.healthy is not False and not table.error)
    most = max(FOLD, sum(bool(table.error) or table.healthy is False for table in told))
    rest = len(told) - most
    return told[:most], f"and {rest} more (--all)" if rest > 0 else ""


def alike(tables: Iterable[TableHealth], *, everything: bool) -> list[list[TableHealth]]:
    """Tables that are in one ill state by one error, together; each alone with ``everything``, or where it is not ill.

    A storage account that is gone is one error, however many tables a link has.
    """
    groups: dict[tuple[object, ...], list[TableHealth]] = {}
    for number, table in enumerate(tables):
        error = table.error
        said = (error.code, error.message, error.remedy) if error else ()
        ill = error is not None or table.healthy is False
        key = (number,) if everything or not ill else (table.state, *said)
        groups.setdefault(key, []).append(table)
    return list(groups.values())


def counts(links: Iterable[LinkHealth]) -> str:
    """``3 healthy, 1 degraded``: only what there is."""
    tally = Counter(link.health for link in links)
    return ", ".join(f"{tally[health]} {health}" for health in Health if tally[health]) or "no links"


def hidden(report: HealthReport, shown: Sequence[LinkHealth]) -> str:
    """A sentence on live links that are not shown; empty where all are."""
    if report.undeclared:
        noun = "link that no manifest declares is" if report.undeclared == 1 else "links that no manifest declares are"
        return f"{report.undeclared} {noun} not shown (--undeclared)."
    return "" if len(shown) == len(report.links) else f"{len(report.links) - len(shown)} more not shown."
