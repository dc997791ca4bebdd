"""The development endpoint of a Synapse workspace: linked services and Synapse role assignments. Reading only.

Source: docs/sources.md, Azure. The endpoint stands behind the workspace's firewall: a 403 may mean a client address
that is not let in, so it never proves that nothing is assigned.
"""

from __future__ import annotations

from typing import Any

from reconciler.clients.channel import ReadChannel, Target, pages

_VERSION = "api-version=2020-12-01"


class WorkspaceReader:
    """Reads the data plane of one workspace."""

    def __init__(self, target: Target) -> None:
        self._channel = ReadChannel(target)

    def linked_services(self) -> list[dict[str, Any]]:
        """The linked services as they are published, without their secrets."""
        return pages(self._channel.get, f"/linkedservices?{_VERSION}", "linked services")

    def role_assignments(self) -> list[dict[str, Any]]:
        """The Synapse role assignments: ``roleDefinitionId``, ``principalId`` and ``scope`` of each. Continued by a
        header, which is sent back as it came."""
        found: list[dict[str, Any]] = []
        read: set[str] = set()
        headers: dict[str, str] = {}
        while True:
            answer = self._channel.get(f"/roleAssignments?{_VERSION}", headers)
            rows = answer.json_object().get("value")
            if not isinstance(rows, list):
                raise answer.unintelligible("without a list of role assignments")
            found += [row for row in rows if isinstance(row, dict)]
            token = answer.next_page(answer.headers.get("x-ms-continuation"), read)
            if token is None:
                return found
            headers = {"x-ms-continuation": token}
