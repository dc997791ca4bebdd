"""Deleting a container that a former link left, through Azure Resource Manager.

Route: the official OpenAPI document of Microsoft.Storage, 2023-05-01 (docs/sources.md, Azure).
"""

from __future__ import annotations

from urllib.parse import quote

from reconciler.clients.channel import Target, WriteChannel
from reconciler.model.errors import NotFound


def container_path(account_id: str, name: str) -> str:
    """The path of a container of a storage account."""
    return f"{account_id}/blobServices/default/containers/{quote(name, safe='')}?api-version=2023-05-01"


class ContainerWriter:
    """One container of a storage account, as the application."""

    def __init__(self, target: Target, account_id: str, name: str) -> None:
        self._channel = WriteChannel(target)
        self._path = container_path(account_id, name)

    def exists(self) -> bool:
        """Whether it is there. NotFound where the account itself is not visible: that proves nothing."""
        try:
            self._channel.get(self._path)
        except NotFound as error:
            if error.code == "ContainerNotFound":
                return False
            raise
        return True

    def delete(self) -> None:
        """Deletes it with all that is in it. Its name is free again some half a minute later."""
        self._channel.delete(self._path)
