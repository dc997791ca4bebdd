"""How does a storage account with a hierarchical namespace answer for its files?

Served: the listing of a container or of a directory in it, in pages, and a file. Source: the reference pages of Azure
Data Lake Storage Gen2 (Path - List, Path - Read); codes of errors from memory. Who may read is a right of the seed or a
role assignment at the container or anywhere above it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from reconciler.simulator.hosts import CLOUDS
from reconciler.simulator.lake_files import File, files_of
from reconciler.simulator.storage import Container, container
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, Route, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal, Resource
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

AUDIENCES = ("https://storage.azure.com",)
SUFFIXES = tuple(sorted({f".dfs.{cloud.storage}" for cloud in CLOUDS}))
ACCOUNT_TYPE = "microsoft.storage/storageaccounts"
DATA_ROLES = frozenset({
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",  # Storage Blob Data Reader
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",  # Storage Blob Data Owner
})  # fmt: skip
MOST_RESULTS = 5000
CODES = {403: "AuthorizationFailure", 429: "TooManyRequests", 503: "ServerBusy"}
RANGE = re.compile(r"bytes=(\d+)-(\d+)")


def account_name(host: str, suffixes: tuple[str, ...] = SUFFIXES) -> str | None:
    """The account whose files a host serves; None where it is none."""
    suffix = next((suffix for suffix in suffixes if host.endswith(suffix)), None)
    return None if suffix is None else host.removesuffix(suffix)


def account_of(world: World, host: str, suffixes: tuple[str, ...] = SUFFIXES) -> Resource | None:
    """The storage account behind a host; None where there is none."""
    name = account_name(host, suffixes)
    for resource in world.resources.values():
        if resource.type.lower() == ACCOUNT_TYPE and resource.present and resource.body["name"] == name:
            return resource
    return None


def tenant_of(world: World, account: Resource) -> str:
    """The tenant of a storage account's subscription; empty where that isn't known."""
    owner = world.resources.get("/".join(account.id.split("/")[:3]).lower())
    return str(owner.body["tenantId"]) if owner else ""


def has_role(world: World, principal: Principal, account: Resource, name: str, roles: frozenset[str]) -> bool:
    """Whether a principal has one of these roles at a container or above it, or a right of the seed to the account."""
    if principal.storage is True or (principal.storage and account.body["name"] in principal.storage):
        return True
    scope = f"{account.id}/blobServices/default/containers/{name}/".lower()
    return any(
        each["principalId"] == principal.id
        and each["role"].lower() in roles
        and scope.startswith(each["scope"].lower().rstrip("/") + "/")
        for each in world.assignments
    )


def lake_error(status: int, code: str, message: str) -> AnsweredError:
    """An error as the service gives it: in the body and in a header."""
    response = json_response({"error": {"code": code, "message": message}}, status, x_ms_error_code=code)
    return AnsweredError(response)


class Lake:
    """The files of all storage accounts."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self.routes: tuple[Route, ...] = (
            route("lake.paths", "GET", "/{container}", self.paths),
            Route("lake.file", "GET", re.compile("/(?P<container>[^/]+)/(?P<path>.+)"), self.file),
        )

    def paths(self, request: Request) -> Response:
        """A page of what lies in a container, or below a directory of it."""
        held = self._container(request)
        query = request.query
        if query.get("resource") != "filesystem" or query.get("recursive") not in ("true", "false"):
            raise lake_error(400, "InvalidQueryParameterValue", "resource=filesystem and recursive are required.")
        directory = query.get("directory", "").strip("/")
        rows = _listed(files_of(self._world, held), directory, recursive=query["recursive"] == "true")
        if directory and not rows:
            raise lake_error(404, "PathNotFound", "The specified path does not exist.")
        given = query.get("maxResults", "")
        size = min(int(given), MOST_RESULTS) if given.isdecimal() and int(given) else MOST_RESULTS
        begin = _token(query.get("continuation", ""))
        response = json_response({"paths": rows[begin : begin + size]})
        if begin + size < len(rows):
            response.headers["x-ms-continuation"] = f"at:{begin + size}=="
        return response

    def file(self, request: Request) -> Response:
        """A file, or the range of it that is asked for."""
        held = self._container(request)
        wanted = request.parts["path"]
        found = next((file for file in files_of(self._world, held) if file.path == wanted), None)
        if found is None:
            raise lake_error(404, "PathNotFound", "The specified path does not exist.")
        content = found.content
        asked = RANGE.fullmatch(request.headers.get("range", ""))
        headers = {"content-type": "application/octet-stream", "last-modified": _http_date(found.modified)}
        if asked is None:
            return Response(200, content, headers)
        first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
        if first >= len(content):
            raise lake_error(416, "InvalidRange", "The range is invalid for the size of the resource.")
        headers["content-range"] = f"bytes {first}-{last}/{len(content)}"
        return Response(206, content[first : last + 1], headers)

    def _container(self, request: Request) -> Container:
        account = account_of(self._world, request.host)
        principal, tenant = self._caller(request)
        name = request.parts["container"]
        if account is None or tenant_of(self._world, account) != tenant or not self._reads(principal, account, name):
            message = "This request is not authorized to perform this operation using this permission."
            raise lake_error(403, "AuthorizationPermissionMismatch", message)
        found = container(self._world, account.body["name"], name)
        if found is None:
            raise lake_error(404, "FilesystemNotFound", "The specified filesystem does not exist.")
        return found

    def _caller(self, request: Request) -> tuple[Principal, str]:
        if "x-ms-version" not in request.headers:
            raise lake_error(400, "MissingRequiredHeader", "A mandatory header is missing.")
        try:
            claims = self._tokens.check(request, AUDIENCES)
        except InvalidTokenError as error:
            message = f"Server failed to authenticate the request. {error}"
            answered = lake_error(401, "InvalidAuthenticationInfo", message)
            answered.response.headers["www-authenticate"] = f"Bearer resource_id={AUDIENCES[0]}"
            raise answered from error
        return self._world.principal(claims["idtyp"]), claims["tid"]

    def _reads(self, principal: Principal, account: Resource, name: str) -> bool:
        return has_role(self._world, principal, account, name, DATA_ROLES)

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """No such path, or not with this method."""
        del request
        if allowed:
            return lake_error(405, "UnsupportedHttpVerb", "The resource doesn't support the HTTP verb.").response
        return lake_error(400, "InvalidUri", "The request URI is invalid.").response

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order."""
        return lake_error(status, CODES.get(status, "InternalError"), "The request can't be served now.").response


def _listed(files: list[File], directory: str, *, recursive: bool) -> list[dict[str, Any]]:
    """Files and the directories above them, by path. A directory's own time is that of its making."""
    rows: dict[str, dict[str, Any]] = {}
    below = f"{directory}/" if directory else ""
    for file in files:
        if not file.path.startswith(below):
            continue
        parts = file.path.split("/")
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            inside = name.startswith(below) and name != directory
            if inside and (recursive or "/" not in name.removeprefix(below)):
                rows.setdefault(name, _row(name, file, directory=depth < len(parts)))
    return [rows[name] for name in sorted(rows)]


def _row(name: str, file: File, *, directory: bool) -> dict[str, Any]:
    row = {"name": name, "lastModified": _http_date(file.modified), "owner": "$superuser", "group": "$superuser",
           "permissions": "rwxr-x---", "contentLength": "0" if directory else str(file.size)}  # fmt: skip
    return row | ({"isDirectory": "true"} if directory else {})


def _token(text: str) -> int:
    if not text:
        return 0
    found = re.fullmatch(r"at:(\d+)==", text)
    if found is None:
        raise lake_error(400, "InvalidQueryParameterValue", "The continuation token is invalid.")
    return int(found[1])


def _http_date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)
