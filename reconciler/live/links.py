"""Rows of the Synapse Link tables as live links. Pure.

Columns, choices and the signals that tell the kinds of link apart: docs/sources.md, Synapse Link tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from reconciler.live.times import moment
from reconciler.model.desired import DestinationType, TableSource
from reconciler.model.live import FormerLink, LiveLink, LiveTable, TableDefinition

Row = Mapping[str, Any]

PARTITIONS = {0: "year", 1: "month", 2: "halfMonth", 3: "fiveDay"}
_MINUTES = {1: 1, 2: 60, 3: 1440, 4: 10080}
_INACTIVE = 0
_SOFT_DELETED = 3
# Suspended and Suspending: labels only, what they mean is inferred.
_SUSPENDED = frozenset({6, 7})
_LOADED = 4
_INCREMENTAL_SCHEDULE = 1
# States of an external table and of its shortcut: Created; Not Created, Failed and Deleted.
_MADE = 1
_NOT_MADE = frozenset({0, 2, 3})
_FABRIC_FOLDER = "cds3_workspace"
# Environments of a fleet mostly hold the same tables with the same settings: equal values are one object.
_shared_table = lru_cache(maxsize=1 << 16)(LiveTable)
_shared_definition = lru_cache(maxsize=1 << 16)(TableDefinition)


def links_from_rows(
    environment: str, sets: Mapping[str, list[Row]], *, activation_time_moves: bool = True
) -> tuple[LiveLink, ...]:
    """The links of an organization, sorted by key. ``sets`` are rows by entity set, as the Dataverse client reads them.

    ``activation_time_moves`` is the assumption of that id: without it a later update time says nothing.
    """
    entities = _grouped(sets["synapselinkprofileentities"], "_profile_value")
    states = {row.get("_profileentity_value"): row for row in sets["synapselinkprofileentitystates"]}
    schedules = _grouped(sets["synapselinkschedules"], "_profile_value")
    databases = _grouped(sets["synapsedatabases"], "_datalakefolder_value")
    converted = _grouped(sets["synapselinkexternaltablestates"], "_datalakefolder_value")
    links = []
    for row in sets["synapselinkprofiles"]:
        if row.get("profilestate") == _SOFT_DELETED:
            continue
        identifier, folder_id = str(row["synapselinkprofileid"]), str(row.get("_datalakefolder_value") or "")
        folder = row.get("datalakefolder") or {}
        database = next(iter(databases[folder_id]), None) or {}
        rows = [entity for entity in entities[identifier] if entity.get("enabled")]
        tables = _tables(rows, states)
        activated = _activated(row, tables.values(), time_moves=activation_time_moves)
        if not activated:
            rows += _still_running(entities[identifier], states)
            tables = _tables(rows, states)
        kind = _destination_type(folder, database, folder_id in converted, schedules[identifier])
        account, container = _storage(folder)
        links.append(
            LiveLink(
                environment=environment,
                profile_id=identifier,
                folder_id=folder_id,
                name=str(row.get("name") or ""),
                destination_type=kind,
                storage_account=None if kind is DestinationType.FABRIC else account,
                container=container,
                workspace=_workspace(database),
                interval=_interval(schedules[identifier]),
                attachments=bool(row.get("copyattachments")),
                files=bool(row.get("copyfiles")),
                profile_state=int(row.get("profilestate") or 0),
                activated=activated,
                tables=tables,
                database=str(database.get("databasename") or "") or None,
                spark_pool=str(database.get("sparkpoolconfig") or "") or None,
                fabric_workspace=str(database.get("lakehouseworkspaceid") or "").lower() or None,
                snapshots=row["snapshotstopersist"] if isinstance(row.get("snapshotstopersist"), int) else None,
                suspended=True if row.get("profilestate") in _SUSPENDED else None,
                loading=_loading(rows, states),
                row_counts=_row_counts(rows, states),
                shortcuts_missing=_shortcuts_missing(converted.get(folder_id, ()), tables)
                if kind is DestinationType.FABRIC
                else frozenset(),
            )
        )
    return tuple(sorted(links, key=lambda link: (link.key, link.profile_id)))


def former_links_from_rows(sets: Mapping[str, list[Row]]) -> tuple[FormerLink, ...]:
    """Links that were: their profile rows are kept, soft-deleted. Sorted by account and by when they went."""
    databases = _grouped(sets["synapsedatabases"], "_datalakefolder_value")
    found = []
    for row in sets["synapselinkprofiles"]:
        if row.get("profilestate") != _SOFT_DELETED:
            continue
        folder = row.get("datalakefolder") or {}
        fabric = folder.get("datalakefolder_uniquename") == _FABRIC_FOLDER
        account, container = _storage(folder)
        database = next(iter(databases[str(row.get("_datalakefolder_value") or "")]), None) or {}
        found.append(
            FormerLink(
                name=str(row.get("name") or ""),
                storage_account=None if fabric else account,
                container=container,
                database=str(database.get("databasename") or "") or None,
                gone_at=str(row.get("modifiedon") or ""),
            )
        )
    return tuple(sorted(found, key=lambda link: (link.account, link.gone_at, link.name)))


def with_service_profile(link: LiveLink, document: Mapping[str, Any], *, activation_time_moves: bool) -> LiveLink:
    """The link with the service's own document: its flags classify better, and its times tell an unactivated write."""
    kind = link.destination_type
    if kind is not DestinationType.FABRIC and document.get("EnabledForDeltaLake") is True:
        kind = DestinationType.DELTA
    elif kind is not DestinationType.FABRIC and document.get("EnabledForIncrementalUpdate") is True:
        kind = DestinationType.INCREMENTAL
    updated, activated = moment(document.get("UpdateTime")), moment(document.get("ActivationTime"))
    stale = activated is None or (activation_time_moves and updated is not None and updated > activated)
    minutes = document.get("IncrementalUpdateTimeInterval")
    return replace(
        link,
        destination_type=kind,
        activated=link.activated and not stale,
        interval=link.interval if link.interval is not None else (minutes if isinstance(minutes, int) else None),
        service_tables=frozenset(entity["Type"] for entity in document["Entities"]),
        # The service's own word counts: a state of the row may also mean that the service stopped by itself.
        suspended=document.get("EnabledForJobs") is False,
        organization_url=str(document.get("OrganizationUrl") or "") or None,
        of_rows=link.rows_alone,
    )


def definitions_from_rows(rows: Iterable[Row]) -> dict[str, TableDefinition]:
    """Table metadata by logical name."""
    return {
        row["LogicalName"]: _shared_definition(
            row["LogicalName"],
            bool(row.get("ChangeTrackingEnabled")),
            bool((row.get("CanChangeTrackingBeEnabled") or {}).get("Value")),
            str(row.get("TableType") or ""),
            bool(row.get("IsIntersect")),
        )
        for row in rows
        if isinstance(row.get("LogicalName"), str)
    }


def _grouped(rows: Iterable[Row], column: str) -> defaultdict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[str(row.get(column) or "")].append(row)
    return groups


def _tables(rows: Iterable[Row], states: Mapping[Any, Row]) -> dict[str, LiveTable]:
    """Tables by name. A row that is not enabled is a table that was taken out (assumption ``removed-table-row``)."""
    tables = {
        row["entityname"]: _shared_table(
            row["entityname"],
            TableSource.FINOPS if row.get("entitysource") == 1 else TableSource.DATAVERSE,
            bool(row.get("appendonlymode")),
            PARTITIONS.get(row.get("partitionstrategy") or 0, "year"),
            int(row.get("recordcountperblock") or 0),
            row["synapselinkprofileentityid"] in states,
        )
        for row in rows
    }
    return dict(sorted(tables.items()))


def _still_running(rows: Iterable[Row], states: Mapping[Any, Row]) -> list[Row]:
    """Tables that a write took out which nobody activated: until then they are in the lake, and go with the next
    activation, whoever asks for it. Inferred: a row that is not enabled, whose table still has a state."""
    return [row for row in rows if not row.get("enabled") and row["synapselinkprofileentityid"] in states]


def _loading(rows: Iterable[Row], states: Mapping[Any, Row]) -> frozenset[str]:
    return frozenset(
        row["entityname"]
        for row in rows
        if (states.get(row["synapselinkprofileentityid"]) or {}).get("initialsyncstate") != _LOADED
    )


def _row_counts(rows: Iterable[Row], states: Mapping[Any, Row]) -> dict[str, int]:
    counts = ((row["entityname"], states.get(row["synapselinkprofileentityid"])) for row in rows)
    return {
        name: state["crmrecordcount"]
        for name, state in counts
        if state and isinstance(state.get("crmrecordcount"), int)
    }


def _shortcuts_missing(rows: Iterable[Row], tables: Mapping[str, LiveTable]) -> frozenset[str]:
    """Converted tables whose shortcut was not made. Nothing is said where no shortcut's state is ever written."""
    states = {
        row.get("entityname"): row.get("lakehouseshortcutstate") for row in rows if row.get("tablestate") == _MADE
    }
    if _MADE not in states.values():
        return frozenset()
    return frozenset(name for name in tables if states.get(name) in _NOT_MADE)


def _destination_type(folder: Row, database: Row, has_delta_tables: bool, schedules: Iterable[Row]) -> DestinationType:
    if folder.get("datalakefolder_uniquename") == _FABRIC_FOLDER:
        return DestinationType.FABRIC
    if has_delta_tables or database.get("sparkpoolconfig"):
        return DestinationType.DELTA
    if any(row.get("type") == _INCREMENTAL_SCHEDULE for row in schedules):
        return DestinationType.INCREMENTAL
    return DestinationType.CSV


def _storage(folder: Row) -> tuple[str | None, str | None]:
    """Resource id of the storage account (its bare name where the coordinates are missing), and the container."""
    address = urlsplit(str(folder.get("containerendpoint") or ""))
    account = (address.hostname or "").partition(".")[0]
    container = address.path.strip("/").partition("/")[0] or None
    if not account:
        return None, container
    return _resource_id(folder, "Microsoft.Storage/storageAccounts", account), container


def _workspace(database: Row) -> str | None:
    name = database.get("workspacename")
    return _resource_id(database, "Microsoft.Synapse/workspaces", str(name)) if name else None


def _resource_id(row: Row, resource_type: str, name: str) -> str:
    subscription, group = row.get("subscription"), row.get("resourcegroup")
    if not subscription or not group:
        return name.lower()
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{resource_type}/{name}".lower()


def _interval(schedules: Iterable[Row]) -> int | None:
    """Minutes of the link's own schedule row; a row of a single table does not speak for the link. Of several rows
    that for incremental updates counts, then the shortest interval, in whatever order they come."""
    minutes = []
    for row in schedules:
        unit = _MINUTES.get(row.get("recurrenceunit") or 0)
        if not row.get("entityname") and unit and isinstance(row.get("recurrenceinterval"), int):
            minutes.append((row.get("type") != _INCREMENTAL_SCHEDULE, row["recurrenceinterval"] * unit))
    return min(minutes)[1] if minutes else None


def _activated(row: Row, tables: Iterable[LiveTable], *, time_moves: bool) -> bool:
    updated, activated = moment(row.get("profileupdatedtime")), moment(row.get("activationtime"))
    if activated is None or row.get("profilestate") == _INACTIVE:
        return False
    # The tables of a suspended link may never have begun: that is no write that nobody activated.
    if row.get("profilestate") not in _SUSPENDED and not all(table.started for table in tables):
        return False
    return not (time_moves and updated is not None and updated > activated)
