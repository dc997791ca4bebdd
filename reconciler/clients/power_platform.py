"""Power Platform administration (BAP): environments, their region and cluster. Reading only.

Source: docs/sources.md, Power Platform administration.
"""

from __future__ import annotations

from typing import Any

from reconciler.clients.channel import ReadChannel, Target, pages

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
        return pages(self._channel.get, f"{_ENVIRONMENTS}?{_VERSION}", "environments")
