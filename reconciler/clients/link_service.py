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

    def lakes(self, *, managed: bool = False) -> list[Document]:
        """The lakes of the environment's links (LakeDetail), empty without any: those in storage accounts, or those
        that Dataverse manages for links to Fabric."""
        which = str(managed).lower()
        answer = self._get(f"/lakedetails?fetchLakehouseInfo=true&isManagedLake={which}&isCDS3=false")
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

    def tables(self) -> list[Document]:
        """The tables that the service offers, each with ``ReasonIfDisabled`` where it does not export it."""
        answer = self._channel.get(
            f"/entities?organizationUrl={quote(self.organization.url, safe='')}", self.organization.headers
        )
        return _rows(answer)

    def fabric_workspaces(self) -> list[Document]:
        """The Fabric workspaces that the user may link to: ``id``, ``name`` and ``capacityId``."""
        return _rows(self._get("/fabric/workspaces"))

    def may_link_to_fabric(self) -> bool:
        """Whether the signed-in user's licence and tenant allow Fabric items. NotAuthorised, without a word, where the
        organization is not registered."""
        return self._get("/lakehouseArtifacts/hasPowerBIPremiumLicense?dxt=false").json() is True

    def _get(self, path: str) -> Answer:
        return self._channel.get(self.organization.path + path, self.organization.headers)


def _rows(answer: Answer) -> list[Document]:
    body = answer.json()
    if not isinstance(body, list) or not all(isinstance(row, dict) for row in body):
        raise answer.unintelligible("not a list of rows")
    return body


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

    def link_to_fabric(self, body: Document) -> None:
        """Creates a Link to Fabric; answers after some 40 seconds."""
        self._post("/lakehouseArtifacts?dxt=false", body)

    def resynchronise_fabric(self, body: Document) -> None:
        """Rebuilds the shortcuts of a Link to Fabric after its tables changed."""
        self._post("/lakehouseArtifacts?removeShortcutsFirst=true&adlsShortcuts=false", body)

    def unlink_fabric(self, folder_id: str) -> None:
        """Unlinks a Link to Fabric, and its lakehouse goes; the lakes are empty some 30 seconds later."""
        self._delete(f"/lakehouseArtifacts/{quote(folder_id, safe='')}?dxt=false")

    def unlink_storage(self, folder_id: str, *, delete_data: bool) -> None:
        """Unlinks a link to a storage account. INFERRED, route and choice: no such call was ever recorded (assumptions
        ``unlink-route`` and ``unlink-data-choice``). A 404 may mean that this is not the call."""
        choice = str(delete_data).lower()
        self._delete(f"/lakedetails/{quote(folder_id, safe='')}?deleteData={choice}")

    def _delete(self, path: str) -> Answer:
        return self._writing.delete(self.organization.path + path, self.organization.headers)

    def _post(self, path: str, body: Document | None) -> Answer:
        return self._writing.post(self.organization.path + path, body, self.organization.headers)
