"""Reads answers of the services whole, as they come: for looking at their shapes, never for planning."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from reconciler.clients.channel import Answer, ReadChannel, Target
from reconciler.clients.link_service import Organization

_API = "/api/data/v9.2/"
_ODATA = {"Accept": "application/json", "OData-Version": "4.0", "OData-MaxVersion": "4.0"}
_MOST_PAGES = 10


class DataverseProbe:
    """Rows of one organization with all their columns."""

    def __init__(self, target: Target) -> None:
        self._channel = ReadChannel(target)

    def rows(self, entity_set: str) -> list[Any]:
        """All columns of all rows, 50,000 at the most. Raises Unintelligible for what is no list of rows."""
        headers = _ODATA | {"Prefer": "odata.maxpagesize=5000"}
        path = _API + quote(entity_set, safe="")
        rows: list[Any] = []
        read: set[str] = set()
        for _ in range(_MOST_PAGES):
            answer = self._channel.get(path, headers)
            body = answer.json_object()
            rows += _list(answer, body.get("value"))
            link = answer.next_page(body.get("@odata.nextLink"), read)
            if link is None:
                break
            path = _path(answer, link)
        return rows


class LinkServiceProbe:
    """Answers of the Synapse Link service of one environment, unchecked."""

    def __init__(self, target: Target, organization: Organization) -> None:
        self._channel = ReadChannel(target)
        self._organization = organization

    def lakes(self, *, managed: bool) -> list[Any]:
        """The lakes of the environment's links."""
        return self._list(
            f"{self._organization.path}/lakedetails?fetchLakehouseInfo=true&isManagedLake={str(managed).lower()}&isCDS3=false"
        )

    def profile(self, folder_id: str) -> dict[str, Any]:
        """The profile of a lake."""
        path = f"/lakeprofile/{quote(folder_id, safe='')}?status=true&publishErrorMessageToUI=true"
        return self._channel.get(self._organization.path + path, self._organization.headers).json_object()

    def finops_tables(self) -> list[Any]:
        """The Finance and Operations tables that the service offers."""
        address = quote(self._organization.url, safe="")
        return self._list(f"/fnoTables?organizationUrl={address}&retrieveComoSelectedFnOTables=false")

    def _list(self, path: str) -> list[Any]:
        answer = self._channel.get(path, self._organization.headers)
        return _list(answer, answer.json())


def _list(answer: Answer, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise answer.unintelligible("without a list of rows")
    return value


def _path(answer: Answer, link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:
        raise answer.unintelligible("a page whose link to the next is no address") from None
    # The host is kept: the channel refuses any but its own.
    return f"https://{parts.netloc}{parts.path}?{parts.query}"
