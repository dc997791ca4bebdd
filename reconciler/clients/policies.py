"""What happens to every request: retried within bounds, numbered, and refused where it could write unbidden."""

from __future__ import annotations

import random
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import RetryPolicy, SansIOHTTPPolicy

from reconciler import __version__
from reconciler.clients.budgets import LONGEST_WAIT_SECONDS
from reconciler.clients.retry_after import asked_wait
from reconciler.model.errors import Refused

LONGEST_READ_SECONDS = 240
"""Of one read with its repeats and waits. The last try may take its minute beyond, so a host that hangs is given up,
and said, after five minutes."""
_ALL_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
_REPEATABLE_STATUSES = frozenset([408, 500, 502, 503, 504])


class BoundedRetry(RetryPolicy[Any, Any]):
    """Repeats on reading channels what failed, for four minutes at the most; a write never, whose fate is unknown.

    What was throttled is not its business (``pacing``). A Retry-After beyond 60 seconds is not waited for. Back-off
    doubles, with jitter.
    """

    def __init__(self, *, reading: bool) -> None:
        # Out of time, a write that waited for its turn would look like one that may have been processed.
        longest = {"timeout": LONGEST_READ_SECONDS} if reading else {}
        super().__init__(retry_total=5, retry_status=5, retry_connect=2, retry_read=2, retry_backoff_max=20, **longest)
        self._reading = reading
        self._method_whitelist = _ALL_METHODS if reading else frozenset()

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether an answer is worth another try."""
        if not self._reading or response.http_response.status_code not in _REPEATABLE_STATUSES:
            return False
        if (self.get_retry_after(response) or 0) > LONGEST_WAIT_SECONDS:
            return False
        return bool(settings["total"] > 0)

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """Seconds that an answer asks to wait; None where it asks for none that can be understood."""
        return asked_wait(response.http_response.headers, time.time())

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        """Seconds to wait before the next try."""
        return super().get_backoff_time(settings) * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret


class Correlation(SansIOHTTPPolicy[Any, Any]):
    """Gives each attempt an id of its own: some services replay a cached answer for a repeated one."""

    _agent = f"synapse-link-reconciler/{__version__}"

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Numbers the attempt."""
        headers = request.http_request.headers
        identifier = str(uuid.uuid4())
        headers["x-ms-client-request-id"] = identifier
        headers["x-ms-correlation-id"] = identifier
        headers["User-Agent"] = self._agent


class OnlyHost(SansIOHTTPPolicy[Any, Any]):
    """Refuses a request to any other host: a token of this channel belongs to this host."""

    def __init__(self, host: str) -> None:
        self._prefix = f"https://{host}/"

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raises Refused for another host."""
        if not request.http_request.url.startswith(self._prefix):
            raise Refused(f"A request to {request.http_request.url.split('?')[0]} was refused: not at {self._prefix}")


class ReadsOnly(SansIOHTTPPolicy[Any, Any]):
    """Lets through what cannot write: GET, and the POSTs that read, by an allow-list."""

    _BATCH = re.compile(r"/api/data/v9\.\d/\$batch$")
    _INNER = re.compile(rb"^([A-Z]+) \S+ HTTP/1\.1\r?$", re.MULTILINE)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raises Refused for a request that might write."""
        sent = request.http_request
        path = sent.url.split("?")[0].removeprefix("https://").partition("/")[2]
        if sent.method in {"GET", "HEAD"} or (sent.method == "POST" and self._reads("/" + path, sent.content)):
            return
        raise Refused(f"{sent.method} {path} was refused: this command only reads")

    def _reads(self, path: str, content: Any) -> bool:
        if path == "/providers/Microsoft.ResourceGraph/resources" or path.endswith("/directoryObjects/getByIds"):
            return True
        if not self._BATCH.search(path):
            return False
        body = content.encode() if isinstance(content, str) else bytes(content or b"")
        methods = self._INNER.findall(body)
        return bool(methods) and set(methods) == {b"GET"} and body.count(b"application/http") == len(methods)


class BeforeWrite(SansIOHTTPPolicy[Any, Any]):
    """Asks, before each attempt of anything but a GET, whether this run may still write: its lock may be lost."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Raises what ``ask`` raises."""
        if request.http_request.method not in {"GET", "HEAD"}:
            self._ask()


Observer = Callable[[str, str, int], None]


class Counting(SansIOHTTPPolicy[Any, Any]):
    """Tells an observer of each answer: method, host, size of the body in bytes."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Tells the observer."""
        host = request.http_request.url.split("/", 3)[2]
        self._observer(request.http_request.method, host, len(response.http_response.content))
