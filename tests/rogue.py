"""A server that answers as an attacker would, in the place of every host: what reaches it is on record, by name."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import trustme

from reconciler.clients.endpoints import Endpoints
from reconciler.simulator.certificates import server_context

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Rogue:
    """Where it listens, what it answers (changed at will), and what came: server name of TLS, ``Host``, path, and the
    ``Authorization`` header."""

    endpoints: Endpoints
    answer: Callable[[str, str], Reply]
    asked: list[tuple[str, str, str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@contextmanager
def rogue() -> Iterator[Rogue]:
    """Listens on loopback until the block ends."""
    ca = trustme.CA()
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler, bind_and_activate=False)
    server.server_bind()
    port = int(server.server_address[1])
    found = Rogue(
        Endpoints("127.0.0.1", port, ca.cert_pem.bytes().decode(), "app", "sim-x", None),
        lambda _host, _path: (404, {}, b""),
    )
    server.RequestHandlerClass = _handler(found)
    server.socket = _context(ca, found).wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.server_activate()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _context(ca: trustme.CA, found: Rogue) -> ssl.SSLContext:
    context = server_context(ca)
    choose: Any = context.sni_callback

    def remember(connection: Any, name: str | None, before: ssl.SSLContext) -> None:
        found.names.append(name or "")
        choose(connection, name, before)

    context.sni_callback = remember
    return context


def _handler(found: Rogue) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host = str(self.headers.get("Host"))
            found.asked.append((found.names[-1], host, self.path, str(self.headers.get("Authorization"))))
            status, headers, body = found.answer(host, self.path)
            self.send_response(status)
            for name, value in (
                {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
            ).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        setattr(Handler, f"do_{method}", Handler.answer)
    return Handler
