"""How do the links of a seed become documents, with what they have left and left behind in Azure and Fabric?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.assumption import BY_ID
from reconciler.simulator.athena_fabric import FOLDER, managed_lake
from reconciler.simulator.links import Lake, Link, Profile, TableSettings, TableSync
from reconciler.simulator.nouns import Environment, derived_id
from reconciler.simulator.progress import progress_of
from reconciler.simulator.rows import stock_folder_id
from reconciler.simulator.storage import Container, LakeDatabase, database_named, made_by
from reconciler.simulator.tables import Table, tables_of
from reconciler.simulator.world import document_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Document = tuple[str, str, dict[str, Any]]
Seed = dict[str, Any]
HOUR = 3600.0


class LinkBuilder:
    """Makes the documents of a seed's links and of what belongs to them."""

    def __init__(
        self,
        seed: Seed,
        now: float,
        environments: Mapping[str, Environment],
        accounts: Mapping[str, dict[str, Any]],
        answers: Mapping[str, str],
    ) -> None:
        self._seed = seed
        self._now = now
        self._environments = environments
        self._accounts = accounts
        self._naming = answers.get("lake-database-name") or BY_ID["lake-database-name"].assumed
        self._places = _ids(seed.get("fabricWorkspaces", []), "fabric-workspace")
        self._ways = _ids(seed.get("fabricConnections", []), "fabric-connection")
        self._made: set[str] = set()
        self._tables_of: dict[str, dict[str, Table]] = {}

    def documents(self) -> Iterator[Document]:
        """Links, their containers and lake databases, what is left over of others, and Fabric."""
        for entry in self._seed.get("links", []):
            link = self._link(entry)
            self._environments[entry["environment"]].registered = True
            yield "link", link.profile_id, link.as_document()
            if link.activated is not None and (link.deleted is None or link.kept):
                yield from self._storage(link)
        for entry in self._seed.get("leftovers", []):
            yield from self._leftover(entry)
        yield from self._fabric()

    def _storage(self, link: Link) -> Iterator[Document]:
        rows = {name: progress_of(link, sync, self._now).loaded for name, sync in link.syncs.items()}
        if link.deleted is not None:
            link.syncs = {}
        for made in made_by(link, link.created):
            if made is not None and made.key not in self._made:
                # Links of one environment to one workspace share a database: the first of them owns it.
                self._made.add(made.key)
                made.tables = rows if link.deleted is not None else {}
                yield ("container" if isinstance(made, Container) else "database"), made.key, document_of(made)

    def _leftover(self, entry: Seed) -> Iterator[Document]:
        environment = self._environments[entry["environment"]]
        lake, kind = self._lake(entry, environment), entry.get("type", "csv")
        rows = {name: self._rows(environment, _settings(name))[0] for name in entry.get("tables", [])}
        left = Container(lake.account, lake.container, environment.id, self._now, "", kind, rows)
        yield "container", left.key, document_of(left)
        if lake.workspace:
            at = (lake.container, environment.id, self._now, lake.account, "", kind, rows)
            database = LakeDatabase(lake.workspace, lake.database, *at)
            yield "database", database.key, document_of(database)

    def _fabric(self) -> Iterator[Document]:
        first = next(iter(self._environments.values())).tenant
        by_tenant = {environment.name: environment.tenant for environment in self._environments.values()}
        for entry in self._seed.get("fabricWorkspaces", []):
            key = self._places[entry["name"]]
            capacity = derived_id(key, "capacity") if entry.get("capacity", True) else ""
            tenant = by_tenant.get(entry.get("environment", ""), first)
            body = {"kind": "workspace", "id": key, "name": entry["name"], "tenant": tenant, "capacity": capacity}
            yield "fabric", key, body
        for entry in self._seed.get("fabricConnections", []):
            key = self._ways[entry["name"]]
            environment = self._environments[entry["environment"]].id
            yield "fabric", key, {"kind": "connection", "id": key, "name": entry["name"], "environment": environment}

    def _link(self, entry: Seed) -> Link:
        environment = self._environments[entry["environment"]]
        age = entry.get("ageHours", 240) * HOUR
        kind, state = entry.get("type", "csv"), entry.get("state", "active")
        lake = self._lake(entry, environment) if kind != "fabric" else self._fabric_lake(entry, environment)
        folder, profile = self._keys(environment, lake, kind, state)
        link = Link(
            folder=folder,
            profile_id=profile,
            environment=environment.id,
            type=kind,
            lake=lake,
            created=self._now - age,
            name=lake.account,
            organization_url=environment.url,
        )
        if state == "lake":
            return link
        link.stored = self._profile(entry, link)
        link.past = dict(link.stored.tables)
        if state != "inactive":
            self._run(link, environment, link.stored, self._now if state == "loading" else link.created)
        if state == "deleted":
            link.deleted = self._now - age / 2
            link.kept = entry.get("dataKept", False)
            if not link.kept:
                link.syncs = {}
        return link

    def _keys(self, environment: Environment, lake: Lake, kind: str, state: str) -> tuple[str, str]:
        gone = ["deleted"] if state == "deleted" else []
        number = 0
        while True:
            again = [number] if number else []
            parts = [*gone, *again]
            if kind == "fabric":
                folder = stock_folder_id(environment, FOLDER)
                profile = derived_id(folder, "profile", *parts)
            else:
                folder = derived_id(environment.id, "folder", lake.account, 0, *parts)
                profile = derived_id(folder, "profile")
            if profile not in self._made:
                self._made.add(profile)
                return folder, profile
            number += 1

    def _profile(self, entry: Seed, link: Link) -> Profile:
        tables = [_settings(table) for table in entry.get("tables", [])]
        return Profile(
            tables={table.name: table for table in tables},
            interval=entry.get("interval", 60),
            attachments=entry.get("attachments", False),
            files=entry.get("files", False),
            enabled=entry.get("enabled", True),
            updated=link.created,
        )

    def _run(self, link: Link, environment: Environment, stored: Profile, since: float) -> None:
        link.running = stored
        link.activated = since
        link.suspended = not stored.enabled
        link.halted = None if stored.enabled else self._now
        link.shortcuts = list(stored.tables) if link.managed else []
        for name, settings in stored.tables.items():
            rows, quiet = self._rows(environment, settings)
            link.syncs[name] = TableSync(since, rows, 1, quiet=quiet)
            link.generations[name] = 1

    def _rows(self, environment: Environment, settings: TableSettings) -> tuple[int, bool]:
        """How many rows a table has, and whether nothing changes in it."""
        if settings.source == "FnO":
            found = next((each for each in environment.finops_tables if each["name"] == settings.name), {})
            return found.get("rows", 1000), found.get("quiet", False)
        table = self._tables(environment).get(settings.name)
        return (table.rows, table.quiet) if table else (0, False)

    def _tables(self, environment: Environment) -> dict[str, Table]:
        """Asked for each table of each link: looking them up by all that the seed says of them is dear."""
        if environment.id not in self._tables_of:
            shared = self._seed.get("tableSets", {})
            found = tables_of(tuple(environment.table_sets), shared, environment.tables)
            self._tables_of[environment.id] = found
        return self._tables_of[environment.id]

    def _lake(self, entry: Seed, environment: Environment) -> Lake:
        account = self._accounts[entry["account"]]
        parts = account["id"].split("/")
        workspace = entry.get("workspace", "")
        container = entry.get("container") or f"dataverse-{environment.name}-{environment.unique_name}"
        return Lake(
            account=entry["account"],
            container=container,
            subscription=parts[2],
            resource_group=parts[4],
            tenant=environment.tenant,
            workspace=workspace,
            database=database_named(container, self._naming) if workspace else "",
            spark_pool=entry.get("sparkPool", ""),
        )

    def _fabric_lake(self, entry: Seed, environment: Environment) -> Lake:
        place: str = entry["fabricWorkspace"]
        way: str = entry.get("fabricConnection", "")
        return managed_lake(environment, self._places.get(place, place), self._ways.get(way, way))


def _ids(entries: list[Seed], kind: str) -> dict[str, str]:
    return {entry["name"]: entry.get("id") or derived_id(kind, entry["name"]) for entry in entries}


def _settings(table: str | Seed) -> TableSettings:
    if isinstance(table, str):
        return TableSettings(table)
    return TableSettings(
        name=table["name"],
        source=table.get("source", "Dataverse"),
        append_only=table.get("appendOnly", False),
        partition=table.get("partition", "Month"),
        block=table.get("block", 125),
    )
