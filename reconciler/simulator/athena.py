"""How does the Synapse Link service answer, and whom?

Microsoft publishes no reference. Facts come from an OpenAPI document written from recorded portal traffic
(AdamCoulterOz/powerplatform-apis) and from Microsoft's own set-up script (microsoft/industry, dataverseIntegration).
No token, a wrong audience and an unknown path give the same bodiless 404. Inferred: 403 for a user without the System
Administrator role and for a creation in an organization that is not registered, 400 for a body that can't be read.

Its operations stand in files of their own: lakes and profiles, Fabric, and what the portal's wizard looks up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.athena_catalogue import Catalogue
from reconciler.simulator.athena_fabric import Fabric
from reconciler.simulator.athena_links import Links
from reconciler.simulator.hosts import LINK_APPLICATION
from reconciler.simulator.profiles import RefusedError
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import Request, Response, Route, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.links import Link
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

UPSTREAM = {"x-ms-webservice": "Athena", "x-servicefabric": "ResourceNotFound", "server-timing": "total;dur=1"}


class LinkService:
    """The service on every island."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        register = self._worded(self.register)
        self.routes: tuple[Route, ...] = (
            route("link.register", "POST", "/environment/{env}/updateorganizationdetails", register, writes=True),
            *(Route(each.name, each.method, each.pattern, self._worded(each.handler), each.writes)
              for part in (Links(world, self), Fabric(world, self), Catalogue(world, self)) for each in part.routes),
        )  # fmt: skip

    def _worded(self, handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """The handler with the service's headers on what it says, and no word where it refuses."""

        def handle(request: Request) -> Response:
            try:
                response = handler(request)
            except RefusedError as refused:
                response = Response(refused.status, b"", dict(UPSTREAM))
            else:
                response.headers |= UPSTREAM if response.unserved else self._headers(request)
            return response

        return handle

    def _authorised(self, request: Request, environment: Environment) -> None:
        try:
            claims = self._tokens.check(request, (LINK_APPLICATION,), environment.tenant)
        except InvalidTokenError as error:
            raise RefusedError(404) from error
        if claims["idtyp"] == "user" and claims.get("scp") == "user_impersonation":
            if not self._world.user.administers_links(environment):
                raise RefusedError(403)
            return
        reads = request.method == "GET" and self._world.answer("app-only-service-reads") == "yes"
        if not reads or not self._world.app.enters(environment):
            raise RefusedError(404)

    def environment(self, request: Request, *, scoped: bool = True) -> Environment:
        """The environment that a path names, where the caller may ask for it; RefusedError where not."""
        wanted = request.parts["env"].lower()
        known = self._world.by_link_host.get(request.host, [])
        found = next((environment for environment in known if environment.id == wanted), None)
        if found is None:
            raise RefusedError(404)
        if scoped and request.headers.get("x-ms-organization-id", "").lower() != found.organization:
            raise RefusedError(404)
        self._authorised(request, found)
        return found

    def organization(self, request: Request) -> Environment:
        """The environment whose organization a query names by its URL; RefusedError where not."""
        wanted = request.query.get("organizationUrl", "").rstrip("/").lower()
        known = self._world.by_link_host.get(request.host, [])
        found = next((each for each in known if each.url.rstrip("/").lower() == wanted), None)
        if found is None:
            raise RefusedError(404)
        self._authorised(request, found)
        return found

    def link(self, request: Request) -> tuple[Environment, Link]:
        """The live link whose folder a path names; RefusedError where there is none."""
        environment = self.environment(request)
        folder = request.parts["folder"].lower()
        links = self._world.links_of.get(environment.id, [])
        link = next((link for link in links if link.folder == folder and link.deleted is None), None)
        if link is None:
            raise RefusedError(404)
        return environment, link

    def register(self, request: Request) -> Response:
        """Register the organization; doing so again changes nothing."""
        environment = self.environment(request, scoped=False)
        if request.query.get("organizationId", "").lower() != environment.organization:
            raise RefusedError(404)
        if not environment.registered:
            environment.registered = True
            self._world.save_environment(environment)
        return Response(200)

    def _headers(self, request: Request) -> dict[str, str]:
        echoed = {name: request.headers[name] for name in ("x-ms-correlation-id", "x-ms-client-request-id")
                  if name in request.headers}  # fmt: skip
        return UPSTREAM | {"x-servicefabric": "OK"} | echoed

    def unknown(self, request: Request, allowed: list[str]) -> Response:  # noqa: ARG002 - one signature for every service
        """A bodiless 404."""
        return Response(404, b"", dict(UPSTREAM))

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order: never seen; bodiless like everything else that was."""
        return Response(status, b"", dict(UPSTREAM))
