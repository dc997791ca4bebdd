"""How does the local cloud prove every host name that it answers to?

A certificate authority of its own, made once in the state directory, issues a certificate for each name a client asks
for. Its key stays in that directory, readable by its owner alone.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_NAMES = ("simulator.localhost", "localhost", "127.0.0.1")


def authority(directory: Path) -> trustme.CA:
    """The certificate authority of a state directory, made if there is none."""
    certificate, key = directory / "ca.pem", directory / "ca.key"
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    made = trustme.CA(organization_name="reconciler simulator", organization_unit_name="local cloud")
    write_private(key, made.private_key_pem.bytes())
    write_private(certificate, made.cert_pem.bytes())
    return made


def write_private(path: Path, data: bytes) -> None:
    """Write a file that its owner alone may read, in one step."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    temporary.replace(path)


def server_context(ca: trustme.CA) -> ssl.SSLContext:
    """A TLS context that shows, for each name a client asks for, a certificate of that name."""
    contexts: dict[str, ssl.SSLContext] = {}

    def context_for(*names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(*names).configure_cert(context)
        return context

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name is None:
            return
        if name not in contexts:
            contexts[name] = context_for(name)
        connection.context = contexts[name]

    default = context_for(*DEFAULT_NAMES)
    default.sni_callback = choose
    return default
