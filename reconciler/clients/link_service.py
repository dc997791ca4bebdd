"""The Synapse Link service: the profile documents of links, and the only way to write them. A user's token is needed.

Unpublished by Microsoft; routes, bodies and quirks: docs/sources.md, The link service. A failed
authentication, a wrong route and an absent link look the same there: a bodiless 404.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from reconciler.clients.channel import Answer, ReadChannel, Target, WriteChannel

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Organization:
    """The environment that calls speak of: Power Platform id, organization id and address (with a trailing slash)."""

    environment_id: str
    organization_id: str
    url: str

    @property
    def path(self) -> str:
        """The path prefix of environment-scoped calls."""
        return f"/environment/{quote(self.environment_id, safe='')}"

    @property
    def headers(self) -> Mapping[str, str]:
        """What every environment-scoped call must carry."""
        return {"x-ms-organization-id": self.organization_id, "Accept": "application/json"}


class LinkServiceReader:
    """Reads links as the service keeps them."""

    def __init__(self, target: Target, organization: Organization) -> None:
        self.organization = organization
        self._channel = ReadChannel(target)

    def lakes(self) -> list[Document]:
        """The lakes of the environment's links (LakeDetail), empty without any."""
        answer = self._get("/lakedetails?fetchLakehouseInfo=true&isManagedLake=false&isCDS3=false")
        body = answer.json()
        if not isinstance(body, list) or not all(isinstance(lake, dict) for lake in body):
            raise answer.unintelligible("not a list of lakes")
        return body

    def profile(self, folder_id: str) -> Document:
        """The whole profile document of a link with each table's status, by its data lake folder id."""
        answer = self._get(f"/lakeprofile/{quote(folder_id, safe='')}?status=true&publishErrorMessageToUI=true")
        body = answer.json_object()
        entities = body.get("Entities")
        if not isinstance(entities, list) or not all(isinstance(e, dict) and "Type" in e for e in entities):
            raise answer.unintelligible("a profile without its entities")
        return body

    def _get(self, path: str) -> Answer:
        return self._channel.get(self.organization.path + path, self.organization.headers)


class LinkServiceWriter(LinkServiceReader):
    """Reads and writes links. No call is repeated unless the service said that it did not process it."""

    def __init__(self, target: Target, organization: Organization) -> None:
        super().__init__(target, organization)
        self._writing = WriteChannel(target)

    def register_organization(self) -> None:
        """Registers the organization with the service; idempotent, called before every create."""
        here = self.organization
        query = f"organizationUrl={quote(here.url, safe='')}&organizationId={here.organization_id}"
        self._writing.post(f"{here.path}/updateorganizationdetails?{query}", headers=here.headers)

    def create_lake(self, body: Document) -> str:
        """Registers a storage account (and workspace) as a lake; gives its id. What a second call does is unknown."""
        answer = self._post("/lakedetails", body)
        identifier = answer.json_object().get("Id")
        if not isinstance(identifier, str) or not identifier:
            raise answer.unintelligible("a lake without an Id")
        return identifier

    def create_profile(self, folder_id: str, body: Document) -> None:
        """Creates the profile of a lake, not yet active."""
        self._post(f"/lakeprofile/{quote(folder_id, safe='')}", body)

    def replace_profile(self, folder_id: str, document: Document) -> None:
        """Replaces the profile whole: a table left out is removed from the link. Nothing happens until activated."""
        here = self.organization
        self._writing.put(f"{here.path}/lakeprofile/{quote(folder_id, safe='')}", document, here.headers)

    def activate(self, folder_id: str) -> None:
        """Makes the stored profile the running one; restarts the sync."""
        self._post(f"/lakeprofile/{quote(folder_id, safe='')}/activate", None)

    def _post(self, path: str, body: Document | None) -> Answer:
        return self._writing.post(self.organization.path + path, body, self.organization.headers)
