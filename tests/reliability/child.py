"""What the processes run that are killed: the real command line. Only the server that forks them imports this."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.reliability.processes import JournalDeath, Order

# The local cloud needs no time, and what waits for it (apply's steps, the repeats of reads) takes none. Replaced before
# anything keeps it as a default.
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(float(seconds), 0.002))

# All that a run imports, once for all processes: forking one then costs milliseconds, importing costs a second.
_LOADED = (
    "azure.core.pipeline.transport",
    "azure.core.rest._http_response_impl",
    "azure.identity",
    "deepdiff",
    "kiota_abstractions.authentication",
    "kiota_abstractions.method",
    "kiota_abstractions.request_information",
    "msal_extensions",
    "msgraph.graph_request_adapter",
    "reconciler.apply.run",
    "reconciler.cli.apply",
    "reconciler.cli.plan",
    "reconciler.clients.clients",
    "reconciler.manifests",
    "reconciler.cli.edge",
    "reconciler.simulator",
    "tests.reliability.fleets",
    "pytest",
    "tests.reliability.planted",
)
for _name in _LOADED:
    import_module(_name)

_LINE = b'{"'


def carry_out(order: Order) -> int:
    """Runs one command as its process would; gives the exit code."""
    from reconciler.cli import reconciler
    from reconciler.cli.edge import run
    from tests.reliability.planted import PLANTED

    os.chdir(order.folder)
    os.environ["RECONCILER_ENDPOINTS"] = order.endpoints
    said = os.open(order.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - it stays open as long as the process lives
    if order.planted:
        PLANTED[order.planted]()
    if order.name:
        _name_requests(order.name)
    if order.journal_death:
        _die_at(order.journal_death)
    code = run(reconciler, list(order.words))
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _name_requests(name: str) -> None:
    """Lets every request tell whose it is."""
    import pytest
    from azure.core.pipeline.transport import RequestsTransport

    send: Callable[..., Any] = RequestsTransport.send

    def named(self: RequestsTransport, request: Any, **options: Any) -> Any:
        request.headers["User-Agent"] = name
        return send(self, request, **options)

    pytest.MonkeyPatch().setattr(RequestsTransport, "send", named)


def _die_at(death: JournalDeath) -> None:
    """Kills this process at a line of the journal, whoever writes it there."""
    import pytest

    write, count = os.write, [0]

    def dying(descriptor: int, data: Any) -> int:
        line = bytes(data)
        if not (line.startswith(_LINE) and line.endswith(b"\n")):
            return write(descriptor, data)
        count[0] += 1
        if count[0] != death.line:
            return write(descriptor, data)
        if death.how == "half":
            write(descriptor, line[: len(line) // 2])
        elif death.how == "after":
            write(descriptor, line)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("a process outlived SIGKILL")

    pytest.MonkeyPatch().setattr(os, "write", dying)
