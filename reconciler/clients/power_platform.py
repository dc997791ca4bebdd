"""Power Platform administration (BAP): environments, their region and cluster. Reading only.

Source: docs/sources.md, Power Platform administration.
"""

from __future__ import annotations

from typing import Any

from reconciler.clients.channel import ReadChannel, Target

_ENVIRONMENTS = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
_VERSION = "api-version=2023-06-01"


class PowerPlatformReader:
    """Reads what the administration API says of environments; needs rights that not every identity has."""

    def __init__(self, target: Target) -> None:
        self._channel = ReadChannel(target)

    def environment(self, environment_id: str) -> dict[str, Any]:
        """The admin record of one environment, with its region and cluster."""
        return self._channel.get(f"{_ENVIRONMENTS}/{environment_id}?{_VERSION}").json_object()

    def environments(self) -> list[dict[str, Any]]:
        """The admin records of all environments that this identity may see, page by page."""
        found: list[dict[str, Any]] = []
        read: set[str] = set()
        path: str | None = f"{_ENVIRONMENTS}?{_VERSION}"
        while path:
            answer = self._channel.get(path)
            body = answer.json_object()
            records = body.get("value")
            if not isinstance(records, list):
                raise answer.unintelligible("without a list of environments")
            found += [record for record in records if isinstance(record, dict)]
            path = answer.next_page(body.get("nextLink"), read)
        return found
