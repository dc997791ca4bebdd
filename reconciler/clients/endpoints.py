"""The endpoints file: where a local cloud listens, whom it trusts, and its own credentials.

It is accepted with a loopback address and the local cloud's credentials alone. While it is in force every connection of
the process goes to that address, and no credential of the user's is ever asked for: a file in a pull request cannot
carry a real token anywhere.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.errors import InvalidInput

SECRET_PREFIX = "sim-"  # noqa: S105 - marks the local cloud's secrets, is none
_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A local cloud: address, CA certificate (PEM) and the credentials that it made for itself."""

    host: str
    port: int
    ca: str
    client_id: str
    client_secret: str
    user: str | None


def read_endpoints(path: Path) -> Endpoints:
    """Reads and checks an endpoints file. Raises InvalidInput with the place and what to do."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        document = json.loads(content) if len(content) <= _MAX_BYTES else None
    except OSError as error:
        raise _invalid(path, f"The endpoints file can't be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise _invalid(path, "The endpoints file is not JSON") from None
    if not isinstance(document, dict) or document.get("version") != 1:
        raise _invalid(path, "The endpoints file is not of version 1")
    host, port = _loopback(path, document.get("address"))
    credentials = document.get("credentials")
    fields = credentials if isinstance(credentials, dict) else {}
    secret = _text(path, fields, "clientSecret")
    if not secret.startswith(SECRET_PREFIX):
        raise _invalid(path, "The endpoints file holds a secret that no local cloud made")
    user = fields.get("user")
    return Endpoints(
        host=host,
        port=port,
        ca=_certificate(path, document),
        client_id=_text(path, fields, "clientId"),
        client_secret=secret,
        user=user if isinstance(user, str) and user else None,
    )


def _text(path: Path, fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid(path, f"The endpoints file has no text in '{name}'")
    return value


def _certificate(path: Path, document: dict[str, Any]) -> str:
    ca = _text(path, document, "ca")
    try:
        ssl.create_default_context(cadata=ca)
    except (ssl.SSLError, TypeError, ValueError):
        raise _invalid(path, "The endpoints file holds no certificate in 'ca'") from None
    return ca


def _loopback(path: Path, address: object) -> tuple[str, int]:
    host, _, port = str(address).rpartition(":")
    try:
        if ipaddress.ip_address(host.strip("[]")).is_loopback and 0 < int(port) < 1 << 16:
            return host.strip("[]"), int(port)
    except ValueError:
        pass
    raise _invalid(path, "The endpoints file names an address that is not on this machine's loopback")


def _invalid(path: Path, summary: str) -> InvalidInput:
    return InvalidInput(
        (
            Diagnostic(
                Severity.ERROR,
                "invalid-endpoints",
                summary,
                location=Location(str(path)),
                remedy="Use the file that 'reconciler simulator serve' wrote, unchanged.",
            ),
        )
    )
