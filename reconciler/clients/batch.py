"""Dataverse $batch: many GETs in one POST, and their answers taken apart.

Form: multipart/mixed, parts of application/http, CRLF; answers in the order of the requests (docs/sources.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

BOUNDARY = "batch_reconciler"
CONTENT_TYPE = f'multipart/mixed; boundary="{BOUNDARY}"'
_STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3})[^\r\n]*\r?\n")
_BOUNDARY_PARAMETER = re.compile(r"boundary=\"?([^\";]+)\"?", re.IGNORECASE)


def encode(paths: Sequence[str], headers: str) -> bytes:
    """A batch of GETs of paths below the organization's address; ``headers`` are CRLF-ended lines for each."""
    parts = [
        f"--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"GET {path} HTTP/1.1\r\n{headers}\r\n"
        for path in paths
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def decode(content_type: str, content: bytes) -> list[tuple[int, bytes]]:
    """Status and body of each inner answer, in order. Raises ValueError where the content is no batch answer."""
    found = _BOUNDARY_PARAMETER.search(content_type)
    if not found:
        raise ValueError("no boundary")
    delimiter = b"--" + found.group(1).encode()
    parts = content.split(delimiter)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise ValueError("cut off")
    return [_inner(part) for part in parts[1:-1]]


def _inner(part: bytes) -> tuple[int, bytes]:
    status = _STATUS_LINE.search(part)
    if not status:
        raise ValueError("a part without a status line")
    head, separator, body = part[status.end() :].partition(b"\r\n\r\n")
    if not separator:
        head, separator, body = part[status.end() :].partition(b"\n\n")
    if not separator:
        raise ValueError(f"a part without an end of its {len(head)} bytes of headers")
    return int(status.group(1)), body.removesuffix(b"\r\n")
