"""How does the Synapse Link service make, refresh and end a Link to Fabric?

Seen: routes, bodies, answers, and the 403 of an organization that isn't registered. Guessed: 400 without a body for a
workspace without capacity, an unknown connection, an unknown shape, and a second link to Fabric. The forty seconds that
a creation takes are not waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.athena_bodies import DEFAULT_INTERVAL, SOURCES, object_of
from reconciler.simulator.links import Lake, Link, Profile, TableSettings
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.profiles import RefusedError, activate, new_link, resynchronise, unlink, write_profile
from reconciler.simulator.rows import stock_folder_id
from reconciler.simulator.wire import Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.athena_links import Door
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World

FOLDER = "cds3_workspace"


def managed_lake(environment: Environment, workspace: str, connection: str) -> Lake:
    """The lake of a link to Fabric, which belongs to Dataverse and can't be reached by anybody else."""
    lake = derived_id(environment.id, "managed-lake")
    return Lake(
        account=f"aeth{lake[:8]}",
        container=f"aeth-{lake}",
        subscription="",
        resource_group="",
        tenant=environment.tenant,
        database=f"dataverse_{environment.unique_name}",
        fabric_workspace=workspace,
        lakehouse=derived_id(environment.id, "lakehouse"),
        connection=connection,
    )


class Fabric:
    """Links to Fabric."""

    def __init__(self, world: World, door: Door) -> None:
        self._world = world
        self._door = door
        artifacts = "/environment/{env}/lakehouseArtifacts"
        licence = artifacts + "/hasPowerBIPremiumLicense"
        self.routes = (
            route("link.fabric.workspaces", "GET", "/environment/{env}/fabric/workspaces", self.workspaces),
            route("link.fabric.licence", "GET", licence, self.licence),
            route("link.fabric.write", "POST", artifacts, self.write, writes=True),
            route("link.fabric.unlink", "DELETE", artifacts + "/{folder}", self.unlink, writes=True),
        )

    def _workspaces(self, environment: Environment) -> list[dict[str, Any]]:
        return [each for each in self._world.fabric.values()
                if each["kind"] == "workspace" and each["tenant"] == environment.tenant]  # fmt: skip

    def workspaces(self, request: Request) -> Response:
        """The Fabric workspaces of the caller; only those with a capacity can hold a link."""
        environment = self._door.environment(request)
        return json_response([
            {"id": each["id"], "name": each["name"], "capacityId": each["capacity"].upper() or None}
            for each in self._workspaces(environment)
        ])  # fmt: skip

    def licence(self, request: Request) -> Response:
        """Whether there is a capacity. 403 until the organization is registered: not a matter of licences."""
        environment = self._registered(request)
        return json_response(any(each["capacity"] for each in self._workspaces(environment)))

    def _registered(self, request: Request) -> Environment:
        environment = self._door.environment(request)
        if not environment.registered:
            raise RefusedError(403)
        return environment

    def write(self, request: Request) -> Response:
        """Create a link, or make its shortcuts anew: the query tells which."""
        environment = self._registered(request)
        body = object_of(request)
        if (
            str(body.get("OrganizationId", "")).lower() != environment.organization
            or body.get("IsManagedLake") is not True
        ):
            raise RefusedError(400)
        link = self._link(environment)
        if request.query.get("removeShortcutsFirst", "").lower() == "true":
            if link is None or not _names(link, body):
                raise RefusedError(400)
            resynchronise(self._world, link)
        elif link is not None:
            raise RefusedError(400)
        else:
            link = self._create(environment, body)
        lake = link.lake
        answer = {"WorkspaceId": lake.fabric_workspace, "LakehouseId": lake.lakehouse, "ConnectionId": lake.connection}
        return json_response(answer)

    def _link(self, environment: Environment) -> Link | None:
        links = self._world.links_of.get(environment.id, [])
        return next((link for link in links if link.managed and link.deleted is None), None)

    def _create(self, environment: Environment, body: dict[str, Any]) -> Link:
        tables = _tables(body)
        workspace, connection = str(body.get("WorkspaceId", "")).lower(), str(body.get("ConnectionId", "")).lower()
        place = next((each for each in self._workspaces(environment) if each["id"] == workspace), None)
        way = self._world.fabric.get(connection)
        if place is None or not place["capacity"]:
            raise RefusedError(400)
        if way is None or way["kind"] != "connection" or way["environment"] != environment.id:
            raise RefusedError(400)
        folder = stock_folder_id(environment, FOLDER)
        link = new_link(self._world, environment, managed_lake(environment, workspace, connection), "fabric", folder)
        profile = Profile(tables, DEFAULT_INTERVAL, attachments=False, files=False, enabled=True, updated=0)
        write_profile(self._world, link, profile)
        activate(self._world, link)
        resynchronise(self._world, link)
        return link

    def unlink(self, request: Request) -> Response:
        """End a link to Fabric, with its lakehouse and its lake. The lake is listed for another half minute."""
        _, link = self._door.link(request)
        if not link.managed:
            raise RefusedError(404)
        unlink(self._world, link)
        return Response(200)


def _names(link: Link, body: dict[str, Any]) -> bool:
    """Whether a body of the resynchronisation names the link."""
    found = [str(body.get(name, "")).lower() for name in ("LakeId", "FolderId", "WorkspaceId")]
    named = found == [link.folder, link.folder, link.lake.fabric_workspace.lower()]
    return named and body.get("DatalakefolderUniqueName") == FOLDER


def _tables(body: dict[str, Any]) -> dict[str, TableSettings]:
    names, described = body.get("Entities"), body.get("EntityDescriptions", [])
    if not isinstance(names, list) or not isinstance(described, list):
        raise RefusedError(400)
    if not all(isinstance(name, str) for name in names) or not all(isinstance(each, dict) for each in described):
        raise RefusedError(400)
    if not all(isinstance(each.get("Type"), str) for each in described):
        raise RefusedError(400)
    sources = {each["Type"]: each.get("EntitySource") or "Dataverse" for each in described}
    if any(source not in SOURCES for source in sources.values()):
        raise RefusedError(400)
    return {name: TableSettings(name, sources.get(name, "Dataverse")) for name in names}
