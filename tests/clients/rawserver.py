"""A TLS server of a few lines that answers with bytes, for what the local cloud is too well-behaved to say."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from azure.core.credentials import AccessToken

from reconciler.clients.channel import Target
from reconciler.clients.connection import open_transport
from reconciler.clients.endpoints import Endpoints
from reconciler.model.limits import Service
from reconciler.simulator.certificates import authority, server_context

HOST = "contoso-sales.crm4.dynamics.com"
Answer = Callable[[ssl.SSLSocket], None]


class Static:
    """A credential that always has the same token."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("secret-token", 2**40)


class Raw:
    """The server: what it was asked, and the way to it."""

    def __init__(self, target: Target, port: int) -> None:
        self.target = target
        self.port = port
        self.requests: list[str] = []


@contextmanager
def raw_server(folder: Path, answer: Answer) -> Iterator[Raw]:
    """Serves from a thread until the block ends. ``answer`` gets each connection once its request was read, and writes
    what it likes; the connection is closed after it."""
    ca = authority(folder)
    context = server_context(ca)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        endpoints = Endpoints("127.0.0.1", port, ca.cert_pem.bytes().decode(), "client", "secret", None)
        transport = open_transport(endpoints, 4)
        target = Target("Dataverse of 'sales'", HOST, "scope", Static(), transport, limited_by=Service.DATAVERSE)
        raw = Raw(target, port)

        def serve() -> None:
            while True:
                try:
                    accepted, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_serve_one, args=(accepted, context, answer, raw), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield raw
        finally:
            transport.session.close()
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _serve_one(accepted: socket.socket, context: ssl.SSLContext, answer: Answer, raw: Raw) -> None:
    try:
        with context.wrap_socket(accepted, server_side=True) as connection:
            connection.settimeout(5)
            raw.requests.append(_head(connection))
            answer(connection)
    except OSError:
        accepted.close()


def _head(connection: ssl.SSLSocket) -> str:
    """The head of a request; its body is read as well."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(4096)
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            missing = int(line.split(b":")[1]) - len(body)
            while missing > 0:
                missing -= len(connection.recv(4096))
    return head.decode()
