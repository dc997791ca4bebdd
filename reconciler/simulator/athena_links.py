"""How does the Synapse Link service make, change and end links to storage accounts?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.simulator.athena_bodies import lake_of, object_of, profile_of, type_of
from reconciler.simulator.payloads import lake_detail, lake_profile
from reconciler.simulator.profiles import RefusedError, activate, create_lake, unlink, write_profile
from reconciler.simulator.storage import database_name
from reconciler.simulator.wire import Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.links import Link
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World

LINGER_SECONDS = 30.0
"""How long the lake of an unlinked link to Fabric is still listed: seen, about."""


class Door(Protocol):
    """Who lets requests into the service."""

    def environment(self, request: Request, *, scoped: bool = True) -> Environment:
        """The environment that a path names."""

    def organization(self, request: Request) -> Environment:
        """The environment whose organization a query names."""

    def link(self, request: Request) -> tuple[Environment, Link]:
        """The live link whose folder a path names."""


class Links:
    """Lakes and profiles."""

    def __init__(self, world: World, door: Door) -> None:
        self._world = world
        self._door = door
        lakes = "/environment/{env}/lakedetails"
        profile = "/environment/{env}/lakeprofile/{folder}"
        self.routes = (
            route("link.lakes", "GET", lakes, self.lakes),
            route("link.lake.create", "POST", lakes, self.create, writes=True),
            route("link.unlink", "DELETE", lakes + "/{folder}", self.unlink, writes=True),
            route("link.profile", "GET", profile, self.profile),
            route("link.profile.create", "POST", profile, self.create_profile, writes=True),
            route("link.profile.put", "PUT", profile, self.put, writes=True),
            route("link.profile.activate", "POST", profile + "/activate", self.activate, writes=True),
        )

    def lakes(self, request: Request) -> Response:
        """The lakes of an environment's links; empty when nothing is linked."""
        environment = self._door.environment(request)
        links = [link for link in self._world.links_of.get(environment.id, []) if self._listed(link)]
        managed = request.query.get("isManagedLake")
        if managed is not None:
            links = [link for link in links if str(link.managed).lower() == managed.lower()]
        return json_response([lake_detail(environment, link) for link in links])

    def _listed(self, link: Link) -> bool:
        return link.deleted is None or (link.managed and self._world.now() < link.deleted + LINGER_SECONDS)

    def create(self, request: Request) -> Response:
        """The lake of a new link: the first step of a creation."""
        environment = self._door.environment(request)
        if not environment.registered:
            raise RefusedError(403)
        lake = lake_of(object_of(request), pool=self._world.answer("spark-pool-in-lake-body") == "taken")
        if lake.workspace:
            lake = replace(lake, database=database_name(self._world, lake.container))
        link = create_lake(self._world, environment, lake)
        return json_response(lake_detail(environment, link))

    def unlink(self, request: Request) -> Response:
        """End a link to a storage account. No such call was ever recorded: whether it is served, and how it says what
        becomes of the data, are switches. Without a word about the data it is kept, as by the portal's checkbox."""
        if self._world.answer("unlink-route") == "not-served":
            return Response(404, unserved=True)
        _, link = self._door.link(request)
        if link.managed:
            raise RefusedError(404)
        answer = self._world.answer("unlink-data-choice")
        asked = request.query.get("deleteData", "false").lower() == "true"
        keep = answer == "always-kept" or (answer == "deleteData-query" and not asked)
        unlink(self._world, link, keep_data=keep)
        return Response(200)

    def profile(self, request: Request) -> Response:
        """The stored profile, each table with the state of its running sync."""
        environment, link = self._stored(request)
        stamped = self._world.answer("last-modified-moves") == "always"
        return json_response(lake_profile(environment, link, self._world.now(), stamped=stamped))

    def create_profile(self, request: Request) -> Response:
        """The profile of a new lake: the second step of a creation. A second time it replaces the first (a guess), and
        the type with it while nothing was activated."""
        _, link = self._door.link(request)
        body = object_of(request)
        kind = link.type if link.activated is not None else type_of(self._world, link, body)
        write_profile(self._world, link, profile_of(link, body, kind))
        link.type = kind
        link.name = str(body.get("Name") or link.lake.account)
        self._world.save_link(link)
        return _state(link)

    def put(self, request: Request) -> Response:
        """Replace the profile as a whole: a table left out is removed. Nothing runs before activate. The flags of its
        type change nothing (a guess)."""
        _, link = self._stored(request)
        write_profile(self._world, link, profile_of(link, object_of(request), link.type))
        return _state(link)

    def activate(self, request: Request) -> Response:
        """Make the stored profile run."""
        _, link = self._stored(request)
        activate(self._world, link)
        return _state(link)

    def _stored(self, request: Request) -> tuple[Environment, Link]:
        environment, link = self._door.link(request)
        if link.stored is None:
            raise RefusedError(404)
        return environment, link


def _state(link: Link) -> Response:
    state: dict[str, Any] = {"Id": link.profile_id, "State": 1}
    return json_response(state)
