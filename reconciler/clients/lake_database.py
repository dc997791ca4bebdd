"""The lake databases of a Synapse workspace and their tables, from its development endpoint. Reading only.

Source: the published OpenAPI document of the data plane (symsAPI.json, 2021-04-01); docs/sources.md, The lake.
"""

from __future__ import annotations

from urllib.parse import quote

from reconciler.clients.channel import ReadChannel, Target

_VERSION = "api-version=2021-04-01"


class LakeDatabaseReader:
    """Reads the lake databases of one workspace."""

    def __init__(self, target: Target) -> None:
        self._channel = ReadChannel(target)

    def databases(self) -> list[str]:
        """The names of all lake databases."""
        return self._names("/databases")

    def tables(self, database: str) -> list[str]:
        """The names of a lake database's tables. Raises NotFound where there is no such database."""
        return self._names(f"/databases/{quote(database, safe='')}/tables")

    def _names(self, path: str) -> list[str]:
        names: list[str] = []
        read: set[str] = set()
        token: str | None = None
        while True:
            more = f"&continuationToken={quote(token, safe='')}" if token else ""
            answer = self._channel.get(f"{path}?{_VERSION}{more}")
            body = answer.json_object()
            items = body.get("items")
            if not isinstance(items, list):
                raise answer.unintelligible("without a list of items")
            names += [str(item["name"]) for item in items if isinstance(item, dict) and item.get("name")]
            token = answer.next_page(body.get("continuationToken"), read)
            if token is None:
                return names
