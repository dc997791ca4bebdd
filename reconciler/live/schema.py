"""Reads columns and relationships of a link's tables, and the model that lies beside its exported files.

The readings ``columns``, ``relationships``, ``rowCounts`` and ``exportedModel`` of a link's evidence;
reconciler/model/schema.py gives them names again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from reconciler.clients.clients import ReadClients
from reconciler.live.environment import MISSHAPEN, why
from reconciler.model.canonical import JsonValue
from reconciler.model.desired import DestinationType, Environment, Relink, SynapseLink, TableSource, account_name
from reconciler.model.errors import NotFound, ReconcilerError
from reconciler.model.evidence import Reading
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.model.schema import CALCULATED

MOST_TABLES = 600
"""The tables of a link whose metadata is read: four batches. Those that come stand first."""
_METADATA = "Dataverse Web API, EntityDefinitions"
_WITH_MODEL = frozenset({DestinationType.CSV, DestinationType.DELTA})

Row = Mapping[str, Any]


def schema_readings(
    clients: ReadClients, environment: Environment, live: LiveEnvironment, link: SynapseLink
) -> dict[str, Reading]:
    """What metadata says of the tables that a link exports or is to export. Never raises for what a service did.

    At most four batches for columns and relationships, four more for the formulas of calculated columns, one for the
    rows of tables that come, and one file of the lake. A link whose lake has no model, or that nobody may read, has a
    reading that says so.
    """
    current = next((candidate for candidate in live.links if candidate.key == link.key), None)
    declared = {table.name for table in link.tables if table.source is TableSource.DATAVERSE}
    found = _readings(clients, environment, declared, current)
    coming = sorted(declared - (current.tables.keys() if current else set()))
    if coming:
        found["rowCounts"] = _row_counts(clients, environment, coming[:MOST_TABLES])
    account, container = link.destination.storage_account, link.destination.container
    if current is None and link.relink is Relink.CLEAN and account and container:
        # What is there may be deleted only where it is what a former link exported.
        found["exportedModel"] = _model(clients, environment, account, container)
    return found


def exported_readings(clients: ReadClients, environment: Environment, link: LiveLink) -> dict[str, Reading]:
    """The same of the tables that a live link exports, whatever is declared."""
    return _readings(clients, environment, set(), link)


def _readings(
    clients: ReadClients, environment: Environment, declared: set[str], current: LiveLink | None
) -> dict[str, Reading]:
    tables, source = _tables(declared, current)
    try:
        rows = clients.dataverse_schema(environment).schemas(tables)
        calculated = sorted(_name(row) for row in rows if any(map(_is_calculated, row.get("Attributes") or [])))
        bases = clients.dataverse_schema(environment).base_tables(calculated)
        found = {
            "columns": Reading(f"{source}, Attributes", {_name(row): _columns(row, bases) for row in rows}),
            "relationships": Reading(f"{source}, ManyToManyRelationships", _relationships(rows)),
        }
    except (ReconcilerError, *MISSHAPEN) as error:
        unread = Reading(source, unread=why(error))
        found = {"columns": unread, "relationships": unread}
    if current and current.container and current.destination_type in _WITH_MODEL:
        found["exportedModel"] = _model(clients, environment, current.storage_account, current.container)
    return found


def _row_counts(clients: ReadClients, environment: Environment, tables: Sequence[str]) -> Reading:
    def read() -> JsonValue:
        return {**clients.dataverse_schema(environment).row_counts(tables)}

    return _reading("Dataverse Web API, RetrieveTotalRecordCount", read)


def _tables(declared: set[str], current: LiveLink | None) -> tuple[Sequence[str], str]:
    live = current.tables.values() if current else ()
    linked = {table.name for table in live if table.source is TableSource.DATAVERSE}
    names = [*sorted(declared - linked), *sorted(linked)]
    if len(names) <= MOST_TABLES:
        return names, _METADATA
    return names[:MOST_TABLES], f"{_METADATA} of {MOST_TABLES} of {len(names)} tables"


def _name(row: Row) -> str:
    return str(row.get("LogicalName") or "")


def _is_calculated(attribute: Row) -> bool:
    return attribute.get("SourceType") in CALCULATED


def _columns(row: Row, bases: Mapping[str, Mapping[str, list[str]]]) -> JsonValue:
    """``[type]`` of each column, and ``[type, [base tables]]`` of those whose formula names other tables."""
    columns: list[tuple[str, str, tuple[str, ...]]] = []
    for attribute in row.get("Attributes") or []:
        named = str((attribute.get("AttributeTypeName") or {}).get("Value") or "").removesuffix("Type")
        kind = str(attribute.get("AttributeType") or "")
        name = _name(attribute)
        found = bases.get(_name(row), {}).get(name, [])
        shown = named if kind == "Virtual" and named else kind
        columns.append((name, shown, tuple(found)))
    return _shared_columns(tuple(columns))


# Environments of a fleet mostly have the same tables: equal columns are one object, which nobody changes.
@lru_cache(maxsize=1 << 14)
def _shared_columns(columns: tuple[tuple[str, str, tuple[str, ...]], ...]) -> JsonValue:
    return {name: [shown, [*found]] if found else [shown] for name, shown, found in columns}


@lru_cache(maxsize=1 << 14)
def _shared_types(types: tuple[tuple[str, str], ...]) -> JsonValue:
    return dict(types)


def _relationships(rows: Sequence[Row]) -> JsonValue:
    """Each relationship once: both of its ends, and the table that joins them, name it."""
    fields = ("IntersectEntityName", "Entity1LogicalName", "Entity2LogicalName")
    found = {
        tuple(str(relationship.get(field) or "") for field in fields)
        for row in rows
        for relationship in row.get("ManyToManyRelationships") or []
    }
    return [list(each) for each in sorted(found)]


def _model(clients: ReadClients, environment: Environment, storage_account: str | None, container: str) -> Reading:
    account = account_name(storage_account)
    source = f"storage account {account}, {container}/model.json"

    def read() -> JsonValue:
        body = clients.lake(environment.tenant_id, account).json_file(container, "model.json")
        return {
            str(entity["name"]): _shared_types(
                tuple(
                    (str(attribute["name"]), str(attribute.get("dataType") or ""))
                    for attribute in entity.get("attributes") or []
                )
            )
            for entity in body.get("entities") or []
        }

    return _reading(source, read)


def _reading(source: str, read: Callable[[], JsonValue]) -> Reading:
    try:
        return Reading(source, read())
    except NotFound:
        return Reading(source)
    except (ReconcilerError, *MISSHAPEN) as error:
        return Reading(source, unread=why(error))
