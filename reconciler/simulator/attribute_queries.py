"""How are the columns and relationships of tables asked for, inside a definition and by themselves?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.attributes import attribute_metadata, attributes_of, formula, relationships_of
from reconciler.simulator.odata import expand_of, filter_of, select_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.tables import Table

EXPANDS = {"Attributes": "AttributeMetadata", "ManyToManyRelationships": "ManyToManyRelationshipMetadata"}
RELATIONSHIP = (
    "SchemaName", "MetadataId", "RelationshipType", "IntersectEntityName", "Entity1LogicalName", "Entity2LogicalName",
)  # fmt: skip


def expanded_members(text: str | None, tables: dict[str, Table]) -> Callable[[str], dict[str, Any]]:
    """What a $expand adds to the definition of a table, by its name."""
    wanted = expand_of(text, EXPANDS, "EntityMetadata")
    for name, select in wanted.items():
        select_of(select, RELATIONSHIP if name != "Attributes" else _COLUMNS, EXPANDS[name])

    def members(name: str) -> dict[str, Any]:
        rows = {
            "Attributes": lambda: [attribute_metadata(each) for each in attributes_of(tables[name])],
            "ManyToManyRelationships": lambda: relationships_of(tables[name], tables),
        }
        return {member: [_picked(row, select) for row in rows[member]()] for member, select in wanted.items()}

    return members


def attribute_rows(table: Table, select: str | None, test: str | None) -> list[dict[str, Any]]:
    """The columns of one table that a filter picks. Without a $select those of derived types are shown too."""
    select_of(select, _COLUMNS, "AttributeMetadata")
    passes = filter_of(test, _COLUMNS) if test else lambda _row: True
    rows = []
    for attribute in attributes_of(table):
        row = attribute_metadata(attribute)
        if not passes(row):
            continue
        whole = row | {"FormulaDefinition": formula(attribute), "SourceTypeMask": attribute.source_type or 0}
        rows.append(_picked(row, select) if select else whole)
    return rows


def _picked(row: dict[str, Any], select: str | None) -> dict[str, Any]:
    if not select:
        return row
    names = dict.fromkeys([name.strip() for name in select.split(",")])
    kept = [name for name in ("@odata.type", "MetadataId") if name in row]
    return {name: row[name] for name in dict.fromkeys([*kept, *names])}


_COLUMNS = (
    "MetadataId", "LogicalName", "SchemaName", "EntityLogicalName", "AttributeType", "AttributeTypeName", "AttributeOf",
    "IsValidForRead", "IsLogical", "SourceType",
)  # fmt: skip
