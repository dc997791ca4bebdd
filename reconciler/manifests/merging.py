"""The tables of a link: its own and those of the lists that it includes, as one sorted set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from reconciler.manifests.findings import MOST_FINDINGS, Finding
from reconciler.manifests.intake import TableSettings
from reconciler.model.desired import Partition, Table, TableSource

_SETTINGS = {
    "append_only": "appendOnly",
    "partition": "partition",
    "record_count_per_block": "recordCountPerBlock",
}


def merge_tables(
    groups: Sequence[Sequence[Table]], defaults: TableSettings, findings: list[Finding]
) -> tuple[Table, ...]:
    """One table a name, sorted, with the defaults for what no group says. Conflicts are findings with both places."""
    tables = sorted(groups[0] if len(groups) == 1 else _union(groups, findings), key=attrgetter("name"))
    return tuple(tables if defaults == TableSettings() else (_with_defaults(table, defaults) for table in tables))


def _union(groups: Sequence[Sequence[Table]], findings: list[Finding]) -> Iterable[Table]:
    merged: dict[str, Table] = {}
    for group in groups:
        for table in group:
            known = merged.setdefault(table.name, table)
            if known is not table:
                merged[table.name] = _combine(known, table, findings)
    return merged.values()


def check_tables(tables: Iterable[Table], findings: list[Finding]) -> None:
    """What no single document shows: settings that don't go together once defaults and lists are merged, and names."""
    for table in tables:
        if table.append_only and table.partition is Partition.MONTH:
            findings.append(
                Finding(
                    code="append-only-needs-year",
                    summary=f"Table '{table.name}' is append-only and partitioned by month.",
                    place=table.location,
                    found="partition: month, with appendOnly: true",
                    expected="partition: year",
                    remedy="Append-only tables are always partitioned by year: write partition: year for this table, "
                    "or appendOnly: false. One of the two may come from tableDefaults.",
                )
            )
        if table.source is TableSource.DATAVERSE and not table.name.islower() and table.name != table.name.lower():
            findings.append(
                Finding(
                    code="table-name-case",
                    summary=f"'{table.name}' is no logical name of a Dataverse table.",
                    place=table.location,
                    found=table.name,
                    expected="lower case",
                    nearest=table.name.lower(),
                    remedy="Write the logical name. Tables of finance and operations apps need source: finops.",
                )
            )


def find_duplicates(tables: Sequence[Table], findings: list[Finding]) -> None:
    """Tables that one list names twice, or more often; of many, the first."""
    if len({table.name for table in tables}) == len(tables):
        return
    first: dict[str, Table] = {}
    again = [table for table in tables if first.setdefault(table.name, table) is not table]
    findings += [
        Finding(
            code="duplicate-table",
            summary=f"Table '{table.name}' is listed twice.",
            place=table.location,
            found=table.name,
            remedy="Delete one of the two lines.",
            related=(known,) if (known := first[table.name].location) else (),
        )
        for table in again[:MOST_FINDINGS]
    ]


def _combine(known: Table, other: Table, findings: list[Finding]) -> Table:
    """Both as one: what only one of them says counts; what they say differently is a finding."""
    gained: dict[str, Any] = {}
    for field, written in _SETTINGS.items():
        one, two = getattr(known, field), getattr(other, field)
        if one is None and two is not None:
            gained[field] = two
        elif two is not None and one != two:
            findings.append(_conflict(known, other, written, one, two))
    if known.source is not other.source:
        findings.append(_conflict(known, other, "source", known.source, other.source))
    return replace(known, **gained) if gained else known


def _conflict(known: Table, other: Table, setting: str, one: object, two: object) -> Finding:
    return Finding(
        code="conflicting-settings",
        summary=f"Table '{known.name}' is given two values of {setting}.",
        place=other.location,
        found=f"{setting}: {_written(two)}",
        expected=f"{setting}: {_written(one)}, as {known.location} says",
        remedy="Let one list name the table, or give both the same setting.",
        related=(known.location,) if known.location else (),
    )


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with_defaults(table: Table, defaults: TableSettings) -> Table:
    gained = {
        field: default
        for field in _SETTINGS
        if (default := getattr(defaults, field)) is not None and getattr(table, field) is None
    }
    return replace(table, **gained) if gained else table
