"""Dataverse metadata of named tables: columns, the tables that calculated columns read, N:N relationships, rows.

Source: docs/sources.md, Dataverse Web API; docs/fidelity.md says what of it was never seen on the wire. Reading only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reconciler.clients.dataverse import DataverseReader, Row

MOST_TABLES = 150
"""The tables that one batch asks about."""
_A_REQUEST = 25
_COUNTED_AT_ONCE = 50
_EXPAND = (
    "Attributes($select=LogicalName,AttributeType,AttributeTypeName,SourceType),"
    "ManyToManyRelationships($select=IntersectEntityName,Entity1LogicalName,Entity2LogicalName)"
)
_CALCULATED = "SourceType eq 1 or SourceType eq 2"
_LONGEST_FORMULA = 200_000
_ENTITY = re.compile(r"""\bEntity(?:Logical)?Name\s*=\s*(?:"|&quot;)([A-Za-z]\w*)(?:"|&quot;)""")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class SchemaReader(DataverseReader):
    """Reads the metadata of named tables, a batch for each 150 of them."""

    def schemas(self, tables: Sequence[str]) -> list[Row]:
        """The definitions of tables with ``Attributes`` and ``ManyToManyRelationships``; those of tables that do not
        exist are left out."""
        names = [name for name in tables if _NAME.fullmatch(name)]
        paths = []
        for some in _cut(names, _A_REQUEST):
            test = " or ".join(f"LogicalName eq '{name}'" for name in some)
            paths.append(f"EntityDefinitions?$select=LogicalName&$filter={test}&$expand={_EXPAND}")
        return self._batched(paths, MOST_TABLES // _A_REQUEST)

    def base_tables(self, tables: Iterable[str]) -> dict[str, dict[str, list[str]]]:
        """For each table its calculated and rollup columns, each with the other tables that its formula names.

        Formulas are XAML; only the attributes that name tables are looked for in them.
        """
        names = [name for name in tables if _NAME.fullmatch(name)]
        paths = [f"EntityDefinitions(LogicalName='{name}')/Attributes?$filter={_CALCULATED}" for name in names]
        found: dict[str, dict[str, list[str]]] = {}
        for row in self._batched(paths, MOST_TABLES):
            table, column = str(row.get("EntityLogicalName") or ""), str(row.get("LogicalName") or "")
            found.setdefault(table, {})[column] = tables_in(row.get("FormulaDefinition"), table)
        return found

    def row_counts(self, tables: Sequence[str]) -> dict[str, int]:
        """The rows of tables, from a count that Dataverse made within the last day; tables that it doesn't count are
        left out. Raises what an unknown table's answer is."""
        names = [name for name in tables if _NAME.fullmatch(name)]
        paths = [
            "RetrieveTotalRecordCount(EntityNames=[" + ",".join(f"'{name}'" for name in some) + "])"
            for some in _cut(names, _COUNTED_AT_ONCE)
        ]
        found: dict[str, int] = {}
        for some in _cut(paths, MOST_TABLES):
            for body in self._batch(list(some))[1]:
                counts = body["EntityRecordCountCollection"]
                found |= dict(zip(map(str, counts["Keys"]), map(int, counts["Values"]), strict=True))
        return found

    def _batched(self, paths: Sequence[str], size: int) -> list[Row]:
        rows: list[Row] = []
        for some in _cut(paths, size):
            answer, bodies = self._batch(list(some))
            rows += [row for body in bodies for row in self._all_pages(answer, body)]
        return rows


def tables_in(formula: Any, own: str) -> list[str]:
    """The other tables that a formula names, sorted; none for what is no formula."""
    if not isinstance(formula, str):
        return []
    return sorted({name.lower() for name in _ENTITY.findall(formula[:_LONGEST_FORMULA])} - {own})


def _cut(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]
