"""The files of a storage account with a hierarchical namespace: listings, and one small file. Reading only.

Routes and headers: Azure Data Lake Storage Gen2, docs/sources.md, The lake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.clients.channel import ReadChannel, Target
from reconciler.model.errors import ServiceError

STORAGE_SCOPE = "https://storage.azure.com/.default"
"""The same in every cloud."""
_VERSION = {"x-ms-version": "2021-06-08"}
_A_PAGE = 5000
MOST_PAGES = 20
LARGEST_FILE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listing:
    """Paths below a directory, as the service gives them: ``name``, ``isDirectory``, ``lastModified``,
    ``contentLength``, all text. ``cut`` says that there were more than were read."""

    paths: list[Mapping[str, Any]]
    cut: bool = False


class LakeReader:
    """Reads one storage account."""

    def __init__(self, target: Target) -> None:
        self._channel = ReadChannel(target)

    def paths(self, container: str, directory: str = "", *, recursive: bool = True) -> Listing:
        """What lies in a container, or below a directory of it: at most 20 pages of 5,000 paths.

        Raises NotFound for a container or directory that is not there, NotAuthorised for a missing right.
        """
        query = f"resource=filesystem&recursive={str(recursive).lower()}&maxResults={_A_PAGE}"
        if directory:
            query += f"&directory={quote(directory, safe='')}"
        found: list[Mapping[str, Any]] = []
        read: set[str] = set()
        token: str | None = None
        for _ in range(MOST_PAGES):
            more = f"&continuation={quote(token, safe='')}" if token else ""
            answer = self._channel.get(f"/{quote(container, safe='')}?{query}{more}", _VERSION)
            paths = answer.json_object().get("paths")
            if not isinstance(paths, list) or not all(isinstance(path, dict) for path in paths):
                raise answer.unintelligible("without a list of paths")
            found += paths
            token = answer.next_page(answer.headers.get("x-ms-continuation"), read)
            if token is None:
                return Listing(found)
        return Listing(found, cut=True)

    def json_file(self, container: str, path: str) -> dict[str, Any]:
        """A file that holds a JSON object. Raises NotFound where it is not there, ServiceError above 32 MiB."""
        headers = _VERSION | {"Range": f"bytes=0-{LARGEST_FILE}"}
        answer = self._channel.get(f"/{quote(container, safe='')}/{quote(path)}", headers)
        if len(answer.content) > LARGEST_FILE:
            raise ServiceError(f"{answer.service} holds a {path} of more than {LARGEST_FILE:,} bytes: it was not read")
        return answer.json_object()
