"""How do the blobs of a storage account answer that hold locks, and what is a lease of one?

Served: Put Blob without a body, Set Blob Metadata, Get Blob Properties and Lease Blob but for change. Source: the
reference pages of the blob service, and the outcomes of lease actions by state in that of Lease Blob; codes as an
emulator of the service gave them. Bodies of other blobs are no part of the local cloud.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING
from uuid import UUID

from reconciler.simulator.hosts import CLOUDS
from reconciler.simulator.lake import AUDIENCES, account_of, has_role, tenant_of
from reconciler.simulator.storage import container
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

SUFFIXES = tuple(sorted({f".blob.{cloud.storage}" for cloud in CLOUDS}))
WRITERS = frozenset({
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",  # Storage Blob Data Contributor
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",  # Storage Blob Data Owner
})  # fmt: skip
READERS = WRITERS | {"2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"}  # Storage Blob Data Reader
PATH = re.compile("/(?P<container>[^/]+)/(?P<blob>.+)")
CODES = {403: "AuthorizationFailure", 429: "TooManyRequests", 503: "ServerBusy"}
METADATA = "x-ms-meta-"


@dataclass(slots=True)
class Blob:
    """One blob: its metadata and its lease. ``until`` is the end of the lease, or of what is left of a broken one."""

    changed: float
    metadata: dict[str, str] = field(default_factory=dict)
    lease: str = ""
    seconds: int = 0
    until: float = 0.0
    broken: bool = False

    def state(self, now: float) -> str:
        """The state of the lease, as the service names it."""
        over = self.seconds != -1 and now >= self.until
        if self.broken:
            return "broken" if now >= self.until else "breaking"
        if not self.lease:
            return "available"
        return "expired" if over else "leased"


def blob_error(status: int, code: str, message: str) -> AnsweredError:
    """An error as the service gives it: in XML, and in a header."""
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return AnsweredError(Response(status, body.encode(), {"content-type": "application/xml", "x-ms-error-code": code}))


class BlobLeases:
    """The blobs of all storage accounts that hold locks."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self.routes: tuple[Route, ...] = (
            *(
                Route(f"blob.lease.{action}", "PUT", PATH, handler, writes=True, when=_asks_to(action))
                for action, handler in (
                    ("acquire", self.acquire),
                    ("renew", self.renew),
                    ("release", self.release),
                    ("break", self.break_lease),
                )
            ),
            Route("blob.metadata", "PUT", PATH, self.metadata, writes=True, when=_of("metadata")),
            Route("blob.put", "PUT", PATH, self.put, writes=True, when=_of("")),
            Route("blob.properties", "HEAD", PATH, self.properties, when=_of("")),
        )

    def put(self, request: Request) -> Response:
        """Make an empty blob where there is none."""
        key = self._key(request, WRITERS)
        if request.body or request.headers.get("x-ms-blob-type") != "BlockBlob":
            raise blob_error(400, "InvalidHeaderValue", "Only empty block blobs are served.")
        blob = self._blob(key)
        if blob and request.headers.get("if-none-match") == "*":
            raise blob_error(409, "BlobAlreadyExists", "The specified blob already exists.")
        if blob:
            self._may_write(blob, request)
        kept = blob or Blob(self._world.now())
        kept.metadata = {}
        return self._changed(key, kept, 201)

    def metadata(self, request: Request) -> Response:
        """Replace the metadata of a blob; under a lease, with its id."""
        key = self._key(request, WRITERS)
        blob = self._there(key)
        self._may_write(blob, request)
        blob.metadata = {
            name.removeprefix(METADATA): text for name, text in request.headers.items() if name.startswith(METADATA)
        }
        return self._changed(key, blob, 200)

    def properties(self, request: Request) -> Response:
        """Metadata and lease of a blob; whoever may read it need not hold it."""
        blob = self._there(self._key(request, READERS))
        state = blob.state(self._world.now())
        locked = state in ("leased", "breaking")
        headers = self._stamp(blob) | {
            "x-ms-lease-state": state,
            "x-ms-lease-status": "locked" if locked else "unlocked",
            "x-ms-blob-type": "BlockBlob",
            **{METADATA + name: text for name, text in blob.metadata.items()},
        }
        if state == "leased":
            headers["x-ms-lease-duration"] = "infinite" if blob.seconds == -1 else "fixed"
        return Response(200, b"", headers)

    def acquire(self, request: Request) -> Response:
        """Lend a blob that nobody has, or lend it anew to whoever has it."""
        key = self._key(request, WRITERS)
        blob = self._there(key)
        seconds, proposed = _seconds(request), _lease_id(request, "x-ms-proposed-lease-id")
        state = blob.state(self._world.now())
        if state == "breaking":
            message = "There is already a breaking lease, and can't be acquired until the lease is broken."
            raise blob_error(409, "LeaseIsBreakingAndCannotBeAcquired" if proposed == blob.lease
                             else "LeaseAlreadyPresent", message)  # fmt: skip
        if state == "leased" and proposed != blob.lease:
            raise blob_error(409, "LeaseAlreadyPresent", "There is already a lease present.")
        blob.lease, blob.seconds, blob.broken = proposed, seconds, False
        blob.until = self._world.now() + seconds
        return self._lent(key, blob, 201)

    def renew(self, request: Request) -> Response:
        """Begin the time of a lease anew, even when it is over, unless it was broken or another took it."""
        key, blob = self._held(request)
        if blob.broken:
            message = "The lease ID matched, but the lease has been broken explicitly and cannot be renewed."
            raise blob_error(409, "LeaseIsBrokenAndCannotBeRenewed", message)
        blob.until = self._world.now() + blob.seconds
        return self._lent(key, blob, 200)

    def release(self, request: Request) -> Response:
        """End a lease: the blob is another's to take."""
        key, blob = self._held(request)
        blob.lease, blob.broken, blob.seconds, blob.until = "", False, 0, 0.0
        return self._lent(key, blob, 200)

    def break_lease(self, request: Request) -> Response:
        """End whoever's lease after a time, at most what is left of it."""
        key = self._key(request, WRITERS)
        blob = self._there(key)
        now = self._world.now()
        if not blob.lease:
            raise blob_error(409, "LeaseNotPresentWithLeaseOperation", "There is currently no lease on the blob.")
        given = request.headers.get("x-ms-lease-break-period")
        left = 0.0 if blob.seconds == -1 and given is None else max(0.0, blob.until - now)
        period = float(given) if given is not None else left
        blob.until = now + (period if blob.seconds == -1 and not blob.broken else min(period, left))
        blob.broken, blob.seconds = True, max(blob.seconds, 0)
        response = self._lent(key, blob, 202)
        response.headers["x-ms-lease-time"] = str(round(blob.until - now))
        return response

    def _held(self, request: Request) -> tuple[str, Blob]:
        """A blob whose lease, over or not, has the id of the request."""
        key = self._key(request, WRITERS)
        blob = self._there(key)
        if blob.lease != _lease_id(request, "x-ms-lease-id"):
            message = "The lease ID specified did not match the lease ID for the blob."
            raise blob_error(409, "LeaseIdMismatchWithLeaseOperation", message)
        return key, blob

    def _may_write(self, blob: Blob, request: Request) -> None:
        if blob.state(self._world.now()) not in ("leased", "breaking"):
            if "x-ms-lease-id" in request.headers:
                message = "There is currently no lease on the blob."
                raise blob_error(412, "LeaseNotPresentWithBlobOperation", message)
            return
        given = request.headers.get("x-ms-lease-id")
        if given is None:
            message = "There is currently a lease on the blob and no lease ID was specified in the request."
            raise blob_error(412, "LeaseIdMissing", message)
        if given != blob.lease:
            message = "The lease ID specified did not match the lease ID for the blob."
            raise blob_error(412, "LeaseIdMismatchWithBlobOperation", message)

    def _key(self, request: Request, roles: frozenset[str]) -> str:
        """What the blob of a request is kept under; who may not use it, or names no container, hears so."""
        account = account_of(self._world, request.host, SUFFIXES)
        if "x-ms-version" not in request.headers:
            raise blob_error(400, "MissingRequiredHeader", "A mandatory header is missing.")
        try:
            claims = self._tokens.check(request, AUDIENCES)
        except InvalidTokenError as error:
            answered = blob_error(401, "InvalidAuthenticationInfo", "Server failed to authenticate the request.")
            answered.response.headers["www-authenticate"] = f"Bearer resource_id={AUDIENCES[0]}"
            raise answered from error
        principal, name = self._world.principal(claims["idtyp"]), request.parts["container"]
        allowed = account is not None and tenant_of(self._world, account) == claims["tid"]
        if account is None or not allowed or not has_role(self._world, principal, account, name, roles):
            message = "This request is not authorized to perform this operation using this permission."
            raise blob_error(403, "AuthorizationPermissionMismatch", message)
        if container(self._world, account.body["name"], name) is None:
            raise blob_error(404, "ContainerNotFound", "The specified container does not exist.")
        return f"{account.body['name']}/{name}/{request.parts['blob']}"

    def _blob(self, key: str) -> Blob | None:
        document = self._world.store.get("blob", key)
        return Blob(**document) if document else None

    def _there(self, key: str) -> Blob:
        blob = self._blob(key)
        if blob is None:
            raise blob_error(404, "BlobNotFound", "The specified blob does not exist.")
        return blob

    def _changed(self, key: str, blob: Blob, status: int) -> Response:
        blob.changed = self._world.now()
        self._world.store.put("blob", key, asdict(blob))
        return Response(status, b"", self._stamp(blob))

    def _lent(self, key: str, blob: Blob, status: int) -> Response:
        """An answer about a lease, which is no change of the blob."""
        self._world.store.put("blob", key, asdict(blob))
        headers = self._stamp(blob)
        if blob.lease and not blob.broken:
            headers["x-ms-lease-id"] = blob.lease
        return Response(status, b"", headers)

    def _stamp(self, blob: Blob) -> dict[str, str]:
        moment = datetime.fromtimestamp(blob.changed, UTC)
        return {"last-modified": format_datetime(moment, usegmt=True), "etag": f'"0x{int(blob.changed * 1e7):X}"'}

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """No such path, or not with this method."""
        del request
        if allowed:
            return blob_error(405, "UnsupportedHttpVerb", "The resource doesn't support the HTTP verb.").response
        return blob_error(400, "InvalidUri", "The request URI is invalid.").response

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order."""
        return blob_error(status, CODES.get(status, "InternalError"), "The request can't be served now.").response


def _of(component: str) -> Callable[[Request], bool]:
    return lambda request: request.query.get("comp", "") == component


def _asks_to(action: str) -> Callable[[Request], bool]:
    return lambda request: _of("lease")(request) and request.headers.get("x-ms-lease-action") == action


def _seconds(request: Request) -> int:
    text = request.headers.get("x-ms-lease-duration", "")
    if re.fullmatch(r"-1|\d{1,3}", text) and (int(text) == -1 or 15 <= int(text) <= 60):
        return int(text)
    raise blob_error(400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.")


def _lease_id(request: Request, header: str) -> str:
    try:
        return str(UUID(request.headers.get(header, "")))
    except ValueError as error:
        message = "The value for one of the HTTP headers is not in the correct format."
        raise blob_error(400, "InvalidHeaderValue", message) from error
