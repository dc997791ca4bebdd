"""How do commands of another process change a running local cloud?

Through a host of the local cloud's own, on the same loopback port, for whoever holds the credentials of its endpoints
file. Nothing like it exists in Azure.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from reconciler.simulator.record import UNSERVED
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.changes import Changes
    from reconciler.simulator.record import Record
    from reconciler.simulator.world import World

KEY_HEADER = "x-simulator-key"


class Control:
    """The local cloud's own host."""

    def __init__(self, world: World, record: Record, changes: Changes) -> None:
        self._world = world
        self._record = record
        self._changes = changes
        self.routes = (
            route("control.change", "POST", "/change/{name}", self.change),
            route("control.requests", "GET", "/requests", self.requests),
        )

    def _allow(self, request: Request) -> None:
        if not hmac.compare_digest(request.headers.get(KEY_HEADER, "").encode(), self._world.client_secret.encode()):
            raise AnsweredError(json_response({"error": "the key is not this cloud's"}, 401))

    def change(self, request: Request) -> Response:
        """Apply one change from outside."""
        self._allow(request)
        try:
            body = request.json()
            return json_response(self._changes.apply(request.parts["name"], body))
        except (ValueError, LookupError, TypeError) as error:
            return json_response({"error": str(error)}, 400)

    def requests(self, request: Request) -> Response:
        """How many requests came, by route and outcome; which of them were not served."""
        self._allow(request)
        return json_response(summary(self._record))

    def unknown(self, request: Request, allowed: list[str]) -> Response:  # noqa: ARG002 - one signature for every service
        """No such control."""
        return json_response({"error": "no such control"}, 404)

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Never called: faults spare the control host."""
        return Response(status)


def summary(record: Record) -> dict[str, Any]:
    """The counts of a record, and its unserved requests."""
    return {
        "counts": [
            {"route": name or "(none)", "outcome": outcome, "count": count}
            for (name, outcome), count in sorted(record.totals.items())
        ],
        UNSERVED: [f"{entry.method} https://{entry.host}{entry.path}" for entry in record.unserved],
    }
