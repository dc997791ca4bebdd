"""Tells of each request that writes, before it goes and when it is answered: what a journal is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy

from reconciler.model.outcome import Write

OnWrite = Callable[[Write], None]
_SERVICE_IDS = ("x-ms-request-id", "x-ms-service-request-id")


class TellWrites(SansIOHTTPPolicy[Any, Any]):
    """Calls with each attempt of anything but a GET just before it is sent, without a status, and again with its
    answer. An attempt that is told once only was never answered."""

    def __init__(self, on_write: OnWrite) -> None:
        self._on_write = on_write

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Tells what is about to be sent."""
        sent = request.http_request
        if sent.method in {"GET", "HEAD"}:
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        identifier = str(sent.headers.get("x-ms-client-request-id", ""))
        write = Write(identifier, sent.method, sent.url.split("?")[0], time)
        request.context["write"] = write
        self._on_write(write)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Tells what was answered."""
        write = request.context.get("write")
        if write:
            answer = response.http_response
            told = next((str(answer.headers[name]) for name in _SERVICE_IDS if answer.headers.get(name)), "")
            self._on_write(replace(write, status=answer.status_code, request_id=told))
