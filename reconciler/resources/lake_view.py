"""What lies in the lake, held against what readers of a link should find there. Pure.

Layout and names by kind of link: docs/sources.md, The lake. An old file alone proves nothing, since only what changed
is written: a part is stale where Dataverse says that it was written later, or where newer data has no snapshot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.desired import DestinationType, account_name
from reconciler.model.evidence import Evidence
from reconciler.model.lake import (
    Expected,
    LakeFile,
    LakeFinding,
    LakePart,
    LakeReading,
    LakeTable,
    LakeVerdict,
    LakeView,
)
from reconciler.model.live import LiveLink
from reconciler.resources.impact_metadata import schema_breaks

SNAPSHOT_LAG = timedelta(hours=2)
"""Snapshots are made each hour where something changed."""
_SHORTEST_LAG = timedelta(hours=1)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT")
_SNAPSHOT = "snapshot"
_DELTA = "deltalake"
_PARTITIONED = "_partitioned"

NOTHING = Evidence()
Newest = Mapping[tuple[LakePart, str], LakeFile]


@dataclass(frozen=True, slots=True)
class _Look:
    """All that a verdict on one link's tables rests on."""

    link: LiveLink
    reading: LakeReading
    expected: Expected
    newest: Newest


def lake_view(link: LiveLink, reading: LakeReading, expected: Expected, evidence: Evidence = NOTHING) -> LakeView:
    """What readers find of each table of a link, by name; with the readings ``columns`` and ``exportedModel`` also
    which columns changed their type since they were exported."""
    fabric = link.destination_type is DestinationType.FABRIC
    look = _Look(link, reading, expected, newest_files(link.destination_type, reading.files or ()))
    names = () if fabric else sorted(link.tables)
    return LakeView(
        environment=link.environment,
        link=link.name,
        account=None if fabric else account_name(link.storage_account) or None,
        container=None if fabric else link.container,
        workspace=link.workspace.rpartition("/")[2] if link.workspace and not fabric else None,
        database=reading.database,
        tables=tuple(LakeTable(name, tuple(_findings(look, name))) for name in names),
        remarks=(*_remarks(link, reading), *_unread(evidence)),
        breaks=schema_breaks(link, evidence),
    )


def newest_files(kind: DestinationType, files: Iterable[LakeFile]) -> Newest:
    """The newest file of each part of each table, whose names are in lower case. Other files are left out."""
    newest: dict[tuple[LakePart, str], LakeFile] = {}
    for file in files:
        place = _place(kind, file.path.lower().split("/"))
        if place and (place not in newest or newest[place].modified < file.modified):
            newest[place] = file
    return newest


def _place(kind: DestinationType, parts: list[str]) -> tuple[LakePart, str] | None:
    """The part and table that a path belongs to, None for what belongs to no table."""
    if kind is DestinationType.DELTA:
        inside = len(parts) > 2 and parts[0] == _DELTA
        return (LakePart.DELTA_FOLDER, parts[1].removesuffix(_PARTITIONED)) if inside else None
    if kind is DestinationType.INCREMENTAL:
        inside = len(parts) > 2 and _TIMESTAMP.match(parts[0].upper()) is not None
        return (LakePart.FOLDER, parts[1]) if inside else None
    if len(parts) < 2:
        return None
    snapshot = len(parts) > 2 and parts[1] == _SNAPSHOT
    return (LakePart.SNAPSHOT_FILES if snapshot else LakePart.FOLDER, parts[0])


def _findings(look: _Look, name: str) -> Iterator[LakeFinding]:
    kind = look.link.destination_type
    if kind is DestinationType.DELTA:
        yield _written(look, LakePart.DELTA_FOLDER, name, f"{_DELTA}/{name}{_PARTITIONED}")
    elif kind is DestinationType.INCREMENTAL:
        yield _written(look, LakePart.FOLDER, name, f"<time>/{name}")
    else:
        data = _written(look, LakePart.FOLDER, name, name)
        yield data
        yield _snapshot_files(look, name, data)
    if look.link.workspace and kind is not DestinationType.INCREMENTAL:
        yield _in_database(look, LakePart.TABLE, name, name)
        if kind is DestinationType.CSV:
            yield _in_database(look, LakePart.SNAPSHOT_TABLE, name, f"{name}{_PARTITIONED}")


def _written(look: _Look, part: LakePart, name: str, path: str) -> LakeFinding:
    """A folder, and whether its newest file is as new as Dataverse says that it should be."""
    file = look.newest.get((part, name.lower()))
    if file is None:
        return _no_files(look, part, name, path)
    said = look.expected.written.get(name)
    lag = max(_SHORTEST_LAG, 2 * timedelta(minutes=look.expected.interval))
    if said and file.modified + lag < said:
        why = f"Dataverse says that it was written at {_time(said)}, and its newest file is of {_time(file.modified)}"
        return _found(part, path, LakeVerdict.STALE, file, why)
    return _found(part, path, LakeVerdict.PRESENT, file)


def _snapshot_files(look: _Look, name: str, data: LakeFinding) -> LakeFinding:
    path = f"{name}/Snapshot"
    file = look.newest.get((LakePart.SNAPSHOT_FILES, name.lower()))
    if file is None:
        return _no_files(look, LakePart.SNAPSHOT_FILES, name, path)
    newest = look.newest.get((LakePart.FOLDER, name.lower()))
    if newest and newest.modified - file.modified > SNAPSHOT_LAG:
        why = f"its newest file is of {_time(file.modified)}, and data was written at {data.written}: it is hourly"
        return _found(LakePart.SNAPSHOT_FILES, path, LakeVerdict.STALE, file, why)
    return _found(LakePart.SNAPSHOT_FILES, path, LakeVerdict.PRESENT, file)


def _no_files(look: _Look, part: LakePart, name: str, path: str) -> LakeFinding:
    reading = look.reading
    if reading.container_missing:
        why = f"the storage account has no container {look.link.container}"
        return LakeFinding(part, path, LakeVerdict.MISSING, why)
    if reading.files is None:
        return LakeFinding(part, path, LakeVerdict.UNREADABLE, "the container could not be listed")
    excuse = _excuse(look, name)
    if excuse:
        return LakeFinding(part, path, LakeVerdict.MISSING, excuse, excused=True)
    if reading.cut:
        why = "not among the files that were listed, and not all were: there are too many"
        return LakeFinding(part, path, LakeVerdict.UNREADABLE, why)
    return LakeFinding(part, path, LakeVerdict.MISSING, "no file of it is in the container")


def _in_database(look: _Look, part: LakePart, name: str, wanted: str) -> LakeFinding:
    reading = look.reading
    shown = f"{reading.database or look.link.database or '?'}.dbo.{wanted}"
    if reading.database_tables is None:
        if reading.database_unread:
            return LakeFinding(part, shown, LakeVerdict.UNREADABLE, "the lake database could not be read")
        excuse = _excuse(look, name)
        why = excuse or "the workspace has no lake database for this container"
        return LakeFinding(part, shown, LakeVerdict.MISSING, why, excused=bool(excuse))
    if wanted.lower() not in reading.database_tables:
        excuse = _excuse(look, name)
        why = excuse or f"the lake database {reading.database} has no such table"
        return LakeFinding(part, shown, LakeVerdict.MISSING, why, excused=bool(excuse))
    if part is LakePart.SNAPSHOT_TABLE and reading.identity_reads is False:
        return LakeFinding(part, shown, LakeVerdict.UNREADABLE, "the workspace's own identity may not read it")
    return LakeFinding(part, shown, LakeVerdict.PRESENT)


def _excuse(look: _Look, name: str) -> str:
    """Why nothing needs to be there yet; empty for no reason."""
    if name in look.link.loading:
        return "its first load is not complete"
    if not look.link.tables[name].started:
        return "its export has not begun"
    return "it has no rows in Dataverse" if look.link.row_counts.get(name) == 0 else ""


def _found(part: LakePart, path: str, verdict: LakeVerdict, file: LakeFile, why: str = "") -> LakeFinding:
    return LakeFinding(part, path, verdict, why, newest=file.path, written=_time(file.modified))


def _remarks(link: LiveLink, reading: LakeReading) -> Iterator[str]:
    if link.destination_type is DestinationType.FABRIC:
        yield "the lake of a link to Fabric belongs to Dataverse: nobody else can look into it"
        return
    if reading.files_unread and not reading.container_missing:
        yield f"the container could not be listed: {reading.files_unread} (it takes Storage Blob Data Reader there)"
    if reading.database_unread:
        yield f"the lake database could not be read: {reading.database_unread} (it takes Synapse Artifact User there)"
    if reading.cut:
        yield "the container holds more files than were listed: what was not seen may be there"
    if link.workspace and link.destination_type is not DestinationType.INCREMENTAL:
        if reading.identity_reads is None:
            yield f"whether the workspace's identity may read the container is not known: {reading.identity_why}"
        elif not reading.identity_reads:
            yield reading.identity_why


def _unread(evidence: Evidence) -> Iterator[str]:
    for name in ("columns", "exportedModel"):
        reading = evidence.readings.get(name)
        if reading and reading.unread:
            yield f"whether the types of columns still fit is not known: {reading.unread}"
            return


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
