"""Which answer to each question of the register an environment shows. Pure: from what was read, whatever it holds.

Every id of the register is here. An answer is given only where nothing else explains what was read; None stands for
questions that only a write would answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from reconciler.live.probe.material import (
    APPLICATION,
    FINOPS,
    LAKES,
    PROFILES,
    Document,
    Material,
    container,
    latest,
    number,
    objects,
    text,
    time,
)
from reconciler.live.probe.report import Observation, Why
from reconciler.model.assumption import ASSUMPTIONS

Answers = Iterator[str]
_SOFT_DELETED = 3
_SUSPENDED = (6, 7)
_COMPLETED = 4
_SINGLE_STATES = frozenset({0, 1, 2, 4, 8, 16, 32, 64})
_LINKS_OF_AN_ENVIRONMENT = 10
_FABRIC_FOLDER = "cds3_workspace"
# Stamps of one event lie within a minute; what a sync had in hand when it was stopped is done within two hours.
_SAME = timedelta(minutes=1)
_IN_HAND = timedelta(hours=2)
_LONG = timedelta(days=1)


def _links(material: Material, *, deleted: bool = False) -> Iterator[Document]:
    for row in material.rows("synapselinkprofiles"):
        if number(row, "profiletype") in (0, None) and (number(row, "profilestate") == _SOFT_DELETED) is deleted:
            yield row


def _tables(material: Material, profile: Document) -> list[Document]:
    key = text(profile, "synapselinkprofileid")
    return [row for row in material.rows("synapselinkprofileentities") if key and text(row, "_profile_value") == key]


def _states(material: Material) -> Mapping[str, Document]:
    return {text(row, "_profileentity_value"): row for row in material.rows("synapselinkprofileentitystates")}


def _enabled(tables: Sequence[Document]) -> list[Document]:
    return [table for table in tables if table.get("enabled") is True]


def _later(first: datetime | None, second: datetime | None, by: timedelta = timedelta()) -> bool:
    """Whether the first is later than the second by more than a margin; not where one is unknown."""
    return first is not None and second is not None and first - second > by


def _rows_change_at(material: Material) -> Answers:
    """A link that waits for its activation: its rows show the write (tables without a runtime state), or the service's
    document has other tables than they."""
    states = _states(material)
    for profile in _links(material):
        tables = _enabled(_tables(material, profile))
        idle = [table for table in tables if text(table, "synapselinkprofileentityid") not in states]
        document = material.document(profile)
        stored = {text(entity, "Type") for entity in objects(document.get("Entities"))}
        if idle and _later(time(profile, "profileupdatedtime"), time(profile, "activationtime")):
            yield "put"
        elif _later(time(document, "UpdateTime"), time(document, "ActivationTime")) and stored != {
            text(table, "entityname") for table in tables
        }:
            yield "activate"


def _removed_table_row(material: Material) -> Answers:
    """A row that is not enabled; or, for Delta, a table marked as removed that has no row."""
    for profile in _links(material):
        tables = _tables(material, profile)
        if len(_enabled(tables)) < len(tables):
            yield "disabled"
        names, folder = {text(table, "entityname") for table in tables}, text(profile, "_datalakefolder_value")
        if names and any(
            text(row, "_datalakefolder_value") == folder
            and number(row, "tablestate") == _SOFT_DELETED
            and text(row, "entityname") not in names
            # Tables of option sets are listed beside those of the link, and are no tables of it.
            and "metadata" not in text(row, "entityname")
            for row in material.rows("synapselinkexternaltablestates")
        ):
            yield "deleted"


def _activation_time_moves(material: Material) -> Answers:
    """Tables that loaded although they joined after the only stamp; or joined long before it."""
    states = _states(material)
    for profile in _links(material):
        stamp = time(profile, "activationtime")
        rows = [states.get(text(table, "synapselinkprofileentityid")) for table in _enabled(_tables(material, profile))]
        joined = [time(row, "additiontime") for row in rows if row and number(row, "initialsyncstate") == _COMPLETED]
        if any(_later(at, stamp, _SAME) for at in joined):
            yield "first"
        elif any(_later(stamp, at, _LONG) for at in joined):
            yield "always"


def _create_lake_twice(material: Material) -> Answers:
    """Two lakes on one account and container: a call was repeated, and made another."""
    lakes = [
        (text(lake, "StorageAccountName"), text(lake, "FileSystemName"))
        for lake in objects(material.lakes)
        if lake.get("IsManaged") is not True and text(lake, "StorageAccountName")
    ]
    if len(set(lakes)) < len(lakes):
        yield "another"


def _csv_interval_row(material: Material) -> Answers:
    """A link that no signal tells to be Delta, Fabric or incremental, and its own schedule row, or none at all."""
    folders = {text(row, "datalakefolderid"): row for row in material.rows("datalakefolders")}
    delta = {text(row, "_datalakefolder_value") for row in material.rows("synapselinkexternaltablestates")} | {
        text(row, "_datalakefolder_value") for row in material.rows("synapsedatabases") if row.get("sparkpoolconfig")
    }
    for profile in _links(material):
        folder, document = text(profile, "_datalakefolder_value"), material.document(profile)
        if folder in delta or text(folders.get(folder, {}), "datalakefolder_uniquename") in {"", _FABRIC_FOLDER}:
            continue
        if document.get("EnabledForDeltaLake") is True or document.get("EnabledForIncrementalUpdate") is True:
            continue
        key = text(profile, "synapselinkprofileid")
        kinds = {
            number(row, "type") for row in material.rows("synapselinkschedules") if text(row, "_profile_value") == key
        }
        if kinds in ({0}, set()):
            yield "snapshot" if kinds else "none"


def _switched_off(material: Material) -> Iterator[tuple[Document, bool, bool]]:
    """Links whose switch is off and which were activated since: the row, whether data came after it, and whether it
    would have come by now."""
    now = latest(row for name in material.sets for row in material.rows(name))
    states = _states(material)
    for profile in _links(material):
        document = material.document(profile)
        off = time(document, "UpdateTime")
        if document.get("EnabledForJobs") is not False or off is None or _later(off, time(document, "ActivationTime")):
            continue
        synced = [
            time(states.get(text(table, "synapselinkprofileentityid"), {}), "lastsynceddatatime")
            for table in _tables(material, profile)
        ]
        yield profile, any(_later(at, off, _IN_HAND) for at in synced), any(synced) and _later(now, off, _LONG)


def _suspend(material: Material) -> Answers:
    """A link that was switched off, and whether data came after."""
    for _, came, due in _switched_off(material):
        if came or due:
            yield "ignored" if came else "stops"


def _suspended_state(material: Material) -> Answers:
    """A row in state Suspended; or state 1 of a link that was switched off and stands still."""
    if any(number(profile, "profilestate") in _SUSPENDED for profile in _links(material)):
        yield "6"
    for profile, came, due in _switched_off(material):
        if number(profile, "profilestate") == 1 and due and not came:
            yield "1"


def _soft_deleted_count(material: Material) -> Answers:
    """More profiles than an environment may have links, some of them soft-deleted."""
    deleted = len(list(_links(material, deleted=True)))
    if deleted and deleted + len(list(_links(material))) > _LINKS_OF_AN_ENVIRONMENT:
        yield "no"


def _event_rows(material: Material) -> Answers:
    """Soft-deleted rows that nobody's unlinking explains: of another organization, or of all links at one moment."""
    lost, ours = list(_links(material, deleted=True)), material.organization_id.lower()
    foreign = ours and any(text(profile, "_organizationid_value") not in {"", ours} for profile in lost)
    if foreign or _went_at_once(lost, list(_links(material))):
        yield "soft-deleted"


def _went_at_once(lost: Sequence[Document], links: Sequence[Document]) -> bool:
    """Whether several links went within a minute, and none that is older stayed."""
    gone = sorted(filter(None, (time(profile, "modifiedon") for profile in lost)))
    moments = [later for earlier, later in pairwise(gone) if later - earlier <= _SAME]
    return any(not any(_later(at, time(profile, "createdon")) for profile in links) for at in moments)


def _sync_states(material: Material) -> Answers:
    """Values of the sync states: one that is none of the single ones is a combination."""
    values = {
        number(row, column)
        for row in material.rows("synapselinkprofileentitystates")
        for column in ("syncstate", "initialsyncstate")
    } - {None}
    if values:
        yield "single" if values <= _SINGLE_STATES else "flags"


def _last_modified(material: Material) -> Answers:
    """A document that was written long after it was made: LastModified stands at the one or the other."""
    for profile in _links(material):
        document = material.document(profile)
        made, written, stamp = (time(document, key) for key in ("CreationTime", "UpdateTime", "LastModified"))
        if not _later(written, made, _SAME):
            continue
        if stamp is None or not _later(stamp, made, _SAME):
            yield "never"
        elif not _later(written, stamp, _SAME):
            yield "always"


def _lake_database(material: Material) -> Answers:
    """Databases of containers with a hyphen."""
    folders = {text(row, "datalakefolderid"): row for row in material.rows("datalakefolders")}
    for database in material.rows("synapsedatabases"):
        held = container(folders.get(text(database, "_datalakefolder_value"), {})).lower()
        if "-" in held:
            names = {held.replace("-", "_"): "underscores", held: "hyphens"}
            if answer := names.get(text(database, "databasename")):
                yield answer


def _application(material: Material) -> Answers:
    """The service's answer to the application, where it answers a person."""
    if material.application_status == 200:
        yield "yes"
    elif material.application_status in {401, 403, 404} and material.lakes is not None:
        yield "no"


def _finops(material: Material) -> Answers:
    """The fields of the list's rows."""
    fields = {key for row in objects(material.finops) for key in row}
    yield from (name for name in ("LogicalName", "TableName") if name in fields)


_PROFILE_SETS = ("synapselinkprofiles", "synapselinkprofileentities", "synapselinkprofileentitystates")
_SEEING: Mapping[str, tuple[Callable[[Material], Answers], tuple[str, ...]] | None] = {
    "rows-change-at": (_rows_change_at, (*_PROFILE_SETS, PROFILES)),
    "removed-table-row": (_removed_table_row, (*_PROFILE_SETS[:2], "synapselinkexternaltablestates")),
    "activation-time-moves": (_activation_time_moves, _PROFILE_SETS),
    "create-lake-twice": (_create_lake_twice, (LAKES,)),
    "csv-interval-row": (_csv_interval_row, ("synapselinkprofiles", "synapselinkschedules", "datalakefolders")),
    "unlink-route": None,
    "unlink-data-choice": None,
    "suspend-by-enabled-for-jobs": (_suspend, (*_PROFILE_SETS, PROFILES)),
    "suspended-profile-state": (_suspended_state, ("synapselinkprofiles", PROFILES)),
    "create-body-flags": None,
    "spark-pool-in-lake-body": None,
    "soft-deleted-links-count": (_soft_deleted_count, ("synapselinkprofiles",)),
    "event-rows": (_event_rows, ("synapselinkprofiles",)),
    "sync-state-values": (_sync_states, ("synapselinkprofileentitystates",)),
    "last-modified-moves": (_last_modified, (PROFILES,)),
    "lake-database-name": (_lake_database, ("synapsedatabases", "datalakefolders")),
    "app-only-service-reads": (_application, (APPLICATION, LAKES)),
    "finops-table-rows": (_finops, (FINOPS,)),
}


def observe(identifier: str, materials: Sequence[Material]) -> Observation:
    """What environments show of one question of the register. Raises KeyError for an id that it does not know."""
    seeing = _SEEING[identifier]
    if seeing is None:
        return Observation(identifier, why=Why.NEEDS_WRITE)
    answers, needed = seeing
    seen: Counter[str] = Counter()
    for material in materials:
        seen.update(set(answers(material)))
    if seen:
        return Observation(identifier, dict(sorted(seen.items())))
    unread = any(name in material.unread for material in materials for name in needed)
    return Observation(identifier, why=Why.NOT_READ if unread else Why.NOTHING_THERE)


def observations(materials: Sequence[Material]) -> tuple[Observation, ...]:
    """What environments show of every question, in the order of the register."""
    return tuple(observe(assumption.id, materials) for assumption in ASSUMPTIONS)
