"""How do linked services and Synapse role assignments of a workspace answer?

Source: the official OpenAPI documents of the data plane (2020-12-01), and recorded traffic: lists of role assignments
are continued by a header. Reading alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal, Resource
    from reconciler.simulator.world import World

VERSION = "2020-12-01"
PAGE = 100
ROLE_TYPE = "synapseRole"


class Door(Protocol):
    """Who lets requests into a workspace."""

    def admit(self, request: Request) -> tuple[Resource, Principal]:
        """The workspace and the sender of a request."""


class Artifacts:
    """What a workspace tells of itself to those who may work in it."""

    def __init__(self, world: World, door: Door) -> None:
        self._world = world
        self._door = door
        self.routes = (
            route("synapse.linkedservices", "GET", "/linkedservices", self.linked_services),
            route("synapse.roles", "GET", "/roleAssignments", self.role_assignments),
        )

    def linked_services(self, request: Request) -> Response:
        """The published linked services, without secrets."""
        return json_response({"value": self._below(request, "linkedservices")})

    def role_assignments(self, request: Request) -> Response:
        """A page of the role assignments; filtered where the query says so."""
        query = request.query
        found = [
            role
            for role in self._below(request, "roles")
            if query.get("principalId", role["principalId"]) == role["principalId"]
            and query.get("roleId", role["roleDefinitionId"]) == role["roleDefinitionId"]
        ]
        token = request.headers.get("x-ms-continuation", "0")
        begin = int(token) if token.isdecimal() else 0
        response = json_response({"count": len(found), "value": found[begin : begin + PAGE]})
        if len(found) > begin + PAGE:
            response.headers["x-ms-continuation"] = str(begin + PAGE)
        return response

    def _below(self, request: Request, kind: str) -> list[dict[str, Any]]:
        workspace, _ = self._door.admit(request)
        if request.query.get("api-version") != VERSION:
            message = f"The api-version is none of {VERSION}."
            body = {"code": "UnsupportedApiVersion", "message": message}
            raise AnsweredError(json_response(body, 400))
        prefix = f"{workspace.id}/{kind}/".lower()
        return [each.body for key, each in self._world.resources.items() if key.startswith(prefix) and each.present]
