"""How does the Synapse Link service answer?

Microsoft publishes no reference. Facts come from an OpenAPI document written from recorded portal traffic
(AdamCoulterOz/powerplatform-apis) and from Microsoft's own set-up script (microsoft/industry, dataverseIntegration).
No token, a wrong audience and an unknown path give the same bodiless 404. Inferred: 403 for a user without the System
Administrator role and for a creation in an organization that is not registered, 400 for a body that can't be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.hosts import LINK_APPLICATION
from reconciler.simulator.links import Lake, Link, Profile, TableSettings
from reconciler.simulator.payloads import lake_detail, lake_profile
from reconciler.simulator.profiles import activate, create_lake, write_profile
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Environment, Principal
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

UPSTREAM = {"x-ms-webservice": "Athena", "x-servicefabric": "ResourceNotFound", "server-timing": "total;dur=1"}
LAKE_FIELDS = {
    "StorageAccountName": "account",
    "FileSystemName": "container",
    "SubscriptionId": "subscription",
    "ResourceGroupName": "resource_group",
    "TenantId": "tenant",
}
DEFAULT_INTERVAL = 60
PARTITIONS = ["Year", "Month", "HalfMonth", "FiveDay"]
SOURCES = ["Dataverse", "FnO"]


def bare(status: int) -> AnsweredError:
    """An answer without a body, which is how this service says no."""
    return AnsweredError(Response(status, b"", dict(UPSTREAM)))


class LinkService:
    """The service on every island."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        env = "/environment/{env}"
        profile = env + "/lakeprofile/{folder}"
        self.routes = (
            route("link.register", "POST", env + "/updateorganizationdetails", self.register, writes=True),
            route("link.lakes", "GET", env + "/lakedetails", self.lakes),
            route("link.lake.create", "POST", env + "/lakedetails", self.create, writes=True),
            route("link.profile", "GET", profile, self.profile),
            route("link.profile.create", "POST", profile, self.create_profile, writes=True),
            route("link.profile.put", "PUT", profile, self.put, writes=True),
            route("link.profile.activate", "POST", profile + "/activate", self.activate, writes=True),
        )

    def _user(self, request: Request, tenant: str | None = None) -> Principal:
        try:
            claims = self._tokens.check(request, (LINK_APPLICATION,), tenant)
        except InvalidTokenError as error:
            raise bare(404) from error
        if claims["idtyp"] != "user" or claims.get("scp") != "user_impersonation":
            raise bare(404)
        return self._world.user

    def _environment(self, request: Request, *, scoped: bool = True) -> Environment:
        wanted = request.parts["env"].lower()
        known = self._world.by_link_host.get(request.host, [])
        found = next((environment for environment in known if environment.id == wanted), None)
        if found is None:
            raise bare(404)
        user = self._user(request, found.tenant)
        if scoped and request.headers.get("x-ms-organization-id", "").lower() != found.organization:
            raise bare(404)
        if not user.administers_links(found):
            raise bare(403)
        return found

    def _link(self, request: Request) -> tuple[Environment, Link]:
        environment = self._environment(request)
        link = self._world.links.get(request.parts["folder"].lower())
        if link is None or link.environment != environment.id or link.deleted is not None:
            raise bare(404)
        return environment, link

    def register(self, request: Request) -> Response:
        """Register the organization; doing so again changes nothing."""
        environment = self._environment(request, scoped=False)
        if request.query.get("organizationId", "").lower() != environment.organization:
            raise bare(404)
        if not environment.registered:
            environment.registered = True
            self._world.save_environment(environment)
        return Response(200, b"", self._headers(request))

    def lakes(self, request: Request) -> Response:
        """The lakes of an environment's links; empty when nothing is linked."""
        environment = self._environment(request)
        links = [link for link in self._world.links_of.get(environment.id, []) if link.deleted is None]
        managed = request.query.get("isManagedLake")
        if managed is not None:
            links = [link for link in links if str(link.managed).lower() == managed.lower()]
        return self._answer(request, [lake_detail(environment, link) for link in links])

    def create(self, request: Request) -> Response:
        """The lake of a new link: the first step of a creation."""
        environment = self._environment(request)
        if not environment.registered:
            raise bare(403)
        body = _object(request)
        values = {
            field: text for key, field in LAKE_FIELDS.items() if (text := body.get(key)) and isinstance(text, str)
        }
        if len(values) < len(LAKE_FIELDS):
            raise bare(400)
        workspace = str(body.get("WorkspaceDevEndpoint") or "").removeprefix("https://").partition(".")[0]
        lake = Lake(**values, workspace=workspace, database=values["container"] if workspace else "")
        link = create_lake(self._world, environment, lake)
        return self._answer(request, lake_detail(environment, link))

    def profile(self, request: Request) -> Response:
        """The stored profile, each table with the state of its running sync."""
        environment, link = self._link(request)
        if link.stored is None:
            raise bare(404)
        return self._answer(request, lake_profile(environment, link, self._world.now()))

    def create_profile(self, request: Request) -> Response:
        """The profile of a new lake: the second step of a creation. A second time it replaces the first (a guess)."""
        _, link = self._link(request)
        body = _object(request)
        link.name = str(body.get("Name") or link.lake.account)
        write_profile(self._world, link, _profile(link, body))
        return self._state(request, link)

    def put(self, request: Request) -> Response:
        """Replace the profile as a whole: a table left out is removed. Nothing runs before activate."""
        _, link = self._link(request)
        if link.stored is None:
            raise bare(404)
        write_profile(self._world, link, _profile(link, _object(request)))
        return self._state(request, link)

    def activate(self, request: Request) -> Response:
        """Make the stored profile run."""
        _, link = self._link(request)
        if link.stored is None:
            raise bare(404)
        activate(self._world, link)
        return self._state(request, link)

    def _state(self, request: Request, link: Link) -> Response:
        return self._answer(request, {"Id": link.profile_id, "State": 1})

    def _headers(self, request: Request) -> dict[str, str]:
        echoed = {name: request.headers[name] for name in ("x-ms-correlation-id", "x-ms-client-request-id")
                  if name in request.headers}  # fmt: skip
        return UPSTREAM | {"x-servicefabric": "OK"} | echoed

    def _answer(self, request: Request, value: Any) -> Response:
        response = json_response(value)
        response.headers |= self._headers(request)
        return response

    def unknown(self, request: Request, allowed: list[str]) -> Response:  # noqa: ARG002 - one signature for every service
        """A bodiless 404."""
        return Response(404, b"", dict(UPSTREAM))

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order: never seen; bodiless like everything else that was."""
        return Response(status, b"", dict(UPSTREAM))


def _object(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise bare(400) from error
    if not isinstance(body, dict):
        raise bare(400)
    return body


def _profile(link: Link, body: dict[str, Any]) -> Profile:
    before = link.stored
    entities = body.get("Entities")
    if not isinstance(entities, list):
        raise bare(400)
    tables = [_table(entity) for entity in entities]
    interval = body.get("IncrementalUpdateTimeInterval", body.get("SchedulerIntervalInMinutes"))
    if interval is None:
        interval = before.interval if before else DEFAULT_INTERVAL
    if not isinstance(interval, int):
        raise bare(400)
    return Profile(
        tables={table.name: table for table in tables},
        interval=interval,
        attachments=bool(body.get("NeedCopyAttachmentsToBlob", False)),
        files=bool(body.get("NeedCopyFileTypeAttachmentsToBlob", False)),
        enabled=bool(body.get("EnabledForJobs", True)),
        updated=0,
    )


def _table(entity: Any) -> TableSettings:
    if not isinstance(entity, dict) or not isinstance(entity.get("Type"), str):
        raise bare(400)
    block = entity.get("RecordCountPerBlock", 0)
    partition = entity.get("PartitionStrategy", "Month")
    source = entity.get("EntitySource") or "Dataverse"
    settings = entity.get("Settings") or {}
    if not isinstance(block, int) or not isinstance(settings, dict):
        raise bare(400)
    if partition not in PARTITIONS or source not in SOURCES:
        raise bare(400)
    return TableSettings(
        name=entity["Type"],
        source=source,
        append_only=bool(entity.get("AppendOnlyMode", False)),
        partition=partition,
        block=block,
        settings=settings,
    )
