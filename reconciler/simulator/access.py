"""How does a command reach the cloud of a state directory, whether or not it is being served?"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import closing
from typing import TYPE_CHECKING, Any

from reconciler.simulator.changes import ChangeError, Changes
from reconciler.simulator.control import KEY_HEADER
from reconciler.simulator.hosts import CONTROL_HOST
from reconciler.simulator.running import ENDPOINTS
from reconciler.simulator.store import FILE, InUseError, UnusableError
from reconciler.simulator.world import World

if TYPE_CHECKING:
    from pathlib import Path

Body = dict[str, Any]
PATIENCE_SECONDS = 30


def change(directory: Path, name: str, body: Body) -> Body:
    """Make a change, through the running server if there is one; ChangeError where it can't be made."""
    if name != "seed" and not (name == "assume" and body):
        _exists(directory)
    try:
        world = World(directory)
    except InUseError:
        return _ask(directory, "POST", f"/change/{name}", body)
    except UnusableError as error:
        raise ChangeError(str(error)) from error
    with closing(world):
        return Changes(world).apply(name, body)


def requests(directory: Path) -> Body:
    """The counts of requests: of the running server, or of the one that ran last."""
    _exists(directory)
    try:
        world = World(directory)
    except InUseError:
        return _ask(directory, "GET", "/requests", {})
    except UnusableError as error:
        raise ChangeError(str(error)) from error
    with closing(world):
        return world.store.get("setting", "requests") or {"counts": [], "unserved": []}


def _exists(directory: Path) -> None:
    if not (directory / FILE).is_file():
        message = f"there is no cloud in {directory}: 'simulator seed' and 'simulator serve' make one"
        raise ChangeError(message)


def _ask(directory: Path, method: str, path: str, body: Body) -> Body:
    try:
        endpoints = json.loads((directory / ENDPOINTS).read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"{directory} is in use, and no server has left its address there"
        raise ChangeError(message) from error
    host, _, port = endpoints["address"].partition(":")
    context = ssl.create_default_context(cadata=endpoints["ca"])
    headers = {KEY_HEADER: endpoints["credentials"]["clientSecret"], "content-type": "application/json"}
    connection = http.client.HTTPSConnection(CONTROL_HOST, context=context)
    with closing(connection):
        plain = socket.create_connection((host, int(port)), PATIENCE_SECONDS)
        connection.sock = context.wrap_socket(plain, server_hostname=CONTROL_HOST)
        connection.request(method, path, json.dumps(body), headers)
        response = connection.getresponse()
        answer: Body = json.loads(response.read())
    if response.status >= 400:
        raise ChangeError(answer["error"])
    return answer
