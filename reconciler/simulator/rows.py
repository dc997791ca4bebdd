"""Which Dataverse rows stand for the links of an environment at a moment?

Columns and choices are documented; which link gives which row is documented in part and inferred in part (the kinds of
link and their signals). Unique names, the stock folders beyond the four that were seen, and the text of the Spark pool
setting are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.simulator.clock import zulu
from reconciler.simulator.columns import ENTITY_SETS
from reconciler.simulator.hosts import LINK_APPLICATION
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.progress import NEVER_CHANGES, NOT_STARTED, lake_rows, progress_of
from reconciler.simulator.states import metadata_state, profile_state, sync_states, table_state

if TYPE_CHECKING:
    from reconciler.simulator.links import Link, Profile, TableSettings, TableSync
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World

Row = dict[str, Any]
PARTITIONS = {"Year": 0, "Month": 1, "HalfMonth": 2, "FiveDay": 3}
SOURCES = {"Dataverse": 0, "FnO": 1}
NEVER_VERSION = -9223372036854775808
DEFAULT_SOLUTION = "fd140aae-4df4-11dd-bd17-0019b9312238"
STOCK_FOLDERS = (
    "cds2_workspace", "cds3_workspace", "msdyn_analytics", "msdyn_processadvisor", "msdyn_aibuilder", "msdyn_dataflows",
    "msdyn_insights", "msdyn_retention", "msdyn_search", "msdyn_telemetry",
)  # fmt: skip


@dataclass(slots=True)
class Rows:
    """The rows of every entity set, and until when they stay as they are."""

    sets: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in ENTITY_SETS})
    until: float = NEVER_CHANGES


def rows_of(world: World, environment: Environment) -> Rows:
    """All rows of an environment now."""
    rows = Rows()
    made = _Maker(world, environment, rows)
    links = world.links_of.get(environment.id, [])
    for name in STOCK_FOLDERS:
        made.stock_folder(name)
    for link in links:
        made.link(link)
    return rows


def stock_folder_id(environment: Environment, name: str) -> str:
    """The id of a folder that every organization has."""
    return derived_id(environment.id, "stock-folder", name)


def shown_profile(world: World, link: Link) -> Profile | None:
    """The profile that the rows follow: as written, or as activated, whichever the switch says."""
    return link.stored if world.answer("rows-change-at") == "put" else link.running


class _Maker:
    """Makes the rows of one environment."""

    def __init__(self, world: World, environment: Environment, rows: Rows) -> None:
        self._world = world
        self._environment = environment
        self._rows = rows
        self._now = world.now()
        self._templates: dict[str, Row] = {}

    def _add(self, name: str, key: str, changed: float, created: float, values: Row) -> Row:
        template = self._templates.get(name) or self._templates.setdefault(name, self._template(name))
        entity_set = ENTITY_SETS[name]
        version = int(changed * 1000)
        row = {
            "@odata.etag": f'W/"{version}"',
            **template,
            entity_set.id: key,
            "createdon": zulu(created),
            "modifiedon": zulu(changed),
            "versionnumber": version,
            **values,
        }
        self._rows.sets[name].append(row)
        return row

    def _template(self, name: str) -> Row:
        columns = ENTITY_SETS[name].columns
        environment = self._environment
        system = derived_id(environment.id, "user", "SYSTEM")
        values: Row = {
            "_createdby_value": system,
            "_modifiedby_value": system,
            "_organizationid_value": environment.organization,
            "_ownerid_value": system,
            "_owninguser_value": system,
            "_owningbusinessunit_value": derived_id(environment.id, "businessunit"),
            "statecode": 0,
            "statuscode": 1,
            "timezoneruleversionnumber": 0,
            "componentstate": 0,
            "componentidunique": derived_id(environment.id, name, "component"),
            "ismanaged": False,
            "overwritetime": "1900-01-01T00:00:00Z",
            "solutionid": DEFAULT_SOLUTION,
            "iscustomizable": {
                "Value": True,
                "CanBeChanged": True,
                "ManagedPropertyLogicalName": "iscustomizableanddeletable",
            },
        }
        return dict.fromkeys(sorted(columns)) | {key: value for key, value in values.items() if key in columns}

    def stock_folder(self, name: str) -> None:
        """A folder that is there whether or not anything is linked."""
        created = 1_600_000_000.0
        row = self._add(
            "datalakefolders", stock_folder_id(self._environment, name), created, created, _folder_defaults()
        )
        row |= {"name": name, "datalakefolder_uniquename": name, "path": name, "iscustomercapacity": True}

    def link(self, link: Link) -> None:
        """All rows of one link."""
        if not link.managed:
            self._folder(link)
        if link.stored is None:
            return
        shown = shown_profile(self._world, link)
        self._profile(link, shown)
        self._schedule(link, shown)
        self._entities(link, shown)
        if link.deleted is not None and not link.kept:
            return
        if link.type in ("delta", "fabric"):
            self._external_states(link)
        if link.lake.workspace or link.managed:
            self._database(link)

    def _folder(self, link: Link) -> None:
        lake = link.lake
        endpoint = f"https://{lake.account}.dfs.{self._environment.cloud.storage}/{lake.container}"
        row = self._add("datalakefolders", link.folder, link.created, link.created, _folder_defaults())
        row |= {
            "name": lake.account,
            "datalakefolder_uniquename": f"synapselink_{lake.account}_{link.folder[:8]}",
            "containerendpoint": endpoint,
            "path": lake.container,
            "subscription": lake.subscription,
            "resourcegroup": lake.resource_group,
            "tenant": lake.tenant,
            "isexternallake": True,
            "iscustomercapacity": False,
            "deltaLakePath": "deltalake" if link.type == "delta" else None,
        }

    def _profile(self, link: Link, shown: Profile | None) -> None:
        state = profile_state(self._world, link)
        changed = max(link.created, shown.updated if shown else 0, link.activated or 0, link.deleted or 0)
        environment = self._environment
        name = f"CDS3_{environment.organization}" if link.managed else link.name or link.lake.account
        self._add("synapselinkprofiles", link.profile_id, changed, link.created, {
            "name": name,
            "uniquename": f"{name}_{link.profile_id[:8]}",
            "_datalakefolder_value": link.folder,
            "profiletype": 0,
            "profilestate": state,
            "destinationsyncstate": 0,
            "profileversion": "1.0",
            "profileupdatedtime": zulu(shown.updated) if shown else None,
            "activationtime": zulu(link.activated),
            "copyattachments": bool(shown and shown.attachments),
            "copyfiles": bool(shown and shown.files),
            "snapshotstopersist": 5,
        })  # fmt: skip

    def _schedule(self, link: Link, shown: Profile | None) -> None:
        periodic = link.type in ("incremental", "delta")
        snapshot = link.type == "csv" and self._world.answer("csv-interval-row") == "snapshot"
        if shown is None or not (periodic or snapshot):
            return
        key = derived_id(link.profile_id, "schedule")
        self._add("synapselinkschedules", key, shown.updated, link.created, {
            "name": f"{link.name or link.lake.account}_schedule",
            "uniquename": f"schedule_{key[:8]}",
            "_profile_value": link.profile_id,
            "type": 1 if periodic else 0,
            "recurrenceinterval": shown.interval,
            "recurrenceunit": 1,
            "starttime": zulu(link.created),
        })  # fmt: skip

    def _entities(self, link: Link, shown: Profile | None) -> None:
        tables = shown.tables if shown else {}
        for table in tables.values():
            self._entity(link, table, shown, enabled=True)
        if self._world.answer("removed-table-row") == "disabled":
            by_activation = self._world.answer("rows-change-at") == "activate"
            for name, table in link.past.items():
                if name not in tables and (name in link.generations or not by_activation):
                    self._entity(link, table, shown, enabled=False)

    def _entity(self, link: Link, table: TableSettings, shown: Profile | None, *, enabled: bool) -> None:
        sync = link.syncs.get(table.name)
        generation = sync.generation if sync else link.generations.get(table.name, 0) + 1
        if self._world.answer("removed-table-row") == "disabled":
            generation = 1
        key = derived_id(link.profile_id, table.name, generation)
        changed = shown.updated if shown else link.created
        self._add("synapselinkprofileentities", key, changed, link.created, {
            "name": table.name,
            "uniquename": f"{table.name}_{key[:8]}",
            "_profile_value": link.profile_id,
            "entityname": table.name,
            "entitytype": 0,
            "entitysource": SOURCES.get(table.source, 0),
            "enabled": enabled,
            "appendonlymode": table.append_only,
            "partitionstrategy": PARTITIONS.get(table.partition, 1),
            "recordcountperblock": table.block,
            "generateparquet": False,
        })  # fmt: skip
        if sync is not None:
            self._state(link, table, key, sync)

    def _state(self, link: Link, table: TableSettings, entity: str, sync: TableSync) -> None:
        progress, rows, since = progress_of(link, sync, self._now), sync.rows, sync.since
        self._rows.until = min(self._rows.until, progress.until)
        created = metadata_state(link, progress)
        changed = progress.changed or since
        state, first = sync_states(self._world, link, progress)
        written = lake_rows(link, table, progress)
        self._add("synapselinkprofileentitystates", derived_id(entity, "state"), changed, since, {
            "name": table.name,
            "_profile_value": link.profile_id,
            "_profileentity_value": entity,
            "entityname": table.name,
            "entitytype": 0,
            "entitysource": SOURCES.get(table.source, 0),
            "syncstate": state,
            "initialsyncstate": first,
            "metadatastate": created,
            "synapsetablecreationstate": 2 if progress.completed and link.lake.workspace else 0,
            "additiontime": zulu(since),
            "initialsyncmetadatacreatedtime": zulu(progress.metadata_created),
            "initialsyncdatacompletedtime": zulu(progress.data_completed),
            "initialsyncprocesscompletedtime": zulu(progress.completed),
            "lastsynceddatatime": zulu(progress.synced),
            "lastsynceddataversion": str(int(progress.synced)) if progress.synced else None,
            "lastsyncedmetadatatime": zulu(progress.metadata_created),
            "minsynceddataversion": int(progress.data_completed) if progress.data_completed else NEVER_VERSION,
            "crmrecordcount": rows,
            "crmrecordcountmodifiedtime": zulu(changed),
            "lakerecordcount": written,
            "lakerecordcountmodifiedtime": zulu(changed),
        })  # fmt: skip

    def _external_states(self, link: Link) -> None:
        for name in link.generations:
            sync = link.syncs.get(name)
            progress = progress_of(link, sync, self._now) if sync else NOT_STARTED
            self._rows.until = min(self._rows.until, progress.until)
            state = table_state(link, sync, progress)
            changed = progress.changed or link.created
            key = derived_id(link.profile_id, "external", name)
            self._add("synapselinkexternaltablestates", key, changed, link.created, {
                "name": name,
                "_datalakefolder_value": link.folder,
                "entityname": name,
                "synapsedatabasename": link.lake.database,
                "synapseworkspacename": link.lake.workspace or link.lake.fabric_workspace,
                "metadataversion": "1",
                "tablestate": state,
                "lastsyncstate": state,
                "lakehouseshortcutstate": int(link.managed and state == 1 and name in link.shortcuts),
                "trinostate": 0,
                "lastsynchronizedon": zulu(progress.converted),
                "recordcount": progress.loaded if progress.converted else 0,
            })  # fmt: skip

    def _database(self, link: Link) -> None:
        lake, cloud = link.lake, self._environment.cloud
        key = derived_id(link.profile_id, "database")
        linked = {
            "developmentendpoint": f"https://{lake.workspace}.{cloud.synapse}",
            "serverlesssqlendpoint": f"{lake.workspace}-ondemand.{cloud.synapse_sql}",
            "subscription": lake.subscription,
            "resourcegroup": lake.resource_group,
            "tenant": lake.tenant,
        }
        self._add("synapsedatabases", key, link.created, link.created, {
            "name": lake.database,
            "uniquename": f"{lake.database}_{key[:8]}",
            "databasename": lake.database,
            "workspacename": lake.workspace or lake.fabric_workspace,
            "schemaprefix": "dbo",
            "_datalakefolder_value": link.folder,
            "sparkpoolconfig": f'{{"SparkPoolName":"{lake.spark_pool}"}}' if lake.spark_pool else None,
            "lakehouseid": lake.lakehouse or None,
            "lakehouseworkspaceid": lake.fabric_workspace or None,
            "lakehouseconnectionid": lake.connection or None,
            **(linked if lake.workspace else {}),
        })  # fmt: skip


def _folder_defaults() -> Row:
    return {
        "isexternallake": False,
        "isexternallakereadonly": False,
        "isdeepcopyenabled": False,
        "isprivate": False,
        "iscompliancelake": False,
        "sharedforreadaccess": False,
        "synchronizeschematodataverse": False,
        "synchronizeschematosynapsedb": False,
        "owningappid": LINK_APPLICATION,
    }
