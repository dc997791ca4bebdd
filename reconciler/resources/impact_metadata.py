"""What Dataverse's metadata says about a change: joins that won't be there, columns that grow stale or broke. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.change import Impact, ImpactKind
from reconciler.model.evidence import Evidence
from reconciler.model.live import LiveLink
from reconciler.model.phrases import counted
from reconciler.model.schema import Column, columns_of, exported_of, relationships_of, type_breaks
from reconciler.resources.impact_tables import TouchedTables, rows_of


def metadata_impacts(touched: TouchedTables, live: LiveLink | None, evidence: Evidence | None) -> tuple[Impact, ...]:
    """What the readings ``columns``, ``relationships`` and ``exportedModel`` tell, as far as they were read."""
    if evidence is None:
        return ()
    columns = columns_of(_value(evidence, "columns"))
    found = (
        _schema_break(touched, live, columns, evidence),
        _intersects(touched, evidence),
        _base_tables(touched, columns),
    )
    return tuple(impact for impact in found if impact)


def _schema_break(
    touched: TouchedTables, live: LiveLink | None, columns: Mapping[str, Mapping[str, Column]], evidence: Evidence
) -> Impact | None:
    """Columns of tables that stay in the link, exported with another type than they have now: documented as breaking,
    and mended by unlinking and linking again."""
    if live is None:
        return None
    breaks = _breaks(touched.kept, columns, evidence)
    if not breaks:
        return None
    tables = tuple(dict.fromkeys(table for table, _ in breaks))
    rows, words = rows_of(sorted(live.tables.keys() - set(touched.removed)), live.row_counts)
    summary = (
        f"{counted([words for _, words in breaks])}: a changed type breaks the export, and only unlinking and linking "
        f"again mends it, which loads {words} again"
    )
    return Impact(ImpactKind.SCHEMA_BREAK, summary, tables, rows)


def schema_breaks(live: LiveLink, evidence: Evidence) -> tuple[str, ...]:
    """Columns of a live link that were exported with another type than they have now, in words."""
    columns = columns_of(_value(evidence, "columns"))
    return tuple(words for _, words in _breaks(sorted(live.tables), columns, evidence))


def _breaks(
    tables: Iterable[str], columns: Mapping[str, Mapping[str, Column]], evidence: Evidence
) -> list[tuple[str, str]]:
    exported = exported_of(_value(evidence, "exportedModel"))
    return [
        (table, f"{table}.{name} was exported as {old} and is {new} now")
        for table in tables
        for name, old, new in type_breaks(columns.get(table, {}), exported.get(table, {}))
    ]


def _intersects(touched: TouchedTables, evidence: Evidence) -> Impact | None:
    """N:N relationships that the change leaves without the table that joins their ends."""
    exported = set(touched.exported)
    missing = {
        relationship.intersect: f"{relationship.intersect} ({relationship.first} with {relationship.second})"
        for relationship in relationships_of(_value(evidence, "relationships"))
        if {relationship.first, relationship.second} <= exported
        and relationship.intersect not in exported
        and touched.all & {relationship.first, relationship.second, relationship.intersect}
    }
    if not missing:
        return None
    words = counted([missing[name] for name in sorted(missing)])
    summary = f"rows can't be joined over {words}: both ends are exported, the table that joins them is not"
    return Impact(ImpactKind.INTERSECT_NOT_EXPORTED, summary, tuple(sorted(missing)))


def _base_tables(touched: TouchedTables, columns: Mapping[str, Mapping[str, Column]]) -> Impact | None:
    """Calculated and rollup columns that read a table which isn't exported: their values in the lake grow stale."""
    exported, gone = set(touched.exported), set(touched.removed)
    fresh = {*touched.added, *touched.replaced}
    stale: list[str] = []
    bases: set[str] = set()
    for table in touched.exported:
        for name, column in sorted(columns.get(table, {}).items()):
            missing = set(column.base_tables) - exported
            if missing if table in fresh else missing & gone:
                stale.append(f"{table}.{name} (from {counted(sorted(missing))})")
                bases |= missing
    if not stale:
        return None
    summary = f"values of {counted(stale)} grow old: calculated from tables that are not exported"
    return Impact(ImpactKind.BASE_TABLE_NOT_EXPORTED, summary, tuple(sorted(bases)))


def _value(evidence: Evidence, name: str) -> object:
    reading = evidence.get(name)
    return reading.value if reading else None
