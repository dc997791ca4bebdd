"""How does the Dataverse Web API of an organization answer?

Served: the current organization, the entity sets behind Synapse Link (reading alone), table definitions, publishing,
and batches of those. Source: the Web API pages of the Dataverse developer documentation. Answers that only repeat are
kept, encoded, until the environment changes or its clock reaches the next change.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.batch import Batch, answer_batch
from reconciler.simulator.columns import ENTITY_SETS
from reconciler.simulator.dataverse_errors import JSON, dataverse_error, require_options
from reconciler.simulator.definitions import Definitions
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.odata import ODataError, expand_of, filter_of, next_token, page_of, select_of
from reconciler.simulator.rows import Rows, rows_of
from reconciler.simulator.systemusers import USER_FILTER, users_of
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, Route, encoded, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.columns import EntitySet
    from reconciler.simulator.nouns import Environment, Principal
    from reconciler.simulator.rows import Row
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

BASE = "/api/data/v9."
ORGANIZATION = "RetrieveCurrentOrganization(AccessType={access})"
ROW_COUNTS = "RetrieveTotalRecordCount(EntityNames={names})"
KEPT_ANSWERS = 2000
THROTTLES = (
    ("0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds."),
    ("0x80072321", "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds."),
    ("0x80072326", "Number of concurrent requests exceeded the limit of 52."),
)  # fmt: skip
FAILURES = {
    403: ("0x80040220", "Principal user is missing privileges."),
    500: ("0x80040216", "An unexpected error occurred."),
    503: ("0x80044a01", "Service Unavailable"),
}


def odata_response(value: Any, **headers: str) -> Response:
    """A 200 with the headers of the Web API."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(200, encoded(value), {"content-type": JSON, "odata-version": "4.0", **named})


class Dataverse:
    """The Web API of every organization."""

    def __init__(self, world: World, tokens: Tokens, inner: Callable[[Request], Response]) -> None:
        self._world = world
        self._tokens = tokens
        self._inner = inner
        self._rows: dict[str, tuple[tuple[int, ...], Rows]] = {}
        self._kept: dict[tuple[str, ...], tuple[tuple[int, ...], float, Response]] = {}
        self._throttled = 0
        self._definitions = Definitions(world, self.member)
        self.routes: tuple[Route, ...] = (
            self._route("dataverse.batch", "POST", "$batch", self.batch),
            *(
                self._route(f"dataverse.{name}", "GET", name, self.entity_set)
                for name in ENTITY_SETS
            ),
            *(
                self._route(f"dataverse.{name}.row", "GET", name + "({key})", self.row)
                for name in ENTITY_SETS
            ),
            *(
                self._route(f"dataverse.{name}.write", method, name + suffix, self.refuse_write, writes=True)
                for name in ENTITY_SETS
                for method, suffix in (("POST", ""), ("PATCH", "({key})"), ("PUT", "({key})"), ("DELETE", "({key})"))
            ),
            self._route("dataverse.organization", "GET", ORGANIZATION, self.organization),
            self._route("dataverse.counts", "GET", ROW_COUNTS, self.row_counts),
            self._route("dataverse.version", "GET", "RetrieveVersion()", self.version),
            self._route("dataverse.systemusers", "GET", "systemusers", self.users),
            self._route("dataverse.definitions", "GET", "EntityDefinitions", self._definitions.all),
            self._route("dataverse.definition", "GET", "EntityDefinitions({key})", self._definitions.one),
            self._route("dataverse.attributes", "GET", "EntityDefinitions({key})/Attributes",
                        self._definitions.attributes),
            self._route("dataverse.definition.put", "PUT", "EntityDefinitions({key})", self._definitions.put,
                        writes=True),
            self._route("dataverse.publish", "POST", "PublishXml", self._definitions.publish, writes=True),
            self._route("dataverse.publish", "POST", "PublishAllXml", self._definitions.publish, writes=True),
        )  # fmt: skip

    def _route(
        self, name: str, method: str, path: str, handler: Callable[[Request], Response], *, writes: bool = False
    ) -> Route:
        return route(name, method, BASE + "{version}/" + path, handler, writes=writes)

    def member(self, request: Request) -> tuple[Environment, Principal]:
        """The organization of a request and who sends it; answers 401 or 403 for strangers."""
        environment = self._world.by_host[request.host]
        try:
            claims = self._tokens.check(request, (environment.url.rstrip("/").lower(),), environment.tenant)
        except InvalidTokenError as error:
            login = f"https://{environment.cloud.login}/{environment.tenant}/oauth2/authorize"
            challenge = f"Bearer authorization_uri={login}, resource_id={environment.url.rstrip('/')}/"
            raise AnsweredError(
                Response(401, b"", {"www-authenticate": challenge, "x-ms-reason": str(error)})
            ) from error
        principal = self._world.principal(claims["idtyp"])
        if not principal.enters(environment):
            raise dataverse_error(403, "0x80072560", "The user is not a member of the organization.")
        return environment, principal

    def batch(self, request: Request) -> Response:
        """A batch: each request inside is answered on its own, under the outer one's identity."""
        self.member(request)
        try:
            batch = Batch.parse(request)
        except ValueError as error:
            raise dataverse_error(400, "0x80048d19", str(error)) from error
        return answer_batch(batch, self._inner)

    def organization(self, request: Request) -> Response:
        """The organization behind the URL, in the shape that the type OrganizationDetail documents."""
        environment, _ = self.member(request)
        access = request.parts["access"]
        if access.startswith("@"):
            access = request.query.get(access, "")
        if access != "Microsoft.Dynamics.CRM.EndpointAccessType'Default'":
            raise dataverse_error(400, "0x80060888", f"'{access}' is no EndpointAccessType.")
        url = environment.url.rstrip("/")
        endpoints = {
            "WebApplication": url + "/",
            "OrganizationService": url + "/XRMServices/2011/Organization.svc",
            "OrganizationDataService": url + "/XRMServices/2011/OrganizationData.svc",
        }
        detail = {
            "OrganizationId": environment.organization,
            "FriendlyName": environment.display_name,
            "OrganizationVersion": environment.version,
            "EnvironmentId": environment.id,
            "DatacenterId": derived_id("datacenter", environment.region),
            "Geo": environment.geo,
            "TenantId": environment.tenant,
            "UrlName": environment.host.partition(".")[0],
            "UniqueName": environment.unique_name,
            "State": "Enabled" if environment.state == "Ready" else "Disabled",
            "OrganizationType": "Customer",
            "SchemaType": "Full",
            "Endpoints": {
                "Count": len(endpoints),
                "IsReadOnly": False,
                "Keys": list(endpoints),
                "Values": list(endpoints.values()),
            },
        }
        context = f"{url}{BASE}2/$metadata#Microsoft.Dynamics.CRM.RetrieveCurrentOrganizationResponse"
        return odata_response({"@odata.context": context, "Detail": detail})

    def version(self, request: Request) -> Response:
        """The version of the platform."""
        environment, _ = self.member(request)
        context = f"{environment.url.rstrip('/')}{BASE}2/$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse"
        return odata_response({"@odata.context": context, "Version": environment.version})

    def row_counts(self, request: Request) -> Response:
        """The rows of tables by logical name, as of a count within the last day."""
        environment, _ = self.member(request)
        tables = self._world.tables(environment)
        names = re.findall(r"'([^']*)'", request.parts["names"])
        unknown = [name for name in names if name not in tables]
        if unknown or not names:
            first = next(iter(unknown), "")
            raise dataverse_error(400, "0x80041102", f"The entity with a name = '{first}' was not found.")
        kind = "Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse"
        context = f"{environment.url.rstrip('/')}{BASE}2/$metadata#{kind}"
        counts = {
            "Count": len(names),
            "IsReadOnly": False,
            "Keys": names,
            "Values": [tables[name].rows for name in names],
        }
        return odata_response({"@odata.context": context, "EntityRecordCountCollection": counts})

    def users(self, request: Request) -> Response:
        """A person by Entra object id, with the security roles held directly: the one query that is served."""
        environment, _ = self.member(request)
        wanted = USER_FILTER.fullmatch(request.query.get("$filter", ""))
        if wanted is None or not request.query.get("$expand", "").startswith("systemuserroles_association"):
            raise dataverse_error(501, "0x80060888", "Only a person's roles, by azureactivedirectoryobjectid")
        return odata_response({"value": users_of(self._world, environment, wanted.group(1).lower())})

    def entity_set(self, request: Request) -> Response:
        """A page of the rows of an entity set."""
        environment, _ = self.member(request)
        stamp = self._world.stamp(environment)
        key = (environment.id, request.path, request.query_string, request.headers.get("prefer", ""))
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp and self._world.now() < kept[1]:
            return kept[2]
        rows = self._current(environment)
        try:
            response = self._page(request, rows)
        except ODataError as error:
            raise dataverse_error(400, "0x80060888", str(error)) from error
        if len(self._kept) >= KEPT_ANSWERS:
            self._kept.clear()
        self._kept[key] = (stamp, rows.until, response)
        return response

    def _current(self, environment: Environment) -> Rows:
        stamp = self._world.stamp(environment)
        kept = self._rows.get(environment.id)
        if kept is None or kept[0] != stamp or kept[1].until <= self._world.now():
            kept = (stamp, rows_of(self._world, environment))
            self._rows[environment.id] = kept
        return kept[1]

    def _page(self, request: Request, rows: Rows) -> Response:
        require_options(request, ("$select", "$filter", "$expand", "$skiptoken"))
        query = request.query
        entity_set = _set_of(request)
        columns = select_of(query.get("$select"), entity_set.columns, entity_set.logical_name)
        found = rows.sets[entity_set.name]
        if query.get("$filter"):
            test = filter_of(query["$filter"], entity_set.columns)
            found = [row for row in found if test(row)]
        page = page_of(request.headers.get("prefer", ""), query.get("$skiptoken"))
        cut, more = page.cut(found)
        expanded = expand_of(query.get("$expand"), entity_set.expands, entity_set.logical_name)
        value = _shown(cut, columns, entity_set, expanded, rows)
        body: dict[str, Any] = {"@odata.context": _context(request, entity_set, columns), "value": value}
        if more:
            kept = "&".join(part for part in request.query_string.split("&") if part and not _is_token(part))
            body["@odata.nextLink"] = f"{request.url}?{kept}{'&' if kept else ''}$skiptoken={next_token(page)}"
        applied = {"preference_applied": f"odata.maxpagesize={page.size}"} if page.applied else {}
        return odata_response(body, **applied)

    def row(self, request: Request) -> Response:
        """One row by its key, unless the client has it already."""
        environment, _ = self.member(request)
        require_options(request, ("$select", "$expand"))
        entity_set = _set_of(request)
        rows = self._current(environment)
        wanted = request.parts["key"].lower()
        row = next((row for row in rows.sets[entity_set.name] if row[entity_set.id] == wanted), None)
        if row is None:
            name = entity_set.logical_name
            raise dataverse_error(404, "0x80040217", f"Entity '{name}' With Id = {wanted} Does Not Exist")
        if request.headers.get("if-none-match") == row["@odata.etag"] and "$expand" not in request.query:
            return Response(304, b"", {"etag": row["@odata.etag"]})
        try:
            columns = select_of(request.query.get("$select"), entity_set.columns, entity_set.logical_name)
            expanded = expand_of(request.query.get("$expand"), entity_set.expands, entity_set.logical_name)
        except ODataError as error:
            raise dataverse_error(400, "0x80060888", str(error)) from error
        shown = _shown([row], columns, entity_set, expanded, rows)[0]
        context = _context(request, entity_set, columns) + "/$entity"
        return odata_response({"@odata.context": context, **shown}, etag=row["@odata.etag"])

    def refuse_write(self, request: Request) -> Response:
        """Rows of these tables belong to the service. Whether anyone else may write them is not published."""
        self.member(request)
        raise dataverse_error(403, "0x80040220", "Rows of this table are generated by the system and can't be written.")

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """An unknown segment, or a method that the path does not take."""
        try:
            self.member(request)
        except AnsweredError as answered:
            return answered.response
        if allowed:
            message = f"The requested resource does not support http method '{request.method}'."
            return dataverse_error(405, "0x80060881", message).response
        segment = re.sub(r"^/api/data/v[\d.]+/?", "", request.path).partition("/")[0]
        return dataverse_error(404, "0x8006088a", f"Resource not found for the segment '{segment}'.").response

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled under one of the three limits in turn, refused, or out of order."""
        if status != 429:
            code, message = FAILURES.get(status, FAILURES[500])
            return dataverse_error(status, code, message).response
        code, message = THROTTLES[self._throttled % len(THROTTLES)]
        self._throttled += 1
        return dataverse_error(429, code, message).response


def _set_of(request: Request) -> EntitySet:
    wanted = request.path.rstrip("/").rpartition("/")[2].partition("(")[0].lower()
    return ENTITY_SETS[wanted]


def _is_token(part: str) -> bool:
    return part.startswith(("$skiptoken=", "%24skiptoken="))


def _context(request: Request, entity_set: EntitySet, columns: list[str] | None) -> str:
    base = request.url.rpartition("/")[0]
    return f"{base}/$metadata#{entity_set.name}" + (f"({','.join(columns)})" if columns else "")


def _shown(
    rows: list[Row], columns: list[str] | None, entity_set: EntitySet, expanded: dict[str, str | None], whole: Rows
) -> list[Row]:
    if columns is None:
        shown = [dict(row) for row in rows]
    else:
        names = dict.fromkeys(["@odata.etag", *columns, entity_set.id])
        shown = [{name: row[name] for name in names} for row in rows]
    for navigation, select in expanded.items():
        target = ENTITY_SETS[entity_set.expands[navigation]]
        inner = select_of(select, target.columns, target.logical_name)
        by_id = {row[target.id]: row for row in whole.sets[target.name]}
        for row, full in zip(shown, rows, strict=True):
            found = by_id.get(full[f"_{navigation}_value"])
            row[navigation] = None if found is None else _shown([found], inner, target, {}, whole)[0]
    return shown
