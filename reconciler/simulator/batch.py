"""How is a Dataverse $batch taken apart, and its answer put together?

The outer answer is always 200; each part carries its own status. Without ``odata.continue-on-error`` the first failure
ends the batch. Change sets are not served. Source: the Web API page on batch operations.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from reconciler.simulator.wire import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_PARTS = 1000
CARRIED = ("authorization", "consistency", "x-ms-correlation-id", "x-ms-client-request-id")
PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Batch:
    """The requests inside a batch, in order, and whether a failure ends it."""

    requests: list[Request]
    goes_on: bool

    @classmethod
    def parse(cls, outer: Request) -> Batch:
        """The batch in a request; ValueError where it is malformed, too big, or holds what is not served."""
        found = re.search(
            r'multipart/mixed\s*;\s*boundary="?([^";]+)"?', outer.headers.get("content-type", ""), re.IGNORECASE
        )
        if found is None:
            raise ValueError("The content type of a batch must be multipart/mixed with a boundary.")
        text = outer.body.decode("utf-8", "replace").replace("\r\n", "\n")
        parts = re.split(rf"(?:^|\n)--{re.escape(found[1])}", text)
        if len(parts) < 3 or not parts[-1].startswith("--"):
            raise ValueError("The batch is not closed by its boundary.")
        if len(parts) - 2 > MAX_PARTS:
            message = f"The number of operations in the batch exceeds the maximum of {MAX_PARTS}."
            raise ValueError(message)
        requests = [_inner(part, outer) for part in parts[1:-1]]
        return cls(requests, "odata.continue-on-error" in outer.headers.get("prefer", ""))


def _inner(part: str, outer: Request) -> Request:
    head, _, content = part.lstrip("\n").partition("\n\n")
    kind = _headers(head).get("content-type", "")
    if not kind.startswith("application/http"):
        message = f"A part of type '{kind}' is not served in a batch."
        raise ValueError(message)
    top, _, body = content.partition("\n\n")
    line, _, rest = top.partition("\n")
    words = re.fullmatch(r"(\w+) (.+?)(?: HTTP/1\.\d)?", line.strip())
    if words is None:
        message = f"'{line}' is no request line."
        raise ValueError(message)
    address = urlsplit(words[2] if words[2].startswith(("https:", "/")) else "/api/data/v9.2/" + words[2])
    carried = {name: outer.headers[name] for name in CARRIED if name in outer.headers}
    host = (address.hostname or outer.host).lower()
    if host != outer.host or address.path.rstrip("/").lower().endswith("/$batch"):
        raise ValueError("A batch may hold neither another batch nor a request to another host.")
    return Request(words[1], host, unquote(address.path), address.query, carried | _headers(rest), body.encode())


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.split("\n") if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def answer_batch(batch: Batch, answer: Callable[[Request], Response]) -> Response:
    """Answer each request in turn, and put the answers together under a boundary of the service's own."""
    boundary = f"batchresponse_{uuid.uuid4()}"
    opening = f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n".encode()
    chunks = []
    for request in batch.requests:
        response = answer(request)
        lines = [f"HTTP/1.1 {response.status} {PHRASES.get(response.status, '')}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        chunks += [opening, "\r\n".join(lines).encode(), b"\r\n\r\n", response.body, b"\r\n"]
        if response.status >= 400 and not batch.goes_on:
            break
    chunks.append(f"--{boundary}--\r\n".encode())
    headers = {"content-type": f"multipart/mixed; boundary={boundary}", "odata-version": "4.0"}
    return Response(200, b"".join(chunks), headers)
