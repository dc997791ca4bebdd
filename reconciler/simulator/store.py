"""Where is the state of the local cloud kept, and who may write it?

One SQLite file in the state directory, held with an exclusive lock by whoever serves or changes it: a second process
learns from the lock that a server is running, and asks that server instead.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Document = dict[str, Any]
FILE = "cloud.sqlite"


class InUseError(Exception):
    """Another process holds the state: a server is running on it."""


class UnusableError(Exception):
    """What is there was not written by this version of the local cloud."""


class Store:
    """JSON documents by kind and key, durable across processes, written through at every change."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = directory / FILE
        self._connection = sqlite3.connect(self.path, timeout=0, check_same_thread=False, isolation_level=None)
        try:
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            # A power cut may lose a toy cloud; it must not cost an fsync a request.
            self._connection.execute("PRAGMA synchronous=OFF")
            self._connection.execute("BEGIN EXCLUSIVE")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS document (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key))"
            )
            self._connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if not isinstance(error, sqlite3.OperationalError):
                message = f"{self.path} holds no local cloud: {error}"
                raise UnusableError(message) from error
            message = f"{self.path} is in use"
            raise InUseError(message) from error
        self.path.chmod(0o600)

    def get(self, kind: str, key: str) -> Document | None:
        """One document, or None."""
        found = self._connection.execute("SELECT body FROM document WHERE kind=? AND key=?", (kind, key)).fetchone()
        return None if found is None else json.loads(found[0])

    def all(self, kind: str) -> Iterator[tuple[str, Document]]:
        """Every document of a kind, in the order they were first written."""
        for key, body in self._connection.execute(
            "SELECT key, body FROM document WHERE kind=? ORDER BY rowid", (kind,)
        ):
            yield key, json.loads(body)

    def put(self, kind: str, key: str, body: Document) -> None:
        """Write one document, replacing what was there."""
        self.put_all([(kind, key, body)])

    def put_all(self, documents: Iterable[tuple[str, str, Document]]) -> None:
        """Write many documents at once: all or none."""
        rows = [(kind, key, json.dumps(body, separators=(",", ":"))) for kind, key, body in documents]
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body=excluded.body", rows
        )
        self._connection.execute("COMMIT")

    def drop(self, kinds: Iterable[str]) -> None:
        """Delete every document of these kinds."""
        self._connection.executemany("DELETE FROM document WHERE kind=?", [(kind,) for kind in kinds])

    def delete(self, kind: str, key: str) -> None:
        """Delete one document."""
        self._connection.execute("DELETE FROM document WHERE kind=? AND key=?", (kind, key))

    def close(self) -> None:
        """Give up the lock."""
        self._connection.close()
