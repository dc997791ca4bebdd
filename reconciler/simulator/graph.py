"""How does Microsoft Graph answer for service principals?

Source: the Graph reference (servicePrincipal, errors, filters). The text of errors is a guess. Reading alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.clock import zulu
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

CLAUSE = re.compile(r"\s*appId\s+eq\s+'([0-9a-fA-F-]{36})'\s*")
MOST_CLAUSES = 15
COLUMNS = ("id", "appId", "displayName")
CODES = {429: "TooManyRequests", 403: "Authorization_RequestDenied", 503: "serviceNotAvailable"}


class Graph:
    """Microsoft Graph of every cloud."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self.routes = (
            route("graph.principals", "GET", "/v1.0/servicePrincipals", self.all),
            route("graph.principal", "GET", "/v1.0/servicePrincipals(appId='{app}')", self.one),
        )

    def all(self, request: Request) -> Response:
        """The service principals of some applications."""
        tenant = self._tenant(request)
        clauses = re.split(r"\s+or\s+", request.query.get("$filter", ""))
        found = [CLAUSE.fullmatch(clause) for clause in clauses]
        if None in found:
            raise self._error(400, "Request_UnsupportedQuery", "Unsupported or missing filter clause.")
        if len(found) > MOST_CLAUSES:
            message = (
                f"Too many child clauses specified in search filter expression containing 'OR' operators: {len(found)}."
            )
            raise self._error(400, "Request_UnsupportedQuery", message)
        apps = dict.fromkeys(each.group(1).lower() for each in found if each)
        rows = [row for app in apps if (row := self._principal(tenant, app))]
        context = f"{request.url.rpartition('/')[0]}/$metadata#servicePrincipals"
        return json_response({"@odata.context": context, "value": [_selected(row, request) for row in rows]})

    def one(self, request: Request) -> Response:
        """The service principal of one application."""
        app = request.parts["app"].lower()
        row = self._principal(self._tenant(request), app)
        if row is None:
            message = (
                f"Resource '{app}' does not exist or one of its queried reference-property objects are not present."
            )
            raise self._error(404, "Request_ResourceNotFound", message)
        context = f"{request.url.rpartition('/')[0]}/$metadata#servicePrincipals/$entity"
        return json_response({"@odata.context": context, **_selected(row, request)})

    def _principal(self, tenant: str, app: str) -> dict[str, Any] | None:
        found = self._world.resources.get(principal_key(tenant, app))
        return found.body if found is not None and found.present else None

    def _tenant(self, request: Request) -> str:
        try:
            claims = self._tokens.check(request, (f"https://{request.host}",))
        except InvalidTokenError as error:
            raise self._error(401, "InvalidAuthenticationToken", str(error)) from error
        if not self._world.principal(claims["idtyp"]).directory:
            raise self._error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        tenant: str = claims["tid"]
        return tenant

    def _error(self, status: int, code: str, message: str) -> AnsweredError:
        now = self._world.now()
        inner = {
            "date": (zulu(now) or "")[:19],
            "request-id": derived_id("graph", now),
            "client-request-id": derived_id(now),
        }
        return AnsweredError(json_response({"error": {"code": code, "message": message, "innerError": inner}}, status))

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """No such segment, or not with this method."""
        try:
            self._tenant(request)
        except AnsweredError as answered:
            return answered.response
        if allowed:
            return self._error(405, "Request_BadRequest", "Specified HTTP method is not allowed here.").response
        segment = request.path.rstrip("/").rpartition("/")[2].partition("(")[0]
        return self._error(400, "BadRequest", f"Resource not found for the segment '{segment}'.").response

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order."""
        code = CODES.get(status, "InternalServerError")
        return self._error(status, code, "The request can't be served now.").response


def principal_key(tenant: str, app: str) -> str:
    """What a service principal is kept under."""
    return f"/tenants/{tenant}/serviceprincipals/{app}".lower()


def _selected(row: dict[str, Any], request: Request) -> dict[str, Any]:
    asked = [name for name in request.query.get("$select", "").split(",") if name in COLUMNS]
    return {name: row[name] for name in asked or COLUMNS}
