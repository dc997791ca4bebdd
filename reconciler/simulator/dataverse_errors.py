"""How does the Dataverse Web API say no?

Codes and messages are those of the Web API's error pages where they name one, and of public reports otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.wire import AnsweredError, Response, encoded

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.simulator.wire import Request

JSON = "application/json; odata.metadata=minimal"


def dataverse_error(status: int, code: str, message: str) -> AnsweredError:
    """An error in the form of the Web API."""
    body = encoded({"error": {"code": code, "message": message}})
    return AnsweredError(Response(status, body, {"content-type": JSON}))


def require_options(request: Request, served: Collection[str]) -> None:
    """Answer 501 to a query option that is legal but not served, and let it be counted."""
    unserved = [name for name in request.query if name.startswith("$") and name not in served]
    if unserved:
        refused = dataverse_error(501, "0x80060888", f"The query option {unserved[0]} is not served.")
        refused.response.unserved = True
        raise refused
