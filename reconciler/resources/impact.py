"""What a change of a link means for those who read the lake: said before it is made. Pure.

Source: docs/sources.md, Synapse Link tables; docs/impact.md says what each impact rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.change import Action, Change, Impact, ImpactKind, Reason
from reconciler.model.desired import DestinationType, SynapseLink, TableSource, account_name
from reconciler.model.evidence import Evidence
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.model.phrases import counted, is_or_are, number_of
from reconciler.resources.impact_metadata import metadata_impacts
from reconciler.resources.impact_tables import TouchedTables, rows_of, touched_tables
from reconciler.resources.link_steps import EnableChangeTracking

_LEFTOVERS = "leftovers."


def impacts_of(
    change: Change,
    link: SynapseLink,
    live_link: LiveLink | None,
    environment: LiveEnvironment,
    evidence: Evidence | None,
) -> tuple[Impact, ...]:
    """The consequences of one change of a declared link, the gravest first; none for what is only reported.

    ``live_link`` is the link that the change is about, None where there is none yet. Without ``evidence`` nothing is
    said of columns and relationships.
    """
    if change.action is Action.NONE:
        return ()
    if change.action is Action.DELETE and live_link is None:
        leftovers = _leftovers_deleted(change)
        return (leftovers,) if leftovers else ()
    touched = touched_tables(change, link, live_link)
    counts = _row_counts(live_link, evidence)
    found: list[Impact | None] = [
        _data_deleted(change, link, live_link, touched),
        _leftovers_deleted(change),
        _loaded_again(change, link, counts, touched),
        _first_load(change, counts, touched),
        _delta_pauses(live_link, touched),
        _sync_stops(change, link, touched),
        _irreversible(change, link, environment, touched),
        _columns_missing(link, touched),
    ]
    metadata = metadata_impacts(touched, live_link, evidence) if change.action is not Action.DELETE else ()
    return (*(impact for impact in found if impact), *metadata)


def _data_deleted(change: Change, link: SynapseLink, live: LiveLink | None, touched: TouchedTables) -> Impact | None:
    """Removing a table deletes its data (a practitioner's finding); unlinking does where the manifest says so, and of a
    link to Fabric always, since its lakehouse goes with it."""
    gone = (*touched.removed, *(touched.replaced if not touched.elsewhere else ()))
    if live is None or not gone or (change.action is Action.DELETE and not _ends_with_data(link, live)):
        return None
    rows, words = rows_of(gone, live.row_counts)
    database = f", and its lake database {live.database}" if change.action is Action.DELETE and live.database else ""
    return Impact(ImpactKind.DATA_DELETED, f"deletes {words} from {_lake(live)}{database}", gone, rows)


def _leftovers_deleted(change: Change) -> Impact | None:
    """What a former link left, where it is cleaned before the link is made again."""
    left = {field.path: str(field.before) for field in change.fields if field.path.startswith(_LEFTOVERS)}
    if not left:
        return None
    kinds = {f"{_LEFTOVERS}container": "the container", f"{_LEFTOVERS}database": "the lake database"}
    parts = [f"{kind} {left[path]}" for path, kind in kinds.items() if path in left]
    return Impact(ImpactKind.DATA_DELETED, f"deletes {' and '.join(parts)}, which a former link left, with all in it")


def _row_counts(live: LiveLink | None, evidence: Evidence | None) -> Mapping[str, int]:
    """Rows by table: as the link's state counts them, and for tables that come as Dataverse does, within a day."""
    reading = evidence.get("rowCounts") if evidence else None
    counted_by_dataverse = reading.value if reading and isinstance(reading.value, dict) else {}
    coming = {name: rows for name, rows in counted_by_dataverse.items() if isinstance(rows, int)}
    return {**coming, **(live.row_counts if live else {})}


def _loaded_again(
    change: Change, link: SynapseLink, counts: Mapping[str, int], touched: TouchedTables
) -> Impact | None:
    names = touched.added if change.reason is Reason.LOST else touched.replaced
    if not names:
        return None
    rows, words = rows_of(names, counts)
    where = f" into {link.destination.container or 'another place'}" if touched.elsewhere else ""
    return Impact(ImpactKind.ROWS_LOADED_AGAIN, f"loads {words} again{where}", names, rows)


def _first_load(change: Change, counts: Mapping[str, int], touched: TouchedTables) -> Impact | None:
    if change.reason is Reason.LOST or not touched.added:
        return None
    rows, words = rows_of(touched.added, counts)
    return Impact(ImpactKind.FIRST_LOAD, f"loads {words} for the first time", touched.added, rows)


def _delta_pauses(live: LiveLink | None, touched: TouchedTables) -> Impact | None:
    """While a new table loads, what changes in the others is queued (documented in 2021, not since)."""
    loading = (*touched.added, *touched.replaced)
    if live is None or not loading or not touched.kept:
        return None
    tables = number_of(len(touched.kept), "table")
    words = f"changes in {tables} ({counted(touched.kept)}) wait until {counted(loading)} {is_or_are(loading)} loaded"
    return Impact(ImpactKind.DELTA_PAUSES, words, touched.kept)


def _sync_stops(change: Change, link: SynapseLink, touched: TouchedTables) -> Impact | None:
    if change.action is Action.DELETE:
        stays = "" if link.delete_data else "; what is in the lake is to stay, and grows old"
        words = f"stops the export of {number_of(len(touched.removed), 'table')} for good{stays}"
        return Impact(ImpactKind.SYNC_STOPS, words, touched.removed)
    if any(field.path == "suspend" and field.after is True for field in change.fields):
        words = f"stops the export of {number_of(len(touched.exported), 'table')} until the link is resumed"
        return Impact(ImpactKind.SYNC_STOPS, words, touched.exported)
    return None


def _irreversible(
    change: Change, link: SynapseLink, environment: LiveEnvironment, touched: TouchedTables
) -> Impact | None:
    steps = [step for step in change.steps if isinstance(step, EnableChangeTracking)]
    names = tuple(name for step in steps for name in step.tables)
    if not steps and link.enable_change_tracking:
        names = tuple(_untracked(touched.added, environment))
    if not names:
        return None
    words = f"change tracking of {counted(names)} stays on for ever: it can't be switched off again"
    return Impact(ImpactKind.IRREVERSIBLE, words, names)


def _untracked(names: Iterable[str], environment: LiveEnvironment) -> Iterable[str]:
    for name in names:
        found = environment.definitions.get(name)
        if found and not found.change_tracking and found.change_tracking_can_be_enabled:
            yield name


def _columns_missing(link: SynapseLink, touched: TouchedTables) -> Impact | None:
    finops = {table.name for table in link.tables if table.source is TableSource.FINOPS}
    names = tuple(name for name in (*touched.added, *touched.replaced) if name in finops)
    if not names:
        return None
    words = (
        f"of {counted(names)}, columns that need AOS authorisation, array and binary columns are left out, text "
        "without a bound is cut at 2,000 characters, and of rows with a time of validity only those valid now are there"
    )
    return Impact(ImpactKind.COLUMNS_MISSING, words, names)


def _ends_with_data(link: SynapseLink, live: LiveLink) -> bool:
    return bool(link.delete_data) or live.destination_type is DestinationType.FABRIC


def _lake(live: LiveLink) -> str:
    if live.destination_type is DestinationType.FABRIC:
        return "the lake that Dataverse manages"
    account = account_name(live.storage_account) or "its storage account"
    return f"{live.container} of {account}" if live.container else account
