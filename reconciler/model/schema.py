"""Columns and relationships of tables as metadata shows them, and the types that the lake's model gave them.

The readings of evidence hold them as plain JSON; here they get names again. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CALCULATED = frozenset({1, 2})
"""SourceType of calculated and rollup columns."""

_WHOLE = frozenset({"int64", "int32", "int16"})
_TIMES = frozenset({"datetime", "datetimeoffset", "date", "time"})
_FRACTIONS = frozenset({"decimal", "double"})
_TYPES: dict[str, frozenset[str]] = {
    "BigInt": _WHOLE,
    "Boolean": frozenset({"boolean"}),
    "Customer": frozenset({"guid"}),
    "DateTime": _TIMES,
    "Decimal": _FRACTIONS,
    "Double": _FRACTIONS,
    "EntityName": frozenset({"string"}),
    "Integer": _WHOLE,
    "Lookup": frozenset({"guid"}),
    "Memo": frozenset({"string"}),
    "Money": _FRACTIONS,
    "MultiSelectPicklist": frozenset({"string"}),
    "Owner": frozenset({"guid"}),
    "Picklist": _WHOLE,
    "State": _WHOLE,
    "Status": _WHOLE,
    "String": frozenset({"string"}),
    "Uniqueidentifier": frozenset({"guid"}),
}
_EXPORTED_TYPES = frozenset().union(*_TYPES.values())


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: Dataverse's name of its type, and the tables that a calculated or rollup column reads."""

    type: str
    base_tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relationship:
    """A many-to-many relationship: the table that joins, and its two ends."""

    intersect: str
    first: str
    second: str


def type_breaks(columns: Mapping[str, Column], exported: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Columns whose exported type can't hold what Dataverse has now: name, exported type, present type; by name.

    A pair with a type that is not known is no break, and neither is a column that only one side has: columns that come
    and go do not break an export.
    """
    return [
        (name, exported[name], column.type)
        for name, column in sorted(columns.items())
        if name in exported and _breaks(column.type, exported[name].lower())
    ]


def _breaks(present: str, exported: str) -> bool:
    accepted = _TYPES.get(present)
    return accepted is not None and exported in _EXPORTED_TYPES and exported not in accepted


def columns_of(value: object) -> dict[str, dict[str, Column]]:
    """The reading ``columns``: for each table its columns as ``[type, [base tables]]``. What has another form is left
    out."""
    return {
        table: {name: column for name, each in columns.items() if (column := _column(each)) is not None}
        for table, columns in _mapping(value).items()
        if isinstance(columns, dict)
    }


def exported_of(value: object) -> dict[str, dict[str, str]]:
    """The reading ``exportedModel``: for each table the types of its columns."""
    return {
        table: {name: kind for name, kind in columns.items() if isinstance(kind, str)}
        for table, columns in _mapping(value).items()
        if isinstance(columns, dict)
    }


def relationships_of(value: object) -> list[Relationship]:
    """The reading ``relationships``: ``[intersect, first, second]`` each."""
    rows = value if isinstance(value, list) else []
    return [Relationship(*row) for row in rows if isinstance(row, list) and len(row) == 3 and _texts(row)]


def _column(value: object) -> Column | None:
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        return None
    bases = value[1] if len(value) > 1 and isinstance(value[1], list) else []
    return Column(value[0], tuple(base for base in bases if isinstance(base, str)))


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(values: list[object]) -> bool:
    return all(isinstance(value, str) for value in values)
