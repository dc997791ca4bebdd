"""Reads how the syncs of environments stand: the state rows of Dataverse, and the service's documents where a user is
signed in. One batch an environment, and one request a link for the documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.clients.clients import ReadClients
from reconciler.clients.dataverse import RUNTIME_SETS, LinkRows
from reconciler.clients.link_service import Document
from reconciler.clients.patience import patience
from reconciler.live.environment import MISSHAPEN, from_rows, unreadable_as, with_service
from reconciler.live.pool import threads
from reconciler.live.snapshot import assumed
from reconciler.live.times import moment
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, Environment
from reconciler.model.errors import ReconcilerError, Unintelligible
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.model.runtime import Conversion, EnvironmentRuntime, LinkRuntime, ServiceState, TableRuntime

Row = Mapping[str, Any]
_REMOVED = 3
_EXTERNAL = "synapselinkexternaltablestates"


def read_runtimes(
    clients: ReadClients,
    environments: Sequence[Environment],
    configuration: Configuration,
    progress: Callable[[str], None] = lambda _name: None,
) -> dict[str, EnvironmentRuntime]:
    """Reads environments side by side, by name. What can't be read is said in them; nothing is raised for it."""
    moves = assumed(configuration, "activation-time-moves") == "always"

    def read(environment: Environment) -> EnvironmentRuntime:
        with patience(configuration.limits.minutes_per_environment * 60, f"Environment '{environment.name}'"):
            found = read_runtime(clients, environment, activation_time_moves=moves)
        progress(environment.name)
        return found

    with threads(configuration.concurrency) as pool:
        return {found.live.name: found for found in pool.map(read, environments)}


def read_runtime(
    clients: ReadClients, environment: Environment, *, activation_time_moves: bool = True
) -> EnvironmentRuntime:
    """One environment's links and the state of their tables. Never raises for what a service did."""
    try:
        rows = clients.dataverse(environment).link_rows(definitions=False, sets=RUNTIME_SETS)
        states, conversions = _states(rows), _conversions(rows.sets[_EXTERNAL])
        live = from_rows(environment, _without_removed(rows), activation_time_moves=activation_time_moves)
        if live.unreadable:
            return EnvironmentRuntime(live, datetime.now(UTC))
        missing = clients.identities.user_missing(environment.tenant_id)
        documents: dict[str, Document] = {}
        if not missing:
            live, documents = with_service(clients, environment, live, activation_time_moves=activation_time_moves)
            missing = live.link_writes_missing
        links = tuple(_link(link, states, conversions, documents.get(link.folder_id)) for link in live.links)
    except ReconcilerError as error:
        return _unreadable(environment, error)
    except MISSHAPEN as error:
        text = f"A service gave rows of another shape than is known ({type(error).__name__}: {error})"
        return _unreadable(environment, Unintelligible(text))
    return EnvironmentRuntime(live, rows.answered or datetime.now(UTC), links, missing)


def _unreadable(environment: Environment, error: ReconcilerError) -> EnvironmentRuntime:
    live = LiveEnvironment(environment.name, unreadable=unreadable_as(environment, error))
    return EnvironmentRuntime(live, datetime.now(UTC))


def _without_removed(rows: LinkRows) -> LinkRows:
    """What tells the kind of a link are conversions that go on."""
    kept = [row for row in rows.sets[_EXTERNAL] if not _is_removed(row)]
    return replace(rows, sets={**rows.sets, _EXTERNAL: kept})


def _is_removed(row: Row) -> bool:
    return row.get("tablestate") == _REMOVED or row.get("lastsyncstate") == _REMOVED


def _conversions(rows: Iterable[Row]) -> dict[str, dict[str, Row]]:
    """Conversions by folder and table. A table that was removed and came back has two rows: the living one counts."""
    found: defaultdict[str, dict[str, Row]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (not _is_removed(row), str(row.get("modifiedon") or ""))):
        found[str(row.get("_datalakefolder_value") or "")][_key(row.get("entityname"))] = row
    return found


def _states(rows: LinkRows) -> dict[tuple[str, str], Row]:
    """State rows by profile and table, the newest where there are several. They are joined by the table's own row:
    their link to the profile may be empty."""
    entities = {
        row.get("synapselinkprofileentityid"): (str(row.get("_profile_value") or ""), _key(row.get("entityname")))
        for row in rows.sets["synapselinkprofileentities"]
        if row.get("enabled")
    }
    return {
        entities[row["_profileentity_value"]]: row
        for row in sorted(rows.sets["synapselinkprofileentitystates"], key=lambda row: str(row.get("modifiedon") or ""))
        if row.get("_profileentity_value") in entities
    }


def _link(
    link: LiveLink,
    states: Mapping[tuple[str, str], Row],
    conversions: Mapping[str, Mapping[str, Row]],
    document: Document | None,
) -> LinkRuntime:
    converted = conversions.get(link.folder_id, {})
    entities = {_key(entity.get("Type")): entity for entity in (document or {}).get("Entities", [])}
    tables = {}
    for name in link.tables:
        row, entity = states.get((link.profile_id, _key(name))), entities.get(_key(name))
        table = _table(name, row)
        tables[name] = replace(
            table,
            conversion=_conversion(converted.get(_key(name)), link.destination_type),
            service=_service(entity) if entity else None,
        )
    linked = {_key(name) for name in link.tables}
    removed = sorted(name for name, row in converted.items() if name not in linked and _is_removed(row))
    return LinkRuntime(link, tables, tuple(removed))


def _table(name: str, row: Row | None) -> TableRuntime:
    if row is None:
        return TableRuntime(name, started=False)
    return TableRuntime(
        name,
        sync_state=_choice(row.get("syncstate")),
        initial_sync_state=_choice(row.get("initialsyncstate")),
        metadata_state=_choice(row.get("metadatastate")),
        added=moment(row.get("additiontime")),
        metadata_created=moment(row.get("initialsyncmetadatacreatedtime")),
        data_completed=moment(row.get("initialsyncdatacompletedtime")),
        load_completed=moment(row.get("initialsyncprocesscompletedtime")),
        synced=moment(row.get("lastsynceddatatime")),
        source_rows=count(row.get("crmrecordcount")),
        source_counted=moment(row.get("crmrecordcountmodifiedtime")),
        lake_rows=count(row.get("lakerecordcount")),
        lake_counted=moment(row.get("lakerecordcountmodifiedtime")),
    )


def _conversion(row: Row | None, kind: DestinationType) -> Conversion | None:
    """A table of a delta link is always to be converted; of another link where a row says so."""
    if row is None or _is_removed(row):
        return Conversion() if kind is DestinationType.DELTA else None
    return Conversion(
        table_state=_choice(row.get("tablestate")),
        last_sync_state=_choice(row.get("lastsyncstate")),
        converted=moment(row.get("lastsynchronizedon")),
        rows=count(row.get("recordcount")),
    )


def _service(entity: Document) -> ServiceState:
    error = entity.get("ErrorDetails")
    error = error if isinstance(error, dict) else {}
    times = (moment(entity.get("LastSynchronizedOn")), moment(entity.get("LastDeltaSyncDataTime")))
    return ServiceState(
        current_state=str(entity.get("CurrentState") or ""),
        synced=max((time for time in times if time), default=None),
        source_rows=count(entity.get("CrmRecordCount")),
        lake_rows=count(entity.get("DestinationCount")),
        interval=count(entity.get("DeltaSyncJobTriggerIntervalMins")) or None,
        code=_text(error.get("Code")),
        message=_text(error.get("Message")),
        details=_text(error.get("Details")),
    )


def _key(name: Any) -> str:
    return str(name or "").lower()


def _text(value: Any) -> str:
    return "" if value in (None, 0) else str(value).strip()


def _choice(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def count(value: Any) -> int | None:
    """A number of rows or minutes; None for what is none: the services write -1 and the smallest 64-bit number."""
    number = _choice(value)
    return number if number is not None and number >= 0 else None
