"""Run by plan_fleet.py, apart from what is measured: one plan, with every answer that it gets written down.

Prints one JSON object: requests by kind, bytes received, and the plan's own counts. ``BODIES`` gets the JSON bodies of
all answers but the tokens', those inside a batch one by one, each on a line with its length before it.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from reconciler.cli import reconciler
from reconciler.cli.edge import run
from reconciler.clients import batch

TOKENS = "tokens"
EXPECTED = frozenset({"many-tables-at-once", "checks-not-made"})
"""What a plan says, and rightly, of a generated fleet whose tables are to be added."""
_KINDS = (
    (TOKENS, "login."),
    ("Power Platform administration", "api.bap."),
    ("Synapse Link service", "athenawebservice."),
    ("Azure Resource Manager", "management."),
    ("Microsoft Graph", "graph."),
)
_LAKE = ".dfs."
_WORKSPACE = ".dev."
ONCE_A_RUN = frozenset({"Azure Resource Graph", "Microsoft Graph"})
"""Kinds of requests that do not grow with the environments, but for pages."""


class Recorder:
    """Stands in for requests' ``Session.send``: the one door through which every request of a plan goes."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.received = 0
        self.bodies: list[bytes] = []
        self._lock = threading.Lock()
        self._send = requests.Session.send

    def install(self) -> None:
        """From now on every answer is noted."""
        note, send = self._note, self._send

        def noting(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            response = send(session, request, **options)
            note(request, response)
            return response

        requests.Session.send = noting  # type: ignore[method-assign,assignment]

    def _note(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        kind, content = kind_of(request.url or ""), response.content
        with self._lock:
            self.requests[kind] += 1
            if kind != TOKENS:
                self.received += len(content)
                self.bodies += _json_bodies(response.headers.get("Content-Type", ""), content)


def kind_of(url: str) -> str:
    """Which of the services an address belongs to."""
    address = urlsplit(url)
    host = address.hostname or ""
    if "Microsoft.ResourceGraph" in address.path:
        return "Azure Resource Graph"
    if _LAKE in host or _WORKSPACE in host:
        return "lakes and workspaces"
    return next((kind for kind, prefix in _KINDS if host.startswith(prefix)), "Dataverse")


def _json_bodies(content_type: str, content: bytes) -> list[bytes]:
    if content_type.startswith("multipart/"):
        return [body for _, body in batch.decode(content_type, content)]
    return [content]


def main(bodies: Path, arguments: list[str]) -> int:
    """Plans, and says what went over the wire and what came of it."""
    recorder = Recorder()
    recorder.install()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = run(reconciler, ["plan", "--format", "json", *arguments])
    with bodies.open("wb") as file:
        for body in recorder.bodies:
            file.write(b"%d\n%b\n" % (len(body), body))
    plan = json.loads(printed.getvalue())
    fields = [field["path"] for change in plan["changes"] for field in change["fields"]]
    found = {
        "status": status,
        "requests": dict(recorder.requests),
        "received": recorder.received,
        "changes": len(plan["changes"]),
        "fields": len(fields),
        "tablesToAdd": sum(path.startswith("tables[") and path.endswith("]") for path in fields),
        "environmentsRead": len(plan["fingerprints"]),
        "diagnostics": [each["summary"] for each in plan["diagnostics"] if each["code"] not in EXPECTED],
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
