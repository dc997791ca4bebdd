"""How does the development endpoint of a Synapse workspace answer?

One host a workspace; the routes stand in files of their own, by question. Errors are flat, as the official OpenAPI
documents and recorded traffic show them. Who has a Synapse role is a right of the seed, not looked up in assignments:
an invention that keeps the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.hosts import CLOUDS
from reconciler.simulator.synapse_artifacts import Artifacts
from reconciler.simulator.synapse_databases import Databases
from reconciler.simulator.synapse_spark import SparkSessions
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, Route, json_response

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal, Resource
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

AUDIENCES = tuple(sorted({f"https://{cloud.synapse}" for cloud in CLOUDS}))
SUFFIXES = tuple(sorted({f".{cloud.synapse}" for cloud in CLOUDS}))
CODES = {429: "TooManyRequests", 403: "Unauthorized", 404: "NotFound"}


def synapse_error(status: int, code: str, message: str) -> AnsweredError:
    """An error in the flat form of the data plane."""
    return AnsweredError(json_response({"code": code, "message": message}, status))


def workspace_name(host: str) -> str | None:
    """The workspace whose development endpoint a host is; None where it is none."""
    suffix = next((suffix for suffix in SUFFIXES if host.endswith(suffix)), None)
    return None if suffix is None else host.removesuffix(suffix)


class Synapse:
    """The development endpoints of all workspaces."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self.routes: tuple[Route, ...] = (
            *SparkSessions(world, self).routes,
            *Artifacts(world, self).routes,
            *Databases(world, self).routes,
        )

    def admit(self, request: Request) -> tuple[Resource, Principal]:
        """The workspace that a request is for and who sends it; answers 401 or 403 where that isn't allowed."""
        workspace = self._world.by_workspace[workspace_name(request.host) or ""]
        try:
            claims = self._tokens.check(request, AUDIENCES)
        except InvalidTokenError as error:
            raise synapse_error(401, "AuthenticationFailed", f"Token Authentication failed. {error}") from error
        principal = self._world.principal(claims["idtyp"])
        name = workspace.body["name"]
        owner = self._world.resources.get("/".join(workspace.id.split("/")[:3]).lower())
        if owner is None or owner.body["tenantId"] != claims["tid"] or not principal.works_in(name):
            message = f"The principal '{principal.id}' does not have the required Synapse RBAC permission on '{name}'."
            raise synapse_error(403, "Unauthorized", message)
        return workspace, principal

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """No such path, or not with this method."""
        status = 405 if allowed else 404
        code = "MethodNotAllowed" if allowed else "NotFound"
        message = f"No HTTP resource was found that matches the request URI '{request.url}'."
        return synapse_error(status, code, message).response

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order."""
        code = CODES.get(status, "InternalServerError")
        return synapse_error(status, code, "The request can't be served now.").response
