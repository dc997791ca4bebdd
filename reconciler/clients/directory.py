"""Microsoft Graph, through msgraph-sdk's request adapter. Reading only.

Source: docs/sources.md, Microsoft Graph. The adapter is used with raw JSON: its typed calls import more than a thousand
modules. It sends over the run's own pipeline, so that connections, sign-in, retries and what may be asked are those of
every other service, and what Graph says of an error is not lost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.clients.channel import MOST_PAGES, Answer, ReadChannel, Target
from reconciler.model.errors import Unintelligible

if TYPE_CHECKING:
    import httpx

MOST_CLAUSES = 15
"""As many clauses does Graph take in one filter."""


class DirectoryReader:
    """Reads the directory of one tenant."""

    def __init__(self, target: Target) -> None:
        self._channel = ReadChannel(target)
        self._base = f"https://{target.host}/v1.0"

    def service_principals(self, application_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The service principals of applications, by application id in lower case. An application that has none in the
        tenant is absent."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(application_ids), MOST_CLAUSES):
            clauses = (f"appId eq '{each}'" for each in application_ids[start : start + MOST_CLAUSES])
            condition = quote(" or ".join(clauses), safe="'")
            for row in self._all(f"{self._base}/servicePrincipals?$filter={condition}&$select=id,appId,displayName"):
                found[str(row.get("appId") or "").lower()] = row
        return found

    def _all(self, url: str) -> list[dict[str, Any]]:
        """All rows of a collection, page by page."""
        rows: list[dict[str, Any]] = []
        read: set[str] = set()
        page: str | None = url
        while page:
            body = asyncio.run(self._get(page))
            found = body.get("value")
            if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
                raise Unintelligible("Microsoft Graph answered without a list of rows")
            rows += found
            page = body.get("@odata.nextLink")
            if page in read or len(read) >= MOST_PAGES or not isinstance(page, str | None):
                raise Unintelligible("Microsoft Graph answered with a page that leads nowhere")
            read.add(str(page))
        return rows

    async def _get(self, url: str) -> dict[str, Any]:
        from httpx import InvalidURL
        from kiota_abstractions.authentication import AnonymousAuthenticationProvider
        from kiota_abstractions.method import Method
        from kiota_abstractions.request_information import RequestInformation
        from msgraph.graph_request_adapter import GraphRequestAdapter

        request = RequestInformation()
        request.http_method = Method.GET
        request.url = url
        try:
            async with _client(self._channel) as client:
                # The pipeline signs in: a token of its own would be a second one.
                adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), client=client)
                content = await adapter.send_primitive_async(request, "bytes", {})
        except InvalidURL:
            raise Unintelligible("Microsoft Graph answered with a page whose link to the next is no address") from None
        body = json.loads(content or b"null")
        if not isinstance(body, dict):
            raise Unintelligible("Microsoft Graph answered with JSON that is no object")
        return body


def _client(channel: ReadChannel) -> httpx.AsyncClient:
    """A client for the adapter whose every request goes through a channel."""
    import httpx

    class _Through(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer: Answer = channel.get(str(request.url), {"Accept": "application/json"})
            answer.json()  # says what is wrong in our own words
            headers = {"content-type": "application/json"}
            return httpx.Response(answer.status, headers=headers, content=answer.content)

    return httpx.AsyncClient(transport=_Through(), trust_env=False)
