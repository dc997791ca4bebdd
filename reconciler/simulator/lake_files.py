"""Which files lie in the container of a link?

Layout by kind of link: documented (partition files and snapshots a table, time-stamped folders, the folder deltalake,
model.json). The shape of model.json and the names of time-stamped folders: seen in public programs that read them. The
names of files inside those folders are from memory; how many partitions a table has and how large files are is made up.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.simulator.attributes import attributes_of
from reconciler.simulator.clock import zulu
from reconciler.simulator.progress import Progress, progress_of
from reconciler.simulator.storage import Container, writing_link

if TYPE_CHECKING:
    from reconciler.simulator.attributes import Attribute
    from reconciler.simulator.links import Link
    from reconciler.simulator.tables import Table
    from reconciler.simulator.world import World

HOUR = 3600.0
PARTITIONS = 3
FOLDERS = 5
"""How many of the newest time-stamped folders are there."""
CDM = {
    "BigInt": "int64", "Boolean": "boolean", "Customer": "guid", "DateTime": "dateTimeOffset", "Decimal": "decimal",
    "Double": "double", "Integer": "int64", "Lookup": "guid", "Money": "decimal", "Owner": "guid",
    "Picklist": "int64", "State": "int64", "Status": "int64", "Uniqueidentifier": "guid",
}  # fmt: skip
"""How model.json names a type; text for all others."""
SINK = (("Id", "guid"), ("SinkCreatedOn", "dateTime"), ("SinkModifiedOn", "dateTime"))


@dataclass(frozen=True, slots=True)
class File:
    """A file of a container."""

    path: str
    modified: float
    size: int
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class _Exported:
    """A table as far as its export has come."""

    name: str
    progress: Progress
    yearly: bool
    since: float


def files_of(world: World, container: Container) -> list[File]:
    """The files of a container, by path."""
    link = writing_link(world, container)
    tables = _exported(world, link) if link else _left(container)
    if container.type == "incremental":
        files = _incremental(world, container, link, tables)
    else:
        each = _delta if container.type == "delta" else _csv
        files = [file for table in tables for file in each(table)]
        if container.holds_model and tables:
            body = _model(world, container, tables)
            files.append(File("model.json", max(table.since for table in tables), len(body), body))
            files.append(File("OptionsetMetadata/OptionsetMetadata.csv", container.created, 40_000))
    return sorted(files, key=lambda file: file.path)


def _exported(world: World, link: Link) -> list[_Exported]:
    tables = []
    for name, sync in link.syncs.items():
        progress = progress_of(link, sync, world.now())
        settings = link.running.tables.get(name) if link.running else None
        if progress.metadata_created is not None:
            yearly = link.type != "csv" or bool(settings and (settings.append_only or settings.partition == "Year"))
            tables.append(_Exported(name, progress, yearly, sync.since))
    return tables


def _left(container: Container) -> list[_Exported]:
    """What a link that is gone left behind stands as it was then."""
    at = container.created
    done = Progress("InProgress", 0, at, at, at, at, converted=at)
    return [_Exported(name, done, yearly=False, since=at) for name in container.tables]


def _newest(table: _Exported) -> float:
    progress = table.progress
    return progress.synced or progress.data_completed or progress.metadata_created or table.since


def _partitions(table: _Exported) -> list[tuple[str, float]]:
    newest = _newest(table)
    moment = datetime.fromtimestamp(newest, UTC)
    names = []
    for back in range(PARTITIONS):
        months = moment.year * 12 + moment.month - 1 - back
        names.append(str(moment.year - back) if table.yearly else f"{months // 12}-{months % 12 + 1:02}")
    return [(name, newest - back * 30 * 24 * HOUR) for back, name in enumerate(names)]


def _csv(table: _Exported) -> list[File]:
    partitions = _partitions(table) if table.progress.loaded or table.progress.completed else []
    files = [File(f"{table.name}/{name}.csv", at, 1000 + table.progress.loaded) for name, at in partitions]
    if table.progress.completed is not None:
        # A snapshot an hour, where something changed since the last.
        at = max(table.progress.completed, _newest(table) // HOUR * HOUR)
        files += [
            File(f"{table.name}/Snapshot/{name}_{int(at)}.csv", at, 1000 + table.progress.loaded)
            for name, _ in partitions
        ]
    return files


def _delta(table: _Exported) -> list[File]:
    if table.progress.completed is None:
        return []
    folder = f"deltalake/{table.name}_partitioned"
    at = table.progress.converted or table.progress.completed
    parts = [
        File(f"{folder}/Year={name}/part-00000-{int(at)}.snappy.parquet", at, 500 + table.progress.loaded // 4)
        for name, _ in _partitions(table)
    ]
    return [File(f"{folder}/_delta_log/{table.progress.rounds:020}.json", at, 800), *parts]


def _incremental(world: World, container: Container, link: Link | None, tables: list[_Exported]) -> list[File]:
    files: list[File] = []
    cadence = 60.0 * (link.running.interval if link and link.running and link.running.interval else 15)
    folders: dict[float, list[_Exported]] = {}
    for table in tables:
        newest = _newest(table)
        for back in range(min(FOLDERS, table.progress.rounds + 1)):
            folders.setdefault(newest - back * cadence, []).append(table)
    for at, written in sorted(folders.items()):
        name = (zulu(at) or "").replace(":", ".")
        body = _model(world, container, written)
        files.append(File(f"{name}/model.json", at, len(body), body))
        files += [
            File(f"{name}/{table.name}/{datetime.fromtimestamp(at, UTC).year}.csv", at, 1000) for table in written
        ]
    if folders:
        files.append(File("Changelog/changelog.info", max(folders), 30))
        files.append(File("Synapse.log", max(folders), 30 * len(folders)))
    return files


def _model(world: World, container: Container, tables: list[_Exported]) -> bytes:
    environment = world.environments.get(container.environment)
    known = world.tables(environment) if environment else {}
    entities = [_entity(table, known.get(table.name), container) for table in tables]
    model = {"name": "cdm", "description": "cdm", "version": "1.0", "entities": entities}
    return json.dumps(model).encode()


def _entity(table: _Exported, definition: Table | None, container: Container) -> dict[str, Any]:
    """A table in the model, its columns with the types that they had when its first load began."""
    columns: list[Attribute] = attributes_of(definition) if definition else []
    state = "Completed" if table.progress.completed else "InProgress"
    types = [*SINK, *((each.name, CDM.get(each.type_at(table.since), "string")) for each in columns)]
    return {
        "$type": "LocalEntity",
        "name": table.name,
        "description": table.name,
        "annotations": [
            {"name": "Athena:PartitionGranularity", "value": "Year" if table.yearly else "Month"},
            {"name": "Athena:InitialSyncState", "value": state},
            {"name": "Athena:InitialSyncDataCompletedTime", "value": zulu(table.progress.data_completed)},
        ],
        "attributes": [{"name": name, "dataType": kind, "maxLength": -1} for name, kind in types],
        "partitions": [
            {"name": name, "location": f"https://{container.account}.dfs/{container.name}/{table.name}/{name}.csv"}
            for name, _ in _partitions(table)
        ],
    }
