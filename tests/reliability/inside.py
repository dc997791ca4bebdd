"""The local cloud without a network: real clients, whose connection alone is replaced. HTTPS for each of a hundred
thousand cases would take hours; some hundreds of them go over it as well (``test_fuzz.py``)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import unquote, urlsplit

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from reconciler.clients.connection import _PinnedAdapter
from reconciler.simulator import Cloud
from reconciler.simulator.wire import Request, Response

Twist = Callable[[str, Response], Response]
"""Makes another answer of the answer of a route."""


@contextmanager
def inside(cloud: Cloud, twist: Twist = lambda _route, response: response) -> Iterator[None]:
    """Clients that hold this cloud's endpoints reach it by a call in this process, and wait for nothing."""

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        asked = as_request(request)
        known, route = cloud.dispatch.routed(asked)
        response = cloud.dispatch.answer(asked).response
        if response is None:
            raise requests.ConnectionError(ProtocolError("Connection aborted."))
        if known:
            response = twist(route.name if route else "", response)
        raw = HTTPResponse(io.BytesIO(response.body), response.headers, response.status, preload_content=False)
        return adapter.build_response(request, raw)

    with (
        mock.patch.object(_PinnedAdapter, "send", send),
        mock.patch.object(RequestsTransport, "sleep", return_value=None),
    ):
        yield


def as_request(request: requests.PreparedRequest) -> Request:
    """A request as the local cloud takes it."""
    address = urlsplit(request.url or "")
    body: Any = request.body or b""
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    content = body if isinstance(body, bytes) else body.encode()
    return Request(
        request.method or "GET", address.hostname or "", unquote(address.path), address.query, headers, content
    )
