"""What readers of an exported table find: folders in the container, tables in the lake database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class LakePart(StrEnum):
    """What a reader looks at. Stable words."""

    FOLDER = "folder"
    SNAPSHOT_FILES = "snapshotFiles"
    DELTA_FOLDER = "deltaFolder"
    TABLE = "table"
    SNAPSHOT_TABLE = "snapshotTable"


class LakeVerdict(StrEnum):
    """How it was found. ``unreadable``: it can't be told, or is there and can't be read by those who should."""

    PRESENT = "present"
    MISSING = "missing"
    STALE = "stale"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file of a container: its path, and when it was last written, in UTC."""

    path: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class LakeFinding:
    """One part of one table. ``name`` is the path in the container, or the table's name in the lake database.

    ``why`` is empty for what is present. ``excused`` says that a first load that goes on, or a table without rows,
    explains it. ``newest`` and ``written`` are the newest file and its time (``2026-01-31T12:00:00Z``), where there are
    files.
    """

    part: LakePart
    name: str
    verdict: LakeVerdict
    why: str = ""
    excused: bool = False
    newest: str | None = None
    written: str | None = None


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A linked table and what of it is there."""

    name: str
    findings: tuple[LakeFinding, ...]

    @property
    def wanting(self) -> tuple[LakeFinding, ...]:
        """What is not as readers need it, and has no excuse."""
        return tuple(each for each in self.findings if each.verdict is not LakeVerdict.PRESENT and not each.excused)


@dataclass(frozen=True, slots=True)
class LakeView:
    """What readers of one link find. ``container``, ``account``, ``database`` and ``workspace`` are live names, None
    for what the link does not have. ``remarks`` speak of all its tables; ``breaks`` are columns that were exported with
    another type than they have now."""

    environment: str
    link: str
    account: str | None
    container: str | None
    workspace: str | None
    database: str | None
    tables: tuple[LakeTable, ...] = ()
    remarks: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()

    @property
    def alarming(self) -> bool:
        """Whether something is not as readers need it."""
        return bool(self.breaks) or any(table.wanting for table in self.tables)


@dataclass(frozen=True, slots=True)
class LakeReading:
    """What was read of one link's lake. Pure input of the comparison.

    ``files`` is None where they could not be listed; ``files_unread`` says why. ``container_missing``: the account has
    no such container. ``cut`` says that there were more files than were read. ``database`` is the live name of the lake
    database, None where the workspace has none for this container; ``database_tables`` its tables, None where they
    could not be read, and then ``database_unread`` says why. ``identity_reads`` says whether the workspace's own
    identity holds a role to read the container, None where that is not known, for ``identity_why``.
    """

    files: tuple[LakeFile, ...] | None = None
    files_unread: str = ""
    container_missing: bool = False
    cut: bool = False
    database: str | None = None
    database_tables: frozenset[str] | None = None
    database_unread: str = ""
    identity_reads: bool | None = None
    identity_why: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What Dataverse says of a link's tables, that files are held against: when each was last written to the lake (for
    Delta: last converted), and the minutes between two writes."""

    interval: int
    written: Mapping[str, datetime] = field(default_factory=dict)
