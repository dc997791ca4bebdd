"""What are a request, a response and a route inside the local cloud?"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from collections.abc import Callable

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(slots=True)
class Request:
    """One request as a service sees it."""

    method: str
    host: str
    path: str
    query_string: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""
    parts: dict[str, str] = field(default_factory=dict)
    """What the route's pattern took out of the path."""

    @property
    def query(self) -> dict[str, str]:
        """Query parameters, decoded."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def url(self) -> str:
        """The address that the client asked for, without the query."""
        return f"https://{self.host}{self.path}"

    def json(self) -> Any:
        """The body as JSON; ValueError where it is none."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(slots=True)
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    unserved: bool = False
    """Whether it stands for something the local cloud does not know how to answer."""


class AnsweredError(Exception):
    """Stop handling: this is the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def encoded(value: Any) -> bytes:
    """A value as compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def json_response(value: Any, status: int = 200, **headers: str) -> Response:
    """An answer of JSON; header names are given with underscores for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, encoded(value), {"content-type": JSON_TYPE, **named})


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path that a service answers."""

    name: str
    method: str
    pattern: re.Pattern[str]
    handler: Callable[[Request], Response]
    writes: bool = False
    when: Callable[[Request], bool] | None = None
    """What else of a request decides, where method and path don't."""


def route(name: str, method: str, path: str, handler: Callable[[Request], Response], *, writes: bool = False) -> Route:
    """A route whose path holds ``{parts}``, each up to the next slash, compared without regard to case."""
    names = re.split(r"\{(\w+)\}", path)
    pattern = "".join(f"(?P<{text}>[^/]+)" if index % 2 else re.escape(text) for index, text in enumerate(names))
    return Route(name, method, re.compile(pattern + "/?", re.IGNORECASE), handler, writes)


class Service(Protocol):
    """One remote service: its routes, and how it says no."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """What it answers, the first match deciding."""

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """The answer to a path that is no route, or to a method that a known path does not take."""

    def failed(self, request: Request, status: int) -> Response:
        """The answer of a service that is throttled (429), refuses (403) or fails (5xx)."""


def find_route(service: Service, request: Request) -> tuple[Route | None, list[str]]:
    """The route of a request, and the methods that its path takes."""
    allowed = []
    for candidate in service.routes:
        found = candidate.pattern.fullmatch(request.path)
        if found is None:
            continue
        if candidate.method == request.method and (candidate.when is None or candidate.when(request)):
            request.parts = {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
            return candidate, []
        allowed.append(candidate.method)
    return None, allowed
