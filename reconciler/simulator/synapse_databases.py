"""How does a workspace's development endpoint list its lake databases and their tables?

Paths and shapes: the official OpenAPI document of the data plane (symsAPI.json, 2021-04-01) and its examples. Which
tables a link makes there is documented: the table and its snapshot ``_partitioned`` for CSV, the table alone for Delta.
When it makes them is invented. Pages are as large as maxPageSize asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from reconciler.simulator.hosts import PUBLIC
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.progress import progress_of
from reconciler.simulator.storage import LakeDatabase, databases_of, writing_link
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal, Resource
    from reconciler.simulator.world import World

VERSION = "2021-04-01"
MOST_RESULTS = 100


class Door(Protocol):
    """Who lets requests into a workspace."""

    def admit(self, request: Request) -> tuple[Resource, Principal]:
        """The workspace and the sender of a request."""


class Databases:
    """The lake databases of all workspaces."""

    def __init__(self, world: World, door: Door) -> None:
        self._world = world
        self._door = door
        self.routes = (
            route("synapse.databases", "GET", "/databases", self.all),
            route("synapse.database", "GET", "/databases/{database}", self.one),
            route("synapse.database.tables", "GET", "/databases/{database}/tables", self.tables),
        )

    def all(self, request: Request) -> Response:
        """Every lake database of the workspace."""
        workspace = self._admitted(request)
        return _page(request, [self._shown(each, workspace) for each in self._of(workspace)])

    def one(self, request: Request) -> Response:
        """One lake database."""
        workspace = self._admitted(request)
        return json_response(self._shown(self._named(request, workspace), workspace))

    def tables(self, request: Request) -> Response:
        """The tables of a lake database."""
        workspace = self._admitted(request)
        database = self._named(request, workspace)
        return _page(request, [_table(name, database, workspace) for name in self._table_names(database)])

    def _shown(self, database: LakeDatabase, workspace: Resource) -> dict[str, Any]:
        environment = self._world.environments.get(database.environment)
        suffix = environment.cloud.storage if environment else PUBLIC.storage
        return _database(database, workspace, f"{database.account}.dfs.{suffix}")

    def _admitted(self, request: Request) -> Resource:
        workspace, _ = self._door.admit(request)
        if request.query.get("api-version") != VERSION:
            raise _error(400, "InvalidApiVersion", "The api-version is missing or not supported.")
        return workspace

    def _of(self, workspace: Resource) -> list[LakeDatabase]:
        return databases_of(self._world, workspace.body["name"])

    def _named(self, request: Request, workspace: Resource) -> LakeDatabase:
        wanted = request.parts["database"].lower()
        found = next((each for each in self._of(workspace) if each.name.lower() == wanted), None)
        if found is None:
            raise _error(404, "DatabaseNotFound", f"Database {request.parts['database']} does not exist.")
        return found

    def _table_names(self, database: LakeDatabase) -> list[str]:
        link = writing_link(self._world, database)
        if link is None:
            left = list(database.tables)
            return sorted([*left, *(f"{name}_partitioned" for name in left if database.type == "csv")])
        names = []
        for name, sync in link.syncs.items():
            progress = progress_of(link, sync, self._world.now())
            begun = progress.metadata_created is not None and link.type == "csv"
            if begun or progress.completed is not None:
                names.append(name)
            if link.type == "csv" and progress.completed is not None:
                names.append(f"{name}_partitioned")
        return sorted(names)


def _page(request: Request, items: list[dict[str, Any]]) -> Response:
    given, token = request.query.get("maxPageSize", ""), request.query.get("continuationToken", "")
    size = int(given) if given.isdecimal() and int(given) else MOST_RESULTS
    begin = int(token) if token.isdecimal() else 0
    body: dict[str, Any] = {"items": items[begin : begin + size]}
    if begin + size < len(items):
        body["continuationToken"] = str(begin + size)
    return json_response(body)


def _database(database: LakeDatabase, workspace: Resource, host: str) -> dict[str, Any]:
    location = f"abfss://{database.container}@{host}/"
    return {
        "name": database.name,
        "type": "DATABASE",
        "id": f"{workspace.id}/databases/{database.name}",
        "properties": {
            "source": {"provider": "ADLS", "location": location, "properties": {"formatType": database.type}},
            "publishStatus": "PUBLISHED",
            "objectVersion": 1,
            "objectId": derived_id(workspace.id, database.name),
        },
    }


def _table(name: str, database: LakeDatabase, workspace: Resource) -> dict[str, Any]:
    return {
        "name": name,
        "type": "TABLE",
        "id": f"{workspace.id}/databases/{database.name}/tables/{name}",
        "properties": {
            "tableType": "EXTERNAL",
            "namespace": {"schemaName": None, "databaseName": database.name},
            "publishStatus": "PUBLISHED",
            "objectVersion": 1,
            "objectId": derived_id(workspace.id, database.name, name),
        },
    }


def _error(status: int, code: str, message: str) -> AnsweredError:
    return AnsweredError(json_response({"error": {"code": code, "message": message}}, status))
